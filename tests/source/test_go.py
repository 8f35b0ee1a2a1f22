"""What Go programs say of values that are unknown at preview."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.source.evaluation import filled, says, written_values

HEAD = """\
package main

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/iam"
	s3x "github.com/pulumi/pulumi-aws/sdk/v7/go/aws/s3"
	"github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sns"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/config"
)

const action = "sns:*"

func makePolicy(action string, arn pulumi.StringOutput) pulumi.StringOutput {
	return pulumi.Sprintf("%s@%s", action, arn)
}

func main() {
	pulumi.Run(func(ctx *pulumi.Context) error {
		bucket, err := s3x.NewBucket(ctx, "uploads", nil)
"""
TAIL = "\t\treturn err\n\t})\n}\n"
CASES = yaml.safe_load(Path(__file__).with_name("go_programs.yaml").read_text())


def program(statements: str) -> str:
    return f"{HEAD}{textwrap.indent(statements, '    ')}\n{TAIL}"


@pytest.mark.parametrize("case", CASES, ids=[case["argument"].splitlines()[-1][:60] for case in CASES])
def test_a_program(case: dict[str, Any]) -> None:
    made = f'_, err = sns.NewTopicPolicy(ctx, "it", &sns.TopicPolicyArgs{{Policy: {case["argument"]}}})'
    text = program(f"{case.get('before', '')}\n{made}")
    assert says(written_values(main_go=text)) == filled(case["expected"], "aws.s3.Bucket 'uploads'.arn")


@pytest.mark.parametrize(
    ("loop", "expected"),
    [
        ('for _, name := range []string{"it", "other"} {', "it"),
        ('for name, action := range map[string]string{"other": "a", "it": "b"} {', "itb"),
        ('for index, name := range []string{"other", "it"} {', "it1"),
    ],
)
def test_a_loop(loop: str, expected: str) -> None:
    value = {"it": "name", "itb": "name + action", "it1": 'fmt.Sprintf("%s%d", name, index)'}[expected]
    made = f"sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{{Policy: pulumi.String({value})}})"
    assert says(written_values(main_go=program(f"{loop}\n{made}\n}}"))) == expected


def test_a_function_that_makes_a_resource() -> None:
    function = (
        "\nfunc newTopic(ctx *pulumi.Context, name string, actions ...string) {\n"
        "\tsns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{Policy: pulumi.String(actions[1])})\n}\n"
    )
    text = program('newTopic(ctx, "other", "a", "b")\nnewTopic(ctx, "it", "c", "d")') + function
    assert says(written_values(main_go=text)) == "d"


def test_the_files_of_a_folder_share_their_names() -> None:
    made = "sns.NewTopicPolicy(ctx, name, &sns.TopicPolicyArgs{Policy: pulumi.String(prefix + end)})"
    other = (
        f'package main\n\nconst end = "!"\n\nfunc newTopic(ctx *pulumi.Context, name, prefix string) {{\n{made}\n}}\n'
    )
    imports = HEAD[HEAD.index("import") : HEAD.index("const")]
    other = other.replace("package main\n", f"package main\n{imports}")
    elsewhere = 'package other\n\nconst end = "?"\n'
    files = {"main_go": program('newTopic(ctx, "other", "a")\nnewTopic(ctx, "it", "b")'), "topics_go": other}
    assert says(written_values(**files, other__other_go=elsewhere)) == "b!"


def test_a_list_that_another_file_of_the_package_changes() -> None:
    text = program('sns.NewTopicPolicy(ctx, "it", &sns.TopicPolicyArgs{Policy: pulumi.JSONMarshal(actions)})')
    text += '\nvar actions = []string{"a"}\n'
    other = 'package main\n\nfunc init() {\n\tactions[0] = "b"\n}\n'
    assert says(written_values(main_go=text)) == ("json", ["a"])
    assert says(written_values(main_go=text, other_go=other)) == ("json", ["?"])
