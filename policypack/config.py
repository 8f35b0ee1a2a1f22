"""A policy's typed config: its JSON schema for the engine, and sentences about values that do not fit it."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec

from policypack.model import Asset, Secret, Unknown

C = TypeVar("C", bound="Config")


_LONGEST_WORD: Final = 200
"""Characters of a word that may be a misspelt one. To look for similar words takes the square of their length."""


class Config(msgspec.Struct, kw_only=True, forbid_unknown_fields=True, rename="camel"):
    """
    The base of every policy's config, and the config of a policy that has none.

    Fields have defaults, so that a policy works unconfigured, and carry bounds and a description in `msgspec.Meta`.
    In Pulumi's config files their names are camelCase.
    """


class SourceConfig(Config):
    """The config of a policy that reads the program's source. One such policy turns the reading off for all of them."""

    read_source: Annotated[
        bool,
        msgspec.Meta(
            description="Whether to read the previewed program's source: where a value is written, and what an unknown "
            "value will be. False here keeps the whole pack from reading it."
        ),
    ] = True


Profile = Literal["production", "sandbox"]


class SharedConfig(Config):
    """
    What several policies are set to, said once.

    Each key is one of theirs too, and UNSET there unless their own config says something. Such a key has no default in
    the schema, so that the engine fills in none.
    """

    profile: Annotated[
        Profile,
        msgspec.Meta(
            description="What the stack is, for the policies about deletion: production keeps its data, a sandbox can "
            "be destroyed at any time."
        ),
    ] = "production"
    per_resource: Annotated[
        bool,
        msgspec.Meta(
            description="Whether each resource gets its own finding, rather than the stack one that names them, for "
            "all policies that have such findings."
        ),
    ] = False


def shared(config: C, all_: SharedConfig) -> C:
    """A policy's config, with what all policies are set to in the keys of which it says nothing."""
    unset = [name for name in SharedConfig.__struct_fields__ if getattr(config, name, None) is msgspec.UNSET]
    return msgspec.structs.replace(config, **{name: getattr(all_, name) for name in unset}) if unset else config


class ConfigError(Exception):
    """
    Config that cannot be used.

    :param mistakes: a sentence for each mistake (what, where, what is allowed), and the config key that is at fault;
        an empty one where several are.
    """

    def __init__(self, mistakes: list[tuple[str, str]]) -> None:
        self.mistakes = mistakes
        super().__init__("\n".join(self.problems))

    @property
    def problems(self) -> list[str]:
        """The sentences."""
        return [sentence for sentence, _ in self.mistakes]


@lru_cache(maxsize=256)
def config_schema(config_type: type[Config]) -> Mapping[str, dict[str, Any]]:
    """
    The JSON schema of each key of a config type, defaults included.

    Nested types are written in place: the engine fails on `$ref`
    (https://www.pulumi.com/docs/insights/policy/configuration/). Nobody may change what is returned.
    """
    schema = json.loads(msgspec.json.encode(msgspec.json.schema(config_type)))
    definitions = schema.get("$defs", {})
    root: dict[str, Any] = _inline(schema, definitions)
    properties: dict[str, dict[str, Any]] = root["properties"]
    # msgspec leaves out the defaults that a factory makes.
    for key, default in json.loads(msgspec.json.encode(config_type())).items():
        properties[key].setdefault("default", default)
    return properties


