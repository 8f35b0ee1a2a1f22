"""Policies about container images and the sizes of tasks."""

import json
from typing import Any

import pytest

from policypack.config import ConfigError
from policypack.model import Resource
from policypack.policies.containers import Image
from policypack.testing import UNKNOWN, Secret, ref, resource
from tests.support import check

TASK = "aws:ecs/taskDefinition:TaskDefinition"
ECR = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
DIGEST = "sha256:" + "0" * 64
PINNED = f"{ECR}/shop/api:1.4.2"


def task(*images: str, **inputs: Any) -> Resource:
    containers = [{"name": f"c{number}", "image": image} for number, image in enumerate(images)]
    return resource(TASK, "api", containerDefinitions=json.dumps(containers), **inputs)


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("nginx", ("docker.io", "nginx", "", "")),
        ("library/nginx:1.27", ("docker.io", "nginx", "1.27", "")),
        ("docker.io/library/nginx:1.27", ("docker.io", "nginx", "1.27", "")),
        ("grafana/grafana:11", ("docker.io", "grafana/grafana", "11", "")),
        ("localhost/api", ("localhost", "api", "", "")),
        ("registry:5000/team/api", ("registry:5000", "team/api", "", "")),
        ("registry:5000/team/api:v2", ("registry:5000", "team/api", "v2", "")),
        (f"{ECR}/a/b/c:1@{DIGEST}", (ECR, "a/b/c", "1", DIGEST)),
        (f"public.ecr.aws/nginx/nginx@{DIGEST}", ("public.ecr.aws", "nginx/nginx", "", DIGEST)),
    ],
)
def test_an_image_is_taken_apart_as_docker_does(name: str, parts: tuple[str, str, str, str]) -> None:
    image = Image.parse(name)
    assert (image.registry, image.repository, image.tag, image.digest) == parts


@pytest.mark.parametrize(
    ("image", "problem"),
    [
        ("hello-world:linux", "this is a sample image"),
        ("docker.io/amazon/amazon-ecs-sample:1", "this is a sample image"),
        ("public.ecr.aws/ecs-sample-image/amazon-ecs-sample:latest", "this is a sample image"),
        ("public.ecr.aws/aws-containers/hello-app-runner:latest", "this is a sample image"),
        ("nginx", "the image has no tag, which means latest, and that changes with every push."),
        ("public.ecr.aws/nginx/nginx", "the image has no tag"),
        ("busybox:latest", "the tag latest changes with every push."),
        (f"{ECR}/shop/api:latest", "the tag latest changes with every push."),
        (f"{ECR}/shop/api", "the image has no tag, which means latest, and that changes with every push."),
        ("registry:5000/api", "the image has no tag"),
    ],
)
def test_an_image_that_is_not_pinned_is_reported(image: str, problem: str) -> None:
    decision = check("container-image", task(PINNED, image))
    assert decision.violations == ["api.containerDefinitions[1].image"]
    assert f'containerDefinitions[1].image is "{image}"'[:60] in decision.messages[0]
    assert problem in decision.messages[0]
    assert "Fix: Set containerDefinitions[1].image to " in decision.messages[0]
    assert "This makes a new revision of the task definition" in decision.messages[0]


@pytest.mark.parametrize(
    "image",
    [PINNED, f"{ECR}/shop/api@{DIGEST}", "nginx:1.27", f"httpd@{DIGEST}", "busybox:1.36", "grafana/grafana:11.2"],
)
def test_a_pinned_image_complies(image: str) -> None:
    assert check("container-image", task(image)).is_clean


@pytest.mark.parametrize("document", [None, "", "[]", "no JSON", "[{}]", "{}", "[1]"])
def test_a_task_that_names_no_image_is_left_alone(document: str | None) -> None:
    assert check("container-image", resource(TASK, containerDefinitions=document)).is_clean


def test_keys_may_have_capitals() -> None:
    definitions = '[{"Name": "app", "Image": "redis"}]'
    assert check("container-image", resource(TASK, containerDefinitions=definitions)).violations == [
        "it.containerDefinitions[0].image"
    ]


def test_a_document_with_an_unknown_part_is_undecided() -> None:
    repository = resource("aws:ecr/repository:Repository", "api")
    decision = check("container-image", resource(TASK, containerDefinitions=ref(repository)))
    assert decision.violations == []
    assert decision.undecided == ["it.containerDefinitions"]


def test_a_document_with_a_secret_is_read_and_not_shown() -> None:
    document = json.dumps([{"image": "canary:latest", "environment": [{"name": "A", "value": "canary"}]}])
    decision = check("ecs-cpu-memory", resource(TASK, containerDefinitions=Secret(document)))
    assert "canary" not in repr(decision.messages)


