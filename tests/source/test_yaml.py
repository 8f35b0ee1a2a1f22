"""What YAML programs say of values that are unknown at preview."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from policypack.testing import resource
from tests.source.evaluation import TOPIC_POLICY, filled, says, written_values

PROGRAM = """\
name: test
runtime: yaml
config:
  region: {type: string}
  size: {type: string, default: small}
  unset: {type: string}
  token: {type: string, secret: true}
  count: {type: integer}
x-shared: &shared {a: "1"}
resources:
  bucket:
    type: aws:s3:Bucket
    properties: {tags: {Name: docs}}
  existing:
    type: aws:s3/bucket:Bucket
    get: {id: some}
  it:
    type: aws:sns/topicPolicy:TopicPolicy
    properties:
PROPERTIES
variables:
  list: [a, b]
  map: {key: {inner: c}}
  loop: ${loop}
  document:
    fn::invoke:
      function: aws:iam:getPolicyDocument
      arguments: {statements: [{actions: ["sns:*"], resources: ["${bucket.arn}"]}]}
  documentJson:
    fn::invoke:
      function: aws:iam/getPolicyDocument:getPolicyDocument
      arguments: {statements: [{actions: ["sqs:*"]}]}
      return: json
  short:
    fn::aws:iam:getPolicyDocument: {statements: [{actions: ["a:b"]}]}
"""
CASES = yaml.safe_load(Path(__file__).with_name("yaml_programs.yaml").read_text())


def program(properties: str) -> str:
    return PROGRAM.replace("PROPERTIES", textwrap.indent(properties, "      "))


@pytest.mark.parametrize("case", CASES, ids=[case["properties"].splitlines()[-1][:60] for case in CASES])
def test_a_program(case: dict[str, Any]) -> None:
    assert says(written_values(Pulumi_yaml=program(case["properties"]))) == filled(
        case["expected"], "aws.s3.Bucket 'bucket'.arn"
    )


def test_a_resource_may_have_another_name_than_its_key() -> None:
    text = program("policy: ${list[0]}").replace("  it:\n", "  key:\n    name: it\n")
    assert says(written_values(Pulumi_yaml=text)) == "a"


def test_the_line_is_that_of_the_property() -> None:
    text = program("policy:\n  fn::toJSON:\n    a: ${bucket.arn}")
    written = written_values(Pulumi_yaml=text).of(resource(TOPIC_POLICY, "it"), "policy")
    assert written
    assert str(written.place) == f"Pulumi.yaml:{text.splitlines().index('      policy:') + 1}"


def test_only_programs_are_read() -> None:
    values = written_values(chart__values_yaml=program("policy: a"), Pulumi_yaml="name: test\nruntime: yaml\n")
    assert says(values) == "?"
    assert values.note == ""


@pytest.mark.parametrize("text", [f"resources: {'[' * 101}", "resources: {TopicPolicy: [", "TopicPolicy: \x01"])
def test_what_cannot_be_read_is_noted(text: str) -> None:
    values = written_values(Pulumi_yaml=f"# TopicPolicy\n{text}")
    assert says(values) == "?"
    assert "Pulumi.yaml" in values.note
