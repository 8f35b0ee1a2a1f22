"""More than one zone, failover, backups."""

from typing import Any, NamedTuple

import pytest

from policypack.config import ConfigError
from policypack.data.twins import CANONICAL_TYPES
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check, tokens

DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
CACHE = "aws:elasticache/cluster:Cluster"
MEMORYDB = "aws:memorydb/cluster:Cluster"
FILES = "aws:efs/fileSystem:FileSystem"
TABLE = "aws:dynamodb/table:Table"
SUBNET = "aws:ec2/subnet:Subnet"
ONE_ZONE = "the resource is in a single Availability Zone, and unavailable when that zone fails."


def nested(path: str, value: Any) -> dict[str, Any]:
    """Inputs in which the dotted path has the value."""
    for step in reversed(path.split(".")[1:]):
        value = {step: value}
    return {path.split(".")[0]: value}


# More than one zone


class Setting(NamedTuple):
    """A type with the property that puts it into more than one zone."""

    type: str
    path: str
    wrong: Any
    right: list[Any]
    fix: str
    rest: dict[str, Any] = {}  # noqa: RUF012


FSX = ['Set deploymentType to "MULTI_AZ_1". It needs two subnetIds', "This replaces the resource: back up"]
SETTINGS = [
    Setting(DATABASE, "multiAz", False, [True], "Set multiAz to true."),
    Setting(GROUP, "multiAzEnabled", False, [True], "Set multiAzEnabled to true. It needs automaticFailoverEnabled"),
    Setting(
        CACHE,
        "azMode",
        "single-az",
        ["cross-az"],
        'Set azMode to "cross-az". It needs numCacheNodes of 2 or more.',
        {"engine": "memcached"},
    ),
    Setting("aws:dms/replicationInstance:ReplicationInstance", "multiAz", False, [True], "Set multiAz to true."),
    Setting(
        "aws:mq/broker:Broker",
        "deploymentMode",
        "SINGLE_INSTANCE",
        ["ACTIVE_STANDBY_MULTI_AZ", "CLUSTER_MULTI_AZ"],
        'Set deploymentMode to "ACTIVE_STANDBY_MULTI_AZ". This replaces the resource',
    ),
    *(
        Setting(
            "aws:mq/broker:Broker",
            "deploymentMode",
            "SINGLE_INSTANCE",
            ["CLUSTER_MULTI_AZ"],
            'Set deploymentMode to "CLUSTER_MULTI_AZ". A cluster cannot have the hostInstanceType "mq.t3.micro".',
            {"engineType": engine},
        )
        for engine in ("RabbitMQ", "RABBITMQ")
    ),
    *(
        Setting(
            type_,
            "clusterConfig.zoneAwarenessEnabled",
            False,
            [True],
            "Set clusterConfig.zoneAwarenessEnabled to true. It needs clusterConfig.instanceCount of 2 or more",
        )
        for type_ in ("aws:opensearch/domain:Domain", "aws:elasticsearch/domain:Domain")
    ),
    *(
        Setting(type_, "deploymentType", wrong, ["MULTI_AZ_1", "MULTI_AZ_2"], fix)
        for type_ in (
            "aws:fsx/ontapFileSystem:OntapFileSystem",
            "aws:fsx/openZfsFileSystem:OpenZfsFileSystem",
            "aws:fsx/windowsFileSystem:WindowsFileSystem",
        )
        for wrong, fix in zip(("SINGLE_AZ_1", "SINGLE_AZ_2"), FSX, strict=True)
    ),
    Setting(
        "aws:timestreaminfluxdb/dbInstance:DbInstance",
        "deploymentType",
        "SINGLE_AZ",
        ["WITH_MULTIAZ_STANDBY"],
        'Set deploymentType to "WITH_MULTIAZ_STANDBY".',
    ),
]
each_setting = pytest.mark.parametrize("setting", SETTINGS, ids=lambda setting: f"{setting.type}-{setting.wrong}")


def placed(setting: Setting, value: Any) -> Resource:
    return resource(setting.type, **nested(setting.path, value), **setting.rest)


