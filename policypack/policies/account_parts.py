"""What an AWS account has once, and what has to hold for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from policypack.model import Resource, Value
from policypack.requirement import Predicate, Requirement, Row, always, any_of, first_unknown, has
from policypack.rows import AtLeast, Denied, Entry, Includes
from policypack.verdict import Undecided, Verdicts, Violation

Part = Literal[
    "access-analyzer",
    "cloudtrail",
    "config",
    "contacts",
    "ebs",
    "emr",
    "guardduty",
    "inspector",
    "macie",
    "password-policy",
    "s3",
    "ssm",
    "vpc",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Singleton:
    """
    A resource that an account has once.

    :param type: its type.
    :param what: what it is, as a sentence names it.
    :param fix: how to add it, as a sentence.
    :param rows: what has to hold for it; they know the controls.
    :param only: which resources of the type are meant.
    """

    type: str
    what: str
    fix: str
    rows: tuple[Row, ...]
    only: Predicate = always

    @property
    def controls(self) -> tuple[str, ...]:
        """The controls of its rows, each once."""
        return tuple(dict.fromkeys(control for row in self.rows for control in row.controls))


@dataclass(frozen=True, slots=True, eq=False)
class _LogsManagementEvents(Row):
    """That a trail logs management events, those that read and those that write, as one without selectors does."""

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where none of its event selectors takes both."""
        selectors, advanced = list(resource.each("eventSelectors[]")), list(resource.each("advancedEventSelectors[]"))
        answers = [*map(_takes_all, selectors), *map(_takes_all_advanced, advanced)]
        logs = any_of(answers) if answers else True
        at = resource.get("eventSelectors" if selectors else "advancedEventSelectors")
        if logs is None:
            yield Undecided(first_unknown(*selectors, *advanced) or at)
        elif not logs:
            fix = 'Add an event selector with includeManagementEvents true and readWriteType "All".'
            yield Violation(at, f"No selector of {at.path} takes all management events: {means}.", fix=fix)


def _takes_all(selector: Value) -> bool | None:
    management, kind = selector.get("includeManagementEvents"), selector.get("readWriteType")
    if first_unknown(management, kind):
        return None
    return not management.is_false and (kind.is_absent or kind.text == "All")


def _takes_all_advanced(selector: Value) -> bool | None:
    fields = {field.get("field").text: field for field in selector.each("fieldSelectors[]")}
    category = fields.get("eventCategory")
    values = list(category.each("equals[]")) if category else []
    if any(value.is_unknown for value in values):
        return None
    return fields.keys() == {"eventCategory"} and "Management" in {value.text for value in values}


@dataclass(frozen=True, slots=True, eq=False)
class _ServiceLinkedRole(Row):
    """That AWS Config records with its service-linked role, whose rights follow what the service learns to record."""

    def wrong(self, resource: Resource, means: str) -> Verdicts:
        """A verdict where the role is another one."""
        role = resource.get("roleArn")
        if role.targets("aws:iam/serviceLinkedRole:ServiceLinkedRole") or ":role/aws-service-role/" in role.text:
            return
        if role.is_unknown and not role.targets("aws:iam/role:Role"):
            yield Undecided(role, "is it the service-linked role of AWS Config?")
        else:
            fix = "Set roleArn to the ARN of an aws.iam.ServiceLinkedRole for config.amazonaws.com."
            yield Violation(role, f"{role.path} is not the service-linked role: {means}.", fix=fix)


def _feature(name: str, what: str, *controls: str, configuration: str = "") -> Singleton:
    """A feature of GuardDuty that is on, or an additional configuration of it."""
    on: Row = Requirement("status", ("ENABLED",), controls=controls, means="GuardDuty does not look there")
    if configuration:
        on = Entry(
            "additionalConfigurations",
            {"name": configuration},
            "status",
            ("ENABLED",),
            controls=controls,
            means="GuardDuty does not install its agent there",
        )
    with_it = f" and {configuration} among additionalConfigurations" if configuration else ""
    return Singleton(
        type="aws:guardduty/detectorFeature:DetectorFeature",
        only=has("name", name),
        what=f"GuardDuty's {what}",
        fix=f'Add an aws.guardduty.DetectorFeature with name "{name}", status "ENABLED"{with_it}.',
        rows=(on,),
    )


def _setting(path: str, wanted: str, what: str, *controls: str) -> Singleton:
    """A setting of Systems Manager."""

    def is_meant(resource: Resource) -> bool | None:
        setting = resource.get("settingId")
        return None if setting.is_unknown else setting.text.endswith(path)

    return Singleton(
        type="aws:ssm/serviceSetting:ServiceSetting",
        only=is_meant,
        what=what,
        fix=f'Add an aws.ssm.ServiceSetting with settingId "{path}" and settingValue "{wanted}".',
        rows=(Requirement("settingValue", (wanted,), controls=controls, means="the setting has another value"),),
    )


