"""Runs the unit tests on the oldest Python with the lowest requirements, and on the newest with the newest.

`python -m tools.python_versions` prints which versions of Python and of the packages ran, and a line for each version
that could not be had. The environments are kept in the cache folder of `tools.pulumi_cli` and made anew when the
requirements change; those with the newest packages every week.
"""

from __future__ import annotations

import datetime
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from tools.pulumi_cli import cache_folder, locked

ROOT: Final = Path(__file__).resolve().parents[1]
OLDEST: Final = (3, 11, 2)
"""The oldest Python that the README names: `python3` of Debian 12."""
NEWEST: Final = (3, 14)
"""The newest Python that is released: https://devguide.python.org/versions/."""
TEST_TOOLS: Final = ("pytest", "pytest-xdist", "hypothesis", "jsonschema", "junitparser")
# tests/e2e and tests/tools need pulumi_aws and the other tools of the work, and tests/fleet requirements-fleet.txt;
# conftest.py skips what else needs pulumi_aws.
TESTS: Final = (
    "-n",
    "auto",
    "--dist",
    "loadfile",
    "-m",
    "not slow",
    "--ignore",
    "tests/e2e",
    "--ignore",
    "tests/fleet",
    "--ignore",
    "tests/tools",
    "--ignore",
    "tests/reports/test_html_in_browser.py",
)

Version = tuple[int, ...]
Ends = Literal["lowest", "newest"]


class Unavailable(Exception):  # noqa: N818 - it reads as what it says
    """A version of Python or an environment could not be had; the message says why."""


@dataclass(frozen=True)
class Run:
    """One run of the tests: on which Python, and with which end of the requirements."""

    version: Version
    python: Path
    requirements: Ends


def lowest(requirements: str) -> list[str]:
    """The lines of a requirements file, each pinned to the lowest version that it allows.

    Raises ValueError for a line without a lower bound.
    """
    pinned = []
    for line in _entries(requirements):
        found = re.match(r"([A-Za-z0-9._-]+)>=([0-9.]+)", line)
        if not found:
            raise ValueError(f"requirements.txt: {line!r} has no lower bound; write {line}>=VERSION")
        pinned.append(f"{found[1]}=={found[2]}")
    return pinned


def installed() -> dict[Version, Path]:
    """The released versions of CPython on this machine that are not older than `OLDEST`, each with an executable."""
    home = Path.home()
    folders = [
        Path("/usr/bin"),
        Path("/usr/local/bin"),
        *(Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder),
        *home.glob(".pyenv/versions/*/bin"),
        *home.glob(".local/share/uv/python/*/bin"),
        *_downloads().glob("*/bin"),
    ]
    executables = dict.fromkeys(
        executable.resolve()
        for folder in folders
        if folder.name != "shims"  # pyenv's scripts, which start one version or another
        for executable in sorted(folder.glob("python3.*"))
        if re.fullmatch(r"python3\.(1[1-9]|[2-9]\d)", executable.name)
    )
    found: dict[Version, Path] = {}
    for executable in executables:
        version = _version(executable)
        if version and version >= OLDEST:
            found.setdefault(version, executable)
    return found


def choose(found: Mapping[Version, Path]) -> list[Run]:
    """The runs: the oldest Python with the lowest requirements, and the newest with the newest.

    Raises Unavailable when there is none.
    """
    if not found:
        raise Unavailable(f"this machine has no Python {_text(OLDEST)} or newer")
    oldest, newest = min(found), max(found)
    return [Run(oldest, found[oldest], "lowest"), Run(newest, found[newest], "newest")]


def missing(found: Mapping[Version, Path]) -> Iterator[str]:
    """The versions that should run and are not there, as they are written for uv: `3.11.2`, `3.14`."""
    if OLDEST not in found:
        yield _text(OLDEST)
    if not found or max(found)[: len(NEWEST)] < NEWEST:
        yield _text(NEWEST)


def download(version: str) -> None:
    """Lets uv, from PyPI if it is not installed, download a version of Python into the cache folder.

    Raises Unavailable with the reason when it cannot.
    """
    uv = shutil.which("uv") or str(_uv_from_pypi())
    environment = {**os.environ, "UV_PYTHON_INSTALL_DIR": str(_downloads()), "UV_HTTP_RETRIES": "0"}
    _run([uv, "python", "install", "--no-bin", version], 300, environment)


