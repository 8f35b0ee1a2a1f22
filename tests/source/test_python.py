"""What Python programs say of values that are unknown at preview."""

from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from policypack.testing import resource
from tests.source.evaluation import TOPIC_POLICY, says, written_values

HEAD = """\
import json
import textwrap
import pulumi
import pulumi_aws as aws
from pulumi import Output

queue = aws.sqs.Queue("jobs", visibility_timeout_seconds=30)
config = pulumi.Config()
region = config.get("region") or "us-east-1"
stack = pulumi.get_stack()
password = config.require_secret("token")
statement = {"Effect": "Allow", "Action": "*"}
"""
Case = dict[str, Any]
CASES: Final[dict[str, list[Case]]] = yaml.safe_load(Path(__file__).with_name("python_programs.yaml").read_text())
QUEUE = "<aws.sqs.Queue 'jobs'.arn>"


def evaluated(expression: str, before: str = "") -> object:
    """What an expression of a program comes to."""
    return says(written_values(main_py=f'{HEAD}\n{before}\naws.sns.TopicPolicy("it", policy={expression})\n'))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # Pulumi's own ways to make a text or document of outputs
        ("queue.arn", QUEUE),
        ('queue.arn.apply(lambda arn: json.dumps({"a": arn, "b": "*"}))', ("json", {"a": QUEUE, "b": "*"})),
        (
            'pulumi.Output.json_dumps({"a": queue.arn, "b": [1, True, None]})',
            ("json", {"a": QUEUE, "b": [1, True, None]}),
        ),
        ('Output.json_dumps(obj={"a": queue.arn})', ("json", {"a": QUEUE})),
        (
            'pulumi.Output.all(queue.arn, queue.id).apply(lambda a: f"{a[0]}!{a[1]}")',
            f"{{{QUEUE}}}!{{<aws.sqs.Queue 'jobs'.id>}}",
        ),
        (
            'pulumi.Output.all(arn=queue.arn, b="*").apply(lambda a: json.dumps({"x": a["arn"], "y": a["b"]}))',
            ("json", {"x": QUEUE, "y": "*"}),
        ),
        ('pulumi.Output.concat("a-", queue.arn, "/*")', f"a-{{{QUEUE}}}/*"),
        ('pulumi.Output.format("{0}/{x}/{{}}", queue.arn, x=1)', f"{{{QUEUE}}}/1/{{}}"),
        ('pulumi.Output.from_input("*").apply(lambda x: x)', "*"),
        ('pulumi.Output.secret("literal")', ("secret", "literal")),
        ("queue.arn.apply(json.dumps)", ("json", QUEUE)),
        ('queue.arn.apply(lambda arn: arn + ":" + "*")', f"{{{QUEUE}}}:*"),
        # Texts
        ('f"{queue.arn}/{stack}-{region}-{1}"', f"{{{QUEUE}}}/dev-eu-west-1-1"),
        ('f"{queue.arn!r:>3}x"', "{?}x"),
        ('"%s/%s-%%" % (queue.arn, 5)', f"{{{QUEUE}}}/5-%"),
        ('"%(a)s" % {"a": "b"}', "b"),
        ('"{}-{a}".format("x", a=stack)', "x-dev"),
        ('"{0.a}".format(stack)', "?"),
        ('"-".join(["a", "b"])', "a-b"),
        ('"-".join([queue.arn, "b"])', f"{{{QUEUE}}}-b"),
        ('"A-b".lower().replace("-", "_")', "a_b"),
        ('"a" "b"', "ab"),
        ('textwrap.dedent("  a")', "a"),
        ('str(5) + "x"', "5x"),
        # Lists and maps
        ('["a", *["b", "c"], *config.get_object("x")]', ["a", "b", "c", "?"]),
        ('{"a": 1, **statement}', {"a": 1, "Effect": "Allow", "Action": "*"}),
        ('{"Effect": "Deny", **queue.tags}', {"Effect": "?", "...": "?"}),
        ('{**queue.tags, "Effect": "Deny"}', {"Effect": "Deny", "...": "?"}),
        ('{"a:b": 1, "c": 2, f"{queue.arn}:sub": 3}', {"a:b": 1, "c": 2, "...": "?"}),
        ('statement | {"Action": "s3:*"}', {"Effect": "Allow", "Action": "s3:*"}),
        ('dict(statement, Sid="x")', {"Effect": "Allow", "Action": "*", "Sid": "x"}),
        ('statement["Action"]', "*"),
        ('statement.get("Sid", "none")', "none"),
        ('["a", "b"][1]', "b"),
        ('["a", "b", "c"][:2] + ["d", "e"][-1:]', ["a", "b", "e"]),
        ('["a", *config.get_object("x"), "b"][:5]', ["a", "?"]),
        ('["a", *config.get_object("x"), "b"][-1:]', ["?"]),
        ('"abc"[1:]', "bc"),
        ('["a"] * 2 + ["b" * 2]', ["a", "a", "bb"]),
        ('[5 % 3, 5 - 3, 5 * 3, "a" * 10_000]', [2, 2, 15, "?"]),
        ('["a", "b"][:unheard_of()]', "?"),
        ('[*config.get_object("x"), "b"][1]', "?"),
        ('[f"{queue.arn}/{x}" for x in ("a", "b")]', [f"{{{QUEUE}}}/a", f"{{{QUEUE}}}/b"]),
        ('[x for x in ("a", "b", "dev") if x != stack]', ["a", "b"]),
        ('[x for x in ("a", "b") if x != queue.id]', ["?", "?"]),
        ("{k: v for k, v in statement.items()}", {"Effect": "Allow", "Action": "*"}),
        ('[f"{i}{x}" for i, x in enumerate(["a", "b"])]', ["0a", "1b"]),
        ('[x + y for x in "ab" for y in ["c"]]', ["?"]),
        ('[x + y for x in ["a", "b"] for y in ["c"]]', ["ac", "bc"]),
        ('["a"] + ["b"]', ["a", "b"]),
        # What is one of two
        ('"nginx:1" if queue.id == "dev" else "nginx:2"', "nginx:{?}"),
        ('{"a": "*", "b": 1} if unheard_of() else {"a": "*", "c": 2}', {"a": "*", "...": "?"}),
        ('"*" if unheard_of() else "*"', "*"),
        # What conditions tell
        ('"nginx:1" if stack == "dev" else "nginx:2"', "nginx:1"),
        ('"a" if stack in ("prod", "stage") else "b"', "b"),
        ('"a" if stack not in ("prod", queue.id) else "b"', "?"),
        ('"a" if config.get("none") is None and region else "b"', "a"),
        ('"a" if not config.get("none") or unheard_of() else "b"', "a"),
        ('"a" if config.get_int("count") > 2 else "b"', "a"),
        ('"a" if f"{queue.arn}-x".endswith("-y") else "b"', "b"),
        ('"a" if password else "b"', "?"),
        ('"a" if isinstance(statement, dict) else "b"', "a"),
        ('"a" if any(x == "b" for x in ["a", "b"]) else "b"', "a"),
        ('config.get("none") or "default"', "default"),
        ('config.get("region", "default")', "eu-west-1"),
        ('config.get("none", "default")', "default"),
        ('config.require("none")', "?"),
        ('config.get_int("count")', 3),
        ('pulumi.Config("other").get("region") or "x"', "x"),
        # Secrets stay what they are
        ("password", ("secret", "?")),
        ('config.get("token")', ("secret", "?")),
        ('password.apply(lambda p: json.dumps({"p": p, "q": 1}))', ("secret", ("json", {"p": "?", "q": 1}))),
        ('pulumi.Output.concat("postgres://u:", password, "@h")', ("secret", "postgres://u:{?}@h")),
        # What nobody can tell
        ("unheard_of()", "?"),
        ("queue.arn.apply(unheard_of)", "?"),
        ('open("policy.json").read()', "?"),
        ("(yield)", "?"),
        ("1 / 0", "?"),
    ],
)
def test_an_expression(expression: str, expected: object) -> None:
    assert evaluated(expression) == expected


