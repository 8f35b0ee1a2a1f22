"""Resource-based policies: which document decides who may use a key, a secret, a bucket, a queue or a topic."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from policypack.iam.documents import Bounds, Statement, bounds_of
from policypack.iam.forms import KEYS
from policypack.iam.stand_ins import HERE
from policypack.model import Resource, Stack, Value, remembered

KEY_POLICY: Final = "aws:kms/keyPolicy:KeyPolicy"

RESOURCE_POLICIES: Final[Mapping[str, str]] = {
    "aws:acmpca/policy:Policy": "policy",
    "aws:amp/resourcePolicy:ResourcePolicy": "policyDocument",
    "aws:backup/vaultPolicy:VaultPolicy": "policy",
    "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": "policy",
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
    "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": "deliveryDestinationPolicy",
    "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
    "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
    "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
    "aws:codebuild/resourcePolicy:ResourcePolicy": "policy",
    "aws:dsql/clusterPolicy:ClusterPolicy": "policy",
    "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
    "aws:ecr/registryPolicy:RegistryPolicy": "policy",
    "aws:ecr/repositoryCreationTemplate:RepositoryCreationTemplate": "repositoryPolicy",
    "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": "policy",
    "aws:fsx/s3AccessPointAttachment:S3AccessPointAttachment": "s3AccessPoint.policy",
    "aws:glacier/vault:Vault": "accessPolicy",
    "aws:glacier/vaultLock:VaultLock": "policy",
    "aws:glue/resourcePolicy:ResourcePolicy": "policy",
    "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
    "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
    "aws:mediastore/containerPolicy:ContainerPolicy": "policy",
    "aws:msk/clusterPolicy:ClusterPolicy": "policy",
    "aws:networkfirewall/resourcePolicy:ResourcePolicy": "policy",
    "aws:oam/sinkPolicy:SinkPolicy": "policy",
    "aws:opensearchingest/resourcePolicy:ResourcePolicy": "policy",
    "aws:pinpoint/smsvoicev2ResourcePolicy:Smsvoicev2ResourcePolicy": "policy",
    "aws:redshift/resourcePolicy:ResourcePolicy": "policy",
    "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
    "aws:s3/accessPoint:AccessPoint": "policy",
    "aws:s3/bucket:Bucket": "policy",
    "aws:s3/bucketPolicy:BucketPolicy": "policy",
    "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": "policy",
    "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": "policy",
    "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
    "aws:s3control/bucketPolicy:BucketPolicy": "policy",
    "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
    "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": "policy",
    "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
    "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
    "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
    "aws:schemas/registryPolicy:RegistryPolicy": "policy",
    "aws:secretsmanager/secret:Secret": "policy",
    "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
    "aws:ses/identityPolicy:IdentityPolicy": "policy",
    "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": "policy",
    "aws:sns/topic:Topic": "policy",
    "aws:sns/topicPolicy:TopicPolicy": "policy",
    "aws:sqs/queue:Queue": "policy",
    "aws:sqs/queuePolicy:QueuePolicy": "policy",
    "aws:vpclattice/resourcePolicy:ResourcePolicy": "policy",
    "aws:xray/resourcePolicy:ResourcePolicy": "policyDocument",
}
"""
Where resources say who else may use them. Not among them are those that something else guards too (see
GUARDED_POLICIES), VPC endpoints, whose default policy lets everybody in, and keys, which have a policy of their own.
"""

GUARDED_POLICIES: Final[Mapping[str, str]] = {
    "aws:apigateway/domainName:DomainName": "policy",
    "aws:apigateway/restApi:RestApi": "policy",
    "aws:apigateway/restApiPolicy:RestApiPolicy": "policy",
    "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy": "accessPolicy",
    "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
    "aws:elasticsearch/domain:Domain": "accessPolicies",
    "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:opensearch/domain:Domain": "accessPolicies",
    "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
    "aws:vpclattice/authPolicy:AuthPolicy": "policy",
}
"""Where resources say who may use them that a network, a login or a purpose may guard as well, or open to everybody."""


class _Companion(NamedTuple):
    """The type of resource that is the policy of another, and the property by which it names the other one."""

    type: str
    to: str


# Both kinds have the document in their property `policy`.
_COMPANIONS: Final[Mapping[str, _Companion]] = {
    **dict.fromkeys(KEYS, _Companion(KEY_POLICY, "keyId")),
    "aws:secretsmanager/secret:Secret": _Companion("aws:secretsmanager/secretPolicy:SecretPolicy", "secretArn"),
    "aws:s3/bucket:Bucket": _Companion("aws:s3/bucketPolicy:BucketPolicy", "bucket"),
    "aws:sqs/queue:Queue": _Companion("aws:sqs/queuePolicy:QueuePolicy", "queueUrl"),
    "aws:sns/topic:Topic": _Companion("aws:sns/topicPolicy:TopicPolicy", "arn"),
}

HOLDERS: Final = tuple(_COMPANIONS)
"""The types of which `resource_policy_of` knows the policy."""


@dataclass(frozen=True)
class ResourcePolicy:
    """
    The resource-based policy of a resource of the stack.

    :param document: where it stands: in a resource of its own, else in the resource itself, set or not.
    :param doubt: the unknown value by which some other resource may be this one's policy.
    :param bounds: what the document says; None where it is unknown as a whole.
    """

    document: Value
    doubt: Value | None
    bounds: Bounds | None

    @property
    def is_default(self) -> bool:
        """Whether the program sets none, so that the service's default policy holds."""
        return self.document.is_unset and self.doubt is None


