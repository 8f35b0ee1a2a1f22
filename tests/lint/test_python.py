"""What Python programs do wrong with outputs, secrets, config and names."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import IMPORTS, PYTHON_PROJECT, found, found_in_python, lint_files

BUCKET = 'bucket = aws.s3.Bucket("b")\n'


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (BUCKET + 'print(f"arn: {bucket.arn}")', "7:15 output-as-text: The output bucket.arn stands in an f-string"),
        (BUCKET + "str(bucket.id)", "7:5 output-as-text: The output bucket.id is converted by str()"),
        (BUCKET + '"arn: " + bucket.arn', "7:11 output-as-text: The output bucket.arn is added to a string"),
        (BUCKET + 'bucket.arn + "/*"', "7:1 output-as-text: The output bucket.arn is added to a string"),
        (BUCKET + '"%s/*" % bucket.arn', "7:10 output-as-text: The output bucket.arn is given to % of a string"),
        (
            BUCKET + '"{}/*".format(bucket.arn)',
            "7:15 output-as-text: The output bucket.arn is given to format() of a string",
        ),
        (
            BUCKET + 'json.dumps({"Statement": [{"Resource": bucket.arn}]})',
            "7:40 output-as-text: The output bucket.arn stands in json.dumps()",
        ),
        (
            'password = pulumi.Config().require_secret("p")\nconfig = pulumi.Config()\n'
            'token = config.require_secret("t")\nf"{token}"',
            "9:4 output-as-text: The output token stands in an f-string",
        ),
        (
            'zone = aws.route53.get_zone_output(name="x")\nf"{zone}"',
            "7:4 output-as-text: The output zone stands in an f-string",
        ),
        (
            'name = pulumi.Output.concat("a", "b")\nstr(name)',
            "7:5 output-as-text: The output name is converted by str()",
        ),
    ],
)
def test_an_output_in_a_text_is_reported(tmp_path: Path, program: str, expected: str) -> None:
    (message,) = found_in_python(tmp_path, program + "\n", "output-as-text")
    assert message == f"__main__.py:{expected}, where its value is not known yet."


@pytest.mark.parametrize(
    "program",
    [
        BUCKET + 'pulumi.Output.concat(bucket.arn, "/*")',
        BUCKET + 'bucket.arn.apply(lambda arn: f"{arn}/*")',
        BUCKET + 'pulumi.Output.json_dumps({"Resource": bucket.arn})',
        BUCKET + 'pulumi.Output.all(bucket.arn).apply(lambda values: json.dumps({"Resource": values[0]}))',
        'def name_of(bucket):\n    return f"{bucket.arn}"',
        "config = pulumi.Config()\nf\"{config.require('a')}\"",
        'region = aws.get_region()\nf"{region.region}"',
        'me = aws.get_caller_identity()\nf"arn:aws:iam::{me.account_id}:root"',
        'f"{pulumi.get_project()}-{pulumi.get_stack()}"',
        "json.dumps({'a': 1}), str(3), 'a' + 'b', '%s' % 'a'",
    ],
)
def test_values_in_a_text_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, program + "\n", "output-as-text")


@pytest.mark.parametrize(
    "program",
    [
        BUCKET + 'bucket.id.apply(lambda id: aws.s3.BucketVersioning("v", bucket=id, versioning_configuration={}))',
        BUCKET + 'def more(id):\n    return aws.s3.Bucket(f"more-{id}")\n\n\nbucket.id.apply(more)',
    ],
)
def test_a_resource_within_apply_is_reported(tmp_path: Path, program: str) -> None:
    (message,) = found_in_python(tmp_path, program + "\n", "resource-in-apply")
    assert "is made within apply: as long as the output is unknown, no preview shows it." in message


def test_what_apply_makes_of_a_value_is_right(tmp_path: Path) -> None:
    program = (
        BUCKET + 'bucket.id.apply(lambda id: aws.s3.get_bucket(bucket=id))\naws.s3.Bucket("c", bucket=bucket.id)\n'
    )
    assert not found_in_python(tmp_path, program, "resource-in-apply")
    program = "from pulumi_docker import ImageRegistry\nimage.apply(lambda url: ImageRegistry(url, 'user'))\n"
    assert not found_in_python(tmp_path, program, "resource-in-apply")


PASSWORD = "kR7vQ2mXw9Lp"


@pytest.mark.parametrize(
    "program",
    [
        f'aws.rds.Instance("db", instance_class="db.t3.small", password="{PASSWORD}")',
        f'aws.rds.Instance("db", instance_class="db.t3.small", password=pulumi.Output.secret("{PASSWORD}"))',
        f'db_password = "{PASSWORD}"',
        f'db_password: str = "{PASSWORD}"',
        f'environment = {{"DB_PASSWORD": "{PASSWORD}"}}',
    ],
)
def test_a_secret_that_stands_in_the_source_is_reported_and_not_shown(tmp_path: Path, program: str) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + program + "\n"})
    (finding,) = [each for each in record.findings if each.policy.id == "secret-in-source"]
    assert finding.violation.message.endswith("is a literal, and its name suggests a secret.")
    assert "pulumi config set --secret" in finding.fix
    assert finding.violation.line
    assert finding.violation.line.line == 6
    assert PASSWORD not in repr(record)


@pytest.mark.parametrize(
    "program",
    [
        'db_password = pulumi.Config().require_secret("dbPassword")',
        'password_parameter = "/prod/db/password"',
        'secret_arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-1"',
        'aws.rds.Instance("db", instance_class="db.t3.small", manage_master_user_password=True, password=None)',
        'token_url = "https://example.com/oauth/token"',
        'REDIS_PASSWORD_SECRET_KEY = "password"',
        'aws_secret_access_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"',
        'widget = {"APPZI_URL": "https://w.example.com/w.js?token=Q2pSIabcdef"}',
        'api_key = pulumi.Config().get("apiKey") or "CHANGEME"',
        f'db_password = "{PASSWORD}"  # pragma: allowlist secret',
        f'db_password = "{PASSWORD}"  # gitleaks:allow',
        f'# pragma: allowlist nextline secret\ndb_password = "{PASSWORD}"',
    ],
)
def test_what_only_names_a_secret_is_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, program + "\n", "secret-in-source")


def test_secrets_of_tests_are_not_the_programs(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import pulumi\n"}
    files["tests/test_main.py"] = files["conftest.py"] = f'password = "{PASSWORD}"\n'
    assert not found(tmp_path, files, "secret-in-source")


@pytest.mark.parametrize(
    "program",
    [
        'import random\npassword = "".join(random.choice("abc") for _ in range(20))',
        "import random as r\ndef draw():\n    return r.randint(0, 9)\n\n\napi_key = draw()",
        'from random import choices\naws.secretsmanager.SecretVersion("v", secret_id="s", secret_string=choices("a"))',
    ],
)
def test_a_secret_of_a_predictable_generator_is_reported_once(tmp_path: Path, program: str) -> None:
    (message,) = found_in_python(tmp_path, program + "\n", "predictable-secret")
    assert message.endswith(", which is predictable.")


@pytest.mark.parametrize(
    "program",
    [
        "import random\nzone = random.choice('abc')",
        "import secrets\npassword = secrets.token_urlsafe(20)",
        "import random\npassword = random.SystemRandom().choice('abc')",
        'import pulumi_random as random\npassword = random.RandomPassword("p", length=20)',
    ],
)
def test_other_generators_and_other_values_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, program + "\n", "predictable-secret")


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ('config = pulumi.Config()\nregion = config.get("region") or "us-east-1"', "'region' is read from config"),
        ('config = pulumi.Config("shop")\nsize = config.require_int("size")', "'size' is read from config"),
        ('size = pulumi.Config().get("size")', "'size' is read from config"),
        ('aws_region = "eu-west-1"', "'aws_region' holds a region"),
    ],
)
def test_config_that_nothing_uses_is_advice(tmp_path: Path, program: str, expected: str) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + program + "\n"})
    (finding,) = [each for each in record.findings if each.policy.id == "unused-config"]
    assert finding.violation.message.startswith(expected)
    assert finding.violation.message.endswith(" never used.")
    assert finding.level == "advisory"


def test_config_that_something_uses_is_right(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": "import settings\nfrom settings import size\n\nprint(settings.region, size)\n",
        "settings.py": 'import pulumi\n\nconfig = pulumi.Config()\nregion = config.get("region")\n'
        'size = config.get("size")\nname = config.get("name")\n__all__ = ["name"]\n',
    }
    assert not found(tmp_path, files, "unused-config")


def test_names_and_style_come_from_ruff(tmp_path: Path) -> None:
    program = "import os\n" + BUCKET + "pulumi.export('x', bucket_name)\n" + "x = '" + "y" * 130 + "'\n"
    found_ = found_in_python(tmp_path, program, "undefined-name", "style")
    assert [each.partition(" ")[2] for each in found_] == [
        "undefined-name: Undefined name `bucket_name` (F821).",
        "style: `json` imported but unused (F401).",
        "style: `os` imported but unused (F401).",
        "style: Line too long (136 > 120) (E501).",
    ]


def test_a_projects_own_config_of_ruff_decides_its_style(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import os\nimport pulumi\nnothing\n"}
    own = {**files, "ruff.toml": 'lint.select = ["D100"]\n'}
    assert [each.rpartition(" ")[2] for each in found(tmp_path / "a", own, "style", "undefined-name")] == [
        "(F821).",
        "(D100).",
    ]
    broken = {**files, "ruff.toml": "lint.select = 3\n"}
    assert "does not accept the project's config of ruff" in found(tmp_path / "b", broken, "style")[0]


def test_names_that_are_put_into_a_module_are_defined(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": "import pulumi\nimport network\n\nnetwork.stack = pulumi.get_stack()\n",
        "network.py": "def name():\n    return stack\n",
    }
    assert not found(tmp_path, files, "undefined-name")


def test_a_syntax_error_has_its_place(tmp_path: Path) -> None:
    messages = found_in_python(tmp_path, "bucket = aws.s3.Bucket('b'\n")
    assert [each for each in messages if "undefined-name" in each] == [
        "__main__.py:6:23 undefined-name: Python cannot read the file: '(' was never closed."
    ]


@pytest.mark.parametrize(
    "program",
    [
        "names = ['a']\nprint(f\"{'\\n'.join(names)}\")",
        "type Names = list[str]",
        "try:\n    pulumi.log.info('a')\nexcept ValueError, TypeError:\n    pass",
    ],
)
def test_syntax_of_a_newer_python_is_no_error(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, f"{program}\n", "undefined-name")


def test_a_package_imports_names_for_others(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import network\n\nprint(network.Vpc)\n"}
    files |= {"network/__init__.py": "from network.vpc import Vpc\n", "network/vpc.py": "class Vpc:\n    pass\n"}
    assert not found(tmp_path, files, "style")


@pytest.mark.parametrize(
    "program",
    ["(" * 100_000, "x = " + "-" * 100_000 + "1", "a.b" * 50_000, '"' * 99_999, "x = 1\n" * 100_000, "\x0c\x1a"],
)
def test_any_source_is_survived(tmp_path: Path, program: str) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"import pulumi\n{program}"}
    assert not lint_files(tmp_path, files).failures


COMMENTED = 'aws_region = "eu-west-1"  {}\n'


@pytest.mark.parametrize(
    ("comment", "is_exempted"),
    [
        ("# policypack: ignore[unused-config] kept for the docs", True),
        ("# policypack: ignore[style, unused-*] kept for the docs", True),
        ("# policypack: ignore[unused-config]", False),
        ("# policypack: ignore[style] kept for the docs", False),
    ],
)
def test_a_comment_with_a_reason_exempts(tmp_path: Path, comment: str, is_exempted: bool) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + COMMENTED.format(comment)}
    (finding,) = [each for each in lint_files(tmp_path, files).findings if each.policy.id == "unused-config"]
    assert finding.is_exempted == is_exempted
    if is_exempted:
        assert finding.exemption
        assert finding.exemption.reason == "kept for the docs"


def test_a_comment_in_the_line_above_exempts(tmp_path: Path) -> None:
    program = "# policypack: ignore[unused-config] kept\n" + COMMENTED.format("")
    assert not found_in_python(tmp_path, program, "unused-config")


def test_python_beside_a_program_of_another_language_is_not_the_programs(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": "name: shop\nruntime: go\n",
        "go.mod": "",
        "main.go": "package main // pulumi",
        "tool.py": "nothing\n",
    }
    assert not found(tmp_path, files)


def test_generated_sdks_are_not_read(tmp_path: Path) -> None:
    generated = "# *** WARNING: this file was generated by crd2pulumi. ***\nimport os\nnothing\n"
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": "import crds\n\ncrds.pulumi()\n",
        "crds/__init__.py": generated,
    }
    assert not found(tmp_path, files)


@pytest.mark.parametrize("name", ["ruff/__main__.py", "ruff.py", "sitecustomize.py", "json.py", "typing.py"])
def test_no_module_of_the_project_takes_the_place_of_one_that_the_lint_needs(tmp_path: Path, name: str) -> None:
    ran = tmp_path / "ran"
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import json\n\nimport pulumi\n\npulumi.export('a', 1)\n"}
    files |= {name: f"open({str(ran)!r}, 'w')\n", "ruff/__init__.py": ""}
    assert len(found(tmp_path / "shop", files, "style")) == 1
    assert not ran.exists()
