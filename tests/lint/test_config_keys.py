"""Config keys: as the project declares them, and as its stacks set them."""

from pathlib import Path

import pytest

from tests.lint.support import found, lint_files

HEAD = "name: shop\nruntime: go\nconfig:\n"
PROGRAM = {"go.mod": "", "main.go": "package main // pulumi"}


# What the CLI itself says of each is in tests/e2e/test_lint.py.
FOREIGN = "The config key 'aws:region' is not in the project's own namespace, so it takes no "
WRONG = [
    ("aws:region: {default: us-east-1}", f"{FOREIGN}default."),
    ("aws:region: {type: string}", f"{FOREIGN}type."),
    ("shop:a: {type: strin}", "Config has no type 'strin'; did you mean 'string'?"),
    ("a: {typ: string}", "The declaration of config key 'a' has no attribute 'typ'; did you mean 'type'?"),
    ("a: {default: 3, type: string}", "The default of config key 'a' is not of its type, string."),
    ("a: {default: x, type: integer}", "The default of config key 'a' is not of its type, integer."),
    ("a: {default: 3, value: 3}", "The config key 'a' has both default and value."),
    ("a: {type: array}", "The config key 'a' is an array and does not say of what."),
]
RIGHT = [
    "aws:region: us-east-1",
    "aws:region: {value: us-east-1}",
    "a: text",
    "a: 3",
    "shop:a: {default: x}",
    "a: {type: string, default: off, description: x}",
    "a: {type: integer, default: 3}",
    "a: {type: boolean, default: true}",
    "a: {type: array, items: {type: string}, default: [x]}",
    "a: {type: object, default: {k: v}}",
]


@pytest.mark.parametrize(("declaration", "message"), WRONG)
def test_a_declaration_that_the_cli_does_not_accept_is_reported(tmp_path: Path, declaration: str, message: str) -> None:
    messages = found(tmp_path, {"Pulumi.yaml": f"{HEAD}  {declaration}\n", **PROGRAM})
    assert [each.partition(": ")[2] for each in messages] == [message]
    assert messages[0].startswith("Pulumi.yaml:4:")


@pytest.mark.parametrize("declaration", RIGHT)
def test_a_declaration_that_the_cli_accepts_is_right(tmp_path: Path, declaration: str) -> None:
    assert not found(tmp_path, {"Pulumi.yaml": f"{HEAD}  {declaration}\n", **PROGRAM})


def test_the_fix_of_a_default_outside_of_the_namespace_is_value(tmp_path: Path) -> None:
    declared = HEAD + "  aws:region:\n    default: eu-west-1\n"
    record = lint_files(tmp_path, {"Pulumi.yaml": declared, **PROGRAM})
    (finding,) = record.findings
    assert finding.fix == (
        "Rename default of aws:region to value, or move it to the stack's settings: "
        "`pulumi config set aws:region eu-west-1`."
    )
    assert str(finding.violation.line) == "Pulumi.yaml:5:5"
    assert not found(tmp_path, {"Pulumi.yaml": declared.replace("default", "value")})


