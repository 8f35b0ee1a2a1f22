"""What `policypack fleet-report` says of runs over many stacks."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from policypack.cli.options import settings_of
from policypack.fleet.answers import Table
from policypack.fleet.dataset import DataSet, Run
from policypack.fleet.formats import write_csv
from policypack.fleet.running import run_fleet
from policypack.settings import Settings
from tests.cli.driver import main
from tests.fleet.backends import checkpoint


def settings(folder: Path, **config: Any) -> Settings:
    """What policies are set to where all but the given ones are disabled."""
    file = folder / "config.json"
    given = {name.replace("_", "-"): said for name, said in config.items()}
    file.write_text(json.dumps({"all": "disabled"} | given))
    return settings_of(file)[0]


def exempting(days: int) -> dict[str, Any]:
    """Config that exempts what versioning says of one bucket for some more days."""
    expires = datetime.now(UTC).date() + timedelta(days)
    match = [{"policies": ["s3-versioning"], "targets": ["bucket-0"]}]
    return {
        "enforcementLevel": "advisory",
        "exemptions": [{"reason": "agreed", "match": match, "expires": expires.isoformat()}],
    }


class Fleet:
    """Three stacks, of which one has no bucket, and their results."""

    def __init__(self, folder: Path, cluster: str) -> None:
        self.folder, self.cluster = folder, cluster
        self.data = folder / "data"
        self.write("shop", "dev", 2, tags={"owner": "payments"})
        self.write("shop", "prod", 3)
        self.write("empty", "dev", 0)

    def write(self, project: str, stack: str, buckets: int, **inputs: Any) -> None:
        file = self.folder / "states" / f"{project}-{stack}.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(checkpoint(project, stack, buckets, **inputs)))

    def run(self, **config: Any) -> Run:
        given = settings(self.folder, **config)
        sources = [str(self.folder / "states")]
        return run_fleet(sources, DataSet(self.data), given, config="strict", scheduler=self.cluster).run


@pytest.fixture
def fleet(tmp_path: Path, cluster: str) -> Fleet:
    return Fleet(tmp_path, cluster)


def asked(fleet: Fleet, capsys: pytest.CaptureFixture[str], *arguments: str) -> Sequence[Sequence[str]]:
    capsys.readouterr()
    assert main("fleet-report", fleet.data, "--format", "csv", *arguments) == 0
    return list(csv.reader(io.StringIO(capsys.readouterr().out)))[1:]


def test_findings_are_counted_by_what_one_asks_for(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(s3_versioning="mandatory", s3_public_access_block="advisory", exemptions=exempting(300))
    assert asked(fleet, capsys, "--by", "policy") == [
        ["s3-versioning", "2", "3", "0", "2"],
        ["s3-public-access-block", "2", "0", "5", "0"],
    ]
    assert asked(fleet, capsys, "--by", "project") == [["shop", "2", "3", "5", "2"]]
    assert asked(fleet, capsys, "--by", "owner") == [["(none)", "1", "2", "3", "1"], ["payments", "1", "1", "2", "1"]]
    concerns = [row[0] for row in asked(fleet, capsys, "--by", "concern")]
    assert concerns == ["bucket_versions", "bucket_access"]
    controls = {row[0]: row[1:] for row in asked(fleet, capsys, "--by", "control")}
    assert controls["Security Hub S3.14"] == ["2", "3", "0", "2"]
    assert controls["FSBP S3.8"] == ["2", "0", "5", "0"]
    stacks = asked(fleet, capsys, "--by", "stack")
    assert [row[1:] for row in stacks] == [
        ["shop", "prod", "4", "2", "3", "1", "0"],
        ["shop", "dev", "3", "1", "2", "1", "0"],
        ["empty", "dev", "1", "0", "0", "0", "0"],
    ]


def test_an_exemption_is_unused_only_where_no_stack_has_a_finding_that_it_matches(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    config = exempting(300)
    matching = config["exemptions"][0]["match"]
    prod = [{"policies": ["s3-versioning"], "targets": ["bucket-2"]}]  # shop/dev has no such bucket
    nothing = [{"policies": ["s3-versioning"], "targets": ["gone"]}]
    past = [{"policies": ["s3-versioning"], "targets": ["bucket-1"]}]
    config["exemptions"] = [
        {"reason": "both", "match": matching},
        {"reason": "of prod", "match": prod, "expires": "2099-01-01"},
        {"reason": "of nothing", "match": nothing},
        {"reason": "expired", "match": past, "expires": "2026-01-01"},
    ]
    fleet.run(s3_versioning="mandatory", exemptions=config)
    assert asked(fleet, capsys, "--by", "exemption") == [
        ["exemptions[2]", "of nothing", "", "0"],
        ["exemptions[1]", "of prod", "2099-01-01", "1"],
        ["exemptions[0]", "both", "", "2"],
        ["exemptions[3]", "expired", "2026-01-01", "2"],
    ]
    assert "exemptions" not in {row[0] for row in asked(fleet, capsys, "--by", "policy")}
    assert main("fleet-report", fleet.data) == 0
    assert "\n1 exemption matches no finding of any stack.\n" in capsys.readouterr().out


def test_two_runs_differ_in_what_is_new_gone_exempted_and_expired(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    first = fleet.run(s3_versioning="mandatory", s3_public_access_block="mandatory")
    second = fleet.run(s3_versioning="mandatory", exemptions=exempting(300), s3_sse_kms="mandatory")
    assert asked(fleet, capsys, "--by", "change") == [
        ["s3-sse-kms", "5", "0", "0", "0"],
        ["s3-public-access-block", "0", "5", "0", "0"],
        ["s3-versioning", "0", "0", "2", "0"],
    ]
    assert asked(fleet, capsys, "--by", "change", "--run", first.id, "--compare", second.id) == [
        ["s3-public-access-block", "5", "0", "0", "0"],
        ["s3-versioning", "0", "0", "0", "2"],
        ["s3-sse-kms", "0", "5", "0", "0"],
    ]


def test_a_state_that_cannot_be_read_any_more_is_not_taken_for_fixed(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    fleet.run(s3_versioning="mandatory")
    (fleet.folder / "states" / "shop-dev.json").write_text("{")
    (fleet.folder / "states" / "shop-prod.json").unlink()
    fleet.run(s3_versioning="mandatory")
    assert asked(fleet, capsys, "--by", "change") == [["s3-versioning", "0", "3", "0", "0"]]
    [(state, reason)] = asked(fleet, capsys, "--by", "unread")
    assert state.endswith("#shop-dev")
    assert reason == "the file ends in the middle: it was cut off, or is still being written"


def test_a_stricter_config_tells_which_stacks_it_would_stop(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    fleet.run(s3_versioning="advisory")
    fleet.run(s3_versioning="mandatory")
    rows = asked(fleet, capsys, "--by", "stopped")
    assert [row[1:] for row in rows] == [
        ["shop", "prod", "3", "s3-versioning"],
        ["shop", "dev", "2", "s3-versioning"],
    ]
    main("fleet-report", fleet.data)
    text = capsys.readouterr().out
    assert "2 of 3 stacks would be stopped." in text
    assert "Stacks that are stopped and were not in" in text


def test_the_overview_shows_the_first_rows_and_how_many_are_left(
    fleet: Fleet, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(12):
        fleet.write(f"project-{number:02}", "dev", 1)
    run = fleet.run(s3_versioning="mandatory")
    assert main("fleet-report", fleet.data) == 0
    text = capsys.readouterr().out
    assert text.startswith(
        f"Run {run.id}, version {run.pack_version} of the pack, with strict\n14 of 15 stacks would be stopped.\n"
        "17 mandatory and 0 advisory findings, 0 exempted, in 32 resources.\n"
    )
    by_project = text.partition("Findings by project\n")[2].partition("\n\n")[0].splitlines()
    assert by_project[1].split() == ["shop", "2", "5", "0", "0"]
    assert by_project[-1] == "... and 3 more"
    assert "What cannot be read" not in text


def test_what_cannot_be_answered_is_one_sentence(fleet: Fleet, capsys: pytest.CaptureFixture[str]) -> None:
    assert main("fleet-report", fleet.data) == 2
    assert capsys.readouterr().err == (
        f"policypack: {fleet.data} has no run that has ended: `policypack fleet` writes them\n"
    )
    run = fleet.run(s3_versioning="mandatory")
    for arguments, sentence in {
        ("--by", "change"): f"--by change is about two runs, and {fleet.data} has none before {run.id}",
        ("--by", "polcy"): "there is no value of --by 'polcy'; did you mean 'policy'?",
        ("--format", "csv"): "csv is for one table; say which with --by: stopped, change, policy",
        ("--by", "policy", "--format", "html"): "html has all tables; leave out --by",
        ("--run", "2001"): f"no run is named 2001; the newest are {run.id}",
        ("--output", "/nowhere/report.txt"): "/nowhere/report.txt: the report cannot be written: No such file",
    }.items():
        assert main("fleet-report", fleet.data, *arguments) == 2
        assert capsys.readouterr().err.startswith(f"policypack: {sentence}")
    (fleet.data / "runs" / "foreign.json").write_text("{}")
    assert main("fleet-report", fleet.data) == 2
    assert "has files that no run of this version has written" in capsys.readouterr().err


def test_no_text_is_a_formula_to_a_spreadsheet() -> None:
    out = io.StringIO()
    write_csv(Table("", ("name", "count"), [("=cmd|' /C calc'!A0", -1), ("plain", 2)]), out)
    assert out.getvalue() == "name,count\r\n'=cmd|' /C calc'!A0,-1\r\nplain,2\r\n"
