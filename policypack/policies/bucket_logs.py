"""Buckets for access logs: which S3 buckets get logs that S3 can deliver with SSE-S3 only."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Final

from policypack.data.wirings import LOAD_BALANCER_ACCOUNTS
from policypack.iam import Statement
from policypack.iam.arns import account_of_principal
from policypack.model import Resource, remembered
from policypack.policies.buckets import (
    BUCKET,
    GROUPS,
    LOGGING,
    bucket_statements,
    canned_acls,
    granted_groups,
    inline,
    names,
)
from policypack.requirement import any_of

_V2_LOGS: Final = ("accessLogs", "connectionLogs", "healthCheckLogs")

# Who delivers logs to buckets with SSE-S3 only. `delivery.logs.amazonaws.com` is not among them: it delivers to buckets
# with customer managed keys too.
_SERVICES: Final = frozenset(
    {"logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com", "redshift.amazonaws.com"}
)
_ACCOUNTS: Final = frozenset(LOAD_BALANCER_ACCOUNTS.values())


@remembered
def receives_sse_s3_logs(bucket: Resource) -> bool | None:
    """
    Whether a bucket gets access logs from a source that delivers to buckets with SSE-S3 only: Application and Classic
    Load Balancers, S3 and Redshift. None where that is unknown. Network Load Balancers deliver to buckets with a
    customer managed key too.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html,
    https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/enable-access-logs.html,
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html,
    https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
    """
    sources = (_load_balancers, _classic_load_balancers, _redshift, _buckets, _acls, _policies)
    return any_of(chain.from_iterable(source(bucket) for source in sources))


def _load_balancers(bucket: Resource) -> Iterator[bool | None]:
    for balancer in bucket.referrers("aws:lb/loadBalancer:LoadBalancer", *_V2_LOGS):
        kind = balancer.get("loadBalancerType")
        for log in map(balancer.get, _V2_LOGS):
            enabled = log.get("enabled")
            # Turned off unless `enabled` is true (the provider's documentation).
            if names(log.get("bucket"), bucket) and not (enabled.is_unset or enabled.is_false):
                yield None if kind.is_unknown or enabled.is_unknown else kind.text in ("", "application")


def _classic_load_balancers(bucket: Resource) -> Iterator[bool | None]:
    for balancer in bucket.referrers("aws:elb/loadBalancer:LoadBalancer", "accessLogs"):
        # Turned on unless `enabled` is false (the provider's documentation).
        yield names(balancer.get("accessLogs.bucket"), bucket) and not balancer.get("accessLogs.enabled").is_false


def _redshift(bucket: Resource) -> Iterator[bool | None]:
    for logging in bucket.referrers("aws:redshift/logging:Logging", "bucketName"):
        destination = logging.get("logDestinationType")
        yield None if destination.is_unknown else destination.text != "cloudwatch"


def _buckets(bucket: Resource) -> Iterator[bool | None]:
    yield bool(bucket.referrers(LOGGING, "targetBucket"))
    for logged in bucket.referrers(BUCKET, "logging", "loggings"):
        blocks = inline(logged, "logging", "loggings")
        yield any(names(block.get("targetBucket"), bucket) for block in blocks)


def _acls(bucket: Resource) -> Iterator[bool | None]:
    for acl in canned_acls(bucket):
        yield None if acl.is_unknown else acl.text == "log-delivery-write"
    for group in granted_groups(bucket):
        yield group.text == f"{GROUPS}s3/LogDelivery"


def _policies(bucket: Resource) -> Iterator[bool | None]:
    # One that is unknown says nothing: at a first preview, every policy that names its bucket is.
    known, _ = bucket_statements(bucket)
    for statement in known:
        yield statement.allows and statement.covers("s3:PutObject") and _is_for_logs(statement)


def _is_for_logs(statement: Statement) -> bool:
    accounts = {account_of_principal(principal) for principal in statement.principals.get("AWS", ())}
    return bool(_SERVICES.intersection(statement.principals.get("Service", ())) or _ACCOUNTS & accounts)
