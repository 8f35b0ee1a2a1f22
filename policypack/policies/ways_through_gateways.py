"""Ways from the internet through API Gateway and CloudFront: to functions, and to load balancers inside of a VPC."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policypack.iam import bounds_of, open_statements
from policypack.iam.wirings import wired_to
from policypack.model import Resource, Value, remembered
from policypack.network.internet import (
    BALANCER,
    Way,
    asks_to_sign_in,
    is_on,
    listeners_of,
    surest,
    target_groups_of,
    way_through_groups,
    ways_through_targets,
)
from policypack.network.security_groups import GROUPS, INGRESS_RULE, RULE

_ALIAS: Final = "aws:lambda/alias:Alias"
_FUNCTION_URL: Final = "aws:lambda/functionUrl:FunctionUrl"
_REST_API: Final = "aws:apigateway/restApi:RestApi"
_REST_INTEGRATION: Final = "aws:apigateway/integration:Integration"
_REST_LINK: Final = "aws:apigateway/vpcLink:VpcLink"
_METHOD: Final = "aws:apigateway/method:Method"
_REST_RESOURCE: Final = "aws:apigateway/resource:Resource"
_API: Final = "aws:apigatewayv2/api:Api"
_INTEGRATION: Final = "aws:apigatewayv2/integration:Integration"
_LINK: Final = "aws:apigatewayv2/vpcLink:VpcLink"
_ROUTE: Final = "aws:apigatewayv2/route:Route"
_DISTRIBUTION: Final = "aws:cloudfront/distribution:Distribution"
_VPC_ORIGIN: Final = "aws:cloudfront/vpcOrigin:VpcOrigin"


@remembered
def way_to_function(function: Resource) -> Way | None:
    """How the internet reaches a function: by a URL of its own, an API or a load balancer."""
    way = surest(_ways_to_function(function))
    return way.then(f"function '{function.name}'") if way else None


def _ways_to_function(function: Resource) -> Iterator[Way | None]:
    for named in (function, *function.referrers(_ALIAS, "functionName")):
        for url in named.referrers(_FUNCTION_URL, "functionName"):
            kind = url.get("authorizationType")
            way = Way((f"function URL '{url.name}' (authorizationType {kind.shown})",))
            yield way.through(kind if kind.is_unknown else kind.text == "NONE")
        yield from ways_through_targets(named)
    # An API that is made with a target has a route for all requests, which asks for no authorization.
    for api in function.referrers(_API, "target"):
        yield Way((f"API '{api.name}'",))
    for wired in wired_to(function):
        if wired.user.type == _REST_INTEGRATION:
            yield from _ways_to_rest_integration(wired.user)
        elif wired.user.type == _INTEGRATION:
            yield from _ways_to_integration(wired.user)


def _ways_to_rest_integration(integration: Resource) -> Iterator[Way | None]:
    """How the internet reaches an integration of a REST API: by a method that asks for no authorization."""
    verb = integration.get("httpMethod").text
    place = integration.get("resourceId").targets(_REST_RESOURCE, _REST_API)
    methods = [method for each in place for method in each.referrers(_METHOD, "resourceId")]
    for api in integration.get("restApi").targets(_REST_API):
        is_open = _is_open(api)
        for method in methods:
            if method.get("httpMethod").text == verb and not method.get("apiKeyRequired").is_true:
                kind = method.get("authorization")
                way = Way((f"REST API '{api.name}'", f"method '{method.name}' (authorization {kind.shown})"))
                open_way = way.through(is_open)
                yield open_way and open_way.through(kind if kind.is_unknown else kind.text == "NONE")


@remembered
def _is_open(api: Resource) -> bool | Value:
    """Whether a REST API is open to everybody, by its kind of endpoint and its resource policy."""
    kinds = list(api.each("endpointConfiguration.types[]"))
    if any(kind.text == "PRIVATE" for kind in kinds):
        return False
    policies = [each.get("policy") for each in api.referrers("aws:apigateway/restApiPolicy:RestApiPolicy", "restApiId")]
    document = policies[0] if policies else api.get("policy")
    bounds = bounds_of(document)
    if unknown := next((kind for kind in kinds if kind.is_unknown), None):
        return unknown
    if document.is_unset or bounds is None:
        return document.is_unset or document
    least, most = (any(open_statements(each)) for each in (bounds.least, bounds.most))
    return least if least == most else bounds.first_doubt or document


def _ways_to_integration(integration: Resource) -> Iterator[Way | None]:
    """How the internet reaches an integration of an HTTP or WebSocket API: by a route without authorization."""
    for api in integration.get("apiId").targets(_API):
        asking = _connecting_routes(api) if api.get("protocolType").text == "WEBSOCKET" else None
        for route in asking if asking is not None else integration.referrers(_ROUTE, "target"):
            kind = route.get("authorizationType")
            way = Way((f"API '{api.name}'", f"route '{route.name}' (authorizationType {kind.shown})"))
            yield way.through(kind if kind.is_unknown else kind.text in ("", "NONE"))


@remembered
def _connecting_routes(api: Resource) -> list[Resource]:
    """The routes of a WebSocket API by which clients connect: the only ones that can ask for authorization."""
    return [route for route in api.referrers(_ROUTE, "apiId") if route.get("routeKey").text == "$connect"]


# Load balancers inside of a VPC


def ways_through_gateways(workload: Resource) -> Iterator[Way | None]:
    """How the internet reaches a workload behind a load balancer that API Gateway or CloudFront connects to."""
    for group in target_groups_of(workload):
        for listener in listeners_of(group):
            way = _way_to_listener(listener)
            yield way and way.then(f"target group '{group.name}'", f"'{workload.name}' ({workload.type})")


@remembered
def _way_to_listener(listener: Resource) -> Way | None:
    return None if asks_to_sign_in(listener) else surest(_ways_to_listener(listener))


def _ways_to_listener(listener: Resource) -> Iterator[Way | None]:
    for integration in listener.referrers(_INTEGRATION, "integrationUri"):
        for link in integration.get("connectionId").targets(_LINK):
            clients = link.get("securityGroupIds").targets(*GROUPS)
            for way in _ways_to_integration(integration):
                yield _inside(way, listener, f"VPC link '{link.name}'", clients)
    for balancer in listener.get("loadBalancerArn").targets(BALANCER):
        for link in balancer.referrers(_REST_LINK, "targetArn"):
            for integration in link.referrers(_REST_INTEGRATION, "connectionId"):
                for way in _ways_to_rest_integration(integration):
                    yield _inside(way, listener, f"VPC link '{link.name}'", [])
        for origin in balancer.referrers(_VPC_ORIGIN, "vpcOriginEndpointConfig"):
            if _speaks_to(origin, listener.get("port")):
                for distribution in origin.referrers(_DISTRIBUTION, "origins"):
                    way = Way((f"distribution '{distribution.name}'",)).through(_is_public(distribution))
                    yield _inside(way, listener, f"VPC origin '{origin.name}'", [])


def _inside(way: Way | None, listener: Resource, step: str, clients: list[Resource]) -> Way | None:
    """
    The way on through a listener, if the load balancer's groups let in what is connected to it.

    :param clients: the security groups of what is connected.
    """
    if not way:
        return None
    for balancer in listener.get("loadBalancerArn").targets(BALANCER):
        groups = balancer.get("securityGroups")
        is_let_in = groups.is_unset or any(_lets_in(group, clients) for group in groups.targets(*GROUPS))
        world = way_through_groups(groups)
        is_open = is_let_in or (world is not None and world.doubt is None)
        said = way.then(step, f"load balancer '{balancer.name}' (listener '{listener.name}')")
        return said.through(True if is_open else groups)
    return None


def _lets_in(group: Resource, clients: list[Resource]) -> bool:
    """Whether a security group surely lets in one of some others."""
    rules = (
        *(rule.get("sourceSecurityGroupId") for rule in group.referrers(RULE, "securityGroupId")),
        *(rule.get("referencedSecurityGroupId") for rule in group.referrers(INGRESS_RULE, "securityGroupId")),
        group.get("ingress"),
    )
    return any(client in rule.targets(*GROUPS) for rule in rules for client in clients)


def _speaks_to(origin: Resource, port: Value) -> bool:
    """Whether a VPC origin connects to a port, as far as is known."""
    ports = [origin.get(f"vpcOriginEndpointConfig.{name}") for name in ("httpPort", "httpsPort")]
    return port.number is None or any(each.is_unknown or each.number == port.number for each in ports)


def _is_public(distribution: Resource) -> bool | Value:
    """Whether a distribution answers everybody: it is enabled, and asks for no signature."""
    signers = (distribution.get(f"defaultCacheBehavior.trusted{kind}") for kind in ("KeyGroups", "Signers"))
    return is_on(distribution.get("enabled")) if all(each.is_unset for each in signers) else False
