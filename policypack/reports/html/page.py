"""What the pages have in common: their files, their templates, and that a browser runs no script in them but ours."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from policypack.reports.wording import shown, why


@lru_cache(maxsize=16)
def text(package: str, name: str) -> str:
    """The text of a file of a package."""
    return resources.files(package).joinpath(name).read_text(encoding="utf-8").replace("\r\n", "\n")


@lru_cache(maxsize=4)
def template(package: str, name: str) -> Any:
    """The Jinja2 template in a file of a package; what is put into it is escaped."""
    environment = Environment(
        loader=PackageLoader(package, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    environment.filters.update(shown=shown, why=why)
    return environment.get_template(name)


def style_and_script(style: str, script: str) -> dict[str, Any]:
    """
    What a template needs for its style and its script: `style`, `script`, and `script_hash` for the page's policy.

    :param style: what is added to the style of all pages.
    """
    return {
        "style": Markup(text(__package__, "base.css") + style),
        "script": Markup(script),
        "script_hash": base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
    }
