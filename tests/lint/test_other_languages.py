"""What programs of TypeScript, JavaScript, YAML, Go, C# and Java do wrong with outputs, secrets and config."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import found, found_in_python, found_in_typescript, lint_files, typescript

BUCKET = 'const bucket = new aws.s3.Bucket("b");\n'
PASSWORD = "kR7vQ2mXw9Lp"


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        (
            BUCKET + "const a = `${bucket.arn}/*`;",
            "4:14 output-as-text: The output bucket.arn stands in a template literal",
        ),
        (BUCKET + "String(bucket.id);", "4:8 output-as-text: The output bucket.id is converted by String()"),
        (BUCKET + "bucket.id.toString();", "4:1 output-as-text: The output bucket.id is converted by toString()"),
        (BUCKET + '"arn: " + bucket.arn;', "4:11 output-as-text: The output bucket.arn is added to a string"),
        (BUCKET + 'bucket.arn + "/*";', "4:1 output-as-text: The output bucket.arn is added to a string"),
        (
            BUCKET + "JSON.stringify({ Statement: [{ Resource: bucket.arn }] });",
            "4:42 output-as-text: The output bucket.arn stands in JSON.stringify()",
        ),
        (
            'const config = new pulumi.Config();\nconst token = config.requireSecret("t");\n`${token}`;',
            "5:4 output-as-text: The output token stands in a template literal",
        ),
        (
            'const zone = aws.route53.getZoneOutput({ name: "x" });\n`${zone}`;',
            "4:4 output-as-text: The output zone stands in a template literal",
        ),
        (
            "const region = aws.getRegionOutput();\n`${region.name}`;",
            "4:4 output-as-text: The output region.name stands in a template literal",
        ),
        (
            "const f = (store: aws.s3.Bucket) => `${store.arn}`;",
            "3:40 output-as-text: The output store.arn stands in a template literal",
        ),
        (
            "class C { constructor(private store: aws.s3.Bucket) {} f() { return `${this.store.arn}`; } }",
            "3:72 output-as-text: The output this.store.arn stands in a template literal",
        ),
        (
            "const name = pulumi.interpolate`a`;\n`${name}`;",
            "4:4 output-as-text: The output name stands in a template literal",
        ),
    ],
)
def test_an_output_in_a_text_is_reported(tmp_path: Path, program: str, expected: str) -> None:
    (message,) = found_in_typescript(tmp_path, program, "output-as-text")
    assert message == f"index.ts:{expected}, where its value is not known yet."


@pytest.mark.parametrize(
    "program",
    [
        BUCKET + "pulumi.interpolate`${bucket.arn}/*`;",
        BUCKET + 'pulumi.concat(bucket.arn, "/*");',
        BUCKET + "bucket.arn.apply(arn => `${arn}/*`);",
        BUCKET + "pulumi.jsonStringify({ Resource: bucket.arn });",
        BUCKET + "pulumi.all([bucket.arn]).apply(([arn]) => JSON.stringify({ Resource: arn }));",
        "function name(bucket: aws.s3.Bucket) { return `${bucket}`; }",
        'const config = new pulumi.Config();\n`${config.require("a")}`;',
        "const me = await aws.getCallerIdentity();\n`arn:aws:iam::${me.accountId}:root`;",
        "`${pulumi.getProject()}-${pulumi.getStack()}`;",
        'const vpc = new awsx.ec2.Vpc("v");\n`${vpc.name}`;',
        "const a = `${a}`;",
        "const region = aws.getRegionOutput();\n`${region.apply}`;",
        "const f = (store: aws.s3.BucketArgs) => `${store.bucket}`;",
    ],
)
def test_values_in_a_text_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_typescript(tmp_path, program, "output-as-text")


def test_a_resource_within_apply_is_reported(tmp_path: Path) -> None:
    program = BUCKET + 'bucket.id.apply(id => new aws.s3.BucketPolicy("p", { bucket: id, policy: "{}" }));'
    assert found_in_typescript(tmp_path, program, "resource-in-apply") == [
        "index.ts:4:23 resource-in-apply: aws.s3.BucketPolicy is made within apply: as long as the output is unknown, "
        "no preview shows it."
    ]
    assert not found_in_typescript(tmp_path, BUCKET + "bucket.id.apply(id => new Date(id));", "resource-in-apply")


LOST = "lost-output: The result of apply is thrown away: apply returns a new output, and changes nothing."
PRINTED = "is printed, which shows the object and not its value."


def test_lost_outputs_are_advice(tmp_path: Path) -> None:
    program = BUCKET + "console.log(bucket.id);\nbucket.id.apply(id => `${id}-x`);"
    assert found_in_typescript(tmp_path / "a", program, "lost-output") == [
        f"index.ts:4:13 lost-output: The output bucket.id {PRINTED}",
        f"index.ts:5:1 {LOST}",
    ]
    program = 'bucket = aws.s3.Bucket("b")\nprint(bucket.id)\nbucket.id.apply(lambda id: f"{id}-x")\n'
    assert sorted(found_in_python(tmp_path / "b", program, "lost-output")) == [
        f"__main__.py:7:7 lost-output: The output bucket.id {PRINTED}",
        f"__main__.py:8:1 {LOST}",
    ]


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            "const id = await bucket.id;",
            "4:18 The output bucket.id is awaited, which gives the output and not its value.",
        ),
        ("await bucket;", "4:7 A resource is awaited, which waits for nothing: the engine makes it later."),
        (
            'await new aws.s3.Bucket("c");',
            "4:7 A resource is awaited, which waits for nothing: the engine makes it later.",
        ),
        ("pulumi.log.info(bucket.id);", f"4:17 The output bucket.id {PRINTED}"),
    ],
)
def test_outputs_and_resources_that_are_awaited_or_logged_are_advice(
    tmp_path: Path, program: str, message: str
) -> None:
    place, _, said = message.partition(" ")
    assert found_in_typescript(tmp_path, BUCKET + program, "lost-output") == [f"index.ts:{place} lost-output: {said}"]


@pytest.mark.parametrize(
    "program",
    [
        "await build(bucket);",
        "await Promise.all([f()]);",
        "const ami = await aws.ec2.getAmi({ owners: ['self'] });",
        "pulumi.log.info('x', bucket);",
        "for await (const x of xs) { f(bucket.id); }",
        "bucket.id.apply(id => console.log(id));",
        "bucket.id.apply(id => { done = id; });",
        "const name = bucket.id.apply(id => `${id}-x`);",
        "console.log(pulumi.getStack());",
    ],
)
def test_outputs_that_are_used_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_typescript(tmp_path, BUCKET + program, "lost-output")


@pytest.mark.parametrize(
    ("files", "place"),
    [
        (typescript(f'const dbPassword = "{PASSWORD}";'), "index.ts:3:20"),
        (typescript(f'const args = {{ password: pulumi.secret("{PASSWORD}") }};'), "index.ts:3:40"),
        (typescript(f'const password = new pulumi.Config().get("p") || "{PASSWORD}";'), "index.ts:3:50"),
        (typescript(f"const environment = {{ DB_PASSWORD: `{PASSWORD}` }};"), "index.ts:3:36"),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: yaml\nresources:\n  d:\n    type: random:x:Y\n    properties:\n"
                f"      password: {{fn::secret: {PASSWORD}}}\n"
            },
            "Pulumi.yaml:7:30",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: yaml\nresources: {}\nconfig:\n"
                f"  dbPassword: {{type: string, default: {PASSWORD}}}\noutputs: {{a: b}}\n"
            },
            "Pulumi.yaml:5:39",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: go\n",
                "go.mod": "",
                "main.go": f'package main // pulumi\nx := Args{{\n\tPassword: pulumi.String("{PASSWORD}"),\n}}\n',
            },
            "main.go:3:26",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: dotnet\n",
                "Shop.csproj": "",
                "Program.cs": f'using Pulumi;\nvar a = new Args {{ Password = "{PASSWORD}" }};\n',
            },
            "Program.cs:2:31",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: java\n",
                "pom.xml": "",
                "App.java": f'import com.pulumi.Pulumi;\n  .password("{PASSWORD}")\n',
            },
            "App.java:2:13",
        ),
    ],
)
def test_a_secret_that_stands_in_the_source_is_reported_and_not_shown(
    tmp_path: Path, files: dict[str, str], place: str
) -> None:
    record = lint_files(tmp_path, files)
    (finding,) = [each for each in record.findings if each.policy.id == "secret-in-source"]
    assert str(finding.violation.line) == place
    assert PASSWORD not in repr(record)


@pytest.mark.parametrize(
    "files",
    [
        typescript('const dbPassword = new pulumi.Config().requireSecret("dbPassword");'),
        typescript('const secretName = "orders-db"; const tokenUrl = "https://example.com/token";'),
        typescript('new random.RandomPassword("password", { length: 20 });'),
        typescript('const apiKey = config.get("apiKey") || "no-key"; const licenseKey = "licenseKey";'),
        {
            **typescript(""),
            "index.test.ts": f'const password = "{PASSWORD}";',
            "tests/a.ts": f'const password = "{PASSWORD}";',
        },
        {
            "Pulumi.yaml": "name: shop\nruntime: go\n",
            "go.mod": "",
            "main.go": 'package main // pulumi\npassword := config.RequireSecret(ctx, "dbPassword")\n'
            f'// password := "{PASSWORD}"\nconst Secret = "DB_PASSWORD"\n',
        },
        {
            "Pulumi.yaml": "name: shop\nruntime: dotnet\n",
            "Shop.csproj": "",
            "Program.cs": 'using Pulumi;\nvar password = new RandomPassword("password");\n',
        },
    ],
)
def test_what_only_names_a_secret_is_right(tmp_path: Path, files: dict[str, str]) -> None:
    assert not found(tmp_path, files, "secret-in-source")


@pytest.mark.parametrize(
    ("files", "message"),
    [
        (
            typescript("const password = Math.random().toString(36);"),
            "index.ts:3:18 predictable-secret: password is drawn by Math.random, which is predictable.",
        ),
        (
            typescript(
                "function draw() { return Math.random(); }\n"
                'new aws.rds.Instance("d", { instanceClass: "db.t3.small", password: `${draw()}` });'
            ),
            "index.ts:4:72 predictable-secret: password is drawn by Math.random, which is predictable.",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: go\n",
                "go.mod": "",
                "main.go": 'package main // pulumi\nimport "math/rand"\nfunc newPassword() {\n\tn := rand.Intn(9)\n}\n',
            },
            "main.go:4:7 predictable-secret: newPassword is drawn by math/rand, which is predictable.",
        ),
        (
            {
                "Pulumi.yaml": "name: shop\nruntime: dotnet\n",
                "Shop.csproj": "",
                "Program.cs": "using Pulumi;\nvar password = new Random().Next().ToString();\n",
            },
            "Program.cs:2:16 predictable-secret: password is drawn by System.Random, which is predictable.",
        ),
    ],
)
def test_a_secret_of_a_predictable_generator_is_reported(tmp_path: Path, files: dict[str, str], message: str) -> None:
    assert found(tmp_path, files, "predictable-secret") == [message]


@pytest.mark.parametrize(
    "files",
    [
        typescript("const zone = Math.random();"),
        typescript('const password = crypto.randomBytes(16).toString("hex");'),
        typescript('const password = new random.RandomPassword("p", { length: 20 });'),
        {
            "Pulumi.yaml": "name: shop\nruntime: go\n",
            "go.mod": "",
            "main.go": 'package main // pulumi\nimport "crypto/rand"\nfunc newPassword() {\n\trand.Read(b)\n}\n',
        },
    ],
)
def test_other_generators_and_other_values_are_right(tmp_path: Path, files: dict[str, str]) -> None:
    assert not found(tmp_path, files, "predictable-secret")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'const config = new pulumi.Config();\nconst size = config.requireNumber("size");',
            "index.ts:4:1 unused-config: 'size' is read from config and never used.",
        ),
        (
            'const region = new pulumi.Config("aws").get("region") || "us-east-1";',
            "index.ts:3:1 unused-config: 'region' is read from config and never used.",
        ),
        ('const awsRegion = "eu-west-1";', "index.ts:3:1 unused-config: 'awsRegion' holds a region and is never used."),
    ],
)
def test_config_that_nothing_uses_is_advice(tmp_path: Path, program: str, message: str) -> None:
    assert found_in_typescript(tmp_path, program, "unused-config") == [message]


@pytest.mark.parametrize(
    "program",
    [
        'const region = "eu-west-1";\nnew aws.Provider("p", { region });',
        'export const region = "eu-west-1";',
        'const region = "eu-west-1";\nexport { region };',
        'const size = new pulumi.Config().require("size");\nconsole.log(`${size}`);',
        'function f() { const region = "eu-west-1"; }',
    ],
)
def test_config_that_something_uses_is_right(tmp_path: Path, program: str) -> None:
    assert not found_in_typescript(tmp_path, program, "unused-config")


CONFIG_MODULE = (
    'import * as pulumi from "@pulumi/pulumi";\nconst config = new pulumi.Config();\n'
    'export const size = config.requireNumber("size");\nexport const awsRegion = "eu-west-1";\n'
    "export const other = 1;\n"
)


def test_config_of_another_module_that_is_imported_and_not_used_is_advice(tmp_path: Path) -> None:
    program = 'import { size, awsRegion as region, other } from "./config";'
    files = {**typescript(program), "config.ts": CONFIG_MODULE}
    assert found(tmp_path, files, "unused-config") == [
        "index.ts:3:10 unused-config: 'size' is read from config in config.ts, is imported and never used.",
        "index.ts:3:16 unused-config: 'region' holds a region, is imported from config.ts and never used.",
    ]


@pytest.mark.parametrize(
    "program",
    [
        'import { size } from "./config";\nexport const double = size * 2;',
        'import { size } from "./config";\nexport { size };',
        'import { size } from "config";',
        'import { missing } from "./config";',
        'export { size } from "./config";',
        'import * as config from "./config";',
    ],
)
def test_config_of_another_module_that_is_used_is_right(tmp_path: Path, program: str) -> None:
    assert not found(tmp_path, {**typescript(program), "config.ts": CONFIG_MODULE}, "unused-config")


def test_config_of_another_module_that_a_third_one_uses_is_right(tmp_path: Path) -> None:
    files = {
        **typescript('import { size } from "./config";'),
        "config.ts": CONFIG_MODULE,
        "stack.ts": 'import { size } from "./config";\nexport const double = size * 2;\n',
    }
    assert not found(tmp_path, files, "unused-config")


def test_a_comment_with_a_reason_exempts(tmp_path: Path) -> None:
    program = '// policypack: ignore[unused-config] the docs show it\nconst region = "eu-west-1";'
    assert not found_in_typescript(tmp_path, program, "unused-config")
