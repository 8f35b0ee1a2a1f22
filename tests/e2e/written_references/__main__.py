"""A program whose policies name its own resources, in the ways that Pulumi programs do. Some are at fault."""

import json

import pulumi
import pulumi_aws as aws

account = aws.get_caller_identity_output().account_id
region = aws.get_region_output().region


def allow(**elements):
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **elements}]}


# SNS -> SQS, EventBridge -> SQS, S3 -> SNS
topic, queue, bucket = aws.sns.Topic("orders"), aws.sqs.Queue("orders"), aws.s3.Bucket("orders")
rule = aws.cloudwatch.EventRule("orders", event_pattern=json.dumps({"source": ["aws.s3"]}))
aws.sns.TopicSubscription("orders", topic=topic.arn, protocol="sqs", endpoint=queue.arn)
aws.cloudwatch.EventTarget("orders", rule=rule.name, arn=queue.arn)
aws.sqs.QueuePolicy(
    "orders",
    queue_url=queue.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "sns.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                    "Condition": {"ArnEquals": {"aws:SourceArn": topic.arn}},
                },
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "events.amazonaws.com"},
                    "Action": "sqs:SendMessage",
                    "Resource": queue.arn,
                    "Condition": {
                        "ArnEquals": {"aws:SourceArn": rule.arn},
                        "StringEquals": {"aws:SourceAccount": account},
                    },
                },
            ],
        }
    ),
)
aws.sns.TopicPolicy(
    "orders",
    arn=topic.arn,
    policy=pulumi.Output.all(topic=topic.arn, bucket=bucket.arn, account=account).apply(
        lambda args: json.dumps(
            allow(
                Principal={"Service": "s3.amazonaws.com"},
                Action="sns:Publish",
                Resource=args["topic"],
                Condition={
                    "ArnLike": {"aws:SourceArn": args["bucket"]},
                    "StringEquals": {"aws:SourceAccount": args["account"]},
                },
            )
        )
    ),
)
aws.s3.BucketNotification(
    "orders", bucket=bucket.id, topics=[{"topic_arn": topic.arn, "events": ["s3:ObjectCreated:*"]}]
)

# A queue whose policy names the rule of another one.
wrong = aws.sqs.Queue("wrong")
aws.cloudwatch.EventTarget(
    "wrong", rule=aws.cloudwatch.EventRule("wrong", schedule_expression="rate(1 day)").name, arn=wrong.arn
)
aws.sqs.QueuePolicy(
    "wrong",
    queue_url=wrong.id,
    policy=pulumi.Output.json_dumps(
        allow(
            Principal={"Service": "events.amazonaws.com"},
            Action="sqs:SendMessage",
            Resource=wrong.arn,
            Condition={"ArnEquals": {"aws:SourceArn": rule.arn}},
        )
    ),
)

# A key of log groups, with a key policy that names the account's root and CloudWatch Logs.
key = aws.kms.Key(
    "logs",
    enable_key_rotation=True,
    policy=pulumi.Output.all(account, region).apply(
        lambda a: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"AWS": f"arn:aws:iam::{a[0]}:root"},
                        "Action": "kms:*",
                        "Resource": "*",
                    },
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": f"logs.{a[1]}.amazonaws.com"},
                        "Action": [
                            "kms:Encrypt*",
                            "kms:Decrypt*",
                            "kms:ReEncrypt*",
                            "kms:GenerateDataKey*",
                            "kms:Describe*",
                        ],
                        "Resource": "*",
                        "Condition": {
                            "ArnLike": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{a[1]}:{a[0]}:*"}
                        },
                    },
                ],
            }
        )
    ),
)
aws.cloudwatch.LogGroup("app", kms_key_id=key.arn, retention_in_days=365)
bare = aws.kms.Key(
    "bare",
    enable_key_rotation=True,
    policy=account.apply(
        lambda a: json.dumps(allow(Principal={"AWS": f"arn:aws:iam::{a}:root"}, Action="kms:*", Resource="*"))
    ),
)
aws.cloudwatch.LogGroup("bare", kms_key_id=bare.arn, retention_in_days=365)

# CloudFront by origin access control and by an identity.
site = aws.s3.Bucket("site")
oac = aws.cloudfront.OriginAccessControl(
    "site", origin_access_control_origin_type="s3", signing_behavior="always", signing_protocol="sigv4"
)


def distribution(name, bucket, **origin):
    return aws.cloudfront.Distribution(
        name,
        enabled=True,
        origins=[{"domain_name": bucket.bucket_regional_domain_name, "origin_id": "s3", **origin}],
        default_cache_behavior={
            "target_origin_id": "s3",
            "viewer_protocol_policy": "redirect-to-https",
            "allowed_methods": ["GET", "HEAD"],
            "cached_methods": ["GET", "HEAD"],
        },
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
    )


