"""Policies about image repositories."""

from __future__ import annotations

import pytest

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


@pytest.mark.parametrize(
    ("mutability", "is_clean"),
    [("IMMUTABLE", True), ("IMMUTABLE_WITH_EXCLUSION", True), ("MUTABLE", False), ("MUTABLE_WITH_EXCLUSION", False)],
)
def test_tags_are_immutable_but_for_those_that_are_excluded(mutability: str, *, is_clean: bool) -> None:
    scanning = {"scanOnPush": True}
    repository = resource(REPOSITORY, imageTagMutability=mutability, imageScanningConfiguration=scanning)
    lifecycle = resource("aws:ecr/lifecyclePolicy:LifecyclePolicy", repository=ref(repository))
    assert check("image-repositories", repository, lifecycle).is_clean == is_clean
