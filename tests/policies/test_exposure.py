"""Public addresses: databases, tasks, instances and API servers that the internet can reach."""

from typing import Any

import pytest

from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.policies.networks import SEARCH, SERVICE, nested
from tests.support import POLICIES, check

EXPOSED: list[tuple[str, str, Any, Any, bool]] = [
    # Whether leaving it out is right
    ("aws:rds/instance:Instance", "publiclyAccessible", True, False, True),
    ("aws:rds/clusterInstance:ClusterInstance", "publiclyAccessible", True, False, True),
    ("aws:rds/cluster:Cluster", "publiclyAccessible", True, False, True),
    ("aws:rds/shardGroup:ShardGroup", "publiclyAccessible", True, False, True),
    ("aws:neptune/clusterInstance:ClusterInstance", "publiclyAccessible", True, False, True),
    ("aws:redshift/cluster:Cluster", "publiclyAccessible", True, False, True),
    ("aws:redshiftserverless/workgroup:Workgroup", "publiclyAccessible", True, False, True),
    ("aws:dms/replicationInstance:ReplicationInstance", "publiclyAccessible", True, False, True),
    ("aws:dms/instanceProfile:InstanceProfile", "publiclyAccessible", True, False, False),
    ("aws:mq/broker:Broker", "publiclyAccessible", True, False, True),
    ("aws:timestreaminfluxdb/dbInstance:DbInstance", "publiclyAccessible", True, False, True),
    ("aws:timestreaminfluxdb/dbCluster:DbCluster", "publiclyAccessible", True, False, True),
    ("aws:lightsail/database:Database", "publiclyAccessible", True, False, True),
    ("aws:neptunegraph/graph:Graph", "publicConnectivity", True, False, True),
    (
        "aws:msk/cluster:Cluster",
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
        "SERVICE_PROVIDED_EIPS",
        "DISABLED",
        True,
    ),
    (SERVICE, "networkConfiguration.assignPublicIp", True, False, True),
    ("aws:ecs/taskSet:TaskSet", "networkConfiguration.assignPublicIp", True, False, True),
    ("aws:sagemaker/notebookInstance:NotebookInstance", "directInternetAccess", "Enabled", "Disabled", False),
]
each_exposed = pytest.mark.parametrize(("type_", "path", "wrong", "right", "absent_complies"), EXPOSED)


@each_exposed
def test_a_public_address_is_reported(type_: str, path: str, wrong: Any, right: Any, absent_complies: bool) -> None:
    decision = check("public-exposure", resource(type_, **nested(path, wrong)))
    assert decision.violations == [f"it.{path}"]
    shown = "true" if wrong is True else f'"{wrong}"'
    assert decision.messages[0].startswith(
        f"{path} is {shown}: the resource gets an address that the whole internet can reach.\nFix: Set {path} to "
    )
    wanted = "false" if right is False else f'"{right}"'
    assert f"Fix: Set {path} to {wanted}." in decision.messages[0]


@each_exposed
def test_no_public_address_complies(type_: str, path: str, wrong: Any, right: Any, absent_complies: bool) -> None:
    assert check("public-exposure", resource(type_, **nested(path, right))).is_clean


@each_exposed
def test_the_default_decides_about_the_address(
    type_: str, path: str, wrong: Any, right: Any, absent_complies: bool
) -> None:
    decision = check("public-exposure", resource(type_))
    assert decision.is_clean == absent_complies
    assert decision.undecided == []


@each_exposed
def test_an_unknown_address_is_undecided(type_: str, path: str, wrong: Any, right: Any, absent_complies: bool) -> None:
    decision = check("public-exposure", resource(type_, **nested(path, UNKNOWN)))
    assert (decision.violations, decision.undecided) == ([], [f"it.{path}"])


@each_exposed
def test_a_secret_address_is_judged_and_not_shown(
    type_: str, path: str, wrong: Any, right: Any, absent_complies: bool
) -> None:
    [message] = decide(POLICIES["public-exposure"], resource(type_, **nested(path, Secret(wrong)))).messages
    assert f"{path} is [secret]: " in message
    assert decide(POLICIES["public-exposure"], resource(type_, **nested(path, Secret(right)))).is_clean


@pytest.mark.parametrize("type_", [SEARCH, "aws:elasticsearch/domain:Domain"])
def test_a_search_domain_outside_a_vpc_is_public(type_: str) -> None:
    blocks: list[dict[str, Any] | None] = [None, {}, {"subnetIds": []}]
    for options in blocks:
        decision = check("public-exposure", resource(type_, vpcOptions=options))
        assert decision.violations == ["it.vpcOptions.subnetIds"]
        assert "Fix: Set vpcOptions.subnetIds." in decision.messages[0]
    for subnets in (["subnet-1"], [UNKNOWN], UNKNOWN):
        assert check("public-exposure", resource(type_, vpcOptions={"subnetIds": subnets})).is_clean


def test_the_fix_for_a_task_says_how_it_reaches_the_internet_then() -> None:
    service = resource(SERVICE, networkConfiguration={"assignPublicIp": True})
    [message] = check("public-exposure", service).messages
    assert "from these the tasks reach the internet through a NAT gateway" in message


