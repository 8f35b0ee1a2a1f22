"""An API with a resource policy and access logs, whose format is made of a list."""

import json

import pulumi
import pulumi_aws as aws

FIELDS = ["requestId", "identity.sourceIp", "httpMethod", "status"]

logs = aws.cloudwatch.LogGroup("gateway-access", retention_in_days=365)
vpc_endpoint = pulumi.Config().get("vpcEndpoint") or "vpce-0a1b2c3d4e5f60718"
private = aws.apigateway.RestApi("gateway-private", endpoint_configuration={"types": "PRIVATE"})
public = aws.apigateway.RestApi("gateway-public", endpoint_configuration={"types": "REGIONAL"})


def invoke_policy(arn: str, only_from: str = "") -> str:
    allow = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": f"{arn}/*"}
    deny = {
        **allow,
        "Effect": "Deny",
        "Condition": {"StringNotEquals": {"aws:SourceVpce": only_from}},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [allow, deny] if only_from else [allow]})


aws.apigateway.RestApiPolicy(
    "gateway-private",
    rest_api_id=private.id,
    policy=private.execution_arn.apply(lambda arn: invoke_policy(arn, vpc_endpoint)),
)
aws.apigateway.RestApiPolicy("gateway-public", rest_api_id=public.id, policy=public.execution_arn.apply(invoke_policy))
deployment = aws.apigateway.Deployment("gateway", rest_api=private.id)
aws.apigateway.Stage(
    "gateway",
    rest_api=private.id,
    deployment=deployment.id,
    stage_name="v1",
    xray_tracing_enabled=True,
    access_log_settings=aws.apigateway.StageAccessLogSettingsArgs(
        destination_arn=logs.arn,
        format=json.dumps({field: f"$context.{field}" for field in FIELDS}),
    ),
)
writer = aws.iam.Role(
    "gateway-logs",
    assume_role_policy=aws.iam.get_policy_document_output(
        statements=[
            aws.iam.GetPolicyDocumentStatementArgs(
                actions=["sts:AssumeRole"],
                principals=[
                    aws.iam.GetPolicyDocumentStatementPrincipalArgs(
                        type="Service", identifiers=["apigateway.amazonaws.com"]
                    )
                ],
            )
        ]
    ).json,
)
aws.iam.RolePolicy(
    "gateway-logs",
    role=writer.id,
    policy=logs.arn.apply(
        lambda arn: (
            '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogStream", '
            '"logs:PutLogEvents"], "Resource": "%s:*"}]}' % arn
        )
    ),
)
