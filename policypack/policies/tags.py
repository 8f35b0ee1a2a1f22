"""Tags: that resources say what they belong to and who pays for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from msgspec import Meta, field

from policypack.data.resource_types import resource_type
from policypack.listing import joined, some
from policypack.model import UNKNOWN, Resource, Secret, Stack, Value
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches

_KEYS: Final = ("Environment", "Project", "ManagedBy", "CostCenter", "Application", "Component")
_LISTED_AT_MOST: Final = 3
# An object in a bucket belongs to what the bucket belongs to, and its ten tags cost money
# (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-tagging.html). Cost allocation ignores them
# (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html).
_OBJECTS: Final = (
    "aws:s3/bucketObject:BucketObject",
    "aws:s3/bucketObjectv2:BucketObjectv2",
    "aws:s3/objectCopy:ObjectCopy",
)
# The provider gives its default tags to all resources but Auto Scaling groups:
# https://www.hashicorp.com/blog/default-tags-in-the-terraform-aws-provider
_FIX_WITHOUT_DEFAULTS: Final = (
    "Add the tags to the list tags of each group, with propagateAtLaunch true: defaultTags of the provider are not "
    "applied to Auto Scaling groups."
)


class TagsConfig(FoldedConfig):
    """Config of tags-required."""

    required: Annotated[
        dict[str, tuple[str, ...]],
        Meta(
            description="The tags that resources must have, each with the values or patterns of which it must match "
            'one, or none for any value: {"Environment": ["dev", "prod-*"]}. By default Environment, Project, '
            "ManagedBy, CostCenter, Application and Component, with any value."
        ),
    ] = field(default_factory=lambda: dict.fromkeys(_KEYS, ()))
    exempt: Annotated[
        tuple[str, ...],
        Meta(description='Patterns of type tokens or resource names that need no tags: ["aws:kms/*", "shared-*"].'),
    ] = ()


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong with a resource's tags: keys of tags; resources with the same fault are reported together."""

    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    takes_default_tags: bool


@dataclass(frozen=True, slots=True)
class _Faulty:
    """A resource whose tags have a fault, and all of its tags."""

    resource: Resource
    fault: _Fault
    tags: Mapping[str, Any]

    def shown(self, key: str) -> str:
        """A tag's value as a message may show it."""
        raw = self.tags[key]
        return Value(self.resource, key, _without_mark(raw), isinstance(raw, Secret)).shown


def _remedies(resource: Resource, config: TagsConfig) -> Iterator[Violation]:
    """The tags that a resource lacks and of which config allows one value only."""
    for found in _check(resource, config) if _is_concerned(resource, config) else ():
        if isinstance(found, _Faulty) and found.fault.takes_default_tags:
            lacking = _missing(found.tags, config)
            values = {key: config.required[key][0] for key in lacking if _has_one_value(config.required[key])}
            if values:
                yield Violation(resource.get("tags"), "", remediation=values)


def _has_one_value(allowed: Sequence[str]) -> bool:
    return len(allowed) == 1 and not set("*?[") & set(allowed[0])


@stack_policy(
    id="tags-required",
    title="Resources have the tags that say what they belong to and who pays for them",
    severity="low",
    enforcement="advisory",
    fix="Set the tags once for all resources in defaultTags of the provider (aws:defaultTags in the stack's config), "
    "or in tags of each resource. Which tags are needed is set in required of this policy. To list every resource, "
    "set perResource to true.",
    url="https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/cost-alloc-tags.html",
    remediates=_remedies,
)
def tags_required(stack: Stack, config: TagsConfig) -> Verdicts:
    """
    The cost of a resource without tags cannot be attributed to a team, and in an incident it is unclear whom to call
    and whether the resource may be deleted.
    """
    asked = (resource for resource in stack.resources.values() if resource.is_asked())
    taggable = [resource for resource in asked if _is_concerned(resource, config)]
    groups: dict[_Fault, list[_Faulty]] = {}
    undecided: dict[str, Undecided] = {}
    for resource in taggable:
        for found in _check(resource, config):
            if isinstance(found, Undecided):
                # Default tags that are unknown leave every resource of the provider open: said once.
                undecided[found.at.resource.urn] = found
            else:
                groups.setdefault(found.fault, []).append(found)
    yield from undecided.values()
    for fault, faulty in groups.items():
        fix = "" if fault.takes_default_tags else _FIX_WITHOUT_DEFAULTS
        if config.per_resource:
            for each in faulty:
                yield Violation(each.resource.get("tags"), f"This resource {_said([each], config)}.", fix=fix)
        else:
            subject = f"{len(faulty)} of {len(taggable)} resources that can be tagged"
            names = some((f"'{each.resource.name}' ({each.resource.token})" for each in faulty), _LISTED_AT_MOST)
            yield Violation(None, f"{subject} {_said(faulty, config)}: {names}.", fix=fix)


