"""
Where AWS resource types take environment variables, commands, scripts and addresses: what people put secrets into.

A path is one of a property as Resource.each takes it (`containers[].environment`). Where the property is a JSON
document, a colon stands behind it, and the rest of the path is within the document (`containerProperties:environment`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "Environment variables, commands, scripts and addresses of resource types",
        "2026-11-28",
        (
            "https://pypi.org/project/pulumi-aws/7.51.1/",
            "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html",
            "https://docs.aws.amazon.com/batch/latest/APIReference/API_RegisterJobDefinition.html",
        ),
        max_age=365,
    ),
)


@dataclass(frozen=True)
class Variables:
    """
    A property that holds names with values, such as environment variables.

    :param path: a map, or a list of entries each with a name and a value.
    :param fix: how to pass a secret there.
    :param name: the key under which an entry of a list has its name.
    :param unless: a key of an entry, with the values that mean that the entry only refers to a secret.
    :param is_only_place: whether the service has no other place for a secret, so that marking it secret is all there is
        to do.
    """

    path: str
    fix: str
    name: str = "name"
    unless: tuple[str, tuple[str, ...]] = ("", ())
    is_only_place: bool = False


@dataclass(frozen=True)
class Command:
    """
    The command that a container runs.

    :param path: the block with the command's parts.
    :param parts: the properties that make up the command, in order: lists of words, or whole lines.
    :param fix: how to pass a secret to it.
    """

    path: str
    parts: tuple[str, ...]
    fix: str


@dataclass(frozen=True)
class Script:
    """
    A property that holds a script, the code of a function, or a document with commands: a text, or an asset.

    :param path: the property.
    :param fix: how it gets a secret instead.
    :param is_start_script: whether it runs when a machine starts. Only such a script is undecided while it is unknown:
        other code and documents are unknown because they name other resources.
    :param is_buildspec: whether it is a buildspec of CodeBuild, whose blocks `secrets-manager` and `parameter-store`
        only name secrets (https://docs.aws.amazon.com/codebuild/latest/userguide/build-spec-ref.html).
    """

    path: str
    fix: str
    is_start_script: bool = False
    is_buildspec: bool = False


_SECRET: Final = "an aws.secretsmanager.Secret"
_READ_IT: Final = f"Pass the ARN of {_SECRET} instead, allow the role to read that secret, and read it at run time."
_ECS_FIX: Final = (
    "Remove the variable from environment, and add an entry to the container's secrets with the same name and the "
    f"ARN of {_SECRET} as valueFrom. The task's execution role must be allowed to read that secret."
)
_GLUE_FIX: Final = f"Set SECRET_ID to {_SECRET} that holds user and password."
ADDRESS_FIX: Final = (
    "Remove the secret, and pass it in a property that is meant for secrets. If the service has none, create or fetch "
    "the secret, and mark the value with pulumi.Output.secret (pulumi.secret in TypeScript)."
)
_HEADER_FIX: Final = f"Send it with an aws.cloudwatch.EventConnection, or from a Lambda function that reads {_SECRET}."
_CONNECTOR_FIX: Final = "Let the connector read the secret with a config provider: ${secretsmanager:NAME:KEY}."
_BUILD_FIX: Final = 'Set type to "SECRETS_MANAGER", and value to the name of the secret.'
_RUNNER_FIX: Final = f"Move the variable to runtimeEnvironmentSecrets, as the ARN of {_SECRET}."
_POD_FIX: Final = f"Remove the variable from envs, and let the program read {_SECRET} with the pod's service account."
_AT_RUN_TIME: Final = (
    f"Remove the secret, and let the program read it from {_SECRET} at run time. The role that the program runs with "
    "must be allowed to read that secret."
)

VARIABLES: Final[Mapping[str, tuple[Variables, ...]]] = {
    "aws:ecs/taskDefinition:TaskDefinition": (Variables("containerDefinitions:environment", _ECS_FIX),),
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": (Variables("containerDefinitions[].environments", _ECS_FIX),),
    "aws:ecs/expressGatewayService:ExpressGatewayService": (Variables("primaryContainer.environments", _ECS_FIX),),
    "aws:batch/jobDefinition:JobDefinition": (
        Variables("containerProperties:environment", _ECS_FIX),
        Variables("ecsProperties:taskProperties[].containers[].environment", _ECS_FIX),
        Variables("nodeProperties:nodeRangeProperties[].container.environment", _ECS_FIX),
        Variables("eksProperties.podProperties.containers[].envs", _POD_FIX),
        Variables("eksProperties.podProperties.initContainers[].envs", _POD_FIX),
        Variables("parameters", _ECS_FIX),
    ),
    "aws:lambda/function:Function": (Variables("environment.variables", _READ_IT),),
    "aws:codebuild/project:Project": (
        Variables(
            "environment.environmentVariables",
            _BUILD_FIX,
            unless=("type", ("PARAMETER_STORE", "SECRETS_MANAGER")),
        ),
    ),
    "aws:apprunner/service:Service": (
        Variables("sourceConfiguration.imageRepository.imageConfiguration.runtimeEnvironmentVariables", _RUNNER_FIX),
        Variables(
            "sourceConfiguration.codeRepository.codeConfiguration.codeConfigurationValues.runtimeEnvironmentVariables",
            _RUNNER_FIX,
        ),
    ),
    "aws:amplify/app:App": (
        Variables("environmentVariables", _READ_IT),
        Variables("autoBranchCreationConfig.environmentVariables", _READ_IT),
    ),
    "aws:amplify/branch:Branch": (Variables("environmentVariables", _READ_IT),),
    "aws:elasticbeanstalk/environment:Environment": (Variables("settings", _READ_IT),),
    "aws:elasticbeanstalk/configurationTemplate:ConfigurationTemplate": (Variables("settings", _READ_IT),),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": (Variables("environmentVariables", _READ_IT),),
    "aws:bedrock/agentcoreHarness:AgentcoreHarness": (Variables("environmentVariables", _READ_IT),),
    "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion": (
        Variables("containers[].environment", _READ_IT),
    ),
    "aws:sagemaker/model:Model": (
        Variables("primaryContainer.environment", _READ_IT),
        Variables("containers[].environment", _READ_IT),
    ),
    "aws:sagemaker/trainingJob:TrainingJob": (Variables("environment", _READ_IT),),
    "aws:mskconnect/connector:Connector": (Variables("connectorConfiguration", _CONNECTOR_FIX),),
    "aws:glue/connection:Connection": (
        Variables("connectionProperties", _GLUE_FIX),
        Variables("athenaProperties", _GLUE_FIX),
    ),
    "aws:glue/job:Job": (Variables("defaultArguments", _READ_IT), Variables("nonOverridableArguments", _READ_IT)),
    "aws:mwaa/environment:Environment": (Variables("airflowConfigurationOptions", _READ_IT),),
    "aws:synthetics/canary:Canary": (Variables("runConfig.environmentVariables", _READ_IT),),
    "aws:apigateway/stage:Stage": (Variables("variables", _READ_IT),),
    "aws:apigatewayv2/stage:Stage": (Variables("stageVariables", _READ_IT),),
    **dict.fromkeys(
        ("aws:apigateway/integration:Integration", "aws:apigatewayv2/integration:Integration"),
        (Variables("requestParameters", ADDRESS_FIX, is_only_place=True),),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        Variables("httpTarget.headerParameters", _HEADER_FIX),
        Variables("httpTarget.queryStringParameters", _HEADER_FIX),
    ),
    "aws:pipes/pipe:Pipe": (
        *(
            Variables(f"{where}.httpParameters.{part}", _HEADER_FIX)
            for where in ("enrichmentParameters", "targetParameters")
            for part in ("headerParameters", "queryStringParameters")
        ),
        Variables("targetParameters.ecsTaskParameters.overrides.containerOverrides[].environments", _READ_IT),
        Variables("targetParameters.batchJobParameters.containerOverrides.environments", _READ_IT),
    ),
    "aws:cloudwatch/eventConnection:EventConnection": tuple(
        Variables(
            f"authParameters.{where}.{part}",
            "Set isValueSecret to true, and create or fetch the value.",
            name="key",
            unless=("isValueSecret", ("true",)),
        )
        for where in ("invocationHttpParameters", "oauth.oauthHttpParameters")
        for part in ("headers", "queryStrings", "bodies")
    ),
}
"""By canonical type token."""

_COMMAND_FIX: Final = (
    "Remove the secret from the command. Add an entry to the container's secrets with a name and the ARN of "
    f"{_SECRET} as valueFrom, and let the program read the environment variable of that name. The execution role must "
    "be allowed to read that secret."
)
_RUNNER_COMMAND_FIX: Final = (
    f"Remove the secret from the command. Add the ARN of {_SECRET} to runtimeEnvironmentSecrets, and let the program "
    "read the environment variable of that name. The instance role must be allowed to read that secret."
)
_CODE_OF_RUNNER: Final = "sourceConfiguration.codeRepository.codeConfiguration.codeConfigurationValues"
_SINGULAR: Final = ("entryPoint", "command")
_PLURAL: Final = ("entryPoints", "commands")
_MONITORING: Final = "monitoringScheduleConfig.monitoringJobDefinition.monitoringAppSpecification"

COMMANDS: Final[Mapping[str, tuple[Command, ...]]] = {
    "aws:ecs/taskDefinition:TaskDefinition": (
        Command("containerDefinitions:", _SINGULAR, _COMMAND_FIX),
        Command("containerDefinitions:healthCheck", ("command",), _COMMAND_FIX),
    ),
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": (
        Command("containerDefinitions[]", _PLURAL, _COMMAND_FIX),
        Command("containerDefinitions[].healthCheck", ("commands",), _COMMAND_FIX),
    ),
    "aws:ecs/expressGatewayService:ExpressGatewayService": (Command("primaryContainer", ("commands",), _COMMAND_FIX),),
    "aws:batch/jobDefinition:JobDefinition": (
        Command("containerProperties:", ("command",), _COMMAND_FIX),
        Command("ecsProperties:taskProperties[].containers[]", ("command",), _COMMAND_FIX),
        Command("nodeProperties:nodeRangeProperties[].container", ("command",), _COMMAND_FIX),
        Command(
            "nodeProperties:nodeRangeProperties[].ecsProperties.taskProperties[].containers[]",
            ("command",),
            _COMMAND_FIX,
        ),
        Command("eksProperties.podProperties.containers[]", ("commands", "args"), _AT_RUN_TIME),
        Command("eksProperties.podProperties.initContainers[]", ("commands", "args"), _AT_RUN_TIME),
    ),
    "aws:lambda/function:Function": (Command("imageConfig", _PLURAL, _AT_RUN_TIME),),
    "aws:apprunner/service:Service": (
        Command("sourceConfiguration.imageRepository.imageConfiguration", ("startCommand",), _RUNNER_COMMAND_FIX),
        Command(_CODE_OF_RUNNER, ("startCommand",), _RUNNER_COMMAND_FIX),
        Command(_CODE_OF_RUNNER, ("buildCommand",), _RUNNER_COMMAND_FIX),
    ),
    "aws:lightsail/containerServiceDeploymentVersion:ContainerServiceDeploymentVersion": (
        Command("containers[]", ("commands",), _AT_RUN_TIME),
    ),
    "aws:pipes/pipe:Pipe": (
        Command("targetParameters.ecsTaskParameters.overrides.containerOverrides[]", ("commands",), _COMMAND_FIX),
        Command("targetParameters.batchJobParameters.containerOverrides", ("commands",), _COMMAND_FIX),
    ),
    "aws:sagemaker/trainingJob:TrainingJob": (
        Command("algorithmSpecification", ("containerEntrypoints", "containerArguments"), _AT_RUN_TIME),
    ),
    "aws:sagemaker/monitoringSchedule:MonitoringSchedule": (
        Command(_MONITORING, ("containerEntrypoints", "containerArguments"), _AT_RUN_TIME),
    ),
    "aws:sagemaker/appImageConfig:AppImageConfig": tuple(
        Command(f"{app}.containerConfig", ("containerEntrypoints", "containerArguments"), _AT_RUN_TIME)
        for app in ("codeEditorAppImageConfig", "jupyterLabImageConfig")
    ),
    "aws:bedrock/agentcoreAgentRuntime:AgentcoreAgentRuntime": (
        Command("agentRuntimeArtifact.codeConfiguration", ("entryPoints",), _AT_RUN_TIME),
    ),
    "aws:codepipeline/pipeline:Pipeline": (Command("stages[].actions[]", ("commands",), _AT_RUN_TIME),),
    "aws:emr/cluster:Cluster": (
        Command("bootstrapActions[]", ("args",), _AT_RUN_TIME),
        Command("steps[].hadoopJarStep", ("args",), _AT_RUN_TIME),
    ),
    "aws:emrcontainers/jobTemplate:JobTemplate": (
        Command(
            "jobTemplateData.jobDriver.sparkSubmitJobDriver",
            ("entryPoint", "entryPointArguments", "sparkSubmitParameters"),
            _AT_RUN_TIME,
        ),
    ),
}
"""By canonical type token."""

SCRIPT_FIX: Final = (
    "Let the script read the secret when it runs, with the role of the instance: aws secretsmanager get-secret-value."
)
_SPEC_FIX: Final = (
    "Name the secret in the buildspec, under env: secrets-manager: (NAME: SECRET_ID:KEY), and allow the project's role "
    "to read it."
)
_EDGE_FIX: Final = (
    f"The function cannot read a secret: check it at the origin, or in a Lambda@Edge function that reads {_SECRET}."
)
_RESOLVER_FIX: Final = f"Move the request to a Lambda data source, whose function reads {_SECRET}."
_DOCUMENT_FIX: Final = (
    "Let the commands read the secret when they run (aws secretsmanager get-secret-value), with the role of the "
    "instance."
)
_INPUT_FIX: Final = f"Pass the ARN of {_SECRET} instead, and let the target read that secret at run time."

SCRIPTS: Final[Mapping[str, tuple[Script, ...]]] = {
    # Whoever may describe the instance, or is logged in to it, can read what it runs when it starts.
    **dict.fromkeys(
        (
            "aws:ec2/instance:Instance",
            "aws:ec2/launchConfiguration:LaunchConfiguration",
            "aws:ec2/spotInstanceRequest:SpotInstanceRequest",
        ),
        (Script("userData", SCRIPT_FIX, True), Script("userDataBase64", SCRIPT_FIX, True)),
    ),
    "aws:ec2/launchTemplate:LaunchTemplate": (Script("userData", SCRIPT_FIX, True),),
    "aws:ec2/spotFleetRequest:SpotFleetRequest": (Script("launchSpecifications[].userData", SCRIPT_FIX, True),),
    "aws:lightsail/instance:Instance": (Script("userData", SCRIPT_FIX, True),),
    "aws:sagemaker/notebookInstanceLifecycleConfiguration:NotebookInstanceLifecycleConfiguration": (
        Script("onCreate", SCRIPT_FIX, True),
        Script("onStart", SCRIPT_FIX, True),
    ),
    "aws:sagemaker/studioLifecycleConfig:StudioLifecycleConfig": (
        Script("studioLifecycleConfigContent", SCRIPT_FIX, True),
    ),
    # The code of functions.
    "aws:lambda/function:Function": (Script("code", _AT_RUN_TIME),),
    "aws:lambda/layerVersion:LayerVersion": (Script("code", _AT_RUN_TIME),),
    "aws:cloudfront/function:Function": (Script("code", _EDGE_FIX),),
    "aws:cloudfront/connectionFunction:ConnectionFunction": (Script("connectionFunctionCode", _EDGE_FIX),),
    "aws:appsync/function:Function": (Script("code", _RESOLVER_FIX),),
    "aws:appsync/resolver:Resolver": (Script("code", _RESOLVER_FIX),),
    "aws:bedrock/agentFlow:AgentFlow": (Script("definition.nodes[].configuration.inlineCode.code", _AT_RUN_TIME),),
    # Documents with commands.
    "aws:codebuild/project:Project": (
        Script("source.buildspec", _SPEC_FIX, is_buildspec=True),
        Script("secondarySources[].buildspec", _SPEC_FIX, is_buildspec=True),
    ),
    "aws:amplify/app:App": (Script("buildSpec", _AT_RUN_TIME),),
    "aws:ssm/document:Document": (Script("content", _DOCUMENT_FIX),),
    "aws:imagebuilder/component:Component": (Script("data", _DOCUMENT_FIX),),
    "aws:cloudwatch/eventTarget:EventTarget": (Script("input", _INPUT_FIX),),
    "aws:scheduler/schedule:Schedule": (Script("target.input", _INPUT_FIX),),
}
"""By canonical type token."""

ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:amplify/app:App": ("repository",),
    "aws:apigateway/integration:Integration": ("uri",),
    "aws:apigatewayv2/integration:Integration": ("integrationUri",),
    "aws:appsync/dataSource:DataSource": ("httpConfig.endpoint",),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": ("invocationEndpoint",),
    "aws:codebuild/project:Project": ("source.location", "secondarySources[].location"),
    "aws:dms/endpoint:Endpoint": ("extraConnectionAttributes",),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("httpEndpointConfiguration.url",),
    "aws:sns/topicSubscription:TopicSubscription": ("endpoint",),
}
"""By canonical type token: URLs and options in which people put a password or key."""
