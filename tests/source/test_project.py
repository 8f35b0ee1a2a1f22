"""Finding a project from where a command runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.source.project import find_project, from_repository


def project(folder: Path, name: str = "shop") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "Pulumi.yaml").write_text(f"name: {name}\nruntime: python\n")
    return folder


@pytest.mark.parametrize("below", [".", "infra", "services/shop/infra"])
def test_a_project_is_found_in_and_below_the_folder(tmp_path: Path, below: str) -> None:
    project(tmp_path / "other", "other")
    assert find_project(tmp_path, "shop") is None
    expected = project(tmp_path / below)
    assert find_project(tmp_path, "shop") == expected


def test_a_project_is_found_above_the_folder(tmp_path: Path) -> None:
    expected = project(tmp_path)
    within = tmp_path / "app" / "lib"
    within.mkdir(parents=True)
    assert find_project(within, "shop") == expected


@pytest.mark.parametrize("folder", ["node_modules/shop", ".cache/shop", "a/b/c/d/e"])
def test_projects_of_others_and_far_below_are_not_looked_for(tmp_path: Path, folder: str) -> None:
    project(tmp_path / folder)
    assert find_project(tmp_path, "shop") is None


def test_links_are_not_followed(tmp_path: Path) -> None:
    project(tmp_path / "elsewhere")
    inside = tmp_path / "inside"
    inside.mkdir()
    (inside / "link").symlink_to(tmp_path / "elsewhere")
    (inside / "loop").symlink_to(inside)
    assert find_project(inside, "shop") is None


def test_files_are_named_from_the_top_of_the_repository(tmp_path: Path) -> None:
    folder = project(tmp_path / "infra" / "shop")
    assert from_repository(folder) == ""
    (tmp_path / ".git").mkdir()
    assert from_repository(folder) == "infra/shop/"
    assert from_repository(tmp_path) == ""
