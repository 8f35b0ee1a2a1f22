"""Instance metadata: instances require IMDSv2, so that a forged request does not expose their role's credentials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from policypack.config import Config
from policypack.model import Resource, Stack, Value, remembered
from policypack.policy import resource_policy
from policypack.requirement import controls_of
from policypack.verdict import Undecided, Verdicts, Violation

_INSTANCE: Final = "aws:ec2/instance:Instance"
_SPOT_INSTANCE: Final = "aws:ec2/spotInstanceRequest:SpotInstanceRequest"
_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
_ACCOUNT: Final = "aws:ec2/instanceMetadataDefaults:InstanceMetadataDefaults"


@dataclass(frozen=True, slots=True)
class _Place:
    """
    Where a type of resource says whether IMDSv1 is allowed.

    :param tokens: the property that decides it.
    :param required: its value that allows IMDSv2 only.
    :param allowed: its value that allows IMDSv1.
    :param endpoint: the property that turns the metadata service off; empty where there is none.
    :param absent: what leaving `tokens` out means; empty where the launch template, the account or the image decides.
    :param change: what the change means for what exists, as sentences.
    :param controls: ids of the controls that ask for IMDSv2.
    """

    tokens: str = "metadataOptions.httpTokens"
    required: str = "required"
    allowed: str = "optional"
    endpoint: str = "metadataOptions.httpEndpoint"
    absent: str = ""
    change: str = ""
    controls: tuple[str, ...] = ()


_PLACES: Final[Mapping[str, _Place]] = {
    _INSTANCE: _Place(change="An existing instance is changed in place, without a restart.", controls=("FSBP EC2.8",)),
    _TEMPLATE: _Place(
        change="This makes a new version of the template: what launches from a fixed version needs the new number, and "
        "running instances keep their setting until they are replaced.",
        controls=("FSBP EC2.170",),
    ),
    "aws:ec2/launchConfiguration:LaunchConfiguration": _Place(
        change="This replaces the launch configuration: one with a fixed name needs another name. Running instances "
        "keep their setting until they are replaced.",
        controls=("FSBP AutoScaling.3",),
    ),
    _SPOT_INSTANCE: _Place(change="This replaces the request and with it the instance: move its data first."),
    "aws:imagebuilder/infrastructureConfiguration:InfrastructureConfiguration": _Place(
        tokens="instanceMetadataOptions.httpTokens", endpoint="", change="The next build uses it."
    ),
    # Without a version, both are allowed:
    # https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_InstanceMetadataServiceConfiguration.html
    "aws:sagemaker/notebookInstance:NotebookInstance": _Place(
        tokens="instanceMetadataServiceConfiguration.minimumInstanceMetadataServiceVersion",
        required="2",
        allowed="1",
        endpoint="",
        absent="SageMaker allows IMDSv1",
        change="The notebook instance is stopped and started for this: save what runs on it.",
    ),
    # "no-preference", its default, leaves the decision to the image.
    _ACCOUNT: _Place(
        tokens="httpTokens",
        endpoint="httpEndpoint",
        change="Instances that exist keep their setting.",
    ),
}
_RISK: Final = "a server-side request forgery exposes the role's credentials"
_BREAKS: Final = (
    "Software that uses IMDSv1, such as old SDKs and agents or curl in userData and other startup scripts, then fails: "
    "the CloudWatch metric MetadataNoToken counts its requests."
)


@resource_policy(
    id="ec2-imdsv2",
    title="EC2 and notebook instances require IMDSv2",
    types=_PLACES,
    severity="high",
    fix='Set metadataOptions.httpTokens to "required".',
    frameworks=controls_of(_PLACES),
    url="https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html",
    remediates=lambda resource, _: _remediations(resource),
)
def ec2_imdsv2(resource: Resource, config: Config) -> Verdicts:
    """
    With IMDSv1, a single web request that an attacker makes the application send (server-side request forgery) returns
    the credentials of the instance's role. IMDSv2 asks for a token first, which such a request cannot get.
    """
    place, options = _PLACES[resource.type], _Options.of(resource)
    if options.is_right:
        return
    if options.unknown:
        yield Undecided(options.unknown)
    elif place.absent or options.tokens.text == place.allowed:
        yield _violation(options.tokens)
    elif resource.type != _ACCOUNT:
        yield from _inherited(resource)


class _Options(NamedTuple):
    """The metadata options of an instance, each from the first place that sets it."""

    tokens: Value
    endpoint: Value | None

    @classmethod
    def of(cls, *places: Resource) -> _Options:
        """
        The options that hold for the first of some resources, which takes what it does not set from the next ones.

        An instance takes each option from its launch template, then from the account's default for the region:
        https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-options.html
        """
        paths = [(resource, _PLACES[resource.type]) for resource in places]
        endpoints = [resource.get(place.endpoint) for resource, place in paths if place.endpoint]
        tokens = [resource.get(place.tokens) for resource, place in paths]
        return cls(_first_set(tokens), _first_set(endpoints) if endpoints else None)

    @property
    def is_right(self) -> bool:
        """Whether IMDSv1 is known to be refused."""
        is_off = self.endpoint is not None and self.endpoint.text == "disabled"
        return is_off or self.tokens.text == _PLACES[self.tokens.resource.type].required

    @property
    def unknown(self) -> Value | None:
        """The first option that is unknown."""
        return next((value for value in self if value and value.is_unknown), None)


def _first_set(values: list[Value]) -> Value:
    return next((value for value in values if not value.is_unset and value.text != "no-preference"), values[0])


def _inherited(resource: Resource) -> Verdicts:
    """Verdicts about a resource that leaves the decision to others; what one of these says is reported there."""
    account = _account_defaults(resource)
    template = _template_of(resource)
    if template is None:
        yield from _decided(_Options.of(resource, *account), resource)
    elif templates := template.targets(_TEMPLATE):
        for each in templates:
            if _Options.of(each, *account).is_right:
                yield from _decided(_Options.of(resource, each, *account), resource)
    else:
        name = template.get("id") if not template.get("id").is_unset else template.get("name")
        question = f"{_PLACES[resource.type].tokens} is not set, so what this names decides it; is it right there?"
        yield Undecided(name, question)


def _template_of(resource: Resource) -> Value | None:
    """The launch template that an instance names; None where it names none."""
    template = resource.get("launchTemplate") if resource.type in (_INSTANCE, _SPOT_INSTANCE) else None
    return None if template is None or template.is_unset else template


def _decided(options: _Options, resource: Resource) -> Verdicts:
    if options.is_right:
        return
    if options.unknown:
        yield Undecided(options.unknown)
    elif options.tokens.resource == resource:
        yield _violation(options.tokens)


def _account_defaults(resource: Resource) -> list[Resource]:
    found = _defaults_by_scope(resource.stack).get((resource.provider_urn, resource.region))
    return [found] if found else []


@remembered
def _defaults_by_scope(stack: Stack) -> dict[tuple[str, str], Resource]:
    """The account's defaults, by the provider and the region that they are for."""
    return {(each.provider_urn, each.region): each for each in stack.of_type(_ACCOUNT)}


