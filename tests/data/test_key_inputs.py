"""Where KMS keys are named: that the file is that of the installed SDK, and that the policy reads every place in it."""

import json
from typing import Any

import pytest

from policypack.data.key_inputs import KEY_INPUTS
from policypack.testing import resource
from tests.support import check
from tools import key_inputs, sdk_schema

KEY = "arn:aws:kms:eu-west-1:111122223333:key/0d990263-018e-4e65-a703-eff731de951e"
# What makes the policy ask for the key, where it is not asked for always.
ASKED: dict[str, dict[str, Any]] = {
    "aws:docdb/clusterInstance:ClusterInstance": {"enablePerformanceInsights": True},
    "aws:emr/cluster:Cluster": {"logUri": "s3://example-logs/"},
    "aws:lambda/function:Function": {"environment": {"variables": {"TABLE": "loans"}}},
    "aws:rds/cluster:Cluster": {"performanceInsightsEnabled": True, "manageMasterUserPassword": True},
    "aws:rds/clusterInstance:ClusterInstance": {"performanceInsightsEnabled": True},
    "aws:rds/instance:Instance": {"performanceInsightsEnabled": True, "manageMasterUserPassword": True},
    "aws:redshift/cluster:Cluster": {"manageMasterPassword": True},
    "aws:redshiftserverless/namespace:Namespace": {"manageAdminPassword": True},
    "aws:ssm/parameter:Parameter": {"type": "SecureString"},
}


@pytest.mark.slow
def test_the_file_is_what_the_installed_sdk_says() -> None:
    """`python -m tools.key_inputs` rewrites it."""
    written = json.loads(key_inputs.FILE.read_text())
    generated = key_inputs.generate()
    assert {key: written[key] for key in generated} == generated


@pytest.mark.slow
@pytest.mark.parametrize("name", key_inputs._NONE)
def test_every_exception_is_needed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        key_inputs, "_NONE", {other: patterns for other, patterns in key_inputs._NONE.items() if other != name}
    )
    service = name.partition("/")[0]
    tokens = [token for token in sdk_schema.resource_types() if token.startswith(f"aws:{service}/")]
    found = {(token, path) for token in tokens for path in key_inputs._keys(token)}
    assert found - {(token, path) for token in tokens for path in KEY_INPUTS.get(token, ())}


@pytest.mark.parametrize(("type_", "path"), [(type_, path) for type_, paths in KEY_INPUTS.items() for path in paths])
def test_every_key_is_asked_for(type_: str, path: str) -> None:
    def reported(key: str) -> list[str]:
        steps = path.replace("?", "").split(".")
        it = resource(type_, **ASKED.get(type_, {}) | _nested(steps, key))
        found = check("encryption-customer-managed-key", it, config={"types": [type_], "perResource": True}).violations
        return [each for each in found if each.replace("[0]", "[]") == f"it.{path.replace('?', '')}"]

    assert reported(KEY) == []
    assert len(reported("")) == len(reported("alias/aws/example")) == 1


def _nested(steps: list[str], value: Any) -> dict[str, Any]:
    step, *rest = steps
    inner = _nested(rest, value) if rest else value
    return {step.removesuffix("[]"): [inner] if step.endswith("[]") else inner}
