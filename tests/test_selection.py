"""Selection: the part of the pack that a run asks about, row by row."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from policypack.config_file import check_config
from policypack.evaluation import Evaluation
from policypack.message import as_message
from policypack.model import UNKNOWN, Context, Resource
from policypack.pack import PACK
from policypack.record import Finding, Record
from policypack.settings import Override, apply_overrides
from policypack.testing import ref, resource
from tools.cases import cases

DATABASE = "aws:rds/instance:Instance"


def open_database(name: str = "loans", **inputs: Any) -> Resource:
    """A database that nothing keeps safe: neither its storage nor its backups, and anybody may connect."""
    return resource(DATABASE, name, storageEncrypted=False, publiclyAccessible=True, backupRetentionPeriod=0, **inputs)


def bucket(name: str = "media") -> Resource:
    return resource("aws:s3/bucket:Bucket", name, acl="public-read")


def record(config: Mapping[str, Any], *resources: Resource) -> list[Record]:
    """What comes of resources under a config file."""
    settings, mistakes = check_config(json.dumps(config), PACK)
    assert mistakes == []
    evaluation = Evaluation(PACK, settings, Context())
    return [*map(evaluation.check_resource, resources), evaluation.check_stack(resources)]


def findings(selection: Mapping[str, Any], *resources: Resource, **others: Any) -> list[Finding]:
    records = record({"selection": selection, **others}, *resources)
    return [finding for each in records for finding in each.findings if finding.policy.stage != "report"]


def said(selection: Mapping[str, Any], *resources: Resource, **others: Any) -> dict[str, tuple[str, ...]]:
    """What is found: the policies, each with the controls that its findings name."""
    return {each.policy.id: each.controls for each in findings(selection, *resources, **others)}


def mistakes(selection: Mapping[str, Any]) -> list[str]:
    return [mistake.sentence for mistake in check_config(json.dumps({"selection": selection}), PACK)[1]]


# Frameworks


def test_a_framework_is_checked_row_by_row_and_its_requirements_are_named() -> None:
    # AWS maps RDS.2 to PCI DSS 4.0.1 and RDS.3 to none of it: the database's access is asked about, its storage is not.
    found = said({"frameworks": ["PCI DSS 4.0.1"]}, open_database())
    assert "PCI DSS 4.0.1 1.4.4" in found["public-exposure"]
    assert "encryption-at-rest" not in found
    for controls in found.values():
        assert controls
        assert all(control.startswith("PCI DSS 4.0.1 ") for control in controls)
    assert said({"frameworks": ["FSBP"]}, open_database())["encryption-at-rest"] == ("FSBP RDS.3",)


def test_rows_of_one_policy_are_selected_apart() -> None:
    stream = resource("aws:kinesis/stream:Stream", "events")
    # Both are rows of encryption-at-rest: FSBP RDS.3 is of CIS 3.0.0, FSBP Kinesis.1 is not.
    assert {each.violation.resource for each in findings({"frameworks": ["FSBP"]}, open_database(), stream)} >= {
        open_database(),
        stream,
    }
    only = [
        each
        for each in findings({"frameworks": ["CIS 3.0.0"]}, open_database(), stream)
        if each.policy.id == "encryption-at-rest"
    ]
    assert [(each.violation.resource, each.controls) for each in only] == [(open_database(), ("CIS 3.0.0 2.3.1",))]


def test_several_frameworks_add_up() -> None:
    both = said({"frameworks": ["CIS 3.0.0", "FSBP"]}, open_database())
    assert both["encryption-at-rest"] == ("CIS 3.0.0 2.3.1", "FSBP RDS.3")
    assert both.keys() == said({"frameworks": ["FSBP"]}, open_database()).keys()


def test_a_finding_says_the_framework_once_before_its_numbers() -> None:
    [finding] = [
        each
        for each in findings({"frameworks": ["NIST 800-53 r5"]}, open_database())
        if each.policy.id == "encryption-at-rest"
    ]
    assert finding.controls[:2] == ("NIST 800-53 r5 CA-9(1)", "NIST 800-53 r5 CM-3(6)")
    assert "[NIST 800-53 r5 CA-9(1), CM-3(6), " in as_message(finding)


def test_a_framework_turns_on_what_is_off_by_default_as_advice_and_leaves_other_levels() -> None:
    settings, _ = check_config(json.dumps({"selection": {"frameworks": ["FSBP"]}}), PACK)
    declared = {policy.id: policy.enforcement for policy in PACK.policies}
    assert declared["vpc-endpoints"] == "disabled"
    assert settings["vpc-endpoints"].level == "advisory"
    assert settings["encryption-at-rest"].level == declared["encryption-at-rest"] == "mandatory"
    assert settings["multi-az"].level == declared["multi-az"] == "advisory"
    # No control asks for tags.
    assert settings["tags-required"].level == "disabled"


def test_a_level_of_the_config_counts() -> None:
    overrides = {"multi-az": "mandatory", "encryption-at-rest": "disabled", "tags-required": "mandatory"}
    settings, _ = check_config(json.dumps({"selection": {"frameworks": ["FSBP"]}, **overrides}), PACK)
    assert settings["multi-az"].level == "mandatory"
    assert settings["encryption-at-rest"].level == "disabled"
    assert settings["tags-required"].level == "disabled", "a level does not select"
    settings, _ = check_config(json.dumps({"selection": {"frameworks": ["FSBP"]}, "all": "mandatory"}), PACK)
    assert settings["vpc-endpoints"].level == "mandatory"
    assert settings["tags-required"].level == "disabled"


# Severity, concerns, services


def test_severity_is_security_hubs() -> None:
    assert "encryption-at-rest" not in said({"severity": "high"}, open_database())  # RDS.3 is medium
    assert said({"severity": "high"}, open_database())["public-exposure"] == ("FSBP RDS.2",)  # critical
    assert "encryption-at-rest" in said({"severity": "medium"}, open_database())


def test_where_no_control_asks_for_something_its_severity_is_the_policys() -> None:
    declared = {policy.id: policy for policy in PACK.policies}
    for policy_id, severity in {"no-hardcoded-credentials": "critical", "tags-required": "low"}.items():
        assert (declared[policy_id].severity, declared[policy_id].frameworks) == (severity, ())
    program = [*cases()["no-hardcoded-credentials"].faulty.run(), bucket()]
    assert {"no-hardcoded-credentials", "tags-required"} <= said({"severity": "low", "services": []}, *program).keys()
    found = said({"severity": "critical"}, *program)
    assert "no-hardcoded-credentials" in found
    assert "tags-required" not in found


def test_concerns_are_the_modules_of_policies() -> None:
    assert {each.policy.concern for each in findings({"concerns": ["encryption"]}, open_database(), bucket())} == {
        "encryption"
    }


def test_services_are_the_modules_of_types() -> None:
    found = findings({"services": ["s3"]}, open_database(), bucket())
    assert found
    assert {each.violation.resource for each in found if each.violation.resource} == {bucket()}
    # What is folded names no resource of another service.
    assert not [each for each in found if "loans" in as_message(each)]


def test_what_narrows_alone_turns_nothing_on() -> None:
    settings, _ = check_config(json.dumps({"selection": {"services": ["ec2"]}}), PACK)
    assert settings["vpc-endpoints"].level == "disabled"


def test_everything_together() -> None:
    selection = {
        "frameworks": ["PCI DSS 4.0.1"],
        "severity": "critical",
        "concerns": ["exposure"],
        "services": ["rds"],
    }
    assert said(selection, open_database(), bucket()).keys() == {"public-exposure"}


def test_controls_of_others_are_of_no_framework() -> None:
    own = replace(PACK.policies[0], id="own", frameworks=("House X.1",), frameworks_by_type=None)
    policies = (*PACK.policies, own)
    settings, problems = apply_overrides(policies, {"selection": Override(properties={"frameworks": ["FSBP"]})})
    assert problems == []
    assert settings["own"].level == "disabled"


# What runs beside a framework, and what does not


def test_included_policies_run_beside_a_framework_and_keep_their_own_controls() -> None:
    selection = {"frameworks": ["PCI DSS 4.0.1"], "include": ["encryption-at-rest"]}
    found = said(selection, open_database())
    assert found["encryption-at-rest"] == ("FSBP RDS.3",)
    assert "PCI DSS 4.0.1 1.4.4" in found["public-exposure"]
    assert said({"frameworks": ["FSBP"], "include": ["tags-required"]}, bucket())["tags-required"] == ()


@pytest.mark.parametrize("excluded", ["encryption-at-rest", "FSBP RDS.3"])
def test_what_is_excluded_does_not_run(excluded: str) -> None:
    selection = {"frameworks": ["FSBP"], "exclude": [excluded]}
    assert "encryption-at-rest" not in said(selection, open_database())
    assert "public-exposure" in said(selection, open_database())


def test_a_policy_that_is_off_by_default_can_be_excluded() -> None:
    settings, _ = check_config(json.dumps({"selection": {"frameworks": ["FSBP"], "exclude": ["vpc-endpoints"]}}), PACK)
    assert settings["vpc-endpoints"].level == "disabled"


# What else comes of a run


def test_what_is_undecided_is_said_of_what_is_selected_only() -> None:
    key = resource("aws:kms/key:Key", "key")
    database = resource(DATABASE, "loans", storageEncrypted=UNKNOWN, publiclyAccessible=UNKNOWN)

    def undecided(**selection: Any) -> set[str]:
        return {policy.id for policy, _ in record({"selection": selection}, database, key)[-1].undecided}

    assert {"encryption-at-rest", "public-exposure"} <= undecided(frameworks=["FSBP"])
    assert "encryption-at-rest" not in undecided(frameworks=["PCI DSS 4.0.1"])
    assert undecided(services=["kms"]) == set()


def test_the_policies_that_report_on_the_run_run_whatever_is_selected() -> None:
    exemption = {"reason": "none", "match": [{"policies": ["s3-versioning"], "targets": ["nothing"]}]}
    records = record({"selection": {"services": ["s3"]}, "exemptions": {"exemptions": [exemption]}}, bucket())
    assert "exemptions" in {finding.policy.id for each in records for finding in each.findings}


def test_a_selection_that_is_disabled_selects_everything() -> None:
    everything = said({}, open_database())
    assert said({"frameworks": ["CIS 3.0.0"], "enforcementLevel": "disabled"}, open_database()) == everything


def test_remediations_are_of_what_is_selected_only() -> None:
    instance = resource("aws:ec2/instance:Instance", "web", ami="ami-1", instanceType="t3.small")

    def remedies(**selection: Any) -> int:
        config = {"ec2-imdsv2": "remediate", "selection": selection}
        settings, _ = check_config(json.dumps(config), PACK)
        evaluation = Evaluation(PACK, settings, Context())
        return sum(len(evaluation.remediations(policy, instance)) for policy in evaluation.remediating)

    assert remedies() == remedies(frameworks=["FSBP"]) == 1
    assert remedies(services=["s3"]) == remedies(frameworks=["CIS 1.4.0"]) == 0
    # Another row of the policy is selected still.
    assert remedies(exclude=["FSBP EC2.8"]) == 0


def test_what_a_file_shows_is_asked_about_as_what_the_engine_shows(tmp_path: Any) -> None:
    target = resource("aws:s3/bucket:Bucket", "logs")
    block = resource("aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock", "logs", bucket=ref(target))
    # Resources of a file come with a context of their own.
    assert block.context.asked is None
    found = findings({"services": ["s3"], "frameworks": ["CIS 3.0.0"]}, target, block)
    assert found
    assert all(control.startswith("CIS 3.0.0 ") for each in found for control in each.controls)


# Names that mean nothing


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        ({"frameworks": ["PCI DSS"]}, "the pack knows no framework 'PCI DSS'; did you mean 'PCI DSS 4.0.1'?"),
        ({"frameworks": ["fsbp"]}, "the pack knows no framework 'fsbp'; did you mean 'FSBP'?"),
        ({"concerns": ["encrypton"]}, "the pack knows no concern 'encrypton'; did you mean 'encryption'?"),
        ({"services": ["S3"]}, "the pack knows no service 'S3'; did you mean 's3'?"),
        ({"include": ["tag-required"]}, "the pack knows no policy 'tag-required'; did you mean 'tags-required'?"),
        (
            {"exclude": ["FSBP RDS.333"]},
            "the pack knows no policy or control 'FSBP RDS.333'; did you mean 'FSBP RDS.3'?",
        ),
    ],
)
def test_a_wrong_name_is_answered_with_the_right_one(selection: dict[str, list[str]], sentence: str) -> None:
    [key] = selection
    assert mistakes(selection) == [f"policy 'selection', config key '{key}': {sentence}"]


def test_where_no_name_is_near_those_that_there_are_are_listed() -> None:
    [sentence] = mistakes({"frameworks": ["SOC 2"]})
    assert "there are AI Security Best Practices, CIS 1.2.0, " in sentence
    assert "PCI DSS 4.0.1" in sentence


def test_a_wrong_severity_is_answered_with_the_right_ones() -> None:
    [sentence] = mistakes({"severity": "worst"})
    assert sentence.endswith('"worst" is not allowed; it must be one of "critical", "high", "low", "medium"')


def test_a_selection_of_nothing_is_a_mistake() -> None:
    assert mistakes({"frameworks": ["CIS 3.0.0"], "concerns": ["tags"]}) == [
        "policy 'selection': no policy is of all that it names, so that nothing would run"
    ]
