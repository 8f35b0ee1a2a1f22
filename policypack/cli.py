"""The command line, `policypack` or `python -m policypack`. Exit codes: 0 all right, 1 mistakes, 2 wrong arguments."""

from __future__ import annotations

import argparse
import io
import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from policypack.config_file import check_file, file_schema
from policypack.model import printable
from policypack.pack import PACK
from policypack.settings import Difference, Settings, differences

_PACKAGE: Final = Path(__file__).resolve().parent
PRESETS: Final = next(
    (folder for folder in (_PACKAGE / "presets", _PACKAGE.parent / "config") if folder.is_dir()), _PACKAGE
)
"""The folder of the pack's presets, config files for kinds of stacks; where the pack is installed, the first."""
_MANY: Final = 3
"""From how many policies on one line about all of a level is shorter than a line for each."""

_CONFIG: Final = """\
Checks files for `pulumi preview --policy-pack-config` before Pulumi does, and says
what they set and how that differs from the nearest of the pack's presets.
"""
_EDITORS: Final = """\
in Visual Studio Code:
  python -m policypack config --schema > policy-config.schema.json
  and in .vscode/settings.json:
  "json.schemas": [{"fileMatch": ["policy-config*.json"], "url": "./policy-config.schema.json"}]
  Pulumi refuses a "$schema" in the config file itself.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command that the arguments name, those of the process by default, and returns its exit code."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # The name of a file may have characters that standard output does not.
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        options = _parser().parse_args(arguments)
        code: int = options.run(options)
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever reads the output has seen enough; what is left in the buffer would fail again when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m policypack", description=PACK.description)
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    config = commands.add_parser(
        "config",
        usage="%(prog)s [-h] (FILE [FILE ...] | --schema)",
        help="check policy config files, or print their JSON schema",
        description=_CONFIG,
        epilog=_EDITORS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    what = config.add_mutually_exclusive_group(required=True)
    what.add_argument("files", nargs="*", default=[], type=Path, metavar="FILE", help="a policy config file")
    what.add_argument("--schema", action="store_true", help="print the JSON schema of such files, for editors")
    config.set_defaults(run=_config)
    return parser


def _config(options: argparse.Namespace) -> int:
    if options.schema:
        print(json.dumps(file_schema(PACK), indent=2))
        return 0
    checked = {preset: check_file(preset, PACK) for preset in sorted(PRESETS.glob("*.json"))}
    presets = {preset: settings for preset, (settings, mistakes) in checked.items() if not mistakes}
    code = 0
    for file in options.files:
        settings, mistakes = check_file(file, PACK)
        for mistake in mistakes:
            code = 1
            print(mistake.in_file(file), file=sys.stderr)
        if not mistakes:
            others = {preset.name: its for preset, its in presets.items() if not preset.samefile(file)}
            print(f"{printable(str(file))}: right. {_summary(settings, others)}")
    return code


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
