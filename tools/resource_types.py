"""
What the policies need to know of every AWS resource type, from the installed pulumi_aws.

`python -m tools.resource_types` rewrites `policypack/data/resource_types.json` (about 15 seconds). A machine that
enforces the pack has no pulumi_aws, hence the file.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from tools import facts, sdk_schema

FILE: Final = Path(__file__).resolve().parent.parent / "policypack" / "data" / "resource_types.json"

# The names by which AWS knows a resource that neither rule of _name_property finds: its family, its own id, and the
# names of types that have no tags and yet stand for themselves.
_NAMES: Final = {
    **dict.fromkeys(
        (
            "athena/database",
            "cloudfront/cachePolicy",
            "cloudfront/keyGroup",
            "cloudfront/originAccessControl",
            "cloudfront/originRequestPolicy",
            "cloudfront/realtimeLogConfig",
            "cloudfront/responseHeadersPolicy",
            "cloudwatch/eventApiDestination",
            "cloudwatch/eventArchive",
            "cloudwatch/eventConnection",
            "dax/parameterGroup",
            "dax/subnetGroup",
            "glue/securityConfiguration",
            "iam/group",
            "msk/configuration",
            "ses/configurationSet",
            "sns/platformApplication",
        ),
        "name",
    ),
    "cloudwatch/compositeAlarm": "alarmName",
    "cloudwatch/dashboard": "dashboardName",
    "ecs/daemonTaskDefinition": "family",
    "ecs/taskDefinition": "family",
    "rds/clusterSnapshot": "dbClusterSnapshotIdentifier",
    "rds/snapshot": "dbSnapshotIdentifier",
    "redshift/clusterSnapshot": "snapshotIdentifier",
}
_NAMELESS: Final = frozenset(
    {
        # The name is a domain name.
        "directoryservice/directory",
        "route53/zone",
        "route53domains/domain",
        "route53domains/registeredDomain",
        "servicediscovery/privateDnsNamespace",
        "servicediscovery/publicDnsNamespace",
        # AWS gives the name, or it is that of a person or of another resource.
        "connect/user",
        "controltower/baseline",
        "directoryservice/serviceRegion",
        "ec2/defaultNetworkAcl",
        "ec2/defaultRouteTable",
        "eks/addon",
        "elasticache/user",
        "finspace/kxUser",
        "memorydb/user",
        "transfer/user",
        "workspaces/directory",
        # The name tells apart the parts of another resource, which has the environment in its own name.
        "amplify/branch",
        "apigateway/stage",
        "apigatewayv2/stage",
        "appconfig/configurationProfile",
        "appconfig/environment",
        "appmesh/gatewayRoute",
        "appmesh/route",
        "appmesh/virtualGateway",
        "appmesh/virtualNode",
        "appmesh/virtualRouter",
        "appmesh/virtualService",
        "appsync/channelNamespace",
        "bedrock/agentAgentAlias",
        "bedrock/agentcoreAgentRuntimeEndpoint",
        "codedeploy/deploymentGroup",
        "comprehend/documentClassifier",
        "comprehend/entityRecognizer",
        "connect/contactFlow",
        "connect/contactFlowModule",
        "connect/hoursOfOperation",
        "connect/queue",
        "connect/quickConnect",
        "connect/routingProfile",
        "connect/securityProfile",
        "connect/userHierarchyGroup",
        "connect/vocabulary",
        "eks/capability",
        "elasticbeanstalk/applicationVersion",
        "evidently/feature",
        "evidently/launch",
        "finspace/kxCluster",
        "finspace/kxDatabase",
        "finspace/kxDataview",
        "finspace/kxScalingGroup",
        "finspace/kxVolume",
        "fsx/ontapStorageVirtualMachine",
        "fsx/ontapVolume",
        "fsx/openZfsSnapshot",
        "fsx/openZfsVolume",
        "guardduty/filter",
        "guardduty/iPSet",
        "guardduty/threatIntelSet",
        "iam/groupPolicy",
        "iam/rolePolicy",
        "iam/userPolicy",
        "kendra/dataSource",
        "kendra/faq",
        "kendra/querySuggestionsBlockList",
        "kendra/thesaurus",
        "keyspaces/table",
        "kinesis/streamConsumer",
        "lambda/permission",
        "route53/profilesAssociation",
        "route53/resolverFirewallRuleGroupAssociation",
        "s3/vectorsIndex",
        "s3tables/table",
        "sagemaker/app",
        "sagemaker/space",
        "sagemaker/userProfile",
        "schemas/schema",
        "signer/signingProfilePermission",
        "ssm/association",
        "timestreamwrite/table",
        "vpclattice/listener",
        "vpclattice/listenerRule",
        # The thing is the whole account's or organization's, not an environment's.
        "billing/view",
        "costexplorer/anomalyMonitor",
        "costexplorer/anomalySubscription",
        "costexplorer/costCategory",
        "cur/reportDefinition",
        "fms/policy",
        "invoicing/invoiceUnit",
        "organizations/account",
        "organizations/organizationalUnit",
        "organizations/policy",
        "ssoadmin/permissionSet",
    }
)


def generate() -> dict[str, object]:
    """
    The file's content: where it comes from, and for each type what its words say.

    The types are written as `service/type` and the words are those that policypack.data.resource_types reads.
    """
    tokens = {f"{service}/{name}": token for token in sdk_schema.resource_types() for service, name in _parts(token)}
    if unknown := (_NAMELESS | _NAMES.keys()) - tokens.keys():
        raise LookupError(f"pulumi_aws no longer has {', '.join(sorted(unknown))}")
    types = {name: " ".join(_words(name, tokens[name])) for name in sorted(tokens)}
    return {"source": sdk_schema.source(), "types": types}


def _parts(token: str) -> Iterator[tuple[str, str]]:
    """The service and the name in a token (`aws:s3/bucket:Bucket`); none for the provider."""
    package, middle, class_ = token.split(":")
    service, _, name = middle.partition("/")
    if package == "aws":
        if class_ != name[0].upper() + name[1:]:
            raise ValueError(f"the class in {token!r} cannot be told from its module")
        yield service, name


def _words(name: str, token: str) -> Iterator[str]:
    inputs = sdk_schema.inputs(token)
    if "region" in inputs:
        yield "region"
    if "tags" in inputs and inputs["tags"].kind == "list":
        yield "tag-list"
    # Without tagsAll, what is called tags is something else: what a group of resources is made of, for example.
    elif "tags" in inputs and "tagsAll" in sdk_schema.outputs(token):
        yield "tags"
    if prop := _name_property(name, inputs):
        yield f"name={prop}"
        if f"{prop}Prefix" in inputs:
            yield "prefix"


def _name_property(name: str, inputs: Mapping[str, sdk_schema.Shape]) -> str:
    """
    The input that is the resource's own name in AWS; empty where it has none.

    It is the one beside which there is a prefix of the same name, else the `name` of a type that has tags (what has
    none is mostly a part of another resource), else what is called like the type: `repositoryName`, `clusterId`.
    """
    if name in _NAMELESS:
        return ""
    if name in _NAMES:
        return _NAMES[name]
    strings = {prop for prop, shape in inputs.items() if shape.kind == "string"}
    prefixed = sorted(prop for prop in strings if f"{prop}Prefix" in strings)
    if prefixed or "tags" not in inputs:
        return prefixed[0] if prefixed else ""
    own = name.partition("/")[2].lower()
    called = (
        prop
        for kind in ("Name", "Identifier", "Id")
        for prop in sorted(strings, key=len, reverse=True)
        if prop.endswith(kind) and own.endswith(prop.removesuffix(kind).lower())
    )
    return "name" if "name" in strings else next(called, "")


def main() -> None:
    """Rewrites the file, one line a type, so that a change of the SDK reads well in a diff."""
    facts.write(FILE, generate(), max_age=365)
    print(FILE)


if __name__ == "__main__":
    main()
