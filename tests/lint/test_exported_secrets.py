"""Secrets that programs export in plain text, in each language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import PYTHON_PROJECT, found, found_in_python, lint_files, typescript

WORD = "kR7vQ2mXw9Lp"
GO = "package main\n\nfunc main() {{\n\tpulumi.Run(func(ctx *pulumi.Context) error {{\n{}\n\t\treturn nil\n\t}})\n}}\n"
JAVA = "class App {{\n  static void stack(Context ctx) {{\n    var config = ctx.config();\n    {}\n  }}\n}}\n"
DOTNET = (
    "using Pulumi;\n\nreturn await Deployment.RunAsync(() =>\n{{\n    var config = new Config();\n"
    "    return new Dictionary<string, object?>\n    {{\n        {}\n    }};\n}});\n"
)
PROGRAM_OF_PYTHON = 'import pulumi\n\nconfig = pulumi.Config({})\npulumi.export("a", config.require("code"))\n'
EXPORT_OF_GO = '\tcfg := config.New(ctx, "{}")\n\tctx.Export("a", pulumi.String(cfg.Require("code")))'


@pytest.mark.parametrize(
    ("program", "held"),
    [
        (f'pulumi.export("password", "{WORD}")', "a literal, and its name suggests a secret"),
        (f'db_password = "{WORD}"\npulumi.export("db", {{"user": "app", "login": db_password}})', "a literal, and"),
        ('pulumi.export("a", pulumi.Config().get("apiToken"))', "the config key 'apiToken', and its name suggests"),
        (
            'config = pulumi.Config()\npassword = config.require("dbPassword")\n'
            'pulumi.export("url", f"postgres://app:{password}@db/app")',
            "the config key 'dbPassword', and its name suggests a secret",
        ),
        (
            'config = pulumi.Config()\npulumi.export("a", pulumi.Output.concat("x", config.get("apiKey") or "none"))',
            "the config key 'apiKey', and its name suggests a secret",
        ),
        (
            'import pulumi_random as random\np = random.RandomPassword("p", length=20)\n'
            'pulumi.export(name="password", value=pulumi.Output.unsecret(p.result))',
            "a value whose secret mark is taken off, and its name suggests a secret",
        ),
        (
            'import pulumi_random\np = pulumi_random.RandomString("p", length=20)\n'
            'pulumi.export("adminPassword", p.result)',
            "what RandomString draws, which marks nothing as secret, and its name suggests a secret",
        ),
    ],
)
def test_a_secret_that_python_exports_in_plain_is_reported(tmp_path: Path, program: str, held: str) -> None:
    (message,) = found_in_python(tmp_path, program + "\n", "exported-secret")
    assert held in message
    assert message.endswith(", in plain text.")
    assert WORD not in message


@pytest.mark.parametrize(
    "program",
    [
        'config = pulumi.Config()\npulumi.export("password", config.require_secret("password"))',
        'pulumi.export("token", pulumi.Config().get_secret("token").apply(lambda token: f"Bearer {token}"))',
        f'pulumi.export("password", pulumi.Output.secret("{WORD}"))',
        'config = pulumi.Config()\npulumi.export("password", pulumi.Output.secret(config.require("password")))',
        'import pulumi_random\np = pulumi_random.RandomPassword("p", length=20)\npulumi.export("password", p.result)',
        'import pulumi_random\np = pulumi_random.RandomString("p", length=8)\npulumi.export("suffix", p.result)',
        'db = aws.rds.Instance("db", instance_class="db.t4g.small")\npulumi.export("password", db.password)',
        'pulumi.export("region", pulumi.Config("aws").require("region"))',
        'pulumi.export("passwordParameter", "/prod/db/password")',
        'pulumi.export("grafana_password", "See the secret grafana in AWS Secrets Manager")',
        'pulumi.export("id", pulumi.Output.unsecret(aws.s3.Bucket("b").id))',
        'secret = aws.secretsmanager.Secret("s")\npulumi.export("secret", secret.arn)',
        'pulumi.export("dbSecret", pulumi.Config().require("dbSecret"))',
        f'pulumi.export("password", "{WORD}")  # pragma: allowlist secret',
        f'pulumi.export("password", "{WORD}" == "a")',
        'token = pulumi.Config().get("token")\nif token is None:\n    token = make()\npulumi.export("token", token)',
    ],
)
def test_what_is_secret_or_none_may_be_exported(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, program + "\n", "exported-secret")


STACK = "Pulumi.dev.yaml"


@pytest.mark.parametrize(
    ("project", "stack", "held"),
    [
        ("config: {shopCode: {type: string, secret: true}}\n", "", "which Pulumi.yaml declares secret"),
        ("", "config: {shop:shopCode: {secure: AAABAL}}\n", "which is encrypted in Pulumi.dev.yaml"),
    ],
)
def test_the_projects_files_say_which_keys_are_secret(tmp_path: Path, project: str, stack: str, held: str) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT + project, STACK: stack}
    files["__main__.py"] = 'import pulumi\n\npulumi.export("code", pulumi.Config().require("shopCode"))\n'
    (message,) = found(tmp_path, files, "exported-secret")
    assert message.startswith("__main__.py:3:23 ")
    assert held in message


def test_a_key_whose_value_is_known_to_be_none_is_no_secret(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, STACK: "config: {shop:apiKey: alias/orders-key}\n"}
    files["__main__.py"] = 'import pulumi\n\npulumi.export("key", pulumi.Config().require("apiKey"))\n'
    assert not found(tmp_path, files, "exported-secret")


CONFIG = "const config = new pulumi.Config();\n"


@pytest.mark.parametrize(
    "program",
    [
        f'{CONFIG}export const dbPassword = config.require("dbPassword");',
        f'{CONFIG}const token = config.get("apiToken") || "none";\nexport const url = `https://${{token}}@x`;',
        f'export const password = "{WORD}";',
        f"{CONFIG}export const password = pulumi.unsecret(config.requireSecret('password'));",
        f'{CONFIG}exports.login = {{ user: "a", word: config.require("adminPassword") }};',
        'import * as random from "@pulumi/random";\nconst made = new random.RandomString("a", { length: 9 });\n'
        "export const apiKey = made.result;",
    ],
)
def test_typescript(tmp_path: Path, program: str) -> None:
    record = lint_files(tmp_path, typescript(program))
    (finding,) = [each for each in record.findings if each.policy.id == "exported-secret"]
    assert "pulumi.secret(...)" in finding.fix


@pytest.mark.parametrize(
    "program",
    [
        f'{CONFIG}export const dbPassword = config.requireSecret("dbPassword");',
        f'{CONFIG}export const hasPassword = config.get("password") !== undefined;',
        f'{CONFIG}export const password = pulumi.secret(config.require("password"));',
        f'{CONFIG}const password = config.require("password");\nexport const bucket = new aws.s3.Bucket("a").id;',
    ],
)
def test_typescript_that_is_right(tmp_path: Path, program: str) -> None:
    assert not found(tmp_path, typescript(program), "exported-secret")


def test_only_the_main_file_of_typescript_exports_outputs(tmp_path: Path) -> None:
    files = typescript('import { dbPassword } from "./settings";\nexport const name = dbPassword.length;')
    files["settings.ts"] = (
        f'import * as pulumi from "@pulumi/pulumi";\n{CONFIG}export const dbPassword = config.require("dbPassword");\n'
    )
    assert not found(tmp_path, files, "exported-secret")


@pytest.mark.parametrize(
    ("outputs", "count"),
    [
        (f"password: {WORD}", 1),
        (f"login: {{user: app, password: {WORD}}}", 1),
        ("password: {fn::unsecret: '${word.result}'}", 1),
        (f"password: {{fn::secret: {WORD}}}", 0),
        ("password: ${word.result}", 0),
        ("bucket: reports", 0),
    ],
)
def test_yaml(tmp_path: Path, outputs: str, count: int) -> None:
    resources = "resources: {word: {type: 'random:RandomPassword', properties: {length: 20}}}\n"
    files = {"Pulumi.yaml": f"name: shop\nruntime: yaml\n{resources}outputs:\n  {outputs}\n"}
    assert len(found(tmp_path, files, "exported-secret")) == count


@pytest.mark.parametrize(
    ("runtime", "file", "text", "count"),
    [
        ("go", "main.go", GO.format(f'\t\tctx.Export("password", pulumi.String("{WORD}"))'), 1),
        ("go", "main.go", GO.format('\t\tctx.Export("token", pulumi.String(cfg.Require("apiToken")))'), 1),
        ("go", "main.go", GO.format('\t\tw := cfg.Get("dbPassword")\n\t\tctx.Export("a", pulumi.String(w))'), 1),
        ("go", "main.go", GO.format('\t\tctx.Export("password", pulumi.Unsecret(word.Result))'), 1),
        ("go", "main.go", GO.format('\t\tctx.Export("password", cfg.RequireSecret("dbPassword"))'), 0),
        ("go", "main.go", GO.format('\t\tctx.Export("password", pulumi.ToSecret(cfg.Require("dbPassword")))'), 0),
        ("go", "main.go", GO.format('\t\tctx.Export("password", pulumi.String(""))'), 0),
        ("go", "main.go", GO.format('\t\tctx.Export("bucket", bucket.ID())'), 0),
        (
            "go",
            "main.go",
            GO.format('\t\tw := cfg.Get("password")\n\t\tw = hash(w)\n\t\tctx.Export("a", pulumi.String(w))'),
            0,
        ),
        ("java", "App.java", JAVA.format(f'ctx.export("password", Output.of("{WORD}"));'), 1),
        ("java", "App.java", JAVA.format('ctx.export("a", Output.of(config.require("apiToken")));'), 1),
        ("java", "App.java", JAVA.format('ctx.export("password", user.password().asPlaintext());'), 1),
        ("java", "App.java", JAVA.format('ctx.export("password", config.requireSecret("dbPassword"));'), 0),
        ("java", "App.java", JAVA.format('ctx.export("password", user.password());'), 0),
        ("dotnet", "Program.cs", DOTNET.format(f'["password"] = "{WORD}",'), 1),
        ("dotnet", "Program.cs", DOTNET.format('["a"] = config.Require("dbPassword"),'), 1),
        ("dotnet", "Program.cs", DOTNET.format('["password"] = Output.Unsecret(word.Result),'), 1),
        ("dotnet", "Program.cs", DOTNET.format('["password"] = config.RequireSecret("dbPassword"),'), 0),
        ("dotnet", "Program.cs", DOTNET.format('["password"] = word.Result,'), 0),
    ],
)
def test_other_languages(tmp_path: Path, runtime: str, file: str, text: str, count: int) -> None:
    files = {"Pulumi.yaml": f"name: shop\nruntime: {runtime}\n", file: text}
    messages = found(tmp_path, files, "exported-secret")
    assert len(messages) == count, messages
    assert all(WORD not in message for message in messages)


OTHER = "config:\n  grafana:code: {secure: v1:a:b}\n  shop:code: orders\n"


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM_OF_PYTHON.format("")}, 0),
        ({"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM_OF_PYTHON.format("'shop'")}, 0),
        ({"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM_OF_PYTHON.format("pulumi.get_project()")}, 0),
        ({"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM_OF_PYTHON.format("'grafana'")}, 1),
        ({"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": PROGRAM_OF_PYTHON.format("name='grafana'")}, 1),
        (typescript('export const a = new pulumi.Config().require("code");'), 0),
        (typescript('const c = new pulumi.Config("grafana");\nexport const a = c.require("code");'), 1),
        ({"Pulumi.yaml": "name: shop\nruntime: go\n", "main.go": GO.format(EXPORT_OF_GO.format(""))}, 0),
        ({"Pulumi.yaml": "name: shop\nruntime: go\n", "main.go": GO.format(EXPORT_OF_GO.format("grafana"))}, 1),
    ],
)
def test_a_key_of_another_namespace_is_another_key(tmp_path: Path, files: dict[str, str], count: int) -> None:
    assert len(found(tmp_path, {**files, STACK: OTHER}, "exported-secret")) == count


@pytest.mark.parametrize(("namespace", "count"), [("", 0), ("'grafana'", 1)])
def test_a_required_key_is_looked_for_in_its_namespace(tmp_path: Path, namespace: str, count: int) -> None:
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": PROGRAM_OF_PYTHON.format(namespace),
        STACK: "config:\n  shop:code: orders\n",
        "Pulumi.prod.yaml": OTHER,
    }
    messages = found(tmp_path, files, "config-reads")
    said = "requires the config key 'grafana:code', which Pulumi.dev.yaml"
    assert [said in each for each in messages] == [True] * count
