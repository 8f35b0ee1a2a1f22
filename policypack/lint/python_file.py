"""Files of Python as syntax trees, and what their names are bound to by imports."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from policypack.model import Place
from policypack.source.python import parsed

_LARGEST: Final = 300_000
"""Characters that are parsed: a tree takes much memory, and nothing stops the parser."""
_LONGEST_LINE: Final = 5_000
"""Characters of a line that is parsed: Python 3.13 takes the square of the f-strings in a line."""


@dataclass(frozen=True)
class PythonFile:
    """
    A file of Python.

    :param name: its name from the program's folder on.
    :param tree: its syntax tree; None where it was not parsed.
    :param error: the syntax error that it has, and where; None where it has none, or was too large to be parsed.
    """

    name: str
    text: str = field(repr=False)
    tree: ast.Module | None = field(repr=False)
    error: tuple[str, Place] | None = None

    def place_of(self, node: ast.expr | ast.stmt | ast.keyword | ast.alias) -> Place:
        """Where a node of the tree begins."""
        column = node.col_offset
        if not self.text.isascii():
            # The tree counts bytes.
            column = len(self._lines[node.lineno - 1].encode()[:column].decode(errors="replace"))
        return Place(self.name, node.lineno, column + 1)

    @cached_property
    def _lines(self) -> list[str]:
        return self.text.split("\n")

    @cached_property
    def nodes(self) -> tuple[ast.AST, ...]:
        """All nodes of the tree."""
        return tuple(ast.walk(self.tree)) if self.tree else ()

    @cached_property
    def imports(self) -> dict[str, str]:
        """The full names that imports bind names to: `aws` to `pulumi_aws`, `Bucket` to `pulumi_aws.s3.Bucket`."""
        return {name: full_name for name, full_name in self._imported if full_name}

    @cached_property
    def _imported(self) -> tuple[tuple[str, str], ...]:
        """The names that imports bind, each with its full name, which is empty where the import is a relative one."""
        found: list[tuple[str, str]] = []
        for node in self.nodes:
            match node:
                case ast.Import(names=names):
                    for alias in names:
                        root = alias.name.partition(".")[0]
                        found.append((alias.asname or root, alias.name if alias.asname else root))
                case ast.ImportFrom(module=module, names=names, level=level):
                    full_names = ("" if level else f"{module}.{alias.name}" for alias in names)
                    found.extend(zip((alias.asname or alias.name for alias in names), full_names, strict=True))
        return tuple(dict.fromkeys(found))

    def imported_modules(self) -> Iterator[tuple[str, Place]]:
        """The full names of the modules that the file imports whatever happens, each with its place."""
        for node in self.tree.body if self.tree else ():
            match node:
                case ast.Import(names=names):
                    yield from ((alias.name, self.place_of(node)) for alias in names)
                case ast.ImportFrom(module=str(module), level=0):
                    yield module, self.place_of(node)

    def full_name(self, node: ast.expr) -> str:
        """The full name of what an expression names by an import: `pulumi_aws.s3.Bucket`; empty for anything else."""
        parts: list[str] = []
        while isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        if not isinstance(node, ast.Name) or node.id not in self.imports or self.bindings[node.id]:
            return ""
        return ".".join((self.imports[node.id], *reversed(parts)))

    @cached_property
    def calls(self) -> tuple[tuple[ast.Call, str], ...]:
        """Each call, with the full name of what it calls (see full_name)."""
        return tuple((node, self.full_name(node.func)) for node in self.nodes if isinstance(node, ast.Call))

    @cached_property
    def functions(self) -> dict[str, ast.FunctionDef | ast.AsyncFunctionDef]:
        """The functions that the file defines whose names it binds once, by their names."""
        defined = (node for node in self.nodes if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))
        return {node.name: node for node in defined if self._is_bound_once(node.name)}

    def class_of(self, node: ast.expr) -> str:
        """The full name of the imported class that an expression surely is an object of; empty where that is open."""
        if isinstance(node, ast.Name):
            return self._objects.get(node.id, "")
        name = self.full_name(node.func) if isinstance(node, ast.Call) else ""
        return name if name.rpartition(".")[2][:1].isupper() else ""

    @cached_property
    def values(self) -> dict[str, ast.expr]:
        """The variables that are bound once in the file, by an assignment, with what they are bound to."""
        return {
            node.targets[0].id: node.value
            for node in self.nodes
            if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
            if self._is_bound_once(node.targets[0].id)
        }

    @cached_property
    def _objects(self) -> dict[str, str]:
        """The variables that are bound once in the file, to an object of an imported class, with the class."""
        made = {name: self.class_of(value) for name, value in self.values.items() if isinstance(value, ast.Call)}
        return {name: its for name, its in made.items() if its}

    @cached_property
    def rebound(self) -> frozenset[str]:
        """The variables and attributes that may change: those that are assigned, and bound a second time as well."""
        names = {n.id for n in self.nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        attributes = Counter(
            node.attr for node in self.nodes if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load)
        )
        again = (name for name, times in attributes.items() if times > 1)
        return frozenset((*(name for name in names if self.bindings[name] > 1 or name in self.imports), *again))

    def _is_bound_once(self, name: str) -> bool:
        """Whether a name is bound once in the whole file, and by no import."""
        return self.bindings[name] == 1 and name not in self.imports

    @cached_property
    def bindings(self) -> Counter[str]:
        """
        How often the file binds each name, in any of its functions.

        The import that a name has its full name from does not count; relative imports do, and those of another full
        name.
        """
        stored = (n.id for n in self.nodes if isinstance(n, ast.Name) and not isinstance(n.ctx, ast.Load))
        arguments = (node.arg for node in self.nodes if isinstance(node, ast.arg))
        definitions = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
        defined = (node.name for node in self.nodes if isinstance(node, definitions))
        captured = (
            node.rest if isinstance(node, ast.MatchMapping) else node.name
            for node in self.nodes
            if isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar | ast.MatchMapping)
        )
        imported = (name for name, full_name in self._imported if self.imports.get(name) != full_name)
        return Counter((*stored, *arguments, *defined, *filter(None, captured), *imported))


def parse_python(name: str, text: str) -> PythonFile:
    """Parses a file of Python without running it. One that is too large, or no text, has no tree."""
    if "\0" in text or len(text) > _LARGEST or max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return PythonFile(name, text, None)
    try:
        return PythonFile(name, text, parsed(text))
    except SyntaxError as error:
        return PythonFile(name, text, None, (error.msg, Place(name, error.lineno or 1, error.offset or 0)))
    except (MemoryError, RecursionError, ValueError):
        return PythonFile(name, text, None)
