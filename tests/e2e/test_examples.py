"""
Each example in the real engine: the faulty edition has exactly the expected findings, the corrected one none, and
pulumi_policy's own analyzer finds the same. `policypack check` finds it on files, as far as the files tell it.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from policypack.cli.run import run
from policypack.config_file import check_file
from policypack.model import Context, Resource
from policypack.pack import PACK
from tests.differential import FOUND_BY_US_ALONE_AT_PREVIEW, compare
from tools import presets
from tools.expectations import Expectations, Pair
from tools.recording import Recording, record
from tools.sandbox import Outcome, Sandbox, Stack

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = sorted(path.parent for path in (ROOT / "examples").glob("*/findings.yaml"))
LOAN_PLATFORM = ROOT / "examples" / "loan-platform"
EDITIONS = [(example, edition) for example in EXAMPLES for edition in ("faulty", "corrected")]


def label(path: object) -> str:
    return path.stem if isinstance(path, Path) else str(path)


def assert_expected(expected: Expectations, edition: str, outcome: Outcome) -> None:
    assert expected.differences(edition, outcome) == ([], []), outcome.text
    assert "can't run policy" not in outcome.text
    assert outcome.ok == (edition == "corrected"), outcome.text


def assert_both_analyzers_find_the_same(recording: Recording, edition: str, *, is_updated: bool) -> None:
    assert len(recording.resources) > 50
    assert len(recording.stack.resources) == len(recording.resources)
    ours, theirs = compare(recording)
    assert theirs - ours == Counter()
    more = {policy for policy, *_ in ours - theirs}
    assert more <= (set() if is_updated else FOUND_BY_US_ALONE_AT_PREVIEW.keys())
    assert theirs or edition == "corrected"


@dataclass(frozen=True)
class Deployed:
    """
    An edition of an example that has been deployed.

    :param preset: the config that the example is checked with.
    :param before: the recorded preview before the first update, with every id unknown, and how it ended.
    :param after: the same after the update, with every id known.
    :param files: what Pulumi wrote about the stack, before and after it, each with its kind.
    """

    folder: Path
    expected: Expectations
    preset: Path
    before: tuple[Recording, Outcome]
    after: tuple[Recording, Outcome]
    files: tuple[tuple[str, Path], ...]

    @property
    def edition(self) -> str:
        return self.folder.name


@pytest.fixture(scope="module", params=EDITIONS, ids=lambda pair: f"{label(pair[0])}-{pair[1]}")
def deployed(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Deployed:
    example, edition = request.param
    folder = tmp_path_factory.mktemp(f"{example.name}-{edition}")
    expected = Expectations.read(example)
    preset = expected.write_config(ROOT, folder)
    stack = sandbox.stack(example / edition, config=expected.config)
    files: list[tuple[str, Path]] = []

    def write(kind: str, text: str) -> None:
        files.append((kind, folder / f"{len(files)}-{kind}.json"))
        files[-1][1].write_text(text)

    def preview() -> None:
        plan = folder / "plan.json"
        outcome = stack.preview(json=True, plan=str(plan), flags=["--show-sames"])
        assert outcome.ok, outcome.text
        write("preview", outcome.stdout)
        write("plan", plan.read_text())

    # The recorder serves the same pack.
    before = record(stack, folder / "before", preset)
    preview()
    updated = stack.up()
    assert updated.ok, updated.text
    after = record(stack, folder / "after", preset)
    preview()
    write("export", json.dumps(stack.export()))
    write("export-with-secrets", json.dumps(stack.export("--show-secrets")))
    write("state", stack.state_file.read_text())
    return Deployed(example / edition, expected, preset, before, after, tuple(files))


def test_findings_before_and_after_an_update(sandbox: Sandbox, deployed: Deployed) -> None:
    edition = deployed.edition
    for (recording, outcome), is_updated in ((deployed.before, False), (deployed.after, True)):
        assert_expected(deployed.expected, edition, outcome)
        assert_both_analyzers_find_the_same(recording, edition, is_updated=is_updated)
    # The state alone, without the program.
    [state] = [file for kind, file in deployed.files if kind == "export"]
    assert_expected(deployed.expected, edition, sandbox.analyze(state, ROOT, deployed.preset))


# What is not found in a file: whether a database's password, which the SDK marks secret, is one that somebody made up.
HIDES_SECRETS: Final = frozenset({"no-hardcoded-credentials"})
UNTOLD: Final[Mapping[str, frozenset[str]]] = {
    # It does not have the stack's outputs.
    "preview": HIDES_SECRETS | {"stack-outputs"},
    "plan": HIDES_SECRETS,
    "export": HIDES_SECRETS,
    "state": HIDES_SECRETS,
    "export-with-secrets": frozenset(),
}


def test_policypack_check_finds_the_same_in_files(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = deployed.expected.editions[deployed.edition]
    settings, mistakes = check_file(deployed.preset, PACK)
    assert not mistakes
    # Policies look for secrets in the program's source.
    monkeypatch.chdir(deployed.folder)
    for kind, file in deployed.files:
        made = run(str(file), settings)
        found: Counter[Pair] = Counter(
            (finding.policy.id, _label(finding.violation.resource, made.document.context))
            for record in made.records
            for finding in record.findings
        )
        missing = expected - found
        assert not found - expected, file.name
        assert not [pair for pair in missing if pair[0] not in UNTOLD[kind]], file.name
        assert not [failure for record in made.records for failure in record.failures], file.name
        assert made.folder == deployed.folder


def _label(resource: Resource | None, context: Context) -> str:
    """A resource as the examples' expectations name it; the engine shows on the stack what is on no resource."""
    return f"{resource.token} {resource.name}" if resource else f"pulumi:pulumi:Stack {context.project}-{context.stack}"


def test_every_preset_is_that_of_an_example() -> None:
    # Those of frameworks are tested in tests/tools/test_presets.py.
    assert {Expectations.read(example).preset for example in EXAMPLES} == {
        f"config/{name}.json" for name, said in presets.PRESETS.items() if "selection" not in said
    }


@pytest.fixture(scope="module")
def loan_platform(sandbox: Sandbox) -> Stack:
    return sandbox.stack(LOAN_PLATFORM / "faulty")


def test_on_a_first_day_everything_is_shown_and_nothing_is_stopped(loan_platform: Stack) -> None:
    usual, first_day = (
        loan_platform.preview(ROOT, ROOT / "config" / f"{name}.json") for name in ("production", "first-day")
    )
    assert not usual.ok
    assert first_day.ok, first_day.text
    assert {finding.level for finding in first_day.findings} == {"advisory"}
    shown, expected = (
        sorted((finding.policy, finding.urn) for finding in outcome.findings) for outcome in (first_day, usual)
    )
    assert shown == expected


def test_the_readme_shows_what_the_pack_prints(loan_platform: Stack) -> None:
    excerpt = (ROOT / "README.md").read_text().partition("```text\n")[2].partition("\n```")[0]
    command, *lines = excerpt.splitlines()
    assert command.split()[-1] == Expectations.read(LOAN_PLATFORM).preset
    printed = loan_platform.preview(ROOT, ROOT / command.split()[-1]).text.splitlines()
    for line in lines:
        # What the README leaves out at the end of a line is an ellipsis there.
        shown, is_shortened, _ = line.partition("…")
        assert any(other.startswith(shown) if is_shortened else other == shown for other in printed), line
