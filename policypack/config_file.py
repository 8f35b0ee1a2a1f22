"""
Policy config files, as `pulumi preview --policy-pack-config FILE` takes them: what is wrong in one, and their schema.

How the engine reads them: https://github.com/pulumi/pulumi/blob/v3.259.0/pkg/resource/analyzer/config.go. `all` gives a
level to every policy that the file gives none; an empty file says nothing; of equal keys, the last one counts.
"""

from __future__ import annotations

import json
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn, TypeGuard

from policypack.config import config_schema, suggestion
from policypack.model import printable
from policypack.policy import Pack
from policypack.settings import ENVIRONMENTS, EVERY_POLICY, Override, Problem, Settings, apply_overrides
from policypack.verdict import Level

_LEVEL: Final = "enforcementLevel"
_LEVELS: Final[tuple[Level, ...]] = typing.get_args(Level)
_LEVEL_DESCRIPTION: Final = (
    "Whether a violation stops the update (mandatory), is put right where the policy can do so (remediate), "
    "is only shown (advisory), or is not looked for (disabled)."
)
_TOKEN: Final = re.compile(r'(?P<string>"[^"\\]*(?:\\.[^"\\]*)*")(?P<colon>\s*:)?|[{}\[\]]')


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a file, and where, as far as that can be told."""

    sentence: str
    line: int | None = None
    column: int | None = None

    def in_file(self, file: object) -> str:
        """`FILE:LINE:COLUMN: sentence`, as compilers say it."""
        place = ":".join(str(part) for part in (file, self.line, self.column) if part is not None)
        return printable(f"{place}: {self.sentence}")


def check_file(path: Path, pack: Pack) -> tuple[Settings, list[Mistake]]:
    """What a config file sets the pack's policies to, and every mistake in it."""
    try:
        return check_config(path.read_bytes().decode(), pack)
    except OSError as error:
        return {}, [Mistake(f"the file cannot be read: {error.strerror}")]
    except UnicodeDecodeError as error:
        return {}, [Mistake("the file is not UTF-8 text", error.object.count(b"\n", 0, error.start) + 1)]


def check_config(text: str, pack: Pack) -> tuple[Settings, list[Mistake]]:
    """What a config file's text sets the pack's policies to, and every mistake in it, from top to bottom."""
    try:
        return _check(text, pack)
    except RecursionError:
        return {}, [Mistake("the values are nested too deeply")]


def _check(text: str, pack: Pack) -> tuple[Settings, list[Mistake]]:
    try:
        content = json.loads(text if text.strip() else "{}", parse_constant=_refuse)
    except json.JSONDecodeError as error:
        if text.startswith("\ufeff"):
            return {}, [Mistake("the file begins with a byte order mark; save it as UTF-8 without one", 1)]
        return {}, [Mistake(f"this is not JSON: {error.msg}", error.lineno, error.colno)]
    except ValueError:
        return {}, [Mistake("a number cannot be read: it is NaN, Infinity, or thousands of digits long")]
    if not isinstance(content, dict):
        return {}, [
            Mistake(f"the file holds {_shown(content)}; it must be an object: policy ids and what each is set to")
        ]
    if isinstance(content.get("version"), int | float):
        # Of CLI 3.276: https://github.com/pulumi/pulumi/blob/v3.276.0/pkg/resource/analyzer/config.go.
        return {}, [
            Mistake(
                "this is a file of version 2, which only newer Pulumi CLIs read: write what it has under 'policies' at "
                "the top, without 'version', and its exceptions as exemptions of the policy 'exemptions'"
            )
        ]
    overrides, problems = _overrides(content)
    for_all = Override(overrides.pop(EVERY_POLICY, Override()).level)
    overrides = {policy.id: for_all for policy in pack.policies} | {
        name: replace(override, level=override.level or for_all.level) for name, override in overrides.items()
    }
    settings, unfit = apply_overrides(pack.policies, overrides)
    lines, mistakes = _lines(text)
    mistakes += [
        Mistake(problem.sentence, lines.get(problem.where, lines[problem.where[:1]])) for problem in (*problems, *unfit)
    ]
    return settings, sorted(mistakes, key=lambda mistake: mistake.line or 0)


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)


def _shown(value: Any) -> str:
    return json.dumps(value)[:80]


