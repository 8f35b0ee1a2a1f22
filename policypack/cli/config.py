"""`policypack config`: policy config files."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final

import typer

from policypack.cli import options
from policypack.cli.options import Preset, preset_file, stop
from policypack.config_file import check_file, file_schema
from policypack.model import printable
from policypack.pack import PACK
from policypack.settings import Difference, Settings, differences

_MANY: Final = 3
"""From how many policies on one line about all of a level is shorter than a line for each."""

_STARTER: Final = """\
Next:
  pulumi preview --policy-pack FOLDER --policy-pack-config {file}
  policypack config check {file}        what it sets, and mistakes in it
  policypack list --config {file}       every policy with its level
  policypack explain ID                 what a policy checks, and its config
A policy has a level, or an object with enforcementLevel and its config. JSON has no comments, and Pulumi takes no keys
that it does not know; editors show descriptions by the schema that `policypack config schema` prints.
"""
config_app = typer.Typer(
    name="config",
    help="Policy config files: start one, check them, or print their schema.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@config_app.command()
def init(
    file: Annotated[Path, typer.Argument(help="The file to write; it must not be there yet.")] = Path(
        "policy-config.json"
    ),
    preset: Preset = "first-day",
) -> None:
    """
    Write a policy config file to start from: by default one with which everything is shown and nothing is stopped.
    """
    text = preset_file(preset).read_text()
    try:
        with file.open("x") as out:
            out.write(text)
    except OSError as error:
        stop(f"{file}: the file cannot be written: {error.strerror}")
    shown = printable(str(file))
    print(f"Wrote {shown}, a copy of the preset {preset}.\n{_STARTER.format(file=shown)}", end="")


@config_app.command()
def schema() -> None:
    """
    Print the JSON schema of policy config files, for editors.
    """
    print(json.dumps(file_schema(PACK), indent=2))


@config_app.command()
def check(files: Annotated[list[Path], typer.Argument(metavar="FILE", help="Policy config files.")]) -> None:
    """
    Check files for `pulumi preview --policy-pack-config` before Pulumi does, and say what they set and how that differs
    from the nearest of the pack's presets.
    """
    checked = {preset: check_file(preset, PACK) for preset in sorted(options.PRESETS.glob("*.json"))}
    presets = {preset: settings for preset, (settings, mistakes) in checked.items() if not mistakes}
    has_mistakes = False
    for file in files:
        settings, mistakes = check_file(file, PACK)
        for mistake in mistakes:
            has_mistakes = True
            print(mistake.in_file(file), file=sys.stderr)
        if not mistakes:
            others = {preset.name: its for preset, its in presets.items() if not preset.samefile(file)}
            print(f"{printable(str(file))}: right. {_summary(settings, others)}")
    if has_mistakes:
        raise typer.Exit(1)


def _summary(settings: Settings, presets: Mapping[str, Settings]) -> str:
    """How many policies have which level, and how the settings differ from those of the nearest preset."""
    levels = Counter(setting.level for setting in settings.values()).most_common()
    summary = f"{len(settings)} policies: {', '.join(f'{count} {level}' for level, count in levels)}."
    compared = {name: differences(settings, preset) for name, preset in presets.items()}
    if not compared:
        return summary
    nearest = min(compared, key=lambda name: len(compared[name]))
    found = compared[nearest]
    if not found:
        return f"{summary} In effect the same as the preset {nearest}."
    head = f"{summary} The nearest preset is {nearest}, with {len(found)} difference{'s' if len(found) > 1 else ''}:"
    return "\n".join([head, *(f"  {line}" for line in _told(found, nearest, presets[nearest]))])


def _told(found: Sequence[Difference], name: str, preset: Settings) -> Iterator[str]:
    """A line for each difference from a preset, and one for all policies of a level that have another level instead."""
    levels: Counter[str] = Counter(setting.level for setting in preset.values())
    moved = Counter((ours, theirs) for id_, ours, theirs in found if id_ in preset)
    whole = {change for change, count in moved.items() if count == levels[change[1]] and count >= _MANY}
    for ours, theirs in sorted(whole):
        yield f"every policy that is {theirs} in {name} is {ours}"
    for id_, ours, theirs in found:
        if id_ not in preset or (ours, theirs) not in whole:
            yield f"{id_}: {ours}, in {name} {theirs}"
