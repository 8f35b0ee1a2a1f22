"""What the readers of syntax trees share: each makes the common form of a language (see expression.py)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from tree_sitter import Node

from policypack.source.budget import Budget
from policypack.source.expression import Call, Expression, Function, Guard, Loop, Opaque, Scope, Site

_DEEPEST: Final = 100
"""How deep the source may be nested; what is deeper is opaque."""


def line_of(node: Node) -> int:
    """The line where a node begins."""
    return node.start_point[0] + 1


def text_of(node: Node | None) -> str:
    """What a node has in the source; empty for none."""
    return node.text.decode(errors="replace") if node and node.text else ""


class TreeReader:
    """
    Reads one file.

    :param file: its name, as in Place.
    """

    def __init__(self, file: str, budget: Budget) -> None:
        self._budget = budget
        self._folder = file.rpartition("/")[0]
        self._scope = Scope("module", file, None)
        self._loops: tuple[Loop, ...] = ()
        self._guards: tuple[Guard, ...] = ()
        self._depth = 0
        self.scopes = [self._scope]

    @contextmanager
    def _within(self, scope: Scope) -> Iterator[Scope]:
        outer = self._scope, self._loops, self._guards
        self.scopes.append(scope)
        self._scope, self._loops, self._guards = scope, (), ()
        yield scope
        self._scope, self._loops, self._guards = outer

    def read(self, nodes: Iterable[Node]) -> None:
        """Reads statements into the current scope."""
        for node in nodes:
            self._read_one(node)

    def _read_one(self, node: Node) -> None:
        self._budget.spend(1)
        if self._depth < _DEEPEST:
            self._depth += 1
            self._statement(node)
            self._depth -= 1

    def _statement(self, node: Node) -> None:
        raise NotImplementedError

    def _expression(self, node: Node) -> Expression:
        self._budget.spend(1)
        if self._depth >= _DEEPEST:
            return Opaque(line_of(node))
        self._depth += 1
        found = self._read_expression(node)
        self._depth -= 1
        return found

    def _read_expression(self, node: Node) -> Expression:
        raise NotImplementedError

    def _called(self, call: Call) -> Call:
        """Notes where a call stands."""
        site = Site(call, self._scope, self._loops, self._guards)
        self._scope.sites.append(site)
        for argument in call.arguments:
            if isinstance(argument, Function) and not argument.scope.name:
                argument.scope.passed_to = site
        return call

    def _looped(self, loop: Loop, body: Node | None) -> None:
        """Reads what happens for each element of a list."""
        outer = self._loops
        self._loops = (*outer, loop)
        if body:
            self.read([body])
        self._loops = outer
