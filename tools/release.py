"""Builds what a release consists of: `python -m tools.release FOLDER`.

The folder gets the source distribution, the wheel that is built from it, and a software bill of materials of what an
enforcing machine installs (requirements.lock), in CycloneDX's JSON. All three are built twice, and have to be the same
both times: from the same commit, anybody gets the same files (https://reproducible-builds.org/docs/source-date-epoch/).
"""

from __future__ import annotations

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
TOOLS: Final = ROOT / "tools" / "release.lock"
"""What builds, with hashes: other versions may write other files."""


class ReleaseError(Exception):
    """The release cannot be built; the message says why."""


def release(folder: Path) -> list[Path]:
    """
    Builds the files of a release from the commit that is checked out.

    :param folder: where they are written; made where it is missing.
    :returns: the source distribution, the wheel and the bill of materials.
    :raises ReleaseError: where the folder has files, files of git have changes, a tool fails, or two builds differ.
    """
    if folder.exists() and any(folder.iterdir()):
        raise ReleaseError(f"{folder} is not empty: choose another folder, or delete it first")
    if _run("git", "status", "--porcelain", "--untracked-files=no", folder=ROOT):
        raise ReleaseError("some files have changes that are not committed: commit them, or take them back")
    epoch = int(_run("git", "log", "-1", "--format=%ct", folder=ROOT))
    with tempfile.TemporaryDirectory() as temporary:
        tools = Path(temporary, "tools")
        _run(sys.executable, "-m", "venv", str(tools), folder=ROOT)
        python = tools / "bin" / "python"
        _run(str(python), "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(TOOLS), folder=ROOT)
        first, second = (_build(Path(temporary, name), python, epoch) for name in ("first", "second"))
        if different := sorted(name for name in first.keys() | second.keys() if first.get(name) != second.get(name)):
            raise ReleaseError(f"built twice, these files differ: {', '.join(different)}")
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in first.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in first]


def _build(folder: Path, python: Path, epoch: int) -> dict[str, bytes]:
    """One build in a folder of its own: the files by their names."""
    source, built = folder / "source", folder / "built"
    source.mkdir(parents=True)
    archive = folder / "source.tar"
    _run("git", "archive", "--output", str(archive), "HEAD", folder=ROOT)
    with tarfile.open(archive) as files:
        files.extractall(source)
    environment = {"SOURCE_DATE_EPOCH": str(epoch), "PYTHONHASHSEED": "0"}
    # Without isolation, since the tools' own environment has the version of setuptools that is wanted.
    _run(
        *(str(python), "-m", "build", "--no-isolation", "--outdir", str(built), str(source)),
        folder=folder,
        **environment,
    )
    [packed], [wheel] = built.glob("*.tar.gz"), built.glob("*.whl")
    bill = _run(
        *(str(python), "-m", "cyclonedx_py", "requirements", "requirements.lock", "--pyproject", "pyproject.toml"),
        *("--output-reproducible", "--output-format", "JSON"),
        folder=source,
    )
    name = packed.name.removesuffix(".tar.gz")
    materials = json.loads(bill)
    # pyproject.toml takes it from the package, where cyclonedx-bom does not look.
    materials["metadata"]["component"]["version"] = name.rpartition("-")[2]
    return {
        packed.name: _with_one_time(packed.read_bytes(), epoch),
        wheel.name: wheel.read_bytes(),
        f"{name}.cdx.json": json.dumps(materials, indent=2).encode(),
    }


def _with_one_time(archive: bytes, epoch: int) -> bytes:
    """
    A source distribution with the commit's time and no owner in it; setuptools writes the times of the build.

    :param archive: a gzipped tar file.
    """
    out = io.BytesIO()
    with (
        tarfile.open(fileobj=io.BytesIO(archive)) as packed,
        gzip.GzipFile(filename="", fileobj=out, mode="wb", mtime=epoch) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as target,
    ):
        for member in sorted(packed.getmembers(), key=lambda each: each.name):
            member.mtime, member.pax_headers = epoch, {}
            member.uid = member.gid = 0
            member.uname = member.gname = ""
            member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            target.addfile(member, packed.extractfile(member))
    return out.getvalue()


def _run(*command: str, folder: Path, **environment: str) -> str:
    """What a command writes to standard output."""
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise ReleaseError(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def main() -> None:
    """Builds into the folder that the argument names, and says what is there."""
    if len(sys.argv) != 2:
        sys.exit("usage: python -m tools.release FOLDER")
    try:
        files = release(Path(sys.argv[1]))
    except (ReleaseError, OSError) as error:
        sys.exit(str(error))
    print(*files, sep="\n")


if __name__ == "__main__":
    main()
