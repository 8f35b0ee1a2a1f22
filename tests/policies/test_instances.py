"""Instances: their classes and node types."""

import re
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

DATABASE = "aws:rds/instance:Instance"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
EC2 = "aws:ec2/instance:Instance"
WAREHOUSE = "aws:redshift/cluster:Cluster"
SEARCH = "aws:opensearch/domain:Domain"

# Every type that a policy judges, with the path of its class and a class in the words of that service.
PLACES = [
    ("rds-instance-class", DATABASE, "instanceClass", "db.t3.micro"),
    ("rds-instance-class", "aws:rds/clusterInstance:ClusterInstance", "instanceClass", "db.t3.micro"),
    ("rds-instance-class", "aws:rds/cluster:Cluster", "dbClusterInstanceClass", "db.t3.micro"),
    ("rds-instance-class", "aws:docdb/clusterInstance:ClusterInstance", "instanceClass", "db.t3.micro"),
    ("rds-instance-class", "aws:neptune/clusterInstance:ClusterInstance", "instanceClass", "db.t3.micro"),
    ("cache-node-type", CACHE, "nodeType", "cache.t3.micro"),
    ("cache-node-type", "aws:elasticache/cluster:Cluster", "nodeType", "cache.t3.micro"),
    (
        "cache-node-type",
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "cacheNodeType",
        "cache.t3.micro",
    ),
    ("cache-node-type", "aws:memorydb/cluster:Cluster", "nodeType", "db.t4g.micro"),
    ("cache-node-type", "aws:dax/cluster:Cluster", "nodeType", "dax.t3.micro"),
    ("ec2-instance-type", EC2, "instanceType", "t3.micro"),
    ("ec2-instance-type", "aws:ec2/launchTemplate:LaunchTemplate", "instanceType", "t3.micro"),
    ("ec2-instance-type", "aws:ec2/launchConfiguration:LaunchConfiguration", "instanceType", "t3.micro"),
    ("ec2-instance-type", "aws:ec2/spotInstanceRequest:SpotInstanceRequest", "instanceType", "t3.micro"),
    ("ec2-instance-type", "aws:ec2/fleet:Fleet", "launchTemplateConfigs[0].overrides[0].instanceType", "t3.micro"),
    (
        "ec2-instance-type",
        "aws:autoscaling/group:Group",
        "mixedInstancesPolicy.launchTemplate.overrides[0].instanceType",
        "t3.micro",
    ),
    ("ec2-instance-type", "aws:eks/nodeGroup:NodeGroup", "instanceTypes[0]", "t3.micro"),
    (
        "ec2-instance-type",
        "aws:batch/computeEnvironment:ComputeEnvironment",
        "computeResources.instanceTypes[0]",
        "t3.micro",
    ),
    ("managed-service-instance-type", SEARCH, "clusterConfig.instanceType", "t3.micro.search"),
    ("managed-service-instance-type", SEARCH, "clusterConfig.dedicatedMasterType", "t3.micro.search"),
    ("managed-service-instance-type", SEARCH, "clusterConfig.warmType", "ultrawarm1.micro.search"),
    (
        "managed-service-instance-type",
        "aws:elasticsearch/domain:Domain",
        "clusterConfig.instanceType",
        "t3.micro.elasticsearch",
    ),
    ("managed-service-instance-type", WAREHOUSE, "nodeType", "ra3.micro"),
    ("managed-service-instance-type", "aws:msk/cluster:Cluster", "brokerNodeGroupInfo.instanceType", "kafka.t3.micro"),
    ("managed-service-instance-type", "aws:mq/broker:Broker", "hostInstanceType", "mq.t3.micro"),
    (
        "managed-service-instance-type",
        "aws:dms/replicationInstance:ReplicationInstance",
        "replicationInstanceClass",
        "dms.t3.micro",
    ),
    (
        "managed-service-instance-type",
        "aws:codebuild/project:Project",
        "environment.computeType",
        "BUILD_GENERAL1_SMALL",
    ),
]
each_place = pytest.mark.parametrize(
    ("policy_id", "token", "path", "name"), PLACES, ids=[f"{token}-{path}" for _, token, path, _ in PLACES]
)


def running(token: str, path: str, name: Any, **inputs: Any) -> Resource:
    """A resource of which one path is set."""
    value = name
    for step in reversed(path.split(".")[1:]):
        value = {step.removesuffix("[0]"): [value] if step.endswith("[0]") else value}
    first = path.split(".")[0]
    return resource(token, **{first.removesuffix("[0]"): [value] if first.endswith("[0]") else value}, **inputs)


