"""What programs export, and what of it is plain; programs of Go, C# and Java are read line by line."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from itertools import takewhile
from typing import Final, Literal, NamedTuple

from policypack.lint.literals import is_test
from policypack.lint.project import Project
from policypack.model import Place

_LONGEST_LINE: Final = 2_000
_TEXT: Final = r"\"(?P<text>(?:[^\"\\\n]|\\.){0,500})\""
_READ: Final = (
    r"(?P<config>\w{1,80})\.(?:[Gg]et|[Rr]equire)\((?:ctx,\s{0,9})?\"(?P<key>[\w:.-]{1,200})\"\)"
    r"(?:\.(?:get\(\)|orElse\(\"\"\)))?"
)
_PLAIN: Final = rf"(?:{_TEXT}|{_READ}|(?P<variable>[A-Za-z_]\w{{0,80}}))"
_NAME: Final = r"\"(?P<name>[^\"\n]{1,200})\""
_ASSIGNED: Final = re.compile(
    rf"^\s{{0,200}}(?:(?:final\s{{1,9}})?(?:var|string|String|const)\s{{1,9}})?(?P<assigned>\w{{1,80}})\s{{0,9}}(?::=|=)\s{{0,9}}"
    rf"(?:{_READ});?\s{{0,9}}$"
)
_NAMESPACE: Final = re.compile(
    r"(?<![\w.])(\w{1,80})\s{0,9}:?=\s{0,9}(?:config\.New\(ctx,|new (?:Pulumi\.)?Config\(|ctx\.config\()"
    r"\s{0,9}\"([\w-]{1,100})\""
)
_BOUND: Final = re.compile(r"(?<![\w.])(\w{1,80})(?:,\s{0,9}\w{1,80}){0,3}\s{0,9}(?::=|=)(?![=>])")
_EXPORTS_OF_GO: Final = (
    re.compile(rf"ctx\.Export\({_NAME},\s{{0,9}}pulumi\.String\({_PLAIN}\)\)"),
    re.compile(rf"ctx\.Export\({_NAME},\s{{0,9}}(?P<unsecret>pulumi\.Unsecret)\("),
)
_EXPORTS_OF_JAVA: Final = (
    re.compile(rf"ctx\.export\({_NAME},\s{{0,9}}Output\.of\({_PLAIN}\)\)"),
    re.compile(rf"ctx\.export\({_NAME},[^;\n]{{1,300}}(?P<unsecret>\.asPlaintext)\(\)\)"),
)
_EXPORTS_OF_DOTNET: Final = (
    re.compile(
        rf"(?:\[|\{{\s{{0,9}}){_NAME}(?:\]\s{{0,9}}=|,)\s{{0,9}}(?:Output\.Create\()?{_PLAIN}\)?\s{{0,9}}\}}?[,;]?\s{{0,9}}$"
    ),
    re.compile(rf"(?:\[|\{{\s{{0,9}}){_NAME}(?:\]\s{{0,9}}=|,)\s{{0,9}}(?P<unsecret>Output\.Unsecret)\("),
)
_OUTPUTS_OF_DOTNET: Final = re.compile(r"return new Dictionary<string, object\??>")


class Plain(NamedTuple):
    """
    A part of an exported value that surely carries no mark of a secret.

    :param kind: a literal, a config key that is read as plain text, a string that pulumi-random draws for what need not
        be secret, or a value whose mark is taken off.
    :param text: the literal, or the key.
    :param name: what a literal is called where it stands; empty where only the export has a name.
    :param namespace: that of a config key; empty for the project's own, None where it is open.
    """

    kind: Literal["literal", "config", "random", "unsecret"]
    text: str = ""
    name: str = ""
    namespace: str | None = ""


class Export(NamedTuple):
    """
    An output of the stack.

    :param holds: its plain parts.
    :param fix: how to mark it in the program's language; empty where that is Python or YAML.
    """

    name: str
    holds: tuple[Plain, ...]
    place: Place
    fix: str = ""


def exports_in_text(project: Project) -> Iterator[Export]:
    """The exports of a program in Go, C# or Java whose value is plain, as far as they stand in one line."""
    reader = _READERS.get(project.runtime)
    if reader is None:
        return
    end, patterns, fix = reader
    for file in project.source.files:
        if file.name.endswith(end) and not is_test(file.name):
            lines = file.content.decode().split("\n")
            short = [line if len(line) <= _LONGEST_LINE else "" for line in lines]
            namespaces = {name: namespace for line in short for name, namespace in _NAMESPACE.findall(line)}
            keys = _keys(short, namespaces)
            exporting = _outputs_of_dotnet(short) if end == ".cs" else enumerate(short, start=1)
            for number, line in exporting:
                for pattern in patterns:
                    if (match := pattern.search(line)) and (holds := _holds(match, keys, namespaces)):
                        yield Export(match["name"], (holds,), Place(file.name, number, match.start() + 1), fix)


def _outputs_of_dotnet(lines: list[str]) -> Iterator[tuple[int, str]]:
    """The lines of the dictionaries of outputs that a program of C# returns, with their numbers."""
    numbered = enumerate(lines, start=1)
    for number, line in numbered:
        if _OUTPUTS_OF_DOTNET.search(line):
            yield number, line
            yield from takewhile(lambda each: not each[1].strip().startswith("};"), numbered)


def _keys(lines: list[str], namespaces: Mapping[str, str]) -> dict[str, Plain]:
    """The variables of a file that are bound once, to a config key that is read as plain text, with the key."""
    bound = Counter(name for line in lines for name in _BOUND.findall(line))
    found = (match for line in lines if (match := _ASSIGNED.match(line)))
    return {match["assigned"]: _read(match, namespaces) for match in found if bound[match["assigned"]] == 1}


def _read(match: re.Match[str], namespaces: Mapping[str, str]) -> Plain:
    """The config key that a pattern has found."""
    return Plain("config", match["key"], namespace=namespaces.get(match["config"], ""))


def _holds(match: re.Match[str], keys: Mapping[str, Plain], namespaces: Mapping[str, str]) -> Plain | None:
    """The plain part of what a pattern has found; None where it is a variable of which nothing is known."""
    groups = match.groupdict()
    if groups.get("unsecret"):
        return Plain("unsecret")
    if groups["text"] is not None:
        return Plain("literal", groups["text"])
    return _read(match, namespaces) if groups["key"] else keys.get(groups["variable"] or "")


_READERS: Final[dict[str, tuple[str, tuple[re.Pattern[str], ...], str]]] = {
    "go": (
        ".go",
        _EXPORTS_OF_GO,
        "Read the config key by RequireSecret or GetSecret, or mark it: pulumi.ToSecret(...).",
    ),
    "java": (
        ".java",
        _EXPORTS_OF_JAVA,
        "Read the config key by requireSecret, or mark the value: Output.ofSecret(...).",
    ),
    "dotnet": (
        ".cs",
        _EXPORTS_OF_DOTNET,
        "Read the config key by RequireSecret or GetSecret, or mark the value: Output.CreateSecret(...).",
    ),
}
