"""YAML programs against the facts about SDKs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import found, lint_files

HEAD = "name: shop\nruntime: yaml\n"


def of(program: str) -> dict[str, str]:
    """A project with a program, and a stack without any config."""
    return {"Pulumi.yaml": HEAD + program, "Pulumi.dev.yaml": "config:\n  shop:set: x\n"}


@pytest.mark.parametrize(
    ("program", "message", "fix"),
    [
        (
            "resources:\n  b:\n    type: aws:s3:Bukcet\n",
            "5:11 pulumi-aws 7.51.1 has no resource 'aws:s3:Bukcet'.",
            "Write aws:s3:Bucket.",
        ),
        (
            "resources:\n  b:\n    type: aws:s4:Bucket\n",
            "5:11 pulumi-aws 7.51.1 has no resource 'aws:s4:Bucket'.",
            "Write aws:s3:Bucket.",
        ),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    properties:\n      force_destroy: true\n",
            "7:7 aws:s3:Bucket has no property 'force_destroy'.",
            "Write forceDestroy instead of force_destroy.",
        ),
        (
            "resources:\n  g:\n    type: aws:ec2/securityGroup:SecurityGroup\n    properties:\n      ingress:\n"
            "        - {protocol: tcp, fromPort: 1, toPort: 1, cidrBlock: [a]}\n",
            "8:51 ingress of aws:ec2/securityGroup:SecurityGroup has no property 'cidrBlock'.",
            "Write cidrBlocks instead of cidrBlock, which is a list.",
        ),
        (
            "resources:\n  r:\n    type: aws:iam:Role\n",
            "4:3 aws:iam:Role requires assumeRolePolicy, which is missing.",
            "Add assumeRolePolicy.",
        ),
        (
            "resources:\n  i:\n    type: aws:ec2:Instance\n    properties:\n      vpcSecurityGroupIds: sg-1\n",
            "7:28 vpcSecurityGroupIds of aws:ec2:Instance is a list, and is given a text.",
            "Write a list.",
        ),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    bucket: x\n",
            "6:5 The resource 'b' has the key 'bucket'.",
            "Move bucket into properties of b, or remove it.",
        ),
        ("resources:\n  b:\n    properties: {}\n", "4:3 The resource 'b' has no type.", "Add type."),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\noutputs:\n  x: ${b.arnn}\n",
            "7:6 'b' is of the type aws:s3:Bucket, which has no output 'arnn'.",
            "Write arn instead of arnn.",
        ),
        (
            "resources:\n  bucket:\n    type: aws:s3:Bucket\noutputs:\n  x: ${buckt.arn}\n",
            "7:6 The program has no resource, variable or config key 'buckt'.",
            "Write ${bucket.arn}.",
        ),
        (
            "outputs:\n  x: ${zzz}\n",
            "4:6 The program has no resource, variable or config key 'zzz'.",
            "Declare zzz in config or variables.",
        ),
        (
            "variables:\n  a:\n    fn::invoke:\n      function: aws:ec2:getAmis\n",
            "6:17 pulumi-aws 7.51.1 has no function 'aws:ec2:getAmis'.",
            "Write aws:ec2:getAmi.",
        ),
        (
            "variables:\n  a:\n    fn::invoke:\n      function: aws:ec2:getAmi\n      arguments:\n"
            "        owner: [self]\n",
            "8:9 aws:ec2:getAmi has no property 'owner'.",
            "Write owners instead of owner, which is a list.",
        ),
        (
            "variables:\n  a:\n    fn::aws:getRegio: {}\n",
            "5:5 pulumi-aws 7.51.1 has no function 'aws:getRegio'.",
            "Write aws:getRegion.",
        ),
        (
            "variables:\n  a:\n    fn::toJSN: {}\n",
            "5:5 YAML programs have no function 'fn::toJSN'; did you mean 'tojson'?",
            "Use a name that exists: https://www.pulumi.com/registry/packages/aws/api-docs/ lists those of AWS.",
        ),
        (
            "outputs:\n  x: ${pulumi.stak}\n",
            "4:6 pulumi has no 'stak'; did you mean 'stack'?",
            "Use a name that exists: https://www.pulumi.com/registry/packages/aws/api-docs/ lists those of AWS.",
        ),
    ],
)
def test_what_does_not_exist_is_reported_with_the_nearest_right_name(
    tmp_path: Path, program: str, message: str, fix: str
) -> None:
    record = lint_files(tmp_path, of(program))
    (finding,) = [each for each in record.findings if each.policy.id == "yaml-program"]
    assert f"{finding.violation.line} {finding.violation.message}" == f"Pulumi.yaml:{message}"
    assert finding.fix == fix
    assert finding.level == "mandatory"


@pytest.mark.parametrize(
    "program",
    [
        "resources:\n  b:\n    type: aws:s3:Bucket\noutputs:\n  x: ${b.arn}\n  y: ${b.id}\n  z: ${b.urn}\n",
        "resources:\n  b:\n    type: aws:s3/bucket:Bucket\n    properties: ${settings}\nvariables: {settings: {}}\n",
        "config:\n  size: {type: string, default: x}\nresources: {}\noutputs:\n  x: ${size}\n  y: ${shop:size}\n"
        "  z: ${set}\n",
        "outputs:\n  x: ${pulumi.stack}-${pulumi.cwd}\n  y: $${notOurs}\n",
        "resources:\n  r:\n    type: aws:iam:Role\n    get:\n      id: x\n",
        "resources:\n  p:\n    type: pulumi:providers:aws\n    properties: {region: eu-west-1}\noutputs: {x: '${p}'}\n",
        "resources:\n  c:\n    type: awsx:ec2:Vpc\n    properties: {anything: 1}\noutputs: {x: '${c.vpcId}'}\n",
        "variables:\n  a:\n    fn::invoke:\n      function: aws:getAvailabilityZones\n      return: names\n"
        "outputs:\n  x: ${a[0]}\n",
        "variables:\n  a:\n    fn::aws:getRegion: {}\noutputs:\n  x: ${a.region}\n",
        "variables:\n  a:\n    Fn::ToJSON: {b: c}\noutputs:\n  x: ${a}\n",
        "resources:\n  q:\n    type: aws:sqs:Queue\n    properties:\n      policy: {fn::toJSON: {a: b}}\n"
        "      tags: {fn::invoke: {function: other:x:y}}\n",
        "resources:\n  i:\n    type: aws:ec2:Instance\n    properties:\n      vpcSecurityGroupIds: ${ids}\nvariables:\n"
        "  ids: [a]\n",
        "resources:\n  e:\n    type: aws:ec2:Eip\n    properties: {vpc: true}\n    options: {version: 6.1.0}\n",
        "packages:\n  aws: aws@6.83.0\nresources:\n  e:\n    type: aws:ec2:Eip\n    properties: {vpc: true}\n",
        "resources:\n  b: &b\n    type: aws:s3:Bucket\n  c:\n    <<: *b\n",
        "resources:\n  b:\n    type: aws:s3:Bucket\n    defaultProvider: true\n    name: x\n"
        "    options: {protect: true}\n",
    ],
)
def test_what_exists_is_right(tmp_path: Path, program: str) -> None:
    assert not found(tmp_path, of(program))


def test_a_key_that_any_stack_may_set_is_right(tmp_path: Path) -> None:
    assert not found(tmp_path / "a", {"Pulumi.yaml": HEAD + "outputs:\n  x: ${anything}\n"})
    files = {"Pulumi.yaml": HEAD + "outputs:\n  x: ${anything}\n", "Pulumi.dev.yaml": "environment: [shop/dev]\n"}
    assert not found(tmp_path / "b", files)


def test_a_program_in_main_yaml_is_read_too(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": HEAD + "main: infra\nresources:\n  b:\n    type: aws:s3:Bucket\n",
        "infra/Main.yaml": "resources:\n  c:\n    type: aws:s3:Bukcet\noutputs:\n  x: ${b.arn}\n",
    }
    assert found(tmp_path, files) == [
        "infra/Main.yaml:3:11 yaml-program: pulumi-aws 7.51.1 has no resource 'aws:s3:Bukcet'."
    ]


@pytest.mark.parametrize("value", ["[" * 90 + "]" * 90, "'" + "${a." * 20_000 + "'", "'" + "${" * 40_000 + "'"])
def test_any_value_is_survived(tmp_path: Path, value: str) -> None:
    assert not lint_files(tmp_path, of(f"variables:\n  a: {value}\n")).failures
