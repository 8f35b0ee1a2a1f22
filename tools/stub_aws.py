"""A stand-in for the AWS provider (and for `random`): the Pulumi engine talks to it as to the real plugin.

It checks nothing and creates nothing. What it gets right is what policies look at: which outputs are unknown in a
preview, which values they have after an update, and where secret marks stay. Which outputs a type has is read from the
installed `pulumi_aws`: what the SDK declares as always there, and the program has not set, is computed by AWS.

Run as `python stub_aws.py`, which serves `aws` and `random` until its standard input is closed, and prints their ports
as PULUMI_DEBUG_PROVIDERS takes them: the engines of all previews connect to the one process, and none has to start it.
"""
# The names and parameters of most methods here are the protocol's, which also says what they do.
# ruff: noqa: N802, ARG002, D102

import base64
import copy
import functools
import hashlib
import importlib.metadata
import importlib.util
import json
import keyword
import os
import re
import sys
import uuid
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import grpc
from google.protobuf import json_format
from google.protobuf.empty_pb2 import Empty
from google.protobuf.struct_pb2 import Struct
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc
from pulumi.runtime.rpc import UNKNOWN

Values = dict[str, Any]

ACCOUNT = "123456789012"
DEFAULT_VPC = "vpc-0d5f1b2c3a4e69788"
# What a password from a generator looks like: policies on weak passwords have nothing to find in it.
STRONG_SECRET = "q7Vw2-xLr9TzKd4mHs8YbN5pGc3JfE6u"


class Created(NamedTuple):
    """What a new resource gets from its provider: its id, and all outputs with the values they would have by default.

    None stands for an output that is unknown in a preview and has no value afterwards.
    """

    id: str
    outputs: Values


class Package(Protocol):
    """The part of a provider that differs between `aws` and `random`."""

    version: str
    known_in_preview: frozenset[str]

    def configure(self, settings: Values) -> None:
        """Takes the provider resource's own inputs."""

    def create(self, token: str, urn: str, inputs: Values) -> Created:
        """What comes into being for `inputs`; the same URN gives the same values again."""

    def invoke(self, token: str, args: Values) -> Values:
        """The result of the function `token`."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Serves one package over the provider protocol: to each connection, and so to each provider resource, its own."""

    def __init__(self, name: str, new: Callable[[], Package]) -> None:
        self.name = name
        self._new = new
        self._by_peer: dict[str, Package] = {}

    def _package(self, context: grpc.ServicerContext) -> Package:
        peer = context.peer()
        if peer not in self._by_peer:
            self._by_peer[peer] = self._new()
        return self._by_peer[peer]

    def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        # As the real provider: plain values come in, and the engine puts the secret marks back by property name.
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> Empty:
        return Empty()

    def GetPluginInfo(self, request: Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._package(context).version)

    def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(
            schema=json.dumps({"name": self.name, "version": self._package(context).version})
        )

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        return _difference(_dict(request.olds), _dict(request.news))

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._package(context).configure(_dict(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext) -> provider_pb2.CheckResponse:
        return provider_pb2.CheckResponse(inputs=request.news)

    def Diff(self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext) -> provider_pb2.DiffResponse:
        return _difference(_dict(request.old_inputs), _dict(request.news))

    def Create(self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext) -> provider_pb2.CreateResponse:
        inputs = _dict(request.properties)
        package = self._package(context)
        created = package.create(request.type, request.urn, inputs)
        return provider_pb2.CreateResponse(
            id="" if request.preview else created.id,
            properties=_struct({**_outputs(package, created, request.preview), **inputs}),
        )

    def Update(self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext) -> provider_pb2.UpdateResponse:
        inputs = _dict(request.news)
        package = self._package(context)
        now = package.create(request.type, request.urn, inputs)
        # What AWS computed once stays: ids, ARNs, generated names. What was an input and is none now does not.
        stays = _without(_dict(request.olds), {*_dict(request.old_inputs), *package.known_in_preview})
        return provider_pb2.UpdateResponse(
            properties=_struct({**_outputs(package, now, request.preview), **stays, **inputs})
        )

    def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext) -> Empty:
        return Empty()

    def Read(self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext) -> provider_pb2.ReadResponse:
        # A refresh sends what is known already; `.get()` sends an id alone.
        outputs = _dict(request.properties)
        found = self._package(context).create(request.type, request.urn, {"id": request.id}).outputs
        return provider_pb2.ReadResponse(id=request.id, properties=_struct({**found, **outputs}), inputs=request.inputs)

    def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.ServicerContext) -> provider_pb2.InvokeResponse:
        response = provider_pb2.InvokeResponse()
        # `return` is a keyword of Python's.
        getattr(response, "return").CopyFrom(_struct(self._package(context).invoke(request.tok, _dict(request.args))))
        return response

    def Cancel(self, request: Empty, context: grpc.ServicerContext) -> Empty:
        return Empty()


