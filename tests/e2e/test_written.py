"""What the source of a real program decides at its first preview is what its values decide after the update."""

import shutil
from pathlib import Path

import pytest

from tools.sandbox import Outcome, Sandbox

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = Path(__file__).with_name("written")
# Each policy with the line that is at fault.
EXPECTED = {
    "iam-no-wildcards": 'Statement": [\n                    {"Effect": "Allow", "Action": "*"',
    "resource-policy-scope": '{"Effect": "Allow", "Principal": "*"',
    "container-image": '"image": f"{args[0]}:latest"',
    "secrets-in-plain-sight": '{"name": "DB_PASSWORD"',
}


def findings(outcome: Outcome) -> set[tuple[str, str]]:
    return {(finding.policy, finding.urn) for finding in outcome.findings}


def test_unknown_documents_are_decided_by_the_source(sandbox: Sandbox) -> None:
    source = (PROGRAM / "__main__.py").read_text()
    stack = sandbox.stack(PROGRAM)
    first = stack.preview(ROOT)
    for policy, text in EXPECTED.items():
        [found] = [finding for finding in first.findings if finding.policy == policy]
        end = source.index(text) + len(text)
        assert f"(__main__.py:{source.count(chr(10), 0, end) + 1})" in found.message, found.message
    assert stack.up().ok
    assert findings(stack.preview(ROOT)) == findings(first)


@pytest.mark.parametrize("language", ["csharp", "go", "java", "yaml"])
def test_the_source_decides_in_other_languages_too(sandbox: Sandbox, tmp_path: Path, language: str) -> None:
    program = shutil.copytree(PROGRAM.with_name("written_languages") / language, tmp_path / "program")
    [source] = program.iterdir()
    (program / "__main__.py").write_text(f"import runpy\nrunpy.run_path({str(PROGRAM / '__main__.py')!r})\n")
    if language != "yaml":
        shutil.copy(PROGRAM / "Pulumi.yaml", program)
    found = {finding.policy: finding for finding in sandbox.stack(program).preview(ROOT).findings}
    assert found.keys() >= EXPECTED.keys()
    for policy in EXPECTED:
        assert f"({source.name}:" in found[policy].message, found[policy].message


# Each policy about wirings with the resources that are at fault.
FAULTY_WIRINGS = {
    ("service-access-to-targets", "for-events"),
    ("service-access-to-targets", "reading"),
    ("service-access-to-targets", "about-another"),
    ("role-access", "sending"),
    ("role-access", "limited-to-another"),
    ("role-trust", "untrusted"),
}


def faulty_wirings(outcome: Outcome) -> set[tuple[str, str]]:
    policies = {policy for policy, _ in FAULTY_WIRINGS}
    return {(finding.policy, finding.name) for finding in outcome.findings if finding.policy in policies}


def test_wirings_are_decided_by_what_is_known_of_unknown_documents(sandbox: Sandbox) -> None:
    stack = sandbox.stack(PROGRAM.with_name("written_wirings"))
    first = stack.preview(ROOT)
    assert faulty_wirings(first) == FAULTY_WIRINGS
    # The source tells whose ARNs the unknown ones are.
    undecided = [finding.message for finding in first.findings if finding.policy == "undecided-at-preview"]
    assert not undecided, undecided
    assert stack.up().ok
    assert faulty_wirings(stack.preview(ROOT)) == FAULTY_WIRINGS


def test_what_policies_say_of_the_resources_of_the_stack_is_decided_by_the_source(sandbox: Sandbox) -> None:
    """Compliance and violations: nothing is left open, and the update changes nothing."""
    stack = sandbox.stack(PROGRAM.with_name("written_references"))
    first = stack.preview(ROOT)
    assert [finding.message for finding in first.findings if finding.policy == "undecided-at-preview"] == []
    faulty = {(finding.policy, finding.name) for finding in first.findings}
    assert {
        ("service-access-to-targets", "wrong"),
        ("kms-key-policy-service-principals", "bare"),
        ("role-access", "bad-mapping"),
        ("role-access", "machine"),
        ("ecs-secret-access", "closed"),
    } <= faulty
    assert not {
        policy for policy, name in faulty if name in ("orders", "site", "old", "good-mapping", "one", "two")
    } & {*("service-access-to-targets", "kms-key-policy-service-principals", "role-access", "ecs-secret-access")}
    assert stack.up().ok
    assert findings(stack.preview(ROOT)) == findings(first)
