"""The refresher of the engine versions, on wheels made for the purpose: nothing is downloaded."""

import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from tools import engine_versions
from tools.engine_versions import BASELINE, MAJOR_PARTS, main, major

# Each engine has a version, so that a release is complete.
EVERY = {engine: ["1.1.1"] for engine in MAJOR_PARTS}
CACHES = ("memcached", "redis", "valkey")

Rows = Mapping[str, Sequence[str]]


def listed(rows: Rows) -> dict[str, Any]:
    """Versions as cfn-lint lists them: first a rule about the engines, then one for each."""
    about_engines = {
        "if": {"properties": {"Engine": {"type": "string"}}},
        "then": {"properties": {"Engine": {"enum": [*rows]}}},
    }
    return {
        "allOf": [
            about_engines,
            *(
                {
                    "if": {
                        "properties": {"Engine": {"const": engine}, "EngineVersion": {"type": ["string", "number"]}}
                    },
                    "then": {"properties": {"EngineVersion": {"enum": list(versions)}}},
                }
                for engine, versions in rows.items()
            ),
        ]
    }


def refused(rows: Rows) -> dict[str, Any]:
    """Versions as cfn-lint refuses them."""
    return {
        "allOf": [
            {
                "if": {"properties": {"Engine": {"const": engine}, "EngineVersion": {"enum": list(versions)}}},
                "then": False,
            }
            for engine, versions in rows.items()
        ]
    }


def orderable(rows: Rows) -> dict[str, Any]:
    """The beginnings of versions of which cfn-lint knows the instance classes."""
    return {
        "allOf": [
            {
                "if": {
                    "properties": {
                        "Engine": {"const": engine, "type": "string"},
                        "EngineVersion": {"pattern": f"^({escaped}\\..+|{escaped})$"},
                    }
                },
                "then": {"properties": {"DBInstanceClass": {"enum": ["db.m5.large"]}}},
            }
            for engine, starts in rows.items()
            for escaped in (start.replace(".", "\\.") for start in starts)
        ]
    }


def wheel(folder: Path, version: str, known: Rows, retired: Rows | None = None, starts: Rows | None = None) -> Path:
    databases = {engine: of for engine, of in {**EVERY, **known}.items() if engine not in CACHES}
    caches = {engine: of for engine, of in {**EVERY, **known}.items() if engine in CACHES}
    files = {
        "extensions/aws_rds_dbinstance/engine_version": listed(databases),
        "extensions/aws_elasticache_cachecluster/engine_version": listed(caches),
    }
    if retired is not None:
        files["extensions/aws_rds_dbinstance/engine_version_deprecated"] = refused(retired)
        files["version"] = {"schema_date": "2027-01-20T22:11:15Z"}
    if starts is not None:
        files["extensions/aws_rds_dbinstance/db_instance_class"] = orderable(starts)
    folder.mkdir(parents=True)
    path = folder / f"cfn_lint-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(f"cfnlint/data/schemas/{name}.json", json.dumps(content))
    return path


class PyPI:
    """Stands in for PyPI: what the newest release and the baseline have."""

    def __init__(self, known: Rows, retired: Rows | None = None, starts: Rows | None = None, baseline: Rows = EVERY):
        self.newest = (known, retired or {}, starts)
        self.baseline = baseline
        self.asked: list[str] = []

    def fetch(self, release: str, folder: Path) -> Path:
        self.asked.append(release)
        if release == f"=={BASELINE}":
            return wheel(folder, BASELINE, self.baseline)
        return wheel(folder, release.removeprefix("==") or "9.9.9", *self.newest)


def refresh(tmp_path: Path, pypi: PyPI, *arguments: str) -> dict[str, Any]:
    file = tmp_path / "engine_versions.json"
    main([*arguments], fetch=pypi.fetch, file=file)
    content: dict[str, Any] = json.loads(file.read_text())
    return content


def test_what_cfn_lint_calls_deprecated_is_retired(tmp_path: Path) -> None:
    known = {"postgres": ["15", "15.10", "15.5", "15.9", "16", "16.1"]}
    engines = refresh(tmp_path, PyPI(known, {"postgres": ["15", "15.5", "16", "16.1"]}))["engines"]
    assert engines["postgres"] == {"offered": {"15": "15.9 15.10"}, "retired": {"15": "15.5", "16": "16.1"}}
    assert list(engines) == sorted(MAJOR_PARTS)


def test_for_other_engines_what_is_older_than_the_baseline_is_retired(tmp_path: Path) -> None:
    known = {"mariadb": ["10.4.34", "10.6.5", "10.6.18", "10.6.19", "10.6.30", "11.8.3", "12.3.2"]}
    baseline = {**EVERY, "mariadb": ["10.6.18", "10.6.19", "11.8.3"]}
    mariadb = refresh(tmp_path, PyPI(known, {"postgres": ["1.1.1"]}, baseline=baseline))["engines"]["mariadb"]
    assert mariadb == {
        "offered": {"10.6": "10.6.18 10.6.19 10.6.30", "11.8": "11.8.3", "12.3": "12.3.2"},
        "retired": {"10.4": "10.4.34", "10.6": "10.6.5"},
    }


