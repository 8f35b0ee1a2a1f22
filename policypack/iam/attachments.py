"""
What attaches a policy to a role, user or group, and what only bounds their permissions.

IAM has managed policies, which are resources of their own with an ARN, and inline policies, which are part of the role,
user or group: https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from policypack.model import Resource, Value

ROLE: Final = "aws:iam/role:Role"
USER: Final = "aws:iam/user:User"
GROUP: Final = "aws:iam/group:Group"
POLICY: Final = "aws:iam/policy:Policy"


class Attaching(NamedTuple):
    """
    A property by which a resource attaches policies.

    :param type: the type of the resource.
    :param to: the property that names the role, user or group.
    :param holder: the type of what that property names.
    :param path: where the resource has the managed policies' ARNs, or the documents of inline policies.
    :param removes_others: whether the resource also removes every policy that it does not list.
    """

    type: str
    to: str
    holder: str
    path: str
    removes_others: bool = False


_ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
MANAGED: Final = (
    Attaching("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "role", ROLE, "policyArn"),
    Attaching("aws:iam/userPolicyAttachment:UserPolicyAttachment", "user", USER, "policyArn"),
    Attaching("aws:iam/groupPolicyAttachment:GroupPolicyAttachment", "group", GROUP, "policyArn"),
    Attaching(_ATTACHMENT, "roles", ROLE, "policyArn"),
    Attaching(_ATTACHMENT, "users", USER, "policyArn"),
    Attaching(_ATTACHMENT, "groups", GROUP, "policyArn"),
    Attaching(
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive", "roleName", ROLE, "policyArns[]", True
    ),
    Attaching(
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive", "userName", USER, "policyArns[]", True
    ),
    Attaching(
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive",
        "groupName",
        GROUP,
        "policyArns[]",
        True,
    ),
)
"""Resources that attach managed policies to a role, user or group. A role also has `managedPolicyArns` itself."""

INLINE: Final = (
    Attaching("aws:iam/rolePolicy:RolePolicy", "role", ROLE, "policy"),
    Attaching("aws:iam/userPolicy:UserPolicy", "user", USER, "policy"),
    Attaching("aws:iam/groupPolicy:GroupPolicy", "group", GROUP, "policy"),
)
"""Resources that are an inline policy of a role, user or group. A role also has `inlinePolicies` itself."""

OWN_MANAGED: Final = "managedPolicyArns[]"
OWN_INLINE: Final = "inlinePolicies[].policy"

DOCUMENTS: Final[Mapping[str, str]] = {
    POLICY: "policy",
    **{each.type: each.path for each in INLINE},
    ROLE: OWN_INLINE,
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
}
"""Where each type of resource has the documents of identity-based policies."""

MANAGED_ARNS: Final[Mapping[str, str]] = {
    **{each.type: each.path for each in MANAGED},
    ROLE: OWN_MANAGED,
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
}
"""Where each type of resource attaches managed policies by their ARNs."""

_BY_REFERENCE: Final = (
    "aws:ssoadmin/customerManagedPolicyAttachment:CustomerManagedPolicyAttachment",
    "customerManagedPolicyReference",
)
BOUNDARY: Final = "permissionsBoundary"
"""Where a role or user names its permissions boundary."""
_BOUNDARIES: Final = (
    (ROLE, BOUNDARY),
    (USER, BOUNDARY),
    ("aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment", BOUNDARY),
)


def inline_documents(holder: Resource) -> Iterator[Value]:
    """The documents of the inline policies of a role, user or group, its own and those of resources of the stack."""
    if holder.type == ROLE:
        yield from holder.each(OWN_INLINE)
    for attaching, each in _attached_to(holder, INLINE):
        yield each.get(attaching.path)


def managed_arns(holder: Resource) -> Iterator[list[Value]]:
    """The ARNs of the managed policies attached to a role, user or group, those of one property together."""
    if holder.type == ROLE:
        yield list(holder.each(OWN_MANAGED))
    for attaching, each in _attached_to(holder, MANAGED):
        yield list(each.each(attaching.path))


def possible_attachments(holder: Resource) -> list[Value]:
    """
    Unknown values by which resources of the stack may attach policies to this role, user or group, one for each type:
    every holder of a stack has the same ones.
    """
    return [
        each.get(attaching.to)
        for attaching in (*MANAGED, *INLINE)
        if attaching.holder == holder.type
        for each in holder.stack.unresolved(attaching.type, attaching.to, holder.type)[:1]
    ]


def is_attached(policy: Resource) -> bool:
    """Whether something in the stack attaches a managed policy, rather than using it as a permissions boundary."""
    named = (*((type_, path.removesuffix("[]")) for type_, path in MANAGED_ARNS.items()), _BY_REFERENCE)
    return any(policy.referrers(type_, path) for type_, path in named)


def is_boundary_only(policy: Resource) -> bool:
    """
    Whether a managed policy is a permissions boundary in the stack and nothing else, so that it grants nothing.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html
    """
    return any(policy.referrers(type_, path) for type_, path in _BOUNDARIES) and not is_attached(policy)


def _attached_to(holder: Resource, ways: tuple[Attaching, ...]) -> Iterator[tuple[Attaching, Resource]]:
    for attaching in ways:
        if attaching.holder == holder.type:
            for each in holder.referrers(attaching.type, attaching.to):
                yield attaching, each
