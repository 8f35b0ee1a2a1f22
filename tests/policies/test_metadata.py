"""Whether instances require IMDSv2."""

from typing import Any

import pytest

from policypack.config import Config
from policypack.model import Context, Resource, Stack
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Violation
from tests.support import POLICIES, check, on_stack

ID = "ec2-imdsv2"
INSTANCE = "aws:ec2/instance:Instance"
SPOT = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
LAUNCH_CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
ACCOUNT = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"
BUILD = "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration"
NOTEBOOK = "aws:sagemaker/notebookInstance:NotebookInstance"
EC2 = [INSTANCE, SPOT, TEMPLATE, LAUNCH_CONFIGURATION]
LAUNCHED = [INSTANCE, SPOT]
TOKENS = "metadataOptions.httpTokens"


def decided(*resources: Resource) -> Any:
    return decide(POLICIES[ID], *resources)


def level(*resources: Resource) -> str | None:
    [found] = on_stack(POLICIES[ID], Stack(resources, Context()), Config())
    assert isinstance(found, Violation)
    return found.level


# What a resource says itself


@pytest.mark.parametrize("type_", EC2)
def test_imdsv1_that_is_allowed_is_reported(type_: str) -> None:
    decision = check(ID, resource(type_, metadataOptions={"httpTokens": "optional", "httpEndpoint": "enabled"}))
    assert decision.violations == [f"it.{TOKENS}"]
    message, fix = decision.messages[0].splitlines()[:2]
    assert message == (
        'metadataOptions.httpTokens is "optional", which allows IMDSv1: a server-side request forgery exposes the '
        "role's credentials."
    )
    assert fix.startswith('Fix: Set metadataOptions.httpTokens to "required". Software that uses IMDSv1, ')
    assert "userData" in fix
    assert "Containers on the instance may also need metadataOptions.httpPutResponseHopLimit 2." in fix


@pytest.mark.parametrize(
    ("type_", "said"),
    [
        (INSTANCE, "changed in place, without a restart."),
        (SPOT, "This replaces the request and with it the instance"),
        (TEMPLATE, "running instances keep their setting until they are replaced."),
        (LAUNCH_CONFIGURATION, "This replaces the launch configuration"),
    ],
)
def test_the_fix_says_what_becomes_of_what_exists(type_: str, said: str) -> None:
    assert said in check(ID, resource(type_, metadataOptions={"httpTokens": "optional"})).messages[0]


@pytest.mark.parametrize("type_", EC2)
@pytest.mark.parametrize("options", [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}])
def test_imdsv2_alone_or_no_metadata_at_all_complies(type_: str, options: dict[str, str]) -> None:
    assert check(ID, resource(type_, metadataOptions=options)).is_clean


@pytest.mark.parametrize("type_", EC2)
@pytest.mark.parametrize("options", [None, {}, {"httpTokens": "", "httpEndpoint": "enabled"}])
def test_what_is_left_out_is_advice(type_: str, options: Any) -> None:
    it = resource(type_, metadataOptions=options)
    decision = decided(it)
    assert decision.violations == [f"it.{TOKENS}"]
    assert decision.messages[0].startswith(
        "metadataOptions.httpTokens is not set: the account and the image decide whether IMDSv1 is allowed. "
    )
    assert "Or set httpTokens of an aws.ec2.InstanceMetadataDefaults" in decision.messages[0]
    assert level(it) == "advisory"


@pytest.mark.parametrize("options", [UNKNOWN, {"httpTokens": UNKNOWN}, {"httpEndpoint": UNKNOWN}])
def test_unknown_options_are_undecided(options: Any) -> None:
    for type_ in EC2:
        decision = check(ID, resource(type_, metadataOptions=options))
        assert (decision.violations, len(decision.undecided)) == ([], 1)


def test_a_secret_option_is_judged_alike_and_not_shown() -> None:
    it = resource(INSTANCE, metadataOptions={"httpTokens": Secret("optional")})
    decision = decided(it)
    assert "metadataOptions.httpTokens is [secret], which allows IMDSv1" in decision.messages[0]
    assert level(it) is None


# Launch templates


