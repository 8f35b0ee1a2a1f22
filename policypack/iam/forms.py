"""The forms of ARNs, and the ARN by which policies name a resource of the stack, as far as it is known."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from policypack.data.role_wirings import (
    API_DESTINATION,
    BUILD,
    BUS,
    DATABASE,
    FILE_SYSTEM,
    FIREHOSE,
    JOB_QUEUE,
    KAFKA,
    PARAMETER,
    PIPELINE,
    REPOSITORY,
    ROLE,
    SECRET,
    STATE_MACHINE,
    STREAM,
    TABLE,
    TASK,
)
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC
from policypack.model import Resource

KEY: Final = "aws:kms/key:Key"
KEYS: Final = (
    KEY,
    "aws:kms/externalKey:ExternalKey",
    "aws:kms/replicaKey:ReplicaKey",
    "aws:kms/replicaExternalKey:ReplicaExternalKey",
)


class Form(NamedTuple):
    """
    How the ARNs of a type are made: the service, what precedes the name in the last part, and what follows it.

    :param name: the property with the name.
    """

    service: str
    before: str = ""
    name: str = "name"
    after: str = ""


FORMS: Final[Mapping[str, Form]] = {
    API_DESTINATION: Form("events", "api-destination/", after="/*"),
    BUCKET: Form("s3", name="bucket"),
    BUILD: Form("codebuild", "project/"),
    BUS: Form("events", "event-bus/"),
    DATABASE: Form("rds", "db:", name="identifier"),
    FILE_SYSTEM: Form("elasticfilesystem", "file-system/", name="id"),
    FIREHOSE: Form("firehose", "deliverystream/"),
    FUNCTION: Form("lambda", "function:"),
    JOB_QUEUE: Form("batch", "job-queue/"),
    KAFKA: Form("kafka", "cluster/", name="clusterName", after="/*"),
    LOG_GROUP: Form("logs", "log-group:"),
    PARAMETER: Form("ssm", "parameter/"),
    PIPELINE: Form("codepipeline"),
    QUEUE: Form("sqs"),
    REPOSITORY: Form("ecr", "repository/"),
    ROLE: Form("iam", "role/"),
    SECRET: Form("secretsmanager", "secret:", after="-??????"),
    STATE_MACHINE: Form("states", "stateMachine:"),
    STREAM: Form("kinesis", "stream/"),
    TABLE: Form("dynamodb", "table/"),
    TASK: Form("ecs", "task-definition/", name="family", after=":*"),
    TOPIC: Form("sns"),
    **dict.fromkeys(KEYS, Form("kms", "key/", name="keyId")),
}

# Types whose resources are in all regions.
_PLACES: Final = {BUCKET: "::", ROLE: "::*"}


def arn_of(target: Resource) -> str:
    """The ARN of a target of a type that has a form, in which `*` and `?` stand for what is not known yet."""
    if arn := target.output("arn").text:
        return arn.removesuffix(":*") + ("/*" if target.type == API_DESTINATION else "")
    name = target.output(FORMS[target.type].name).text
    if target.type == PARAMETER:
        name = name.removeprefix("/")  # Names may begin with the slash that is in front of all of them in ARNs.
    return with_name(target, f"{name}{FORMS[target.type].after}" if name else "*")


def with_name(target: Resource, name: str) -> str:
    """The ARN that a target has with a name, in which `*` stands for what is not known of the rest."""
    form = FORMS[target.type]
    place = _PLACES.get(target.type, f":{target.region or '*'}:*")
    return f"arn:*:{form.service}{place}:{form.before}{name}"