@pytest.mark.parametrize(
    ("inputs", "violations", "undecided"),
    [
        ({"engine": "postgres"}, 1, 0),
        ({"engine": "mysql"}, 1, 0),
        ({"engine": "aurora-postgresql"}, 0, 0),
        ({"engine": "postgres", "dbSubnetGroupName": "private"}, 0, 0),
        ({"engine": "postgres", "dbSubnetGroupName": UNKNOWN}, 0, 0),
        ({"engine": "postgres", "publiclyAccessible": False}, 0, 0),
        ({"engine": "aurora-postgresql", "publiclyAccessible": True}, 1, 0),
        ({"engine": UNKNOWN}, 0, 1),
    ],
)
def test_a_multi_az_cluster_without_a_subnet_group_is_public_by_default(
    inputs: dict[str, Any], violations: int, undecided: int
) -> None:
    decision = check("public-exposure", resource("aws:rds/cluster:Cluster", **inputs))
    assert (len(decision.violations), len(decision.undecided)) == (violations, undecided)


# The API server of Kubernetes

EKS = "aws:eks/cluster:Cluster"


def endpoint(**config: Any) -> Decision:
    return check("eks-public-endpoint", resource(EKS, vpcConfig=config))


@pytest.mark.parametrize(
    ("config", "path", "shown"),
    [
        ({}, "publicAccessCidrs", "is not set"),
        ({"endpointPublicAccess": True}, "publicAccessCidrs", "is not set"),
        ({"endpointPublicAccess": True, "endpointPrivateAccess": True}, "publicAccessCidrs", "is not set"),
        ({"publicAccessCidrs": ["10.0.0.0/8", "0.0.0.0/0"]}, "publicAccessCidrs[1]", 'is "0.0.0.0/0"'),
        ({"publicAccessCidrs": ["::/0"]}, "publicAccessCidrs[0]", 'is "::/0"'),
        ({"publicAccessCidrs": ["0.0.0.0/0", UNKNOWN]}, "publicAccessCidrs[0]", 'is "0.0.0.0/0"'),
    ],
)
def test_an_endpoint_that_the_whole_internet_reaches_is_reported(config: dict[str, Any], path: str, shown: str) -> None:
    decision = endpoint(**config)
    assert decision.violations == [f"it.vpcConfig.{path}"]
    assert decision.messages[0].startswith(f"vpcConfig.{path} {shown}: the whole internet may connect.\nFix: Set vpcC")


@pytest.mark.parametrize(
    "config",
    [
        {"endpointPublicAccess": False},
        {"endpointPublicAccess": False, "publicAccessCidrs": ["0.0.0.0/0"]},
        {"publicAccessCidrs": ["203.0.113.0/24"]},
    ],
)
def test_an_endpoint_for_named_networks_complies(config: dict[str, Any]) -> None:
    assert endpoint(**config).is_clean


@pytest.mark.parametrize(
    ("config", "path"),
    [
        ({"endpointPublicAccess": UNKNOWN}, "endpointPublicAccess"),
        ({"publicAccessCidrs": UNKNOWN}, "publicAccessCidrs[]"),
        ({"publicAccessCidrs": ["203.0.113.0/24", UNKNOWN]}, "publicAccessCidrs[1]"),
    ],
)
def test_an_endpoint_that_is_unknown_is_undecided(config: dict[str, Any], path: str) -> None:
    decision = endpoint(**config)
    assert (decision.violations, decision.undecided) == ([], [f"it.vpcConfig.{path}"])


def test_a_secret_network_is_judged_and_not_shown() -> None:
    decision = decide(
        POLICIES["eks-public-endpoint"], resource(EKS, vpcConfig={"publicAccessCidrs": [Secret("0.0.0.0/0")]})
    )
    assert "publicAccessCidrs[0] is [secret]: the whole internet" in decision.messages[0]


@pytest.mark.parametrize(
    ("networks", "covered"),
    [
        (["0.0.0.0/1", "128.0.0.0/1"], True),
        (["10.0.0.0/8", "0.0.0.0/1", "128.0.0.0/2", "192.0.0.0/2"], True),
        (["0.0.0.0/7"], True),
        (["10.0.0.0/8", "192.168.0.0/16", "198.51.100.0/24"], False),
    ],
)
def test_networks_that_cover_the_internet_together_are_the_internet(networks: list[str], covered: bool) -> None:
    assert endpoint(publicAccessCidrs=networks).is_clean != covered


# Instances and subnets

INSTANCES = ["aws:ec2/instance:Instance", "aws:ec2/spotInstanceRequest:SpotInstanceRequest"]
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
SUBNET = "aws:ec2/subnet:Subnet"


@pytest.mark.parametrize("type_", [*INSTANCES, CONFIGURATION])
def test_a_public_address_of_an_instance_is_reported(type_: str) -> None:
    decision = check("public-ip-addresses", resource(type_, associatePublicIpAddress=True))
    assert decision.violations == ["it.associatePublicIpAddress"]
    assert "associatePublicIpAddress is true: the instance gets a public address." in decision.messages[0]
    assert "Fix: Set associatePublicIpAddress to false, and put a load balancer in front" in decision.messages[0]
    for right in (False, None):
        assert check("public-ip-addresses", resource(type_, associatePublicIpAddress=right)).is_clean
    unknown = check("public-ip-addresses", resource(type_, associatePublicIpAddress=UNKNOWN))
    assert (unknown.violations, unknown.undecided) == ([], ["it.associatePublicIpAddress"])


