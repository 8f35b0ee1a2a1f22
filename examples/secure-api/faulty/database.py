"""PostgreSQL on RDS. RDS makes the owner's password and keeps it in Secrets Manager; the API signs in through IAM."""

import pulumi
import pulumi_aws as aws
from iam import from_account, service_role

PORT = 5432
TAGS = {"Component": "database"}


def create_database(
    identifier: str,
    account_id: str,
    subnets: list[aws.ec2.Subnet],
    security_group: aws.ec2.SecurityGroup,
    data_key: aws.kms.Key,
    secrets_key: aws.kms.Key,
    log_groups: list[aws.cloudwatch.LogGroup],
) -> aws.rds.Instance:
    subnet_group = aws.rds.SubnetGroup(
        "database", description="Order database", subnet_ids=[subnet.id for subnet in subnets], tags=TAGS
    )
    parameters = aws.rds.ParameterGroup(
        "database", family="postgres16", parameters=[{"name": "rds.force_ssl", "value": "1"}], tags=TAGS
    )
    monitoring_role = service_role(
        "database-monitoring",
        "monitoring.rds.amazonaws.com",
        "Delivers enhanced monitoring metrics",
        **from_account(account_id),
    )
    aws.iam.RolePolicyAttachment(
        "database-monitoring",
        role=monitoring_role.name,
        policy_arn="arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
    )
    return aws.rds.Instance(
        "database",
        identifier=identifier,
        engine="postgres",
        # The major version alone: RDS takes the minor one that it offers in the region, and keeps it up to date.
        engine_version="16",
        auto_minor_version_upgrade=True,
        instance_class="db.t3.medium",
        allocated_storage=50,
        max_allocated_storage=200,
        storage_type="gp3",
        storage_encrypted=True,
        kms_key_id=data_key.arn,
        db_name="orders",
        port=PORT,
        username="orders_owner",
        manage_master_user_password=True,
        master_user_secret_kms_key_id=secrets_key.key_id,
        iam_database_authentication_enabled=True,
        multi_az=True,
        publicly_accessible=False,
        db_subnet_group_name=subnet_group.name,
        vpc_security_group_ids=[security_group.id],
        parameter_group_name=parameters.name,
        backup_retention_period=14,
        copy_tags_to_snapshot=True,
        delete_automated_backups=False,
        deletion_protection=True,
        skip_final_snapshot=False,
        final_snapshot_identifier=f"{identifier}-final",
        enabled_cloudwatch_logs_exports=["postgresql", "upgrade"],
        monitoring_interval=60,
        monitoring_role_arn=monitoring_role.arn,
        performance_insights_enabled=True,
        performance_insights_kms_key_id=data_key.arn,
        performance_insights_retention_period=7,
        tags=TAGS,
        # RDS would make the log groups itself, without key and retention.
        opts=pulumi.ResourceOptions(depends_on=log_groups),
    )