def environment(run: Run) -> Path:
    """The Python of a virtual environment with the requirements of a run; made on the first call.

    Raises Unavailable with the last lines of what venv or pip wrote when it cannot be made.
    """
    requirements = _requirements()
    development = (ROOT / "requirements-dev.txt").read_text()
    tools = [line for line in _entries(development) if re.split(r"[<>=]", line)[0] in TEST_TOOLS]
    packages = lowest(requirements) if run.requirements == "lowest" else _entries(requirements)
    week = "" if run.requirements == "lowest" else datetime.datetime.now(tz=datetime.UTC).strftime("%G-W%V")
    digest = hashlib.sha256("\n".join([str(run.python), week, *packages, *tools]).encode()).hexdigest()[:8]
    name = f"python-{_text(run.version)}-{run.requirements}"
    folder = cache_folder() / f"{name}-{digest}"
    python = folder / "bin" / "python"
    with locked(cache_folder() / "python-versions"):
        if not (folder / "complete").exists():
            _remove_unused(name)
            print(f"Installing the requirements for Python {_text(run.version)} into {folder} ...", flush=True)
            _run([str(run.python), "-m", "venv", str(folder)], 300)
            pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            _run([*pip, *packages, *tools], 1200)
        (folder / "complete").touch()
    return python


def main() -> int:
    """Runs the tests on each version; the exit code is 0 if all pass."""
    found = installed()
    notes = []
    for version in missing(found):
        try:
            download(version)
        except Unavailable as reason:
            notes.append(f"Python {version} is not on this machine, and uv could not download it: {reason}")
    found = installed()
    failed = False
    runs = choose(found)
    for run in runs:
        failed |= not _test(run)
    ran = {run.version for run in runs}
    if others := sorted(found.keys() - ran):
        notes.append(f"Python {', '.join(map(_text, others))} did not run: the oldest and the newest did.")
    for note in notes:
        print(note)
    return int(failed)


def _test(run: Run) -> bool:
    """Whether the tests pass; prints the versions and the result, and all that pytest wrote when they do not."""
    python = environment(run)
    names = [re.split(r"[<>=]", line)[0] for line in _entries(_requirements())]
    code = "import sys; from importlib.metadata import version\nfor name in sys.argv[1:]: print(name, version(name))"
    versions = _run([str(python), "-c", code, *names], 60).splitlines()
    print(f"Python {_text(run.version)} with the {run.requirements} requirements: {', '.join(versions)}", flush=True)
    started = time.monotonic()
    tests = subprocess.run(
        [str(python), "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        env=_plain_environment(),
    )
    # Without the lines of dots, of which there are hundreds.
    lines = [line for line in tests.stdout.splitlines() if not re.fullmatch(r"[.sF]*( \[ *\d+%\])?", line)]
    shown = lines if tests.returncode else [*(line for line in lines if line.startswith("SKIPPED")), *lines[-1:]]
    print("\n".join(f"  {line}" for line in shown), f"({time.monotonic() - started:.0f} s)", flush=True)
    return tests.returncode == 0


def _remove_unused(name: str) -> None:
    """Removes the environments of a name that were never completed, or were not used for two weeks."""
    for folder in cache_folder().glob(f"{name}-*"):
        complete = folder / "complete"
        if not complete.exists() or time.time() - complete.stat().st_mtime > 14 * 24 * 3600:
            shutil.rmtree(folder)


def _version(executable: Path) -> Version | None:
    """The version of a released CPython; None for what is none or does not start."""
    code = "import sys; v = sys.version_info; print(sys.implementation.name, v.releaselevel, *v[:3])"
    try:
        kind, level, *numbers = _run([str(executable), "-I", "-c", code], 30).split()
    except (Unavailable, ValueError):
        return None
    return tuple(map(int, numbers)) if (kind, level) == ("cpython", "final") else None


def _uv_from_pypi() -> Path:
    folder = cache_folder() / "uv"
    if not (folder / "bin" / "uv").exists():
        _run([sys.executable, "-m", "pip", "install", "--quiet", "--upgrade", "--target", str(folder), "uv"], 600)
    return folder / "bin" / "uv"


def _run(command: Sequence[str], timeout: float, environment: Mapping[str, str] | None = None) -> str:
    """What a command writes; raises Unavailable with its last line, or the reason why it did not end, when it fails."""
    try:
        result = subprocess.run(
            command,
            cwd="/",
            env=environment or _plain_environment(),
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=timeout,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Unavailable(str(error)) from error
    if result.returncode:
        raise Unavailable((result.stdout.strip().splitlines() or [f"{command[0]} failed"])[-1].strip())
    return result.stdout.strip()


def _plain_environment() -> dict[str, str]:
    """The environment without what points Python at modules of another version."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}


def _downloads() -> Path:
    return cache_folder() / "pythons"


def _requirements() -> str:
    """The requirements of the pack and of its command line."""
    return "\n".join((ROOT / name).read_text() for name in ("requirements.txt", "requirements-cli.txt"))


def _entries(requirements: str) -> list[str]:
    """The requirements of a file, without comments and options."""
    lines = (line.partition("#")[0].strip() for line in requirements.splitlines())
    return [line for line in lines if line and not line.startswith("-")]


def _text(version: Version) -> str:
    return ".".join(map(str, version))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Unavailable as error:
        sys.exit(str(error))