# Every place


@each_place
def test_a_denied_class_is_a_violation_at_its_path(policy_id: str, token: str, path: str, name: str) -> None:
    decision = check(policy_id, running(token, path, name), config={"denied": [name]})
    assert decision.violations == [f"it.{path}"]
    assert f'{path} is "{name}", which matches the denied pattern {name}.' in decision.messages[0]


@each_place
def test_a_class_that_no_limit_is_about_complies(policy_id: str, token: str, path: str, name: str) -> None:
    config = {"denied": ["other.*"], "minimumSize": "micro"}
    assert check(policy_id, running(token, path, name), config=config).is_clean


@each_place
def test_a_class_that_is_not_set_complies(policy_id: str, token: str, path: str, name: str) -> None:
    config = {"denied": ["*"], "minimumSize": "large"}
    assert check(policy_id, running(token, path, None), config=config).is_clean
    assert check(policy_id, running(token, path, ""), config=config).is_clean


@each_place
def test_an_unknown_class_is_undecided(policy_id: str, token: str, path: str, name: str) -> None:
    decision = check(policy_id, running(token, path, UNKNOWN))
    assert decision.violations == []
    assert decision.undecided == [f"it.{path}"]


@each_place
def test_a_secret_class_is_judged_alike_and_not_shown(policy_id: str, token: str, path: str, name: str) -> None:
    secret = running(token, path, Secret(name))
    assert check(policy_id, secret, config={"allowed": [name]}).is_clean
    decision = decide(POLICIES[policy_id], secret, config={"allowed": ["other"]})
    assert decision.violations == [f"it.{path}"]
    assert name not in decision.messages[0]


def test_every_place_of_the_policies_is_tested() -> None:
    policies = {policy_id for policy_id, _, _, _ in PLACES}
    for policy_id in policies:
        assert set(POLICIES[policy_id].types) == {token for id_, token, _, _ in PLACES if id_ == policy_id}


# Defaults


@pytest.mark.parametrize("name", ["db.t3.nano", "db.t3.micro", "db.t4g.micro"])
def test_a_database_below_the_minimum_is_a_violation(name: str) -> None:
    decision = check("rds-instance-class", resource(DATABASE, instanceClass=name))
    assert decision.violations == ["it.instanceClass"]
    assert f'instanceClass is "{name}", which is smaller than the required minimum, small.' in decision.messages[0]
    family = name.rpartition(".")[0]
    assert (
        f'Fix: Set instanceClass to a class of size small or larger, such as "{family}.small", or lower minimumSize of '
        "this policy. " in decision.messages[0]
    )


@pytest.mark.parametrize(
    ("policy_id", "token", "key", "name", "minimum"),
    [
        ("cache-node-type", CACHE, "nodeType", "cache.t4g.micro", "small"),
        ("ec2-instance-type", EC2, "instanceType", "t3.micro", "small"),
        ("rds-instance-class", "aws:docdb/clusterInstance:ClusterInstance", "instanceClass", "db.t4g.micro", "medium"),
        ("rds-instance-class", DATABASE, "instanceClass", "db.r7g.large", "2xlarge"),
        ("rds-instance-class", DATABASE, "instanceClass", "db.r5.large.tpc1.mem2x", "xlarge"),
    ],
)
def test_no_class_is_suggested_that_may_not_exist(
    policy_id: str, token: str, key: str, name: str, minimum: str
) -> None:
    message = check(policy_id, resource(token, **{key: name}), config={"minimumSize": minimum}).messages[0]
    assert f"Fix: Set {key} to a class of size {minimum} or larger, or lower minimumSize of this policy." in message


def test_a_secret_class_below_the_minimum_is_not_shown_in_the_fix_either() -> None:
    decision = decide(POLICIES["rds-instance-class"], resource(DATABASE, instanceClass=Secret("db.t3.micro")))
    assert "db.t3" not in decision.messages[0]
    assert (
        "Fix: Set instanceClass to a class of size small or larger, or lower minimumSize of this policy."
        in decision.messages[0]
    )


@pytest.mark.parametrize(
    "name", ["db.t3.small", "db.t3.medium", "db.m6g.large", "db.r7g.xlarge", "db.r6i.32xlarge", "db.serverless"]
)
def test_a_database_of_the_minimum_or_larger_complies(name: str) -> None:
    assert check("rds-instance-class", resource(DATABASE, instanceClass=name)).is_clean


