"""What production keeps, and what a sandbox lets go."""

from typing import Any, NamedTuple

import pytest

from policypack.config import ConfigError
from policypack.testing import UNKNOWN, Secret, decide, ref, resource
from policypack.verdict import Undecided
from tests.support import POLICIES, check, tokens

DATABASE = "aws:rds/instance:Instance"
CLUSTER = "aws:rds/cluster:Cluster"
NEPTUNE = "aws:neptune/cluster:Cluster"
MEMORYDB = "aws:memorydb/cluster:Cluster"
BUCKET = "aws:s3/bucket:Bucket"
SECRET = "aws:secretsmanager/secret:Secret"
SANDBOX = {"profile": "sandbox"}
SAY_SANDBOX = 'In a sandbox, set profile of the policy shared to "sandbox" instead.'
PRODUCTION = {"profile": "production"}
POLICY_IDS = ["deletion-protection", "final-snapshot", "force-destroy", "secret-recovery-window"]


# Deletion protection


class Protected(NamedTuple):
    """A type with the property that protects it from deletion."""

    type: str
    path: str = "deletionProtection"
    on: Any = True
    off: Any = False
    by_default: bool = False
    in_production: bool = True


PROTECTED = [
    *(
        Protected(type_)
        for type_ in (
            DATABASE,
            CLUSTER,
            "aws:rds/globalCluster:GlobalCluster",
            "aws:docdb/cluster:Cluster",
            "aws:docdb/globalCluster:GlobalCluster",
            NEPTUNE,
            "aws:neptune/globalCluster:GlobalCluster",
            "aws:neptunegraph/graph:Graph",
            "aws:eks/cluster:Cluster",
        )
    ),
    Protected("aws:dynamodb/table:Table", "deletionProtectionEnabled"),
    Protected("aws:dynamodb/tableReplica:TableReplica", "deletionProtectionEnabled", in_production=False),
    Protected("aws:dsql/cluster:Cluster", "deletionProtectionEnabled"),
    Protected("aws:qldb/ledger:Ledger", by_default=True),
    Protected("aws:cognito/userPool:UserPool", on="ACTIVE", off="INACTIVE"),
    Protected("aws:verifiedpermissions/policyStore:PolicyStore", on="ENABLED", off="DISABLED", in_production=False),
    *(Protected(token, "enableDeletionProtection") for token in tokens("aws:lb/loadBalancer:LoadBalancer")),
    Protected("aws:networkfirewall/firewall:Firewall", "deleteProtection"),
    Protected("aws:cloudtrail/eventDataStore:EventDataStore", "terminationProtectionEnabled", by_default=True),
    Protected("aws:cloudwatch/logGroup:LogGroup", "deletionProtectionEnabled", in_production=False),
    Protected("aws:ec2/instance:Instance", "disableApiTermination", in_production=False),
    Protected("aws:emr/cluster:Cluster", "terminationProtection", in_production=False),
    *(
        Protected(f"aws:pinpoint/smsvoicev2{name}:Smsvoicev2{name}", "deletionProtectionEnabled", in_production=False)
        for name in ("PhoneNumber", "Pool", "SenderId")
    ),
    Protected("aws:quicksight/accountSettings:AccountSettings", "terminationProtectionEnabled", by_default=True),
]
each_protected = pytest.mark.parametrize("protected", PROTECTED, ids=lambda protected: str(protected.type))


def written(value: Any) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower()


@each_protected
def test_production_is_protected(protected: Protected) -> None:
    for config in (None, PRODUCTION):
        assert check(
            "deletion-protection", resource(protected.type, **{protected.path: protected.on}), config=config
        ).is_clean
        unprotected = resource(protected.type, **{protected.path: protected.off})
        decision = check("deletion-protection", unprotected, config=config)
        if protected.in_production:
            assert decision.violations == [f"it.{protected.path}"]
            assert decision.messages[0].startswith(
                f"{protected.path} is {written(protected.off)}: nothing prevents the resource from being deleted.\n"
                f"Fix: Set {protected.path} to {written(protected.on)}. {SAY_SANDBOX}"
            )
        else:
            assert decision.is_clean


