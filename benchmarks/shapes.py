"""Stacks of awkward shapes, of any size: what growth.py measures the time of."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from policypack.model import UNKNOWN, Resource
from policypack.testing import ref, resource, urn

_ARN: Final = "arn:aws:{}:eu-west-1:111122223333:{}"
_ROLE: Final = "aws:iam/role:Role"
_BUCKET: Final = "aws:s3/bucket:Bucket"
_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_SUBNET: Final = "aws:ec2/subnet:Subnet"
_KEY: Final = "aws:kms/key:Key"
_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
_MOST_STATEMENTS: Final = 300
"""So many fit into the longest documents that AWS takes."""
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
            _TASK,
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
    """Log groups with one key, whose policy has as many statements as AWS could take, each for one of them."""
    count = n - 1
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
            "Action": ["kms:Decrypt*"],
            "Resource": "*",
            "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": _ARN.format("logs", f"log-group:g{i}")}},
        }
        for i in range(min(count, _MOST_STATEMENTS))
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
    """One bucket policy that allows and denies everybody in as many statements, which beyond AWS's limit nobody
    reads; the resources are its statements."""
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
    """Buckets that notify one queue, whose policy has statements for the first of them."""
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
        for i in range(min(count, _MOST_STATEMENTS))
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


def attachments_to_unknown_roles(n: int) -> Iterator[Resource]:
    """Roles, and policies of roles that nobody knows yet."""
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
    yield from _pairs(
        lambda i: _role(f"role-{i}"),
        lambda i: resource("aws:iam/rolePolicy:RolePolicy", f"p{i}", role=UNKNOWN, policy=document),
        n,
    )


def tasks_on_roles_with_unknown_policies(n: int) -> Iterator[Resource]:
    """Tasks with roles of their own, and policies of roles that nobody knows yet."""
    for i in range(n // 3):
        role = _role(f"role-{i}")
        yield role
        secrets = [{"name": "DB", "valueFrom": _ARN.format("secretsmanager", f"secret:db-AbCdEf{i}")}]
        yield resource(
            _TASK,
            f"t{i}",
            executionRoleArn=ref(role),
            containerDefinitions=json.dumps([{"name": "a", "image": "a:1", "secrets": secrets}]),
        )
        yield resource("aws:iam/rolePolicy:RolePolicy", f"p{i}", role=UNKNOWN, policy=UNKNOWN)


def one_attachment_of_many_roles(n: int) -> Iterator[Resource]:
    """Roles that one PolicyAttachment names, with a task each."""
    roles = [_role(f"role-{i}") for i in range(n // 2)]
    yield from roles
    policy = resource("aws:iam/policy:Policy", "p", policy=json.dumps({"Statement": []}))
    yield policy
    yield resource(
        "aws:iam/policyAttachment:PolicyAttachment", "a", roles=[ref(role) for role in roles], policyArn=ref(policy)
    )
    secrets = [{"name": "DB", "valueFrom": _ARN.format("secretsmanager", "secret:db-AbCdEf")}]
    containers = json.dumps([{"name": "a", "image": "a:1", "secrets": secrets}])
    for i, role in enumerate(roles):
        yield resource(_TASK, f"t{i}", executionRoleArn=ref(role), containerDefinitions=containers)


def lists_of_one_roles_policies(n: int) -> Iterator[Resource]:
    """Resources that list all policies of one role, beside as many that attach the same policies."""
    role = _role()
    yield role
    arns = [_ARN.format("iam", f"policy/p{i}") for i in range(10)]
    yield from _pairs(
        lambda i: resource(
            "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive",
            f"e{i}",
            roleName=ref(role),
            policyArns=arns,
        ),
        lambda i: resource(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment", f"a{i}", role=ref(role), policyArn=arns[i % 10]
        ),
        n,
    )


def companions_of_one_bucket(n: int) -> Iterator[Resource]:
    """Everything that belongs to a bucket, many times for the same one."""
    bucket = resource(_BUCKET, "bucket")
    yield bucket
    block = dict.fromkeys(("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True)
    kinds: dict[str, dict[str, Any]] = {
        "aws:s3/bucketVersioning:BucketVersioning": {"versioningConfiguration": {"status": "Enabled"}},
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": block,
        "aws:s3/bucketPolicy:BucketPolicy": {"policy": json.dumps({"Statement": []})},
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules": [{"status": "Enabled"}]},
        "aws:s3/bucketAcl:BucketAcl": {"acl": "public-read"},
        "aws:s3/bucketOwnershipControls:BucketOwnershipControls": {"rule": {"objectOwnership": "ObjectWriter"}},
        "aws:s3/bucketLogging:BucketLogging": {"targetBucket": ref(bucket)},
        "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": {"indexDocument": {"suffix": "index.html"}},
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": {"rules": []},
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": {"rule": {}},
        "aws:s3/bucketNotification:BucketNotification": {"queues": [{"queueArn": _ARN.format("sqs", "q")}]},
    }
    for i in range(n // len(kinds)):
        for type_, properties in kinds.items():
            yield resource(type_, f"{i}", bucket=ref(bucket), **properties)


def secrets_of_one_task(n: int) -> Iterator[Resource]:
    """One task whose containers name as many secrets, all of them unknown yet."""
    secrets = [resource("aws:secretsmanager/secret:Secret", f"s{i}") for i in range(n - 2)]
    yield from secrets
    role = _role()
    yield role
    yield resource(
        "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition",
        "task",
        executionRoleArn=ref(role),
        containerDefinitions=[
            {"name": "a", "image": "a:1", "secrets": [{"name": "A", "valueFrom": ref(secret)} for secret in secrets]}
        ],
    )


def origins_of_one_distribution(n: int) -> Iterator[Resource]:
    """One distribution with as many origins, each a bucket."""
    buckets = [resource(_BUCKET, f"b{i}") for i in range(n - 1)]
    yield from buckets
    yield resource(
        "aws:cloudfront/distribution:Distribution",
        "d",
        origins=[{"originId": f"o{i}", "domainName": ref(bucket)} for i, bucket in enumerate(buckets)],
        defaultCacheBehavior={"targetOriginId": "o1", "viewerProtocolPolicy": "https-only"},
    )


def distributions_of_one_bucket(n: int) -> Iterator[Resource]:
    """Distributions that all have one bucket as their origin, whose policy has statements for the first of them."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "cloudfront.amazonaws.com"},
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*",
            "Condition": {"StringEquals": {"aws:SourceArn": _ARN.format("cloudfront", f"distribution/{i}")}},
        }
        for i in range(_MOST_STATEMENTS)
    ]
    bucket = resource(_BUCKET, "b", bucket="b", policy=json.dumps({"Statement": statements}))
    yield bucket
    for i in range(n - 1):
        yield resource(
            "aws:cloudfront/distribution:Distribution", f"d{i}", origins=[{"originId": "b", "domainName": ref(bucket)}]
        )


