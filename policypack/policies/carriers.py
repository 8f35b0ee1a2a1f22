"""Plaintext secrets where values are not marked secret: variables, commands, scripts, code, addresses, parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

from msgspec import Meta

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
from policypack.model import Asset, Resource, Value, type_of
from policypack.policy import resource_policy
from policypack.secret_detection import (
    is_secret_name,
    plain_config_key,
    secret_reason,
    secrets_in_command,
    secrets_in_text,
)
from policypack.verdict import Undecided, Verdict, Verdicts, Violation

_PARAMETER: Final = "aws:ssm/parameter:Parameter"
_PARAMETER_FIX: Final = 'Set type to "SecureString", and create or fetch the value.'
_LONGEST: Final = 100_000
"""
Characters of one text that are read. AWS takes no longer ones in most of these places: 16 KB of user data, 4 KB of a
function's environment variables, 8 KB in a parameter, 64 KB of a task definition, 10 KB of a CloudFront function.
https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/user-data.html
https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/cloudfront-limits.html
"""
_MOST: Final = 3
"""Findings in one script or command."""
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
    frameworks=("FSBP ECS.8", "FSBP CodeBuild.2"),
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
    for variables in VARIABLES.get(resource.type, ()):
        yield from _in_variables(resource, variables, config)
    for command in COMMANDS.get(resource.type, ()):
        for words in _commands(resource, command):
            yield from _in_command(words, command.fix)
    for script in SCRIPTS.get(resource.type, ()):
        for place in _places(resource, script.path):
            yield from _in_script(place, script)
    for address in (each for path in ADDRESSES.get(resource.type, ()) for each in resource.each(path)):
        # Some services have no other place for credentials. Marked secret, they are at least encrypted in the state.
        if not address.is_secret and (reason := secret_reason("", address.text[:_LONGEST])):
            yield Violation(address, f"{address.path} is stored in plain text, and {reason}.", fix=ADDRESS_FIX)
    if resource.type == _PARAMETER:
        yield from _in_parameter(resource, config)


# Where to look


def _places(resource: Resource, path: str) -> Iterator[Value]:
    """What stands at a path, in every element of lists on the way; the property where that is unknown as a whole."""
    head, is_document, rest = path.partition(":")
    top = resource.get(head.partition(".")[0].removesuffix("[]"))
    if top.is_unknown:
        return iter((top,))
    return _within(top.json(decapitalize=True), rest) if is_document else resource.each(path)


def _within(document: Value, path: str) -> Iterator[Value]:
    """What stands at a path of a JSON document, or, where that is a list, of each of its elements."""
    elements = [element for _, element in document.entries()] if isinstance(document.raw, list) else [document]
    for element in elements:
        yield from element.each(path) if path else (element,)


def _variables(place: Value, variables: Variables) -> Iterator[tuple[str, Value]]:
    """Each name with its value; an empty name with what is unknown as a whole."""
    if place.is_unknown:
        yield "", place
    elif isinstance(place.raw, list):
        for _, entry in place.entries():
            key, texts = variables.unless
            if not key or entry.get(key).text not in texts:
                yield _text_of(entry.get(variables.name), entry.get("value")), entry.get("value")
    else:
        yield from place.entries()


def _text_of(name: Value, value: Value) -> str:
    """A name; empty where it is marked secret alone, so that no message shows it."""
    return "" if name.is_secret and not value.is_secret else name.text


def _commands(resource: Resource, command: Command) -> Iterator[list[Value]]:
    """The words of the command of each container; a part that is one text, or is unknown, is one word."""
    for container in _places(resource, command.path) if command.path else (Value(resource, "", resource.declared),):
        parts = [container] if container.is_unknown else list(map(container.get, command.parts))
        yield [
            word
            for part in parts
            for word in ([e for _, e in part.entries()] if isinstance(part.raw, list) else [part])
        ]


# What is there


def _in_variables(resource: Resource, variables: Variables, config: CarriersConfig) -> Verdicts:
    for place in _places(resource, variables.path):
        for name, value in _variables(place, variables):
            if name in config.allowed_names or (variables.is_only_place and value.is_secret):
                continue
            if finding := _judged(name, value, variables.fix):
                yield finding


def _in_command(words: list[Value], fix: str) -> Verdicts:
    for before, word in zip([None, *words], words, strict=False):
        if word.is_unknown:
            # An option says what its value is: --db-password VALUE.
            name = before.text.lstrip("-") if before and before.text.startswith("-") else ""
            is_whole = word.path == word.property_name
            if finding := _judged_by_sources(name or ("" if is_whole else "command"), word, word.path, fix):
                yield finding
    texts = [word.text[:_LONGEST] for word in words]
    found = dict(secrets_in_command(texts, _LONGEST))
    for index, what in list(found.items())[:_MOST]:
        yield Violation(words[index], f"{words[index].path} contains {what}.", fix=fix)
    for index, word in enumerate(words):
        if index not in found and (key := plain_config_key(word.resource.context, texts[index])):
            yield _from_config(word, word.path, key, fix)


def _in_script(place: Value, script: Script) -> Verdicts:
    if place.is_unknown:
        name = "" if script.is_start_script else "script"
        if finding := _judged_by_sources(name, place, place.path, script.fix):
            yield finding
    for file, text in place.raw.texts if isinstance(place.raw, Asset) else (("", place.text),):
        where = f"{file!r} in {place.path}" if file and not place.is_secret else place.path
        found = secrets_in_text(text[:_LONGEST])[:_MOST]
        for line, what in found:
            yield Violation(place, f"{where} contains {what} in line {line}.", fix=script.fix)
        if not found and (key := plain_config_key(place.resource.context, text[:_LONGEST])):
            yield _from_config(place, where, key, script.fix)


def _in_parameter(parameter: Resource, config: CarriersConfig) -> Verdicts:
    if parameter.get("type").text not in ("String", "StringList"):
        return
    for value in map(parameter.get, ("value", "insecureValue", "valueWo")):
        name = _text_of(parameter.get("name"), value) or parameter.name
        if name not in config.allowed_names and (finding := _judged(name, value, _PARAMETER_FIX)):
            yield finding


def _judged(name: str, value: Value, fix: str) -> Verdict | None:
    """The finding about a named value; None where it is not a secret, or only refers to one."""
    where = f"{value.path} ({name!r})" if name and not value.is_secret else value.path
    if value.is_unknown:
        return _judged_by_sources(name, value, where, fix)
    text = value.text[:_LONGEST]
    # API Gateway puts literals in single quotes.
    if reason := secret_reason(name, text.strip("'")):
        return Violation(value, f"{where} is stored in plain text, and {reason}.", fix=fix)
    if key := plain_config_key(value.resource.context, text):
        return _from_config(value, where, key, fix)
    return None


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