@each_protected
def test_a_sandbox_is_not_protected(protected: Protected) -> None:
    unprotected = resource(protected.type, **{protected.path: protected.off})
    assert check("deletion-protection", unprotected, config=SANDBOX).is_clean
    decision = check("deletion-protection", resource(protected.type, **{protected.path: protected.on}), config=SANDBOX)
    assert decision.violations == [f"it.{protected.path}"]
    assert decision.messages[0].startswith(
        f"{protected.path} is {written(protected.on)}: `pulumi destroy` fails.\n"
        f"Fix: Set {protected.path} to {written(protected.off)}. Run `pulumi up` before `pulumi destroy`.\n"
    )


@each_protected
@pytest.mark.parametrize("absent", [None, ""])
def test_the_default_protection_counts(protected: Protected, absent: Any) -> None:
    it = resource(protected.type, **{protected.path: absent})
    production, sandbox = (check("deletion-protection", it, config=config) for config in (PRODUCTION, SANDBOX))
    shown = "not set" if absent is None else '""'
    if protected.by_default:
        assert production.is_clean
        assert sandbox.violations == [f"it.{protected.path}"]
        assert f"{protected.path} is {shown}, which means true: `pulumi destroy` fails." in sandbox.messages[0]
    else:
        assert sandbox.is_clean
        assert production.violations == ([f"it.{protected.path}"] if protected.in_production else [])
        for message in production.messages:
            assert f"{protected.path} is {shown}, which means {written(protected.off)}: nothing prevents" in message


@each_protected
def test_an_unknown_protection_is_undecided(protected: Protected) -> None:
    it = resource(protected.type, **{protected.path: UNKNOWN})
    production, sandbox = (check("deletion-protection", it, config=config) for config in (PRODUCTION, SANDBOX))
    assert production.violations == sandbox.violations == []
    assert production.undecided == ([f"it.{protected.path}"] if protected.in_production else [])
    assert sandbox.undecided == [f"it.{protected.path}"]


@each_protected
def test_a_secret_protection_is_judged_and_not_shown(protected: Protected) -> None:
    policy = POLICIES["deletion-protection"]
    off, on = (resource(protected.type, **{protected.path: Secret(each)}) for each in (protected.off, protected.on))
    assert decide(policy, on).is_clean
    assert decide(policy, off, config=SANDBOX).is_clean
    decision = decide(policy, on, config=SANDBOX)
    assert decision.violations == [f"it.{protected.path}"]
    assert f"{protected.path} is [secret]: " in decision.messages[0]


def test_every_type_that_can_be_protected_is_tested() -> None:
    assert set(POLICIES["deletion-protection"].types) <= {protected.type for protected in PROTECTED}


@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DATABASE, {"replicateSourceDb": UNKNOWN}),
        (DATABASE, {"replicateSourceDb": "orders", "deletionProtection": UNKNOWN}),
        (DATABASE, {"engine": "aurora-mysql"}),
        (DATABASE, {"engine": "aurora-postgresql", "deletionProtection": False}),
        (DATABASE, {"engine": "aurora"}),
        (CLUSTER, {"replicationSourceIdentifier": UNKNOWN}),
        (NEPTUNE, {"replicationSourceIdentifier": UNKNOWN}),
    ],
)
def test_production_may_lose_what_can_be_made_again(type_: str, inputs: dict[str, Any]) -> None:
    assert check("deletion-protection", resource(type_, **inputs)).is_clean


def test_a_sandboxs_replica_is_not_protected_either() -> None:
    replica = resource(DATABASE, replicateSourceDb=UNKNOWN, deletionProtection=True)
    assert check("deletion-protection", replica, config=SANDBOX).violations == ["it.deletionProtection"]


def test_an_unknown_engine_leaves_production_undecided_and_a_sandbox_decided() -> None:
    decision = check("deletion-protection", resource(DATABASE, engine=UNKNOWN))
    assert (decision.violations, decision.undecided) == ([], ["it.deletionProtection"])
    assert check("deletion-protection", resource(DATABASE, engine=UNKNOWN, deletionProtection=True)).is_clean
    assert check("deletion-protection", resource(DATABASE, engine=UNKNOWN), config=SANDBOX).is_clean


