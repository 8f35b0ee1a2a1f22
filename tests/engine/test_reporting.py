"""The reports that the engine's own run leaves, by config."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import pytest
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2

from policypack.engine import reporting
from policypack.policies.report import Format
from policypack.reports.report import FORMATS
from policypack.source import ProgramSource
from tests.engine.driver import AbortError, Engine, secret

BUCKET = "aws:s3/bucket:Bucket"
DATABASE = "aws:rds/instance:Instance"


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the previewed project, in a Git repository."""
    folder = tmp_path / "repository" / "infra"
    folder.mkdir(parents=True)
    (folder.parent / ".git").mkdir()
    monkeypatch.setattr(reporting, "find_program", lambda project: folder if project else None)
    return folder


def engine(level: int = analyzer_pb2.ADVISORY, stack: str = "dev", **config: Any) -> Engine:
    made = Engine()
    made.configure(report=(level, config))
    start(made, stack)
    return made


def start(made: Engine, stack: str = "dev") -> None:
    request = analyzer_pb2.AnalyzerStackConfigureRequest(stack=stack, project="shop", organization="acme")
    made.analyzer.ConfigureStack(request, made.context)


def content(file: Path) -> Mapping[str, Any]:
    [run] = json.loads(file.read_text())["runs"]
    assert isinstance(run, dict)
    return run


def test_the_formats_are_those_that_there_are() -> None:
    assert set(get_args(Format)) == set(FORMATS)


def test_without_a_file_nothing_is_written(project: Path) -> None:
    for made in (engine(), engine(analyzer_pb2.DISABLED, file="report", formats=["json"])):
        made.analyze(BUCKET, "b")
        made.analyze_stack()
        made.analyzer.end()
    assert not list(project.iterdir())


def test_every_format_has_the_findings_of_both_stages(project: Path) -> None:
    made = engine(file="out/report", formats=list(FORMATS))
    said = [*made.analyze(DATABASE, "db", instanceClass="db.t3.micro"), *made.analyze_stack()]
    made.analyzer.end()
    run = content(project / "out" / "report.json")
    assert (run["isComplete"], run["project"], run["stack"], run["organization"]) == (True, "shop", "dev", "acme")
    assert sorted(each["policy"] for each in run["findings"]) == sorted(each.policyName for each in said)
    for file in (project / "out").iterdir():
        assert "rds-instance-class" in file.read_text()
    assert len(list((project / "out").iterdir())) == len(FORMATS)


def test_a_run_that_ends_early_leaves_what_it_has_found(project: Path) -> None:
    made = engine(file="report", formats=["json"])
    run = content(project / "report.json")
    assert (run["isComplete"], run["findings"]) == (False, [])
    made.analyze(DATABASE, "db", instanceClass="db.t3.micro")
    made.analyzer.end()
    run = content(project / "report.json")
    assert not run["isComplete"]
    assert "rds-instance-class" in {each["policy"] for each in run["findings"]}


def test_a_run_that_is_cancelled_has_written_its_report_before_the_engine_hears_back(project: Path) -> None:
    # A language host kills the pack as soon as Cancel is answered. The engine's order: first the stack, then config.
    made = Engine()
    start(made)
    made.configure(report=(analyzer_pb2.ADVISORY, {"file": "report", "formats": ["json"]}))
    assert content(project / "report.json")["findings"] == []
    made.analyze(DATABASE, "db", instanceClass="db.t3.micro")
    made.analyzer.Cancel(Empty(), made.context)
    run = content(project / "report.json")
    assert not run["isComplete"]
    assert "rds-instance-class" in {each["policy"] for each in run["findings"]}


def test_an_old_report_is_not_taken_for_that_of_a_new_run(project: Path) -> None:
    made = engine(file="report", formats=["json"])
    made.analyze_stack()
    assert content(project / "report.json")["isComplete"]
    engine(file="report", formats=["json"])
    assert not content(project / "report.json")["isComplete"]


def test_stacks_have_files_of_their_own_where_the_name_says_so(project: Path) -> None:
    for stack in ("dev", "prod", "../../../etc"):
        engine(file="{organization}/{project}.{stack}", formats=["json"], stack=stack).analyze_stack()
    found = {str(file.relative_to(project)) for file in project.rglob("*.json")}
    assert found == {"acme/shop.dev.json", "acme/shop.prod.json", "acme/shop.__.._.._etc.json"}


