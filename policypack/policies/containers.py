"""Containers: that their images are pinned and meant to run, and that their tasks have a size that exists."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Annotated, Final

from msgspec import Meta

from policypack.config import Config
from policypack.data.fargate import FARGATE_SIZES
from policypack.model import Resource, Value
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

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

    allow_latest: Annotated[bool, Meta(description="Whether the tag latest, or no tag at all, will do.")] = False
    require_digest: Annotated[
        bool, Meta(description="Whether images must be pinned by digest (@sha256:…), as tags can be moved.")
    ] = False
    allowed_registries: Annotated[
        tuple[str, ...],
        Meta(description='Patterns such as "*.dkr.ecr.*.amazonaws.com"; empty: any. Docker Hub is docker.io.'),
    ] = ()
    placeholders: Annotated[
        tuple[str, ...], Meta(description="Images, without tags, that people put in until they have their own.")
    ] = (
        *("nginx", "httpd", "busybox", "hello-world", "amazon/amazon-ecs-sample"),
        *("public.ecr.aws/docker/library/nginx", "public.ecr.aws/docker/library/httpd"),
        *("public.ecr.aws/nginx/nginx", "public.ecr.aws/ecs-sample-image/amazon-ecs-sample"),
    )


_IMAGES: Final = {
    "aws:lambda/function:Function": "imageUri",
    "aws:apprunner/service:Service": "sourceConfiguration.imageRepository?.imageIdentifier",
    "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition": "containerDefinitions[].image",
    "aws:ecs/expressGatewayService:ExpressGatewayService": "primaryContainer.image",
}
# Documents in JSON, and where in them the image is.
_DOCUMENTS: Final = {
    _TASK: ("containerDefinitions", "[].image"),
    "aws:batch/jobDefinition:JobDefinition": ("containerProperties", "image"),
}


@resource_policy(
    id="container-image",
    title="Container images are pinned, and none is a placeholder",
    types=[*_IMAGES, *_DOCUMENTS],
    severity="medium",
    enforcement="advisory",
    fix="Name an image of your own by a tag that is never moved, or by its digest.",
    url="https://docs.aws.amazon.com/AmazonECR/latest/userguide/image-tag-mutability.html",
)
def container_image(resource: Resource, config: ImageConfig) -> Verdicts:
    """
    With a tag that moves, the next restart runs other code than was tested, and rolling back starts the same broken
    image again; a placeholder goes live as somebody else's welcome page.
    """
    for value in _images(resource):
        if value.is_unknown:
            yield Undecided(value, "which image is it?")
        elif value.text and (problem := _image_problem(Image.parse(value.text), value.is_secret, config)):
            yield Violation(value, f"{value.path} is {value.shown}: {problem}.")


def _images(resource: Resource) -> list[Value]:
    if resource.type in _IMAGES:
        return list(resource.each(_IMAGES[resource.type]))
    name, path = _DOCUMENTS[resource.type]
    document = resource.get(name).json(decapitalize=True)
    if document.is_unknown:
        return [document]
    if path.startswith("[]"):
        return [container.get("image") for _, container in document.entries()]
    return [document.get(path)]


def _image_problem(image: Image, is_secret: bool, config: ImageConfig) -> str:
    """What is wrong with an image, as the end of a sentence; empty when nothing is."""
    if replace(image, tag="", digest="") in map(Image.parse, config.placeholders):
        return "that is a placeholder, not an application of yours"
    if config.allowed_registries and not any(
        fnmatchcase(image.registry, pattern) for pattern in config.allowed_registries
    ):
        registry = "its registry" if is_secret else f"the registry {image.registry}"
        return f"{registry} is not among those allowed: {', '.join(config.allowed_registries)}"
    if image.digest:
        return ""
    if config.require_digest:
        return "it has no digest, so somebody may put another image in its place"
    if not config.allow_latest and image.tag in ("", "latest"):
        return (
            "the tag latest"
            + (", which it has for want of another," if not image.tag else "")
            + " moves with every push"
        )
    return ""


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
    title="Tasks have a size that Fargate offers and the team allows",
    types=(_TASK,),
    severity="medium",
    fix="Set cpu and memory of the task to such a pair.",
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html",
)
def ecs_cpu_memory(task: Resource, config: SizeConfig) -> Verdicts:
    """
    AWS refuses a size that Fargate does not offer in the middle of the update; one larger than the team allows is paid
    for every task, by the second.
    """
    cpu, memory, kinds = task.get("cpu"), task.get("memory"), list(task.each("requiresCompatibilities[]"))
    if unknown := [value for value in (cpu, memory, *kinds) if value.is_unknown]:
        yield from map(Undecided, unknown)
        return
    is_fargate = any(kind.text == "FARGATE" for kind in kinds)
    units, mebibytes = _units(cpu), _mebibytes(memory)
    asked = f"cpu is {cpu.shown} and memory is {memory.shown}"
    if config.allowed and f"{units}/{mebibytes}" not in config.allowed:
        yield Violation(
            cpu, f"{asked}; allowed are {' and '.join(config.allowed)}.", fix="Set them to one of the allowed pairs."
        )
    elif is_fargate and (units is None or units not in FARGATE_SIZES):
        offered = ", ".join(str(offer) for offer in FARGATE_SIZES)
        yield Violation(cpu, f"{asked}: Fargate offers tasks of {offered} CPU units.")
    elif is_fargate and units is not None and mebibytes not in FARGATE_SIZES[units]:
        sizes = FARGATE_SIZES[units]
        step = f" in steps of {sizes[-1] - sizes[-2]}" if len(sizes) > 4 else ""
        offered = f"{sizes[0]} to {sizes[-1]}{step}" if step else ", ".join(map(str, sizes))
        known = f"with {units} CPU units, Fargate offers {offered} MiB"
        yield Violation(memory, f"{asked}: {'Fargate offers no such pair' if cpu.is_secret else known}.")


def _units(cpu: Value) -> int | None:
    """CPU units; the provider takes `256` and `.25 vCPU` alike. None where it is neither."""
    return _scaled(cpu, r"vcpu")


def _mebibytes(memory: Value) -> int | None:
    """MiB; the provider takes `512` and `0.5GB` alike. None where it is neither."""
    return _scaled(memory, r"gb")


def _scaled(value: Value, unit: str) -> int | None:
    match = re.fullmatch(rf"(\d{{0,9}}\.?\d{{1,9}})\s*({unit})?", value.text.strip().lower())
    return None if match is None else int(float(match[1]) * (1024 if match[2] else 1))
