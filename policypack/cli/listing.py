"""`policypack list`: the policies, and what they are set to."""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any, Final

import typer
from rich.table import Table

from policypack.cli.options import Config, Preset, console, require, settings_of
from policypack.listing import some
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Policy
from policypack.settings import Settings

EVERY_SERVICE: Final = "all"
"""Among a policy's services, where it checks every type of AWS."""


def list_policies(
    level: Annotated[str, typer.Option(help="mandatory, advisory, remediate or disabled.")] = "",
    severity: Annotated[str, typer.Option(help="critical, high, medium or low.")] = "",
    framework: Annotated[str, typer.Option(help="A framework or one of its controls: FSBP, FSBP S3.8.")] = "",
    service: Annotated[str, typer.Option(help="A service by its module in the SDK: s3, rds.")] = "",
    concern: Annotated[str, typer.Option(help="A concern, as in the last column: encryption.")] = "",
    format_: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    config: Config = None,
    preset: Preset = "",
) -> None:
    """
    List the policies and what they are set to, all or some of them.
    """
    require("format", format_, ("table", "json"))
    settings, _ = settings_of(config, preset)
    rows = [_row(policy, settings) for policy in PACK.policies]
    wanted = {"level": level, "severity": severity, "concern": concern}
    for key, value in wanted.items():
        if value:
            require(key, value, sorted({row[key] for row in rows}))
            rows = [row for row in rows if row[key] == value]
    if framework:
        rows = [row for row in rows if any(f"{each} ".startswith(f"{framework} ") for each in row["frameworks"])]
    if service:
        rows = [row for row in rows if service in row["services"] or EVERY_SERVICE in row["services"]]
    if format_ == "json":
        json.dump(rows, sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    table = Table("Policy", "Level", "Severity", "Services", "Frameworks", "Concern", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            row["id"],
            row["level"],
            row["severity"],
            some(row["services"]),
            ", ".join(row["frameworks"]),
            row["concern"],
        )
    console().print(table)
    print(f"{len(rows)} of {len(PACK.policies)} policies", file=sys.stderr)


def _row(policy: Policy, settings: Settings) -> dict[str, Any]:
    services = {
        EVERY_SERVICE if type_ == EVERY_AWS_TYPE else type_.split(":")[1].partition("/")[0]
        for type_ in policy.types
        if type_.startswith("aws:")
    }
    return {
        "id": policy.id,
        "title": policy.title,
        "level": settings[policy.id].level,
        "severity": policy.severity,
        "services": sorted(services),
        "frameworks": list(policy.frameworks),
        "concern": policy.concern,
        "url": policy.url,
    }
