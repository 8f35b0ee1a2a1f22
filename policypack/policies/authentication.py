"""Authentication: that APIs, directories and databases know who uses them."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.policy import resource_policy, stack_policy
from policypack.requirement import (
    FoldedConfig,
    Requirement,
    Row,
    Table,
    always,
    check_table,
    controls_of,
    either,
    fold_table,
    has,
    is_replica,
    lacks,
)
from policypack.rows import AtLeast, Denied
from policypack.verdict import Verdicts

_API_KEY: Final = "everyone who has the key, which clients cannot keep secret, may call the API"
_OTHER_TYPE: Final = (
    'Use "AMAZON_COGNITO_USER_POOLS", "OPENID_CONNECT", "AWS_IAM" or "AWS_LAMBDA". Clients then have to sign in: '
    "change them first."
)
_FINE_GRAINED: Final = Requirement(
    "advancedSecurityOptions.enabled",
    means="everyone who can reach the domain can read and change every index",
    note="It needs encryptAtRest, nodeToNodeEncryption, domainEndpointOptions.enforceHttps and "
    "advancedSecurityOptions.masterUserOptions, and cannot be turned off again.",
    controls=("FSBP Opensearch.7",),
)

_OPEN: Final[Table] = {
    "aws:appsync/graphQLApi:GraphQLApi": tuple(
        Denied(path, ("API_KEY",), _OTHER_TYPE, means=_API_KEY, controls=("FSBP AppSync.5",))
        for path in ("authenticationType", "additionalAuthenticationProviders[].authenticationType")
    ),
    "aws:appsync/api:Api": (Denied("eventConfig.authProviders[].authType", ("API_KEY",), _OTHER_TYPE, means=_API_KEY),),
    "aws:bedrock/agentcoreGateway:AgentcoreGateway": (
        Denied(
            "authorizerType",
            ("NONE",),
            'Set authorizerType to "CUSTOM_JWT", with authorizerConfiguration, or to "AWS_IAM".',
            means="everyone may call the tools of the gateway",
            controls=("FSBP BedrockAgentCore.2",),
        ),
    ),
    # Left out, it is off: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/fgac.html
    "aws:opensearch/domain:Domain": (
        _FINE_GRAINED,
        Requirement(
            "advancedSecurityOptions.anonymousAuthEnabled",
            ("false",),
            absent_is_right=always,
            means="clients that do not authenticate can use the domain",
            note="It is meant for the time in which clients of an existing domain change.",
        ),
    ),
}


@resource_policy(
    id="unauthenticated-access",
    title="APIs, gateways and search domains authenticate their clients",
    types=_OPEN,
    severity="high",
    fix="Require clients to authenticate.",
    frameworks=controls_of(_OPEN),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_enforce_mechanisms.html",
)
def unauthenticated_access(resource: Resource, config: Config) -> Verdicts:
    """Anyone who finds the address can read the data, and change it, and no log tells who it was."""
    yield from check_table(_OPEN, resource)


_PASSWORDS: Final = "applications can log in by passwords only, which have to be stored and rotated"
_WEAK: Final = "passwords that are easily guessed are accepted"
_STRONG: Final = tuple(
    Requirement(
        f"passwordPolicy?.{name}",
        # AWS's policy, which holds without a block, requires all of them; a block that leaves one out does not.
        means=_WEAK,
        note="Users keep their passwords until they change them.",
        controls=("FSBP Cognito.3",),
    )
    for name in ("requireLowercase", "requireUppercase", "requireNumbers", "requireSymbols")
)


def _is_within_a_connection(route: Resource) -> bool | None:
    """Whether a route is one of a WebSocket API, other than the one that opens the connection."""
    key = route.get("routeKey")
    return None if key.is_unknown else key.text != "$connect" and _is_websocket(route)


def _is_websocket(route: Resource) -> bool:
    return any(api.get("protocolType").text == "WEBSOCKET" for api in route.get("apiId").targets(_API))


def _has_guarded_api(method: Resource) -> bool:
    """Whether a method's REST API is private, or has a policy, which decides who may call it."""
    return any(
        "PRIVATE" in api.get("endpointConfiguration.types").text
        or not api.get("policy").is_unset
        or bool(api.referrers("aws:apigateway/restApiPolicy:RestApiPolicy", "restApiId"))
        for api in method.get("restApi").targets("aws:apigateway/restApi:RestApi")
    )


