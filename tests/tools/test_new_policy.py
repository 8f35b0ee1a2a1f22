"""`python -m tools.new_policy` writes a policy, its test and its case, ready to be edited and run."""

from __future__ import annotations

import ast
import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from policypack.policy import Policy
from policypack.testing import UNKNOWN, decide, resource
from tools import new_policy
from tools.cases import read
from tools.new_policy import Refused, write

POLICY = "policypack/policies/queues.py"
TEST = "tests/policies/test_queues.py"
QUEUE = "aws:sqs/queue:Queue"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with the modules that policies import, and no policy."""
    for folder in ("policypack/policies", "tests/policies", "docs/cases", "docs/policies"):
        (tmp_path / folder).mkdir(parents=True)
    for module in ("config", "model", "policy", "testing", "verdict"):
        (tmp_path / f"policypack/{module}.py").write_text('"""What policies import."""\n')
    (tmp_path / "tests/support.py").touch()
    shutil.copy(new_policy.ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def run(root: Path, *command: str) -> None:
    done = subprocess.run([sys.executable, "-m", *command], cwd=root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def functions(file: Path) -> list[str]:
    return [each.name for each in ast.parse(file.read_text()).body if isinstance(each, ast.FunctionDef)]


def test_the_files_of_a_new_concern(root: Path) -> None:
    written = write(root, "queue-retention", "queues")
    assert [str(file.relative_to(root)) for file in written] == [POLICY, TEST, "docs/cases/queue-retention.yaml"]
    assert functions(root / POLICY) == ["queue_retention"]
    assert (root / POLICY).read_text().startswith('"""Queues: TODO')
    assert len(functions(root / TEST)) == 3
    for file in written[:2]:
        compile(file.read_text(), str(file), "exec")
    run(root, "ruff", "check", ".")
    run(root, "ruff", "format", "--check", ".")


def test_without_a_concern_the_file_is_named_after_the_id(root: Path) -> None:
    policy, test, _ = write(root, "queue-retention")
    assert (policy.name, test.name) == ("queue_retention.py", "test_queue_retention.py")


def test_a_policy_is_added_to_a_concern_that_exists(root: Path) -> None:
    # A function of its own, a part of the imports, and names that lines of the sample have too.
    (root / POLICY).write_text(
        '"""Queues: how long messages are kept."""\n\nfrom __future__ import annotations\n\n'
        "from typing import Final\n\nfrom policypack.model import Resource, Stack\n"
        "from policypack.verdict import Verdicts, Violation\n\n_DAYS: Final = 4\n\n\n"
        "def first(queue: Resource, stack: Stack) -> Verdicts:\n"
        '    """First."""\n    yield Violation(queue, str(_DAYS))\n'
    )
    write(root, "queue-encryption", "queues")
    write(root, "queue-depth", "queues")
    text = (root / POLICY).read_text()
    assert functions(root / POLICY) == ["first", "queue_encryption", "queue_depth"]
    assert text.startswith('"""Queues: how long messages are kept."""\n\nfrom __future__ import annotations\n\n')
    assert text.count("from policypack.model import Resource, Stack\n") == 1
    assert text.count("from policypack.verdict import Undecided, Verdicts, Violation\n") == 1
    assert len(functions(root / TEST)) == 6
    assert (root / TEST).read_text().count("import pytest\n") == 1
    run(root, "ruff", "check", ".")
    run(root, "ruff", "format", "--check", ".")


def test_the_sample_case_is_one_that_docs_can_show() -> None:
    case = read(new_policy._CASE)
    assert [each.type for each in (*case.faulty.resources, *case.corrected.resources)] == [QUEUE, QUEUE]


def test_the_sample_policy_does_what_its_tests_and_its_case_say(root: Path) -> None:
    policy_file, _, case_file = write(root, "queue-retention", "queues")
    spec = importlib.util.spec_from_file_location("queues", policy_file)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules["queues"] = module
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules["queues"]
    policy = module.queue_retention
    assert isinstance(policy, Policy)
    case = read(case_file.read_text())
    assert decide(policy, *case.faulty.run()).violations == ["orders.sqsManagedSseEnabled"]
    assert decide(policy, *case.corrected.run()).is_clean
    assert decide(policy, resource(QUEUE, sqsManagedSseEnabled=UNKNOWN)).undecided


@pytest.mark.parametrize(
    ("policy_id", "concern", "said"),
    [
        ("QueueRetention", None, "'QueueRetention' is not a policy id"),
        ("queue_retention", None, "'queue_retention' is not a policy id"),
        ("../escape", None, "'../escape' is not a policy id"),
        ("import", None, "'import' cannot be the name of a Python module"),
        ("queue-retention", "../escape", "'../escape' cannot be the name of a Python module"),
        ("queue-retention", "class", "'class' cannot be the name of a Python module"),
        ("queue-age", "queues", "docs/cases/queue-age.yaml; choose another id"),
        ("exemptions", "queues", "docs/policies/exemptions.md; choose another id"),
        ("first", "queues", "policypack/policies/queues.py already defines first"),
    ],
)
def test_a_name_that_is_impossible_or_taken_is_refused_and_nothing_is_written(
    root: Path, policy_id: str, concern: str | None, said: str
) -> None:
    (root / "docs/cases/queue-age.yaml").touch()
    (root / "docs/policies/exemptions.md").touch()
    (root / POLICY).write_text("def first() -> None: ...\n")
    before = {file: file.read_bytes() for file in root.rglob("*") if file.is_file()}
    with pytest.raises(Refused) as refused:
        write(root, policy_id, concern)
    assert said in str(refused.value)
    assert {file: file.read_bytes() for file in root.rglob("*") if file.is_file()} == before


def test_the_next_steps_are_printed(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(new_policy, "ROOT", root)
    monkeypatch.setattr(sys, "argv", ["new_policy", "queue-retention", "--concern", "queues"])
    new_policy.main()
    out = capsys.readouterr().out
    for said in (POLICY, f"-m pytest -q {TEST}\n", "-k queue-retention\n", "-m tools.catalogue"):
        assert said in out
    with pytest.raises(SystemExit) as ended:
        new_policy.main()
    assert ended.value.code == 2
    assert "the policy 'queue-retention' exists" in capsys.readouterr().err
