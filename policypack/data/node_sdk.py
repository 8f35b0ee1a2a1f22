"""What pulumi-aws for Node.js has beside what its schema says, and so beside what the SDK for Python has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "names of pulumi-aws for Node.js",
        "2026-11-28",
        ("https://www.npmjs.com/package/@pulumi/aws/v/7.48.0", "https://www.npmjs.com/package/@pulumi/aws/v/6.83.4"),
        365,
    ),
)

_SUBSCRIPTIONS: Final = ("{}Event", "{}EventHandler", "{}EventRecord", "{}EventSubscription", "{}EventSubscriptionArgs")


def _events(*sources: str) -> tuple[str, ...]:
    """The types for those who subscribe to the events of something."""
    return tuple(name.format(source) for source in sources for name in (*_SUBSCRIPTIONS, "{}Record"))


_ADDRESSES: Final = frozenset(("ApplicationLoadBalancer", "Dualstack", "Ipv4", "NetworkLoadBalancer"))
NAMES: Final[Mapping[str, frozenset[str]]] = {
    "": frozenset(
        {
            *("ARN", "Overwrite", "Tags", "config", "types", "arnBuild", "arnBuildOutput", "trimIamRolePath"),
            *("trimIamRolePathOutput", "userAgent", "userAgentOutput", "AFSouth1Region", "APEast1Region"),
            *("APNortheast1Region", "APNortheast2Region", "APSouth1Region", "APSouthEast2Region", "APSoutheast1Region"),
            *("CACentralRegion", "CNNorth1Region", "CNNorthWest1Region", "EUCentral1Region", "EUNorth1Region"),
            *("EUSouth1Region", "EUWest1Region", "EUWest2Region", "EUWest3Region", "MESouth1Region", "SAEast1Region"),
            *("USEast1Region", "USEast2Region", "USGovEast1Region", "USGovWest1Region", "USWest1Region"),
            "USWest2Region",
        }
    ),
    "alb": _ADDRESSES,
    "applicationloadbalancing": _ADDRESSES,
    "autoscaling": frozenset(
        {
            *("GroupDesiredCapacityMetric", "GroupInServiceInstancesMetric", "GroupMaxSizeMetric", "TestNotification"),
            *("GroupMinSizeMetric", "GroupPendingInstances", "GroupStandbyInstances", "GroupTerminatingInstances"),
            *("GroupTotalInstances", "InstanceLaunchErrorNotification", "InstanceLaunchNotification"),
            *("InstanceTerminateErrorNotification", "InstanceTerminateNotification", "OneMinuteMetricsGranularity"),
        }
    ),
    "cloudwatch": frozenset((*_events("EventRule", "LogGroup"), "DecodedLogGroupEvent", "onSchedule")),
    "dynamodb": frozenset(_events("Table")),
    "ec2": frozenset(
        {
            *("AllProtocols", "ClusterStrategy", "DedicatedTenancy", "DefaultTenancy", "ICMPProtocol", "Tenancies"),
            *("InstancePlatforms", "InstanceTypes", "LinuxUnixPlatform", "RedHatEnterpriseLinuxPlatform"),
            *("SpreadStrategy", "SuseLinuxPlatform", "TCPProtocol", "UDPProtocol", "WindowsPlatform"),
            *("WindowsWithSqlServerEnterprisePlatform", "WindowsWithSqlServerPlatform"),
            *("WindowsWithSqlServerStandardPlatform", "WindowsWithSqlServerWebPlatform"),
        }
    ),
    "ecr": frozenset(("Action", "LifecyclePolicyDocument", "PolicyRule", "Selection")),
    "ecs": frozenset(
        {
            *("AppProtocol", "ContainerDefinition", "ContainerDependency", "ContainerRestartPolicy", "Device"),
            *("EnvironmentFile", "FirelensConfiguration", "HealthCheck", "HostEntry", "KernelCapabilities"),
            *("KernelCapability", "KeyValuePair", "LinuxParameters", "LogConfiguration", "LogDriver", "MountPoint"),
            *("PortMapping", "Protocol", "RepositoryCredentials", "ResourceRequirements", "Secret", "SystemControl"),
            *("Ulimit", "UlimitName", "VersionConsistency", "VolumeFrom"),
        }
    ),
    "iam": frozenset(
        {
            *("AWSPrincipal", "ConditionArguments", "Conditions", "FederatedPrincipal", "ManagedPolicies"),
            *("PolicyDocument", "PolicyStatement", "Principal", "Principals", "ServicePrincipal"),
            "assumeRolePolicyForPrincipal",
        }
    ),
    "kinesis": frozenset(_events("Stream")),
    "lambda": frozenset(
        {
            *("BaseCallbackFunctionArgs", "Callback", "CallbackFactory", "CallbackFunction", "CallbackFunctionArgs"),
            *("Context", "CustomRuntime", "DotnetCore1d0Runtime", "DotnetCore2d0Runtime", "DotnetCore2d1Runtime"),
            *("DotnetCore3d1Runtime", "EventHandler", "EventSubscription", "Go1dxRuntime", "Java11Runtime"),
            *("Java8Runtime", "NodeJS10dXRuntime", "NodeJS12dXRuntime", "NodeJS4d3EdgeRuntime", "NodeJS4d3Runtime"),
            *("NodeJS6d10Runtime", "NodeJS8d10Runtime", "NodeJSRuntime", "Python2d7Runtime", "Python3d6Runtime"),
            *("Python3d7Runtime", "Python3d8Runtime", "Ruby2d5Runtime", "Ruby2d7Runtime"),
            *("createFunctionFromEventHandler", "isEventHandler"),
        }
    ),
    "rds": frozenset(
        {
            *("AuroraEngine", "AuroraMysqlEngine", "AuroraPostgresqlEngine", "GlobalEngine", "InstanceTypes"),
            *("ParallelQueryEngine", "ProvisionedEngine", "ServerlessEngine", "StorageTypes"),
        }
    ),
    "route53": frozenset(("RecordTypes",)),
    "s3": frozenset(
        {
            *_events("Bucket"),
            *("AuthenticatedReadAcl", "AwsExecReadAcl", "BucketOwnerFullControlAcl", "BucketOwnerReadAcl"),
            *("CommonBucketSubscriptionArgs", "Condition", "LogDeliveryWriteAcl", "ObjectCreatedSubscriptionArgs"),
            *("ObjectRemovedSubscriptionArgs", "PrivateAcl", "PublicReadAcl", "PublicReadWriteAcl", "Redirect"),
            "RoutingRule",
        }
    ),
    "sns": frozenset((*_events("Topic"), "SNSItem", "SNSMessageAttribute")),
    "sqs": frozenset(_events("Queue")),
    "ssm": frozenset(("SecureStringParameter", "StringListParameter", "StringParameter")),
}
"""The names by module; the module without a name is the package."""
