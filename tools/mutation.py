"""
`make mutation`: breaks policies and the core in small ways, one at a time, and counts how often the tests notice.

docs/mutation-testing.md says how to read the outcome. All happens in a copy of the repository.
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import random
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import cosmic_ray.plugins
import parso
from cosmic_ray.ast import get_ast_from_path
from cosmic_ray.commands.init import init
from cosmic_ray.config import load_config
from cosmic_ray.modules import filter_paths, find_modules
from cosmic_ray.mutating import mutate_and_test
from cosmic_ray.tools.filters.operators_filter import OperatorsFilter
from cosmic_ray.work_db import WorkDB, use_db
from cosmic_ray.work_item import TestOutcome, WorkItem

ROOT: Final = Path(__file__).resolve().parent.parent
CONFIG: Final = "cosmic-ray.toml"
# Asked where a module's own tests notice nothing.
COMMON_TESTS: Final = ("tests/test_failures.py", "tests/policies/test_cases.py")
# Asked about a policy besides: that no input of a kind is left out, and that each page says what its policy covers.
TESTS_OF_TABLES: Final = ("tests/tools/test_families.py", "tests/tools/test_catalogue.py::test_the_pages_are_current")
# Asked at last about a module of the core, which is there for the policies.
TESTS_OF_POLICIES: Final = ("tests/policies",)
AT_LEAST: Final = 6  # of a small module, however small the sample
NOT_COPIED: Final = (".git", "venv", ".venv", "__pycache__", ".*_cache", ".hypothesis")


class _Operator:
    """What Cosmic Ray wants of an operator."""

    @classmethod
    def arguments(cls) -> tuple[()]:
        return ()


class DropElement(_Operator):
    """Drops an element from a table, list, tuple, or set that has several."""

    def mutation_positions(self, node: Any) -> list[Any]:
        """Where its elements are."""
        return [(element[0].start_pos, element[-1].end_pos) for element in _elements(node)]

    def mutate(self, node: Any, index: int) -> Any:
        """The display without the element."""
        kept = [element for position, element in enumerate(_elements(node)) if position != index]
        comma = parso.python.tree.Operator(",", node.end_pos)
        node.children = [child for element in kept for child in (*element, comma)]
        return node


class NegateIn(_Operator):
    """Makes `in` of `not in`, and the other way round."""

    def mutation_positions(self, node: Any) -> list[Any]:
        """Where the operator is."""
        if node.type == "comp_op" and node.children[0].value == "not":
            return [(node.start_pos, node.end_pos)]
        compares = node.type in ("keyword", "operator") and node.value == "in" and node.parent.type == "comparison"
        return [(node.start_pos, node.end_pos)] if compares else []

    def mutate(self, node: Any, index: int) -> Any:  # noqa: ARG002 there is one way
        """The other operator."""
        return parso.python.tree.Keyword("in" if node.type == "comp_op" else "not in", node.start_pos, prefix=" ")


class Negate(_Operator):
    """Negates the condition of a statement, an expression, or a comprehension."""

    def mutation_positions(self, node: Any) -> list[Any]:
        """Where the condition is."""
        return [(condition.start_pos, condition.end_pos) for condition in _conditions(node)]

    def mutate(self, node: Any, index: int) -> Any:
        """The same with what else would have happened."""
        position = _conditions(node)[index]
        at = next(at for at, child in enumerate(node.children) if child is position)
        parse: Any = parso.parse  # it has no types, where it is installed at all
        node.children[at] = parse(f" (not ({position.get_code().strip()}))")
        return node


def _conditions(node: Any) -> list[Any]:
    """The conditions of a node, but for `not …`, of which Cosmic Ray makes `…`."""
    found = [child for before, child in itertools.pairwise(getattr(node, "children", ())) if _introduces(before)]
    return [condition for condition in found if condition.type != "not_test"]


def _introduces(node: Any) -> bool:
    return node.type == "keyword" and node.value in ("if", "elif", "while")


def _elements(node: Any) -> list[list[Any]]:
    """The elements of a display, each as its nodes; none of one that has a single element, which had its reason."""
    if node.type not in ("dictorsetmaker", "testlist_comp") or any("for" in child.type for child in node.children):
        return []
    groups = itertools.groupby(node.children, key=lambda child: child.type == "operator" and child.value == ",")
    elements = [list(group) for is_comma, group in groups if not is_comma]
    return elements if len(elements) > 1 else []


cosmic_ray.plugins.OPERATOR_PROVIDERS["tables"] = {
    operator.__name__: operator for operator in (DropElement, Negate, NegateIn)
}


def main() -> int:
    """Runs the mutants and prints the outcome; 0 if as many were killed as should be."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "pack"
        shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*NOT_COPIED))
        with contextlib.chdir(copy), use_db(Path(folder) / "session.sqlite") as session:
            chosen = _choose(session, arguments)
            if failing := _failing({tests for item in chosen for tests in _stages(Path(_path(item)))}):
                print("The tests fail before anything is broken:", *failing)
                return 1
            with contextlib.suppress(KeyboardInterrupt):
                _run(session, chosen)
            return _report(session, arguments.minimum)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make mutation", description=__doc__)
    parser.add_argument("modules", nargs="*", help="such as `logs`, `iam/rights` or `iam/*`; all where none is named")
    parser.add_argument("--sample", type=int, default=400, help="how many mutants; 0: every one")
    parser.add_argument("--seed", type=int, default=1, help="which ones")
    parser.add_argument("--minimum", type=float, default=85, help="how many of a hundred have to be killed")
    return parser.parse_args()


