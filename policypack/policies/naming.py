"""Names: that they say which environment a resource belongs to."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated, Final, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.data.resource_types import resource_type
from policypack.model import Resource
from policypack.policy import EVERY_AWS_TYPE, resource_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches

# Names that AWS or one of its services gives, which nobody can change.
_GIVEN_BY_AWS: Final = ("/aws/*", "alias/aws/*", "AWSServiceRole*", "API-Gateway-Execution-Logs*", "RDSOSMetrics")

# What the provider adds to a resource's name in the program where a program gives none for AWS:
# https://github.com/pulumi/pulumi-aws/blob/master/provider/resource_overrides.go
_RANDOM: Final = r"[-_]?[0-9a-f]{7}"
_OTHER_RANDOM: Final = {
    "aws:glue/catalogDatabase:CatalogDatabase": r"_[a-z]{8}",
    # SQL Server has room for three digits only.
    "aws:rds/instance:Instance": rf"{_RANDOM}|[0-9a-f]{{3}}",
}


class NamingConfig(Config):
    """Config of naming-environment-suffix."""

    suffix: Annotated[str, Meta(description="What names must contain; empty: the stack's name.")] = ""
    scope: Annotated[
        Literal["physical", "logical", "both"],
        Meta(description="Which names: those in AWS (physical), those in the program (logical), or both."),
    ] = "physical"
    exempt: Annotated[
        tuple[str, ...],
        Meta(description='Patterns of type tokens or names that need no suffix: ["aws:iam/*", "shared-*"].'),
    ] = ()


@resource_policy(
    id="naming-environment-suffix",
    title="Names say which environment a resource belongs to",
    types=(EVERY_AWS_TYPE,),
    severity="low",
    enforcement="disabled",
    fix="Add the environment to the name, or name the resource in exempt of this policy.",
    url="https://www.pulumi.com/docs/iac/concepts/resources/names/",
)
def naming_environment_suffix(resource: Resource, config: NamingConfig) -> Verdicts:
    """
    Where two environments use the same name, the second update fails, or somebody changes production, mistaking it for
    the test environment.
    """
    suffix = config.suffix or _stack_name(resource)
    if _matches(config.exempt, resource.type, resource.token, resource.name):
        return
    if config.scope != "physical" and not _contains(resource.name, suffix):
        yield Violation(
            resource,
            f"The resource's name in the program, '{resource.name}', does not contain \"{suffix}\".",
            fix=f'Add "{suffix}" to the name, and the old name to the aliases of the resource: without an alias, '
            "Pulumi replaces it.",
        )
    if config.scope != "logical":
        yield from _check_physical(resource, suffix, config)


def _check_physical(resource: Resource, suffix: str, config: NamingConfig) -> Verdicts:
    facts = resource_type(resource.type)
    if not facts.name:
        return
    name = resource.get(facts.name)
    if name.is_unset and facts.name_prefix:
        name = resource.get(facts.name_prefix)
    if name.is_unknown:
        yield Undecided(name, f'does it contain "{suffix}"?')
    elif name.text and not (
        _contains(name.text, suffix)
        or _matches((*_GIVEN_BY_AWS, *config.exempt), name.text)
        or _is_automatic(name.text, resource)
    ):
        yield Violation(
            name,
            f'{name.path} is {name.shown}; it does not contain "{suffix}".',
            fix=f'Add "{suffix}" to {name.path}, or leave {name.path} out: Pulumi then generates a name that no other '
            "stack has. For most resources, a new name means replacement: back up or migrate their data first.",
        )


def _stack_name(resource: Resource) -> str:
    """The name of the stack, which every URN begins with; a state's analysis tells it nowhere else."""
    return resource.urn.partition("::")[0].removeprefix("urn:pulumi:")


def _contains(name: str, suffix: str) -> bool:
    # Many services take names in lower case only, whatever the stack is called.
    return suffix.lower() in name.lower()


def _matches(patterns: Iterable[str], *texts: str) -> bool:
    return any(matches(pattern, text) for pattern in patterns for text in texts)


def _is_automatic(name: str, resource: Resource) -> bool:
    """Whether the provider made a name from that in the program."""
    name, logical = name.lower().removeprefix("alias/").removesuffix(".fifo"), resource.name.lower()
    random = _OTHER_RANDOM.get(resource.type, _RANDOM)
    return name.startswith(logical) and re.fullmatch(random, name[len(logical) :]) is not None
