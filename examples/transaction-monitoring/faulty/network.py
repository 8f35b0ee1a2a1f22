"""VPC with a public and a private subnet in each of three availability zones, and its security groups."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, policy, service_role

ANYWHERE = "0.0.0.0/0"
ZONES = 3


@dataclass
class Network:
    vpc: aws.ec2.Vpc
    private_subnets: list[aws.ec2.Subnet]


def create_network() -> Network:
    vpc = aws.ec2.Vpc("main", cidr_block="10.40.0.0/16", enable_dns_hostnames=True)
    # The group that new interfaces get by default lets nothing in or out.
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, ingress=[], egress=[])
    internet_gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id)
    public_routes = aws.ec2.RouteTable("public", vpc_id=vpc.id)
    aws.ec2.Route(
        "internet",
        route_table_id=public_routes.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=internet_gateway.id,
    )

    def subnet(name: str, zone: str, number: int, routes: aws.ec2.RouteTable) -> aws.ec2.Subnet:
        made = aws.ec2.Subnet(
            name, vpc_id=vpc.id, cidr_block=f"10.40.{number}.0/24", availability_zone=zone, tags={"Name": name}
        )
        aws.ec2.RouteTableAssociation(name, subnet_id=made.id, route_table_id=routes.id)
        return made

    zones = aws.get_availability_zones(
        state="available", filters=[{"name": "zone-type", "values": ["availability-zone"]}]
    ).names[:ZONES]
    private_subnets = []
    for number, zone in enumerate(zones):
        letter = zone[-1]
        public_subnet = subnet(f"public-{letter}", zone, number, public_routes)
        # A NAT gateway in each zone: the others go on when one zone fails.
        nat_gateway = aws.ec2.NatGateway(
            f"nat-{letter}",
            subnet_id=public_subnet.id,
            allocation_id=aws.ec2.Eip(f"nat-{letter}", domain="vpc").id,
            opts=pulumi.ResourceOptions(depends_on=[internet_gateway]),
        )
        private_routes = aws.ec2.RouteTable(f"private-{letter}", vpc_id=vpc.id)
        aws.ec2.Route(
            f"nat-{letter}",
            route_table_id=private_routes.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat_gateway.id,
        )
        private_subnets.append(subnet(f"private-{letter}", zone, number + 10, private_routes))
    return Network(vpc, private_subnets)


def record_traffic(network: Network, log_group: aws.cloudwatch.LogGroup, log_group_arn: str, account_id: str) -> None:
    """Flow logs of the whole VPC. The ARN is passed apart, as the log group's own is unknown before it exists."""
    role = service_role("flow-logs", "vpc-flow-logs.amazonaws.com", account_id, "Delivers VPC flow logs to CloudWatch")
    actions = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    aws.iam.RolePolicy("flow-logs", role=role.id, policy=policy(allow(actions, f"{log_group_arn}:*")))
    aws.ec2.FlowLog(
        "main", vpc_id=network.vpc.id, traffic_type="ALL", log_destination=log_group.arn, iam_role_arn=role.arn
    )


def security_group(name: str, network: Network, description: str) -> aws.ec2.SecurityGroup:
    """A group that lets nothing in or out until a rule is added."""
    return aws.ec2.SecurityGroup(name, vpc_id=network.vpc.id, description=description)


def connect(client: aws.ec2.SecurityGroup, server: aws.ec2.SecurityGroup, name: str, port: int) -> None:
    """Lets the members of one group connect to those of another on one port."""
    rule = {"ip_protocol": "tcp", "from_port": port, "to_port": port, "description": name}
    aws.vpc.SecurityGroupEgressRule(name, security_group_id=client.id, referenced_security_group_id=server.id, **rule)
    aws.vpc.SecurityGroupIngressRule(name, security_group_id=server.id, referenced_security_group_id=client.id, **rule)


def connect_to_https(client: aws.ec2.SecurityGroup, name: str) -> None:
    """Lets the members of a group reach AWS's APIs through HTTPS."""
    aws.vpc.SecurityGroupEgressRule(
        name,
        security_group_id=client.id,
        cidr_ipv4=ANYWHERE,
        ip_protocol="tcp",
        from_port=443,
        to_port=443,
        description="HTTPS to AWS",
    )
