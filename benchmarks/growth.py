"""
How the time of a run grows with the stack: the time a resource at 8,000 against 1,000, for stacks of awkward shapes.

`python -m benchmarks.growth` prints a row for each shape, and fails where the time a resource grows by more than
half. Options: `--shape NAME` (repeatable) for some of them, `--small N` and `--large N` for other sizes.
"""

from __future__ import annotations

import argparse
import gc
import json
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, Final

from policypack.evaluation import Evaluation
from policypack.model import UNKNOWN, Context, Resource
from policypack.pack import PACK
from policypack.settings import Given, Settings, settle
from policypack.testing import ref, resource, urn

_MOST: Final = 1.5
_ARN: Final = "arn:aws:{}:eu-west-1:111122223333:{}"
_ROLE: Final = "aws:iam/role:Role"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_KEY: Final = "aws:kms/key:Key"
_TRUST: Final = json.dumps(
    {
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]
    }
)

Shape = Callable[[int], Iterator[Resource]]
"""Makes a stack of about as many resources as it is told."""


# What leaves it to the account's IAM policies who may use a key.
_FOR_ACCOUNT: Final = {
    "Effect": "Allow",
    "Principal": {"AWS": "arn:aws:iam::111122223333:root"},
    "Action": "kms:*",
    "Resource": "*",
}


def _pairs(first: Callable[[int], Resource], second: Callable[[int], Resource], n: int) -> Iterator[Resource]:
    for index in range(n // 2):
        yield first(index)
        yield second(index)


def _role(name: str = "role") -> Resource:
    return resource(_ROLE, name, assumeRolePolicy=_TRUST, with_outputs={"arn": _ARN.format("iam", f"role/{name}")})


def role_policies_of_one_name(n: int) -> Iterator[Resource]:
    """Inline policies that are all called `inline`, beside a bucket of that name."""
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
    yield resource(_BUCKET, "bucket", bucket="inline")
    yield from _pairs(
        lambda i: _role(f"role-{i}"),
        lambda i: resource("aws:iam/rolePolicy:RolePolicy", f"p{i}", name="inline", role=f"role-{i}", policy=document),
        n,
    )


def stages_and_log_groups_of_one_name(n: int) -> Iterator[Resource]:
    """Stages tagged `prod` and log groups named `prod`."""
    yield from _pairs(
        lambda i: resource("aws:apigatewayv2/stage:Stage", f"s{i}", name="prod", apiId="api", tags={"stage": "prod"}),
        lambda i: resource("aws:cloudwatch/logGroup:LogGroup", f"g{i}", name="prod", retentionInDays=90),
        n,
    )


def buckets_with_unknown_encryption(n: int) -> Iterator[Resource]:
    """Buckets, and encryption resources that name unknown buckets."""
    rules = [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "AES256"}}]
    kind = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
    yield from _pairs(
        lambda i: resource(_BUCKET, f"b{i}"), lambda i: resource(kind, f"e{i}", bucket=UNKNOWN, rules=rules), n
    )


def tasks_on_one_role(n: int) -> Iterator[Resource]:
    """Tasks with a secret each, on one execution role that has as many policies."""
    role = _role()
    yield role
    secret = _ARN.format("secretsmanager", "secret:db-AbCdEf")

    def task(i: int) -> Resource:
        containers = [{"name": "a", "image": "a:1", "secrets": [{"name": "DB", "valueFrom": f"{secret}{i}"}]}]
        return resource(
            "aws:ecs/taskDefinition:TaskDefinition",
            f"t{i}",
            executionRoleArn=ref(role),
            containerDefinitions=json.dumps(containers),
        )

    def policy(i: int) -> Resource:
        statement = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": f"{secret}x{i}"}
        document = json.dumps({"Statement": [statement]})
        return resource("aws:iam/rolePolicy:RolePolicy", f"p{i}", role=ref(role), policy=document)

    yield from _pairs(task, policy, n)