@pytest.mark.parametrize(
    ("type_", "inputs", "path"),
    [
        ("aws:lambda/function:Function", {"imageUri": f"{ECR}/fn:latest"}, "imageUri"),
        (
            "aws:apprunner/service:Service",
            {"sourceConfiguration": {"imageRepository": {"imageIdentifier": "nginx"}}},
            "sourceConfiguration.imageRepository.imageIdentifier",
        ),
        (
            "aws:ecs/daemonTaskDefinition:DaemonTaskDefinition",
            {"containerDefinitions": [{"image": "envoy:1"}, {"image": "nginx"}]},
            "containerDefinitions[1].image",
        ),
        (
            "aws:ecs/expressGatewayService:ExpressGatewayService",
            {"primaryContainer": {"image": "nginx"}},
            "primaryContainer.image",
        ),
        (
            "aws:batch/jobDefinition:JobDefinition",
            {"containerProperties": '{"image": "busybox"}'},
            "containerProperties.image",
        ),
        (
            "aws:batch/jobDefinition:JobDefinition",
            {"ecsProperties": '{"taskProperties": [{"containers": [{"image": "app:1"}, {"image": "app"}]}]}'},
            "ecsProperties.taskProperties[0].containers[1].image",
        ),
        (
            "aws:batch/jobDefinition:JobDefinition",
            {"nodeProperties": '{"nodeRangeProperties": [{"container": {"image": "app"}}]}'},
            "nodeProperties.nodeRangeProperties[0].container.image",
        ),
        (
            "aws:batch/jobDefinition:JobDefinition",
            {"eksProperties": {"podProperties": {"containers": [{"image": "app"}]}}},
            "eksProperties.podProperties.containers[0].image",
        ),
    ],
)
def test_images_of_other_services_count(type_: str, inputs: dict[str, Any], path: str) -> None:
    assert check("container-image", resource(type_, **inputs)).violations == [f"it.{path}"]
    assert check("container-image", resource(type_)).is_clean


@pytest.mark.parametrize(
    ("config", "image", "complies"),
    [
        ({"allowLatest": True}, f"{ECR}/api:latest", True),
        ({"allowLatest": True}, f"{ECR}/api", True),
        ({"requireDigest": True}, PINNED, False),
        ({"requireDigest": True}, f"{ECR}/api@{DIGEST}", True),
        ({"allowedRegistries": ["*.dkr.ecr.*.amazonaws.com"]}, PINNED, True),
        ({"allowedRegistries": ["*.dkr.ecr.*.amazonaws.com"]}, "grafana/grafana:11", False),
        ({"allowedRegistries": ["docker.io"]}, "grafana/grafana:11", True),
        ({"placeholders": []}, "hello-world:linux", True),
        ({"placeholders": ["grafana/grafana"]}, "grafana/grafana:11", False),
        ({"placeholders": ["grafana/grafana"]}, "ghcr.io/grafana/grafana:11", True),
        ({"placeholders": ["ghcr.io/grafana/grafana"]}, "ghcr.io/grafana/grafana:11", False),
    ],
)
def test_config_says_which_images_will_do(config: dict[str, Any], image: str, complies: bool) -> None:
    assert check("container-image", task(image), config=config).is_clean == complies


FARGATE = {"requiresCompatibilities": ["FARGATE"]}


@pytest.mark.parametrize(
    ("cpu", "memory"),
    [
        ("256", "512"),
        (256.0, 2048.0),
        (".25 vCPU", "0.5GB"),
        ("0.5 vcpu", "4 GB"),
        ("1024", "8192"),
        ("4096", "30720"),
        ("8 vCPU", "60GB"),
        ("16384", "122880"),
        ("32768", "61440"),
        ("32768", "122880"),
        ("32 vCPU", "244GB"),
    ],
)
def test_a_size_that_fargate_offers_complies(cpu: Any, memory: Any) -> None:
    assert check("ecs-cpu-memory", task(PINNED, cpu=cpu, memory=memory, **FARGATE)).is_clean


