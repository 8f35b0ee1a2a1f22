"""Firewalls: that web ACLs and network firewalls have rules, and that what is public is behind one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policypack.model import Resource, Stack
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Requirement, Row, Table, controls_of, fold_table, is_set
from policypack.rows import Companion, Denied, Includes
from policypack.verdict import Undecided, Verdicts, Violation

_PASSES: Final = "packets that no rule names pass unchecked"
_FORWARD: Final = 'Use "aws:forward_to_sfe", which the stateful rules then check, or "aws:drop".'


@dataclass(frozen=True, slots=True)
class _AnyOf(Row):
    """
    Lists of which one must have an element.

    :param paths: where the lists are.
    :param missing: what is missing where all are empty, as the beginning of a sentence.
    :param instead: the fix, as a sentence.
    """

    paths: tuple[str, ...]
    missing: str
    instead: str

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where all of them are empty."""
        values = [resource.get(path) for path in self.paths]
        if any(value.is_known and not value.is_unset for value in values):
            return
        if unknown := next((value for value in values if value.is_unknown), None):
            yield Undecided(unknown)
        else:
            yield Violation(values[0], f"{self.missing}: {means}.", fix=self.instead)


def _is_stateful(group: Resource) -> bool | None:
    kind = group.get("type")
    return None if kind.is_unknown else kind.text != "STATELESS"


_RULES_OF_ACL: Final = (
    "aws:wafv2/webAclRule:WebAclRule",
    "aws:wafv2/webAclRuleGroupAssociation:WebAclRuleGroupAssociation",
)


def _has_rules_elsewhere(acl: Resource) -> bool:
    return any(acl.referrers(type_, "webAclArn") for type_ in _RULES_OF_ACL)


_RULES: Final[Table] = {
    "aws:wafv2/webAcl:WebAcl": (
        _AnyOf(
            ("rules", "ruleJson"),
            "rules is not set",
            'Add rules, such as the managed rule group "AWSManagedRulesCommonRuleSet".',
            unless=_has_rules_elsewhere,
            means="the web ACL lets every request through",
            controls=("FSBP WAF.10",),
        ),
    ),
    "aws:networkfirewall/firewallPolicy:FirewallPolicy": (
        _AnyOf(
            ("firewallPolicy.statefulRuleGroupReferences", "firewallPolicy.statelessRuleGroupReferences"),
            "firewallPolicy has neither statefulRuleGroupReferences nor statelessRuleGroupReferences",
            "Add the ARN of an aws.networkfirewall.RuleGroup as resourceArn of one.",
            means="the firewall has no rules",
            controls=("FSBP NetworkFirewall.3",),
        ),
        Denied(
            "firewallPolicy.statelessDefaultActions[]",
            ("aws:pass",),
            _FORWARD,
            means=_PASSES,
            controls=("FSBP NetworkFirewall.4",),
        ),
        Denied(
            "firewallPolicy.statelessFragmentDefaultActions[]",
            ("aws:pass",),
            _FORWARD,
            means=_PASSES,
            controls=("FSBP NetworkFirewall.5",),
        ),
    ),
    "aws:networkfirewall/ruleGroup:RuleGroup": (
        Includes(
            "ruleGroup.rulesSource.statelessRulesAndCustomActions.statelessRules",
            unless=lambda group: _is_stateful(group) or is_set("rules")(group),
            means="the rule group checks nothing",
            controls=("FSBP NetworkFirewall.6",),
        ),
    ),
    "aws:networkfirewall/firewall:Firewall": (
        Requirement(
            "subnetChangeProtection",
            means="a mistake takes the firewall out of a zone",
            note="Turn it off for an update that changes the subnets.",
            controls=("FSBP NetworkFirewall.10",),
        ),
    ),
}


@stack_policy(
    id="firewall-rules",
    title="Web ACLs and network firewalls have rules, and let nothing pass by default",
    types=_RULES,
    severity="medium",
    enforcement="advisory",
    fix="Add rules.",
    frameworks=controls_of(_RULES),
    url="https://docs.aws.amazon.com/network-firewall/latest/developerguide/stateless-default-actions.html",
)
def firewall_rules(stack: Stack, config: FoldedConfig) -> Verdicts:
    """A firewall that lets everything through looks like protection, and is none."""
    yield from fold_table(_RULES, stack, config)


_BEHIND: Final = "requests that try known attacks reach the application"
_ACL: Final = "AWS charges for each web ACL, each rule and the requests."
_PUBLIC: Final[Table] = {
    "aws:apigateway/stage:Stage": (
        Companion(
            "aws:wafv2/webAclAssociation:WebAclAssociation",
            "resourceArn",
            "The stage has no web ACL in this stack",
            f"Add an aws.wafv2.WebAclAssociation with the stage's ARN as resourceArn. {_ACL}",
            means=_BEHIND,
            controls=("FSBP APIGateway.4",),
        ),
    ),
    "aws:cloudfront/distribution:Distribution": (
        Requirement(
            "webAclId",
            (),
            means=_BEHIND,
            note=f"It is the ARN of an aws.wafv2.WebAcl of us-east-1. {_ACL}",
            controls=("FSBP CloudFront.6",),
        ),
    ),
}


@stack_policy(
    id="web-acl-association",
    title="Public APIs and distributions are behind a web ACL",
    types=_PUBLIC,
    severity="medium",
    enforcement="disabled",
    fix="Put a web ACL in front.",
    frameworks=controls_of(_PUBLIC),
    url="https://docs.aws.amazon.com/waf/latest/developerguide/how-aws-waf-works.html",
)
def web_acl_association(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Scanners try injections and stolen passwords on everything public, around the clock."""
    yield from fold_table(_PUBLIC, stack, config)
