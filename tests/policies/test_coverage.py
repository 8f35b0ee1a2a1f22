"""The policy that says which resources no policy checks."""

import pytest

from policypack.testing import decide, resource
from tests.support import POLICIES, check

POLICY = "unchecked-resources"
PROVIDER = resource("pulumi:providers:kubernetes", "cluster")


def test_resources_of_other_aws_providers_are_counted() -> None:
    stack = [
        resource("aws-native:s3:Bucket", "a"),
        resource("aws-native:s3:Bucket", "b"),
        resource("aws-native:ec2:SecurityGroup", "sg"),
        resource("aws:s3/bucket:Bucket", "c"),
    ]
    decision = check(POLICY, *stack)
    assert decision.violations == [""]
    assert decision.messages[0].startswith(
        "3 resources are not checked, as no policy knows the resources of aws-native: 2 aws-native:s3:Bucket and "
        "1 aws-native:ec2:SecurityGroup.\n"
    )


@pytest.mark.parametrize("package", ["aws-native", "awscc", "awsx"])
def test_other_providers_of_aws_are_said_even_where_no_provider_is_told(package: str) -> None:
    assert check(POLICY, resource(f"{package}:ec2:Vpc")).violations == [""]


def test_resources_of_any_other_provider_are_counted() -> None:
    deployment = resource("kubernetes:apps/v1:Deployment", "web", with_provider=PROVIDER)
    # pulumi_policy's arguments do not tell which provider manages a resource, so only ours are asked.
    [message] = decide(POLICIES[POLICY], deployment).messages
    assert message.startswith("1 resource is not checked, as no policy knows the resources of kubernetes: ")
    assert decide(POLICIES[POLICY], deployment, config={"ignored": ["kubernetes"]}).is_clean


@pytest.mark.parametrize(
    "token",
    [
        "aws:s3/bucket:Bucket",
        "pulumi:pulumi:Stack",
        "pulumi:providers:kubernetes",
        "random:index/randomId:RandomId",
        "tls:index/privateKey:PrivateKey",
        "acme:shop:Service",
    ],
)
def test_what_the_pack_knows_or_what_makes_nothing_is_not(token: str) -> None:
    assert check(POLICY, resource(token)).is_clean


@pytest.mark.parametrize(
    "package",
    ["archive", "command", "docker-build", "local", "null", "random", "std", "synced-folder", "time", "tls"],
)
def test_what_a_harmless_provider_makes_is_not(package: str) -> None:
    made = resource(f"{package}:index/thing:Thing", with_provider=resource(f"pulumi:providers:{package}", "provider"))
    assert decide(POLICIES[POLICY], made).is_clean


def test_a_component_is_checked_by_its_children() -> None:
    component = resource("awsx:ec2:Vpc", "network")
    child = resource("aws:ec2/vpc:Vpc", "network")
    child.parent = component.urn
    assert decide(POLICIES[POLICY], component, child).is_clean
    assert check(POLICY, component).violations == [""]


def test_the_most_frequent_types_are_named() -> None:
    stack = [resource(f"aws-native:s3:Type{number}", "a") for number in range(7)]
    assert check(POLICY, *stack).messages[0].splitlines()[0].endswith("and 2 others.")
