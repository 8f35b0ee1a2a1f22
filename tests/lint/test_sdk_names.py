"""Python programs against their SDKs: those that are installed, and those that facts ship about."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from policypack.lint.notes import notes_on_sdks
from policypack.lint.project import Project
from tests.lint.support import IMPORTS, PYTHON_PROJECT, found, found_in_python, lint_files, project
from tests.support import SDK_IS_INSTALLED

pytestmark = pytest.mark.broad


@pytest.fixture(autouse=True, params=["installed", "shipped"])
def _environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "installed" and not SDK_IS_INSTALLED:
        pytest.skip("it needs pulumi_aws, which is not installed here")
    monkeypatch.setenv("VIRTUAL_ENV", sys.prefix if request.param == "installed" else "/nowhere")


@pytest.mark.parametrize(
    ("program", "message", "fix"),
    [
        # B1
        (
            'pulumi.providers.Aws("eu", region="eu-west-1")',
            "6:1 pulumi has no 'providers'.",
            'Use aws.Provider of pulumi_aws: `provider = aws.Provider("NAME", region="REGION")`.',
        ),
        # D2
        (
            'aws.codepipeline.Pipeline("p", role_arn="r", stages=[], artifact_store={"type": "S3"})',
            "6:57 aws.codepipeline.Pipeline has no argument 'artifact_store'.",
            "Write artifact_stores instead of artifact_store, which is a list.",
        ),
        # E4
        (
            'aws.elasticache.ReplicationGroup("c", description="c", auth_token_enabled=True)',
            "6:56 aws.elasticache.ReplicationGroup has no argument 'auth_token_enabled'.",
            "Write auth_token instead of auth_token_enabled.",
        ),
        # E5
        (
            "def read(secret: aws.secretsmanager.GetSecretOutput) -> None: ...",
            "6:18 aws.secretsmanager has no 'GetSecretOutput'.",
            "Functions of this name return pulumi.Output: annotate with "
            "pulumi.Output[aws.secretsmanager.GetSecretResult], or call aws.secretsmanager.get_secret_output.",
        ),
        ('aws.s3.BucketV3("b")', "6:1 aws.s3 has no 'BucketV3'.", "Write aws.s3.Bucket."),
        ("from pulumi_aws import s33", "6:24 pulumi_aws has no 's33'.", "Write aws.s3."),
        ("from pulumi_aws.s3 import Buckets", "6:27 aws.s3 has no 'Buckets'.", "Write aws.s3.Bucket."),
        ("import pulumi_aws.s33", "6:8 pulumi_aws has no 's33'.", "Write aws.s3."),
        (
            'bucket = aws.s3.Bucket("b")\npulumi.export("arn", bucket.arnn)',
            "7:22 'bucket' is an aws.s3.Bucket, which has no 'arnn'.",
            "Write arn instead of arnn.",
        ),
        (
            'pulumi.Config().requir("a")',
            "6:1 'pulumi.Config()' is a pulumi.Config, which has no 'requir'.",
            "Write require instead of requir.",
        ),
        (
            'aws.s3.Bucket("b", opts=pulumi.ResourceOptions(depend_on=[]))',
            "6:48 pulumi.ResourceOptions has no argument 'depend_on'.",
            "Write depends_on instead of depend_on.",
        ),
        (
            'aws.s3.Bucket("b", args=aws.s3.BucketArgs(bucket_nam="x"))',
            "6:43 aws.s3.BucketArgs has no argument 'bucket_nam'.",
            "Write bucket instead of bucket_nam.",
        ),
        (
            'aws.ec2.SecurityGroup("g", ingress=[{"protocol": "tcp", "from_prt": 1, "toPort": 1}])',
            "6:57 aws.ec2.SecurityGroupIngressArgs has no key 'from_prt'.",
            "Write from_port instead of from_prt.",
        ),
        (
            'aws.secretsmanager.get_secret_output(nam="x")',
            "6:38 aws.secretsmanager.get_secret_output has no argument 'nam'.",
            "Write name instead of nam.",
        ),
        ('aws.iam.Role("r")', "6:1 aws.iam.Role requires assume_role_policy, which the call leaves out.",
         "Add assume_role_policy."),
        (
            'aws.iam.Role("r", opts=pulumi.ResourceOptions(protect=True))',
            "6:1 aws.iam.Role requires assume_role_policy, which the call leaves out.",
            "Add assume_role_policy.",
        ),
        (
            "aws.lambda_.Runtime.PYTHON3D15",
            "6:1 aws.lambda_.Runtime has no 'PYTHON3D15'.",
            "Use a name that the SDK has: https://www.pulumi.com/registry/packages/aws/api-docs/ lists them.",
        ),
    ],
)  # fmt: skip
def test_what_the_sdk_does_not_have_is_reported_with_the_nearest_right_name(
    tmp_path: Path, program: str, message: str, fix: str
) -> None:
    record = lint_files(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + program + "\n"})
    (finding,) = [each for each in record.findings if each.policy.id == "sdk-names"]
    assert f"{finding.violation.line} {finding.violation.message}" == f"__main__.py:{message}"
    assert finding.fix == fix
    assert finding.level == "mandatory"


@pytest.mark.parametrize(
    "program",
    [
        'aws.s3.Bucket("b")',
        'aws.s3.Bucket("b", aws.s3.BucketArgs(bucket="x"), pulumi.ResourceOptions(protect=True))',
        'aws.s3.Bucket(resource_name="b", tags={"a": "b"})',
        'aws.iam.Role("r", **settings)',
        'aws.iam.Role("r", *arguments)',
        'aws.iam.Role("r", opts=pulumi.ResourceOptions(urn="urn:pulumi:a::b::aws:iam/role:Role::r"))',
        'aws.iam.Role("r", opts=options)',
        'aws.iam.Role.get("r", "id")',
        'aws.Provider("eu", region="eu-west-1", default_tags={"tags": {"a": "b"}})',
        "aws.config.region",
        "aws.get_region(), aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=None))",
        "aws.lambda_.Runtime.PYTHON3D12",
        "pulumi.runtime.is_dry_run(), pulumi.log.info('x'), pulumi.get_stack()",
        'pulumi.Output.all(a=1).apply(lambda values: values["a"])',
        'pulumi.Config("aws").require("region"), pulumi.Config().require_secret_object("a")',
        'bucket = aws.s3.Bucket("b")\nbucket.arn.anything.of.it, bucket.id, bucket.urn, bucket._name',
        'bucket = aws.s3.Bucket("b")\nbucket = other()\nbucket.whatever',
        "def f(aws):\n    aws.whatever(a=1)",
        "class pulumi:\n    x = 1\n\npulumi.x",
        "for aws in ():\n    aws.whatever",
        'aws.lambda_.Function("f", role="r", environment={"variables": {"ANY": "x"}}, '
        'code=pulumi.AssetArchive({".": pulumi.FileArchive("app")}))',
        'aws.ec2.SecurityGroup("g", ingress=[aws.ec2.SecurityGroupIngressArgs(protocol="a", from_port=1, to_port=1)])',
        'aws.iam.get_policy_document(statements=[{"actions": ["s3:*"], "resources": ["*"], "not_principals": []}])',
        "import pulumi_aws.s3.bucket",
        "from pulumi.automation import create_stack",
        "from pulumi_aws.s3 import *",
        'pulumi.export("a", 1), pulumi.export(name="a", value=1)',
        'pulumi.StackReference("org/a/b").get_output("x"), pulumi.dynamic.Resource',
        'aws.ec2.SecurityGroupRule("r", type="ingress", security_group_id="g", protocol="-1", from_port=0, to_port=0, '
        "self=True)",
        'aws.ec2.SecurityGroup("g", ingress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "self": True}])',
        'aws.ec2.SecurityGroup("g", ingress=[aws.ec2.SecurityGroupIngressArgs(protocol="-1", from_port=0, to_port=0, '
        "self=True)])",
        'aws.cloudwatch.EventRule("r", schedule_expression="rate(1 day)").arn',
    ],
)
def test_what_the_sdk_has_is_right(tmp_path: Path, program: str) -> None:
    assert not found_in_python(tmp_path, program + "\n", "sdk-names", "sdk-installed")


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'aws.ec2.Instance("i", vpc_security_group_ids="sg-1")',
            "6:46 A string is given where the SDK takes a list.",
        ),
        ('aws.ec2.Instance("i", tags=["a"])', "6:28 A list is given where the SDK takes a dictionary."),
        ('aws.ec2.Instance("i", root_block_device=[{}])', "6:41 A list is given where the SDK takes a dictionary."),
        ('aws.ec2.Instance("i", monitoring={})', "6:34 A dictionary is given where the SDK takes a single value."),
        (
            'aws.ec2.SecurityGroup("g", ingress={"from_port": 1})',
            "6:36 A dictionary is given where the SDK takes a list.",
        ),
    ],
)
def test_literals_of_another_kind_are_reported(tmp_path: Path, program: str, message: str) -> None:
    assert found_in_python(tmp_path, program + "\n", "sdk-names") == [
        f"__main__.py:{message}".replace(" A", " sdk-names: A", 1)
    ]


VPC = 'aws.ec2.Eip("e", vpc=True)\n'


@pytest.mark.parametrize(
    ("requirements", "is_right"),
    [
        ("pulumi-aws>=6,<7", True),
        ("pulumi-aws>=6.0.2,<7.0.0", True),
        ("pulumi_aws==6.83.0", True),
        ("pulumi-aws~=6.1", True),
        ("pulumi-aws>=7,<8", False),
        ("pulumi-aws", False),
        ("pulumi-aws>=6", False),
        ("pulumi-aws<6", True),
        ("pulumi-aws>=7.999", True),
    ],
)
def test_the_version_that_the_project_requires_decides(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, requirements: str, is_right: bool
) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": IMPORTS + VPC,
        "requirements.txt": f"pulumi\n{requirements}\n",
    }
    assert found(tmp_path, files, "sdk-names") == (
        [] if is_right else ["__main__.py:6:18 sdk-names: aws.ec2.Eip has no argument 'vpc'."]
    )


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("pyproject.toml", '[tool.poetry.dependencies]\npulumi-aws = "^6.1"\n'),
        ("pyproject.toml", '[project]\ndependencies = ["pulumi>=3", "pulumi-aws>=6,<7"]\n'),
        ("poetry.lock", '[[package]]\nname = "pulumi-aws"\nversion = "6.2.3"\n'),
        ("uv.lock", '[[package]]\nname = "pulumi-aws"\nversion = "6.2.3"\n'),
        ("Pipfile.lock", '"pulumi-aws": {\n "version": "==6.2.3"\n}'),
    ],
)
def test_every_way_to_require_a_version_is_read(tmp_path: Path, file: str, text: str) -> None:
    assert not found(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": IMPORTS + VPC, file: text}, "sdk-names")


def test_what_the_names_were_checked_against_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import pulumi_aws\nimport pulumi_random\n"}
    shipped, unknown = notes_on_sdks(Project(project(tmp_path, files)))
    assert re.search(r"were checked against pulumi_aws 7\.\d+\.\d+, about which facts ship with policypack; ", shipped)
    assert unknown.startswith("the names of pulumi_random were not checked, as it is not installed")


def test_sdks_that_are_not_installed_are_not_checked(tmp_path: Path) -> None:
    assert not found_in_python(tmp_path, "import pulumi_nowhere as n\nn.Whatever(a=1)\n", "sdk-names")


@pytest.mark.parametrize(("name", "count"), [("Secret", 0), ("Sceret", 1)])
def test_a_file_may_have_the_name_of_the_class_in_it(tmp_path: Path, name: str, count: int) -> None:
    packages = "venv/lib/python3.12/site-packages"
    files = {
        "Pulumi.yaml": "name: shop\nruntime: {name: python, options: {virtualenv: venv}}\n",
        "__main__.py": f'import pulumi_acme\n\npulumi_acme.core.{name}.get("a", "b")\n',
        "venv/pyvenv.cfg": "",
        f"{packages}/pulumi_acme-1.0.dist-info/METADATA": "",
        f"{packages}/pulumi_acme/__init__.py": "from . import core\n",
        f"{packages}/pulumi_acme/core/__init__.py": "from .Secret import *\n",
        f"{packages}/pulumi_acme/core/Secret.py": '__all__ = ["Secret"]\n\nclass Secret(Resource):\n    pass\n',
    }
    assert len(found(tmp_path, files, "sdk-names")) == count


def test_programs_of_several_modules_are_checked_with_their_places(tmp_path: Path) -> None:
    files = {
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": "from shop import storage\n\nstorage.make()\n",
        "shop/__init__.py": "",
        "shop/storage.py": 'from pulumi_aws import s3 as files\n\n\ndef make():\n    files.Bucket("b", buckt="x")\n',
        "node_modules/other.py": "import pulumi_aws\npulumi_aws.nothing\n",
    }
    assert found(tmp_path, files) == ["shop/storage.py:5:23 sdk-names: aws.s3.Bucket has no argument 'buckt'."]


def test_the_code_of_the_project_is_not_run(tmp_path: Path) -> None:
    program = f"from pathlib import Path\n\nPath({str(tmp_path / 'ran')!r}).touch()\n"
    found_in_python(tmp_path, program)
    assert not (tmp_path / "ran").exists()