@each_setting
def test_what_is_in_one_zone_is_reported(setting: Setting) -> None:
    decision = check("multi-az", placed(setting, setting.wrong))
    assert decision.violations == [f"it.{setting.path}"]
    shown = f'"{setting.wrong}"' if isinstance(setting.wrong, str) else "false"
    assert decision.messages[0].startswith(f"{setting.path} is {shown}: {ONE_ZONE}\n")
    assert setting.fix in decision.messages[0]


@each_setting
def test_what_is_in_more_zones_complies(setting: Setting) -> None:
    for right in setting.right:
        assert check("multi-az", placed(setting, right)).is_clean


@each_setting
def test_one_zone_is_the_default(setting: Setting) -> None:
    decision = check("multi-az", placed(setting, None))
    assert decision.violations == [f"it.{setting.path}"]
    assert f"{setting.path} is not set: {ONE_ZONE}" in decision.messages[0]


@each_setting
def test_an_unknown_setting_is_undecided(setting: Setting) -> None:
    decision = check("multi-az", placed(setting, UNKNOWN))
    assert decision.violations == []
    assert decision.undecided == [f"it.{setting.path}"]


@each_setting
def test_a_secret_setting_is_judged_and_not_shown(setting: Setting) -> None:
    policy = POLICIES["multi-az"]
    assert decide(policy, placed(setting, Secret(setting.right[0]))).is_clean
    decision = decide(policy, placed(setting, Secret(setting.wrong)))
    assert decision.violations == [f"it.{setting.path}"]
    assert f"{setting.path} is [secret]: " in decision.messages[0]


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DATABASE, {"replicateSourceDb": "primary"}),
        (DATABASE, {"replicateSourceDb": UNKNOWN}),
        (DATABASE, {"engine": "aurora"}),
        (DATABASE, {"engine": "aurora-mysql"}),
        (DATABASE, {"engine": "aurora-postgresql", "multiAz": False}),
        (DATABASE, {"engine": "sqlserver-ex"}),
        (GROUP, {"globalReplicationGroupId": UNKNOWN}),
        (CACHE, {"engine": "redis", "numCacheNodes": 1}),
        (CACHE, {"replicationGroupId": UNKNOWN}),
    ],
)
def test_what_cannot_have_more_zones_of_its_own_complies(type_: str, inputs: dict[str, Any]) -> None:
    assert check("multi-az", resource(type_, **inputs)).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs", "place"),
    [
        (DATABASE, {"engine": "postgres"}, "multiAz"),
        (DATABASE, {"engine": "sqlserver-se"}, "multiAz"),
        (DATABASE, {"snapshotIdentifier": "orders"}, "multiAz"),
        (DATABASE, {"replicateSourceDb": ""}, "multiAz"),
        (CACHE, {"engine": "memcached", "numCacheNodes": 1}, "azMode"),
    ],
)
def test_what_can_have_more_zones_needs_them(type_: str, inputs: dict[str, Any], place: str) -> None:
    assert check("multi-az", resource(type_, **inputs)).violations == [f"it.{place}"]


