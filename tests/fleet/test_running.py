"""Runs over many stacks, on a Dask cluster."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import dask
import pyarrow.dataset as ds
import pytest
from distributed import Client, LocalCluster, Worker, WorkerPlugin

from policypack.cli.options import settings_of
from policypack.documents.document import Document
from policypack.documents.reading import parse
from policypack.exemption import Exemption, ExemptionsConfig, Match
from policypack.fleet import evaluating, running
from policypack.fleet.dataset import DataSet, Run
from policypack.fleet.running import Outcome, run_fleet
from policypack.fleet.schema import FINDINGS, STACKS
from policypack.fleet.states import State, located, states
from policypack.settings import PolicySettings, Settings
from tests.cli.driver import main
from tests.fleet.backends import backend, checkpoint
from tools.documents import DATA

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SETTINGS, _ = settings_of(None)
Row = dict[str, Any]


def rows(data: Path, table: str, run: Run) -> list[Row]:
    found: list[Row] = ds.dataset(data / table / f"run={run.id}").to_table().to_pylist()
    return sorted(found, key=lambda row: row["state"])


def run(source: Path | str, data: Path, cluster: str, settings: Settings = SETTINGS, **more: Any) -> Outcome:
    return run_fleet([str(source)], DataSet(data), settings, scheduler=cluster, **more)


def files(data: Path) -> Mapping[str, bytes]:
    """The files of the tables, without the names of the runs."""
    found = {}
    for file in sorted(data.glob("*/*/*.parquet")):
        found[f"{file.parts[-3]}/{file.name}"] = file.read_bytes()
    return found


# What is in the tables


def test_the_findings_of_a_stack_are_those_of_policypack_check(
    cluster: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # the program of the export is not below it
    source = tmp_path / "exports"
    source.mkdir()
    (source / "dev.json").write_bytes((DATA / "export.json").read_bytes())
    outcome = run(source, tmp_path / "data", cluster)
    main("check", str(source / "dev.json"), "--format", "json")
    [checked] = json.loads(capsys.readouterr().out)["runs"]
    found = rows(tmp_path / "data", "findings", outcome.run)
    assert len(found) == len(checked["findings"]) > 10
    for row, finding in zip(found, checked["findings"], strict=True):
        assert (row["policy"], row["severity"], row["level"]) == (
            finding["policy"],
            finding["severity"],
            finding["level"],
        )
        assert (row["message"], row["fix"], row["property"]) == (
            finding["message"],
            finding["fix"],
            finding["property"],
        )
        assert row["fingerprint"] == finding["fingerprint"]
        resource = finding["resource"] or {"urn": "", "type": "", "name": ""}
        assert (row["urn"], row["type"], row["name"]) == (resource["urn"], resource["type"], resource["name"])
        place = finding["place"] or {"file": "", "line": None}
        assert (row["file"], row["line"]) == (place["file"], place["line"])
    [stack] = rows(tmp_path / "data", "stacks", outcome.run)
    assert (stack["project"], stack["stack"], stack["status"]) == (checked["project"], checked["stack"], "checked")
    summary = checked["summary"]
    for column in ("resources", "mandatory", "advisory", "exempted", "undecided", "failures"):
        assert stack[column] == summary[column]
    assert stack["notes"] == checked["notes"]


def test_the_tables_have_the_documented_columns(cluster: str, tmp_path: Path) -> None:
    outcome = run(backend(tmp_path, ["shop/dev"]), tmp_path / "data", cluster)
    page = (ROOT / "docs" / "fleet.md").read_text()
    for table, schema in (("stacks", STACKS), ("findings", FINDINGS)):
        assert ds.dataset(tmp_path / "data" / table / f"run={outcome.run.id}").schema.equals(schema)
        section = page.partition(f"### `{table}`")[2].partition("\n#")[0]
        documented = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
        assert documented == schema.names


def test_the_owner_is_the_value_of_a_tag(cluster: str, tmp_path: Path) -> None:
    stacks = backend(tmp_path, ["shop/dev"]) / ".pulumi" / "stacks" / "shop"
    (stacks / "own.json").write_text(json.dumps(checkpoint("shop", "own", tags={"Owner": "payments"})))
    (stacks / "default.json").write_text(json.dumps(checkpoint("shop", "default", tagsAll={"owner": "platform"})))
    outcome = run(tmp_path, tmp_path / "data", cluster)
    found = rows(tmp_path / "data", "findings", outcome.run)
    owners = {row["stack"]: row["owner"] for row in found if row["type"] == "aws:s3/bucket:Bucket"}
    assert owners == {"dev": "", "own": "payments", "default": "platform"}


def test_the_secrets_of_a_state_are_in_no_table(cluster: str, tmp_path: Path) -> None:
    text = (DATA / "export.json").read_text()
    ciphertexts = {part.split('"')[2] for part in text.split('"ciphertext"')[1:]}
    assert ciphertexts
    (tmp_path / "dev.json").write_text(text)
    outcome = run(tmp_path, tmp_path / "data", cluster)
    written = json.dumps([rows(tmp_path / "data", t, outcome.run) for t in ("stacks", "findings")], default=str)
    assert not [each for each in ciphertexts if each in written]


# What cannot be read


def test_what_cannot_be_read_is_one_line_each_and_the_rest_is_complete(
    tmp_path: Path, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = backend(tmp_path / "states", ["shop/dev", "shop/prod"]) / ".pulumi" / "stacks" / "shop"
    state = json.dumps(checkpoint("shop", "x")).encode()
    (folder / "truncated.json.gz").write_bytes(gzip.compress(state)[:-30])
    (folder / "empty.json").touch()
    (folder / "foreign.json").write_text('{"Version": "2012-10-17"}')
    (folder / "list.json").write_text("[1]")
    (folder / "cut-off.json").write_bytes(state[:-10])
    (folder / "of-nothing.json").write_text('{"version": 3, "checkpoint": {"latest": {"manifest": {}}}}')
    pending = checkpoint("shop", "pending")
    pending["checkpoint"]["latest"]["pending_operations"] = [{"type": "creating", "resource": {}}]
    (folder / "pending.json").write_text(json.dumps(pending))
    data = tmp_path / "data"
    code = main("fleet", tmp_path / "states", tmp_path / "nowhere", "--output", data, "--scheduler", cluster)
    captured = capsys.readouterr()
    assert code == 2
    [ended] = DataSet(data).runs()
    stacks = {row["state"].rpartition("/")[2]: row for row in rows(data, "stacks", ended)}
    errors = {name: row["error"] for name, row in stacks.items() if row["status"] == "error"}
    assert errors == {
        "truncated": "the file is compressed with gzip, and cut off or damaged",
        "empty": "the file is empty",
        "foreign": "the file is JSON, but not what `pulumi preview --json`, `pulumi stack export` or `pulumi preview "
        "--save-plan` writes, and no state file",
        "list": "the file is not as Pulumi writes it: Expected `object`, got `array`",
        "cut-off": "the file ends in the middle: it was cut off, or is still being written",
        "nowhere": "it does not exist",
    }
    assert len(captured.err.splitlines()) == len(errors)
    assert all(sentence in captured.err for sentence in errors.values())
    assert "9 states: run" in captured.out
    assert stacks["dev"]["resources"] == stacks["prod"]["resources"] == stacks["pending"]["resources"] == 4
    assert stacks["of-nothing"]["resources"] == 0
    assert (stacks["of-nothing"]["project"], stacks["of-nothing"]["stack"]) == ("shop", "of-nothing")
    assert any("An update was interrupted (1 creating)" in note for note in stacks["pending"]["notes"])


def test_a_mistake_of_the_pack_in_one_state_is_one_line_that_repeats_nothing(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(text: bytes) -> Document:
        if b"::bad::" in text:
            raise TypeError("the secret is hunter2")
        return parse(text)

    monkeypatch.setattr(evaluating, "parse", failing)
    source = backend(tmp_path / "states", ["bad/dev", *(f"p{number}/dev" for number in range(40))])
    outcome = run(source, tmp_path / "data", cluster)
    errors = [row["error"] for row in rows(tmp_path / "data", "stacks", outcome.run) if row["status"] == "error"]
    assert len(errors) == 1
    assert errors[0].startswith("it could not be evaluated: TypeError in test_running.py:")


def test_no_state_at_all_no_scheduler_or_no_folder_to_write_to_is_one_sentence(
    tmp_path: Path, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main("fleet", tmp_path / "nowhere", "--output", tmp_path / "data") == 2
    assert capsys.readouterr().err == f"policypack: {tmp_path / 'nowhere'}: it does not exist\n"
    source = backend(tmp_path, ["shop/dev"])
    assert main("fleet", source, "-o", tmp_path / "data", "--scheduler", "nonsense://x") == 2
    assert capsys.readouterr().err == "policypack: there is no Dask scheduler at nonsense://x\n"
    (tmp_path / "file").touch()
    assert main("fleet", source, "-o", tmp_path / "file", "--scheduler", cluster) == 2
    assert capsys.readouterr().err.startswith(f"policypack: {tmp_path / 'file'}/lock cannot be written")


# What is done again, and what is not


def test_what_has_not_changed_is_not_evaluated_again(
    tmp_path: Path, cluster: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, data = backend(tmp_path, ["shop/dev", "shop/prod", "shop/test"]), tmp_path / "data"
    first = run(source, data, cluster)
    (source / ".pulumi/stacks/shop/prod.json").write_text(json.dumps(checkpoint("shop", "prod", 5)))
    second = run(source, data, cluster)
    assert (first.reused, second.reused) == (0, 2)
    stacks = {row["stack"]: row["resources"] for row in rows(data, "stacks", second.run)}
    assert stacks == {"dev": 4, "prod": 6, "test": 4}
    others = [{**row} for row in rows(data, "findings", first.run) if row["stack"] != "prod"]
    assert [row for row in rows(data, "findings", second.run) if row["stack"] != "prod"] == others
    # Nothing is known under other settings, of another version, and a week later.
    key_rotation = PolicySettings("disabled", SETTINGS["kms-key-rotation"].config)
    assert run(source, data, cluster, {**SETTINGS, "kms-key-rotation": key_rotation}).reused == 0
    for name, other in (("VERSION", "9.9.9"), ("pack_content", lambda: "that of a changed checkout")):
        monkeypatch.setattr(running, name, other)
        assert run(source, data, cluster).reused == 0
        monkeypatch.undo()
    monkeypatch.setattr(running, "_REUSED_FOR", timedelta(days=-1))
    assert run(source, data, cluster).reused == 0


def test_a_finding_keeps_the_day_on_which_it_was_first_seen(tmp_path: Path, cluster: str) -> None:
    source, data = backend(tmp_path, ["shop/dev"]), tmp_path / "data"
    first = run(source, data, cluster).run
    long_ago = date(2026, 1, 2)
    written = DataSet(data)
    for part in range(256):
        if written.has(first, part):
            old = written.read(first, part)
            found = [{**row, "first_seen": long_ago} for of in old.findings.values() for row in of]
            written.write(first, part, list(old.stacks.values()), found)
    (source / ".pulumi/stacks/shop/dev.json").write_text(json.dumps(checkpoint("shop", "dev", 4)))
    found = rows(data, "findings", run(source, data, cluster).run)
    days = {row["name"]: row["first_seen"] for row in found if row["type"] == "aws:s3/bucket:Bucket"}
    assert days["bucket-0"] == long_ago
    assert days["bucket-3"] == datetime.now(UTC).date()


def test_an_exemption_that_has_expired_since_makes_its_stack_evaluated_again(tmp_path: Path, cluster: str) -> None:
    source, data = backend(tmp_path, ["shop/dev"]), tmp_path / "data"
    today = datetime.now(UTC).date()
    exemption = Exemption(reason="agreed", match=(Match(policies=("s3-*",), targets=("*",)),), expires=today)
    config = ExemptionsConfig(exemptions=(exemption,))
    settings = {**SETTINGS, "exemptions": PolicySettings("advisory", config)}
    first = run(source, data, cluster, settings).run
    assert any(row["is_exempted"] for row in rows(data, "findings", first))
    assert run(source, data, cluster, settings).reused == 1
    known = DataSet(data)
    [part] = [each for each in range(256) if known.has(first, each)]
    [state] = states(located(str(source)))
    assert running._still_valid(known.read(first, part), state)
    old = known.read(first, part)
    for row in old.findings[state.id]:
        if row["is_exempted"]:
            row["exemption_expires"] = today - timedelta(days=1)
    assert running._still_valid(old, state) is None


def test_a_run_that_was_interrupted_is_continued_only_by_its_like(tmp_path: Path, cluster: str) -> None:
    source, data = backend(tmp_path, [f"shop/s{number}" for number in range(10)]), tmp_path / "data"
    whole = run(source, data, cluster)

    def interrupted(done: int, _: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    other = tmp_path / "other"
    with pytest.raises(KeyboardInterrupt):
        run(source, other, cluster, progress=interrupted)
    [begun] = DataSet(other).runs()
    assert begun.ended is None
    written = files(other)
    assert 0 < len(written) < len(files(data))
    continued = run(source, other, cluster)
    assert continued.run.id == begun.id
    assert files(other) == files(data)
    assert continued.states == whole.states

    with pytest.raises(KeyboardInterrupt):
        run(source, tmp_path / "third", cluster, progress=interrupted)
    [begun] = DataSet(tmp_path / "third").runs()
    changed = {**SETTINGS, "kms-key-rotation": replace(SETTINGS["kms-key-rotation"], level="disabled")}
    new = run(source, tmp_path / "third", cluster, changed)
    assert [each.id for each in DataSet(tmp_path / "third").runs()] == [new.run.id] != [begun.id]


def test_a_folder_that_another_run_writes_to_is_one_sentence(
    tmp_path: Path, cluster: str, capsys: pytest.CaptureFixture[str]
) -> None:
    source, data = backend(tmp_path, ["shop/dev"]), tmp_path / "data"
    with DataSet(data).locked():
        # Before the sources are listed, which may take minutes.
        assert main("fleet", tmp_path / "missing", "-o", data, "--scheduler", cluster) == 2
    sentence = capsys.readouterr().err
    assert sentence.startswith(f"policypack: {data} is being written to by process {os.getpid()} on ")
    assert sentence.endswith(" UTC: wait until that has ended, or write to another folder with --output\n")
    assert DataSet(data).runs() == []
    assert main("fleet", source, "-o", data, "--scheduler", cluster) == 0


def test_workers_with_another_pack_are_refused(
    tmp_path: Path, cluster: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The worker is in this process, and so has the same.
    monkeypatch.setattr(Client, "run", lambda *_: {"worker": "0.1.0 (theirs)"})
    assert main("fleet", backend(tmp_path, ["shop/dev"]), "-o", tmp_path / "data", "--scheduler", cluster) == 2
    assert f"must have the same pack, {evaluating.version()}; they have: 0.1.0 (theirs)\n" in capsys.readouterr().err


# Processes. They take seconds to start.


@pytest.mark.slow
def test_a_killed_command_goes_on_where_it_was(tmp_path: Path, cluster: str) -> None:
    source = backend(tmp_path / "states", [f"p{number}/dev" for number in range(150)])
    data = tmp_path / "data"
    command = [sys.executable, "-m", "policypack", "fleet", str(source), "--output", str(data), "--workers", "2"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        ends = time.monotonic() + 60
        while len(files(data)) < 20 and time.monotonic() < ends and process.poll() is None:
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
    [begun] = DataSet(data).runs()
    before = {file: content for file, content in files(data).items() if file.startswith("stacks")}
    assert before
    assert begun.ended is None
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"150 states: run {begun.id} in {data}\n"
    run(source, tmp_path / "whole", cluster)
    assert files(data) == files(tmp_path / "whole")
    assert before.items() <= files(data).items()
    assert not list(data.rglob("*.unfinished"))


@pytest.fixture
def processes() -> Iterator[LocalCluster]:
    with (
        dask.config.set({"distributed.scheduler.allowed-failures": 0}),
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0", silence_logs=50) as made,
    ):
        yield made


class Ending(WorkerPlugin):
    """Makes workers end as they read a certain state."""

    def __init__(self, name: str) -> None:
        self.name = name

    def setup(self, worker: Worker) -> None:
        content = vars(evaluating)["content"]

        def ending(state: State) -> bytes:
            if state.name == self.name:
                os._exit(1)
            read: bytes = content(state)
            return read

        vars(evaluating)["content"] = ending


@pytest.mark.slow
def test_a_state_with_which_workers_end_is_one_line_and_what_they_had_is_done_by_others(
    processes: LocalCluster, tmp_path: Path, cluster: str
) -> None:
    source = backend(tmp_path / "states", ["shop/huge", *(f"p{number}/dev" for number in range(20))])
    with Client(processes) as client:
        client.register_plugin(Ending("shop/huge"))
    outcome = run(source, tmp_path / "data", processes.scheduler_address)
    stacks = {row["stack"]: row["error"] for row in rows(tmp_path / "data", "stacks", outcome.run)}
    because = "a worker ended with it, most likely for want of memory"
    assert stacks == {"huge": f"it could not be evaluated: {because}", "dev": ""}
    whole = run(source, tmp_path / "whole", cluster)
    found = rows(tmp_path / "whole", "findings", whole.run)
    assert rows(tmp_path / "data", "findings", outcome.run) == [row for row in found if row["stack"] != "huge"]
