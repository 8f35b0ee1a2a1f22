"""Puts the same requests to our analyzer and to pulumi_policy's own, and compares what they find."""

from __future__ import annotations

from collections import Counter
from typing import Any

from pulumi_policy.policy import EnforcementLevel, _PolicyAnalyzerServicer

from policypack.engine.adapter import to_pulumi_policy
from policypack.engine.analyzer import Analyzer
from policypack.pack import PACK
from tests.engine.driver import Context
from tools.recording import Recording

Finding = tuple[str, str, int, int]
"""Policy, URN, enforcement level, severity."""

POLICIES = [to_pulumi_policy(policy) for policy in PACK.policies]

# Where the two are meant to differ, each policy with the reason. All other findings are equal.
NOT_COMPARED = {
    "no-hardcoded-credentials": "pulumi_policy unwraps secrets and has no stack config, and its resource policies are "
    "not asked again with the stack: it cannot tell what a resource made from what a person wrote",
    "undecided-at-preview": "pulumi_policy has no second try, so nothing is left open at the end of one",
}
LEVEL_NOT_COMPARED = dict.fromkeys(
    (
        *(
            "cloudfront-https",
            "confused-deputy",
            "database-force-ssl",
            "ec2-imdsv2",
            "ecs-secret-access",
            "generated-password-format",
        ),
        *("iam-kms-decrypt", "iam-no-admin", "iam-no-wildcards", "iam-privilege-escalation"),
        *("kms-key-policy-service-principals", "private-placement", "resource-policy-scope", "s3-acl-disabled"),
        *("s3-conflicting-settings", "s3-sse-kms", "security-group-ingress", "tls-policy"),
    ),
    "some of its findings have a level of their own, which pulumi_policy's report function cannot carry",
)
FOUND_BY_US_ALONE_AT_PREVIEW = dict.fromkeys(
    (
        *("kms-key-policy-service-principals", "private-subnet-egress", "role-access", "s3-mfa-delete", "s3-sse-kms"),
        "s3-versioning",
    ),
    "what a resource leaves unset is unknown in its outputs, which are all that pulumi_policy shows a stack policy; we "
    "remember from the inputs that it is unset",
)


def pulumi_policys_own() -> Any:
    """pulumi_policy's analyzer, with the policies of the pack."""
    return _PolicyAnalyzerServicer(PACK.name, PACK.version, POLICIES, EnforcementLevel.MANDATORY)


def _ask(analyzer: Any, recording: Recording) -> Counter[Finding]:
    context: Any = Context()
    analyzer.ConfigureStack(recording.configure, context)
    found = []
    for request in recording.resources:
        response = analyzer.Analyze(request, context)
        for each in response.diagnostics:
            # pulumi_policy leaves the URN of a resource's own finding to the engine.
            found.append((each.policyName, each.urn or request.urn, _level(each), each.severity))
        # Through pulumi_policy, a policy that an unknown value keeps from deciding says that it does not apply; under
        # ours it is asked again at the stack stage.
        assert not (isinstance(analyzer, Analyzer) and response.not_applicable)
    for each in analyzer.AnalyzeStack(recording.stack, context).diagnostics:
        found.append((each.policyName, each.urn, _level(each), each.severity))
    return Counter(finding for finding in found if finding[0] not in NOT_COMPARED)


def _level(diagnostic: Any) -> int:
    return 0 if diagnostic.policyName in LEVEL_NOT_COMPARED else diagnostic.enforcementLevel


def compare(recording: Recording) -> tuple[Counter[Finding], Counter[Finding]]:
    """What our analyzer finds, and what pulumi_policy's finds."""
    return _ask(Analyzer(PACK), recording), _ask(pulumi_policys_own(), recording)