@pytest.mark.parametrize(
    ("value", "complies"), [("true", False), (True, False), ("false", True), ("", True), (None, True)]
)
def test_each_interface_of_a_launch_template_counts(value: Any, complies: bool) -> None:
    interfaces = [{"deviceIndex": 0}, {"deviceIndex": 1, "associatePublicIpAddress": value}]
    decision = check("public-ip-addresses", resource(TEMPLATE, networkInterfaces=interfaces))
    assert decision.violations == [] if complies else ["it.networkInterfaces[1].associatePublicIpAddress"]
    assert decision.is_clean == complies


@pytest.mark.parametrize("type_", [SUBNET, "aws:ec2/defaultSubnet:DefaultSubnet"])
def test_a_subnet_that_assigns_public_addresses_is_reported(type_: str) -> None:
    [message] = check("public-ip-addresses", resource(type_, mapPublicIpOnLaunch=True)).messages
    assert "each instance that starts in the subnet gets a public address." in message
    assert "Fix: Set mapPublicIpOnLaunch to false, and put a load balancer in front" in message
    assert "associatePublicIpAddress" not in message  # which this policy reports
    for right in (False, None):
        assert check("public-ip-addresses", resource(type_, mapPublicIpOnLaunch=right)).is_clean


# Nodes and brokers


@pytest.mark.parametrize(
    ("ami", "port"),
    [(None, "port 22"), ("AL2023_x86_64_STANDARD", "port 22"), ("WINDOWS_CORE_2022_x86_64", "port 3389")],
)
def test_nodes_with_a_key_and_no_groups_are_open(ami: str | None, port: str) -> None:
    group = resource("aws:eks/nodeGroup:NodeGroup", amiType=ami, remoteAccess={"ec2SshKey": "k"})
    decision = check("eks-node-remote-access", group)
    assert decision.violations == ["it.remoteAccess.sourceSecurityGroupIds"]
    assert f"EKS opens {port} of the nodes to the whole internet." in decision.messages[0]
    assert "Fix: Set remoteAccess.sourceSecurityGroupIds" in decision.messages[0]


@pytest.mark.parametrize(
    "access",
    [
        None,
        {},
        {"ec2SshKey": ""},
        {"ec2SshKey": "k", "sourceSecurityGroupIds": ["sg-1"]},
        {"ec2SshKey": "k", "sourceSecurityGroupIds": UNKNOWN},
    ],
)
def test_nodes_without_a_key_or_with_groups_are_right(access: Any) -> None:
    assert check("eks-node-remote-access", resource("aws:eks/nodeGroup:NodeGroup", remoteAccess=access)).is_clean


def test_an_unknown_key_of_nodes_is_undecided() -> None:
    group = resource("aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": UNKNOWN})
    decision = check("eks-node-remote-access", group)
    assert (decision.violations, decision.undecided) == ([], ["it.remoteAccess.ec2SshKey"])


def test_the_name_of_a_key_pair_of_the_stack_is_a_key() -> None:
    pair = resource("aws:ec2/keyPair:KeyPair", "pair")
    group = resource("aws:eks/nodeGroup:NodeGroup", remoteAccess={"ec2SshKey": ref(pair)})
    assert check("eks-node-remote-access", pair, group).violations == ["it.remoteAccess.sourceSecurityGroupIds"]


@pytest.mark.parametrize(
    ("value", "violations", "undecided"), [(True, 1, 0), (False, 0, 0), (None, 0, 0), (UNKNOWN, 0, 1)]
)
def test_clients_of_kafka_have_to_authenticate(value: Any, violations: int, undecided: int) -> None:
    cluster = resource(
        "aws:msk/cluster:Cluster", clientAuthentication={"sasl": {"iam": True}, "unauthenticated": value}
    )
    decision = check("msk-unauthenticated-access", cluster)
    assert (len(decision.violations), len(decision.undecided)) == (violations, undecided)
    assert all("Then set clientAuthentication.unauthenticated to false" in message for message in decision.messages)


@pytest.mark.parametrize(
    ("type_", "block"),
    [
        ("aws:cloudwatch/eventTarget:EventTarget", ("ecsTarget", "networkConfiguration")),
        ("aws:scheduler/schedule:Schedule", ("target", "ecsParameters", "networkConfiguration")),
    ],
)
def test_tasks_that_schedules_start_get_no_public_address(type_: str, block: tuple[str, ...]) -> None:
    inputs: dict[str, Any] = {"assignPublicIp": True}
    for name in reversed(block):
        inputs = {name: inputs}
    assert check("public-ip-addresses", resource(type_, **inputs)).violations == [
        f"it.{'.'.join(block)}.assignPublicIp"
    ]
    assert check("public-ip-addresses", resource(type_)).is_clean
