"""Load balancers: that clients reach them over HTTPS."""

from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.testing import UNKNOWN, Secret, decide, ref, resource, urn
from tests.support import POLICIES, check

LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
LOAD_BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CLASSIC = "aws:elb/loadBalancer:LoadBalancer"
MODULES = ("lb", "alb", "applicationloadbalancing", "elasticloadbalancingv2")
LISTENERS = [f"aws:{module}/listener:Listener" for module in MODULES]
RULES = [f"aws:{module}/listenerRule:ListenerRule" for module in MODULES]
LOAD_BALANCERS = [f"aws:{module}/loadBalancer:LoadBalancer" for module in MODULES]
CLASSICS = [CLASSIC, "aws:elasticloadbalancing/loadBalancer:LoadBalancer"]

BALANCER_ARN = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:loadbalancer/app/web/1a2b"
CERTIFICATE = "arn:aws:acm:eu-west-1:111122223333:certificate/1a2b"
FORWARD = {"type": "forward", "targetGroupArn": UNKNOWN}
FIXED = {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
REDIRECT = {"protocol": "HTTPS", "port": "443", "statusCode": "HTTP_301"}


def redirect(**changes: Any) -> dict[str, Any]:
    return {"type": "redirect", "redirect": {**REDIRECT, **changes}}


def listener(*actions: Any, token: str = LISTENER, protocol: Any = "HTTP", port: Any = 80, **inputs: Any) -> Resource:
    return resource(token, "listener", protocol=protocol, port=port, defaultActions=list(actions), **inputs)


def balancer(token: str = LOAD_BALANCER, **inputs: Any) -> Resource:
    return resource(token, "web", **inputs)


def classic(*listeners: Any, token: str = CLASSIC, **inputs: Any) -> Resource:
    return resource(token, "classic", listeners=list(listeners), **inputs)


# alb-https-listener


@pytest.mark.parametrize("token", LISTENERS)
def test_a_plain_http_listener_that_forwards_is_a_violation(token: str) -> None:
    decision = check("alb-https-listener", listener(FORWARD, token=token))
    assert decision.violations == ["listener.defaultActions[0].type"]
    assert 'defaultActions[0].type is "forward" on a listener for plain HTTP' in decision.messages[0]
    assert 'redirect.protocol "HTTPS", redirect.port "443" and redirect.statusCode "HTTP_301"' in decision.messages[0]


@pytest.mark.parametrize("token", LISTENERS)
@pytest.mark.parametrize("action", [redirect(), FIXED])
def test_a_plain_http_listener_that_redirects_or_answers_itself_complies(token: str, action: Any) -> None:
    assert check("alb-https-listener", listener(action, token=token)).is_clean


@pytest.mark.parametrize("protocol", ["HTTPS", "TCP", "TLS", "UDP", "TCP_UDP", "GENEVE"])
def test_other_protocols_may_forward(protocol: str) -> None:
    assert check("alb-https-listener", listener(FORWARD, protocol=protocol, port=443)).is_clean


@pytest.mark.parametrize("protocol", [None, ""])
@pytest.mark.parametrize("port", [80, 8080, "80", UNKNOWN])
def test_a_listener_without_protocol_speaks_plain_http(protocol: Any, port: Any) -> None:
    decision = check("alb-https-listener", listener(FORWARD, protocol=protocol, port=port))
    assert decision.violations == ["listener.defaultActions[0].type"]


@pytest.mark.parametrize("protocol", ["http", "Http", Secret("HTTP")])
def test_plain_http_is_plain_http_however_it_is_written(protocol: Any) -> None:
    assert check("alb-https-listener", listener(FORWARD, protocol=protocol)).violations


@pytest.mark.parametrize("unset", [None, 0])
def test_a_listener_of_a_gateway_load_balancer_has_neither_protocol_nor_port(unset: Any) -> None:
    assert check("alb-https-listener", listener(FORWARD, protocol=None, port=unset)).is_clean


@pytest.mark.parametrize("protocol", [UNKNOWN, Secret(UNKNOWN)])
def test_a_listener_of_unknown_protocol_is_undecided(protocol: Any) -> None:
    decision = check("alb-https-listener", listener(FORWARD, protocol=protocol))
    assert decision.violations == []
    assert decision.undecided == ["listener.protocol"]


@pytest.mark.parametrize("protocol", ["#{protocol}", "HTTP", None, "", Secret("HTTP")])
def test_a_redirect_that_keeps_plain_http_is_a_violation(protocol: Any) -> None:
    action = redirect(protocol=protocol)
    decision = decide(POLICIES["alb-https-listener"], listener(action))
    assert decision.violations == ["listener.defaultActions[0].redirect.protocol"]
    assert "the redirect leads to plain HTTP again" in decision.messages[0]
    if isinstance(protocol, Secret):
        assert '"HTTP"' not in decision.messages[0]
        return
    assert check("alb-https-listener", listener(action)).violations == decision.violations


def test_a_redirect_says_what_protocol_was_found() -> None:
    message = check("alb-https-listener", listener(redirect(protocol="#{protocol}"))).messages[0]
    assert 'defaultActions[0].redirect.protocol is "#{protocol}"' in message


def test_only_a_permanent_redirect_complies_unless_config_says_otherwise() -> None:
    temporary = listener(redirect(statusCode="HTTP_302"))
    decision = check("alb-https-listener", temporary)
    assert decision.violations == ["listener.defaultActions[0].redirect.statusCode"]
    assert 'statusCode is "HTTP_302"' in decision.messages[0]
    assert "the redirect is temporary" in decision.messages[0]
    assert 'Set defaultActions[0].redirect.statusCode to "HTTP_301".' in decision.messages[0]
    assert check("alb-https-listener", temporary, config={"redirectCodes": ["HTTP_301", "HTTP_302"]}).is_clean
    only_temporary = {"redirectCodes": ["HTTP_302"]}
    assert check("alb-https-listener", listener(redirect()), config=only_temporary).violations


@pytest.mark.parametrize(
    ("action", "path"),
    [
        (redirect(protocol=UNKNOWN), "redirect.protocol"),
        (redirect(statusCode=UNKNOWN), "redirect.statusCode"),
        ({"type": UNKNOWN, "redirect": REDIRECT}, "type"),
        (redirect(protocol=Secret(UNKNOWN)), "redirect.protocol"),
    ],
)
def test_an_unknown_part_of_a_redirect_is_undecided(action: Any, path: str) -> None:
    decision = check("alb-https-listener", listener(action))
    assert decision.violations == []
    assert decision.undecided == [f"listener.defaultActions[0].{path}"]


@pytest.mark.parametrize("actions", [UNKNOWN, [UNKNOWN]])
def test_unknown_actions_are_undecided(actions: Any) -> None:
    unknown = resource(LISTENER, "listener", protocol="HTTP", port=80, defaultActions=actions)
    decision = check("alb-https-listener", unknown)
    assert decision.violations == []
    assert decision.undecided


def test_a_redirect_that_is_known_to_stay_is_a_violation_whatever_its_code() -> None:
    decision = check("alb-https-listener", listener(redirect(protocol="HTTP", statusCode=UNKNOWN)))
    assert decision.violations == ["listener.defaultActions[0].redirect.protocol"]


def test_an_action_is_judged_in_any_letter_case() -> None:
    assert check("alb-https-listener", listener({**redirect(protocol="https"), "type": "REDIRECT"})).is_clean
    assert check("alb-https-listener", listener({**FIXED, "type": "Fixed-Response"})).is_clean
    assert check("alb-https-listener", listener({**FORWARD, "type": "FORWARD"})).violations


def test_each_action_is_judged() -> None:
    decision = check("alb-https-listener", listener(redirect(), FORWARD, FIXED, {"type": "authenticate-oidc"}))
    assert decision.violations == ["listener.defaultActions[1].type", "listener.defaultActions[3].type"]


def test_secret_actions_are_judged_alike_and_not_shown() -> None:
    assert check("alb-https-listener", listener(redirect(protocol=Secret("HTTPS")))).is_clean
    decision = decide(POLICIES["alb-https-listener"], listener({"type": Secret("forward")}))
    assert decision.violations == ["listener.defaultActions[0].type"]
    assert "type is [secret]" in decision.messages[0]


# alb-https-listener: allowInternal

ALLOW_INTERNAL = {"allowInternal": True}


@pytest.mark.parametrize("token", LOAD_BALANCERS)
def test_config_can_allow_plain_http_on_internal_load_balancers(token: str) -> None:
    internal = balancer(token, internal=True)
    attached = listener(FORWARD, loadBalancerArn=ref(internal))
    assert check("alb-https-listener", internal, attached, config=ALLOW_INTERNAL).is_clean
    assert check("alb-https-listener", internal, attached).violations == ["listener.defaultActions[0].type"]
    not_allowed = check("alb-https-listener", internal, attached, config={"allowInternal": False})
    assert not_allowed.violations == ["listener.defaultActions[0].type"]


@pytest.mark.parametrize("internal", [False, None, "false"])
def test_public_load_balancers_are_not_internal(internal: Any) -> None:
    public = balancer(internal=internal)
    attached = listener(FORWARD, loadBalancerArn=ref(public))
    decision = check("alb-https-listener", public, attached, config=ALLOW_INTERNAL)
    assert decision.violations == ["listener.defaultActions[0].type"]
    assert decision.undecided == []


@pytest.mark.parametrize(("internal", "violations"), [(True, 0), (False, 1)])
def test_the_load_balancer_is_found_by_its_arn_after_an_update(internal: bool, violations: int) -> None:
    # Through pulumi_policy a resource policy never sees the load balancer, so only ours is asked.
    found = balancer(internal=internal, with_outputs={"arn": BALANCER_ARN})
    attached = listener(FORWARD, loadBalancerArn=BALANCER_ARN)
    decision = decide(POLICIES["alb-https-listener"], found, attached, config=ALLOW_INTERNAL)
    assert len(decision.violations) == violations
    assert decision.undecided == []


@pytest.mark.parametrize("arn", [UNKNOWN, BALANCER_ARN, ref(urn(LOAD_BALANCER, "read-with-get"))])
def test_a_listener_of_a_load_balancer_outside_of_the_stack_is_undecided(arn: Any) -> None:
    attached = listener(FORWARD, loadBalancerArn=arn)
    decision = check("alb-https-listener", balancer(internal=True), attached, config=ALLOW_INTERNAL)
    assert decision.violations == []
    assert decision.undecided == ["listener.loadBalancerArn"]


def test_a_listener_of_a_load_balancer_that_may_be_internal_is_undecided() -> None:
    unknown = balancer(internal=UNKNOWN)
    attached = listener(FORWARD, loadBalancerArn=ref(unknown))
    decision = check("alb-https-listener", unknown, attached, config=ALLOW_INTERNAL)
    assert decision.violations == []
    assert decision.undecided == ["listener.loadBalancerArn"]


# alb-https-listener: Classic Load Balancers


@pytest.mark.parametrize("token", CLASSICS)
@pytest.mark.parametrize("protocol", ["http", "HTTP"])
def test_a_classic_http_listener_is_a_violation(token: str, protocol: str) -> None:
    decision = check("alb-https-listener", classic({"lbProtocol": protocol, "lbPort": 80}, token=token))
    assert decision.violations == ["classic.listeners[0].lbProtocol"]
    assert f'listeners[0].lbProtocol is "{protocol}"' in decision.messages[0]
    assert (
        'Set listeners[0].lbProtocol to "https", lbPort to 443 and sslCertificateId to the ARN' in decision.messages[0]
    )


@pytest.mark.parametrize("protocol", ["https", "HTTPS", "ssl", "tcp", Secret("https")])
def test_other_classic_listeners_comply(protocol: Any) -> None:
    assert check("alb-https-listener", classic({"lbProtocol": protocol, "lbPort": 443})).is_clean


@pytest.mark.parametrize("token", CLASSICS)
def test_config_can_allow_plain_http_on_internal_classic_load_balancers(token: str) -> None:
    internal = classic({"lbProtocol": "http"}, token=token, internal=True)
    assert check("alb-https-listener", internal, config=ALLOW_INTERNAL).is_clean
    assert check("alb-https-listener", internal).violations
    public = classic({"lbProtocol": "http"}, token=token, internal=False)
    assert check("alb-https-listener", public, config=ALLOW_INTERNAL).violations


def test_a_classic_load_balancer_that_may_be_internal_is_undecided() -> None:
    unknown = classic({"lbProtocol": "http"}, internal=UNKNOWN)
    decision = check("alb-https-listener", unknown, config=ALLOW_INTERNAL)
    assert decision.violations == []
    assert decision.undecided == ["classic.internal"]
    assert check("alb-https-listener", unknown).violations == ["classic.listeners[0].lbProtocol"]


@pytest.mark.parametrize("listeners", [UNKNOWN, [UNKNOWN], [{"lbProtocol": UNKNOWN}], [{"lbProtocol": "tcp"}, UNKNOWN]])
def test_an_unknown_classic_listener_is_undecided(listeners: Any) -> None:
    decision = check("alb-https-listener", resource(CLASSIC, listeners=listeners))
    assert decision.violations == []
    assert len(decision.undecided) == 1


def test_a_secret_classic_protocol_is_not_shown() -> None:
    decision = decide(POLICIES["alb-https-listener"], classic({"lbProtocol": Secret("http")}))
    assert "lbProtocol is [secret]" in decision.messages[0]


# alb-https-listener-rule


def rule(arn: Any, *actions: Any, token: str = RULE) -> Resource:
    return resource(token, "rule", listenerArn=arn, actions=list(actions))


@pytest.mark.parametrize("token", RULES)
@pytest.mark.parametrize("listener_token", LISTENERS)
def test_a_rule_of_a_plain_http_listener_that_forwards_is_a_violation(token: str, listener_token: str) -> None:
    attached = listener(redirect(), token=listener_token)
    decision = check("alb-https-listener-rule", attached, rule(ref(attached), FORWARD, token=token))
    assert decision.violations == ["rule.actions[0].type"]
    assert 'actions[0].type is "forward"' in decision.messages[0]
    assert "Set listenerArn to the ARN of the HTTPS listener." in decision.messages[0]


@pytest.mark.parametrize("action", [redirect(), FIXED])
def test_a_rule_of_a_plain_http_listener_may_redirect_or_answer(action: Any) -> None:
    attached = listener(redirect())
    assert check("alb-https-listener-rule", attached, rule(ref(attached), action)).is_clean


def test_a_rule_of_an_https_listener_may_forward() -> None:
    attached = listener(FORWARD, protocol="HTTPS", port=443)
    assert check("alb-https-listener-rule", attached, rule(ref(attached), FORWARD)).is_clean


@pytest.mark.parametrize("port", [80, 8080])
def test_a_rule_of_a_listener_without_protocol_may_not_forward(port: int) -> None:
    attached = listener(redirect(), protocol=None, port=port)
    assert check("alb-https-listener-rule", attached, rule(ref(attached), FORWARD)).violations


def test_the_listener_of_a_rule_is_found_by_its_arn_after_an_update() -> None:
    attached = resource(LISTENER, "http", protocol="HTTP", port=80, with_outputs={"arn": "arn:http"})
    assert check("alb-https-listener-rule", attached, rule("arn:http", FORWARD)).violations
    assert check("alb-https-listener-rule", attached, rule("arn:https", FORWARD)).is_clean


def test_a_rule_belongs_to_one_of_several_listeners() -> None:
    http = resource(LISTENER, "http", protocol="HTTP", port=80)
    https = resource(LISTENER, "https", protocol="HTTPS", port=443)
    assert check("alb-https-listener-rule", http, https, rule(ref(https), FORWARD)).is_clean
    assert check("alb-https-listener-rule", http, https, rule(ref(http), FORWARD)).violations


@pytest.mark.parametrize("internal", [True, False])
def test_config_can_allow_rules_on_internal_load_balancers(internal: bool) -> None:
    found = balancer(internal=internal)
    attached = listener(redirect(), loadBalancerArn=ref(found))
    resources = (found, attached, rule(ref(attached), FORWARD))
    assert check("alb-https-listener-rule", *resources).violations
    assert bool(check("alb-https-listener-rule", *resources, config=ALLOW_INTERNAL).violations) is not internal


def test_config_says_with_which_code_a_rule_redirects() -> None:
    attached = listener(redirect())
    temporary = rule(ref(attached), redirect(statusCode="HTTP_302"))
    assert check("alb-https-listener-rule", attached, temporary).violations == ["rule.actions[0].redirect.statusCode"]
    assert check("alb-https-listener-rule", attached, temporary, config={"redirectCodes": ["HTTP_302"]}).is_clean


def test_an_unknown_action_of_a_rule_is_undecided() -> None:
    attached = listener(redirect())
    decision = check("alb-https-listener-rule", attached, rule(ref(attached), redirect(protocol=UNKNOWN)))
    assert decision.violations == []
    assert decision.undecided == ["rule.actions[0].redirect.protocol"]


def test_a_rule_of_an_unknown_listener_is_undecided() -> None:
    decision = check("alb-https-listener-rule", listener(redirect()), rule(UNKNOWN, FORWARD))
    assert decision.violations == []
    assert decision.undecided == ["rule.listenerArn"]


def test_a_rule_of_a_listener_of_unknown_protocol_is_undecided() -> None:
    attached = listener(FORWARD, protocol=UNKNOWN)
    decision = check("alb-https-listener-rule", attached, rule(ref(attached), FORWARD))
    assert decision.violations == []
    assert decision.undecided == ["listener.protocol"]


@pytest.mark.parametrize("found", [[], [balancer(internal=UNKNOWN)]], ids=["no-load-balancer", "load-balancer"])
def test_a_rule_of_a_load_balancer_that_may_be_internal_is_undecided(found: list[Resource]) -> None:
    attached = listener(redirect(), loadBalancerArn=ref(found[0]) if found else UNKNOWN)
    resources = (*found, attached, rule(ref(attached), FORWARD))
    decision = check("alb-https-listener-rule", *resources, config=ALLOW_INTERNAL)
    assert decision.violations == []
    assert decision.undecided == ["listener.loadBalancerArn"]
    assert check("alb-https-listener-rule", *resources).violations == ["rule.actions[0].type"]


def test_a_secret_action_of_a_rule_is_not_shown() -> None:
    attached = listener(redirect())
    decision = decide(POLICIES["alb-https-listener-rule"], attached, rule(ref(attached), {"type": Secret("forward")}))
    assert "type is [secret]" in decision.messages[0]


# alb-https-listener-present


@pytest.mark.parametrize("token", LOAD_BALANCERS)
def test_a_load_balancer_without_listeners_is_a_violation(token: str) -> None:
    decision = check("alb-https-listener-present", balancer(token))
    assert decision.violations == ["web"]
    assert "The load balancer has no HTTPS listener." in decision.messages[0]
    assert 'Add an aws.lb.Listener with port 443, protocol "HTTPS", a certificateArn' in decision.messages[0]


@pytest.mark.parametrize("token", LOAD_BALANCERS)
@pytest.mark.parametrize("listener_token", LISTENERS)
def test_a_load_balancer_with_an_https_listener_complies(token: str, listener_token: str) -> None:
    web = balancer(token)
    http = resource(listener_token, "http", loadBalancerArn=ref(web), protocol="HTTP", port=80)
    https = resource(listener_token, "https", loadBalancerArn=ref(web), protocol="HTTPS", port=443)
    assert check("alb-https-listener-present", web, http, https).is_clean


@pytest.mark.parametrize("protocol", ["HTTPS", "https", Secret("HTTPS")])
def test_the_https_listener_is_found_by_the_arn_after_an_update(protocol: Any) -> None:
    web = balancer(with_outputs={"arn": BALANCER_ARN})
    attached = listener(FORWARD, protocol=protocol, port=443, loadBalancerArn=BALANCER_ARN)
    assert check("alb-https-listener-present", web, attached).is_clean


def test_a_load_balancer_with_plain_listeners_only_is_a_violation_that_names_them() -> None:
    web = balancer()
    listeners = [
        resource(LISTENER, "default", loadBalancerArn=ref(web), port=80),
        resource(LISTENER, "other", loadBalancerArn=ref(web), port=8080, protocol="HTTP"),
    ]
    decision = check("alb-https-listener-present", web, *listeners)
    assert decision.violations == ["web"]
    assert 'The load balancer has listeners for "HTTP" only, and none for HTTPS.' in decision.messages[0]


def test_a_load_balancer_with_listeners_of_several_other_protocols_is_a_violation_that_names_them() -> None:
    web = balancer()
    protocols = ("UDP", "TCP", "UDP")
    listeners = [resource(LISTENER, f"{i}", loadBalancerArn=ref(web), protocol=p) for i, p in enumerate(protocols)]
    message = check("alb-https-listener-present", web, *listeners).messages[0]
    assert 'The load balancer has listeners for "TCP" and "UDP" only, and none for HTTPS.' in message


def test_the_protocol_of_another_listener_is_not_shown_when_secret() -> None:
    web = balancer()
    other = listener(protocol=Secret("TCP_UDP"), loadBalancerArn=ref(web))
    message = decide(POLICIES["alb-https-listener-present"], web, other).messages[0]
    assert "The load balancer has listeners for [secret] only, and none for HTTPS." in message


def test_the_https_listener_of_another_load_balancer_does_not_count() -> None:
    web, api = balancer(), resource(LOAD_BALANCER, "api")
    https = listener(FORWARD, protocol="HTTPS", port=443, loadBalancerArn=ref(api))
    decision = check("alb-https-listener-present", web, api, https)
    assert decision.violations == ["web"]
    assert decision.undecided == []


@pytest.mark.parametrize("kind", ["network", "gateway"])
def test_other_kinds_of_load_balancer_need_no_https_listener(kind: str) -> None:
    assert check("alb-https-listener-present", balancer(loadBalancerType=kind)).is_clean


@pytest.mark.parametrize("kind", ["application", "", None, Secret("application")])
def test_application_is_the_default_kind(kind: Any) -> None:
    assert check("alb-https-listener-present", balancer(loadBalancerType=kind)).violations == ["web"]


def test_internal_load_balancers_need_an_https_listener_only_if_config_says_so() -> None:
    internal = balancer(internal=True)
    assert check("alb-https-listener-present", internal).is_clean
    assert check("alb-https-listener-present", internal, config={"includeInternal": False}).is_clean
    assert check("alb-https-listener-present", internal, config={"includeInternal": True}).violations == ["web"]
    public = balancer(internal=False)
    assert check("alb-https-listener-present", public, config={"includeInternal": False}).violations == ["web"]


@pytest.mark.parametrize(("key", "value"), [("loadBalancerType", UNKNOWN), ("internal", UNKNOWN)])
def test_a_load_balancer_of_unknown_kind_is_undecided(key: str, value: Any) -> None:
    decision = check("alb-https-listener-present", balancer(**{key: value}))
    assert decision.violations == []
    assert decision.undecided == [f"web.{key}"]


def test_whether_it_is_internal_does_not_matter_where_internal_ones_need_https_too() -> None:
    decision = check("alb-https-listener-present", balancer(internal=UNKNOWN), config={"includeInternal": True})
    assert decision.violations == ["web"]
    assert decision.undecided == []


def test_a_load_balancer_whose_listener_has_an_unknown_protocol_is_undecided() -> None:
    web = balancer()
    decision = check("alb-https-listener-present", web, listener(protocol=UNKNOWN, loadBalancerArn=ref(web)))
    assert decision.violations == []
    assert decision.undecided == ["listener.protocol"]


@pytest.mark.parametrize("protocol", ["HTTPS", UNKNOWN])
def test_an_https_listener_of_an_unknown_load_balancer_leaves_it_undecided(protocol: Any) -> None:
    https = listener(FORWARD, protocol=protocol, port=443, loadBalancerArn=UNKNOWN)
    decision = check("alb-https-listener-present", balancer(), https)
    assert decision.violations == []
    assert decision.undecided == ["listener.loadBalancerArn"]


def test_a_listener_of_an_unknown_load_balancer_leaves_it_undecided() -> None:
    http = listener(redirect(), loadBalancerArn=UNKNOWN)
    decision = check("alb-https-listener-present", balancer(), http)
    assert (decision.violations, decision.undecided) == ([], ["listener.loadBalancerArn"])


def test_an_https_listener_of_a_load_balancer_outside_of_the_stack_changes_nothing() -> None:
    # pulumi_policy's arguments have no dependency on a resource that is not in the stack, so only ours are asked.
    elsewhere = ref(urn("aws:alb/loadBalancer:LoadBalancer", "read-with-get"))
    https = listener(FORWARD, protocol="HTTPS", port=443, loadBalancerArn=elsewhere)
    decision = decide(POLICIES["alb-https-listener-present"], balancer(), https)
    assert decision.violations == ["web"]
    assert decision.undecided == []


# alb-listener-certificate


@pytest.mark.parametrize("protocol", ["HTTPS", "https", "TLS", Secret("HTTPS")])
@pytest.mark.parametrize("certificate", [None, "", Secret("")])
def test_a_listener_without_a_certificate_is_a_violation(protocol: Any, certificate: Any) -> None:
    decision = check("alb-listener-certificate", listener(protocol=protocol, certificateArn=certificate))
    assert decision.violations == ["listener.certificateArn"]
    assert "certificateArn is not set" in decision.messages[0]
    assert "Fix: Set certificateArn to the ARN of an aws.acm.Certificate" in decision.messages[0]


@pytest.mark.parametrize("protocol", ["HTTPS", "TLS"])
@pytest.mark.parametrize("certificate", [CERTIFICATE, UNKNOWN, Secret(CERTIFICATE), Secret(UNKNOWN)])
def test_a_listener_with_a_certificate_complies(protocol: str, certificate: Any) -> None:
    assert check("alb-listener-certificate", listener(protocol=protocol, certificateArn=certificate)).is_clean


@pytest.mark.parametrize("protocol", ["HTTP", "TCP", "UDP", None])
def test_plain_listeners_need_no_certificate(protocol: str | None) -> None:
    assert check("alb-listener-certificate", listener(protocol=protocol)).is_clean


@pytest.mark.parametrize(
    ("unknown", "place"),
    [
        (listener(protocol=UNKNOWN), "listener.protocol"),
        (classic({"lbProtocol": UNKNOWN}), "classic.listeners[0].lbProtocol"),
    ],
    ids=["listener", "classic"],
)
def test_a_listener_of_unknown_protocol_without_a_certificate_is_undecided(unknown: Resource, place: str) -> None:
    decision = check("alb-listener-certificate", unknown)
    assert decision.violations == []
    assert decision.undecided == [place]


@pytest.mark.parametrize("certificate", [CERTIFICATE, UNKNOWN])
def test_a_listener_of_unknown_protocol_with_a_certificate_complies(certificate: Any) -> None:
    assert check("alb-listener-certificate", listener(protocol=UNKNOWN, certificateArn=certificate)).is_clean


@pytest.mark.parametrize("token", CLASSICS)
@pytest.mark.parametrize("protocol", ["https", "HTTPS", "ssl"])
def test_classic_listeners_need_a_certificate_too(token: str, protocol: str) -> None:
    good = {"lbProtocol": protocol, "sslCertificateId": CERTIFICATE}
    unknown = {"lbProtocol": protocol, "sslCertificateId": UNKNOWN}
    bad = {"lbProtocol": protocol}
    decision = check("alb-listener-certificate", classic(good, bad, unknown, {"lbProtocol": "tcp"}, token=token))
    assert decision.violations == ["classic.listeners[1].sslCertificateId"]


# nlb-tls-listener


@pytest.mark.parametrize("token", LISTENERS)
@pytest.mark.parametrize("protocol", ["TCP", "tcp", "TCP_UDP"])
@pytest.mark.parametrize(("port", "shown"), [(443, "443"), (8443.0, "8443"), ("443", '"443"')])
def test_plain_tcp_on_a_port_for_tls_is_a_violation(token: str, protocol: str, port: Any, shown: str) -> None:
    decision = check("nlb-tls-listener", listener(token=token, protocol=protocol, port=port))
    assert decision.violations == ["listener.protocol"]
    message = f'protocol is "{protocol}" on port {shown}: the load balancer serves no TLS there.'
    assert message in decision.messages[0]
    assert 'Set protocol to "TLS" and certificateArn to the ARN of a certificate' in decision.messages[0]


@pytest.mark.parametrize(
    ("protocol", "port"),
    [("TLS", 443), ("TCP", 5432), ("UDP", 443), ("HTTPS", 443), (None, 443), ("TCP", None), (Secret("TLS"), 443)],
)
def test_tls_and_other_ports_comply(protocol: Any, port: Any) -> None:
    assert check("nlb-tls-listener", listener(protocol=protocol, port=port)).is_clean


def target_group(kind: Any) -> Resource:
    return resource("aws:lb/targetGroup:TargetGroup", "targets", targetType=kind)


def forward_blocks(group: Resource) -> dict[str, Any]:
    return {"type": "forward", "forward": {"targetGroups": [{"arn": ref(group)}]}}


def test_an_application_load_balancer_behind_it_serves_tls() -> None:
    group = target_group("alb")
    for action in ({"type": "forward", "targetGroupArn": ref(group)}, forward_blocks(group)):
        assert check("nlb-tls-listener", group, listener(action, protocol="TCP", port=443)).is_clean


@pytest.mark.parametrize("kind", ["ip", "instance", None])
def test_targets_of_other_kinds_do_not_count_as_serving_tls(kind: str | None) -> None:
    group = target_group(kind)
    plain = listener(forward_blocks(group), protocol="TCP", port=443)
    assert check("nlb-tls-listener", group, plain).violations == ["listener.protocol"]


def test_the_targets_of_another_listener_do_not_count() -> None:
    group = target_group("alb")
    other = resource(LISTENER, "other", protocol="TCP", port=443, defaultActions=[forward_blocks(group)])
    plain = listener(FORWARD, protocol="TCP", port=443)
    assert check("nlb-tls-listener", group, other, plain).violations == ["listener.protocol"]


@pytest.mark.parametrize(
    ("protocol", "port", "path"),
    [
        (UNKNOWN, 443, "protocol"),
        ("TCP", UNKNOWN, "port"),
        ("tcp_udp", UNKNOWN, "port"),
        (UNKNOWN, UNKNOWN, "protocol"),
    ],
)
def test_a_listener_of_unknown_protocol_or_port_is_undecided(protocol: Any, port: Any, path: str) -> None:
    decision = check("nlb-tls-listener", listener(protocol=protocol, port=port))
    assert decision.violations == []
    assert decision.undecided == [f"listener.{path}"]


@pytest.mark.parametrize(("protocol", "port"), [(UNKNOWN, 80), ("TLS", UNKNOWN), ("HTTPS", UNKNOWN)])
def test_what_is_unknown_does_not_matter_where_the_rest_complies(protocol: Any, port: Any) -> None:
    assert check("nlb-tls-listener", listener(protocol=protocol, port=port)).is_clean


def test_config_says_which_ports_are_for_tls() -> None:
    config = {"tlsPorts": [6514.0]}
    assert check("nlb-tls-listener", listener(protocol="TCP", port=6514), config=config).violations
    assert check("nlb-tls-listener", listener(protocol="TCP", port=443), config=config).is_clean
    assert check("nlb-tls-listener", listener(protocol="TCP", port=443), config={"tlsPorts": []}).is_clean


def test_a_secret_protocol_or_port_is_not_shown() -> None:
    decision = decide(POLICIES["nlb-tls-listener"], listener(protocol=Secret("TCP"), port=Secret(443)))
    assert "protocol is [secret] on port [secret]:" in decision.messages[0]


# Config


@pytest.mark.parametrize(
    ("policy_id", "config", "said"),
    [
        ("alb-https-listener", {"allowInternal": "yes"}, "it must be true or false"),
        ("alb-https-listener", {"redirectCodes": "HTTP_301"}, "a list, each entry a string"),
        ("alb-https-listener", {"redirectCode": []}, "did you mean 'redirectCodes'?"),
        ("alb-https-listener-rule", {"allowInternal": 1.0}, "it must be true or false"),
        ("alb-https-listener-rule", {"redirectCodes": [301.0]}, "config key 'redirectCodes[0]'"),
        ("alb-https-listener-present", {"includeInternal": None}, "it must be true or false"),
        ("nlb-tls-listener", {"tlsPorts": [443.5]}, "a list, each entry an integer"),
        ("alb-listener-certificate", {"allowInternal": True}, "it takes no config"),
    ],
)
def test_config_that_does_not_fit_is_refused(policy_id: str, config: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=policy_id) as caught:
        check(policy_id, listener(), config=config)
    assert said in str(caught.value)


# One cause, one finding


def test_a_load_balancer_for_plain_http_is_one_finding() -> None:
    web = balancer()
    group = resource("aws:ec2/securityGroup:SecurityGroup", "g", ingress=[])
    for action, count in ((FORWARD, 0), (redirect(), 1)):
        plain = listener(action, loadBalancerArn=ref(web), port=80)
        assert len(check("alb-https-listener-present", web, plain, group).violations) == count
        assert len(check("alb-https-listener", web, plain, group).violations) == 1 - count


@pytest.mark.parametrize("code", ["301", 301, "302", "HTTP_308", "", None])
def test_a_status_code_that_aws_refuses_is_told_so(code: Any) -> None:
    [message] = check("alb-https-listener", listener(redirect(statusCode=code))).messages
    assert "AWS refuses it, and accepts only HTTP_301 or HTTP_302." in message
    assert 'Fix: Set defaultActions[0].redirect.statusCode to "HTTP_301".' in message


def test_the_config_that_answers_a_finding_is_named() -> None:
    http = listener(FORWARD)
    assert "set allowInternal to true in this policy's config" in check("alb-https-listener", http).messages[0]
    classic = resource("aws:elb/loadBalancer:LoadBalancer", listeners=[{"lbProtocol": "http"}])
    assert "set allowInternal to true in this policy's config" in check("alb-https-listener", classic).messages[0]
