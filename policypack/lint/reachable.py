"""Which of a project's files of Python its program is made of: those that the entry point imports."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

from policypack.lint.python_file import PythonFile

# What finds modules in a way that their names are not told by.
_FINDERS = ("importlib", "__import__", "exec(", "pkgutil", "runpy")


def reachable(files: tuple[PythonFile, ...], entry: str) -> tuple[PythonFile, ...]:
    """
    The files that a program imports, in their order; all, where that cannot be told.

    What lies beside them, such as the code of Lambda functions, stops no preview. A module may be anywhere in the
    project: programs change where Python looks for them.

    :param entry: the name of the file that Pulumi starts.
    """
    by_name = {file.name: file for file in files}
    by_end: dict[str, list[str]] = {}
    for name in by_name:
        by_end.setdefault(PurePosixPath(name).stem, []).append(name)
        by_end.setdefault(PurePosixPath(name).parent.name, []).append(name)
    found: set[str] = set()
    open_ = [entry]
    while open_:
        name = open_.pop()
        file = by_name.get(name)
        if file is None or file.tree is None or any(finder in file.text for finder in _FINDERS):
            return files
        if name not in found:
            found.add(name)
            for module in _imported(file):
                open_.extend(each for each in by_end.get(module[-1], ()) if each not in found and _is(each, module))
    return tuple(file for file in files if file.name in found)


def _imported(file: PythonFile) -> Iterator[tuple[str, ...]]:
    """The parts of the names of the modules that a file imports, and of what it imports from them."""
    folder = PurePosixPath(file.name).parts[:-1]
    for node in file.nodes:
        names: list[tuple[str, ...]] = []
        if isinstance(node, ast.Import):
            names = [tuple(alias.name.split(".")) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = folder[: len(folder) - node.level + 1] if node.level else ()
            module = (*above, *(node.module.split(".") if node.module else ()))
            names = [module, *((*module, alias.name) for alias in node.names)]
        for name in names:
            # A package runs before what is in it.
            yield from (name[:length] for length in range(1, len(name) + 1))


def _is(name: str, module: tuple[str, ...]) -> bool:
    """Whether a file is a module, wherever it lies."""
    path = PurePosixPath(name)
    parts = path.parts[:-1] if path.name == "__init__.py" else (*path.parts[:-1], path.stem)
    return parts[-len(module) :] == module
