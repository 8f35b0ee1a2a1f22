"""
Expressions of a program as messages show them.

Any literal of a program may be a secret, so none is shown: of a call its function, of a subscript no more than a short
name or index, of everything else an ellipsis in quotes.
"""

from __future__ import annotations

import ast
from typing import Final

from tree_sitter import Node as Syntax

from policypack.lint.typescript_file import arguments_of, plain, text_of

_LONGEST: Final = 60
"""Characters of an expression that a message shows."""
_LONGEST_KEY: Final = 20
"""Characters of a subscript that is shown: the name of a property, and hardly a key or token."""
_HIDDEN: Final = '"…"'
_CALLS: Final = ("call_expression", "new_expression")
_ACCESSES: Final = (*_CALLS, "member_expression", "subscript_expression")


def python_expression(node: ast.expr) -> str:
    """An expression of Python without its literals: `config.require(…).upper()` for one that names a key."""
    ends: list[str] = []
    while True:
        match node:
            case ast.Attribute(value=inner, attr=name):
                ends.append(f".{name}")
            case ast.Call(func=inner, args=arguments, keywords=keywords):
                ends.append("(…)" if arguments or keywords else "()")
            case ast.Subscript(value=inner, slice=ast.Constant(value=str() | int() as key)):
                ends.append(_subscript(repr(key).replace("'", '"')))
            case ast.Subscript(value=inner):
                ends.append("[…]")
            case ast.Name(id=name):
                return _joined(name, ends)
            case _:
                return _joined(_HIDDEN, ends)
        node = inner


def typescript_expression(node: Syntax) -> str:
    """An expression of TypeScript or JavaScript without its literals and `new`: `pulumi.secret(…)`."""
    ends: list[str] = []
    node = plain(node)
    while node.type in _ACCESSES:
        inner = next(filter(None, map(node.child_by_field_name, ("object", "function", "constructor"))), None)
        if inner is None:
            break
        if node.type == "member_expression":
            ends.append(f".{text_of(node.child_by_field_name('property'))}")
        elif node.type in _CALLS:
            # A template that a function is called with has no list of arguments.
            is_empty = not arguments_of(node) and node.children[-1].type == "arguments"
            ends.append("()" if is_empty else "(…)")
        else:
            ends.append(_subscript(text_of(node.child_by_field_name("index")).replace("'", '"')))
        node = plain(inner)
    return _joined(text_of(node) if node.type in ("identifier", "this") else _HIDDEN, ends)


def _subscript(key: str) -> str:
    name = key.strip('"')
    is_short = len(name) <= _LONGEST_KEY and (name.isidentifier() or (name.isdecimal() and len(name) <= 3))
    return f"[{key}]" if is_short else "[…]"


def _joined(first: str, ends: list[str]) -> str:
    """An expression from its parts, those behind the first one in the order from the last to the first."""
    shown = first + "".join(reversed(ends))
    return shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