def _outputs(package: Package, created: Created, preview: bool) -> Values:
    known = package.known_in_preview
    return {key: UNKNOWN if preview and key not in known else value for key, value in created.outputs.items()}


def _difference(olds: Values, news: Values) -> provider_pb2.DiffResponse:
    changed = sorted(key for key in olds.keys() | news.keys() if olds.get(key) != news.get(key))
    kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(changes=kind, diffs=changed)


def _without(values: Values, keys: Iterable[str]) -> Values:
    return {key: value for key, value in values.items() if key not in keys}


def _secret(value: str) -> Values:
    """The envelope in which a secret travels, as the provider protocol has it."""
    return {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", "value": value}


def _dict(struct: Struct) -> Values:
    values: Values = json_format.MessageToDict(struct)
    return values


def _struct(values: Mapping[str, Any]) -> Struct:
    struct = Struct()
    struct.update({key: value for key, value in values.items() if value is not None})
    return struct


class Seed:
    """Values that look random and are the same for the same text."""

    def __init__(self, text: str) -> None:
        self._digest = hashlib.sha256(text.encode()).digest()

    @property
    def hex(self) -> str:
        return self._digest.hex()

    @property
    def uuid(self) -> str:
        return str(uuid.UUID(bytes=self._digest[:16]))

    def text(self, length: int) -> str:
        """Letters and digits, `length` of them."""
        block = base64.urlsafe_b64encode(self._digest).decode().replace("-", "").replace("_", "").rstrip("=")
        return (block * (length // len(block) + 1))[:length]


# --- AWS -------------------------------------------------------------------------------------------------------------

# The property that names a resource, in the order of asking.
NAMES = (
    "name",
    "bucket",
    "identifier",
    "clusterIdentifier",
    "replicationGroupId",
    "clusterId",
    "repository",
    "functionName",
    "domainName",
    "id",
)

# Where the service in an ARN is not the module in the token.
SERVICES = {
    "alb": "elasticloadbalancing",
    "lb": "elasticloadbalancing",
    "elb": "elasticloadbalancing",
    "cfg": "config",
    "cloudwatch": "logs",
    "docdb": "rds",
    "ebs": "ec2",
    "efs": "elasticfilesystem",
    "msk": "kafka",
    "mskconnect": "kafkaconnect",
    "neptune": "rds",
    "opensearch": "es",
    "sfn": "states",
}

# What follows `arn:aws:` for a token. All others have `SERVICE:REGION:ACCOUNT:KIND/NAME`, in EC2 `KIND/ID`.
ARNS = {
    "aws:acm/certificate:Certificate": "acm:{region}:{account}:certificate/{uuid}",
    "aws:alb/listener:Listener": "{service}:{region}:{account}:listener/app/{name}/{hex16}/{hex8}",
    "aws:alb/loadBalancer:LoadBalancer": "{service}:{region}:{account}:loadbalancer/app/{name}/{hex16}",
    "aws:alb/targetGroup:TargetGroup": "{service}:{region}:{account}:targetgroup/{name}/{hex16}",
    "aws:apigateway/restApi:RestApi": "apigateway:{region}::/restapis/{id}",
    "aws:apigateway/stage:Stage": "apigateway:{region}::/restapis/{restApi}/stages/{stageName}",
    "aws:apigatewayv2/api:Api": "apigateway:{region}::/apis/{id}",
    "aws:backup/vault:Vault": "backup:{region}:{account}:backup-vault:{name}",
    "aws:batch/jobQueue:JobQueue": "batch:{region}:{account}:job-queue/{name}",
    "aws:cloudfront/distribution:Distribution": "cloudfront::{account}:distribution/{id}",
    "aws:cloudtrail/trail:Trail": "cloudtrail:{region}:{account}:trail/{name}",
    "aws:cloudwatch/eventBus:EventBus": "events:{region}:{account}:event-bus/{name}",
    "aws:cloudwatch/eventRule:EventRule": "events:{region}:{account}:rule/{bus}{name}",
    "aws:cloudwatch/logGroup:LogGroup": "logs:{region}:{account}:log-group:{name}",
    "aws:cloudwatch/metricAlarm:MetricAlarm": "cloudwatch:{region}:{account}:alarm:{name}",
    "aws:codepipeline/pipeline:Pipeline": "codepipeline:{region}:{account}:{name}",
    "aws:docdb/cluster:Cluster": "rds:{region}:{account}:cluster:{name}",
    "aws:efs/fileSystem:FileSystem": "elasticfilesystem:{region}:{account}:file-system/{id}",
    "aws:elasticache/cluster:Cluster": "elasticache:{region}:{account}:cluster:{name}",
    "aws:elasticache/replicationGroup:ReplicationGroup": "elasticache:{region}:{account}:replicationgroup:{name}",
    "aws:iam/instanceProfile:InstanceProfile": "iam::{account}:instance-profile/{name}",
    "aws:iam/policy:Policy": "iam::{account}:policy/{name}",
    "aws:iam/role:Role": "iam::{account}:role/{name}",
    "aws:iam/user:User": "iam::{account}:user/{name}",
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": "firehose:{region}:{account}:deliverystream/{name}",
    "aws:kinesis/stream:Stream": "kinesis:{region}:{account}:stream/{name}",
    "aws:kms/key:Key": "kms:{region}:{account}:key/{uuid}",
    "aws:lambda/function:Function": "lambda:{region}:{account}:function:{name}",
    "aws:lb/listener:Listener": "{service}:{region}:{account}:listener/app/{name}/{hex16}/{hex8}",
    "aws:lb/loadBalancer:LoadBalancer": "{service}:{region}:{account}:loadbalancer/app/{name}/{hex16}",
    "aws:lb/targetGroup:TargetGroup": "{service}:{region}:{account}:targetgroup/{name}/{hex16}",
    "aws:msk/cluster:Cluster": "kafka:{region}:{account}:cluster/{name}/{uuid}",
    "aws:neptune/cluster:Cluster": "rds:{region}:{account}:cluster:{name}",
    "aws:rds/cluster:Cluster": "rds:{region}:{account}:cluster:{name}",
    "aws:rds/clusterInstance:ClusterInstance": "rds:{region}:{account}:db:{name}",
    "aws:rds/instance:Instance": "rds:{region}:{account}:db:{name}",
    "aws:redshift/cluster:Cluster": "redshift:{region}:{account}:cluster:{name}",
    "aws:route53/zone:Zone": "route53:::hostedzone/{id}",
    "aws:s3/bucket:Bucket": "s3:::{name}",
    "aws:s3/bucketV2:BucketV2": "s3:::{name}",
    "aws:secretsmanager/secret:Secret": "secretsmanager:{region}:{account}:secret:{name}-{hex6}",
    "aws:sfn/stateMachine:StateMachine": "states:{region}:{account}:stateMachine:{name}",
    "aws:sns/topic:Topic": "sns:{region}:{account}:{name}",
    "aws:sqs/queue:Queue": "sqs:{region}:{account}:{name}",
    "aws:ssm/parameter:Parameter": "ssm:{region}:{account}:parameter/{path}",
    "aws:wafv2/webAcl:WebAcl": "wafv2:{region}:{account}:regional/webacl/{name}/{uuid}",
}

# The ids of the types that have neither their name nor, as ARN_IDS, their ARN for an id.
IDS = {
    "aws:apigateway/resource:Resource": "{hex6}",
    "aws:apigateway/restApi:RestApi": "{hex10}",
    "aws:apigatewayv2/api:Api": "{hex10}",
    "aws:cloudfront/distribution:Distribution": "E{HEX13}",
    "aws:ec2/eip:Eip": "eipalloc-{hex17}",
    "aws:ec2/flowLog:FlowLog": "fl-{hex17}",
    "aws:ec2/instance:Instance": "i-{hex17}",
    "aws:ec2/internetGateway:InternetGateway": "igw-{hex17}",
    "aws:ec2/launchTemplate:LaunchTemplate": "lt-{hex17}",
    "aws:ec2/natGateway:NatGateway": "nat-{hex17}",
    "aws:ec2/networkAcl:NetworkAcl": "acl-{hex17}",
    "aws:ec2/routeTable:RouteTable": "rtb-{hex17}",
    "aws:ec2/securityGroup:SecurityGroup": "sg-{hex17}",
    "aws:ec2/subnet:Subnet": "subnet-{hex17}",
    "aws:ec2/vpc:Vpc": "vpc-{hex17}",
    "aws:ec2/vpcEndpoint:VpcEndpoint": "vpce-{hex17}",
    "aws:ebs/volume:Volume": "vol-{hex17}",
    "aws:efs/accessPoint:AccessPoint": "fsap-{hex17}",
    "aws:efs/fileSystem:FileSystem": "fs-{hex17}",
    "aws:kms/key:Key": "{uuid}",
    "aws:route53/zone:Zone": "Z{HEX13}",
    "aws:sqs/queue:Queue": "https://sqs.{region}.amazonaws.com/{account}/{name}",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "sgr-{hex17}",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "sgr-{hex17}",
}
ARN_IDS = frozenset(
    {
        "aws:acm/certificate:Certificate",
        "aws:alb/listener:Listener",
        "aws:alb/loadBalancer:LoadBalancer",
        "aws:alb/targetGroup:TargetGroup",
        "aws:ecs/cluster:Cluster",
        "aws:ecs/service:Service",
        "aws:iam/policy:Policy",
        "aws:lb/listener:Listener",
        "aws:lb/loadBalancer:LoadBalancer",
        "aws:lb/targetGroup:TargetGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:sfn/stateMachine:StateMachine",
        "aws:sns/topic:Topic",
    }
)

# Values of computed outputs, by property name, whatever the type: the ones that other resources refer to.
OUTPUTS: dict[str, Any] = {
    "accountId": "{account}",
    "address": "{name}.{hex12}.{region}.{service}.amazonaws.com",
    "apiEndpoint": "https://{id}.execute-api.{region}.amazonaws.com",
    "arn": "{arn}",
    "arnSuffix": "{arn_suffix}",
    "availabilityZone": "{region}a",
    "awsAccountId": "{account}",
    "bucketDomainName": "{name}.s3.amazonaws.com",
    "bucketRegionalDomainName": "{name}.s3.{region}.amazonaws.com",
    "cidrBlock": "10.0.0.0/16",
    "clusterIdentifier": "{name}",
    "configurationEndpoint": "{name}.{hex6}.cfg.{region}.cache.amazonaws.com",
    "defaultNetworkAclId": "acl-{hex17}",
    "defaultRouteTableId": "rtb-{hex17}",
    "defaultSecurityGroupId": "sg-{hex17}",
    "dnsName": "{name}-{hex10}.{region}.elb.amazonaws.com",
    "domainName": "{hex14}.cloudfront.net",
    "domainValidationOptions": [
        {
            "domainName": "{name}",
            "resourceRecordName": "_{hex32}.{name}.",
            "resourceRecordType": "CNAME",
            "resourceRecordValue": "_{hex32}.acm-validations.aws.",
        }
    ],
    "endpoint": "{name}.{hex12}.{region}.{service}.amazonaws.com",
    "executionArn": "arn:aws:execute-api:{region}:{account}:{id}",
    "hostedZoneId": "Z{HEX13}",
    "invokeArn": "arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{arn}/invocations",
    "invokeUrl": "https://{restApi}.execute-api.{region}.amazonaws.com/{stageName}",
    "keyId": "{id}",
    "nameServers": ["ns-{n}.awsdns.com" for n in range(4)],
    "ownerId": "{account}",
    "platformVersion": "LATEST",
    "primaryEndpointAddress": "{name}.{hex6}.ng.0001.{region}.cache.amazonaws.com",
    "qualifiedArn": "{arn}:$LATEST",
    "readerEndpoint": "{name}.cluster-ro-{hex12}.{region}.{service}.amazonaws.com",
    "readerEndpointAddress": "{name}-ro.{hex6}.ng.0001.{region}.cache.amazonaws.com",
    "registryId": "{account}",
    "repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
    "rootResourceId": "{hex12}",
    "rotationEnabled": True,
    "secretArn": "{secretId}",
    "status": "ACTIVE",
    "streamArn": "{arn}/stream/2026-11-28T06:00:00.000",
    "uniqueId": "AROA{HEX17}",
    "url": "{id}",
    "versionId": "{uuid}",
    "vpcId": DEFAULT_VPC,
    "zoneId": "Z{HEX13}",
}

# By the beginning of the engine's name, or by the module of a type that has no engine.
PORTS = {
    "postgres": 5432,
    "aurora-postgresql": 5432,
    "mysql": 3306,
    "aurora": 3306,
    "mariadb": 3306,
    "sqlserver": 1433,
    "oracle": 1521,
    "db2": 50000,
    "memcached": 11211,
    "redis": 6379,
    "valkey": 6379,
    "docdb": 27017,
    "neptune": 8182,
    "redshift": 5439,
    "redshiftserverless": 5439,
    "elasticache": 6379,
    "memorydb": 6379,
}


class Aws:
    """AWS, with every resource in one account."""

    known_in_preview = frozenset({"region", "tagsAll"})

    def __init__(self) -> None:
        self.version = importlib.metadata.version("pulumi_aws")
        self._region = os.environ.get("AWS_REGION", "us-east-1")
        self._default_tags: Values = {}

    def configure(self, settings: Values) -> None:
        self._region = settings.get("region", self._region)
        # Nested provider settings arrive as JSON.
        self._default_tags = json.loads(settings.get("defaultTags", "{}")).get("tags", {})

    def create(self, token: str, urn: str, inputs: Values) -> Created:
        facts = self._facts(token, urn, inputs)
        outputs = {"id": facts["id"], **_fill(_declared(token), facts)}
        if "tagsAll" in outputs:
            outputs["tagsAll"] = self._all_tags(inputs.get("tags", {}))
        return Created(facts["id"], outputs)

    def invoke(self, token: str, args: Values) -> Values:
        # `aws:s3/getBucket:getBucket` looks up what `aws:s3/bucket:Bucket` makes.
        module, name = token.split(":")[1].split("/")[0], token.split(":")[2].removeprefix("get")
        found = f"aws:{module}/{name[0].lower()}{name[1:]}:{name}"
        facts = self._facts(found, f"{json.dumps(args, sort_keys=True)}::{name.lower()}", args)
        special = FUNCTIONS[token](args, facts) if token in FUNCTIONS else {}
        return {"id": facts["id"], **_fill(_declared(token), facts), **args, **special}

    def _facts(self, token: str, urn: str, inputs: Values) -> Values:
        """What the templates above may mention; `urn` ends in the resource's own name."""
        seed = Seed(f"{token} {urn}")
        own_name = urn.rsplit("::", 1)[-1]
        names = (inputs[key] for key in NAMES if isinstance(inputs.get(key), str))
        given = (name for name in names if not name.startswith("arn:"))
        module = token.split(":")[1].split("/")[0]
        facts: Values = {
            **{key: value for key, value in inputs.items() if isinstance(value, str)},
            "account": ACCOUNT,
            # The ARN of a rule names its bus, unless that is the default one.
            "bus": f"{bus}/" if (bus := inputs.get("eventBusName", "default")) != "default" else "",
            "region": inputs.get("region", self._region),
            "service": SERVICES.get(module, module),
            "kind": re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", token.split(":")[-1]).lower(),
            "name": next(given, f"{own_name}-{seed.hex[:7]}"),
            "uuid": seed.uuid,
            "port": next(
                (port for name, port in PORTS.items() if f"{inputs.get('engine') or module}".startswith(name)), 443
            ),
            **{f"hex{length}": seed.hex[:length] for length in (6, 8, 10, 12, 14, 16, 17, 32)},
            **{f"HEX{length}": seed.hex[:length].upper() for length in (13, 17)},
        }
        default_arn = "{service}:{region}:{account}:{kind}/" + ("{id}" if facts["service"] == "ec2" else "{name}")
        facts["path"] = facts["name"].removeprefix("/")
        # An id may be an ARN and an ARN may hold an id, never both for one type.
        facts.setdefault("id", _render(IDS.get(token, "{name}"), facts))
        facts["arn"] = "arn:aws:" + _render(ARNS.get(token, default_arn), facts)
        if token in ARN_IDS:
            facts["id"] = facts["arn"] = inputs.get("id", facts["arn"])
        facts["arn_suffix"] = facts["arn"].split(":", 5)[-1].removeprefix("loadbalancer/")
        return facts

    def _all_tags(self, tags: Any) -> Any:
        if tags == UNKNOWN or UNKNOWN in tags.values():
            return UNKNOWN
        return {**self._default_tags, **tags}


def _fill(declared: Mapping[str, str], facts: Values) -> Values:
    """A value for each declared output: one that fits its name, else an empty one of its type.

    A nested object has none: an empty one would be a configuration that nobody has written.
    """
    values: Values = {}
    for key, type_ in declared.items():
        if key in facts:
            values[key] = facts[key]
        elif key in OUTPUTS:
            values[key] = _render(OUTPUTS[key], facts)
        elif key in NAMES:
            values[key] = facts["name"]
        else:
            values[key] = copy.copy(EMPTY.get(type_.split("[")[0]))
    return values


EMPTY: Values = {
    "_builtins.bool": False,
    "_builtins.float": 0.0,
    "_builtins.int": 0,
    "_builtins.str": "",
    "Mapping": {},
    "Sequence": [],
}


def _render(template: Any, facts: Values) -> Any:
    """`template` with its {placeholders} filled in, in all of its strings; a fact that there is none of is `unset`."""
    if isinstance(template, str):
        return re.sub(r"{(\w+)}", lambda found: str(facts.get(found[1], "unset")), template)
    if isinstance(template, list):
        return [_render(item, facts) for item in template]
    if isinstance(template, dict):
        return {key: _render(value, facts) for key, value in template.items()}
    return template


@functools.cache
def _declared(token: str) -> Mapping[str, str]:
    """The outputs that `pulumi_aws` declares as always there, with their Python types; none for a token it lacks.

    Reads the one source file that declares them: importing the SDK would take longer than a whole preview.
    """
    sdk = importlib.util.find_spec("pulumi_aws")
    if not sdk or not sdk.origin:
        return {}
    _, path, name = token.split(":")
    module = path.split("/")[0]
    folder = "." if module == "index" else module + "_" * keyword.iskeyword(module)
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()
    file = Path(sdk.origin).parent / folder / f"{snake}.py"
    if not file.exists():
        return {}
    # Of a resource's file, only the resource itself has Outputs; a function's file has plain results.
    result = r"(.+)" if snake.startswith("get_") else r"pulumi\.Output\[(.+)\]"
    getter = re.compile(
        rf'@pulumi\.getter(?:\(name="(\w+)"\))?\n(?: +@.*\n)* +def (\w+)\(self\) -> {result}:$', re.MULTILINE
    )
    found = getter.findall(file.read_text(encoding="utf-8"))
    return {name or python_name: type_ for name, python_name, type_ in found if not type_.startswith("Optional[")}


# --- AWS's functions that a plain lookup does not do justice ---------------------------------------------------------


def _caller_identity(_: Values, facts: Values) -> Values:
    return {"accountId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:user/deployer", "userId": "AIDA" + facts["HEX17"]}


def _region(_: Values, facts: Values) -> Values:
    region = facts["region"]
    return {"id": region, "name": region, "region": region, "endpoint": f"ec2.{region}.amazonaws.com"}


def _availability_zones(_: Values, facts: Values) -> Values:
    region = facts["region"]
    return {"id": region, "names": [region + zone for zone in "abc"], "zoneIds": [f"{region}-az{n}" for n in (1, 2, 3)]}


def _partition(_: Values, __: Values) -> Values:
    return {"id": "aws", "partition": "aws", "dnsSuffix": "amazonaws.com", "reverseDnsPrefix": "com.amazonaws"}


def _secret_version(args: Values, _: Values) -> Values:
    # Not marked as a secret: the real provider drops the marks of a function's results.
    return {"secretString": STRONG_SECRET, "secretBinary": "", "arn": args["secretId"]}


def _parameter(_: Values, facts: Values) -> Values:
    return {"value": STRONG_SECRET, "type": "SecureString", "arn": facts["arn"].replace("//", "/")}


def _random_password(_: Values, __: Values) -> Values:
    return {"randomPassword": STRONG_SECRET}


def _ami(_: Values, facts: Values) -> Values:
    return {"id": "ami-" + facts["hex17"], "imageId": "ami-" + facts["hex17"], "architecture": "x86_64"}


def _vpc(args: Values, _: Values) -> Values:
    return {"id": args.get("id", DEFAULT_VPC)}


def _subnets(_: Values, facts: Values) -> Values:
    return {"ids": [f"subnet-{facts['hex16']}{n}" for n in range(3)]}


def _elb_account(_: Values, __: Values) -> Values:
    return {"id": "127311923021", "arn": "arn:aws:iam::127311923021:root"}


def _policy_document(args: Values, facts: Values) -> Values:
    """Renders statements as AWS's JSON, in the way and the order in which the real provider does."""
    statements: list[Values] = []
    given = [_statement(statement) for statement in args.get("statements", [])]
    sources = [args.get("sourceJson"), *args.get("sourcePolicyDocuments", [])]
    overrides = [args.get("overrideJson"), *args.get("overridePolicyDocuments", [])]
    for group in (*map(_statements_of, sources), given, *map(_statements_of, overrides)):
        for statement in group:
            # A statement replaces an earlier one of the same id.
            statements = [old for old in statements if "Sid" not in old or old["Sid"] != statement.get("Sid")]
            statements.append(statement)
    document: Values = {"Version": args.get("version", "2012-10-17")}
    if "policyId" in args:
        document["Id"] = args["policyId"]
    document["Statement"] = statements
    compact = json.dumps(document, separators=(",", ":"))
    return {"id": str(int(facts["hex8"], 16)), "json": json.dumps(document, indent=2), "minifiedJson": compact}


def _statements_of(document: str | None) -> list[Values]:
    statements = json.loads(document)["Statement"] if document else []
    return statements if isinstance(statements, list) else [statements]


def _statement(given: Values) -> Values:
    conditions: Values = {}
    for condition in given.get("conditions", []):
        conditions.setdefault(condition["test"], {})[condition["variable"]] = _one_or_many(condition["values"])
    rendered = {
        "Sid": given.get("sid"),
        "Effect": given.get("effect", "Allow"),
        "Action": _one_or_many(given.get("actions")),
        "NotAction": _one_or_many(given.get("notActions")),
        "Resource": _one_or_many(given.get("resources")),
        "NotResource": _one_or_many(given.get("notResources")),
        "Principal": _principals(given.get("principals")),
        "NotPrincipal": _principals(given.get("notPrincipals")),
        "Condition": conditions,
    }
    return {key: value for key, value in rendered.items() if value}


def _principals(given: list[Values] | None) -> Any:
    principals: dict[str, list[str]] = {}
    for principal in given or []:
        principals.setdefault(principal["type"], []).extend(principal["identifiers"])
    if principals == {"*": ["*"]}:
        return "*"
    return {kind: _one_or_many(identifiers) for kind, identifiers in principals.items()}


def _one_or_many(values: list[str] | None) -> Any:
    return values[0] if values and len(values) == 1 else values


FUNCTIONS: dict[str, Callable[[Values, Values], Values]] = {
    "aws:ec2/getAmi:getAmi": _ami,
    "aws:ec2/getSubnets:getSubnets": _subnets,
    "aws:ec2/getVpc:getVpc": _vpc,
    "aws:elb/getServiceAccount:getServiceAccount": _elb_account,
    "aws:iam/getPolicyDocument:getPolicyDocument": _policy_document,
    "aws:index/getAvailabilityZones:getAvailabilityZones": _availability_zones,
    "aws:index/getCallerIdentity:getCallerIdentity": _caller_identity,
    "aws:index/getPartition:getPartition": _partition,
    "aws:index/getRegion:getRegion": _region,
    "aws:secretsmanager/getRandomPassword:getRandomPassword": _random_password,
    "aws:secretsmanager/getSecretVersion:getSecretVersion": _secret_version,
    "aws:ssm/getParameter:getParameter": _parameter,
}


# --- random ----------------------------------------------------------------------------------------------------------


class Random:
    """The resources of `random`; it has no functions."""

    version = "4.18.0"
    known_in_preview: frozenset[str] = frozenset()

    def configure(self, settings: Values) -> None:
        pass

    def create(self, token: str, urn: str, inputs: Values) -> Created:
        seed = Seed(urn)
        text = seed.text(int(inputs.get("length", 16)))
        raw = bytes.fromhex(seed.hex)[: int(inputs.get("byteLength", 8))]
        match token.split(":")[-1]:
            case "RandomPassword":
                return Created("none", {"result": _secret(text), "bcryptHash": _secret(seed.hex)})
            case "RandomString":
                return Created(text, {"id": text, "result": text})
            case "RandomId":
                encoded = base64.urlsafe_b64encode(raw).decode().rstrip("=")
                number = str(int.from_bytes(raw))
                return Created(encoded, {"id": encoded, "hex": raw.hex(), "b64Url": encoded, "dec": number})
            case "RandomUuid":
                return Created(seed.uuid, {"id": seed.uuid, "result": seed.uuid})
            case _:
                return Created(seed.hex[:8], {"id": seed.hex[:8]})

    def invoke(self, token: str, args: Values) -> Values:
        return args


PACKAGES: dict[str, Callable[[], Package]] = {"aws": Aws, "random": Random}


def _served(name: str, new: Callable[[], Package]) -> tuple[grpc.Server, int]:
    """A server for one package, and its port."""
    server = grpc.server(ThreadPoolExecutor(max_workers=8))
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(name, new), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    return server, port


def serve() -> None:
    """Serves each package on a free port, and prints the ports in one line; ends with its standard input."""
    served = {name: _served(name, new) for name, new in PACKAGES.items()}
    print(",".join(f"{name}:{port}" for name, (_, port) in served.items()), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    serve()
