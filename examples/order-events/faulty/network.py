"""VPC, subnets and security groups: the pieces from which the program puts its network together."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from iam import allow, from_account, policy, service_role

ANYWHERE = "0.0.0.0/0"


@dataclass
class Network:
    vpc: aws.ec2.Vpc
    internet_gateway: aws.ec2.InternetGateway
    public_routes: aws.ec2.RouteTable


def create_network() -> Network:
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
    return Network(vpc, internet_gateway, public_routes)


def public_subnet(network: Network, number: int, zone: str) -> aws.ec2.Subnet:
    return _subnet(network, f"public-{zone[-1]}", number, zone, network.public_routes)


def private_subnet(network: Network, number: int, zone: str, nat_in: aws.ec2.Subnet | None = None) -> aws.ec2.Subnet:
    """A subnet whose only way out is a NAT gateway in the public subnet `nat_in`; without one there is none."""
    name = f"private-{zone[-1]}"
    routes = aws.ec2.RouteTable(name, vpc_id=network.vpc.id, tags=tags(name))
    if nat_in:
        nat_gateway = aws.ec2.NatGateway(
            name,
            subnet_id=nat_in.id,
            allocation_id=aws.ec2.Eip(name, domain="vpc", tags=tags(name)).id,
            tags=tags(name),
            opts=pulumi.ResourceOptions(depends_on=[network.internet_gateway]),
        )
        aws.ec2.Route(name, route_table_id=routes.id, destination_cidr_block=ANYWHERE, nat_gateway_id=nat_gateway.id)
    return _subnet(network, name, number + 10, zone, routes)


def _subnet(network: Network, name: str, number: int, zone: str, routes: aws.ec2.RouteTable) -> aws.ec2.Subnet:
    subnet = aws.ec2.Subnet(
        name,
        vpc_id=network.vpc.id,
        cidr_block=f"10.60.{number}.0/24",
        availability_zone=zone,
        tags=tags(name),
    )
    aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=routes.id)
    return subnet


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


def record_traffic(network: Network, log_group: aws.cloudwatch.LogGroup, log_group_arn: str, account_id: str) -> None:
    """Flow logs of the whole VPC. The ARN is passed apart, as the log group's own is unknown before it exists."""
    role = service_role(
        "flow-logs", "vpc-flow-logs.amazonaws.com", "Delivers VPC flow logs to CloudWatch", **from_account(account_id)
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


def tags(name: str) -> dict[str, str]:
    return {"Name": f"{pulumi.get_project()}-{pulumi.get_stack()}-{name}", "Component": "network"}