def databases_on_one_group(n: int) -> Iterator[Resource]:
    """Databases on one security group with as many rules."""
    group = resource(_GROUP, "group")
    yield group
    yield from _pairs(
        lambda i: resource(
            "aws:rds/instance:Instance", f"d{i}", engine="postgres", port=5000 + i, vpcSecurityGroupIds=[ref(group)]
        ),
        lambda i: resource(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            f"r{i}",
            securityGroupId=ref(group),
            cidrIpv4=f"10.{i >> 8 & 255}.{i & 255}.0/24",
            ipProtocol="tcp",
            fromPort=5000 + i,
            toPort=5000 + i,
        ),
        n,
    )


def load_balancers_on_one_group(n: int) -> Iterator[Resource]:
    """Load balancers, with a listener each, on one security group with as many rules for port 80."""
    group = resource(_GROUP, "group")
    yield group
    for i in range(n // 3):
        balancer = resource("aws:lb/loadBalancer:LoadBalancer", f"b{i}", securityGroups=[ref(group)])
        yield balancer
        yield resource(
            "aws:lb/listener:Listener",
            f"l{i}",
            loadBalancerArn=ref(balancer),
            port=80,
            defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
        )
        yield resource(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            f"r{i}",
            type="ingress",
            securityGroupId=ref(group),
            cidrBlocks=["0.0.0.0/0"],
            protocol="tcp",
            fromPort=80,
            toPort=80,
        )


def services_in_the_same_subnets(n: int) -> Iterator[Resource]:
    """Services that each name the same twelve subnets."""
    vpc = resource("aws:ec2/vpc:Vpc", "vpc")
    table = resource("aws:ec2/routeTable:RouteTable", "private", vpcId=ref(vpc))
    subnets = [
        resource(_SUBNET, f"s{i}", vpcId=ref(vpc), availabilityZone=f"eu-west-1{'abc'[i % 3]}") for i in range(12)
    ]
    yield from (vpc, table, *subnets)
    for i, subnet in enumerate(subnets):
        yield resource(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            f"a{i}",
            subnetId=ref(subnet),
            routeTableId=ref(table),
        )
    for i in range(n):
        network = {"subnets": [ref(subnet) for subnet in subnets], "assignPublicIp": False}
        yield resource("aws:ecs/service:Service", f"service-{i}", networkConfiguration=network)


def subnets_of_one_table(n: int) -> Iterator[Resource]:
    """Subnets that share one route table with as many routes, each with a subnet group of its own."""
    vpc = resource("aws:ec2/vpc:Vpc", "vpc")
    table = resource("aws:ec2/routeTable:RouteTable", "table", vpcId=ref(vpc))
    yield from (vpc, table)
    for i in range(n // 4):
        subnet = resource(_SUBNET, f"s{i}", vpcId=ref(vpc))
        yield subnet
        yield resource(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            f"a{i}",
            subnetId=ref(subnet),
            routeTableId=ref(table),
        )
        yield resource("aws:rds/subnetGroup:SubnetGroup", f"g{i}", subnetIds=[ref(subnet)])
        yield resource("aws:ec2/route:Route", f"r{i}", routeTableId=ref(table), vpcPeeringConnectionId=f"pcx-{i}")


def mutual_dependencies(n: int) -> Iterator[Resource]:
    """Buckets in groups of twenty, each of which logs to all others of its group."""
    for start in range(0, n, 20):
        names = [f"b{index}" for index in range(start, start + 20)]
        for name in names:
            others = [ref(urn(_BUCKET, other)) for other in names if other != name]
            yield resource(_BUCKET, name, logging={"targetBucket": others[0], "others": others})


def users_of_one_key(n: int) -> Iterator[Resource]:
    """Log groups with one key, whose policy has a statement for each."""
    count = n - 1
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
            "Action": ["kms:Decrypt*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": _ARN.format("logs", f"log-group:g{i}")}},
        }
        for i in range(count)
    ]
    key = resource(_KEY, "key", policy=json.dumps({"Statement": statements}))
    yield key
    for i in range(count):
        yield resource("aws:cloudwatch/logGroup:LogGroup", f"g{i}", name=f"g{i}", kmsKeyId=ref(key), retentionInDays=90)


