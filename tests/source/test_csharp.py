"""What C# programs say of values that are unknown at preview."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.source.evaluation import filled, says, written_values

HEAD = """\
using System.Collections.Generic;
using System.Text.Json;
using Pulumi;
using Aws = Pulumi.Aws;
using Pulumi.Aws.Iam;
using Pulumi.Aws.Iam.Inputs;
using Pulumi.Aws.Sns;

const string action = "sns:*";

return await Deployment.RunAsync(() =>
{
    var bucket = new Aws.S3.Bucket("uploads");
"""
TAIL = '    return new Dictionary<string, object?> { ["arn"] = bucket.Arn };\n});\n'
FUNCTION = 'static string Make(string name, string end = "!") => name + end;\n'
CASES = yaml.safe_load(Path(__file__).with_name("csharp_programs.yaml").read_text())


def program(statements: str) -> str:
    return f"{HEAD}{textwrap.indent(statements, '    ')}\n{TAIL}\n{FUNCTION}"


@pytest.mark.parametrize("case", CASES, ids=[case["argument"].splitlines()[-1][:60] for case in CASES])
def test_a_program(case: dict[str, Any]) -> None:
    made = f'new TopicPolicy("it", new TopicPolicyArgs {{ Policy = {case["argument"]} }});'
    text = program(f"{case.get('before', '')}\n{made}")
    assert says(written_values(Program_cs=text)) == filled(case["expected"], "aws.s3.Bucket 'uploads'.arn")


@pytest.mark.parametrize(
    ("loop", "value"),
    [
        ('foreach (var name in new[] { "other", "it" })', 'name + "!"'),
        ('foreach (var (name, end) in new Dictionary<string, string> { ["other"] = "?", ["it"] = "!" })', "name + end"),
    ],
)
def test_a_loop(loop: str, value: str) -> None:
    text = program(f"{loop} {{ new TopicPolicy(name, new() {{ Policy = {value} }}); }}")
    assert says(written_values(Program_cs=text)) == "it!"


def test_a_class_and_its_constructor() -> None:
    text = f"""{HEAD.partition("const")[0]}
class MyStack : Stack {{
    private readonly string end = "!";
    public MyStack() {{ new Part("other", "a"); new Part("it", "b"); }}
    private static string Made(string action) => $"{{action}}x";
    class Part : ComponentResource {{
        public Part(string name, string action) : base("a:b:C", name) {{
            new TopicPolicy(name, new TopicPolicyArgs {{ Policy = Made(action) + end }}, new() {{ Parent = this }});
        }}
    }}
}}
"""
    assert says(written_values(MyStack_cs=text)) == "bx!"


def test_files_share_their_classes() -> None:
    part = """
using Pulumi.Aws.Sns;
class Part {
    public Part(string name, string action) {
        new TopicPolicy(name, new TopicPolicyArgs { Policy = action + Make("a") });
    }
}
"""
    files = {"Program_cs": program('new Part("other", "a"); new Part("it", "b");'), "parts__Part_cs": part}
    assert says(written_values(**files)) == "ba!"
