"""docs/policies.md is what `python -m tools.catalogue` writes, and what it shows is right."""

from __future__ import annotations

import json
import keyword
import re
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import rpc

from policypack.config_file import check_config
from policypack.pack import PACK
from policypack.policy import Policy
from tools import catalogue, sdk_schema
from tools.cases import Declared, Json, Program, Ref, Setting, cases, values
from tools.snippets import PYTHON, TYPESCRIPT

PAGE = catalogue.FILE.read_text()
PROGRAMS = {
    f"{policy_id}-{which}": program
    for policy_id, case in cases().items()
    for which, program in (("faulty", case.faulty), ("corrected", case.corrected))
}
# https://tc39.es/ecma262/#prod-ReservedWord, and what strict mode, as in modules, reserves too.
RESERVED = {
    *("await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else"),
    *("enum", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import", "in"),
    *("instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public", "return", "static"),
    *("super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield"),
}
TAKEN = RESERVED | {"aws", "config", "json", "pulumi"}


def test_the_page_is_current() -> None:
    assert catalogue.page() == PAGE, "run python -m tools.catalogue"


def section(policy_id: str) -> str:
    return re.split(r"^##", PAGE.split(f"\n### {policy_id}\n")[1], maxsplit=1, flags=re.MULTILINE)[0]


@pytest.mark.parametrize("policy", PACK.policies, ids=lambda policy: policy.id)
def test_each_policy_has_its_section_and_its_line_in_the_contents(policy: Policy) -> None:
    text = section(policy.id)
    for said in (policy.severity, policy.enforcement, policy.url):
        assert said in text
    assert len(re.findall(rf"^\| \[`{policy.id}`\]\(#{policy.id}\) \|", PAGE, re.MULTILINE)) == 1


def test_links_within_the_repository_lead_somewhere() -> None:
    anchors = [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings()]
    assert len(set(anchors)) == len(anchors)
    for target in re.findall(r"\]\((?!https://)([^)]+)\)", PAGE):
        assert target[1:] in anchors if target[0] == "#" else (catalogue.FILE.parent / target).exists(), target


def headings() -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", PAGE, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.*)", without_code, re.MULTILINE)


