"""
Where each AWS resource type names the KMS key of the data that it keeps.

The places are in key_inputs.json, which `python -m tools.key_inputs` makes from the installed pulumi_aws: a machine
that enforces the pack does not have it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_READ: Final[Mapping[str, list[str]]] = json.loads(Path(__file__).with_suffix(".json").read_text())["inputs"]

KEY_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {type_: tuple(paths) for type_, paths in _READ.items()}
"""For each canonical type token that has any, the property paths, as Resource.each takes them."""
