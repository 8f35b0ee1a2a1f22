"""
Stacks in a Google Cloud Storage and an Azure Blob Storage of this machine (fake-gcs-server and Azurite).

`make stores` gets the servers and runs these tests; without a server, its tests are skipped. S3 is in test_s3.py.
"""

from __future__ import annotations

import base64
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.dataset as ds
import pytest

from policypack.cli.options import settings_of
from policypack.fleet.dataset import DataSet
from policypack.fleet.running import run_fleet
from policypack.fleet.states import SourceError, file_system, located, states
from tests.fleet.backends import checkpoint, export
from tools.object_stores import SERVERS

pytestmark = pytest.mark.slow

SETTINGS, _ = settings_of(None)
# Of Azurite's only account, as its documentation has it: https://learn.microsoft.com/azure/storage/common/storage-azurite
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@dataclass
class Store:
    """A server and a bucket `states` in it."""

    scheme: str
    address: str
    system: Any = None

    def url(self, path: str) -> str:
        return f"{self.scheme}://{path}"

    def write(self, path: str, content: Any) -> None:
        self.system.pipe_file(f"states/{path}", json.dumps(content).encode())


@pytest.fixture(scope="module", params=["gs", "azblob"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    # Otherwise, gcsfs asks the server by gRPC, which it does not speak, what kind of bucket it has. It reads this once.
    os.environ["GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT"] = "false"
    server = SERVERS[request.param]
    if not server.exists():
        pytest.skip(f"{server.name} is not there: `make stores` gets it")
    pytest.importorskip({"gs": "gcsfs", "azblob": "adlfs"}[request.param], reason="`make stores` installs it")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    arguments = {
        "gs": ["-scheme", "http", "-host", "127.0.0.1", "-port", port, "-backend", "memory"],
        # The client's newest version of the API is often newer than Azurite's.
        "azblob": ["--blobPort", port, "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry"],
    }[request.param]
    made = Store(request.param, f"127.0.0.1:{port}")
    folder = tmp_path_factory.mktemp("server")
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen([server, *map(str, arguments)], cwd=folder, stdout=log, stderr=log) as process,
        pytest.MonkeyPatch.context() as patch,
    ):
        try:
            wait_for(port, process)
            if made.scheme == "gs":
                patch.setenv("STORAGE_EMULATOR_HOST", f"http://{made.address}")
            else:
                patch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection_string(made, KEY))
            made.system = file_system(located(made.url("states")))
            made.system.mkdir("states")
            yield made
        finally:
            process.terminate()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert process.poll() is None, "the server has ended"
        with socket.socket() as asking:
            if asking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail("the server does not answer")


def connection_string(store: Store, key: str) -> str:
    endpoint = f"http://{store.address}/{ACCOUNT}"
    return f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={key};BlobEndpoint={endpoint};"


def test_the_stacks_of_a_prefix_are_read_and_told_unchanged_without_reading_them(
    store: Store, tmp_path: Path, cluster: str
) -> None:
    for name in ("dev", "prod"):
        store.write(f"team/.pulumi/stacks/shop/{name}.json", checkpoint("shop", name))
    store.write("other/.pulumi/stacks/not/asked-for.json", {})
    data = DataSet(tmp_path)
    first = run_fleet([store.url("states/team")], data, SETTINGS, scheduler=cluster)
    rows = ds.dataset(tmp_path / "stacks" / f"run={first.run.id}").to_table().to_pylist()
    assert {row["state"]: (row["error"], row["resources"]) for row in rows} == {
        store.url("states/team#shop/dev"): ("", 4),
        store.url("states/team#shop/prod"): ("", 4),
    }
    versions = {row["stack"]: row["content"] for row in rows}
    assert all(versions.values())
    assert {
        state.name.rpartition("/")[2]: state.version for state in states(located(store.url("states/team")))
    } == versions

    store.write("team/.pulumi/stacks/shop/prod.json", checkpoint("shop", "prod", 5))
    second = run_fleet([store.url("states/team")], data, SETTINGS, scheduler=cluster)
    rows = ds.dataset(tmp_path / "stacks" / f"run={second.run.id}").to_table().to_pylist()
    assert (second.reused, {row["stack"]: row["resources"] for row in rows}) == (1, {"dev": 4, "prod": 6})


def test_of_two_files_of_a_stack_the_newest_counts(store: Store) -> None:
    store.write("twice/.pulumi/stacks/shop/dev.json", checkpoint("shop", "dev", 1))
    time.sleep(1.1)  # Azure's times are whole seconds
    store.write("twice/.pulumi/stacks/shop/dev.json.gz", checkpoint("shop", "dev", 2))
    [state] = states(located(store.url("states/twice")))
    assert state.path.endswith("dev.json.gz")


def test_a_prefix_with_exports_is_read(store: Store) -> None:
    store.write("exports/below/dev.json", export("shop", "dev"))
    [state] = states(located(store.url("states/exports")))
    assert state.name == "below/dev"


@pytest.mark.parametrize("path", ["no-such-bucket", "states/no-such-prefix"])
def test_a_bucket_or_prefix_that_does_not_exist_is_one_sentence(store: Store, path: str) -> None:
    with pytest.raises(SourceError, match=r"^it does not exist$"):
        states(located(store.url(path)))


def test_denied_access_is_one_sentence(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if store.scheme == "gs":
        pytest.skip("fake-gcs-server denies nobody anything")
    other = base64.b64encode(b"another key").decode()
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", connection_string(store, other))
    with pytest.raises(SourceError, match=r"^access to it is denied$"):
        states(located(store.url("states/team")))
