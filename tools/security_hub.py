"""
Makes policypack/data/security_hub.json anew: `python -m tools.security_hub FILE`.

FILE is a catalogue of AWS Security Hub's controls in JSON: an object whose `controls` each have `id`, `title`,
`severity`, `standards` (by name: the requirements that AWS maps the control to, true where it names none, or false),
`decidable` (whether a program answers it: yes, relation, partly, no, retired; null where nobody has judged it) and
`retired`, and whose `_source` says where they come from. Of it the pack keeps what tools.coverage and the tests compare
the `frameworks` of policies with.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).resolve().parent.parent / "policypack" / "data" / "security_hub.json"

_SOURCE: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-controls-reference.html"


def compile_controls(catalogue: Mapping[str, Any]) -> dict[str, Any]:
    """The content of the data file: each control that is not retired, with what AWS says of it."""
    controls = {
        control["id"]: {
            "title": control["title"],
            "severity": control["severity"],
            "decidable": control["decidable"],
            "standards": {name: has for name, has in sorted(control["standards"].items()) if has},
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
    data = compile_controls(json.loads(parser.parse_args(arguments).catalogue.read_text()))
    lines = (f"  {json.dumps(id_)}: {json.dumps(control)}" for id_, control in data.pop("controls").items())
    head = json.dumps(data, indent=1).removesuffix("\n}")
    file.write_text(f'{head},\n "controls": {{\n' + ",\n".join(lines) + "\n }\n}\n")


if __name__ == "__main__":
    main()
