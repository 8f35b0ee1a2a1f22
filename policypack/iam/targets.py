"""Which resource of the stack a value names, in whatever form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from msgspec import structs

from policypack.data.role_wirings import ROLE, TASK
from policypack.data.wirings import BUCKET, FUNCTION
from policypack.iam.forms import FORMS
from policypack.iam.stand_ins import named_by
from policypack.model import Resource, Value

ALIAS: Final = "aws:lambda/alias:Alias"
_ROLES_OF_TASK: Final = ("executionRoleArn", "taskRoleArn")


def targets_of(value: Value, type_: str) -> list[Resource]:
    """
    The resources of a type that a value names: by an output, or by an id, name, ARN, URI, URL, image or domain.

    A literal ARN of which only the name is that of a resource of the stack names it, unless it says another region or,
    where that is known, another account. An alias of a function stands for the function.
    """
    text = _identifier(value) if value.is_known else ""
    if type_ == BUCKET:
        text = text.removeprefix("s3://").partition("/")[0]
    named = structs.replace(value, raw=text) if value.is_known else value
    if type_ == ROLE:
        tasks = targets_of(value, TASK)
        return [role for task in tasks for name in _ROLES_OF_TASK for role in task.get(name).targets(ROLE)]
    types = (FUNCTION, ALIAS) if type_ == FUNCTION else (type_,)
    told = named_by(value)
    found = [each for each in named.targets(*types) if told in (None, each)]
    if not found and text.startswith("arn:"):
        found = _named_in(text, named, type_)
    behind = (each.get("functionName").targets(FUNCTION) if each.type == ALIAS else [each] for each in found)
    return list(dict.fromkeys(target for each in behind for target in each))


def blocks_of(user: Resource, path: str) -> Iterator[Value]:
    """The blocks at a path of a resource, or in a JSON document in it; without a path, the resource's properties."""
    if not path:
        return iter((Value(user, "", user.declared),))
    name, _, rest = path.partition(".")
    document = user.get(name)
    if document.text.startswith("{"):
        # In a document everything may stand, and in capitals.
        return document.json(decapitalize=True).each(rest) if rest else iter((document.json(decapitalize=True),))
    return user.each(path)


def roles_of(value: Value) -> list[Resource]:
    """The roles of this stack that a value names: of several in one property, the one that has its ARN or name."""
    found = value.targets(ROLE)
    if value.is_unknown or len(found) < 2:
        return found
    return [role for role in found if value.text in {role.output(name).text for name in ("arn", "name", "id")}]


def qualifier_of(value: Value, function: Resource) -> str | None:
    """
    The version or alias of a function that a value names: empty for the function itself, None where that is not known.

    A policy of a function is about the function itself or about one version or alias:
    https://docs.aws.amazon.com/lambda/latest/dg/using-aliases.html
    """
    text = _function_in(value.text)
    if text.startswith("arn:"):
        return "".join(text.split(":")[7:8])
    if text:
        return ""
    aliases = [each for each in value.targets(ALIAS) if function in each.get("functionName").targets(FUNCTION)]
    return (aliases[0].get("name").text or None) if len(aliases) == 1 else None


def _function_in(text: str) -> str:
    """The ARN of the function that an URI of API Gateway calls."""
    return text.partition("/functions/")[2].partition("/")[0] if "/functions/" in text else text


def _identifier(value: Value) -> str:
    """The name or ARN of the target in a text that says more: an URI, a domain, an image, a folder or a qualifier."""
    text = value.text
    if text.startswith("{"):
        return value.json().get("deadLetterTargetArn").text
    text = _function_in(text)
    if ".dkr.ecr." in text:
        return text.partition("@")[0].partition(":")[0]
    if not text.startswith("arn:"):
        return text.partition(".s3.")[0].partition(".s3-")[0]
    parts = text.split(":")
    if parts[2:3] in (["lambda"], ["secretsmanager"]):
        return ":".join(parts[:7])
    return text.partition("/stream/")[0] if parts[2:3] == ["dynamodb"] else text.removesuffix(":*")


def _named_in(arn: str, value: Value, type_: str) -> list[Resource]:
    """The resources of the stack that have the name in an ARN, and whose own ARN, where it is known, is no other."""
    parts, form = arn.split(":", 5), FORMS[type_]
    if len(parts) < 6 or parts[2] != form.service or not parts[5].startswith(form.before):
        return []
    found = structs.replace(value, raw=parts[5].removeprefix(form.before)).targets(type_)
    return [each for each in found if not each.output("arn").text and each.region in ("", parts[3])]
