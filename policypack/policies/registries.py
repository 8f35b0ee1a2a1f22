"""Image repositories: that images are scanned, and that a tag always means the same image."""

from __future__ import annotations

from typing import Final

from policypack.model import Resource, Stack
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Requirement, Table, controls_of, fold_table
from policypack.rows import Companion
from policypack.verdict import Verdicts

_SCANNING: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"


def _is_scanned_by_registry(repository: Resource) -> bool:
    """Whether the stack itself scans the repositories of the account."""
    return any(list(each.each("rules[]")) for each in repository.stack.of_type(_SCANNING))


_REPOSITORIES: Final[Table] = {
    "aws:ecr/repository:Repository": (
        Requirement(
            "imageScanningConfiguration.scanOnPush",
            unless=_is_scanned_by_registry,
            means="nobody is told of known vulnerabilities in an image",
            note="Or add an aws.ecr.RegistryScanningConfiguration with rules, once for the account and region.",
            controls=("FSBP ECR.1",),
        ),
        Requirement(
            "imageTagMutability",
            ("IMMUTABLE", "IMMUTABLE_WITH_EXCLUSION"),
            means="a tag that is running can be pushed again with another image",
            note='Builds that push a tag such as "latest" again then fail: push a new tag each time.',
            controls=("FSBP ECR.2",),
        ),
        Companion(
            "aws:ecr/lifecyclePolicy:LifecyclePolicy",
            "repository",
            "The repository has no LifecyclePolicy in this stack",
            "Add an aws.ecr.LifecyclePolicy with the repository's name as repository.",
            means="images with known vulnerabilities are kept, and paid for, for ever",
            controls=("FSBP ECR.3",),
        ),
    ),
}


@stack_policy(
    id="image-repositories",
    title="Image repositories scan images, keep tags as they are, and delete old images",
    types=_REPOSITORIES,
    severity="high",
    enforcement="advisory",
    fix="Scan images, and make tags immutable.",
    frameworks=controls_of(_REPOSITORIES),
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/security-best-practices.html",
)
def image_repositories(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Vulnerable images reach production unnoticed, and whoever can push can replace what runs there."""
    yield from fold_table(_REPOSITORIES, stack, config)
