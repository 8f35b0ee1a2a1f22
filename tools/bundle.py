"""Makes the folder that an organization publishes: what enforcement needs, and nothing else.

`python -m tools.bundle FOLDER`, then `pulumi install` and `pulumi policy publish ORG` in that folder. From a checkout
itself, the CLI would publish the tests, examples and docs too: it packs all that no .gitignore names
(https://github.com/pulumi/pulumi/blob/v3.259.0/sdk/go/common/util/archive/archive.go).
"""

from __future__ import annotations

import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
LEFT_OUT: Final = frozenset(
    {
        *("__main__.py", "cli", "config_file.py", "documents", "engine/adapter.py", "fleet"),
        *("lint", "data/node_sdk.py", "data/pulumi_3.json.xz", "data/pulumi_aws_6.json.xz"),
        *("data/pulumi_aws_7.json.xz", "source/arguments.py", "testing.py"),
    }
)
"""What of policypack/ only the command line and tests use."""


class BundleError(Exception):
    """The folder cannot be made; the message says why."""


def bundle(folder: Path) -> None:
    """
    Makes the folder of a pack that is ready to be published.

    The requirements that it installs are pinned, with hashes: pip, which the CLI installs them with, checks these
    (https://pip.pypa.io/en/stable/topics/secure-installs/).

    :param folder: a folder outside of the checkout that is not there yet, or empty.
    :raises BundleError: where it is another, or cannot be written.
    """
    if folder.resolve().is_relative_to(ROOT):
        raise BundleError(
            f"{folder} is inside the checkout, whose .gitignore would apply to it when it is published: choose a "
            "folder outside of it"
        )
    try:
        if folder.exists() and any(folder.iterdir()):
            raise BundleError(f"{folder} is not empty: choose another folder, or delete it first")
        for file in _files():
            target = folder / file.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)
        shutil.copyfile(ROOT / "requirements.lock", folder / "requirements.txt")
        # The CLI runs the pack, in the environment that `pulumi install` makes, before it packs the folder.
        (folder / ".gitignore").write_text("__pycache__/\nvenv\n.gitignore\n")
    except OSError as error:
        raise BundleError(f"{error.filename}: cannot be written: {error.strerror}") from None


def _files() -> Iterator[Path]:
    package = ROOT / "policypack"
    yield from (ROOT / name for name in ("__main__.py", "PulumiPolicy.yaml", "LICENSE"))
    found = sorted(package.rglob("*.py"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    for name, patterns in project["tool"]["setuptools"]["package-data"].items():
        folder = ROOT.joinpath(*name.split("."))
        found += [file for pattern in patterns for file in sorted(folder.glob(pattern))]
    yield from (file for file in found if not _is_left_out(file.relative_to(package)))


def _is_left_out(file: Path) -> bool:
    return not LEFT_OUT.isdisjoint(part.as_posix() for part in (file, *file.parents))


def main() -> None:
    """Makes the folder that the argument names, and says what to do with it."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.bundle FOLDER")
    folder = Path(sys.argv[1])
    try:
        bundle(folder)
    except BundleError as error:
        sys.exit(str(error))
    files = [file for file in folder.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files)
    print(f"{folder}: {len(files)} files, {size / 1e6:.1f} MB. Publish it with:")
    print(f"  cd {folder} && pulumi install && pulumi policy publish YOUR-ORG")


if __name__ == "__main__":
    main()
