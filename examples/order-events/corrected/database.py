"""PostgreSQL on RDS. RDS makes the password of the owner and keeps it; the service signs in through IAM."""

import pulumi
import pulumi_aws as aws
from iam import from_account, service_role

PORT = 5432


def create_database(
    identifier: str,
    account_id: str,
    subnets: list[aws.ec2.Subnet],
    security_group: aws.ec2.SecurityGroup,
    key: aws.kms.Key,
    log_groups: list[aws.cloudwatch.LogGroup],
) -> aws.rds.Instance:
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
        engine_version="17",
        auto_minor_version_upgrade=True,
        instance_class="db.t4g.medium",
        allocated_storage=50,
        max_allocated_storage=200,
        storage_type="gp3",
        storage_encrypted=True,
        kms_key_id=key.arn,
        db_name="parcels",
        port=PORT,
        username="parcels_owner",
        manage_master_user_password=True,
        master_user_secret_kms_key_id=key.key_id,
        iam_database_authentication_enabled=True,
        multi_az=True,
        publicly_accessible=False,
        db_subnet_group_name=aws.rds.SubnetGroup("database", subnet_ids=[subnet.id for subnet in subnets]).name,
        vpc_security_group_ids=[security_group.id],
        parameter_group_name=aws.rds.ParameterGroup(
            "database", family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "1"}]
        ).name,
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
        performance_insights_kms_key_id=key.arn,
        performance_insights_retention_period=7,
        # RDS would make the log groups itself, without key and retention.
        opts=pulumi.ResourceOptions(depends_on=log_groups),
    )