@pytest.mark.parametrize(
    ("policy_id", "token", "key", "names"),
    [
        (
            "rds-instance-class",
            DATABASE,
            "instanceClass",
            ["db.t2.large", "db.m3.xlarge", "db.r3.large", "db.t1.large", "db.m4.large", "db.r4.large"],
        ),
        (
            "cache-node-type",
            CACHE,
            "nodeType",
            [
                "cache.t1.micro",
                "cache.m1.small",
                "cache.m2.xlarge",
                "cache.c1.xlarge",
                "cache.t2.small",
                "cache.m3.medium",
                "cache.r3.large",
            ],
        ),
        (
            "ec2-instance-type",
            EC2,
            "instanceType",
            [
                "t1.micro",
                "m1.small",
                "m2.xlarge",
                "c1.medium",
                "m3.large",
                "c3.large",
                "r3.large",
                "i2.large",
                "g2.large",
                "cc1.4xlarge",
                "cc2.8xlarge",
                "cg1.4xlarge",
                "cr1.8xlarge",
                "hi1.4xlarge",
                "hs1.8xlarge",
            ],
        ),
        ("managed-service-instance-type", WAREHOUSE, "nodeType", ["dc1.large", "ds1.xlarge", "ds2.xlarge"]),
        ("managed-service-instance-type", "aws:mq/broker:Broker", "hostInstanceType", ["mq.t2.micro", "mq.m4.large"]),
    ],
)
def test_a_retired_class_is_a_violation(policy_id: str, token: str, key: str, names: list[str]) -> None:
    for name in names:
        decision = check(policy_id, resource(token, **{key: name}))
        assert decision.violations == [f"it.{key}"]
        assert "which matches the denied pattern" in decision.messages[0]
        assert f"Set {key} to a class of a current generation, or remove " in decision.messages[0]


@pytest.mark.parametrize("family", ["t2", "m3", "r3", "i2"])
@pytest.mark.parametrize(
    ("token", "service"), [(SEARCH, "search"), ("aws:elasticsearch/domain:Domain", "elasticsearch")]
)
def test_a_retired_class_of_a_search_domain_is_a_violation(token: str, service: str, family: str) -> None:
    domain = resource(token, clusterConfig={"instanceType": f"{family}.large.{service}"})
    decision = check("managed-service-instance-type", domain)
    assert decision.violations == ["it.clusterConfig.instanceType"]
    assert "Set clusterConfig.instanceType to a class of a current generation, or remove " in decision.messages[0]


@pytest.mark.parametrize(
    ("policy_id", "token", "key", "name"),
    [
        ("cache-node-type", CACHE, "nodeType", "cache.t4g.micro"),
        ("ec2-instance-type", EC2, "instanceType", "t3.nano"),
        ("managed-service-instance-type", WAREHOUSE, "nodeType", "dc2.large"),
    ],
)
def test_only_databases_have_a_minimum_unless_config_says_so(policy_id: str, token: str, key: str, name: str) -> None:
    assert check(policy_id, resource(token, **{key: name})).is_clean
    assert check(policy_id, resource(token, **{key: name}), config={"minimumSize": "2xlarge"}).violations


# Config


def violates(name: str, config: dict[str, Any]) -> bool:
    return bool(
        check("rds-instance-class", resource(DATABASE, engine="postgres", instanceClass=name), config=config).violations
    )


SIZES = [
    "nano",
    "micro",
    "small",
    "medium",
    "large",
    "xlarge",
    "2xlarge",
    "4xlarge",
    "8xlarge",
    "12xlarge",
    "16xlarge",
    "24xlarge",
]


@pytest.mark.parametrize("minimum", SIZES)
def test_sizes_compare_in_the_order_of_aws(minimum: str) -> None:
    for size in SIZES:
        assert violates(f"db.r7g.{size}", {"minimumSize": minimum}) is (SIZES.index(size) < SIZES.index(minimum))


@pytest.mark.parametrize("name", ["db.serverless", "db.r7g.metal"])
def test_a_class_without_a_size_is_not_compared(name: str) -> None:
    assert not violates(name, {"minimumSize": "16xlarge"})


@pytest.mark.parametrize("name", ["db.r5.large.tpc1.mem2x", "db.r5.large"])
def test_the_size_is_found_anywhere_in_the_class(name: str) -> None:
    assert violates(name, {"minimumSize": "xlarge"})
    assert not violates(name, {"minimumSize": "large"})