def _logins(actions: str) -> tuple[Row, ...]:
    """The actions of a listener that let users log in."""
    return tuple(
        Denied(
            f"{actions}.{kind}?.onUnauthenticatedRequest",
            ("allow",),
            'Set onUnauthenticatedRequest to "authenticate", or to "deny" for an API.',
            means="requests of users who have not logged in get through",
        )
        for kind in ("authenticateCognito", "authenticateOidc")
    )


_API: Final = "aws:apigatewayv2/api:Api"
_IAM_NOTE: Final = "Applications that use passwords keep working until you change them."

_WEAKLY: Final[Table] = {
    "aws:apigateway/method:Method": (
        Requirement(
            "authorization",
            ("AWS_IAM", "COGNITO_USER_POOLS", "CUSTOM"),
            unless=either(has("httpMethod", "OPTIONS"), _has_guarded_api),
            means="everyone on the internet may call the method",
            note="COGNITO_USER_POOLS and CUSTOM need authorizerId. Exempt a method that has to be public, such as a "
            "webhook.",
        ),
    ),
    # Routes of WebSocket APIs authorize $connect only.
    "aws:apigatewayv2/route:Route": (
        Requirement(
            "authorizationType",
            ("JWT", "AWS_IAM", "CUSTOM"),
            unless=_is_within_a_connection,
            means="everyone on the internet may call the route",
            note="JWT and CUSTOM need authorizerId. Exempt a route that has to be public, such as a webhook.",
            controls=("FSBP APIGateway.8",),
        ),
    ),
    **dict.fromkeys(
        (
            "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration",
            "aws:chatbot/teamsChannelConfiguration:TeamsChannelConfiguration",
        ),
        (
            Requirement(
                "userAuthorizationRequired",
                means="everyone in the channel has the rights of the channel's role",
                note="Each member then has to choose a role.",
            ),
        ),
    ),
    "aws:cognito/identityPool:IdentityPool": (
        Requirement(
            "allowUnauthenticatedIdentities",
            ("false",),
            absent_is_right=always,
            means="everyone gets the rights of the role for guests",
            controls=("FSBP Cognito.2",),
        ),
    ),
    "aws:cognito/userPool:UserPool": (
        *_STRONG,
        AtLeast("passwordPolicy?.minimumLength", 8, 6, means=_WEAK, controls=("FSBP Cognito.3",)),
        Requirement(
            "mfaConfiguration",
            ("ON",),
            means="a stolen password is enough to log in",
            note='Users without a second factor then have to set one up. "OPTIONAL" leaves it to them.',
            controls=("FSBP Cognito.5",),
        ),
    ),
    # By password, unless told otherwise (the provider's documentation).
    "aws:dms/endpoint:Endpoint": (
        Denied(
            "mongodbSettings?.authType",
            ("no",),
            'Set mongodbSettings.authType to "password", with username and password or a secret.',
            unless=lacks("engineName", "mongodb"),
            means="the database lets everyone in",
            controls=("FSBP DMS.11",),
        ),
    ),
    "aws:elasticache/user:User": (
        Denied(
            "authenticationMode?.type",
            ("no-password-required",),
            'Set authenticationMode.type to "iam", or to "password" with passwords.',
            means="everyone who can reach the cache can read and change its data",
        ),
    ),
    "aws:lb/listener:Listener": _logins("defaultActions[]"),
    "aws:lb/listenerRule:ListenerRule": _logins("actions[]"),
    "aws:storagegateway/smbFileShare:SmbFileShare": (
        Denied(
            "authentication",
            ("GuestAccess",),
            "Leave authentication out, and join the gateway to a domain in smbActiveDirectorySettings.",
            means="everyone who knows the one password of guests can use the share",
            note="This replaces the file share.",
        ),
    ),
    "aws:neptune/cluster:Cluster": (
        Requirement(
            "iamDatabaseAuthenticationEnabled",
            unless=is_replica,
            means="everyone who can reach the cluster can read and change all of its data",
            note="Clients then have to sign their requests: change them first.",
            controls=("FSBP Neptune.7",),
        ),
    ),
    # NONE by default: https://docs.aws.amazon.com/vpc-lattice/latest/APIReference/API_CreateService.html
    **dict.fromkeys(
        ("aws:vpclattice/service:Service", "aws:vpclattice/serviceNetwork:ServiceNetwork"),
        (
            Requirement(
                "authType",
                ("AWS_IAM",),
                means="every client in the VPCs of the service network may send requests",
                note="Add an aws.vpclattice.AuthPolicy, and sign the requests of the clients first.",
            ),
        ),
    ),
    "aws:rds/cluster:Cluster": (
        Requirement(
            "iamDatabaseAuthenticationEnabled",
            unless=lacks("engine", "aurora-mysql", "aurora-postgresql", "mysql", "postgres"),
            means=_PASSWORDS,
            note=_IAM_NOTE,
            controls=("FSBP RDS.12",),
        ),
    ),
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html: these engines have it
    "aws:rds/instance:Instance": (
        Requirement(
            "iamDatabaseAuthenticationEnabled",
            unless=lacks("engine", "mysql", "postgres", "mariadb"),
            means=_PASSWORDS,
            note=_IAM_NOTE,
            controls=("FSBP RDS.10",),
        ),
    ),
}


