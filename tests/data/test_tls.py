"""The tables of TLS versions, against what was read from AWS independently of them."""

from collections.abc import Mapping

import pytest

from policypack.data import tls

NAMED_BY_THE_LOWEST = {
    **tls.CLOUDFRONT_MINIMUM_PROTOCOLS,
    **tls.API_GATEWAY_SECURITY_POLICIES,
    **tls.OPENSEARCH_TLS_POLICIES,
}


@pytest.mark.parametrize("table", [tls.ELB_SECURITY_POLICIES, tls.CLASSIC_ELB_SECURITY_POLICIES])
def test_a_policy_accepts_one_or_more_of_the_protocols(table: Mapping[str, frozenset[str]]) -> None:
    for name, versions in table.items():
        assert versions, name
        assert versions <= set(tls.PROTOCOLS), name


def test_only_the_policies_named_tls13_accept_tls_1_3() -> None:
    for name, versions in tls.ELB_SECURITY_POLICIES.items():
        assert ("TLSv1.3" in versions) == ("-TLS13-" in name), name


@pytest.mark.parametrize("name", NAMED_BY_THE_LOWEST)
def test_the_lowest_version_is_one_of_the_protocols(name: str) -> None:
    assert NAMED_BY_THE_LOWEST[name] in tls.PROTOCOLS


def test_the_protocols_go_from_the_oldest_to_the_newest() -> None:
    assert tls.PROTOCOLS == ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")


# Answers of the API's DescribeSSLPolicies, as moto has them (getmoto/moto, moto/elbv2/responses.py); the names without
# TLS13 also in the tables of awsdocs/elb-application-load-balancers-user-guide, doc_source/create-https-listener.md.
@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("ELBSecurityPolicy-2016-08", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-2015-05", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-TLS-1-0-2015-04", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", {"TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-TLS-1-2-2017-01", {"TLSv1.2"}),
        ("ELBSecurityPolicy-TLS-1-2-Ext-2018-06", {"TLSv1.2"}),
        ("ELBSecurityPolicy-FS-2018-06", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-FS-1-1-2019-08", {"TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-FS-1-2-2019-08", {"TLSv1.2"}),
        ("ELBSecurityPolicy-FS-1-2-Res-2019-08", {"TLSv1.2"}),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", {"TLSv1.2"}),
        ("ELBSecurityPolicy-TLS13-1-0-2021-06", {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"}),
        ("ELBSecurityPolicy-TLS13-1-1-2021-06", {"TLSv1.1", "TLSv1.2", "TLSv1.3"}),
        ("ELBSecurityPolicy-TLS13-1-2-2021-06", {"TLSv1.2", "TLSv1.3"}),
        ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", {"TLSv1.2", "TLSv1.3"}),
        ("ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06", {"TLSv1.2", "TLSv1.3"}),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", {"TLSv1.2", "TLSv1.3"}),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", {"TLSv1.3"}),
    ],
)
def test_load_balancers_accept_what_the_api_describes(name: str, versions: set[str]) -> None:
    assert tls.ELB_SECURITY_POLICIES[name] == versions


# "Other methods (for example, the AWS CLI, AWS CloudFormation, and the AWS CDK)":
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
def test_the_default_of_load_balancers_still_accepts_tls_1_0() -> None:
    assert tls.ELB_DEFAULT_SECURITY_POLICY == "ELBSecurityPolicy-2016-08"
    assert "TLSv1" in tls.ELB_SECURITY_POLICIES[tls.ELB_DEFAULT_SECURITY_POLICY]


# awsdocs/elb-classic-load-balancers-user-guide, doc_source/elb-security-policy-table.md
@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("ELBSecurityPolicy-2016-08", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-TLS-1-1-2017-01", {"TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-TLS-1-2-2017-01", {"TLSv1.2"}),
        ("ELBSecurityPolicy-2015-05", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-2015-03", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
        ("ELBSecurityPolicy-2015-02", {"TLSv1", "TLSv1.1", "TLSv1.2"}),
    ],
)
def test_classic_load_balancers_accept_what_aws_documents(name: str, versions: set[str]) -> None:
    assert tls.CLASSIC_ELB_SECURITY_POLICIES[name] == versions


def test_classic_load_balancers_know_no_tls_1_3() -> None:
    assert all("TLSv1.3" not in versions for versions in tls.CLASSIC_ELB_SECURITY_POLICIES.values())


# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html
def test_cloudfront_accepts_what_aws_documents() -> None:
    assert tls.CLOUDFRONT_MINIMUM_PROTOCOLS == {
        "SSLv3": "SSLv3",
        "TLSv1": "TLSv1",
        "TLSv1_2016": "TLSv1",
        "TLSv1.1_2016": "TLSv1.1",
        "TLSv1.2_2018": "TLSv1.2",
        "TLSv1.2_2019": "TLSv1.2",
        "TLSv1.2_2021": "TLSv1.2",
        "TLSv1.2_2025": "TLSv1.2",
        "TLSv1.3_2025": "TLSv1.3",
    }


# https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies.html: "accepts TLS 1.3
# traffic and rejects TLS 1.2 and TLS 1.0 traffic".
def test_api_gateway_accepts_what_aws_documents() -> None:
    assert tls.API_GATEWAY_SECURITY_POLICIES["SecurityPolicy_TLS13_1_3_2025_09"] == "TLSv1.3"
    assert tls.API_GATEWAY_SECURITY_POLICIES["TLS_1_0"] == "TLSv1"
    assert tls.API_GATEWAY_SECURITY_POLICIES["TLS_1_2"] == "TLSv1.2"


def test_every_default_is_in_its_table() -> None:
    assert tls.CLASSIC_ELB_DEFAULT_SECURITY_POLICY in tls.CLASSIC_ELB_SECURITY_POLICIES
    assert tls.CLOUDFRONT_DEFAULT_MINIMUM_PROTOCOL in tls.CLOUDFRONT_MINIMUM_PROTOCOLS