def test_an_unknown_engine_decides_only_where_it_matters() -> None:
    decision = check("multi-az", resource(DATABASE, engine=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.multiAz"])
    assert check("multi-az", resource(DATABASE, engine=UNKNOWN, multiAz=True)).is_clean
    assert check("multi-az", resource(CACHE, engine=UNKNOWN)).undecided == ["it.azMode"]


# Enough of something for more than one zone


COUNTS = [
    (MEMORYDB, "numReplicasPerShard", 1),
    ("aws:dax/cluster:Cluster", "replicationFactor", 2),
]
LISTS = [
    (token, path)
    for type_, paths in (
        ("aws:lb/loadBalancer:LoadBalancer", ("subnets", "subnetMappings")),
        ("aws:elb/loadBalancer:LoadBalancer", ("subnets", "availabilityZones")),
        ("aws:autoscaling/group:Group", ("vpcZoneIdentifiers", "availabilityZones")),
        ("aws:networkfirewall/firewall:Firewall", ("subnetMappings", "availabilityZoneMappings")),
        ("aws:lambda/function:Function", ("vpcConfig.subnetIds",)),
    )
    for token in tokens(type_)
    for path in paths
]
each_count = pytest.mark.parametrize(("type_", "path", "least"), COUNTS)
each_list = pytest.mark.parametrize(("type_", "path"), LISTS)


@each_count
def test_too_few_are_reported(type_: str, path: str, least: int) -> None:
    for few in (least - 1, str(least - 1)):
        decision = check("multi-az", resource(type_, **{path: few}))
        assert decision.violations == [f"it.{path}"]
        assert f": {ONE_ZONE}\nFix: Set {path} to {least} or more; each node is billed." in decision.messages[0]


@each_count
def test_enough_comply(type_: str, path: str, least: int) -> None:
    for enough in (least, float(least + 1)):
        assert check("multi-az", resource(type_, **{path: enough})).is_clean


@each_count
def test_an_unknown_count_is_undecided(type_: str, path: str, least: int) -> None:
    assert check("multi-az", resource(type_, **{path: UNKNOWN})).undecided == [f"it.{path}"]


BALANCER = "aws:lb/loadBalancer:LoadBalancer"


def listing(type_: str, path: str, value: Any) -> Resource:
    """A resource with a list; a load balancer is of a kind that AWS does not refuse in one zone."""
    kind = {"loadBalancerType": "network"} if CANONICAL_TYPES.get(type_, type_) == BALANCER else {}
    return resource(type_, **nested(path, value), **kind)


def test_an_application_load_balancer_is_for_the_policy_of_required_zones() -> None:
    for kind in (None, "", "application"):
        balancer = resource(BALANCER, loadBalancerType=kind, subnets=["subnet-1"])
        assert check("multi-az", balancer).is_clean
        assert check("required-zones", balancer).violations == ["it.subnets"]


@each_list
def test_a_list_of_one_is_reported_whatever_is_in_it(type_: str, path: str) -> None:
    for one in ("subnet-1", UNKNOWN, {"subnetId": UNKNOWN}):
        decision = check("multi-az", listing(type_, path, [one]))
        assert decision.violations == [f"it.{path}"]
        assert decision.undecided == []
        assert decision.messages[0].startswith(
            f"{path} is a list of 1: {ONE_ZONE}\nFix: Add entries of other Availability Zones to {path}, 2 or more in "
            "all."
        )


@each_list
def test_a_list_of_two_complies_whatever_is_in_it(type_: str, path: str) -> None:
    assert check("multi-az", listing(type_, path, ["subnet-1", "subnet-2"])).is_clean
    assert check("multi-az", listing(type_, path, [UNKNOWN, UNKNOWN, UNKNOWN])).is_clean
    assert decide(POLICIES["multi-az"], listing(type_, path, Secret(["subnet-1", "subnet-2"]))).is_clean


@each_list
def test_an_unknown_list_is_as_long_as_the_subnets_that_it_comes_from(type_: str, path: str) -> None:
    first, second = resource(SUBNET, "first"), resource("aws:ec2/defaultSubnet:DefaultSubnet", "second")
    vpc = resource("aws:ec2/vpc:Vpc", "vpc")
    alone = listing(type_, path, UNKNOWN)
    assert check("multi-az", alone).undecided == [f"it.{path}"]

    def spread(*sources: Resource) -> Resource:
        it = listing(type_, path, UNKNOWN)
        it.property_dependencies = {path.split(".")[0]: tuple(source.urn for source in sources)}
        return it

    everything = (first, second, vpc)
    assert check("multi-az", *everything, spread(first, second)).is_clean
    assert check("multi-az", *everything, spread(first, vpc)).undecided == [f"it.{path}"]


@each_list
def test_where_nothing_is_listed_nothing_is_said(type_: str, path: str) -> None:
    assert check("multi-az", listing(type_, path, None)).is_clean
    assert check("multi-az", listing(type_, path, [])).is_clean


def test_the_list_that_is_given_counts() -> None:
    load_balancer = resource(BALANCER, loadBalancerType="network", subnets=[], subnetMappings=[{"subnetId": UNKNOWN}])
    assert check("multi-az", load_balancer).violations == ["it.subnetMappings"]


def test_a_memorydb_cluster_has_a_replica_unless_told_otherwise() -> None:
    assert check("multi-az", resource(MEMORYDB)).is_clean
    assert check("multi-az", resource(MEMORYDB, numReplicasPerShard=0)).violations == ["it.numReplicasPerShard"]


@pytest.mark.parametrize("zone", [None, ""])
def test_a_file_system_is_in_all_zones_unless_told_otherwise(zone: str | None) -> None:
    assert check("multi-az", resource(FILES, availabilityZoneName=zone)).is_clean


def test_a_file_system_of_one_zone_is_reported() -> None:
    decision = check("multi-az", resource(FILES, availabilityZoneName="eu-west-1a"))
    assert decision.violations == ["it.availabilityZoneName"]
    assert (
        f'availabilityZoneName is "eu-west-1a": {ONE_ZONE}\nFix: Leave availabilityZoneName out.'
        in (decision.messages[0])
    )
    secret = decide(POLICIES["multi-az"], resource(FILES, availabilityZoneName=Secret("eu-west-1a")))
    assert secret.violations == ["it.availabilityZoneName"]
    assert "eu-west-1a" not in secret.messages[0]
    assert check("multi-az", resource(FILES, availabilityZoneName=UNKNOWN)).undecided == ["it.availabilityZoneName"]


def test_every_type_of_multi_az_is_tested() -> None:
    tested = {setting.type for setting in SETTINGS} | {type_ for type_, _, _ in COUNTS} | {type_ for type_, _ in LISTS}
    assert set(POLICIES["multi-az"].types) <= tested | {FILES}


# Clusters of databases


CLUSTERS = [
    (CLUSTER, "aws:rds/clusterInstance:ClusterInstance"),
    ("aws:docdb/cluster:Cluster", "aws:docdb/clusterInstance:ClusterInstance"),
    ("aws:neptune/cluster:Cluster", "aws:neptune/clusterInstance:ClusterInstance"),
]
each_cluster = pytest.mark.parametrize(("type_", "instance"), CLUSTERS)


@each_cluster
def test_a_cluster_of_one_instance_is_reported(type_: str, instance: str) -> None:
    cluster = resource(type_, "orders")
    for identifier in (ref(cluster), ref(cluster, "orders-1")):
        decision = check("cluster-multi-az", cluster, resource(instance, "one", clusterIdentifier=identifier))
        assert decision.violations == ["orders"]
        assert "The cluster has a single instance, 'one': " in decision.messages[0]
        assert "Fix: Add a second ClusterInstance" in decision.messages[0]


@each_cluster
def test_a_cluster_of_two_instances_complies(type_: str, instance: str) -> None:
    cluster = resource(type_, "orders")
    instances = [resource(instance, name, clusterIdentifier=ref(cluster)) for name in ("one", "two")]
    assert check("cluster-multi-az", cluster, *instances).is_clean


@each_cluster
def test_a_cluster_whose_instances_are_not_in_the_stack_is_not_judged(type_: str, instance: str) -> None:
    assert check("cluster-multi-az", resource(type_, "orders")).is_clean
    other = resource(instance, clusterIdentifier="another")
    assert check("cluster-multi-az", resource(type_, "orders"), other).is_clean


@each_cluster
def test_an_instance_that_may_be_the_clusters_second_leaves_it_undecided(type_: str, instance: str) -> None:
    cluster = resource(type_, "orders")
    one, two = (
        resource(instance, "one", clusterIdentifier=ref(cluster)),
        resource(instance, "two", clusterIdentifier=UNKNOWN),
    )
    decision = check("cluster-multi-az", cluster, one, two)
    assert (decision.violations, decision.undecided) == ([], ["two.clusterIdentifier"])


def test_an_instance_found_by_its_clusters_literal_name_counts() -> None:
    cluster = resource(CLUSTER, "orders", clusterIdentifier="orders-1")
    instance = resource("aws:rds/clusterInstance:ClusterInstance", "one", clusterIdentifier="orders-1")
    assert check("cluster-multi-az", cluster, instance).violations == ["orders"]


# Failover of caches


@pytest.mark.parametrize("failover", [None, False, "false"])
def test_a_group_that_does_not_fail_over_is_reported(failover: Any) -> None:
    group = resource(GROUP, automaticFailoverEnabled=failover, numCacheClusters=2)
    decision = check("elasticache-failover", group)
    assert decision.violations == ["it.automaticFailoverEnabled"]
    assert "when the primary node fails, no replica takes over." in decision.messages[0]
    assert "Fix: Set automaticFailoverEnabled to true, and numCacheClusters to 2 or more" in decision.messages[0]


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"multiAzEnabled": True, "numCacheClusters": 2}, "multiAzEnabled true"),
        ({"numNodeGroups": 3.0, "replicasPerNodeGroup": 1}, "numNodeGroups 3"),
    ],
)
def test_what_aws_refuses_without_failover_is_named(inputs: dict[str, Any], reason: str) -> None:
    decision = check("elasticache-failover", resource(GROUP, automaticFailoverEnabled=False, **inputs))
    assert decision.violations == ["it.automaticFailoverEnabled"]
    assert f"automaticFailoverEnabled is false: AWS refuses that together with {reason}." in decision.messages[0]