def recorders_and_channels(n: int) -> Iterator[Resource]:
    """Recorders of AWS Config beside as many delivery channels."""
    key = resource(_KEY, "key")
    yield key
    yield from _pairs(
        lambda i: resource("aws:cfg/recorder:Recorder", f"r{i}", roleArn=_ARN.format("iam", f"role/r{i}")),
        lambda i: resource("aws:cfg/deliveryChannel:DeliveryChannel", f"c{i}", s3BucketName="b", s3KmsKeyArn=ref(key)),
        n,
    )


def statements_of_one_bucket_policy(n: int) -> Iterator[Resource]:
    """One bucket policy that allows and denies everybody in as many statements; the resources are its statements."""
    allow = {"Effect": "Allow", "Principal": "*", "Resource": "*", "Action": "s3:GetObject"}
    deny = {
        **allow,
        "Effect": "Deny",
        "Action": "s3:PutObject",
        "Condition": {"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}},
    }
    statements = [allow, deny] * (n // 2)
    yield resource("aws:s3/bucketPolicy:BucketPolicy", "p", bucket="b", policy=json.dumps({"Statement": statements}))


def listeners_of_one_load_balancer(n: int) -> Iterator[Resource]:
    """Listeners, half of them rules, of one load balancer."""
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "b")
    yield balancer
    for i in range(n):
        yield resource(
            "aws:lb/listener:Listener", f"l{i}", loadBalancerArn=ref(balancer), port=1000 + i, protocol="HTTP"
        )


def buckets_that_log_to_one(n: int) -> Iterator[Resource]:
    """Buckets that all log to one."""
    target = resource(_BUCKET, "target", bucket="target")
    yield target
    for i in range(n):
        yield resource(_BUCKET, f"b{i}", logging={"targetBucket": ref(target)})


def companions_of_every_bucket(n: int) -> Iterator[Resource]:
    """Buckets with all that belongs to one, by literal names, as after an update."""
    for i in range(n // 5):
        name = f"bucket-{i}"
        yield resource(_BUCKET, name, bucket=name, with_outputs={"id": name, "arn": f"arn:aws:s3:::{name}"})
        yield resource(
            "aws:s3/bucketVersioning:BucketVersioning", name, bucket=name, versioningConfiguration={"status": "Enabled"}
        )
        block = dict.fromkeys(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
        )
        yield resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", name, bucket=name, **block)
        yield resource("aws:s3/bucketPolicy:BucketPolicy", name, bucket=name, policy=UNKNOWN)
        yield resource("aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", name, bucket=name)


def secrets_and_rotations(n: int) -> Iterator[Resource]:
    """Secrets, and rotations of unknown secrets."""
    yield from _pairs(
        lambda i: resource("aws:secretsmanager/secret:Secret", f"s{i}"),
        lambda i: resource("aws:secretsmanager/secretRotation:SecretRotation", f"r{i}", secretId=UNKNOWN),
        n,
    )


def functions_on_one_role(n: int) -> Iterator[Resource]:
    """Functions on one role, and as many permissions."""
    role = _role()
    yield role
    yield from _pairs(
        lambda i: resource("aws:lambda/function:Function", f"f{i}", role=ref(role), runtime="python3.13"),
        lambda i: resource(
            "aws:lambda/permission:Permission",
            f"p{i}",
            function=f"f{i}",
            principal="s3.amazonaws.com",
            action="lambda:*",
        ),
        n,
    )


def alarms_on_one_topic(n: int) -> Iterator[Resource]:
    """Alarms that notify one topic, which has a key."""
    key = resource(_KEY, "key", policy=json.dumps({"Statement": []}))
    topic = resource("aws:sns/topic:Topic", "topic", kmsMasterKeyId=ref(key))
    yield from (key, topic)
    for i in range(n):
        yield resource("aws:cloudwatch/metricAlarm:MetricAlarm", f"a{i}", alarmActions=[ref(topic)])


def notifications_to_one_queue(n: int) -> Iterator[Resource]:
    """Buckets that notify one queue, whose policy has a statement for each."""
    count = n // 2
    arn = _ARN.format("sqs", "in")
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "s3.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": f"arn:aws:s3:::bucket-{i}"}},
        }
        for i in range(count)
    ]
    queue = resource(
        "aws:sqs/queue:Queue", "in", policy=json.dumps({"Statement": statements}), with_outputs={"arn": arn}
    )
    yield queue
    yield from _pairs(
        lambda i: resource(_BUCKET, f"b{i}", bucket=f"bucket-{i}"),
        lambda i: resource(
            "aws:s3/bucketNotification:BucketNotification",
            f"n{i}",
            bucket=f"bucket-{i}",
            queues=[{"queueArn": ref(queue)}],
        ),
        n,
    )


