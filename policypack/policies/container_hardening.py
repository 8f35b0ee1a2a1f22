"""Container hardening: what a container may do on its host."""

from __future__ import annotations

from typing import Final

from policypack.config import Config
from policypack.model import Resource, Stack
from policypack.policy import resource_policy, stack_policy
from policypack.requirement import FoldedConfig, Table, check_table, controls_of, fold_table
from policypack.rows import Containers, Denied
from policypack.verdict import Verdicts

_TASK: Final = "aws:ecs/taskDefinition:TaskDefinition"


def _is_windows(task: Resource) -> bool | None:
    family = task.get("runtimePlatform.operatingSystemFamily")
    return None if family.is_unknown else family.text.upper().startswith("WINDOWS")


def _is_linux(task: Resource) -> bool | None:
    is_windows = _is_windows(task)
    return None if is_windows is None else not is_windows


_PRIVILEGES: Final[Table] = {
    _TASK: (
        Containers(
            "privileged",
            denied=("true",),
            absent_is_right=True,
            instead="Set privileged to false, and add the capabilities that the container needs in linuxParameters.",
            means="whoever takes the container over has root rights on the host and on all that runs there",
            controls=("FSBP ECS.4",),
        ),
        Denied(
            "pidMode",
            ("host",),
            'Leave pidMode out. Containers of one task can share their processes by "task".',
            means="the containers see the processes of the host, and can read their environment",
            controls=("FSBP ECS.3",),
        ),
    ),
}


@resource_policy(
    id="container-privileges",
    title="Containers have no rights on their host",
    types=_PRIVILEGES,
    severity="high",
    fix="Take the rights on the host away from the container.",
    frameworks=controls_of(_PRIVILEGES),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
)
def container_privileges(task: Resource, config: Config) -> Verdicts:
    """One vulnerability in the application then gives an attacker the host, with the data of all its tasks."""
    yield from check_table(_PRIVILEGES, task)


_HARDENED: Final[Table] = {
    _TASK: (
        Containers(
            "readonlyRootFilesystem",
            ("true",),
            unless=_is_windows,
            means="whoever takes the container over can change its programs and add others",
            note="Mount a volume at each path that the application writes to, such as /tmp.",
            controls=("FSBP ECS.5",),
        ),
        Containers(
            "user",
            denied=("root", "0", "0:0", "root:root", "root:0", "0:root"),
            unless=_is_windows,
            instead='Set user of the container to a user of the image other than root, such as "1000:1000".',
            means="the image decides, and most images run as root",
            note="The user needs rights on the files that the application writes, and cannot listen below port 1024.",
            controls=("FSBP ECS.20",),
        ),
        Containers(
            "user",
            denied=("containeradministrator",),
            unless=_is_linux,
            instead='Set user of the container to "ContainerUser".',
            means="the container runs as ContainerAdministrator",
            controls=("FSBP ECS.21",),
        ),
    ),
}


@stack_policy(
    id="container-hardening",
    title="Containers run as other users than root, on a file system that they cannot change",
    types=_HARDENED,
    severity="medium",
    enforcement="advisory",
    fix="Harden the container.",
    frameworks=controls_of(_HARDENED),
    url="https://docs.aws.amazon.com/AmazonECS/latest/developerguide/security-tasks-containers.html",
)
def container_hardening(stack: Stack, config: FoldedConfig) -> Verdicts:
    """An attacker who gets into a container can install tools in it, and break out of it more easily."""
    yield from fold_table(_HARDENED, stack, config)
