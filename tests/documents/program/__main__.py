"""What files about stacks have to tell: several providers and regions, secrets, imports, and what is only read."""

import pulumi
import pulumi_aws as aws
from database import Database

config = pulumi.Config()
frankfurt = aws.Provider(
    "frankfurt",
    region="eu-central-1",
    access_key=config.require_secret("accessKey"),
    default_tags={"tags": {"Owner": "platform"}},
)
key = aws.kms.Key(
    "key",
    description="Orders",
    enable_key_rotation=False,
    opts=pulumi.ResourceOptions(provider=frankfurt),
)
documents = aws.s3.Bucket("documents", opts=pulumi.ResourceOptions(protect=True))
elsewhere = aws.s3.Bucket("elsewhere", region="us-west-2")
adopted = aws.s3.Bucket("adopted", bucket="shop-adopted", opts=pulumi.ResourceOptions(import_="shop-adopted"))
shared = aws.s3.Bucket.get("shared", "shop-shared")
aws.s3.BucketVersioning(
    "shared",
    bucket=shared.id,
    versioning_configuration={"status": "Suspended"},
)
Database("orders", config.require_secret("password"), key)
pulumi.export("documents", documents.bucket)
pulumi.export("password", config.require_secret("password"))
