"""Paths to data stores, and where TLS ends on the way."""

from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

GROUP = "aws:ec2/securityGroup:SecurityGroup"
DEFAULT_GROUP = "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup"
RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
DATABASE = "aws:rds/instance:Instance"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
SERVICE = "aws:ecs/service:Service"
WORLD = "0.0.0.0/0"
STORES: list[tuple[str, dict[str, Any]]] = [
    (DATABASE, {"vpcSecurityGroupIds": ["GROUP"]}),
    ("aws:rds/cluster:Cluster", {"vpcSecurityGroupIds": ["GROUP"]}),
    ("aws:docdb/cluster:Cluster", {"vpcSecurityGroupIds": ["GROUP"]}),
    ("aws:neptune/cluster:Cluster", {"vpcSecurityGroupIds": ["GROUP"]}),
    ("aws:redshift/cluster:Cluster", {"vpcSecurityGroupIds": ["GROUP"]}),
    ("aws:elasticache/replicationGroup:ReplicationGroup", {"securityGroupIds": ["GROUP"]}),
    ("aws:opensearch/domain:Domain", {"vpcOptions": {"securityGroupIds": ["GROUP"]}}),
    ("aws:msk/cluster:Cluster", {"brokerNodeGroupInfo": {"securityGroups": ["GROUP"]}}),
    ("aws:efs/mountTarget:MountTarget", {"securityGroups": ["GROUP"]}),
]
STORE_POLICY = "internet-path-to-data-store"
TLS_POLICY = "load-balancer-tls-to-targets"


def opened(port: int = 443, *addresses: Any, **more: Any) -> dict[str, Any]:
    return {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": list(addresses or (WORLD,)), **more}


def lets_in(*groups: Any, port: int = 5432) -> dict[str, Any]:
    return {"protocol": "tcp", "fromPort": port, "toPort": port, "securityGroups": list(groups)}


def group_of(name: str, *ingress: Any, **more: Any) -> Resource:
    return resource(GROUP, name, ingress=list(ingress), **more)


def filled(value: Any, group: Any) -> Any:
    if isinstance(value, dict):
        return {key: filled(each, group) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, group) for each in value]
    return group if value == "GROUP" else value


# Data stores


@pytest.mark.parametrize(("type_", "inputs"), STORES)
def test_a_store_that_lets_an_open_group_in_is_reported_with_the_whole_path(type_: str, inputs: dict[str, Any]) -> None:
    web = group_of("web", opened(22))
    guarding = group_of("database", lets_in(ref(web)))
    store = resource(type_, "orders", **filled(inputs, ref(guarding)))
    decision = check(STORE_POLICY, web, guarding, store)
    assert decision.violations == ["database.ingress[0].securityGroups[0]"]
    assert decision.undecided == []
    assert decision.messages[0].startswith(
        "What is open to the internet may connect to 'orders': internet → security group 'web' (port 22 open to "
        "\"0.0.0.0/0\") → security group 'database' (ingress[0].securityGroups[0]) → data store 'orders'.\n"
        "Fix: Close 'web' to the internet: put a load balancer in front of its hosts, and let only the load balancer's "
        "security group in."
    )


@pytest.mark.parametrize("known", [False, True])
@pytest.mark.parametrize("type_", [GROUP, DEFAULT_GROUP])
def test_rules_that_are_resources_count_as_those_inside_a_group(known: bool, type_: str) -> None:
    def id_of(target: Resource) -> Any:
        return f"sg-{target.name}" if known else ref(target)

    outputs = {"id": "sg-web"} if known else {}
    web = resource(GROUP, "web", with_outputs=outputs)
    guarding = resource(type_, "database", with_outputs={"id": "sg-database"} if known else {})
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[id_of(guarding)])
    anywhere = resource(
        INGRESS_RULE, "anywhere", securityGroupId=id_of(web), cidrIpv4=WORLD, ipProtocol="tcp", fromPort=443, toPort=443
    )
    new = resource(
        INGRESS_RULE,
        "web-to-database",
        securityGroupId=id_of(guarding),
        referencedSecurityGroupId=id_of(web),
        ipProtocol="tcp",
        fromPort=5432,
        toPort=5432,
    )
    old = resource(
        RULE,
        "web-to-database",
        type="ingress",
        securityGroupId=id_of(guarding),
        sourceSecurityGroupId=id_of(web),
        protocol="tcp",
        fromPort=5432,
        toPort=5432,
    )
    for rule, path in ((new, "referencedSecurityGroupId"), (old, "sourceSecurityGroupId")):
        decision = check(STORE_POLICY, web, guarding, store, anywhere, rule)
        assert decision.violations == [f"web-to-database.{path}"]
        assert "→ rule 'web-to-database' → data store 'orders'" in decision.messages[0]
    outgoing = resource(RULE, "out", **{**(old.inputs or {}), "type": "egress"})
    assert check(STORE_POLICY, web, guarding, store, anywhere, outgoing).is_clean


