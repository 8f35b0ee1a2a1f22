"""What Java programs say of values that are unknown at preview."""

import textwrap
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.source.evaluation import filled, says, written_values

HEAD = """\
package shop;

import com.pulumi.Context;
import com.pulumi.Pulumi;
import com.pulumi.core.Output;
import com.pulumi.aws.iam.IamFunctions;
import com.pulumi.aws.iam.inputs.*;
import com.pulumi.aws.s3.Bucket;
import com.pulumi.aws.sns.*;
import static com.pulumi.codegen.internal.Serialization.*;

public class App {
    static final String ACTION = "sns:*";
    private static String make(String action) { return action + "!"; }
    public static void main(String[] args) { Pulumi.run(App::stack); }
    public static void stack(Context ctx) {
        var bucket = new Bucket("uploads");
"""
CASES = yaml.safe_load(Path(__file__).with_name("java_programs.yaml").read_text())


def program(statements: str) -> str:
    return f"{HEAD}{textwrap.indent(statements, '        ')}\n    }}\n}}\n"


@pytest.mark.parametrize("case", CASES, ids=[case["argument"].splitlines()[-1][:60] for case in CASES])
def test_a_program(case: dict[str, Any]) -> None:
    made = f'new TopicPolicy("it", TopicPolicyArgs.builder().arn("x").policy({case["argument"]}).build());'
    text = program(f"{case.get('before', '')}\n{made}")
    assert says(written_values(App_java=text)) == filled(case["expected"], "aws.s3.Bucket 'uploads'.arn")


def test_a_loop() -> None:
    made = 'new TopicPolicy(name, TopicPolicyArgs.builder().policy(name + "!").build());'
    assert says(written_values(App_java=program(f'for (var name : List.of("other", "it")) {{ {made} }}'))) == "it!"


def test_a_class_and_its_constructor() -> None:
    part = """
class Part extends ComponentResource {
    private final String end = "!";
    Part(String name, String... actions) {
        super("a:b:C", name);
        new com.pulumi.aws.sns.TopicPolicy(name, TopicPolicyArgs.builder().policy(actions[0] + end).build(), options);
        new com.pulumi.aws.sns.TopicPolicy(name + "t", TopicPolicyArgs.builder().policy(this.end).build(), options);
    }
}
"""
    text = program('new Part("other", "a"); new Part("i", "b");') + part
    assert says(written_values(App_java=text)) == "!"


def test_files_share_their_classes() -> None:
    part = """
import com.pulumi.aws.sns.TopicPolicy;
class Part {
    Part(String name, String action) {
        new TopicPolicy(name, TopicPolicyArgs.builder().policy(action + Names.end()).build());
    }
}
"""
    files = {"App_java": program('new Part("other", "a"); new Part("it", "b");'), "shop__Part_java": part}
    assert says(written_values(**files)) == "b{?}"


def test_a_field_that_a_method_changes_is_unknown() -> None:
    text = program('new TopicPolicy("it", TopicPolicyArgs.builder().policy(policy + "!").build());')
    text += 'class Names { static String policy = "a"; void change() { policy = "b"; } }\n'
    assert says(written_values(App_java=text)) == "{?}!"
