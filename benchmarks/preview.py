"""
What the pack adds to a real preview of 1,000 resources, against what a Python pack without policies adds.

Run `python -m benchmarks.preview` (about five minutes). Goal: a ratio of the added wall-clock times of at most 1.2.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

import pulumi_aws as aws

from tools.sandbox import Sandbox, Stack

ROOT = Path(__file__).resolve().parent.parent
_RESOURCES = 1000
_ROUNDS = 5
_GOAL = 1.2
_EMPTY_PACK = """
from pulumi_policy import PolicyPack, ResourceValidationPolicy

PolicyPack("empty", [ResourceValidationPolicy("nothing", "It finds nothing.", lambda args, report: None)])
"""


def program() -> None:
    """Ten kinds of resources in equal numbers, half of them of types that policies look at."""
    key = aws.kms.Key("key")
    for number in range(_RESOURCES // 10):
        name = f"r{number}"
        bucket = aws.s3.Bucket(name)
        aws.s3.BucketVersioning(name, bucket=bucket.id, versioning_configuration={"status": "Enabled"})
        aws.s3.BucketPublicAccessBlock(name, bucket=bucket.id, block_public_acls=True)
        aws.cloudwatch.LogGroup(name, retention_in_days=90, kms_key_id=key.arn)
        aws.sqs.Queue(name)
        vpc = aws.ec2.Vpc(name, cidr_block="10.0.0.0/16")
        subnet = aws.ec2.Subnet(name, vpc_id=vpc.id, cidr_block="10.0.0.0/24")
        table = aws.ec2.RouteTable(name, vpc_id=vpc.id)
        aws.ec2.RouteTableAssociation(name, subnet_id=subnet.id, route_table_id=table.id)
        aws.iam.Role(name, assume_role_policy="{}")


def seconds(stack: Stack, pack: Path | None) -> float:
    """Wall-clock seconds of one preview."""
    before = time.monotonic()
    stack.preview(pack)
    return time.monotonic() - before


def main() -> None:
    """Prints the median seconds of each, and the ratio of what the packs add."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder) / "sandbox") as sandbox:
        empty = Path(folder) / "empty"
        empty.mkdir()
        (empty / "PulumiPolicy.yaml").write_text("name: empty\nversion: 0.0.1\nruntime: python\n")
        (empty / "__main__.py").write_text(_EMPTY_PACK)
        stack = sandbox.stack(program)
        seconds(stack, None)  # the first one imports the SDK
        rounds = [[seconds(stack, pack) for pack in (None, empty, ROOT)] for _ in range(_ROUNDS)]
    without, with_empty, with_pack = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(f"no pack {without:.1f} s, empty Python pack {with_empty:.1f} s, this pack {with_pack:.1f} s")
    print(f"added time, this pack ÷ empty pack: {(with_pack - without) / (with_empty - without):.2f} (goal: ≤ {_GOAL})")


if __name__ == "__main__":
    main()
