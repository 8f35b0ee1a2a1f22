"""
Stand-ins: what documents say in the place of ARNs and names that are known only once the update has run.

A statement that the program writes with `queue.arn` is about that queue and no other, whatever its ARN turns out to be.
Which resource of the stack is meant, the program's source and the dependencies of the document tell together. The
stand-in of a resource is like nothing but itself, so that statements and questions about the resource meet in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from policypack.data.role_wirings import API_DESTINATION, PARAMETER, REPOSITORY, ROLE, SECRET, STATE_MACHINE
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, TOPIC
from policypack.iam.completion import mapped
from policypack.iam.forms import FORMS, arn_of, with_name
from policypack.model import (
    Origin,
    PartialText,
    Reference,
    Resource,
    Stack,
    Unknown,
    Value,
    WrittenMap,
    class_of,
    remembered,
    unwrapped,
)

HERE: Final = "…"
"""The partition and the account of the provider, which all of its resources share."""
_APIS: Final = ("aws:apigateway/restApi:RestApi", "aws:apigatewayv2/api:Api")
ORIGIN_ACCESS_IDENTITY: Final = "aws:cloudfront/originAccessIdentity:OriginAccessIdentity"
_NAMED_BY_ID: Final = (BUCKET, FUNCTION, LOG_GROUP, ROLE)
_ARN_IS_ID: Final = (SECRET, STATE_MACHINE, TOPIC)
_REGION: Final = "aws.getregion"
_OF_PROVIDER: Final = {
    "aws.getcalleridentity": ("accountId",),
    "aws.getpartition": ("id", "partition"),
    _REGION: ("id", "name", "region"),
}
"""What tells where the provider works, each with the outputs that do."""
# The names of these types may have a slash in them.
_WITH_SLASHES: Final = (LOG_GROUP, REPOSITORY, ROLE, SECRET, PARAMETER)
_WITH_ARNS: Final = ("Resource", "NotResource", "Principal", "NotPrincipal")
_OF_SOURCES: Final = ("aws:sourceaccount", "aws:sourcearn", "aws:sourceowner", "kms:encryptioncontext:aws:logs:arn")
_STAND_IN: Final = re.compile("(?:arn:[^⟦]{0,200}:)?⟦((?:[0-9a-f]{2}){1,4000})⟧")


def stand_in(resource: Resource) -> str:
    """What stands for the name of a resource, and of no other."""
    return f"⟦{resource.urn.encode().hex()}⟧"


def arn_for(resource: Resource) -> str:
    """What stands for the ARN of a resource."""
    return f"arn:{HERE}:{HERE}:{HERE}:{HERE}:{stand_in(resource)}"


def arns_of(target: Resource) -> tuple[str, ...]:
    """
    The ARNs by which policies may name a target of a type that has a form: as arn_of, and what stands for it where it
    is not known.
    """
    if target.output("arn").text:
        return (arn_of(target),)
    of_type = f"{stand_in(target)}{FORMS[target.type].after}"
    own = f"{arn_for(target)}/*" if target.type == API_DESTINATION else arn_for(target)
    return (arn_of(target), own, with_name(target, of_type))


def has_stand_in(text: str) -> bool:
    """Whether a text is about one resource whose ARN or name is not known."""
    return "⟦" in text


def is_written(*texts: str) -> bool:
    """Whether texts of a document say what the program will have there, without anything in the place of a part."""
    return not any(HERE in text or has_stand_in(text) for text in texts)


def without_stand_in(text: str) -> str:
    """What precedes a stand-in in a text; the text itself where it has none."""
    return text.partition("⟦")[0]


def shown(text: str) -> str:
    """A text of a document as a message may show it: what stands for a resource as the resource's name in quotes."""
    return _STAND_IN.sub(_shown, text) if has_stand_in(text) else text


def _shown(found: re.Match[str]) -> str:
    # Resources of several types often have one name.
    *_, type_, name = ("", "", *bytes.fromhex(found[1]).decode(errors="replace").split("::", 3))
    named = f"the {type_.rpartition(':')[2]} '{name}'"
    return named if found[0].startswith("⟦") else f"the ARN of {named}"


def resolved(statement: Value, is_sure: bool | None = None) -> Any:
    """
    The raw value of a statement with stand-ins for the ARNs of resources of the stack that it is made from.

    What is not sure to be one of them stays as it is. So does what may be the beginning of another's name, except where
    a narrower `Resource` errs on the safe side: in what is surely allowed, and in what is denied where it may not be.

    :param is_sure: whether it is read for what it surely allows, rather than for what it may allow; None for neither.
    """
    raw = unwrapped(statement.raw)
    if not isinstance(raw, dict) or not statement.resource.is_in_stack:
        return raw
    stack = statement.resource.stack
    is_narrowed_by = "" if is_sure is None else "Allow" if is_sure else "Deny"

    def told(key: str, value: Any) -> Any:
        is_wide = key == "Resource" and unwrapped(raw.get("Effect")) == is_narrowed_by
        return mapped(value, lambda each: _text(each, statement, stack, is_wide))

    return _with(raw, lambda key, value: told(key, value) if key in _WITH_ARNS else _conditions(key, value, told))


