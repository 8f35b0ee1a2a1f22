"""
The failures that the pack is held to catch, and what catches each: a policy at preview, or one of the project lint.

Each is numbered after the review (A to E) of a real stack in which it was found. `python -m tools.failures` prints, for
each, its policies, its test and the examples that show it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).resolve().parent.parent


class Failure(NamedTuple):
    """What went wrong, and the policies that catch it: at preview, and in the project's files before one."""

    what: str
    policies: tuple[str, ...]
    by_lint: tuple[str, ...] = ()


FAILURES: Final[Mapping[str, Failure]] = {
    "A1": Failure("no program at all, only prose", (), ("project-file", "program-entry-point")),
    "A2": Failure(
        "customer managed keys whose policy lets no service use them", ("kms-key-policy-service-principals",)
    ),
    "A3": Failure(
        "network left vague: one zone, no private subnets, no NAT, open security groups",
        (
            "private-placement",
            "subnet-zones",
            "private-subnet-egress",
            "database-ingress",
            "security-group-ingress",
        ),
    ),
    "A4": Failure(
        "logs without key, API Gateway without access logs or the account's role",
        ("logs-kms", "logs-retention", "api-gateway-access-logs", "api-gateway-account"),
    ),
    "A5": Failure("nothing exported for those who integrate", ("stack-outputs",)),
    "B1": Failure("a provider made with an API that does not exist", (), ("sdk-names",)),
    "B2": Failure(
        "what was right and has to stay so: Redis encryption, private subnets, secrets, failover, least privilege",
        (
            "encryption-at-rest",
            "encryption-in-transit",
            "cache-authentication",
            "private-placement",
            "public-exposure",
            "private-subnet-egress",
            "secret-sourcing",
            "multi-az",
            "cluster-multi-az",
            "elasticache-failover",
            "iam-no-admin",
            "iam-no-wildcards",
            "iam-privilege-escalation",
            "iam-managed-admin-attachment",
            "iam-assume-role-trust",
        ),
    ),
    "B3": Failure("names without the environment's suffix", ("naming-environment-suffix",)),
    "B4": Failure("something outside of the mandated region", ("region-compliance",)),
    "B5": Failure("container image left at a placeholder", ("container-image",)),
    "C1": Failure(
        "database password as a literal, marked secret",
        ("no-hardcoded-credentials", "secret-sourcing"),
        ("secret-in-source",),
    ),
    "C2": Failure(
        "instance class below the required one",
        ("rds-instance-class", "cache-node-type", "ec2-instance-type", "managed-service-instance-type"),
    ),
    "C3": Failure(
        "project files missing: project file, entry point, stack settings",
        (),
        ("project-file", "program-entry-point", "project-config"),
    ),
    "C4": Failure("bucket versions without MFA delete", ("s3-versioning", "s3-mfa-delete")),
    "C5": Failure("container image that moves with every push", ("container-image",)),
    "C6": Failure("logs kept for 7 days, without key", ("logs-retention", "logs-kms")),
    "C7": Failure(
        "HTTP listener that forwards, no HTTPS listener",
        (
            "alb-https-listener",
            "alb-https-listener-rule",
            "alb-https-listener-present",
            "alb-listener-certificate",
            "nlb-tls-listener",
            "tls-policy",
            "cloudfront-https",
        ),
    ),
    "C8": Failure("bucket without SSE-KMS", ("s3-sse-kms", "s3-bucket-key")),
    "C9": Failure("tags for cost missing", ("tags-required",)),
    "C10": Failure("region read from config and never used", (), ("unused-config",)),
    "C11": Failure("task size other than 256/512", ("ecs-cpu-memory",)),
    "C12": Failure("load balancer's group open on more than HTTPS", ("security-group-ingress",)),
    "D1": Failure("secrets fetched that a self-sufficient stack has to create", ("secret-sourcing",)),
    "D2": Failure("wrong argument name", (), ("sdk-names",)),
    "D3": Failure("artifact store without a customer managed key", ("codepipeline-artifact-store",)),
    "D4": Failure("imports missing or unused, lines too long", (), ("undefined-name", "style")),
    "D5": Failure("passwords made with a predictable generator", (), ("predictable-secret",)),
    "D6": Failure(
        "stack that cannot be destroyed, or one that can and must not",
        ("deletion-protection", "final-snapshot", "force-destroy", "secret-recovery-window"),
    ),
    "E1": Failure("key without policy, used by CloudWatch Logs", ("kms-key-policy-service-principals",)),
    "E2": Failure("engine version that AWS no longer offers", ("engine-version",)),
    "E3": Failure("config key of a provider with a default in the project file", (), ("project-config",)),
    "E4": Failure("argument that the SDK does not have", (), ("sdk-names",)),
    "E5": Failure("type that the SDK does not have", (), ("sdk-names",)),
    "E6": Failure(
        "what was right and has to stay so: Multi-AZ, three zones, encryption, groups for the VPC only",
        (
            "multi-az",
            "cluster-multi-az",
            "elasticache-failover",
            "private-placement",
            "subnet-zones",
            "public-exposure",
            "encryption-at-rest",
            "encryption-customer-managed-key",
            "security-group-ingress",
            "database-ingress",
        ),
    ),
}


def tests() -> dict[str, str]:
    """For each failure, the test that is named after it."""
    return {
        id_.upper(): f"{file}::{name}"
        for file in ("tests/lint/test_failures_of_files.py", "tests/test_failures.py")
        for name, id_ in re.findall(r"^def (test_([a-e]\d+)_\w+)\(", (ROOT / file).read_text(), re.MULTILINE)
    }


def examples() -> dict[str, list[str]]:
    """For each failure, the examples whose README lists it."""
    shown: dict[str, list[str]] = {}
    for readme in sorted((ROOT / "examples").glob("*/README.md")):
        for id_ in dict.fromkeys(re.findall(r"^\| ([A-E]\d+) \|", readme.read_text(), re.MULTILINE)):
            shown.setdefault(id_, []).append(f"examples/{readme.parent.name}")
    return shown


def main() -> None:
    """Prints the table, in Markdown."""
    print("| id | what went wrong | policies | test | example |\n|---|---|---|---|---|")
    for id_, failure in FAILURES.items():
        policies = ", ".join(f"`{policy}`" for policy in (*failure.policies, *failure.by_lint))
        print(f"| {id_} | {failure.what} | {policies} | `{tests()[id_]}` | {', '.join(examples().get(id_, ()))} |")


if __name__ == "__main__":
    main()