def queues_of_one_notification(n: int) -> Iterator[Resource]:
    """One bucket that notifies as many queues."""
    queues = [resource("aws:sqs/queue:Queue", f"q{i}") for i in range(n - 2)]
    yield from queues
    bucket = resource(_BUCKET, "b")
    yield bucket
    yield resource(
        "aws:s3/bucketNotification:BucketNotification",
        "n",
        bucket=ref(bucket),
        queues=[{"queueArn": ref(queue)} for queue in queues],
    )


def routes_of_one_table(n: int) -> Iterator[Resource]:
    """One route table with as many gateways, all known, as after an update."""
    gateways = [
        resource("aws:ec2/vpnGateway:VpnGateway", f"g{i}", with_outputs={"id": f"vgw-{i}"}) for i in range(n - 3)
    ]
    yield from gateways
    vpc = resource("aws:ec2/vpc:Vpc", "vpc")
    table = resource(
        "aws:ec2/routeTable:RouteTable",
        "t",
        vpcId=ref(vpc),
        routes=[{"cidrBlock": "10.0.0.0/8", "gatewayId": ref(each, f"vgw-{i}")} for i, each in enumerate(gateways)],
    )
    subnet = resource(_SUBNET, "s", vpcId=ref(vpc))
    yield from (vpc, table, subnet)
    yield resource(
        "aws:ec2/routeTableAssociation:RouteTableAssociation", "a", subnetId=ref(subnet), routeTableId=ref(table)
    )
    yield resource("aws:rds/subnetGroup:SubnetGroup", "sg", subnetIds=[ref(subnet)])


