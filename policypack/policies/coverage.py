"""Coverage: which resources of a stack no policy checks."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.listing import some
from policypack.model import Resource
from policypack.record import Record, report_policy
from policypack.verdict import Verdicts, Violation

# They make what AWS resources are made from, or nothing outside of the machine that runs the update.
_HARMLESS: Final = (
    *("aws", "pulumi", "archive", "command", "docker-build", "local", "null", "random", "std", "synced-folder", "time"),
    "tls",
)
# Providers of AWS resources other than the one that the policies know. They are said even where a file does not tell
# which provider manages a resource.
_OTHER_AWS: Final = ("aws-native", "awscc", "awsx")
_TYPES_NAMED: Final = 5


class CoverageConfig(Config):
    """Config of unchecked-resources."""

    ignored: Annotated[
        tuple[str, ...],
        Meta(description='Packages of resources that need not be checked by this pack: ["kubernetes", "cloudflare"].'),
    ] = ()


@report_policy(
    id="unchecked-resources",
    title="Every resource of the stack belongs to a provider that the pack knows",
    severity="low",
    enforcement="advisory",
    fix="Create AWS resources with the aws provider, whose resources are checked. For the others, use another policy "
    "pack, and name their packages in ignored of this policy.",
    url="https://www.pulumi.com/registry/packages/aws/",
)
def unchecked_resources(record: Record, config: CoverageConfig) -> Verdicts:
    """
    The policies of this pack know the resources of the aws provider only. A bucket that is created with aws-native
    is not checked, and the absence of findings does not mean that it is safe.
    """
    resources = record.stack.resources.values() if record.stack else ()
    parents = {resource.parent for resource in resources}
    skipped = {*_HARMLESS, *config.ignored}
    # A component is checked by the resources that it is made of.
    unchecked = [
        resource
        for resource in resources
        if _package(resource) not in skipped and resource.urn not in parents and _is_managed(resource)
    ]
    if unchecked:
        counts = Counter(resource.token for resource in unchecked).most_common()
        packages = ", ".join(sorted(set(map(_package, unchecked))))
        listed = some((f"{count} {token}" for token, count in counts), _TYPES_NAMED)
        is_one = len(unchecked) == 1
        yield Violation(
            None,
            f"{len(unchecked)} resource{' is' if is_one else 's are'} not checked, as no policy knows the resources of "
            f"{packages}: {listed}.",
        )


def _package(resource: Resource) -> str:
    return resource.token.partition(":")[0]


def _is_managed(resource: Resource) -> bool:
    """Whether a provider manages a resource; a component has none."""
    return bool(resource.provider_urn) or _package(resource) in _OTHER_AWS
