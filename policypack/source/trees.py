"""
Syntax trees of source in TypeScript, JavaScript, Go, C# and Java, made by tree-sitter.

tree-sitter takes whatever it is given, but not in any time and memory: a few kilobytes of `a<a<a<` that are never
closed take gigabytes. So text that no program is like is not parsed, and a parse ends with its share of time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final

from tree_sitter import Language, Parser, Query, QueryCursor, Tree

from policypack.source.budget import Budget, BudgetExceededError
from policypack.source.literals import Literal, unescaped

_DEEPEST: Final = 500
"""How deep brackets may be nested in what is parsed."""
_MOST_OPEN: Final = 1_000
"""How many more `<` than `>` there may be: tree-sitter takes the square of that in time and memory."""
_LONGEST_CHAIN: Final = 100
"""How many `=>` may follow each other with no bracket or semicolon between them, for the same reason."""
_MOST_ARROWS: Final = 300
"""How many `=>` there may be in all where the grammar has none: Scala is read by that of Java."""
_MOST_OPERATORS: Final = 1_000
"""How many signs that may stand before a value may follow each other, for the same reason."""
_OPERATORS: Final = re.compile(rb"[-!~+*&^]+")
_SIGN: Final = re.compile(rb"[(\[{]|[)\]}]|=>|->|<=|>=|<-|[<>;]")
_CHUNK: Final = 512
"""Bytes that tree-sitter gets at once of the text of a node."""
_FEWEST_LOOKS: Final = 1_000
_BYTES_PER_LOOK: Final = 10
"""tree-sitter asks whether to go on about once in 100 bytes of source, and far oftener in what is no source."""


def _typescript() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_typescript()


def _tsx() -> object:
    import tree_sitter_typescript

    return tree_sitter_typescript.language_tsx()


def _go() -> object:
    import tree_sitter_go

    return tree_sitter_go.language()


def _csharp() -> object:
    import tree_sitter_c_sharp

    return tree_sitter_c_sharp.language()


def _java() -> object:
    import tree_sitter_java

    return tree_sitter_java.language()


_GRAMMARS: Final[Mapping[str, Callable[[], object]]] = {
    **dict.fromkeys((".ts", ".mts", ".cts"), _typescript),
    **dict.fromkeys((".tsx", ".jsx", ".js", ".mjs", ".cjs"), _tsx),
    ".go": _go,
    # F#, Kotlin and Scala write their texts nearly as C# and Java do; what else they write does not matter here.
    **dict.fromkeys((".cs", ".fs"), _csharp),
    **dict.fromkeys((".java", ".kt", ".kts", ".scala"), _java),
}


def end_of(file: str) -> str:
    """The end of a file's name, such as `.ts`."""
    return file[file.rfind(".") :].lower()


def parsed(end: str, content: bytes, budget: Budget) -> Tree:
    """
    The syntax tree of a file. Of what is no valid source it has the valid parts.

    :param end: the end of the file's name, such as `.ts`.
    :raises BudgetExceededError: where it would take too long.
    :raises ImportError: where tree-sitter or the grammar is not installed.
    """
    if not _is_parsable(end, content):
        raise BudgetExceededError
    looks = _FEWEST_LOOKS + len(content) // _BYTES_PER_LOOK

    def is_enough(*_: object) -> bool:
        nonlocal looks
        looks -= 1
        return looks < 0 or budget.is_spent

    # What it is given while it parses, tree-sitter 0.26 keeps for ever, so that it gets views that can be taken back.
    views: list[memoryview] | None = []

    def read(start: int, _: object) -> bytes | memoryview:
        if views is None:
            return content[start : start + _CHUNK]
        views.append(memoryview(content)[start:])
        return views[-1]

    try:
        return Parser(_language(_GRAMMARS[end])).parse(read, progress_callback=is_enough)
    except ValueError:
        raise BudgetExceededError from None
    finally:
        given, views = views, None
        for view in given or ():
            view.release()


