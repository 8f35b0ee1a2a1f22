"""Containers: images are pinned and come from allowed registries, and tasks have a size that Fargate offers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, Final

from msgspec import Meta, structs

from policypack.config import Config
from policypack.data.fargate import FARGATE_SIZES
from policypack.model import PartialText, Reference, Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation
from policypack.wildcard import matches

_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"
_DOCKER_HUB: Final = "docker.io"


@dataclass(frozen=True)
class Image:
    """The parts of a container image's name: `registry/repository:tag@digest`."""

    registry: str
    repository: str
    tag: str
    digest: str

    @classmethod
    def parse(cls, name: str) -> Image:
        """
        Takes an image's name apart as Docker does: the first part is a registry if it looks like a host.

        https://pkg.go.dev/github.com/distribution/reference
        """
        rest, _, digest = name.partition("@")
        first, slash, remainder = rest.partition("/")
        registry = _DOCKER_HUB
        if slash and (first == "localhost" or "." in first or ":" in first):
            registry, rest = first, remainder
        path, colon, tag = rest.rpartition(":")
        repository = path if colon else rest
        return cls(registry, repository.removeprefix("library/"), tag if colon else "", digest)


class ImageConfig(Config):
    """Config of container-image."""

    allow_latest: Annotated[
        bool, Meta(description="Whether images may have the tag latest, or no tag, which means the same.")
    ] = False
    require_digest: Annotated[
        bool, Meta(description="Whether images must be pinned by digest (@sha256:…), as tags can be moved.")
    ] = False
    allowed_registries: Annotated[
        tuple[str, ...],
        Meta(description='Patterns such as "*.dkr.ecr.*.amazonaws.com"; empty: any. Docker Hub is docker.io.'),
    ] = ()
    placeholders: Annotated[
        tuple[str, ...], Meta(description="Images, without tags, that may not be deployed, such as those of tutorials.")
    ] = (
        *("hello-world", "amazon/amazon-ecs-sample", "public.ecr.aws/ecs-sample-image/amazon-ecs-sample"),
        *("public.ecr.aws/aws-containers/hello-app-runner", "public.ecr.aws/docker/library/hello-world"),
    )


# Where images are; a path with two parts leads into a JSON document.
_IMAGES: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "aws:lambda/function:Function": (("imageUri", ""),),
    "aws:apprunner/service:Service": (("sourceConfiguration.imageRepository?.imageIdentifier", ""),),
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": (("containerDefinitions[].image", ""),),
    "aws:ecs/expressGatewayService:ExpressGatewayService": (("primaryContainer.image", ""),),
    _TASK: (("containerDefinitions", "[].image"),),
    "aws:batch/jobDefinition:JobDefinition": (
        ("containerProperties", "image"),
        ("ecsProperties", "taskProperties[].containers[].image"),
        ("nodeProperties", "nodeRangeProperties[].container?.image"),
        ("eksProperties.podProperties?.containers[].image", ""),
    ),
}
# What follows from another image, where the fix does not go without saying.
_CHANGES: Final[Mapping[str, str]] = {
    # https://docs.aws.amazon.com/lambda/latest/dg/images-create.html
    "aws:lambda/function:Function": "Lambda accepts images from ECR repositories in its region only.",
    _TASK: "This makes a new revision of the task definition, and its services replace their tasks.",
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": "This makes a new revision, and its tasks are replaced.",
    "aws:ecs/expressGatewayService:ExpressGatewayService": "The service replaces its tasks.",
    "aws:apprunner/service:Service": "This redeploys the service.",
    "aws:batch/jobDefinition:JobDefinition": "This makes a new revision: jobs that name one need the new number.",
}


