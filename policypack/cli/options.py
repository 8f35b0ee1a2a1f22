"""What several commands have in common: how policies are set, and how a command ends that cannot go on."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, NoReturn

import typer
from rich.console import Console

from policypack.config import suggestion
from policypack.config_file import check_config, check_file
from policypack.model import printable
from policypack.pack import PACK
from policypack.policy import Pack
from policypack.settings import Settings

PRESETS: Final = Path(__file__).resolve().parents[2] / "config"
"""The folder of the pack's presets: config files for kinds of stacks."""


def preset_names() -> list[str]:
    """The names of the pack's presets; none in an installed package, which does not have them."""
    return sorted(file.stem for file in PRESETS.glob("*.json"))


Config = Annotated[
    Path | None,
    typer.Option("--config", metavar="FILE", help="A policy config file, as for --policy-pack-config of pulumi."),
]
Preset = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="One of the pack's presets, such as production or first-day.",
        autocompletion=preset_names,
    ),
]


def console() -> Console:
    """Standard output, for texts and tables; in a pipe or a file, no line is broken."""
    width = None if sys.stdout.isatty() else 10_000
    return Console(markup=False, highlight=False, emoji=False, width=width)


def stop(sentence: str) -> NoReturn:
    """Ends the command with a sentence on standard error and exit code 2."""
    print(f"policypack: {printable(sentence)}", file=sys.stderr)
    raise typer.Exit(2)


def require(what: str, value: str, choices: Iterable[str]) -> None:
    """Ends the command where a value is none of the choices."""
    known = list(choices)
    if value not in known:
        hint = suggestion(value, known) or f": there are {', '.join(known)}"
        stop(f"there is no {what} '{value}'{hint}")


def preset_file(name: str) -> Path:
    """The file of a preset; a name that no preset has ends the command."""
    names = preset_names()
    if not names:
        stop(f"there is no folder {PRESETS} with presets; give a policy config file with --config")
    require("preset", name, names)
    return PRESETS / f"{name}.json"


def settings_of(config: Path | None, preset: str = "", pack: Pack = PACK) -> tuple[Settings, str]:
    """
    What the policies of a pack are set to, and what says so, in words: a config file, a preset, or none of them.

    Mistakes in the file end the command with a sentence for each.
    """
    if config and preset:
        stop("--config and --preset exclude each other: both say what the policies are set to")
    file = preset_file(preset) if preset else config
    settings, mistakes = check_file(file, pack) if file else check_config("", pack)
    for mistake in mistakes:
        print(mistake.in_file(file), file=sys.stderr)
    if mistakes:
        raise typer.Exit(2)
    return settings, f"the preset {preset}" if preset else str(config or "")
