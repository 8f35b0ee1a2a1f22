"""
Prints which inputs of the SDK concern the pack, and which of them it covers: `python -m tools.families [--all]`.

A family is a concern that many types have inputs of, such as encryption at rest; FAMILIES says by which words an input
belongs to one. An input is covered when a policy reacts to it: for some of its values there is a finding at it, and for
others there is not. That is tried out (about 15 seconds), with the input alone, with the inputs in tools/families.yaml
beside it, and within the programs of docs/cases/. What no policy reacts to is left out with a reason in that file, or
uncovered, which a test does not let pass. With --all, each input is printed, with the policies that react to it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from policypack.config import Config, parse_config
from policypack.data.twins import CANONICAL_TYPES
from policypack.evaluation import Evaluation
from policypack.model import UNKNOWN, Context, Resource
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Pack, Policy
from policypack.settings import PolicySettings
from tools import sdk_schema
from tools.cases import Declared, Loader, Program, cases, program
from tools.sdk_schema import Shape

FILE: Final = Path(__file__).resolve().parent / "families.yaml"

_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+")
_SCALARS: Final = ("string", "boolean", "number")


@dataclass(frozen=True, slots=True)
class Family:
    """
    A concern, and how the inputs that belong to it are called.

    :param name: its name, as in tools/families.yaml.
    :param anywhere: words of which one is in the name of the input, or of a block that it is in, or is that name.
    :param last: words of which one is in the name of the input itself.
    :param names: patterns of whole names of inputs.
    :param but: words that make an input none of the family, wherever they are.
    :param values: what is tried out beside what the cases have, where the kind of the input does not say.
    """

    name: str
    anywhere: frozenset[str] = frozenset()
    last: frozenset[str] = frozenset()
    names: tuple[str, ...] = ()
    but: frozenset[str] = frozenset()
    values: tuple[Any, ...] = ()

    def has(self, path: str) -> bool:
        """Whether an input belongs to the family, by its path."""
        steps = path.replace("[]", "").split(".")
        anywhere = {word.lower() for step in steps for word in (step, *_WORD.findall(step))}
        last = {word.lower() for word in _WORD.findall(steps[-1])}
        named = any(fnmatchcase(steps[-1], pattern) for pattern in self.names)
        return not anywhere & self.but and (named or bool(anywhere & self.anywhere) or bool(last & self.last))


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ABSENT: Final = object()
_ALLOW: Final = {"Effect": "Allow", "Action": "*", "Resource": "*"}
_DOCUMENTS: Final = tuple(
    json.dumps({"Version": "2012-10-17", "Statement": [{**_ALLOW, **who}]})
    for who in ({"Principal": "*"}, {"Principal": {"AWS": "123456789012"}}, {})
)

FAMILIES: Final = (
    Family(
        "TLS",
        anywhere=_words("tls ssl https mtls cipher insecure transit"),
        last=_words("protocol protocols"),
        names=("securityPolicy",),
        but=_words("gateway"),
    ),
    Family(
        "encryption at rest",
        anywhere=_words("kms encrypt encrypted encryption sse cmk customermanagedkey customermanagedkeyarn"),
    ),
    Family(
        "public access",
        anywhere=_words("public publicly anonymous"),
        names=("acl", "*InternetAccess", "internetFallbackProtocols"),
        but=_words("key keys"),
    ),
    Family("logging", anywhere=_words("log logs logging audit")),
    Family(
        "deletion protection",
        last=_words("protection"),
        names=("forceDe*", "skip[FD]*", "terminationProtection*", "deletionProtection*", "disableApiTermination"),
    ),
    Family(
        "backup",
        anywhere=_words("backup backups retention snapshots pitr pointintimerecovery versioning"),
        names=("recoveryWindow*",),
    ),
    Family(
        "authentication",
        anywhere=_words("auth authentication authorization mfa unauthenticated authorizer"),
        names=("iam*Enabled", "enableIam*"),
    ),
    Family("automatic upgrades", last=_words("upgrade upgrades"), names=("auto*Update*",)),
    Family("network isolation", anywhere=_words("isolation"), last=_words("subnet subnets"), names=("networkMode",)),
    Family(
        "versions",
        names=(
            *("version", "releaseLabel", "runtime", "*Runtime", "*Runtimes", "runtimeEnvironment"),
            *(
                f"*{name}Version"
                for name in ("ngine", "untime", "latform", "ubernetes", "afka", "airflow", "glue", "grafana", "cluster")
            ),
            *("elasticsearchVersion", "kafkaconnectVersion", "mlflowVersion", "pythonVersion"),
        ),
    ),
    # Valid ones only: that a text is no document is another matter.
    Family("policy documents", names=("*olicy", "*olicies", "*olicyDocument"), values=(_ABSENT, *_DOCUMENTS)),
)
"""In this order: an input belongs to the first that has it."""


@dataclass(frozen=True, slots=True)
class Input:
    """
    An input of a type that belongs to a family.

    :param family: the family's name.
    :param type: the canonical type token.
    :param path: where it is, with `[]` behind each list on the way.
    :param kind: `string`, `boolean`, `number`, `list` (of scalars) or `map`.
    """

    family: str
    type: str
    path: str
    kind: str

    @property
    def name(self) -> str:
        """How families.yaml names it: `rds/cluster storageEncrypted`, without the marks of lists."""
        service_and_type = self.type.removeprefix("aws:").partition(":")[0]
        return f"{service_and_type} {self.path.replace('[]', '')}"


@dataclass(frozen=True, slots=True)
class Found:
    """
    What is known of the SDK's inputs.

    :param reactions: the ids of the policies that react to each input.
    :param reasons: why each input is left out that no policy reacts to.
    :param unused: the patterns of families.yaml that no such input matches.
    """

    reactions: Mapping[Input, tuple[str, ...]]
    reasons: Mapping[Input, str]
    unused: tuple[str, ...]

    @property
    def uncovered(self) -> list[Input]:
        """The inputs that no policy reacts to, and that are not left out."""
        return [each for each, policies in self.reactions.items() if not policies and each not in self.reasons]


def inputs() -> Iterator[Input]:
    """The inputs of every canonical type of the installed pulumi_aws that belong to a family."""
    for token in sorted(sdk_schema.resource_types()):
        if token.startswith("aws:") and token not in CANONICAL_TYPES:
            for name, shape in sdk_schema.inputs(token).items():
                for path, kind in _leaves(shape, name, ()):
                    if family := next((each for each in FAMILIES if each.has(path)), None):
                        yield Input(family.name, token, path, kind)


def _leaves(shape: Shape, path: str, around: tuple[type, ...]) -> Iterator[tuple[str, str]]:
    """The paths and kinds of what holds no further inputs; a block within itself (`around`) is left out."""
    element = shape.element
    if shape.kind == "list" and element and element.kind not in _SCALARS:
        yield from _leaves(element, f"{path}[]", around)
    elif shape.args is None:
        yield path, shape.kind
    elif shape.args not in around:
        for name, inner in shape.properties.items():
            yield from _leaves(inner, f"{path}.{name}", (*around, shape.args))


def measure() -> Found:
    """Tries out every input."""
    content = yaml.load(FILE.read_text(), Loader)
    places = _places(content["beside"], [program(each) for each in content["programs"]])
    reactions = {each: _reactions(each, places.get(each.type, [])) for each in inputs()}
    open_ = [each for each, policies in reactions.items() if not policies]
    reasons: dict[Input, str] = {}
    unused = []
    for family, kinds in content["left_out"].items():
        for kind in kinds:
            for pattern in kind["inputs"]:
                matched = [
                    each
                    for each in open_
                    if each.family == family and each not in reasons and fnmatchcase(each.name, pattern)
                ]
                reasons.update(dict.fromkeys(matched, kind["reason"]))
                if not matched:
                    unused.append(f"{family}: {pattern}")
    return Found(reactions, reasons, tuple(unused))


# Where an input is tried out


@dataclass(frozen=True, slots=True)
class _Place:
    """A resource of a program in which an input is set, and the policies that are asked, each with its config."""

    program: Program
    index: int
    policies: tuple[tuple[Policy, Config], ...]

    @property
    def inputs(self) -> Mapping[str, Any]:
        return self.program.resources[self.index].inputs

    def findings(self, path: str, value: Any) -> frozenset[tuple[str, str]]:
        """Policy and path of each finding at the resource, or at the stack, with a value at a path."""
        before, after = self.program.resources[: self.index], self.program.resources[self.index + 1 :]
        declared = self.program.resources[self.index]
        inputs = _with(declared.inputs, path.replace("[]", ".[]").split("."), value)
        changed = Declared(declared.type, declared.name, inputs)
        resources = Program((*before, changed, *after), self.program.outputs).run()
        return frozenset(_findings(self.policies, resources, resources[self.index]))


def _places(beside: Mapping[str, list[Mapping[str, Any]]], programs: Iterable[Program] = ()) -> dict[str, list[_Place]]:
    """Where the inputs of each type are tried out: alone, with others beside them, in programs and in the cases."""
    found: dict[str, list[_Place]] = {}
    asked = _asked()
    for type_, policies in asked.items():
        for others in ({}, *beside.get(type_, ())):
            found.setdefault(type_, []).append(_Place(Program((Declared(type_, "it", others),), {}), 0, policies))
    for each in programs:
        for index, declared in enumerate(each.resources):
            found.setdefault(declared.type, []).append(_Place(each, index, asked.get(declared.type, ())))
    for policy_id, case in cases().items():
        proofs = case.controls.values()
        ways = [(case.faulty, case.config), (case.corrected, case.config)]
        ways += [(each, proof.config) for proof in proofs for each in (proof.failing, proof.passing)]
        for shown, config in ways:
            for index, declared in enumerate(shown.resources):
                for policy, _ in asked.get(declared.type, ()):
                    if policy.id == policy_id:
                        read = parse_config(policy.id, policy.config_type, config)
                        found[declared.type].append(_Place(shown, index, ((policy, read),)))
    return found


# Configs under which policies that ask for nothing by default, or for one of two things, show what they read.
_CONFIGS: Final[Mapping[str, Mapping[str, Any]]] = {"encryption-customer-managed-key": {"types": ["aws:*"]}}
_SANDBOX: Final = {"profile": "sandbox"}


@cache
def _asked() -> dict[str, tuple[tuple[Policy, Config], ...]]:
    """The policies that concern a type in particular, with their configs; two where they know a sandbox."""
    found: dict[str, list[tuple[Policy, Config]]] = {}
    for policy in PACK.policies:
        if policy.stage in ("resource", "stack") and EVERY_AWS_TYPE not in policy.types:
            configs = [_CONFIGS.get(policy.id, {})]
            configs += [_SANDBOX] if "profile" in policy.config_type.__struct_fields__ else []
            for config in configs:
                read = parse_config(policy.id, policy.config_type, config)
                for type_ in policy.types:
                    found.setdefault(type_, []).append((policy, read))
    return {type_: tuple(policies) for type_, policies in found.items()}


def _findings(
    policies: Iterable[tuple[Policy, Config]], resources: list[Resource], at: Resource
) -> Iterator[tuple[str, str]]:
    for policy, config in policies:
        settings = {policy.id: PolicySettings("mandatory", config)}
        evaluation = Evaluation(Pack("families", "0", "", (policy,)), settings, Context())
        records = [evaluation.check_resource(at), evaluation.check_stack(resources)]
        for violation in (finding.violation for record in records for finding in record.findings):
            if violation.urn in ("", at.urn):
                yield policy.id, violation.path


_PLAIN: Final = (str, bool, int, float)
_VALUES: Final[Mapping[str, tuple[Any, ...]]] = {
    "boolean": (_ABSENT, True, False),
    "string": (_ABSENT, "x", "1.0", "true", "false"),
    "number": (_ABSENT, 0, 1, 1_000_000),
    "list": (_ABSENT, [], ["x"]),
    "map": (_ABSENT, {}, {"x": "x"}),
}


def _reactions(input_: Input, places: list[_Place]) -> tuple[str, ...]:
    """The ids of the policies that have a finding at an input with some of its values, and none with others."""
    written = [value for place in places for value in _at(place.inputs, input_.path.replace("[]", ".[]").split("."))]
    family = next(family for family in FAMILIES if family.name == input_.family)
    values = [*(family.values or _VALUES.get(input_.kind, ())), UNKNOWN]
    values += [value for index, value in enumerate(written) if value not in written[:index]]
    found: set[str] = set()
    for place in places:
        if found >= {policy.id for policy, _ in place.policies}:
            continue
        findings = [place.findings(input_.path, value) for value in values]
        always = frozenset.intersection(*findings)
        sometimes = frozenset[tuple[str, str]]().union(*findings) - always
        found |= {id_ for id_, path in sometimes if _is_at(path, input_.path)}
    return tuple(sorted(found))


def _is_at(path: str, input_: str) -> bool:
    """Whether a finding is within the same top-level input, or at the resource as a whole."""
    return not path or re.split(r"[.\[]", path, maxsplit=1)[0] == re.split(r"[.\[]", input_, maxsplit=1)[0]


def _with(raw: Any, steps: list[str], value: Any) -> Any:
    """A copy of a resource's inputs, or of a part, with a value at a path; of a list, the first element is changed."""
    if not steps:
        return value
    step, *rest = steps
    if step == "[]":
        first, *others = raw if isinstance(raw, list) and raw else [{}]
        return [_with(first, rest, value), *others]
    copy = dict(raw) if isinstance(raw, Mapping) else {}
    changed = _with(copy.get(step), rest, value)
    if changed is _ABSENT:
        copy.pop(step, None)
    else:
        copy[step] = changed
    return copy