@pytest.mark.parametrize(
    ("token", "name"), [(SEARCH, "t3.small.search"), ("aws:elasticsearch/domain:Domain", "t3.small.elasticsearch")]
)
def test_the_minimum_holds_for_search_domains(token: str, name: str) -> None:
    domain = resource(token, clusterConfig={"instanceType": name})
    decision = check("managed-service-instance-type", domain, config={"minimumSize": "large"})
    assert decision.violations == ["it.clusterConfig.instanceType"]
    assert "Fix: Set clusterConfig.instanceType to a class of size large or larger, or" in decision.messages[0]
    assert check("managed-service-instance-type", domain, config={"minimumSize": "small"}).is_clean


def test_the_smallest_size_as_the_minimum_asks_for_nothing() -> None:
    assert violates("db.t3.micro", {})
    assert not violates("db.t3.micro", {"minimumSize": "nano"})


def test_only_allowed_classes_comply() -> None:
    config = {"allowed": ["db.r7g.*", "db.t4g.medium"]}
    assert not violates("db.r7g.large", config)
    assert not violates("db.t4g.medium", config)
    assert violates("db.t4g.large", config)
    assert violates("db.r7gd.large", config)
    message = check("rds-instance-class", resource(DATABASE, instanceClass="db.t4g.large"), config=config).messages[0]
    assert 'is "db.t4g.large", which is not among the allowed classes: db.r7g.*, db.t4g.medium.' in message
    assert "Fix: Set instanceClass to one of those, or add the class to allowed of this policy. " in message


def test_an_allowed_class_complies_whatever_the_other_limits_say() -> None:
    assert not violates("db.t2.micro", {"allowed": ["db.t2.*"], "minimumSize": "large", "denied": ["*"]})


def test_denied_patterns_replace_the_default_ones() -> None:
    assert violates("db.m5.large", {"denied": ["db.m5.*"]})
    assert violates("db.t2.large", {})
    assert not violates("db.t2.large", {"denied": ["db.m5.*"]})


def test_a_denied_class_that_is_too_small_is_reported_once_with_another_family() -> None:
    decision = check("rds-instance-class", resource(DATABASE, instanceClass="db.t2.micro"))
    assert decision.violations == ["it.instanceClass"]
    assert (
        "Fix: Set instanceClass to a class of a current generation and of size small or larger, or remove "
        in decision.messages[0]
    )
    assert "smaller than" not in decision.messages[0]


@pytest.mark.parametrize(
    ("pattern", "applies"),
    [
        ("postgres", True),
        ("postg*", True),
        ("mysql", False),
        ("aws:rds/instance:Instance", True),
        ("aws:docdb/*", False),
    ],
)
def test_limits_can_differ_by_engine_or_type(pattern: str, applies: bool) -> None:
    config = {"minimumSize": "small", "overrides": {pattern: {"minimumSize": "large"}}}
    assert violates("db.t3.medium", config) is applies
    assert violates("db.t3.micro", config)


def test_the_first_override_that_fits_applies_alone() -> None:
    config = {"overrides": {"mysql": {}, "post*": {"minimumSize": "nano"}, "postgres": {"minimumSize": "xlarge"}}}
    assert not violates("db.t3.micro", config)


@pytest.mark.parametrize(
    ("own", "passing", "failing"),
    [
        ({}, "db.m5.large", "db.t3.medium"),
        ({"minimumSize": "micro"}, "db.t3.micro", "db.r6g.large"),
        ({"denied": []}, "db.r6g.large", "db.t3.medium"),
        ({"allowed": ["db.r6g.*"]}, "db.r6g.medium", "db.m5.large"),
        ({"minimumSize": None, "denied": None, "allowed": None}, "db.m5.large", "db.r6g.large"),
    ],
)
def test_an_override_keeps_the_limits_that_it_does_not_set(own: dict[str, Any], passing: str, failing: str) -> None:
    config = {"denied": ["db.r6g.*"], "minimumSize": "large", "overrides": {"postgres": own}}
    assert not violates(passing, config)
    assert violates(failing, config)


def test_an_override_keeps_the_default_limits_too() -> None:
    config = {"overrides": {"postgres": {"minimumSize": "large"}}}
    assert violates("db.t2.large", config)
    assert violates("db.t3.micro", {"overrides": {"postgres": {"denied": []}}})


