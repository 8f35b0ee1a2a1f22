"""
How AWS services are wired: what a resource makes a service do with another resource, and as whom.

WIRINGS has the calls that a service makes in its own name, so that the target has to let it in: the bucket, queue or
topic by its policy, the function by an aws.lambda.Permission. TRUSTS has the roles that a service assumes.
`docs/wirings.md` is the same as a table to read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Calls between AWS services, and the roles that services assume",
        "2026-11-28",
        ("https://docs.aws.amazon.com/ (each row names its page)",),
    ),
)

BUCKET: Final = "aws:s3/bucket:Bucket"
QUEUE: Final = "aws:sqs/queue:Queue"
TOPIC: Final = "aws:sns/topic:Topic"
FUNCTION: Final = "aws:lambda/function:Function"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"

_NOTIFICATION: Final = "aws:s3/bucketNotification:BucketNotification"
_EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
_SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"
_BALANCER: Final = "aws:lb/loadBalancer:LoadBalancer"
_TRAIL: Final = "aws:cloudtrail/trail:Trail"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_RECEIPT_RULE: Final = "aws:ses/receiptRule:ReceiptRule"
_ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/compositeAlarm:CompositeAlarm")

_DATA_KEYS: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_SEND: Final = ("sqs:SendMessage",)
_PUBLISH: Final = ("sns:Publish",)
_INVOKE: Final = ("lambda:InvokeFunction",)
_PUT: Final = ("s3:PutObject",)
_PUT_AFTER_CHECK: Final = ("s3:GetBucketAcl", "s3:PutObject")
_PUT_EVENTS: Final = ("logs:CreateLogStream", "logs:PutLogEvents")

_BUCKET_ARN: Final = "arn:*:s3:::{}"
_RULE_ARN: Final = "arn:*:events:*:*:rule/{}"
_TOPIC_ARN: Final = "arn:*:sns:*:*:{}"
_ALARM_ARN: Final = "arn:*:cloudwatch:*:*:alarm:{}"
_API_ARN: Final = "arn:*:execute-api:*:*:{}/*"
_LOGS_ARN: Final = "arn:*:logs:*:*:*"
_ANY_ARN: Final = "*"

_S3: Final = "AmazonS3/latest/userguide/grant-destinations-permissions-to-s3.html"
_EVENTS: Final = "eventbridge/latest/userguide/eb-use-resource-based.html"
_SNS_TO_SQS: Final = "sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html"
_SNS_TO_LAMBDA: Final = "lambda/latest/dg/with-sns.html"
_VENDED: Final = "AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html"
_API: Final = "lambda/latest/dg/services-apigateway.html"
# Accounts from which CloudTrail delivered in the regions of its first years, which older policies name.
_TRAIL_ACCOUNTS: Final = (
    *("903692715234", "035351147821", "859597730677", "814480443879", "216624486486"),
    *("086441151436", "388731089494", "284668455005", "113285607260", "475085895292"),
)
_API_AUTHORIZER: Final = "apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html"

LOAD_BALANCER_ACCOUNTS: Final[Mapping[str, str]] = {
    "us-east-1": "127311923021",
    "us-east-2": "033677994240",
    "us-west-1": "027434742980",
    "us-west-2": "797873946194",
    "us-gov-east-1": "190560391635",
    "us-gov-west-1": "048591011584",
    "af-south-1": "098369216593",
    "ap-east-1": "754344448648",
    "ap-northeast-1": "582318560864",
    "ap-northeast-2": "600734575887",
    "ap-northeast-3": "383597477331",
    "ap-south-1": "718504428378",
    "ap-southeast-1": "114774131450",
    "ap-southeast-2": "783225319266",
    "ap-southeast-3": "589379963580",
    "ca-central-1": "985666609251",
    "eu-central-1": "054676820928",
    "eu-north-1": "897822967062",
    "eu-south-1": "635631232127",
    "eu-west-1": "156460612806",
    "eu-west-2": "652711504416",
    "eu-west-3": "009996457667",
    "me-south-1": "076674570225",
    "sa-east-1": "507241528517",
}
"""
The accounts from which Elastic Load Balancing delivers logs in the regions that came before August 2022; their root
user may be named in place of the service:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
"""


@dataclass(frozen=True, kw_only=True)
class Wiring:
    """
    A way in which a resource makes a service use another resource in the service's own name.

    :param type: the type of the resource that wires.
    :param paths: its properties that name the target, as in Value.each.
    :param target: the type of the target.
    :param service: the service's principal, without `.amazonaws.com` and without a region.
    :param actions: what the service does with the target.
    :param docs: the page under https://docs.aws.amazon.com/ that says so.
    :param source_arn: the aws:SourceArn of the call, in which `{}` is the name of the source; `*` where any may be.
    :param source: the property that names the source; the resource itself, when left out.
    :param source_name: the property of the source whose value is its name in the ARN.
    :param folder: the property with what stands before the name in the ARN, as the bus of a rule; nothing stands there
        where it is left out or `default`.
    :param only_if: values of properties with which the wiring is one; "" stands for a property that is left out.
    :param unless_set: properties that make the service act in another way, as with a role.
    :param identity: the property beside the one that names the target with the identity as which the service acts,
        which policies name in place of the service.
    :param beside: a property beside the one that names the target that has to be set.
    :param works_by_default: whether the service is let in, or AWS adds what is missing, as long as the target has no
        policy that the program wrote.
    :param is_refused: whether AWS refuses the update without the right; else what the service does fails in silence.
    :param key_prefix: the property with what comes before `AWSLogs/` in the keys of objects; "" where keys are free.
    :param key_actions: what the service does with the customer managed key of the target.
    :param uses_accounts: whether the accounts of Elastic Load Balancing may be named in place of the service.
    :param former: what AWS principals end with that policies may still name in place of the service.
    :param takes_acl: whether an ACL for the log delivery group of S3 is enough.
    """

    type: str
    paths: tuple[str, ...]
    target: str
    service: str
    actions: tuple[str, ...]
    docs: str
    source_arn: str = _ANY_ARN
    source: str = ""
    source_name: str = "name"
    folder: str = ""
    identity: str = ""
    only_if: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    unless_set: tuple[str, ...] = ()
    beside: str = ""
    works_by_default: bool = False
    is_refused: bool = False
    key_prefix: str = ""
    key_actions: tuple[str, ...] = ()
    uses_accounts: bool = False
    former: tuple[str, ...] = ()
    takes_acl: bool = False


WIRINGS: Final = (
    # S3 checks each destination when the notifications are set.
    Wiring(
        type=_NOTIFICATION,
        paths=("queues[].queueArn",),
        target=QUEUE,
        service="s3",
        actions=_SEND,
        source="bucket",
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        is_refused=True,
        key_actions=_DATA_KEYS,
        docs=_S3,
    ),
    Wiring(
        type=_NOTIFICATION,
        paths=("topics[].topicArn",),
        target=TOPIC,
        service="s3",
        actions=_PUBLISH,
        source="bucket",
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        is_refused=True,
        key_actions=_DATA_KEYS,
        docs=_S3,
    ),
    Wiring(
        type=_NOTIFICATION,
        paths=("lambdaFunctions[].lambdaFunctionArn",),
        target=FUNCTION,
        service="s3",
        actions=_INVOKE,
        source="bucket",
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        is_refused=True,
        docs=_S3,
    ),
    # EventBridge uses the target's role where there is one.
    Wiring(
        type=_EVENT_TARGET,
        paths=("arn",),
        target=QUEUE,
        service="events",
        actions=_SEND,
        source="rule",
        source_arn=_RULE_ARN,
        folder="eventBusName",
        unless_set=("roleArn",),
        key_actions=_DATA_KEYS,
        docs=_EVENTS,
    ),
    Wiring(
        type=_EVENT_TARGET,
        paths=("arn",),
        target=TOPIC,
        service="events",
        actions=_PUBLISH,
        source="rule",
        source_arn=_RULE_ARN,
        folder="eventBusName",
        unless_set=("roleArn",),
        key_actions=_DATA_KEYS,
        docs=_EVENTS,
    ),
    Wiring(
        type=_EVENT_TARGET,
        paths=("arn",),
        target=FUNCTION,
        service="events",
        actions=_INVOKE,
        source="rule",
        source_arn=_RULE_ARN,
        folder="eventBusName",
        unless_set=("roleArn",),
        docs=_EVENTS,
    ),
    Wiring(
        type=_EVENT_TARGET,
        paths=("arn",),
        target=LOG_GROUP,
        service="events",
        actions=_PUT_EVENTS,
        source="rule",
        source_arn=_RULE_ARN,
        folder="eventBusName",
        docs=_EVENTS,
    ),
    Wiring(
        type=_EVENT_TARGET,
        paths=("deadLetterConfig.arn",),
        target=QUEUE,
        service="events",
        actions=_SEND,
        source="rule",
        source_arn=_RULE_ARN,
        folder="eventBusName",
        key_actions=_DATA_KEYS,
        docs="eventbridge/latest/userguide/eb-rule-dlq.html",
    ),
    Wiring(
        type="aws:cloudwatch/eventBus:EventBus",
        paths=("deadLetterConfig.arn",),
        target=QUEUE,
        service="events",
        actions=_SEND,
        source_arn="arn:*:events:*:*:event-bus/{}",
        key_actions=_DATA_KEYS,
        docs="eventbridge/latest/userguide/eb-encryption-event-bus-dlq.html",
    ),
    # The default policy of a topic lets in the services that say for which account they act (aws:SourceOwner).
    *(
        Wiring(
            type=alarm,
            paths=("alarmActions[]", "okActions[]", "insufficientDataActions[]"),
            target=TOPIC,
            service="cloudwatch",
            actions=_PUBLISH,
            source_arn=_ALARM_ARN,
            source_name=name,
            works_by_default=True,
            key_actions=_DATA_KEYS,
            docs="AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html",
        )
        for alarm, name in zip(_ALARMS, ("name", "alarmName"), strict=True)
    ),
    *(
        Wiring(
            type=alarm,
            paths=("alarmActions[]", "okActions[]", "insufficientDataActions[]"),
            target=FUNCTION,
            service="lambda.alarms.cloudwatch",
            actions=_INVOKE,
            source_arn=_ALARM_ARN,
            source_name=name,
            docs="AmazonCloudWatch/latest/monitoring/alarms-and-actions-Lambda.html",
        )
        for alarm, name in zip(_ALARMS, ("name", "alarmName"), strict=True)
    ),
    Wiring(
        type="aws:rds/eventSubscription:EventSubscription",
        paths=("snsTopic",),
        target=TOPIC,
        service="events.rds",
        actions=_PUBLISH,
        works_by_default=True,
        key_actions=_DATA_KEYS,
        docs="AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html",
    ),
    Wiring(
        type="aws:redshift/eventSubscription:EventSubscription",
        paths=("snsTopicArn",),
        target=TOPIC,
        service="redshift",
        actions=_PUBLISH,
        works_by_default=True,
        key_actions=_DATA_KEYS,
        docs="sns/latest/dg/sns-key-management.html",
    ),
    Wiring(
        type="aws:dms/eventSubscription:EventSubscription",
        paths=("snsTopicArn",),
        target=TOPIC,
        service="dms",
        actions=_PUBLISH,
        works_by_default=True,
        key_actions=_DATA_KEYS,
        docs="sns/latest/dg/sns-key-management.html",
    ),
    Wiring(
        type="aws:budgets/budget:Budget",
        paths=("notifications[].subscriberSnsTopicArns[]",),
        target=TOPIC,
        service="budgets",
        actions=_PUBLISH,
        key_actions=_DATA_KEYS,
        docs="cost-management/latest/userguide/budgets-sns-policy.html",
    ),
    Wiring(
        type="aws:costexplorer/anomalySubscription:AnomalySubscription",
        paths=("subscribers[].address",),
        target=TOPIC,
        service="costalerts",
        actions=_PUBLISH,
        key_actions=_DATA_KEYS,
        docs="cost-management/latest/userguide/ad-SNS.html",
    ),
    Wiring(
        type="aws:backup/vaultNotifications:VaultNotifications",
        paths=("snsTopicArn",),
        target=TOPIC,
        service="backup",
        actions=_PUBLISH,
        key_actions=_DATA_KEYS,
        docs="aws-backup/latest/devguide/backup-notifications.html",
    ),
    Wiring(
        type="aws:codestarnotifications/notificationRule:NotificationRule",
        paths=("targets[].address",),
        target=TOPIC,
        service="codestar-notifications",
        actions=_PUBLISH,
        key_actions=_DATA_KEYS,
        docs="dtconsole/latest/userguide/set-up-sns.html",
    ),
    Wiring(
        type=_TRAIL,
        paths=("snsTopicName",),
        target=TOPIC,
        service="cloudtrail",
        actions=_PUBLISH,
        source_arn="arn:*:cloudtrail:*:*:trail/{}",
        is_refused=True,
        key_actions=_DATA_KEYS,
        docs="awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html",
    ),
    Wiring(
        type=_SUBSCRIPTION,
        paths=("endpoint",),
        target=QUEUE,
        service="sns",
        actions=_SEND,
        source="topic",
        source_arn=_TOPIC_ARN,
        key_actions=_DATA_KEYS,
        docs=_SNS_TO_SQS,
    ),
    Wiring(
        type=_SUBSCRIPTION,
        paths=("redrivePolicy",),
        target=QUEUE,
        service="sns",
        actions=_SEND,
        source="topic",
        source_arn=_TOPIC_ARN,
        key_actions=_DATA_KEYS,
        docs="sns/latest/dg/sns-configure-dead-letter-queue.html",
    ),
    Wiring(
        type=_SUBSCRIPTION,
        paths=("endpoint",),
        target=FUNCTION,
        service="sns",
        actions=_INVOKE,
        source="topic",
        source_arn=_TOPIC_ARN,
        docs=_SNS_TO_LAMBDA,
    ),
    Wiring(
        type="aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        paths=("destinationArn",),
        target=FUNCTION,
        service="logs",
        actions=_INVOKE,
        source="logGroup",
        source_arn="arn:*:logs:*:*:log-group:{}*",
        is_refused=True,
        docs="AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
    ),
    Wiring(
        type="aws:secretsmanager/secretRotation:SecretRotation",
        paths=("rotationLambdaArn",),
        target=FUNCTION,
        service="secretsmanager",
        actions=_INVOKE,
        source="secretId",
        source_arn="arn:*:secretsmanager:*:*:secret:{}*",
        is_refused=True,
        docs="secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html",
    ),
    *(
        Wiring(
            type=type_,
            paths=(path,),
            target=FUNCTION,
            service="apigateway",
            actions=_INVOKE,
            source=source,
            source_name="id",
            source_arn=_API_ARN,
            unless_set=(role,),
            docs=docs,
        )
        for type_, path, source, role, docs in (
            ("aws:apigateway/integration:Integration", "uri", "restApi", "credentials", _API),
            ("aws:apigatewayv2/integration:Integration", "integrationUri", "apiId", "credentialsArn", _API),
            (
                "aws:apigateway/authorizer:Authorizer",
                "authorizerUri",
                "restApi",
                "authorizerCredentials",
                _API_AUTHORIZER,
            ),
            (
                "aws:apigatewayv2/authorizer:Authorizer",
                "authorizerUri",
                "apiId",
                "authorizerCredentialsArn",
                _API_AUTHORIZER,
            ),
        )
    ),
    Wiring(
        type="aws:cognito/userPool:UserPool",
        paths=(
            *(f"lambdaConfig.{name}" for name in ("preSignUp", "postConfirmation", "customMessage", "userMigration")),
            *(f"lambdaConfig.{name}" for name in ("preAuthentication", "postAuthentication", "preTokenGeneration")),
            *(f"lambdaConfig.{name}AuthChallenge" for name in ("define", "create")),
            "lambdaConfig.verifyAuthChallengeResponse",
            "lambdaConfig.preTokenGenerationConfig.lambdaArn",
            "lambdaConfig.customEmailSender.lambdaArn",
            "lambdaConfig.customSmsSender.lambdaArn",
        ),
        target=FUNCTION,
        service="cognito-idp",
        actions=_INVOKE,
        source_name="id",
        source_arn="arn:*:cognito-idp:*:*:userpool/{}",
        docs="cognito/latest/developerguide/cognito-user-pools-working-with-lambda-triggers.html",
    ),
    Wiring(
        type="aws:lb/targetGroupAttachment:TargetGroupAttachment",
        paths=("targetId",),
        target=FUNCTION,
        service="elasticloadbalancing",
        actions=_INVOKE,
        source="targetGroupArn",
        source_arn="arn:*:elasticloadbalancing:*:*:targetgroup/{}*",
        is_refused=True,
        docs="elasticloadbalancing/latest/application/lambda-functions.html",
    ),
    Wiring(
        type="aws:cfg/rule:Rule",
        paths=("source.sourceIdentifier",),
        target=FUNCTION,
        service="config",
        actions=_INVOKE,
        is_refused=True,
        docs="config/latest/developerguide/evaluate-config_develop-rules_lambda-functions.html",
    ),
    Wiring(
        type="aws:iot/topicRule:TopicRule",
        paths=("lambdas[].functionArn", "errorAction.lambda.functionArn"),
        target=FUNCTION,
        service="iot",
        actions=_INVOKE,
        source_arn="arn:*:iot:*:*:rule/{}",
        docs="iot/latest/developerguide/lambda-rule-action.html",
    ),
    Wiring(
        type=_RECEIPT_RULE,
        paths=("lambdaActions[].functionArn",),
        target=FUNCTION,
        service="ses",
        actions=_INVOKE,
        source_arn="arn:*:ses:*:*:receipt-rule-set/*{}",
        is_refused=True,
        docs="ses/latest/dg/receiving-email-permissions.html",
    ),
    Wiring(
        type=_RECEIPT_RULE,
        paths=("s3Actions[].bucketName",),
        target=BUCKET,
        service="ses",
        actions=_PUT,
        source_arn="arn:*:ses:*:*:receipt-rule-set/*{}",
        is_refused=True,
        docs="ses/latest/dg/receiving-email-permissions.html",
    ),
    Wiring(
        type="aws:codecommit/trigger:Trigger",
        paths=("triggers[].destinationArn",),
        target=FUNCTION,
        service="codecommit",
        actions=_INVOKE,
        source="repositoryName",
        source_name="repositoryName",
        source_arn="arn:*:codecommit:*:*:{}",
        docs="codecommit/latest/userguide/how-to-notify-lambda-cc.html",
    ),
    # Access logs. Elastic Load Balancing, CloudTrail and AWS Config write a test object when the logs are turned on.
    *(
        Wiring(
            type=_BALANCER,
            paths=(f"{log}.bucket",),
            target=BUCKET,
            service="logdelivery.elasticloadbalancing",
            actions=_PUT,
            source_arn="arn:*:elasticloadbalancing:*:*:loadbalancer/*",
            only_if={f"{log}.enabled": ("true",), "loadBalancerType": ("", "application")},
            is_refused=True,
            key_prefix=f"{log}.prefix",
            uses_accounts=True,
            docs=f"elasticloadbalancing/latest/application/{docs}.html",
        )
        for log, docs in (
            ("accessLogs", "enable-access-logging"),
            ("connectionLogs", "enable-connection-logging"),
            ("healthCheckLogs", "enable-health-check-logging"),
        )
    ),
    Wiring(
        type=_BALANCER,
        paths=("accessLogs.bucket",),
        target=BUCKET,
        service="delivery.logs",
        actions=_PUT_AFTER_CHECK,
        source_arn=_LOGS_ARN,
        only_if={"accessLogs.enabled": ("true",), "loadBalancerType": ("network",)},
        is_refused=True,
        key_prefix="accessLogs.prefix",
        docs="elasticloadbalancing/latest/network/enable-access-logs.html",
    ),
    Wiring(
        type="aws:elb/loadBalancer:LoadBalancer",
        paths=("accessLogs.bucket",),
        target=BUCKET,
        service="logdelivery.elasticloadbalancing",
        actions=_PUT,
        source_arn="arn:*:elasticloadbalancing:*:*:loadbalancer/*",
        only_if={"accessLogs.enabled": ("", "true")},
        is_refused=True,
        key_prefix="accessLogs.bucketPrefix",
        uses_accounts=True,
        docs="elasticloadbalancing/latest/classic/enable-access-logs.html",
    ),
    Wiring(
        type=_TRAIL,
        paths=("s3BucketName",),
        target=BUCKET,
        service="cloudtrail",
        actions=_PUT_AFTER_CHECK,
        source_arn="arn:*:cloudtrail:*:*:trail/{}",
        is_refused=True,
        key_prefix="s3KeyPrefix",
        former=_TRAIL_ACCOUNTS,
        docs="awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
    ),
    # With a role of the customer's own, AWS Config has that role's rights: see policypack.iam.wirings.
    Wiring(
        type="aws:cfg/deliveryChannel:DeliveryChannel",
        paths=("s3BucketName",),
        target=BUCKET,
        service="config",
        actions=_PUT_AFTER_CHECK,
        is_refused=True,
        key_prefix="s3KeyPrefix",
        docs="config/latest/developerguide/s3-bucket-policy.html",
    ),
    Wiring(
        type="aws:redshift/logging:Logging",
        paths=("bucketName",),
        target=BUCKET,
        service="redshift",
        actions=_PUT_AFTER_CHECK,
        source_arn="arn:*:redshift:*:*:cluster:*",
        only_if={"logDestinationType": ("", "s3")},
        is_refused=True,
        former=(":user/logs",),
        docs="redshift/latest/mgmt/db-auditing-manage-log-files.html",
    ),
    Wiring(
        type="aws:s3/bucketLogging:BucketLogging",
        paths=("targetBucket",),
        target=BUCKET,
        service="logging.s3",
        actions=_PUT,
        source="bucket",
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        takes_acl=True,
        docs="AmazonS3/latest/userguide/enable-server-access-logging.html",
    ),
    Wiring(
        type=BUCKET,
        paths=("logging.targetBucket", "loggings[].targetBucket"),
        target=BUCKET,
        service="logging.s3",
        actions=_PUT,
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        takes_acl=True,
        docs="AmazonS3/latest/userguide/enable-server-access-logging.html",
    ),
    Wiring(
        type="aws:s3/inventory:Inventory",
        paths=("destination.bucket.bucketArn",),
        target=BUCKET,
        service="s3",
        actions=_PUT,
        source="bucket",
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        docs="AmazonS3/latest/userguide/configure-inventory.html",
    ),
    # AWS adds the statement to the bucket's policy itself. A policy of the program's own replaces it.
    *(
        Wiring(
            type=type_,
            paths=(path,),
            target=BUCKET,
            service="delivery.logs",
            actions=_PUT_AFTER_CHECK,
            source_arn=_LOGS_ARN,
            works_by_default=True,
            key_actions=("kms:GenerateDataKey",),
            docs=docs,
        )
        for type_, path, docs in (
            ("aws:ec2/flowLog:FlowLog", "logDestination", "vpc/latest/userguide/flow-logs-s3-permissions.html"),
            (
                "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
                "logDestinationConfigs[]",
                "waf/latest/developerguide/logging-s3.html",
            ),
            ("aws:route53/resolverQueryLogConfig:ResolverQueryLogConfig", "destinationArn", _VENDED),
            (
                "aws:msk/cluster:Cluster",
                "loggingInfo.brokerLogs.s3.bucket",
                "msk/latest/developerguide/msk-logging.html",
            ),
            (
                "aws:vpclattice/accessLogSubscription:AccessLogSubscription",
                "destinationArn",
                "vpc-lattice/latest/ug/monitoring-access-logs.html",
            ),
            (
                "aws:globalaccelerator/accelerator:Accelerator",
                "attributes.flowLogsS3Bucket",
                "global-accelerator/latest/dg/monitoring-global-accelerator.flow-logs.html",
            ),
            (
                "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination",
                "deliveryDestinationConfiguration.destinationResourceArn",
                _VENDED,
            ),
            (
                "aws:verifiedaccess/instanceLoggingConfiguration:InstanceLoggingConfiguration",
                "accessLogs.s3.bucketName",
                "verified-access/latest/ug/access-logs-permissions.html",
            ),
            (
                "aws:networkfirewall/loggingConfiguration:LoggingConfiguration",
                "loggingConfiguration.logDestinationConfigs[].logDestination.bucketName",
                "network-firewall/latest/developerguide/logging-s3.html",
            ),
        )
    ),
    Wiring(
        type=_DISTRIBUTION,
        paths=("origins[].domainName",),
        beside="originAccessControlId",
        target=BUCKET,
        service="cloudfront",
        actions=("s3:GetObject",),
        source_name="id",
        source_arn="arn:*:cloudfront::*:distribution/{}",
        key_actions=("kms:Decrypt",),
        docs="AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
    ),
    Wiring(
        type=_DISTRIBUTION,
        paths=("origins[].domainName",),
        identity="s3OriginConfig.originAccessIdentity",
        target=BUCKET,
        service="cloudfront",
        actions=("s3:GetObject",),
        docs="AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-s3.html",
    ),
    # Functions that answer for other services.
    *(
        Wiring(
            type=type_,
            paths=(path,),
            target=FUNCTION,
            service=service,
            actions=_INVOKE,
            source=source,
            source_name=source_name,
            source_arn=source_arn,
            docs=docs,
        )
        for type_, path, service, source, source_name, source_arn, docs in (
            (
                "aws:appsync/graphQLApi:GraphQLApi",
                "lambdaAuthorizerConfig.authorizerUri",
                "appsync",
                "",
                "id",
                "arn:*:appsync:*:*:apis/{}",
                "appsync/latest/devguide/security-authz.html",
            ),
            (
                "aws:bedrock/agentAgentActionGroup:AgentAgentActionGroup",
                "actionGroupExecutor.lambda",
                "bedrock",
                "agentId",
                "agentId",
                "arn:*:bedrock:*:*:agent/{}",
                "bedrock/latest/userguide/agents-permission.html",
            ),
            (
                "aws:transfer/server:Server",
                "function",
                "transfer",
                "",
                "id",
                "arn:*:transfer:*:*:server/{}",
                "transfer/latest/userguide/custom-lambda-idp.html",
            ),
            (
                "aws:connect/lambdaFunctionAssociation:LambdaFunctionAssociation",
                "functionArn",
                "connect",
                "instanceId",
                "id",
                "arn:*:connect:*:*:instance/{}",
                "connect/latest/adminguide/connect-lambda-functions.html",
            ),
        )
    ),
    # SES publishes to a topic of the same account by the topic's default policy.
    *(
        Wiring(
            type=type_,
            paths=paths,
            target=TOPIC,
            service="ses",
            actions=_PUBLISH,
            works_by_default=True,
            key_actions=_DATA_KEYS,
            docs=docs,
        )
        for type_, paths, docs in (
            (
                _RECEIPT_RULE,
                tuple(f"{action}[].topicArn" for action in ("snsActions", "s3Actions", "lambdaActions")),
                "ses/latest/dg/receiving-email-permissions.html",
            ),
            (
                "aws:ses/identityNotificationTopic:IdentityNotificationTopic",
                ("topicArn",),
                "ses/latest/dg/configure-sns-notifications.html",
            ),
            (
                "aws:ses/eventDestination:EventDestination",
                ("snsDestination.topicArn",),
                "ses/latest/dg/event-publishing-add-event-destination-sns.html",
            ),
            (
                "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
                ("eventDestination.snsDestination.topicArn",),
                "ses/latest/dg/event-publishing-add-event-destination-sns.html",
            ),
        )
    ),
    # Reports and exports. Each of these services writes a test object, or reads the bucket's policy, first.
    *(
        Wiring(
            type=type_,
            paths=(path,),
            target=BUCKET,
            service=service,
            actions=actions,
            source_arn=source_arn,
            is_refused=True,
            docs=docs,
        )
        for type_, path, service, actions, source_arn, docs in (
            (
                "aws:cur/reportDefinition:ReportDefinition",
                "s3Bucket",
                "billingreports",
                ("s3:GetBucketAcl", "s3:GetBucketPolicy", "s3:PutObject"),
                "arn:*:cur:*:*:definition/*",
                "cur/latest/userguide/cur-s3.html",
            ),
            (
                "aws:guardduty/publishingDestination:PublishingDestination",
                "destinationArn",
                "guardduty",
                ("s3:GetBucketLocation", "s3:PutObject"),
                "arn:*:guardduty:*:*:detector/*",
                "guardduty/latest/ug/guardduty_exportfindings.html",
            ),
            (
                "aws:macie2/classificationExportConfiguration:ClassificationExportConfiguration",
                "s3Destination.bucketName",
                "macie",
                ("s3:GetBucketLocation", "s3:PutObject"),
                "arn:*:macie2:*:*:*",
                "macie/latest/user/discovery-results-repository-s3.html",
            ),
            (
                "aws:ssm/resourceDataSync:ResourceDataSync",
                "s3Destination.bucketName",
                "ssm",
                _PUT_AFTER_CHECK,
                "arn:*:ssm:*:*:resource-data-sync/*",
                "systems-manager/latest/userguide/inventory-create-resource-data-sync.html",
            ),
        )
    ),
    Wiring(
        type="aws:s3/analyticsConfiguration:AnalyticsConfiguration",
        paths=("storageClassAnalysis.dataExport.destination.s3BucketDestination.bucketArn",),
        target=BUCKET,
        service="s3",
        actions=_PUT,
        source="bucket",
        source_name="bucket",
        source_arn=_BUCKET_ARN,
        docs="AmazonS3/latest/userguide/configure-analytics-storage-class.html",
    ),
    # Search domains check the policy of the log group.
    *(
        Wiring(
            type=type_,
            paths=("logPublishingOptions[].cloudwatchLogGroupArn",),
            target=LOG_GROUP,
            service="es",
            actions=_PUT_EVENTS,
            source_name="domainName",
            source_arn="arn:*:es:*:*:domain/{}",
            is_refused=True,
            docs="opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html",
        )
        for type_ in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
    ),
    Wiring(
        type="aws:datasync/task:Task",
        paths=("cloudwatchLogGroupArn",),
        target=LOG_GROUP,
        service="datasync",
        actions=_PUT_EVENTS,
        source_arn="arn:*:datasync:*:*:task/*",
        docs="datasync/latest/userguide/configure-logging.html",
    ),
    Wiring(
        type="aws:route53/queryLog:QueryLog",
        paths=("cloudwatchLogGroupArn",),
        target=LOG_GROUP,
        service="route53",
        actions=_PUT_EVENTS,
        is_refused=True,
        docs="Route53/latest/DeveloperGuide/query-logs.html",
    ),
)


OPENED: Final = frozenset(
    (
        _EVENTS,
        _S3,
        _SNS_TO_SQS,
        "AmazonRDS/latest/UserGuide/USER_Events.GrantingPermissions.html",
        "AmazonS3/latest/userguide/enable-server-access-logging.html",
        "awscloudtrail/latest/userguide/cloudtrail-permissions-for-sns-notifications.html",
        "awscloudtrail/latest/userguide/create-s3-bucket-policy-for-cloudtrail.html",
        "config/latest/developerguide/s3-bucket-policy.html",
        "cost-management/latest/userguide/budgets-sns-policy.html",
        "guardduty/latest/ug/guardduty_exportfindings.html",
        "opensearch-service/latest/developerguide/createdomain-configure-slow-logs.html",
        "redshift/latest/mgmt/db-auditing-manage-log-files.html",
        "secretsmanager/latest/userguide/rotating-secrets-required-permissions-function.html",
        "ses/latest/dg/receiving-email-permissions.html",
    )
)
"""
The pages that were opened, and say what the rows of WIRINGS say: most of them in the guides that AWS has published at
https://github.com/awsdocs. The rows of other pages are written from knowledge of the services.
"""


@dataclass(frozen=True, slots=True)
class Trust:
    """
    A property whose role a service assumes.

    :param type: the type of the resource that has the role.
    :param path: the property that names the role, as in Value.each.
    :param service: the principal of the service, without `.amazonaws.com`.
    :param docs: the page under https://docs.aws.amazon.com/ that says so.
    :param actions: what the service needs to assume the role.
    """

    type: str
    path: str
    service: str
    docs: str
    actions: tuple[str, ...] = ("sts:AssumeRole",)


_IOT: Final = "iot/latest/developerguide/iot-create-role.html"
_MESSAGES: Final = ("application", "firehose", "http", "lambda", "sqs")

TRUSTS: Final = (
    Trust(
        "aws:apigateway/account:Account",
        "cloudwatchRoleArn",
        "apigateway",
        "apigateway/latest/developerguide/set-up-logging.html",
    ),
    Trust("aws:apigateway/integration:Integration", "credentials", "apigateway", _API),
    Trust("aws:apigatewayv2/integration:Integration", "credentialsArn", "apigateway", _API),
    Trust(
        "aws:apprunner/service:Service",
        "instanceConfiguration.instanceRoleArn",
        "tasks.apprunner",
        "apprunner/latest/dg/security_iam_service-with-iam.html",
    ),
    Trust(
        "aws:apprunner/service:Service",
        "sourceConfiguration.authenticationConfiguration.accessRoleArn",
        "build.apprunner",
        "apprunner/latest/dg/security_iam_service-with-iam.html",
    ),
    Trust(
        "aws:appsync/dataSource:DataSource",
        "serviceRoleArn",
        "appsync",
        "appsync/latest/devguide/attaching-a-data-source.html",
    ),
    Trust(
        "aws:appsync/graphQLApi:GraphQLApi",
        "logConfig.cloudwatchLogsRoleArn",
        "appsync",
        "appsync/latest/devguide/monitoring.html",
    ),
    Trust(
        "aws:autoscaling/lifecycleHook:LifecycleHook",
        "roleArn",
        "autoscaling",
        "autoscaling/ec2/userguide/prepare-for-lifecycle-notifications.html",
    ),
    Trust(
        "aws:backup/selection:Selection", "iamRoleArn", "backup", "aws-backup/latest/devguide/iam-service-roles.html"
    ),
    Trust(
        "aws:batch/computeEnvironment:ComputeEnvironment",
        "serviceRole",
        "batch",
        "batch/latest/userguide/service_IAM_role.html",
    ),
    Trust("aws:cfg/recorder:Recorder", "roleArn", "config", "config/latest/developerguide/iamrole-permissions.html"),
    Trust(
        "aws:bedrock/agentAgent:AgentAgent",
        "agentResourceRoleArn",
        "bedrock",
        "bedrock/latest/userguide/agents-permission.html",
    ),
    Trust(
        "aws:cloudformation/stack:Stack",
        "iamRoleArn",
        "cloudformation",
        "AWSCloudFormation/latest/UserGuide/using-iam-servicerole.html",
    ),
    Trust(
        "aws:cloudtrail/trail:Trail",
        "cloudWatchLogsRoleArn",
        "cloudtrail",
        "awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html",
    ),
    Trust(
        "aws:cloudwatch/metricStream:MetricStream",
        "roleArn",
        "streams.metrics.cloudwatch",
        "AmazonCloudWatch/latest/monitoring/CloudWatch-metric-streams-trustpolicy.html",
    ),
    Trust(_EVENT_TARGET, "roleArn", "events", "eventbridge/latest/userguide/eb-use-identity-based.html"),
    Trust(
        "aws:cloudwatch/logDestination:LogDestination",
        "roleArn",
        "logs",
        "AmazonCloudWatch/latest/logs/CreateDestination.html",
    ),
    Trust(
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter",
        "roleArn",
        "logs",
        "AmazonCloudWatch/latest/logs/SubscriptionFilters.html",
    ),
    Trust(
        "aws:codebuild/project:Project",
        "serviceRole",
        "codebuild",
        "codebuild/latest/userguide/setting-up-service-role.html",
    ),
    Trust(
        "aws:codedeploy/deploymentGroup:DeploymentGroup",
        "serviceRoleArn",
        "codedeploy",
        "codedeploy/latest/userguide/getting-started-create-service-role.html",
    ),
    Trust(
        "aws:codepipeline/pipeline:Pipeline",
        "roleArn",
        "codepipeline",
        "codepipeline/latest/userguide/how-to-custom-role.html",
    ),
    Trust(
        "aws:datasync/s3Location:S3Location",
        "s3Config.bucketAccessRoleArn",
        "datasync",
        "datasync/latest/userguide/create-s3-location.html",
    ),
    Trust(
        "aws:dlm/lifecyclePolicy:LifecyclePolicy", "executionRoleArn", "dlm", "ebs/latest/userguide/service-role.html"
    ),
    Trust("aws:dms/s3Endpoint:S3Endpoint", "serviceAccessRoleArn", "dms", "dms/latest/userguide/CHAP_Target.S3.html"),
    Trust("aws:ec2/flowLog:FlowLog", "iamRoleArn", "vpc-flow-logs", "vpc/latest/userguide/flow-logs-iam-role.html"),
    Trust(
        "aws:ecs/taskDefinition:TaskDefinition",
        "executionRoleArn",
        "ecs-tasks",
        "AmazonECS/latest/developerguide/task_execution_IAM_role.html",
    ),
    Trust(
        "aws:ecs/taskDefinition:TaskDefinition",
        "taskRoleArn",
        "ecs-tasks",
        "AmazonECS/latest/developerguide/task-iam-roles.html",
    ),
    Trust("aws:eks/cluster:Cluster", "roleArn", "eks", "eks/latest/userguide/cluster-iam-role.html"),
    Trust("aws:eks/nodeGroup:NodeGroup", "nodeRoleArn", "ec2", "eks/latest/userguide/create-node-role.html"),
    Trust(
        "aws:eks/fargateProfile:FargateProfile",
        "podExecutionRoleArn",
        "eks-fargate-pods",
        "eks/latest/userguide/pod-execution-role.html",
    ),
    Trust(
        "aws:emr/cluster:Cluster",
        "serviceRole",
        "elasticmapreduce",
        "emr/latest/ManagementGuide/emr-iam-role.html",
    ),
    Trust("aws:glue/crawler:Crawler", "role", "glue", "glue/latest/dg/create-an-iam-role.html"),
    Trust("aws:glue/job:Job", "roleArn", "glue", "glue/latest/dg/create-an-iam-role.html"),
    Trust(
        "aws:iam/instanceProfile:InstanceProfile",
        "role",
        "ec2",
        "IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html",
    ),
    *(
        Trust(
            "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",
            f"{destination}.roleArn",
            "firehose",
            "firehose/latest/dev/controlling-access.html",
        )
        for destination in (
            *("extendedS3Configuration", "httpEndpointConfiguration", "kinesisSourceConfiguration"),
            *("opensearchConfiguration", "redshiftConfiguration", "snowflakeConfiguration"),
        )
    ),
    Trust(
        "aws:kinesisanalyticsv2/application:Application",
        "serviceExecutionRole",
        "kinesisanalytics",
        "managed-flink/latest/java/security-iam-service-with-iam.html",
    ),
    Trust("aws:lambda/function:Function", "role", "lambda", "lambda/latest/dg/lambda-intro-execution-role.html"),
    Trust(
        "aws:mskconnect/connector:Connector",
        "serviceExecutionRoleArn",
        "kafkaconnect",
        "msk/latest/developerguide/msk-connect-service-execution-role.html",
    ),
    Trust("aws:pipes/pipe:Pipe", "roleArn", "pipes", "eventbridge/latest/userguide/eb-pipes-permissions.html"),
    *(
        Trust(
            type_, "monitoringRoleArn", "monitoring.rds", "AmazonRDS/latest/UserGuide/USER_Monitoring.OS.Enabling.html"
        )
        for type_ in ("aws:rds/instance:Instance", "aws:rds/cluster:Cluster")
    ),
    Trust("aws:rds/proxy:Proxy", "roleArn", "rds", "AmazonRDS/latest/UserGuide/rds-proxy-iam-setup.html"),
    Trust(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "role",
        "s3",
        "AmazonS3/latest/userguide/setting-repl-config-perm-overview.html",
    ),
    Trust(
        "aws:sagemaker/domain:Domain",
        "defaultUserSettings.executionRole",
        "sagemaker",
        "sagemaker/latest/dg/sagemaker-roles.html",
    ),
    Trust("aws:sagemaker/model:Model", "executionRoleArn", "sagemaker", "sagemaker/latest/dg/sagemaker-roles.html"),
    Trust(
        "aws:sagemaker/notebookInstance:NotebookInstance",
        "roleArn",
        "sagemaker",
        "sagemaker/latest/dg/sagemaker-roles.html",
    ),
    Trust(
        "aws:scheduler/schedule:Schedule",
        "target.roleArn",
        "scheduler",
        "scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role",
    ),
    Trust(
        "aws:sfn/stateMachine:StateMachine",
        "roleArn",
        "states",
        "step-functions/latest/dg/procedure-create-iam-role.html",
    ),
    Trust(
        "aws:transfer/server:Server",
        "loggingRole",
        "transfer",
        "transfer/latest/userguide/configure-cw-logging-role.html",
    ),
    Trust("aws:transfer/user:User", "role", "transfer", "transfer/latest/userguide/requirements-roles.html"),
    Trust(
        "aws:amplify/app:App",
        "iamServiceRoleArn",
        "amplify",
        "amplify/latest/userguide/how-to-service-role-amplify-console.html",
    ),
    Trust("aws:apigateway/authorizer:Authorizer", "authorizerCredentials", "apigateway", _API_AUTHORIZER),
    Trust("aws:apigatewayv2/authorizer:Authorizer", "authorizerCredentialsArn", "apigateway", _API_AUTHORIZER),
    Trust(
        "aws:athena/workgroup:Workgroup",
        "configuration.executionRole",
        "athena",
        "athena/latest/ug/notebooks-spark-getting-started.html",
    ),
    Trust(
        "aws:batch/computeEnvironment:ComputeEnvironment",
        "computeResources.spotIamFleetRole",
        "spotfleet",
        "batch/latest/userguide/spot_fleet_IAM_role.html",
    ),
    *(
        Trust(
            "aws:batch/jobDefinition:JobDefinition",
            f"containerProperties.{role}",
            "ecs-tasks",
            "batch/latest/userguide/execution-IAM-role.html",
        )
        for role in ("executionRoleArn", "jobRoleArn")
    ),
    Trust(
        "aws:bedrock/agentKnowledgeBase:AgentKnowledgeBase",
        "roleArn",
        "bedrock",
        "bedrock/latest/userguide/kb-permissions.html",
    ),
    Trust(
        "aws:budgets/budgetAction:BudgetAction",
        "executionRoleArn",
        "budgets",
        "cost-management/latest/userguide/budgets-controls.html",
    ),
    Trust(
        "aws:cloudfront/realtimeLogConfig:RealtimeLogConfig",
        "endpoint.kinesisStreamConfig.roleArn",
        "cloudfront",
        "AmazonCloudFront/latest/DeveloperGuide/real-time-logs.html",
    ),
    Trust(
        "aws:cognito/userPool:UserPool",
        "smsConfiguration.snsCallerArn",
        "cognito-idp",
        "cognito/latest/developerguide/cognito-user-pool-settings-mfa-sms-text-message.html",
    ),
    *(
        Trust("aws:dms/endpoint:Endpoint", path, "dms", "dms/latest/userguide/CHAP_Security.html")
        for path in ("kinesisSettings.serviceAccessRoleArn", "secretsManagerAccessRoleArn")
    ),
    *(
        Trust(
            "aws:ecs/expressGatewayService:ExpressGatewayService",
            path,
            service,
            "AmazonECS/latest/developerguide/security-ecs-iam-role-overview.html",
        )
        for path, service in (
            ("executionRoleArn", "ecs-tasks"),
            ("taskRoleArn", "ecs-tasks"),
            ("infrastructureRoleArn", "ecs"),
        )
    ),
    Trust(
        "aws:ecs/service:Service",
        "volumeConfiguration.managedEbsVolume.roleArn",
        "ecs",
        "AmazonECS/latest/developerguide/infrastructure_IAM_role.html",
    ),
    # The agent on the node assumes the role with tags of the session.
    *(
        Trust(type_, path, "pods.eks", "eks/latest/userguide/pod-id-role.html", ("sts:AssumeRole", "sts:TagSession"))
        for type_, path in (
            ("aws:eks/podIdentityAssociation:PodIdentityAssociation", "roleArn"),
            ("aws:eks/addon:Addon", "podIdentityAssociations[].roleArn"),
        )
    ),
    Trust(
        "aws:emr/studio:Studio",
        "serviceRole",
        "elasticmapreduce",
        "emr/latest/ManagementGuide/emr-studio-service-role.html",
    ),
    *(
        Trust("aws:iot/topicRule:TopicRule", f"{block}.roleArn", "iot", _IOT)
        for several, one in (
            *(("sqs", "sqs"), ("sns", "sns"), ("s3", "s3"), ("kineses", "kinesis"), ("firehoses", "firehose")),
            *(("stepFunctions", "stepFunctions"), ("cloudwatchLogs", "cloudwatchLogs"), ("dynamodbs", "dynamodb")),
            ("dynamodbv2s", "dynamodbv2"),
        )
        for block in (f"{several}[]", f"errorAction.{one}")
    ),
    Trust(
        "aws:lakeformation/resource:Resource",
        "roleArn",
        "lakeformation",
        "lake-formation/latest/dg/registration-role.html",
    ),
    Trust(
        "aws:mwaa/environment:Environment",
        "executionRoleArn",
        "airflow-env",
        "mwaa/latest/userguide/mwaa-create-role.html",
    ),
    Trust(
        "aws:rds/exportTask:ExportTask",
        "iamRoleArn",
        "export.rds",
        "AmazonRDS/latest/UserGuide/USER_ExportSnapshot.Setup.html",
    ),
    *(
        Trust(type_, path, "redshift", "redshift/latest/mgmt/authorizing-redshift-service.html")
        for type_, path in (
            ("aws:redshift/cluster:Cluster", "iamRoles[]"),
            ("aws:redshift/clusterIamRoles:ClusterIamRoles", "iamRoleArns[]"),
            ("aws:redshiftserverless/namespace:Namespace", "iamRoles[]"),
        )
    ),
    *(
        Trust(type_, path, "sagemaker", "sagemaker/latest/dg/sagemaker-roles.html")
        for type_, path in (
            ("aws:sagemaker/featureGroup:FeatureGroup", "roleArn"),
            ("aws:sagemaker/pipeline:Pipeline", "roleArn"),
            ("aws:sagemaker/userProfile:UserProfile", "userSettings.executionRole"),
        )
    ),
    Trust(
        "aws:ses/eventDestination:EventDestination",
        "kinesisDestination.roleArn",
        "ses",
        "ses/latest/dg/event-publishing-add-event-destination-firehose.html",
    ),
    Trust(
        "aws:sesv2/configurationSetEventDestination:ConfigurationSetEventDestination",
        "eventDestination.kinesisFirehoseDestination.iamRoleArn",
        "ses",
        "ses/latest/dg/event-publishing-add-event-destination-firehose.html",
    ),
    Trust(_SUBSCRIPTION, "subscriptionRoleArn", "sns", "sns/latest/dg/prereqs-kinesis-data-firehose.html"),
    *(
        Trust(TOPIC, f"{protocol}{outcome}FeedbackRoleArn", "sns", "sns/latest/dg/sns-topic-attributes.html")
        for protocol in _MESSAGES
        for outcome in ("Success", "Failure")
    ),
    Trust(
        "aws:ssm/activation:Activation",
        "iamRole",
        "ssm",
        "systems-manager/latest/userguide/hybrid-multicloud-service-role.html",
    ),
    *(
        Trust(type_, "roleArn", "storagegateway", "filegateway/latest/files3/add-file-share.html")
        for type_ in ("aws:storagegateway/nfsFileShare:NfsFileShare", "aws:storagegateway/smbFileShare:SmbFileShare")
    ),
    Trust(
        "aws:synthetics/canary:Canary",
        "executionRoleArn",
        "lambda",
        "AmazonCloudWatch/latest/monitoring/CloudWatch_Synthetics_Canaries_CanaryPermissions.html",
    ),
)
