"""Finds the line of one argument of a resource in the program's source, from the line where the resource is made."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

from policypack.source.files import read_regular
from policypack.source.languages import COMMENTS, JAVASCRIPT_LITERALS

_LARGEST: Final = 300_000
"""Bytes of a file that is looked at: a tree takes much memory, and nothing stops the parser."""
_CAPITAL: Final = re.compile(r"(?<=[a-z0-9])[A-Z]|(?<=[A-Z])[A-Z](?=[a-z])")
_STEPS: Final = re.compile(r"([^.\[\]]+)|\[(\d{1,6})\]")
_TOKEN: Final = re.compile("|".join((*COMMENTS, *JAVASCRIPT_LITERALS, r"[A-Za-z_$][\w$]*|[()\[\]{}:,]")))
_OPENING: Final = frozenset("([{")
_CLOSING: Final = frozenset(")]}")
_MOST_TOKENS: Final = 20_000
"""Of one call: a longer one was hardly written by a person."""


def argument_line(file: str, line: int, path: str) -> int:
    """
    The line of the argument that a property's path means, as far down as the source names it; else the line itself.

    :param file: a file in Python, TypeScript or JavaScript; of others, and of those that cannot be read, nothing is
        known but the line.
    :param line: where the resource is made.
    :param path: the path of the property, in the engine's words: `versioning.enabled`, `ingress[0].cidrBlocks`.
    """
    steps = [name or int(index) for name, index in _STEPS.findall(path)]
    find = _IN_LANGUAGE.get(file.rpartition(".")[2])
    if not find or not steps:
        return line
    try:
        text = read_regular(file, _LARGEST + 1).decode()
        return line if len(text) > _LARGEST else find(text, line, steps)
    except (OSError, ValueError, SyntaxError, RecursionError, MemoryError):
        return line


def _in_python(text: str, line: int, steps: Sequence[str | int]) -> int:
    node: ast.expr | None = _calls(text).get(line)
    found = line
    for step in steps:
        node = _inside(node, step)
        if node is None:
            break
        found = node.lineno
    return found


@lru_cache(maxsize=32)
def _calls(text: str) -> dict[int, ast.Call]:
    """The calls of a program by the lines in which they begin, of several the outermost: the others are in it."""
    calls: dict[int, ast.Call] = {}
    for node in ast.walk(ast.parse(text)):
        # From the outside in.
        if isinstance(node, ast.Call):
            calls.setdefault(node.lineno, node)
    return calls


def _inside(node: ast.expr | None, step: str | int) -> ast.expr | None:
    """The argument of a call, the value of a dictionary or the element of a list that a step of a path means."""
    if isinstance(step, int):
        return node.elts[step] if isinstance(node, ast.List | ast.Tuple) and step < len(node.elts) else None
    names = {step, _CAPITAL.sub(lambda match: f"_{match[0]}", step).lower()}
    if isinstance(node, ast.Dict):
        pairs = zip(node.keys, node.values, strict=True)
        return next((value for key, value in pairs if isinstance(key, ast.Constant) and key.value in names), None)
    if isinstance(node, ast.Call):
        named = (each.value for each in node.keywords if each.arg in names)
        # BucketArgs(...) may stand in the place of the arguments themselves.
        args = (found for each in node.args if isinstance(each, ast.Call | ast.Dict) and (found := _inside(each, step)))
        return next(named, None) or next(args, None)
    return None


def _in_javascript(text: str, line: int, steps: Sequence[str | int]) -> int:
    start = 0
    for _ in range(line - 1):
        start = text.find("\n", start) + 1
        if not start:
            return line
    left = list(steps)
    found, counted = line, start
    # How many brackets are open; within how many stand the keys that are looked at; how many elements to pass over.
    depth, level, skip = 0, 0, 0
    before = ""
    for match in _tokens(text, start):
        token = match[0]
        if token in _OPENING:
            depth += 1
            if not level and token == "{":
                level = depth
            elif token == "[" and depth == level and left and isinstance(index := left[0], int):
                skip = index
                del left[0]
                level += 1
        elif token in _CLOSING:
            depth -= 1
            if depth < max(level - 1, 1):
                break
        elif token == "," and level and depth == level - 1:
            skip -= 1
            if skip < 0:
                break
        elif token == ":" and level and depth == level and not skip and left and before.strip("\"'") == left[0]:
            line += text.count("\n", counted, match.start())
            counted, found = match.start(), line
            del left[0]
            level += 1
            if not left:
                break
        before = token
    return found


def _tokens(text: str, start: int) -> Iterator[re.Match[str]]:
    for count, match in enumerate(_TOKEN.finditer(text, start)):
        if count == _MOST_TOKENS:
            return
        if not match[0].startswith(("//", "/*")):
            yield match


_IN_LANGUAGE: Final = {
    "py": _in_python,
    "ts": _in_javascript,
    "js": _in_javascript,
    "mts": _in_javascript,
    "cts": _in_javascript,
    "tsx": _in_javascript,
}
