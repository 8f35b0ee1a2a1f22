"""TypeScript and JavaScript programs against the facts about pulumi-aws."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.lint.notes import notes_on_sdks
from policypack.lint.project import Project
from tests.lint.support import TYPESCRIPT_IMPORTS, found, found_in_typescript, lint_files, project, typescript


@pytest.mark.parametrize(
    ("program", "message", "fix"),
    [
        (
            'new aws.codepipeline.Pipeline("p", { roleArn: "r", stages: [], artifactStore: { type: "S3" } });',
            "3:64 aws.codepipeline.Pipeline has no property 'artifactStore'.",
            "Write artifactStores instead of artifactStore, which is a list.",
        ),
        (
            'new aws.elasticache.ReplicationGroup("c", { description: "c", authTokenEnabled: true });',
            "3:63 aws.elasticache.ReplicationGroup has no property 'authTokenEnabled'.",
            "Write authToken instead of authTokenEnabled.",
        ),
        (
            'new aws.s3.Bucket("b", { force_destroy: true });',
            "3:26 aws.s3.Bucket has no property 'force_destroy'.",
            "Write forceDestroy instead of force_destroy.",
        ),
        (
            'new aws.s3.Bucket("b", { dependsOn: [] });',
            "3:26 aws.s3.Bucket has no property 'dependsOn'.",
            "Move dependsOn to the resource's options, which are the third argument.",
        ),
        ('new aws.s3.BucketV3("b");', "3:5 aws.s3 has no 'BucketV3' in pulumi-aws 7.51.1.", "Write aws.s3.Bucket."),
        (
            'const f = new aws.lambda.Function("f", { role: "r" });\nf.qualifiedInvokeArnn;',
            "4:1 'f' is of the class aws.lambda.Function, which has no 'qualifiedInvokeArnn'.",
            "Write qualifiedInvokeArn instead of qualifiedInvokeArnn.",
        ),
        (
            "const f = (store: aws.s3.Bucket) => store.arnn;",
            "3:37 'store' is of the class aws.s3.Bucket, which has no 'arnn'.",
            "Write arn instead of arnn.",
        ),
        (
            'class C { store = new aws.s3.Bucket("b"); f() { return this.store.arnn; } }',
            "3:56 'this.store' is of the class aws.s3.Bucket, which has no 'arnn'.",
            "Write arn instead of arnn.",
        ),
        (
            "class C { constructor(private store: aws.s3.Bucket) {} f() { return this.store.arnn; } }",
            "3:69 'this.store' is of the class aws.s3.Bucket, which has no 'arnn'.",
            "Write arn instead of arnn.",
        ),
        ('new aws.s33.Bucket("b");', "3:5 aws has no 's33' in pulumi-aws 7.51.1.", "Write aws.s3."),
        (
            "const read = (secret: aws.secretsmanager.GetSecretOutput) => secret;",
            "3:23 aws.secretsmanager has no 'GetSecretOutput' in pulumi-aws 7.51.1.",
            "Write aws.secretsmanager.GetSecretOutputArgs.",
        ),
        ('import { s33 } from "@pulumi/aws";', "3:10 aws has no 's33' in pulumi-aws 7.51.1.", "Write aws.s3."),
        (
            'import { Buckets } from "@pulumi/aws/s3";',
            "3:10 aws.s3 has no 'Buckets' in pulumi-aws 7.51.1.",
            "Write aws.s3.Bucket.",
        ),
        (
            'new aws.iam.Role("r");',
            "3:1 aws.iam.Role requires assumeRolePolicy, which is missing.",
            "Add assumeRolePolicy.",
        ),
        (
            'new aws.iam.Role("r", {}, { protect: true });',
            "3:1 aws.iam.Role requires assumeRolePolicy, which is missing.",
            "Add assumeRolePolicy.",
        ),
        (
            'new aws.ec2.SecurityGroup("g", { ingress: [{ protocol: "tcp", fromPrt: 1, toPort: 1 }] });',
            "3:63 ingress of aws.ec2.SecurityGroup has no property 'fromPrt'.",
            "Write fromPort instead of fromPrt.",
        ),
        (
            'new aws.ec2.Instance("i", { vpcSecurityGroupIds: "sg-1" });',
            "3:50 vpcSecurityGroupIds of aws.ec2.Instance is a list, and is given a string.",
            "Write a list.",
        ),
        (
            'new aws.s3.Bucket("b", {}, { dependOn: [] });',
            "3:30 Resource options have no 'dependOn'.",
            "Write dependsOn instead of dependOn.",
        ),
        (
            'aws.secretsmanager.getSecret({ nam: "x" });',
            "3:32 aws.secretsmanager.getSecret has no property 'nam'.",
            "Write name instead of nam.",
        ),
        (
            'const bucket = new aws.s3.Bucket("b");\nexport const arn = bucket.arnn;',
            "4:20 'bucket' is of the class aws.s3.Bucket, which has no 'arnn'.",
            "Write arn instead of arnn.",
        ),
        ('new aws.aws_s3_bucket("b");', "3:5 aws has no 'aws_s3_bucket' in pulumi-aws 7.51.1.", "Write aws.s3.Bucket."),
        (
            'new aws.aws_instance("i");',
            "3:5 aws has no 'aws_instance' in pulumi-aws 7.51.1.",
            "Write aws.ec2.Instance.",
        ),
        ('new aws.EC2Instance("i");', "3:5 aws has no 'EC2Instance' in pulumi-aws 7.51.1.", "Write aws.ec2.Instance."),
        ("new aws.S3();", "3:5 aws has no 'S3' in pulumi-aws 7.51.1.", "Write aws.s3."),
        ('new aws.s3.CfnBucket("b");', "3:5 aws.s3 has no 'CfnBucket' in pulumi-aws 7.51.1.", "Write aws.s3.Bucket."),
        (
            'new aws.s3.Bucket("b", { BucketName: "x" });',
            "3:26 aws.s3.Bucket has no property 'BucketName'.",
            "Write bucket instead of BucketName.",
        ),
        (
            'new aws.s3.Bucket("b", { Properties: { BucketName: "x" } });',
            "3:26 aws.s3.Bucket has no property 'Properties'.",
            "Write what is in Properties in its place: only CloudFormation has that key.",
        ),
        (
            'class C { constructor() { new aws.s3.Bucket(this, "b", { bucketName: "x" }); } }',
            "3:45 aws.s3.Bucket takes a name as its first argument, and is given this, as in the AWS CDK.",
            "Write the name first, and { parent: this } as the third argument if this is a component.",
        ),
        (
            'pulumi.export("x", 1);',
            "3:1 pulumi has no 'export', which the SDK for Python has.",
            "Export a constant of the program: `export const name = value`.",
        ),
        (
            "pulumi.Output.all(a, b).apply(f);",
            "3:1 pulumi.Output has no 'all', which the SDK for Python has.",
            "Write pulumi.all([...]).",
        ),
        (
            'pulumi.interpolate("a");',
            "3:1 pulumi.interpolate is called, and stands before a template literal.",
            "Write pulumi.interpolate`...`, without brackets.",
        ),
        (
            'new pulumi.Config().requireInt("size");',
            "3:1 pulumi.Config has no 'requireInt'.",
            "Write requireNumber instead of requireInt.",
        ),
        (
            'const config = new pulumi.Config();\nconfig.require_secret("p");',
            "4:1 pulumi.Config has no 'require_secret'.",
            "Write requireSecret instead of require_secret.",
        ),
    ],
)
def test_what_the_sdk_does_not_have_is_reported_with_the_nearest_right_name(
    tmp_path: Path, program: str, message: str, fix: str
) -> None:
    record = lint_files(tmp_path, typescript(program))
    (finding,) = [each for each in record.findings if each.policy.id == "sdk-names"]
    assert f"{finding.violation.line} {finding.violation.message}" == f"index.ts:{message}"
    assert finding.fix == fix
    assert finding.level == "mandatory"


@pytest.mark.parametrize(
    "program",
    [
        'new aws.s3.Bucket("b");',
        'new aws.s3.Bucket("b", { bucket: "x", ...settings }, { protect: true });',
        'new aws.iam.Role("r", args);',
        'new s3.Bucket(this, "b", { bucketName: "x" });',
        "pulumi.all([a]); pulumi.Output.create(1); pulumi.interpolate`a`; const i = pulumi.interpolate(strings, 1);",
        'new aws.iam.Role("r", { ...args });',
        "new aws.iam.Role(...all);",
        'new aws.iam.Role("r", {}, { urn: "urn:pulumi:a::b::aws:iam/role:Role::r" });',
        'new aws.iam.Role("r", { assumeRolePolicy }, opts);',
        'aws.iam.Role.get("r", "id");',
        'new aws.lambda.CallbackFunction("f", { callback: async () => {} });',
        'aws.cloudwatch.onSchedule("s", "rate(1 minute)", () => {});',
        'new aws.lambda.Function("f", { role: "r", runtime: aws.lambda.Runtime.NodeJS20dX });',
        'const topic = new aws.sns.Topic("t");\ntopic.onEvent("e", () => {});\ntopic.arn.apply(a => a);',
        'const bucket = new aws.s3.Bucket("b");\nbucket.bucket.length;\nbucket.onObjectCreated("c", () => {});',
        'const bucket = aws.s3.Bucket.get("b", "i");\nbucket.whatever;',
        "let bucket = new aws.s3.Bucket('b');\nbucket = other();\nbucket.whatever;",
        "const f = (b: aws.s3.Bucket) => b.arn; const g = (b: string) => b.arnn;",
        "const f = (b: aws.s3.Bucket | Other) => b.arnn; const g = (c?: aws.s3.Bucket) => c?.arnn;",
        "class C { store: aws.s3.Bucket; f() { this.store = other(); this.store.arnn; } }",
        "class C { store: aws.s3.Bucket; } class D extends B { f() { return this.store.arnn; } }",
        "function f(aws: any) { return new aws.s3.Whatever(); }",
        'const who: aws.types.input.ec2.Whatever = { a: 1 };\nconst args: aws.s3.BucketArgs = { bucket: "x" };',
        'aws.ec2.getAmi({ owners: ["self"], mostRecent: true }).then(ami => ami.id);',
        "aws.getRegionOutput().name; aws.config.requireRegion();",
        "aws.iam.assumeRolePolicyForPrincipal(aws.iam.Principals.LambdaPrincipal);",
        'new aws.ec2.SecurityGroup("g", { ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, self: true }] });',
        "aws.iam.ManagedPolicies.AWSLambdaBasicExecutionRole;",
        'const policy: aws.iam.PolicyDocument = { Version: "2012-10-17", Statement: [] };',
        'new pulumi.Config("aws").require("region"); new pulumi.Config().requireSecretObject<string[]>("a");',
        'new aws.Provider("eu", { region: "eu-west-1", defaultTags: { tags: { a: "b" } } });',
        'new aws.sqs.Queue("q", { policy: { Version: "2012-10-17", Statement: [] } });',
        'import { Bucket } from "@pulumi/aws/s3";\nnew Bucket("b", { tags: { "any-key": "x", [computed]: "y" } });',
        'import * as s3 from "@pulumi/aws/s3";\nnew s3.Bucket("b");',
        'const { ec2 } = require("@pulumi/aws");\nnew ec2.Vpc("v", { cidrBlock: "10.0.0.0/16" });',
        'const awsx = require("@pulumi/awsx");\nnew awsx.ec2.Vpc("v", { anything: 1 });',
    ],
)
def test_what_the_sdk_has_is_right(tmp_path: Path, program: str) -> None:
    assert not found_in_typescript(tmp_path, program, "sdk-names")


@pytest.mark.parametrize(
    ("version", "is_right"),
    [("^6.0.0", True), ("6.83.0", True), ("^7.0.0", False), ("7.1.0", False), ("latest", False), ("^5.1.0", True)],
)
def test_the_version_that_the_project_requires_decides(tmp_path: Path, version: str, is_right: bool) -> None:
    files = typescript('new aws.ec2.Eip("e", { vpc: true });')
    files["package.json"] = f'{{"dependencies": {{"@pulumi/aws": "{version}", "@pulumi/awsx": "^2.0.0"}}}}'
    assert (not found(tmp_path, files, "sdk-names")) == is_right


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("package-lock.json", '"node_modules/@pulumi/aws": {\n "version": "6.1.0"'),
        ("yarn.lock", '"@pulumi/aws@^6.0.0", "@pulumi/aws@>=6":\n  version "6.1.0"'),
        ("pnpm-lock.yaml", "packages:\n  '@pulumi/aws@6.1.0':\n"),
    ],
)
def test_files_that_lock_versions_are_read(tmp_path: Path, file: str, text: str) -> None:
    files = typescript('new aws.ec2.Eip("e", { vpc: true });')
    files["package.json"] = '{"dependencies": {"@pulumi/aws": ">=6"}}'
    assert found(tmp_path / "a", files, "sdk-names")
    assert not found(tmp_path / "b", {**files, file: text}, "sdk-names")


def test_javascript_is_read_too(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": "name: shop\nruntime: nodejs\n",
        "package.json": "{}",
        "index.js": '"use strict";\nconst aws = require("@pulumi/aws");\nnew aws.s3.Bucket("b", { buckt: "x" });\n',
    }
    assert found(tmp_path, files) == ["index.js:3:26 sdk-names: aws.s3.Bucket has no property 'buckt'."]


def test_what_the_names_were_checked_against_is_said(tmp_path: Path) -> None:
    (known,) = notes_on_sdks(Project(project(tmp_path, typescript('new aws.s3.Bucket("b");'))))
    assert known.startswith("the names of the program were checked against pulumi-aws 7.")
    (tmp_path / "package.json").write_text('{"dependencies": {"@pulumi/aws": "^5.0.0"}}')
    (unknown,) = notes_on_sdks(Project(tmp_path))
    assert unknown.startswith("the names of @pulumi/aws were not checked, as it is not installed")


@pytest.mark.parametrize("program", ["(" * 50_000, "{" * 50_000, "`${" * 30_000, "a." * 50_000, "x = 1;\n" * 40_000])
def test_any_source_is_survived(tmp_path: Path, program: str) -> None:
    files = typescript("")
    files["index.ts"] = TYPESCRIPT_IMPORTS + program
    assert not lint_files(tmp_path, files).failures
