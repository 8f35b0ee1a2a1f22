"""
Finds the servers that stand in for Google Cloud Storage and Azure Blob Storage in tests/fleet/test_stores.py.

`python -m tools.object_stores` makes those that are missing: fake-gcs-server from the Go module proxy (two minutes),
and Azurite from npm, which needs Node.js (one minute, 360 MB). They stay where the Pulumi CLI does: `tools.pulumi_cli`.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from tools.pulumi_cli import Log, ToolMissing, cache_folder, find_go, locked, run

_FAKE_GCS: Final = "1.56.1"
_AZURITE: Final = "3.37.0"

SERVERS: Final[Mapping[str, Path]] = MappingProxyType(
    {
        "gs": cache_folder() / f"fake-gcs-server-{_FAKE_GCS}" / "fake-gcs-server",
        "azblob": cache_folder() / f"azurite-{_AZURITE}" / "node_modules" / ".bin" / "azurite-blob",
    }
)
"""The executable of each server, by the scheme of the URLs that it serves."""


def make(log: Log) -> None:
    """
    Makes the servers that are missing.

    :param log: gets a sentence whenever something slow starts.
    :raises ToolMissing: where one cannot be made, with one sentence and the end of the output.
    """
    with locked(cache_folder()):
        for scheme, build in (("gs", _fake_gcs), ("azblob", _azurite)):
            if not SERVERS[scheme].exists():
                build(SERVERS[scheme], log)


def _fake_gcs(target: Path, log: Log) -> None:
    log(f"building fake-gcs-server {_FAKE_GCS} once, takes about 2 minutes (into {target.parent})")
    run(
        [str(find_go(log)), "install", "-trimpath", f"github.com/fsouza/fake-gcs-server@v{_FAKE_GCS}"],
        "fake-gcs-server could not be built; let this machine reach a Go module proxy",
        env={**os.environ, "GOBIN": str(target.parent), "GOWORK": "off", "GOROOT": "", "CGO_ENABLED": "0"},
    )


def _azurite(target: Path, log: Log) -> None:
    folder = target.parents[2]
    log(f"installing Azurite {_AZURITE} once, takes about a minute (into {folder})")
    npm = shutil.which("npm")
    if npm is None:
        raise ToolMissing("npm, which installs Azurite, is not on PATH; install Node.js")
    unfinished = folder.with_name("azurite.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    options = ("--no-fund", "--no-audit", "--ignore-scripts", "--prefix", str(unfinished))
    run(
        [npm, "install", *options, f"azurite@{_AZURITE}"],
        "Azurite could not be installed; let this machine reach npm's registry",
    )
    unfinished.replace(folder)


if __name__ == "__main__":
    try:
        make(lambda line: print(line, file=sys.stderr))
    except ToolMissing as error:
        sys.exit(str(error))
