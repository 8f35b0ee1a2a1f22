"""docs/policies/ is what `python -m tools.catalogue` writes, what it shows is right, and links in the docs work."""

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
import yaml
from pulumi.runtime import rpc

from policypack.config_file import check_config
from policypack.data.role_wirings import ROLE_WIRINGS
from policypack.data.service_keys import NEEDS
from policypack.data.wirings import TRUSTS, WIRINGS
from policypack.pack import PACK
from policypack.policy import Policy
from policypack.testing import decide
from tools import catalogue, sdk_schema
from tools.cases import Case, Declared, Json, Loader, Program, Ref, Setting, cases, read, values
from tools.snippets import PYTHON, TYPESCRIPT

pytestmark = pytest.mark.broad

DOCS = catalogue.FOLDER.parent
INDEX = (catalogue.FOLDER / catalogue.INDEX).read_text()
HAND_WRITTEN = sorted(
    [
        *(file for folder in ("", "decisions/", "formats/") for file in DOCS.glob(f"{folder}*.md")),
        *DOCS.parent.glob("*.md"),
    ]
)
SECTIONS = [
    "What it checks",
    "Why",
    "How to fix a violation",
    "Config",
    "Unknown values",
    "Example",
    "Frameworks",
    "Documentation",
]
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


def relative(file: Path) -> str:
    return str(file.relative_to(DOCS.parent))


def page(policy_id: str) -> str:
    return (catalogue.FOLDER / f"{policy_id}.md").read_text()


def headings(text: str) -> list[str]:
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.findall(r"^#+ (.*)", without_code, re.MULTILINE)


def anchors(text: str) -> list[str]:
    """The anchors of the headings, as GitHub makes them."""
    return [re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings(text)]


def test_the_pages_are_current() -> None:
    written = {file.name: file.read_text() for file in catalogue.FOLDER.iterdir()}
    assert written == catalogue.pages(), "run python -m tools.catalogue"


def test_writing_again_changes_nothing_and_deletes_pages_of_policies_that_are_gone(tmp_path: Path) -> None:
    folder = tmp_path / "policies"
    catalogue.write(folder, {"README.md": "the index", "kept.md": "kept", "gone.md": "gone"})
    (folder / "diagram.svg").write_text("no page")
    for _ in range(2):
        catalogue.write(folder, {"README.md": "the index", "kept.md": "kept"})
        found = {file.name: file.read_text() for file in folder.iterdir()}
        assert found == {"README.md": "the index", "kept.md": "kept", "diagram.svg": "no page"}


@pytest.mark.parametrize("policy", PACK.policies, ids=lambda policy: policy.id)
def test_each_policy_has_its_page_and_its_line_in_the_index(policy: Policy) -> None:
    text = page(policy.id)
    for said in (policy.severity, policy.enforcement, f"<{policy.url}>"):
        assert said in text
    assert headings(text) == [policy.id, *SECTIONS]
    assert len(re.findall(rf"^\| \[`{policy.id}`\]\({policy.id}\.md\) \| .*", INDEX, re.MULTILINE)) == 1


@pytest.mark.parametrize("file", [*sorted(catalogue.FOLDER.glob("*.md")), *HAND_WRITTEN], ids=relative)
def test_links_within_the_repository_lead_somewhere(file: Path) -> None:
    text = file.read_text()
    assert len(set(anchors(text))) == len(anchors(text))
    without_code = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    for link in re.findall(r"\]\((?!https://)([^)]+)\)", without_code):
        path, _, anchor = link.partition("#")
        target = file.parent / path if path else file
        assert target.exists(), link
        assert not anchor or anchor in anchors(target.read_text()), link


@pytest.mark.parametrize("file", HAND_WRITTEN, ids=relative)
def test_configs_to_copy_are_right(file: Path) -> None:
    for config in re.findall(r"^```json\n(.*?)^```", file.read_text(), re.MULTILINE | re.DOTALL):
        assert check_config(config, PACK)[1] == []


@pytest.mark.parametrize("policy_id", [policy_id for policy_id, case in cases().items() if case.config])
def test_configs_of_examples_are_right(policy_id: str) -> None:
    (config,) = re.findall(r"^With the config `(.*)`:$", page(policy_id), re.MULTILINE)
    assert check_config(config, PACK)[1] == []


