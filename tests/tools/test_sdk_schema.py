"""tools.sdk_schema against the facts about pulumi_aws that the policies rely on."""

import subprocess
import sys

import pytest

from tools import sdk_schema
from tools.sdk_schema import has_path, inputs, outputs, shape_at

pytestmark = pytest.mark.broad

BUCKET = "aws:s3/bucket:Bucket"
BUCKET_V2 = "aws:s3/bucketV2:BucketV2"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
FUNCTION = "aws:lambda/function:Function"
RDS_INSTANCE = "aws:rds/instance:Instance"
REST_API = "aws:apigateway/restApi:RestApi"
SECRET_VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
PROVIDER = "pulumi:providers:aws"


def kind_at(token: str, path: str) -> str:
    shape = shape_at(token, path)
    assert shape is not None, f"{token} has no input {path}"
    return shape.kind


@pytest.mark.slow
def test_every_registered_type_has_readable_inputs() -> None:
    types = sdk_schema.resource_types()
    assert len(types) >= 1_749
    assert {VERSIONING, PROVIDER} <= types
    assert sum("tags" in inputs(token) for token in types) >= 865
    assert sum("region" in inputs(token) for token in types) >= 1_569
    assert {(token, name) for token in types for name, shape in inputs(token).items() if shape.kind == "any"} == {
        (FUNCTION, "code"),
        ("aws:lambda/layerVersion:LayerVersion", "code"),
        ("aws:s3/bucketObject:BucketObject", "source"),
        ("aws:s3/bucketObjectv2:BucketObjectv2", "source"),
    }


@pytest.mark.parametrize(
    ("token", "path", "kind"),
    [
        (BUCKET, "versioning", "object"),
        (BUCKET, "versioning.mfaDelete", "boolean"),
        (BUCKET, "policy", "string"),
        (BUCKET_V2, "versionings", "list"),
        (BUCKET_V2, "versionings[].mfaDelete", "boolean"),
        (VERSIONING, "versioningConfiguration.mfaDelete", "string"),
        ("aws:redshift/cluster:Cluster", "encrypted", "string"),
        (LAUNCH_TEMPLATE, "blockDeviceMappings[].ebs.encrypted", "string"),
        (LAUNCH_TEMPLATE, "networkInterfaces[].associatePublicIpAddress", "string"),
        ("aws:elasticache/cluster:Cluster", "autoMinorVersionUpgrade", "string"),
        ("aws:sagemaker/notebookInstance:NotebookInstance", "directInternetAccess", "string"),
        ("aws:ecs/taskDefinition:TaskDefinition", "cpu", "string"),
        ("aws:ecs/taskDefinition:TaskDefinition", "memory", "string"),
        ("aws:ecs/taskDefinition:TaskDefinition", "containerDefinitions", "string"),
        (REST_API, "endpointConfiguration.types", "string"),
        ("aws:neptune/cluster:Cluster", "enableCloudwatchLogsExports", "list"),
        ("aws:rds/cluster:Cluster", "enabledCloudwatchLogsExports", "list"),
        ("aws:docdb/cluster:Cluster", "enabledCloudwatchLogsExports", "list"),
        ("aws:redshift/logging:Logging", "logDestinationType", "string"),
        ("aws:neptune/cluster:Cluster", "kmsKeyArn", "string"),
        ("aws:memorydb/cluster:Cluster", "kmsKeyArn", "string"),
        (RDS_INSTANCE, "kmsKeyId", "string"),
        ("aws:efs/fileSystem:FileSystem", "kmsKeyId", "string"),
        ("aws:kinesis/stream:Stream", "kmsKeyId", "string"),
        ("aws:sqs/queue:Queue", "kmsMasterKeyId", "string"),
        ("aws:sns/topic:Topic", "kmsMasterKeyId", "string"),
        ("aws:iam/policy:Policy", "policy", "string"),
        ("aws:alb/loadBalancer:LoadBalancer", "loadBalancerType", "string"),
        ("aws:lb/listener:Listener", "sslPolicy", "string"),
        (RDS_INSTANCE, "allocatedStorage", "number"),
        (FUNCTION, "environment.variables", "map"),
        (FUNCTION, "code", "any"),
        ("aws:ec2/managedPrefixListEntry:ManagedPrefixListEntry", "cidr", "string"),
        (PROVIDER, "defaultTags.tags.*", "string"),
    ],
)
def test_kind_of_an_input(token: str, path: str, kind: str) -> None:
    assert kind_at(token, path) == kind