@pytest.mark.parametrize(
    ("declaration", "stack", "expected"),
    [
        ("a: {type: string}", "config: {}", "1 project-config: Stack 'dev' has no value for the config key 'a'"),
        ("a: {secret: true}", "config:\n  b: x", "1 project-config: Stack 'dev' has no value for the config key 'a'"),
        ("a: {type: integer}", "config:\n  shop:a: three", "2:11 project-config: The config key 'a' of"),
        ("a: {type: integer}", "config:\n  a:\n    value: 3", "3:5 project-config: The config key 'a' of"),
        ("b: x", "config:\n  - a", "2:3 project-config: config of Pulumi.dev.yaml is not a map."),
        ("b: x", "config:\n  'a:b:c': 3", "2:3 project-config: 'a:b:c' is no config key."),
        ("b: x", "config:\n  a: 3\n\tb: 3", "3:1 project-config: Pulumi.dev.yaml cannot be read: found "),
        ("a: {secret: true}", "config:\n  shop:a: x1", "2:11 project-config: The config key 'a' is in"),
        (
            "b: x",
            "config:\n  shop:dbPassword: Tr0ub4dor&3x",
            "2:20 project-config: The config key 'shop:dbPassword' is in",
        ),
        (
            "b: x",
            "config:\n  shop:db:\n    users: [{password: Tr0ub4dor&3x}]",
            "3:24 project-config: The config key 'shop:db.password' is in",
        ),
        (
            "b: x",
            "configs:\n  shop:a: x",
            "1:1 project-config: Pulumi.dev.yaml has the key 'configs', which Pulumi ignores; did you mean 'config'?",
        ),
        (
            "b: x",
            "secretsprovider: kms://alias/x\nconfig: {}",
            "1:18 project-config: secretsprovider of Pulumi.dev.yaml is 'kms://alias/x', which is none that Pulumi",
        ),
        (
            "b: x",
            "config:\n  aws:region: eu-west-1a",
            "2:15 project-config: aws:region of Pulumi.dev.yaml is 'eu-west-1a', and AWS has no region of such a name.",
        ),
    ],
)
def test_what_a_stack_sets_wrongly_is_reported(tmp_path: Path, declaration: str, stack: str, expected: str) -> None:
    files = {"Pulumi.yaml": f"{HEAD}  {declaration}\n", "Pulumi.dev.yaml": stack, **PROGRAM}
    messages = found(tmp_path, files)
    assert len(messages) == 1
    assert messages[0].startswith(f"Pulumi.dev.yaml:{expected}")
    assert "Tr0ub4dor" not in messages[0]


@pytest.mark.parametrize(
    ("declaration", "stack"),
    [
        ("a: {type: integer}", "config:\n  a: 3"),
        ("a: {type: integer}", 'config:\n  shop:a: "3"'),
        ("a: {type: string}", "config:\n  shop:a: 3"),
        ("a: {secret: true}", "config:\n  shop:a:\n    secure: AAABAP8B"),
        ("a: {type: string, secret: true}", "secretsprovider: awskms://x\nconfig:\n  shop:a: {secure: AAABAP8B}"),
        ("a: {default: x}", "config:"),
        ("a: {default: x}", ""),
        ("a: {type: string}", "config:\n  shop:a:"),
        ("a: {type: string}", "config:\n  shop:a: x\n  shop:licenseKey: licenseKey"),
        (
            "a: x",
            "secretsprovider: awskms://alias/x?region=eu-west-1\nencryptedkey: AQIC\nencryptionsalt: v1:a\n"
            "config:\n  aws:region: us-gov-west-1\n  shop:db:\n    user: app\n    password:\n      secure: AAABAP8B",
        ),
        ("a: {type: string}", "environment:\n  - shop/dev"),
        ("a: x", "config:\n  other:b: x\n  aws:defaultTags:\n    tags:\n      Environment: dev"),
        ("a: x", "config:\n  shop:databaseSecretArn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-1"),
    ],
)
def test_what_a_stack_sets_rightly_is_right(tmp_path: Path, declaration: str, stack: str) -> None:
    assert not found(tmp_path, {"Pulumi.yaml": f"{HEAD}  {declaration}\n", "Pulumi.dev.yaml": stack, **PROGRAM})


def test_the_settings_of_stacks_may_be_in_a_folder_of_their_own(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": "stackConfigDir: stacks\n" + HEAD + "  a: {type: integer}\n", **PROGRAM}
    assert found(tmp_path, {**files, "stacks/Pulumi.dev.yaml": "config:\n  a: x\n"}) == [
        "stacks/Pulumi.dev.yaml:2:6 project-config: The config key 'a' of stacks/Pulumi.dev.yaml is not of the type "
        "that Pulumi.yaml declares, integer."
    ]
