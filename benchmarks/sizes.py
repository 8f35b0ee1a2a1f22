"""
What one Analyze costs by the size of what it is asked about.

Run `python -m benchmarks.sizes`. Goal: at most 50 ms of CPU time for anything up to 1 MB, and beyond that no more for
each byte than at 1 MB.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from policypack.evaluation import Evaluation
from policypack.model import Asset, Context, Resource
from policypack.pack import PACK
from policypack.settings import apply_overrides
from policypack.testing import resource

_SIZES: Final = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
_GOAL: Final = 0.05
_GOAL_SIZE: Final = 1_000_000
_ROUNDS: Final = 3

_SCRIPT: Final = """#!/bin/bash
set -euo pipefail
export DB_PASSWORD=$(aws secretsmanager get-secret-value --secret-id db --query SecretString --output text)
curl -fsSL "https://example.com/install.sh" -o /tmp/install.sh && bash /tmp/install.sh --token-file /run/token
cat > /etc/app.yaml <<EOF
key: value
EOF
mysql -h "$DB_HOST" -u app -p"$DB_PASSWORD" -e "select 1"
"""


def _repeated(text: str, size: int) -> str:
    return (text * (size // len(text) + 1))[:size]


def _containers(size: int) -> str:
    variables = [{"name": f"SETTING_{number}", "value": f"value-{number}"} for number in range(size // 48)]
    return json.dumps([{"name": "app", "image": "app:1.0", "environment": variables}])


def _task(**container: Any) -> Resource:
    return resource(
        "aws:ecs/taskDefinition:TaskDefinition", containerDefinitions=json.dumps([{"name": "app", **container}])
    )


_FUNCTION: Final = "aws:lambda/function:Function"
SHAPES: Final[Mapping[str, Callable[[int], Resource]]] = {
    "containers with many variables": lambda size: resource(
        "aws:ecs/taskDefinition:TaskDefinition", containerDefinitions=_containers(size)
    ),
    "a container's command": lambda size: _task(command=["sh", "-c", _repeated(_SCRIPT, size)]),
    "a container's words": lambda size: _task(command=_repeated("app --key value ", size).split()),
    "many variables": lambda size: resource(
        _FUNCTION, environment={"variables": {f"SETTING_{number}": f"value-{number}" for number in range(size // 24)}}
    ),
    "one long variable": lambda size: resource(
        _FUNCTION, environment={"variables": {"SETTING": _repeated("a-b c=d ", size)}}
    ),
    "inline code": lambda size: resource(_FUNCTION, code=Asset((("index.py", _repeated("a = f(b, key=c)\n", size)),))),
    "user data": lambda size: resource("aws:ec2/instance:Instance", userData=_repeated(_SCRIPT, size)),
    "user data, `key` repeated": lambda size: resource("aws:ec2/instance:Instance", userData=_repeated("key", size)),
    "user data, base64": lambda size: resource("aws:ec2/instance:Instance", userData=_repeated("aB3/", size)),
    "a plain parameter": lambda size: resource(
        "aws:ssm/parameter:Parameter", type="String", value=_repeated("password : x ", size)
    ),
    "a secret's document": lambda size: resource(
        "aws:secretsmanager/secretVersion:SecretVersion",
        secretString=json.dumps({f"password{number}": f"kX3vTq9Z{number}" for number in range(size // 32)}),
    ),
    "a type of another provider": lambda size: resource("acme:index/thing:Thing", text=_repeated("key: ", size)),
}


def seconds(subject: Resource) -> float:
    """The fewest CPU seconds of several that one Analyze of a resource takes."""
    settings, _ = apply_overrides(PACK.policies, {})
    best = float("inf")
    for _ in range(_ROUNDS):
        evaluation = Evaluation(PACK, settings, Context("shop", "dev"))
        started = time.process_time()
        evaluation.check_resource(subject)
        best = min(best, time.process_time() - started)
    return best


def main() -> None:
    """Prints the milliseconds of each shape and size, and whether the goals are met."""
    print("| one Analyze | " + " | ".join(f"{size / 1000:,.0f} KB" for size in _SIZES) + " | a byte, last to 1 MB | |")
    print("| --- |" + " ---: |" * (len(_SIZES) + 1) + " --- |")
    for name, make in SHAPES.items():
        seconds(make(100))  # compiles patterns
        taken = {size: seconds(make(size)) for size in _SIZES}
        ratio = taken[_SIZES[-1]] / taken[_GOAL_SIZE] * _GOAL_SIZE / _SIZES[-1]
        is_met = all(each <= _GOAL for size, each in taken.items() if size <= _GOAL_SIZE)
        times = " | ".join(f"{each * 1e3:.1f} ms" for each in taken.values())
        print(f"| {name} | {times} | {ratio:.2f} | {'' if is_met else 'over 50 ms'} |")


if __name__ == "__main__":
    main()
