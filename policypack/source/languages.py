"""The languages that programs and their data are written in, by the ends of their files' names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

import yaml

from policypack.source import python
from policypack.source.literals import Syntax, Wanted, unescaped


def _same(text: str) -> str:
    return text


def _doubled(text: str) -> str:
    """The text of a C# verbatim string."""
    return text.replace('""', '"')


# An end that is missing ends a literal with the line or the file (see Syntax).
_LINE_END: Final = r"(?=\n)|\\?\Z"
_DOUBLE: Final = (rf'"([^"\\\n]*(?:\\[\s\S][^"\\\n]*)*)(?:"|{_LINE_END})', unescaped)
_SINGLE: Final = (rf"'([^'\\\n]*(?:\\[\s\S][^'\\\n]*)*)(?:'|{_LINE_END})", unescaped)
_BLOCK: Final = (r'"""([^"\\]*(?:(?:\\[\s\S]|"(?!""))[^"\\]*)*)(?:"""|\\?\Z)', unescaped)
_BLOCK_OF_SINGLES: Final = (r"'''([^'\\]*(?:(?:\\[\s\S]|'(?!''))[^'\\]*)*)(?:'''|\\?\Z)", unescaped)
_RAW_BLOCK: Final = (r'"""([\s\S]*?)(?:"""|\Z)', _same)
_TEMPLATE: Final = (r"`([^`\\]*(?:\\[\s\S][^`\\]*)*)(?:`|\\?\Z)", unescaped)
_RAW_TEMPLATE: Final = (r"`([^`]*)(?:`|\Z)", _same)
_VERBATIM: Final = (r'(?:@\$?|\$@)"([^"]*(?:""[^"]*)*)(?:"|\Z)', _doubled)
COMMENTS: Final = (r"//[^\n]*", r"/\*[\s\S]*?(?:\*/|\Z)")
_ONE_CHARACTER: Final = r"'(?:\\[^\n]{1,9}?|[^'\\\n])'"

JAVASCRIPT_LITERALS: Final = tuple(pattern for pattern, _ in (_DOUBLE, _SINGLE, _TEMPLATE))
_JAVASCRIPT: Final = Syntax((_DOUBLE, _SINGLE, _TEMPLATE), COMMENTS)
_GO: Final = Syntax((_DOUBLE, _RAW_TEMPLATE), (*COMMENTS, _ONE_CHARACTER))
_CSHARP: Final = Syntax((_RAW_BLOCK, _VERBATIM, _DOUBLE), (*COMMENTS, _ONE_CHARACTER))
_JAVA: Final = Syntax((_BLOCK, _DOUBLE), (*COMMENTS, _ONE_CHARACTER))
_KOTLIN: Final = Syntax((_RAW_BLOCK, _DOUBLE), (*COMMENTS, _ONE_CHARACTER))
_JSON: Final = Syntax((_DOUBLE,), between="(?!)")
_BROKEN_YAML: Final = Syntax((_DOUBLE, _SINGLE), between="(?!)")
# Python that this interpreter's own parser does not take: a newer version's, or work half done. Or more than it gets.
_UNPARSED_PYTHON: Final = Syntax(
    (
        *(
            (rf"(?<!\w)(?i:r[bf]?|[bf]r){pattern}", _same)
            for pattern, _ in (_BLOCK, _BLOCK_OF_SINGLES, _DOUBLE, _SINGLE)
        ),
        *(_BLOCK, _BLOCK_OF_SINGLES, _DOUBLE, _SINGLE),
    ),
    (r"#[^\n]*",),
    between=r"[\s\\()]*(?:\+[\s\\()]*)?(?i:[bfu]{0,2})",
)

