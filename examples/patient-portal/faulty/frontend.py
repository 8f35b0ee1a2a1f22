"""The public load balancer: HTTPS, and HTTP only to send browsers there."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from network import Network


@dataclass
class Frontend:
    load_balancer: aws.lb.LoadBalancer
    target_group: aws.lb.TargetGroup
    listener: aws.lb.Listener


def create_frontend(prefix: str, network: Network, security_group: aws.ec2.SecurityGroup, port: int) -> Frontend:
    config = pulumi.Config()
    load_balancer = aws.lb.LoadBalancer(
        "portal",
        load_balancer_type="application",
        internal=False,
        security_groups=[security_group.id],
        subnets=[subnet.id for subnet in network.public_subnets],
        access_logs={"bucket": config.require("accessLogsBucket"), "prefix": prefix, "enabled": True},
        drop_invalid_header_fields=True,
        enable_deletion_protection=True,
        opts=pulumi.ResourceOptions(depends_on=[network.internet_gateway]),
    )
    target_group = aws.lb.TargetGroup(
        "portal",
        vpc_id=network.vpc.id,
        target_type="ip",
        protocol="HTTPS",
        port=port,
        health_check={"protocol": "HTTPS", "path": "/health", "matcher": "200"},
    )
    listener = aws.lb.Listener(
        "https",
        load_balancer_arn=load_balancer.arn,
        port=443,
        protocol="HTTPS",
        ssl_policy="ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        certificate_arn=config.require("certificateArn"),
        default_actions=[{"type": "forward", "target_group_arn": target_group.arn}],
    )
    aws.lb.Listener(
        "http",
        load_balancer_arn=load_balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[
            {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_301"}}
        ],
    )
    return Frontend(load_balancer, target_group, listener)
