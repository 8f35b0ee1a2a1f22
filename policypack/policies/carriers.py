"""Plaintext secrets where values are not marked secret: variables, commands, scripts, code, addresses, parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from typing import Annotated, Final

from msgspec import Meta, structs

from policypack.config import Config
from policypack.data.secret_carriers import (
    ADDRESS_FIX,
    ADDRESSES,
    COMMANDS,
    SCRIPTS,
    VARIABLES,
    Command,
    Script,
    Variables,
)
from policypack.model import Asset, PartialText, Reference, Resource, Value, type_of
from policypack.policies.containers import definitions_in
from policypack.policy import resource_policy
from policypack.secret_detection import (
    has_word,
    is_secret_name,
    plain_config_secrets,
    secret_reason,
    secrets_in_command,
    secrets_in_text,
)
from policypack.verdict import Undecided, Verdict, Verdicts, Violation

_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_PARAMETER_FIX: Final = 'Set type to "SecureString", and create or fetch the value.'
_LONGEST: Final = 65_536
"""
Characters of one text that are read. AWS accepts less in nearly all of these places: 64 KB for a task definition or an
SSM document, 16 KB of user data, 8 KB for a parameter, 4 KB of a function's environment variables, 10 KB for a
CloudFront function. Of larger inline code of Lambda functions only the beginning is read.
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
https://docs.aws.amazon.com/general/latest/gr/ssm.html
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""
_MOST_READ: Final = 100_000
"""Characters of all texts of one resource that are read. Each text counts as 64 more, as it takes time by itself."""
_COST: Final = 64
_MOST: Final = 3
"""Findings in one script or command."""
_VARIABLE: Final = "${unknown}"
"""What stands for an unknown part of a text, which no rule takes for a secret."""
_REFERRING: Final = ("secrets-manager", "parameter-store")
_PASSWORD_MAKERS: Final = ("random:index/randomPassword:RandomPassword",)
"""Resources that make nothing but secrets."""


class CarriersConfig(Config):
    """Config of secrets-in-plain-sight."""

    allowed_names: Annotated[
        tuple[str, ...],
        Meta(description='Names of variables whose values are not secrets, whatever they look like: ["SESSION_KEY"].'),
    ] = ()


@resource_policy(
    id="secrets-in-plain-sight",
    title="Environment variables, commands, scripts, headers, URLs and plain parameters hold no plaintext secrets",
    types=tuple(dict.fromkeys((*VARIABLES, *COMMANDS, *SCRIPTS, *ADDRESSES, _PARAMETER))),
    severity="high",
    fix="Pass the ARN of an aws.secretsmanager.Secret instead, allow the role to read that secret, and read it at run "
    "time.",
    frameworks={
        "aws:ecs/taskDefinition:TaskDefinition": ("FSBP ECS.8",),
        "aws:codebuild/project:Project": ("FSBP CodeBuild.1", "FSBP CodeBuild.2"),
    },
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
)
def secrets_in_plain_sight(resource: Resource, config: CarriersConfig) -> Verdicts:
    """
    Everybody who can view the resource can read its variables, commands and scripts in the console, in CloudTrail and
    in the stack's state. A process that logs its environment when it crashes writes them to the logs, too.
    """
    unknown: set[str] = set()
    for verdict in _verdicts(resource, config):
        # Several places in one property are unknown together: that is one question.
        if isinstance(verdict.at, Value) and verdict.at.path == verdict.at.property_name and verdict.at.is_unknown:
            if verdict.at.path in unknown:
                continue
            unknown.add(verdict.at.path)
        yield verdict


def _verdicts(resource: Resource, config: CarriersConfig) -> Verdicts:
    reader = _Reader(resource)
    for variables in VARIABLES.get(resource.type, ()):
        yield from _in_variables(reader, variables, config)
    for command in COMMANDS.get(resource.type, ()):
        for words in _commands(reader, command):
            yield from _in_command(reader, words, command.fix)
    for script in SCRIPTS.get(resource.type, ()):
        for place in reader.places(script.path):
            yield from _in_script(reader, place, script)
    for address in (each for path in ADDRESSES.get(resource.type, ()) for each in resource.each(path)):
        # Some services have no other place for credentials. Marked secret, they are at least encrypted in the state.
        if not address.is_secret and (reason := secret_reason("", reader.read(address.text))):
            yield Violation(address, f"{address.path} is stored in plain text, and {reason}.", fix=ADDRESS_FIX)
    if resource.type == _PARAMETER:
        yield from _in_parameter(reader, config)


