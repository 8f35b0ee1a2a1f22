"""
The guarantee: nothing that the pack says, logs, writes or raises holds a secret, or more than three characters of one.

Secret is what the engine marks and, marked or not, what stands in the places of credential_inputs.json and of
secret_carriers.py.
"""

from __future__ import annotations

import dataclasses
import gzip
import json
import logging
import random
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any, Final, NamedTuple
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pulumi.runtime.proto import analyzer_pb2

from policypack.config import Config
from policypack.data.credential_inputs import CREDENTIAL_INPUTS
from policypack.data.secret_carriers import ADDRESSES, COMMANDS, SCRIPTS, VARIABLES, Command
from policypack.engine.decode import decode_context, decode_inputs, decode_outputs, decode_struct
from policypack.model import Resource, Secret, Stack
from policypack.pack import PACK
from policypack.policies.exemptions import exemptions
from policypack.policies.undecided import undecided_at_preview
from policypack.policy import Policy, resource_policy, stack_policy
from policypack.record import Record
from policypack.testing import decide, ref, resource
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wire import SIGNATURE_KEY, UNKNOWN_SENTINELS
from tests.engine.driver import Engine, output, secret, struct, urn
from tests.engine.test_any_request import TYPES, resources, shaped
from tests.support import POLICIES
from tools import sdk_schema
from tools.sdk_schema import Shape

pytestmark = pytest.mark.broad

pytest.importorskip("pulumi_aws", reason="it needs pulumi_aws, which is not installed here")

ALLOWED: Final = 3
"""How many characters of a secret may occur: so many do by chance."""
PROVIDER: Final = "pulumi:providers:aws"
DATABASE: Final = "aws:rds/instance:Instance"
HARDCODED: Final = "no-hardcoded-credentials"
IN_PLAIN_SIGHT: Final = "secrets-in-plain-sight"

# Secrets, and how they are written


class Canaries(NamedTuple):
    """Secrets no four characters of which occur in words, names or numbers: capitals with digits between them."""

    strong: str
    human: str
    configured: str

    @classmethod
    def drawn(cls, seed: int) -> Canaries:
        draw = random.Random(seed).choice
        pairs = [draw("BCDFGHJKLMNPQRSTVWXZ") + draw("23456789") for _ in range(26)]
        return cls("".join(pairs[:12]), "P4SSW0RD" + "".join(pairs[12:14]), "".join(pairs[14:]))


def base64(text: str) -> str:
    return b64encode(text.encode()).decode()


def zipped(text: str) -> str:
    return b64encode(gzip.compress(text.encode(), mtime=0)).decode()


def login(canary: str) -> str:
    return base64(f"orders:{canary}")


def script(canary: str) -> str:
    return f"#!/bin/sh\nset -e\nexport DB_PASSWORD={canary}\nmysql -u root -p{canary} orders\n"


FORMS: Final[tuple[Callable[[str], str], ...]] = (
    str,
    lambda canary: json.dumps({"username": "orders", "db": {"password": canary}, "token": canary}),
    lambda canary: f'{{"password": "{canary}"',
    lambda canary: json.dumps([canary]),
    lambda canary: f"postgres://orders:{canary}@orders-db:5432/orders",
    lambda canary: f"Server=orders-db;User=orders;Password={canary};",
    lambda canary: f"ghp_{canary}{canary}",
    lambda canary: f"-----BEGIN PRIVATE KEY-----\n{canary}{canary}\n-----END PRIVATE KEY-----\n",
    lambda canary: f"Basic {login(canary)}",
    script,
    lambda canary: base64(script(canary)),
    lambda canary: zipped(script(canary)),
    # What policies look for.
    lambda canary: f"arn:aws:iam:us-west-1:123456789012:role/{canary}",
    lambda canary: f"{canary}.azurecr.io/{canary}:latest",
    lambda canary: f"9.{canary}",
    lambda canary: f"db.{canary}.micro",
    lambda canary: json.dumps({"Statement": [statement(canary)]}),
)


def with_secret(value: str) -> dict[str, Any]:
    """A container that gets a secret, as a container definition has it."""
    return {"name": "web", "image": "web:1", "secrets": [{"name": "DB_PASSWORD", "valueFrom": value}]}


