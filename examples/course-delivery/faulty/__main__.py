"""Delivery of course packages: what authors upload is built, staged and, once approved, published."""

import base64
import json
import random
import string

import pulumi
import pulumi_aws as aws
from builds import Builds
from iam import allow, policy, service_role
from logs import log_group
from network import connect, connect_to_https, create_network, record_traffic, security_group
from storage import log_bucket, private_bucket

config = pulumi.Config()
region = pulumi.Config("aws").require("region")
account_id = aws.get_caller_identity().account_id
prefix = f"{pulumi.get_project()}-{pulumi.get_stack()}"
database_port = 5432
package = "course.zip"

# Encryption key. Roles may use it by its alias: unlike the key's ARN, that is known before the key exists.

log_arns = f"arn:aws:logs:{region}:{account_id}:log-group"
key = aws.kms.Key(
    "delivery",
    description="Course packages, secrets and database of the delivery pipeline",
    enable_key_rotation=True,
    deletion_window_in_days=7,
    policy=policy(
        allow(["kms:*"], "*", Principal={"AWS": f"arn:aws:iam::{account_id}:root"}),
        allow(
            ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
            "*",
            Principal={"Service": f"logs.{region}.amazonaws.com"},
            Condition={
                "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:{account_id}:*"},
            },
        ),
    ),
)
key_alias = f"alias/{prefix}"
aws.kms.Alias("delivery", name=key_alias, target_key_id=key.id)
use_key = allow(
    ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"],
    f"arn:aws:kms:{region}:{account_id}:key/*",
    Condition={"ForAnyValue:StringEquals": {"kms:ResourceAliases": key_alias}},
)

# Network: an egress-only group for the builds, and the database open to these alone.

network = create_network()
flow_logs = f"/vpc/{prefix}"
record_traffic(network, log_group("flow-logs", flow_logs, key), f"{log_arns}:{flow_logs}", account_id)
builds_security_group = security_group("builds", network, "CodeBuild projects")
database_security_group = security_group("database", network, "Course catalogue")
connect_to_https(builds_security_group, "builds-to-https")
connect(builds_security_group, database_security_group, "builds-to-database", database_port)

# Buckets: where authors upload a course, what the pipeline hands from stage to stage, and what each stage publishes.

bucket_names = {
    name: f"{prefix}-{name}-{account_id}" for name in ("source", "artifacts", "courses-staging", "courses-production")
}
bucket_arns = {name: f"arn:aws:s3:::{bucket_name}" for name, bucket_name in bucket_names.items()}
access_logs = log_bucket("access-logs", f"{prefix}-access-logs-{account_id}", account_id)
source = private_bucket("source", bucket_names["source"], key, access_logs, force_destroy=True)
artifacts = private_bucket("artifacts", bucket_names["artifacts"], key, access_logs)
for name in ("courses-staging", "courses-production"):
    private_bucket(name, bucket_names[name], key, access_logs, force_destroy=True)
notification = aws.s3.BucketNotification("source", bucket=source.id, eventbridge=True)

# Secrets.

signing_key_name = f"{prefix}/signing-key"
signing_key = aws.secretsmanager.SecretVersion(
    "signing-key",
    secret_id=aws.secretsmanager.Secret(
        "signing-key",
        name=signing_key_name,
        description="With which builds sign course packages",
        kms_key_id=key.arn,
        recovery_window_in_days=30,
    ).id,
    secret_string="".join(random.choice(string.ascii_letters + string.digits) for _ in range(40)),
)
database_password_name = "prod/db/password"
database_password = aws.secretsmanager.get_secret_version_output(secret_id=database_password_name)

# Database: the catalogue of the courses that each stage offers.

monitoring_role = service_role(
    "database-monitoring", "monitoring.rds.amazonaws.com", account_id, "Delivers enhanced monitoring metrics"
)
aws.iam.RolePolicyAttachment(
    "database-monitoring",
    role=monitoring_role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
)
# Made here, or RDS would make them without key and retention.
database_logs = [
    log_group(f"database-{kind}", f"/aws/rds/instance/{prefix}/{kind}", key) for kind in ("postgresql", "upgrade")
]
database = aws.rds.Instance(
    "database",
    identifier=prefix,
    engine="postgres",
    engine_version="17",
    instance_class="db.t4g.small",
    allocated_storage=20,
    max_allocated_storage=100,
    storage_type="gp3",
    storage_encrypted=True,
    kms_key_id=key.arn,
    db_name="catalogue",
    port=database_port,
    username="catalogue_owner",
    password=database_password.secret_string,
    iam_database_authentication_enabled=True,
    multi_az=True,
    publicly_accessible=False,
    db_subnet_group_name=aws.rds.SubnetGroup(
        "database", subnet_ids=[subnet.id for subnet in network.private_subnets]
    ).name,
    vpc_security_group_ids=[database_security_group.id],
    parameter_group_name=aws.rds.ParameterGroup(
        "database", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "1"}]
    ).name,
    auto_minor_version_upgrade=True,
    backup_retention_period=7,
    copy_tags_to_snapshot=True,
    deletion_protection=True,
    skip_final_snapshot=False,
    final_snapshot_identifier=f"{prefix}-final",
    enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
    monitoring_interval=60,
    monitoring_role_arn=monitoring_role.arn,
    performance_insights_enabled=True,
    performance_insights_kms_key_id=key.arn,
    performance_insights_retention_period=7,
    opts=pulumi.ResourceOptions(depends_on=database_logs),
)

