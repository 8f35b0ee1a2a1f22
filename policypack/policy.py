"""What a policy is: a plain function that yields verdicts, and the declaration above it. What a pack is: policies."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain
from typing import Any, Final, Literal, Required, TypedDict, TypeVar, Unpack, get_args, get_type_hints

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.verdict import Level, Verdicts

C = TypeVar("C", bound=Config)
Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = get_args(Severity)
"""From the least to the worst."""
Stage = Literal["resource", "stack", "report", "project"]
ResourceCheck = Callable[[Resource, C], Verdicts]

EVERY_AWS_TYPE: Final = "aws:*"
"""Among a policy's types: every resource type of the AWS provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    A policy's declaration together with its function.

    :param id: stable kebab-case name, the policy's name in Pulumi and in config files.
    :param title: one sentence that says what holds when the policy is satisfied.
    :param stage: `resource` policies run at Analyze, and again with the whole stack for what they left undecided;
        `stack` policies run when the whole stack is known, `report` policies when all the others have run, and
        `project` policies read a project's files, without any resource.
    :param types: canonical type tokens, or EVERY_AWS_TYPE: what the policy looks at.
    :param takes_stack: whether the function is called once, with the Stack, rather than with each resource.
    :param severity: how bad a violation is.
    :param enforcement: the level that the policy has where no config says otherwise.
    :param fix: what to do about a violation, in the words of a Pulumi program.
    :param frameworks: ids of controls that this policy checks, such as `FSBP RDS.3`.
    :param frameworks_by_type: those that it checks on each type of resources, where they depend on nothing else.
    :param url: AWS's or Pulumi's own documentation of the matter.
    :param config_type: the type of the policy's config.
    :param concern: the module that the policy is in, which becomes a tag.
    :param check: the function: the Resource, Stack, Record or Project and the config in, verdicts out.
    :param remediate: the function whose violations of one resource alone carry remediations, to be applied where the
        policy's level is `remediate`; None where the policy has none.
    """

    id: str
    title: str
    stage: Stage
    types: tuple[str, ...]
    takes_stack: bool
    severity: Severity
    enforcement: Level
    fix: str
    frameworks: tuple[str, ...]
    frameworks_by_type: Mapping[str, tuple[str, ...]] | None = field(hash=False)
    url: str
    config_type: type[Config]
    concern: str
    check: Callable[[Any, Any], Verdicts]
    remediate: Callable[[Any, Any], Verdicts] | None = None

    def subjects(self, stack: Stack) -> Iterable[Resource | Stack]:
        """What a stack policy is called with: the stack, or its resources of the policy's types."""
        return (stack,) if self.takes_stack else stack.of_type(*self.types)

    def controls(self, resource: Resource | None) -> tuple[str, ...]:
        """The controls that the policy checks on a resource, or on the stack (None)."""
        if self.frameworks_by_type is None:
            return self.frameworks
        return self.frameworks_by_type.get(resource.type, ()) if resource else ()

    @property
    def controls_by_type(self) -> Mapping[str, tuple[str, ...]]:
        """The controls that the policy checks on each of its types; where it has no types, on the stack ("")."""
        if self.frameworks_by_type is None:
            return dict.fromkeys(self.types or ("",), self.frameworks)
        return dict.fromkeys(self.types, ()) | dict(self.frameworks_by_type)

    @property
    def why(self) -> str:
        """What goes wrong without the policy: its function's docstring."""
        return inspect.cleandoc(self.check.__doc__ or "")

    def applies_to(self, type_: str) -> bool:
        """Whether the policy concerns resources of a (canonical) type."""
        return type_ in self.types or (EVERY_AWS_TYPE in self.types and type_.startswith("aws:"))


