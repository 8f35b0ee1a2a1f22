"""The policy that says what could not be decided."""

import dataclasses

from policypack.exemption import RunExemptions
from policypack.model import Stack
from policypack.record import Record
from policypack.testing import UNKNOWN, Secret, ref, resource
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
    record = Record(RunExemptions(source.context.today), Stack([source, *listeners], source.context))
    assert record.stack
    record.undecided = [
        (TLS, Undecided(record.stack.resources[listener.urn].get("sslPolicy"), "is it old?")) for listener in listeners
    ]
    found = POLICY.check(record, POLICY.config_type(**config))
    return [(finding.urn, finding.message, finding.level) for finding in found if isinstance(finding, Violation)]


def test_nothing_undecided_is_nothing_said() -> None:
    assert findings(0) == []


def test_one_finding_for_the_stack_with_counts_and_the_first_few() -> None:
    [(urn, message, level)] = findings(5)
    assert urn == ""
    assert level == "advisory"
    assert message.splitlines() == [
        "5 values are unknown until the update, so 1 policy could not check them.",
        "listener-0.sslPolicy (tls-policy): is it old?",
        "listener-1.sslPolicy (tls-policy): is it old?",
        "listener-2.sslPolicy (tls-policy): is it old?",
        "… and 2 more.",
    ]


def test_as_many_are_named_as_config_says() -> None:
    assert findings(1, show=0)[0][1].splitlines() == [
        "1 value is unknown until the update, so 1 policy could not check it."
    ]
    assert "more" not in findings(2, show=2)[0][1]


def test_each_on_its_resource_when_config_says_so() -> None:
    found = findings(2, each=True)
    assert [urn.rpartition("::")[2] for urn, _, _ in found] == ["listener-0", "listener-1"]


def test_it_blocks_only_when_config_says_so() -> None:
    assert {level for _, _, level in findings(1, block=True)} == {"mandatory"}
    assert {level for _, _, level in findings(1, each=True, block=True)} == {"mandatory"}


def test_a_known_value_is_not_called_unknown() -> None:
    listener = resource("aws:lb/listener:Listener", "https", sslPolicy="ELBSecurityPolicy-2050")
    other = resource("aws:lb/listener:Listener", "other", sslPolicy=UNKNOWN)
    record = Record(RunExemptions(listener.context.today), Stack([listener, other], listener.context))
    record.undecided = [(TLS, Undecided(listener.get("sslPolicy"), "is it old?"))]
    [finding] = POLICY.check(record, POLICY.config_type())
    assert isinstance(finding, Violation)
    assert finding.message.splitlines() == [
        "1 value is known, but depends on others that are not, or that are outside of this stack, so 1 policy could "
        "not "
        "check it.",
        'https.sslPolicy, which is "ELBSecurityPolicy-2050" (tls-policy): is it old?',
    ]
    record.undecided.append((TLS, Undecided(other.get("sslPolicy"))))
    [both] = POLICY.check(record, POLICY.config_type())
    assert isinstance(both, Violation)
    assert both.message.splitlines()[:2] == [
        "1 value is unknown until the update, so 1 policy could not check it.",
        "other.sslPolicy (tls-policy)",
    ]


def test_a_value_that_several_policies_ask_about_is_one_value() -> None:
    listener = resource("aws:lb/listener:Listener", "https", sslPolicy=UNKNOWN, certificateArn=UNKNOWN)
    record = Record(RunExemptions(listener.context.today), Stack([listener], listener.context))
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
        "2 values are unknown until the update, so 2 policies could not check them.",
        "https.sslPolicy (tls-policy, other-policy): is it old? is it new?",
        "https.certificateArn (other-policy)",
    ]
    each = [found for found in POLICY.check(record, POLICY.config_type(each=True)) if isinstance(found, Violation)]
    assert [found.message for found in each] == [
        "tls-policy, other-policy could not check sslPolicy: is it old? is it new? It is unknown until the update.",
        "other-policy could not check certificateArn. It is unknown until the update.",
    ]


def test_a_secret_value_is_not_shown() -> None:
    listener = resource("aws:lb/listener:Listener", "https", sslPolicy=Secret("canary"))
    record = Record(RunExemptions(listener.context.today), Stack([listener], listener.context))
    record.undecided = [(TLS, Undecided(listener.get("sslPolicy")))]
    for config in ({}, {"each": True}):
        [finding] = POLICY.check(record, POLICY.config_type(**config))
        assert isinstance(finding, Violation)
        assert "canary" not in finding.message