# Projects: one builds the package, one for each stage publishes it.

builds = Builds(region, account_id, prefix, key, use_key, bucket_arns["artifacts"], network, builds_security_group)
build = builds.project("build", "Checks, packs and signs a course", {}, {"SIGNING_KEY": signing_key_name})
publish = {
    stage: builds.project(
        f"publish-{stage}",
        f"Publishes a course in {stage}",
        {"BUCKET": bucket_names[f"courses-{stage}"], "DATABASE_HOST": database.address, "DATABASE_SCHEMA": stage},
        {"DATABASE_PASSWORD": database_password_name},
        allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], f"{bucket_arns[f'courses-{stage}']}/*"),
        allow(["s3:ListBucket"], bucket_arns[f"courses-{stage}"]),
    )
    for stage in ("staging", "production")
}

# Pipeline: source, build, staging, approval, production.

approvals = aws.sns.Topic("approvals", name=f"{prefix}-approvals", kms_master_key_id=key.arn)
aws.sns.TopicSubscription("approver", topic=approvals.arn, protocol="email", endpoint=config.require("approver"))

pipeline_role = service_role("pipeline", "codepipeline.amazonaws.com", account_id, "Hands a course from stage to stage")
pipeline_permissions = aws.iam.RolePolicy(
    "pipeline",
    role=pipeline_role.id,
    policy=policy(
        allow(
            ["s3:GetBucketAcl", "s3:GetBucketLocation", "s3:GetBucketVersioning"],
            [bucket_arns["source"], bucket_arns["artifacts"]],
        ),
        allow(
            ["s3:GetObject", "s3:GetObjectTagging", "s3:GetObjectVersion", "s3:GetObjectVersionTagging"],
            f"{bucket_arns['source']}/{package}",
        ),
        allow(["s3:GetObject", "s3:GetObjectVersion", "s3:PutObject"], f"{bucket_arns['artifacts']}/*"),
        allow(
            ["codebuild:BatchGetBuilds", "codebuild:StartBuild"],
            [
                f"arn:aws:codebuild:{region}:{account_id}:project/{prefix}-{name}"
                for name in ("build", "publish-staging", "publish-production")
            ],
        ),
        allow(["sns:Publish"], f"arn:aws:sns:{region}:{account_id}:{prefix}-approvals"),
        use_key,
    ),
)


def action(name: str, category: str, provider: str, configuration: dict, **artifacts: list[str]) -> dict:
    return {
        "name": name,
        "category": category,
        "owner": "AWS",
        "provider": provider,
        "version": "1",
        "configuration": configuration,
        **artifacts,
    }


def run(name: str, made: aws.codebuild.Project, **artifacts: list[str]) -> dict:
    return action(name, "Build", "CodeBuild", {"ProjectName": made.name}, **artifacts)


upload = {"S3Bucket": source.bucket, "S3ObjectKey": package, "PollForSourceChanges": "false"}
review = {
    "NotificationArn": approvals.arn,
    "CustomData": "Take the course in staging as a student would, from enrolment to certificate, then publish it or not.",
}
pipeline = aws.codepipeline.Pipeline(
    "delivery",
    name=prefix,
    role_arn=pipeline_role.arn,
    pipeline_type="V2",
    execution_mode="QUEUED",
    artifact_stores=[{"type": "S3", "location": artifacts.bucket}],
    stages=[
        {"name": "Source", "actions": [action("Upload", "Source", "S3", upload, output_artifacts=["course"])]},
        {
            "name": "Build",
            "actions": [run("Build", build, input_artifacts=["course"], output_artifacts=["package"])],
        },
        {"name": "Staging", "actions": [run("Publish", publish["staging"], input_artifacts=["package"])]},
        {"name": "Approval", "actions": [action("Review", "Approval", "Manual", review)]},
        {"name": "Production", "actions": [run("Publish", publish["production"], input_artifacts=["package"])]},
    ],
    opts=pulumi.ResourceOptions(depends_on=[pipeline_permissions]),
)

# An upload starts the pipeline.

trigger_role = service_role("trigger", "events.amazonaws.com", account_id, "Starts the pipeline")
aws.iam.RolePolicy(
    "trigger",
    role=trigger_role.id,
    policy=policy(
        allow(["codepipeline:StartPipelineExecution"], f"arn:aws:codepipeline:{region}:{account_id}:{prefix}"),
    ),
)
uploaded = {"bucket": {"name": [bucket_names["source"]]}, "object": {"key": [package]}}
rule = aws.cloudwatch.EventRule(
    "upload",
    name=f"{prefix}-upload",
    description="A course was uploaded",
    event_pattern=json.dumps({"source": ["aws.s3"], "detail-type": ["Object Created"], "detail": uploaded}),
    opts=pulumi.ResourceOptions(depends_on=[notification]),
)
aws.cloudwatch.EventTarget("upload", rule=rule.name, arn=pipeline.arn, role_arn=trigger_role.arn)

pulumi.export("region", region)
pulumi.export("source_bucket", source.bucket)
pulumi.export("pipeline", pipeline.name)
pulumi.export("database_endpoint", database.endpoint)
pulumi.export("database_secret_arn", database_password.secret_id)