_SETTING_NAME: Final = re.compile(r"(?:export[ \t]+)?[\w.-]+")
_LARGEST_PARSED: Final = 300_000
"""Characters of Python that are parsed: a tree takes much memory, and nothing stops the parser."""
_LONGEST_LINE: Final = 1_000
"""Characters of a line of Python that is parsed: Python 3.13 takes the square of the f-strings in a line."""
_BRACKET: Final = re.compile(r"[\[\]{}]")
DEEPEST: Final = 100
"""How deep YAML may be nested that is parsed: the parser takes time that grows with the square of the depth."""


def _scanned(syntax: Syntax) -> Callable[[str, Wanted], Iterator[int]]:
    return lambda text, wanted: _lines(text, syntax.places(text, wanted))


def _lines(text: str, offsets: Iterable[int]) -> Iterator[int]:
    line, before = 1, 0
    for offset in sorted(offsets):
        line += text.count("\n", before, offset)
        before = offset
        yield line


def is_parsable_python(text: str) -> bool:
    """Whether Python of this length may be parsed."""
    return len(text) <= _LARGEST_PARSED and max(map(len, text.split("\n"))) <= _LONGEST_LINE


def _in_python(text: str, wanted: Wanted) -> Iterator[int]:
    if is_parsable_python(text):
        try:
            yield from python.lines(text, wanted)
            return
        except (MemoryError, RecursionError, SyntaxError, ValueError):
            pass
    yield from _lines(text, _UNPARSED_PYTHON.places(text, wanted))


def _in_yaml(text: str, wanted: Wanted) -> Iterator[int]:
    if bracket_depth(text) <= DEEPEST:
        try:
            for event in yaml.parse(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
                wanted.budget.spend(1)
                if isinstance(event, yaml.ScalarEvent) and event.start_mark and wanted.is_in(event.value):
                    yield event.start_mark.line + 1
            return
        except yaml.YAMLError:
            pass
    yield from _lines(text, _BROKEN_YAML.places(text, wanted))


def bracket_depth(text: str) -> int:
    """How deep brackets and braces are nested in a text."""
    return max(accumulate(1 if bracket in "[{" else -1 for bracket in _BRACKET.findall(text)), default=0)


def _in_settings(text: str, wanted: Wanted) -> Iterator[int]:
    """In a file of `NAME=value`, where quotes may be missing."""
    for number, line in enumerate(text.split("\n"), start=1):
        wanted.budget.spend(1)
        name, sign, rest = line.partition("=")
        if not sign or not _SETTING_NAME.fullmatch(name.strip(" \t")):
            continue
        value = rest.strip(" \t")
        plain = _without_comment(value)
        if wanted.value in (value, plain, plain.strip("'"), unescaped(plain.strip('"'))):
            yield number


def _without_comment(value: str) -> str:
    """A value without the comment behind it, which begins with a number sign after a space."""
    sign = value.find("#", 1)
    while sign > 0 and value[sign - 1] not in " \t":
        sign = value.find("#", sign + 1)
    return value[:sign].rstrip(" \t") if sign > 0 else value


_MARKS: Final = b"\"'`{}%\n"
"""What may stand at either end of a literal, or of a part of one that is put together."""


@dataclass(frozen=True, slots=True)
class Language:
    """
    What is known of a language.

    :param lines: from a text and what is wanted, the lines where it stands as a literal. Raises BudgetExceededError
        where the search takes too long.
    :param marks: the characters of which one stands before and one behind each literal and each part of one.
    """

    lines: Callable[[str, Wanted], Iterator[int]]
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


def program_language(files: Iterable[str]) -> str:
    """
    The language of a program by the names of its files: that of the file with which Pulumi begins, else the only one.

    :returns: `python` or `typescript`; empty for other languages, and where files of both are there.
    """
    names = set(files)
    if "__main__.py" in names:
        return "python"
    if any(f"index{end}" in names for end in _JAVASCRIPT_FILES):
        return "typescript"
    ends = {name[name.rfind(".") :] for name in names} & LANGUAGES.keys() - {".json", ".yaml", ".yml", ".env"}
    if ends == {".py"}:
        return "python"
    return "typescript" if ends and ends <= set(_JAVASCRIPT_FILES) else ""
