"""
Makes policypack/data/security_hub.json anew: `python -m tools.security_hub FILE CONFORMANCE`.

FILE is a catalogue of AWS Security Hub's controls in JSON: an object whose `controls` each have `id`, `title`,
`severity`, `standards` (by name: the requirements that AWS maps the control to, true where it names none, or false),
`decidable` (whether a program answers it: yes, relation, partly, no, retired; null where nobody has judged it) and
`retired`, `config_rule` (the rule of AWS Config that it runs), and whose `_source` says where they come from.
CONFORMANCE has conformance packs of AWS Config: an object whose `standards` have, by name, the Config rules of each
of their `requirements`. A control answers a requirement of HIPAA that its own rule stands under; AWS maps no control to
it otherwise. Of both the pack keeps what a selection needs, and tools.coverage, tools.frameworks and the tests.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parent.parent / "policypack" / "data" / "security_hub.json"

_SOURCE: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html"


_BY_RULES: Final = ("HIPAA Security",)
"""The standards that AWS maps to Config rules only."""


def compile_controls(catalogue: Mapping[str, Any], packs: Mapping[str, Any]) -> dict[str, Any]:
    """
    The content of the data file: each control that is not retired, with what AWS says of it.

    :param packs: the requirements of each conformance pack, and the rules of each, by the standard's name.
    """
    by_rule: dict[str, dict[str, list[str]]] = {}
    for name in _BY_RULES:
        for requirement, rules in packs[name]["requirements"].items():
            for rule in rules:
                by_rule.setdefault(rule, {}).setdefault(name, []).append(requirement)
    controls = {
        control["id"]: {
            "title": control["title"],
            "severity": control["severity"],
            "decidable": control["decidable"],
            "standards": {
                name: has
                for name, has in sorted((control["standards"] | by_rule.get(control["config_rule"], {})).items())
                if has
            },
        }
        for control in catalogue["controls"]
        if not control["retired"]
    }
    return {
        "source": _SOURCE,
        "date": catalogue["_source"]["change_log"]["newest_entry"],
        "max_age": 365,
        "controls": dict(sorted(controls.items())),
    }


def main(arguments: list[str] | None = None, file: Path = FILE) -> None:
    """Writes the data file, one line a control, so that a change reads well in a diff."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").strip().splitlines()[0])
    parser.add_argument("catalogue", type=Path, help="the catalogue of controls")
    parser.add_argument("conformance", type=Path, help="the conformance packs")
    given = parser.parse_args(arguments)
    packs = json.loads(given.conformance.read_text())["standards"]
    data = compile_controls(json.loads(given.catalogue.read_text()), packs)
    lines = (f"  {json.dumps(id_)}: {json.dumps(control)}" for id_, control in data.pop("controls").items())
    head = json.dumps(data, indent=1).removesuffix("\n}")
    file.write_text(f'{head},\n "controls": {{\n' + ",\n".join(lines) + "\n }\n}\n")


if __name__ == "__main__":
    main()