def parse_config(policy_id: str, config_type: type[C], properties: Mapping[str, Any]) -> C:
    """
    A policy's config from the properties of a config file or of the engine's Configure request.

    :param properties: camelCase keys to plain JSON values; numbers may be floats, as the engine sends them all.
    :raises ConfigError: one sentence for each key that is unknown or whose value does not fit.
    """
    if not properties:
        return config_type()
    fields = {field.encode_name: field for field in msgspec.structs.fields(config_type)}
    mistakes: list[tuple[str, str]] = []
    values: dict[str, Any] = {}
    for key, value in properties.items():
        if key not in fields:
            keys = "it has " + ", ".join(f"'{name}'" for name in fields) if fields else "it takes no config"
            hint = suggestion(key, (*fields, "enforcementLevel")) or f"; {keys}"
            mistakes.append((f"policy '{policy_id}' has no config key '{key}'{hint}", key))
            continue
        if special := _special(value):
            problem = f"{special} is not allowed; policy config must be known and in plain text"
            mistakes.append((f"policy '{policy_id}', config key '{key}': {problem}", key))
            continue
        try:
            values[fields[key].name] = msgspec.convert(_whole_numbers(value), fields[key].type)
        except msgspec.ValidationError as error:
            reason, _, where = str(error).partition(" - at `$")
            where = where.rstrip("`")
            shown = json.dumps(_whole_numbers(value))[:80]
            wanted = allowed(config_schema(config_type)[key])
            # Deep inside, what is wanted of the whole does not tell what is wrong with the part.
            is_inside = "." in where.replace("...", "") or "required field" in reason
            detail = f" ({reason[0].lower()}{reason[1:]})" if is_inside else ""
            problem = f"{shown} is not allowed; it must be {wanted}{detail}"
            mistakes.append((f"policy '{policy_id}', config key '{key}{where}': {problem}", key))
    if mistakes:
        raise ConfigError(mistakes)
    try:
        return config_type(**values)
    except ValueError as error:
        raise ConfigError([(f"policy '{policy_id}', {error}", "")]) from None


def allowed(schema: Mapping[str, Any]) -> str:
    """What a key's JSON schema allows, as words: `an integer from 1 to 3653`, `one of "a", "b"`, `a list of …`."""
    if "enum" in schema:
        return "one of " + ", ".join(json.dumps(choice) for choice in schema["enum"])
    if "anyOf" in schema:
        return " or ".join(allowed(choice) for choice in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        least = f" of at least {schema['minItems']}" if "minItems" in schema else ""
        return f"a list{least}, each entry {allowed(schema.get('items', {}))}"
    if kind == "object" and "properties" in schema:
        return "an object with the keys " + ", ".join(schema["properties"])
    if kind == "object":
        return f"an object whose values are each {allowed(schema.get('additionalProperties') or {})}"
    words = {
        "integer": "an integer",
        "number": "a number",
        "string": "a string",
        "boolean": "true or false",
        "null": "null",
    }
    bounds = ""
    if "minimum" in schema:
        bounds += f" from {schema['minimum']}"
    if "maximum" in schema:
        bounds += f" {'to' if bounds else 'up to'} {schema['maximum']}"
    if "examples" in schema:
        bounds += f" such as {' or '.join(map(json.dumps, schema['examples']))}"
    elif "pattern" in schema:
        bounds += f" that matches {schema['pattern']}"
    return words.get(str(kind), "any value") + bounds


def suggestion(word: str, choices: Iterable[str]) -> str:
    """The nearest right word, in whatever case, as the end of a sentence about a wrong one; empty when none is near."""
    if len(word) > _LONGEST_WORD:
        return ""
    by_lower = {choice.lower(): choice for choice in choices}
    nearest = difflib.get_close_matches(word.lower(), by_lower, n=1)
    return f"; did you mean '{by_lower[nearest[0]]}'?" if nearest else ""


def _special(value: Any) -> str:
    """What is in a value that JSON does not have, in words: the engine may send it. Empty where there is nothing."""
    if isinstance(value, list | dict):
        inner = value.values() if isinstance(value, dict) else value
        return next(filter(None, map(_special, inner)), "")
    if isinstance(value, Secret):
        return "a secret value"
    if isinstance(value, Unknown):
        return "an unknown value"
    return "an asset" if isinstance(value, Asset) else ""


def _whole_numbers(value: Any) -> Any:
    """The engine's numbers are all floats: 90.0 stands for the integer 90."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_whole_numbers(element) for element in value]
    if isinstance(value, dict):
        return {key: _whole_numbers(element) for key, element in value.items()}
    return value


def _inline(schema: Any, definitions: Mapping[str, Any]) -> Any:
    if isinstance(schema, dict):
        if "$ref" in schema:
            rest = {key: value for key, value in schema.items() if key != "$ref"}
            return _inline({**definitions[schema["$ref"].rpartition("/")[2]], **rest}, definitions)
        return {key: _inline(value, definitions) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_inline(element, definitions) for element in schema]
    return schema
