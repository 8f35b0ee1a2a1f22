"""`policypack new`: a pack of one's own, with the policies of this one and others."""

from __future__ import annotations

import json
import re
import shlex
from importlib import metadata
from pathlib import Path
from typing import Annotated, Final

import typer

from policypack import NAME, VERSION
from policypack.cli.options import stop
from policypack.cli.path import CHECKOUT, is_checkout
from policypack.model import printable

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
"""https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/tokens/names.go, and no dot or hyphen at its start."""

_FILES: Final = {
    "PulumiPolicy.yaml": """\
name: "PACK_NAME"
description: The AWS policies of aws-policypack, and our own.
runtime:
  name: python
  options:
    virtualenv: venv
""",
    "__main__.py": '''\
"""What `pulumi preview --policy-pack` runs: serves the pack."""

from pack import PACK
from policypack.engine.server import serve

serve(PACK)
''',
    "pack.py": '''\
"""The pack: the policies of aws-policypack, and those in the modules of policies/."""

from policypack.pack import PACK as AWS
from policypack.pack import policies_in
from policypack.policy import Pack

import policies

PACK = Pack(
    "PACK_NAME",
    "0.1.0",
    "The AWS policies of aws-policypack, and our own.",
    (*AWS.policies, *policies_in(policies)),
    provider="AWS",
)
''',
    "policies/__init__.py": '"""A file a concern; pack.py finds the policies in them by itself."""\n',
    "policies/queues.py": '''\
"""Queues: how long messages are kept. A sample: replace it."""

from policypack.config import Config
from policypack.model import Resource
from policypack.policy import resource_policy
from policypack.verdict import Undecided, Verdicts, Violation

_DAY = 24 * 60 * 60


@resource_policy(
    id="queue-retention",
    title="Queues keep their messages for a day at least",
    types=("aws:sqs/queue:Queue",),
    severity="medium",
    enforcement="advisory",
    fix=f"Set messageRetentionSeconds to {_DAY} or more, or leave it out: SQS then keeps messages for four days.",
    url="https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html",
)
def queue_retention(queue: Resource, config: Config) -> Verdicts:
    """SQS deletes messages that nobody has read by then."""
    seconds = queue.get("messageRetentionSeconds")
    if seconds.is_unknown:
        yield Undecided(seconds)
    elif seconds.number and seconds.number < _DAY:
        yield Violation(seconds, f"{seconds.path} is {seconds.shown}; at least {_DAY} are required.")
''',
    "test_policies.py": '''\
"""The pack and its own policies."""

import pytest
from pack import PACK
from policies.queues import queue_retention
from policypack.testing import UNKNOWN, decide, resource

QUEUE = "aws:sqs/queue:Queue"


def test_a_short_retention_is_reported():
    decision = decide(queue_retention, resource(QUEUE, "orders", messageRetentionSeconds=3600))
    assert decision.violations == ["orders.messageRetentionSeconds"]
    assert "messageRetentionSeconds is 3600; at least 86400 are required." in decision.messages[0]


@pytest.mark.parametrize("seconds", [86400, None])
def test_a_day_and_the_default_are_accepted(seconds):
    assert decide(queue_retention, resource(QUEUE, messageRetentionSeconds=seconds)).is_clean


def test_an_unknown_retention_is_undecided():
    assert decide(queue_retention, resource(QUEUE, messageRetentionSeconds=UNKNOWN)).undecided


def test_the_pack_has_its_own_policies_and_those_of_aws_policypack():
    assert {"queue-retention", "encryption-at-rest"} <= {policy.id for policy in PACK.policies}
''',
    "requirements.txt": "REQUIREMENT\n",
    "requirements-dev.txt": "-r requirements.txt\npytest>=8,<10\n",
    ".gitignore": "venv/\n__pycache__/\n.pytest_cache/\n",
}

_NEXT: Final = """\
Next, in {folder}:
  python3 -m venv venv && venv/bin/pip install -r requirements-dev.txt
  venv/bin/python -m pytest
  pulumi preview --policy-pack {folder}        in the folder of a Pulumi project
Policies are in policies/, their tests in test_policies.py. requirements.txt says where aws-policypack comes from:
  {requirement}
"""


def new(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new or empty folder.")],
) -> None:
    """
    Write a pack of your own: the policies of this one, and a sample to replace, with its test. The folder's name
    becomes that of the pack.
    """
    name = folder.resolve().name
    if not _NAME.fullmatch(name) or name == NAME:
        stop(
            f"'{name}' cannot be the name of a pack of your own: choose a folder with another name, of letters, "
            f"digits, dots, hyphens and underscores, that is not {NAME}"
        )
    requirement = _requirement()
    try:
        if folder.exists() and any(folder.iterdir()):
            stop(f"{folder} is not empty: choose another folder, or delete it first")
        for file, text in _FILES.items():
            target = folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            filled = text.replace("PACK_NAME", name).replace("REQUIREMENT", requirement)
            target.write_text(filled, encoding="utf-8")
    except OSError as error:
        stop(f"{error.filename}: cannot be written: {error.strerror}")
    print(_NEXT.format(folder=printable(shlex.quote(str(folder.resolve()))), requirement=requirement), end="")


def _requirement() -> str:
    """
    What pip has to install for this version, from where this one was installed.

    pip records where a package came from that is not from an index, without credentials:
    https://packaging.python.org/en/latest/specifications/direct-url/
    """
    if is_checkout():
        return f"{NAME} @ {CHECKOUT.as_uri()}"
    recorded = metadata.distribution(NAME).read_text("direct_url.json")
    if not recorded:
        return f"{NAME}=={VERSION}"
    origin = json.loads(recorded)
    if vcs := origin.get("vcs_info"):
        return f"{NAME} @ {vcs['vcs']}+{origin['url']}@{vcs['commit_id']}"
    return f"{NAME} @ {origin['url']}"