@pytest.mark.parametrize(
    ("policy_id", "token", "key", "engine"),
    [
        ("rds-instance-class", "aws:docdb/clusterInstance:ClusterInstance", "instanceClass", "docdb"),
        ("rds-instance-class", "aws:neptune/clusterInstance:ClusterInstance", "instanceClass", "neptune"),
        ("cache-node-type", CACHE, "nodeType", "redis"),
        ("cache-node-type", "aws:memorydb/cluster:Cluster", "nodeType", "redis"),
    ],
)
def test_limits_by_engine_hold_for_the_engine_that_is_the_default(
    policy_id: str, token: str, key: str, engine: str
) -> None:
    config = {"overrides": {engine: {"denied": ["*"]}}}
    assert check(policy_id, resource(token, **{key: "db.r7g.large"}), config=config).violations
    other = resource(token, **{key: "db.r7g.large"}, engine="valkey")
    assert check(policy_id, other, config=config).is_clean


@pytest.mark.parametrize(
    ("policy_id", "token", "path", "name"),
    [place for place in PLACES if place[1].startswith(("aws:rds/", "aws:docdb/", "aws:neptune/"))]
    + [place for place in PLACES if place[1].startswith(("aws:elasticache/", "aws:memorydb/"))],
)
def test_limits_by_engine_hold_for_the_engine_that_is_named(policy_id: str, token: str, path: str, name: str) -> None:
    config = {"minimumSize": "nano", "overrides": {"chosen": {"denied": ["*"]}}}
    assert check(policy_id, running(token, path, name, engine="chosen"), config=config).violations == [f"it.{path}"]
    assert check(policy_id, running(token, path, name, engine="other"), config=config).is_clean


def test_limits_by_engine_are_undecided_while_the_engine_is_unknown() -> None:
    config = {"overrides": {"postgres": {"minimumSize": "micro"}}}
    database = resource(DATABASE, engine=UNKNOWN, instanceClass="db.t3.micro")
    decision = check("rds-instance-class", database, config=config)
    assert decision.violations == []
    assert decision.undecided == ["it.engine"]
    assert check("rds-instance-class", database).violations == ["it.instanceClass"]


def test_an_override_says_what_it_allows() -> None:
    config = {"allowed": ["db.r7g.*"], "overrides": {"postgres": {"allowed": ["db.t3.*"], "denied": []}}}
    assert not violates("db.t3.micro", config)
    assert violates("db.r7g.large", config)


def test_the_engine_of_a_type_that_has_none_is_not_asked_for() -> None:
    config = {
        "minimumSize": "micro",
        "overrides": {"": {"minimumSize": "large"}, "aws:ec2/*": {"minimumSize": "small"}},
    }
    decision = check("ec2-instance-type", resource(EC2, instanceType="t3.micro"), config=config)
    assert "the required minimum, small" in decision.messages[0]


def test_every_class_of_a_list_is_judged() -> None:
    group = resource(
        "aws:eks/nodeGroup:NodeGroup", instanceTypes=["m7g.large", "m1.small", UNKNOWN, Secret("t1.micro")]
    )
    decision = decide(POLICIES["ec2-instance-type"], group)
    assert decision.violations == ["it.instanceTypes[1]", "it.instanceTypes[3]"]
    assert decision.undecided == ["it.instanceTypes[2]"]


def test_an_unknown_list_of_classes_is_undecided() -> None:
    decision = check("ec2-instance-type", resource("aws:eks/nodeGroup:NodeGroup", instanceTypes=UNKNOWN))
    assert decision.undecided == ["it.instanceTypes[]"]


@pytest.mark.parametrize("policy_id", ["rds-instance-class", "ec2-instance-type"])
@pytest.mark.parametrize(
    ("config", "said"),
    [
        ({"minimumSize": "tiny"}, '"tiny" is not allowed; it must be a string such as "small" or "2xlarge"'),
        ({"minimumSize": None}, 'null is not allowed; it must be a string such as "small" or "2xlarge"'),
        ({"minimumSize": "db.t3.small"}, "config key 'minimumSize'"),
        ({"allowed": "db.*"}, "it must be a list, each entry a string"),
        ({"denied": [1.0]}, "it must be a list, each entry a string"),
        ({"allow": []}, "did you mean 'allowed'?"),
        ({"overrides": {"postgres": {"minimum": "small"}}}, "config key 'overrides[...]'"),
        ({"overrides": {"postgres": {"minimumSize": "tiny"}}}, "config key 'overrides[...].minimumSize'"),
        ({"overrides": []}, "an object with the keys allowed, denied, minimumSize"),
    ],
)
def test_config_that_does_not_fit_is_refused(policy_id: str, config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=policy_id) as caught:
        check(policy_id, config=config)
    assert said in str(caught.value)