def test_one_shard_does_not_need_failover_to_be_made() -> None:
    group = resource(GROUP, automaticFailoverEnabled=False, multiAzEnabled=False, numNodeGroups=1)
    assert "AWS refuses" not in check("elasticache-failover", group).messages[0]


@pytest.mark.parametrize(
    "inputs",
    [
        {"numCacheClusters": 2},
        {"numCacheClusters": 3.0, "multiAzEnabled": True},
        {"numCacheClusters": 2, "replicasPerNodeGroup": 0},
        {"numCacheClusters": 2, "replicasPerNodeGroup": UNKNOWN},
        {"numNodeGroups": 2, "replicasPerNodeGroup": 1},
        {"numNodeGroups": UNKNOWN, "replicasPerNodeGroup": 2},
        {"numNodeGroups": 2},
        {"numCacheClusters": 0, "numNodeGroups": 2, "replicasPerNodeGroup": 1},
        {"nodeGroupConfigurations": [{"replicaCount": 1}]},
        {"clusterMode": "enabled"},
        {"clusterMode": {"numNodeGroups": 2, "replicasPerNodeGroup": 1}},
        {"parameterGroupName": "default.redis7.cluster.on"},
        {"parameterGroupName": "default.redis7", "replicasPerNodeGroup": 0},
    ],
)
def test_a_group_that_fails_over_complies(inputs: dict[str, Any]) -> None:
    assert check("elasticache-failover", resource(GROUP, automaticFailoverEnabled=True, **inputs)).is_clean