def rules_to_one_function(n: int) -> Iterator[Resource]:
    """Rules that call one function, and a Permission for each, all unknown as in a first preview."""
    function = resource("aws:lambda/function:Function", "f", role=ref(_role()), runtime="python3.13")
    yield from (_role(), function)
    for i in range(n // 3):
        rule = resource("aws:cloudwatch/eventRule:EventRule", f"r{i}")
        yield rule
        yield resource("aws:cloudwatch/eventTarget:EventTarget", f"t{i}", rule=ref(rule), arn=ref(function))
        yield resource(
            "aws:lambda/permission:Permission",
            f"p{i}",
            function=ref(function),
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
            sourceArn=ref(rule),
        )


def sources_of_one_role(n: int) -> Iterator[Resource]:
    """Functions with one role and one key, each polling a queue of its own that one of the role's policies names."""
    role, key = _role(), resource(_KEY, "key", policy=json.dumps({"Statement": [_FOR_ACCOUNT]}))
    yield from (role, key)
    for i in range(n // 4):
        name = f"q{i}"
        allowed = {"Effect": "Allow", "Action": "sqs:*", "Resource": _ARN.format("sqs", name)}
        yield resource("aws:sqs/queue:Queue", name, name=name, kmsMasterKeyId=ref(key))
        yield resource("aws:lambda/function:Function", f"f{i}", name=f"f{i}", role=ref(role), runtime="python3.13")
        yield resource(
            "aws:lambda/eventSourceMapping:EventSourceMapping",
            f"m{i}",
            functionName=f"f{i}",
            eventSourceArn=ref(urn("aws:sqs/queue:Queue", name)),
        )
        document = json.dumps({"Statement": [allowed]})
        yield resource("aws:iam/rolePolicy:RolePolicy", f"p{i}", role=ref(role), policy=document)


def roles_to_one_queue(n: int) -> Iterator[Resource]:
    """Functions with a role each that all send to one queue, whose policy names each role."""
    count = n // 2
    statements = [
        {"Effect": "Allow", "Principal": {"AWS": _ARN.format("iam", f"role/r{i}")}, "Action": "sqs:*", "Resource": "*"}
        for i in range(count)
    ]
    queue = resource("aws:sqs/queue:Queue", "q", policy=json.dumps({"Statement": statements}))
    yield queue
    yield from _pairs(
        lambda i: _role(f"r{i}"),
        lambda i: resource(
            "aws:lambda/function:Function",
            f"f{i}",
            role=ref(urn("aws:iam/role:Role", f"r{i}")),
            runtime="python3.13",
            deadLetterConfig={"targetArn": ref(queue)},
        ),
        n,
    )


def attachments_of_one_policy(n: int) -> Iterator[Resource]:
    """Roles that all have one policy with a Deny in it."""
    document = {
        "Statement": [
            {"Effect": "Deny", "Action": "iam:*", "Resource": "*"},
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
        ]
    }
    policy = resource("aws:iam/policy:Policy", "p", policy=json.dumps(document))
    yield policy
    yield from _pairs(
        lambda i: _role(f"role-{i}"),
        lambda i: resource(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"a{i}", role=f"role-{i}", policyArn=ref(policy)
        ),
        n,
    )


def databases_with_one_password(n: int) -> Iterator[Resource]:
    """Databases with one generated password, whose parameter groups are their own."""
    password = resource("random:index/randomPassword:RandomPassword", "p", length=32)
    yield password
    for i in range(n // 2):
        group = resource("aws:rds/parameterGroup:ParameterGroup", f"g{i}", family="postgres14")
        yield group
        yield resource(
            "aws:rds/instance:Instance",
            f"d{i}",
            engine="postgres",
            password=ref(password),
            parameterGroupName=ref(group),
        )


def exempted_findings(n: int) -> Iterator[Resource]:
    """Buckets whose findings are exempted, each by a pattern of its own."""
    for i in range(n):
        yield resource(_BUCKET, f"bucket-{i}-x")


SHAPES: Final[tuple[Shape, ...]] = (
    role_policies_of_one_name,
    stages_and_log_groups_of_one_name,
    buckets_with_unknown_encryption,
    tasks_on_one_role,
    exempted_findings,
    databases_on_one_group,
    load_balancers_on_one_group,
    services_in_the_same_subnets,
    subnets_of_one_table,
    mutual_dependencies,
    users_of_one_key,
    recorders_and_channels,
    statements_of_one_bucket_policy,
    listeners_of_one_load_balancer,
    buckets_that_log_to_one,
    companions_of_every_bucket,
    secrets_and_rotations,
    functions_on_one_role,
    alarms_on_one_topic,
    notifications_to_one_queue,
    rules_to_one_function,
    sources_of_one_role,
    roles_to_one_queue,
    attachments_of_one_policy,
    databases_with_one_password,
)


def seconds(shape: Shape, n: int) -> float:
    """The time that a run over a stack of a shape takes, its making left out."""
    resources = list(islice(shape(n), n))
    settings = _settings(shape, n)
    gc.collect()
    start = time.process_time()
    evaluation = Evaluation(PACK, settings, Context())
    for each in resources:
        evaluation.check_resource(each)
    evaluation.check_stack(resources)
    return time.process_time() - start


def _settings(shape: Shape, n: int) -> Settings:
    given: dict[str, Given] = {}
    if shape is exempted_findings:
        exemptions: list[Any] = [
            {"reason": "agreed", "match": [{"policies": ["s3-*"], "targets": [f"bucket-{i}-*"]}]} for i in range(n)
        ]
        given["exemptions"] = Given(None, {"exemptions": exemptions})
    settings, problems = settle(PACK.policies, given)
    assert not problems
    return settings


def main() -> int:
    """Prints the table; 1 where a shape grows too fast, otherwise 0."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shape", action="append", choices=[shape.__name__ for shape in SHAPES])
    parser.add_argument("--small", type=int, default=1000)
    parser.add_argument("--large", type=int, default=8000)
    options = parser.parse_args()
    seconds(companions_of_every_bucket, 100)  # what is loaded at the first question
    failed = False
    print(f"{'shape':40} {'ms a resource at':>18} {options.small:>7,} {options.large:>9,}   ratio")
    for shape in SHAPES:
        if options.shape and shape.__name__ not in options.shape:
            continue
        small, large = (
            min(seconds(shape, n) for _ in range(times)) / n for n, times in ((options.small, 3), (options.large, 1))
        )
        grows = large / small > _MOST
        failed = failed or grows
        print(
            f"{shape.__name__:40} {small * 1000:26.3f} {large * 1000:9.3f} {large / small:7.2f}{' !' * grows}",
            flush=True,
        )
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
