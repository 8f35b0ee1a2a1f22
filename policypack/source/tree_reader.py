"""What the readers of syntax trees share: each makes the common form of a language (see expression.py)."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from tree_sitter import Node

from policypack.source.budget import Budget
from policypack.source.changes import Changes
from policypack.source.expression import (
    Attribute,
    Call,
    Constant,
    Expression,
    Guard,
    Item,
    Loop,
    Name,
    OneOfThese,
    Opaque,
    Scope,
    Text,
)

_DEEPEST: Final = 100
"""How deep the source may be nested; what is deeper is opaque."""

_VERB: Final = re.compile(r"%([%a-z]|.)", re.DOTALL)


def line_of(node: Node) -> int:
    """The line where a node begins."""
    return node.start_point[0] + 1


def text_of(node: Node | None) -> str:
    """What a node has in the source; empty for none."""
    return node.text.decode(errors="replace") if node and node.text else ""


def lower_first(name: str) -> str:
    """The name of a property as the engine has it, of one that begins with a capital: `policy` of `Policy`."""
    return name[:1].lower() + name[1:]


class TreeReader(ABC):
    """
    Reads one file.

    :param file: its name, as in Place.
    :param reads: the methods that read expressions, by the type of their node.
    :param constants: the values of expressions, by the type of their node.
    :param changes: what in the language is known to change nothing, for one that module() reads.
    """

    def __init__(
        self,
        file: str,
        budget: Budget,
        reads: Mapping[str, Callable[[Any, Node], Expression]],
        constants: Mapping[str, bool | None],
        changes: Changes | None = None,
    ) -> None:
        self._budget = budget
        self._reads = reads
        self._constants = constants
        self._changes = changes or Changes(())
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

    def module(self, nodes: Iterable[Node]) -> list[Scope]:
        """The scopes of a file with some statements, its own first."""
        self.read(nodes)
        self._changes.note(self.scopes, self._budget)
        return self.scopes

    @abstractmethod
    def _statement(self, node: Node) -> None: ...

    def _within_statement(self, node: Node) -> None:
        """Reads what a statement is made of: other statements, and expressions."""
        for inner in node.named_children:
            if inner.type in self._reads or inner.type.endswith("expression"):
                self._expression(inner)
            else:
                self.read([inner])

    def _expression(self, node: Node) -> Expression:
        self._budget.spend(1)
        if self._depth >= _DEEPEST:
            return Opaque(line_of(node))
        self._depth += 1
        found = self._read_expression(node)
        self._depth -= 1
        return found

    def _read_expression(self, node: Node) -> Expression:
        if read := self._reads.get(node.type):
            return read(self, node)
        if node.type in self._constants:
            return Constant(line_of(node), self._constants[node.type])
        return self._opaque(node)

    def _name(self, node: Node) -> Expression:
        return Name(line_of(node), text_of(node))

    def _number(self, node: Node) -> Expression:
        return self._whole(node, text_of(node).replace("_", ""))

    @staticmethod
    def _whole(node: Node, digits: str) -> Expression:
        """A whole number; what else is a number, or a very long one, is opaque."""
        is_plain = digits.isdecimal() and len(digits) < 16
        return Constant(line_of(node), int(digits)) if is_plain else Opaque(line_of(node))

    def _opaque(self, node: Node) -> Opaque:
        """What this form has no word for, with what may be in it."""
        return self._hiding(line_of(node), *map(self._expression, node.named_children))

    def _hiding(self, line: int, *parts: Expression) -> Opaque:
        """Something opaque that may have some values in it."""
        made = Opaque(line)
        self._changes.made_of(made, parts)
        return made

    def _changed_in_place(self, changed: Expression, value: Expression) -> None:
        """Notes that a list or map, or what a pointer points to, is changed in place, and what comes to be in it."""
        self._changes.changed(changed)
        while isinstance(changed, Item | Attribute):
            changed = changed.of
        if isinstance(changed, Name):
            self._changes.stored(changed.name, value)

    def _replaced(self, value: Expression) -> None:
        """Notes that what is known by a name, or is in it, may become anything: it is passed by reference."""
        self._changes.changed(value)
        if isinstance(value, Name):
            self._assigned(value.name, Opaque(value.line))

    def _counted(self, node: Node) -> Expression:
        """A variable, or an element, whose value an operator such as that of an increment changes."""
        parts = [self._expression(each) for each in node.named_children]
        if any(each.type in ("++", "--", "&") for each in node.children):
            for each in parts:
                self._replaced(each)
        return self._hiding(line_of(node), *parts)

    def _matched(self, node: Node) -> Expression:
        """What is compared with patterns, which may give it further names, or what is called by `names?.Add("a")`."""
        read = self._opaque(node)
        self._changes.changed(read)
        return read

    def _conditional(self, node: Node) -> Expression:
        if condition := node.child_by_field_name("condition"):
            self._expression(condition)
        choices = [node.child_by_field_name(name) for name in ("consequence", "alternative")]
        return OneOfThese(line_of(node), tuple(self._expression(each) for each in choices if each))

    def _inner(self, node: Node) -> Expression:
        inner = node.child_by_field_name("value") or (node.named_children[-1] if node.named_children else None)
        return self._expression(inner) if inner else Opaque(line_of(node))

    def _terms(self, node: Node) -> tuple[Expression, ...]:
        """The terms of a sum, however many."""
        terms: list[Node] = []
        at: Node | None = node
        while at and at.type == node.type and text_of(at.child_by_field_name("operator")) == "+":
            if right := at.child_by_field_name("right"):
                terms.append(right)
            at = at.child_by_field_name("left")
        return tuple(self._expression(each) for each in (at, *reversed(terms)) if each)

    @staticmethod
    def _formatted(line: int, read: tuple[Expression, ...]) -> Expression:
        """The text that a format and values make."""
        template, *values = read or (Opaque(line),)
        if not isinstance(template, Constant) or not isinstance(template.value, str):
            return Opaque(line)
        parts: list[Expression] = []
        end = 0
        for verb in _VERB.finditer(template.value):
            parts.append(Constant(line, template.value[end : verb.start()]))
            end = verb.end()
            if verb[1] == "%":
                parts.append(Constant(line, "%"))
            elif verb[1] not in "sdv" or not values:
                return Opaque(line)
            else:
                value = values.pop(0)
                if verb[1] == "d" and isinstance(value, Constant) and not isinstance(value.value, int):
                    return Opaque(line)
                parts.append(value)
        if values:
            return Opaque(line)
        return Text(line, (*parts, Constant(line, template.value[end:])))

    def _called(self, call: Call) -> Call:
        """Notes where a call stands."""
        self._changes.called(call)
        return self._scope.note_call(call, self._loops, self._guards)

    def _assigned(self, name: str, value: Expression) -> None:
        """Binds a name where it is declared: in this scope or one around it, or else in the file's."""
        scope = self._scope
        while scope.parent and name not in scope.bindings and all(each.name != name for each in scope.parameters):
            scope = scope.parent
        # The value's own names would mean something else in the scope around this one.
        scope.bind(name, value if scope is self._scope else self._hiding(value.line, value))

    def _looped(self, loop: Loop, body: Node | None) -> None:
        """Reads what happens for each element of a list."""
        outer = self._loops
        self._loops = (*outer, loop)
        if body:
            self.read([body])
        self._loops = outer