@stack_policy(
    id="authentication",
    title="APIs, user pools and databases use strong authentication",
    types=_WEAKLY,
    severity="medium",
    enforcement="advisory",
    fix="Require stronger authentication.",
    frameworks=controls_of(_WEAKLY),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_identities_enforce_mechanisms.html",
)
def authentication(stack: Stack, config: FoldedConfig) -> Verdicts:
    """A password that is guessed, reused or leaked is enough to get in. Where nobody has to log in, not even that."""
    yield from fold_table(_WEAKLY, stack, config)


_GUESSED: Final = "attackers know this name, and need to guess the password only"
_OTHER_NAME: Final = "Choose a name of your own. This replaces a database that exists: back up its data first."


def _not_named(path: str, names: tuple[str, ...], control: str) -> tuple[Row, ...]:
    return (Denied(path, names, _OTHER_NAME, means=_GUESSED, controls=(control,)),)


_ADMINS: Final[Table] = {
    "aws:rds/cluster:Cluster": _not_named("masterUsername", ("admin", "postgres"), "FSBP RDS.24"),
    "aws:rds/instance:Instance": _not_named("username", ("admin", "postgres"), "FSBP RDS.25"),
    "aws:redshift/cluster:Cluster": _not_named("masterUsername", ("awsuser",), "FSBP Redshift.8"),
    # "admin" where it is left out: https://docs.aws.amazon.com/redshift-serverless/latest/APIReference/
    "aws:redshiftserverless/namespace:Namespace": _not_named("adminUsername", ("admin",), "FSBP RedshiftServerless.5"),
}


@stack_policy(
    id="default-admin-names",
    title="Databases have administrators of other than the usual names",
    types=_ADMINS,
    severity="low",
    enforcement="disabled",
    fix="Choose a name of your own for the administrator.",
    frameworks=controls_of(_ADMINS),
    url="https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-25",
)
def default_admin_names(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Whoever tries passwords starts with the names that everyone uses."""
    yield from fold_table(_ADMINS, stack, config)


_THREATS: Final[Table] = {
    "aws:cognito/userPool:UserPool": (
        Requirement(
            "userPoolAddOns.advancedSecurityAdditionalFlows.customAuthMode",
            ("ENFORCED",),
            means="logins by custom authentication are not checked for stolen passwords and other risks",
            note="It needs userPoolAddOns.advancedSecurityMode and the Plus plan, which AWS charges for.",
            controls=("FSBP Cognito.4",),
        ),
    ),
}


@stack_policy(
    id="login-threat-protection",
    title="User pools check logins for stolen passwords and other risks",
    types=_THREATS,
    severity="medium",
    enforcement="disabled",
    fix="Turn threat protection on.",
    frameworks=controls_of(_THREATS),
    url="https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-settings-threat-protection.html",
)
def login_threat_protection(stack: Stack, config: FoldedConfig) -> Verdicts:
    """A password that was stolen elsewhere, or a login from an unusual place, is accepted like any other."""
    yield from fold_table(_THREATS, stack, config)
