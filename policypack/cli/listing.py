"""`policypack list`: the policies, row by row, and what they are set to."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final, get_args

import typer
from rich.table import Table

from policypack.cli.options import Config, Preset, console, require, settings_of, stop
from policypack.data.security_hub import security_hub
from policypack.listing import numbered, some
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, SEVERITIES, Policy, Severity
from policypack.selection import Selection, SelectionConfig, control_id, frameworks_of, service_of, unknown_names
from policypack.settings import Settings, selection_of
from policypack.verdict import Level

EVERY_SERVICE: Final = "all"
"""Among a policy's services, where it checks every type of AWS."""


@dataclass(frozen=True, slots=True)
class _Row:
    """
    What a policy checks on one type of resources.

    :param type: the type; empty for the stack as a whole.
    :param controls: the controls that it checks, in the numbers of the frameworks that are selected.
    :param severity: Security Hub's severity of the worst of these; the policy's where there are none.
    """

    type: str
    controls: tuple[str, ...]
    severity: Severity

    @property
    def service(self) -> str:
        """The service of the type; empty for the stack as a whole."""
        return EVERY_SERVICE if self.type == EVERY_AWS_TYPE else service_of(self.type)


def list_policies(
    level: Annotated[str, typer.Option(help="mandatory, advisory, remediate or disabled.")] = "",
    severity: Annotated[
        str, typer.Option(help="critical, high, medium or low: that of the controls by Security Hub, or worse.")
    ] = "",
    framework: Annotated[
        str, typer.Option(help='A framework or one of its requirements: FSBP, FSBP S3.8, "PCI DSS 4.0.1 8.3.2".')
    ] = "",
    service: Annotated[str, typer.Option(help="A service by its module in the SDK: s3, rds.")] = "",
    concern: Annotated[str, typer.Option(help="A concern, as in the last column: encryption.")] = "",
    by_row: Annotated[bool, typer.Option("--rows", help="A line for each type of resources in the table.")] = False,
    format_: Annotated[str, typer.Option("--format", "-f", help="table or json.")] = "table",
    config: Config = None,
    preset: Preset = "",
) -> None:
    """
    List the policies and what they are set to, all or some of them. Of each policy, only the types and controls are
    listed that the options, and the selection of the config, ask for.
    """
    require("format", format_, ("table", "json"))
    settings, _ = settings_of(config, preset)
    for name, value, choices in (("level", level, get_args(Level)), ("severity", severity, SEVERITIES)):
        if value:
            require(name, value, choices)
    standard, number = _parts(framework)
    wanted = SelectionConfig(
        frameworks=(standard,) if standard else (),
        severity=next((each for each in SEVERITIES if each == severity), "low"),
        services=(service,) if service else (),
        concerns=(concern,) if concern else (),
    )
    for _, sentence in unknown_names(wanted, PACK.policies):
        stop(sentence)
    by_config, asked = selection_of(settings, PACK.policies), Selection.of(wanted, PACK.policies)
    found = [
        (policy, rows)
        for policy in PACK.policies
        if (not level or settings[policy.id].level == level)
        and (rows := [row for row in _rows(policy, by_config, asked) if not number or framework in row.controls])
    ]
    if format_ == "json":
        json.dump([_entry(policy, settings, rows) for policy, rows in found], sys.stdout, indent=2)
        sys.stdout.write("\n")
        return
    columns = ("Policy", "Level", "Severity", "Type" if by_row else "Services", "Frameworks", "Concern")
    table = Table(*columns, box=None, pad_edge=False)
    for policy, rows in found:
        for listed in [[row] for row in rows] if by_row else [rows]:
            entry = _entry(policy, settings, listed)
            table.add_row(
                policy.id,
                entry["level"],
                listed[0].severity if by_row else policy.severity,
                listed[0].type if by_row else some(entry["services"]),
                numbered(entry["frameworks"]),
                policy.concern,
            )
    console().print(table)
    print(f"{len(found)} of {len(PACK.policies)} policies", file=sys.stderr)


def _parts(framework: str) -> tuple[str, str]:
    """A framework and a requirement's number, from what may be either alone or both: `FSBP`, `PCI DSS 4.0.1 8.3.2`."""
    for known in frameworks_of(PACK.policies):
        if framework.startswith(f"{known} "):
            return known, framework.removeprefix(f"{known} ")
    return framework, ""


def _rows(policy: Policy, by_config: Selection | None, asked: Selection | None) -> Iterator[_Row]:
    """
    What a policy checks, by type.

    :param by_config: what the config selects; None for everything.
    :param asked: what is asked for of that; None for everything, the policies about the run itself among it.
    """
    if policy.stage == "report":
        if not asked:
            yield _Row("", (), policy.severity)
        return
    hub = security_hub()
    selections = [each for each in (by_config, asked) if each]
    for type_, controls in policy.controls_by_type.items():
        if all(each.has_row(policy, type_, controls) for each in selections):
            kept = tuple(each for each in controls if all(control_id(each) in other.asked for other in selections))
            severities = [hub[id_].severity for id_ in map(control_id, kept) if id_ in hub]
            for selection in [each for each in selections if each.config.frameworks][-1:]:
                kept = selection.named(kept)
            yield _Row(type_, kept, max(severities, key=SEVERITIES.index, default=policy.severity))


def _entry(policy: Policy, settings: Settings, rows: Sequence[_Row]) -> dict[str, Any]:
    """A policy as JSON, with the rows that are listed of it."""
    return {
        "id": policy.id,
        "title": policy.title,
        "level": settings[policy.id].level,
        "severity": policy.severity,
        "services": sorted({row.service for row in rows if row.service}),
        "frameworks": list(dict.fromkeys(control for row in rows for control in row.controls)),
        "concern": policy.concern,
        "url": policy.url,
        "rows": [
            {"type": row.type, "controls": list(row.controls), "severity": row.severity} for row in rows if row.type
        ],
    }
