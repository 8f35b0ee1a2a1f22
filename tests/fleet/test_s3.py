"""Stacks in an S3 of this machine (moto's server)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow.dataset as ds
import pytest
import s3fs
from moto.server import ThreadedMotoServer

from policypack.cli.options import settings_of
from policypack.fleet import evaluating
from policypack.fleet.dataset import DataSet
from policypack.fleet.running import run_fleet
from policypack.fleet.states import SourceError, State, content, located, states
from tests.fleet.backends import checkpoint, export

pytestmark = pytest.mark.slow

SETTINGS, _ = settings_of(None)
PARAMETERS = "region=us-east-1&disableSSL=true&s3ForcePathStyle=true"


@pytest.fixture(scope="module")
def s3() -> Iterator[s3fs.S3FileSystem]:
    """A file system of the server, with a bucket `states`."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        system = s3fs.S3FileSystem(endpoint_url=f"http://{host}:{port}", skip_instance_cache=True)
        system.mkdir("states")
        yield system
    server.stop()


def url(s3: s3fs.S3FileSystem, path: str) -> str:
    return f"s3://{path}?endpoint={s3.endpoint_url.removeprefix('http://')}&{PARAMETERS}"


def test_the_stacks_of_a_prefix_are_read_and_told_unchanged_by_their_etags(
    s3: s3fs.S3FileSystem, tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("shop/dev", "shop/prod"):
        project, _, stack = name.partition("/")
        s3.pipe_file(f"states/team/.pulumi/stacks/{name}.json", json.dumps(checkpoint(project, stack)).encode())
    s3.pipe_file("states/team/.pulumi/stacks/shop/empty.json", b"")
    s3.pipe_file("states/other/.pulumi/stacks/not/asked-for.json", b"{}")
    data = DataSet(tmp_path)
    first = run_fleet([url(s3, "states/team")], data, SETTINGS, scheduler=cluster)
    rows = ds.dataset(tmp_path / "stacks" / f"run={first.run.id}").to_table().to_pylist()
    stacks = {row["state"]: (row["error"], row["resources"], len(row["content"])) for row in rows}
    assert stacks == {
        "s3://states/team#shop/dev": ("", 4, 32),
        "s3://states/team#shop/empty": ("the file is empty", 0, 32),
        "s3://states/team#shop/prod": ("", 4, 32),
    }
    assert "endpoint" not in (tmp_path / "runs" / f"{first.run.id}.json").read_text()

    s3.pipe_file("states/team/.pulumi/stacks/shop/prod.json", json.dumps(checkpoint("shop", "prod", 5)).encode())
    read: list[str] = []

    def counted(state: State) -> bytes:
        read.append(state.name)
        return content(state)

    monkeypatch.setattr(evaluating, "content", counted)
    second = run_fleet([url(s3, "states/team")], data, SETTINGS, scheduler=cluster)
    assert (second.reused, sorted(read)) == (1, ["shop/empty", "shop/prod"])


def test_a_prefix_with_exports_is_read(s3: s3fs.S3FileSystem) -> None:
    s3.pipe_file("states/exports/below/dev.json", json.dumps(export("shop", "dev")).encode())
    [state] = states(located(url(s3, "states/exports")))
    assert (state.name, len(state.version)) == ("below/dev", 32)


@pytest.mark.parametrize("path", ["no-such-bucket", "states/no-such-prefix"])
def test_a_bucket_or_prefix_that_does_not_exist_is_one_sentence(s3: s3fs.S3FileSystem, path: str) -> None:
    with pytest.raises(SourceError, match=r"^it does not exist$"):
        states(located(url(s3, path)))


def test_denied_access_is_one_sentence(s3: s3fs.S3FileSystem, monkeypatch: pytest.MonkeyPatch) -> None:
    # From here on, moto asks whether a user may do what a request wants; it knows no user of this key.
    monkeypatch.setattr("moto.settings.INITIAL_NO_AUTH_ACTION_COUNT", 0)
    with pytest.raises(SourceError, match=r"^access to it is denied$"):
        states(located(url(s3, "states/team")))


@pytest.mark.slow
def test_a_server_that_does_not_answer_is_one_sentence(s3: s3fs.S3FileSystem) -> None:
    # Five seconds: the client tries several times.
    with pytest.raises(SourceError, match=r"^it cannot be read"):
        states(located(f"s3://states?endpoint=127.0.0.1:1&{PARAMETERS}"))
