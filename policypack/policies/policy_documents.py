"""Policy documents: that AWS accepts them, and that their conditions mean what they seem to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from policypack.config import Config
from policypack.iam import Condition, Statement, bounds_of, is_too_long, length_of, problem_of
from policypack.iam.attachments import DOCUMENTS, POLICY, ROLE
from policypack.iam.forms import KEYS
from policypack.iam.resource_policies import GUARDED_POLICIES, KEY_POLICY, RESOURCE_POLICIES
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_TRUST: Final = "assumeRolePolicy"
# Documents of which no other policy asks whom they let in.
_OTHERS: Final[Mapping[str, str]] = {
    **dict.fromkeys((*KEYS, KEY_POLICY), "policy"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": "policy",
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "policy",
    "aws:eks/podIdentityAssociation:PodIdentityAssociation": "policy",
    "aws:iot/policy:Policy": "policy",
    "aws:rolesanywhere/profile:Profile": "sessionPolicy",
    "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy": "policy",
    "aws:transfer/access:Access": "policy",
    "aws:transfer/user:User": "policy",
}
_PATHS: Final[Mapping[str, tuple[str, ...]]] = {
    **{type_: (path,) for type_, path in {**_OTHERS, **RESOURCE_POLICIES, **GUARDED_POLICIES, **DOCUMENTS}.items()},
    ROLE: (_TRUST, DOCUMENTS[ROLE]),
}
# How many characters AWS takes, without white space:
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html#reference_iam-quotas-entity-length,
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html,
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
_LONGEST: Final[Mapping[str, int]] = {
    POLICY: 6_144,
    "aws:iam/rolePolicy:RolePolicy": 10_240,
    "aws:iam/userPolicy:UserPolicy": 2_048,
    "aws:iam/groupPolicy:GroupPolicy": 5_120,
    **dict.fromkeys((*KEYS, KEY_POLICY), 32_768),
    "aws:s3/bucketPolicy:BucketPolicy": 20_480,
}

_SHORTEN: Final = (
    "Merge statements that differ in one element only, remove those that are not needed, or move some to another "
    "policy."
)


@resource_policy(
    id="policy-document-valid",
    title="AWS accepts every policy document",
    types=_PATHS,
    severity="high",
    fix="Build the document from an object: json.dumps in Python, JSON.stringify in TypeScript, or "
    "aws.iam.getPolicyDocument.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_policies.html",
)
def policy_document_valid(resource: Resource, config: Config) -> Verdicts:
    """
    AWS refuses a policy that is not valid JSON, or is too long, and the update stops halfway. Until then, what the
    policy allows cannot be checked.
    """
    for path in _PATHS[resource.type]:
        for document in resource.each(path):
            if problem := problem_of(document):
                fix = _SHORTEN if is_too_long(document) else ""
                yield Violation(document, f"AWS refuses {document.path}: it {problem}.", fix=fix)
            elif resource.type in _LONGEST and (length := length_of(document)) > _LONGEST[resource.type]:
                yield Violation(
                    document,
                    f"AWS refuses {document.path}: it has {length} characters without white space, and AWS accepts "
                    f"{_LONGEST[resource.type]}.",
                    fix=_SHORTEN,
                )


@resource_policy(
    id="policy-condition-wildcard",
    title="Conditions with wildcards use an operator that supports wildcards",
    types={type_: paths for type_, paths in _PATHS.items() if type_ not in (*KEYS, KEY_POLICY)},
    severity="medium",
    fix="Replace the operator with StringLike, or ArnLike for an ARN.",
    url="https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html",
)
def policy_condition_wildcard(resource: Resource, config: Config) -> Verdicts:
    """
    StringEquals treats `*` and `?` as literal characters. No account, ARN or subject contains one, so no request meets
    the condition: the role cannot be assumed, or the access is denied. With StringNotEquals, every request meets it.
    """
    for path in _PATHS[resource.type]:
        for document in resource.each(path):
            question = "do its conditions compare a wildcard literally?"
            yield from judged(document, partial(_literals, path=path), question)
            bounds = bounds_of(document)
            yield from (Undecided(each, question) for each in (bounds.unknown_conditions if bounds else ()))


def judged(document: Value, check: Callable[[Sequence[Statement]], Iterable[Violation]], question: str) -> Verdicts:
    """
    What is wrong with a document, of which parts may be unknown while the program's source tells the others.

    A violation is one that the document has whatever the unknown parts turn out to be: when it allows the least, and
    when it allows the most. What it has in one of these cases only is undecided.

    :param check: the violations of a document with these statements.
    :param question: what is undecided where an unknown part decides it.
    """
    bounds = bounds_of(document)
    if bounds is None:
        yield Undecided(document, question)
    elif not bounds.parts:
        yield from check(bounds.least)
    else:
        least = {violation.path: violation for violation in check(bounds.least)}
        most = {violation.path for violation in check(bounds.most)}
        yield from (violation for path, violation in least.items() if path in most)
        for path in dict.fromkeys((*least, *sorted(most))):
            if path not in least or path not in most:
                yield Undecided(bounds.doubt(path) or document, question)


def _literals(read: Sequence[Statement], path: str) -> Iterator[Violation]:
    for statement in read:
        condition = next((each for each in statement.conditions if _is_literal(each, path)), None)
        if condition:
            yield _literal(statement, condition)


def _is_literal(condition: Condition, path: str) -> bool:
    """Whether a condition compares a wildcard literally with what never has one, as each claim of a trust policy."""
    is_known = path == _TRUST or condition.is_about_identity or condition.is_about("kms:ViaService")
    return is_known and condition.has_literal_wildcard


def _literal(statement: Statement, condition: Condition) -> Violation:
    is_negated = not condition.is_positive
    means = "every request meets the condition" if is_negated else "no request meets the condition"
    other = "StringNotLike, or ArnNotLike" if is_negated else "StringLike, or ArnLike"
    return Violation(
        statement.at,
        f"The condition on {condition.shown_key} in {statement.at.path} is {condition.shown_values}, and "
        f"{condition.shown_operator} treats * and ? as literal characters: {means}.",
        fix=f"Replace {condition.shown_operator} with {other} for an ARN.",
    )