@lru_cache(maxsize=len(_GRAMMARS))
def _language(grammar: Callable[[], object]) -> Language:
    return Language(grammar())


def _is_parsable(end: str, content: bytes) -> bool:
    """Whether a text is enough like a program's source for a parser to get through it."""
    if max(map(len, _OPERATORS.findall(content.translate(None, b" \t\n"))), default=0) > _MOST_OPERATORS:
        return False
    if _GRAMMARS[end] is _java and content.count(b"=>") > _MOST_ARROWS:
        return False
    depth = open_ = chain = 0
    for sign in _SIGN.findall(content):
        if sign == b"=>":
            chain += 1
        elif sign in b"([{;)]}":
            chain = 0
            depth = max(depth + (sign in b"([{") - (sign in b")]}"), 0)
        elif sign in b"<>":
            open_ = max(open_ + (1 if sign == b"<" else -1), 0)
        if depth > _DEEPEST or open_ > _MOST_OPEN or chain > _LONGEST_CHAIN:
            return False
    return True


_STRINGS: Final[Mapping[Callable[[], object], tuple[str, ...]]] = {
    **dict.fromkeys((_typescript, _tsx), ("string", "template_string")),
    _go: ("interpreted_string_literal", "raw_string_literal"),
    _csharp: ("string_literal", "verbatim_string_literal", "raw_string_literal", "interpolated_string_expression"),
    _java: ("string_literal",),
}
_QUOTES: Final[Mapping[Callable[[], object], tuple[str, ...]]] = {
    **dict.fromkeys((_typescript, _tsx), (r"\"", "'", "`")),
    _go: (r"\"", "`"),
    **dict.fromkeys((_csharp, _java), (r"\"",)),
}
_RAW_BLOCKS: Final = frozenset({".cs", ".fs", ".kt", ".kts", ".scala"})
"""Where a backslash between three quotes is one."""


def literals(end: str, content: bytes, budget: Budget) -> Iterator[Literal]:
    """
    The string literals of a file, in order. What is put into one, as in a template, belongs to it as it is written.

    Where the file is no valid source, a line with quotes that the parser makes nothing of is read by itself.

    :raises: what `parsed` raises.
    """
    found, broken = _strings(end, content, budget)
    starts = {each.start for each in found}
    for start in broken:
        line_end = content.find(b"\n", start)
        more, _ = _strings(end, content[start : line_end if line_end >= 0 else None], budget)
        found += [Literal(start + a, start + b, said) for a, b, said in more if start + a not in starts]
    yield from sorted(found)


def _strings(end: str, content: bytes, budget: Budget) -> tuple[list[Literal], list[int]]:
    """The string literals that a parser finds, and where the lines begin that have quotes of which it makes none."""
    captured = QueryCursor(_query(_GRAMMARS[end])).captures(parsed(end, content, budget).root_node)
    found = []
    for node in captured.get("string", ()):
        budget.spend(1)
        written = content[node.start_byte : node.end_byte].decode(errors="replace")
        found.append(Literal(node.start_byte, node.end_byte, said(end, written)))
    return found, sorted({node.start_byte - node.start_point.column for node in captured.get("quote", ())})


@lru_cache(maxsize=len(_GRAMMARS))
def _query(grammar: Callable[[], object]) -> Query:
    strings = [f"({kind}) @string" for kind in _STRINGS[grammar]]
    quotes = [rf'(ERROR "{quote}" @quote)' for quote in _QUOTES[grammar]]
    return Query(_language(grammar), "".join((*strings, *quotes)))


def said(end: str, literal: str) -> str:
    """What a literal says, without its quotes."""
    quoted = literal.lstrip("$@")
    width = len(quoted) - len(quoted.lstrip('"'))
    if width < 3 or len(quoted) < 2 * width:
        width = 1
    inner = quoted[width:-width]
    if "@" in literal[: len(literal) - len(quoted)]:
        return inner.replace('""', '"')
    is_raw = end in _RAW_BLOCKS if width > 1 else end == ".go" and quoted.startswith("`")
    return inner if is_raw else unescaped(inner)