@pytest.mark.parametrize(
    ("token", "path"),
    [
        (BUCKET_V2, "serverSideEncryptionConfigurations[].rules[].applyServerSideEncryptionByDefaults[].sseAlgorithm"),
        (BUCKET_V2, "versionings[0].enabled"),
        (FUNCTION, "environment.variables.*"),
        (FUNCTION, "environment.variables.DB_PASSWORD"),
        (FUNCTION, "tags.cost-center"),
        (WEB_ACL, "rules[].statement" + ".andStatement.statements[].notStatement.statement" * 20),
        (RDS_INSTANCE, "vpcSecurityGroupIds[]"),
    ],
)
def test_a_right_path_is_there(token: str, path: str) -> None:
    assert has_path(token, path)


@pytest.mark.parametrize(
    ("token", "path"),
    [
        (BUCKET, "versionings[].enabled"),
        (BUCKET, "versioning[].enabled"),
        (BUCKET_V2, "versioning.enabled"),
        (BUCKET_V2, "versionings.enabled"),
        (BUCKET_V2, "versionings[][]"),
        (BUCKET_V2, "versionings.*"),
        (BUCKET, "*"),
        (BUCKET, "versioning.*"),
        (FUNCTION, "environment.variables[]"),
        (FUNCTION, "environment.variables.A.b"),
        (FUNCTION, "code.path"),
        (WEB_ACL, "rules[].statement.notStatement.statements[]"),
        (REST_API, "endpointConfiguration.types[]"),
        (RDS_INSTANCE, "storage_encrypted"),
        (RDS_INSTANCE, "endpoint"),
        ("aws:rds/cluster:Cluster", "enableCloudwatchLogsExports"),
        ("aws:memorydb/cluster:Cluster", "kmsKeyId"),
        ("aws:redshift/cluster:Cluster", "logging"),
    ],
)
def test_a_wrong_path_is_not(token: str, path: str) -> None:
    assert not has_path(token, path)


@pytest.mark.parametrize("path", ["", ".", "a..b", "a.", ".a", "[]", "a[b]", "a[*]", "a[-1]", "a[]b", "a b", "a.[]"])
def test_text_that_is_no_path_is_an_error(path: str) -> None:
    with pytest.raises(ValueError, match="is not a property path"):
        has_path(BUCKET, path)


def test_a_name_shared_with_a_nested_type_is_the_resource() -> None:
    """`VpcPeeringConnectionAccepterArgs` is a nested type; the resource's own class is `…InitArgs`."""
    accepter = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter"
    assert {"vpcPeeringConnectionId", "autoAccept"} <= set(inputs(accepter))
    assert "versioningConfiguration" in inputs(VERSIONING)


def test_outputs_are_inputs_and_computed_properties() -> None:
    assert set(inputs(RDS_INSTANCE)) < outputs(RDS_INSTANCE)
    assert "endpoint" in outputs(RDS_INSTANCE)
    assert not {"id", "urn"} & outputs(RDS_INSTANCE)


def test_secret_inputs() -> None:
    assert sdk_schema.secret_inputs(RDS_INSTANCE) >= {"password", "passwordWo"}
    assert sdk_schema.secret_inputs(SECRET_VERSION) >= {"secretString", "secretBinary"}
    assert sdk_schema.secret_inputs(VERSIONING) == frozenset()
    # secret in the SDK, but computed: no input
    assert "secret" not in sdk_schema.secret_inputs("aws:iam/accessKey:AccessKey")


def test_aliases() -> None:
    assert BUCKET_V2 in sdk_schema.aliases(BUCKET)
    assert "aws:applicationloadbalancing/listener:Listener" in sdk_schema.aliases("aws:alb/listener:Listener")
    assert "aws:lb/listener:Listener" not in sdk_schema.aliases("aws:alb/listener:Listener")
    assert sdk_schema.aliases(RDS_INSTANCE) == frozenset()


@pytest.mark.parametrize("token", ["", "aws:s3/bucket:Bucke", "aws:applicationloadbalancing/listener:Listener"])
@pytest.mark.parametrize(
    "read", [inputs, outputs, sdk_schema.secret_inputs, sdk_schema.aliases, lambda token: has_path(token, "tags")]
)
def test_an_unknown_type_is_a_key_error(token: str, read: object) -> None:
    assert callable(read)
    with pytest.raises(KeyError, match="is not a resource type of the installed pulumi_aws"):
        read(token)


def test_only_the_service_asked_for_is_imported() -> None:
    """In a process of its own, with warnings as errors: EC2 warns of its deprecated classes when imported."""
    code = (
        "import sys; from tools.sdk_schema import inputs; inputs('aws:ec2/instance:Instance');"
        "print({name.split('.')[1] for name in sys.modules if name.startswith('pulumi_aws.') and name.count('.') == 2})"
    )
    run = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False)
    assert (run.stdout.strip(), run.stderr) == ("{'ec2'}", "")
