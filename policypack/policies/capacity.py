"""Capacity: more nodes, instances and days than one needs on a quiet day, which AWS charges for."""

from __future__ import annotations

from typing import Final

from policypack.model import Resource, Stack
from policypack.policy import stack_policy
from policypack.requirement import FoldedConfig, Requirement, Row, Table, controls_of, fold_table, lacks
from policypack.rows import AtLeast, Companion, Includes
from policypack.verdict import Verdicts

_THREE: Final = "when one of the nodes fails, the others may lose data or disagree about it"


def _nodes(data: str, masters: str = "") -> tuple[Row, ...]:
    rows: tuple[Row, ...] = (
        AtLeast("clusterConfig.instanceCount", 3, 1, means=_THREE, controls=(data,)),
        Requirement("clusterConfig.zoneAwarenessEnabled", means=_THREE, controls=(data,)),
    )
    if masters:
        rows += (
            AtLeast(
                "clusterConfig.dedicatedMasterCount",
                3,
                means="the domain has no majority when a master node fails",
                note="It needs dedicatedMasterEnabled and dedicatedMasterType.",
                controls=(masters,),
            ),
        )
    return rows


def _scales_by_itself(table: Resource) -> bool | None:
    mode = table.get("billingMode")
    return None if mode.is_unknown else mode.text == "PAY_PER_REQUEST"


def _is_serverless(configuration: Resource) -> bool:
    return any(not variant.is_unset for variant in configuration.each("productionVariants[].serverlessConfig?"))


_SIZES: Final[Table] = {
    "aws:opensearch/domain:Domain": _nodes("FSBP Opensearch.6"),
    "aws:elasticsearch/domain:Domain": _nodes("FSBP ES.6", "FSBP ES.7"),
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": (
        AtLeast(
            "productionVariants[].initialInstanceCount",
            2,
            unless=_is_serverless,
            means="the model is unavailable while the instance is replaced",
            controls=("FSBP SageMaker.4",),
        ),
    ),
    "aws:redshift/cluster:Cluster": (
        Requirement(
            "multiAz",
            means="the warehouse is unavailable when its zone fails",
            note="It needs nodes of the type ra3, encryption and a subnet group of three zones.",
            controls=("FSBP Redshift.18",),
        ),
    ),
    "aws:autoscaling/group:Group": (
        Includes(
            "mixedInstancesPolicy.launchTemplate.overrides",
            means="when AWS has no instances of the one type left, the group cannot grow",
            note="Name two or more instance types there.",
            controls=("FSBP AutoScaling.6",),
        ),
    ),
    # PROVISIONED by default (the provider's documentation).
    "aws:dynamodb/table:Table": (
        Companion(
            "aws:appautoscaling/target:Target",
            "resourceId",
            "The table has a fixed capacity, and no aws.appautoscaling.Target in this stack",
            'Set billingMode to "PAY_PER_REQUEST", or add an aws.appautoscaling.Target for reads and one for writes.',
            unless=_scales_by_itself,
            means="requests above the capacity are refused",
            controls=("FSBP DynamoDB.1",),
        ),
    ),
    "aws:kinesis/stream:Stream": (
        AtLeast(
            "retentionPeriod",
            168,
            24,
            means="records that no consumer has read within the hours are lost",
            controls=("FSBP Kinesis.3",),
        ),
    ),
    "aws:rds/cluster:Cluster": (
        AtLeast(
            "backtrackWindow",
            1,
            unless=lacks("engine", "aurora-mysql"),
            means="a mistake cannot be taken back without restoring a backup",
            note="Backtracking cannot be turned on for a cluster that exists.",
            controls=("FSBP RDS.14",),
        ),
    ),
}


@stack_policy(
    id="spare-capacity",
    title="Clusters, groups and streams have more than they need on a quiet day",
    types=_SIZES,
    severity="medium",
    enforcement="disabled",
    fix="Add capacity, which AWS charges for.",
    frameworks=controls_of(_SIZES),
    url="https://docs.aws.amazon.com/wellarchitected/latest/reliability-pillar/design-your-workload-to-withstand-component-failures.html",
)
def spare_capacity(stack: Stack, config: FoldedConfig) -> Verdicts:
    """The first failure, or the first busy day, takes the service down."""
    yield from fold_table(_SIZES, stack, config)
