"""
What pulumi-aws 6 has otherwise than the installed pulumi-aws 7, for the policies to take both.

`python -m tools.sdk_six` rewrites `tools/sdk_six.json` (about two minutes): it downloads the newest release of
pulumi-aws 6 (10 MB; nothing is installed), reads its types in a process of its own, and keeps the differences. The
tests read the file, so that they need neither the network nor the 100 MB that the release comes to.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Final

from tools import facts, sdk_schema
from tools.sdk_schema import Shape

FILE: Final = Path(__file__).resolve().parent / "sdk_six.json"
_RELEASE: Final = "pulumi-aws==6.*"
_DEPTH: Final = 8

Types = Mapping[str, Mapping[str, str]]
"""For each type token, the paths of its inputs with their kinds (see Shape)."""


def generate(six: Types, release: str) -> dict[str, object]:
    """
    The file's content: the tokens that only pulumi-aws 6 has, and for each other type that both have, the inputs that
    7 has otherwise, with both kinds, or no longer has.

    :param six: the types of pulumi-aws 6.
    :param release: its version.
    """
    seven = types()
    changed: dict[str, dict[str, str]] = {}
    for token, paths in sorted(six.items()):
        now = seven.get(token, {})
        for path, kind in sorted(paths.items() if now else ()):
            above = tuple(f"{each}{step}" for each in changed.get(token, ()) for step in ".[")
            if now.get(path) != kind and not path.startswith(above):
                changed.setdefault(token, {})[path] = f"{kind}, now {now.get(path, 'gone')}"
    source = f"pulumi_aws {release} (https://pypi.org/project/pulumi-aws/{release}/), {sdk_schema.source()}"
    return {"source": source, "tokens": sorted(six.keys() - seven.keys()), "inputs": changed}


def types() -> dict[str, dict[str, str]]:
    """The types of the pulumi_aws that this process imports."""
    tokens = (token for token in sdk_schema.resource_types() if token.startswith("aws:"))
    return {
        token: {
            path: kind for name, shape in sdk_schema.inputs(token).items() for path, kind in _paths(shape, name, _DEPTH)
        }
        for token in sorted(tokens)
    }


def _paths(shape: Shape, path: str, depth: int) -> Iterator[tuple[str, str]]:
    yield path, shape.kind
    if shape.kind == "list" and shape.element and depth:
        yield from _paths(shape.element, f"{path}[]", depth - 1)
    for name, inner in shape.properties.items() if depth else ():
        yield from _paths(inner, f"{path}.{name}", depth - 1)


def _read(folder: Path) -> Types:
    """The types of the pulumi_aws in a folder, read in a process of its own."""
    command = [sys.executable, "-c", "from tools import sdk_six; sdk_six.dump()"]
    printed = subprocess.run(
        command,
        cwd=Path(__file__).resolve().parent.parent,
        env={"PYTHONPATH": str(folder), "PYTHONSAFEPATH": ""},
        check=True,
        stdout=subprocess.PIPE,
    )
    read: Types = json.loads(printed.stdout)
    return read


def dump() -> None:
    """Prints the types of the pulumi_aws that this process imports, as JSON."""

    # pulumi-aws 6 asks parver, which nothing else here needs, for the parts of its own version.
    def parse(text: str) -> SimpleNamespace:
        return SimpleNamespace(release=map(int, text.split(".")), pre_tag=None, dev=None, local=None)

    parver = ModuleType("parver")
    vars(parver)["Version"] = SimpleNamespace(parse=parse)
    sys.modules["parver"] = parver
    json.dump(types(), sys.stdout)


def main() -> None:
    """Rewrites the file."""
    with tempfile.TemporaryDirectory() as folder:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, _RELEASE]
        subprocess.run(pip, check=True)
        [wheel] = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)
        content = generate(_read(Path(folder)), wheel.name.split("-")[1])
    facts.write(FILE, content, max_age=365)


if __name__ == "__main__":
    main()