# Where to look


class _Reader:
    """Reads the texts of one resource, up to _MOST_READ characters in all."""

    def __init__(self, resource: Resource) -> None:
        self.resource = resource
        self._left = _MOST_READ
        self._plain_secrets = plain_config_secrets(resource.context)

    @property
    def is_done(self) -> bool:
        """Whether as much has been read as may be."""
        return self._left <= 0

    def read(self, text: str) -> str:
        """A text, or its beginning."""
        text = text[: max(0, min(self._left, _LONGEST))]
        self._left -= len(text) + _COST
        return text

    def config_key_in(self, text: str) -> str:
        """The key of a plaintext config value that is a secret by its name, and is in a text; empty where none is."""
        return next((key for key, secret in self._plain_secrets if has_word(text, secret)), "")

    def places(self, path: str) -> Iterator[Value]:
        """What stands at a path, in each element of lists on the way; the property where that is unknown as a whole."""
        head, is_document, rest = path.partition(":")
        top = self.resource.get(head.partition(".")[0].removesuffix("[]"))
        if not is_document:
            return iter((top,)) if top.is_unknown else self.resource.each(path)
        document = definitions_in(top)
        return iter((document,)) if document.is_unknown else _within(document, rest)


def _within(document: Value, path: str) -> Iterator[Value]:
    """What stands at a path of a JSON document, or, where that is a list, of each of its elements."""
    for element in _elements(document) if isinstance(document.raw, list) else (document,):
        yield from element.each(path) if path else (element,)


def _elements(value: Value) -> Iterator[Value]:
    return (element for _, element in value.entries())


def _variables(place: Value, variables: Variables) -> Iterator[tuple[Value, Value]]:
    """Each name with its value; an absent name with what is unknown as a whole."""
    if place.is_unknown:
        yield structs.replace(place, raw=None), place
    elif isinstance(place.raw, list):
        for _, entry in place.entries():
            key, texts = variables.unless
            if not key or entry.get(key).text not in texts:
                yield entry.get(variables.name), entry.get("value")
    else:
        yield from ((structs.replace(place, raw=key), value) for key, value in place.entries())


