"""The presets are what `python -m tools.presets` writes, and right."""

import json
from pathlib import Path

import pytest

from policypack.config_file import check_file
from policypack.pack import PACK
from policypack.settings import settle
from tools import presets

FILES = sorted((Path(__file__).resolve().parents[2] / "config").glob("*.json"))


def test_every_preset_has_its_file() -> None:
    assert [file.stem for file in FILES] == sorted(presets.PRESETS)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_preset_is_complete_current_and_right(file: Path) -> None:
    content = json.loads(file.read_text())
    assert content == presets.preset(file.stem), "run python -m tools.presets"
    assert list(content) == [policy.id for policy in PACK.policies]
    assert check_file(file, PACK)[1] == []


def test_production_is_the_defaults() -> None:
    settings, _ = check_file(presets.FOLDER / "production.json", PACK)
    assert settings == settle(PACK.policies, {})[0]