def databases_of_one_port(n: int) -> Iterator[Resource]:
    """Databases of one port on one group with as many rules inside, and other resources that use the group."""
    group = resource(
        _GROUP,
        "group",
        ingress=[
            {"protocol": "tcp", "fromPort": 0, "toPort": 65535, "cidrBlocks": [f"10.{i >> 8 & 255}.{i & 255}.0/24"]}
            for i in range(n // 2)
        ],
    )
    yield group
    yield from _pairs(
        lambda i: resource("aws:rds/instance:Instance", f"d{i}", engine="postgres", vpcSecurityGroupIds=[ref(group)]),
        lambda i: resource("aws:ec2/instance:Instance", f"i{i}", vpcSecurityGroupIds=[ref(group)]),
        n // 2,
    )


def rules_of_one_load_balancer(n: int) -> Iterator[Resource]:
    """Listeners of one load balancer, with a rule and a target group each."""
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "b")
    yield balancer
    for i in range(n // 3):
        group = resource("aws:lb/targetGroup:TargetGroup", f"g{i}", port=80, protocol="HTTP")
        listener = resource(
            "aws:lb/listener:Listener",
            f"l{i}",
            loadBalancerArn=ref(balancer),
            port=1000 + i,
            protocol="HTTP",
            defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS", "statusCode": "HTTP_301"}}],
        )
        yield from (group, listener)
        yield resource(
            "aws:lb/listenerRule:ListenerRule",
            f"r{i}",
            listenerArn=ref(listener),
            actions=[{"type": "forward", "targetGroupArn": ref(group)}],
        )


def stages_of_one_api(n: int) -> Iterator[Resource]:
    """Stages of one API, with settings for the methods of each."""
    api = resource("aws:apigateway/restApi:RestApi", "api")
    yield api
    for i in range(n // 2):
        stage = resource("aws:apigateway/stage:Stage", f"s{i}", restApi=ref(api), stageName=f"s{i}")
        yield stage
        yield resource(
            "aws:apigateway/methodSettings:MethodSettings",
            f"m{i}",
            restApi=ref(api),
            stageName=ref(stage),
            methodPath="*/*",
            settings={"loggingLevel": "ERROR"},
        )


def members_of_one_cluster(n: int) -> Iterator[Resource]:
    """Instances of one cluster."""
    cluster = resource("aws:rds/cluster:Cluster", "c", engine="aurora-postgresql", masterPassword=UNKNOWN)
    yield cluster
    for i in range(n - 1):
        yield resource(
            "aws:rds/clusterInstance:ClusterInstance",
            f"i{i}",
            clusterIdentifier=ref(cluster),
            engine="aurora-postgresql",
        )


def resources_of_one_name(n: int) -> Iterator[Resource]:
    """Buckets, queues, topics and keys' aliases that all have one name, in the same region."""
    for i in range(n // 4):
        yield resource(_BUCKET, f"b{i}", bucket="shop")
        yield resource("aws:sqs/queue:Queue", f"q{i}", name="shop")
        yield resource("aws:sns/topic:Topic", f"t{i}", name="shop")
        yield resource("aws:kms/alias:Alias", f"a{i}", name="alias/shop", targetKeyId="shop")


def providers_with_many_tags(n: int) -> Iterator[Resource]:
    """Resources of one provider whose default tags are fifty."""
    tags = json.dumps({"tags": {f"tag-{i}": f"value-{i}" for i in range(50)}})
    provider = resource("pulumi:providers:aws", "aws", region="eu-west-1", defaultTags=tags)
    for i in range(n):
        yield resource("aws:sqs/queue:Queue", f"q{i}", with_provider=provider)


def roles_of_many_functions(n: int) -> Iterator[Resource]:
    """Functions in the subnets of one VPC, each with a role that has a policy from a chain of outputs."""
    vpc = resource("aws:ec2/vpc:Vpc", "vpc")
    subnets = [resource(_SUBNET, f"s{i}", vpcId=ref(vpc)) for i in range(3)]
    yield from (vpc, *subnets)
    before: Resource | None = None
    for i in range(n // 3):
        role = _role(f"role-{i}")
        yield role
        yield resource("aws:iam/rolePolicy:RolePolicy", f"p{i}", role=ref(role), policy=UNKNOWN)
        function = resource(
            "aws:lambda/function:Function",
            f"f{i}",
            role=ref(role),
            runtime="python3.13",
            vpcConfig={"subnetIds": [ref(subnet) for subnet in subnets], "securityGroupIds": []},
            environment={"variables": {"NEXT": ref(before) if before else "", "TOKEN": UNKNOWN}},
        )
        yield function
        before = function


def prefix_lists_of_one_group(n: int) -> Iterator[Resource]:
    """Rules of one group that name as many prefix lists, each with an entry of its own."""
    group = resource(_GROUP, "group")
    yield group
    for i in range(n // 3):
        listed = resource("aws:ec2/managedPrefixList:ManagedPrefixList", f"l{i}", addressFamily="IPv4", maxEntries=5)
        yield listed
        yield resource(
            "aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry",
            f"e{i}",
            prefixListId=ref(listed),
            cidr=f"10.{i >> 8 & 255}.{i & 255}.0/24",
        )
        yield resource(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            f"r{i}",
            type="ingress",
            securityGroupId=ref(group),
            prefixListIds=[ref(listed)],
            protocol="tcp",
            fromPort=443,
            toPort=443,
        )


def rules_beside_those_inside(n: int) -> Iterator[Resource]:
    """A group with rules inside, and as many that are resources of their own."""
    rules = [
        {"protocol": "tcp", "fromPort": i, "toPort": i, "cidrBlocks": ["10.0.0.0/8"], "prefixListIds": [UNKNOWN]}
        for i in range(n // 2)
    ]
    group = resource(_GROUP, "group", ingress=rules)
    yield group
    for i in range(n // 2):
        yield resource(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            f"r{i}",
            securityGroupId=ref(group),
            cidrIpv4="10.0.0.0/8",
            ipProtocol="tcp",
            fromPort=i,
            toPort=i,
        )


def aliases_of_one_key(n: int) -> Iterator[Resource]:
    """Aliases of one key, and a topic with each."""
    key = resource(_KEY, "key", policy=json.dumps({"Statement": []}))
    yield key
    for i in range(n // 2):
        alias = resource("aws:kms/alias:Alias", f"a{i}", name=f"alias/a{i}", targetKeyId=ref(key))
        yield alias
        yield resource("aws:sns/topic:Topic", f"t{i}", kmsMasterKeyId=ref(alias))


def balancers_that_log_to_one_bucket(n: int) -> Iterator[Resource]:
    """Load balancers that log to one bucket, whose policy has statements for the first of them."""
    statements = [
        {
            "Effect": "Allow",
            "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::logs/p{i}/AWSLogs/111122223333/*",
        }
        for i in range(_MOST_STATEMENTS)
    ]
    bucket = resource(_BUCKET, "logs", bucket="logs", policy=json.dumps({"Statement": statements}))
    yield bucket
    for i in range(n - 1):
        logs = {"bucket": ref(bucket), "prefix": f"p{i}", "enabled": True}
        yield resource("aws:lb/loadBalancer:LoadBalancer", f"b{i}", accessLogs=logs)


def permissions_of_unknown_functions(n: int) -> Iterator[Resource]:
    """Functions that rules call, and permissions of functions that nobody knows yet."""
    role = _role()
    yield role
    for i in range(n // 4):
        function = resource("aws:lambda/function:Function", f"f{i}", role=ref(role), runtime="python3.13")
        rule = resource("aws:cloudwatch/eventRule:EventRule", f"r{i}")
        yield from (function, rule)
        yield resource("aws:cloudwatch/eventTarget:EventTarget", f"t{i}", rule=ref(rule), arn=ref(function))
        yield resource(
            "aws:lambda/permission:Permission",
            f"p{i}",
            function=UNKNOWN,
            action="lambda:InvokeFunction",
            principal="events.amazonaws.com",
        )


def services_that_the_internet_reaches(n: int) -> Iterator[Resource]:
    """Services behind one load balancer, each with a listener and an open port of its own, that share one role."""
    group = resource(_GROUP, "group")
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "b", securityGroups=[ref(group)])
    task = resource(_TASK, "t", taskRoleArn=ref(_role()))
    reading = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
    yield from (group, balancer, task, _role())
    yield resource("aws:iam/rolePolicy:RolePolicy", "p", role=ref(_role()), policy=json.dumps({"Statement": [reading]}))
    for i in range(n // 4):
        port = 1000 + i
        targets = resource("aws:lb/targetGroup:TargetGroup", f"t{i}", protocol="HTTP")
        yield targets
        forward = [{"type": "forward", "targetGroupArn": ref(targets)}]
        # Other ports are open than those that are listened on: no service is reached, and each has to be asked.
        yield resource(
            "aws:lb/listener:Listener", f"l{i}", loadBalancerArn=ref(balancer), port=port, defaultActions=forward
        )
        yield resource(
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            f"r{i}",
            type="ingress",
            securityGroupId=ref(group),
            cidrBlocks=["0.0.0.0/0"],
            protocol="tcp",
            fromPort=port + n,
            toPort=port + n,
        )
        yield resource(
            "aws:ecs/service:Service",
            f"s{i}",
            taskDefinition=ref(task),
            loadBalancers=[{"targetGroupArn": ref(targets)}],
        )


def roles_of_functions_with_urls(n: int) -> Iterator[Resource]:
    """Functions of one role, each with an open URL and an integration of one API, and roles of their own besides."""
    api = resource("aws:apigatewayv2/api:Api", "api", protocolType="HTTP")
    role = _role("shared")
    document = json.dumps({"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]})
    yield from (api, role, resource("aws:iam/rolePolicy:RolePolicy", "p", role=ref(role), policy=document))
    for i in range(n // 4):
        function = resource("aws:lambda/function:Function", f"f{i}", role=ref(role), runtime="python3.13")
        integration = resource(
            "aws:apigatewayv2/integration:Integration", f"i{i}", apiId=ref(api), integrationUri=ref(function)
        )
        yield from (function, integration)
        yield resource(
            "aws:apigatewayv2/route:Route",
            f"r{i}",
            apiId=ref(api),
            target=ref(integration),
            authorizationType="AWS_IAM",
        )
        yield resource(
            "aws:lambda/functionUrl:FunctionUrl", f"u{i}", functionName=ref(function), authorizationType="AWS_IAM"
        )


def databases_behind_open_groups(n: int) -> Iterator[Resource]:
    """Databases on one group, which lets in as many others by rules inside of it, each with a rule that opens it."""
    count = n // 3
    clients = [resource(_GROUP, f"c{i}") for i in range(count)]
    ingress = [
        {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, "securityGroups": [ref(client)]} for client in clients
    ]
    group = resource(_GROUP, "group", ingress=ingress)
    yield group
    for i, client in enumerate(clients):
        yield client
        yield resource("aws:rds/instance:Instance", f"d{i}", engine="postgres", vpcSecurityGroupIds=[ref(group)])
        yield resource(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            f"r{i}",
            securityGroupId=ref(client),
            cidrIpv4="0.0.0.0/0",
            ipProtocol="tcp",
            fromPort=443,
            toPort=443,
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
    attachments_to_unknown_roles,
    tasks_on_roles_with_unknown_policies,
    one_attachment_of_many_roles,
    lists_of_one_roles_policies,
    companions_of_one_bucket,
    secrets_of_one_task,
    origins_of_one_distribution,
    distributions_of_one_bucket,
    queues_of_one_notification,
    routes_of_one_table,
    databases_of_one_port,
    rules_of_one_load_balancer,
    stages_of_one_api,
    members_of_one_cluster,
    resources_of_one_name,
    providers_with_many_tags,
    roles_of_many_functions,
    prefix_lists_of_one_group,
    rules_beside_those_inside,
    aliases_of_one_key,
    balancers_that_log_to_one_bucket,
    permissions_of_unknown_functions,
    services_that_the_internet_reaches,
    roles_of_functions_with_urls,
    databases_behind_open_groups,
)