def _is_concerned(resource: Resource, config: TagsConfig) -> bool:
    if resource.type in _OBJECTS or not resource_type(resource.type).takes_tags:
        return False
    return not any(
        matches(pattern, text) for pattern in config.exempt for text in (resource.type, resource.token, resource.name)
    )


def _check(resource: Resource, config: TagsConfig) -> Iterator[_Faulty | Undecided]:
    own = resource.get("tags")
    tags = _as_map(own)
    # Of a list, an element may have a key that is unknown yet, which reads as empty.
    is_open = own.is_unknown or "" in tags
    takes_default_tags = resource_type(resource.type).takes_default_tags
    missing = _missing(tags, config)
    if missing and takes_default_tags:
        tags = {**_as_map(resource.output("tagsAll")), **tags}
        missing = _missing(tags, config)
    if missing and takes_default_tags and (defaults := _default_tags(resource)):
        tags = {**_as_map(defaults), **tags}
        missing = _missing(tags, config)
        if missing and defaults.is_unknown and not is_open:
            yield Undecided(defaults, f"do they have {joined(missing)}?")
            missing = []
    wrong = [key for key, allowed in config.required.items() if allowed and not _is_allowed(tags.get(key), allowed)]
    if is_open and (missing or wrong):
        yield Undecided(own, f"do they have {joined([*missing, *wrong])}?")
    elif missing or wrong:
        hinted = tuple(_with_hint(key, tags) for key in missing)
        yield _Faulty(resource, _Fault(hinted, tuple(wrong), takes_default_tags), tags)


def _default_tags(resource: Resource) -> Value | None:
    """The tags that the provider gives to all that it makes; the engine sends them as JSON."""
    provider = resource.provider
    return provider.get("defaultTags").json().get("tags") if provider else None


def _as_map(tags: Value) -> Mapping[str, Any]:
    """Tags by their keys, with their secret marks; those of Auto Scaling groups are a list of keys and values."""
    if isinstance(tags.raw, list):
        pairs = [(tag.get("key"), tag.get("value")) for _, tag in tags.entries()]
        return {key.text: Secret(value.raw) if value.is_secret else value.raw for key, value in pairs}
    if not isinstance(tags.raw, dict):
        return {}
    return {key: Secret(raw) for key, raw in tags.raw.items()} if tags.is_secret else tags.raw


def _missing(tags: Mapping[str, Any], config: TagsConfig) -> list[str]:
    # Every resource of a stack comes here, so no Value is made where a plain one will do.
    # In an order that is the same every time: the engine's config has none.
    return sorted(key for key in config.required if _without_mark(tags.get(key)) in (None, ""))


def _is_allowed(raw: Any, allowed: Sequence[str]) -> bool:
    """Whether a tag has one of its values; of one that is not set or unknown there is nothing to say."""
    tag = _without_mark(raw)
    return tag in (None, "", UNKNOWN) or any(matches(pattern, str(tag)) for pattern in allowed)


def _without_mark(raw: Any) -> Any:
    while isinstance(raw, Secret):
        raw = raw.value
    return raw


def _with_hint(key: str, tags: Iterable[str]) -> str:
    similar = next((other for other in tags if other != key and other.lower() == key.lower()), None)
    return f"{key} (not {similar}: case counts)" if similar else key


def _said(faulty: Sequence[_Faulty], config: TagsConfig) -> str:
    """What is wrong with resources of the same fault, as the end of a sentence about them."""
    fault, is_one = faulty[0].fault, len(faulty) == 1
    said = [f"{'lacks' if is_one else 'lack'} {joined(fault.missing)}"] if fault.missing else []
    if fault.wrong:
        values = [
            f"{key} {some(dict.fromkeys(each.shown(key) for each in faulty), _LISTED_AT_MOST)} "
            f"(allowed: {', '.join(config.required[key])})"
            for key in fault.wrong
        ]
        said.append(f"{'has' if is_one else 'have'} {joined(values)}")
    return " and ".join(said)
