"""Config keys: as the project declares them, and as its stacks set them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policypack.config import Config, suggestion
from policypack.lint.fixing import Rename
from policypack.lint.literals import is_placeholder
from policypack.lint.project import Project, SettingsFile, project_policy
from policypack.lint.rules.project_file import at, unreadable
from policypack.lint.yaml_file import Node
from policypack.model import Place
from policypack.secret_detection import secret_reason
from policypack.verdict import Verdicts, Violation

_CONFIG_KEYS: Final = ("type", "items", "description", "secret", "default", "value")
_STACK_KEYS: Final = ("config", "encryptedkey", "encryptionsalt", "environment", "secretsprovider")
_SECRETS_PROVIDERS: Final = ("passphrase", "default", "awskms://", "azurekeyvault://", "gcpkms://", "hashivault://")
"""https://www.pulumi.com/docs/iac/concepts/secrets/#available-encryption-providers, 2026-11-28."""
_REGION: Final = re.compile(
    r"[a-z]{2,5}(?:-[a-z]{2,6})?-(?:central|north|south|east|west|northeast|northwest|southeast|southwest)-[1-9]\d?"
)
_DEEPEST: Final = 30
_TYPES: Final[Mapping[str, type | tuple[type, ...]]] = {
    "string": str,
    "integer": int,
    "boolean": bool,
    "array": list,
    "object": dict,
}


@project_policy(
    id="project-config",
    title="Config keys are declared and set as the Pulumi CLI accepts them",
    severity="high",
    fix="Correct the key in Pulumi.yaml, or set it by `pulumi config set`.",
    url="https://www.pulumi.com/docs/iac/concepts/projects/project-file/#config-options",
)
def project_config(project: Project, config: Config) -> Verdicts:
    """
    The CLI checks the config that a project declares before it runs the program. A declaration that it does not accept,
    or a value that is missing, stops each command.
    """
    declared: dict[str, Node] = {}
    if project.file and project.file.root and (keys := project.file.root.get("config")):
        for key, place, node in keys.items():
            own = not (":" in key and key.partition(":")[0] != project.name)
            yield from _declaration(key, place, node, own)
            if own:
                declared[key.rpartition(":")[2]] = node
    for file in project.stacks:
        yield from unreadable(file)
        yield from _stack(project, file, declared)


def _declaration(key: str, place: Place, node: Node, own: bool) -> Iterator[Violation]:
    if key.count(":") > 1:
        yield at(place, f"The config key '{key}' has more than one colon", "Write NAMESPACE:NAME")
        return
    if not node.is_map:
        return
    for inner, its_place, _ in node.items():
        if inner not in _CONFIG_KEYS:
            near = suggestion(inner, _CONFIG_KEYS)
            yield at(
                its_place, f"The declaration of config key '{key}' has no attribute '{inner}'{near}", f"Remove {inner}"
            )
    default, type_, value = node.get("default"), node.get("type"), node.get("value")
    if not own:
        if default:
            yield at(
                node.keys["default"],
                f"The config key '{key}' is not in the project's own namespace, so it takes no default",
                f"Rename default of {key} to value, or move it to the stack's settings: "
                f"`pulumi config set {key} {default.text or 'VALUE'}`",
                None if value else Rename("default", "value"),
            )
        elif type_:
            yield at(
                node.keys["type"],
                f"The config key '{key}' is not in the project's own namespace, so it takes no type",
                f"Remove type of {key}, and write its value as value",
            )
        return
    if default and value:
        yield at(place, f"The config key '{key}' has both default and value", "Keep one of them")
    if not type_:
        return
    if type_.text not in _TYPES:
        near = suggestion(type_.text, _TYPES)
        yield at(type_.place, f"Config has no type '{type_.text}'{near}", f"Use {', '.join(_TYPES)} as type of {key}")
    elif type_.text == "array" and not node.get("items"):
        yield at(
            type_.place,
            f"The config key '{key}' is an array and does not say of what",
            f"Add items to {key}: `items: {{type: string}}`",
        )
    elif default and not _is_of(default.value, type_.text, strict=True):
        yield at(
            default.place,
            f"The default of config key '{key}' is not of its type, {type_.text}",
            "Correct the default or the type",
        )


def _is_of(value: Any, type_: str, *, strict: bool) -> bool:
    """Whether a value has a type of config. In a stack's settings, a text may say a number or a truth value."""
    if isinstance(value, bool):
        return type_ == "boolean" or (type_ == "string" and not strict)
    if isinstance(value, int | float) and type_ == "string":
        return not strict
    if isinstance(value, str) and not strict and type_ in ("integer", "boolean"):
        return bool(re.fullmatch(r"[+-]?[0-9]{1,40}" if type_ == "integer" else r"true|false", value))
    return isinstance(value, _TYPES[type_])


