"""
What one resource costs by its size: Analyze against decoding the same request, and what it adds to AnalyzeStack.

Run `python -m benchmarks.sizes [--megabytes 1] [--shape TEXT]`. Goals: one Analyze at most 50 ms for anything up to
1 MB, and beyond that in proportion to its size. Milliseconds are those of the machine; the ratios hold on any.
"""

from __future__ import annotations

import argparse
import gc
import json
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import count
from typing import Any, Final

from pulumi.runtime.proto import analyzer_pb2

from policypack.engine.analyzer import Analyzer
from policypack.engine.decode import decode_inputs
from policypack.model import Asset, Context, Resource, Secret
from policypack.pack import PACK
from policypack.testing import resource
from tools.fuzz import sent, struct

_GOAL: Final = 0.05
_ROUNDS: Final = 3

_SCRIPT: Final = """#!/bin/bash
set -euo pipefail
export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db --query SecretString --output text)
curl -fsSL "https://example.com/install.sh" -o /tmp/install.sh && bash /tmp/install.sh --token-file /run/token
cat > /etc/app.yaml <<EOF
key: value
EOF
mysql -h "$DB_HOST" -u app -p"$DB_PASSWORD" -e "select 1"
"""
_ARN: Final = "arn:aws:{}:eu-west-1:111122223333:{}"
_KEY: Final = "aws:kms/key:Key"
_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
_FUNCTION: Final = "aws:lambda/function:Function"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_INSTANCE: Final = "aws:ec2/instance:Instance"

Shape = Callable[[int], Resource]
"""Makes a resource whose properties are about as many bytes long as it is told."""


def _repeated(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def _many(make: Callable[[int], Any], size: int) -> list[Any]:
    """So many different elements that their JSON form has the size."""
    found: list[Any] = []
    for number in count():
        if size <= 0:
            break
        found.append(make(number))
        size -= len(json.dumps(found[-1])) + 2
    return found


def _allow(number: int) -> dict[str, Any]:
    return {
        "Sid": f"s{number}",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::111122223333:role/r{number}"},
        "Action": ["s3:GetObject", "kms:Decrypt"],
        "Resource": f"arn:aws:s3:::bucket-{number}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": "111122223333"}},
    }


def _open(number: int) -> dict[str, Any]:
    """A statement that several policies have something to say about."""
    return {**_allow(number), "Principal": "*", "Action": "*", "Resource": "*", "Condition": {}}


def _rule(number: int) -> dict[str, Any]:
    return {
        "protocol": "tcp",
        "fromPort": 1024 + number % 60_000,
        "toPort": 1024 + number % 60_000,
        "cidrBlocks": [_address(number)],
    }


def _address(number: int) -> str:
    return f"10.{number >> 8 & 255}.{number & 255}.0/24"


