"""
Each failure that the pack is held to catch, by its id, as its shortest program: what is wrong is found, what is right
is not. The examples show the same in whole programs, the tests of each policy in every form.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from policypack.lint.pack import LINT
from policypack.model import Context, Resource
from policypack.pack import PACK
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from tools import failures

POLICIES = {policy.id: policy for policy in PACK.policies}
WORLD = "0.0.0.0/0"
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"


def caught(policy_id: str, *stack: Resource, config: Mapping[str, Any] | None = None) -> list[str]:
    """Where a policy finds something in a stack."""
    decision = decide(POLICIES[policy_id], *stack, config=config)
    assert decision.undecided == []
    return decision.violations


def test_every_failure_has_policies_a_test_and_an_example() -> None:
    for id_, failure in failures.FAILURES.items():
        assert failure.policies or failure.by_lint
        assert set(failure.policies) <= POLICIES.keys(), id_
        assert set(failure.by_lint) <= {policy.id for policy in LINT.policies}, id_
        assert id_ in failures.tests(), f"no test is named after {id_}"
        # What ends the program before any policy runs is in no example.
        if failure.policies:
            assert id_ in failures.examples(), f"no example's README lists {id_}"


def key_used_by_logs(policy: Any) -> list[Resource]:
    provider = resource("pulumi:providers:aws", "default", region="eu-west-1")
    key = resource("aws:kms/key:Key", "logs", **({"policy": policy} if policy else {}))
    group = resource("aws:cloudwatch/logGroup:LogGroup", "api", kmsKeyId=ref(key), with_provider=provider)
    return [key, group]


def logs_policy(region: str) -> str:
    use = ["kms:Encrypt", "kms:Decrypt", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:DescribeKey"]
    context = {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:{region}:123456789012:*"}
    root = {"AWS": "arn:aws:iam::123456789012:root"}
    logs = {"Service": f"logs.{region}.amazonaws.com"}
    return json.dumps(
        {
            "Statement": [
                {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"},
                {
                    "Effect": "Allow",
                    "Principal": logs,
                    "Action": use,
                    "Resource": "*",
                    "Condition": {"ArnLike": context},
                },
            ]
        }
    )


def test_a2_key_policies_let_the_services_use_the_key() -> None:
    policy = "kms-key-policy-service-principals"
    assert caught(policy, *key_used_by_logs(logs_policy("us-east-1"))) == ["logs.policy"]
    assert caught(policy, *key_used_by_logs(logs_policy("eu-west-1"))) == []


def network() -> tuple[Resource, Resource, list[Resource]]:
    """A public and a private subnet, and all of the stack around them."""
    vpc = resource("aws:ec2/vpc:Vpc", "main")
    gateway = resource("aws:ec2/internetGateway:InternetGateway", "main", vpcId=ref(vpc))
    nat = resource("aws:ec2/natGateway:NatGateway", "main")
    stack = [vpc, gateway, nat]
    subnets = []
    for name, route in (("public", {"gatewayId": ref(gateway)}), ("private", {"natGatewayId": ref(nat)})):
        zone = f"eu-west-1{'a' if name == 'public' else 'b'}"
        subnet = resource("aws:ec2/subnet:Subnet", name, vpcId=ref(vpc), availabilityZone=zone)
        routes = [{"cidrBlock": WORLD, **route}]
        table = resource("aws:ec2/routeTable:RouteTable", name, vpcId=ref(vpc), routes=routes)
        association = resource(
            "aws:ec2/routeTableAssociation:RouteTableAssociation",
            name,
            subnetId=ref(subnet),
            routeTableId=ref(table),
        )
        stack += [subnet, table, association]
        subnets.append(subnet)
    return subnets[0], subnets[1], stack


def test_a3_data_is_in_private_subnets_of_several_zones_and_behind_security_groups() -> None:
    public, private, stack = network()
    group = "aws:rds/subnetGroup:SubnetGroup"
    assert caught("private-placement", *stack, resource(group, subnetIds=[ref(public)])) == ["it.subnetIds"]
    assert caught("private-placement", *stack, resource(group, subnetIds=[ref(private)])) == []
    assert caught("required-zones", *stack, resource(group, subnetIds=[ref(private)])) == ["it.subnetIds"]
    for policy in ("required-zones", "subnet-zones"):
        assert caught(policy, *stack, resource(group, subnetIds=[ref(private), ref(public)])) == []
    closed = resource("aws:ec2/subnet:Subnet", "closed", vpcId=ref(stack[0]))
    for subnet, found in ((closed, ["api.networkConfiguration.subnets"]), (private, [])):
        service = resource("aws:ecs/service:Service", "api", networkConfiguration={"subnets": [ref(subnet)]})
        assert caught("private-subnet-egress", *stack, closed, service) == found
    for ingress, policy, found in (
        ({"cidrBlocks": [WORLD]}, "security-group-ingress", ["db.ingress[0].cidrBlocks[0]"]),
        ({"cidrBlocks": ["10.0.0.0/16"]}, "database-ingress", ["db.ingress[0].cidrBlocks[0]"]),
        ({"securityGroups": ["sg-tasks"]}, "database-ingress", []),
    ):
        rule = {"protocol": "tcp", "fromPort": 5432, "toPort": 5432, **ingress}
        guard = resource("aws:ec2/securityGroup:SecurityGroup", "db", ingress=[rule])
        database = resource("aws:rds/instance:Instance", engine="postgres", vpcSecurityGroupIds=[ref(guard)])
        assert caught(policy, guard, database) == found


def test_a4_logs_are_encrypted_and_api_gateway_writes_them() -> None:
    group = "aws:cloudwatch/logGroup:LogGroup"
    assert caught("logs-kms", resource(group, retentionInDays=90)) == ["it.kmsKeyId"]
    assert caught("logs-kms", resource(group, retentionInDays=90, kmsKeyId=KEY)) == []
    silent = resource("aws:apigateway/stage:Stage", "v1")
    logged = resource("aws:apigateway/stage:Stage", "v1", accessLogSettings={"destinationArn": "arn:aws:logs:1"})
    account = resource("aws:apigateway/account:Account", cloudwatchRoleArn=UNKNOWN)
    assert caught("api-gateway-access-logs", silent) == ["v1.accessLogSettings.destinationArn"]
    assert caught("api-gateway-account", logged) == ["v1.accessLogSettings"]
    assert caught("api-gateway-access-logs", logged) == []
    assert caught("api-gateway-account", logged, account) == []


def test_a5_outputs_that_others_rely_on_exist() -> None:
    config = {"required": ["vpcId", "*Endpoint"]}
    bare = resource("pulumi:pulumi:Stack", "shop-dev")
    full = resource("pulumi:pulumi:Stack", "shop-dev", with_outputs={"vpcId": UNKNOWN, "databaseEndpoint": "x"})
    assert caught("stack-outputs", bare, config=config) == ["shop-dev"]
    assert caught("stack-outputs", full, config=config) == []


def test_b2_redis_is_encrypted_guarded_and_fails_over_and_roles_have_what_they_need() -> None:
    redis = "aws:elasticache/replicationGroup:ReplicationGroup"
    bare = resource(redis, "cache")
    right = resource(
        redis,
        "cache",
        atRestEncryptionEnabled=True,
        transitEncryptionEnabled=True,
        authToken=UNKNOWN,
        multiAzEnabled=True,
        automaticFailoverEnabled=True,
        numCacheClusters=2,
    )
    for policy in (
        "encryption-at-rest",
        "encryption-in-transit",
        "cache-authentication",
        "multi-az",
        "elasticache-failover",
    ):
        assert caught(policy, bare), policy
        assert caught(policy, right) == [], policy
    for assigned in (True, False):
        service = resource("aws:ecs/service:Service", networkConfiguration={"assignPublicIp": assigned})
        assert bool(caught("public-exposure", service)) == assigned
    for statement, policy in (
        ({"Action": "*", "Resource": "*"}, "iam-no-admin"),
        ({"Action": "s3:*", "Resource": "arn:aws:s3:::documents/*"}, "iam-no-wildcards"),
        ({"Action": "iam:PassRole", "Resource": "*"}, "iam-privilege-escalation"),
    ):
        document = json.dumps({"Statement": [{"Effect": "Allow", **statement}]})
        assert caught(policy, resource("aws:iam/rolePolicy:RolePolicy", policy=document)), policy
        fine = json.dumps(
            {"Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::d/*"}]}
        )
        assert caught(policy, resource("aws:iam/rolePolicy:RolePolicy", policy=fine)) == []
    for name, found in (("AdministratorAccess", ["it.policyArn"]), ("AmazonECSTaskExecutionRolePolicy", [])):
        attachment = resource(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment", policyArn=f"arn:aws:iam::aws:policy/{name}"
        )
        assert caught("iam-managed-admin-attachment", attachment) == found
    for principal, found in (
        ({"AWS": "*"}, ["it.assumeRolePolicy.Statement[0]"]),
        ({"Service": "ecs-tasks.amazonaws.com"}, []),
    ):
        trust = json.dumps({"Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}]})
        assert caught("iam-assume-role-trust", resource("aws:iam/role:Role", assumeRolePolicy=trust)) == found


def test_b3_names_carry_the_environment() -> None:
    dev = Context(project="shop", stack="dev")
    assert caught("naming-environment-suffix", resource("aws:sqs/queue:Queue", name="orders", with_context=dev)) == [
        "it.name"
    ]
    for name in ("orders-dev", None):
        assert caught("naming-environment-suffix", resource("aws:sqs/queue:Queue", name=name, with_context=dev)) == []


def test_b4_everything_is_in_the_mandated_region() -> None:
    config = {"allowed": ["eu-west-1"]}
    for region, found in (("sa-east-1", ["it.region"]), ("eu-west-1", [])):
        assert caught("region-compliance", resource("pulumi:providers:aws", region=region), config=config) == found
        assert caught("region-compliance", resource("aws:sqs/queue:Queue", region=region), config=config) == found


def task(image: str = "registry.example/app:1.4", cpu: str = "256", memory: str = "512") -> Resource:
    return resource(
        "aws:ecs/taskDefinition:TaskDefinition",
        "api",
        cpu=cpu,
        memory=memory,
        requiresCompatibilities=["FARGATE"],
        containerDefinitions=json.dumps([{"name": "api", "image": image}]),
    )


def test_b5_images_are_no_placeholders() -> None:
    for image in ("nginx:latest", "amazon/amazon-ecs-sample:1.0"):
        assert caught("container-image", task(image)) == ["api.containerDefinitions[0].image"]
    assert caught("container-image", task()) == []


def database(**inputs: Any) -> Resource:
    return resource("aws:rds/instance:Instance", "database", **inputs)


def test_c1_a_literal_password_is_found_though_it_is_marked_secret() -> None:
    assert caught("no-hardcoded-credentials", database(password=Secret("TempPassword123!"))) == ["database.password"]
    assert caught("no-hardcoded-credentials", database(manageMasterUserPassword=True)) == []


def test_c2_instance_classes_are_large_enough() -> None:
    assert caught("rds-instance-class", database(instanceClass="db.t3.micro")) == ["database.instanceClass"]
    assert caught("rds-instance-class", database(instanceClass="db.t3.small")) == []


def versioned(mfa_delete: str | None) -> list[Resource]:
    bucket = resource("aws:s3/bucket:Bucket", "documents")
    versioning = resource(
        "aws:s3/bucketVersioning:BucketVersioning",
        "documents",
        bucket=ref(bucket),
        versioningConfiguration={"status": "Enabled", "mfaDelete": mfa_delete},
        mfa=Secret("arn:aws:iam::123456789012:mfa/root 123456"),
    )
    return [bucket, versioning]


def test_c4_bucket_versions_need_mfa_to_be_deleted() -> None:
    assert caught("s3-mfa-delete", *versioned(None)) == ["documents.versioningConfiguration.mfaDelete"]
    assert caught("s3-mfa-delete", *versioned("Enabled")) == []
    assert caught("s3-versioning", resource("aws:s3/bucket:Bucket", "documents")) == ["documents"]
    assert caught("s3-versioning", *versioned(None)) == []


def test_c5_images_are_pinned() -> None:
    for image in ("registry.example/app:latest", "registry.example/app"):
        assert caught("container-image", task(image)) == ["api.containerDefinitions[0].image"]
    assert caught("container-image", task("registry.example/app@sha256:" + "0" * 64)) == []


def test_c6_logs_are_kept_for_90_days_and_encrypted() -> None:
    group = "aws:cloudwatch/logGroup:LogGroup"
    short = resource(group, retentionInDays=7)
    assert caught("logs-retention", short) == ["it.retentionInDays"]
    assert caught("logs-kms", short) == ["it.kmsKeyId"]
    right = resource(group, retentionInDays=90, kmsKeyId=KEY)
    assert caught("logs-retention", right) == caught("logs-kms", right) == []


def test_c7_https_is_served_and_http_only_redirects() -> None:
    balancer = resource("aws:lb/loadBalancer:LoadBalancer", "front", loadBalancerType="application")
    listener = "aws:lb/listener:Listener"
    action = {"type": "redirect", "redirect": {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}}
    arn = {"loadBalancerArn": ref(balancer)}
    forward = resource(listener, "http", port=80, protocol="HTTP", defaultActions=[{"type": "forward"}], **arn)
    redirect = resource(listener, "http", port=80, protocol="HTTP", defaultActions=[action], **arn)
    modern = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    https = resource(
        listener,
        "https",
        port=443,
        protocol="HTTPS",
        sslPolicy=modern,
        certificateArn=UNKNOWN,
        defaultActions=[],
        **arn,
    )
    assert caught("alb-https-listener", balancer, forward) == ["http.defaultActions[0].type"]
    assert caught("alb-https-listener-present", balancer, redirect) == ["front"]
    old = resource(listener, "https", protocol="HTTPS", sslPolicy="ELBSecurityPolicy-2016-08")
    assert caught("tls-policy", old) == ["https.sslPolicy"]
    assert caught("alb-listener-certificate", old) == ["https.certificateArn"]
    for policy in ("alb-https-listener", "alb-https-listener-present", "tls-policy", "alb-listener-certificate"):
        assert caught(policy, balancer, redirect, https) == []


def test_c8_buckets_are_encrypted_with_kms_and_those_for_access_logs_as_load_balancers_can() -> None:
    bucket = resource("aws:s3/bucket:Bucket", "documents")
    assert caught("s3-sse-kms", bucket) == ["documents"]
    default = {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": KEY}
    for with_key, found in ((True, []), (False, ["documents.rules[0].bucketKeyEnabled"])):
        encryption = resource(
            "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
            "documents",
            bucket=ref(bucket),
            rules=[{"applyServerSideEncryptionByDefault": default, "bucketKeyEnabled": with_key}],
        )
        assert caught("s3-sse-kms", bucket, encryption) == []
        assert caught("s3-bucket-key", bucket, encryption) == found


def test_c9_resources_have_the_tags_for_cost() -> None:
    tags = dict.fromkeys(("Environment", "Project", "ManagedBy", "CostCenter", "Application", "Component"), "x")
    lacking = resource("aws:sqs/queue:Queue", "orders", tags={"Environment": "dev"})
    assert caught("tags-required", lacking, config={"perResource": True}) == ["orders.tags"]
    assert caught("tags-required", lacking) == [""]
    assert caught("tags-required", resource("aws:sqs/queue:Queue", "orders", tags=tags)) == []
    provider = resource("pulumi:providers:aws", "default", defaultTags={"tags": tags})
    assert caught("tags-required", resource("aws:sqs/queue:Queue", "orders", with_provider=provider)) == []


def test_c11_tasks_have_the_allowed_size() -> None:
    config = {"allowed": ["256/512"]}
    assert caught("ecs-cpu-memory", task(cpu="1024", memory="2048"), config=config) == ["api.cpu"]
    assert caught("ecs-cpu-memory", task(cpu="256", memory="4096")) == ["api.memory"]
    assert caught("ecs-cpu-memory", task(), config=config) == []


def test_c12_the_load_balancer_is_open_for_https_only() -> None:
    for port, found in ((22, ["it.cidrIpv4"]), (443, [])):
        rule = resource(
            "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
            cidrIpv4=WORLD,
            ipProtocol="tcp",
            fromPort=port,
            toPort=port,
        )
        assert caught("security-group-ingress", rule) == found


def test_d1_a_self_sufficient_stack_creates_its_secrets() -> None:
    config = {"allowed": ["created", "managed"]}
    fetched = resource("aws:rds/instance:Instance", "database", password=Secret("kX3vTq9ZrLw7bNs2YdFh"))
    assert caught("secret-sourcing", fetched, config=config) == ["database.password"]
    made = resource("random:index/randomPassword:RandomPassword", "password")
    created = resource("aws:rds/instance:Instance", "database", password=ref(made, Secret(UNKNOWN)))
    assert caught("secret-sourcing", made, created, config=config) == []


def test_d3_every_artifact_store_has_a_key_of_ones_own() -> None:
    for key, found in ((None, ["it.artifactStores[0].encryptionKey.id"]), ({"id": UNKNOWN, "type": "KMS"}, [])):
        pipeline = resource("aws:codepipeline/pipeline:Pipeline", artifactStores=[{"encryptionKey": key}])
        assert caught("codepipeline-artifact-store", pipeline) == found


def test_d6_a_sandbox_can_be_destroyed_and_production_can_not() -> None:
    secret = "aws:secretsmanager/secret:Secret"
    bucket = "aws:s3/bucket:Bucket"
    keeping = {
        "deletion-protection": database(deletionProtection=True),
        "final-snapshot": database(skipFinalSnapshot=False, finalSnapshotIdentifier="last"),
        "force-destroy": resource(bucket, forceDestroy=False),
        "secret-recovery-window": resource(secret, recoveryWindowInDays=30),
    }
    letting_go = {
        "deletion-protection": database(deletionProtection=False),
        "final-snapshot": database(skipFinalSnapshot=True),
        "force-destroy": resource(bucket, forceDestroy=True),
        "secret-recovery-window": resource(secret, recoveryWindowInDays=0),
    }
    for policy in keeping:
        assert caught(policy, keeping[policy], config={"profile": "sandbox"}), policy
        assert caught(policy, letting_go[policy], config={"profile": "production"}), policy
        assert caught(policy, keeping[policy], config={"profile": "production"}) == [], policy
        assert caught(policy, letting_go[policy], config={"profile": "sandbox"}) == [], policy


def test_e1_a_key_of_log_groups_has_a_policy_that_lets_cloudwatch_logs_use_it() -> None:
    policy = "kms-key-policy-service-principals"
    assert caught(policy, *key_used_by_logs(None)) == ["logs.policy"]
    assert caught(policy, *key_used_by_logs(logs_policy("eu-west-1"))) == []


def test_e2_engine_versions_are_offered() -> None:
    tokyo = resource("pulumi:providers:aws", "default", region="ap-northeast-1")
    for version, found in (("15.5", ["database.engineVersion"]), ("15", [])):
        instance = database(engine="postgres", engineVersion=version, with_provider=tokyo)
        assert caught("engine-version", instance) == found


def test_e6_databases_and_caches_span_zones_and_streams_are_encrypted() -> None:
    redis = "aws:elasticache/replicationGroup:ReplicationGroup"
    stream = "aws:kinesis/stream:Stream"
    cases: list[tuple[str, Resource, Resource]] = [
        ("multi-az", database(multiAz=False), database(multiAz=True)),
        (
            "elasticache-failover",
            resource(redis, automaticFailoverEnabled=False, numCacheClusters=2),
            resource(redis, automaticFailoverEnabled=True, numCacheClusters=2),
        ),
        ("encryption-at-rest", resource(stream), resource(stream, encryptionType="KMS", kmsKeyId=KEY)),
        ("public-exposure", database(publiclyAccessible=True), database(publiclyAccessible=False)),
    ]
    for policy, wrong, right in cases:
        assert caught(policy, wrong), policy
        assert caught(policy, right) == [], policy
    config = {"minZones": 3}
    public, private, stack = network()
    group = resource("aws:elasticache/subnetGroup:SubnetGroup", "cache", subnetIds=[ref(public), ref(private)])
    assert caught("subnet-zones", *stack, group, config=config) == ["cache.subnetIds"]
