"""A component, and a resource that it makes."""

import pulumi
import pulumi_aws as aws


class Database(pulumi.ComponentResource):
    """A database with a key of another region, which no database can use, and that is beside the point here."""

    def __init__(self, name: str, password: pulumi.Input[str], key: aws.kms.Key) -> None:
        super().__init__("shop:index:Database", name)
        self.instance = aws.rds.Instance(
            name,
            engine="postgres",
            instance_class="db.t3.micro",
            allocated_storage=20,
            username="shop",
            password=password,
            kms_key_id=key.arn,
            skip_final_snapshot=True,
            opts=pulumi.ResourceOptions(parent=self),
        )
