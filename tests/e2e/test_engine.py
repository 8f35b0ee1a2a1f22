"""How the pack behaves in the real engine, whatever the program."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws
import pytest

from tools.sandbox import Finding, Outcome, Sandbox, Stack

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "Correct-Horse-Battery-2024"


def pairs(outcome: Outcome) -> list[tuple[str, str]]:
    """The findings that stop an update, as policy and resource."""
    return sorted((finding.policy, finding.name) for finding in outcome.findings if finding.level == "mandatory")


def only(outcome: Outcome, policy: str) -> list[Finding]:
    return [finding for finding in outcome.findings if finding.policy == policy]


def config_file(folder: Path, config: object) -> Path:
    path = folder / "config.json"
    path.write_text(json.dumps(config))
    return path


def bucket_with_versioning(name: str) -> aws.s3.Bucket:
    """A bucket whose companions are found only through ids that no preview knows."""
    bucket = aws.s3.Bucket(name)
    aws.s3.BucketVersioning(
        name,
        bucket=bucket.id,
        versioning_configuration={"status": "Enabled", "mfa_delete": "Enabled"},
        mfa="arn:aws:iam::123456789012:mfa/root 123456",
    )
    aws.s3.BucketPublicAccessBlock(
        name,
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        name,
        bucket=bucket.id,
        rules=[
            {
                "apply_server_side_encryption_by_default": {
                    "sse_algorithm": "aws:kms",
                    "kms_master_key_id": aws.kms.Key(name, enable_key_rotation=True).arn,
                },
                "bucket_key_enabled": True,
            }
        ],
    )
    return bucket


def test_an_empty_stack_passes(sandbox: Sandbox) -> None:
    outcome = sandbox.stack(lambda: None).preview(ROOT)
    assert outcome.ok, outcome.text
    assert outcome.findings == ()


def test_neighbours_are_found_by_ids_that_are_unknown_yet(sandbox: Sandbox) -> None:
    def program() -> None:
        bucket_with_versioning("complete")
        aws.s3.Bucket("bare")

    assert pairs(sandbox.stack(program).preview(ROOT)) == [
        ("s3-public-access-block", "bare"),
        ("s3-sse-kms", "bare"),
        ("s3-versioning", "bare"),
    ]


def database(password: pulumi.Input[str]) -> None:
    aws.rds.Instance(
        "database",
        instance_class="db.t3.small",
        allocated_storage=20,
        engine="postgres",
        username="app",
        storage_encrypted=True,
        password=password,
    )


@pytest.fixture(scope="module")
def hardcoded(sandbox: Sandbox) -> Stack:
    return sandbox.stack(lambda: database(PASSWORD))


def test_a_password_is_found_and_never_shown(sandbox: Sandbox, hardcoded: Stack) -> None:
    for stack in (hardcoded, sandbox.stack(lambda: database(pulumi.Output.secret(PASSWORD)))):
        outcome = stack.preview(ROOT)
        assert pairs(outcome) == [("no-hardcoded-credentials", "database")]
        assert not outcome.ok
        assert PASSWORD not in outcome.text


def test_a_password_from_plain_config_is_found(sandbox: Sandbox) -> None:
    strong = "kX3vTq9ZrLw7bNs2YdFh"
    stack = sandbox.stack(lambda: database(pulumi.Config().require("password")), config={"password": strong})
    [finding] = only(stack.preview(ROOT), "no-hardcoded-credentials")
    assert "config value 'sandbox:password'" in finding.message
    assert strong not in finding.message


class RandomPassword(pulumi.CustomResource):
    result: pulumi.Output[str]

    def __init__(self, name: str) -> None:
        super().__init__(
            "random:index/randomPassword:RandomPassword",
            name,
            {"length": 24, "special": False, "result": None},
            pulumi.ResourceOptions(additional_secret_outputs=["result"]),
        )


def test_a_created_password_passes_unless_it_must_be_fetched(sandbox: Sandbox, tmp_path: Path) -> None:
    stack = sandbox.stack(lambda: database(RandomPassword("password").result))
    fetched = config_file(
        tmp_path, {"secret-sourcing": {"enforcementLevel": "mandatory", "allowed": ["managed", "fetched"]}}
    )
    for _ in range(2):
        assert pairs(stack.preview(ROOT)) == []
        assert pairs(stack.preview(ROOT, fetched)) == [("secret-sourcing", "database")]
        assert stack.up().ok


def listener_with_unknown_policy() -> None:
    balancer = aws.lb.LoadBalancer("balancer", internal=True)
    parameter = aws.ssm.Parameter("tls", type="String", value="ELBSecurityPolicy-TLS13-1-2-Res-2021-06")
    aws.lb.Listener(
        "https",
        load_balancer_arn=balancer.arn,
        port=443,
        protocol="HTTPS",
        certificate_arn="arn:aws:acm:eu-central-1:123456789012:certificate/1",
        ssl_policy=parameter.arn,
        default_actions=[{"type": "fixed-response", "fixed_response": {"content_type": "text/plain"}}],
    )


@pytest.fixture(scope="module")
def undecided(sandbox: Sandbox) -> Stack:
    return sandbox.stack(listener_with_unknown_policy)


def test_what_cannot_be_decided_is_said_once_and_never_blocks(undecided: Stack, tmp_path: Path) -> None:
    for level in ("advisory", "mandatory"):
        config = {"all": "disabled", "tls-policy": "mandatory", "undecided-at-preview": level}
        outcome = undecided.preview(ROOT, config_file(tmp_path, config))
        assert outcome.ok, outcome.text
        [finding] = outcome.findings
        assert (finding.policy, finding.level, finding.urn) == ("undecided-at-preview", "advisory", STACK_URN)
        assert "https.sslPolicy (tls-policy)" in finding.message


# The engine puts a finding about the whole stack on the stack's own resource.
STACK_URN = "urn:pulumi:dev::sandbox::pulumi:pulumi:Stack::sandbox-dev"


def test_what_cannot_be_decided_blocks_when_config_says_so(undecided: Stack, tmp_path: Path) -> None:
    block = {"enforcementLevel": "advisory", "block": True, "each": True}
    config = {"all": "disabled", "tls-policy": "mandatory", "undecided-at-preview": block}
    outcome = undecided.preview(ROOT, config_file(tmp_path, config))
    assert not outcome.ok
    assert [(finding.name, finding.level) for finding in outcome.findings] == [("https", "mandatory")]


@pytest.mark.parametrize("level", ["advisory", "disabled"])
def test_one_level_for_all(hardcoded: Stack, tmp_path: Path, level: str) -> None:
    outcome = hardcoded.preview(ROOT, config_file(tmp_path, {"all": level}))
    assert outcome.ok, outcome.text
    assert {finding.level for finding in outcome.findings} == ({"advisory"} if level == "advisory" else set())


def test_unknown_names_in_the_config_are_refused_in_sentences(sandbox: Sandbox, tmp_path: Path) -> None:
    config = {
        "logs-retention": {"enforcementLevel": "mandatory", "minimumDays": 30},
        "logs-kms": {"enforcementLevel": "mandatory", "key": "x"},
        "logs-kmss": "advisory",
    }
    outcome = sandbox.stack(lambda: None).preview(ROOT, config_file(tmp_path, config))
    assert not outcome.ok
    assert "policy 'logs-retention' has no config key 'minimumDays'; did you mean 'minDays'?" in outcome.text
    assert "policy 'logs-kms' has no config key 'key'; it takes no config" in outcome.text
    assert "the pack has no policy 'logs-kmss'; did you mean 'logs-kms'?" in outcome.text
    assert "Traceback" not in outcome.text


def test_config_reaches_the_policy(sandbox: Sandbox, tmp_path: Path) -> None:
    def program() -> None:
        aws.cloudwatch.LogGroup("logs", retention_in_days=30, kms_key_id="arn:aws:kms:eu-central-1:1:key/2")

    stack = sandbox.stack(program)
    assert pairs(stack.preview(ROOT)) == [("logs-retention", "logs")]
    config = {"logs-retention": {"enforcementLevel": "mandatory", "minDays": 30}}
    assert pairs(stack.preview(ROOT, config_file(tmp_path, config))) == []


FAILING_PACK = """
from policypack.config import Config
from policypack.engine.server import serve
from policypack.verdict import Violation
from policypack.policy import Pack, resource_policy
from policypack.pack import PACK