def has_resource_policy(resource: Resource) -> bool:
    """Whether `resource_policy_of` can be asked about a resource: it is a key, secret, bucket, queue or topic."""
    return resource.type in _COMPANIONS


def policies_of(resource: Resource) -> list[Resource]:
    """The resources of the stack that are the policy of a key, secret, bucket, queue or topic: AWS keeps one."""
    companion = _COMPANIONS[resource.type]
    return named_by(resource, companion.type, companion.to)


def named_by(target: Resource, type_: str, to: str) -> list[Resource]:
    """
    The resources of a type that name a target in a property: by an output or a name, or by a literal ARN or URL that
    ends with its name, as long as the target's own ARN is not known.
    """
    found = target.referrers(type_, to)
    name = target.output("name").text
    if found or not name or target.output("arn").text:
        return found
    return _by_last_part(target.stack, type_, to).get(name, [])


@remembered
def _by_last_part(stack: Stack, type_: str, to: str) -> dict[str, list[Resource]]:
    """The resources of a type by the name at the end of the literal ARN or URL in a property."""
    found: dict[str, list[Resource]] = {}
    for each in stack.of_type(type_):
        text = each.get(to).text
        if text.startswith(("arn:", "https:")):
            # What follows the name of a function is a qualifier of it.
            last = text.split(":")[6:7] if ":function:" in text else [text.replace(":", "/").rpartition("/")[2]]
            found.setdefault("".join(last), []).append(each)
    return found


@remembered
def resource_policy_of(resource: Resource) -> ResourcePolicy:
    """
    The resource-based policy of a key, secret, bucket, queue or topic.

    A policy that is a resource of its own replaces the one that the resource itself has.
    """
    companion = _COMPANIONS[resource.type]
    own = resource.get("policy")
    others = policies_of(resource)
    document = others[0].get("policy") if others else own
    doubts = []
    if not others and own.is_unset:
        types = KEYS if resource.type in KEYS else (resource.type,)
        doubts = resource.stack.unresolved(companion.type, companion.to, *types)
    return ResourcePolicy(document, doubts[0].get(companion.to) if doubts else None, bounds_of(document))


def leaves_it_to_iam(statement: Statement) -> bool:
    """
    Whether a statement is for whole accounts and for nobody else, so that their IAM policies decide who may.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html#key-policy-default-allow-root-enable-iam
    """
    named = statement.principals.get("AWS", ())
    return statement.principals.keys() == {"AWS"} and all(
        each.isdigit() or each == HERE or each.endswith(":root") for each in named
    )
