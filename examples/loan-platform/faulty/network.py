"""VPC with a public and a private subnet in each of two availability zones."""

from collections.abc import Callable
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, policy, service_role

ANYWHERE = "0.0.0.0/0"
ZONES = "ab"


@dataclass
class Network:
    vpc: aws.ec2.Vpc
    internet_gateway: aws.ec2.InternetGateway
    public_subnets: list[aws.ec2.Subnet]
    private_subnets: list[aws.ec2.Subnet]


def create_network(region: str, tags: Callable[[str], dict[str, str]]) -> Network:
    vpc = aws.ec2.Vpc("main", cidr_block="10.20.0.0/16", enable_dns_hostnames=True, tags=tags("main"))
    # The group that new interfaces get by default lets nothing in or out.
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, ingress=[], egress=[], tags=tags("default"))

    def subnets(tier: str, routes: aws.ec2.RouteTable, first: int) -> list[aws.ec2.Subnet]:
        made = []
        for number, zone in enumerate(ZONES, start=first):
            name = f"{tier}-{zone}"
            subnet = aws.ec2.Subnet(
                name,
                vpc_id=vpc.id,
                cidr_block=f"10.20.{number}.0/24",
                availability_zone=f"{region}{zone}",
                tags=tags(name),
            )
            aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=routes.id)
            made.append(subnet)
        return made

    public_routes = aws.ec2.RouteTable("public", vpc_id=vpc.id, tags=tags("public"))
    private_routes = aws.ec2.RouteTable("private", vpc_id=vpc.id, tags=tags("private"))
    public_subnets = subnets("public", public_routes, first=0)
    private_subnets = subnets("private", private_routes, first=10)

    internet_gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id, tags=tags("main"))
    nat_gateway = aws.ec2.NatGateway(
        "main",
        subnet_id=public_subnets[0].id,
        allocation_id=aws.ec2.Eip("nat", domain="vpc", tags=tags("nat")).id,
        tags=tags("main"),
        opts=pulumi.ResourceOptions(depends_on=[internet_gateway]),
    )
    aws.ec2.Route(
        "internet",
        route_table_id=public_routes.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=internet_gateway.id,
    )
    aws.ec2.Route(
        "nat",
        route_table_id=private_routes.id,
        destination_cidr_block=ANYWHERE,
        nat_gateway_id=nat_gateway.id,
    )
    return Network(vpc, internet_gateway, public_subnets, private_subnets)


def record_traffic(
    network: Network, log_group: aws.cloudwatch.LogGroup, log_group_arn: str, account_id: str, tags: dict[str, str]
) -> None:
    """Flow logs of the whole VPC. The ARN is passed apart, as the log group's own is unknown before it exists."""
    role = service_role(
        "flow-logs", "vpc-flow-logs.amazonaws.com", account_id, "Delivers VPC flow logs to CloudWatch", tags
    )
    actions = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    aws.iam.RolePolicy("flow-logs", role=role.id, policy=policy(allow(actions, f"{log_group_arn}:*")))
    aws.ec2.FlowLog(
        "main",
        vpc_id=network.vpc.id,
        traffic_type="ALL",
        log_destination=log_group.arn,
        iam_role_arn=role.arn,
        tags=tags,
    )