@resource_policy(id="made-to-fail", title="It fails", types=("aws:rds/instance:Instance",), severity="low", fix="No.", url="https://a")
def made_to_fail(resource, config: Config):
    yield Violation(resource, "said before it failed")
    raise ValueError("the password is " + resource.get("password").text)

serve(Pack(PACK.name, PACK.version, PACK.description, (made_to_fail, *PACK.policies)))
"""


def test_a_policy_that_fails_hides_nothing_and_tells_nothing(hardcoded: Stack, tmp_path: Path) -> None:
    (tmp_path / "PulumiPolicy.yaml").write_text("name: failing\nruntime: python\nversion: 0.0.1\n")
    (tmp_path / "policypack").symlink_to(ROOT / "policypack")
    (tmp_path / "__main__.py").write_text(FAILING_PACK)
    outcome = hardcoded.preview(tmp_path)
    assert pairs(outcome) == [
        ("made-to-fail", "database"),
        ("no-hardcoded-credentials", "database"),
        ("policy-failures", "database"),
    ]
    assert any("itself failed (ValueError at __main__.py:" in finding.message for finding in outcome.findings)
    assert PASSWORD not in outcome.text


def test_other_providers_and_components_pass_through(sandbox: Sandbox) -> None:
    def program() -> None:
        component = pulumi.ComponentResource("aws:rds:Database", "no-resource-of-aws")
        aws.Provider("elsewhere", region="eu-west-1", opts=pulumi.ResourceOptions(parent=component))
        RandomPassword("password")

    outcome = sandbox.stack(program).preview(ROOT)
    assert outcome.ok, outcome.text
