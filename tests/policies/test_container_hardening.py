"""Policies about what containers may do on their host."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policypack.testing import UNKNOWN, resource
from tests.support import check

TASK = "aws:ecs/taskDefinition:TaskDefinition"


def task(*containers: dict[str, Any], **more: Any) -> Any:
    return resource(TASK, containerDefinitions=json.dumps(containers), **more)


def test_each_privileged_container_is_reported() -> None:
    decision = check("container-privileges", task({"name": "app"}, {"name": "agent", "Privileged": True}))
    assert decision.violations == ["it.containerDefinitions[1].privileged"]
    assert "Fix: Set privileged to false" in decision.messages[0]
    assert decision.controls == ["FSBP ECS.4"]


def test_unknown_containers_are_undecided() -> None:
    for policy_id in ("container-privileges", "container-hardening"):
        assert check(policy_id, resource(TASK, containerDefinitions=UNKNOWN)).undecided
        assert check(policy_id, resource(TASK, containerDefinitions="[")).is_clean


@pytest.mark.parametrize("user", ["root", "0", "0:0", "ROOT"])
def test_root_is_reported(user: str) -> None:
    decision = check("container-hardening", task({"user": user, "readonlyRootFilesystem": True}))
    assert decision.violations == ["it.containerDefinitions[0].user"]


def test_windows_has_its_own_administrator_and_no_read_only_root() -> None:
    windows = {"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}
    assert check("container-hardening", task({"user": "ContainerUser"}, **windows)).is_clean
    decision = check("container-hardening", task({"user": "ContainerAdministrator"}, **windows))
    assert decision.controls == ["FSBP ECS.21"]
