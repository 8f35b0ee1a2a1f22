"""
IAM: what policies say, what attaches them, and what a principal may do.

- `statements(document)`: the statements of a policy document, each a Statement with its Conditions; `problem_of` says
  why a text is no document. `bounds_of(document)`: what one with unknown parts allows at least and at most.
- `rights_of(role)`: every statement that a role, user or group has, and what of its policies is unknown.
- `may(principal, action, resource)`: allowed, denied or unknown, and why.
- `resource_policy_of(key)`: the resource-based policy of a key, secret, bucket, queue or topic.
- `wirings`: which resources make services act on which others, and what lets those services in.
- `attachments`: what attaches a policy to whom.

Nothing here yields verdicts: policies decide what is wrong.
"""

from policypack.iam import attachments
from policypack.iam.conditions import Condition, means_everybody
from policypack.iam.documents import (
    Bounds,
    Statement,
    bounds_of,
    is_too_long,
    length_of,
    open_statements,
    problem_of,
    statements,
)
from policypack.iam.resource_policies import ResourcePolicy, leaves_it_to_iam, resource_policy_of
from policypack.iam.rights import Answer, Rights, may, rights_of
from policypack.iam.sessions import Session

__all__ = [
    "Answer",
    "Bounds",
    "Condition",
    "ResourcePolicy",
    "Rights",
    "Session",
    "Statement",
    "attachments",
    "bounds_of",
    "is_too_long",
    "leaves_it_to_iam",
    "length_of",
    "may",
    "means_everybody",
    "open_statements",
    "problem_of",
    "resource_policy_of",
    "rights_of",
    "statements",
]
