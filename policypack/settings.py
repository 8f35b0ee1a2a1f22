"""What each policy of a pack is set to, from what a config file or the engine says, and how two settings differ."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

import msgspec

from policypack.config import Config, ConfigError, SharedConfig, parse_config, shared, suggestion
from policypack.exemption import ExemptionsConfig
from policypack.policy import Policy
from policypack.selection import Selection, SelectionConfig, unknown_names
from policypack.verdict import Level
from policypack.wildcard import matches

EVERY_POLICY: Final = "all"
"""The name under which a config file sets the level of every policy that it does not set itself."""
ENVIRONMENTS: Final = "environments"
"""The name under which a config file lists Pulumi ESC environments. The engine keeps them to itself."""


@dataclass(frozen=True, slots=True)
class Override:
    """
    What a config file or the engine says of a policy, in place of what the policy declares.

    :param level: its level; None leaves it at the one that the policy declares.
    :param properties: its config keys, in camelCase, and their values; the others keep their defaults.
    """

    level: Level | None = None
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """What one policy is set to: its declaration, overridden."""

    level: Level
    config: Config


Settings = Mapping[str, PolicySettings]
"""What each policy of a pack is set to, by id."""


@dataclass(frozen=True, slots=True)
class Problem:
    """
    One thing that is wrong with what is said of policies.

    :param sentence: what, where, and what is right.
    :param where: the policy's id as it was given and, if one is at fault, the key in its config.
    """

    sentence: str
    where: tuple[str, ...]


def apply_overrides(policies: Collection[Policy], overrides: Mapping[str, Override]) -> tuple[Settings, list[Problem]]:
    """
    What each policy is set to, and what is wrong with the overrides: a wrong config counts as none.

    :param overrides: what is said of policies, by id.
    """
    settings: dict[str, PolicySettings] = {}
    problems: list[Problem] = []
    for policy in policies:
        override = overrides.get(policy.id, Override())
        config = policy.config_type()
        try:
            config = parse_config(policy.id, policy.config_type, override.properties)
        except ConfigError as error:
            problems += [
                Problem(sentence, (policy.id, key) if key else (policy.id,)) for sentence, key in error.mistakes
            ]
        settings[policy.id] = PolicySettings(override.level or policy.enforcement, config)
    shared_by_all = _shared_config(settings)
    settings = {
        policy_id: replace(setting, config=shared(setting.config, shared_by_all))
        for policy_id, setting in settings.items()
    }
    problems += _misnamed(settings, policies)
    if selection := selection_of(settings, policies):
        settings = {
            policy.id: replace(settings[policy.id], level=selection.level(policy, settings[policy.id].level))
            for policy in policies
        }
    names = (*settings, EVERY_POLICY, ENVIRONMENTS)
    unknown = [
        Problem(f"the pack has no policy '{name}'{suggestion(name, names)}", (name,))
        for name in overrides
        if name not in settings
    ]
    return settings, [*unknown, *problems, *_idle_exemptions(settings)]


def _shared_config(settings: Settings) -> SharedConfig:
    """What all policies are set to, whatever the level of the policy that says it: it has nothing to find."""
    return next((each.config for each in settings.values() if isinstance(each.config, SharedConfig)), SharedConfig())


def selection_of(settings: Settings, policies: Collection[Policy]) -> Selection | None:
    """What the settings select of policies; None where that is everything: the policy that says it may be disabled."""
    for setting in settings.values():
        if isinstance(setting.config, SelectionConfig) and setting.level != "disabled":
            return Selection.of(setting.config, policies)
    return None


def _misnamed(settings: Settings, policies: Collection[Policy]) -> Iterator[Problem]:
    """The problems of a selection that names what there is not, or names together what no policy is all of."""
    for policy_id, setting in settings.items():
        if not isinstance(setting.config, SelectionConfig) or setting.config == SelectionConfig():
            continue
        unknown = [
            Problem(f"policy '{policy_id}', config key '{key}': {sentence}", (policy_id, key))
            for key, sentence in unknown_names(setting.config, policies)
        ]
        yield from unknown
        selection = Selection.of(setting.config, policies)
        if not unknown and selection and not any(map(selection.has, policies)):
            sentence = "no policy is of all that it names, so that nothing would run"
            yield Problem(f"policy '{policy_id}': {sentence}", (policy_id,))


def _idle_exemptions(settings: Settings) -> Iterator[Problem]:
    """The problems of exemptions that name policies which the pack does not have."""
    for policy_id, setting in settings.items():
        exempted = setting.config.exemptions if isinstance(setting.config, ExemptionsConfig) else ()
        for index, exemption in enumerate(exempted):
            for pattern in (pattern for match in exemption.match for pattern in match.policies):
                if not any(matches(pattern, name) for name in settings):
                    yield Problem(
                        f"policy '{policy_id}', config key 'exemptions[{index}]': the pack has no policy "
                        f"'{pattern}'{suggestion(pattern, settings)}",
                        (policy_id, "exemptions"),
                    )


class Difference(NamedTuple):
    """A level or a config key, as `policy` or `policy.key`, in which two settings differ, and what it is in each."""

    name: str
    ours: str
    theirs: str


def differences(ours: Settings, theirs: Settings) -> list[Difference]:
    """How two settings of the same policies differ in effect: the config of a disabled policy has none."""
    found: list[Difference] = []
    for policy_id, our in ours.items():
        their = theirs[policy_id]
        if our.level != their.level:
            found.append(Difference(policy_id, our.level, their.level))
        if "disabled" in (our.level, their.level):
            continue
        for key in msgspec.structs.fields(our.config):
            values = getattr(our.config, key.name), getattr(their.config, key.name)
            if values[0] != values[1]:
                found.append(Difference(f"{policy_id}.{key.encode_name}", *map(_shown, values)))
    return found


def _shown(value: Any) -> str:
    """A value as a config file has it: what an object within leaves out is not `null` there."""

    def without_nulls(entries: dict[str, Any]) -> dict[str, Any]:
        return {key: entry for key, entry in entries.items() if entry is not None}

    return json.dumps(json.loads(msgspec.json.encode(value), object_hook=without_nulls))
