"""Twenty ways to place a secret, in the real engine, with the program's source in three languages."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path

import pytest
from pulumi.automation import ConfigValue

from tools.sandbox import Outcome, Sandbox

ROOT = Path(__file__).resolve().parents[2]
WAYS = Path(__file__).with_name("secret_ways")
PROJECT = "name: secret-ways\nruntime: python\n"
STRONG = "Rf9tGb5yHn2uJm7iKo4l"

FILES = {"python": "__main__.py", "typescript": "index.ts", "yaml": "Pulumi.yaml"}
SOURCES = {"python": "program.py", "typescript": "index.ts", "yaml": "Pulumi.yaml"}
# What stands in the line that each is found in, whatever the language.
MARKS = {
    "literal": "kX3vTq9ZrLw7bNs2YdFh",
    "concatenated": "Vz9tKp4rBn6s",
    "formatted": "Jd8fGk3m-",
    "attribute": "Zt5pQw8xKc2mRv7nYb4h",
    "document": "Wc4nRt8yUi1oPa5sDf9g",
}
OTHERS = {
    "wrong-config": "equals the stack's config value 'secret-ways:plainPassword', which is stored in plain text",
    "wrong-guessable": "easy to guess",
    "wrong-environment": "containerDefinitions[0].environment[0].value ('DB_PASSWORD') is stored in plain text",
    "wrong-url": "('DATABASE_URL') is stored in plain text, and it is a URL with a password",
    "wrong-script": "userData contains",
}


def folder(tmp_path: Path, language: str) -> Path:
    """A program's folder with the source in a language; what registers the resources, if not that, is elsewhere."""
    program = tmp_path / "program"
    program.mkdir()
    if language == "python":
        shutil.copy(WAYS / "program.py", program / "__main__.py")
    else:
        shutil.copy(WAYS / SOURCES[language], program)
        (program / "__main__.py").write_text(f"import runpy\nrunpy.run_path({str(WAYS / 'program.py')!r})\n")
    if language != "yaml":
        (program / "Pulumi.yaml").write_text(PROJECT)
    (program / "Pulumi.dev.yaml").write_text(
        f"config:\n  aws:region: eu-west-1\n  secret-ways:plainPassword: {STRONG}\n"
    )
    return program


def preview(sandbox: Sandbox, program: Path, tmp_path: Path, **policies: object) -> Outcome:
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"all": "disabled", **policies}))
    secret = {"secret-ways:secretPassword": ConfigValue("Ds3fGh8jKl1zXc6vBn9m", secret=True)}
    return sandbox.stack(program, config=secret).preview(ROOT, config)


@pytest.mark.parametrize("language", SOURCES)
def test_exactly_the_wrong_ways_are_found_each_with_its_evidence(
    sandbox: Sandbox, tmp_path: Path, language: str
) -> None:
    levels = dict.fromkeys(("no-hardcoded-credentials", "secrets-in-plain-sight", "undecided-at-preview"), "mandatory")
    outcome = preview(sandbox, folder(tmp_path, language), tmp_path, **levels)
    found = {finding.name: finding.message.splitlines()[0] for finding in outcome.findings}
    source = (WAYS / SOURCES[language]).read_text().splitlines()
    lines = {way: next(line for line, text in enumerate(source, 1) if mark in text) for way, mark in MARKS.items()}
    expected = OTHERS | {
        f"wrong-{way}": f"is hardcoded in the program: {FILES[language]}:{line}." for way, line in lines.items()
    }
    assert found.keys() == expected.keys(), outcome.text
    assert len(outcome.findings) == 10
    for name, evidence in expected.items():
        assert evidence in found[name]
    literals = re.findall(r"\b(?=\w*\d)(?=\w*[a-z])(?=\w*[A-Z])\w{12,}", (WAYS / "program.py").read_text())
    assert len(literals) == 7
    for literal in (*literals, STRONG):
        assert literal not in outcome.text


@pytest.mark.parametrize(
    ("allowed", "wrong"),
    [
        ("managed", {"right-created", "right-fetched", "right-config"}),
        ("fetched", {"right-managed", "right-created", "right-write-only"}),
        ("created", {"right-managed", "right-fetched", "right-config", "right-write-only"}),
    ],
)
def test_under_each_sourcing_the_others_are_found(
    sandbox: Sandbox, tmp_path: Path, allowed: str, wrong: set[str]
) -> None:
    sourcing = {"enforcementLevel": "mandatory", "allowed": [allowed]}
    outcome = preview(sandbox, folder(tmp_path, "python"), tmp_path, **{"secret-sourcing": sourcing})
    found = {finding.name for finding in outcome.findings if finding.name.startswith("right-")}
    assert found == wrong, outcome.text


def test_the_source_is_not_read_where_config_says_so(sandbox: Sandbox, tmp_path: Path) -> None:
    policy = {"enforcementLevel": "mandatory", "readSource": False}
    outcome = preview(sandbox, folder(tmp_path, "python"), tmp_path, **{"no-hardcoded-credentials": policy})
    assert {finding.name for finding in outcome.findings} == {"wrong-config", "wrong-guessable"}