def _at(raw: Any, steps: list[str]) -> Iterator[Any]:
    """The plain values at a path of a resource's inputs."""
    if not steps:
        if isinstance(raw, _PLAIN) or (isinstance(raw, list) and all(isinstance(each, _PLAIN) for each in raw)):
            yield raw
    elif steps[0] == "[]":
        for element in raw if isinstance(raw, list) else ():
            yield from _at(element, steps[1:])
    elif isinstance(raw, Mapping) and steps[0] in raw:
        yield from _at(raw[steps[0]], steps[1:])


# What is printed


def _lines(found: Found, every: bool) -> Iterator[str]:
    yield from (f"unused: {each}" for each in found.unused)
    yield "family                types   inputs  covered  left out  uncovered"
    for family in FAMILIES:
        of = [each for each in found.reactions if each.family == family.name]
        covered = sum(bool(found.reactions[each]) for each in of)
        out = sum(each in found.reasons for each in of)
        counts = (len({each.type for each in of}), len(of), covered, out, len(of) - covered - out)
        yield f"{family.name:20}" + "".join(
            f"{count:{width}}" for count, width in zip(counts, (7, 9, 9, 10, 11), strict=True)
        )
    for each, policies in found.reactions.items():
        if every or (not policies and each not in found.reasons):
            state = ", ".join(policies) or found.reasons.get(each, "uncovered")
            yield f"{each.family:20} {each.name}: {state}"


def main() -> None:
    """Prints the table of families, and the inputs that are uncovered."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("--all", action="store_true", help="print each input, covered and left out ones too")
    print("\n".join(_lines(measure(), parser.parse_args().all)))


if __name__ == "__main__":
    main()