def test_the_usual_three_tiers_are_right() -> None:
    balancer = group_of("balancer", opened(443), opened(80))
    tasks = group_of("tasks", lets_in(ref(balancer), port=8080))
    guarding = group_of("database", lets_in(ref(tasks)))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    assert check(STORE_POLICY, balancer, tasks, guarding, store).is_clean


def test_of_several_groups_the_open_ones_are_reported_once_each() -> None:
    web = group_of("web", opened(443), with_outputs={"id": "sg-web"})
    tasks = group_of("tasks", with_outputs={"id": "sg-tasks"})
    guarding = group_of(
        "database", lets_in("sg-tasks", "sg-web"), lets_in("sg-web", port=5433), with_outputs={"id": "sg-database"}
    )
    stores = [resource(DATABASE, name, vpcSecurityGroupIds=["sg-database"]) for name in ("orders", "customers")]
    decision = check(STORE_POLICY, web, tasks, guarding, *stores)
    assert len(decision.violations) == 1
    assert "data store 'orders' and 'customers'" in decision.messages[0]
    # Before the first update, the rules inside a group share what they depend on.
    guarding = group_of("database", lets_in(ref(tasks), ref(web)), lets_in(ref(web), port=5433))
    stores = [resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])]
    decision = check(STORE_POLICY, group_of("web", opened(443)), group_of("tasks"), guarding, *stores)
    assert decision.violations == ["database.ingress"]
    assert "security group 'web'" in decision.messages[0]


def test_the_group_of_a_load_balancer_gets_a_fix_of_its_own() -> None:
    open_group = group_of("balancer", opened(443))
    balancer = resource(BALANCER, "web", securityGroups=[ref(open_group)])
    guarding = group_of("database", lets_in(ref(open_group)))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    decision = check(STORE_POLICY, open_group, balancer, guarding, store)
    assert (
        "Fix: 'balancer' belongs to 'web', which does not connect to the data store: replace "
        "ingress[0].securityGroups[0] with the security group of the workloads that do." in decision.messages[0]
    )


@pytest.mark.parametrize(
    "ingress",
    [
        [],
        [opened(443, "10.0.0.0/8")],
        [{"protocol": "icmp", "fromPort": 8, "toPort": 0, "cidrBlocks": [WORLD]}],
        [{"protocol": "tcp", "fromPort": 443, "toPort": 443, "self": True}],
    ],
)
def test_groups_that_are_not_open_are_right(ingress: list[Any]) -> None:
    tasks = group_of("tasks", *ingress)
    guarding = group_of("database", lets_in(ref(tasks)))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    assert check(STORE_POLICY, tasks, guarding, store).is_clean


def test_what_connects_to_nothing_is_no_path() -> None:
    web = group_of("web", opened(443))
    ping = {"protocol": "icmp", "fromPort": 8, "toPort": 0, "securityGroups": [ref(web)]}
    guarding = group_of("database", ping)
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    assert check(STORE_POLICY, web, guarding, store).is_clean
    # Without a data store, a group that lets an open one in is that of an application.
    assert check(STORE_POLICY, web, group_of("database", lets_in(ref(web)))).is_clean


@pytest.mark.parametrize(("type_", "is_path"), [("aws:lambda/function:Function", False), (SERVICE, True)])
def test_what_makes_connections_and_accepts_none_is_not_reached(type_: str, is_path: bool) -> None:
    open_group = group_of("open", opened(443))
    named = "vpcConfig" if "lambda" in type_ else "networkConfiguration"
    user = resource(type_, "user", **{named: {"securityGroups": [ref(open_group)]}})
    guarding = group_of("database", lets_in(ref(open_group)))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    assert bool(check(STORE_POLICY, open_group, user, guarding, store).violations) == is_path


def test_a_group_that_lets_itself_in_is_another_policys_to_report() -> None:
    own = resource(GROUP, "database", ingress=[opened(5432)], with_outputs={"id": "sg-1"})
    rule = resource(INGRESS_RULE, "own", securityGroupId="sg-1", referencedSecurityGroupId="sg-1", ipProtocol="-1")
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=["sg-1"])
    assert check(STORE_POLICY, own, rule, store).is_clean


def test_what_is_unknown_leaves_the_path_undecided() -> None:
    tasks = group_of("tasks", opened(443, UNKNOWN))
    guarding = group_of("database", lets_in(ref(tasks)))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    decision = check(STORE_POLICY, tasks, guarding, store)
    assert (decision.violations, decision.undecided) == ([], ["tasks.ingress[0].cidrBlocks[0]"])

    guarding = group_of("database", lets_in(UNKNOWN))
    assert check(STORE_POLICY, guarding, store).undecided == ["database.ingress[0].securityGroups[0]"]

    # It may be either.
    web, tasks = group_of("web", opened(443)), group_of("tasks")
    guarding = group_of("database", lets_in(ref([web, tasks])))
    either = check(STORE_POLICY, web, tasks, guarding, store)
    assert (either.violations, either.undecided) == ([], ["database.ingress[0].securityGroups[0]"])

    rule = resource(
        INGRESS_RULE, "client", securityGroupId=ref(guarding), referencedSecurityGroupId=UNKNOWN, ipProtocol="tcp"
    )
    guarding = group_of("database")
    assert check(STORE_POLICY, guarding, store, rule).undecided == ["client.referencedSecurityGroupId"]

    tasks, guarding = group_of("tasks"), group_of("database", lets_in(ref(tasks)))
    anywhere = resource(
        INGRESS_RULE, "anywhere", securityGroupId=UNKNOWN, cidrIpv4=WORLD, ipProtocol="tcp", fromPort=443, toPort=443
    )
    assert check(STORE_POLICY, tasks, guarding, store, anywhere).undecided == ["anywhere.securityGroupId"]

    tasks = group_of("tasks", {**opened(443), "fromPort": UNKNOWN})
    assert check(STORE_POLICY, tasks, guarding, store).undecided == ["tasks.ingress[0].fromPort"]


