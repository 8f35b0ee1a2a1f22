"""Which TLS versions AWS's predefined security policies allow.

Services name a TLS configuration instead of listing versions, and the names mislead: `TLS13-1-0` still accepts
TLS 1.0, `FS-2018-06` says nothing of versions and accepts 1.0 too. So every name is listed with what AWS documents.
A name that is in no table here is not known to be good or bad: AWS adds policies several times a year.

What the sources do not say, or say elsewhere:

ELB_SECURITY_POLICIES, ELB_DEFAULT_SECURITY_POLICY
    The default is that of the API and of the provider; the console chooses another one. TLS-1-0-2015-04 is not on
    the pages any more; its versions are those of their 2018 edition.
CLASSIC_ELB_SECURITY_POLICIES
    2014-10, 2014-01 and 2011-08 are off the table now; theirs is from its 2015 edition.
*_RECOMMENDED_*
    What the controls FSBP ELB.17, CloudFront.15 and Opensearch.8 accept.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset(
        "TLS policies of load balancers",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html",
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/network/describe-ssl-policies.html",
            "https://aws.amazon.com/about-aws/whats-new/2026/08/aws-application-network/",
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html",
            "https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/ssl-config-update.html",
            "https://docs.aws.amazon.com/securityhub/latest/userguide/elb-controls.html",
        ),
    ),
    Dataset(
        "TLS policies of CloudFront",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/secure-connections-supported-viewer-protocols-ciphers.html",
            "https://docs.aws.amazon.com/cloudfront/latest/APIReference/API_ViewerCertificate.html",
            "https://docs.aws.amazon.com/securityhub/latest/userguide/cloudfront-controls.html",
        ),
    ),
    Dataset(
        "TLS policies of API Gateway",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html",
            "https://docs.aws.amazon.com/apigateway/latest/api/API_DomainName.html",
        ),
    ),
    Dataset(
        "TLS policies of OpenSearch Service",
        "2026-11-28",
        (
            "https://docs.aws.amazon.com/opensearch-service/latest/APIReference/API_DomainEndpointOptions.html",
            "https://github.com/aws/aws-cdk/issues/34658",
            "https://docs.aws.amazon.com/securityhub/latest/userguide/opensearch-controls.html",
        ),
    ),
)

# The protocol names used in every table below, oldest and weakest first.
PROTOCOLS: Final[tuple[str, ...]] = ("SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")

_FROM_1_0_TO_1_2: Final[frozenset[str]] = frozenset({"TLSv1", "TLSv1.1", "TLSv1.2"})
_FROM_1_0_TO_1_3: Final[frozenset[str]] = frozenset({"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"})
_FROM_1_1_TO_1_2: Final[frozenset[str]] = frozenset({"TLSv1.1", "TLSv1.2"})
_FROM_1_1_TO_1_3: Final[frozenset[str]] = frozenset({"TLSv1.1", "TLSv1.2", "TLSv1.3"})
_ONLY_1_2: Final[frozenset[str]] = frozenset({"TLSv1.2"})
_FROM_1_2_TO_1_3: Final[frozenset[str]] = frozenset({"TLSv1.2", "TLSv1.3"})
_ONLY_1_3: Final[frozenset[str]] = frozenset({"TLSv1.3"})

# Listeners of Application (HTTPS) and Network (TLS) Load Balancers: `sslPolicy` -> the versions it accepts.
# Neither kind of load balancer takes a custom policy, so this is the whole choice.
ELB_SECURITY_POLICIES: Final[Mapping[str, frozenset[str]]] = {
    # TLS 1.3 and post-quantum
    "ELBSecurityPolicy-TLS13-1-3-2021-06": _ONLY_1_3,
    "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09": _ONLY_1_3,
    "ELBSecurityPolicy-TLS13-1-2-2021-06": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext1-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext2-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-1-2021-06": _FROM_1_1_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-0-2021-06": _FROM_1_0_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-0-PQ-2025-09": _FROM_1_0_TO_1_3,
    # FIPS
    "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04": _ONLY_1_3,
    "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09": _ONLY_1_3,
    "ELBSecurityPolicy-TLS13-1-2-FIPS-2023-04": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-FIPS-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-2023-04": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext0-FIPS-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-2023-04": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext1-FIPS-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-2023-04": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-1-FIPS-2023-04": _FROM_1_1_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-0-FIPS-2023-04": _FROM_1_0_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-0-FIPS-PQ-2025-09": _FROM_1_0_TO_1_3,
    # RFC 9151 (CNSA 1.0)
    "ELBSecurityPolicy-TLS13-1-3-RFC9151-FIPS-2023-07": _ONLY_1_3,
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-FIPS-2023-07": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-Ext0-RFC9151-FIPS-2023-07": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP1-FIPS-2023-07": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP2-FIPS-2023-07": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP3-FIPS-2023-07": _FROM_1_2_TO_1_3,
    "ELBSecurityPolicy-TLS13-1-2-RFC9151-INTEROP4-FIPS-2023-07": _FROM_1_2_TO_1_3,
    # Forward secrecy, before TLS 1.3
    "ELBSecurityPolicy-FS-1-2-Res-2020-10": _ONLY_1_2,
    "ELBSecurityPolicy-FS-1-2-Res-2019-08": _ONLY_1_2,
    "ELBSecurityPolicy-FS-1-2-2019-08": _ONLY_1_2,
    "ELBSecurityPolicy-FS-1-1-2019-08": _FROM_1_1_TO_1_2,
    "ELBSecurityPolicy-FS-2018-06": _FROM_1_0_TO_1_2,
    # The oldest
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": _ONLY_1_2,
    "ELBSecurityPolicy-TLS-1-2-2017-01": _ONLY_1_2,
    "ELBSecurityPolicy-TLS-1-1-2017-01": _FROM_1_1_TO_1_2,
    "ELBSecurityPolicy-2016-08": _FROM_1_0_TO_1_2,
    "ELBSecurityPolicy-2015-05": _FROM_1_0_TO_1_2,  # the same as 2016-08; on the NLB page only
    "ELBSecurityPolicy-TLS-1-0-2015-04": _FROM_1_0_TO_1_2,  # on no page any more: see the docstring
}

# What an HTTPS or TLS listener gets when `sslPolicy` is absent: the API's default, which the provider leaves alone.
ELB_DEFAULT_SECURITY_POLICY: Final[str] = "ELBSecurityPolicy-2016-08"

# The policies that AWS recommends: TLS 1.2 with forward secrecy and GCM only, or TLS 1.3.
ELB_RECOMMENDED_POLICIES: Final[frozenset[str]] = frozenset(
    {
        "ELBSecurityPolicy-TLS13-1-3-2021-06",
        "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-3-FIPS-2023-04",
        "ELBSecurityPolicy-TLS13-1-3-FIPS-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
        "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
        "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04",
        "ELBSecurityPolicy-TLS13-1-2-Res-FIPS-PQ-2025-09",
    }
)

# Classic Load Balancers: the attribute `Reference-Security-Policy` of an SSLNegotiationPolicyType policy. There is no
# TLS 1.3 on Classic. A custom policy lists its versions as attributes instead: Protocol-SSLv3, Protocol-TLSv1,
# Protocol-TLSv1.1, Protocol-TLSv1.2. The ELBSample-* policies are predefined too; no page found says what they allow.
CLASSIC_ELB_SECURITY_POLICIES: Final[Mapping[str, frozenset[str]]] = {
    "ELBSecurityPolicy-TLS-1-2-2017-01": _ONLY_1_2,
    "ELBSecurityPolicy-TLS-1-1-2017-01": _FROM_1_1_TO_1_2,
    "ELBSecurityPolicy-2016-08": _FROM_1_0_TO_1_2,
    "ELBSecurityPolicy-2015-05": _FROM_1_0_TO_1_2,
    "ELBSecurityPolicy-2015-03": _FROM_1_0_TO_1_2,
    "ELBSecurityPolicy-2015-02": _FROM_1_0_TO_1_2,
    "ELBSecurityPolicy-2014-10": _FROM_1_0_TO_1_2,
    "ELBSecurityPolicy-2014-01": _FROM_1_0_TO_1_2 | {"SSLv3"},
    "ELBSecurityPolicy-2011-08": frozenset({"SSLv3", "TLSv1"}),
}

# What an HTTPS or SSL listener of a Classic Load Balancer gets without a policy.
CLASSIC_ELB_DEFAULT_SECURITY_POLICY: Final[str] = "ELBSecurityPolicy-2016-08"

# CloudFront: `viewerCertificate.minimumProtocolVersion` -> the lowest version it accepts.
# With `cloudfrontDefaultCertificate` CloudFront uses TLSv1, whatever this property says.
CLOUDFRONT_MINIMUM_PROTOCOLS: Final[Mapping[str, str]] = {
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

# The protocols that AWS recommends.
CLOUDFRONT_RECOMMENDED_PROTOCOLS: Final[frozenset[str]] = frozenset({"TLSv1.2_2021", "TLSv1.2_2025", "TLSv1.3_2025"})

# What the provider sends when `minimumProtocolVersion` is absent.
CLOUDFRONT_DEFAULT_MINIMUM_PROTOCOL: Final[str] = "TLSv1"

# API Gateway: `securityPolicy` of a domain name or REST API -> the lowest version it accepts.
# All values in the API reference; which of them fit a resource depends on its endpoint (the _EDGE ones: EDGE only).
API_GATEWAY_SECURITY_POLICIES: Final[Mapping[str, str]] = {
    "TLS_1_0": "TLSv1",
    "TLS_1_2": "TLSv1.2",
    # REGIONAL and PRIVATE
    "SecurityPolicy_TLS13_1_3_2025_09": "TLSv1.3",
    "SecurityPolicy_TLS13_1_3_FIPS_2025_09": "TLSv1.3",
    "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09": "TLSv1.2",
    "SecurityPolicy_TLS13_1_2_FIPS_PFS_PQ_2025_09": "TLSv1.2",
    "SecurityPolicy_TLS13_1_2_PQ_2025_09": "TLSv1.2",
    "SecurityPolicy_TLS13_1_2_2021_06": "TLSv1.2",
    # In the API reference but not in the guide's table of versions; by its name and its siblings, 1.2.
    "SecurityPolicy_TLS13_1_2_FIPS_PQ_2025_09": "TLSv1.2",
    # EDGE
    "SecurityPolicy_TLS13_2025_EDGE": "TLSv1.3",
    "SecurityPolicy_TLS12_PFS_2025_EDGE": "TLSv1.2",
    "SecurityPolicy_TLS12_2018_EDGE": "TLSv1.2",
}

# OpenSearch and Elasticsearch domains: `domainEndpointOptions.tlsSecurityPolicy` -> the lowest version it accepts.
OPENSEARCH_TLS_POLICIES: Final[Mapping[str, str]] = {
    "Policy-Min-TLS-1-0-2019-07": "TLSv1",
    "Policy-Min-TLS-1-2-2019-07": "TLSv1.2",
    "Policy-Min-TLS-1-2-PFS-2023-10": "TLSv1.2",
    # The API reference says TLS 1.3 with FIPS, the name says 1.2 at least: the lower one is listed.
    "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08": "TLSv1.2",
}

# What a domain without one gets since mid-2025.
OPENSEARCH_DEFAULT_TLS_POLICY: Final[str] = "Policy-Min-TLS-1-2-2019-07"

# The policies that AWS recommends.
OPENSEARCH_RECOMMENDED_POLICIES: Final[frozenset[str]] = frozenset({"Policy-Min-TLS-1-2-PFS-2023-10"})
