"""
Which passwords AWS's services take: how long they are, and which characters they have.

The characters are those of ASCII; no service takes others.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase, digits, punctuation
from typing import Final

from policypack.data import Dataset
from policypack.wildcard import matches

_DOCS: Final = "https://docs.aws.amazon.com"

DATASETS: Final = (
    Dataset(
        "Passwords that services take",
        "2026-11-28",
        (
            f"{_DOCS}/AmazonElastiCache/latest/dg/auth.html",
            f"{_DOCS}/AmazonElastiCache/latest/dg/Clusters.RBAC.html",
            f"{_DOCS}/AmazonRDS/latest/UserGuide/CHAP_Limits.html",
            f"{_DOCS}/AmazonRDS/latest/APIReference/API_CreateDBCluster.html",
            f"{_DOCS}/documentdb/latest/developerguide/API_CreateDBCluster.html",
            f"{_DOCS}/documentdb/latest/developerguide/API_elastic_CreateCluster.html",
            f"{_DOCS}/redshift/latest/APIReference/API_CreateCluster.html",
            f"{_DOCS}/redshift/latest/mgmt/serverless-console-configure-namespace-working.html",
            f"{_DOCS}/memorydb/latest/devguide/clusters.acls.html",
            f"{_DOCS}/amazon-mq/latest/api-reference/brokers.html",
            f"{_DOCS}/opensearch-service/latest/developerguide/fgac.html",
            f"{_DOCS}/directoryservice/latest/devguide/API_CreateMicrosoftAD.html",
        ),
        max_age=365,
    ),
)

CLASSES: Final[Mapping[str, str]] = {
    "upper-case letters": ascii_uppercase,
    "lower-case letters": ascii_lowercase,
    "digits": digits,
    "special characters": punctuation,
}
"""The classes of characters that services ask for."""


@dataclass(frozen=True, slots=True)
class PasswordRule:
    """
    What a service asks of a password.

    :param service: its name.
    :param shortest: the fewest characters.
    :param longest: the most characters.
    :param refused: special characters that it does not take.
    :param classes: the classes of characters of which the password must have one each.
    :param least: of how many of these classes, where not of all.
    :param distinct: the fewest different characters.
    """

    service: str
    shortest: int
    longest: int
    refused: str = ""
    classes: tuple[str, ...] = ()
    least: int = 0
    distinct: int = 1

    @property
    def specials(self) -> str:
        """The special characters that the service takes."""
        return "".join(character for character in punctuation if character not in self.refused)

    def refuses(self, characters: str) -> str:
        """Those of some characters that the service does not take: special ones, spaces, and all beyond ASCII."""
        taken = {*ascii_lowercase, *ascii_uppercase, *digits, *self.specials}
        return "".join(dict.fromkeys(character for character in characters if character not in taken))

    def lacks(self, characters: str) -> tuple[str, ...]:
        """The classes that some characters would have to be of too; none where they are of enough classes."""
        missing = tuple(name for name in self.classes if not set(CLASSES[name]) & set(characters))
        return missing if len(self.classes) - len(missing) < (self.least or len(self.classes)) else ()


def _all_but(taken: str) -> str:
    return "".join(character for character in punctuation if character not in taken)


# Of an engine of which nothing is known, the widest limits of RDS.
_RDS: Final = PasswordRule("RDS", 8, 255, "/'\"@")
_RDS_SHORT: Final = PasswordRule("RDS", 8, 41, "/'\"@")
_RDS_LONG: Final = PasswordRule("RDS", 8, 128, "/'\"@")
_AURORA: Final = PasswordRule("Aurora", 8, 99, '/"@')
_DOCUMENTDB: Final = PasswordRule("DocumentDB", 8, 100, '/"@')
_LETTERS_AND_DIGITS: Final = ("upper-case letters", "lower-case letters", "digits")
_OPENSEARCH: Final = PasswordRule("OpenSearch Service", 8, 128, classes=tuple(CLASSES))


@dataclass(frozen=True, slots=True)
class PasswordPlace:
    """
    Where a resource type takes passwords, and what is asked of them.

    :param paths: the properties.
    :param rule: what the service asks.
    :param kind: the property that decides what is asked, such as the engine; empty where nothing does.
    :param kinds: what is asked where it has certain values, by patterns, of which the first that fits counts; None
        where nothing is asked.
    """

    paths: tuple[str, ...]
    rule: PasswordRule
    kind: str = ""
    kinds: tuple[tuple[str, PasswordRule | None], ...] = ()

    def rule_for(self, kind: str) -> PasswordRule | None:
        """What is asked where the property that decides has a value; the value is empty where it is not known."""
        return next((rule for pattern, rule in self.kinds if matches(pattern, kind.lower())), self.rule)


PASSWORD_PLACES: Final[Mapping[str, PasswordPlace]] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": PasswordPlace(
        ("authToken", "authTokenWo"), PasswordRule("ElastiCache", 16, 128, _all_but("!&#$^<>-"))
    ),
    "aws:elasticache/user:User": PasswordPlace(
        ("passwords[]", "authenticationMode.passwords[]"), PasswordRule("ElastiCache", 16, 128)
    ),
    "aws:rds/instance:Instance": PasswordPlace(
        ("password", "passwordWo"),
        _RDS,
        "engine",
        (
            ("mysql", _RDS_SHORT),
            ("mariadb", _RDS_SHORT),
            ("postgres", _RDS_LONG),
            ("oracle-*", PasswordRule("RDS for Oracle", 8, 30, "/'\"@&")),
            ("custom-oracle-*", PasswordRule("RDS for Oracle", 8, 30, "/'\"@&")),
            ("sqlserver-*", _RDS_LONG),
            ("custom-sqlserver-*", _RDS_LONG),
        ),
    ),
    "aws:rds/cluster:Cluster": PasswordPlace(
        ("masterPassword", "masterPasswordWo"),
        _RDS,
        "engine",
        (
            ("aurora-mysql", PasswordRule("Aurora", 8, 41, '/"@')),
            ("aurora-postgresql", _AURORA),
            ("mysql", _RDS_SHORT),
            ("postgres", _RDS_LONG),
        ),
    ),
    "aws:docdb/cluster:Cluster": PasswordPlace(("masterPassword", "masterPasswordWo"), _DOCUMENTDB),
    "aws:docdb/elasticCluster:ElasticCluster": PasswordPlace(("adminUserPassword",), _DOCUMENTDB),
    "aws:redshift/cluster:Cluster": PasswordPlace(
        ("masterPassword", "masterPasswordWo"), PasswordRule("Redshift", 8, 64, "'\"\\/@", _LETTERS_AND_DIGITS)
    ),
    "aws:redshiftserverless/namespace:Namespace": PasswordPlace(
        ("adminUserPassword", "adminUserPasswordWo"),
        PasswordRule("Redshift Serverless", 8, 64, "'\"\\/@", _LETTERS_AND_DIGITS),
    ),
    "aws:memorydb/user:User": PasswordPlace(
        ("authenticationMode.passwords[]",), PasswordRule("MemoryDB", 16, 128, ',"/@')
    ),
    "aws:mq/broker:Broker": PasswordPlace(("users[].password",), PasswordRule("Amazon MQ", 12, 250, ",:=", distinct=4)),
    "aws:opensearch/domain:Domain": PasswordPlace(
        ("advancedSecurityOptions.masterUserOptions.masterUserPassword",), _OPENSEARCH
    ),
    "aws:elasticsearch/domain:Domain": PasswordPlace(
        ("advancedSecurityOptions.masterUserOptions.masterUserPassword",), _OPENSEARCH
    ),
    "aws:directoryservice/directory:Directory": PasswordPlace(
        ("password",),
        PasswordRule("Directory Service", 8, 64, classes=tuple(CLASSES), least=3),
        "type",
        # Its password is that of an account elsewhere.
        (("adconnector", None),),
    ),
}
"""By canonical type token, where the type takes passwords and which."""