dist = distribution("site", site, origin_access_control_id=oac.id)
aws.s3.BucketPolicy(
    "site",
    bucket=site.id,
    policy=pulumi.Output.json_dumps(
        allow(
            Principal={"Service": "cloudfront.amazonaws.com"},
            Action="s3:GetObject",
            Resource=pulumi.Output.concat(site.arn, "/*"),
            Condition={"StringEquals": {"AWS:SourceArn": dist.arn}},
        )
    ),
)
old = aws.s3.Bucket("old")
oai = aws.cloudfront.OriginAccessIdentity("old")
distribution("old", old, s3_origin_config={"origin_access_identity": oai.cloudfront_access_identity_path})
aws.s3.BucketPolicy(
    "old",
    bucket=old.id,
    policy=pulumi.Output.all(old.arn, oai.iam_arn).apply(
        lambda a: json.dumps(allow(Principal={"AWS": a[1]}, Action="s3:GetObject", Resource=f"{a[0]}/*"))
    ),
)

# A function with a role, on a table, a queue and a secret.
TRUST = json.dumps(allow(Principal={"Service": "lambda.amazonaws.com"}, Action="sts:AssumeRole"))


class Worker(pulumi.ComponentResource):
    def __init__(self, name, actions, opts=None):
        super().__init__("test:index:Worker", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        self.queue = aws.sqs.Queue(f"{name}-queue", opts=child)
        self.role = aws.iam.Role(f"{name}-role", assume_role_policy=TRUST, opts=child)
        aws.iam.RolePolicy(
            f"{name}-policy",
            role=self.role.id,
            opts=child,
            policy=self.queue.arn.apply(lambda arn: json.dumps(allow(Action=actions, Resource=arn))),
        )
        self.function = aws.lambda_.Function(
            f"{name}-function",
            role=self.role.arn,
            runtime="python3.13",
            handler="a.b",
            s3_bucket="code",
            s3_key="a.zip",
            opts=child,
        )
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping", event_source_arn=self.queue.arn, function_name=self.function.arn, opts=child
        )


RECEIVE = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
Worker("good", RECEIVE)
Worker("bad", ["sqs:ReceiveMessage"])
for name in pulumi.Config().get_object("names") or ["one", "two"]:
    own = aws.sqs.Queue(name)
    events = aws.s3.Bucket(name)
    aws.sqs.QueuePolicy(
        name,
        queue_url=own.id,
        policy=pulumi.Output.json_dumps(
            allow(
                Principal={"Service": "s3.amazonaws.com"},
                Action="sqs:SendMessage",
                Resource=own.arn,
                Condition={"ArnLike": {"aws:SourceArn": events.arn}},
            )
        ),
    )
    aws.s3.BucketNotification(name, bucket=events.id, queues=[{"queue_arn": own.arn, "events": ["s3:ObjectCreated:*"]}])

# Tasks that read a secret, of which only one has a role for that one.
secret = aws.secretsmanager.Secret("db")
repository = aws.ecr.Repository("api")
execution = aws.iam.Role(
    "execution",
    assume_role_policy=json.dumps(allow(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole")),
)
aws.iam.RolePolicyAttachment(
    "execution", role=execution.name, policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
)
aws.iam.RolePolicy(
    "execution",
    role=execution.id,
    policy=secret.arn.apply(lambda arn: json.dumps(allow(Action="secretsmanager:GetSecretValue", Resource=arn))),
)
denied = aws.iam.Role(
    "denied",
    assume_role_policy=json.dumps(allow(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole")),
)
aws.iam.RolePolicyAttachment(
    "denied", role=denied.name, policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
)
other_secret = aws.secretsmanager.Secret("other")
aws.iam.RolePolicy(
    "denied",
    role=denied.id,
    policy=other_secret.arn.apply(lambda arn: json.dumps(allow(Action="secretsmanager:GetSecretValue", Resource=arn))),
)
for task, role in (("task", execution), ("closed", denied)):
    aws.ecs.TaskDefinition(
        task,
        family=task,
        execution_role_arn=role.arn,
        requires_compatibilities=["FARGATE"],
        cpu="256",
        memory="512",
        network_mode="awsvpc",
        container_definitions=pulumi.Output.json_dumps(
            [
                {
                    "name": "api",
                    "image": pulumi.Output.concat(repository.repository_url, ":1.2.3"),
                    "essential": True,
                    "secrets": [{"name": "DB", "valueFrom": secret.arn}],
                    "environment": [{"name": "QUEUE", "value": queue.url}],
                }
            ]
        ),
    )

# A state machine whose role may run one of its two functions.
machine_role = aws.iam.Role(
    "machine",
    assume_role_policy=json.dumps(allow(Principal={"Service": "states.amazonaws.com"}, Action="sts:AssumeRole")),
)
step, next_step = (
    aws.lambda_.Function(
        n,
        role=aws.iam.Role(n, assume_role_policy=TRUST).arn,
        runtime="python3.13",
        handler="a.b",
        s3_bucket="code",
        s3_key="a.zip",
    )
    for n in ("step", "next")
)
aws.iam.RolePolicy(
    "machine",
    role=machine_role.id,
    policy=step.arn.apply(lambda arn: json.dumps(allow(Action="lambda:InvokeFunction", Resource=[arn, f"{arn}:*"]))),
)
aws.sfn.StateMachine(
    "machine",
    role_arn=machine_role.arn,
    definition=pulumi.Output.json_dumps(
        {
            "StartAt": "A",
            "States": {
                "A": {"Type": "Task", "Resource": step.arn, "Next": "B"},
                "B": {"Type": "Task", "Resource": next_step.arn, "End": True},
            },
        }
    ),
)
