"""Whether caches require authentication."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tests.support import POLICIES, check

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
SERVERLESS = "aws:elasticache/serverlessCache:ServerlessCache"
USER = "aws:elasticache/user:User"
USER_GROUP = "aws:elasticache/userGroup:UserGroup"
MEMORYDB = "aws:memorydb/cluster:Cluster"
ACL = "aws:memorydb/acl:Acl"
TOKEN = "canary-Sesame2026open"
OPEN = "everyone who can reach the cache can read and change all of its data."
POLICY = "cache-authentication"


# Replication groups


@pytest.mark.parametrize(
    "inputs",
    [
        {"authToken": TOKEN},
        {"authToken": Secret(TOKEN)},
        {"authToken": UNKNOWN},
        {"authToken": Secret(UNKNOWN)},
        {"authTokenWo": Secret(TOKEN)},
        {"authTokenWo": UNKNOWN},
        {"userGroupIds": ["readers"]},
        {"userGroupIds": [UNKNOWN]},
        {"userGroupIds": UNKNOWN},
    ],
)
def test_a_group_that_asks_who_connects_complies(inputs: dict[str, Any]) -> None:
    assert check(POLICY, resource(GROUP, transitEncryptionEnabled=True, **inputs)).is_clean


@pytest.mark.parametrize("inputs", [{}, {"authToken": ""}, {"userGroupIds": []}])
def test_a_group_that_lets_anybody_in_is_reported(inputs: dict[str, Any]) -> None:
    for transit in (True, False, None, UNKNOWN):
        decision = check(POLICY, resource(GROUP, transitEncryptionEnabled=transit, **inputs))
        assert decision.violations == ["it.authToken"]
        assert decision.undecided == []
        message, fix = decision.messages[0].splitlines()[:2]
        assert message == f"None of authToken, authTokenWo, userGroupIds is set: {OPEN}"
        assert fix.startswith("Fix: Set authToken to a secret value. ")
        assert 'with authTokenUpdateStrategy "ROTATE", which still lets clients in without it' in fix
        assert "Or set userGroupIds to the id of an aws.elasticache.UserGroup. Users need engineVersion 6.0" in fix
        assert ("Both need transitEncryptionEnabled true. Clients then have to connect with TLS." in fix) is (
            transit is not True
        )


@pytest.mark.parametrize(
    ("require", "inputs", "place", "message"),
    [
        ("token", {}, "authToken", f"None of authToken, authTokenWo is set: {OPEN}"),
        ("rbac", {}, "userGroupIds", f"userGroupIds is not set: {OPEN}"),
        (
            "token",
            {"userGroupIds": ["readers"]},
            "authToken",
            'None of authToken, authTokenWo is set: this policy requires "token" (config key require).',
        ),
        (
            "rbac",
            {"authToken": Secret(TOKEN)},
            "userGroupIds",
            'userGroupIds is not set: this policy requires "rbac" (config key require).',
        ),
        (
            "rbac",
            {"authTokenWo": UNKNOWN},
            "userGroupIds",
            'userGroupIds is not set: this policy requires "rbac" (config key require).',
        ),
    ],
)
def test_the_config_says_how_a_group_asks(require: str, inputs: dict[str, Any], place: str, message: str) -> None:
    group = resource(GROUP, transitEncryptionEnabled=True, **inputs)
    decision = check(POLICY, group, config={"require": require})
    assert decision.violations == [f"it.{place}"]
    assert decision.messages[0].startswith(message)
    assert TOKEN not in decision.messages[0]


@pytest.mark.parametrize(
    ("require", "inputs"),
    [
        ("any", {"authToken": UNKNOWN}),
        ("any", {"userGroupIds": ["readers"]}),
        ("token", {"authToken": UNKNOWN}),
        ("token", {"authTokenWo": UNKNOWN}),
        ("rbac", {"userGroupIds": ["readers"]}),
    ],
)
def test_a_group_that_asks_as_the_config_says_complies(require: str, inputs: dict[str, Any]) -> None:
    group = resource(GROUP, transitEncryptionEnabled=True, **inputs)
    assert check(POLICY, group, config={"require": require}).is_clean


@pytest.mark.parametrize(
    ("path", "value"), [("authToken", Secret(TOKEN)), ("authTokenWo", Secret(TOKEN)), ("userGroupIds", ["readers"])]
)
def test_aws_asks_over_encrypted_connections_only(path: str, value: Any) -> None:
    for transit, shown in ((False, "false"), (None, "not set")):
        decision = check(POLICY, resource(GROUP, transitEncryptionEnabled=transit, **{path: value}))
        assert decision.violations == ["it.transitEncryptionEnabled"]
        assert decision.messages[0].startswith(
            f"transitEncryptionEnabled is {shown} while {path} is set: AWS refuses to create the cache.\n"
            "Fix: Set transitEncryptionEnabled to true. Clients then have to connect with TLS."
        )
        assert 'needs transitEncryptionMode "preferred" first' in decision.messages[0]
        assert TOKEN not in decision.messages[0]
    unknown = check(POLICY, resource(GROUP, transitEncryptionEnabled=UNKNOWN, **{path: value}))
    assert (unknown.violations, unknown.undecided) == ([], ["it.transitEncryptionEnabled"])


def test_a_secondary_group_asks_as_the_primary_one_does() -> None:
    for global_group in (UNKNOWN, "ldgnf-orders"):
        for token in (None, UNKNOWN):
            assert check(POLICY, resource(GROUP, globalReplicationGroupId=global_group, authToken=token)).is_clean


# Serverless caches


@pytest.mark.parametrize("engine", ["redis", "valkey"])
@pytest.mark.parametrize("require", ["any", "token", "rbac"])
def test_a_serverless_cache_needs_a_group_of_users(engine: str, require: str) -> None:
    config = {"require": require}
    for absent in (None, ""):
        decision = check(POLICY, resource(SERVERLESS, engine=engine, userGroupId=absent), config=config)
        assert decision.violations == ["it.userGroupId"]
        assert decision.messages[0].startswith(
            f"userGroupId is not set: {OPEN}\nFix: Set userGroupId to the id of an aws"
        )
    for group in ("readers", UNKNOWN):
        assert check(POLICY, resource(SERVERLESS, engine=engine, userGroupId=group), config=config).is_clean


def test_a_serverless_cache_of_memcached_cannot_ask() -> None:
    assert check(POLICY, resource(SERVERLESS, engine="memcached")).is_clean


def test_an_unknown_engine_leaves_a_serverless_cache_undecided() -> None:
    decision = check(POLICY, resource(SERVERLESS, engine=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.engine"])
    assert check(POLICY, resource(SERVERLESS, engine=UNKNOWN, userGroupId=UNKNOWN)).is_clean


# MemoryDB


def test_a_memorydb_cluster_that_is_open_is_reported() -> None:
    for require in ("any", "token", "rbac"):
        decision = check(POLICY, resource(MEMORYDB, aclName="open-access"), config={"require": require})
        assert decision.violations == ["it.aclName"]
        assert decision.messages[0].startswith(
            f'aclName is "open-access": {OPEN}\nFix: Set aclName to the name of an aws.memorydb.Acl. Give the clients '
        )
    secret = decide(POLICIES[POLICY], resource(MEMORYDB, aclName=Secret("open-access")))
    assert "aclName is [secret]: " in secret.messages[0]


def test_a_memorydb_cluster_with_a_list_of_users_complies() -> None:
    assert check(POLICY, resource(MEMORYDB, aclName="readers")).is_clean
    acl = resource(ACL, "readers")
    assert check(POLICY, acl, resource(MEMORYDB, aclName=ref(acl))).is_clean


def test_a_memorydb_cluster_whose_list_may_be_any_is_undecided() -> None:
    name = resource("aws:ssm/parameter:Parameter", "name")
    for acl in (UNKNOWN, ref(name)):
        decision = check(POLICY, name, resource(MEMORYDB, aclName=acl))
        assert (decision.violations, decision.undecided) == ([], ["it.aclName"])


def test_what_has_no_tls_cannot_have_an_acl() -> None:
    message = check(POLICY, resource(MEMORYDB, aclName="open-access", tlsEnabled=False)).messages[0]
    assert "It needs tlsEnabled true too, which replaces an existing cluster" in message
    assert "tlsEnabled" not in check(POLICY, resource(MEMORYDB, aclName="open-access")).messages[0]


# Users


OPEN_USERS = [
    ("noPasswordRequired", {"noPasswordRequired": True}, "true"),
    (
        "authenticationMode.type",
        {"authenticationMode": {"type": "no-password-required"}},
        '"no-password-required"',
    ),
]
each_open_user = pytest.mark.parametrize(("path", "inputs", "shown"), OPEN_USERS)


@each_open_user
@pytest.mark.parametrize("access", ["on ~* +@all", "~app::* on +@read", "ON ~* +@all"])
def test_a_user_without_a_password_is_reported(path: str, inputs: dict[str, Any], shown: str, access: str) -> None:
    decision = check(POLICY, resource(USER, accessString=access, **inputs))
    assert decision.violations == [f"it.{path}"]
    assert f"{path} is {shown}: everyone who can reach the cache can connect as this user." in decision.messages[0]
    assert 'Fix: Set passwords of the user, or authenticationMode.type to "iam"' in decision.messages[0]


@each_open_user
@pytest.mark.parametrize("access", ["off ~* +@all", "off ~sessions:* +@connection", "~* +@all", ""])
def test_a_user_who_is_off_needs_no_password(path: str, inputs: dict[str, Any], shown: str, access: str) -> None:
    assert check(POLICY, resource(USER, accessString=access, **inputs)).is_clean


@each_open_user
def test_a_user_who_may_be_off_is_undecided(path: str, inputs: dict[str, Any], shown: str) -> None:
    decision = check(POLICY, resource(USER, accessString=UNKNOWN, **inputs))
    assert (decision.violations, decision.undecided) == ([], ["it.accessString"])


@pytest.mark.parametrize(
    "inputs",
    [
        {"passwords": Secret([TOKEN])},
        {"passwordsWo": UNKNOWN},
        {"noPasswordRequired": False, "passwords": UNKNOWN},
        {"authenticationMode": {"type": "iam"}},
        {"authenticationMode": {"type": "password", "passwords": Secret([TOKEN])}},
    ],
)
def test_a_user_with_a_password_complies(inputs: dict[str, Any]) -> None:
    for access in ("on ~* +@all", UNKNOWN):
        assert check(POLICY, resource(USER, accessString=access, **inputs)).is_clean


@pytest.mark.parametrize(
    ("inputs", "place"),
    [
        ({"noPasswordRequired": UNKNOWN}, "noPasswordRequired"),
        ({"authenticationMode": UNKNOWN}, "authenticationMode.type"),
        ({"authenticationMode": {"type": UNKNOWN}}, "authenticationMode.type"),
    ],
)
def test_a_user_who_may_have_no_password_is_undecided(inputs: dict[str, Any], place: str) -> None:
    decision = check(POLICY, resource(USER, accessString="on ~* +@all", **inputs))
    assert (decision.violations, decision.undecided) == ([], [f"it.{place}"])
    assert check(POLICY, resource(USER, accessString="off", **inputs)).is_clean


def test_no_message_tells_a_password() -> None:
    user = resource(USER, accessString="on ~* +@all", noPasswordRequired=Secret(True), passwords=Secret([TOKEN]))
    decision = decide(POLICIES[POLICY], user)
    assert decision.violations == ["it.noPasswordRequired"]
    assert "noPasswordRequired is [secret]: " in decision.messages[0]
    assert TOKEN not in repr(decision)


# Groups of users


def test_the_default_user_of_aws_is_reported() -> None:
    decision = check(POLICY, resource(USER_GROUP, engine="redis", userIds=["app", "default"]))
    assert decision.violations == ["it.userIds[1]"]
    assert 'userIds[1] is "default": AWS\'s built-in user needs no password' in decision.messages[0]
    assert (
        'Fix: Set userIds[1] to the userId of an aws.elasticache.User of your own with the userName "default"'
        in decision.messages[0]
    )


def test_users_of_ones_own_comply() -> None:
    user = resource(USER, "default", userId="own-default", userName="default", accessString="off")
    assert check(POLICY, resource(USER_GROUP, userIds=["own-default", "app"])).is_clean
    assert check(POLICY, user, resource(USER_GROUP, userIds=[ref(user)])).is_clean
    assert check(POLICY, resource(USER_GROUP)).is_clean


def test_users_from_elsewhere_are_undecided() -> None:
    assert check(POLICY, resource(USER_GROUP, userIds=[UNKNOWN])).undecided == ["it.userIds[0]"]
    assert check(POLICY, resource(USER_GROUP, userIds=UNKNOWN)).undecided == ["it.userIds[]"]


# All


def test_what_cannot_ask_is_not_judged() -> None:
    assert not POLICIES[POLICY].applies_to("aws:elasticache/cluster:Cluster")


@pytest.mark.parametrize(
    ("config", "problem"),
    [
        ({"require": "off"}, '"off" is not allowed; it must be one of "any", "rbac", "token"'),
        ({"required": "any"}, "has no config key 'required'; did you mean 'require'?"),
    ],
)
def test_config_that_does_not_fit_is_explained(config: dict[str, Any], problem: str) -> None:
    with pytest.raises(ConfigError) as raised:
        decide(POLICIES[POLICY], config=config)
    assert problem in raised.value.problems[0]