def test_every_concern_is_a_heading_once_and_the_pack_itself_comes_last() -> None:
    _, *concerns, last = headings(INDEX)
    assert concerns == sorted(set(concerns))
    assert last == "The pack itself"
    pipelines = INDEX.partition("\n## Pipelines\n")[2].partition("\n## ")[0]
    assert re.findall(r"\((.*)\.md\)", pipelines) == ["codepipeline-artifact-store"]


@pytest.mark.parametrize(
    ("policy_id", "said"),
    [
        ("logs-retention", "Resource types: `aws:cloudwatch` LogGroup.\n"),
        ("region-compliance", "Resource types: every AWS resource and `pulumi:providers:aws`.\n"),
        ("tags-required", "Resource types: none; it looks at the stack as a whole.\n"),
        ("encryption-at-rest", "<summary>Which types</summary>\n\n- `aws:apigateway` MethodSettings\n"),
        ("logs-retention", "| `minDays` | an integer from 1 to 3653 | `90` | The fewest days"),
        ("rds-instance-class", 'a string such as "small" or "2xlarge"'),
        ("logs-kms", "## Config\n\nNone.\n"),
        (
            "kms-key-rotation",
            "| advisory | each resource, and the whole stack where values are unknown | yes |",
        ),
        ("s3-versioning", "| high | mandatory | the whole stack | no |"),
        (
            "public-exposure",
            "[FSBP RDS.2](https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2)",
        ),
        (
            "logs-retention",
            "[Security Hub CloudWatch.16]"
            "(https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16)",
        ),
        ("tags-required", "## Frameworks\n\nNone.\n"),
        ("logs-retention", "The policy cannot decide while `LogGroup.retentionInDays` is unknown.\n"),
        ("logs-kms", "The policy decides although `LogGroup.kmsKeyId` is unknown.\n"),
        ("exemptions", "## Example\n\nDoes not apply"),
        ("secret-sourcing", "<https://docs.aws.amazon.com/"),
        ("no-hardcoded-credentials", "<https://www.pulumi.com/docs/iac/concepts/secrets/>"),
    ],
)
def test_what_a_page_says(policy_id: str, said: str) -> None:
    assert said in page(policy_id)


@pytest.mark.parametrize(("policy_id", "case"), cases().items(), ids=list(cases()))
def test_an_example_shows_what_the_policy_reports(policy_id: str, case: Case) -> None:
    policy = next(policy for policy in PACK.policies if policy.id == policy_id)
    for message in decide(policy, *case.faulty.run(), config=case.config).messages:
        assert message in page(policy_id)


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

    def test_a_document_that_is_made_from_an_output(self) -> None:
        text = """
          faulty: {}
          corrected:
            aws:sqs/queue:Queue dead: {}
            aws:sqs/queue:Queue orders: {redrivePolicy: !json {deadLetterTargetArn: !ref dead.arn}}
        """
        made = read(text).corrected
        assert 'pulumi.Output.json_dumps({"deadLetterTargetArn": dead.arn})' in PYTHON.snippet(made)
        assert "pulumi.jsonStringify({ deadLetterTargetArn: dead.arn })" in TYPESCRIPT.snippet(made)
        dead, orders, _ = made.run()
        assert orders.get("redrivePolicy").is_unknown
        assert orders.property_dependencies == {"redrivePolicy": (dead.urn,)}

    def test_a_document_takes_no_config(self) -> None:
        with pytest.raises(yaml.YAMLError, match="plain values and !ref only"):
            yaml.load("policy: !json {Principal: !config accountId}", Loader)


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
            return json.dumps(sent(value.content))
        case dict():
            return {key: sent(each) for key, each in value.items()}
        case list():
            return [sent(each) for each in value]
        case _:
            return value


def test_the_page_of_wirings_is_what_is_generated() -> None:
    assert catalogue.WIRINGS_PAGE.read_text() == catalogue.wirings(), "run `python -m tools.catalogue`"
    types = [row.type for rows in (WIRINGS, ROLE_WIRINGS, TRUSTS, NEEDS) for row in rows]
    assert all(f"`{type_}`" in catalogue.wirings() for type_ in types)