def _choose(session: WorkDB, arguments: argparse.Namespace) -> list[WorkItem]:
    """The mutants to run: all that mean something, or a sample of them."""
    config = load_config(CONFIG)
    modules = sorted(filter_paths(find_modules(map(Path, config["module-path"])), config["excluded-modules"]))
    wanted = [f"{name}.py" for name in arguments.modules or ("*",)]
    named = [path for path in modules if any(map(path.match, wanted))]
    init(named, session, {})
    OperatorsFilter().filter(session, argparse.Namespace(config=CONFIG))
    trees = {path: get_ast_from_path(path) for path in named}
    items = [item for item in session.pending_work_items if _matters(item, trees[item.mutations[0].module_path])]
    print(f"{len(items)} mutants in {len(named)} modules", flush=True)
    return _sample(sorted(items, key=_order), arguments.sample or len(items), random.Random(arguments.seed))


def _sample(items: list[WorkItem], size: int, chance: random.Random) -> list[WorkItem]:
    """Mutants of every module, by its share. In random order: those that ran before a Ctrl-C are a sample, too."""
    share = min(1, size / max(1, len(items)))
    chosen: list[WorkItem] = []
    for _, group in itertools.groupby(items, key=_path):
        of_module = list(group)
        chosen += chance.sample(of_module, min(len(of_module), max(AT_LEAST, round(share * len(of_module)))))
    chance.shuffle(chosen)
    return chosen


def _order(item: WorkItem) -> tuple[Any, ...]:
    mutation = item.mutations[0]
    return _path(item), mutation.start_pos, mutation.operator_name, mutation.occurrence


def _matters(item: WorkItem, tree: Any) -> bool:
    """Whether a mutant changes what a policy decides: the code, not annotations or what only people read."""
    node = tree.get_leaf_for_position(item.mutations[0].start_pos)
    while node.parent:
        parent, child = node.parent, node
        if parent.type in ("annassign", "tfpdef", "param", "funcdef") and _annotates(parent, child):
            return False
        if parent.type == "atom_expr" and parent.children[0].type == "name":
            name = parent.children[0].value
            if name == "Meta":
                return True  # the bounds of config, which stand within annotations
            if name in ("Annotated", "Literal"):
                return False
        if parent.type == "argument" and parent.children[0].get_code().strip() == "frameworks":
            return False
        node = parent
    return True


def _annotates(parent: Any, child: Any) -> bool:
    if parent.type in ("annassign", "tfpdef"):
        return child is parent.children[1 if parent.type == "annassign" else 2]
    return parent.type == "funcdef" and child is parent.annotation


def _path(item: WorkItem) -> str:
    return str(item.mutations[0].module_path.as_posix())


def _stages(module: Path) -> list[tuple[str, ...]]:
    """The tests of a module, in the order in which they are asked: its own, then those that it shares with others."""
    last = TESTS_OF_TABLES if module.parent.name == "policies" else TESTS_OF_POLICIES
    stages = [_own_tests(module), COMMON_TESTS, last]
    return [tests for tests in stages if tests]


def _command(tests: Iterable[str]) -> str:
    command: str = load_config(CONFIG).test_command.replace("python", shlex.quote(sys.executable), 1)
    return f"{command} {' '.join(tests)}"


def _tests(path: str) -> str:
    """The shell command that tests a module."""
    return shlex.join(["sh", "-c", " && ".join(map(_command, _stages(Path(path))))])


def _own_tests(module: Path) -> tuple[str, ...]:
    """The tests of a module's name, be it in the plural; else those of its package."""
    names = {f"test_{module.stem}.py", f"test_{module.stem}s.py"}
    tests = [path for path in Path("tests").rglob("test_*.py") if "e2e" not in path.parts]
    own = [path for path in tests if path.name in names]
    found = own or [path for path in tests if path.parent.name == module.parent.name]
    return tuple(sorted(str(path) for path in found if str(path) not in COMMON_TESTS))


def _failing(stages: Iterable[tuple[str, ...]]) -> list[str]:
    """Those of some tests that fail."""
    return [
        " ".join(tests)
        for tests in sorted(stages)
        if subprocess.run(shlex.split(_command(tests)), stdout=subprocess.DEVNULL, check=False).returncode
    ]


def _run(session: WorkDB, items: list[WorkItem]) -> None:
    timeout = load_config(CONFIG).timeout
    for count, item in enumerate(items, 1):
        result = mutate_and_test(item.mutations, _tests(_path(item)), timeout)
        session.set_result(item.job_id, result)
        if result.test_outcome != TestOutcome.KILLED:
            print(f"\n{result.test_outcome}: {item.mutations[0].operator_name}\n{result.diff or result.output}")
        print(f"{count}/{len(items)}", end="\r", flush=True)


def _report(session: WorkDB, minimum: float) -> int:
    killed, total = Counter[str](), Counter[str]()
    for key, is_killed in _outcomes(session):
        total[key] += 1
        killed[key] += is_killed
    for key in sorted(total):
        print(f"{key:60} {killed[key]:4} of {total[key]:4}")
    print(f"{'all':60} {killed.total():4} of {total.total():4}")
    return 0 if killed.total() >= minimum / 100 * total.total() else 1


def _outcomes(session: WorkDB) -> Iterator[tuple[str, bool]]:
    for item, result in session.completed_work_items:
        if result.test_outcome:
            yield _path(item), result.test_outcome == TestOutcome.KILLED


if __name__ == "__main__":
    sys.exit(main())
