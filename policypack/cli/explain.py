"""`policypack explain`: what a policy checks, why, and how to satisfy it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.padding import Padding
from rich.text import Text

from policypack.cli.options import console, stop
from policypack.config import config_schema, suggestion
from policypack.lint.pack import LINT
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Policy
from policypack.reports.wording import why


def _ids() -> list[str]:
    return list(_policies())


def _policies() -> dict[str, Policy]:
    """The policies of the pack and those of the project lint, by id."""
    return {policy.id: policy for policy in (*LINT.policies, *PACK.policies)}


def explain(
    policy_id: Annotated[str, typer.Argument(metavar="ID", help="The policy's id.", autocompletion=_ids)],
) -> None:
    """
    Say what a policy checks, why, how to satisfy it, and what can be configured.
    """
    found = _policies().get(policy_id)
    if found is None:
        stop(f"the pack has no policy '{policy_id}'{suggestion(policy_id, _ids())}; `policypack list` lists them")
    out = console()
    out.print(Text(found.id, "bold"))
    out.print(f"{found.title}.")
    for heading, text in _sections(found):
        out.print()
        out.print(Text(heading, "bold"))
        out.print(Padding(Text(text), (0, 0, 0, 2), expand=False))


def _sections(policy: Policy) -> list[tuple[str, str]]:
    types = ["every resource type of AWS" if type_ == EVERY_AWS_TYPE else type_ for type_ in policy.types]
    whole = "the project's files" if policy.stage == "project" else "the stack as a whole"
    sections = [
        ("Why", why(policy)),
        ("Fix", policy.fix),
        ("Checks", "\n".join(types) or whole),
        ("Severity and default level", f"{policy.severity}, {policy.enforcement}"),
        ("Frameworks", "\n".join(policy.frameworks)),
        ("Config", "\n".join(_keys(policy))),
        ("Read more", policy.url),
    ]
    return [(heading, text) for heading, text in sections if text]


def _keys(policy: Policy) -> list[str]:
    return [
        f"{key} (default {_default(schema)}): {schema.get('description', '')}"
        for key, schema in config_schema(policy.config_type).items()
    ]


def _default(schema: Mapping[str, Any]) -> str:
    return json.dumps(schema["default"]) if "default" in schema else "what the policy 'shared' says"