@pytest.mark.parametrize(
    ("type_", "inputs", "way_out"),
    [
        ("aws:dsql/cluster:Cluster", {"deletionProtectionEnabled": True}, "forceDestroy"),
        ("aws:ec2/instance:Instance", {"disableApiTermination": True}, "forceDestroy"),
        ("aws:cloudwatch/logGroup:LogGroup", {"deletionProtectionEnabled": True}, "skipDestroy"),
    ],
)
def test_a_sandbox_may_protect_what_can_be_destroyed_all_the_same(
    type_: str, inputs: dict[str, Any], way_out: str
) -> None:
    assert check("deletion-protection", resource(type_, **{way_out: True}, **inputs), config=SANDBOX).is_clean
    perhaps = check("deletion-protection", resource(type_, **{way_out: UNKNOWN}, **inputs), config=SANDBOX)
    assert perhaps.violations == []
    assert len(perhaps.undecided) == 1
    assert check("deletion-protection", resource(type_, **{way_out: False}, **inputs), config=SANDBOX).violations


# Last snapshots


SNAPSHOTS = [
    (type_, "finalSnapshotIdentifier")
    for type_ in (
        DATABASE,
        CLUSTER,
        "aws:docdb/cluster:Cluster",
        NEPTUNE,
        "aws:redshift/cluster:Cluster",
    )
] + [("aws:lightsail/database:Database", "finalSnapshotName")]
each_database = pytest.mark.parametrize(("type_", "name"), SNAPSHOTS)


@each_database
def test_a_production_database_leaves_a_snapshot_behind(type_: str, name: str) -> None:
    for identifier in ("orders-last", UNKNOWN):
        for skip in (None, False):
            assert check("final-snapshot", resource(type_, skipFinalSnapshot=skip, **{name: identifier})).is_clean
        decision = check("final-snapshot", resource(type_, skipFinalSnapshot=True, **{name: identifier}))
        assert decision.violations == ["it.skipFinalSnapshot"]
        assert decision.messages[0].startswith(
            "skipFinalSnapshot is true: when the database is deleted, its data is lost.\n"
            f"Fix: Set skipFinalSnapshot to false and {name} to a name that no snapshot has. {SAY_SANDBOX}\n"
        )


@each_database
@pytest.mark.parametrize(("skip", "shown"), [(None, "not set"), (False, "false")])
def test_a_production_database_needs_a_name_for_its_snapshot(type_: str, name: str, skip: Any, shown: str) -> None:
    for absent in (None, ""):
        decision = check("final-snapshot", resource(type_, skipFinalSnapshot=skip, **{name: absent}))
        assert decision.violations == [f"it.{name}"]
        assert decision.messages[0].startswith(
            f"{name} is not set and skipFinalSnapshot is {shown}: `pulumi destroy` fails.\n"
            f"Fix: Set {name} to a name for the final snapshot.\n"
        )


@each_database
def test_a_sandboxs_database_leaves_none(type_: str, name: str) -> None:
    for identifier in (None, "orders-last", UNKNOWN):
        skipping = resource(type_, skipFinalSnapshot=True, **{name: identifier})
        assert check("final-snapshot", skipping, config=SANDBOX).is_clean
        for skip, shown in ((None, "not set"), (False, "false")):
            it = resource(type_, skipFinalSnapshot=skip, **{name: identifier})
            decision = check("final-snapshot", it, config=SANDBOX)
            assert decision.violations == ["it.skipFinalSnapshot"]
            assert decision.messages[0].startswith(
                f"skipFinalSnapshot is {shown}: `pulumi destroy` leaves a snapshot that is billed, or fails without "
                f"{name}.\n"
                "Fix: Set skipFinalSnapshot to true. Run `pulumi up` before `pulumi destroy`.\n"
            )


@each_database
@pytest.mark.parametrize("config", [PRODUCTION, SANDBOX])
def test_an_unknown_skip_is_undecided(type_: str, name: str, config: dict[str, str]) -> None:
    decision = check("final-snapshot", resource(type_, skipFinalSnapshot=UNKNOWN), config=config)
    assert (decision.violations, decision.undecided) == ([], ["it.skipFinalSnapshot"])


@each_database
def test_a_secret_skip_is_judged_and_not_shown(type_: str, name: str) -> None:
    policy = POLICIES["final-snapshot"]
    assert decide(policy, resource(type_, skipFinalSnapshot=Secret(True)), config=SANDBOX).is_clean
    decision = decide(policy, resource(type_, skipFinalSnapshot=Secret(False)), config=SANDBOX)
    assert decision.violations == ["it.skipFinalSnapshot"]
    assert "skipFinalSnapshot is [secret]: " in decision.messages[0]