@dataclass(frozen=True)
class Pack:
    """
    Policies under a name and a version.

    Verdicts come in the order of the policies. No policy depends on this order.

    :param display_name: what Pulumi Cloud calls the pack.
    :param readme: the page that Pulumi Cloud shows of it, in Markdown.
    :param provider: the provider whose resources it checks.
    :param tags: what Pulumi Cloud lists it under.
    """

    name: str
    version: str
    description: str
    policies: tuple[Policy, ...]
    display_name: str = ""
    readme: str = ""
    provider: str = ""
    tags: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        ids = [policy.id for policy in self.policies]
        if repeated := {id_ for id_ in ids if ids.count(id_) > 1}:
            raise ValueError(f"policy ids must be unique; these are not: {', '.join(sorted(repeated))}")

    @cached_property
    def _by_type(self) -> dict[str, tuple[Policy, ...]]:
        """The resource policies by the types that they name; under EVERY_AWS_TYPE, those for the other types of AWS."""
        policies = tuple(self._of_stage("resource"))
        types = dict.fromkeys((EVERY_AWS_TYPE, *(type_ for policy in policies for type_ in policy.types)))
        return {type_: tuple(policy for policy in policies if policy.applies_to(type_)) for type_ in types}

    def resource_policies(self, type_: str) -> tuple[Policy, ...]:
        """The policies that are asked about a single resource of a (canonical) type."""
        if type_ in self._by_type:
            return self._by_type[type_]
        return self._by_type[EVERY_AWS_TYPE] if type_.startswith("aws:") else ()

    @cached_property
    def stack_policies(self) -> tuple[Policy, ...]:
        """The policies that need the whole stack."""
        return tuple(self._of_stage("stack"))

    @cached_property
    def report_policies(self) -> tuple[Policy, ...]:
        """The policies that report on the run."""
        return tuple(self._of_stage("report"))

    @cached_property
    def project_policies(self) -> tuple[Policy, ...]:
        """The policies that read a project's files."""
        return tuple(self._of_stage("project"))

    def _of_stage(self, stage: Stage) -> Iterator[Policy]:
        return (policy for policy in self.policies if policy.stage == stage)


class Declaration(TypedDict, total=False):
    """What each kind of policy declares: see Policy, whose parameters these are."""

    id: Required[str]
    title: Required[str]
    severity: Required[Severity]
    enforcement: Level
    fix: Required[str]
    frameworks: tuple[str, ...] | Mapping[str, tuple[str, ...]]
    url: Required[str]


def resource_policy(
    *,
    types: Iterable[str],
    needs_stack: bool = False,
    remediates: bool | ResourceCheck[Any] = False,
    **declaration: Unpack[Declaration],
) -> Callable[[ResourceCheck[C]], Policy]:
    """
    Declares the function below it, `def check(resource: Resource, config: SomeConfig) -> Verdicts`, a policy about each
    resource of some types. The type of `config` is what makes the config's schema.

    :param types: canonical type tokens, or EVERY_AWS_TYPE.
    :param needs_stack: whether the function always asks for other resources of the stack, so that it runs only when the
        whole stack is known. Without it, it runs at Analyze too, and stops the update before the program ends.
    :param remediates: true where the violations carry a `remediation`, or the function that yields such violations for
        one resource.
    :param declaration: the other parameters of Policy.
    """

    def declare(check: ResourceCheck[C]) -> Policy:
        remediate = check if remediates is True else remediates or None
        return declared(
            check, declaration, stage="stack" if needs_stack else "resource", types=tuple(types), remediate=remediate
        )

    return declare


def stack_policy(
    *,
    types: Iterable[str] = (),
    remediates: ResourceCheck[Any] | None = None,
    **declaration: Unpack[Declaration],
) -> Callable[[Callable[[Stack, C], Verdicts]], Policy]:
    """
    Declares the function below it, `def check(stack: Stack, config: SomeConfig) -> Verdicts`, a policy about a stack
    as a whole.

    :param types: the types of the resources that it looks at, where these are few enough to name.
    :param remediates: the function whose violations of one resource, of whatever type, carry a `remediation`.
    :param declaration: the other parameters of Policy.
    """
    return lambda check: declared(
        check, declaration, stage="stack", types=tuple(types), takes_stack=True, remediate=remediates
    )


def declared(
    check: Callable[[Any, Any], Verdicts],
    declaration: Declaration,
    *,
    stage: Stage,
    types: tuple[str, ...] = (),
    takes_stack: bool = False,
    remediate: Callable[[Any, Any], Verdicts] | None = None,
) -> Policy:
    """The policy of a function and what its decorator declares; `frameworks` may be by types of resources."""
    frameworks = declaration.get("frameworks", ())
    by_type = frameworks if isinstance(frameworks, Mapping) else None
    return Policy(
        stage=stage,
        types=types,
        takes_stack=takes_stack,
        config_type=get_type_hints(check, include_extras=True)["config"],
        concern=check.__module__.rpartition(".")[2],
        check=check,
        remediate=remediate,
        id=declaration["id"],
        title=declaration["title"],
        severity=declaration["severity"],
        enforcement=declaration.get("enforcement", "mandatory"),
        fix=declaration["fix"],
        frameworks=tuple(dict.fromkeys(chain(*frameworks.values()))) if isinstance(frameworks, Mapping) else frameworks,
        frameworks_by_type=by_type,
        url=declaration["url"],
    )
