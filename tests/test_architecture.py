"""The house: which part of the pack may import which (docs/architecture.md)."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "policypack"
MODULES = {
    ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file
    for file in PACKAGE.rglob("*.py")
}
# What each room may import beside itself. Every room may import the pack's name and version.
ALLOWED = {
    "data": {"wildcard"},
    "wildcard": set(),
    "config": {"model"},
    "model": {"data"},
    "wire": {"model"},
    "verdict": {"model"},
    "exemption": {"config", "model", "verdict", "wildcard"},
    "policy": {"config", "model", "verdict"},
    "record": {"exemption", "model", "policy", "verdict"},
    "listing": {"model"},
    "redaction": {"model", "verdict"},
    "requirement": {"config", "listing", "model", "verdict"},
    "rows": {"model", "requirement", "verdict"},
    "snippet": {"model"},
    "network": {"data", "listing", "model"},
    "iam": {"data", "model", "network", "wildcard"},
    "source": {"data", "model"},
    "secret_detection": {"data", "model", "source"},
    "policies": {
        *("config", "data", "exemption", "iam", "listing", "model", "network", "policy", "record", "requirement"),
        *("rows", "secret_detection", "selection", "snippet", "verdict", "wildcard"),
    },
    "pack": {"policies", "policy"},
    "lint": {
        *("config", "data", "evaluation", "exemption", "listing", "model", "pack", "policy", "record"),
        *("secret_detection", "settings", "source", "verdict", "wildcard"),
    },
    "selection": {"config", "data", "listing", "model", "policy", "verdict"},
    "settings": {"config", "exemption", "policy", "selection", "verdict", "wildcard"},
    "documents": {"listing", "model", "wire"},
    "evaluation": {"config", "redaction", "exemption", "model", "policy", "record", "settings", "verdict"},
    "message": {"listing", "model", "record", "verdict"},
    "fleet": {"documents", "evaluation", "exemption", "model", "pack", "record", "reports", "settings"},
    "reports": {"exemption", "listing", "message", "model", "policy", "record", "settings", "verdict"},
}


def room(module: str) -> str:
    """The package or module directly below policypack that a module is in; empty for policypack itself."""
    return module.split(".")[1] if "." in module else ""


def imports(file: Path) -> Iterator[str]:
    """The modules of the pack that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text())):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [
                module if (module := f"{node.module}.{alias.name}") in MODULES else node.module for alias in node.names
            ]
        yield from (name for name in names if name.split(".")[0] == PACKAGE.name)


@pytest.mark.parametrize("name", sorted(ALLOWED))
def test_a_room_imports_only_what_it_stands_on(name: str) -> None:
    modules = [module for module in MODULES if room(module) == name]
    assert modules, f"there is no policypack/{name}: take it out of this test"
    found = {
        room(imported): f"{module} imports {imported}" for module in modules for imported in imports(MODULES[module])
    }
    wrong = [sentence for imported, sentence in found.items() if imported not in {"", name, *ALLOWED[name]}]
    assert not wrong, wrong


@pytest.mark.parametrize("name", ["documents", "fleet", "reports", "cli"])
def test_what_runs_without_the_engine_does_not_import_it(name: str) -> None:
    modules = [module for module in MODULES if room(module) == name]
    assert not [
        module for module in modules if any(room(imported) == "engine" for imported in imports(MODULES[module]))
    ]


def test_rooms_form_no_circle() -> None:
    rooms: dict[str, set[str]] = {}
    for module, file in MODULES.items():
        needed = {room(each) for each in imports(file)} - {room(module), ""}
        rooms.setdefault(room(module), set()).update(needed)
    assert tuple(TopologicalSorter(rooms).static_order())


def test_no_policy_file_is_long() -> None:
    lengths = {file.name: len(file.read_text().splitlines()) for file in (PACKAGE / "policies").glob("*.py")}
    assert not {name: length for name, length in lengths.items() if length > 400}


# Functions that remember an answer for each argument, of which there are few: the quotes of the languages.
FEW_ARGUMENTS = {"_to_quotes"}


@pytest.mark.parametrize("module", sorted(MODULES))
def test_caches_are_bounded(module: str) -> None:
    for node in ast.walk(ast.parse(MODULES[module].read_text())):
        if isinstance(node, ast.FunctionDef) and node.name not in FEW_ARGUMENTS:
            for decorator in map(ast.unparse, node.decorator_list):
                assert decorator != "cache" or not node.args.args, f"{node.name} needs an lru_cache with a maxsize"
                assert "lru_cache" not in decorator or "maxsize=" in decorator
                assert "maxsize=None" not in decorator