@pytest.mark.parametrize("config", [PRODUCTION, SANDBOX])
def test_a_replica_has_no_last_snapshot_anywhere(config: dict[str, str]) -> None:
    for source in ("orders", UNKNOWN):
        right = resource(DATABASE, replicateSourceDb=source, skipFinalSnapshot=True)
        assert check("final-snapshot", right, config=config).is_clean
        wrong = resource(DATABASE, replicateSourceDb=source, finalSnapshotIdentifier="last")
        decision = check("final-snapshot", wrong, config=config)
        assert decision.violations == ["it.skipFinalSnapshot"]
        assert "AWS takes no final snapshot of a replica, so `pulumi destroy` fails." in decision.messages[0]
        assert "Fix: Set skipFinalSnapshot to true." in decision.messages[0]


@pytest.mark.parametrize("config", [PRODUCTION, SANDBOX])
@pytest.mark.parametrize(
    ("type_", "inputs"),
    [
        (DATABASE, {"engine": "aurora-mysql"}),
        (DATABASE, {"engine": "aurora-postgresql", "skipFinalSnapshot": UNKNOWN}),
        (CLUSTER, {"replicationSourceIdentifier": UNKNOWN, "skipFinalSnapshot": False}),
        (NEPTUNE, {"replicationSourceIdentifier": UNKNOWN, "skipFinalSnapshot": True}),
    ],
)
def test_a_database_whose_data_is_elsewhere_is_not_judged(
    type_: str, inputs: dict[str, Any], config: dict[str, str]
) -> None:
    assert check("final-snapshot", resource(type_, **inputs), config=config).is_clean


@pytest.mark.parametrize(
    ("config", "skip", "place"),
    [
        (PRODUCTION, True, "skipFinalSnapshot"),
        (PRODUCTION, False, "finalSnapshotIdentifier"),
        (SANDBOX, False, "skipFinalSnapshot"),
    ],
)
def test_an_unknown_engine_leaves_the_snapshot_undecided(config: dict[str, str], skip: bool, place: str) -> None:
    decision = check("final-snapshot", resource(DATABASE, engine=UNKNOWN, skipFinalSnapshot=skip), config=config)
    assert (decision.violations, decision.undecided) == ([], [f"it.{place}"])


def test_memorydb_takes_a_snapshot_where_it_has_a_name() -> None:
    named, unnamed, unknown = (resource(MEMORYDB, finalSnapshotName=name) for name in ("last", None, UNKNOWN))
    assert check("final-snapshot", named).is_clean
    assert check("final-snapshot", unknown).is_clean
    decision = check("final-snapshot", unnamed)
    assert decision.violations == ["it.finalSnapshotName"]
    assert "finalSnapshotName is not set: when the cluster is deleted, its data is lost" in decision.messages[0]
    assert "Fix: Set finalSnapshotName to a name" in decision.messages[0]

    assert check("final-snapshot", unnamed, config=SANDBOX).is_clean
    assert check("final-snapshot", unknown, config=SANDBOX).undecided == ["it.finalSnapshotName"]
    decision = check("final-snapshot", named, config=SANDBOX)
    assert decision.violations == ["it.finalSnapshotName"]
    assert 'finalSnapshotName is "last": `pulumi destroy` leaves a snapshot that is billed.' in decision.messages[0]
    assert "Fix: Leave finalSnapshotName out." in decision.messages[0]


def test_every_type_with_a_last_snapshot_is_tested() -> None:
    assert set(POLICIES["final-snapshot"].types) == {type_ for type_, _ in SNAPSHOTS} | {MEMORYDB}


# Force destroy


FORCED = [
    *((token, "forceDestroy") for token in tokens(BUCKET)),
    ("aws:s3/directoryBucket:DirectoryBucket", "forceDestroy"),
    ("aws:s3/vectorsVectorBucket:VectorsVectorBucket", "forceDestroy"),
    ("aws:s3tables/tableBucket:TableBucket", "forceDestroy"),
    ("aws:ecr/repository:Repository", "forceDelete"),
    ("aws:ecrpublic/repository:Repository", "forceDestroy"),
    ("aws:backup/vault:Vault", "forceDestroy"),
    ("aws:athena/workgroup:Workgroup", "forceDestroy"),
    ("aws:athena/database:Database", "forceDestroy"),
    ("aws:lightsail/bucket:Bucket", "forceDelete"),
    ("aws:route53/zone:Zone", "forceDestroy"),
]
each_holder = pytest.mark.parametrize(("type_", "path"), FORCED)


