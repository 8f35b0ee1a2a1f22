"""What a Python program reads from its config and another of its modules uses."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.support import PYTHON_PROJECT, found

_SETTINGS = "import pulumi\n\nconfig = pulumi.Config()\nzone = config.get('zone')\n"


@pytest.mark.parametrize(
    "files",
    [
        {"settings.py": _SETTINGS, "__main__.py": "from settings import *\n\nprint(zone)\n"},
        {"settings.py": _SETTINGS, "__main__.py": "import settings\n\nprint(getattr(settings, 'zone'))\n"},
        {"settings.py": _SETTINGS + "print(globals())\n", "__main__.py": "import settings\n"},
        {"settings.py": _SETTINGS + "def get(name):\n    return vars()[name]\n", "__main__.py": "import settings\n"},
        {
            "infra/__init__.py": "",
            "infra/settings.py": _SETTINGS,
            "__main__.py": "import infra.settings as s\ns.zone\n",
        },
        {
            "infra/__init__.py": "",
            "infra/settings.py": _SETTINGS,
            "__main__.py": "import infra.settings\ninfra.settings.zone\n",
        },
        {"infra/__init__.py": _SETTINGS, "infra/vpc.py": "from . import *\n", "__main__.py": "import infra.vpc\n"},
        {
            "infra/__init__.py": "",
            "infra/settings.py": _SETTINGS,
            "infra/vpc.py": "from . import settings\n\nprint(settings.zone)\n",
            "__main__.py": "from infra import vpc\n",
        },
    ],
)
def test_what_another_module_may_use_is_not_reported(tmp_path: Path, files: dict[str, str]) -> None:
    assert found(tmp_path, {"Pulumi.yaml": PYTHON_PROJECT, **files}, "unused-config") == []


def test_what_no_module_uses_is_reported(tmp_path: Path) -> None:
    main = "import settings\nfrom os import *\n\nprint(settings.config)\n"
    files = {"Pulumi.yaml": PYTHON_PROJECT, "settings.py": _SETTINGS, "__main__.py": main}
    message = "settings.py:4:1 unused-config: 'zone' is read from config and never used."
    assert found(tmp_path, files, "unused-config") == [message]
