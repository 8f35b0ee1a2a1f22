"""Policies about firewalls."""

from __future__ import annotations

import pytest

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

ACL = "aws:wafv2/webAcl:WebAcl"


@pytest.mark.parametrize("name", ["webAclRule:WebAclRule", "webAclRuleGroupAssociation:WebAclRuleGroupAssociation"])
def test_rules_may_be_resources_of_their_own(name: str) -> None:
    acl = resource(ACL, "shop")
    assert check("firewall-rules", acl).violations == ["shop.rules"]
    rule = resource(f"aws:wafv2/{name}", webAclArn=ref(acl))
    assert check("firewall-rules", acl, rule).is_clean


def test_rules_may_be_json_or_unknown() -> None:
    assert check("firewall-rules", resource(ACL, ruleJson="[{}]")).is_clean
    assert check("firewall-rules", resource(ACL, rules=UNKNOWN)).undecided


def test_a_stateful_group_has_no_stateless_rules() -> None:
    group = "aws:networkfirewall/ruleGroup:RuleGroup"
    assert check("firewall-rules", resource(group, type="STATEFUL")).is_clean
    assert check("firewall-rules", resource(group, type="STATELESS", rules="…")).is_clean
    assert check("firewall-rules", resource(group, type="STATELESS")).violations
