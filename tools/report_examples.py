"""
Writes docs/formats/examples/: what each report format says of a preview of examples/loan-platform; and the JSON
schema of the JSON format.

    python -m tools.report_examples            after a change of the formats or of what the policies say
    python -m tools.report_examples --record   previews the example anew first, in the real Pulumi CLI
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import re
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Final

from policypack.documents.reading import read
from policypack.evaluation import Evaluation
from policypack.model import Place
from policypack.pack import PACK, REPORT_POLICIES
from policypack.policy import Pack
from policypack.record import Finding
from policypack.reports.files import SUFFIXES
from policypack.reports.json import schema
from policypack.reports.report import FORMATS, Report, of_records, writer
from policypack.settings import Override, apply_overrides
from policypack.source.arguments import argument_line
from tools.expectations import Expectations
from tools.sandbox import Sandbox

ROOT: Final = Path(__file__).resolve().parents[1]
FOLDER: Final = ROOT / "docs" / "formats" / "examples"
SCHEMA: Final = FOLDER.parent / "report.schema.json"
PREVIEW: Final = ROOT / "tests" / "reports" / "data" / "loan-platform.preview.json.gz"
"""What `pulumi preview --json` printed about the example's faulty edition."""
_EXAMPLE: Final = ROOT / "examples" / "loan-platform"
_TODAY: Final = date(2026, 11, 28)
_EXEMPTION: Final = {
    "reason": "MFA delete needs the root user; agreed with the security team",
    "expires": "2027-03-31",
    "match": [{"policies": ["s3-mfa-delete"], "targets": ["documents"]}],
}


def report() -> Report:
    """The policies that find something in the example, on its recorded preview: others that come change nothing."""
    expected = Expectations.read(_EXAMPLE)
    found = {policy for policy, _ in expected.editions["faulty"]}
    of_run = tuple(policy for policy in PACK.policies if policy.id in found or policy in REPORT_POLICIES)
    pack = Pack(PACK.name, "1.0.0", PACK.description, of_run)
    config = json.loads((ROOT / expected.preset).read_text())
    given = {policy.id: _override(config.get(policy.id, {})) for policy in pack.policies}
    given["exemptions"] = Override(properties={"exemptions": [_EXEMPTION]})
    settings, problems = apply_overrides(pack.policies, given)
    assert not problems, problems
    document = read(str(PREVIEW))
    context = replace(document.context, today=_TODAY)
    evaluation = Evaluation(pack, settings, context)

    def locate(finding: Finding) -> Place | None:
        if not (made := document.places.get(finding.violation.urn)):
            return finding.violation.line
        return Place(made.file, argument_line(str(_EXAMPLE / "faulty" / made.file), made.line, finding.violation.path))

    return of_records(
        tuple(evaluation.check_all(document.resources)),
        pack=pack,
        settings=settings,
        context=context,
        locate=locate,
        preset=Path(expected.preset).stem,
        source="preview.json",
        kind=document.kind,
        notes=document.notes,
    )


def _override(entry: str | dict[str, Any]) -> Override:
    if isinstance(entry, str):
        return Override(entry)  # type: ignore[arg-type] # a level
    return Override(entry.get("enforcementLevel"), {key: entry[key] for key in entry if key != "enforcementLevel"})


def rendered(format_: str, made: Report, *, is_whole: bool = False) -> str:
    """
    What a format writes about a report.

    :param is_whole: false for how its example has it: without the styles and scripts that make up most of an HTML
        report.
    """
    out = io.StringIO()
    writer(format_)([made], out)
    text = out.getvalue()
    if format_ == "html" and not is_whole:
        text = re.sub(r"<style>.*?</style>", "<style>…</style>", text, flags=re.DOTALL)
        text = re.sub(r"<script>.*?</script>", "<script>…</script>", text, flags=re.DOTALL)
        text = re.sub(r"'sha256-[^']*'", "'sha256-…'", text)
    return text


def examples() -> dict[Path, str]:
    """Every file that this tool writes, and what is in it."""
    made = report()
    files = {FOLDER / f"loan-platform{SUFFIXES[format_]}": rendered(format_, made) for format_ in FORMATS}
    return {**files, SCHEMA: json.dumps(schema(), indent=2) + "\n"}


def _record() -> None:
    expected = Expectations.read(_EXAMPLE)
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder) / "sandbox") as sandbox:
        outcome = sandbox.stack(_EXAMPLE / "faulty", config=expected.config).preview(json=True)
    preview = json.loads(outcome.stdout)
    preview.pop("duration", None)
    for step in preview["steps"]:
        state = step.get("newState", {})
        for key in ("created", "modified"):
            state.pop(key, None)
        # Lines of libraries tell where they are on this machine.
        if "/../" in state.get("sourcePosition", ""):
            del state["sourcePosition"]
        frames = [frame for frame in state.pop("stackTrace", []) if "/../" not in frame.get("sourcePosition", "/../")]
        if frames:
            state["stackTrace"] = frames
    PREVIEW.write_bytes(gzip.compress(json.dumps(preview, indent=1).encode(), mtime=0))


def main() -> None:
    """Writes the files."""
    parser = argparse.ArgumentParser(prog="python -m tools.report_examples", description=__doc__)
    parser.add_argument("--record", action="store_true", help="preview the example anew first")
    if parser.parse_args().record:
        _record()
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file, text in examples().items():
        file.write_text(text, encoding="utf-8")
        print(file.relative_to(ROOT))


if __name__ == "__main__":
    main()
