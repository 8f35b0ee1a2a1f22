"""The string constants of Python source, and what is put together from them."""

from __future__ import annotations

import ast
import operator
import re
import string
import threading
import tokenize
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import accumulate, chain
from typing import Final

from policypack.source import literals
from policypack.source.budget import Budget, BudgetExceededError
from policypack.source.literals import Literal, Wanted

_LARGEST_PARSED: Final = 300_000
"""Characters of Python that are parsed: a tree takes much memory, and nothing stops the parser."""
_LONGEST_LINE: Final = 1_000
"""Characters of a line of Python that is read: Python 3.13 takes the square of the f-strings in a line."""

_CONVERSION: Final = re.compile(r"%(?:\((\w+)\))?(.)", re.DOTALL)
_PARSING: Final = threading.Lock()

_Part = str | ast.expr
_NOWHERE: Final[frozenset[int]] = frozenset()


def is_parsable(text: str) -> bool:
    """Whether Python of this length may be parsed."""
    return len(text) <= _LARGEST_PARSED and max(map(len, text.split("\n"))) <= _LONGEST_LINE


def lines(text: str, wanted: Wanted) -> Iterator[int]:
    """
    The lines of a module where a value stands as a constant, or is put together from constants.

    In what this interpreter's parser does not take (a newer version's Python, work half done, more than it gets), only
    string literals and their sums are looked at.

    :raises BudgetExceededError: where the search takes too long.
    """
    if is_parsable(text):
        try:
            yield from _in_tree(text, wanted)
            return
        except (MemoryError, RecursionError, SyntaxError, ValueError):
            pass
    yield from _in_tokens(text, wanted)


def _in_tree(text: str, wanted: Wanted) -> Iterator[int]:
    value, budget = wanted.value, wanted.budget
    tree = parsed(text)
    rows = text.split("\n")
    assembly = _Assembly(tree, value, budget)
    inner = set()
    for node in ast.walk(tree):
        budget.spend(1)
        if isinstance(node, ast.Constant):
            constant = _text(node) if isinstance(node.value, str | bytes) else None
            if constant and wanted.is_in(constant):
                span = range(node.lineno, (node.end_lineno or node.lineno) + 1)
                yield next((line for line in span if value in rows[line - 1]), node.lineno)
        elif isinstance(node, ast.BinOp | ast.Call | ast.JoinedStr) and node not in inner:
            if isinstance(node, ast.BinOp):
                inner.add(node.left)
            if len(value) in assembly.ends(node, 0):
                yield node.lineno


def _in_tokens(text: str, wanted: Wanted) -> Iterator[int]:
    rows = [row if len(row) <= _LONGEST_LINE else "" for row in text.split("\n")]
    yield from literals.lines(_strings(rows, wanted.budget), "\n".join(rows).encode(), wanted, are_joined_by_space=True)
    if not all(map(operator.eq, rows, text.split("\n"))):
        raise BudgetExceededError


def _strings(rows: Sequence[str], budget: Budget) -> Iterator[Literal]:
    """The string literals that the tokenizer finds. Lines that it does not take are passed over."""
    starts = [0, *accumulate(len(row.encode()) + 1 for row in rows)]
    read = 0

    def next_row() -> str:
        nonlocal read
        read += 1
        return f"{rows[read - 1]}\n" if read <= len(rows) else ""

    while read < len(rows):
        first = read
        with suppress(tokenize.TokenError, SyntaxError):
            for token in tokenize.generate_tokens(next_row):
                budget.spend(1)
                if token.type == tokenize.STRING and (said := _said(token.string)) is not None:
                    row, column = token.start
                    start = starts[first + row - 1] + len(rows[first + row - 1][:column].encode())
                    yield Literal(start, start + len(token.string.encode()), said)


def _said(literal: str) -> str | None:
    """What a string literal says; what is put into an f-string belongs to it as it is written."""
    quote = min(at for each in "\"'" if (at := literal.find(each)) >= 0)
    try:
        [statement] = parsed(literal[:quote].lower().replace("f", "") + literal[quote:]).body
    except (MemoryError, SyntaxError, ValueError):
        return None
    constant = statement.value if isinstance(statement, ast.Expr) else None
    return _text(constant) if isinstance(constant, ast.Constant) else None


def parsed(text: str) -> ast.Module:
    """A module's syntax tree. Raises what ast.parse raises for what is not Python, or not of this version."""
    # Python warns of odd escapes in the program's source. The person who runs the program has seen those warnings.
    with _PARSING, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ast.parse(text)


def _text(constant: ast.Constant) -> str | None:
    """A constant as it reads within a text; None for what nobody would put in one."""
    match constant.value:
        case bytes(value):
            return value.decode(errors="replace")
        case str() | int() | float() as value:
            return str(value)
    return None


