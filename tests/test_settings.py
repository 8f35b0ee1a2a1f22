"""What policies are set to: from what is given for them, and how two settings differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import pytest
from msgspec import UNSET, Meta, UnsetType, field

from policypack.config import Config, Profile, SharedConfig, config_schema
from policypack.model import Resource
from policypack.policy import Policy, resource_policy
from policypack.settings import Difference, Override, PolicySettings, Problem, Settings, apply_overrides, differences
from policypack.verdict import Level, Verdicts


class Limits(Config):
    """Limits of some logs."""

    least: int | None = None
    most: int | None = None


class RetentionConfig(Config):
    """A config with a key of each kind, two of which depend on each other."""

    min_days: Annotated[int, Meta(ge=1, le=3653, description="The fewest days.")] = 90
    max_days: Annotated[int, Meta(description="The most days.")] = 3653
    classes: Annotated[tuple[str, ...], Meta(description="For which logs.")] = ("STANDARD",)
    overrides: Annotated[dict[str, Limits], Meta(description="Other limits.")] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.min_days > self.max_days:
            raise ValueError("config key 'maxDays': it is less than minDays")


def declared(id_: str, config_type: type[Config] = Config, enforcement: Level = "mandatory") -> Policy:
    def check(resource: Resource, config: Config) -> Verdicts:
        yield from ()

    check.__annotations__["config"] = config_type
    return resource_policy(
        types=(),
        id=id_,
        title=f"{id_} holds",
        severity="low",
        enforcement=enforcement,
        fix="Fix it.",
        url="https://docs.test/",
    )(check)


POLICIES = (
    declared("log-retention", RetentionConfig),
    declared("log-key"),
    declared("egress", enforcement="disabled"),
)
RETENTION: Mapping[str, Any] = {"minDays": 365.0, "overrides": {"/ecs/*": {"least": 30}}}


def settings(**given: Override) -> Settings:
    settled, problems = apply_overrides(POLICIES, {name.replace("_", "-"): said for name, said in given.items()})
    assert problems == []
    return settled


# What is given


def test_without_a_word_a_policy_is_as_it_declares() -> None:
    assert settings() == {
        "log-retention": PolicySettings("mandatory", RetentionConfig()),
        "log-key": PolicySettings("mandatory", Config()),
        "egress": PolicySettings("disabled", Config()),
    }


def test_what_is_given_counts_and_the_rest_stays() -> None:
    settled = settings(log_retention=Override("advisory", RETENTION), egress=Override("mandatory"))
    expected = RetentionConfig(min_days=365, overrides={"/ecs/*": Limits(least=30)})
    assert settled["log-retention"] == PolicySettings("advisory", expected)
    assert settled["egress"].level == "mandatory"
    assert settings(log_retention=Override(properties=RETENTION))["log-retention"] == PolicySettings(
        "mandatory", expected
    )


@pytest.mark.parametrize(
    ("given", "problems"),
    [
        (
            {"log-kei": Override(), "nothing-like-it": Override(), "al": Override()},
            [
                Problem("the pack has no policy 'log-kei'; did you mean 'log-key'?", ("log-kei",)),
                Problem("the pack has no policy 'nothing-like-it'", ("nothing-like-it",)),
                Problem("the pack has no policy 'al'; did you mean 'all'?", ("al",)),
            ],
        ),
        (
            {"log-key": Override(properties={"key": 1})},
            [Problem("policy 'log-key' has no config key 'key'; it takes no config", ("log-key", "key"))],
        ),
        (
            {"log-retention": Override(properties={"minDay": 1, "classes": ["STANDARD"], "maxDays": "7"})},
            [
                Problem(
                    "policy 'log-retention' has no config key 'minDay'; did you mean 'minDays'?",
                    ("log-retention", "minDay"),
                ),
                Problem(
                    "policy 'log-retention', config key 'maxDays': \"7\" is not allowed; it must be an integer",
                    ("log-retention", "maxDays"),
                ),
            ],
        ),
    ],
)
def test_every_problem_is_said_with_where_it_is(given: dict[str, Override], problems: list[Problem]) -> None:
    assert apply_overrides(POLICIES, given)[1] == problems


def test_a_problem_of_two_keys_together_is_the_policys() -> None:
    _, [problem] = apply_overrides(POLICIES, {"log-retention": Override(properties={"minDays": 200, "maxDays": 100})})
    assert problem == Problem(
        "policy 'log-retention', config key 'maxDays': it is less than minDays", ("log-retention",)
    )


def test_a_wrong_config_counts_as_none() -> None:
    settled, problems = apply_overrides(POLICIES, {"log-retention": Override("advisory", {"minDays": 0})})
    assert settled["log-retention"] == PolicySettings("advisory", RetentionConfig())
    assert len(problems) == 1


# Settings that policies share


class StackConfig(Config):
    """A config with a key that other policies have too."""

    profile: Profile | UnsetType = UNSET
    least: int = 1


SHARING = (declared("shared", SharedConfig), declared("deletion", StackConfig), declared("names", Config))


def deletion(**given: Mapping[str, Any]) -> Config:
    settled, problems = apply_overrides(SHARING, {name: Override(properties=said) for name, said in given.items()})
    assert problems == []
    return settled["deletion"].config


def test_what_is_shared_is_said_once() -> None:
    assert deletion() == StackConfig(profile="production")
    assert deletion(shared={"profile": "sandbox"}) == StackConfig(profile="sandbox")
    assert deletion(shared={"profile": "sandbox"}, deletion={"least": 2}) == StackConfig(profile="sandbox", least=2)


@pytest.mark.parametrize("own", ["production", "sandbox"])
@pytest.mark.parametrize("shared", ["production", "sandbox"])
def test_what_a_policy_says_itself_counts_before_what_is_shared(shared: Profile, own: Profile) -> None:
    assert deletion(shared={"profile": shared}, deletion={"profile": own}) == StackConfig(profile=own)


def test_what_is_shared_counts_where_all_policies_are_disabled() -> None:
    given = {"shared": Override("disabled", {"profile": "sandbox"}), "deletion": Override("mandatory")}
    assert apply_overrides(SHARING, given)[0]["deletion"].config == StackConfig(profile="sandbox")


def test_the_engine_fills_in_no_default_where_a_setting_is_shared() -> None:
    assert "default" not in config_schema(StackConfig)["profile"]
    assert config_schema(SharedConfig)["profile"]["default"] == "production"


# Differences


def test_equal_settings_do_not_differ() -> None:
    spelt_out = {"minDays": 90.0, "maxDays": 3653, "classes": ["STANDARD"], "overrides": {}}
    assert differences(settings(log_retention=Override("mandatory", spelt_out)), settings()) == []


def test_each_level_and_key_that_differs_is_named_as_in_a_config_file() -> None:
    ours = settings(log_retention=Override("advisory", RETENTION), log_key=Override("remediate"))
    assert differences(ours, settings()) == [
        Difference("log-retention", "advisory", "mandatory"),
        Difference("log-retention.minDays", "365", "90"),
        Difference("log-retention.overrides", '{"/ecs/*": {"least": 30}}', "{}"),
        Difference("log-key", "remediate", "mandatory"),
    ]


@pytest.mark.parametrize("theirs", ["mandatory", "disabled"])
def test_the_config_of_a_disabled_policy_makes_no_difference(theirs: Level) -> None:
    ours, others = settings(log_retention=Override("disabled", RETENTION)), settings(log_retention=Override(theirs))
    expected = [] if theirs == "disabled" else [("log-retention", "disabled", theirs)]
    assert differences(ours, others) == expected
    assert differences(others, ours) == [(name, other, our) for name, our, other in expected]
