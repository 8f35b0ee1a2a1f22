"""The controls of Security Hub, and that the policies name them right."""

import json
from pathlib import Path
from typing import Any

import pytest

from policypack.pack import PACK
from tools import coverage, security_hub
from tools.cases import cases

CONTROLS: dict[str, dict[str, Any]] = json.loads(security_hub.FILE.read_text())["controls"]


def wrong(framework: str) -> str:
    """What is wrong with an entry of a policy's `frameworks`, such as `FSBP RDS.3`; empty when nothing is."""
    standard, _, control = framework.rpartition(" ")
    if standard not in ("FSBP", "Security Hub"):
        return "no such standard"
    if control not in CONTROLS:
        return "no such control"
    in_fsbp = "FSBP" in CONTROLS[control]["standards"]
    return "" if in_fsbp == (standard == "FSBP") else "in FSBP" if in_fsbp else "not in FSBP"


@pytest.mark.parametrize("policy", PACK.policies, ids=lambda policy: policy.id)
def test_the_frameworks_of_a_policy_are_controls_of_their_standard(policy: Any) -> None:
    assert {framework: wrong(framework) for framework in policy.frameworks} == dict.fromkeys(policy.frameworks, "")
    assert len(set(policy.frameworks)) == len(policy.frameworks)


@pytest.mark.parametrize(
    ("framework", "said"),
    [
        ("FSBP RDS.3", ""),
        ("Security Hub S3.14", ""),
        ("FSBP Nonsense.99", "no such control"),
        ("FSBP S3.14", "not in FSBP"),
        ("Security Hub RDS.3", "in FSBP"),
        # Retired.
        ("FSBP CloudFormation.1", "no such control"),
        ("CIS RDS.3", "no such standard"),
        ("RDS.3", "no such standard"),
    ],
)
def test_a_wrong_control_is_noticed(framework: str, said: str) -> None:
    assert wrong(framework) == said


@pytest.mark.parametrize("policy", PACK.policies, ids=lambda policy: policy.id)
def test_a_policy_proves_each_control_that_it_names(policy: Any) -> None:
    case = cases().get(policy.id)
    assert set(policy.frameworks) == set(case.controls if case else ())


@pytest.mark.parametrize(
    ("policy", "control", "proof"),
    [pytest.param(*each, id=f"{each[0].id}-{each[1]}") for each in coverage.proofs()],
)
def test_a_proof_holds(policy: Any, control: str, proof: Any) -> None:
    assert coverage.problem(policy, control, proof) == ""


def test_a_control_that_is_covered_is_not_left_out() -> None:
    measured = coverage.measure()
    assert not measured.covered.keys() & measured.left_out.keys()
    assert measured.left_out.keys() <= CONTROLS.keys()


# What a policy named although it asks for something else, or for less.
@pytest.mark.parametrize(
    ("policy_id", "framework"),
    [
        ("alb-listener-certificate", "FSBP ELB.2"),
        ("iam-managed-admin-attachment", "FSBP IAM.1"),
        ("alb-https-listener-present", "FSBP ELB.1"),
        ("alb-https-listener", "FSBP ELB.3"),
        ("tls-policy", "FSBP ELB.8"),
        ("eks-public-endpoint", "FSBP EKS.1"),
        ("engine-version", "FSBP EKS.2"),
    ],
)
def test_a_control_that_is_not_met_is_not_named(policy_id: str, framework: str) -> None:
    assert framework not in next(policy.frameworks for policy in PACK.policies if policy.id == policy_id)


def test_the_file_is_what_the_tool_makes_of_a_catalogue(tmp_path: Path) -> None:
    catalogue = {
        "_source": {"change_log": {"newest_entry": "2026-09-23"}},
        "controls": [
            {
                "id": "B.2",
                "title": "b",
                "severity": "low",
                "decidable": None,
                "config_rule": None,
                "standards": {"FSBP": False, "CIS": ["1"], "PCI": []},
                "retired": False,
            },
            {
                "id": "A.1",
                "title": "a",
                "severity": "high",
                "decidable": "yes",
                "config_rule": "a-rule",
                "standards": {"FSBP": True},
                "retired": False,
            },
            {"id": "A.9", "title": "old", "standards": {"FSBP": True}, "retired": True},
        ],
    }
    packs = {"standards": {"HIPAA Security": {"requirements": {"164.1": ["a-rule", "another"], "164.2": ["a-rule"]}}}}
    (tmp_path / "catalogue.json").write_text(json.dumps(catalogue))
    (tmp_path / "packs.json").write_text(json.dumps(packs))
    security_hub.main([str(tmp_path / "catalogue.json"), str(tmp_path / "packs.json")], tmp_path / "data.json")
    written = json.loads((tmp_path / "data.json").read_text())
    assert written["date"] == "2026-09-23"
    assert list(written["controls"].items()) == [
        (
            "A.1",
            {
                "title": "a",
                "severity": "high",
                "decidable": "yes",
                "standards": {"FSBP": True, "HIPAA Security": ["164.1", "164.2"]},
            },
        ),
        ("B.2", {"title": "b", "severity": "low", "decidable": None, "standards": {"CIS": ["1"]}}),
    ]