def _conditions(key: str, raw: Any, told: Callable[[str, Any], Any]) -> Any:
    """The conditions of a statement, of which those on the source of a call may get stand-ins."""
    if key != "Condition":
        return raw
    return _with(
        raw, lambda _, block: _with(block, lambda key, value: told(key, value) if key.lower() in _OF_SOURCES else value)
    )


def _with(raw: Any, change: Callable[[str, Any], Any]) -> Any:
    """A map with other values; what is none as it is."""
    raw = unwrapped(raw)
    if not isinstance(raw, dict):
        return raw
    entries = {key: change(key, value) for key, value in raw.items()}
    return raw.with_entries(entries) if isinstance(raw, WrittenMap) else entries


def named_by(value: Value, *outputs: str) -> Resource | None:
    """
    The resource of the stack whose output an unknown value is, as the source tells it, or begins with; None where it
    is not told.

    :param outputs: which outputs count; all, when left out.
    """
    first = value.raw.parts[0] if isinstance(value.raw, PartialText) else value.raw
    origin = first.origin if isinstance(first, Reference) else None
    if origin is None or (outputs and origin.output not in outputs) or not value.resource.is_in_stack:
        return None
    return _target(origin, value, value.resource.stack)


def _text(unknown: Unknown, document: Value, stack: Stack, is_wide: bool) -> str | Unknown:
    """A text that is unknown in part, with stand-ins; unchanged where a part of it has none."""
    parts = unknown.parts if isinstance(unknown, PartialText) else (unknown,)
    found = ""
    for index, part in enumerate(parts):
        if isinstance(part, str):
            found += part
            continue
        origin = part.origin if isinstance(part, Reference) else None
        after = parts[index + 1] if index + 1 < len(parts) else ""
        told = _told(origin, found, document, stack) if origin else None
        if told is None or (has_stand_in(told.text) and not is_wide and not told.may_precede(after)):
            return unknown
        found += told.text
    return found


class _Told(NamedTuple):
    """What stands for an output, and the type of the resource that it is of; empty for the provider."""

    text: str
    type: str = ""

    def may_precede(self, after: str | Unknown) -> bool:
        """Whether a text that begins so, and goes on like that, is about this resource alone."""
        if not isinstance(after, str):
            return False
        return not after or after[0] == ":" or (after[0] == "/" and self.type not in _WITH_SLASHES)


def _told(origin: Origin, before: str, document: Value, stack: Stack) -> _Told | None:
    """What stands for an output behind the known beginning of a text; None where nothing does."""
    function = _plain(origin.path).removesuffix("output")
    if function in _OF_PROVIDER:
        if origin.output not in _OF_PROVIDER[function] or not _has_one_provider(stack):
            return None
        provider = document.resource.provider
        here = HERE if function != _REGION else provider.output("region").text if provider else ""
        return _Told(here) if here else None
    target = _target(origin, document, stack)
    if target is None:
        return None
    known = target.output(origin.output)
    text = known.text if not known.is_secret else ""
    if target.output("arn").text:
        return _Told(text) if text else None
    is_first = not before
    if is_first and target.type in _APIS and origin.output == "executionArn":
        return _Told(f"arn:{HERE}:execute-api:{HERE}:{HERE}:{stand_in(target)}", target.type)
    is_arn = origin.output == "arn" or (origin.output == "id" and target.type in _ARN_IS_ID)
    if is_first and is_arn and target.type not in _APIS:
        return _Told(arn_for(target), target.type)
    if is_first and target.type == ORIGIN_ACCESS_IDENTITY and origin.output == "iamArn":
        return _Told(f"arn:{HERE}:iam::cloudfront:user/CloudFront Origin Access Identity {stand_in(target)}")
    if _is_name(origin.output, target) and _is_before_name(before, target):
        return _Told(stand_in(target), target.type)
    return _Told(text) if text else None


def _plain(path: str) -> str:
    return path.replace("_", "").lower()


def _is_name(output: str, target: Resource) -> bool:
    form = FORMS.get(target.type)
    return form is not None and (output == form.name or (output == "id" and target.type in _NAMED_BY_ID))


def _is_before_name(before: str, target: Resource) -> bool:
    """Whether a text is all that precedes the name in the ARN of a resource."""
    parts, form = before.split(":", 5), FORMS[target.type]
    if target.type == ROLE and not target.get("path").is_unset:
        return False  # It stands in front of the name.
    return len(parts) == 6 and parts[0] == "arn" and parts[2] == form.service and parts[5] == form.before


def _target(origin: Origin, document: Value, stack: Stack) -> Resource | None:
    """The resource of the stack whose output an origin is; None where it may be one of several, or none."""
    urns = [
        urn
        for urn in dict.fromkeys(document.dependency_urns)
        if class_of(urn) == _plain(origin.path) and origin.name in ("", *urn.split("::", 3)[3:])
    ]
    return stack.resources.get(urns[0]) if len(urns) == 1 else None


@remembered
def _has_one_provider(stack: Stack) -> bool:
    """Whether all resources of AWS are in one account and, unless they say so themselves, in one region."""
    return len({each.provider_urn for each in stack.resources.values() if each.type.startswith("aws:")}) == 1
