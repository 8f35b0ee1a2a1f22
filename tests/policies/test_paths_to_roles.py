"""Paths from the internet to roles."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from policypack.model import Resource
from policypack.testing import UNKNOWN, Decision, Secret, decide, ref, resource
from tests.policies.networks import DEFAULT_SUBNET, SUBNET, Network, each_mode
from tests.support import POLICIES, check

ID = "internet-path-to-role"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
POLICY = "aws:iam/policy:Policy"
PROFILE = "aws:iam/instanceProfile:InstanceProfile"
FUNCTION = "aws:lambda/function:Function"
FUNCTION_URL = "aws:lambda/functionUrl:FunctionUrl"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
LISTENER_RULE = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
TARGET = "aws:lb/targetGroupAttachment:TargetGroupAttachment"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
SERVICE = "aws:ecs/service:Service"
INSTANCE = "aws:ec2/instance:Instance"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
CONFIGURATION = "aws:ec2/launchConfiguration:LaunchConfiguration"
SCALING_GROUP = "aws:autoscaling/group:Group"
REST_API = "aws:apigateway/restApi:RestApi"
METHOD = "aws:apigateway/method:Method"
INTEGRATION = "aws:apigateway/integration:Integration"
API = "aws:apigatewayv2/api:Api"
ROUTE = "aws:apigatewayv2/route:Route"
API_INTEGRATION = "aws:apigatewayv2/integration:Integration"
WORLD = "0.0.0.0/0"
READS_ALL = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
READS_ITS_OWN = {**READS_ALL, "Resource": "arn:aws:s3:::receipts/*"}


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def holding(*statements: dict[str, Any], **inputs: Any) -> list[Resource]:
    """A role with an inline policy."""
    role = resource(ROLE, "api", **inputs)
    return [role, resource(ROLE_POLICY, "api", role=ref(role), policy=document(*statements))]


def reached(role: Resource) -> list[Resource]:
    """A function with the role and an open URL."""
    function = resource(FUNCTION, "api", role=ref(role))
    return [function, resource(FUNCTION_URL, "open", functionName=ref(function), authorizationType="NONE")]


def of_reached(*statements: dict[str, Any], **inputs: Any) -> Decision:
    role, policy = holding(*statements, **inputs)
    return check(ID, role, policy, *reached(role))


def path_of(decision: Decision) -> str:
    assert len(decision.messages) == 1, decision.messages
    return decision.messages[0].partition(": ")[2].partition(".\nFix")[0]


# What a role may do


@pytest.mark.parametrize(
    ("statement", "means", "named"),
    [
        ({"Action": "*", "Resource": "*"}, "may do everything", "every action"),
        ({"NotAction": "iam:*", "Resource": "*"}, "may do everything", "all but NotAction"),
        ({"Action": "iam:*", "Resource": "*"}, "can obtain every other permission", "iam:PassRole and more"),
        ({"Action": "iam:PutRolePolicy", "Resource": "*"}, "can obtain every other permission", "iam:PutRolePolicy"),
        ({"Action": "s3:*", "Resource": "*"}, "may read all data in S3", "s3:GetObject"),
        ({"Action": "s3:GetObject", "Resource": "arn:aws:s3:::*"}, "may read all data in S3", "s3:GetObject"),
        ({"Action": "s3:Get*", "Resource": ["arn:aws:s3:::*/*"]}, "may read all data in S3", "s3:GetObject"),
        (
            {"Action": "dynamodb:Scan", "Resource": "arn:aws:dynamodb:*:*:table/*"},
            "may read all data in DynamoDB",
            "dynamodb:Scan",
        ),
        (
            {"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:*:*:secret:*"},
            "may read all data in Secrets Manager",
            "secretsmanager:GetSecretValue",
        ),
        (
            {"Action": ["s3:GetObject", "dynamodb:Scan", "secretsmanager:GetSecretValue"], "Resource": "*"},
            "may read all data in S3, DynamoDB and Secrets Manager",
            "s3:GetObject and more",
        ),
        ({"Action": "dynamodb:*", "Resource": "*"}, "may read all data in DynamoDB", "dynamodb:GetItem and more"),
        (
            {"Action": "rds-data:*", "Resource": "arn:aws:rds:eu-west-1:123456789012:cluster:*"},
            "may read all data in Aurora",
            "rds-data:ExecuteStatement",
        ),
    ],
)
def test_too_much_is_reported_where_the_internet_reaches_it(statement: dict[str, Any], means: str, named: str) -> None:
    decision = of_reached({"Effect": "Allow", **statement})
    assert decision.violations == ["api.policy.Statement[0]"]
    assert decision.messages[0].startswith(f"What the internet reaches has a role that {means}: ")
    assert path_of(decision) == (
        "internet → function URL 'open' (authorizationType \"NONE\") → function 'api' → role 'api' → policy 'api' "
        f"(policy.Statement[0] allows {named} on every resource)"
    )
    assert "Fix: Set Resource of policy.Statement[0] to the ARNs that the workload needs" in decision.messages[0]


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::receipts/*"},
        {"Action": "s3:ListAllMyBuckets", "Resource": "*"},
        {"Action": "dynamodb:GetItem", "Resource": "arn:aws:dynamodb:*:*:table/orders*"},
        {"Action": "secretsmanager:GetSecretValue", "Resource": "arn:aws:secretsmanager:*:*:secret:api/*"},
        # All buckets are no tables.
        {"Action": "dynamodb:GetItem", "Resource": "arn:aws:s3:::*"},
        {"Action": "logs:*", "Resource": "*"},
        {"Action": "s3:GetObject", "Resource": "*", "Condition": {"StringEquals": {"aws:ResourceTag/app": "api"}}},
        {
            "Action": "dynamodb:GetItem",
            "Resource": "*",
            "Condition": {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["${aws:userid}"]}},
        },
        {"Effect": "Deny", "Action": "*", "Resource": "*"},
    ],
)
def test_what_a_workload_needs_is_right(statement: dict[str, Any]) -> None:
    assert of_reached({"Effect": "Allow", **statement}).is_clean


def test_what_is_denied_everywhere_is_not_allowed() -> None:
    deny = {"Effect": "Deny", "Action": "s3:Get*", "Resource": "*"}
    assert of_reached(READS_ALL, deny).is_clean
    assert of_reached(READS_ALL, {**deny, "Resource": "arn:aws:s3:::audit/*"}).violations
    assert of_reached(READS_ALL, {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}).violations
    assert of_reached(
        READS_ALL, {"Effect": "Deny", "Action": "s3:Get*", "NotResource": "arn:aws:s3:::audit/*"}
    ).violations


def test_the_worst_of_several_statements_is_reported_alone() -> None:
    decision = of_reached(READS_ALL, READS_ITS_OWN, {"Effect": "Allow", "Action": "*", "Resource": "*"})
    assert decision.violations == ["api.policy.Statement[2]"]


def test_policies_of_every_kind_count() -> None:
    role = resource(ROLE, "api", inlinePolicies=[{"name": "own", "policy": document(READS_ALL)}])
    decision = check(ID, role, *reached(role))
    assert decision.violations == ["api.inlinePolicies[0].policy.Statement[0]"]
    assert path_of(decision).endswith(
        "role 'api' → its own policy (inlinePolicies[0].policy.Statement[0] allows s3:GetObject on every resource)"
    )

    role = resource(ROLE, "api")
    managed = resource(POLICY, "reading", policy=document(READS_ALL))
    attached = resource(ATTACHMENT, "reading", role=ref(role), policyArn=ref(managed))
    assert check(ID, role, managed, attached, *reached(role)).violations == ["reading.policy.Statement[0]"]
    # Nobody attaches it.
    assert check(ID, role, managed, *reached(role)).is_clean


@pytest.mark.parametrize(
    ("name", "means"),
    [
        ("AdministratorAccess", "may do everything"),
        ("IAMFullAccess", "can obtain every other permission"),
        ("AmazonS3ReadOnlyAccess", "may read all data in S3"),
        ("AmazonRDSDataFullAccess", "may read all data in Aurora"),
        ("ReadOnlyAccess", "may read all data in DynamoDB"),
        ("AWSLambda_ReadOnlyAccess", ""),
        ("AmazonSSMManagedInstanceCore", ""),
        ("service-role/AWSLambdaBasicExecutionRole", ""),
    ],
)
def test_policies_of_aws_count_by_their_names(name: str, means: str) -> None:
    role = resource(ROLE, "api")
    attached = resource(ATTACHMENT, "aws", role=ref(role), policyArn=f"arn:aws:iam::aws:policy/{name}")
    decision = check(ID, role, attached, *reached(role))
    assert decision.violations == (["aws.policyArn"] if means else [])
    assert decision.undecided == []
    if means:
        assert f"a role that {means}: " in decision.messages[0]
        assert f"role 'api' → policy \"arn:aws:iam::aws:policy/{name}\" of AWS (it allows" in path_of(decision)
        listed = resource(ROLE, "api", managedPolicyArns=[f"arn:aws:iam::aws:policy/{name}"])
        assert check(ID, listed, *reached(listed)).violations == ["api.managedPolicyArns[0]"]


def test_a_permissions_boundary_bounds() -> None:
    def decision(**boundary: Any) -> Decision:
        bound = resource(POLICY, "boundary", **boundary)
        role, policy = holding(READS_ALL, permissionsBoundary=ref(bound))
        return check(ID, bound, role, policy, *reached(role))

    assert decision(policy=document({**READS_ALL, "Action": "s3:*"})).violations
    assert decision(policy=document(READS_ITS_OWN)).is_clean
    unknown = decision(policy=UNKNOWN)
    assert (unknown.violations, unknown.undecided) == ([], ["boundary.policy"])
    elsewhere = of_reached(READS_ALL, permissionsBoundary="arn:aws:iam::123456789012:policy/boundary")
    assert (elsewhere.violations, elsewhere.undecided) == ([], ["api.permissionsBoundary"])
    # A boundary allows nothing.
    role = resource(ROLE, "api", permissionsBoundary="arn:aws:iam::123456789012:policy/boundary")
    assert check(ID, role, *reached(role)).is_clean


def test_unknown_documents_leave_the_path_undecided() -> None:
    role = resource(ROLE, "api")
    policy = resource(ROLE_POLICY, "api", role=ref(role), policy=UNKNOWN)
    decision = check(ID, role, policy, *reached(role))
    assert (decision.violations, decision.undecided) == ([], ["api.policy"])
    # Nothing reaches it.
    assert check(ID, role, policy).is_clean

    attached = resource(ATTACHMENT, "other", role=ref(role), policyArn="arn:aws:iam::aws:policy/NobodyKnowsIt")
    assert check(ID, role, attached, *reached(role)).undecided == ["other.policyArn"]
    attached = resource(ATTACHMENT, "theirs", role=ref(role), policyArn="arn:aws:iam::123456789012:policy/theirs")
    assert check(ID, role, attached, *reached(role)).undecided == ["theirs.policyArn"]
    attached = resource(ATTACHMENT, "theirs", role=ref(role), policyArn=UNKNOWN)
    assert check(ID, role, attached, *reached(role)).undecided == ["theirs.policyArn"]
    # What is known and too much is so whatever the rest says.
    role, policy = holding(READS_ALL)
    unknown = resource(ROLE_POLICY, "other", role=ref(role), policy=UNKNOWN)
    decision = check(ID, role, policy, unknown, *reached(role))
    assert (decision.violations, decision.undecided) == (["api.policy.Statement[0]"], [])


def test_no_secret_of_a_document_is_told() -> None:
    role = resource(ROLE, "api")
    policy = resource(ROLE_POLICY, "api", role=ref(role), policy=Secret(document(READS_ALL)))
    decision = decide(POLICIES[ID], role, policy, *reached(role))
    assert decision.messages[0].startswith("What the internet reaches has a role that may read all data in [secret]: ")
    assert "allows [secret] on every resource" in path_of(decision)
    assert "s3:GetObject" not in repr(decision.messages)


# Functions


@pytest.mark.parametrize(("kind", "is_open"), [("NONE", True), ("AWS_IAM", False)])
def test_function_urls_without_authorization_are_open(kind: str, is_open: bool) -> None:
    role, policy = holding(READS_ALL)
    function = resource(FUNCTION, "api", role=ref(role))
    alias = resource("aws:lambda/alias:Alias", "live", functionName=ref(function))
    for named in (function, alias):
        url = resource(FUNCTION_URL, "url", functionName=ref(named), authorizationType=kind)
        assert bool(check(ID, role, policy, function, alias, url).violations) == is_open
    url = resource(FUNCTION_URL, "url", functionName=ref(function), authorizationType=UNKNOWN)
    assert check(ID, role, policy, function, url).undecided == ["url.authorizationType"]
    assert check(ID, role, policy, function).is_clean


def rest_api(api: dict[str, Any], method: dict[str, Any], *, at_root: bool = False) -> Decision:
    role, policy = holding(READS_ALL)
    function = resource(FUNCTION, "api", role=ref(role))
    made = resource(REST_API, "public", **api)
    place = made if at_root else resource("aws:apigateway/resource:Resource", "orders", restApi=ref(made))
    asked = resource(METHOD, "get", restApi=ref(made), resourceId=ref(place), httpMethod="GET", **method)
    # It is integrated with something else.
    other = resource(METHOD, "put", restApi=ref(made), resourceId=ref(place), httpMethod="PUT", authorization="NONE")
    integration = resource(
        INTEGRATION,
        "get",
        restApi=ref(made),
        resourceId=ref(place),
        httpMethod="GET",
        type="AWS_PROXY",
        uri=ref(function),
    )
    found = dict.fromkeys((role, policy, function, made, place, asked, other, integration))
    return check(ID, *found)


@pytest.mark.parametrize("at_root", [False, True])
def test_methods_of_a_rest_api_without_authorization_are_open(at_root: bool) -> None:
    decision = rest_api({}, {"authorization": "NONE"}, at_root=at_root)
    assert path_of(decision).startswith(
        "internet → REST API 'public' → method 'get' (authorization \"NONE\") → function 'api' → role 'api' → "
    )
    assert rest_api({}, {"authorization": "AWS_IAM"}, at_root=at_root).is_clean
    assert rest_api({}, {"authorization": "NONE", "apiKeyRequired": True}, at_root=at_root).is_clean
    assert rest_api({}, {"authorization": UNKNOWN}, at_root=at_root).undecided == ["get.authorization"]


def test_private_rest_apis_and_those_whose_policy_says_who_are_not_open() -> None:
    method = {"authorization": "NONE"}
    assert rest_api({"endpointConfiguration": {"types": "PRIVATE"}}, method).is_clean
    assert rest_api({"endpointConfiguration": {"types": "REGIONAL"}}, method).violations
    everybody = {"Effect": "Allow", "Principal": "*", "Action": "execute-api:Invoke", "Resource": "*"}
    assert rest_api({"policy": document(everybody)}, method).violations
    from_office = {**everybody, "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}}}
    assert rest_api({"policy": document(from_office)}, method).is_clean
    assert rest_api({"policy": UNKNOWN}, method).undecided == ["public.policy"]


def http_api(route: dict[str, Any], **api: Any) -> Decision:
    role, policy = holding(READS_ALL)
    function = resource(FUNCTION, "api", role=ref(role))
    made = resource(API, "public", protocolType="HTTP", **api)
    integration = resource(API_INTEGRATION, "api", apiId=ref(made), integrationUri=ref(function))
    asked = resource(ROUTE, "orders", apiId=ref(made), target=ref(integration), **route)
    return check(ID, role, policy, function, made, integration, asked)


def test_routes_of_an_http_api_without_authorization_are_open() -> None:
    decision = http_api({"routeKey": "GET /orders"})
    assert path_of(decision).startswith(
        "internet → API 'public' → route 'orders' (authorizationType not set) → function 'api' → "
    )
    assert http_api({"routeKey": "GET /orders", "authorizationType": "NONE"}).violations
    assert http_api({"routeKey": "GET /orders", "authorizationType": "JWT"}).is_clean
    assert http_api({"routeKey": "GET /orders", "authorizationType": UNKNOWN}).undecided == ["orders.authorizationType"]


def test_an_api_that_is_made_with_a_target_is_open() -> None:
    role, policy = holding(READS_ALL)
    function = resource(FUNCTION, "api", role=ref(role))
    api = resource(API, "quick", protocolType="HTTP", target=ref(function))
    assert path_of(check(ID, role, policy, function, api)).startswith("internet → API 'quick' → function 'api' → ")


def test_whoever_may_connect_may_use_every_route_of_a_websocket_api() -> None:
    def decision(kind: str) -> Decision:
        role, policy = holding(READS_ALL)
        function = resource(FUNCTION, "api", role=ref(role))
        api = resource(API, "chat", protocolType="WEBSOCKET")
        integration = resource(API_INTEGRATION, "api", apiId=ref(api), integrationUri=ref(function))
        connect = resource(ROUTE, "connect", apiId=ref(api), routeKey="$connect", authorizationType=kind)
        send = resource(ROUTE, "send", apiId=ref(api), routeKey="send", target=ref(integration))
        return check(ID, role, policy, function, api, integration, connect, send)

    assert decision("AWS_IAM").is_clean
    assert "route 'connect' (authorizationType \"NONE\")" in path_of(decision("NONE"))


# Instances


class Shop(Network):
    """A network with a role that may read everything, and groups that the internet may or may not enter."""

    def __init__(self, mode: str = "preview") -> None:
        super().__init__(mode)
        self.role = self.add(ROLE, "api")
        self.add(ROLE_POLICY, "api", role=self.id(self.role), policy=document(READS_ALL))
        self.profile = self.add(PROFILE, "api", role=self.id(self.role))
        self.open = self.group("open", 443, WORLD)
        self.closed = self.group("closed", 443, "10.0.0.0/8")

    def group(self, name: str, port: int, *addresses: Any) -> Resource:
        rule = {"protocol": "tcp", "fromPort": port, "toPort": port, "cidrBlocks": list(addresses)}
        return self.add(GROUP, name, ingress=[rule])

    def instance(self, subnet: Any, type_: str = INSTANCE, **inputs: Any) -> Resource:
        named = {"subnetId": self.id(subnet)} if subnet else {}
        return self.add(type_, "web", iamInstanceProfile=self.id(self.profile), **named, **inputs)

    def service(self, **inputs: Any) -> Resource:
        task = self.add(TASK, "api", taskRoleArn=self.id(self.role))
        return self.add(SERVICE, "api", taskDefinition=self.id(task), **inputs)

    def balancer(self, subnet: Resource, group: Resource, type_: str = BALANCER, **inputs: Any) -> Resource:
        return self.add(type_, "front", subnets=[self.id(subnet)], securityGroups=[self.id(group)], **inputs)

    def targets(self, balancer: Resource, name: str = "web", **listener: Any) -> Resource:
        group = self.add(TARGET_GROUP, name)
        forward = [{"type": "forward", "targetGroupArn": self.id(group)}]
        said = {"port": 443, "protocol": "HTTPS", "defaultActions": forward, **listener}
        self.add(LISTENER, name, loadBalancerArn=self.id(balancer), **said)
        return group

    @property
    def decision(self) -> Decision:
        return check(ID, *self.resources)


@each_mode
@pytest.mark.parametrize("type_", [INSTANCE, "aws:ec2/spotInstanceRequest:SpotInstanceRequest"])
def test_an_open_instance_with_a_public_address_is_reached(mode: str, type_: str) -> None:
    shop = Shop(mode)
    shop.instance(shop.public(), type_, associatePublicIpAddress=True, vpcSecurityGroupIds=[shop.id(shop.open)])
    assert path_of(shop.decision) == (
        "internet → subnet 'public' (routed to the internet gateway 'igw') → security group 'open' (port 443 open to "
        "\"0.0.0.0/0\") → instance 'web' → instance profile 'api' → role 'api' → policy 'api' (policy.Statement[0] "
        "allows s3:GetObject on every resource)"
    )


@pytest.mark.parametrize(
    "changed",
    [
        lambda shop: shop.instance(
            shop.private(), associatePublicIpAddress=True, vpcSecurityGroupIds=[shop.id(shop.open)]
        ),
        lambda shop: shop.instance(shop.public(), vpcSecurityGroupIds=[shop.id(shop.open)]),
        lambda shop: shop.instance(
            shop.public(), associatePublicIpAddress=True, vpcSecurityGroupIds=[shop.id(shop.closed)]
        ),
        # The default security group lets in its members alone.
        lambda shop: shop.instance(shop.public(), associatePublicIpAddress=True),
    ],
    ids=["private subnet", "no address", "closed group", "no group"],
)
@each_mode
def test_one_closed_gate_is_enough(mode: str, changed: Callable[[Shop], Any]) -> None:
    shop = Shop(mode)
    changed(shop)
    assert shop.decision.is_clean


def test_subnets_and_elastic_addresses_give_public_addresses_too() -> None:
    shop = Shop()
    subnet = shop.subnet("public")
    shop.route(shop.table(subnet), destinationCidrBlock=WORLD, gatewayId=shop.id(shop.gateway))
    instance = shop.instance(subnet, vpcSecurityGroupIds=[shop.id(shop.open)])
    assert shop.decision.is_clean
    shop.add("aws:ec2/eip:Eip", "web", instance=shop.id(instance))
    assert shop.decision.violations

    for said, is_open in ((None, True), (False, False)):
        shop = Shop()
        table = shop.table(subnet := shop.add(SUBNET, "public", vpcId=shop.id(shop.vpc), mapPublicIpOnLaunch=True))
        shop.route(table, destinationCidrBlock=WORLD, gatewayId=shop.id(shop.gateway))
        shop.instance(subnet, associatePublicIpAddress=said, vpcSecurityGroupIds=[shop.id(shop.open)])
        assert bool(shop.decision.violations) == is_open

    shop = Shop()
    default = shop.add(DEFAULT_SUBNET, "default", availabilityZone="eu-west-1a")
    shop.instance(default, vpcSecurityGroupIds=[shop.id(shop.open)])
    assert "subnet 'default' (a default subnet)" in path_of(shop.decision)

    shop = Shop()
    shop.instance(None, vpcSecurityGroupIds=[shop.id(shop.open)])
    assert path_of(shop.decision).startswith("internet → default VPC → security group 'open'")
    # The interface has a subnet of its own.
    for naming in (
        {"networkInterfaces": [{"networkInterfaceId": "eni-1"}]},
        {"primaryNetworkInterface": {"id": "eni-1"}},
    ):
        shop = Shop()
        shop.instance(None, vpcSecurityGroupIds=[shop.id(shop.open)], **naming)
        assert shop.decision.is_clean


@pytest.mark.parametrize("public", [True, False])
def test_an_instance_may_have_its_subnet_and_groups_from_a_template(public: bool) -> None:
    shop = Shop()
    interface = {
        "subnetId": shop.id(shop.public() if public else shop.private()),
        "associatePublicIpAddress": "true",
        "securityGroups": [shop.id(shop.open)],
    }
    template = shop.add(TEMPLATE, "web", networkInterfaces=[interface])
    shop.instance(None, launchTemplate={"id": shop.id(template)})
    assert bool(shop.decision.violations) == public


def test_what_is_unknown_of_an_instance_leaves_the_path_undecided() -> None:
    shop = Shop()
    shop.instance(shop.public(), associatePublicIpAddress=UNKNOWN, vpcSecurityGroupIds=[shop.id(shop.open)])
    assert shop.decision.undecided == ["web.associatePublicIpAddress"]

    shop = Shop()
    shop.instance(None, subnetId="subnet-elsewhere", vpcSecurityGroupIds=[shop.id(shop.open)])
    assert shop.decision.undecided == ["web.subnetId"]

    shop = Shop()
    shop.instance(shop.public(), associatePublicIpAddress=True, vpcSecurityGroupIds=["sg-elsewhere"])
    assert shop.decision.undecided == ["web.vpcSecurityGroupIds"]

    shop = Shop()
    maybe = shop.group("maybe", 443, UNKNOWN)
    shop.instance(shop.public(), associatePublicIpAddress=True, vpcSecurityGroupIds=[shop.id(maybe)])
    assert shop.decision.undecided == ["maybe.ingress[0].cidrBlocks[0]"]


@pytest.mark.parametrize(
    ("type_", "named", "interfaces"),
    [
        (TEMPLATE, "launchTemplate", True),
        (TEMPLATE, "mixedInstancesPolicy", True),
        (CONFIGURATION, "launchConfiguration", False),
    ],
)
def test_groups_of_instances_are_reached_as_their_template_says(type_: str, named: str, interfaces: bool) -> None:
    def decision(group: str, public: bool) -> Decision:
        shop = Shop()
        guarding = [shop.id(shop.open if group == "open" else shop.closed)]
        network: dict[str, Any] = {"associatePublicIpAddress": public, "securityGroups": guarding}
        if interfaces:
            network = {"networkInterfaces": [{**network, "associatePublicIpAddress": str(public).lower()}]}
        profile = shop.id(shop.profile)
        template = shop.add(type_, "web", iamInstanceProfile={"name": profile} if interfaces else profile, **network)
        naming: Any = shop.id(template)
        if named == "launchTemplate":
            naming = {"id": naming}
        elif named == "mixedInstancesPolicy":
            naming = {"launchTemplate": {"launchTemplateSpecification": {"launchTemplateId": naming}}}
        shop.add(SCALING_GROUP, "web", vpcZoneIdentifiers=[shop.id(shop.public())], **{named: naming})
        return shop.decision

    kind = "launch template" if type_ == TEMPLATE else "launch configuration"
    assert f"→ Auto Scaling group 'web' → {kind} 'web' → instance profile 'api' → role" in path_of(
        decision("open", True)
    )
    assert decision("closed", True).is_clean
    assert decision("open", False).is_clean


INTERFACE = "aws:ec2/networkInterface:NetworkInterface"


@pytest.mark.parametrize("attached", ["instance", "attachment", "interface"])
@pytest.mark.parametrize(("group", "has_address"), [("open", True), ("closed", True), ("open", False)])
def test_an_instance_may_have_network_interfaces_of_their_own(attached: str, group: str, has_address: bool) -> None:
    shop = Shop()
    named = {"securityGroups": [shop.id(getattr(shop, group))], "subnetId": shop.id(shop.public())}
    if attached == "interface":
        instance = shop.instance(None, networkInterfaces=[{"networkInterfaceId": "eni-1"}])
        interface = shop.add(INTERFACE, "web", attachments=[{"instance": shop.id(instance)}], **named)
    else:
        interface = shop.add(INTERFACE, "web", **named)
        naming: Any = (
            {"networkInterfaces": [{"networkInterfaceId": shop.id(interface)}]} if attached == "instance" else {}
        )
        instance = shop.instance(shop.private() if not naming else None, **naming)
    if attached == "attachment":
        type_ = "aws:ec2/networkInterfaceAttachment:NetworkInterfaceAttachment"
        shop.add(type_, instanceId=shop.id(instance), networkInterfaceId=shop.id(interface))
    if has_address:
        shop.add("aws:ec2/eip:Eip", "web", networkInterface=shop.id(interface))
    if group == "open" and has_address:
        assert "→ network interface 'web' → instance 'web' → instance profile 'api'" in path_of(shop.decision)
    else:
        assert shop.decision.is_clean


def test_groups_may_be_attached_to_a_network_interface() -> None:
    shop = Shop()
    interface = shop.add(INTERFACE, "web", subnetId=shop.id(shop.public()), securityGroups=[shop.id(shop.closed)])
    shop.instance(None, networkInterfaces=[{"networkInterfaceId": shop.id(interface)}])
    shop.add("aws:ec2/eipAssociation:EipAssociation", "web", networkInterfaceId=shop.id(interface))
    assert shop.decision.is_clean
    type_ = "aws:ec2/networkInterfaceSecurityGroupAttachment:NetworkInterfaceSecurityGroupAttachment"
    shop.add(type_, networkInterfaceId=shop.id(interface), securityGroupId=shop.id(shop.open))
    assert shop.decision.violations


@pytest.mark.parametrize(
    ("remote", "is_open"),
    [
        ({"ec2SshKey": "ops"}, True),
        ({"ec2SshKey": "ops", "sourceSecurityGroupIds": ["sg-1"]}, False),
        ({}, False),
        (None, False),
    ],
)
@pytest.mark.parametrize("public", [True, False])
def test_nodes_of_a_cluster_that_everybody_may_log_in_to_are_reached(remote: Any, is_open: bool, public: bool) -> None:
    shop = Shop()
    subnet = shop.add(SUBNET, "nodes", vpcId=shop.id(shop.vpc), mapPublicIpOnLaunch=True)
    if public:
        shop.route(shop.table(subnet), destinationCidrBlock=WORLD, gatewayId=shop.id(shop.gateway))
    nodes = {"nodeRoleArn": shop.id(shop.role), "subnetIds": [shop.id(subnet)], "remoteAccess": remote}
    shop.add("aws:eks/nodeGroup:NodeGroup", "workers", **nodes)
    if is_open and public:
        assert "→ remoteAccess (port 22 open to 0.0.0.0/0) → node group 'workers' → role 'api'" in path_of(
            shop.decision
        )
    else:
        assert shop.decision.violations == []


def test_nodes_have_the_groups_of_their_template() -> None:
    for group, is_open in (("open", True), ("closed", False)):
        shop = Shop()
        subnet = shop.add(SUBNET, "nodes", vpcId=shop.id(shop.vpc), mapPublicIpOnLaunch=True)
        shop.route(shop.table(subnet), destinationCidrBlock=WORLD, gatewayId=shop.id(shop.gateway))
        template = shop.add(TEMPLATE, "nodes", vpcSecurityGroupIds=[shop.id(getattr(shop, group))])
        nodes = {"nodeRoleArn": shop.id(shop.role), "subnetIds": [shop.id(subnet)]}
        shop.add("aws:eks/nodeGroup:NodeGroup", "workers", launchTemplate={"id": shop.id(template)}, **nodes)
        assert bool(shop.decision.violations) == is_open


# Guests


POOL = "aws:cognito/identityPool:IdentityPool"
POOL_ROLES = "aws:cognito/identityPoolRoleAttachment:IdentityPoolRoleAttachment"


@pytest.mark.parametrize(
    ("allowed", "violations", "undecided"),
    [(True, ["api.policy.Statement[0]"], []), (False, [], []), (None, [], []), (UNKNOWN, [], ["visitors"])],
)
def test_whoever_has_not_signed_in_has_the_role_for_guests(
    allowed: Any, violations: list[str], undecided: list[str]
) -> None:
    role, policy = holding(READS_ALL)
    pool = resource(POOL, "visitors", allowUnauthenticatedIdentities=allowed)
    roles = resource(POOL_ROLES, "visitors", identityPoolId=ref(pool), roles={"unauthenticated": ref(role)})
    decision = check(ID, role, policy, pool, roles)
    assert decision.violations == violations
    assert [each.partition(".")[0] for each in decision.undecided] == undecided
    if violations:
        assert path_of(decision).startswith("internet → identity pool 'visitors' (roles.unauthenticated) → role 'api'")


def test_the_role_of_those_who_have_signed_in_is_another_one() -> None:
    role, policy = holding(READS_ALL)
    known = resource(ROLE, "api", with_outputs={"arn": "arn:aws:iam::111122223333:role/api"})
    guest = resource(ROLE, "guest", with_outputs={"arn": "arn:aws:iam::111122223333:role/guest"})
    pool = resource(POOL, "visitors", allowUnauthenticatedIdentities=True)

    def attached(value: bool) -> Resource:
        signed_in, guests = (ref(each, (each.outputs or {})["arn"]) if value else ref(each) for each in (known, guest))
        both = {"authenticated": signed_in, "unauthenticated": guests}
        return resource(POOL_ROLES, "visitors", identityPoolId=ref(pool), roles=both)

    assert check(ID, known, policy, guest, pool, attached(True)).is_clean
    # Before the first update nobody knows which is which.
    assert check(ID, role, policy, guest, pool, attached(False)).undecided == ["visitors.roles.unauthenticated"]


# Load balancers inside of a VPC


def inside(**groups: Any) -> tuple[Shop, Resource, Resource]:
    """A service behind an internal load balancer, the load balancer, and its listener."""
    shop = Shop()
    balancer = shop.balancer(shop.private(), groups.get("group", shop.open), internal=True)
    targets = shop.targets(balancer)
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(targets), "containerPort": 8080}])
    assert shop.decision.is_clean
    return shop, balancer, next(each for each in shop.resources if each.type == LISTENER)


@pytest.mark.parametrize(
    ("distribution", "ports", "is_open"),
    [
        ({}, {}, True),
        ({"enabled": False}, {}, False),
        ({"defaultCacheBehavior": {"trustedKeyGroups": ["k"]}}, {}, False),
        ({}, {"httpsPort": 8443}, False),
    ],
)
def test_cloudfront_leads_into_a_vpc_by_a_vpc_origin(
    distribution: dict[str, Any], ports: dict[str, Any], is_open: bool
) -> None:
    shop, balancer, _ = inside()
    endpoint = {"arn": shop.id(balancer), "httpPort": 80, "httpsPort": 443, **ports}
    origin = shop.add("aws:cloudfront/vpcOrigin:VpcOrigin", "inner", vpcOriginEndpointConfig=endpoint)
    origins = [{"domainName": "shop.example", "vpcOriginConfig": {"vpcOriginId": shop.id(origin)}}]
    shop.add("aws:cloudfront/distribution:Distribution", "cdn", **{"enabled": True, "origins": origins, **distribution})
    if is_open:
        assert path_of(shop.decision).startswith(
            "internet → distribution 'cdn' → VPC origin 'inner' → load balancer 'front' (listener 'web') → target "
            "group 'web' → 'api' (aws:ecs/service:Service) → task definition 'api' → role 'api'"
        )
    else:
        assert shop.decision.is_clean


def test_what_a_group_lets_in_behind_cloudfront_may_be_undecided() -> None:
    shop = Shop()
    balancer = shop.balancer(shop.private(), shop.closed, internal=True)
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(shop.targets(balancer)), "containerPort": 8080}])
    endpoint = {"arn": shop.id(balancer), "httpPort": 80, "httpsPort": 443}
    origin = shop.add("aws:cloudfront/vpcOrigin:VpcOrigin", "inner", vpcOriginEndpointConfig=endpoint)
    origins = [{"domainName": "shop.example", "vpcOriginConfig": {"vpcOriginId": shop.id(origin)}}]
    shop.add("aws:cloudfront/distribution:Distribution", "cdn", enabled=True, origins=origins)
    assert (shop.decision.violations, shop.decision.undecided) == ([], ["front.securityGroups"])


@pytest.mark.parametrize(("kind", "is_open"), [("NONE", True), ("JWT", False)])
def test_api_gateway_leads_into_a_vpc_by_a_vpc_link(kind: str, is_open: bool) -> None:
    shop = Shop()
    clients = shop.add(GROUP, "link")
    rule = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "securityGroups": [shop.id(clients)]}
    inner = shop.add(GROUP, "inner", ingress=[rule])
    balancer = shop.balancer(shop.private(), inner, internal=True)
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(shop.targets(balancer)), "containerPort": 8080}])
    listener = next(each for each in shop.resources if each.type == LISTENER)
    link = shop.add("aws:apigatewayv2/vpcLink:VpcLink", "link", securityGroupIds=[shop.id(clients)])
    api = shop.add(API, "public", protocolType="HTTP")
    integration = shop.add(
        API_INTEGRATION, "inner", apiId=shop.id(api), connectionType="VPC_LINK", connectionId=shop.id(link),
        integrationUri=shop.id(listener),
    )  # fmt: skip
    shop.add(ROUTE, "all", apiId=shop.id(api), target=shop.id(integration), authorizationType=kind)
    if is_open:
        assert path_of(shop.decision).startswith(
            "internet → API 'public' → route 'all' (authorizationType \"NONE\") → VPC link 'link' → load balancer "
            "'front' (listener 'web') → target group 'web' → 'api' (aws:ecs/service:Service) → "
        )
    else:
        assert shop.decision.is_clean


def test_a_rest_api_leads_to_a_network_load_balancer() -> None:
    shop = Shop()
    balancer = shop.add(BALANCER, "front", internal=True, loadBalancerType="network", subnets=[shop.id(shop.private())])
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(shop.targets(balancer)), "containerPort": 8080}])
    link = shop.add("aws:apigateway/vpcLink:VpcLink", "link", targetArn=shop.id(balancer))
    api = shop.add(REST_API, "public")
    place = {"restApi": shop.id(api), "resourceId": shop.id(api), "httpMethod": "GET"}
    shop.add(INTEGRATION, "inner", connectionType="VPC_LINK", connectionId=shop.id(link), **place)
    assert shop.decision.is_clean
    shop.add(METHOD, "get", authorization="NONE", **place)
    assert "→ VPC link 'link' → load balancer 'front' (listener 'web') → " in path_of(shop.decision)


# Services and load balancers


@each_mode
def test_a_service_behind_a_public_load_balancer_is_reached(mode: str) -> None:
    shop = Shop(mode)
    targets = shop.targets(shop.balancer(shop.public(), shop.open))
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(targets), "containerPort": 8080}])
    assert path_of(shop.decision).startswith(
        "internet → security group 'open' (port 443 open to \"0.0.0.0/0\") → load balancer 'front' (listener on port "
        "443) → target group 'web' → service 'api' → task definition 'api' → role 'api' → policy 'api' "
    )


@pytest.mark.parametrize(
    "front",
    [
        lambda shop: shop.targets(shop.balancer(shop.public(), shop.open, internal=True)),
        lambda shop: shop.targets(shop.balancer(shop.public(), shop.closed)),
        lambda shop: shop.targets(shop.balancer(shop.private(), shop.open)),
        lambda shop: shop.targets(shop.balancer(shop.public(), shop.open), port=8443),
        lambda shop: shop.targets(shop.balancer(shop.public(), shop.open, loadBalancerType="gateway")),
        lambda shop: shop.targets(
            shop.balancer(shop.public(), shop.open),
            defaultActions=[
                {"type": "authenticate-oidc"},
                {"type": "forward", "targetGroupArn": ref("urn:pulumi:dev::test::aws:lb/targetGroup:TargetGroup::web")},
            ],
        ),
        lambda shop: shop.add(TARGET_GROUP, "web"),
    ],
    ids=["internal", "closed group", "private subnet", "closed port", "gateway", "signed in", "no listener"],
)
def test_a_service_that_no_public_listener_leads_to_is_not_reached(front: Callable[[Shop], Resource]) -> None:
    shop = Shop()
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(front(shop)), "containerPort": 8080}])
    assert shop.decision.is_clean


def test_listener_rules_lead_on_too() -> None:
    shop = Shop()
    shop.targets(shop.balancer(shop.public(), shop.open))
    other = shop.add(TARGET_GROUP, "other")
    listener = shop.resources[-2]
    assert listener.type == LISTENER
    action = {"type": "forward", "targetGroupArn": shop.id(other)}
    shop.add(LISTENER_RULE, "other", listenerArn=shop.id(listener), actions=[action])
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(other)}])
    assert "→ target group 'other' → service 'api'" in path_of(shop.decision)


def test_a_listener_of_another_stack_leaves_the_path_undecided() -> None:
    shop = Shop()
    targets = shop.add(TARGET_GROUP, "web")
    action = {"type": "forward", "targetGroupArn": shop.id(targets)}
    shop.add(LISTENER_RULE, "shared", listenerArn="arn:aws:elasticloadbalancing:x", actions=[action])
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(targets)}])
    assert shop.decision.undecided == ["shared.listenerArn"]

    shop = Shop()
    targets = shop.targets(shop.balancer(shop.public(), shop.open, internal=UNKNOWN))
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(targets)}])
    assert shop.decision.undecided == ["front.internal"]


def test_a_sure_way_counts_before_a_doubtful_one() -> None:
    shop = Shop()
    doubtful = shop.targets(shop.balancer(shop.public(), shop.open, internal=UNKNOWN), "doubtful")
    sure = shop.targets(shop.add(BALANCER, "sure", loadBalancerType="network"), "sure")
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(doubtful)}, {"targetGroupArn": shop.id(sure)}])
    assert "load balancer 'sure'" in path_of(shop.decision)


def test_network_load_balancers_need_no_group_and_may_stand_in_front_of_others() -> None:
    shop = Shop()
    outer = shop.add(BALANCER, "outer", loadBalancerType="network", subnets=[shop.id(shop.public())])
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(shop.targets(outer, "tcp"))}])
    assert path_of(shop.decision).startswith(
        "internet → load balancer 'outer' (listener on port 443) → target group 'tcp' → service 'api'"
    )

    shop = Shop()
    outer = shop.add(BALANCER, "outer", loadBalancerType="network", subnets=[shop.id(shop.public())])
    inner = shop.balancer(shop.private(), shop.closed, internal=True)
    shop.add(TARGET, "inner", targetGroupArn=shop.id(shop.targets(outer, "tcp")), targetId=shop.id(inner))
    shop.service(loadBalancers=[{"targetGroupArn": shop.id(shop.targets(inner))}])
    assert path_of(shop.decision).startswith(
        "internet → load balancer 'outer' (listener on port 443) → target group 'tcp' → load balancer 'front' → target "
        "group 'web' → service 'api'"
    )


def test_instances_and_functions_are_targets_too() -> None:
    shop = Shop()
    instance = shop.instance(shop.private(), vpcSecurityGroupIds=[shop.id(shop.closed)])
    targets = shop.targets(shop.balancer(shop.public(), shop.open))
    shop.add(TARGET, "web", targetGroupArn=shop.id(targets), targetId=shop.id(instance))
    assert "→ target group 'web' → instance 'web' → instance profile" in path_of(shop.decision)

    shop = Shop()
    function = shop.add(FUNCTION, "api", role=shop.id(shop.role))
    targets = shop.targets(shop.balancer(shop.public(), shop.open))
    shop.add(TARGET, "api", targetGroupArn=shop.id(targets), targetId=shop.id(function))
    assert "→ target group 'web' → function 'api' → role 'api'" in path_of(shop.decision)

    shop = Shop()
    targets = shop.targets(shop.balancer(shop.public(), shop.open))
    template = shop.add(TEMPLATE, "web", iamInstanceProfile={"arn": shop.id(shop.profile)})
    group = shop.add(SCALING_GROUP, "web", launchTemplate={"id": shop.id(template)}, vpcZoneIdentifiers=["subnet-1"])
    shop.add(
        "aws:autoscaling/attachment:Attachment",
        "web",
        autoscalingGroupName=shop.id(group),
        lbTargetGroupArn=shop.id(targets),
    )
    assert "→ target group 'web' → Auto Scaling group 'web'" in path_of(shop.decision)


def test_classic_load_balancers_count() -> None:
    def shop_with(**inputs: Any) -> tuple[Shop, Resource]:
        shop = Shop()
        return shop, shop.balancer(shop.public(), shop.open, CLASSIC, listeners=[{"lbPort": 443}], **inputs)

    shop = Shop()
    instance = shop.instance(shop.private(), vpcSecurityGroupIds=[shop.id(shop.closed)])
    shop.balancer(shop.public(), shop.open, CLASSIC, listeners=[{"lbPort": 443}], instances=[shop.id(instance)])
    assert "→ load balancer 'front' (listener on port 443) → instance 'web'" in path_of(shop.decision)

    shop, front = shop_with()
    instance = shop.instance(shop.private(), vpcSecurityGroupIds=[shop.id(shop.closed)])
    assert shop.decision.is_clean
    shop.add("aws:elb/attachment:Attachment", "web", elb=shop.id(front), instance=shop.id(instance))
    assert "→ load balancer 'front' (listener on port 443) → instance 'web'" in path_of(shop.decision)

    shop, front = shop_with()
    shop.service(loadBalancers=[{"elbName": shop.id(front)}])
    assert "→ load balancer 'front' (listener on port 443) → service 'api'" in path_of(shop.decision)

    shop, front = shop_with()
    template = shop.add(TEMPLATE, "web", iamInstanceProfile={"arn": shop.id(shop.profile)})
    shop.add(SCALING_GROUP, "web", launchTemplate={"id": shop.id(template)}, loadBalancers=[shop.id(front)])
    assert "→ load balancer 'front' (listener on port 443) → Auto Scaling group 'web'" in path_of(shop.decision)


def test_groups_of_instances_may_name_their_target_groups() -> None:
    shop = Shop()
    targets = shop.targets(shop.balancer(shop.public(), shop.open))
    template = shop.add(TEMPLATE, "web", iamInstanceProfile={"arn": shop.id(shop.profile)})
    shop.add(SCALING_GROUP, "web", launchTemplate={"id": shop.id(template)}, targetGroupArns=[shop.id(targets)])
    assert "→ target group 'web' → Auto Scaling group 'web'" in path_of(shop.decision)


def test_tasks_with_public_addresses_are_reached() -> None:
    def decision(public: Any, group: str) -> Decision:
        shop = Shop()
        groups = [shop.id(shop.open if group == "open" else shop.closed)]
        subnets = [shop.id(shop.public())]
        shop.service(networkConfiguration={"assignPublicIp": public, "subnets": subnets, "securityGroups": groups})
        return shop.decision

    assert "→ security group 'open' (port 443 open to \"0.0.0.0/0\") → service 'api'" in path_of(decision(True, "open"))
    assert decision(True, "closed").is_clean
    assert decision(None, "open").is_clean
    assert decision(UNKNOWN, "open").undecided == ["api.networkConfiguration.assignPublicIp"]


@pytest.mark.parametrize(("public", "is_open"), [(None, True), (True, True), (False, False)])
def test_app_runner_is_public_unless_it_says_otherwise(public: Any, is_open: bool) -> None:
    role, policy = holding(READS_ALL)
    service = resource(
        "aws:apprunner/service:Service",
        "api",
        instanceConfiguration={"instanceRoleArn": ref(role)},
        networkConfiguration={"ingressConfiguration": {"isPubliclyAccessible": public}},
    )
    assert bool(check(ID, role, policy, service).violations) == is_open


def test_open_ports_are_found_among_many() -> None:
    shop = Shop()
    rules = [(22, 22), (1000, 9000), (2000, 2001), (9500, 9600)]
    group = shop.add(
        GROUP,
        "many",
        ingress=[
            {"protocol": "tcp", "fromPort": first, "toPort": last, "cidrBlocks": [WORLD]} for first, last in rules
        ],
    )
    front = shop.balancer(shop.public(), group)
    for port, is_open in ((22, True), (23, False), (2002, True), (8999, True), (9001, False), (9600, True)):
        targets = shop.targets(front, f"on-{port}", port=port)
        shop.service(loadBalancers=[{"targetGroupArn": shop.id(targets)}])
        assert bool(shop.decision.violations) == is_open, port
        del shop.resources[-4:]