@pytest.mark.parametrize(
    ("cpu", "memory", "place", "offer"),
    [
        (None, None, "cpu", "tasks of 256, 512, 1024, 2048, 4096, 8192, 16384, 32768 CPU units"),
        ("300", "512", "cpu", "tasks of 256"),
        ("much", "512", "cpu", "tasks of 256"),
        ("256", "4096", "memory", "AWS refuses the pair, as Fargate offers 512, 1024, 2048 MiB with 256 CPU units."),
        ("512", None, "memory", "1024, 2048, 3072, 4096 MiB"),
        ("1024", "1024", "memory", "2048 to 8192 in steps of 1024 MiB"),
        ("8192", "17408", "memory", "16384 to 61440 in steps of 4096 MiB"),
        ("16384", "131072", "memory", "32768 to 122880 in steps of 8192 MiB"),
        ("32768", "65536", "memory", "61440, 122880, 249856 MiB"),
        ("9" * 400, "512", "cpu", "tasks of 256"),
        ("9" * 5000, "512", "cpu", "tasks of 256"),
        (1e300, "512", "cpu", "tasks of 256"),
        ("1e300", "512", "cpu", "tasks of 256"),
        ("256", "9" * 400, "memory", "512, 1024, 2048 MiB"),
        ("256", "9" * 5000 + "GB", "memory", "512, 1024, 2048 MiB"),
        ("256", 1e300, "memory", "512, 1024, 2048 MiB"),
        ("256", "-512", "memory", "512, 1024, 2048 MiB"),
    ],
)
def test_a_size_that_fargate_does_not_offer_is_reported(cpu: Any, memory: Any, place: str, offer: str) -> None:
    decision = check("ecs-cpu-memory", task(PINNED, cpu=cpu, memory=memory, **FARGATE))
    assert decision.violations == [f"api.{place}"]
    assert offer in decision.messages[0]
    assert "Fix: Set cpu to one of these" in decision.messages[0] or "Fix: Set memory to one" in decision.messages[0]


@pytest.mark.parametrize("kinds", [None, [], ["EC2"], ["EXTERNAL"]])
def test_tasks_that_do_not_run_on_fargate_have_any_size(kinds: list[str] | None) -> None:
    assert check("ecs-cpu-memory", task(PINNED, cpu="300", requiresCompatibilities=kinds)).is_clean


@pytest.mark.parametrize(
    ("unknown", "where"),
    [
        ({"cpu": UNKNOWN}, "cpu"),
        ({"memory": UNKNOWN}, "memory"),
        ({"requiresCompatibilities": UNKNOWN}, "requiresCompatibilities[]"),
        ({"requiresCompatibilities": ["EC2", UNKNOWN]}, "requiresCompatibilities[1]"),
    ],
)
def test_an_unknown_size_is_undecided(unknown: dict[str, Any], where: str) -> None:
    decision = check("ecs-cpu-memory", task(PINNED, **{"cpu": "300", "memory": "1", **FARGATE, **unknown}))
    assert decision.violations == []
    assert decision.undecided == [f"api.{where}"]


def test_config_says_which_sizes_are_allowed() -> None:
    config = {"allowed": ["256/512", "512/1024"]}
    assert check("ecs-cpu-memory", task(PINNED, cpu="0.25 vCPU", memory="512", **FARGATE), config=config).is_clean
    decision = check("ecs-cpu-memory", task(PINNED, cpu="1024", memory="2048", **FARGATE), config=config)
    assert decision.violations == ["api.cpu"]
    assert (
        'cpu is "1024" and memory is "2048"; this policy allows 256/512 and 512/1024 (CPU units/MiB).'
        in decision.messages[0]
    )
    # On EC2, too: the team's own sizes are for all tasks.
    assert not check("ecs-cpu-memory", task(PINNED, cpu="1024", memory="2048"), config=config).is_clean


def test_a_size_that_is_no_pair_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"'ecs-cpu-memory', config key 'allowed\[0\]'"):
        check("ecs-cpu-memory", config={"allowed": ["small"]})


@pytest.mark.parametrize(
    ("config", "image", "key"),
    [
        ({}, "api", "allowLatest"),
        ({}, "api:latest", "allowLatest"),
        ({}, "hello-world", "placeholders"),
        ({"allowedRegistries": ["*.dkr.ecr.*.amazonaws.com"]}, "api:1", "allowedRegistries"),
    ],
)
def test_the_fix_names_the_config_that_answers_the_finding(config: dict[str, Any], image: str, key: str) -> None:
    fix = check("container-image", task(image), config=config).messages[0].splitlines()[1]
    assert f"{key} of this policy" in fix


def test_the_fix_of_a_size_names_the_config_that_answers_the_finding() -> None:
    message = check("ecs-cpu-memory", task(PINNED, cpu="256", memory="512"), config={"allowed": ["512/1024"]}).messages[
        0
    ]
    assert "or add the pair to allowed of this policy." in message


def test_the_fix_names_the_sizes_that_go_with_the_memory() -> None:
    decision = check("ecs-cpu-memory", task(PINNED, cpu="256", memory="4096", **FARGATE))
    assert "Fix: Set memory to one of these amounts, or cpu to 512 or 1024 or 2048. " in decision.messages[0]
    huge = check("ecs-cpu-memory", task(PINNED, cpu="16384", memory="249856", **FARGATE))
    assert "or cpu to 32768. " in huge.messages[0]
    odd = check("ecs-cpu-memory", task(PINNED, cpu="256", memory="4097", **FARGATE))
    assert "Fix: Set memory to one of these amounts. " in odd.messages[0]