@pytest.mark.parametrize(
    ("inputs", "place", "message"),
    [
        (
            {"numCacheClusters": 1},
            "numCacheClusters",
            "numCacheClusters is 1: AWS refuses automatic failover without a replica.\n"
            "Fix: Set numCacheClusters to 2 or more.",
        ),
        (
            {"numCacheClusters": 1, "parameterGroupName": "default.redis7"},
            "numCacheClusters",
            "numCacheClusters is 1: AWS refuses automatic failover",
        ),
        ({}, "numCacheClusters", "numCacheClusters is not set, which means 1: AWS refuses"),
        ({"numCacheClusters": 0}, "numCacheClusters", "numCacheClusters is 0, which means 1: AWS refuses"),
        (
            {"numNodeGroups": 2, "replicasPerNodeGroup": 0},
            "replicasPerNodeGroup",
            "replicasPerNodeGroup is 0: there is no replica to fail over to.\n"
            "Fix: Set replicasPerNodeGroup to 1 or more.",
        ),
    ],
)
def test_a_group_with_nothing_to_fail_over_to_is_reported(inputs: dict[str, Any], place: str, message: str) -> None:
    decision = check("elasticache-failover", resource(GROUP, automaticFailoverEnabled=True, **inputs))
    assert decision.violations == [f"it.{place}"]
    assert decision.messages[0].startswith(message)


