"""What the lint says of a program shows none of its literals, any of which may be a secret."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from policypack.lint.expressions import python_expression, typescript_expression
from policypack.lint.typescript_file import parse_typescript
from tests.cli.driver import main
from tests.lint.support import IMPORTS, PYTHON_PROJECT, project, typescript

_SECRET = "Zx81kq-Hunter2!pw"
_NUMBER = "8417309265"
_PYTHON = f"""
made = pulumi.Output.secret("{_SECRET}")
text = f"postgres://{{pulumi.Output.secret('{_SECRET}')}}"
added = "a" + pulumi.Output.secret({_NUMBER})
shown = str(made["{_SECRET}"])
dumped = json.dumps({{"a": pulumi.Output.secret(f"{_SECRET}{{text}}")}})
upper = pulumi.Output.secret("{_SECRET}").upper()
joined = "-".join([pulumi.Output.concat("{_SECRET}", {_NUMBER})])
if pulumi.Output.secret("{_SECRET}") == "{_SECRET}":
    pass
aws.s3.Bucket(pulumi.Output.secret("{_SECRET}"))
aws.s3.Bucket("b", opts=pulumi.ResourceOptions(ignore_changes="{_SECRET}"))
aws.s3.Bucket("c", opts=pulumi.ResourceOptions(parent="{_SECRET}", provider="{_SECRET}"))
aws.s3.Bucket("d", opts="{_SECRET}")
aws.rds.Instance("{_SECRET}", passwrd="{_SECRET}").adress
pulumi.Config("{_SECRET}").require("db:name")
print(pulumi.Output.secret("{_SECRET}"))
pulumi.Output.secret("{_SECRET}").apply(lambda x: x)
pulumi.export("password", "{_SECRET}")
db_password = "{_SECRET}"
"""
_TYPESCRIPT = f"""
const text = `postgres://${{pulumi.secret("{_SECRET}")}}`;
const inner = `${{pulumi.secret(`{_SECRET}`)}}`;
const added = "a" + pulumi.secret({_NUMBER} /* {_SECRET} */);
const made = pulumi.secret({{ a: "{_SECRET}" }});
const json = JSON.stringify({{ a: made["{_SECRET}"] }});
const shown = String(pulumi.secret(/{_SECRET}/));
console.log(pulumi.secret("{_SECRET}"));
async function wait() {{ await pulumi.secret("{_SECRET}"); }}
pulumi.secret("{_SECRET}").apply(x => "{_SECRET}");
new pulumi.Config("{_SECRET}").require("db:name");
new aws.s3.Bucket("{_SECRET}", {{ buckett: "{_SECRET}" }}).adress;
export const password = "{_SECRET}";
"""
_FOUND_IN_PYTHON = (
    *("config-reads", "exported-secret", "lost-output", "output-as-text", "output-as-value", "resource-name"),
    *("resource-options", "sdk-names", "secret-in-source"),
)
_FOUND_IN_TYPESCRIPT = (*("config-reads", "exported-secret", "lost-output", "output-as-text", "sdk-names"),)


@pytest.mark.parametrize(
    ("files", "policies"),
    [
        ({"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + _PYTHON}, _FOUND_IN_PYTHON),
        (typescript(_TYPESCRIPT), _FOUND_IN_TYPESCRIPT),
    ],
    ids=["python", "typescript"],
)
@pytest.mark.parametrize("format_", ["text", "json", "sarif"])
def test_no_report_shows_a_literal(
    files: dict[str, str],
    policies: tuple[str, ...],
    format_: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    main("lint", str(project(tmp_path, files)), "--format", format_)
    said = "".join(capsys.readouterr())
    assert [policy for policy in policies if policy not in said] == []
    assert _SECRET not in said
    assert _NUMBER not in said


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("config.require('key').upper()", "config.require(…).upper()"),
        ("bucket.tags['Name']", 'bucket.tags["Name"]'),
        ("subnets[0].id", "subnets[0].id"),
        ("subnets[8417309265].id", "subnets[…].id"),
        (f"made['{_SECRET}']", "made[…]"),
        (f"made['{'a' * 40}']", "made[…]"),
        (f"f'{_SECRET}'.upper()", '"…".upper()'),
        (f"{'long_' * 20}name", f"{('long_' * 20)[:59]}…"),
    ],
)
def test_an_expression_of_python_is_shown_without_its_literals(written: str, shown: str) -> None:
    assert python_expression(ast.parse(written, mode="eval").body) == shown


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("config.require('key')", "config.require(…)"),
        ("bucket.tags['Name'].apply()", 'bucket.tags["Name"].apply()'),
        ("this.subnets[0].id", "this.subnets[0].id"),
        ("(subnets[8417309265] as any)!.id", "subnets[…].id"),
        (f"made['{_SECRET}']", "made[…]"),
        (f"pulumi.interpolate`{_SECRET}`", "pulumi.interpolate(…)"),
        (f"new aws.s3.Bucket('{_SECRET}').id", "aws.s3.Bucket(…).id"),
        (f"`{_SECRET}`.length", '"…".length'),
    ],
)
def test_an_expression_of_typescript_is_shown_without_its_literals(written: str, shown: str) -> None:
    (statement,) = parse_typescript("index.ts", written).of_type("expression_statement")
    assert typescript_expression(statement.named_children[0]) == shown
