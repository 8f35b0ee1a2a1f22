"""Web application firewall with AWS's own rule groups."""

import pulumi_aws as aws

RULE_GROUPS = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet")


def metrics(name: str) -> dict:
    return {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": name}


def protect(load_balancer: aws.lb.LoadBalancer, log_group: aws.cloudwatch.LogGroup, tags: dict[str, str]) -> None:
    web_acl = aws.wafv2.WebAcl(
        "api",
        scope="REGIONAL",
        default_action={"allow": {}},
        rules=[
            {
                "name": group,
                "priority": priority,
                "override_action": {"none": {}},
                "statement": {"managed_rule_group_statement": {"vendor_name": "AWS", "name": group}},
                "visibility_config": metrics(group),
            }
            for priority, group in enumerate(RULE_GROUPS)
        ],
        visibility_config=metrics("api"),
        tags=tags,
    )
    aws.wafv2.WebAclAssociation("api", resource_arn=load_balancer.arn, web_acl_arn=web_acl.arn)
    aws.wafv2.WebAclLoggingConfiguration(
        "api",
        resource_arn=web_acl.arn,
        log_destination_configs=[log_group.arn],
        redacted_fields=[{"single_header": {"name": "authorization"}}],
    )
