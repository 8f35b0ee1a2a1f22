"""VPC with a public and a private subnet in each of two availability zones, and its security groups."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, policy, trust_service

ANYWHERE = "0.0.0.0/0"
ZONES = "ab"


@dataclass
class Network:
    vpc: aws.ec2.Vpc
    internet_gateway: aws.ec2.InternetGateway
    public_subnets: list[aws.ec2.Subnet]
    private_subnets: list[aws.ec2.Subnet]


def create_network(region: str) -> Network:
    vpc = aws.ec2.Vpc("main", cidr_block="10.60.0.0/16", enable_dns_hostnames=True, tags=tags("main"))
    # The group that new interfaces get by default lets nothing in or out.
    aws.ec2.DefaultSecurityGroup("default", vpc_id=vpc.id, ingress=[], egress=[], tags=tags("default"))
    internet_gateway = aws.ec2.InternetGateway("main", vpc_id=vpc.id, tags=tags("main"))
    public_routes = aws.ec2.RouteTable("public", vpc_id=vpc.id, tags=tags("public"))
    aws.ec2.Route(
        "internet",
        route_table_id=public_routes.id,
        destination_cidr_block=ANYWHERE,
        gateway_id=internet_gateway.id,
    )

    def subnet(name: str, zone: str, number: int, routes: aws.ec2.RouteTable) -> aws.ec2.Subnet:
        made = aws.ec2.Subnet(
            name,
            vpc_id=vpc.id,
            cidr_block=f"10.60.{number}.0/24",
            availability_zone=f"{region}{zone}",
            tags=tags(name),
        )
        aws.ec2.RouteTableAssociation(name, subnet_id=made.id, route_table_id=routes.id)
        return made

    public_subnets, private_subnets = [], []
    for number, zone in enumerate(ZONES):
        public_subnets.append(subnet(f"public-{zone}", zone, number, public_routes))
        # A NAT gateway in each zone: the other goes on when one zone fails.
        nat_gateway = aws.ec2.NatGateway(
            f"nat-{zone}",
            subnet_id=public_subnets[-1].id,
            allocation_id=aws.ec2.Eip(f"nat-{zone}", domain="vpc", tags=tags(f"nat-{zone}")).id,
            tags=tags(f"nat-{zone}"),
            opts=pulumi.ResourceOptions(depends_on=[internet_gateway]),
        )
        private_routes = aws.ec2.RouteTable(f"private-{zone}", vpc_id=vpc.id, tags=tags(f"private-{zone}"))
        aws.ec2.Route(
            f"nat-{zone}",
            route_table_id=private_routes.id,
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=nat_gateway.id,
        )
        private_subnets.append(subnet(f"private-{zone}", zone, number + 10, private_routes))
    return Network(vpc, internet_gateway, public_subnets, private_subnets)


def record_traffic(
    network: Network, log_group: aws.cloudwatch.LogGroup, log_group_arn: str, role_name: str, account_id: str
) -> None:
    """Flow logs of the whole VPC. The ARN is passed apart, as the log group's own is unknown before it exists."""
    role = aws.iam.Role(
        "flow-logs",
        name=role_name,
        description="Delivers VPC flow logs to CloudWatch",
        assume_role_policy=trust_service("vpc-flow-logs.amazonaws.com", account_id),
    )
    actions = ["logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    aws.iam.RolePolicy("flow-logs", role=role.id, policy=policy(allow(actions, f"{log_group_arn}:*")))
    aws.ec2.FlowLog(
        "main",
        vpc_id=network.vpc.id,
        traffic_type="ALL",
        log_destination=log_group.arn,
        iam_role_arn=role.arn,
        tags=tags("main"),
    )


def security_group(name: str, network: Network, description: str) -> aws.ec2.SecurityGroup:
    """A group that lets nothing in or out until a rule is added."""
    return aws.ec2.SecurityGroup(name, vpc_id=network.vpc.id, description=description, tags=tags(name))


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


def connect_the_internet(server: aws.ec2.SecurityGroup, name: str, port: int) -> None:
    """Lets anybody connect to the members of a group on one port."""
    aws.vpc.SecurityGroupIngressRule(
        name,
        security_group_id=server.id,
        cidr_ipv4=ANYWHERE,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
        description=name,
    )


def tags(name: str) -> dict[str, str]:
    return {"Name": f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}", "Component": "network"}