@pytest.mark.parametrize(
    ("inputs", "place"),
    [
        ({"automaticFailoverEnabled": UNKNOWN}, "automaticFailoverEnabled"),
        ({"automaticFailoverEnabled": True, "numCacheClusters": UNKNOWN}, "numCacheClusters"),
        (
            {"automaticFailoverEnabled": True, "numNodeGroups": 2, "replicasPerNodeGroup": UNKNOWN},
            "replicasPerNodeGroup",
        ),
    ],
)
def test_an_unknown_part_of_failover_is_undecided(inputs: dict[str, Any], place: str) -> None:
    decision = check("elasticache-failover", resource(GROUP, **inputs))
    assert (decision.violations, decision.undecided) == ([], [f"it.{place}"])


@pytest.mark.parametrize("inputs", [{}, {"automaticFailoverEnabled": True, "numCacheClusters": 1}])
def test_a_secondary_group_takes_the_failover_of_the_primary_one(inputs: dict[str, Any]) -> None:
    for global_group in (UNKNOWN, "ldgnf-orders"):
        group = resource(GROUP, globalReplicationGroupId=global_group, **inputs)
        assert check("elasticache-failover", group).is_clean


def test_secret_numbers_of_failover_are_judged_and_not_shown() -> None:
    group = resource(GROUP, automaticFailoverEnabled=Secret(True), numCacheClusters=Secret(1))
    decision = decide(POLICIES["elasticache-failover"], group)
    assert decision.violations == ["it.numCacheClusters"]
    assert "numCacheClusters is [secret]: " in decision.messages[0]


# Backups


class Retention(NamedTuple):
    """A type with the property that says for how many days its backups are kept, and what it means to leave it out."""

    type: str
    path: str
    default: int
    least: int = 7
    rest: dict[str, Any] = {}  # noqa: RUF012


RETENTIONS = [
    Retention(DATABASE, "backupRetentionPeriod", 0, rest={"engine": "postgres"}),
    Retention(CLUSTER, "backupRetentionPeriod", 1),
    Retention("aws:docdb/cluster:Cluster", "backupRetentionPeriod", 1),
    Retention("aws:docdb/elasticCluster:ElasticCluster", "backupRetentionPeriod", 1),
    Retention("aws:neptune/cluster:Cluster", "backupRetentionPeriod", 1),
    Retention("aws:redshift/cluster:Cluster", "automatedSnapshotRetentionPeriod", 1),
    Retention(MEMORYDB, "snapshotRetentionLimit", 0),
    Retention(TABLE, "pointInTimeRecovery.recoveryPeriodInDays", 35, rest={"pointInTimeRecovery": {"enabled": True}}),
    Retention("aws:fsx/ontapFileSystem:OntapFileSystem", "automaticBackupRetentionDays", 0),
    Retention("aws:fsx/openZfsFileSystem:OpenZfsFileSystem", "automaticBackupRetentionDays", 0),
    Retention("aws:fsx/windowsFileSystem:WindowsFileSystem", "automaticBackupRetentionDays", 7),
    Retention(GROUP, "snapshotRetentionLimit", 0, 1),
    Retention(CACHE, "snapshotRetentionLimit", 0, 1, {"engine": "redis"}),
    Retention(CACHE, "snapshotRetentionLimit", 0, 1, {"engine": "valkey"}),
    Retention("aws:elasticache/serverlessCache:ServerlessCache", "snapshotRetentionLimit", 0, 1, {"engine": "valkey"}),
]
each_retention = pytest.mark.parametrize("retention", RETENTIONS, ids=lambda each: f"{each.type}-{each.rest}")


def kept(retention: Retention, days: Any) -> Resource:
    inputs = {**retention.rest}
    for key, value in nested(retention.path, days).items():
        inputs[key] = {**inputs.get(key, {}), **value} if isinstance(value, dict) else value
    return resource(retention.type, **inputs)