def statement(canary: str) -> dict[str, Any]:
    """A statement of a policy document that several policies object to."""
    return {
        "Sid": canary,
        "Effect": "Allow",
        "Principal": {"AWS": "*", "Service": f"logs.{canary}.amazonaws.com"},
        "Action": [f"{canary}:*", "iam:*", "kms:*"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": canary}},
    }


def leaks(text: str, canaries: Canaries) -> list[str]:
    """Each part of a secret in a text, with what stands around it."""
    parts = []
    for canary in canaries:
        parts += [canary[start : start + ALLOWED + 1] for start in range(len(canary) - ALLOWED)]
        for coded in (login(canary), base64(script(canary)), zipped(script(canary))):
            parts += [coded[start : start + 8] for start in range(0, len(coded) - 7, 8)]
    return [text[max(0, at - 100) : at + 100] for at in map(text.find, parts) if at >= 0]


# Where secrets stand


class Position(NamedTuple):
    """
    A place for a secret in a type of resource.

    :param type_: the type.
    :param top: the top-level property that the place is in.
    :param holding: what that property is when it holds a value, and that under a name if it has names.
    :param more: other properties that make it a place for secrets.
    :param sure: makes of a secret what is found here for certain.
    """

    type_: str
    top: str
    holding: Callable[[str, Any], Any]
    more: Mapping[str, Any] = {}
    sure: Callable[[str], str] = str

    def properties(self, name: str, text: str, mark: str) -> dict[str, Any]:
        """The properties of a resource with a secret here."""
        held = self.holding(name, secret(text) if mark == "value" else text)
        return {**self.more, self.top: secret(held) if mark == "property" else held}


PARAMETER: Final = "aws:ssm/parameter:Parameter"
TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
ASSET_SIGNATURE: Final = "c44067f5952c0a294b673a41bacd8c17"
NAMES: Final = ("DB_PASSWORD", "DATABASE_URL", "apiKey", "SETTING")
MARKS: Final = ("none", "value", "property")


def nested(path: str, value: Any) -> Any:
    """What the top-level property of a path (`a[].b`) is with a value at its end."""
    for step in reversed(path.replace("[]", ".[]").split(".")[1:]):
        value = [value] if step == "[]" else {step: value}
    return value


def positions() -> Iterator[Position]:
    parameter = {"type": "SecureString", "name": "/orders/db/password"}
    for type_, paths in CREDENTIAL_INPUTS.items():
        for path in paths:
            yield _credential(type_, path, parameter if type_ == PARAMETER else {})
    for path in ("value", "insecureValue", "valueWo"):
        yield _credential(PARAMETER, path, {**parameter, "type": "String"})
    for type_, scripts in SCRIPTS.items():
        for each in scripts:
            position = _credential(type_, each.path, {})._replace(sure=script)
            is_asset = sdk_schema.shape_at(type_, each.path) == Shape("any")
            yield position._replace(holding=lambda _, value: asset(value)) if is_asset else position
    for type_, commands in COMMANDS.items():
        for command in commands:
            yield _in_command(type_, command)
    for type_, paths in ADDRESSES.items():
        for path in paths:
            yield _credential(type_, path, {})._replace(sure="https://orders:{}@example.com/".format)
    for type_, rows in VARIABLES.items():
        for row in rows:
            yield from _in_carrier(type_, row)


def asset(value: Any) -> Any:
    """An asset with a text, which is marked secret or not."""
    text = value["value"] if isinstance(value, dict) else value
    made = {SIGNATURE_KEY: ASSET_SIGNATURE, "text": text}
    return secret(made) if isinstance(value, dict) else made


def _in_command(type_: str, command: Command) -> Position:
    path = command.path.replace("containerDefinitions:", "containerDefinitions[].").replace(":", ".").rstrip(".")
    whole = f"{path}.{command.parts[-1]}".lstrip(".")
    shape = sdk_schema.shape_at(type_, whole)
    is_text = shape is not None and shape.kind == "string"
    return Position(
        type_,
        whole.partition(".")[0].removesuffix("[]"),
        lambda _, value: nested(whole, value if is_text else ["app", value]),
        sure="--password={}".format,
    )


def _credential(type_: str, path: str, more: Mapping[str, Any]) -> Position:
    top = path.partition(".")[0].removesuffix("[]")
    return Position(type_, top, lambda _, value: nested(path, value), more)


def _in_carrier(type_: str, row: Any) -> Iterator[Position]:
    path, _, inner = row.path.partition(":")
    top = path.partition(".")[0].removesuffix("[]")

    def in_list(name: str, value: Any) -> Any:
        return [{row.name: "LOG_LEVEL", "value": "info"}, {row.name: name, "value": value}]

    def in_document(name: str, value: Any) -> Any:
        document = nested(f"document.{inner}", in_list(name, value))
        return [document] if path == "containerDefinitions" else document

    def in_json(name: str, value: Any) -> Any:
        if isinstance(value, dict):
            return secret(json.dumps(in_document(name, value["value"])))
        return json.dumps(in_document(name, value))

    shape = sdk_schema.shape_at(type_, path)
    if inner:
        yield Position(type_, top, in_document)
        yield Position(type_, top, in_json)
    elif shape and shape.kind == "list":
        yield Position(type_, top, lambda name, value: nested(path, in_list(name, value)))
    else:
        yield Position(type_, top, lambda name, value: nested(path, {"LOG_LEVEL": "info", name: value}))


@cache
def all_positions() -> tuple[Position, ...]:
    """All of them; made when a test asks, as they need the SDK."""
    return tuple(positions())


# All that the pack says of a stack


class Listener:
    """Writes down what it is given as that writes itself, and so whatever the pack's policies get and yield."""

    def __init__(self) -> None:
        self.heard: set[str] = set()
        self.policies = tuple(
            dataclasses.replace(
                each,
                check=self._overhearing(each.check),
                remediate=each.remediate and self._overhearing(each.remediate),
            )
            for each in PACK.policies
        )

    def note(self, *things: object) -> None:
        self.heard.update(f"{thing!r} {thing}" for thing in things)

    def _overhearing(self, check: Callable[[Any, Any], Verdicts]) -> Callable[[Any, Any], Verdicts]:
        def overheard(subject: Resource | Stack | Record, config: Config) -> Verdicts:
            self.note(subject)
            for finding in check(subject, config):
                self.note(finding, finding.at)
                yield finding

        return overheard


def said_of(
    stack: list[tuple[str, dict[str, Any]]], canaries: Canaries, folder: Path
) -> tuple[str, list[analyzer_pb2.AnalyzeDiagnostic]]:
    """
    All that is said of a stack, and the diagnostics among it.

    :param stack: the types and properties of its resources, each of which depends on the one before it.
    :param canaries: what also stands in the stack's config and its provider's properties.
    :param folder: the program's folder.
    """
    listener = Listener()
    engine = Engine(*listener.policies)
    engine.configure(**configured())
    diagnostics: list[analyzer_pb2.AnalyzeDiagnostic] = []
    messages: list[analyzer_pb2.AnalyzerResource] = []
    with mock.patch("policypack.source.lookup.find_program", return_value=folder):
        about = about_stack(canaries)
        info = decode_context(about)
        listener.note(info, info.program, engine.analyzer.ConfigureStack(about, engine.context))
        for number, (type_, properties) in enumerate(stack):
            name = f"r{number}"
            request = analyzer_pb2.AnalyzeRequest(
                type=type_, name=name, urn=urn(type_, name), properties=struct(properties), provider=provider(canaries)
            )
            note_remedies(engine, request, listener)
            diagnostics += engine.analyzer.Analyze(request, engine.context).diagnostics
            note_values(decode_inputs(request, info), listener)
            message = analyzer_pb2.AnalyzerResource(
                type=type_, name=name, urn=request.urn, properties=request.properties, provider=request.provider
            )
            for key in properties if messages else ():
                message.propertyDependencies[key].urns.append(messages[-1].urn)
            messages.append(message)
        asked = analyzer_pb2.AnalyzeStackRequest(resources=messages)
        diagnostics += engine.analyzer.AnalyzeStack(asked, engine.context).diagnostics
        listener.note(Stack((decode_outputs(message, None, info) for message in messages), info), engine.analyzer)
    text = "\n".join((*listener.heard, *map(str, diagnostics)))
    assert "itself failed" not in text
    return text, diagnostics


def configured() -> dict[str, tuple[int, dict[str, Any]]]:
    """Everything remedied that can be, everything undecided said, findings exempted, and as many rules as there are."""
    exempted = {"reason": "agreed", "match": [{"policies": ["*"], "targets": ["r3"]}]}
    said: dict[str, tuple[int, dict[str, Any]]] = {
        each.id: (analyzer_pb2.REMEDIATE if each.remediate else analyzer_pb2.MANDATORY, {}) for each in PACK.policies
    }
    said[undecided_at_preview.id][1].update(each=True)
    said[exemptions.id][1].update(tag="exempt", exemptions=[exempted])
    said["container-image"][1].update(allowedRegistries=["docker.io"])
    said["engine-version"][1].update(minimums={"aurora*": "99"})
    said["naming-environment-suffix"][1].update(suffix="-dev", scope="both")
    said["region-compliance"][1].update(allowed=["eu-west-1"])
    said["stack-outputs"][1].update(required=["url"])
    said["tags-required"][1].update(required={"Environment": ["dev"], "Owner": []}, perResource=True)
    return said


def about_stack(canaries: Canaries) -> analyzer_pb2.AnalyzerStackConfigureRequest:
    config = {
        "orders:plain": canaries.configured,
        "orders:document": json.dumps({"passwords": [canaries.configured]}),
        "orders:secret": canaries.strong + canaries.human,
    }
    return analyzer_pb2.AnalyzerStackConfigureRequest(
        stack="dev", project="orders", dry_run=True, config=config, config_secret_keys=["orders:secret"]
    )


def provider(canaries: Canaries) -> analyzer_pb2.AnalyzerProviderResource:
    properties = {
        "region": secret(canaries.strong),
        "accessKey": secret(canaries.human),
        "secretKey": canaries.strong,
        "token": canaries.strong,
        "defaultTags": secret(json.dumps({"tags": {"Owner": canaries.human}})),
        "assumeRoles": secret(json.dumps([{"roleArn": canaries.human}])),
    }
    return analyzer_pb2.AnalyzerProviderResource(
        type=PROVIDER, name="aws", urn=urn(PROVIDER, "aws"), properties=struct(properties)
    )


def note_remedies(engine: Engine, request: analyzer_pb2.AnalyzeRequest, listener: Listener) -> None:
    """Notes what remedies say, and what they take out of envelopes: their properties hold all secrets, as they must."""
    before = exposed(decode_struct(request.properties))
    answer = engine.analyzer.Remediate(request, engine.context)
    for remediation in answer.remediations:
        listener.note(exposed(decode_struct(remediation.properties)) - before)
        remediation.ClearField("properties")
    listener.note(answer)


def exposed(value: Any) -> set[str]:
    """Every text in a value that is in no envelope."""
    if isinstance(value, dict | list):
        return set().union(*map(exposed, value.values() if isinstance(value, dict) else value))
    return {value} if isinstance(value, str) else set()


def note_values(it: Resource, listener: Listener) -> None:
    listener.note(it, it.options, it.provider)
    values = [it.get(name) for name in it.declared]
    while values:
        value = values.pop()
        listener.note(value, value.shown if value.is_secret else "")
        values += [entry for _, entry in value.entries()]


def marked_everywhere(type_: str, texts: Iterator[str]) -> dict[str, Any]:
    """The properties of a resource with a secret wherever it takes a string."""

    def marked(shape: sdk_schema.Shape, depth: int) -> Any:
        if depth == 0 or shape.kind in ("boolean", "number", "any"):
            return None
        if shape.kind == "string":
            return secret(next(texts))
        if shape.element:
            inner = marked(shape.element, depth - 1)
            return [inner] if shape.kind == "list" else {"Environment": inner, "exempt": inner}
        return {name: marked(inner, depth - 1) for name, inner in shape.properties.items()}

    return {name: marked(shape, 5) for name, shape in sdk_schema.inputs(type_).items()}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A program's folder, with a file that is too large to be searched."""
    (tmp_path / "data.py").write_text("x = 1\n" * 200_000)
    return tmp_path


def write_program(folder: Path, canary: str) -> None:
    (folder / "app.py").write_text(f"import os\nPASSWORD = {canary!r}\nURL = f'postgres://orders:{{PASSWORD}}@db'\n")


# What is guaranteed


def test_what_would_be_a_leak_is_found() -> None:
    canaries = Canaries.drawn(1)
    assert leaks(f"password is {canaries.strong[7:11]}.", canaries)
    assert leaks(canaries.human[-4:], canaries)
    assert leaks(zipped(script(canaries.strong))[13:28], canaries)
    assert not leaks(f"{canaries.strong[7:10]} {canaries.human[:3]}", canaries)


@pytest.mark.slow
def test_no_secret_is_told_in_any_place_that_is_known(
    folder: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = Canaries.drawn(random.randrange(2**32))
    write_program(folder, canaries.strong)
    names, forms = cycle(NAMES), cycle(FORMS)
    stack: list[tuple[str, dict[str, Any]]] = []
    unmarked = []
    for position, canary in zip(all_positions(), cycle(canaries), strict=False):
        unmarked.append(urn(position.type_, f"r{len(stack)}"))
        for mark in MARKS:
            stack += [
                (position.type_, position.properties("DB_PASSWORD", position.sure(canary), mark)),
                (position.type_, position.properties(next(names), next(forms)(canary), mark)),
            ]
    texts = (form(canary) for form, canary in zip(forms, cycle(canaries), strict=False))
    stack += [(type_, marked_everywhere(type_, texts)) for type_ in TYPES]
    stack.append((DATABASE, {"tags": {"exempt": secret(f"*: {canaries.strong}")}}))
    # In the place of an ARN it is not marked, and may look like a name.
    for passed in (*canaries, *(f"{canary}!" for canary in canaries)):
        stack.append((TASK, {"containerDefinitions": json.dumps([with_secret(passed)])}))
    text, diagnostics = said_of(stack, canaries, folder)
    assert not leaks("\n".join((text, caplog.text, *capfd.readouterr())), canaries)
    # It was looked at all of them, and there was something to say about each.
    found = {each.urn for each in diagnostics if each.policyName in (HARDCODED, IN_PLAIN_SIGHT)}
    assert set(unmarked) <= found
    evidence = ("app.py:2", "easy to guess", "equals the stack's config value", "could not check")
    reads = ("ECS reads the parameter of that name", "neither the ARN of a secret nor the name of a parameter")
    for said in (*evidence, *reads, "Exempted: agreed", "Exempted: [secret]", "Environment [secret]"):
        assert said in text


SEED: Final = "seed"
"""What stands, in what is drawn, for a form of a secret: `seed FORM SECRET`."""
LEAVES = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.sampled_from(sorted(UNKNOWN_SENTINELS))
    | st.sampled_from(["HTTP", "Enabled", "aws:kms", "redirect", "0.0.0.0/0", "db.t3.micro", "*: agreed", "exempt"])
    | st.builds(
        lambda form, which: secret(f"{SEED} {form} {which}"),
        st.integers(0, len(FORMS) - 1),
        st.integers(0, len(Canaries._fields) - 1),
    )
)


def grown(value: Any, canaries: Canaries) -> Any:
    """What was drawn, with secrets in the place of what stands for them."""
    if isinstance(value, dict):
        return {key: grown(each, canaries) for key, each in value.items()}
    if isinstance(value, list):
        return [grown(each, canaries) for each in value]
    if isinstance(value, str) and value.startswith(SEED):
        _, form, which = value.split()
        return FORMS[int(form)](canaries[int(which)])
    return value


@st.composite
def in_a_position(draw: st.DrawFn, canaries: Canaries) -> tuple[str, dict[str, Any]]:
    """A resource with a secret in a place that is known, and others anywhere, which are marked."""
    position = draw(st.sampled_from(all_positions()))
    shapes = sdk_schema.inputs(position.type_)
    names = draw(st.lists(st.sampled_from(sorted(shapes)), max_size=4, unique=True))
    others = {name: draw(shaped(shapes[name], LEAVES, 3)) for name in names}
    text = draw(st.sampled_from(FORMS))(draw(st.sampled_from(canaries)))
    planted = position.properties(draw(st.sampled_from(NAMES)), text, draw(st.sampled_from(MARKS)))
    return position.type_, {**others, **planted}


@st.composite
def stacks(draw: st.DrawFn) -> tuple[Canaries, list[tuple[str, dict[str, Any]]]]:
    canaries = Canaries.drawn(draw(st.integers(0, 2**32)))
    tag = st.sampled_from(
        [{}, {"tags": {"exempt": "*: agreed"}}, {"tags": {"exempt": secret(f"*: {canaries.strong}")}}]
    )
    drawn = draw(st.lists(st.tuples(resources(LEAVES) | in_a_position(canaries), tag), max_size=6))
    return canaries, [(type_, grown({**properties, **tags}, canaries)) for (type_, properties), tags in drawn]


@settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(stacks(), st.booleans())
def test_no_secret_of_any_stack_is_told(
    folder: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    drawn: tuple[Canaries, list[tuple[str, dict[str, Any]]]],
    is_in_source: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries, stack = drawn
    write_program(folder, canaries.strong if is_in_source else "")
    text, _ = said_of(stack, canaries, folder)
    assert not leaks("\n".join((text, caplog.text, *capfd.readouterr())), canaries)
    caplog.clear()


def raising(id_: str, **declared: Any) -> Policy:
    """A policy that raises with a secret in all that an exception says, after a finding."""

    class CredentialError(Exception):
        def __str__(self) -> str:
            return f"cannot take {self.args}"

    def check(subject: Resource | Stack, config: Config) -> Verdicts:
        database = subject if isinstance(subject, Resource) else subject.of_type(DATABASE)[0]
        password = database.get("password")
        yield Undecided(password, "is it a good one?")
        yield Violation(password, f"password is {password.shown}.", remediation=password.text)
        try:
            raise KeyError(password.text)
        except KeyError as error:
            error.add_note(password.text)
            raise CredentialError(password.text, {password.text: password.raw}) from error

    check.__doc__ = "It fails."
    declare: Any = resource_policy if "types" in declared else stack_policy
    declared |= {"title": "It fails", "severity": "high", "fix": "None.", "url": "https://example.com"}
    failing: Policy = declare(id=id_, **declared)(check)
    return failing


@pytest.mark.parametrize("block", ["as-policy", "always", "never"])
def test_a_policy_that_raises_with_a_secret_tells_none(
    block: str, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canaries = Canaries.drawn(random.randrange(2**32))
    engine = Engine(
        raising("of-resource", types=(DATABASE,), remediates=True),
        raising("of-stack"),
        raising("of-each", needs_stack=True, types=(DATABASE,)),
        *(each for each in PACK.policies if each.id in ("policy-failures", undecided_at_preview.id)),
    )
    engine.configure(
        of_resource=(analyzer_pb2.REMEDIATE, {}),
        policy_failures=(analyzer_pb2.MANDATORY, {"block": block}),
        undecided_at_preview=(analyzer_pb2.ADVISORY, {"each": True}),
    )
    said: list[object] = []
    for canary in canaries:
        properties = {"password": secret(canary)}
        request = analyzer_pb2.AnalyzeRequest(
            type=DATABASE, name="db", urn=urn(DATABASE, "db"), properties=struct(properties)
        )
        said.append(engine.analyzer.Remediate(request, engine.context))
        said += engine.analyze(DATABASE, "db", **properties)
        said += engine.analyze_stack(output(DATABASE, "db", **properties))
    text = "\n".join(map(str, said))
    assert text.count("itself failed (CredentialError at test_redaction.py:") == 3 * len(canaries)
    assert not leaks("\n".join((text, caplog.text, *capfd.readouterr())), canaries)


# What a message may name beside the value at fault: a policy, a type with its properties, and what of them is at stake.
BESIDE: Final[list[tuple[str, str, dict[str, Any], str]]] = [
    (
        "container-image",
        "aws:apprunner/service:Service",
        {"sourceConfiguration": {"imageRepository": {"imageIdentifier": Secret("registry.example.com/orders:1")}}},
        "registry.example",
    ),
    ("engine-version", DATABASE, {"engine": Secret("postgres"), "engineVersion": "9.6"}, "postgres"),
    (
        "database-force-ssl",
        "aws:rds/parameterGroup:ParameterGroup",
        {"parameters": [{"name": Secret("rds.force_ssl"), "value": "0"}]},
        "force_ssl",
    ),
    (
        "tls-policy",
        "aws:elb/sslNegotiationPolicy:SslNegotiationPolicy",
        {"attributes": [{"name": Secret("Protocol-TLSv1"), "value": "true"}]},
        "Protocol",
    ),
    (
        "ecs-cpu-memory",
        "aws:ecs/taskDefinition:TaskDefinition",
        {"requiresCompatibilities": ["FARGATE"], "cpu": Secret("1024"), "memory": "512"},
        "1024",
    ),
    (
        "iam-privilege-escalation",
        "aws:iam/policy:Policy",
        {"policy": Secret('{"Statement": {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"}}')},
        "iam:CreateAccessKey",
    ),
    (
        "cloudfront-https",
        "aws:cloudfront/distribution:Distribution",
        {"defaultCacheBehavior": {"viewerProtocolPolicy": Secret("allow-all")}},
        "allow-all",
    ),
    ("cache-authentication", "aws:elasticache/userGroup:UserGroup", {"userIds": [Secret("default")]}, 'is "default"'),
    ("engine-version", DATABASE, {"engine": Secret("postgress"), "engineVersion": "16"}, '"postgres"'),
    ("engine-version", DATABASE, {"engine": "postgres", "engineVersion": Secret("9.6.1")}, "9.6"),
    ("rds-instance-class", DATABASE, {"instanceClass": Secret("db.m5.micro")}, "db.m5"),
    (
        "ecs-cpu-memory",
        "aws:ecs/taskDefinition:TaskDefinition",
        {"requiresCompatibilities": ["FARGATE"], "cpu": "4096", "memory": Secret("1024")},
        "or cpu to 256 or 512",
    ),
    (
        "region-compliance",
        "aws:sqs/queue:Queue",
        {"kmsMasterKeyId": Secret("arn:aws:kms:us-east-2:123456789012:key/0d990263")},
        "us-east-2",
    ),
    (
        "secrets-in-plain-sight",
        "aws:codebuild/project:Project",
        {"environment": {"environmentVariables": [{"name": Secret("DB_PASSWORD"), "value": "kX3vTq9ZrLw7bNs2YdFh"}]}},
        "DB_PASSWORD",
    ),
]


@pytest.mark.parametrize(("policy_id", "type_", "properties", "part"), BESIDE)
def test_what_a_message_names_beside_is_no_secret(
    policy_id: str, type_: str, properties: dict[str, Any], part: str
) -> None:
    config = configured()[policy_id][1]
    [told] = decide(POLICIES[policy_id], resource(type_, **opened(properties)), config=config).messages
    assert part in told
    [message] = decide(POLICIES[policy_id], resource(type_, **properties), config=config).messages
    assert part not in message


def opened(value: Any) -> Any:
    """A value as it is when nothing in it is marked secret."""
    if isinstance(value, dict):
        return {key: opened(each) for key, each in value.items()}
    if isinstance(value, list):
        return [opened(each) for each in value]
    return value.value if isinstance(value, Secret) else value


@pytest.mark.parametrize("is_secret", [False, True])
def test_the_region_and_the_account_in_advice_are_no_secrets(is_secret: bool) -> None:
    def marked(text: str) -> Any:
        return Secret(text) if is_secret else text

    provider = resource(PROVIDER, "aws", region=marked("eu-west-1"))
    arn = {"arn": marked("arn:aws:kms:eu-west-1:123456789012:key/0d990263")}
    key = resource("aws:kms/key:Key", "key", with_outputs=arn, with_provider=provider)
    logs = resource("aws:cloudwatch/logGroup:LogGroup", "logs", kmsKeyId=ref(key), with_provider=provider)
    [message] = decide(POLICIES["kms-key-policy-service-principals"], key, logs).messages
    assert ("logs.REGION.amazonaws.com" in message) is is_secret
    assert ("arn:aws:logs:REGION:ACCOUNT:*" in message) is is_secret
    assert ("arn:aws:logs:eu-west-1:123456789012:*" in message) is not is_secret
