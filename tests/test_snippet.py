"""Snippets of programs: each language's own syntax, in lines that stay readable where the engine prints them."""

from __future__ import annotations

import ast
from typing import Any

import pytest
import yaml
from tree_sitter import Language, Parser
from tree_sitter_typescript import language_typescript

from policypack.model import Context, Resource
from policypack.snippet import Code, Declaration, Document, Output, as_json, in_program
from policypack.source.languages import program_language
from policypack.testing import resource
from tests.support import SilentProgram

QUEUE, BUCKET = "aws:sqs/queue:Queue", "aws:s3/bucket:Bucket"


class Program(SilentProgram):
    def __init__(self, language: str) -> None:
        self.language = language


def in_language(language: str, name: str = "orders-in") -> Resource:
    return resource(QUEUE, name, with_context=Context(program=Program(language)))


def statement(queue: Resource, *buckets: Resource) -> dict[str, Any]:
    sources = [Output(each, "arn", f"ARN of '{each.name}'", "/*") for each in buckets]
    return {
        "Effect": "Allow",
        "Principal": {"Service": "s3.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": Output(queue, "arn", "arn:aws:sqs:eu-west-1:111122223333:orders"),
        "Condition": {"ArnLike": {"aws:SourceArn": sources}, "StringEquals": {"aws:SourceAccount": "111122223333"}},
    }


def policy(queue: Resource, *buckets: Resource) -> Declaration:
    document = Document({"Version": "2012-10-17", "Statement": [statement(queue, *buckets)]})
    return Declaration("aws.sqs.QueuePolicy", "orders", {"queueUrl": Output(queue, "url", ""), "policy": document})


def lines(language: str, *code: Code) -> list[str]:
    first, *others = in_program(in_language(language), code).split("\n")
    assert first.startswith("In ")
    assert first.endswith(":")
    return others


def test_in_python() -> None:
    queue, bucket = in_language("python"), resource(BUCKET, "lambda")
    found = "\n".join(lines("python", policy(queue, bucket)))
    tree = ast.parse(found)
    assert found.startswith('aws.sqs.QueuePolicy(\n    "orders",\n    queue_url=orders_in.url,\n')
    assert '"aws:SourceArn": [pulumi.Output.concat(lambda_.arn, "/*")]' in found
    assert isinstance(tree.body[0], ast.Expr)


def test_in_typescript() -> None:
    queue, bucket = in_language("typescript"), resource(BUCKET, "new")
    found = "\n".join(lines("typescript", policy(queue, bucket)))
    tree = Parser(Language(language_typescript())).parse(found.encode())
    assert not tree.root_node.has_error
    assert found.startswith('new aws.sqs.QueuePolicy("orders", {\n    queueUrl: ordersIn.url,\n')
    assert '"aws:SourceArn": [pulumi.concat(new_.arn, "/*")]' in found


def test_in_yaml_where_the_language_has_no_form_of_its_own() -> None:
    queue, bucket = in_language(""), resource(BUCKET, "data")
    read = yaml.safe_load("\n".join(lines("", policy(queue, bucket))))
    document = read["orders"]["properties"].pop("policy")["fn::toJSON"]
    assert read == {"orders": {"type": "aws:sqs:QueuePolicy", "properties": {"queueUrl": "${orders-in.url}"}}}
    [found] = document["Statement"]
    assert found["Condition"]["ArnLike"] == {"aws:SourceArn": ["${data.arn}/*"]}
    assert found["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert found["Resource"] == "${orders-in.arn}"


@pytest.mark.parametrize("language", ["python", "typescript", ""])
def test_no_line_is_longer_than_the_terminal_has_room_for(language: str) -> None:
    buckets = [resource(BUCKET, f"a-bucket-with-a-long-name-{index}") for index in range(9)]
    found = lines(language, policy(in_language(language), *buckets), statement(in_language(language), buckets[0]))
    if language:
        assert max(map(len, found)) <= 90


def test_resources_of_the_same_name_are_told_apart() -> None:
    queue, bucket = in_language("python", "data"), resource(BUCKET, "data")
    found = in_program(queue, [statement(queue, bucket)])
    assert '"Resource": data_queue.arn' in found
    assert "data_bucket.arn" in found


def test_names_that_make_the_same_variable_are_told_apart() -> None:
    buckets = [resource(BUCKET, name) for name in ("my-data", "my_data", "myData")]
    found = in_program(in_language("python"), [statement(in_language("python"), *buckets)])
    assert [f"{name}.arn, " in found for name in ("my_data_bucket", "my_data_bucket_2", "my_data_bucket_3")] == [
        True
    ] * 3


@pytest.mark.parametrize("name", ["aws", "pulumi"])
def test_no_variable_hides_an_sdk(name: str) -> None:
    found = in_program(in_language("python", name), [statement(in_language("python", name))])
    assert f'"Resource": {name}_queue.arn' in found


def test_a_text_that_yaml_would_interpolate_is_escaped() -> None:
    assert lines("", {"Resource": "arn:aws:s3:::home/${aws:username}"}) == [
        '- Resource: "arn:aws:s3:::home/$${aws:username}"'
    ]


def test_as_json_has_words_for_what_is_not_known() -> None:
    queue, bucket = in_language(""), resource(BUCKET, "data")
    assert '"aws:SourceArn": ["ARN of \'data\'/*"]' in as_json(statement(queue, bucket))


@pytest.mark.parametrize(
    ("files", "language"),
    [
        (["__main__.py", "handler/index.js"], "python"),
        (["index.ts", "functions/resize.py"], "typescript"),
        (["infra.py", "config.yaml"], "python"),
        (["src/main.ts", "package.json"], "typescript"),
        (["main.go"], ""),
        (["a.py", "b.ts"], ""),
        (["Main.yaml"], ""),
        ([], ""),
    ],
)
def test_the_language_of_a_program(files: list[str], language: str) -> None:
    assert program_language(files) == language