def _lines(text: str) -> tuple[dict[tuple[str, ...], int], list[Mistake]]:
    """The line of each policy and of each of its keys in a JSON text, and the keys that any object has twice."""
    lines: dict[tuple[str, ...], int] = {}
    twice: list[Mistake] = []
    path: list[str] = []
    siblings: list[set[str]] = []
    line, end = 1, 0
    for token in _TOKEN.finditer(text):
        line += text.count("\n", end, token.start())
        end = token.start()
        if token[0] in ("{", "["):
            path.append("")
            siblings.append(set())
        elif token[0] in ("}", "]"):
            path.pop()
            siblings.pop()
        elif token["colon"]:
            key = path[-1] = json.loads(token["string"])
            if len(path) <= 2:
                lines[tuple(path)] = line
            if key in siblings[-1]:
                twice.append(Mistake(f"the key '{key}' stands twice in one object; only the last would count", line))
            siblings[-1].add(key)
    return lines, twice


def _overrides(content: Mapping[str, Any]) -> tuple[dict[str, Override], list[Problem]]:
    """What a file's content says of each policy and of all, and what is wrong with how it says so."""
    overrides: dict[str, Override] = {}
    problems: list[Problem] = []
    for name, value in content.items():
        if name == ENVIRONMENTS:
            if not (isinstance(value, list) and all(isinstance(entry, str) for entry in value)):
                wanted = "it must be a list of names of Pulumi ESC environments"
                problems.append(Problem(f"'{name}': {_shown(value)} is not allowed; {wanted}", (name,)))
        elif name == "$schema":
            advice = "tell your editor's settings which schema the file has"
            problems.append(Problem(f"the engine does not take '{name}' here; {advice}", (name,)))
        else:
            overrides[name] = _override(name, value, problems)
    return overrides, problems


def _override(name: str, value: Any, problems: list[Problem]) -> Override:
    """What is said under one name: a level, or an object with a level and config keys. Adds what is wrong with it."""
    subject = f"'{name}'" if name == EVERY_POLICY else f"policy '{name}'"

    def problem(sentence: str, *key: str) -> None:
        problems.append(Problem(subject + sentence, (name, *key)))

    if isinstance(value, str):
        value = {_LEVEL: value}
    if not isinstance(value, dict):
        problem(f": {_shown(value)} is not allowed; it must be a level or an object with '{_LEVEL}' and config keys")
        return Override()
    level, properties = None, {}
    for key, entry in value.items():
        if key == _LEVEL and _is_level(entry):
            level = entry
        elif key == _LEVEL:
            nearest = suggestion(entry, _LEVELS) if isinstance(entry, str) else ""
            problem(
                f": {_shown(entry)} is not an enforcement level{nearest or '; there are ' + ', '.join(_LEVELS)}", key
            )
        elif meant := suggestion(key, [_LEVEL]):
            problem(f" has no config key '{key}'{meant}", key)
        elif name == EVERY_POLICY:
            problem(f" sets the level of all policies; it has no config key '{key}'", key)
        else:
            properties[key] = entry
    return Override(level, properties)


def _is_level(value: Any) -> TypeGuard[Level]:
    return value in _LEVELS


def file_schema(pack: Pack) -> dict[str, Any]:
    """
    The JSON schema of a pack's config files, for editors.

    Draft 7 is the latest that Visual Studio Code knows in full:
    https://code.visualstudio.com/docs/languages/json#_json-schemas-and-settings.
    """
    entries: dict[str, Any] = {
        EVERY_POLICY: _entry_schema("The level of every policy that the file does not itself give one.", {}),
        ENVIRONMENTS: {
            "description": "Pulumi ESC environments whose environment variables the pack gets.",
            "type": "array",
            "items": {"type": "string"},
        },
    }
    for policy in pack.policies:
        keys = config_schema(policy.config_type)
        entries[policy.id] = _entry_schema(f"{policy.title}.\n{policy.url}", keys, default=policy.enforcement)
    return {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": f"Policy config of {pack.name} {pack.version}",
        "type": "object",
        "properties": entries,
        "additionalProperties": False,
    }


def _entry_schema(description: str, keys: Mapping[str, Any], **default: Level) -> dict[str, Any]:
    level = {"enum": list(_LEVELS), **default}
    properties = {_LEVEL: {"description": _LEVEL_DESCRIPTION, **level}, **keys}
    return {
        "description": description,
        "anyOf": [level, {"type": "object", "properties": properties, "additionalProperties": False}],
        **default,
    }
