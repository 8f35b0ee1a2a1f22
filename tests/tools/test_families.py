"""Every input of the SDK that concerns the pack is one that a policy reacts to, or is left out with a reason."""

from __future__ import annotations

import pytest

from policypack.pack import PACK
from policypack.policy import Pack
from tools import families
from tools.families import FAMILIES, Found, Input


@pytest.fixture(scope="module")
def found() -> Found:
    """About 25 seconds: it reads 1,746 types, and runs the policies on each of 2,300 inputs."""
    return families.measure()


@pytest.mark.slow
def test_every_input_is_covered_or_left_out(found: Found) -> None:
    """`python -m tools.families` prints them, with the policies that react to each (--all)."""
    assert [f"{each.family}: {each.name}" for each in found.uncovered] == []


@pytest.mark.slow
def test_no_reason_is_left_over(found: Found) -> None:
    assert found.unused == ()


@pytest.mark.slow
def test_what_is_left_out_is_not_covered(found: Found) -> None:
    assert [each for each in found.reasons if found.reactions[each]] == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("family", "name", "policy"),
    [
        ("encryption at rest", "rds/instance storageEncrypted", "encryption-at-rest"),
        ("encryption at rest", "amp/workspace kmsKeyArn", "encryption-customer-managed-key"),
        ("TLS", "lb/listener sslPolicy", "tls-policy"),
        ("public access", "eks/cluster vpcConfig.endpointPublicAccess", "eks-public-endpoint"),
        ("logging", "msk/cluster loggingInfo.brokerLogs.s3.enabled", "service-logs"),
        ("deletion protection", "s3/bucket forceDestroy", "force-destroy"),
        ("backup", "dynamodb/table pointInTimeRecovery.enabled", "backup-retention"),
        ("authentication", "lambda/functionUrl authorizationType", "resource-policy-scope"),
        ("automatic upgrades", "rds/instance autoMinorVersionUpgrade", "automatic-upgrades"),
        ("network isolation", "sagemaker/trainingJob enableNetworkIsolation", "private-traffic"),
        ("versions", "eks/cluster version", "engine-version"),
        ("policy documents", "opensearch/domain accessPolicies", "resource-policy-scope"),
    ],
)
def test_an_input_that_a_policy_reads_is_covered(found: Found, family: str, name: str, policy: str) -> None:
    each = next(each for each in found.reactions if each.name == name)
    assert each.family == family
    assert policy in found.reactions[each]


@pytest.mark.parametrize(
    ("path", "family"),
    [
        ("serverSideEncryption.enabled", "encryption at rest"),
        ("volumes[].efsVolumeConfiguration.transitEncryption", "TLS"),
        ("transitGatewayId", None),
        ("publicKey", None),
        ("publiclyAccessible", "public access"),
        ("catalogId", None),
        ("loggingConfiguration.level", "logging"),
        ("dialogAction", None),
        ("skipFinalSnapshot", "deletion protection"),
        ("maxRuntimeInSeconds", None),
        ("tags", None),
    ],
)
def test_the_words_of_an_input_say_its_family(path: str, family: str | None) -> None:
    assert next((each.name for each in FAMILIES if each.has(path)), None) == family


def test_without_its_policy_an_input_is_uncovered(monkeypatch: pytest.MonkeyPatch) -> None:
    encrypted = Input("encryption at rest", "aws:efs/fileSystem:FileSystem", "encrypted", "boolean")
    assert "encryption-at-rest" in families._reactions(encrypted, families._places({})[encrypted.type])
    others = tuple(policy for policy in PACK.policies if not policy.id.startswith("encryption-"))
    monkeypatch.setattr("tools.families.PACK", Pack("test", "0", "", others))
    families._asked.cache_clear()
    assert families._reactions(encrypted, families._places({}).get(encrypted.type, [])) == ()
    families._asked.cache_clear()
