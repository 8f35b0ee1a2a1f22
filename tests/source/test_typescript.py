"""What TypeScript and JavaScript programs say of values that are unknown at preview."""

import builtins
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.source.evaluation import filled, says, written_values

HEAD = """\
import * as pulumi from "@pulumi/pulumi";
import * as aws from "@pulumi/aws";
import { TopicPolicy as Renamed } from "@pulumi/aws/sns";
import { ACTION } from "./lib/names";
import * as names from "./lib/names.js";

const bucket = new aws.s3.Bucket("uploads");
const config = new pulumi.Config();
const base = { "d": 'e' };
"""
CASES = yaml.safe_load(Path(__file__).with_name("typescript_programs.yaml").read_text())


@pytest.mark.parametrize("case", CASES, ids=[case["program"].splitlines()[-1][:60] for case in CASES])
def test_a_program(case: dict[str, Any]) -> None:
    program = written_values(index_ts=f"{HEAD}\n{case['program']}\n", lib__names_ts='export const ACTION = "s3:*";\n')
    assert says(program) == filled(case["expected"], "aws.s3.Bucket 'uploads'.arn")


@pytest.mark.parametrize(
    "change",
    ["extend(settings.inner)", "settings.list.forEach(extend)", "Object.assign(settings, { inner: {} })"],
    ids=["of a part", "of elements", "of the whole"],
)
def test_what_functions_of_other_files_change_is_not_told(change: str) -> None:
    program = written_values(
        index_ts=f"""import * as aws from "@pulumi/aws";
import {{ extend }} from "./lib";
const settings = {{ inner: {{ a: "1" }}, list: [] }};
{change};
new aws.sns.TopicPolicy("it", {{ policy: settings.inner }});
""",
        lib_ts='export const extend = (map: any) => Object.assign(map, { a: "2" });\n',
    )
    assert says(program) in ("?", {})


def test_what_another_file_changes_is_not_told() -> None:
    program = written_values(
        index_ts="""import * as aws from "@pulumi/aws";
import { settings } from "./lib";
import "./change";
new aws.sns.TopicPolicy("it", { policy: settings });
""",
        lib_ts='export const settings = { list: [{ a: "1" }] };\n',
        change_ts='import { settings } from "./lib";\nsettings.list.forEach(each => { each.a = "2"; });\n',
    )
    assert says(program) == {"...": "?"}


def test_where_the_parser_is_not_installed_a_note_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any) -> Any:
        if name == "policypack.source.from_typescript":
            raise ImportError
        return real(name, *args)

    monkeypatch.setattr(builtins, "__import__", without)
    program = written_values(index_ts=f'{HEAD}\nnew aws.sns.TopicPolicy("it", {{ policy: "a" }});\n')
    assert says(program) == "?"
    assert "tree-sitter" in program.note