def _in_groups(size: int) -> dict[str, Any]:
    """Maps in maps, ten in each."""
    return {f"key{n}": _in_groups(size // 10) if size > 400 else "value" for n in range(10)}


def _container(**container: Any) -> str:
    return json.dumps([{"name": "app", "image": "app:1.0", **container}])


def _parameters(type_: str) -> Shape:
    return lambda size: resource(
        type_,
        family="postgres14",
        parameters=_many(lambda n: {"name": f"setting_{n}", "value": f"{n}", "applyMethod": "immediate"}, size),
    )


def _variable(number: int) -> dict[str, str]:
    return {"name": f"SETTING_{number}", "value": f"value-{number}"}


_DOCUMENTS: Final[Mapping[str, tuple[str, str]]] = {
    "role policy": ("aws:iam/rolePolicy:RolePolicy", "policy"),
    "managed policy": ("aws:iam/policy:Policy", "policy"),
    "trust policy": ("aws:iam/role:Role", "assumeRolePolicy"),
    "key policy": (_KEY, "policy"),
    "bucket policy": (_BUCKET_POLICY, "policy"),
    "queue policy": ("aws:sqs/queue:Queue", "policy"),
    "secret policy": ("aws:secretsmanager/secretPolicy:SecretPolicy", "policy"),
    "endpoint policy": ("aws:ec2/vpcEndpoint:VpcEndpoint", "policy"),
    "log resource policy": ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy", "policyDocument"),
}


def _documents() -> Iterator[tuple[str, Shape]]:
    for name, (type_, prop) in _DOCUMENTS.items():
        for kind, make in (("", _allow), (" that is open", _open)):
            yield f"{name}{kind}", _document(type_, prop, make)


def _document(type_: str, prop: str, make: Callable[[int], dict[str, Any]]) -> Shape:
    return lambda size: resource(type_, **{prop: json.dumps({"Version": "2012-10-17", "Statement": _many(make, size)})})


def _statement(part: str, content: Callable[[int], Any]) -> Shape:
    return lambda size: resource(_BUCKET_POLICY, policy=json.dumps({"Statement": {**_allow(0), part: content(size)}}))


SHAPES: Final[Mapping[str, Shape]] = {
    **dict(_documents()),
    "bucket policy as an object": lambda size: resource(_BUCKET_POLICY, policy={"Statement": _many(_allow, size)}),
    "statement of many actions": _statement("Action", lambda size: _many(lambda n: f"s3:Get{n}*", size)),
    "statement of many principals": _statement(
        "Principal", lambda size: {"AWS": _many(lambda n: f"arn:aws:iam::{n:012}:root", size)}
    ),
    "statement of many conditions": _statement(
        "Condition", lambda size: {"StringLike": {f"aws:ResourceTag/{n}": "x" for n in range(size // 28)}}
    ),
    "tags": lambda size: resource(_BUCKET, tags={f"tag-{number}": f"value-{number}" for number in range(size // 32)}),
    "tags of every character": lambda size: resource(_BUCKET, tags={f"ключ-{n}": "☃😀é" for n in range(size // 34)}),
    "one long tag": lambda size: resource(_BUCKET, tags={"owner": "a" * size}),
    "rules of a lifecycle": lambda size: resource(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        bucket="b",
        rules=_many(
            lambda n: {"id": f"r{n}", "status": "Enabled", "filter": {"prefix": f"p{n}/"}, "expiration": {"days": 30}},
            size,
        ),
    ),
    "parameters of databases": _parameters("aws:rds/parameterGroup:ParameterGroup"),
    "parameters of clusters": _parameters("aws:rds/clusterParameterGroup:ClusterParameterGroup"),
    "parameters of caches": _parameters("aws:elasticache/parameterGroup:ParameterGroup"),
    "parameters of warehouses": _parameters("aws:redshift/parameterGroup:ParameterGroup"),
    "settings of an environment": lambda size: resource(
        "aws:elasticbeanstalk/environment:Environment",
        settings=_many(
            lambda n: {"namespace": "aws:elasticbeanstalk:application:environment", **_variable(n)},
            size,
        ),
    ),
    "a container's variables": lambda size: resource(
        _TASK, containerDefinitions=_container(environment=_many(_variable, size))
    ),
    "a container's secrets": lambda size: resource(
        _TASK,
        containerDefinitions=_container(
            secrets=_many(lambda n: {"name": f"N_{n}", "valueFrom": _ARN.format("ssm", f"parameter/p{n}")}, size)
        ),
    ),
    "many containers": lambda size: resource(
        _TASK, containerDefinitions=json.dumps(_many(lambda n: {"name": f"c{n}", "image": "a:1", "cpu": 10}, size))
    ),
    "a container's command": lambda size: resource(
        _TASK, containerDefinitions=_container(command=["sh", "-c", _repeated(_SCRIPT, size)])
    ),
    "a container's words": lambda size: resource(
        _TASK, containerDefinitions=_container(command=_repeated("app --key value ", size).split())
    ),
    "many variables": lambda size: resource(
        _FUNCTION, environment={"variables": {f"SETTING_{number}": f"value-{number}" for number in range(size // 36)}}
    ),
    "many secret variables": lambda size: resource(
        _FUNCTION,
        environment={"variables": {f"SETTING_{n}": Secret(f"value-of-{n}") for n in range(size // 130)}},
    ),
    "one long variable": lambda size: resource(
        _FUNCTION, environment={"variables": {"SETTING": _repeated("a-b c=d ", size)}}
    ),
    "inline code": lambda size: resource(_FUNCTION, code=Asset((("index.py", _repeated("a = f(b, key=c)\n", size)),))),
    "user data": lambda size: resource(_INSTANCE, userData=_repeated(_SCRIPT, size)),
    "user data, `key` repeated": lambda size: resource(_INSTANCE, userData=_repeated("key", size)),
    "user data, base64": lambda size: resource(_INSTANCE, userData=_repeated("aB3/", size)),
    "user data of every character": lambda size: resource(_INSTANCE, userData=_repeated("é☃😀 ключ=я\n", size // 2)),
    "a plain parameter": lambda size: resource(
        "aws:ssm/parameter:Parameter", type="String", value=_repeated("password : x ", size)
    ),
    "a secret's document": lambda size: resource(
        "aws:secretsmanager/secretVersion:SecretVersion",
        secretString=json.dumps({f"password{number}": f"kX3vTq9Z{number}" for number in range(size // 36)}),
    ),
    "inline rules": lambda size: resource(_GROUP, ingress=_many(_rule, size), egress=[]),
    "inline rules that are open": lambda size: resource(
        _GROUP, ingress=_many(lambda n: {**_rule(n), "cidrBlocks": ["0.0.0.0/0"]}, size)
    ),
    "a rule of many addresses": lambda size: resource(
        _GROUP, ingress=[{**_rule(0), "cidrBlocks": _many(_address, size)}]
    ),
    "routes": lambda size: resource(
        "aws:ec2/routeTable:RouteTable",
        vpcId="vpc-1",
        routes=_many(lambda n: {"cidrBlock": _address(n), "gatewayId": f"igw-{n}"}, size),
    ),
    "behaviors of a distribution": lambda size: resource(
        "aws:cloudfront/distribution:Distribution",
        orderedCacheBehaviors=_many(
            lambda n: {"pathPattern": f"/{n}/*", "targetOriginId": f"o{n}", "viewerProtocolPolicy": "allow-all"}, size
        ),
        origins=_many(lambda n: {"originId": f"o{n}", "domainName": f"b{n}.s3.amazonaws.com"}, 1000),
    ),
    "origins of a distribution": lambda size: resource(
        "aws:cloudfront/distribution:Distribution",
        origins=_many(lambda n: {"originId": f"o{n}", "domainName": f"b{n}.s3.amazonaws.com"}, size),
    ),
    "actions of a listener": lambda size: resource(
        "aws:lb/listener:Listener",
        port=80,
        protocol="HTTP",
        defaultActions=_many(lambda n: {"type": "forward", "targetGroupArn": f"arn:{n}"}, size),
    ),
    "notifications of a bucket": lambda size: resource(
        "aws:s3/bucketNotification:BucketNotification",
        bucket="b",
        queues=_many(lambda n: {"queueArn": _ARN.format("sqs", f"q{n}"), "events": ["s3:ObjectCreated:*"]}, size),
    ),
    "block devices": lambda size: resource(
        _INSTANCE,
        ebsBlockDevices=_many(lambda n: {"deviceName": f"/dev/xvd{n}", "volumeSize": 10, "encrypted": True}, size),
    ),
    "nested maps": lambda size: resource(_FUNCTION, environment={"variables": _in_groups(size)}),
    "many short keys": lambda size: resource(_BUCKET, **{f"k{n}": "v" for n in range(size // 18)}),
    "one long string": lambda size: resource(_BUCKET, bucket="b" * size),
    "a long description": lambda size: resource(_KEY, description=_repeated("A key of the shop. ", size)),
    "a type of another provider": lambda size: resource("acme:index/thing:Thing", text=_repeated("key: ", size)),
}


def _requests(subject: Resource) -> tuple[analyzer_pb2.AnalyzeRequest, analyzer_pb2.AnalyzeStackRequest]:
    properties = struct(sent(dict(subject.declared)))
    about: dict[str, Any] = {"type": subject.token, "name": subject.name, "urn": subject.urn, "properties": properties}
    request = analyzer_pb2.AnalyzeRequest(**about)
    stack = analyzer_pb2.AnalyzeStackRequest(resources=[analyzer_pb2.AnalyzerResource(**about)])
    # What has come over the wire is laid out otherwise in memory than what Python made.
    return request.FromString(request.SerializeToString()), stack.FromString(stack.SerializeToString())


def _cpu(work: Callable[[], Any]) -> float:
    gc.collect()
    started = time.process_time()
    work()
    return time.process_time() - started


def measure(subject: Resource, rounds: int) -> tuple[float, float, float, int]:
    """The fewest CPU seconds of decoding, of Analyze and of AnalyzeStack for a resource, and its request's bytes."""
    request, stack = _requests(subject)
    taken = []
    for _ in range(rounds):
        analyzer: Any = Analyzer(PACK)
        analyzer.Analyze(analyzer_pb2.AnalyzeRequest(type="pulumi:pulumi:Stack"), None)  # sorts the policies by type
        decoding = _cpu(lambda: decode_inputs(request, Context()))
        analyze = _cpu(partial(analyzer.Analyze, request, None))
        analyze_stack = _cpu(partial(analyzer.AnalyzeStack, stack, None))
        taken.append((decoding, analyze, analyze_stack))
    decoding, analyze, analyze_stack = map(min, zip(*taken, strict=True))
    return decoding, analyze, analyze_stack, request.ByteSize()


def main() -> None:
    """Prints a row for each shape."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=1, help="the size of each resource (default: 1)")
    parser.add_argument("--shape", default="", help="only the shapes that have this text in their name")
    options = parser.parse_args()
    print("| one resource | MB | decoding | Analyze | Analyze ÷ decoding | AnalyzeStack | Analyze a MB | |")
    print("| --- |" + " ---: |" * 6 + " --- |")
    for name, make in SHAPES.items():
        if options.shape not in name:
            continue
        measure(make(1000), 1)  # compiles patterns
        rounds = _ROUNDS if options.megabytes <= 1 else 1
        decoding, analyze, stack, size = measure(make(round(options.megabytes * 1e6)), rounds)
        is_met = analyze <= _GOAL * max(1, size / 1e6)
        figures = (
            *(f"{size / 1e6:.2f}", f"{decoding * 1e3:.1f} ms", f"{analyze * 1e3:.1f} ms", f"{analyze / decoding:.1f}"),
            *(f"{stack * 1e3:.1f} ms", f"{analyze / size * 1e9:.1f} ms"),
        )
        print(f"| {name} | {' | '.join(figures)} | {'' if is_met else 'over the goal'} |", flush=True)


if __name__ == "__main__":
    main()
