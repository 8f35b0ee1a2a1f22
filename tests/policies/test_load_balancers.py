"""Policies about load balancers."""

from __future__ import annotations

from typing import Any

import pytest

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
GROUP = "aws:lb/targetGroup:TargetGroup"


def test_only_application_load_balancers_read_headers() -> None:
    assert check("load-balancer-settings", resource(BALANCER, loadBalancerType="network")).is_clean
    assert check("load-balancer-settings", resource(BALANCER)).violations == ["it.dropInvalidHeaderFields"]
    assert check("load-balancer-settings", resource(BALANCER, dropInvalidHeaderFields=UNKNOWN)).undecided


def test_a_certificate_that_acm_made_is_right() -> None:
    certificate = resource("aws:acm/certificate:Certificate", "shop")
    for id_ in (ref(certificate), "arn:aws:acm:eu-west-1:123456789012:certificate/1"):
        balancer = resource(CLASSIC, connectionDraining=True, listeners=[{"sslCertificateId": id_}])
        assert check("load-balancer-settings", certificate, balancer).is_clean
    assert check(
        "load-balancer-settings", resource(CLASSIC, connectionDraining=True, listeners=[{"sslCertificateId": UNKNOWN}])
    ).undecided


def test_a_group_without_a_load_balancer_checks_its_instances_itself() -> None:
    assert check("load-balancer-settings", resource("aws:autoscaling/group:Group", maxSize=1)).is_clean


@pytest.mark.parametrize(
    "inputs", [{"targetType": "lambda"}, {"targetType": "alb", "protocol": "TCP"}, {"protocol": "GENEVE"}]
)
def test_targets_without_tls_need_none(inputs: dict[str, Any]) -> None:
    assert check("target-encryption", resource(GROUP, **inputs)).is_clean
