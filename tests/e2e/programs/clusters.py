"""Values that are no documents: subnets that a function picks, and classes and periods with defaults in config."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
vpc = aws.ec2.Vpc("clusters", cidr_block="10.9.0.0/16")
gateway = aws.ec2.InternetGateway("clusters", vpc_id=vpc.id)
public_routes = aws.ec2.RouteTable(
    "clusters-public", vpc_id=vpc.id, routes=[{"cidr_block": "0.0.0.0/0", "gateway_id": gateway.id}]
)
private_routes = aws.ec2.RouteTable("clusters-private", vpc_id=vpc.id)


class Network:
    """Two public and two private subnets."""

    def __init__(self) -> None:
        self.subnets: list[aws.ec2.Subnet] = []
        for index, zone in enumerate(["a", "b"] * 2):
            is_public = index < 2
            subnet = aws.ec2.Subnet(
                f"clusters-{'public' if is_public else 'private'}-{zone}",
                vpc_id=vpc.id,
                cidr_block=f"10.9.{index}.0/24",
                availability_zone=f"eu-central-1{zone}",
            )
            aws.ec2.RouteTableAssociation(
                f"clusters-{index}",
                subnet_id=subnet.id,
                route_table_id=public_routes.id if is_public else private_routes.id,
            )
            self.subnets.append(subnet)

    def ids(self) -> pulumi.Output[Sequence[str]]:
        return pulumi.Output.all(*[subnet.id for subnet in self.subnets])


network = Network()
public = aws.rds.SubnetGroup("clusters-public", subnet_ids=network.ids().apply(lambda ids: ids[:2]))
private = aws.rds.SubnetGroup("clusters-private", subnet_ids=network.ids().apply(lambda ids: ids[2:]))
settings = vpc.id.apply(
    lambda _: {"class": config.get("databaseClass") or "db.m3.medium", "days": config.get_int("backupDays") or 0}
)
for name, group in {"public": public, "private": private}.items():
    aws.rds.Instance(
        f"clusters-{name}",
        engine="postgres",
        engine_version="17.6",
        instance_class=settings["class"],
        allocated_storage=50,
        storage_encrypted=True,
        db_subnet_group_name=group.name,
        username="clusters",
        manage_master_user_password=True,
        backup_retention_period=settings["days"] if name == "public" else vpc.id.apply(lambda _: 14),
        final_snapshot_identifier=f"clusters-{name}",
    )
