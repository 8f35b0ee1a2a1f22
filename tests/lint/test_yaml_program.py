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
            "7:28 vpcSecurityGroupIds of aws:ec2:Instance is a list, and is given a string.",
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
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    properties: {protect: true}\n",
            "6:18 aws:s3:Bucket has no property 'protect'.",
            "Move protect from properties into options of b.",
        ),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    dependsOn: []\n",
            "6:5 The resource 'b' has the key 'dependsOn'.",
            "Move dependsOn into options of b, or remove it.",
        ),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    options: {dependOn: []}\n",
            "6:15 Resources have no option 'dependOn'; did you mean 'dependson'?",
            "Rename dependOn.",
        ),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    options: {forceDestroy: true}\n",
            "6:15 Resources have no option 'forceDestroy'.",
            "Move forceDestroy into properties of b, or remove it.",
        ),
        (
            "variables:\n  a: ${b}\n  b:\n    fn::toJSON: {x: '${c.arn}'}\nresources:\n  c:\n"
            "    type: aws:s3:Bucket\n    properties: {bucket: '${a}'}\n",
            "4:3 'a' depends on itself, by way of 'b' and 'c'.",
            "Remove one of the references, or put what both need into a resource of its own.",
        ),
        (
            "resources:\n  b:\n    type: aws:s3:Bucket\n    options: {dependsOn: ['${b}']}\n",
            "4:3 'b' depends on itself.",
            "Remove one of the references, or put what both need into a resource of its own.",
        ),
        (
            "config:\n  b: {type: string}\nresources:\n  b:\n    type: aws:s3:Bucket\n",
            "6:3 The resource 'b' has the name of a config key.",
            "Rename one of them, and the references to it.",
        ),
        (
            "variables:\n  pulumi: x\n",
            "4:3 The variable 'pulumi' has the name of what the language itself defines.",
            "Rename one of them, and the references to it.",
        ),
        (
            "variables:\n  a: {fn::join: ['-', x, y]}\n",
            "4:17 fn::join takes a list of two values.",
            "Write fn::join: [DELIMITER, VALUES].",
        ),
        (
            "variables:\n  a: {fn::invoke: {arguments: {}}}\n",
            "4:7 fn::invoke does not say which function.",
            "Add function.",
        ),
        (
            "variables:\n  a:\n    fn::invoke: {function: 'aws:ec2:getVpc', return: vpcId}\n",
            "5:54 aws:ec2:getVpc returns no 'vpcId'.",
            "Use one of its results.",
        ),
        (
            "outputs:\n  x: arn:${pulumi.stack\n",
            "4:6 A reference is begun by ${ and never ended.",
            "Add }, or write $${ where the text itself is meant.",
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


def test_what_has_a_property_is_hardly_config_of_a_stack(tmp_path: Path) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": HEAD + "outputs:\n  x: ${anything.arn}\n"})
    (finding,) = record.findings
    assert finding.violation.message == "The program has no resource, variable or config key 'anything'."
    # Structured config, which a stack may set, has properties.
    assert finding.level == "advisory"


def test_config_that_a_template_asks_for_is_there(tmp_path: Path) -> None:
    template = "template: {config: {size: {description: How large it is.}}}\n"
    assert not found(tmp_path, {**of(template + "outputs:\n  x: ${size}\n")}, "yaml-program")


def test_a_cycle_of_thousands_is_found_in_linear_time(tmp_path: Path) -> None:
    program = "variables:\n" + "".join(f"  v{i}: ${{v{(i + 1) % 9_000}}}\n" for i in range(9_000))
    (message,) = found(tmp_path, of(program), "yaml-program")
    assert "'v0' depends on itself, by way of " in message


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.dev.yaml"])
def test_a_key_that_occurs_twice_is_reported(tmp_path: Path, name: str) -> None:
    files = of("resources: {}\n")
    files[name] += "config:\n  a: x\n  a: y\n" if name == "Pulumi.yaml" else "  shop:set: y\n"
    (message,) = [each for each in found(tmp_path, files) if "there already" in each]
    assert f"{name} cannot be read: the key '" in message


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
