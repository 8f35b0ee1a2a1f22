"""The rules of passwords, against passwords that are known to be taken and refused."""

import pytest

from policypack.data.credential_inputs import CREDENTIAL_INPUTS
from policypack.data.password_rules import PASSWORD_PLACES, PasswordPlace, PasswordRule

CACHE = PASSWORD_PLACES["aws:elasticache/replicationGroup:ReplicationGroup"].rule
DATABASE = PASSWORD_PLACES["aws:rds/instance:Instance"]
WAREHOUSE = PASSWORD_PLACES["aws:redshift/cluster:Cluster"].rule
DIRECTORY = PASSWORD_PLACES["aws:directoryservice/directory:Directory"].rule


def test_every_place_is_one_of_credentials() -> None:
    for type_, place in PASSWORD_PLACES.items():
        assert set(place.paths) <= set(CREDENTIAL_INPUTS[type_]), type_


@pytest.mark.parametrize(
    ("rule", "characters", "refused"),
    [
        (CACHE, "aZ09!&#$^<>-", ""),
        # magenx/Magento-2-aws-cluster-terraform#43
        (CACHE, "!@#$%&*()-_=+[]{}<>:?", "@%*()_=+[]{}:?"),
        (DATABASE.rule, "aZ09!#$%&*()-_=+[]{}<>:?", ""),
        (DATABASE.rule, "_%@/\"' é", "@/\"' é"),
        (DATABASE.rule_for("oracle-se2"), "&@", "&@"),
        (DATABASE.rule_for("postgres"), "&", ""),
        (WAREHOUSE, "\\/@'\"!", "\\/@'\""),
        (PASSWORD_PLACES["aws:mq/broker:Broker"].rule, "a,b:c=d", ",:="),
        (PASSWORD_PLACES["aws:memorydb/user:User"].rule, ',"/@!', ',"/@'),
    ],
)
def test_characters_that_a_service_refuses(rule: PasswordRule | None, characters: str, refused: str) -> None:
    assert rule
    assert rule.refuses(characters) == refused


@pytest.mark.parametrize(
    ("engine", "longest"),
    [
        ("mysql", 41),
        ("mariadb", 41),
        ("postgres", 128),
        ("oracle-se2", 30),
        ("custom-oracle-ee", 30),
        ("sqlserver-web", 128),
        ("db2-se", 255),
        ("", 255),
    ],
)
def test_how_long_a_password_of_rds_may_be(engine: str, longest: int) -> None:
    rule = DATABASE.rule_for(engine)
    assert rule
    assert (rule.shortest, rule.longest) == (8, longest)


@pytest.mark.parametrize(
    ("rule", "characters", "lacking"),
    [
        (WAREHOUSE, "aA1", ()),
        (WAREHOUSE, "aA!", ("digits",)),
        (WAREHOUSE, "", ("upper-case letters", "lower-case letters", "digits")),
        (DIRECTORY, "aA1", ()),
        (DIRECTORY, "a1!", ()),
        (DIRECTORY, "a1", ("upper-case letters", "special characters")),
        (CACHE, "a", ()),
    ],
)
def test_classes_of_characters_that_a_service_asks_for(
    rule: PasswordRule, characters: str, lacking: tuple[str, ...]
) -> None:
    assert rule.lacks(characters) == lacking


def test_the_password_of_an_ad_connector_is_that_of_an_account_elsewhere() -> None:
    directory = PASSWORD_PLACES["aws:directoryservice/directory:Directory"]
    assert directory.rule_for("ADConnector") is None
    assert directory.rule_for("MicrosoftAD") is directory.rule_for("") is DIRECTORY


@pytest.mark.parametrize("place", PASSWORD_PLACES.values(), ids=PASSWORD_PLACES)
def test_every_rule_can_be_met(place: PasswordPlace) -> None:
    for rule in filter(None, (place.rule, *(rule for _, rule in place.kinds))):
        assert 8 <= rule.shortest < rule.longest
        assert rule.specials
        assert not rule.refuses(rule.specials)
