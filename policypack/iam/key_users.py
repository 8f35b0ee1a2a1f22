"""Which resources of the stack have a KMS key, and which services use the key for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from policypack.data.service_keys import BUCKET_ENCRYPTION, BY_GRANT, NEEDS, Need
from policypack.data.wirings import BUCKET
from policypack.iam.forms import KEYS
from policypack.model import Resource, Stack, Value, remembered

_ALIAS: Final = "aws:kms/alias:Alias"
_RECORDER: Final = "aws:cfg/recorder:Recorder"
_SERVICE_LINKED_ROLE: Final = "aws:iam/serviceLinkedRole:ServiceLinkedRole"


def users_of(key: Resource, needs: Iterable[Need]) -> list[tuple[Need, Resource]]:
    """
    The resources that have the key, by itself or by an alias, and something for which a service needs it: for each
    need, by their URNs.
    """
    places = _places(key.stack).get(key.urn, {})
    return [
        (need, user) for need in needs for user in places.get((need.type, need.path), ()) if is_asked_for(need, user)
    ]


@remembered
def _places(stack: Stack) -> dict[str, dict[tuple[str, str], list[Resource]]]:
    """
    The resources that have each key, by the key's URN, and by their type and the place where they name it. They are in
    the order of their URNs: the engine's order is not the same every time.
    """
    found: dict[str, dict[tuple[str, str], dict[str, Resource]]] = {}
    for type_, path in dict.fromkeys((need.type, need.path) for need in (*NEEDS, *BY_GRANT)):
        for user in stack.of_type(type_):
            for value in user.each(path):
                if len(keys := keys_of(value)) == 1:
                    found.setdefault(keys[0].urn, {}).setdefault((type_, path), {})[user.urn] = user
    return {
        urn: {place: [users[each] for each in sorted(users)] for place, users in places.items()}
        for urn, places in found.items()
    }


def keys_of(value: Value) -> list[Resource]:
    """The keys of this stack that a value may name, themselves or by an alias."""
    named = [] if value.is_unset else value.targets(*KEYS, _ALIAS)
    # A block may name several keys; which one is where is then not known before the update.
    if value.is_known and value.path != value.property_name:
        named = [each for each in named if value.text in {each.output(name).text for name in ("id", "arn", "keyId")}]
    keys = [key for each in named for key in ([each] if each.type in KEYS else each.get("targetKeyId").targets(*KEYS))]
    return list(dict.fromkeys(keys))


def is_asked_for(need: Need, user: Resource) -> bool:
    """Whether there is something for which a service uses the key of a resource in its own name."""
    if need.service == "config":
        return config_acts_itself(user.stack)
    if need.trigger is None:
        return True
    used = user.get("bucket").targets(BUCKET) if user.type == BUCKET_ENCRYPTION else [user]
    triggers = (trigger for each in used for trigger in each.referrers(*need.trigger))
    return any(map(_has_access_control, triggers)) if need.service == "cloudfront" else any(True for _ in triggers)


def _has_access_control(distribution: Resource) -> bool:
    """Whether a distribution reads from an origin in its own name, rather than as an origin access identity."""
    return any(not each.is_unset for each in distribution.each("origins[].originAccessControlId"))


@remembered
def config_acts_itself(stack: Stack) -> bool:
    """
    Whether one of the stack's recorders has AWS Config's own role. With any other role AWS Config has that role's
    rights: https://docs.aws.amazon.com/config/latest/developerguide/s3-bucket-policy.html.
    """
    return any(_is_service_linked(each.get("roleArn")) for each in stack.of_type(_RECORDER))


def _is_service_linked(role: Value) -> bool:
    return ":role/aws-service-role/" in role.text or any(
        each.type == _SERVICE_LINKED_ROLE for each in role.dependencies
    )
