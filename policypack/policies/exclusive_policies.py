"""Exclusive policies: that no resource removes the policies that another one attaches."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.data.wirings import BUCKET
from policypack.iam.attachments import INLINE, MANAGED, MANAGED_ARNS, POLICY, ROLE
from policypack.iam.resource_policies import HOLDERS, policies_of
from policypack.model import Resource, Value, remembered
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_ATTACHMENT: Final = "aws:iam/policyAttachment:PolicyAttachment"
# The provider detaches the policy when it deletes an attachment, whatever else attaches it.
_RETAIN: Final = (
    "Where it is deployed, first run `pulumi up` with the resource option retainOnDelete on the resource that you "
    "remove: without it, its deletion detaches the policy."
)
_EXCLUSIVE: Final = {each.type: each for each in MANAGED if each.removes_others}


@resource_policy(
    id="iam-exclusive-policies",
    title="No resource removes the IAM policies that another one attaches",
    needs_stack=True,
    types=(ROLE, *_EXCLUSIVE, _ATTACHMENT),
    severity="high",
    fix="Attach all policies of the role in one way: by its list, or by resources of their own.",
    url="https://www.pulumi.com/registry/packages/aws/api-docs/iam/role/",
)
def iam_exclusive_policies(resource: Resource, config: Config) -> Verdicts:
    """
    These properties list all policies of a role: an update removes every other policy, including those that another
    resource of the program attaches, and the next update attaches them again. In between, the role lacks permissions.
    """
    if resource.type == ROLE:
        yield from _lists_all(resource, resource, "managedPolicyArns", "managedPolicyArns[]")
        yield from _lists_all_inline(resource)
    elif resource.type == _ATTACHMENT:
        yield from _attaches_alone(resource)
    else:
        way = _EXCLUSIVE[resource.type]
        for holder in resource.get(way.to).targets(way.holder):
            yield from _lists_all(resource, holder, "policyArns", way.path)


def _lists_all(lister: Resource, holder: Resource, name: str, path: str) -> Verdicts:
    """A list of all managed policies of a role, user or group, beside other resources that attach some."""
    listed = lister.get(name)
    if listed.is_unset:
        return
    known = {arn.text for arn in lister.each(path) if arn.is_known}
    # What is unknown and depends on nothing may be any ARN: it comes from elsewhere.
    is_unknown = not listed.dependency_urns and any(arn.is_unknown for arn in lister.each(path))
    behind = frozenset(listed.dependency_urns)
    for arn in _attached(holder):
        other = arn.resource
        # What the list itself attaches is in the list. What is unknown yet is where it is made from the same policy.
        made_from = frozenset() if arn.is_known else frozenset(arn.dependency_urns)
        if arn.text in known or (made_from and made_from <= behind):
            continue
        if is_unknown:
            yield Undecided(listed, f"does it list what '{other.name}' attaches?")
        else:
            yield Violation(
                listed,
                f"{name} lists all managed policies of '{holder.name}': each update removes what '{other.name}' "
                f"({other.type}) attaches.",
                fix=f"Remove {name} and attach each policy with a resource of its own, such as an "
                f"aws.iam.RolePolicyAttachment. Or add the ARN to {name} and remove '{other.name}'. {_RETAIN}",
            )
        return


@remembered
def _attached(holder: Resource) -> list[Value]:
    """
    The ARNs that resources of the stack attach to a role, user or group, each once: those that are unknown yet are the
    same where they are made from the same resources.
    """
    arns = (
        arn
        for way in MANAGED
        if way.holder == holder.type
        for other in holder.referrers(way.type, way.to)
        for arn in other.each(way.path)
    )
    distinct: dict[str | frozenset[str], Value] = {}
    for arn in arns:
        distinct.setdefault(frozenset(arn.dependency_urns) if arn.is_unknown else arn.text, arn)
    return list(distinct.values())


def _lists_all_inline(role: Resource) -> Verdicts:
    own = role.get("inlinePolicies")
    others = [other for way in INLINE if way.holder == ROLE for other in role.referrers(way.type, way.to)]
    if others and own.is_unknown:
        yield Undecided(own, f"does it list the policy of '{others[0].name}'?")
    elif others and not own.is_unset:
        yield Violation(
            own,
            f"inlinePolicies lists all inline policies of '{role.name}': each update removes '{others[0].name}' "
            f"({others[0].type}).",
            fix="Remove inlinePolicies and make each policy an aws.iam.RolePolicy. Or move the policy of "
            f"'{others[0].name}' into inlinePolicies under another name.",
        )


def _attaches_alone(attachment: Resource) -> Verdicts:
    """An aws.iam.PolicyAttachment detaches its policy from everything that it does not name."""
    arn = attachment.get("policyArn")
    for policy in arn.targets(POLICY):
        other = next((each for each in _attaching(policy) if each != attachment), None)
        if other:
            yield Violation(
                arn,
                f"The PolicyAttachment detaches '{policy.name}' from every role, user and group that it does not name: "
                f"each update removes what '{other.name}' ({other.type}) attaches.",
                fix="Replace it with aws.iam.RolePolicyAttachment, UserPolicyAttachment and GroupPolicyAttachment. "
                + _RETAIN,
            )


@remembered
def _attaching(policy: Resource) -> list[Resource]:
    """The resources that attach a managed policy of the stack."""
    return [each for type_, path in MANAGED_ARNS.items() for each in policy.referrers(type_, path.removesuffix("[]"))]


# s3-conflicting-settings is about the policies of buckets.
_HOLDERS: Final = tuple(type_ for type_ in HOLDERS if type_ != BUCKET)


@resource_policy(
    id="single-resource-policy",
    title="Each queue, topic, key and secret has one policy",
    needs_stack=True,
    types=_HOLDERS,
    severity="high",
    fix="Write all statements in one policy.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_identity-vs-resource.html",
)
def single_resource_policy(resource: Resource, config: Config) -> Verdicts:
    """
    AWS keeps one policy for each of these: the one that is written last replaces the other, and each update may write
    them in another order. Whom the lost policy lets in is then locked out, and nobody is told.
    """
    own = resource.get("policy")
    # In outputs, what is left out is unknown, too, but made from nothing.
    is_left_out = own.is_unset or (own.is_unknown and not own.dependency_urns)
    policies = [*([] if is_left_out else [own]), *(each.get("policy") for each in policies_of(resource))]
    if len(policies) < 2:
        return
    first, second = policies[0].resource, policies[1].resource
    where = "its own property policy" if first == resource else f"'{first.name}' ({first.type})"
    yield Violation(
        policies[1],
        f"'{second.name}' ({second.type}) sets the policy of '{resource.name}', and so does {where}: AWS keeps only "
        "the one that is written last.",
        fix=f"Move its statements into {where}, and remove '{second.name}'. Where it is deployed, first run "
        "`pulumi up` with the resource option retainOnDelete on it: without it, its deletion removes the policy.",
    )
