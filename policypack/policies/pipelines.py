"""Pipelines: that what they build is encrypted."""

from __future__ import annotations

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_SEVERAL_STORES = " Where a pipeline has several stores, each needs a region and a key of that region."


@resource_policy(
    id="codepipeline-artifact-store",
    title="Pipelines encrypt their artifacts with a customer managed KMS key",
    types=("aws:codepipeline/pipeline:Pipeline",),
    severity="high",
    fix="Set encryptionKey.id of the artifact store to the ARN of an aws.kms.Key, and encryptionKey.type to KMS. The "
    "roles of the pipeline and of its actions then also need to use the key.",
    url="https://docs.aws.amazon.com/codepipeline/latest/userguide/S3-artifact-encryption.html",
)
def codepipeline_artifact_store(pipeline: Resource, config: Config) -> Verdicts:
    """
    Artifacts hold the source code, and often secrets of the build. With the key that AWS manages, you cannot control
    who may decrypt them, and no role of another account can deploy from them.
    """
    # The provider refuses a pipeline without any store, so there is nothing to say of that.
    stores = list(pipeline.each("artifactStores[]"))
    note = _SEVERAL_STORES if len(stores) > 1 else ""
    for store in stores:
        key, kind = store.get("encryptionKey.id"), store.get("encryptionKey.type")
        if store.get("encryptionKey").is_unknown:
            yield Undecided(key)
        # Without a key of one's own, CodePipeline uses the one that AWS manages for S3.
        elif key.is_unset:
            yield Violation(
                key,
                f"{key.path} is {key.shown}: the artifacts are encrypted with a key that AWS manages.",
                fix=f'Set {key.path} to the ARN of an aws.kms.Key, and {kind.path} to "KMS". The roles of the '
                f"pipeline and of its actions then also need to use the key.{note}",
            )
        elif "alias/aws/" in key.text:
            yield Violation(
                key,
                f"{key.path} is {key.shown}: AWS manages that key.",
                fix=f"Set {key.path} to the ARN of an aws.kms.Key. The roles of the pipeline and of its actions then "
                f"also need to use the key.{note}",
            )
        elif kind.is_unknown:
            yield Undecided(kind)
        elif kind.text != "KMS":
            yield Violation(
                kind,
                f'{kind.path} is {kind.shown}; CodePipeline accepts only "KMS".',
                fix=f'Set {kind.path} to "KMS".',
            )