@pytest.mark.parametrize("file", ["{stak}", "report-{", "}{"])
def test_other_braces_are_a_mistake(file: str) -> None:
    with pytest.raises(AbortError, match="policy 'report', config key 'file'"):
        engine(file=file)


def test_an_ending_is_not_doubled(project: Path) -> None:
    engine(file="findings.sarif", formats=["sarif", "json"]).analyze_stack()
    assert {file.name for file in project.iterdir()} == {"findings.sarif", "findings.sarif.json"}


def test_an_absolute_path_is_taken_as_it_is(project: Path, tmp_path: Path) -> None:
    engine(file=str(tmp_path / "elsewhere" / "report"), formats=["json"]).analyze_stack()
    assert (tmp_path / "elsewhere" / "report.json").is_file()


def test_without_a_project_a_relative_path_is_one_advisory_finding(project: Path) -> None:
    """`pulumi policy analyze` tells no project."""
    made = Engine()
    made.configure(report=(analyzer_pb2.MANDATORY, {"file": "report", "formats": ["json", "json"]}))
    [found] = [each for each in made.analyze_stack() if each.policyName == "report"]
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert found.message.splitlines()[0] == (
        "The json report of this run could not be written: the folder of the project is not known here, so the path "
        "has to be absolute: report."
    )


def test_what_cannot_be_written_is_one_advisory_finding(project: Path) -> None:
    (project / "report.json").mkdir()
    made = engine(analyzer_pb2.MANDATORY, file="report", formats=["json", "sarif"])
    [found] = [each for each in made.analyze_stack() if each.policyName == "report"]
    assert found.enforcementLevel == analyzer_pb2.ADVISORY
    assert "is there and not a regular file" in found.message
    assert (project / "report.sarif").is_file()


def test_a_missing_module_and_a_fault_are_one_sentence_each(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise ValueError("hunter2")

    monkeypatch.setitem(sys.modules, "policypack.reports.html", None)
    monkeypatch.setattr("policypack.reports.json.write", fails)
    monkeypatch.setitem(sys.modules, "jinja2", None)
    made = engine(file="report", formats=["html", "json"])
    html, json_ = [each.message for each in made.analyze_stack() if each.policyName == "report"]
    assert "is not installed" in html
    assert "pip install -r requirements-cli.txt" in html
    assert "ValueError at test_reporting.py:" in json_
    assert "hunter2" not in json_


def test_files_are_named_from_the_top_of_the_repository(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As code scanning wants them: those of findings without a line, and those of lines that the program has."""
    (project / "__main__.py").write_text('import pulumi\n\npassword = "correct-horse-battery"\n')
    monkeypatch.setattr("policypack.engine.decode.ProgramSource", lambda name: ProgramSource(name, lambda _: project))
    made = engine(file="report", formats=["sarif"])
    made.analyze(DATABASE, "db", password=secret("correct-horse-battery"))
    made.analyze_stack()
    results = json.loads((project / "report.sarif").read_text())["runs"][0]["results"]
    places = [each["locations"][0]["physicalLocation"] for each in results]
    found = {(place["artifactLocation"]["uri"], place["region"]["startLine"]) for place in places}
    assert found == {("infra/Pulumi.yaml", 1), ("infra/__main__.py", 3)}


def test_secrets_are_not_in_the_files(project: Path) -> None:
    made = engine(file="report", formats=list(FORMATS))
    made.analyze(DATABASE, "db", password=secret("correct-horse-battery"), username=secret("app-user-name"))
    made.analyze_stack()
    for file in project.iterdir():
        assert "correct-horse" not in file.read_text()
        assert "app-user-name" not in file.read_text()


def test_a_run_without_reports_does_not_import_them() -> None:
    """Nor does it wait for what they need: a pack starts at every preview."""
    script = (
        "import sys\n"
        "from policypack.engine.server import serve\n"
        "from policypack.engine.analyzer import Analyzer\n"
        "from policypack.pack import PACK\n"
        "Analyzer(PACK)\n"
        "print([name for name in sys.modules if name.startswith('policypack.reports') or name in ('jinja2', 'rich')])"
    )
    root = Path(__file__).resolve().parents[2]
    ended = subprocess.run([sys.executable, "-c", script], cwd=root, capture_output=True, text=True, check=True)
    assert ended.stdout.strip() == "[]"
