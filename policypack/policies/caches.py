"""Caches: clients have to authenticate."""

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
_OPEN: Final = "everyone who can reach the cache can read and change all of its data"
_CLIENTS: Final = "Give the clients their credentials first: from then on, clients without credentials are refused."
# How a replication group authenticates clients.
_WAYS: Final = {
    "any": ("authToken", "authTokenWo", "userGroupIds"),
    "token": ("authToken", "authTokenWo"),
    "rbac": ("userGroupIds",),
}
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html: with ROTATE, clients without a token still connect.
_TOKEN: Final = (
    'On an existing group, set a token with authTokenUpdateStrategy "ROTATE", which still lets clients in without it, '
    'and with "SET" once all of them send it.'
)
_USERS: Final = (
    'Users need engineVersion 6.0 or later, and a group of Redis users needs one with the userName "default". '
    + _CLIENTS
)
# https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/in-transit-encryption-enable.html
_TLS: Final = (
    "Clients then have to connect with TLS. On an existing group, turning it on needs transitEncryptionMode "
    '"preferred" first, and "required" in a later update; below engineVersion 7.0.5, it replaces the group '
    "with an empty one."
)


class AuthenticationConfig(Config):
    """Config of cache-authentication."""

    require: Annotated[
        Literal["any", "token", "rbac"],
        Meta(
            description='How replication groups authenticate clients: by "token" (authToken), by "rbac" '
            '(userGroupIds), or "any" of the two. Serverless caches and MemoryDB have groups of users only.'
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
        yield _without_authentication(group, given, config)
    elif transit.is_unknown:
        yield Undecided(transit, f"{given[0]} needs it")
    elif not transit.is_true:
        # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html, and Clusters.RBAC.html
        message = f"{transit.path} is {transit.shown} while {given[0]} is set: AWS refuses to create the cache."
        yield Violation(transit, message, fix=f"Set {transit.path} to true. {_TLS}")


def _without_authentication(group: Resource, given: list[str], config: AuthenticationConfig) -> Violation:
    ways = _WAYS[config.require]
    missing = f"None of {', '.join(ways)} is set" if len(ways) > 1 else f"{ways[0]} is not set"
    consequence = f'this policy requires "{config.require}" (config key require)' if given else _OPEN
    fixes = {
        "userGroupIds": f"userGroupIds to the id of an aws.elasticache.UserGroup. {_USERS}",
        "authToken": f"authToken to a secret value. {_TOKEN}",
    }
    fix = f"Set {' Or set '.join(fixes[way] for way in ways if way in fixes)}"
    if given:
        fix += f' Remove {given[0]}, as AWS accepts one of them. To accept both, set require of this policy to "any".'
    elif not group.get("transitEncryptionEnabled").is_true:
        fix += f" Both need transitEncryptionEnabled true. {_TLS}"
    return Violation(group.get(ways[0]), f"{missing}: {consequence}.", fix=fix)


def _serverless(cache: Resource, config: AuthenticationConfig) -> Verdicts:
    group, engine = cache.get("userGroupId"), cache.get("engine")
    # Memcached has none (the provider's documentation).
    if not group.is_unset or engine.text == "memcached":
        return
    if engine.is_unknown:
        yield Undecided(engine, "Redis and Valkey need userGroupId")
    else:
        fix = f"Set {group.path} to the id of an aws.elasticache.UserGroup. {_CLIENTS}"
        yield Violation(group, f"{group.path} is not set: {_OPEN}.", fix=fix)


def _memorydb(cluster: Resource, config: AuthenticationConfig) -> Verdicts:
    acl = cluster.get("aclName")
    if acl.is_unknown:
        # An ACL that is created has another name than the open one.
        if _ACL not in acl.dependency_types:
            yield Undecided(acl)
    elif acl.text == "open-access":
        # https://docs.aws.amazon.com/memorydb/latest/devguide/clusters.acls.html
        fix = f"Set {acl.path} to the name of an aws.memorydb.Acl. {_CLIENTS}"
        # "When set to false, the acl_name must be open-access" (the provider's documentation).
        if cluster.get("tlsEnabled").is_false:
            fix += " It needs tlsEnabled true too, which replaces an existing cluster: restore it from a snapshot."
        yield Violation(acl, f"{acl.path} is {acl.shown}: {_OPEN}.", fix=fix)


def _user(user: Resource, config: AuthenticationConfig) -> Verdicts:
    access = user.get("accessString")
    # A user who is not turned on cannot connect:
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
    if access.is_known and "on" not in access.text.lower().split():
        return
    for path, open_ in (("noPasswordRequired", "true"), ("authenticationMode.type", "no-password-required")):
        value = user.get(path)
        if value.is_unknown or (value.text.lower() == open_ and access.is_unknown):
            yield Undecided(value if value.is_unknown else access, "a user who is off needs no password")
        elif value.text.lower() == open_:
            yield Violation(
                value,
                f"{path} is {value.shown}: everyone who can reach the cache can connect as this user.",
                fix='Set passwords of the user, or authenticationMode.type to "iam". If no client needs it, begin '
                f'accessString with "off". {_CLIENTS}',
            )


def _user_group(group: Resource, config: AuthenticationConfig) -> Verdicts:
    # A user that is created has another id than the default one.
    are_created = _USER in group.get("userIds").dependency_types
    for user in group.each("userIds[]"):
        if user.is_unknown and not are_created:
            yield Undecided(user)
        elif user.text == "default":
            # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html
            yield Violation(
                user,
                f"{user.path} is {user.shown}: AWS's built-in user needs no password and has all permissions.",
                fix=f"Set {user.path} to the userId of an aws.elasticache.User of your own with the userName "
                '"default", and passwords or an accessString that begins with "off". Clients that connect without a '
                "user name are this user: give them credentials first.",
            )


# Memcached and a Redis node of its own (aws.elasticache.Cluster) have no authentication.
_CHECKS: Final[Mapping[str, Callable[[Resource, AuthenticationConfig], Verdicts]]] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": _replication_group,
    "aws:elasticache/serverlessCache:ServerlessCache": _serverless,
    "aws:elasticache/userGroup:UserGroup": _user_group,
    "aws:memorydb/cluster:Cluster": _memorydb,
    _USER: _user,
}


@resource_policy(
    id="cache-authentication",
    title="Caches require authentication",
    types=_CHECKS,
    severity="high",
    fix="Set userGroupIds, or authToken.",
    frameworks=("FSBP ElastiCache.6",),
    url="https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
)
def cache_authentication(resource: Resource, config: AuthenticationConfig) -> Verdicts:
    """
    Without authentication, everyone who can reach the cache's port can read and change sessions and cached data.
    """
    return _CHECKS[resource.type](resource, config)