def _scans(kind: str, *controls: str) -> Singleton:
    """What Inspector scans."""
    return Singleton(
        type="aws:inspector2/enabler:Enabler",
        what=f"Amazon Inspector for {kind}",
        fix=f'Add an aws.inspector2.Enabler with "{kind}" among resourceTypes.',
        rows=(Includes("resourceTypes", (kind,), controls=controls, means="known vulnerabilities are not found"),),
    )


_GUESSED: Final = "passwords of users are easier to guess"
_MISSED: Final = "what happens in other Regions, or who does it, is not recorded"
# Defaults are those of the provider's documentation: https://www.pulumi.com/registry/packages/aws/api-docs/
PARTS: Final[Mapping[Part, tuple[Singleton, ...]]] = {
    "cloudtrail": (
        Singleton(
            type="aws:cloudtrail/trail:Trail",
            what="trail for all Regions",
            fix="Add an aws.cloudtrail.Trail with isMultiRegionTrail true.",
            rows=(
                Requirement("isMultiRegionTrail", controls=("FSBP CloudTrail.1",), means=_MISSED),
                Requirement(
                    "enableLogging",
                    absent_is_right=always,
                    controls=("FSBP CloudTrail.1", "Security Hub CloudTrail.3"),
                    means=_MISSED,
                ),
                _LogsManagementEvents(controls=("FSBP CloudTrail.1",), means=_MISSED),
            ),
        ),
    ),
    "config": (
        Singleton(
            type="aws:cfg/recorder:Recorder",
            what="recorder of AWS Config",
            fix="Add an aws.cfg.Recorder, with its aws.cfg.RecorderStatus and aws.cfg.DeliveryChannel.",
            rows=(
                Requirement(
                    "recordingGroup.allSupported",
                    absent_is_right=always,
                    controls=("FSBP Config.1",),
                    means="changes of other types are not recorded",
                ),
                _ServiceLinkedRole(
                    controls=("FSBP Config.1",), means="it may lack rights to record what AWS adds to the service"
                ),
            ),
        ),
        Singleton(
            type="aws:cfg/recorderStatus:RecorderStatus",
            what="recorder of AWS Config that is started",
            fix="Add an aws.cfg.RecorderStatus for the recorder with isEnabled true.",
            rows=(Requirement("isEnabled", controls=("FSBP Config.1",), means="nothing is recorded"),),
        ),
    ),
    "ebs": (
        Singleton(
            type="aws:ebs/encryptionByDefault:EncryptionByDefault",
            what="encryption of EBS volumes by default",
            fix="Add an aws.ebs.EncryptionByDefault in each Region that you use.",
            rows=(
                Requirement(
                    "enabled",
                    absent_is_right=always,
                    controls=("FSBP EC2.7",),
                    means="volumes made outside of the stack are not encrypted",
                ),
            ),
        ),
        Singleton(
            type="aws:ebs/snapshotBlockPublicAccess:SnapshotBlockPublicAccess",
            what="block on the public sharing of EBS snapshots",
            fix='Add an aws.ebs.SnapshotBlockPublicAccess with state "block-all-sharing" in each Region that you use.',
            rows=(
                Denied(
                    "state",
                    ("unblocked",),
                    'Set state to "block-all-sharing".',
                    controls=("FSBP EC2.182",),
                    means="anybody who may share a snapshot can share it with every AWS account",
                ),
            ),
        ),
    ),
    "vpc": (
        Singleton(
            type="aws:ec2/vpcBlockPublicAccessOptions:VpcBlockPublicAccessOptions",
            what="VPC Block Public Access",
            fix='Add an aws.ec2.VpcBlockPublicAccessOptions with internetGatewayBlockMode "block-ingress", and an '
            "aws.ec2.VpcBlockPublicAccessExclusion for each VPC that serves the internet.",
            rows=(
                Requirement(
                    "internetGatewayBlockMode",
                    ("block-ingress", "block-bidirectional"),
                    controls=("FSBP EC2.172",),
                    means="every VPC can be opened to the internet",
                ),
            ),
        ),
    ),
    "emr": (
        Singleton(
            type="aws:emr/blockPublicAccessConfiguration:BlockPublicAccessConfiguration",
            what="block on public EMR clusters",
            fix="Add an aws.emr.BlockPublicAccessConfiguration with blockPublicSecurityGroupRules true.",
            rows=(
                Requirement(
                    "blockPublicSecurityGroupRules",
                    controls=("FSBP EMR.2",),
                    means="clusters can be started that the internet reaches",
                ),
            ),
        ),
    ),
    "s3": (
        Singleton(
            type="aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock",
            what="block on public buckets",
            fix="Add an aws.s3.AccountPublicAccessBlock with blockPublicAcls, blockPublicPolicy, ignorePublicAcls and "
            "restrictPublicBuckets true.",
            rows=tuple(
                Requirement(path, controls=("FSBP S3.1",), means="buckets can be opened to everybody")
                for path in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
            ),
        ),
    ),
    "guardduty": (
        Singleton(
            type="aws:guardduty/detector:Detector",
            what="detector of GuardDuty",
            fix="Add an aws.guardduty.Detector in each Region that you use.",
            rows=(
                Requirement(
                    "enable",
                    absent_is_right=always,
                    controls=("FSBP GuardDuty.1",),
                    means="attacks on the account are not noticed",
                ),
            ),
        ),
        _feature("EKS_AUDIT_LOGS", "EKS Audit Log Monitoring", "FSBP GuardDuty.5"),
        _feature("LAMBDA_NETWORK_LOGS", "Lambda Protection", "FSBP GuardDuty.6"),
        _feature("EBS_MALWARE_PROTECTION", "Malware Protection for EC2", "FSBP GuardDuty.8"),
        _feature("RDS_LOGIN_EVENTS", "RDS Protection", "FSBP GuardDuty.9"),
        _feature("S3_DATA_EVENTS", "S3 Protection", "FSBP GuardDuty.10"),
        _feature("RUNTIME_MONITORING", "Runtime Monitoring", "FSBP GuardDuty.11"),
        *(
            _feature("RUNTIME_MONITORING", f"agent for {what}", control, configuration=f"{name}_MANAGEMENT")
            for name, what, control in (
                ("EKS_ADDON", "EKS", "FSBP GuardDuty.7"),
                ("ECS_FARGATE_AGENT", "ECS on Fargate", "FSBP GuardDuty.12"),
                ("EC2_AGENT", "EC2", "FSBP GuardDuty.13"),
            )
        ),
    ),
    "inspector": (
        _scans("EC2", "FSBP Inspector.1"),
        _scans("ECR", "FSBP Inspector.2"),
        _scans("LAMBDA_CODE", "FSBP Inspector.3"),
        _scans("LAMBDA", "FSBP Inspector.4"),
    ),
    "macie": (
        Singleton(
            type="aws:macie2/account:Account",
            what="Amazon Macie",
            fix="Add an aws.macie2.Account.",
            rows=(
                Requirement(
                    "status",
                    ("ENABLED",),
                    absent_is_right=always,
                    controls=("FSBP Macie.1",),
                    means="sensitive data in buckets is not found",
                ),
            ),
        ),
    ),
    "password-policy": (
        Singleton(
            type="aws:iam/accountPasswordPolicy:AccountPasswordPolicy",
            what="password policy",
            fix="Add an aws.iam.AccountPasswordPolicy with minimumPasswordLength 14, passwordReusePrevention 24, and "
            "requireUppercaseCharacters, requireLowercaseCharacters, requireNumbers and requireSymbols true.",
            rows=(
                *(
                    Requirement(f"require{kind}", controls=("FSBP IAM.7", f"Security Hub {control}"), means=_GUESSED)
                    for kind, control in (
                        ("UppercaseCharacters", "IAM.11"),
                        ("LowercaseCharacters", "IAM.12"),
                        ("Symbols", "IAM.13"),
                        ("Numbers", "IAM.14"),
                    )
                ),
                AtLeast("minimumPasswordLength", 8, default=6, controls=("FSBP IAM.7",), means=_GUESSED),
                AtLeast("minimumPasswordLength", 14, default=6, controls=("Security Hub IAM.15",), means=_GUESSED),
                AtLeast("passwordReusePrevention", 24, controls=("Security Hub IAM.16",), means=_GUESSED),
            ),
        ),
    ),
    "access-analyzer": (
        Singleton(
            type="aws:accessanalyzer/analyzer:Analyzer",
            what="analyzer of external access",
            fix='Add an aws.accessanalyzer.Analyzer with type "ACCOUNT" in each Region that you use.',
            rows=(
                Requirement(
                    "type",
                    ("ACCOUNT", "ORGANIZATION"),
                    absent_is_right=always,
                    controls=("Security Hub IAM.28",),
                    means="nothing tells which resources are shared with other accounts",
                ),
            ),
        ),
    ),
    "ssm": (
        _setting(
            "/ssm/automation/customer-script-log-destination", "CloudWatch", "log of SSM Automation", "FSBP SSM.6"
        ),
        _setting(
            *("/ssm/documents/console/public-sharing-permission", "Disable"),
            *("block on the public sharing of SSM documents", "FSBP SSM.7"),
        ),
    ),
    "contacts": (
        Singleton(
            type="aws:account/alternativeContact:AlternativeContact",
            what="security contact",
            fix='Add an aws.account.AlternativeContact with alternateContactType "SECURITY".',
            rows=(
                Requirement(
                    "alternateContactType",
                    ("SECURITY",),
                    controls=("FSBP Account.1",),
                    means="AWS does not know whom to tell of a security incident",
                ),
            ),
        ),
    ),
}