@each_holder
def test_production_keeps_what_holds_data(type_: str, path: str) -> None:
    for kept in (None, False):
        assert check("force-destroy", resource(type_, **{path: kept})).is_clean
    decision = check("force-destroy", resource(type_, **{path: True}))
    assert decision.violations == [f"it.{path}"]
    assert decision.messages[0].startswith(
        f"{path} is true: `pulumi destroy` deletes the store with all of its content.\nFix: Leave {path} out. "
        f"{SAY_SANDBOX}\n"
    )


@each_holder
def test_a_sandbox_lets_go_of_what_holds_data(type_: str, path: str) -> None:
    assert check("force-destroy", resource(type_, **{path: True}), config=SANDBOX).is_clean
    for kept, shown in ((None, "not set"), (False, "false")):
        decision = check("force-destroy", resource(type_, **{path: kept}), config=SANDBOX)
        assert decision.violations == [f"it.{path}"]
        assert decision.messages[0].startswith(
            f"{path} is {shown}: `pulumi destroy` fails while the store is not empty.\n"
            f"Fix: Set {path} to true. Run `pulumi up` before `pulumi destroy`.\n"
        )


@each_holder
@pytest.mark.parametrize("config", [PRODUCTION, SANDBOX])
def test_an_unknown_force_is_undecided(type_: str, path: str, config: dict[str, str]) -> None:
    decision = check("force-destroy", resource(type_, **{path: UNKNOWN}), config=config)
    assert (decision.violations, decision.undecided) == ([], [f"it.{path}"])


@each_holder
def test_a_secret_force_is_judged_and_not_shown(type_: str, path: str) -> None:
    policy = POLICIES["force-destroy"]
    assert decide(policy, resource(type_, **{path: Secret(True)}), config=SANDBOX).is_clean
    decision = decide(policy, resource(type_, **{path: Secret(False)}), config=SANDBOX)
    assert decision.violations == [f"it.{path}"]
    assert f"{path} is [secret]: " in decision.messages[0]


def test_every_type_that_can_be_forced_is_tested() -> None:
    assert set(POLICIES["force-destroy"].types) <= {type_ for type_, _ in FORCED}


VERSIONINGS = tokens("aws:s3/bucketVersioning:BucketVersioning")


@pytest.mark.parametrize("versioning", VERSIONINGS)
@pytest.mark.parametrize("bucket_token", tokens(BUCKET))
@pytest.mark.parametrize("name", [UNKNOWN, "logs-1"])
def test_mfa_delete_keeps_a_sandboxs_bucket(bucket_token: str, versioning: str, name: Any) -> None:
    policy = POLICIES["force-destroy"]
    bucket = resource(bucket_token, "logs", forceDestroy=True)
    with_mfa, without, perhaps = (
        resource(versioning, "versions", bucket=ref(bucket, name), versioningConfiguration={"mfaDelete": mfa})
        for mfa in ("Enabled", "Disabled", UNKNOWN)
    )
    decision = decide(policy, bucket, with_mfa, config=SANDBOX)
    assert decision.violations == ["logs.forceDestroy"]
    assert "forceDestroy is true, but 'versions' turns MFA delete on: `pulumi destroy` fails." in decision.messages[0]
    assert "Fix: Set versioningConfiguration" in decision.messages[0]
    assert decide(policy, bucket, without, config=SANDBOX).is_clean
    assert decide(policy, bucket, perhaps, config=SANDBOX).undecided == ["versions.versioningConfiguration.mfaDelete"]
    # In production it is reported anyway, once.
    assert decide(policy, bucket, with_mfa).violations == ["logs.forceDestroy"]


def test_the_versioning_of_another_bucket_does_not_matter() -> None:
    bucket, other = (resource(BUCKET, name, bucket=name, forceDestroy=True) for name in ("logs", "other"))
    versioning = resource(VERSIONINGS[0], "versions", bucket="other", versioningConfiguration={"mfaDelete": "Enabled"})
    decision = decide(POLICIES["force-destroy"], bucket, other, versioning, config=SANDBOX)
    assert decision.violations == ["other.forceDestroy"]