def _stack(project: Project, file: SettingsFile, declared: Mapping[str, Node]) -> Iterator[Violation]:
    stack = file.name.split(".", 1)[1].rpartition(".")[0]
    root = file.root
    yield from _settings(file)
    keys = root.get("config") if root else None
    if keys and keys.value is not None and not keys.is_map:
        yield at(keys.place, f"config of {file.name} is not a map", "Write each key with its value in config")
        return
    values: dict[str, Node] = {}
    for key, place, node in keys.items() if keys else ():
        namespace, colon, name = key.partition(":")
        if ":" in name or (not name and colon):
            yield at(place, f"'{key}' is no config key", "Write NAMESPACE:NAME")
        elif not colon or namespace == project.name:
            values[name or namespace] = node
        yield from _plain_secret(file, key, key, node)
        if key == "aws:region" and _is_no_region(node):
            yield at(
                node.place,
                f"aws:region of {file.name} is '{node.text[:40]}', and AWS has no region of such a name",
                "Write the name of a region, such as eu-west-1, without the letter of a zone",
            )
    if file.has_environment:
        return
    for name, declaration in declared.items():
        given = values.get(name)
        if given is None and declaration.is_map and not (declaration.get("default") or declaration.get("value")):
            secret = declaration.get("secret")
            flag = " --secret" if secret and secret.value is True else ""
            yield Violation(
                None,
                f"Stack '{stack}' has no value for the config key '{name}', which Pulumi.yaml declares without a "
                "default.",
                fix=f"Run `pulumi config set{flag} --stack {stack} {name} VALUE`, or give the key a default.",
                line=Place(file.name, 1),
            )
        elif given and declaration.is_map:
            yield from _given(file, name, given, declaration)


def _settings(file: SettingsFile) -> Iterator[Violation]:
    """What is wrong with a stack's settings beside its config."""
    for key, place, node in file.root.items() if file.root else ():
        if key not in _STACK_KEYS:
            # The CLI takes any other key, and ignores it.
            if near := suggestion(key, _STACK_KEYS):
                yield at(place, f"{file.name} has the key '{key}', which Pulumi ignores{near}", f"Rename {key}")
        elif key == "secretsprovider" and not node.text.startswith(_SECRETS_PROVIDERS):
            yield at(
                node.place,
                f"secretsprovider of {file.name} is '{node.text[:40]}', which is none that Pulumi knows",
                f"Use one of {', '.join(_SECRETS_PROVIDERS)}: `pulumi stack change-secrets-provider`",
            )


def _is_no_region(node: Node) -> bool:
    """Whether a text surely names no region of AWS, whatever regions there will be."""
    return isinstance(node.value, str) and "${" not in node.value and not _REGION.fullmatch(node.value)


def _plain_secret(file: SettingsFile, key: str, inner: str, node: Node, depth: int = 0) -> Iterator[Violation]:
    """Values in plain text that look like secrets, in structured config too, without what is encrypted."""
    if depth > _DEEPEST:
        return
    for name, _, value in node.items():
        if name != "secure":
            yield from _plain_secret(file, key, name, value, depth + 1)
    for value in node.value if isinstance(node.value, list) else ():
        yield from _plain_secret(file, key, inner, value, depth + 1)
    if not isinstance(node.value, str):
        return
    key, inner = (key, inner) if depth == 0 else (f"{key}.{inner}", inner)
    name = inner.rpartition(":")[2]
    if not is_placeholder(name, node.value) and (reason := secret_reason(name, node.value)):
        yield _plain(file, key, node, reason)


def _plain(file: SettingsFile, key: str, node: Node, reason: str) -> Violation:
    return Violation(
        None,
        f"The config key '{key}' is in {file.name} in plain text, and {reason}.",
        fix=f"Run `pulumi config set --secret {key}` and enter the value, and replace the secret, as whoever can read "
        "the repository knows it.",
        line=node.place,
    )


def _given(file: SettingsFile, name: str, given: Node, declaration: Node) -> Iterator[Violation]:
    type_, secret = declaration.get("type"), declaration.get("secret")
    is_encrypted = given.is_map and given.get("secure") is not None
    if secret and secret.value is True and not is_encrypted and not secret_reason(name, given.text):
        yield _plain(file, name, given, "Pulumi.yaml declares it secret")
    # A key that is left empty may be filled in by a tool.
    if given.value is None:
        return
    if type_ and type_.text in _TYPES and not is_encrypted and not _is_of(given.value, type_.text, strict=False):
        yield at(
            given.place,
            f"The config key '{name}' of {file.name} is not of the type that Pulumi.yaml declares, {type_.text}",
            "Correct the value",
        )
