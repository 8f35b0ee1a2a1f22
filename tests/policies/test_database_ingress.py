"""Database access: who may connect to databases and caches, and on which ports."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.policies.rules import DEFAULT_GROUP, GROUP, INGRESS_RULE, RULE, VPC, WORLD, each_kind, prefix_list
from tests.support import POLICIES, check


@pytest.mark.parametrize(
    ("type_", "path", "inputs", "ports"),
    [
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", {"engine": "valkey"}, (6379, 6380)),
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", {"engine": "redis"}, (6379, 6380)),
        (
            "aws:elasticache/serverlessCache:ServerlessCache",
            "securityGroupIds",
            {"engine": "memcached"},
            (11211, 11212),
        ),
        ("aws:dax/cluster:Cluster", "securityGroupIds", {}, (8111, 9111)),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", {"engineFamily": "POSTGRESQL"}, (5432, 5432)),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", {"engineFamily": "MYSQL"}, (3306, 3306)),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", {"engineFamily": "SQLSERVER"}, (1433, 1433)),
    ],
)
def test_stores_whose_ports_nobody_chooses(
    type_: str, path: str, inputs: dict[str, Any], ports: tuple[int, int]
) -> None:
    stores = [(type_, path, inputs)]
    for port in ports:
        assert check("database-ingress", *guarded("rule", False, by_group("rule"), port, stores=stores)).is_clean
    for first, last in ((22, 22), (ports[0], ports[1] + 1)):
        decision = check("database-ingress", *guarded("rule", False, by_group("rule"), first, last, stores=stores))
        assert decision.violations == ["rules.fromPort"]
        listed = f"port {ports[0]}" if ports[0] == ports[1] else f"ports {ports[0]} and {ports[1]}"
        assert f"which needs {listed} only" in decision.messages[0]


def test_a_serverless_cache_beside_another_has_its_second_port() -> None:
    stores = [
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", {"engine": "valkey"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds", {}),
    ]
    assert check("database-ingress", *guarded("inline", False, by_group("inline"), 6379, 6380, stores=stores)).is_clean


@pytest.mark.parametrize(
    ("type_", "path", "name"),
    [
        ("aws:elasticache/serverlessCache:ServerlessCache", "securityGroupIds", "engine"),
        ("aws:rds/proxy:Proxy", "vpcSecurityGroupIds", "engineFamily"),
    ],
)
def test_an_unknown_engine_leaves_its_ports_undecided(type_: str, path: str, name: str) -> None:
    resources = guarded("rule", False, by_group("rule"), 6379, stores=[(type_, path, {name: UNKNOWN})])
    decision = check("database-ingress", *resources)
    assert (decision.violations, decision.undecided) == ([], [f"db0.{name}"])


STORES = [
    # Where each names its groups, and the port that it has by default
    ("aws:rds/instance:Instance", "vpcSecurityGroupIds", {"engine": "postgres"}, 5432),
    ("aws:rds/cluster:Cluster", "vpcSecurityGroupIds", {"engine": "aurora-mysql"}, 3306),
    ("aws:docdb/cluster:Cluster", "vpcSecurityGroupIds", {}, 27017),
    ("aws:neptune/cluster:Cluster", "vpcSecurityGroupIds", {}, 8182),
    ("aws:redshift/cluster:Cluster", "vpcSecurityGroupIds", {}, 5439),
    ("aws:redshiftserverless/workgroup:Workgroup", "securityGroupIds", {}, 5439),
    ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds", {}, 6379),
    ("aws:elasticache/cluster:Cluster", "securityGroupIds", {"engine": "memcached"}, 11211),
    ("aws:memorydb/cluster:Cluster", "securityGroupIds", {}, 6379),
]
each_store = pytest.mark.parametrize(("type_", "path", "inputs", "port"), STORES)
INSTANCE = "aws:rds/instance:Instance"


def guarded(
    kind: str,
    is_known: bool,
    source: dict[str, Any],
    first: Any,
    last: Any = None,
    protocol: Any = "tcp",
    stores: list[tuple[str, str, dict[str, Any]]] | None = None,
) -> list[Resource]:
    """A security group with one rule, in each of the ways to write one, and the data stores that it guards."""
    last = first if last is None else last
    outputs = {"id": "sg-1"} if is_known else {}
    rule = {"protocol": protocol, "fromPort": first, "toPort": last}
    of_group: Any = "sg-1"
    made: list[Resource] = []
    if kind in ("inline", "default group"):
        type_ = GROUP if kind == "inline" else DEFAULT_GROUP
        made = [resource(type_, "rules", with_outputs=outputs, ingress=[{**rule, **source}])]
    else:
        made = [resource(GROUP, "group", with_outputs=outputs)]
    if not is_known:
        of_group = ref(made[0])
    if kind == "rule":
        made.append(resource(RULE, "rules", type="ingress", securityGroupId=of_group, **rule, **source))
    if kind == "ingress rule":
        if "cidrBlocks" in source:
            source = {"cidrIpv4": source["cidrBlocks"][0]}
        rule["ipProtocol"] = rule.pop("protocol")
        made.append(resource(INGRESS_RULE, "rules", securityGroupId=of_group, **rule, **source))
    for number, (type_, path, inputs) in enumerate(
        stores or [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres"})]
    ):
        made.append(resource(type_, f"db{number}", **{path: [of_group]}, **inputs))
    return made


def by_group(kind: str) -> dict[str, Any]:
    """Another security group as the source of a rule."""
    return {
        "rule": {"sourceSecurityGroupId": "sg-app"},
        "ingress rule": {"referencedSecurityGroupId": "sg-app"},
    }.get(kind, {"securityGroups": ["sg-app"]})


def by_network(cidr: Any) -> dict[str, Any]:
    return {"cidrBlocks": [cidr]}


def at(kind: str, path: str) -> str:
    """Where the one rule is, in each of the ways to write it."""
    if kind == "ingress rule":
        path = {"cidrBlocks[0]": "cidrIpv4", "protocol": "ipProtocol"}.get(path, path)
    return f"rules.ingress[0].{path}" if kind in ("inline", "default group") else f"rules.{path}"


each_knowledge = pytest.mark.parametrize("is_known", [False, True])


@each_kind
@each_knowledge
@each_store
def test_a_group_on_the_databases_own_port_complies(
    kind: str, is_known: bool, type_: str, path: str, inputs: dict[str, Any], port: int
) -> None:
    for own in ({}, {"port": 7000}, {"port": "7000"}, {"port": 0}):
        number = 7000 if own.get("port") else port
        stores = [(type_, path, {**inputs, **own})]
        resources = guarded(kind, is_known, by_group(kind), number, stores=stores)
        assert check("database-ingress", *resources).is_clean


@each_kind
@each_knowledge
@each_store
def test_more_than_the_databases_own_port_is_reported(
    kind: str, is_known: bool, type_: str, path: str, inputs: dict[str, Any], port: int
) -> None:
    for first, last, protocol, shown in (
        (22, 22, "tcp", "port 22"),
        (port, port + 1, "tcp", f"ports {port} to {port + 1}"),
        (0, 65535, "tcp", "all ports"),
        (0, 0, "-1", "all ports"),
    ):
        resources = guarded(kind, is_known, by_group(kind), first, last, protocol, [(type_, path, inputs)])
        decision = check("database-ingress", *resources)
        assert decision.violations == [at(kind, "fromPort")]
        opened, closed_by = at(kind, "fromPort").removeprefix("rules."), at(kind, "toPort").removeprefix("rules.")
        proto = at(kind, "protocol").removeprefix("rules.")
        assert decision.messages[0].startswith(
            f"{opened} and {closed_by} open {shown} of 'db0', which needs port {port} only.\n"
            f"Fix: Set {opened} and {closed_by} to {port}, and {proto} to tcp.\n"
        )


@each_kind
@each_knowledge
@each_store
def test_a_network_that_may_connect_to_a_database_is_reported(
    kind: str, is_known: bool, type_: str, path: str, inputs: dict[str, Any], port: int
) -> None:
    resources = guarded(kind, is_known, by_network("10.0.0.0/16"), port, stores=[(type_, path, inputs)])
    decision = check("database-ingress", *resources)
    assert decision.violations == [at(kind, "cidrBlocks[0]")]
    assert (
        "is \"10.0.0.0/16\": every host in that network may connect to 'db0'.\n"
        f"Fix: Replace {at(kind, 'cidrBlocks[0]').removeprefix('rules.')} with the security group of the clients. "
        "For clients that have none" in decision.messages[0]
    )


@each_kind
def test_the_network_of_the_vpc_is_a_network_though_unknown(kind: str) -> None:
    vpc = resource(VPC, "vpc")
    decision = check("database-ingress", vpc, *guarded(kind, False, by_network(ref(vpc)), 5432))
    assert decision.violations == [at(kind, "cidrBlocks[0]")]
    assert "is unknown: every host in that network may connect to 'db0'." in decision.messages[0]


@each_kind
def test_what_the_whole_internet_reaches_is_for_another_policy_to_say(kind: str) -> None:
    resources = guarded(kind, False, by_network(WORLD), 5432)
    assert check("database-ingress", *resources).is_clean
    assert check("security-group-ingress", *resources).violations == [at(kind, "cidrBlocks[0]")]
    # But not where it is one of the ports that it allows, and the database does not listen there.
    https = guarded(kind, False, by_network(WORLD), 443)
    assert check("security-group-ingress", *https).is_clean
    assert check("database-ingress", *https).violations == [at(kind, "fromPort")]


@each_kind
def test_config_allows_networks(kind: str) -> None:
    config = {"allowedNetworks": ["10.8.0.0/16", "fd00::/8"]}
    for cidr, complies in (
        ("10.8.0.0/16", True),
        ("10.8.7.0/24", True),
        ("10.8.0.0/15", False),
        ("10.9.0.0/16", False),
        ("fd00:1::/64", True),
        ("fe80::/64", False),
        ("", True),
    ):
        decision = check("database-ingress", *guarded(kind, False, by_network(cidr), 5432), config=config)
        assert decision.is_clean == complies, cidr
    vpc = resource(VPC, "vpc")
    unknown = check("database-ingress", vpc, *guarded(kind, False, by_network(ref(vpc)), 5432), config=config)
    assert (unknown.violations, unknown.undecided) == ([], [at(kind, "cidrBlocks[0]")])


@each_kind
def test_an_unknown_source_of_a_database_is_undecided(kind: str) -> None:
    unknown = check("database-ingress", *guarded(kind, False, by_network(UNKNOWN), 5432))
    assert (unknown.violations, unknown.undecided) == ([], [at(kind, "cidrBlocks[0]")])


@pytest.mark.parametrize("network", ["10.0.0.0", "vpn", "10.0.0.0/64", "999.1.1.1/8", ":::/8"])
def test_an_allowed_network_that_is_none_is_refused(network: str) -> None:
    with pytest.raises(ConfigError, match="'database-ingress', config key 'allowedNetworks"):
        check("database-ingress", config={"allowedNetworks": [network]})


def test_the_group_itself_may_connect_on_the_port() -> None:
    assert check("database-ingress", *guarded("inline", False, {"self": True}, 5432)).is_clean
    assert check("database-ingress", *guarded("inline", False, {"self": True}, 0, 0, "-1")).violations


@each_kind
@pytest.mark.parametrize("protocol", ["icmp", "icmpv6", "1", "58"])
def test_ping_connects_to_nothing(kind: str, protocol: str) -> None:
    assert check("database-ingress", *guarded(kind, False, by_network("10.0.0.0/16"), 8, 0, protocol)).is_clean


@pytest.mark.parametrize(
    ("engine", "port"),
    [
        ("postgres", 5432),
        ("aurora-postgresql", 5432),
        ("mysql", 3306),
        ("mariadb", 3306),
        ("aurora-mysql", 3306),
        ("aurora", 3306),
        ("oracle-ee", 1521),
        ("oracle-se2-cdb", 1521),
        ("custom-oracle-ee", 1521),
        ("sqlserver-ex", 1433),
        ("custom-sqlserver-se", 1433),
        ("db2-se", 50000),
    ],
)
def test_the_engine_decides_the_port(engine: str, port: int) -> None:
    for type_ in (INSTANCE, "aws:rds/cluster:Cluster"):
        stores = [(type_, "vpcSecurityGroupIds", {"engine": engine})]
        assert check("database-ingress", *guarded("inline", False, by_group(""), port, stores=stores)).is_clean
        wrong = check("database-ingress", *guarded("inline", False, by_group(""), 2049, stores=stores))
        assert f"which needs port {port} only" in wrong.messages[0]


@pytest.mark.parametrize(("engine", "port"), [("redis", 6379), ("valkey", 6379), ("memcached", 11211)])
def test_the_engine_decides_the_port_of_a_cache(engine: str, port: int) -> None:
    stores = [("aws:elasticache/cluster:Cluster", "securityGroupIds", {"engine": engine})]
    assert check("database-ingress", *guarded("inline", False, by_group(""), port, stores=stores)).is_clean
    assert check("database-ingress", *guarded("inline", False, by_group(""), 2049, stores=stores)).violations


@each_kind
@pytest.mark.parametrize(
    "inputs",
    [
        {"engine": "postgres", "port": UNKNOWN},
        {"engine": UNKNOWN},
        {"replicateSourceDb": "primary"},
        {"engine": "another"},
    ],
)
def test_a_port_of_the_database_that_is_unknown_is_undecided(kind: str, inputs: dict[str, Any]) -> None:
    stores = [(INSTANCE, "vpcSecurityGroupIds", inputs)]
    decision = check("database-ingress", *guarded(kind, False, by_group(kind), 5432, stores=stores))
    assert (decision.violations, decision.undecided) == ([], ["db0.port"])
    # One port it is, whichever.
    for opened in ((5432, 5433, "tcp"), (0, 0, "-1")):
        wide = check("database-ingress", *guarded(kind, False, by_group(kind), *opened, stores=stores))
        assert wide.violations == [at(kind, "fromPort")]
        assert "which needs the database's own port only." in wide.messages[0]


def test_the_port_of_a_replica_is_known_once_it_is_there() -> None:
    group = resource(GROUP, "rules", ingress=[{**by_group(""), "protocol": "tcp", "fromPort": 1, "toPort": 1}])
    for port, complies in ((1.0, True), (5432, False)):
        replica = resource(
            INSTANCE,
            "db0",
            with_outputs={"port": port},
            replicateSourceDb="primary",
            vpcSecurityGroupIds=[ref(group)],
        )
        decision = check("database-ingress", group, replica)
        assert decision.is_clean == complies
        assert decision.undecided == []


@each_kind
def test_an_unknown_port_of_a_rule_is_undecided(kind: str) -> None:
    for first, last, protocol, path in (
        (UNKNOWN, 5432, "tcp", "fromPort"),
        (5432, UNKNOWN, "tcp", "toPort"),
        (5432, 5432, UNKNOWN, "protocol"),
    ):
        decision = check("database-ingress", *guarded(kind, False, by_group(kind), first, last, protocol))
        assert (decision.violations, decision.undecided) == ([], [at(kind, path)])


def test_rules_that_are_unknown_as_a_whole_may_name_groups_only() -> None:
    group = resource(GROUP, "rules", ingress=UNKNOWN)
    store = resource(INSTANCE, "db0", engine="postgres", vpcSecurityGroupIds=[ref(group)])
    for resources in ([group, store], guarded("inline", False, {"cidrBlocks": UNKNOWN}, 5432)):
        decision = check("database-ingress", *resources)
        assert decision.violations == []
        assert decision.undecided
    # Not even where they are made of the VPC's network, among others.
    vpc = resource(VPC, "vpc")
    group = resource(GROUP, "rules", ingress=ref(vpc))
    store = resource(INSTANCE, "db0", engine="postgres", vpcSecurityGroupIds=[ref(group)])
    decision = check("database-ingress", vpc, group, store)
    assert decision.violations == []
    assert "rules.ingress[].cidrBlocks[]" in decision.undecided


def test_several_databases_of_a_group_are_each_listened_to() -> None:
    stores = [
        (INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres"}),
        ("aws:elasticache/replicationGroup:ReplicationGroup", "securityGroupIds", {}),
    ]
    for port in (5432, 6379):
        assert check("database-ingress", *guarded("inline", False, by_group(""), port, stores=stores)).is_clean
    [message] = check("database-ingress", *guarded("inline", False, by_group(""), 5432, 6379, stores=stores)).messages
    assert (
        "open ports 5432 to 6379 of 'db0' and 'db1', which needs ports 5432 and 6379 only.\nFix: Open ports" in message
    )
    adjacent = [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres", "port": port}) for port in (7000, 7001)]
    assert check("database-ingress", *guarded("inline", False, by_group(""), 7000, 7001, stores=adjacent)).is_clean


def test_one_rule_for_both_a_network_and_a_port() -> None:
    decision = check("database-ingress", *guarded("inline", False, by_network("10.0.0.0/8"), 0, 0, "-1"))
    assert decision.violations == ["rules.ingress[0].cidrBlocks[0]", "rules.ingress[0].fromPort"]


@each_kind
def test_a_group_that_guards_no_database_is_not_concerned(kind: str) -> None:
    resources = guarded(kind, False, by_network("10.0.0.0/8"), 0, 0, "-1")[:-1]
    other = resource(INSTANCE, "other", engine="postgres", vpcSecurityGroupIds=["sg-other"])
    assert check("database-ingress", *resources).is_clean
    assert check("database-ingress", *resources, other).is_clean


def test_egress_of_a_database_is_not_concerned() -> None:
    [group, store] = guarded("inline", False, by_group(""), 5432)
    egress = resource(RULE, "out", type="egress", securityGroupId=ref(group), cidrBlocks=["10.0.0.0/8"], protocol="-1")
    assert check("database-ingress", group, store, egress).is_clean


@each_knowledge
@each_kind
def test_networks_of_a_prefix_list_may_not_connect_to_a_database(kind: str, is_known: bool) -> None:
    for cidr, count in (("10.0.0.0/16", 1), (WORLD, 0)):
        listed = prefix_list(is_known, cidr)
        source_id: Any = "pl-1" if is_known else ref(listed[0])
        source = {"prefixListId": source_id} if kind == "ingress rule" else {"prefixListIds": [source_id]}
        decision = check("database-ingress", *listed, *guarded(kind, is_known, source, 5432))
        assert decision.violations == ["list.entries[0].cidr"] * count
    source = {"prefixListId": "pl-aws"} if kind == "ingress rule" else {"prefixListIds": ["pl-aws"]}
    assert check("database-ingress", *guarded(kind, is_known, source, 5432)).is_clean


def test_secret_networks_and_ports_of_databases_are_judged_and_not_shown() -> None:
    policy = POLICIES["database-ingress"]
    messages = decide(policy, *guarded("inline", False, by_network(Secret("10.99.0.0/16")), 5432)).messages
    assert "is [secret]: every host" in messages[0]
    assert "10.99" not in messages[0]
    messages = decide(policy, *guarded("inline", False, by_group(""), Secret(2222), Secret(2222))).messages
    assert "open ports that are secret of 'db0', which needs port 5432 only." in messages[0]
    stores = [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres", "port": Secret(7777)})]
    assert decide(policy, *guarded("inline", False, by_group(""), 7777, stores=stores)).is_clean
    messages = decide(policy, *guarded("inline", False, by_group(""), 22, stores=stores)).messages
    assert "open port 22 of 'db0', which needs the database's own port only." in messages[0]
    assert "7777" not in messages[0]


def test_a_group_that_others_share_is_not_told_to_close_their_ports() -> None:
    group = resource(GROUP, "shared", ingress=[{**by_group(""), "protocol": "tcp", "fromPort": 443, "toPort": 443}])
    store = resource(INSTANCE, "db", engine="mysql", vpcSecurityGroupIds=[ref(group)])
    web = resource("aws:ec2/instance:Instance", "web", vpcSecurityGroupIds=[ref(group)])
    [message] = check("database-ingress", group, store, web).messages
    assert "open port 443 of 'db', which needs port 3306 only; the security group also belongs to 'web'." in message
    assert (
        "Fix: Give 'db' a security group of its own, which opens port 3306 to the clients' security group." in message
    )


def test_the_networks_of_one_list_are_one_finding() -> None:
    cidrs = [f"10.{number}.0.0/16" for number in range(40)]
    resources = guarded("inline", False, {"cidrBlocks": cidrs}, 5432)
    decision = check("database-ingress", *resources)
    assert decision.violations == ["rules.ingress[0].cidrBlocks[0]"]
    assert (
        'cidrBlocks[0] is "10.0.0.0/16", and the list has 39 more: every host in that network may connect'
        in decision.messages[0]
    )
    config = {"allowedNetworks": ["10.0.0.0/9"]}
    assert check("database-ingress", *resources, config=config).is_clean


def test_data_stores_are_named_up_to_a_few() -> None:
    group = resource(GROUP, "rules", ingress=[{**by_group(""), "protocol": "tcp", "fromPort": 22, "toPort": 22}])
    stores = [resource(INSTANCE, f"db{n}", engine="postgres", vpcSecurityGroupIds=[ref(group)]) for n in range(9)]
    [message] = check("database-ingress", group, *stores).messages
    assert "open port 22 of 'db0', 'db1', 'db2' and 6 others, which needs port 5432 only." in message


@pytest.mark.parametrize("port", [1e300, "9" * 400, -1])
def test_numbers_that_are_no_ports_break_nothing(port: Any) -> None:
    stores = [(INSTANCE, "vpcSecurityGroupIds", {"engine": "postgres", "port": port})]
    assert check("database-ingress", *guarded("inline", False, by_group(""), 22, stores=stores)).violations
    assert check("database-ingress", *guarded("inline", False, by_group(""), 22, port)).violations
