"""Remediation and exemptions in the real engine."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws

from tools.sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[2]
OLD = "ELBSecurityPolicy-2016-08"


def config_file(folder: Path, config: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


def remediable() -> None:
    """Something for every policy that remediates, beside what is unknown yet."""
    bucket = aws.s3.Bucket("documents", tags={"Project": "shop"})
    aws.s3.BucketServerSideEncryptionConfiguration(
        "documents",
        bucket=bucket.id,
        rules=[{"apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms"}}],
    )
    balancer = aws.lb.LoadBalancer("front")
    redirect = {"protocol": "HTTPS", "port": "443", "status_code": "HTTP_302"}
    aws.lb.Listener(
        "http",
        load_balancer_arn=balancer.arn,
        port=80,
        protocol="HTTP",
        default_actions=[{"type": "redirect", "redirect": redirect}],
    )
    aws.lb.Listener(
        "https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        ssl_policy=OLD,
        certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/1",
        default_actions=[{"type": "fixed-response", "fixed_response": {"content_type": "text/plain"}}],
    )
    aws.cloudwatch.LogGroup("short", retention_in_days=7, kms_key_id=aws.kms.Key("logs").arn)
    aws.ec2.Instance("web", ami="ami-1", instance_type="t3.small", user_data=pulumi.Output.secret("#!/bin/sh"))


REMEDIES: dict[str, dict[str, Any]] = {
    "s3-bucket-key": {},
    "tls-policy": {},
    "alb-https-listener": {},
    "logs-retention": {},
    "kms-key-rotation": {},
    "ec2-imdsv2": {},
    "tags-required": {"required": {"CostCenter": ["cc-42"]}},
}


def inputs(state: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    resources = state["deployment"]["resources"]
    return {(each["type"].split(":")[-1], each["urn"].split("::")[-1]): each.get("inputs", {}) for each in resources}


def test_each_value_is_applied_and_leaves_nothing_to_find(sandbox: Sandbox, tmp_path: Path) -> None:
    config = {"all": "disabled"} | {
        policy: {"enforcementLevel": "remediate", **keys} for policy, keys in REMEDIES.items()
    }
    file = config_file(tmp_path, config)
    stack = sandbox.stack(remediable)
    for outcome in (stack.preview(ROOT, file), stack.up(ROOT, file)):
        assert outcome.ok, outcome.text
        assert outcome.findings == ()
        for policy in REMEDIES:
            assert policy in outcome.text, "the CLI says which policy changed something"
    fixed = inputs(stack.export())
    rules = fixed["BucketServerSideEncryptionConfiguration", "documents"]["rules"]
    assert rules[0]["bucketKeyEnabled"] is True
    assert rules[0]["applyServerSideEncryptionByDefault"] == {"sseAlgorithm": "aws:kms"}
    assert fixed["Listener", "http"]["defaultActions"][0]["redirect"]["statusCode"] == "HTTP_301"
    assert fixed["Listener", "https"]["sslPolicy"] == "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
    assert fixed["LogGroup", "short"]["retentionInDays"] == 90
    assert fixed["Key", "logs"]["enableKeyRotation"] is True
    assert fixed["Instance", "web"]["metadataOptions"] == {"httpTokens": "required"}
    assert fixed["Bucket", "documents"]["tags"] == {"Project": "shop", "CostCenter": "cc-42"}
    # Secrets stay marked, what was unknown has become what it refers to.
    assert "ciphertext" in fixed["Instance", "web"]["userData"]
    assert fixed["LogGroup", "short"]["kmsKeyId"].startswith("arn:aws:kms:")


def test_without_the_level_nothing_is_changed(sandbox: Sandbox, tmp_path: Path) -> None:
    stack = sandbox.stack(remediable)
    config = {"all": "advisory", "tags-required": {"enforcementLevel": "advisory", **REMEDIES["tags-required"]}}
    outcome = stack.up(ROOT, config_file(tmp_path, config))
    assert outcome.ok, outcome.text
    assert {finding.policy for finding in outcome.findings} >= REMEDIES.keys()
    assert inputs(stack.export())["Listener", "https"]["sslPolicy"] == OLD


def exemption(reason: str, policy: str, target: str, **more: str) -> dict[str, Any]:
    return {"reason": reason, "match": [{"policies": [policy], "targets": [target]}], **more}


def test_exemptions_let_pass_what_they_say_and_no_longer_than_they_say(sandbox: Sandbox, tmp_path: Path) -> None:
    def program() -> None:
        for name in ("agreed", "overdue"):
            aws.cloudwatch.LogGroup(name, retention_in_days=7)

    exemptions = [
        exemption("kept elsewhere", "logs-*", "agreed"),
        exemption("until the migration", "logs-retention", "urn:pulumi:*::overdue", expires="2024-12-31"),
        exemption("no such group", "logs-kms", "gone"),
    ]
    config = {
        "all": "disabled",
        "logs-retention": "mandatory",
        "logs-kms": "mandatory",
        "exemptions": {"enforcementLevel": "advisory", "exemptions": exemptions},
    }
    outcome = sandbox.stack(program).preview(ROOT, config_file(tmp_path, config))
    assert not outcome.ok
    found = sorted((each.name, each.policy, each.level, each.message.splitlines()[0]) for each in outcome.findings)
    assert found == [
        (
            "agreed",
            "logs-kms",
            "advisory",
            "Exempted: kept elsewhere "
            "(kmsKeyId is not set: the logs are encrypted with a key that CloudWatch Logs owns)",
        ),
        (
            "agreed",
            "logs-retention",
            "advisory",
            "Exempted: kept elsewhere (retentionInDays is 7; at least 90 days are required)",
        ),
        (
            "overdue",
            "logs-kms",
            "mandatory",
            "kmsKeyId is not set: the logs are encrypted with a key that CloudWatch Logs owns.",
        ),
        (
            "overdue",
            "logs-retention",
            "mandatory",
            "Its exemption expired on 2024-12-31: until the migration",
        ),
        ("sandbox-dev", "exemptions", "advisory", "2 findings are exempted: logs-kms (1), logs-retention (1)."),
        (
            "sandbox-dev",
            "exemptions",
            "advisory",
            'exemptions[2] ("no such group") matches no finding of this stack.',
        ),
    ]


def test_a_wrong_exemption_is_refused_in_a_sentence(sandbox: Sandbox, tmp_path: Path) -> None:
    config = {"exemptions": {"enforcementLevel": "advisory", "exemptions": [exemption("r", "logs-kmss", "x")]}}
    outcome = sandbox.stack(lambda: None).preview(ROOT, config_file(tmp_path, config))
    assert not outcome.ok
    assert "the pack has no policy 'logs-kmss'; did you mean 'logs-kms'?" in outcome.text
    assert "Traceback" not in outcome.text
