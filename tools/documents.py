"""
Records what tests of the file readers read: real files that the real Pulumi CLI writes about tests/documents/program.

`python -m tools.documents` writes them into tests/documents/data/, without the paths of this machine.
"""

from __future__ import annotations

import gzip
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from pulumi.automation import ConfigValue

from tools.sandbox import Sandbox

TESTS: Final = Path(__file__).resolve().parent.parent / "tests" / "documents"
PROGRAM: Final = TESTS / "program"
DATA: Final = TESTS / "data"
SECRETS: Final = {"shop:password": "orders-hunter-22", "shop:accessKey": "AKIAEXAMPLEEXAMPLE22"}
_FRAMES: Final = 4
_OUTSIDE: Final = re.compile(r"project:///(?:\.\./)+\S*?([^/]+/[^/]+#)")


def main() -> int:
    """Records all files; 0."""
    with tempfile.TemporaryDirectory() as folder, Sandbox(Path(folder) / "sandbox") as sandbox:
        config = {key: ConfigValue(value, secret=True) for key, value in SECRETS.items()}
        stack = sandbox.stack(PROGRAM, config=config)
        plan = Path(folder) / "plan.json"

        def preview(*flags: str) -> Any:
            return json.loads(stack.preview(json=True, plan=str(plan), flags=flags).stdout)

        _write("preview-of-new.json", preview("--show-secrets"))
        _write("plan-of-new.json", json.loads(plan.read_text()))
        stack.up()
        _write("preview-of-changes.json", preview())
        _write("preview.json", preview("--show-sames"))
        _write("plan.json", json.loads(plan.read_text()))
        _write("export.json", stack.export())
        _write("export-with-secrets.json", stack.export("--show-secrets"))
        state = json.dumps(_clean(json.loads(stack.state_file.read_text())), indent=1)
        (DATA / "state.json.gz").write_bytes(gzip.compress(state.encode(), mtime=0))
    return 0


def _write(name: str, content: Any) -> None:
    (DATA / name).write_text(json.dumps(_clean(content), indent=1) + "\n")


def _clean(content: Any) -> Any:
    """The same with few frames of a stack, and without the paths of this machine in them."""
    if isinstance(content, str):
        return _OUTSIDE.sub(r"project:///../lib/\1", content)
    if isinstance(content, list):
        return [_clean(each) for each in content]
    if isinstance(content, dict):
        return {key: _clean(value[:_FRAMES] if key == "stackTrace" else value) for key, value in content.items()}
    return content


if __name__ == "__main__":
    sys.exit(main())