@resource_policy(
    id="container-image",
    title="Container images are pinned to a version",
    types=_IMAGES,
    severity="medium",
    enforcement="advisory",
    fix="Name the image by a tag that is never moved, or by its digest.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
)
def container_image(resource: Resource, config: ImageConfig) -> Verdicts:
    """
    With a tag that moves, the next deployment or restart can run code that was never tested, and rolling back starts
    the same broken image again. A tutorial's sample image in production serves a demo page in place of the application.
    """
    placeholders = frozenset(map(Image.parse, config.placeholders))
    for value in (each.as_written_text for each in _images(resource)):
        found = _image_problem(value, value.text, placeholders, config) if value.text else None
        if isinstance(value.raw, PartialText):
            found = _partly_known_problem(value, value.raw, placeholders, config)
        if found:
            problem, fix = found
            yield Violation(value, f"{value.path} is {value.shown}: {problem}.", fix=f"{fix} {_CHANGES[resource.type]}")
        elif value.is_unknown and not _is_told(value.raw, config):
            yield Undecided(value, "which image is it?")


_LONGEST_DEFINITIONS: Final = 131_072
"""
Characters of a JSON document with container definitions. ECS takes 64 KB
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html), Batch less; the white space, which
the provider removes, may be as much again.
"""


def definitions_in(value: Value) -> Value:
    """The content of a JSON document with container definitions; absent where it is longer than AWS takes."""
    is_read = len(value.text) <= _LONGEST_DEFINITIONS
    return value.json(decapitalize=True) if is_read else Value(value.resource, value.path, None)


def _images(resource: Resource) -> Iterator[Value]:
    for path, inner in _IMAGES[resource.type]:
        if not inner:
            yield from resource.each(path)
            continue
        document = definitions_in(resource.get(path))
        if document.is_unknown:
            yield document
        elif inner.startswith("[]."):
            yield from (container.get(inner.removeprefix("[].")) for _, container in document.entries())
        else:
            yield from document.each(inner)


def _partly_known_problem(
    value: Value, text: PartialText, placeholders: frozenset[Image], config: ImageConfig
) -> tuple[str, str] | None:
    """What is wrong with an image whatever the unknown parts of its name turn out to be (see _image_problem)."""
    # Behind the last part of the path stands the tag, before the first one the registry.
    if not any(mark in text.suffix for mark in "/:@"):
        return None
    if "/" not in text.prefix:
        config = structs.replace(config, allowed_registries=())
    return _image_problem(value, text.filled("…"), placeholders, config)


def _is_told(raw: Any, config: ImageConfig) -> bool:
    """Whether an image in whose known parts nothing is wrong is right whatever its unknown parts turn out to be."""
    if not isinstance(raw, PartialText) or not any(mark in raw.suffix for mark in "/:@"):
        return False
    if config.allowed_registries and "/" not in raw.prefix:
        return False
    # The repository of a program's own resource is no sample.
    is_own = all(isinstance(part, str | Reference) for part in raw.parts)
    end = Image.parse(f"…{raw.suffix}").repository.removeprefix("…")
    return is_own or not any(each.startswith(raw.prefix) and each.endswith(end) for each in config.placeholders)


def _image_problem(
    value: Value, name: str, placeholders: frozenset[Image], config: ImageConfig
) -> tuple[str, str] | None:
    """What is wrong with an image, as the end of a sentence, and its fix; None where nothing is wrong."""
    image = Image.parse(name)
    if replace(image, tag="", digest="") in placeholders:
        fix = f"Set {value.path} to the image of your application, or change placeholders of this policy."
        return "this is a sample image, which placeholders of this policy lists", fix
    if config.allowed_registries and not any(matches(each, image.registry) for each in config.allowed_registries):
        registry = value.shown_as(f"the registry {image.registry}", "its registry")
        fix = (
            f"Push the image to one of these registries and set {value.path} to its name there, or add the registry to "
            "allowedRegistries of this policy."
        )
        return f"{registry} is not among those allowed: {', '.join(config.allowed_registries)}", fix
    if image.digest:
        return None
    if config.require_digest:
        fix = f"Set {value.path} to the image's name and digest (NAME@sha256:…)."
        return "the image has no digest, and its tag can be moved to another image", fix
    if config.allow_latest or image.tag not in ("", "latest"):
        return None
    fix = (
        f"Set {value.path} to a tag that never moves, such as a version or a commit, or to the digest (NAME@sha256:…); "
        "imageTagMutability IMMUTABLE keeps the tags of an ECR repository from moving. To accept latest, set "
        "allowLatest of this policy to true."
    )
    if image.tag:
        return "the tag latest changes with every push", fix
    return "the image has no tag, which means latest, and that changes with every push", fix


