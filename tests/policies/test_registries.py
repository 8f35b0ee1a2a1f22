"""Policies about image repositories."""

from __future__ import annotations

from policypack.testing import UNKNOWN, ref, resource
from tests.support import check

REPOSITORY = "aws:ecr/repository:Repository"
SCANNING = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


def test_a_registry_that_scans_needs_no_scan_of_its_repositories() -> None:
    repository = resource(REPOSITORY, "api", imageTagMutability="IMMUTABLE")
    lifecycle = resource("aws:ecr/lifecyclePolicy:LifecyclePolicy", repository=ref(repository))
    assert check("image-repositories", repository, lifecycle).controls == ["FSBP ECR.1"]
    rules = [{"scanFrequency": "SCAN_ON_PUSH", "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}]}]
    assert check("image-repositories", repository, lifecycle, resource(SCANNING, rules=rules)).is_clean
    assert not check("image-repositories", repository, lifecycle, resource(SCANNING, rules=[])).is_clean


def test_unknown_settings_are_undecided() -> None:
    repository = resource(REPOSITORY, imageTagMutability=UNKNOWN)
    lifecycle = resource("aws:ecr/lifecyclePolicy:LifecyclePolicy", repository=ref(repository))
    assert check("image-repositories", repository, lifecycle).undecided
