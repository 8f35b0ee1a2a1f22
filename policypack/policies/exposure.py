"""Public addresses: databases, tasks, instances and API servers that the internet can reach."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from policypack.config import Config
from policypack.model import Resource
from policypack.network.addresses import public_addresses
from policypack.policy import resource_policy
from policypack.requirement import Requirement, always, controls_of, either, is_set, lacks
from policypack.verdict import Undecided, Verdicts, Violation

_NOT_PUBLIC: Final = Requirement(
    "publiclyAccessible",
    ("false",),
    absent_is_right=always,
    note="Clients outside of the VPC then need a VPN or another way into it.",
)
# The provider replaces these.
_NOT_PUBLIC_FROM_THE_START: Final = Requirement(
    "publiclyAccessible",
    ("false",),
    absent_is_right=always,
    note="This replaces a resource that exists, and clients outside of the VPC then need a VPN or another way into it.",
)
_IN_A_VPC: Final = Requirement(
    "vpcOptions.subnetIds",
    (),
    note="Name private subnets there. This replaces a domain that exists: take a snapshot of its indexes first.",
)
_NO_PUBLIC_TASKS: Final = Requirement(
    "networkConfiguration.assignPublicIp",
    ("false",),
    absent_is_right=always,
    note="Name private subnets in networkConfiguration.subnets too: from these the tasks reach the internet through a "
    "NAT gateway, or ECR, S3 and CloudWatch Logs through VPC endpoints.",
)
_EXPOSED: Final[Mapping[str, Requirement]] = {
    "aws:rds/instance:Instance": replace(_NOT_PUBLIC, controls=("FSBP RDS.2",)),
    # https://www.pulumi.com/registry/packages/aws/how-to-guides/7-0-migration/
    "aws:redshift/cluster:Cluster": replace(
        _NOT_PUBLIC,
        note=f"{_NOT_PUBLIC.note} Left out, it is true with pulumi-aws 6, and false with 7.",
        controls=("FSBP Redshift.1",),
    ),
    "aws:redshiftserverless/workgroup:Workgroup": replace(_NOT_PUBLIC, controls=("FSBP RedshiftServerless.3",)),
    **dict.fromkeys(
        (
            "aws:rds/clusterInstance:ClusterInstance",
            "aws:neptune/clusterInstance:ClusterInstance",
            "aws:rds/shardGroup:ShardGroup",
            "aws:timestreaminfluxdb/dbInstance:DbInstance",
            "aws:timestreaminfluxdb/dbCluster:DbCluster",
            "aws:lightsail/database:Database",
        ),
        _NOT_PUBLIC,
    ),
    "aws:dms/replicationInstance:ReplicationInstance": replace(_NOT_PUBLIC_FROM_THE_START, controls=("FSBP DMS.1",)),
    "aws:mq/broker:Broker": _NOT_PUBLIC_FROM_THE_START,
    # A Multi-AZ cluster without a subnet group is public; Aurora leaves it to its instances.
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html
    "aws:rds/cluster:Cluster": Requirement(
        "publiclyAccessible",
        ("false",),
        absent_is_right=either(lacks("engine", "mysql", "postgres"), is_set("dbSubnetGroupName")),
    ),
    # https://docs.aws.amazon.com/dms/latest/APIReference/API_CreateInstanceProfile.html: true where it is not set
    "aws:dms/instanceProfile:InstanceProfile": Requirement("publiclyAccessible", ("false",)),
    "aws:m2/environment:Environment": _NOT_PUBLIC_FROM_THE_START,
    "aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration": Requirement(
        "blockPublicSecurityGroupRules",
        note="Clusters whose security groups are open to the internet can then not start.",
        controls=("FSBP EMR.2",),
    ),
    "aws:neptunegraph/graph:Graph": Requirement("publicConnectivity", ("false",), absent_is_right=always),
    "aws:msk/cluster:Cluster": Requirement(
        "brokerNodeGroupInfo.connectivityInfo.publicAccess.type",
        ("DISABLED",),
        absent_is_right=always,
        controls=("FSBP MSK.4",),
    ),
    "aws:opensearch/domain:Domain": replace(_IN_A_VPC, controls=("FSBP Opensearch.2",)),
    "aws:elasticsearch/domain:Domain": replace(_IN_A_VPC, controls=("FSBP ES.2",)),
    "aws:ecs/service:Service": replace(_NO_PUBLIC_TASKS, controls=("FSBP ECS.2",)),
    "aws:ecs/taskSet:TaskSet": replace(_NO_PUBLIC_TASKS, controls=("FSBP ECS.16",)),
    "aws:sagemaker/notebookInstance:NotebookInstance": Requirement(
        "directInternetAccess",
        ("Disabled",),
        note="It then needs a subnetId with a route to a NAT gateway. This replaces the notebook instance.",
        controls=("FSBP SageMaker.1",),
    ),
}


@resource_policy(
    id="public-exposure",
    title="Databases, brokers, search domains and tasks have no public address",
    types=_EXPOSED,
    severity="critical",
    fix="Give the resource no public address: keep it inside the VPC.",
    frameworks=controls_of(_EXPOSED),
    url="https://docs.aws.amazon.com/wellarchitected/latest/security-pillar/sec_network_protection_create_layers.html",
)
def public_exposure(resource: Resource, config: Config) -> Verdicts:
    """
    A single mistaken security group rule then exposes the resource to the whole internet. Where no security group
    protects it, attackers try to log in around the clock.
    """
    yield from _EXPOSED[resource.type].check(resource, "the resource gets an address that the whole internet can reach")


_NO_ADDRESS: Final = Requirement("associatePublicIpAddress", ("false",), absent_is_right=always)
_NO_INTERNET: Final = Requirement("enableDefaultInternetAccess", ("false",), absent_is_right=always)
_ADDRESSES: Final[Mapping[str, Requirement]] = {
    # Where it is left out, the subnet decides, which is judged itself.
    "aws:ec2/instance:Instance": replace(_NO_ADDRESS, controls=("FSBP EC2.9",)),
    "aws:ec2/spotInstanceRequest:SpotInstanceRequest": _NO_ADDRESS,
    "aws:ec2/launchConfiguration:LaunchConfiguration": replace(_NO_ADDRESS, controls=("FSBP Autoscaling.5",)),
    "aws:ec2/launchTemplate:LaunchTemplate": Requirement(
        "networkInterfaces[].associatePublicIpAddress",
        ("false", ""),
        absent_is_right=always,
        controls=("FSBP EC2.25",),
    ),
    "aws:ec2/subnet:Subnet": Requirement(
        "mapPublicIpOnLaunch", ("false",), absent_is_right=always, controls=("FSBP EC2.15",)
    ),
    "aws:ec2/spotFleetRequest:SpotFleetRequest": Requirement(
        "launchSpecifications[].associatePublicIpAddress", ("false",), absent_is_right=always
    ),
    "aws:drs/replicationConfigurationTemplate:ReplicationConfigurationTemplate": Requirement(
        "createPublicIp", ("false",), absent_is_right=always
    ),
    # Instances with it get an address of their own; what is left out is off.
    "aws:appstream/fleet:Fleet": _NO_INTERNET,
    "aws:appstream/imageBuilder:ImageBuilder": _NO_INTERNET,
    "aws:workspaces/directory:Directory": replace(
        _NO_INTERNET, path="workspaceCreationProperties?.enableInternetAccess"
    ),
    # Tasks that schedules, rules and pipes start; off by default (the provider's documentation).
    "aws:cloudwatch/eventTarget:EventTarget": replace(
        _NO_ADDRESS, path="ecsTarget?.networkConfiguration?.assignPublicIp"
    ),
    "aws:pipes/pipe:Pipe": Requirement(
        "targetParameters?.ecsTaskParameters?.networkConfiguration?.awsVpcConfiguration?.assignPublicIp",
        ("DISABLED",),
        absent_is_right=always,
    ),
    "aws:scheduler/schedule:Schedule": replace(
        _NO_ADDRESS, path="target.ecsParameters?.networkConfiguration?.assignPublicIp"
    ),
    # https://docs.aws.amazon.com/vpc/latest/userguide/default-subnet.html: the default is that of AWS, true
    "aws:ec2/defaultSubnet:DefaultSubnet": Requirement("mapPublicIpOnLaunch", ("false",), absent_is_right=always),
}


@resource_policy(
    id="public-ip-addresses",
    title="Instances, launch templates and subnets assign no public IP addresses",
    types=_ADDRESSES,
    severity="high",
    enforcement="advisory",
    fix="Assign public addresses to load balancers and NAT gateways only.",
    frameworks=controls_of(_ADDRESSES),
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-instance-addressing.html",
)
def public_ip_addresses(resource: Resource, config: Config) -> Verdicts:
    """
    A single mistaken security group rule then exposes the instance to the whole internet, and the addresses that a
    subnet assigns automatically are easily overlooked.
    """
    if "Subnet" in resource.type:
        meaning = "each instance that starts in the subnet gets a public address"
        fix = (
            "Set mapPublicIpOnLaunch to false, and put a load balancer in front of what has to be public. Instances "
            "that start from then on need a private subnet with a NAT gateway to connect to the internet."
        )
    else:
        meaning = "the instance gets a public address"
        fix = (
            "Set {path} to false, and put a load balancer in front of what has to be public. An instance in a public "
            "subnet then needs a private subnet with a NAT gateway to connect to the internet. For an instance that "
            "exists, this may replace it."
        )
    for verdict in _ADDRESSES[resource.type].check(resource, meaning):
        if isinstance(verdict, Violation):
            yield replace(verdict, fix=fix.format(path=verdict.path))
        else:
            yield verdict


@resource_policy(
    id="eks-public-endpoint",
    title="Kubernetes API servers can be reached only from named networks",
    types=("aws:eks/cluster:Cluster",),
    severity="high",
    enforcement="advisory",
    fix="Set vpcConfig.endpointPrivateAccess to true, so that the nodes do not need the public endpoint. Then set "
    "vpcConfig.endpointPublicAccess to false, after which kubectl and CI need a way into the VPC, or name the networks "
    "that may connect in vpcConfig.publicAccessCidrs.",
    url="https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html",
)
def eks_public_endpoint(cluster: Resource, config: Config) -> Verdicts:
    """
    An attacker anywhere in the world can use a vulnerability of the API server, or a stolen token, to take over the
    cluster.
    """
    public = cluster.get("vpcConfig.endpointPublicAccess")
    networks = cluster.get("vpcConfig.publicAccessCidrs")
    # Public, and open to everybody, unless it says otherwise (the provider's documentation).
    if public.is_false:
        return
    named = list(cluster.each("vpcConfig.publicAccessCidrs[]"))
    open_ = public_addresses(named)
    unknown = [network for network in named if network.is_unknown]
    if public.is_unknown or (unknown and not open_):
        yield Undecided(public if public.is_unknown else unknown[0], "may the whole internet connect?")
    elif open_:
        yield Violation(open_[0].at, f"{open_[0].shown}: the whole internet may connect.")
    elif not named:
        yield Violation(networks, f"{networks.path} is not set: the whole internet may connect.")


@resource_policy(
    id="eks-node-remote-access",
    title="EKS nodes accept remote logins only from named security groups",
    types=("aws:eks/nodeGroup:NodeGroup",),
    severity="high",
    fix="Set remoteAccess.sourceSecurityGroupIds to the security groups that may connect, or leave remoteAccess out "
    "and log in with Session Manager, which needs the policy AmazonSSMManagedInstanceCore on the node role. Either "
    "replaces a node group that exists.",
    url="https://docs.aws.amazon.com/eks/latest/APIReference/API_RemoteAccessConfig.html",
)
def eks_node_remote_access(group: Resource, config: Config) -> Verdicts:
    """
    EKS opens the SSH or RDP port of each node to the whole internet, in a security group that does not appear in the
    program.
    """
    key = group.get("remoteAccess.ec2SshKey")
    sources = group.get("remoteAccess.sourceSecurityGroupIds")
    if not sources.is_unset or key.is_unset:
        return
    if key.is_unknown and not key.targets("aws:ec2/keyPair:KeyPair"):
        yield Undecided(key, "does it open a port of the nodes to the internet?")
        return
    ami = group.get("amiType").text
    port = "port 3389" if ami.startswith("WINDOWS") else "port 22"
    yield Violation(
        sources,
        f"{key.path} is set and {sources.path} is not: EKS opens {port} of the nodes to the whole internet.",
    )


@resource_policy(
    id="msk-unauthenticated-access",
    title="MSK clusters require clients to authenticate",
    types=("aws:msk/cluster:Cluster",),
    severity="high",
    fix="Set clientAuthentication.sasl.iam to true, or another way to authenticate, and change the clients. Then "
    "set clientAuthentication.unauthenticated to false: clients that do not authenticate can no longer connect.",
    frameworks=("FSBP MSK.6",),
    url="https://docs.aws.amazon.com/msk/latest/developerguide/msk-authentication.html",
)
def msk_unauthenticated_access(cluster: Resource, config: Config) -> Verdicts:
    """Anyone who can connect to the brokers can read and write every topic."""
    unauthenticated = cluster.get("clientAuthentication.unauthenticated")
    if unauthenticated.is_unknown:
        yield Undecided(unauthenticated)
    elif unauthenticated.is_true:
        yield Violation(
            unauthenticated,
            f"{unauthenticated.path} is {unauthenticated.shown}: clients may connect without authenticating.",
        )
