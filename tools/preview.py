"""`make preview`: the pack on both editions of the loan platform, in the real Pulumi CLI and without a cloud."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from pulumi.automation import InvalidVersionError

from tools.expectations import Expectations
from tools.pulumi_cli import ToolMissing
from tools.sandbox import Outcome, Sandbox

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "loan-platform"


def main() -> int:
    """Previews both editions, shows what the pack says, and returns 0 if it is what it should be."""
    expected = Expectations.read(EXAMPLE)
    with tempfile.TemporaryDirectory() as folder:
        try:
            with Sandbox(Path(folder) / "sandbox", log=_say) as sandbox:
                right = True
                for edition in ("faulty", "corrected"):
                    _say(f"\n$ pulumi preview --policy-pack . --policy-pack-config {expected.preset}   # {edition}\n")
                    stack = sandbox.stack(EXAMPLE / edition, config=expected.config)
                    outcome = stack.preview(ROOT, ROOT / expected.preset)
                    print(_policies(outcome))
                    right &= _judge(edition, outcome, expected)
        except (ToolMissing, InvalidVersionError) as error:
            _say(str(error))
            return 1
    return 0 if right else 1


def _say(text: str) -> None:
    print(text, flush=True)


def _policies(outcome: Outcome) -> str:
    """The part of the CLI's output that the pack caused, without the list of resources above it."""
    _, found, policies = outcome.stdout.partition("Policies:\n")
    return found + policies.partition("\nOutputs:")[0] if found else outcome.text


def _judge(edition: str, outcome: Outcome, expected: Expectations) -> bool:
    missing, unexpected = expected.differences(edition, outcome)
    for policy, resource in sorted(missing):
        _say(f"MISSING: {policy} should have found {resource}")
    for policy, resource in sorted(unexpected):
        _say(f"UNEXPECTED: {policy} found {resource}")
    right = not missing and not unexpected and outcome.ok == (edition == "corrected")
    count = len(outcome.findings)
    _say(
        f"=> The {edition} edition has {count or 'no'} finding{'' if count == 1 else 's'} and "
        f"{'passes' if outcome.ok else 'is stopped'}, {'as it should.' if right else 'which is WRONG.'}"
    )
    return right


if __name__ == "__main__":
    sys.exit(main())