def test_configs_to_copy_are_right() -> None:
    blocks = re.findall(r"^```json\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)
    inline = re.findall(r"where the config is `(.*)`:", PAGE)
    assert len(blocks) == 3
    assert len(inline) == sum(bool(case.config) for case in cases().values())
    for config in (*blocks, *inline):
        assert check_config(config, PACK)[1] == []


def test_every_concern_is_a_heading_once() -> None:
    assert {"Pipelines (1 policy)", "The pack itself (3 policies)"} <= set(headings())
    assert headings().index("Pipelines (1 policy)") == headings().index("codepipeline-artifact-store") - 1


@pytest.mark.parametrize(
    ("policy_id", "said"),
    [
        ("logs-retention", "**Concerns** `aws:cloudwatch` LogGroup.\n"),
        ("region-compliance", "**Concerns** every AWS resource and `pulumi:providers:aws`.\n"),
        ("tags-required", "**Concerns** the stack as a whole.\n"),
        ("encryption-at-rest", "<summary>Which types</summary>\n\n- `aws:apigateway` MethodSettings\n"),
        ("logs-retention", "| `minDays` | an integer from 1 to 3653 | `90` | The fewest days"),
        ("rds-instance-class", 'a string such as "small" or "2xlarge"'),
        ("logs-kms", "**Config:** none.\n"),
        ("kms-key-rotation", "| medium | advisory | from each resource alone | yes |"),
        ("s3-versioning", "| high | mandatory | from the whole stack | no |"),
        (
            "public-exposure",
            "[FSBP RDS.2](https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2)",
        ),
        ("logs-retention", "**Unknown values:** undecided while `LogGroup.retentionInDays` is unknown.\n"),
        ("logs-kms", "**Unknown values:** `LogGroup.kmsKeyId` may be unknown.\n"),
        ("force-destroy", "forceDestroy is true: `pulumi destroy` deletes it with all that it holds."),
        ("secret-sourcing", "See [AWS's documentation]("),
        ("no-hardcoded-credentials", "See [Pulumi's documentation]("),
    ],
)
def test_what_a_section_says(policy_id: str, said: str) -> None:
    assert said in section(policy_id)


def test_snippets_are_formatted(tmp_path: Path) -> None:
    for name, program in PROGRAMS.items():
        (tmp_path / f"{name}.py").write_text(PYTHON.snippet(program))
    ruff = [sys.executable, "-m", "ruff", "format", "--isolated", "--diff", "--line-length", "100", str(tmp_path)]
    formatted = subprocess.run(ruff, capture_output=True, text=True, check=False)
    assert (formatted.returncode, formatted.stdout) == (0, "")


@pytest.mark.parametrize("name", PROGRAMS)
def test_variables_have_names_that_a_variable_may_have(name: str) -> None:
    python = re.findall(r"^(\S+) = ", PYTHON.snippet(PROGRAMS[name]), re.MULTILINE)
    typescript = re.findall(r"^const (\S+) = ", TYPESCRIPT.snippet(PROGRAMS[name]), re.MULTILINE)
    for variables in (python, typescript):
        made = [variable for variable in variables if variable != "config"]
        assert len(set(variables)) == len(variables)
        assert not TAKEN & set(made)
        assert not any(keyword.iskeyword(variable) or not variable.isidentifier() for variable in made)


class TestSnippet:
    """What the cases need not happen to show."""

    PROGRAM = Program(
        (
            Declared(
                "aws:lambda/function:Function",
                "order-mails",
                {
                    "role": Setting("roleArn", is_secret=False),
                    "memorySize": 256,
                    "publish": True,
                    "deadLetterConfig": {"targetArn": "arn:aws:sqs:eu-west-1:123456789012:dead"},
                    "environment": {"variables": {"maxItems": "1", "API-KEY": Setting("apiKey", is_secret=True)}},
                },
            ),
            Declared("aws:s3/bucket:Bucket", "order-mails", {}),
            Declared("aws:sqs/queue:Queue", "dead", {"name": Ref("order-mails", "invokeArn")}),
        ),
        {"deadUrl": "é"},
    )

    def test_python(self) -> None:
        assert PYTHON.snippet(self.PROGRAM) == (
            "config = pulumi.Config()\n"
            "order_mails = aws.lambda_.Function(\n"
            '    "order-mails",\n'
            '    role=config.require("roleArn"),\n'
            "    memory_size=256,\n"
            "    publish=True,\n"
            '    dead_letter_config={"target_arn": "arn:aws:sqs:eu-west-1:123456789012:dead"},\n'
            '    environment={"variables": {"maxItems": "1", "API-KEY": config.require_secret("apiKey")}},\n'
            ")\n"
            'aws.s3.Bucket("order-mails")\n'
            'aws.sqs.Queue("dead", name=order_mails.invoke_arn)\n'
            'pulumi.export("deadUrl", "é")\n'
        )

    def test_typescript(self) -> None:
        assert TYPESCRIPT.snippet(self.PROGRAM) == (
            "const config = new pulumi.Config();\n"
            'const orderMails = new aws.lambda.Function("order-mails", {\n'
            '    role: config.require("roleArn"),\n'
            "    memorySize: 256,\n"
            "    publish: true,\n"
            '    deadLetterConfig: { targetArn: "arn:aws:sqs:eu-west-1:123456789012:dead" },\n'
            '    environment: { variables: { maxItems: "1", "API-KEY": config.requireSecret("apiKey") } },\n'
            "});\n"
            'new aws.s3.Bucket("order-mails");\n'
            'new aws.sqs.Queue("dead", { name: orderMails.invokeArn });\n'
            'export const deadUrl = "é";\n'
        )


Made = dict[tuple[str, str], dict[str, Any]]
"""The inputs of resources, by their types and names."""


@pytest.mark.slow
def test_the_python_snippets_make_what_the_cases_say() -> None:
    snippets = {name: PYTHON.snippet(program) for name, program in PROGRAMS.items()}
    # In a process of its own: the mocks are global to one.
    with ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn")) as pool:
        made = pool.submit(run_all, snippets).result()
    for name, program in PROGRAMS.items():
        wanted = {(each.type, each.name): expected(each) for each in program.resources}
        assert made[name].keys() == wanted.keys()
        for key, inputs in wanted.items():
            assert made[name][key] | inputs == made[name][key]  # the SDK itself adds some


def run_all(snippets: Mapping[str, str]) -> dict[str, Made]:
    """What Python programs make where mocks stand in Pulumi's place."""
    return {name: run(snippet, PROGRAMS[name]) for name, snippet in snippets.items()}


def run(snippet: str, program: Program) -> Made:
    import pulumi
    import pulumi_aws

    used = list(values([*(each.inputs for each in program.resources), program.outputs]))
    config = {f"test:{value.key}": value for value in used if isinstance(value, Setting)}
    outputs = {value.output for value in used if isinstance(value, Ref)}
    made: Made = {}

    class Recorder(pulumi.runtime.Mocks):
        def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
            made[args.typ, args.name] = plain(args.inputs)
            return f"{args.name}.id", {output: f"{args.name}.{output}" for output in outputs}

        def call(self, args: pulumi.runtime.MockCallArgs) -> Any:
            raise AssertionError(args.token)

    def execute() -> None:
        exec(snippet, {"aws": pulumi_aws, "json": json, "pulumi": pulumi})

    pulumi.runtime.set_mocks(Recorder(), project="test", stack="dev")
    secret = [key for key, value in config.items() if value.is_secret]
    pulumi.runtime.set_all_config({key: value.value for key, value in config.items()}, secret)
    in_pulumi: Any = pulumi.runtime.test
    in_pulumi(execute)()
    return made


def plain(value: Any) -> Any:
    """A value as the mocks get it, with each secret as `Secret: …`."""
    if isinstance(value, dict) and rpc._special_sig_key in value:
        return f"Secret: {value['value']}"
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, list) else value


def expected(declared: Declared) -> dict[str, Any]:
    """The inputs of a resource as the mocks get them."""
    secrets = sdk_schema.secret_inputs(declared.type)
    inputs = {name: sent(value) for name, value in declared.inputs.items()}
    marked = {name: f"Secret: {inputs[name]}" for name in inputs.keys() & secrets if "Secret: " not in inputs[name]}
    return inputs | marked


def sent(value: Any) -> Any:
    match value:
        case Ref():
            return f"{value.name}.{value.output}"
        case Setting():
            return f"Secret: {value.value}" if value.is_secret else value.value
        case Json():
            return json.dumps(value.content)
        case dict():
            return {key: sent(each) for key, each in value.items()}
        case list():
            return [sent(each) for each in value]
        case _:
            return value
