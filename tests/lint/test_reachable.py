"""Which files the program is made of, and what is no part of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.lint.project import Project
from tests.lint.support import PYTHON_PROJECT, found, lint_files, project

FILES = {
    "network/__init__.py": "from .vpc import Vpc\n",
    "network/vpc.py": "from ..shared import names\n\nclass Vpc:\n    pass\n",
    "shared/names.py": "x = 1\n",
    "handlers/order.py": "x = 1\n",
    "setup.py": "x = 1\n",
}


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("import network\n", ["__main__.py", "network/__init__.py", "network/vpc.py", "shared/names.py"]),
        ("def later():\n    from shared import names\n", ["__main__.py", "shared/names.py"]),
        ("import shared.names as n\n", ["__main__.py", "shared/names.py"]),
        ("x = 1\n", ["__main__.py"]),
        ("import importlib.metadata\nimportlib.metadata.version('pulumi')\ncursor.exec('x')\n", ["__main__.py"]),
        ("# exec('x') as in importlib.import_module\ndef exec(a): ...\nexec('a')\n", ["__main__.py"]),
    ],
)
def test_the_program_is_what_its_entry_point_imports(tmp_path: Path, program: str, expected: list[str]) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": program, **FILES}
    found_ = Project(project(tmp_path, files))
    assert sorted(file.name for file in found_.python) == expected
    assert len(found_.all_python) == 1 + len(FILES)


@pytest.mark.parametrize(
    "program",
    [
        "import importlib\nimportlib.import_module('handlers.order')\n",
        "from importlib import import_module as load\nload('handlers.order')\n",
        "import importlib.util\nimportlib.util.spec_from_file_location('a', 'setup.py')\n",
        "import importlib.util as util\nutil.find_spec('a')\n",
        "from importlib.machinery import SourceFileLoader\nSourceFileLoader('a', 'setup.py')\n",
        "__import__('handlers.order')\n",
        "exec(open('setup.py').read())\n",
        "import pkgutil\nlist(pkgutil.iter_modules(['handlers']))\n",
        "import runpy\nrunpy.run_path('setup.py')\n",
    ],
)
def test_a_program_that_finds_modules_in_another_way_may_be_of_all_files(tmp_path: Path, program: str) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"import shared.names\n{program}", **FILES}
    assert len(Project(project(tmp_path, files)).python) == 1 + len(FILES)


def levels_of(folder: Path, files: dict[str, str]) -> dict[str, str]:
    """The levels of what undefined-name finds in a project, by file."""
    findings = [each for each in lint_files(folder, files).findings if each.policy.id == "undefined-name"]
    return {each.violation.line.file: each.level for each in findings if each.violation.line}


def test_what_may_be_beside_the_program_is_advice_about_names_and_syntax(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import shared\n\nexec(shared.text)\n"}
    files |= {"shared.py": "text = one\n", "glue/job.py": "spark.sql('a')\n", "handler/old.py": "print 'old'\n"}
    assert levels_of(tmp_path, files) == {
        "shared.py": "mandatory",
        "glue/job.py": "advisory",
        "handler/old.py": "advisory",
    }


def test_a_syntax_error_of_the_entry_point_stops_the_program(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import pulumi\nprint 'old'\n", "more.py": "nothing\n"}
    assert levels_of(tmp_path, files) == {"__main__.py": "mandatory", "more.py": "advisory"}


@pytest.mark.parametrize(
    ("main", "entry"), [("infra", "infra/__main__.py"), ("./infra/", "infra/__main__.py"), ("app.py", "app.py")]
)
def test_main_names_the_entry_point(tmp_path: Path, main: str, entry: str) -> None:
    files = {"Pulumi.yaml": f"{PYTHON_PROJECT}main: {main}\n", entry: "x = 1\n", "other.py": "x = 1\n"}
    assert [file.name for file in Project(project(tmp_path, files)).python] == [entry]


def test_without_an_entry_point_all_files_are_the_program(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "deploy.py": "from pulumi import automation\n", "other.py": "x = 1\n"}
    assert len(Project(project(tmp_path, files)).python) == 2


def test_the_code_of_functions_stops_no_preview_and_may_leak_a_secret(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": 'import pulumi\n\npulumi.export("a", 1)\n'}
    files["handlers/order.py"] = 'import os\nlogger.info("x")\nDB_PASSWORD = "kR7vQ2mXw9Lp"\n'
    assert [each.split(":")[3].strip() for each in found(tmp_path, files)] == [
        "DB_PASSWORD is a literal, and its name suggests a secret."
    ]


def test_packages_that_pip_put_into_a_folder_are_others(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": 'import pulumi\n\npulumi.export("a", 1)\n'}
    files |= {"layer/six-1.15.0.dist-info/METADATA": "", "layer/six.py": 'password = "kR7vQ2mXw9Lp"\n'}
    assert not found(tmp_path, files)


def test_names_in_annotations_that_are_not_evaluated_need_not_be_there(tmp_path: Path) -> None:
    program = 'import pulumi\n\n\ndef make(queue: "Queue", name: {}) -> None:\n    pulumi.export("a", [queue, name])\n'
    files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": program.format("str")}
    assert not found(tmp_path / "quoted", files, "undefined-name")
    files["__main__.py"] = program.format("Name")
    assert len(found(tmp_path / "evaluated", files, "undefined-name")) == 1
    files["__main__.py"] = f"from __future__ import annotations\n\n{files['__main__.py']}"
    assert not found(tmp_path / "postponed", files, "undefined-name")


def test_the_requirements_of_a_folder_above_decide_the_version(tmp_path: Path) -> None:
    (tmp_path / "requirements.txt").write_text("pulumi>=3,<4\npulumi-aws>=4,<5\n")
    files = {"Pulumi.yaml": PYTHON_PROJECT}
    files["__main__.py"] = 'import pulumi_aws as aws\n\naws.ec2.Eip("a", vpc=True)\n'
    assert not found(tmp_path / "airflow", files)


def test_settings_that_git_crypt_has_encrypted_may_say_anything(tmp_path: Path) -> None:
    files = {"Pulumi.yaml": PYTHON_PROJECT + "config: {a: {type: string}}\n"}
    files["__main__.py"] = 'import pulumi\n\npulumi.export("a", 1)\n'
    project(tmp_path, files)
    (tmp_path / "Pulumi.dev.yaml").write_bytes(b"\0GITCRYPT\0\x80/\x96")
    assert not found(tmp_path, {})
