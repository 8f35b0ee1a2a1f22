"""
Writes the files of a new policy, with a sample rule to edit: `python -m tools.new_policy ID [--concern NAME]`.

The policy goes into policypack/policies/NAME.py, its tests into tests/policies/test_NAME.py, and its case into
docs/cases/ID.yaml. Where the first two exist, the policy and its tests are added at their end. Without --concern, NAME
is the policy's id.
"""

from __future__ import annotations

import argparse
import ast
import keyword
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent

_ID: Final = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_CONCERN: Final = re.compile(r"[a-z][a-z0-9_]*")

_POLICY_DOCSTRING: Final = '''\
"""TITLE: TODO, say in one sentence what the policies in this file are about."""

from __future__ import annotations
'''
_POLICY_IMPORTS: Final = {
    "policypack.config": ("Config",),
    "policypack.model": ("Resource",),
    "policypack.policy": ("resource_policy",),
    "policypack.verdict": ("Undecided", "Verdicts", "Violation"),
}
_POLICY: Final = '''

# TODO: replace the types, the rule and the texts of this sample, which reports queues whose encryption is turned off.
@resource_policy(
    id="ID",
    title="TODO: what holds when the policy is satisfied, in one sentence without a full stop",
    types=("aws:sqs/queue:Queue",),
    severity="medium",
    enforcement="advisory",
    fix="Set sqsManagedSseEnabled to true, or leave it out.",
    url="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
)
def NAME(queue: Resource, config: Config) -> Verdicts:
    """TODO: what goes wrong without the policy, in one or two sentences."""
    enabled = queue.get("sqsManagedSseEnabled")
    if enabled.is_unknown:
        yield Undecided(enabled)
    # Leaving it out is safe: AWS then encrypts the queue (see the page that `url` names).
    elif enabled.is_false:
        yield Violation(enabled, f"{enabled.path} is {enabled.shown}: messages are stored without encryption.")
'''

_TEST_DOCSTRING: Final = '''\
"""Policies about TITLE."""
'''
_TEST_IMPORTS: Final = {
    "typing": ("Any",),
    "policypack.testing": ("UNKNOWN", "resource"),
    "tests.support": ("check",),
}
_TEST: Final = """

def test_NAME_reports_a_value_that_is_wrong() -> None:
    decision = check("ID", resource("aws:sqs/queue:Queue", "orders", sqsManagedSseEnabled=False))
    assert decision.violations == ["orders.sqsManagedSseEnabled"]
    assert "sqsManagedSseEnabled is false" in decision.messages[0]
    assert "Fix: Set sqsManagedSseEnabled to true" in decision.messages[0]


@pytest.mark.parametrize("enabled", [True, None])
def test_NAME_accepts_a_value_that_is_right_and_the_default(enabled: Any) -> None:
    assert check("ID", resource("aws:sqs/queue:Queue", sqsManagedSseEnabled=enabled)).is_clean


def test_NAME_cannot_decide_about_an_unknown_value() -> None:
    assert check("ID", resource("aws:sqs/queue:Queue", sqsManagedSseEnabled=UNKNOWN)).undecided
"""

_CASE: Final = """\
# TODO: replace the sample. docs/cases/README.md describes these files.
faulty:
  aws:sqs/queue:Queue orders: {sqsManagedSseEnabled: false}
corrected:
  aws:sqs/queue:Queue orders: {}
"""

_NEXT: Final = """
Next:
  1. Edit these files: replace the sample, and everything that is marked TODO. docs/writing-policies.md shows how.
  2. Run the tests of the policy, which takes seconds:
       venv/bin/python -m pytest -q {test}
       venv/bin/python -m pytest -q tests/policies/test_all.py tests/policies/test_cases.py -k {id}
  3. Write the files that are generated from the policies:
       venv/bin/python -m tools.catalogue && venv/bin/python -m tools.presets
  4. Before you commit: make lint, and make quick."""


class Refused(Exception):  # noqa: N818 - it reads as what it says
    """The policy cannot be written; the message says why, and what to do."""


