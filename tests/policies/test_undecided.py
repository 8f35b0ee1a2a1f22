"""The policy that says what could not be decided."""

import dataclasses

from policypack.exemption import Exempted
from policypack.model import Stack
from policypack.record import Record
from policypack.testing import UNKNOWN, ref, resource
from policypack.verdict import Undecided, Violation
from tests.support import POLICIES

POLICY = POLICIES["undecided-at-preview"]
TLS = dataclasses.replace(POLICY, id="tls-policy")
OTHER = dataclasses.replace(POLICY, id="other-policy")


def findings(count: int, **config: object) -> list[tuple[str, str, str | None]]:
    """(URN, message, level) of the policy's findings about listeners whose TLS policy is unknown."""
    source = resource("aws:ssm/parameter:Parameter", "setting")
    listeners = [
        resource("aws:lb/listener:Listener", f"listener-{number}", sslPolicy=ref(source)) for number in range(count)
    ]
    record = Record(Exempted(), Stack([source, *listeners], source.context))
    assert record.stack
    record.undecided = [
        (TLS, Undecided(record.stack.resources[listener.urn].get("sslPolicy"), "is it old?")) for listener in listeners
    ]
    found = POLICY.check(record, POLICY.config_type(**config))
    return [(finding.urn, finding.message, finding.level) for finding in found if isinstance(finding, Violation)]


def test_nothing_undecided_is_nothing_said() -> None:
    assert findings(0) == []


def test_one_line_for_the_stack_with_counts_and_the_first_few() -> None:
    [(urn, message, level)] = findings(5)
    assert urn == ""
    assert level == "advisory"
    assert message.splitlines() == [
        "5 values could not be checked yet, for policies: tls-policy (5).",
        "tls-policy on 'listener-0': sslPolicy is unknown (it comes from 'setting' (Parameter)); is it old?",
        "tls-policy on 'listener-1': sslPolicy is unknown (it comes from 'setting' (Parameter)); is it old?",
        "tls-policy on 'listener-2': sslPolicy is unknown (it comes from 'setting' (Parameter)); is it old?",
        "… and 2 more.",
    ]


def test_as_many_are_named_as_config_says() -> None:
    assert findings(2, show=0)[0][1].splitlines() == [
        "2 values could not be checked yet, for policies: tls-policy (2)."
    ]
    assert "more" not in findings(2, show=2)[0][1]


def test_each_on_its_resource_when_config_says_so() -> None:
    found = findings(2, each=True)
    assert [urn.rpartition("::")[2] for urn, _, _ in found] == ["listener-0", "listener-1"]


def test_it_blocks_only_when_config_says_so() -> None:
    assert {level for _, _, level in findings(1, block=True)} == {"mandatory"}
    assert {level for _, _, level in findings(1, each=True, block=True)} == {"mandatory"}


def test_a_known_value_that_nobody_knows_to_judge_is_shown() -> None:
    listener = resource("aws:lb/listener:Listener", "https", sslPolicy="ELBSecurityPolicy-2050")
    record = Record(
        Exempted(),
        Stack([listener, resource("aws:lb/listener:Listener", "other", sslPolicy=UNKNOWN)], listener.context),
    )
    record.undecided = [(TLS, Undecided(listener.get("sslPolicy")))]
    [finding] = POLICY.check(record, POLICY.config_type())
    assert isinstance(finding, Violation)
    assert 'sslPolicy is "ELBSecurityPolicy-2050"' in finding.message


def test_a_value_that_several_policies_ask_about_is_one_value() -> None:
    listener = resource("aws:lb/listener:Listener", "https", sslPolicy=UNKNOWN, certificateArn=UNKNOWN)
    record = Record(Exempted(), Stack([listener], listener.context))
    tls, certificate = listener.get("sslPolicy"), listener.get("certificateArn")
    record.undecided = [
        (TLS, Undecided(tls, "is it old?")),
        (TLS, Undecided(tls, "is it old?")),
        (OTHER, Undecided(tls, "is it new?")),
        (OTHER, Undecided(certificate)),
    ]
    [finding] = POLICY.check(record, POLICY.config_type())
    assert isinstance(finding, Violation)
    assert finding.message.splitlines() == [
        "2 values could not be checked yet, for policies: tls-policy (1), other-policy (2).",
        "tls-policy, other-policy on 'https': sslPolicy is unknown; is it old? is it new?",
        "other-policy on 'https': certificateArn is unknown",
    ]


def test_sources_are_told_apart_and_a_known_value_has_none() -> None:
    bucket, key = resource("aws:s3/bucket:Bucket", "media"), resource("aws:kms/key:Key", "media")
    listener = resource("aws:lb/listener:Listener", "https", alpnPolicy=[ref(key), ref(bucket), ref(key)])
    stack = Stack([bucket, key, listener], listener.context)
    record = Record(Exempted(), stack)
    listener = stack.resources[listener.urn]
    [element, *_] = listener.each("alpnPolicy[]")
    record.undecided = [(TLS, Undecided(element)), (TLS, Undecided(listener.get("alpnPolicy")))]
    [unknown, known] = (
        finding.message
        for finding in POLICY.check(record, POLICY.config_type(each=True))
        if isinstance(finding, Violation)
    )
    assert "alpnPolicy[0] is unknown (it comes from 'media' (Bucket), 'media' (Key))." in unknown
    assert "alpnPolicy is a list of 3." in known