def test_mfa_delete_is_left_open_until_the_stack_is_known() -> None:
    policy = POLICIES["force-destroy"]
    bucket = resource(BUCKET, forceDestroy=True)
    [finding] = policy.check(bucket, policy.config_type(profile="sandbox"))
    assert isinstance(finding, Undecided)
    assert finding.at == bucket.get("forceDestroy")
    assert "MFA delete" in finding.question


# Recovery of secrets


@pytest.mark.parametrize("days", [None, 7, 7.0, "7", 30])
def test_a_production_secret_can_be_brought_back(days: Any) -> None:
    for config in (None, PRODUCTION):
        assert check("secret-recovery-window", resource(SECRET, recoveryWindowInDays=days), config=config).is_clean


@pytest.mark.parametrize(
    ("days", "config", "message"),
    [
        (
            0,
            {},
            "recoveryWindowInDays is 0: a deleted secret cannot be restored.\nFix: Set recoveryWindowInDays to 7 or",
        ),
        (0.0, {"minDays": 30}, "recoveryWindowInDays is 0: a deleted secret cannot be restored.\nFix: Set "),
        (
            7,
            {"minDays": 14},
            "recoveryWindowInDays is 7: at least 14 are required.\nFix: Set recoveryWindowInDays to 14",
        ),
    ],
)
def test_a_production_secret_that_is_gone_too_soon_is_reported(days: Any, config: dict[str, int], message: str) -> None:
    decision = check("secret-recovery-window", resource(SECRET, recoveryWindowInDays=days), config=config)
    assert decision.violations == ["it.recoveryWindowInDays"]
    assert decision.messages[0].startswith(message)


def test_thirty_days_are_the_default() -> None:
    assert check("secret-recovery-window", resource(SECRET), config={"minDays": 30}).is_clean


def test_a_sandboxs_secret_leaves_its_name_at_once() -> None:
    for none in (0, 0.0, "0"):
        config = {**SANDBOX, "minDays": 14}
        assert check("secret-recovery-window", resource(SECRET, recoveryWindowInDays=none), config=config).is_clean
    for days, shown in ((None, "not set, which means 30"), (7, "7"), (30.0, "30")):
        decision = check("secret-recovery-window", resource(SECRET, recoveryWindowInDays=days), config=SANDBOX)
        assert decision.violations == ["it.recoveryWindowInDays"]
        assert decision.messages[0].startswith(
            f"recoveryWindowInDays is {shown}: a deleted secret keeps its name for that long, and no new secret can "
            "use it.\nFix: Set recoveryWindowInDays to 0. Run `pulumi up` before `pulumi destroy`.\n"
        )


@pytest.mark.parametrize("config", [PRODUCTION, SANDBOX])
def test_an_unknown_window_is_undecided(config: dict[str, str]) -> None:
    decision = check("secret-recovery-window", resource(SECRET, recoveryWindowInDays=UNKNOWN), config=config)
    assert (decision.violations, decision.undecided) == ([], ["it.recoveryWindowInDays"])


def test_a_secret_window_is_judged_and_not_shown() -> None:
    policy = POLICIES["secret-recovery-window"]
    assert decide(policy, resource(SECRET, recoveryWindowInDays=Secret(14))).is_clean
    decision = decide(policy, resource(SECRET, recoveryWindowInDays=Secret(14)), config={"minDays": 21})
    assert decision.messages[0].startswith("recoveryWindowInDays is [secret]: at least 21 are required.")


# Config


@pytest.mark.parametrize("policy_id", POLICY_IDS)
def test_every_policy_about_the_end_of_a_stack_has_the_same_profiles(policy_id: str) -> None:
    with pytest.raises(ConfigError) as raised:
        decide(POLICIES[policy_id], config={"profile": "ephemeral"})
    assert raised.value.problems == [
        f"policy '{policy_id}', config key 'profile': "
        '"ephemeral" is not allowed; it must be one of "production", "sandbox"'
    ]


@pytest.mark.parametrize("days", [0, 6, 31])
def test_a_window_that_secrets_manager_does_not_offer_is_refused(days: int) -> None:
    with pytest.raises(ConfigError, match=r"'minDays'.* must be an integer from 7 to 30"):
        decide(POLICIES["secret-recovery-window"], config={"minDays": days})