def template(**options: Any) -> Resource:
    return resource(TEMPLATE, "lt", metadataOptions=options or None, name="workers")


def launched(type_: str, **inputs: Any) -> list[Any]:
    """Instances that name the template: by reference, by its id, and by its name."""
    ways: list[dict[str, Any]] = [
        {"id": ref(template(), UNKNOWN), "version": "$Latest"},
        {"id": ref(template(), "lt-1")},
        {"name": "workers"},
        {"name": ref(template())},
    ]
    return [resource(type_, "bastion", launchTemplate=way, **inputs) for way in ways]


@pytest.mark.parametrize("type_", LAUNCHED)
@pytest.mark.parametrize("options", [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}])
def test_a_launch_template_that_requires_it_is_enough(type_: str, options: dict[str, str]) -> None:
    for instance in launched(type_):
        assert decided(template(**options), instance).is_clean


@pytest.mark.parametrize("type_", LAUNCHED)
@pytest.mark.parametrize("options", [{"httpTokens": "optional"}, {}, {"httpEndpoint": "enabled"}])
def test_a_template_at_fault_is_reported_once_where_it_is_written(type_: str, options: dict[str, str]) -> None:
    for instance in launched(type_):
        decision = decided(template(**options), instance, *launched(type_))
        assert decision.violations == [f"lt.{TOKENS}"]
        assert decision.undecided == []


@pytest.mark.parametrize("type_", LAUNCHED)
def test_what_the_instance_says_goes_before_the_template(type_: str) -> None:
    for instance in launched(type_, metadataOptions={"httpTokens": "optional"}):
        assert decided(template(httpTokens="required"), instance).violations == [f"bastion.{TOKENS}"]
    for instance in launched(type_, metadataOptions={"httpTokens": "required"}):
        assert decided(template(httpTokens="optional"), instance).violations == [f"lt.{TOKENS}"]
    for instance in launched(type_, metadataOptions={"httpEndpoint": "enabled"}):
        assert decided(template(httpEndpoint="disabled"), instance).violations == [f"bastion.{TOKENS}"]


@pytest.mark.parametrize("type_", LAUNCHED)
@pytest.mark.parametrize(
    ("by", "place"),
    [
        ({"id": "lt-0123"}, "id"),
        ({"name": "of-another-stack"}, "name"),
        ({"id": UNKNOWN}, "id"),
        (UNKNOWN, "id"),
    ],
)
def test_a_template_of_another_stack_is_undecided(type_: str, by: Any, place: str) -> None:
    decision = decided(template(httpTokens="required"), resource(type_, launchTemplate=by))
    assert (decision.violations, decision.undecided) == ([], [f"it.launchTemplate.{place}"])


def test_an_unknown_option_of_the_template_is_undecided_there() -> None:
    for instance in launched(INSTANCE):
        decision = decided(template(httpTokens=UNKNOWN), instance)
        assert (decision.violations, decision.undecided) == ([], [f"lt.{TOKENS}"])


# The account's defaults


@pytest.mark.parametrize("type_", EC2)
@pytest.mark.parametrize("defaults", [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}])
def test_the_defaults_of_the_account_are_enough(type_: str, defaults: dict[str, str]) -> None:
    account = resource(ACCOUNT, "defaults", **defaults)
    assert decided(account, resource(type_)).violations == []
    assert decided(account, template(), *launched(INSTANCE)).violations == []


def test_what_is_said_goes_before_the_defaults() -> None:
    account = resource(ACCOUNT, "defaults", httpTokens="required")
    assert decided(account, template(httpTokens="optional"), *launched(SPOT)).violations == [f"lt.{TOKENS}"]


@pytest.mark.parametrize("defaults", [{}, {"httpTokens": "no-preference"}, {"httpEndpoint": "no-preference"}])
def test_defaults_without_a_preference_change_nothing(defaults: dict[str, str]) -> None:
    account = resource(ACCOUNT, "defaults", **defaults)
    assert decided(account, resource(INSTANCE)).violations == [f"it.{TOKENS}"]


