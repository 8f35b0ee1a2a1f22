"""Paths of requests and connections: which of them reach data stores, and where they go on without TLS."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, NamedTuple

from policypack.config import Config
from policypack.listing import listed
from policypack.model import Resource, Value
from policypack.network.internet import BALANCER, SERVICES, TARGET, TARGET_GROUP, doors_of, listeners_of
from policypack.network.ports import NO_PORTS, opened_ports
from policypack.network.security_groups import GROUPS, INGRESS_RULE, LOAD_BALANCERS, RULE, users_of
from policypack.policies.database_ingress import STORES
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

# Where data stores name their security groups.
_STORES: Final[Mapping[str, str]] = {
    **{type_: store.groups for type_, store in STORES.items()},
    "aws:opensearch/domain:Domain": "vpcOptions",
    "aws:elasticsearch/domain:Domain": "vpcOptions",
    "aws:msk/cluster:Cluster": "brokerNodeGroupInfo",
    "aws:efs/mountTarget:MountTarget": "securityGroups",
    "aws:fsx/lustreFileSystem:LustreFileSystem": "securityGroupIds",
    "aws:fsx/ontapFileSystem:OntapFileSystem": "securityGroupIds",
    "aws:fsx/openZfsFileSystem:OpenZfsFileSystem": "securityGroupIds",
    "aws:fsx/windowsFileSystem:WindowsFileSystem": "securityGroupIds",
}


# https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html: inbound rules have no effect on functions.
_ONLY_CONNECTING: Final = (
    "aws:lambda/function:Function",
    "aws:codebuild/project:Project",
    "aws:apprunner/vpcConnector:VpcConnector",
)


class _Client(NamedTuple):
    """
    A security group that another one lets in.

    :param group: the group that is let in; None where a value that is unknown yet decides which.
    :param at: where it is named.
    :param step: the same as a step of a path.
    """

    group: Resource | None
    at: Value
    step: str


@resource_policy(
    id="internet-path-to-data-store",
    title="Data stores let in no security group that is itself open to the internet",
    needs_stack=True,
    types=GROUPS,
    severity="high",
    enforcement="advisory",
    fix="Let in the security group of the workloads that connect, and let into that group the load balancer alone.",
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html",
)
def internet_path_to_data_store(group: Resource, config: Config) -> Verdicts:
    """
    Only one host stands between the internet and the data: whoever takes it over, through a vulnerability or a weak
    password, connects to the data store from there.
    """
    stores = [store for type_, prop in _STORES.items() for store in group.referrers(type_, prop)]
    if not stores:
        return
    names = listed(stores)
    for client in _clients(group):
        if client.group is None:
            yield Undecided(
                client.at, f"is it a security group that is open to the internet, and that {names} lets in?"
            )
        elif (way := doors_of(client.group).way()) and not _accepts_nothing(client.group):
            if way.doubt:
                question = f"is '{client.group.name}', which may connect to {names}, open to the internet?"
                yield Undecided(way.doubt, question)
                continue
            path = " → ".join(("internet", *way.steps, client.step, f"data store {names}"))
            message = f"What is open to the internet may connect to {names}: {path}."
            yield Violation(client.at, message, fix=_closing(client.group, client.at))


def _accepts_nothing(group: Resource) -> bool:
    """Whether all that has a security group only makes connections, so that what the group lets in reaches nothing."""
    users = users_of(group)
    return bool(users) and all(user.type in _ONLY_CONNECTING for user in users)


def _closing(open_group: Resource, at: Value) -> str:
    """How to interrupt a path that leads through an open group."""
    users = users_of(open_group)
    if users and all(user.type in LOAD_BALANCERS for user in users):
        return (
            f"'{open_group.name}' belongs to {listed(users)}, which does not connect to the data store: replace "
            f"{at.path} with the security group of the workloads that do."
        )
    return (
        f"Close '{open_group.name}' to the internet: put a load balancer in front of its hosts, and let only the load "
        f"balancer's security group in. Or replace {at.path} with a security group that is not open."
    )


def _clients(group: Resource) -> Iterator[_Client]:
    """The other security groups that a security group lets in, each once."""
    found = {client.group: client for client in _every_client(group)}
    found.pop(group, None)
    yield from found.values()


def _every_client(group: Resource) -> Iterator[_Client]:
    yield from _clients_inside(group)
    for rule in group.referrers(RULE, "securityGroupId"):
        if rule.get("type").text == "ingress":
            yield from _clients_of_rule(rule, rule.get("sourceSecurityGroupId"), rule.get("protocol"))
    for rule in group.referrers(INGRESS_RULE, "securityGroupId"):
        yield from _clients_of_rule(rule, rule.get("referencedSecurityGroupId"), rule.get("ipProtocol"))


def _clients_of_rule(rule: Resource, source: Value, protocol: Value) -> Iterator[_Client]:
    if _connects(rule, protocol):
        groups = source.targets(*GROUPS)
        step = f"rule '{rule.name}'"
        yield from (_Client(each, source, step) for each in groups)
        if source.is_unknown and not groups:
            yield _Client(None, source, step)


def _clients_inside(group: Resource) -> Iterator[_Client]:
    """The groups that the rules inside of a group let in. These rules share the dependencies of one property."""
    sources = [
        source
        for rule in group.each("ingress[]")
        if _connects(rule, rule.get("protocol"))
        for source in rule.each("securityGroups[]")
    ]
    known = {source.text: source for source in sources if source.text}
    unknown = [source for source in sources if source.is_unknown]
    others = []
    for each in sources[0].targets(*GROUPS) if sources else ():
        if at := known.pop(each.output("id").text, None):
            yield _Client(each, at, _inside(group, at))
        else:
            others.append(each)
    for at in known.values():
        yield from (_Client(each, at, _inside(group, at)) for each in at.targets(*GROUPS) if each not in others)
    if unknown and 0 < len(others) <= len(unknown):
        at = unknown[0] if len(unknown) == 1 else group.get("ingress")
        yield from (_Client(each, at, _inside(group, at)) for each in others)
    elif unknown:
        yield _Client(None, unknown[0], "")


def _inside(group: Resource, at: Value) -> str:
    return f"security group '{group.name}' ({at.path})"


def _connects(rule: Resource | Value, protocol: Value) -> bool:
    return opened_ports(protocol, rule.get("fromPort"), rule.get("toPort")) != NO_PORTS


@resource_policy(
    id="load-balancer-tls-to-targets",
    title="Load balancers that serve TLS also use it to their targets",
    needs_stack=True,
    types=(TARGET_GROUP,),
    severity="medium",
    enforcement="disabled",
    fix='Set protocol and healthCheck.protocol of the target group to "HTTPS" (protocol to "TLS" behind a Network Load '
    "Balancer), and port to one on which the targets serve TLS. Load balancers accept a certificate that the target "
    "has signed itself. This replaces the target group.",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-target-groups.html",
)
def load_balancer_tls_to_targets(group: Resource, config: Config) -> Verdicts:
    """
    Clients see HTTPS, yet their requests go on through the VPC in plain text. Some audits require encryption up to the
    host that answers, and a traffic mirror or flow inspection in the VPC can read passwords and personal data.
    """
    protocol = group.get("protocol")
    if protocol.is_known and protocol.text.upper() not in _PLAIN:
        return
    for listener in listeners_of(group):
        spoken = listener.get("protocol")
        if spoken.is_unknown or (protocol.is_unknown and spoken.text.upper() in _ENCRYPTED):
            yield Undecided(spoken if spoken.is_unknown else protocol, f"does '{group.name}' get decrypted requests?")
            return
        if spoken.text.upper() in _ENCRYPTED and not protocol.is_unset:
            path = " → ".join(_path_of(listener, group))
            yield Violation(
                protocol,
                f"{protocol.path} is {protocol.shown}: TLS ends at the load balancer, and requests go on in plain "
                f"text: {path}.",
            )
            return


_PLAIN: Final = ("HTTP", "TCP", "")
_ENCRYPTED: Final = ("HTTPS", "TLS")


def _path_of(listener: Resource, group: Resource) -> Iterator[str]:
    yield "client"
    yield from (f"load balancer '{each.name}'" for each in listener.get("loadBalancerArn").targets(BALANCER))
    yield f"listener '{listener.name}' ({listener.get('protocol').shown})"
    yield f"target group '{group.name}' ({group.get('protocol').shown})"
    services = [service for type_ in SERVICES for service in group.referrers(type_, "loadBalancers")]
    behind = [*services, *group.referrers(TARGET, "targetGroupArn")]
    if behind:
        yield listed(behind)
