"""The languages that programs and their data are written in, by the ends of their files' names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

from policypack.source import data_files, python
from policypack.source.literals import Wanted, lines


def _in_tree(end: str, text: str, wanted: Wanted) -> Iterator[int]:
    from policypack.source.trees import literals

    source = text.encode()
    return lines(literals(end, source, wanted.budget), source, wanted)


_MARKS: Final = b"\"'`{}%\n"
"""What may stand at either end of a literal, or of a part of one that is put together."""


@dataclass(frozen=True, slots=True)
class Language:
    """
    What is known of a language.

    :param lines: from a text and what is wanted, the lines where it stands as a literal. Raises BudgetExceededError
        where the search takes too long, and ImportError where what it needs is not installed.
    :param marks: the characters of which one stands before and one behind each literal and each part of one.
    """

    lines: Callable[[str, Wanted], Iterator[int]]
    marks: bytes = _MARKS


_JAVASCRIPT_FILES: Final = (".cjs", ".cts", ".js", ".jsx", ".mjs", ".mts", ".ts", ".tsx")
_BARE: Final = _MARKS + b" \t,:=[]#"
"""Marks where strings may go without quotes."""

LANGUAGES: Final[Mapping[str, Language]] = {
    ".py": Language(python.lines),
    **dict.fromkeys((".cts", ".mts", ".ts"), Language(partial(_in_tree, ".ts"))),
    **dict.fromkeys((".cjs", ".js", ".jsx", ".mjs", ".tsx"), Language(partial(_in_tree, ".tsx"))),
    ".go": Language(partial(_in_tree, ".go")),
    **dict.fromkeys((".cs", ".fs"), Language(partial(_in_tree, ".cs"))),
    ".java": Language(partial(_in_tree, ".java")),
    **dict.fromkeys((".kt", ".kts", ".scala"), Language(partial(_in_tree, ".kt"))),
    ".json": Language(data_files.in_json),
    **dict.fromkeys((".yaml", ".yml"), Language(data_files.in_yaml, _BARE)),
    ".env": Language(data_files.in_settings, _BARE),
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