def test_groups_of_other_stacks_are_not_seen() -> None:
    guarding = group_of("database", lets_in("sg-0123"))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    assert check(STORE_POLICY, guarding, store).is_clean


def test_secrets_stay_secret() -> None:
    web = group_of("web", {"protocol": "tcp", "fromPort": Secret(4711), "toPort": 4711, "cidrBlocks": [Secret(WORLD)]})
    guarding = group_of("database", lets_in(ref(web)))
    store = resource(DATABASE, "orders", vpcSecurityGroupIds=[ref(guarding)])
    messages = "\n".join(decide(POLICIES[STORE_POLICY], web, guarding, store).messages)
    assert "security group 'web' (ports that are secret open to [secret])" in messages
    assert "4711" not in messages


# TLS


def balanced(listener: dict[str, Any], group: dict[str, Any]) -> list[Resource]:
    balancer = resource(BALANCER, "web")
    targets = resource(TARGET_GROUP, "api", **group)
    return [
        balancer,
        targets,
        resource(
            LISTENER,
            "https",
            loadBalancerArn=ref(balancer),
            defaultActions=[{"type": "forward", "targetGroupArn": ref(targets)}],
            **listener,
        ),
        resource(SERVICE, "orders", loadBalancers=[{"targetGroupArn": ref(targets), "containerPort": 8080}]),
    ]


@pytest.mark.parametrize(("spoken", "plain"), [("HTTPS", "HTTP"), ("https", "http"), ("TLS", "TCP")])
def test_tls_that_ends_at_the_load_balancer_is_reported_with_the_path(spoken: str, plain: str) -> None:
    decision = check(TLS_POLICY, *balanced({"protocol": spoken}, {"protocol": plain}))
    assert decision.violations == ["api.protocol"]
    assert (
        f"client → load balancer 'web' → listener 'https' (\"{spoken}\") → target group 'api' (\"{plain}\") → 'orders'"
        in decision.messages[0]
    )
    assert 'Fix: Set protocol and healthCheck.protocol of the target group to "HTTPS"' in decision.messages[0]


def test_a_rule_passes_requests_on_too() -> None:
    *others, service = balanced({"protocol": "HTTPS"}, {"protocol": "HTTPS"})
    plain = resource(TARGET_GROUP, "plain", protocol="HTTP")
    rule = resource(
        LISTENER_RULE, "old", listenerArn=ref(others[2]), actions=[{"type": "forward", "targetGroupArn": ref(plain)}]
    )
    assert check(TLS_POLICY, *others, service, plain, rule).violations == ["plain.protocol"]


@pytest.mark.parametrize(
    ("listener", "group"),
    [
        ({"protocol": "HTTPS"}, {"protocol": "HTTPS"}),
        ({"protocol": "TLS"}, {"protocol": "TLS"}),
        # Listeners for plain HTTP are alb-https-listener's to report.
        ({"protocol": "HTTP"}, {"protocol": "HTTP"}),
        # TLS goes on to the targets.
        ({"protocol": "TCP"}, {"protocol": "TCP"}),
        # Functions have no protocol.
        ({"protocol": "HTTPS"}, {"targetType": "lambda"}),
        ({}, {"protocol": "HTTP"}),
    ],
)
def test_tls_up_to_the_targets_and_none_at_all_are_not_reported(
    listener: dict[str, Any], group: dict[str, Any]
) -> None:
    assert check(TLS_POLICY, *balanced(listener, group)).is_clean


def test_an_unknown_protocol_is_undecided() -> None:
    unknown = balanced({"protocol": UNKNOWN}, {"protocol": "HTTP"})
    assert check(TLS_POLICY, *unknown).undecided == ["https.protocol"]
    assert check(TLS_POLICY, *balanced({"protocol": "HTTPS"}, {"protocol": UNKNOWN})).undecided == ["api.protocol"]
    secret = balanced({"protocol": "HTTPS"}, {"protocol": Secret("HTTP")})
    assert "target group 'api' ([secret])" in decide(POLICIES[TLS_POLICY], *secret).messages[0]


def test_tls_to_targets_is_off_unless_somebody_asks_for_it() -> None:
    assert POLICIES[TLS_POLICY].enforcement == "disabled"
