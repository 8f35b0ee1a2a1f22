"""The facts about SDKs, beside the SDKs that they are about."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest

from policypack.lint.installed_sdk import InstalledSdk
from policypack.lint.sdk import ShippedSdk
from policypack.lint.sdk_facts import majors, sdk_facts
from tests.support import SDK_IS_INSTALLED

pytestmark = [
    pytest.mark.broad,
    pytest.mark.skipif(not SDK_IS_INSTALLED, reason="it needs pulumi_aws, which is not installed here"),
]


@pytest.mark.parametrize("module", ["pulumi", "pulumi_aws", "pulumi_aws.sqs", "pulumi_aws.lambda_", "pulumi_aws.sns"])
def test_the_facts_say_what_the_installed_sdk_has(module: str) -> None:
    """`python -m tools.sdk_facts` rewrites them."""
    installed = InstalledSdk(Path(sysconfig.get_path("purelib")))
    package = module.partition(".")[0]
    core = sdk_facts("pulumi", 3)
    facts = sdk_facts(package, majors(package)[-1])
    assert facts
    assert core
    assert facts.version == installed.version(package), "run python -m tools.sdk_facts"
    shipped = ShippedSdk(facts, core)
    names = installed.names(module)
    assert names
    assert shipped.names(module) == names
    for name in sorted(names):
        full_name = f"{module}.{name}"
        signature, known = installed.signature(full_name), shipped.signature(full_name)
        if signature and known and package != "pulumi":
            assert known.parameters.keys() == signature.parameters.keys(), full_name
            for parameter in signature.parameters.values():
                if not full_name.endswith("_output"):
                    assert known.parameters[parameter.name] == parameter, full_name
        members, known_members = installed.members(full_name), shipped.members(full_name)
        if members and known_members:
            assert {each for each in members if not each.startswith("__")} == {
                each for each in known_members if not each.startswith("__")
            }
        assert shipped.values(full_name) == installed.values(full_name)
