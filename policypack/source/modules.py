"""The files of a program as the common form that is evaluated, each read when it is first needed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Final

from policypack.source.budget import Budget, BudgetExceededError, Clock
from policypack.source.expression import Imported, Module, Scope
from policypack.source.files import File
from policypack.source.python import is_parsable

_Reader = Callable[[str, str, Budget], Module]
_TRANSFORM: Final = re.compile(
    rb"(?i:register_?(?:stack_?transformation|resource_?transform))|\btransform(?:ation)?s\s{0,9}[=:]"
)
"""
What changes the arguments of resources behind the program's back:
https://www.pulumi.com/docs/iac/concepts/functions/transforms/.
"""


_SETS_ANY: Final = re.compile(
    rb"\b(?:__)?setattr(?:__)?\b|\b__dict__\s?(?:\[|\.update|\|?=[^=])|\bvars\([^()\n]{1,100}\)(?:\[|\.update)"
    rb"|\b__getattr(?:ibute)?__\b"
)
"""What sets, or makes up, attributes of objects whose names do not stand in the source, in Python."""
_SETTING: Final = (b"setattr", b"__dict__", b"vars(", b"__getattr")
"""One of these stands in each of them."""


def _python(file: str, text: str, budget: Budget) -> Module:
    from policypack.source.from_python import module_of

    if not is_parsable(text):
        raise BudgetExceededError
    return module_of(file, text, budget)


def _typescript(file: str, text: str, budget: Budget) -> Module:
    if max(map(len, text.split("\n"))) > _LONGEST_LINE:
        raise BudgetExceededError
    from policypack.source.from_typescript import module_of

    return module_of(file, text, budget)


def _go(file: str, text: str, budget: Budget) -> Module:
    from policypack.source.from_go import module_of

    return module_of(file, text, budget)


def _csharp(file: str, text: str, budget: Budget) -> Module:
    from policypack.source.from_csharp import module_of

    return module_of(file, text, budget)


def _java(file: str, text: str, budget: Budget) -> Module:
    from policypack.source.from_java import module_of

    return module_of(file, text, budget)


def _yaml(file: str, text: str, budget: Budget) -> Module:
    from policypack.source.from_yaml import module_of

    return module_of(file, text, budget)


_LONGEST_LINE: Final = 5_000
"""Characters of a line of TypeScript or JavaScript; what has longer ones was written by a tool."""
_READERS: Final[Mapping[str, _Reader]] = {
    ".py": _python,
    **dict.fromkeys((".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs"), _typescript),
    ".go": _go,
    ".cs": _csharp,
    ".java": _java,
    **dict.fromkeys((".yaml", ".yml"), _yaml),
}
_WITHOUT_IMPORTS: Final = frozenset({".cs", ".go", ".java"})
"""Where files see what others have: those of a folder in Go, all of them in C# and, nearly so, in Java."""
_YAML_PROGRAMS: Final = ("Pulumi", "Main")
"""The names of YAML files that are programs; the CLI reads no others."""


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a file says, by the end of its name.

    :raises ValueError: where it is in no language that is read; and SyntaxError, RecursionError, MemoryError,
        BudgetExceededError and ImportError where it cannot be read.
    """
    reader = _READERS.get(_split(file)[1])
    if not reader:
        raise ValueError(f"no reader for {file}")
    return reader(file, text, budget)


class Modules:
    """
    The modules of a program.

    :param files: the program's files.
    :param clock: the time that is left for reading them.
    """

    def __init__(self, files: Iterable[File], clock: Clock) -> None:
        self._clock = clock
        self._files: dict[str, File] = {}
        for file in files:
            name, end = _split(file.name)
            if end in _READERS and (_READERS[end] is not _yaml or name.rpartition("/")[2] in _YAML_PROGRAMS):
                self._files.setdefault(name, file)
        self._read: dict[str, Module | None] = {}
        self._by_scope: dict[Scope, Module] = {}
        self._sharing: dict[tuple[str, str, str], list[Module]] = {}
        self.lacks_parser = False
        """Whether files could not be read because tree-sitter is not installed."""
        self.unread: list[str] = []
        """The files that could not be read: no valid source, or too much of it."""

    @property
    def has_transforms(self) -> bool:
        """Whether the program registers functions that change the arguments of resources."""
        return any(_TRANSFORM.search(file.content) for file in self._files.values())

    def get(self, name: str) -> Module | None:
        """The module in a file, by the file's name without its end; None where there is none, or it cannot be read."""
        if name not in self._files:
            return None
        if name not in self._read:
            self._read[name] = self._module(self._files[name])
        return self._read[name]

    def with_word(self, word: str) -> Iterator[Module]:
        """The modules in whose files a word stands, without what tells it from the same word of another block."""
        wanted = word.partition("#")[0].encode(errors="replace")
        for name, file in self._files.items():
            if wanted in file.content and (module := self.get(name)):
                yield module

    def changing(self, attribute: str) -> Iterator[Module]:
        """
        The modules that may change an attribute of what is not a method's own object: those that have been read, and
        those in whose files it stands as what is assigned or changed in place.
        """
        name = re.escape(attribute.removeprefix(".").encode(errors="replace"))
        change = re.compile(rb"\.%b\b(?<!\bself\.%b)(?:\s?[-+|&*/]?=[^=]|\[|\.[a-z_]{3,20}\()" % (name, name))
        for file, content in ((file, each.content) for file, each in self._files.items()):
            is_read = file in self._read
            if (is_read or change.search(content)) and (module := self.get(file)):
                yield module

    @cached_property
    def sets_any_attribute(self) -> bool:
        """Whether the program may set attributes whose names do not stand in it."""
        contents = (file.content for file in self._files.values())
        return any(any(word in each for word in _SETTING) and _SETS_ANY.search(each) for each in contents)

    @staticmethod
    def is_shared(file: str) -> bool:
        """Whether other files have the names of a file without importing them."""
        return _split(file)[1] in _WITHOUT_IMPORTS

    def sharing(self, file: str, name: str) -> list[Module]:
        """The other modules whose names a file has without importing them, and that bind a name."""
        folder, end = file.rpartition("/")[0], _split(file)[1]
        if end not in _WITHOUT_IMPORTS:
            return []
        key = (folder if end == ".go" else "", end, name)
        if key not in self._sharing:
            self._sharing[key] = [
                module
                for module in self.with_word(name)
                if _split(module.file)[1] == end
                and (end != ".go" or module.file.rpartition("/")[0] == folder)
                and not all(isinstance(each, Imported) for each in module.scope.bindings.get(name, ()))
            ]
        return [module for module in self._sharing[key] if module.file != file]

    def of_scope(self, scope: Scope) -> Module:
        """The module with a scope of its own."""
        return self._by_scope[scope]

    def _module(self, file: File) -> Module | None:
        try:
            module = module_of(file.name, file.content.decode(errors="replace"), Budget(self._clock))
        except ImportError:
            self.lacks_parser = True
            return None
        except (BudgetExceededError, MemoryError, RecursionError, SyntaxError, ValueError):
            self.unread.append(file.name)
            return None
        self._by_scope[module.scope] = module
        return module


def _split(file: str) -> tuple[str, str]:
    """The name of a file without its end, and its end."""
    name, dot, end = file.rpartition(".")
    return (name, f".{end.lower()}") if dot else (file, "")
