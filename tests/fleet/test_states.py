"""Where the states of stacks are found, and how they are read."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest

from policypack.documents import DocumentError
from policypack.documents.reading import parse
from policypack.fleet import states
from policypack.fleet.states import SourceError, content, located, shown_source
from tests.fleet.backends import backend, checkpoint, export

STATE = json.dumps(checkpoint("shop", "dev")).encode()


def zstd(text: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(text)
    return bytes(sink.getvalue())


def listed(source: str | Path) -> list[str]:
    return [state.name for state in states.states(located(str(source)))]


@pytest.mark.parametrize("source", ["{}", "file://{}", "file://{}/"])
def test_both_layouts_of_a_backend_are_read_compressed_or_not(source: str, tmp_path: Path) -> None:
    folder = backend(tmp_path, ["shop/dev"]) / ".pulumi" / "stacks"
    (folder / "shop" / "prod.json.gz").write_bytes(gzip.compress(STATE))
    (folder / "shop" / "test.json.zst").write_bytes(zstd(STATE))
    (folder / "legacy.json").write_bytes(STATE)
    found = states.states(located(source.format(tmp_path)))
    assert [state.name for state in found] == ["legacy", "shop/dev", "shop/prod", "shop/test"]
    assert [len(parse(content(state)).resources) for state in found] == [4, 4, 4, 4]


def test_what_a_backend_keeps_beside_the_latest_states_is_left_out(tmp_path: Path) -> None:
    backend(tmp_path, ["shop/dev"])
    for path in ("history/shop/dev/dev-1.history.json", "backups/shop/dev/dev.1.json", "meta.yaml"):
        (tmp_path / ".pulumi" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / ".pulumi" / path).write_bytes(STATE)
    (tmp_path / ".pulumi/stacks/shop/dev.json.bak").write_bytes(STATE)
    (tmp_path / ".pulumi/stacks/shop/deeper").mkdir()
    (tmp_path / ".pulumi/stacks/shop/deeper/dev.json").write_bytes(STATE)
    assert listed(tmp_path) == ["shop/dev"]


@pytest.mark.parametrize(("older", "newer"), [("dev.json", "dev.json.gz"), ("dev.json.gz", "dev.json")])
def test_of_two_files_of_a_stack_the_newer_counts(older: str, newer: str, tmp_path: Path) -> None:
    folder = tmp_path / ".pulumi" / "stacks" / "shop"
    folder.mkdir(parents=True)
    for name, seconds in ((older, 1_000_000_000), (newer, 1_000_000_100)):
        (folder / name).write_bytes(STATE)
        os.utime(folder / name, (seconds, seconds))
    [state] = states.states(located(str(tmp_path)))
    assert state.path.endswith(f"/{newer}")


def test_a_folder_of_exports_is_read_with_the_folders_in_it(tmp_path: Path) -> None:
    for name in ("a.json", "below/b.json", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(json.dumps(export("shop", "dev")))
    assert listed(tmp_path) == ["a", "below/b"]


def test_the_parameters_of_pulumis_urls_are_those_of_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    url = "s3://states/team?region=eu-central-1&endpoint=127.0.0.1:9000&disableSSL=true&s3ForcePathStyle=true&profile=p"
    location = located(url)
    assert (location.protocol, location.path, location.shown) == ("s3", "states/team", "s3://states/team")
    assert location.options == {
        "client_kwargs": {"region_name": "eu-central-1", "endpoint_url": "http://127.0.0.1:9000"},
        "profile": "p",
        "config_kwargs": {"s3": {"addressing_style": "path"}},
    }
    assert located("s3://states?endpoint=minio.example").options["client_kwargs"]["endpoint_url"].startswith("https://")
    monkeypatch.setenv("AZURE_STORAGE_ACCOUNT", "from-environment")
    monkeypatch.setenv("AZURE_STORAGE_SAS_TOKEN", "sas")
    azure = located("azblob://states")
    assert (azure.protocol, azure.options) == ("abfs", {"account_name": "from-environment", "sas_token": "sas"})
    assert located("azblob://states?storage_account=own").options["account_name"] == "own"
    assert "sas" not in repr(azure)
    monkeypatch.setenv("AZURE_STORAGE_CONNECTION_STRING", "AccountName=other")
    assert located("azblob://states").options["connection_string"] == "AccountName=other"
    assert (located("gs://states/x").protocol, located("gs://states/x").options) == ("gs", {})
    assert located("gs://states?anonymous=true").options == {"token": "anon"}
    monkeypatch.setenv("GOOGLE_CREDENTIALS", '{"type": "service_account"}')
    assert located("gs://states").options == {"token": {"type": "service_account"}}
    monkeypatch.setenv("GOOGLE_CREDENTIALS", "path/to/key.json")
    with pytest.raises(SourceError, match="GOOGLE_CREDENTIALS has no JSON"):
        located("gs://states")
    assert located("~/states").path == str(Path.home() / "states")


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("s3://key:secret@states/team/?endpoint=minio&token=secret", "s3://states/team"),
        ("https://me:secret@api.pulumi.com", "https://api.pulumi.com"),
        ("folder/a@b?c", "folder/a@b?c"),
    ],
)
def test_no_key_in_a_url_is_shown(source: str, shown: str) -> None:
    assert shown_source(source) == shown


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("/nowhere", "it does not exist"),
        ("https://app.pulumi.com", "it is neither a folder nor a file://, s3://, gs:// or azblob:// URL"),
        ("{}", "it has no states: neither .pulumi/stacks, nor JSON files that `pulumi stack export` wrote"),
    ],
)
def test_a_source_without_states_is_one_sentence(source: str, sentence: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError) as raised:
        listed(source.format(tmp_path))
    assert str(raised.value) == sentence


def answered(**codes: int) -> Exception:
    """An error of a client that says with which status a server answered: `status_code` is Azure's, `code` Google's."""
    error = Exception("the key is secret")
    vars(error).update(codes)
    return error


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (PermissionError("key AKIA123 is not allowed"), "access to it is denied"),
        (answered(status_code=403), "access to it is denied"),
        (answered(code=401), "access to it is denied"),
        (answered(code=500), "it cannot be read (Exception)"),
        (FileNotFoundError("s3://..."), "it does not exist"),
        (OSError(5, "Input/output error"), "it cannot be read: Input/output error"),
        (ValueError("the token is secret"), "it cannot be read (ValueError)"),
        (ImportError("No module"), "s3fs is not installed, which reads it: run `pip install s3fs`"),
    ],
)
def test_what_a_store_answers_is_one_sentence_that_repeats_nothing(
    error: Exception, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def raising(_: object) -> None:
        raise error

    monkeypatch.setattr(states, "file_system", raising)
    with pytest.raises(SourceError) as raised:
        listed("s3://states")
    assert str(raised.value) == sentence


@pytest.mark.parametrize("packed", [zstd(STATE)[:-20], b"\x28\xb5\x2f\xfd"])
def test_a_damaged_zstandard_file_is_one_sentence(packed: bytes, tmp_path: Path) -> None:
    (tmp_path / "dev.json.zst").write_bytes(packed)
    [state] = states.states(located(str(tmp_path)))
    with pytest.raises(DocumentError, match="compressed with Zstandard, and cut off or damaged"):
        content(state)


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(states, "LARGEST", 1000)
    (tmp_path / "dev.json.zst").write_bytes(zstd(b" " * 1001))
    (tmp_path / "plain.json").write_bytes(b" " * 1001)
    for state in states.states(located(str(tmp_path))):
        with pytest.raises(DocumentError, match="larger than 1 GiB"):
            content(state)
