"""Which classes of an SDK are resources, and which variables of a Python program surely hold one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import PYTHON_PROJECT, found, found_in_python

_POLICIES = (
    "lost-output",
    "output-as-text",
    "output-as-value",
    "resource-in-apply",
    "resource-name",
    "resource-options",
)
_ENUMS = """
small = aws.ec2.InstanceType("t3.micro")
other = aws.ec2.InstanceType("t3.micro")
print(small.value, f"{small.value}", small.value.split("."))
if small.value == "t3.micro":
    pass
arguments = aws.s3.BucketServerSideEncryptionConfigurationArgs(rule={})
print(f"{arguments.rule}")
pulumi.Output.all(1).apply(lambda _: aws.ec2.InstanceType("t3.micro"))
"""
_HELPERS = """
import pulumi_kubernetes as k8s

opts = k8s.helm.v3.ChartOpts(chart="nginx", values={})
for key, value in opts.values.items():
    print(f"{key}={value}")
k8s.yaml.ConfigGroup("a", opts="x")
k8s.yaml.ConfigGroup("a")
"""
_REBOUND = [
    "try:\n    pass\nexcept ValueError as made:\n    print(f'{made.args}')",
    "match object():\n    case {'a': made}:\n        print(made.name.upper())",
    "match object():\n    case [_, *made]:\n        print(made.arn.upper())",
    "match object():\n    case {'a': 1, **made}:\n        print(made.arn.upper())",
    "def f():\n    from .shop import made\n    print(made.arn.upper())",
    "def f():\n    import shop.made as made\n    print(made.arn.upper())",
]


@pytest.mark.parametrize("installed", [True, False])
def test_what_is_no_resource_has_no_outputs(tmp_path: Path, installed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not installed:
        monkeypatch.setenv("VIRTUAL_ENV", "/nowhere")
    assert found_in_python(tmp_path, _ENUMS, *_POLICIES) == []


def test_nothing_is_said_of_the_classes_of_an_sdk_about_which_nothing_is_known(tmp_path: Path) -> None:
    assert found_in_python(tmp_path, _HELPERS, *_POLICIES) == []


def test_only_the_classes_that_the_generator_made_are_resources(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = "environment/lib/python3.11/site-packages/pulumi_shop"
    resource = "import pulumi\n\n\nclass Cart(pulumi.CustomResource):\n    def _internal_init(self):\n        pass\n"
    helper = "class CartOpts:\n    def __init__(self, name):\n        self.name = name\n"
    program = (
        "import pulumi_shop as shop\n\nshop.CartOpts('a')\nshop.CartOpts('a')\noptions = shop.CartOpts('b')\n"
        "print(f'{options.name}')\ncart = shop.Cart('a')\nprint(f'{cart.name}')\n"
    )
    monkeypatch.setenv("VIRTUAL_ENV", str(tmp_path / "environment"))
    files = {
        f"{package}/__init__.py": "from .cart import *\nfrom .cart_opts import *\n",
        f"{package}/cart.py": resource,
        f"{package}/cart_opts.py": helper,
        f"{package}-1.0.0.dist-info/METADATA": "",
        "Pulumi.yaml": PYTHON_PROJECT,
        "__main__.py": program,
    }
    (finding,) = found(tmp_path, files, "output-as-text", "resource-name")
    assert finding.startswith("__main__.py:8:10 output-as-text: The output cart.name ")


@pytest.mark.parametrize("program", _REBOUND)
def test_a_variable_that_is_bound_a_second_time_may_hold_anything(tmp_path: Path, program: str) -> None:
    assert found_in_python(tmp_path, f"made = aws.sqs.Queue('q')\n{program}\n", *_POLICIES) == []


def test_a_name_that_is_imported_from_two_places_may_be_either(tmp_path: Path) -> None:
    program = "def f():\n    import shop as aws\n    aws.s3.Buckett('a')\n"
    assert found_in_python(tmp_path, program, "sdk-names") == []


@pytest.mark.parametrize(
    "program",
    [
        "p = aws.ec2.Vpc('v')\n{a}\np = aws.ec2.Vpc('w')\n{a}",
        "class A:\n    def __init__(self, p):\n        {a}\n        p = aws.ec2.Vpc('w')\n        {a}",
    ],
)
def test_resources_of_one_name_may_have_two_parents_in_one_variable(tmp_path: Path, program: str) -> None:
    made = "aws.s3.Bucket('a', opts=pulumi.ResourceOptions(parent=p))"
    assert found_in_python(tmp_path, program.format(a=made), "resource-name") == []


def test_resources_of_one_name_and_one_parent_are_reported(tmp_path: Path) -> None:
    made = "        aws.s3.Bucket('a', opts=pulumi.ResourceOptions(parent=self))\n"
    other = "    def other(self):\n        pass\n"
    program = f"class A(pulumi.ComponentResource):\n    def __init__(self):\n{made}{made}{other}"
    (finding,) = found_in_python(tmp_path, program, "resource-name")
    assert "An aws.s3.Bucket named 'a' is made in line 8 already" in finding
