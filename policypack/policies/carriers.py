"""Plaintext secrets where values are not marked secret: environment variables, scripts, addresses, parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.model import Resource, Value, type_of
from policypack.policy import resource_policy
from policypack.secret_detection import is_secret_name, secret_reason, secrets_in_text
from policypack.verdict import Undecided, Verdict, Verdicts, Violation

_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
_PARAMETER: Final = "aws:ssm/parameter:Parameter"


@dataclass(frozen=True)
class _Carrier:
    """
    A property that holds names with values, such as environment variables.

    :param path: a map, or a list of entries each with a name and a value; `document:path` where the property is a JSON
        document and the rest is within it.
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

    @property
    def top(self) -> str:
        """The top-level property that it is in."""
        return self.path.partition(":")[0].partition(".")[0].removesuffix("[]")

    def entries(self, resource: Resource) -> Iterator[tuple[str, Value]]:
        """Each name with its value; an empty name with what is unknown as a whole."""
        if resource.get(self.top).is_unknown:
            yield "", resource.get(self.top)
            return
        top, _, rest = self.path.partition(":")
        for place in _within(resource.get(top).json(decapitalize=True), rest) if rest else resource.each(top):
            if place.is_unknown:
                yield "", place
            elif isinstance(place.raw, list):
                for _, entry in place.entries():
                    key, texts = self.unless
                    if not key or entry.get(key).text not in texts:
                        yield _text_of(entry.get(self.name), entry.get("value")), entry.get("value")
            else:
                yield from place.entries()


def _text_of(name: Value, value: Value) -> str:
    """A name; empty where it is marked secret alone, so that no message shows it."""
    return "" if name.is_secret and not value.is_secret else name.text


def _within(document: Value, path: str) -> Iterator[Value]:
    """What stands at a path of a JSON document, or, where that is a list, of each of its elements."""
    if document.is_unknown:
        yield document
    elif isinstance(document.raw, list):
        for _, element in document.entries():
            yield from element.each(path)
    else:
        yield from document.each(path)


