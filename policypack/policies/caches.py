"""Caches: that those who connect have to say who they are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_ACL: Final = "aws:memorydb/acl:Acl"
_USER: Final = "aws:elasticache/user:User"
_OPEN: Final = "whoever can reach it may read and change everything"
# How a replication group can ask who connects.
_WAYS: Final = {
    "any": ("authToken", "authTokenWo", "userGroupIds"),
    "token": ("authToken", "authTokenWo"),
    "rbac": ("userGroupIds",),
}


class AuthenticationConfig(Config):
    """Config of cache-authentication."""

    require: Annotated[
        Literal["any", "token", "rbac"],
        Meta(
            description='How replication groups ask who connects: by "token" (authToken), by "rbac" (userGroupIds), or '
            '"any" of the two. Serverless caches and MemoryDB have groups of users only.'
        ),
    ] = "any"


def _replication_group(group: Resource, config: AuthenticationConfig) -> Verdicts:
    # Whether there is a token is a matter of the global datastore, which starts as its primary group:
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_GlobalReplicationGroup.html
    if not group.get("globalReplicationGroupId").is_unset:
        return
    transit = group.get("transitEncryptionEnabled")
    given = [path for path in _WAYS["any"] if not group.get(path).is_unset]
    ways = _WAYS[config.require]
    if not set(given) & set(ways):
        missing = f"none of {', '.join(ways)} is set" if len(ways) > 1 else f"{ways[0]} is not set"
        consequence = "this policy's config requires one" if given else _OPEN
        fix = f"Set {' or '.join(ways)}, and transitEncryptionEnabled to true."
        yield Violation(group.get(ways[0]), f"{missing}: {consequence}.", fix=fix)
    elif transit.is_unknown:
        yield Undecided(transit, f"{given[0]} needs it")
    elif not transit.is_true:
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html, and Clusters.RBAC.html
        yield Violation(
            transit,
            f"{transit.path} is {transit.shown} while {given[0]} is set: AWS refuses to create the cache.",
            fix=f"Set {transit.path} to true.",
        )


def _serverless(cache: Resource, config: AuthenticationConfig) -> Verdicts:
    group, engine = cache.get("userGroupId"), cache.get("engine")
    # Memcached has none (the provider's documentation).
    if not group.is_unset or engine.text == "memcached":
        return
    if engine.is_unknown:
        yield Undecided(engine, "Redis and Valkey need userGroupId")
    else:
        yield Violation(group, f"{group.path} is not set: {_OPEN}.", fix="Set it to the id of a UserGroup.")


def _memorydb(cluster: Resource, config: AuthenticationConfig) -> Verdicts:
    acl = cluster.get("aclName")
    if acl.is_unknown:
        # One that is made has another name.
        if not any(source.type == _ACL for source in acl.dependencies):
            yield Undecided(acl)
    elif acl.text == "open-access":
        # https://docs.aws.amazon.com/memorydb/latest/devguide/clusters.acls.html
        yield Violation(acl, f"{acl.path} is {acl.shown}: {_OPEN}.", fix="Set it to the name of an aws.memorydb.Acl.")


def _user(user: Resource, config: AuthenticationConfig) -> Verdicts:
    access = user.get("accessString")
    # Whoever is not turned on cannot connect: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
    if access.is_known and "on" not in access.text.lower().split():
        return
    for path, open_ in (("noPasswordRequired", "true"), ("authenticationMode.type", "no-password-required")):
        value = user.get(path)
        if value.is_unknown or (value.text.lower() == open_ and access.is_unknown):
            yield Undecided(value if value.is_unknown else access, "a user who is off needs no password")
        elif value.text.lower() == open_:
            yield Violation(
                value,
                f"{path} is {value.shown}: whoever can reach the cache may connect as this user.",
                fix='Give the user passwords, or authenticationMode.type "iam"; or begin accessString with "off".',
            )


def _user_group(group: Resource, config: AuthenticationConfig) -> Verdicts:
    for user in group.each("userIds[]"):
        if user.is_unknown:
            if not any(source.type == _USER for source in user.dependencies):
                yield Undecided(user)
        elif user.text == "default":
            # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
            yield Violation(
                user,
                f"{user.path} is {user.shown}: AWS's own user of that name needs no password and may do everything.",
                fix='Name an aws.elasticache.User of your own instead, with the userName "default" and a password or '
                'an accessString that begins with "off".',
            )


# Memcached and a Redis node of its own (aws.elasticache.Cluster) cannot ask who connects.
_CHECKS: Final[Mapping[str, Callable[[Resource, AuthenticationConfig], Verdicts]]] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": _replication_group,
    "aws:elasticache/serverlessCache:ServerlessCache": _serverless,
    "aws:elasticache/userGroup:UserGroup": _user_group,
    "aws:memorydb/cluster:Cluster": _memorydb,
    _USER: _user,
}


@resource_policy(
    id="cache-authentication",
    title="Caches ask who connects",
    types=_CHECKS,
    severity="high",
    fix="Set an authToken, or a group of users.",
    frameworks=("FSBP ElastiCache.6",),
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
)
def cache_authentication(resource: Resource, config: AuthenticationConfig) -> Verdicts:
    """
    Whoever reaches the cache's port, from any host that the network lets through, reads and changes sessions and cached
    data without a password.
    """
    return _CHECKS[resource.type](resource, config)
