"""
Type tokens that mean the same AWS resource as another token.

pulumi-aws declares the `…V2` types of S3 as deprecated twins and the `applicationloadbalancing`,
`elasticloadbalancing` and `elasticloadbalancingv2` modules, `BucketObject` and `ConfgurationSet` as aliases; `alb` and
`lb` are both live, and are two modules for the one resource of the Elastic Load Balancing v2 API. pulumi-aws 6 has
other names for some types of WorkSpaces Web, Chime and Directory Service. Programs on older providers still send each
of them. Their property names are those of the canonical type, save for BucketV2, whose nested blocks have plural names.
"""

from collections.abc import Mapping
from typing import Final

from policypack.data import Dataset

DATASETS: Final = (
    Dataset("Type tokens of the same resource", "2026-11-21", ("https://pypi.org/project/pulumi-aws/7.51.1/",), 365),
)

_LOAD_BALANCING: Final = (
    "listener:Listener",
    "listenerCertificate:ListenerCertificate",
    "listenerRule:ListenerRule",
    "loadBalancer:LoadBalancer",
    "targetGroup:TargetGroup",
    "targetGroupAttachment:TargetGroupAttachment",
)
_CLASSIC_LOAD_BALANCING: Final = (
    "appCookieStickinessPolicy:AppCookieStickinessPolicy",
    "attachment:Attachment",
    "listenerPolicy:ListenerPolicy",
    "loadBalancer:LoadBalancer",
    "loadBalancerBackendServerPolicy:LoadBalancerBackendServerPolicy",
    "loadBalancerCookieStickinessPolicy:LoadBalancerCookieStickinessPolicy",
    "loadBalancerPolicy:LoadBalancerPolicy",
    "sslNegotiationPolicy:SslNegotiationPolicy",
)
_S3: Final = (
    "AccelerateConfiguration",
    "Acl",
    "CorsConfiguration",
    "LifecycleConfiguration",
    "Logging",
    "ObjectLockConfiguration",
    "RequestPaymentConfiguration",
    "ServerSideEncryptionConfiguration",
    "Versioning",
    "WebsiteConfiguration",
    "",
)

_WORKSPACES_WEB: Final = (
    "BrowserSettings",
    "DataProtectionSettings",
    "IpAccessSettings",
    "NetworkSettings",
    "UserAccessLoggingSettings",
    "UserSettings",
)

CANONICAL_TYPES: Final[Mapping[str, str]] = {
    **{
        f"aws:{module}/{type_}": f"aws:lb/{type_}"
        for module in ("alb", "applicationloadbalancing", "elasticloadbalancingv2")
        for type_ in _LOAD_BALANCING
    },
    **{f"aws:elasticloadbalancing/{type_}": f"aws:elb/{type_}" for type_ in _CLASSIC_LOAD_BALANCING},
    **{f"aws:s3/bucket{name}V2:Bucket{name}V2": f"aws:s3/bucket{name}:Bucket{name}" for name in _S3},
    "aws:s3/BucketObject:BucketObject": "aws:s3/bucketObjectv2:BucketObjectv2",
    **{
        f"aws:workspaces/web{name}:Web{name}": f"aws:workspacesweb/{name[0].lower()}{name[1:]}:{name}"
        for name in _WORKSPACES_WEB
    },
    "aws:chime/voiceConnectorOrganization:VoiceConnectorOrganization": (
        "aws:chime/voiceConnectorOrigination:VoiceConnectorOrigination"
    ),
    "aws:directoryservice/conditionalForwader:ConditionalForwader": (
        "aws:directoryservice/conditionalForwarder:ConditionalForwarder"
    ),
    "aws:directoryservice/logService:LogService": "aws:directoryservice/logSubscription:LogSubscription",
    "aws:ses/confgurationSet:ConfgurationSet": "aws:ses/configurationSet:ConfigurationSet",
}
"""Twin token -> the token that policies name."""
