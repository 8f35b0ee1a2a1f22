"""Load balancers: how they treat requests, and how they reach their targets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policypack.model import Resource, Stack
from policypack.policy import stack_policy
from policypack.requirement import (
    FoldedConfig,
    Requirement,
    Row,
    Table,
    always,
    controls_of,
    fold_table,
    has,
    is_set,
    lacks,
)
from policypack.rows import Denied
from policypack.verdict import Undecided, Verdicts, Violation

_NOT_APPLICATION: Final = has("loadBalancerType", "network", "gateway")
_SMUGGLING: Final = "requests that proxies read differently reach the targets, by which attackers get past checks"


@dataclass(frozen=True, slots=True)
class _AcmCertificates(Row):
    """The certificates of a Classic Load Balancer, which should be those of ACM."""

    def wrong(self, balancer: Resource, means: str) -> Verdicts:
        """Verdicts for each certificate of IAM."""
        for certificate in balancer.each("listeners[].sslCertificateId"):
            if certificate.is_unknown:
                if not certificate.targets("aws:acm/certificate:Certificate"):
                    yield Undecided(certificate, "is it one of ACM?")
            elif ":iam:" in certificate.text:
                message = f"{certificate.path} is {certificate.shown}: {means}."
                yield Violation(certificate, message, fix=f"Set {certificate.path} to the ARN of a certificate of ACM.")


_SETTINGS: Final[Table] = {
    # Those of an Application Load Balancer; "defensive" by default (the provider's documentation).
    "aws:lb/loadBalancer:LoadBalancer": (
        Requirement(
            "dropInvalidHeaderFields",
            unless=_NOT_APPLICATION,
            means="headers that targets may read differently reach them, by which attackers get past checks",
            note="Clients that send headers with other characters than letters, digits and hyphens lose them.",
            controls=("FSBP ELB.4",),
        ),
        Denied(
            "desyncMitigationMode",
            ("monitor",),
            'Set desyncMitigationMode to "defensive".',
            unless=_NOT_APPLICATION,
            means=_SMUGGLING,
            controls=("FSBP ELB.12",),
        ),
    ),
    "aws:elb/loadBalancer:LoadBalancer": (
        Denied(
            "desyncMitigationMode",
            ("monitor",),
            'Set desyncMitigationMode to "defensive".',
            means=_SMUGGLING,
            controls=("FSBP ELB.14",),
        ),
        Requirement(
            "connectionDraining",
            means="requests in flight fail when an instance is taken out",
            controls=("FSBP ELB.7",),
        ),
        # On by default (the provider's documentation).
        Requirement(
            "crossZoneLoadBalancing",
            absent_is_right=always,
            means="instances of one zone may get most of the requests",
            controls=("FSBP ELB.9",),
        ),
        _AcmCertificates(
            means="nobody renews a certificate of IAM, and one day clients are refused", controls=("FSBP ELB.2",)
        ),
    ),
    "aws:autoscaling/group:Group": (
        Requirement(
            "healthCheckType",
            ("ELB",),
            unless=lambda group: not is_set("targetGroupArns", "loadBalancers", "trafficSources")(group),
            means="an instance whose application has failed stays in the group",
            note="Set healthCheckGracePeriod to the time that the application takes to start.",
            controls=("FSBP AutoScaling.1",),
        ),
    ),
}


@stack_policy(
    id="load-balancer-settings",
    title="Load balancers refuse ambiguous requests, and notice what fails",
    types=_SETTINGS,
    severity="medium",
    enforcement="advisory",
    fix="Change the setting.",
    frameworks=controls_of(_SETTINGS),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html",
)
def load_balancer_settings(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Requests that are made to be misunderstood get past the checks of a load balancer or a firewall."""
    yield from fold_table(_SETTINGS, stack, config)


_PLAIN: Final = "traffic between the load balancer and its targets is in plain text"


def _has_no_protocol(group: Resource) -> bool | None:
    kind = group.get("targetType")
    return None if kind.is_unknown else kind.text in ("lambda", "alb")


def _is_not_of_application(group: Resource) -> bool | None:
    """Whether health checks of the group cannot use HTTPS: those of Lambda functions, and of GENEVE."""
    protocol = group.get("protocol")
    return True if protocol.text == "GENEVE" or _has_no_protocol(group) else None if protocol.is_unknown else False


_TARGETS: Final[Table] = {
    "aws:lb/targetGroup:TargetGroup": (
        Denied(
            "protocol",
            ("HTTP", "TCP"),
            'Set protocol to "HTTPS" or "TLS". The targets then need a certificate, which may be self-signed. This '
            "replaces the target group.",
            unless=_has_no_protocol,
            means=_PLAIN,
            controls=("FSBP ELB.22",),
        ),
        Requirement(
            "healthCheck.protocol",
            ("HTTPS",),
            unless=_is_not_of_application,
            means="health checks are in plain text",
            note="The targets then need to serve HTTPS on that port.",
            controls=("FSBP ELB.21",),
        ),
    ),
    "aws:apigatewayv2/integration:Integration": (
        Requirement(
            "tlsConfig.serverNameToVerify",
            (),
            unless=lacks("connectionType", "VPC_LINK"),
            means="traffic between the gateway and the load balancer behind the VPC link is in plain text",
            note="The listener then needs HTTPS, with a certificate for that name.",
            controls=("FSBP APIGateway.10",),
        ),
    ),
    # Optional by default (the provider's documentation).
    **dict.fromkeys(
        ("aws:sesv2/configurationSet:ConfigurationSet", "aws:ses/configurationSet:ConfigurationSet"),
        (
            Requirement(
                "deliveryOptions.tlsPolicy",
                ("REQUIRE",),
                means="mail to servers without TLS travels in plain text",
                note="Mail to these servers is then not delivered.",
                controls=("FSBP SES.3",),
            ),
        ),
    ),
}


@stack_policy(
    id="target-encryption",
    title="Load balancers, gateways and mail servers use TLS to what they connect to",
    types=_TARGETS,
    severity="medium",
    enforcement="disabled",
    fix="Use TLS on the last part of the way too.",
    frameworks=controls_of(_TARGETS),
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
)
def target_encryption(stack: Stack, config: FoldedConfig) -> Verdicts:
    """
    Whoever gets into the network of the VPC reads what clients believe to be encrypted. In most VPCs, AWS encrypts
    traffic between current instance types by itself.
    """
    yield from fold_table(_TARGETS, stack, config)
