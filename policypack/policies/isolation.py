"""Network isolation: that services keep their traffic inside of the VPC."""

from __future__ import annotations

from typing import Final

from policypack.model import Stack
from policypack.policy import stack_policy
from policypack.requirement import (
    FoldedConfig,
    Requirement,
    Row,
    Table,
    always,
    controls_of,
    fold_table,
    is_set,
)
from policypack.rows import Denied
from policypack.verdict import Verdicts

_PUBLIC: Final = "the code that runs there can send data to any host on the internet"
_ROUTED: Final = "copies to and from the warehouse take other ways than your VPC, past its firewalls and flow logs"
_IN_VPC: Final = 'Set networkConfiguration.networkMode to "VPC", with subnets and security groups.'
_SUBNETS: Final = "It then needs VPC endpoints, or a NAT gateway, for what it reads."
_REPLACES: Final = "This replaces the resource."

_ISOLATED: Final[Table] = {
    # Off by default: attachments of other accounts wait to be accepted (the provider's documentation).
    "aws:ec2transitgateway/transitGateway:TransitGateway": (
        Requirement(
            "autoAcceptSharedAttachments",
            ("disable",),
            absent_is_right=always,
            means="every account that the gateway is shared with connects its network unasked",
            note="Accept attachments with an aws.ec2transitgateway.VpcAttachmentAccepter.",
            controls=("FSBP EC2.23",),
        ),
    ),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": (
        Denied(
            "networkConfiguration.networkMode",
            ("PUBLIC",),
            _IN_VPC,
            means=_PUBLIC,
            note=_SUBNETS,
            controls=("FSBP BedrockAgentCore.1",),
        ),
    ),
    "aws:bedrock/agentcoreBrowser:AgentcoreBrowser": (
        Denied(
            "networkConfiguration.networkMode",
            ("PUBLIC",),
            _IN_VPC,
            means=_PUBLIC,
            note=_SUBNETS,
            controls=("FSBP BedrockAgentCore.5",),
        ),
    ),
    "aws:bedrock/agentcoreCodeInterpreter:AgentcoreCodeInterpreter": (
        Denied(
            "networkConfiguration.networkMode",
            ("PUBLIC",),
            'Set networkConfiguration.networkMode to "SANDBOX", or to "VPC" with subnets and security groups.',
            means=_PUBLIC,
        ),
    ),
    "aws:bedrock/agentcoreHarness:AgentcoreHarness": (
        Denied(
            "environments[].agentcoreRuntimeEnvironments[].networkConfigurations[].networkMode",
            ("PUBLIC",),
            'Set networkMode there to "VPC", with subnets and security groups.',
            means=_PUBLIC,
            note=_SUBNETS,
        ),
    ),
}


@stack_policy(
    id="network-isolation",
    title="Agents and browsers run inside a VPC, and transit gateways accept no network unasked",
    types=_ISOLATED,
    severity="high",
    enforcement="advisory",
    fix="Close the network.",
    frameworks=controls_of(_ISOLATED),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html",
)
def network_isolation(stack: Stack, config: FoldedConfig) -> Verdicts:
    """An agent that is misled can send what it reads to anyone, and a network that nobody has looked at gets in."""
    yield from fold_table(_ISOLATED, stack, config)


_TRAINING: Final = f"The container can then make no calls at all; SageMaker still brings the data. {_REPLACES}"


def _isolated_job(
    block: str, note: str, isolation: tuple[str, ...] = (), encryption: tuple[str, ...] = ()
) -> tuple[Row, ...]:
    """The rows of a job, by the block that they are in, with the controls of each."""
    prefix = f"{block}." if block else ""
    return (
        Requirement(
            f"{prefix}enableNetworkIsolation",
            means="the job can send data to any host on the internet",
            note=note,
            controls=isolation,
        ),
        Requirement(
            f"{prefix}enableInterContainerTrafficEncryption",
            means="data between the job's instances is in plain text",
            note=f"Jobs of several instances take longer. {_REPLACES}",
            controls=encryption,
        ),
    )


_TRAFFIC: Final[Table] = {
    "aws:redshift/cluster:Cluster": (
        Requirement("enhancedVpcRouting", means=_ROUTED, note=_SUBNETS, controls=("FSBP Redshift.7",)),
    ),
    "aws:redshiftserverless/workgroup:Workgroup": (
        Requirement("enhancedVpcRouting", means=_ROUTED, note=_SUBNETS, controls=("FSBP RedshiftServerless.1",)),
    ),
    "aws:sagemaker/notebookInstance:NotebookInstance": (
        Requirement(
            "subnetId",
            (),
            means="the notebook is in a network of SageMaker, past the firewalls and flow logs of your VPC",
            note=_REPLACES,
            controls=("FSBP SageMaker.2",),
        ),
        # Users have root access by default (the provider's documentation).
        Requirement(
            "rootAccess",
            ("Disabled",),
            means="every user of the notebook can change what it runs, and read all that is on it",
            note="Users then install packages in environments of their own.",
            controls=("FSBP SageMaker.3",),
        ),
    ),
    "aws:sagemaker/model:Model": (
        Requirement(
            "enableNetworkIsolation",
            means="the model's container can send data to any host on the internet",
            note=f"The container can then make no calls at all, not even to S3. {_REPLACES}",
            controls=("FSBP SageMaker.5",),
        ),
        *(
            Requirement(
                f"{containers}.imageConfig.repositoryAccessMode",
                ("Vpc",),
                unless=lambda model: not is_set("vpcConfig")(model),
                means="SageMaker fetches the image past your VPC",
                note="It needs vpcConfig, and a VPC endpoint or another way to the registry.",
                controls=(control,),
            )
            for containers, control in (
                ("primaryContainer?", "FSBP SageMaker.16"),
                ("containers[]", "FSBP SageMaker.19"),
            )
        ),
    ),
    "aws:sagemaker/dataQualityJobDefinition:DataQualityJobDefinition": _isolated_job(
        "networkConfig", _REPLACES, ("FSBP SageMaker.11",), ("FSBP SageMaker.9",)
    ),
    "aws:sagemaker/hyperParameterTuningJob:HyperParameterTuningJob": (
        *_isolated_job("trainingJobDefinition?", _TRAINING),
        *_isolated_job("trainingJobDefinitions[]", _TRAINING),
    ),
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": _isolated_job(
        "monitoringScheduleConfig.monitoringJobDefinition?.networkConfig", _REPLACES
    ),
    "aws:sagemaker/trainingJob:TrainingJob": _isolated_job("", _TRAINING),
    "aws:ec2/networkInterface:NetworkInterface": (
        Requirement(
            "sourceDestCheck",
            ("true",),
            absent_is_right=always,
            means="the interface takes and sends packets of other addresses than its own",
            note="A NAT instance or firewall needs it off: exempt it.",
            controls=("FSBP EC2.180",),
        ),
    ),
}


@stack_policy(
    id="private-traffic",
    title="Warehouses, models and notebooks use the network of the VPC",
    types=_TRAFFIC,
    severity="medium",
    enforcement="advisory",
    fix="Route the traffic through the VPC.",
    frameworks=controls_of(_TRAFFIC),
    url="https://docs.aws.amazon.com/sagemaker/latest/dg/infrastructure-give-access.html",
)
def private_traffic(stack: Stack, config: FoldedConfig) -> Verdicts:
    """Data leaves past the firewalls, endpoints and flow logs of the VPC, and nobody sees it."""
    yield from fold_table(_TRAFFIC, stack, config)