def write(root: Path, policy_id: str, concern: str | None = None) -> list[Path]:
    """
    Writes the files of a policy into the repository at `root`, and returns their paths.

    :param concern: the file in policypack/policies/ to write or to add to, without its ending; None stands for the id.
    :raises Refused: the names are not possible or are taken; nothing is written then.
    """
    if not _ID.fullmatch(policy_id):
        raise Refused(f"'{policy_id}' is not a policy id: write lower-case words with hyphens, such as queue-retention")
    name = policy_id.replace("-", "_")
    concern = name if concern is None else concern
    for word in (name, concern):
        if not _CONCERN.fullmatch(word) or keyword.iskeyword(word):
            raise Refused(f"'{word}' cannot be the name of a Python module or function; choose another name")
    policy, test = root / f"policypack/policies/{concern}.py", root / f"tests/policies/test_{concern}.py"
    case = root / f"docs/cases/{policy_id}.yaml"
    for file in (case, root / f"docs/policies/{policy_id}.md"):
        if file.exists():
            raise Refused(f"the policy '{policy_id}' exists: {file.relative_to(root)}; choose another id")
    if policy.exists() and re.search(rf"^(def )?{name}\b", policy.read_text(), re.MULTILINE):
        raise Refused(f"{policy.relative_to(root)} already defines {name}; choose another id")

    def filled(text: str) -> str:
        title = concern.replace("_", " ")
        words = {"ID": policy_id, "NAME": name, "TITLE": title if text is _TEST_DOCSTRING else title.capitalize()}
        return re.sub(r"ID|NAME|TITLE", lambda match: words[match[0]], text)

    _add(policy, filled(_POLICY_DOCSTRING), _POLICY_IMPORTS, filled(_POLICY))
    _add(test, filled(_TEST_DOCSTRING), _TEST_IMPORTS, filled(_TEST), "import pytest")
    case.write_text(_CASE)
    # Sorts the imports, and joins those of one module.
    ruff = [sys.executable, "-m", "ruff"]
    for command in ([*ruff, "check", "--select", "I", "--fix", "--quiet"], [*ruff, "format", "--quiet"]):
        subprocess.run([*command, str(policy), str(test)], cwd=root, check=True)
    return [policy, test, case]


def _add(file: Path, docstring: str, names: Mapping[str, Sequence[str]], text: str, *imports: str) -> None:
    """Adds text to the end of a module, which begins with the docstring if it is new, and the imports that it needs."""
    before = file.read_text() if file.exists() else docstring
    head = ast.parse(before).body
    imported = {ast.unparse(each) for each in head if isinstance(each, ast.Import)}
    imported_names = {
        (each.module, alias.name) for each in head if isinstance(each, ast.ImportFrom) for alias in each.names
    }
    missing = [line for line in imports if line not in imported]
    missing += [
        f"from {module} import {name}"
        for module, needed in names.items()
        for name in needed
        if (module, name) not in imported_names
    ]
    # Behind the docstring and `from __future__ import annotations`, which have to come first.
    first = [each for each in head if isinstance(each, ast.Expr) or _is_future(each)]
    at = first[-1].end_lineno if first and first[-1].end_lineno else 0
    lines = before.splitlines()
    file.write_text("\n".join([*lines[:at], "", *missing, *lines[at:], text]))


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def main() -> None:
    """Writes the files of the policy that the arguments name, and prints what to do next."""
    parser = argparse.ArgumentParser(prog="python -m tools.new_policy", description="Writes the files of a new policy.")
    parser.add_argument("id", metavar="ID", help="the policy's id, such as queue-retention")
    parser.add_argument("--concern", metavar="NAME", help="the file in policypack/policies/ to add the policy to")
    options = parser.parse_args()
    try:
        files = write(ROOT, options.id, options.concern)
    except Refused as error:
        parser.error(str(error))
    print("Written:", *(f"  {file.relative_to(ROOT)}" for file in files), sep="\n")
    print(_NEXT.format(id=options.id, test=files[1].relative_to(ROOT)))


if __name__ == "__main__":
    main()