class _Assembly:
    """
    Tells whether an expression comes to a wanted text, from the parts that are constants or names bound to such.

    No text is put together: the parts are held against the wanted text, from left to right. A name may come to
    whatever the module binds it to anywhere, as equality with a wanted text is no chance.
    """

    def __init__(self, tree: ast.Module, wanted: str, budget: Budget) -> None:
        self._wanted = wanted
        self._budget = budget
        self._bound = _bound(tree)
        self._ends: dict[tuple[ast.expr | str, int], frozenset[int]] = {}

    def ends(self, node: ast.expr, start: int) -> frozenset[int]:
        """Where an expression may end within the wanted text if it starts at `start`."""
        # Wherever a name stands, it comes to the same.
        key = (node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else node, start)
        if key not in self._ends:
            self._ends[key] = _NOWHERE  # of itself, a name comes to nothing
            self._ends[key] = frozenset().union(*(self._through(parts, start) for parts in self._readings(node)))
        return self._ends[key]

    def _through(self, parts: Iterable[_Part], start: int) -> frozenset[int]:
        reached = frozenset({start})
        for part in parts:
            reached = frozenset().union(*(self._past(part, position) for position in reached))
            if not reached:
                break
        return reached

    def _past(self, part: _Part, start: int) -> frozenset[int]:
        self._budget.spend(1)
        if not isinstance(part, str):
            return self.ends(part, start)
        return frozenset({start + len(part)}) if self._wanted.startswith(part, start) else _NOWHERE

    def _readings(self, node: ast.expr) -> Iterator[Sequence[_Part]]:
        """The ways in which an expression may be put together; none where that is not known."""
        match node:
            case ast.Constant():
                text = _text(node)
                # A constant that is all of it has been found by itself.
                if text is not None and text != self._wanted:
                    yield (text,)
            case ast.JoinedStr(values=values):
                yield values
            case ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None):
                yield (value,)
            case ast.BinOp(op=ast.Add()):
                yield summands(node)
            case ast.BinOp(left=template, op=ast.Mod(), right=given):
                yield from filter(None, (_by_percent(text, given) for text in self._templates(template)))
            case ast.Call(func=ast.Attribute(value=template, attr="format")):
                yield from filter(None, (_by_format(text, node) for text in self._templates(template)))
            case ast.Name(id=name) | ast.Attribute(attr=name):
                yield from ((expression,) for expression in self._bound.get(name, ()))

    def _templates(self, node: ast.expr) -> Iterator[str]:
        match node:
            case ast.Constant():
                expressions: Sequence[ast.expr] = (node,)
            case ast.Name(id=name) | ast.Attribute(attr=name):
                expressions = self._bound.get(name, ())
            case _:
                return
        for expression in expressions:
            if isinstance(expression, ast.Constant) and isinstance(expression.value, str):
                self._budget.spend(1 + len(expression.value))
                yield expression.value


def _bound(tree: ast.Module) -> dict[str, list[ast.expr]]:
    """What a module binds names and attributes to: by assignments, and as defaults of parameters."""
    bound: dict[str, list[ast.expr]] = {}

    def bind(target: ast.expr, value: ast.expr) -> None:
        match target:
            case ast.Name(id=name) | ast.Attribute(attr=name):
                bound.setdefault(name, []).append(value)

    for node in ast.walk(tree):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    bind(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value) | ast.NamedExpr(target=target, value=value):
                bind(target, value)
            case ast.arguments(posonlyargs=first, args=more, kwonlyargs=named):
                last = zip(reversed((*first, *more)), reversed(node.defaults), strict=False)
                for argument, default in chain(last, zip(named, node.kw_defaults, strict=True)):
                    if default:
                        bound.setdefault(argument.arg, []).append(default)
    return bound


def summands(node: ast.expr) -> list[ast.expr]:
    """The terms of a sum, however many: without recursion, for which there may be too many."""
    terms = []
    while isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        terms.append(node.right)
        node = node.left
    return [node, *reversed(terms)]


def _by_percent(template: str, given: ast.expr) -> list[_Part] | None:
    """The parts of `template % given`; None where it does more than to put texts in."""
    unnamed = iter(given.elts if isinstance(given, ast.Tuple) else [given])
    named = _entries(given) if isinstance(given, ast.Dict) else {}
    parts: list[_Part] = []
    end = 0
    for conversion in _CONVERSION.finditer(template):
        name, kind = conversion.groups()
        parts.append(template[end : conversion.start()])
        end = conversion.end()
        part = "%" if kind == "%" else named.get(name) if name else next(unnamed, None)
        if part is None or kind not in "%ds":
            return None
        parts.append(part)
    return [*parts, template[end:]]


def _entries(node: ast.Dict) -> dict[object, ast.expr]:
    return {
        key.value: value for key, value in zip(node.keys, node.values, strict=True) if isinstance(key, ast.Constant)
    }


def _by_format(template: str, call: ast.Call) -> list[_Part] | None:
    """The parts of `template.format(...)`; None where it does more than to put texts in."""
    unnamed = iter(call.args)
    named = {keyword.arg: keyword.value for keyword in call.keywords}
    parts: list[_Part] = []
    try:
        for literal, field, specification, conversion in string.Formatter().parse(template):
            parts.append(literal)
            if field is None:
                continue
            if field.isdecimal():
                part = call.args[int(field)] if int(field) < len(call.args) else None
            else:
                part = named.get(field) if field else next(unnamed, None)
            if part is None or specification or conversion not in (None, "s"):
                return None
            parts.append(part)
    except ValueError:
        return None
    return parts