class SizeConfig(Config):
    """Config of ecs-cpu-memory."""

    allowed: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^\d+/\d+$", examples=["256/512"])], ...],
        Meta(
            description='The sizes that tasks may have, as CPU units/MiB: ["256/512"]; empty: all that Fargate offers.'
        ),
    ] = ()


@resource_policy(
    id="ecs-cpu-memory",
    title="ECS tasks have a size that Fargate offers and the team allows",
    types=(_TASK,),
    severity="medium",
    fix="Set cpu and memory of the task to a pair that Fargate offers.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
)
def ecs_cpu_memory(task: Resource, config: SizeConfig) -> Verdicts:
    """
    AWS refuses a size that Fargate does not offer in the middle of the update. A size larger than the team allows is
    paid for every task, by the second.
    """
    cpu, memory, kinds = task.get("cpu"), task.get("memory"), list(task.each("requiresCompatibilities[]"))
    if unknown := [value for value in (cpu, memory, *kinds) if value.is_unknown]:
        yield from map(Undecided, unknown)
        return
    is_fargate = any(kind.text == "FARGATE" for kind in kinds)
    units, mebibytes = _units(cpu), _mebibytes(memory)
    asked = f"cpu is {cpu.shown} and memory is {memory.shown}"
    if config.allowed and f"{units}/{mebibytes}" not in config.allowed:
        message = f"{asked}; this policy allows {' and '.join(config.allowed)} (CPU units/MiB)."
        fix = "Set cpu and memory to one of the allowed pairs, or add the pair to allowed of this policy."
        yield Violation(cpu, message, fix=f"{fix} {_CHANGES[_TASK]}")
    elif is_fargate and (units is None or units not in FARGATE_SIZES):
        offered = ", ".join(map(str, FARGATE_SIZES))
        fix = f"Set cpu to one of these, and memory to an amount that Fargate offers with it. {_CHANGES[_TASK]}"
        yield Violation(cpu, f"{asked}: AWS refuses it, as Fargate offers tasks of {offered} CPU units.", fix=fix)
    elif is_fargate and units is not None and mebibytes not in FARGATE_SIZES[units]:
        amounts = f"{_listed(FARGATE_SIZES[units])} MiB with {units} CPU units"
        offered = cpu.shown_as(amounts, "other amounts")
        fitting = [str(each) for each, sizes in FARGATE_SIZES.items() if mebibytes in sizes]
        other = memory.shown_as(f", or cpu to {' or '.join(fitting)}", "") if fitting else ""
        fix = f"Set memory to one of these amounts{other}. {_CHANGES[_TASK]}"
        yield Violation(memory, f"{asked}: AWS refuses the pair, as Fargate offers {offered}.", fix=fix)


def _listed(sizes: tuple[int, ...]) -> str:
    step = sizes[-1] - sizes[-2]
    return f"{sizes[0]} to {sizes[-1]} in steps of {step}" if len(sizes) > 4 else ", ".join(map(str, sizes))


def _units(cpu: Value) -> int | None:
    """CPU units; the provider takes `256` and `.25 vCPU` alike. None where it is neither."""
    return _scaled(cpu, r"vcpu")


def _mebibytes(memory: Value) -> int | None:
    """MiB; the provider takes `512` and `0.5GB` alike. None where it is neither."""
    return _scaled(memory, r"gb")


def _scaled(value: Value, unit: str) -> int | None:
    match = re.fullmatch(rf"([0-9]{{0,9}}\.?[0-9]{{1,9}})\s*({unit})?", value.text.strip().lower())
    return None if match is None else int(float(match[1]) * (1024 if match[2] else 1))