_READ_IT: Final = (
    "Pass the ARN of an aws.secretsmanager.Secret instead, allow the role to read that secret, and read it at run time."
)
_ECS_FIX: Final = (
    "Remove the variable from environment, and add an entry to the container's secrets with the same name and the "
    "ARN of an aws.secretsmanager.Secret as valueFrom. The task's execution role must be allowed to read that secret."
)
_GLUE_FIX: Final = "Set SECRET_ID to an aws.secretsmanager.Secret that holds user and password."
_ADDRESS_FIX: Final = (
    "Remove the secret, and pass it in a property that is meant for secrets. If the service has none, create or fetch "
    "the secret, and mark the value with pulumi.Output.secret (pulumi.secret in TypeScript)."
)
_HEADER_FIX: Final = (
    "Send it with an aws.cloudwatch.EventConnection, or from a Lambda function that reads an aws.secretsmanager.Secret."
)
_CONNECTOR_FIX: Final = "Let the connector read the secret with a config provider: ${secretsmanager:NAME:KEY}."
_BUILD_FIX: Final = 'Set type to "SECRETS_MANAGER", and value to the name of the secret.'
_CARRIERS: Final[Mapping[str, tuple[_Carrier, ...]]] = {
    _TASK: (_Carrier("containerDefinitions:environment", _ECS_FIX),),
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": (_Carrier("containerDefinitions[].environments", _ECS_FIX),),
    "aws:ecs/expressGatewayService:ExpressGatewayService": (_Carrier("primaryContainer.environments", _ECS_FIX),),
    "aws:batch/jobDefinition:JobDefinition": (_Carrier("containerProperties:environment", _ECS_FIX),),
    "aws:lambda/function:Function": (_Carrier("environment.variables", _READ_IT),),
    "aws:codebuild/project:Project": (
        _Carrier(
            "environment.environmentVariables",
            _BUILD_FIX,
            unless=("type", ("PARAMETER_STORE", "SECRETS_MANAGER")),
        ),
    ),
    "aws:apprunner/service:Service": (
        _Carrier(
            "sourceConfiguration.imageRepository.imageConfiguration.runtimeEnvironmentVariables",
            "Move the variable to runtimeEnvironmentSecrets, as the ARN of an aws.secretsmanager.Secret.",
        ),
    ),
    "aws:amplify/app:App": (_Carrier("environmentVariables", _READ_IT),),
    "aws:amplify/branch:Branch": (_Carrier("environmentVariables", _READ_IT),),
    "aws:elasticbeanstalk/environment:Environment": (_Carrier("settings", _READ_IT),),
    "aws:bedrock/agentcoreHarness:AgentcoreHarness": (_Carrier("environmentVariables", _READ_IT),),
    "aws:mskconnect/connector:Connector": (_Carrier("connectorConfiguration", _CONNECTOR_FIX),),
    "aws:glue/connection:Connection": (
        _Carrier("connectionProperties", _GLUE_FIX),
        _Carrier("athenaProperties", _GLUE_FIX),
    ),
    "aws:glue/job:Job": (_Carrier("defaultArguments", _READ_IT),),
    "aws:mwaa/environment:Environment": (_Carrier("airflowConfigurationOptions", _READ_IT),),
    "aws:synthetics/canary:Canary": (_Carrier("runConfig.environmentVariables", _READ_IT),),
    "aws:apigateway/stage:Stage": (_Carrier("variables", _READ_IT),),
    "aws:apigatewayv2/stage:Stage": (_Carrier("stageVariables", _READ_IT),),
    **dict.fromkeys(
        ("aws:apigateway/integration:Integration", "aws:apigatewayv2/integration:Integration"),
        (_Carrier("requestParameters", _ADDRESS_FIX, is_only_place=True),),
    ),
    "aws:cloudwatch/eventTarget:EventTarget": (
        _Carrier("httpTarget.headerParameters", _HEADER_FIX),
        _Carrier("httpTarget.queryStringParameters", _HEADER_FIX),
    ),
    "aws:pipes/pipe:Pipe": tuple(
        _Carrier(f"{where}.httpParameters.{part}", _HEADER_FIX)
        for where in ("enrichmentParameters", "targetParameters")
        for part in ("headerParameters", "queryStringParameters")
    ),
    "aws:cloudwatch/eventConnection:EventConnection": tuple(
        _Carrier(
            f"authParameters.{where}.{part}",
            "Set isValueSecret to true, and create or fetch the value.",
            name="key",
            unless=("isValueSecret", ("true",)),
        )
        for where in ("invocationHttpParameters", "oauth.oauthHttpParameters")
        for part in ("headers", "queryStrings", "bodies")
    ),
}
# Scripts that an instance runs when it starts. Whoever may describe the instance, or is logged in to it, can read them.
_SCRIPTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:ec2/instance:Instance": ("userData", "userDataBase64"),
    "aws:ec2/launchConfiguration:LaunchConfiguration": ("userData", "userDataBase64"),
    "aws:ec2/launchTemplate:LaunchTemplate": ("userData",),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": ("userData", "userDataBase64"),
    "aws:lightsail/instance:Instance": ("userData",),
}
_SCRIPT_FIX: Final = (
    "Let the script read the secret when the instance starts, with the instance's role: "
    "aws secretsmanager get-secret-value."
)
# URLs and options in which people put a password or key.
_ADDRESSES: Final[Mapping[str, tuple[str, ...]]] = {
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
_PARAMETER_FIX: Final = 'Set type to "SecureString", and create or fetch the value.'
# Characters that are read, which are more than AWS accepts in any of these properties; and findings in one script.
_LONGEST: Final = 100_000
_MOST: Final = 3
# Resources that make nothing but secrets.
_PASSWORD_MAKERS: Final = ("random:index/randomPassword:RandomPassword",)


class CarriersConfig(Config):
    """Config of secrets-in-plain-sight."""

    allowed_names: Annotated[
        tuple[str, ...],
        Meta(description='Names of variables whose values are not secrets, whatever they look like: ["SESSION_KEY"].'),
    ] = ()


@resource_policy(
    id="secrets-in-plain-sight",
    title="Environment variables, headers, URLs, start scripts and plain parameters hold no plaintext secrets",
    types=tuple(dict.fromkeys((*_CARRIERS, *_SCRIPTS, *_ADDRESSES, _PARAMETER))),
    severity="high",
    fix=_READ_IT,
    frameworks=("FSBP ECS.8", "FSBP CodeBuild.2"),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specifying-sensitive-data.html",
)
def secrets_in_plain_sight(resource: Resource, config: CarriersConfig) -> Verdicts:
    """
    Everybody who can view the resource can read its variables and scripts in the console, in CloudTrail and in the
    stack's state. A process that logs its environment when it crashes writes them to the logs, too.
    """
    unknown: set[str] = set()
    for carrier in _CARRIERS.get(resource.type, ()):
        if carrier.top in unknown:
            continue
        if resource.get(carrier.top).is_unknown:
            unknown.add(carrier.top)
        for name, value in carrier.entries(resource):
            if name in config.allowed_names or (carrier.is_only_place and value.is_secret):
                continue
            if finding := _judged(name, value, carrier.fix):
                yield finding
    for path in _SCRIPTS.get(resource.type, ()):
        script = resource.get(path)
        if script.is_unknown and (finding := _judged("", script, _SCRIPT_FIX)):
            yield finding
        for line, what in secrets_in_text(script.text[:_LONGEST])[:_MOST]:
            yield Violation(script, f"{script.path} contains {what} in line {line}.", fix=_SCRIPT_FIX)
    for address in (each for path in _ADDRESSES.get(resource.type, ()) for each in resource.each(path)):
        # Some services have no other place for credentials. Marked secret, they are at least encrypted in the state.
        if not address.is_secret and (reason := secret_reason("", address.text[:_LONGEST])):
            yield Violation(address, f"{address.path} is stored in plain text, and {reason}.", fix=_ADDRESS_FIX)
    if resource.type == _PARAMETER:
        yield from _parameter(resource, config)


def _parameter(parameter: Resource, config: CarriersConfig) -> Verdicts:
    if parameter.get("type").text not in ("String", "StringList"):
        return
    for value in map(parameter.get, ("value", "insecureValue", "valueWo")):
        name = _text_of(parameter.get("name"), value) or parameter.name
        if name not in config.allowed_names and (finding := _judged(name, value, _PARAMETER_FIX)):
            yield finding


def _judged(name: str, value: Value, fix: str) -> Verdict | None:
    """The finding about a named value; None where it is not a secret, or only refers to one."""
    where = f"{value.path} ({name!r})" if name and not value.is_secret else value.path
    if value.is_unknown:
        return _judged_by_sources(name, value, where, fix)
    # API Gateway puts literals in single quotes.
    if reason := secret_reason(name, value.text[:_LONGEST].strip("'")):
        return Violation(value, f"{where} is stored in plain text, and {reason}.", fix=fix)
    return None


def _judged_by_sources(name: str, value: Value, where: str, fix: str) -> Verdict | None:
    """The finding about an unknown value, which has no name where it is unknown as a whole."""
    passwords = [urn.rpartition("::")[2] for urn in value.dependency_urns if type_of(urn) in _PASSWORD_MAKERS]
    is_telling = is_secret_name(name)
    # All variables in one property share its dependencies: the name suggests which of them contains the password.
    if passwords and (is_telling or not name or value.path == value.property_name):
        return Violation(value, f"{where} contains the password '{passwords[0]}' in plain text.", fix=fix)
    if passwords or is_telling or not name or not value.resource.is_in_stack:
        return Undecided(value, "does it contain a secret, or only refer to one?")
    return None
