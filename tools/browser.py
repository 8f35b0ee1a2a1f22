"""
Finds the Chromium that tests of the HTML report drive; installs it where it is missing and this may be done.

    python -m tools.browser

It never fails: without a browser, those tests are skipped and say why.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import Final

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_INSTALL: Final = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium", "fonts-dejavu-core"),
)
MISSING: Final = "no Chromium is installed: `apt-get install chromium` or what your system has in its place"
ARGUMENTS: Final = ("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
"""How to start it: Chromium refuses its sandbox to root, as whom CI runs."""


def find() -> str | None:
    """The path of the browser; None where there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def main() -> None:
    """Installs the browser if it is missing, this is Debian and we are root; says what could not be done."""
    if find():
        return
    if shutil.which("apt-get") and hasattr(os, "geteuid") and os.geteuid() == 0:
        print("Installing Chromium for the tests of the HTML report ...")
        environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for command in _INSTALL:
            subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False)
    if not find():
        print(f"The tests of the HTML report in a browser will be skipped: {MISSING}.")


if __name__ == "__main__":
    main()