@pytest.mark.parametrize("case", CASES["names"], ids=itemgetter("expression"))
def test_names_functions_and_classes(case: Case) -> None:
    assert evaluated(case["expression"], case["before"]) == case["expected"]


def test_a_policy_document_of_the_provider_is_the_document_that_it_makes() -> None:
    made = """aws.iam.get_policy_document_output(statements=[
        aws.iam.GetPolicyDocumentStatementArgs(
            actions=["s3:*"], resources=[queue.arn],
            principals=[aws.iam.GetPolicyDocumentStatementPrincipalArgs(type="AWS", identifiers=["*"])],
            conditions=[{"test": "StringEquals", "variable": "aws:SourceAccount", "values": [queue.id]}],
        ),
        {"effect": "Deny", "not_actions": ["a:b", "c:d"], "principals": [{"type": "*", "identifiers": ["*"]}]},
    ]).json"""
    assert evaluated(made) == (
        "json",
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Action": "s3:*",
                    "Resource": QUEUE,
                    "Principal": {"AWS": "*"},
                    "Condition": {"StringEquals": {"aws:SourceAccount": "<aws.sqs.Queue 'jobs'.id>"}},
                },
                {"Effect": "Deny", "NotAction": ["a:b", "c:d"], "Principal": "*"},
            ],
        },
    )
    assert evaluated("aws.iam.get_policy_document(source_policy_documents=[queue.arn]).json") == (
        "json",
        {"Version": "2012-10-17", "Statement": ["?"]},
    )