def _violation(tokens: Value) -> Violation:
    place = _PLACES[tokens.resource.type]
    fix = [f'Set {tokens.path} to "{place.required}".', _BREAKS]
    if place.tokens.startswith("metadataOptions."):
        fix.append("Containers on the instance may also need metadataOptions.httpPutResponseHopLimit 2.")
    fix.append(place.change)
    if not tokens.is_unset:
        return Violation(
            tokens,
            f"{tokens.path} is {tokens.shown}, which allows IMDSv1: {_RISK}.",
            fix=" ".join(fix),
            controls=place.controls,
        )
    if place.absent:
        return Violation(
            tokens, f"{tokens.path} is not set, so {place.absent}: {_RISK}.", fix=" ".join(fix), controls=place.controls
        )
    message = (
        f"{tokens.path} is not set: the account and the image decide whether IMDSv1 is allowed. If it is, {_RISK}."
    )
    fix.insert(1, "Or set httpTokens of an aws.ec2.InstanceMetadataDefaults, for all new instances of the region.")
    # Today's images ask for IMDSv2, older ones do not.
    return Violation(tokens, message, fix=" ".join(fix), level="advisory", controls=place.controls)


def _remediations(resource: Resource) -> Iterator[Violation]:
    """What requires IMDSv2 in place. Where a launch template decides, nothing is written over it."""
    options = _Options.of(resource)
    is_own = bool(options.tokens.text) or _template_of(resource) is None
    if resource.type in (_INSTANCE, _TEMPLATE) and is_own and not options.is_right and not options.unknown:
        yield Violation(options.tokens, "IMDSv2 is not required.", remediation="required")
