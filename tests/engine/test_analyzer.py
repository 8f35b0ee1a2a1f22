"""The analyzer, driven as the engine drives it, without an engine."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from pulumi.runtime.proto import analyzer_pb2

from policypack import VERSION
from policypack.config import Config
from policypack.model import Resource
from policypack.pack import PACK
from policypack.policies.failures import policy_failures
from policypack.policies.secrets import no_hardcoded_credentials
from policypack.policy import EVERY_AWS_TYPE, resource_policy
from policypack.record import Record, report_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wire import SIGNATURE_KEY
from tests.differential import pulumi_policys_own
from tests.engine.driver import AbortError, Engine, output, secret, urn

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
DATABASE = "aws:rds/instance:Instance"


@resource_policy(
    id="is-private",
    title="It is private",
    types=(DATABASE,),
    severity="high",
    fix="Make it so.",
    frameworks=("FSBP RDS.2",),
    url="https://example.com",
)
def is_private(database: Resource, config: Config) -> Verdicts:
    public = database.get("publiclyAccessible")
    if public.is_unknown and not any(source.get("private").is_true for source in public.dependencies):
        yield Undecided(public)
    if public.is_true:
        yield Violation(public, f"publiclyAccessible is {public.shown}.")


@resource_policy(
    id="fails-here", title="It fails", types=(DATABASE,), severity="low", fix="No.", url="https://example.com"
)
def fails_here(database: Resource, config: Config) -> Verdicts:
    yield Violation(database, "found before it failed")
    raise ValueError(database.get("password").text)


@report_policy(id="counts-all", title="It counts", severity="low", fix="No.", url="https://example.com")
def counts_all(record: Record, config: Config) -> Verdicts:
    if record.stack:
        yield Violation(None, f"{len(record.stack.resources)} resources, {len(record.undecided)} undecided")


@resource_policy(id="names-it", title="N", types=(DATABASE,), severity="low", fix="No.", url="https://example.com")
def names_it(database: Resource, config: Config) -> Verdicts:
    yield Violation(database, f"it is {database.name}")


def test_a_violation_carries_all_that_the_engine_shows() -> None:
    [found] = Engine(is_private).analyze(DATABASE, "db", publiclyAccessible=True)
    assert found.policyName == "is-private"
    assert found.policyPackName == "test"
    assert found.policyPackVersion == "1.0.0"
    assert found.urn == urn(DATABASE, "db")
    assert found.enforcementLevel == analyzer_pb2.MANDATORY
    assert found.severity == analyzer_pb2.POLICY_SEVERITY_HIGH
    assert found.description == "It is private"
    assert found.message == "publiclyAccessible is true.\nFix: Make it so. [FSBP RDS.2]\nSee: https://example.com"


def test_the_link_of_a_policy_is_said_once_a_run() -> None:
    engine = Engine(is_private)
    messages = [engine.analyze(DATABASE, name, publiclyAccessible=True)[0].message for name in ("db", "other")]
    assert ["See: https://example.com" in message for message in messages] == [True, False]
    engine.configure_stack({}, [])
    [found] = engine.analyze(DATABASE, "db", publiclyAccessible=True)
    assert "See: https://example.com" in found.message


def test_a_resource_meets_only_the_policies_of_its_type() -> None:
    assert Engine(is_private).analyze("aws:rds/cluster:Cluster", "db", publiclyAccessible=True) == []


def test_what_is_unknown_is_asked_again_with_the_stack() -> None:
    engine = Engine(is_private, counts_all)
    assert engine.analyze(DATABASE, "db", publiclyAccessible=UNKNOWN) == []
    setting = output("test:index:Setting", "private", private=True)
    decided = output(DATABASE, "db", {"publiclyAccessible": setting.urn}, publiclyAccessible=UNKNOWN)
    [counted] = engine.analyze_stack(setting, decided)
    assert counted.message.startswith("2 resources, 0 undecided")
    counted, *_ = engine.analyze_stack(output(DATABASE, "db", publiclyAccessible=UNKNOWN))
    assert counted.message.startswith("1 resources, 1 undecided")


def test_a_finding_of_the_first_stage_is_not_said_again_at_the_second() -> None:
    @resource_policy(
        id="two-values", title="Two", types=(DATABASE,), severity="low", fix="No.", url="https://example.com"
    )
    def two_values(database: Resource, config: Config) -> Verdicts:
        if database.get("a").is_true:
            yield Violation(database.get("a"), "a is wrong")
        if database.get("b").is_unknown:
            yield Undecided(database.get("b")) if database.stack is None else Violation(database.get("b"), "b is wrong")

    engine = Engine(two_values)
    assert [found.message.splitlines()[0] for found in engine.analyze(DATABASE, "db", a=True, b=UNKNOWN)] == [
        "a is wrong"
    ]
    again = engine.analyze_stack(output(DATABASE, "db", a=True, b=UNKNOWN))
    assert [found.message.splitlines()[0] for found in again] == ["b is wrong"]


def test_the_stack_stage_reads_the_inputs_of_the_first() -> None:
    @resource_policy(
        id="reads-input", title="R", needs_stack=True, types=(DATABASE,), severity="low", fix="No.", url="https://a.com"
    )
    def reads_input(database: Resource, config: Config) -> Verdicts:
        yield Violation(database, f"{database.get('multiAz').shown}, {database.output('arn').shown}")

    engine = Engine(reads_input)
    engine.analyze(DATABASE, "db", engine="postgres")
    [found] = engine.analyze_stack(output(DATABASE, "db", multiAz=UNKNOWN, arn="arn:aws:rds:1"))
    assert found.message.startswith('not set, "arn:aws:rds:1"')
    # A resource that is only in the state was never analyzed: its outputs are all there is.
    [found] = engine.analyze_stack(output(DATABASE, "old", multiAz=False))
    assert found.message.startswith("false, not set")


def test_a_policy_that_fails_is_a_finding_and_hides_no_other() -> None:
    engine = Engine(fails_here, is_private)
    found = engine.analyze(DATABASE, "db", publiclyAccessible=True, password=secret("hunter2-canary"))
    assert [each.policyName for each in found] == ["fails-here", "is-private", "policy-failures"]
    assert "The policy 'fails-here' itself failed (ValueError at test_analyzer.py:" in found[2].message
    assert found[2].urn == urn(DATABASE, "db")
    assert "canary" not in repr(found)


@resource_policy(
    id="fails-late", title="F", needs_stack=True, types=(DATABASE,), severity="low", fix="No.", url="https://a.com"
)
def fails_late(database: Resource, config: Config) -> Verdicts:
    yield Violation(database, f"found on {database.name}")
    raise KeyError(database.name)


def test_a_stack_policy_that_fails_is_a_finding_too() -> None:
    engine = Engine(fails_late, counts_all, policy_failures)
    found = engine.analyze_stack(output(DATABASE, "db"))
    assert [each.policyName for each in found][:3] == ["fails-late", "counts-all", "policy-failures"]
    assert "The policy 'fails-late' itself failed (KeyError at test_analyzer.py:" in found[2].message


@pytest.mark.parametrize("finding", [None, "text"])
def test_a_finding_that_is_none_is_a_failure(finding: Any) -> None:
    @resource_policy(id="yields-rubbish", title="R", types=(DATABASE,), severity="low", fix="No.", url="https://a.com")
    def yields_rubbish(database: Resource, config: Config) -> Verdicts:
        yield finding

    assert [each.policyName for each in Engine(yields_rubbish).analyze(DATABASE, "db")] == ["policy-failures"]


@pytest.mark.parametrize("text", ["\ud800", "\x1b[2J", "\u202egnp.exe", "a\0b"])
def test_what_a_terminal_would_obey_or_cannot_show_is_escaped(text: str) -> None:
    @resource_policy(id="yields-text", title="T", types=(DATABASE,), severity="low", fix="No.", url="https://a.com")
    def yields_text(database: Resource, config: Config) -> Verdicts:
        yield Violation(database, text)

    [found] = Engine(yields_text).analyze(DATABASE, "db")
    assert found.message.isascii()
    assert found.message.splitlines()[0].isprintable()


@pytest.mark.parametrize(
    ("block", "level", "blocks"),
    [
        ("as-policy", analyzer_pb2.MANDATORY, True),
        ("as-policy", analyzer_pb2.ADVISORY, False),
        ("always", analyzer_pb2.ADVISORY, True),
        ("never", analyzer_pb2.MANDATORY, False),
    ],
)
def test_config_says_whether_a_failure_blocks(block: str, level: int, blocks: bool) -> None:
    engine = Engine(fails_here, policy_failures)
    engine.configure(fails_here=(level, {}), policy_failures=(analyzer_pb2.MANDATORY, {"block": block}))
    _, failure = engine.analyze(DATABASE, "db")
    assert failure.policyName == "policy-failures"
    assert (failure.enforcementLevel == analyzer_pb2.MANDATORY) == blocks


def test_levels_and_config_come_from_configure() -> None:
    engine = Engine()
    engine.configure(logs_retention=(analyzer_pb2.ADVISORY, {"minDays": 7}), logs_kms=(analyzer_pb2.DISABLED, {}))
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert engine.analyze(group, "logs", retentionInDays=14) == []
    [found] = engine.analyze(group, "logs", retentionInDays=3)
    assert found.enforcementLevel == analyzer_pb2.ADVISORY


def test_a_violation_that_remediation_left_blocks() -> None:
    engine = Engine(is_private)
    engine.configure(is_private=(analyzer_pb2.REMEDIATE, {}))
    [found] = engine.analyze(DATABASE, "db", publiclyAccessible=True)
    assert found.enforcementLevel == analyzer_pb2.MANDATORY


def test_a_policy_that_cannot_remediate_says_so_as_under_pulumi_policy() -> None:
    engine = Engine()
    theirs = pulumi_policys_own()
    levels = {"logs-kms": analyzer_pb2.REMEDIATE, "s3-versioning": analyzer_pb2.REMEDIATE}
    configured = analyzer_pb2.ConfigureAnalyzerRequest(
        policyConfig={name: analyzer_pb2.PolicyConfig(enforcementLevel=level) for name, level in levels.items()}
    )
    request = analyzer_pb2.AnalyzeRequest(type=DATABASE, urn=urn(DATABASE, "db"))
    answers = []
    for analyzer in (engine.analyzer, theirs):
        assert not analyzer.Remediate(request, engine.context).not_applicable
        analyzer.Configure(configured, engine.context)
        answers.append(analyzer.Remediate(request, engine.context))
    assert answers[0] == answers[1]
    assert [each.policy_name for each in answers[0].not_applicable] == ["logs-kms"]


def test_every_mistake_in_the_config_is_a_sentence() -> None:
    engine = Engine()
    with pytest.raises(AbortError) as aborted:
        engine.configure(
            logs_retention=(analyzer_pb2.MANDATORY, {"minDays": 0, "retention": 5}),
            tls_policy=(analyzer_pb2.MANDATORY, {"minimumVersion": "TLSv1"}),
        )
    first, *problems = str(aborted.value).splitlines()
    assert first == "the policy pack's config:"
    assert sorted(problems) == [
        "policy 'logs-retention' has no config key 'retention'; it has 'minDays', 'allowNeverExpire', 'overrides'",
        "policy 'logs-retention', config key 'minDays': 0 is not allowed; it must be an integer from 1 to 3653",
        "policy 'tls-policy', config key 'minimumVersion': \"TLSv1\" is not allowed; it must be one of "
        '"TLSv1.2", "TLSv1.3"',
    ]
    # The config before the mistake is still the one in force.
    assert engine.analyze("aws:cloudwatch/logGroup:LogGroup", "logs", retentionInDays=90, kmsKeyId="arn:aws:k") == []


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (secret(7), "a secret value"),
        (UNKNOWN, "an unknown value"),
        ([{"a": secret("canary")}], "a secret value"),
        ({"a": [UNKNOWN]}, "an unknown value"),
        ({SIGNATURE_KEY: "c44067f5952c0a294b673a41bacd8c17", "text": "canary"}, "an asset"),
    ],
    ids=str,
)
def test_config_that_is_secret_or_unknown_is_one_sentence(value: Any, what: str) -> None:
    with pytest.raises(AbortError) as aborted:
        Engine().configure(logs_retention=(analyzer_pb2.MANDATORY, {"minDays": value}))
    assert str(aborted.value).splitlines()[1:] == [
        f"policy 'logs-retention', config key 'minDays': {what} is not allowed; policy config must be known and in "
        "plain text"
    ]


def test_control_characters_in_names_are_escaped_and_the_urn_is_the_engines() -> None:
    name = "a\nFix: nothing\x1b[2J"
    [found] = Engine(names_it).analyze(DATABASE, name)
    assert found.message.splitlines()[0] == "it is a\\nFix: nothing\\x1b[2J"
    assert found.urn == urn(DATABASE, name)


def test_policies_by_type_are_kept_for_types_that_policies_name_only() -> None:
    engine = Engine()
    for number in range(100):
        engine.analyze(f"aws:made/up{number}:Up", "it")
        engine.analyze(f"other:made/up{number}:Up", "it")
    named = {type_ for policy in PACK.policies for type_ in policy.types}
    assert set(PACK._by_type) <= named | {EVERY_AWS_TYPE}


def test_a_new_stack_starts_afresh() -> None:
    engine = Engine(is_private, counts_all)
    engine.analyze(DATABASE, "db", publiclyAccessible=UNKNOWN)
    engine.configure_stack({}, [])
    [found] = engine.analyze_stack(output(DATABASE, "db", publiclyAccessible=UNKNOWN))
    assert found.message.startswith("1 resources, 0 undecided")


def test_stack_config_reaches_policies_with_what_is_secret() -> None:
    engine = Engine(no_hardcoded_credentials)
    strong = "kX3vTq9ZrLw7bNs2YdFh"
    database = {"password": secret(strong)}
    assert engine.analyze(DATABASE, "db", **database) == []
    engine.configure_stack({"shop:password": strong}, [])
    [found] = engine.analyze(DATABASE, "db", **database)
    assert found.policyName == "no-hardcoded-credentials"
    assert strong not in found.message
    engine.configure_stack({"shop:password": strong}, ["shop:password"])
    assert engine.analyze(DATABASE, "db", **database) == []


def test_the_pack_describes_itself() -> None:
    engine = Engine()
    info = engine.analyzer.GetAnalyzerInfo(Empty(), engine.context)
    assert (info.name, info.version, info.supportsConfig) == ("aws-policypack", VERSION, True)
    assert [each.name for each in info.policies] == [each.id for each in PACK.policies]
    [described] = [each for each in info.policies if each.name == "logs-retention"]
    assert described.enforcementLevel == analyzer_pb2.MANDATORY
    assert described.severity == analyzer_pb2.POLICY_SEVERITY_MEDIUM
    assert described.policy_type == analyzer_pb2.POLICY_TYPE_RESOURCE
    assert described.framework.name == "Security Hub"
    assert described.framework.reference == "CloudWatch.16"
    assert json_format.MessageToDict(described.configSchema.properties)["minDays"]["default"] == 90
    assert described.remediation_steps
    assert described.url