def test_a_policy_document_that_is_made_of_others_has_their_statements() -> None:
    first = 'a = aws.iam.get_policy_document(statements=[{"sid": "A", "actions": ["a:*"]}, {"actions": ["b:*"]}]).json'
    own = 'statements=[{"sid": "A", "actions": ["c:*"]}]'
    added = evaluated(f"aws.iam.get_policy_document_output(source_policy_documents=[a], {own}).json", first)
    overridden = evaluated(f"aws.iam.get_policy_document_output(override_json=a, {own}).json", first)
    of_a, of_b, of_c = ({"Effect": "Allow", "Sid": "A", "Action": "a:*"}, {"Effect": "Allow", "Action": "b:*"},
                        {"Effect": "Allow", "Sid": "A", "Action": "c:*"})  # fmt: skip
    assert added == ("json", {"Version": "2012-10-17", "Statement": [of_a, of_b, of_c]})
    assert overridden == ("json", {"Version": "2012-10-17", "Statement": [of_a, of_b]})


def test_the_line_is_that_of_the_property() -> None:
    program = written_values(main_py=f'{HEAD}\naws.sns.TopicPolicy(\n    "it",\n    policy=queue.arn,\n)\n')
    written = program.of(resource(TOPIC_POLICY, "it"), "policy")
    assert written
    assert str(written.place) == f"main.py:{len(HEAD.splitlines()) + 4}"


@pytest.mark.parametrize("case", CASES["constructs"], ids=itemgetter("program"))
def test_a_construct(case: Case) -> None:
    program = written_values(main_py=f"{HEAD}\n{case['program']}\n")
    assert says(program, name=case["name"]) == case["expected"]


def test_files_of_a_program_name_each_other() -> None:
    program = written_values(
        main_py='from infra import names\nfrom infra.policies import make\nmake("it", names.ACTION)\n',
        infra____init___py="",
        infra__names_py="from .more import ACTION\n",
        infra__more_py='ACTION = "s3:*"\n',
        infra__policies_py="import pulumi_aws as aws\ndef make(n, a):\n    aws.sns.TopicPolicy(n, policy=a)\n",
    )
    assert says(program) == "s3:*"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("", ["a"]),
        ("names.ACTIONS.append('b')", "?"),
        ("from names import ACTIONS\nACTIONS.append('b')", ["?"]),
        ("def f():\n    names.ACTIONS[0] = 'b'", "?"),
        ("from names import ACTIONS as MINE\nOTHER = MINE\nOTHER += ['b']", ["?"]),
    ],
)
def test_what_one_file_changes_of_another_one_is_not_told(change: str, expected: Any) -> None:
    program = written_values(
        main_py="import pulumi_aws as aws\nimport names, more\naws.sns.TopicPolicy('it', policy=names.ACTIONS)\n",
        names_py="ACTIONS = ['a']\n",
        more_py=f"import names\n{change}\n",
    )
    assert says(program) == expected


def test_a_nested_value_is_found_by_its_path() -> None:
    function = "aws:lambda/function:Function"
    program = written_values(
        main_py=f"""{HEAD}
aws.lambda_.Function("it", environment=aws.lambda_.FunctionEnvironmentArgs(
    variables={{"DB_URL": queue.arn.apply(lambda a: f"postgres://admin:hunter2@{{a}}")}}),
    ephemeral_storage={{"size": 512}}, layers=["a", queue.arn])
"""
    )
    assert says(program, "environment.variables.DB_URL", function) == f"postgres://admin:hunter2@{{{QUEUE}}}"
    assert says(program, "ephemeralStorage.size", function) == 512
    assert says(program, "layers[1]", function) == QUEUE
    assert says(program, "layers[7]", function) == "?"
    assert says(program, "environment.variables.NONE", function) == "?"


def test_a_resource_with_a_parent_is_made_with_options() -> None:
    program = written_values(main_py=f'{HEAD}\naws.sns.TopicPolicy("it", policy="1")\n')
    child = resource(TOPIC_POLICY, "it")
    child.urn = f"urn:pulumi:dev::test::my:index:Component${TOPIC_POLICY}::it"
    assert program.of(child, "policy") is None


def test_transforms_make_the_source_say_nothing() -> None:
    program = written_values(
        main_py=f'{HEAD}\npulumi.runtime.register_resource_transform(f)\naws.sns.TopicPolicy("it", policy="1")\n'
    )
    assert says(program) == "?"
    assert "transforms" in program.note