def test_what_cannot_be_ordered_is_retired(tmp_path: Path) -> None:
    known = {"sqlserver-ee": ["13.00.6300.2.v1", "15.00.4043.16.v1"], "mariadb": ["10.1.1", "10.11.1"]}
    pypi = PyPI(known, starts={"sqlserver-ee": ["15.00"], "mariadb": ["10.11"]}, baseline={**EVERY, **known})
    engines = refresh(tmp_path, pypi)["engines"]
    assert engines["sqlserver-ee"] == {
        "offered": {"15.00": "15.00.4043.16.v1"},
        "retired": {"13.00": "13.00.6300.2.v1"},
    }
    assert engines["mariadb"] == {"offered": {"10.11": "10.11.1"}, "retired": {"10.1": "10.1.1"}}
    assert engines["sqlserver-se"]["offered"] == {"1.1": "1.1.1"}


def test_what_the_file_had_and_no_list_has_any_more_stays_as_retired(tmp_path: Path) -> None:
    refresh(tmp_path, PyPI({"redis": ["5.0.6", "7.1"]}))
    redis = {"offered": {"7": "7.1"}, "retired": {"5": "5.0.6"}}
    for known in (["7.1"], ["7.1"]):
        assert refresh(tmp_path, PyPI({"redis": known}))["engines"]["redis"] == redis
    assert refresh(tmp_path, PyPI({"redis": ["5.0.6"]}))["engines"]["redis"] == {
        "offered": {"5": "5.0.6"},
        "retired": {"7": "7.1"},
    }


def test_the_file_says_what_it_was_made_from(tmp_path: Path) -> None:
    pypi = PyPI({})
    content = refresh(tmp_path, pypi)
    assert content["date"] == "2027-01-20"
    assert content["source"].startswith("cfn-lint 9.9.9 (https://pypi.org/project/cfn-lint/9.9.9/)")
    assert pypi.asked == ["", f"=={BASELINE}"]


def test_a_release_can_be_chosen(tmp_path: Path) -> None:
    pypi = PyPI({})
    assert refresh(tmp_path, pypi, "--release", "1.60.0")["source"].startswith("cfn-lint 1.60.0 ")
    assert pypi.asked[0] == "==1.60.0"


def test_it_says_what_has_changed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refresh(tmp_path, PyPI({"redis": ["6.2", "7.1"]}))
    capsys.readouterr()
    refresh(tmp_path, PyPI({"redis": ["7.1", "7.10", "7.9"]}))
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("engine_versions.json: cfn-lint 9.9.9")
    assert said[1:] == ["redis: +7.9 +7.10", "redis: -6.2"]


def test_the_same_release_makes_the_same_file(tmp_path: Path) -> None:
    file = tmp_path / "engine_versions.json"
    refresh(tmp_path, PyPI({"postgres": ["15.10", "15.9"]}))
    first = file.read_text()
    refresh(tmp_path, PyPI({"postgres": ["15.9", "15.10"]}))
    assert file.read_text() == first
    assert first.endswith("}\n")


@pytest.mark.parametrize(
    ("engine", "version", "expected"),
    [
        ("postgres", "15.5", "15"),
        ("postgres", "9.6.24", "9.6"),
        ("postgres", "9", "9"),
        ("postgres", "11.22-rds.20240418", "11"),
        ("aurora-postgresql", "16.10-limitless", "16"),
        ("mysql", "8.0.42", "8.0"),
        ("aurora-mysql", "8.0.mysql_aurora.3.05.2", "8.0"),
        ("valkey", "9.0", "9"),
        ("sqlserver-ee", "15.00.4355.3.v1", "15.00"),
        ("memcached", "1.6.22", "1.6"),
    ],
)
def test_the_major_version_is_that_of_aws(engine: str, version: str, expected: str) -> None:
    assert major(version, MAJOR_PARTS[engine]) == expected


def test_a_release_that_lacks_an_engine_changes_nothing(tmp_path: Path) -> None:
    refresh(tmp_path, PyPI({}))
    before = (tmp_path / "engine_versions.json").read_text()
    with pytest.raises(SystemExit, match=r"cfn-lint 9\.9\.9 has no versions of redis, valkey"):
        refresh(tmp_path, PyPI({"redis": [], "valkey": []}))
    assert (tmp_path / "engine_versions.json").read_text() == before


def test_a_wheel_is_downloaded_and_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[list[str]] = []

    def run(command: list[str], *, check: bool) -> None:
        commands.append(command)
        wheel(tmp_path / "new", "1.60.0", {}, {})

    monkeypatch.setattr("tools.engine_versions.subprocess.run", run)
    assert engine_versions.download("==1.60.0", tmp_path / "new").name == "cfn_lint-1.60.0-py3-none-any.whl"
    assert {"download", "--no-deps", "cfn-lint==1.60.0"} <= set(commands[0])
    assert "install" not in commands[0]