@each_retention
def test_backups_that_are_kept_too_shortly_are_reported(retention: Retention) -> None:
    for days in (retention.least - 1, str(retention.least - 1), float(retention.least - 1)):
        decision = check("backup-retention", kept(retention, days))
        assert decision.violations == [f"it.{retention.path}"]
        wanted = "one day" if retention.least == 1 else "7 days"
        assert f"; backups must be kept for at least {wanted}.\n" in decision.messages[0]
        assert f"Fix: Set {retention.path} to {retention.least} or more" in decision.messages[0]


@each_retention
def test_backups_that_are_kept_long_enough_comply(retention: Retention) -> None:
    for days in (retention.least, float(retention.least), 35):
        assert check("backup-retention", kept(retention, days)).is_clean


@each_retention
def test_the_default_retention_counts(retention: Retention) -> None:
    decision = check("backup-retention", kept(retention, None))
    if retention.default >= retention.least:
        assert decision.is_clean
    else:
        assert decision.violations == [f"it.{retention.path}"]
        assert f"{retention.path} is not set, which means {retention.default}; backups must" in decision.messages[0]


@each_retention
def test_an_unknown_retention_is_undecided(retention: Retention) -> None:
    decision = check("backup-retention", kept(retention, UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], [f"it.{retention.path}"])


@each_retention
def test_a_secret_retention_is_judged_and_not_shown(retention: Retention) -> None:
    policy = POLICIES["backup-retention"]
    assert decide(policy, kept(retention, Secret(retention.least))).is_clean
    decision = decide(policy, kept(retention, Secret(retention.least - 1)))
    assert decision.violations == [f"it.{retention.path}"]
    assert f"{retention.path} is [secret]; " in decision.messages[0]


@each_retention
def test_the_config_says_for_how_long_but_not_of_caches(retention: Retention) -> None:
    strict = check("backup-retention", kept(retention, 30), config={"minDays": 31.0})
    assert strict.is_clean is (retention.least == 1)
    assert check("backup-retention", kept(retention, 1), config={"minDays": 1}).is_clean
    default = check("backup-retention", kept(retention, None), config={"minDays": 35})
    assert default.is_clean is (retention.default == 35)


SWITCHES = [
    (TABLE, "pointInTimeRecovery.enabled", False, True),
    ("aws:dynamodb/tableReplica:TableReplica", "pointInTimeRecovery", False, True),
    (
        "aws:kinesisanalyticsv2/application:Application",
        "applicationConfiguration.applicationSnapshotConfiguration.snapshotsEnabled",
        False,
        True,
    ),
    ("aws:keyspaces/table:Table", "pointInTimeRecovery.status", "DISABLED", "ENABLED"),
    ("aws:efs/backupPolicy:BackupPolicy", "backupPolicy.status", "DISABLED", "ENABLED"),
]
each_switch = pytest.mark.parametrize(("type_", "path", "off", "on"), SWITCHES)


@each_switch
def test_backups_that_are_off_are_reported(type_: str, path: str, off: Any, on: Any) -> None:
    for value in (off, None):
        decision = check("backup-retention", resource(type_, **nested(path, value)))
        assert decision.violations == [f"it.{path}"]
        assert ": there is no backup to restore from.\nFix: Set " + path in decision.messages[0]


@each_switch
def test_backups_that_are_on_comply(type_: str, path: str, off: Any, on: Any) -> None:
    assert check("backup-retention", resource(type_, **nested(path, on))).is_clean
    assert decide(POLICIES["backup-retention"], resource(type_, **nested(path, Secret(on)))).is_clean


@each_switch
def test_backups_that_are_perhaps_on_are_undecided(type_: str, path: str, off: Any, on: Any) -> None:
    decision = check("backup-retention", resource(type_, **nested(path, UNKNOWN)))
    assert (decision.violations, decision.undecided) == ([], [f"it.{path}"])


LIGHTSAIL_DATABASE = "aws:lightsail/database:Database"