# What has its engine from another one

REPLICATED = [
    (DATABASE, "instanceClass", "db.t3.micro", "replicateSourceDb"),
    (DATABASE, "instanceClass", "db.t3.micro", "snapshotIdentifier"),
    (DATABASE, "instanceClass", "db.t3.micro", "restoreToPointInTime"),
    ("aws:rds/cluster:Cluster", "dbClusterInstanceClass", "db.t3.micro", "snapshotIdentifier"),
    ("aws:rds/cluster:Cluster", "dbClusterInstanceClass", "db.t3.micro", "replicationSourceIdentifier"),
    ("aws:elasticache/cluster:Cluster", "nodeType", "cache.t3.micro", "replicationGroupId"),
    (
        "aws:elasticache/globalReplicationGroup:GlobalReplicationGroup",
        "cacheNodeType",
        "cache.t3.micro",
        "primaryReplicationGroupId",
    ),
    (CACHE, "nodeType", "cache.t3.micro", "globalReplicationGroupId"),
]
each_origin = pytest.mark.parametrize(("token", "path", "name", "origin"), REPLICATED)


def by_engine(token: str) -> str:
    return "rds-instance-class" if ":rds/" in token else "cache-node-type"


@each_origin
def test_limits_by_engine_are_undecided_where_the_engine_is_that_of_another_stack(
    token: str, path: str, name: str, origin: str
) -> None:
    config = {"minimumSize": "large", "overrides": {"postgres": {"minimumSize": "micro"}}}
    for source in ("of-another-stack", UNKNOWN):
        decision = decide(POLICIES[by_engine(token)], resource(token, **{path: name, origin: source}), config=config)
        assert (decision.violations, decision.undecided) == ([], ["it.engine"])
    named = resource(token, **{path: name, origin: "elsewhere"}, engine="postgres")
    assert check(by_engine(token), named, config=config).is_clean
    # Without limits by engine it does not matter.
    assert check(
        by_engine(token), resource(token, **{path: name, origin: UNKNOWN}), config={"minimumSize": "nano"}
    ).is_clean


def test_a_replica_has_the_engine_of_its_source() -> None:
    config = {"minimumSize": "large", "overrides": {"postgres": {"minimumSize": "micro"}}}
    for engine, found in (("postgres", []), ("mysql", ["replica.instanceClass"])):
        source = resource(DATABASE, "source", engine=engine, instanceClass="db.r7g.large")
        replica = resource(DATABASE, "replica", replicateSourceDb=ref(source), instanceClass="db.t3.micro")
        decision = decide(POLICIES["rds-instance-class"], source, replica, config=config)
        assert (decision.violations, decision.undecided) == (found, [])
    group = resource(CACHE, "group", nodeType="cache.t4g.micro")
    node = resource(
        "aws:elasticache/cluster:Cluster", "node", nodeType="cache.t4g.micro", replicationGroupId=ref(group)
    )
    config = {"minimumSize": "large", "overrides": {"redis": {"minimumSize": "micro"}}}
    assert decide(POLICIES["cache-node-type"], group, node, config=config).is_clean


# Fixes


@each_place
def test_the_fix_says_what_the_change_does_to_what_exists(policy_id: str, token: str, path: str, name: str) -> None:
    message = check(policy_id, running(token, path, name), config={"denied": [name]}).messages[0]
    if not token.startswith("aws:codebuild/"):
        assert re.search(r"(existing|Running|replaces|replaced)", message.splitlines()[1])


@pytest.mark.parametrize("size", ["9" * 400, "9" * 5000])
def test_a_size_beyond_all_measure_is_no_size(size: str) -> None:
    assert check("rds-instance-class", resource(DATABASE, instanceClass=f"db.r7g.{size}xlarge")).is_clean
    assert violates(f"db.r7g.{size}xlarge", {"allowed": ["db.t3.*"]})
    assert violates(f"db.t2.{size}xlarge", {})
    with pytest.raises(ConfigError):
        check("rds-instance-class", config={"minimumSize": f"{size}xlarge"})


@pytest.mark.parametrize("number", [1e300, 7])
def test_a_class_that_is_a_number_is_no_class(number: float) -> None:
    assert violates(number, {"allowed": ["db.t3.*"]})  # type: ignore[arg-type]
    assert not violates(number, {})  # type: ignore[arg-type]
