"""
Where each AWS resource type takes passwords, tokens and keys.

The places are in credential_inputs.json, which `python -m tools.credential_inputs` makes from the installed pulumi_aws:
a machine that enforces the pack does not have it. Write-only inputs are among them: the state does not keep those, but
a literal stands in the program all the same.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_READ: Final[Mapping[str, list[str]]] = json.loads(Path(__file__).with_suffix(".json").read_text())["inputs"]

CREDENTIAL_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {type_: tuple(paths) for type_, paths in _READ.items()}
"""For each canonical type token that has any, the property paths, as Resource.each takes them."""