def test_lightsail_databases_have_backups_unless_they_are_turned_off() -> None:
    for right in (None, True, Secret(True)):
        assert decide(POLICIES["backup-retention"], resource(LIGHTSAIL_DATABASE, backupRetentionEnabled=right)).is_clean
    assert check("backup-retention", resource(LIGHTSAIL_DATABASE, backupRetentionEnabled=False)).violations == [
        "it.backupRetentionEnabled"
    ]
    unknown = check("backup-retention", resource(LIGHTSAIL_DATABASE, backupRetentionEnabled=UNKNOWN))
    assert (unknown.violations, unknown.undecided) == ([], ["it.backupRetentionEnabled"])


def test_every_type_of_backup_retention_is_tested() -> None:
    tested = {retention.type for retention in RETENTIONS} | {type_ for type_, *_ in SWITCHES} | {LIGHTSAIL_DATABASE}
    assert set(POLICIES["backup-retention"].types) == tested


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DATABASE, {"replicateSourceDb": UNKNOWN}),
        (DATABASE, {"engine": "aurora"}),
        (DATABASE, {"engine": "aurora-mysql"}),
        (DATABASE, {"engine": "aurora-postgresql"}),
        (CLUSTER, {"replicationSourceIdentifier": UNKNOWN}),
        ("aws:neptune/cluster:Cluster", {"replicationSourceIdentifier": "arn:aws:rds:eu-west-1:1:cluster:one"}),
        (GROUP, {"globalReplicationGroupId": UNKNOWN}),
        (CACHE, {"engine": "memcached"}),
        (CACHE, {"replicationGroupId": UNKNOWN}),
        (CACHE, {"engine": "redis", "nodeType": "cache.t1.micro"}),
        ("aws:elasticache/serverlessCache:ServerlessCache", {"engine": "memcached"}),
    ],
)
def test_what_has_no_backups_of_its_own_complies(type_: str, inputs: dict[str, Any]) -> None:
    assert check("backup-retention", resource(type_, **inputs)).is_clean


def test_a_restored_database_keeps_the_retention_of_its_source() -> None:
    for source in ({"snapshotIdentifier": "orders"}, {"restoreToPointInTime": {"useLatestRestorableTime": True}}):
        for kept, violations, undecided in ((UNKNOWN, 0, 1), (1, 1, 0), (7, 0, 0), (None, 0, 0)):
            outputs = {"backupRetentionPeriod": kept}
            restored = resource(DATABASE, with_outputs=outputs, engine="postgres", **source)
            decision = decide(POLICIES["backup-retention"], restored)
            assert (len(decision.violations), len(decision.undecided)) == (violations, undecided)
            assert all("is 1, as in what it was restored from;" in message for message in decision.messages)
        own = check("backup-retention", resource(DATABASE, backupRetentionPeriod=0, **source))
        assert own.violations == ["it.backupRetentionPeriod"]


@pytest.mark.parametrize("type_", [DATABASE, CACHE, "aws:elasticache/serverlessCache:ServerlessCache"])
def test_an_unknown_engine_decides_whether_there_can_be_backups(type_: str) -> None:
    decision = check("backup-retention", resource(type_, engine=UNKNOWN))
    assert decision.violations == []
    assert len(decision.undecided) == 1


def test_a_table_without_recovery_is_reported_once() -> None:
    table = resource(TABLE, pointInTimeRecovery={"enabled": False, "recoveryPeriodInDays": 1})
    assert check("backup-retention", table).violations == ["it.pointInTimeRecovery.enabled"]


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"minDays": 0}, "0 is not allowed; it must be an integer from 1 to 35"),
        ({"minDays": 36}, "36 is not allowed; it must be an integer from 1 to 35"),
        ({"minimumDays": 7}, "has no config key 'minimumDays'; did you mean 'minDays'?"),
    ],
)
def test_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        decide(POLICIES["backup-retention"], config=config)
    assert problem in raised.value.problems[0]


@pytest.mark.parametrize("policy_id", ["multi-az", "cluster-multi-az", "elasticache-failover"])
def test_the_others_take_no_config(policy_id: str) -> None:
    with pytest.raises(ConfigError, match="it takes no config"):
        decide(POLICIES[policy_id], config={"minDays": 7})