def _commands(reader: _Reader, command: Command) -> Iterator[list[Value]]:
    """The words of the command of each container; a part that is one text, or is unknown, is one word."""
    for container in reader.places(command.path):
        parts = [container] if container.is_unknown else map(container.get, command.parts)
        words = (word for part in parts for word in (_elements(part) if isinstance(part.raw, list) else (part,)))
        yield list(islice(words, _MOST_READ // _COST))


# What is there


def _in_variables(reader: _Reader, variables: Variables, config: CarriersConfig) -> Verdicts:
    for place in reader.places(variables.path):
        if place.path == variables.path:
            place = place.as_written
        for name, value in _variables(place, variables):
            if reader.is_done:
                return
            # Where a service has no other place for a secret, marking it is all that a program can do.
            if name.text in config.allowed_names or (variables.is_only_place and value.is_secret):
                continue
            if finding := _judged(reader, name, value, variables.fix):
                yield finding


def _in_command(reader: _Reader, words: list[Value], fix: str) -> Verdicts:
    if reader.is_done:
        return
    for before, word in zip([None, *words], words, strict=False):
        if word.is_unknown and not _is_told(word):
            # An option says what its value is: --db-password VALUE.
            name = before.text.lstrip("-") if before and before.text.startswith("-") else ""
            is_whole = word.path == word.property_name
            if finding := _judged_by_sources(name or ("" if is_whole else "command"), word, word.path, fix):
                yield finding
    texts = [reader.read(_text_in(word)) for word in words]
    found = dict(secrets_in_command(texts))
    for index, what in list(found.items())[:_MOST]:
        yield Violation(words[index], f"{words[index].path} contains {what}.", fix=fix)
    for index, word in enumerate(words):
        if index not in found and (key := reader.config_key_in(texts[index])):
            yield _from_config(word, word.path, key, fix)


def _in_script(reader: _Reader, place: Value, script: Script) -> Verdicts:
    place = place.as_written_text
    if place.is_unknown and not _is_told(place):
        name = "" if script.is_start_script else "script"
        if finding := _judged_by_sources(name, place, place.path, script.fix):
            yield finding
    for file, text in place.raw.texts if isinstance(place.raw, Asset) else (("", _text_in(place)),):
        where = place.shown_as(f"{file!r} in {place.path}", place.path) if file else place.path
        read = reader.read(text)
        if script.is_buildspec:
            read = _without_references(read)
        found = secrets_in_text(read)[:_MOST]
        for line, what in found:
            yield Violation(place, f"{where} contains {what} in line {line}.", fix=script.fix)
        if not found and (key := reader.config_key_in(read)):
            yield _from_config(place, where, key, script.fix)


def _without_references(buildspec: str) -> str:
    """A buildspec, in YAML or JSON, with empty lines for the blocks that only name secrets."""
    if buildspec.lstrip().startswith("{"):
        return re.sub(rf'"(?:{"|".join(_REFERRING)})"\s{{0,9}}:\s{{0,9}}\{{[^{{}}]*\}}', '""', buildspec)
    lines: list[str] = []
    block: int | None = None
    for line in buildspec.split("\n"):
        content = line.strip()
        indent = len(line) - len(line.lstrip())
        if content and block is not None and indent <= block:
            block = None
        lines.append("" if block is not None else line)
        if block is None and content.partition(":")[0] in _REFERRING:
            block = indent
    return "\n".join(lines)


def _in_parameter(reader: _Reader, config: CarriersConfig) -> Verdicts:
    parameter = reader.resource
    if parameter.get("type").text not in ("String", "StringList"):
        return
    for value in map(parameter.get, ("value", "insecureValue", "valueWo")):
        name = parameter.get("name") if parameter.get("name").text else Value(parameter, "", parameter.name)
        if name.text not in config.allowed_names and (finding := _judged(reader, name, value, _PARAMETER_FIX)):
            yield finding


def _judged(reader: _Reader, name: Value, value: Value, fix: str) -> Verdict | None:
    """The finding about a named value; None where it is not a secret, or only refers to one."""
    where = name.shown_as(f"{value.path} ({name.text!r})", value.path) if name.text else value.path
    value = value.as_written_text
    text = reader.read(_text_in(value))
    # API Gateway puts literals in single quotes.
    if reason := secret_reason(name.text, text.strip("'")):
        return Violation(value, f"{where} is stored in plain text, and {reason}.", fix=fix)
    if key := reader.config_key_in(text):
        return _from_config(value, where, key, fix)
    return _judged_by_sources(name.text, value, where, fix) if value.is_unknown and not _is_told(value) else None


def _text_in(value: Value) -> str:
    """A text as far as it is known, with a variable in the place of each unknown part."""
    return value.raw.filled(_VARIABLE) if isinstance(value.raw, PartialText) else value.text


def _is_told(value: Value) -> bool:
    """Whether the unknown parts of a value are ids, addresses and the like of resources, and so no secrets."""
    parts = value.raw.parts if isinstance(value.raw, PartialText) else (value.raw,)
    return all(isinstance(part, str | Reference) for part in parts)


def _judged_by_sources(name: str, value: Value, where: str, fix: str) -> Verdict | None:
    """The finding about an unknown value, which has no name where it is unknown as a whole."""
    passwords = [urn.rpartition("::")[2] for urn in value.dependency_urns if type_of(urn) in _PASSWORD_MAKERS]
    is_telling = is_secret_name(name)
    # All variables in one property share its dependencies: the name suggests which of them contains the password.
    if passwords and (is_telling or not name or value.path == value.property_name):
        return Violation(value, f"{where} contains the password '{passwords[0]}' in plain text.", fix=fix)
    if passwords or is_telling or not name or not value.resource.is_in_stack:
        return Undecided(value, "does it contain a secret, or only refer to one?")
    return None


def _from_config(value: Value, where: str, key: str, fix: str) -> Violation:
    """A value of the stack's config whose key suggests a secret, and which is plain there and here."""
    return Violation(
        value,
        f"{where} contains the stack's config value {key!r}, which is stored in plain text, and its name suggests a "
        "secret.",
        fix=f"{fix} Change the secret where it is in use, and remove it from the stack's config.",
    )