def test_defaults_that_allow_imdsv1_are_reported_once_where_they_are_written() -> None:
    account = resource(ACCOUNT, "defaults", httpTokens="optional")
    decision = decided(account, resource(INSTANCE), template())
    assert decision.violations == ["defaults.httpTokens"]
    assert "Instances that exist keep their setting." in decision.messages[0]
    assert level(account) is None


def test_unknown_defaults_are_undecided() -> None:
    account = resource(ACCOUNT, "defaults", httpTokens=UNKNOWN)
    assert decided(account, resource(INSTANCE)).violations == []


def test_defaults_are_those_of_one_region() -> None:
    ireland = resource("pulumi:providers:aws", "ireland", region="eu-west-1")
    tokyo = resource("pulumi:providers:aws", "tokyo", region="ap-northeast-1")
    account = resource(ACCOUNT, "defaults", httpTokens="required", with_provider=tokyo)
    assert decided(account, resource(INSTANCE, with_provider=ireland)).violations == [f"it.{TOKENS}"]
    assert decided(account, resource(INSTANCE, with_provider=tokyo)).is_clean
    assert decided(account, resource(INSTANCE, region="eu-west-1", with_provider=tokyo)).violations == [f"it.{TOKENS}"]


# Notebooks and image builds


def test_notebooks_allow_imdsv1_unless_told_otherwise() -> None:
    path = "instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion"
    for version, shown in ((None, "not set, so"), ("1", '"1", which')):
        notebook = resource(
            NOTEBOOK, instanceMetadataServiceConfiguration={"minimumInstanceMetadataServiceVersion": version}
        )
        decision = check(ID, notebook)
        assert decision.violations == [f"it.{path}"]
        assert f"{path} is {shown} " in decision.messages[0]
        assert f'Fix: Set {path} to "2". ' in decision.messages[0]
        assert "stopped and started" in decision.messages[0]
        assert "httpPutResponseHopLimit" not in decision.messages[0]
        assert level(notebook) is None
    assert check(ID, resource(NOTEBOOK)).violations == [f"it.{path}"]
    for right in ({"minimumInstanceMetadataServiceVersion": "2"}, {"minimumInstanceMetadataServiceVersion": 2.0}):
        assert check(ID, resource(NOTEBOOK, instanceMetadataServiceConfiguration=right)).is_clean
    unknown = check(ID, resource(NOTEBOOK, instanceMetadataServiceConfiguration=UNKNOWN))
    assert (unknown.violations, unknown.undecided) == ([], [f"it.{path}"])


def test_image_builds_have_the_setting_too() -> None:
    wrong = resource(BUILD, instanceMetadataOptions={"httpTokens": "optional"})
    assert check(ID, wrong).violations == ["it.instanceMetadataOptions.httpTokens"]
    assert check(ID, resource(BUILD, instanceMetadataOptions={"httpTokens": "required"})).is_clean
    assert decided(resource(ACCOUNT, "defaults", httpTokens="required"), resource(BUILD)).is_clean


# Remediation


def remediation(it: Resource) -> list[Any]:
    remediate = POLICIES[ID].remediate
    assert remediate
    return [(each.path, each.remediation) for each in remediate(it, Config()) if isinstance(each, Violation)]


def test_it_is_remedied_where_that_changes_nothing_else() -> None:
    for type_ in (INSTANCE, TEMPLATE):
        for wrong in ({}, {"httpTokens": "optional"}):
            assert remediation(resource(type_, metadataOptions=wrong)) == [(TOKENS, "required")]
        rest: list[dict[str, Any]] = [{"httpTokens": "required"}, {"httpEndpoint": "disabled"}, {"httpTokens": UNKNOWN}]
        for options in rest:
            assert remediation(resource(type_, metadataOptions=options)) == []
    for type_ in (SPOT, LAUNCH_CONFIGURATION, NOTEBOOK, ACCOUNT):
        assert remediation(resource(type_)) == []


def test_no_remediation_goes_over_a_launch_template() -> None:
    assert [remediation(instance) for instance in launched(INSTANCE)] == [[], [], [], []]
    [instance, *_] = launched(INSTANCE, metadataOptions={"httpTokens": "optional"})
    assert remediation(instance) == [(TOKENS, "required")]
