"""The languages that programs and their data are written in, by the ends of their files' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import yaml

from policypack.source import python
from policypack.source.literals import Syntax, holds, unescaped


def _same(text: str) -> str:
    return text


def _doubled(text: str) -> str:
    """The text of a C# verbatim string."""
    return text.replace('""', '"')


# An end that is missing ends a literal with the line or the file: otherwise each quote of a file that only looks like
# source would be followed to its end in vain.
_LINE_END: Final = r"(?=\n)|\\?\Z"
_DOUBLE: Final = (rf'"([^"\\\n]*+(?:\\[\s\S][^"\\\n]*+)*+)(?:"|{_LINE_END})', unescaped)
_SINGLE: Final = (rf"'([^'\\\n]*+(?:\\[\s\S][^'\\\n]*+)*+)(?:'|{_LINE_END})", unescaped)
_BLOCK: Final = (r'"""([^"\\]*+(?:(?:\\[\s\S]|"(?!""))[^"\\]*+)*+)(?:"""|\\?\Z)', unescaped)
_BLOCK_OF_SINGLES: Final = (r"'''([^'\\]*+(?:(?:\\[\s\S]|'(?!''))[^'\\]*+)*+)(?:'''|\\?\Z)", unescaped)
_RAW_BLOCK: Final = (r'"""([\s\S]*?)(?:"""|\Z)', _same)
_TEMPLATE: Final = (r"`([^`\\]*+(?:\\[\s\S][^`\\]*+)*+)(?:`|\\?\Z)", unescaped)
_RAW_TEMPLATE: Final = (r"`([^`]*+)(?:`|\Z)", _same)
_VERBATIM: Final = (r'(?:@\$?|\$@)"([^"]*+(?:""[^"]*+)*+)(?:"|\Z)', _doubled)
_COMMENTS: Final = (r"//[^\n]*+", r"/\*[\s\S]*?(?:\*/|\Z)")
_ONE_CHARACTER: Final = r"'(?:\\[^\n]{1,9}?|[^'\\\n])'"

_JAVASCRIPT: Final = Syntax((_DOUBLE, _SINGLE, _TEMPLATE), _COMMENTS)
_GO: Final = Syntax((_DOUBLE, _RAW_TEMPLATE), (*_COMMENTS, _ONE_CHARACTER))
_CSHARP: Final = Syntax((_RAW_BLOCK, _VERBATIM, _DOUBLE), (*_COMMENTS, _ONE_CHARACTER))
_JAVA: Final = Syntax((_BLOCK, _DOUBLE), (*_COMMENTS, _ONE_CHARACTER))
_KOTLIN: Final = Syntax((_RAW_BLOCK, _DOUBLE), (*_COMMENTS, _ONE_CHARACTER))
_JSON: Final = Syntax((_DOUBLE,), between="(?!)")
_BROKEN_YAML: Final = Syntax((_DOUBLE, _SINGLE), between="(?!)")
# Python that this interpreter's own parser does not take: a newer version's, or work half done.
_BROKEN_PYTHON: Final = Syntax(
    (
        *(
            (rf"(?<!\w)(?i:r[bf]?|[bf]r){pattern}", _same)
            for pattern, _ in (_BLOCK, _BLOCK_OF_SINGLES, _DOUBLE, _SINGLE)
        ),
        *(_BLOCK, _BLOCK_OF_SINGLES, _DOUBLE, _SINGLE),
    ),
    (r"#[^\n]*+",),
    between=r"[\s\\()]*\+?[\s\\()]*(?i:[bfu]{0,2})",
)

_SETTING: Final = re.compile(r"^[ \t]*(?:export[ \t]+)?[\w.-]+[ \t]*=[ \t]*(.*?)[ \t]*$", re.MULTILINE)
_BRACKET: Final = re.compile(r"[\[\]{}]")
_DEEPEST: Final = 100
_ENDING_COMMENT: Final = re.compile(r"[ \t]+#.*")


def _scanned(syntax: Syntax) -> Callable[[str, str], Iterator[int]]:
    return lambda text, value: _lines(text, syntax.places(text, value))


def _lines(text: str, offsets: Iterable[int]) -> Iterator[int]:
    line, before = 1, 0
    for offset in sorted(offsets):
        line += text.count("\n", before, offset)
        before = offset
        yield line


def _in_python(text: str, value: str) -> Iterator[int]:
    try:
        yield from python.lines(text, value)
    except (MemoryError, RecursionError, SyntaxError, ValueError):
        yield from _lines(text, _BROKEN_PYTHON.places(text, value))


def _in_yaml(text: str, value: str) -> Iterator[int]:
    # The parser takes time that grows with the square of the depth.
    if _bracket_depth(text) <= _DEEPEST:
        try:
            for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                if isinstance(event, yaml.ScalarEvent) and event.start_mark and holds(event.value, value):
                    yield event.start_mark.line + 1
            return
        except yaml.YAMLError:
            pass
    yield from _lines(text, _BROKEN_YAML.places(text, value))


def _bracket_depth(text: str) -> int:
    return max(accumulate(1 if bracket in "[{" else -1 for bracket in _BRACKET.findall(text)), default=0)


def _in_settings(text: str, value: str) -> Iterator[int]:
    """In a file of `NAME=value`, where quotes may be missing."""
    for setting in _SETTING.finditer(text):
        plain = _ENDING_COMMENT.sub("", setting[1])
        if value in (setting[1], plain, plain.strip("'"), unescaped(plain.strip('"'))):
            yield from _lines(text, [setting.start(1)])


_MARKS: Final = b"\"'`{}%\n"
"""What may stand at either end of a literal, or of a part of one that is put together."""


@dataclass(frozen=True, slots=True)
class Language:
    """
    What is known of a language.

    :param lines: from a text and a value, the lines where the value stands as a literal.
    :param marks: the characters of which one stands before and one behind each literal and each part of one.
    """

    lines: Callable[[str, str], Iterator[int]]
    marks: bytes = _MARKS


_JAVASCRIPT_FILES: Final = (".cjs", ".cts", ".js", ".jsx", ".mjs", ".mts", ".ts", ".tsx")
_BARE: Final = _MARKS + b" \t,:=[]#"
"""Marks where strings may go without quotes."""

LANGUAGES: Final[Mapping[str, Language]] = {
    ".py": Language(_in_python),
    **dict.fromkeys(_JAVASCRIPT_FILES, Language(_scanned(_JAVASCRIPT))),
    ".go": Language(_scanned(_GO)),
    **dict.fromkeys((".cs", ".fs"), Language(_scanned(_CSHARP))),
    ".java": Language(_scanned(_JAVA)),
    **dict.fromkeys((".kt", ".kts", ".scala"), Language(_scanned(_KOTLIN))),
    ".json": Language(_scanned(_JSON)),
    **dict.fromkeys((".yaml", ".yml"), Language(_in_yaml, _BARE)),
    ".env": Language(_in_settings, _BARE),
}
