"""A value is found where it stands as a literal in a program's source, in every language and form, and nowhere else."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import time
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from policypack.model import Place
from policypack.source import Sources, files, find_program, python
from policypack.source.budget import Clock
from policypack.source.languages import LANGUAGES

pytestmark = pytest.mark.broad

VALUE = "Hunter2-Canary!"
unhurried = settings(database=None, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ROOT = Path(__file__).resolve().parent.parent


def write(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def found(folder: Path, value: str = VALUE) -> list[str]:
    return [str(place) for place in Sources.read(folder).places(value)]


def lines(folder: Path, name: str, content: str | bytes, value: str = VALUE) -> list[int]:
    write(folder, name, content)
    return [place.line for place in Sources.read(folder).places(value) if place.file == name]


PYTHON: dict[str, Any] = {
    "argument": ('f(\n  password="Hunter2-Canary!",\n)', [2]),
    "single quotes": ("p = 'Hunter2-Canary!'", [1]),
    "triple quotes": ('p = """Hunter2-Canary!"""', [1]),
    "raw": ('p = r"Hunter2-Canary!"', [1]),
    "bytes": ('p = b"Hunter2-Canary!"', [1]),
    "key of a dict": ('{"Hunter2-Canary!": 1}', [1]),
    "default": ('def f(p="Hunter2-Canary!"): ...', [1]),
    "decorator": ('@f("Hunter2-Canary!")\ndef g(): ...', [1]),
    "match": ('match x:\n  case "Hunter2-Canary!": ...', [2]),
    "class attribute": ('class C:\n  p: str = "Hunter2-Canary!"', [2]),
    "several": ('a = "Hunter2-Canary!"\nb = 1\nc = "Hunter2-Canary!"', [1, 3]),
    "twice in a line": ('a = "Hunter2-Canary!", "Hunter2-Canary!"', [1]),
    "hexadecimal escapes": (r'p = "\x48unter2-\x43anary!"', [1]),
    "unicode escapes": (r'p = "\u0048unter2-\U00000043anary!"', [1]),
    "octal escapes": (r'p = "\110unter2-\103anary!"', [1]),
    "named escapes": (r'p = "Hunter2-Canary\N{EXCLAMATION MARK}"', [1]),
    "line continued within": ('p = "Hunter2-\\\nCanary!"', [1]),
    "escapes of nothing": (r'p = r"\UFFFFFFFF\U00110000\N{NOPE}", "Hunter2-Canary!"', [1]),
    "implicit": ('p = "Hunter2" "-Canary!"', [1]),
    "implicit over lines": ('p = (\n  "Hunter2"\n  "-Canary!"\n)', [2]),
    "implicit of three kinds": ("p = \"Hunt\" 'er2' r'-Canary!'", [1]),
    "sum": ('p = "Hunter2" + "-Canary!"', [1]),
    "sum of many": ('p = "H" + "unt" + "er2" + "-" + "Can" + "ary!"', [1]),
    "sum of bytes": ('p = b"Hunter2" + b"-Canary!"', [1]),
    "sum of each character": (f"p = {' + '.join(map(repr, VALUE))}", [1]),
    "sum with a name": ('a = "Hunter2"\np = a + "-Canary!"', [2]),
    "sum with a name of another module": ("from a import b\np = b + '-Canary!'", []),
    "sum with a name that is bound later": ('p = lambda: a + "-Canary!"\na = "Hunter2"', [1]),
    "sum of names": ('a = "Hunter2"\nb = "-Canary!"\np = a + b', [3]),
    "name bound to a sum": ('a = "Hun" + "ter2"\np = a + "-Canary!"', [2]),
    "name of a name": ('a = "Hunter2"\nb = a\np = b + "-Canary!"', [3]),
    "name of itself": ('a = a + "Hunter2"\np = a + "-Canary!"', []),
    "name of itself, and else": ('a = a + "x"\np = a + "-Canary!"\nq = f"Hunter{2}-Canary!"', [3]),
    "name bound twice": ('a = "Hunter2"\na = "else"\np = a + "-Canary!"', [3]),
    "several targets": ('a = b = "Hunter2"\np = b + "-Canary!"', [2]),
    "annotated": ('a: str = "Hunter2"\np = a + "-Canary!"', [2]),
    "walrus": ('f(a := "Hunter2")\np = a + "-Canary!"', [2]),
    "f-string": ('a = "Hunter2"\np = f"{a}-Canary!"', [2]),
    "f-string with a constant": ('p = f"Hunter{2}-Canary!"', [1]),
    "f-string with a number": ('year = 2\np = f"Hunter{year}-Canary!"', [2]),
    "f-string with a text": ("p = f\"Hunter{'2-Can'}ary!\"", [1]),
    "f-string and str": ('a = "2"\np = f"Hunter{a!s}-Canary!"', [2]),
    "f-string and repr": ('a = "2"\np = f"Hunter{a!r}-Canary!"', []),
    "f-string and padding": ('a = "2"\np = f"Hunter{a:>1}-Canary!"', []),
    "f-string that begins with a number": ('p = f"{2024}Hunter"', [1], "2024Hunter"),
    "f-string over lines": ('a = "2"\np = (\n  f"Hunter{a}"\n  "-Canary!"\n)', [3]),
    "f-string of what is not known": ('p = f"Hunter{a}-Canary!"', []),
    "f-string of the whole": ('a = "Hunter2-Canary!"\np = f"{a}"', [1]),
    "f-string with braces": ('a = "x"\np = f"{{{a}}}$2"', [2], "{x}$2"),
    "class attribute in an f-string": ('class C:\n  a = "Hunter2"\np = f"{C.a}-Canary!"', [3]),
    "attribute of self": ('class C:\n  def f(self):\n    self.a = "Hunter2"\n    return self.a + "-Canary!"', [4]),
    "default of a parameter": ('def f(x, a="Hunter2"):\n  return f"{a}-Canary!"', [2]),
    "default of a named parameter": ('def f(*, a="Hunter2", b):\n  return f"{a}-Canary!"', [2]),
    "default of a positional parameter": ('def f(b, a="Hunter2", /):\n  return f"{a}-Canary!"', [2]),
    "percent": ('p = "Hunter%s" % "2-Canary!"', [1]),
    "percent with several": ('p = "%s-%s!" % ("Hunter2", "Canary")', [1]),
    "percent with names": ('p = "Hunter%(n)d-%(c)s!" % {"n": 2, "c": "Canary"}', [1]),
    "percent and a percent sign": ('p = "%s%%" % "Hunter2"', [1], "Hunter2%"),
    "percent with a template of a name": ('t = "Hunter%s"\np = t % "2-Canary!"', [2]),
    "percent with too few": ('p = "Hunter%s-%s" % ("2",)', []),
    "percent and repr": ('p = "Hunter%r-Canary!" % "2"', []),
    "percent with padding": ('p = "Hunter%5d-Canary!" % 2', []),
    "format": ('p = "Hunter{}".format("2-Canary!")', [1]),
    "format with indexes": ('p = "{1}-{0}!".format("Canary", "Hunter2")', [1]),
    "format with names": ('p = "Hunter2-{c}!".format(c="Canary")', [1]),
    "format of a name": ('t = "Hunter2-{}!"\np = t.format("Canary")', [2]),
    "format with too few": ('p = "Hunter{}{}".format("2-Canary!")', []),
    "format with an index too high": ('p = "Hunter{3}".format("2-Canary!")', []),
    "format with padding": ('p = "Hunter{:>9}".format("2-Canary!")', []),
    "format and repr": ('p = "Hunter{!r}-Canary!".format("2")', []),
    "format that is broken": ('p = "Hunter2-Canary!{".format()\nq = f"Hunter{2}-Canary!"', [2]),
    "quoted in a document": ('p = \'{"password": "Hunter2-Canary!"}\'', [1]),
    "quoted in a script": ('p = """#!/bin/sh\nexport P="x"\nexport Q=\'Hunter2-Canary!\'\n"""', [3]),
    "quoted with escapes": (r'p = "{\n\"password\": \"Hunter2-Canary!\"}"', [1]),
    "part of a longer constant": ('p = "Hunter2-Canary!!", "xHunter2-Canary!"', []),
    "part of a longer sum": ('p = "Hunter2" + "-Canary!" + "x"', []),
    "part of a shorter sum": ('p = "Hunter2" + "-Canary"', []),
    "other case": ('p = "hunter2-canary!"', []),
    "comment": ('p = 1  # "Hunter2-Canary!"', []),
    "name": ("Hunter2 = Canary = 1", []),
    "several lines": ('p = """-----BEGIN\nab\n-----END"""', [1], "-----BEGIN\nab\n-----END"),
    "several lines, indented": (
        'p = dedent("""\n    -----BEGIN\n      ab\n    -----END\n    """)',
        [1],
        "-----BEGIN\nab\n-----END\n",
    ),
    "several lines, of one each": (
        'p = (\n  "-----BEGIN\\n"\n  "ab\\n"\n  "-----END\\n"\n)',
        [2],
        "-----BEGIN\nab\n-----END\n",
    ),
    "several lines, one of them else": ('p = """-----BEGIN\nab\n-----END"""', [], "-----BEGIN\nba\n-----END"),
    "backslash": (r'p = "a\\b:c"', [1], r"a\b:c"),
    "backslash, raw": (r'p = r"a\b:c"', [1], r"a\b:c"),
    "quotes": (r'p = "a\"b:c"', [1], 'a"b:c'),
    "quotes in others": ("p = 'a\"b:c'", [1], 'a"b:c'),
    "tab": (r'p = "a\tb:c"', [1], "a\tb:c"),
    "bell": (r'p = "a\ab:c"', [1], "a\ab:c"),
    "begins with a brace": ('p = f"{{a}}" + "$1"', [1], "{a}$1"),
    "not ASCII": ('p = "Hünter2"', [1], "Hünter2"),
    "not ASCII, escaped": (r'p = "H\xfcnter2"', [1], "Hünter2"),
    "number": ("p = 20242025", [], "20242025"),
    "digits": ('p = "20242025"', [1], "20242025"),
    "spaces": ('p = "correct horse"', [1], "correct horse"),
}


@pytest.mark.parametrize("form", PYTHON)
def test_python(tmp_path: Path, form: str) -> None:
    text, expected, *value = PYTHON[form]
    assert lines(tmp_path, "a.py", text, *value) == expected


BROKEN_PYTHON = {
    "plain": 'p = "Hunter2-Canary!"',
    "implicit": 'p = "Hunter2" "-Canary!"',
    "implicit with prefixes": 'p = (b"Hunter2"\\\n b"-Canary!")',
    "sum": 'p = "Hunter2" + "-Canary!"',
    "triple quotes": 'p = """Hunter2-Canary!"""',
    "triple single quotes": "p = '''Hunter2-Canary!'''",
    "escapes": r'p = "\x48unter2-Canary!"',
    "raw": r'x = r"\\"; p = r"Hunter2-Canary!"',
}


@pytest.mark.parametrize("form", BROKEN_PYTHON)
@pytest.mark.parametrize("error", ["print 'python 2'\n", "<<<<<<< HEAD\n", "def f(\n", f"{'(' * 300}\n"])
def test_python_that_does_not_parse(tmp_path: Path, form: str, error: str) -> None:
    assert lines(tmp_path, "a.py", f"# it's\n{BROKEN_PYTHON[form]}\n{error}") == [2]


def test_comments_of_python_that_does_not_parse(tmp_path: Path) -> None:
    assert lines(tmp_path, "a.py", 'def f(\n# "Hunter2-Canary!"\n') == []


C_LIKE = {
    "double quotes": ('x\np = "Hunter2-Canary!"', [2]),
    "argument": ('f("x", "Hunter2-Canary!")', [1]),
    "escapes": (r'p = "\u0048unter2-Canary\x21"', [1]),
    "escapes of nothing": (r'p = "\UFFFFFFFF\U00110000\N{NOPE}", q = "Hunter2-Canary!"', [1]),
    "escaped quotes": ('p = "\\"", q = "Hunter2-Canary!"', [1]),
    "sum": ('p = "Hunter2"\n  + "-Canary!"', [1]),
    "sum of many": ('p = "Hun" + "ter2" + "-" + "Canary!"', [1]),
    "sum with a name": ('p = a + "-Canary!"', []),
    "list": ('p = ["Hunter2", "-Canary!"]', []),
    "line comment": ('// "Hunter2-Canary!"', []),
    "comment behind code": ('x = "http://x" // "Hunter2-Canary!"', []),
    "comment over lines": ('/* x\n"Hunter2-Canary!" */', []),
    "comment in a string": ('p = "/*"; q = "Hunter2-Canary!"; r = "*/"', [1]),
    "slashes in a string": ('p = "https://x"; q = "Hunter2-Canary!"', [1]),
    "quote in a comment": ('// it\'s "\np = "Hunter2-Canary!"', [2]),
    "longer": ('p = "Hunter2-Canary!!"', []),
    "quoted in a document": (r'p = "{\"password\": \"Hunter2-Canary!\"}"', [1]),
    "quote without an end": ('p = "x\nq = "Hunter2-Canary!"', [2]),
    "statement without an end": ('f("a", new A { b =\n  var p = "Hunter2-Canary!";\n}', [2]),
    "several lines, of one each": ('p = "BEGIN\\n" +\n  "ab\\n" +\n  "END"', [1], "BEGIN\nab\nEND"),
}
LIKE_C: dict[str, dict[str, Any]] = {
    "a.ts": {
        "single quotes": ("p = 'Hunter2-Canary!'", [1]),
        "template": ("x\np = `Hunter2-Canary!`", [2]),
        "template over lines": ("p = `BEGIN\n  ab\n  END`", [1], "BEGIN\nab\nEND"),
        "template with a sum": ("p = `Hunter2` + '-Canary!'", [1]),
        "template with an insertion": ("p = `Hunter${x}2-Canary!`", []),
        "text in an insertion": ('p = `postgres://u:${"Hunter2-Canary!"}@x`', [1]),
        "template in a template": ("p = `${x ? `a` : `b`}`\nq = 'Hunter2-Canary!'", [2]),
        "pattern with quotes": ("p = /[\"']/\nq = 'Hunter2-Canary!'", [2]),
        "pattern with a template's quote": ('p = /`/\nq = "Hunter2-Canary!"', [2]),
        "code point": (r'p = "\u{48}unter2-Canary!"', [1]),
        "surrogates": (r'p = "Hunter2 \ud83d\ude00"', [1], "Hunter2 \U0001f600"),
        "line continued within": ("p = 'Hunter2-\\\nCanary!'", [1]),
        "object": ("{ password: 'Hunter2-Canary!' }", [1]),
    },
    "a.go": {
        "raw": ("p := `Hunter2-Canary!`", [1]),
        "raw with a backslash": (r"p := `a\b:c`", [1], r"a\b:c"),
        "raw over lines": ("p := `\nBEGIN\nab\nEND`", [2], "BEGIN\nab\nEND"),
        "rune": ('p := \'"\'; q := "Hunter2-Canary!"', [1]),
        "input": ('Password: pulumi.String("Hunter2-Canary!"),', [1]),
        "document": ('p := `{\n  "password": "Hunter2-Canary!"\n}`', [2]),
        "octal": (r'p := "\110unter2-Canary!"', [1]),
    },
    "a.cs": {
        "verbatim": ('p = @"Hunter2-Canary!";', [1]),
        "verbatim with a backslash": (r'p = @"a\b:c";', [1], r"a\b:c"),
        "verbatim with quotes": ('p = @"a""b:c";', [1], 'a"b:c'),
        "verbatim that ends with a backslash": ('p = @"C:\\"; q = "Hunter2-Canary!";', [1]),
        "raw": ('p = """Hunter2-Canary!""";', [1]),
        "raw over lines": ('p = """\n    BEGIN\n    ab\n    END\n    """;', [1], "BEGIN\nab\nEND"),
        "inserted": ('p = $"{x}"; q = $"Hunter2-Canary!";', [1]),
        "character": ('p = \'"\'; q = "Hunter2-Canary!";', [1]),
        "property": ('Password = "Hunter2-Canary!",', [1]),
    },
    "a.java": {
        "block": ('p = """\n    BEGIN\n    ab\n    END\n    """;', [1], "BEGIN\nab\nEND\n"),
        "block with escapes": ('p = """\n    BEGIN\\n\\\n    ab\n    END""";', [1], "BEGIN\nab\nEND"),
        "builder": ('.password("Hunter2-Canary!")', [1]),
        "character": ('p = \'"\'; q = "Hunter2-Canary!";', [1]),
    },
    "a.kt": {
        "raw": (r'val p = """a\b:c"""', [1], r"a\b:c"),
        "raw over lines": ('val p = """\n  BEGIN\n  ab\n  END""".trimIndent()', [1], "BEGIN\nab\nEND"),
    },
}


@pytest.mark.parametrize(("name", "form"), [(name, form) for name, own in LIKE_C.items() for form in (*C_LIKE, *own)])
def test_languages_like_c(tmp_path: Path, name: str, form: str) -> None:
    text, expected, *value = {**C_LIKE, **LIKE_C[name]}[form]
    assert lines(tmp_path, name, text, *value) == expected


YAML: dict[str, Any] = {
    "plain": ("a:\n  password: Hunter2-Canary!", [2]),
    "plain with a comment": ("password: Hunter2-Canary!  # of the database", [1]),
    "plain with spaces": ("password: correct horse", [1], "correct horse"),
    "double quotes": ('password: "Hunter2-Canary!"', [1]),
    "single quotes": ("password: 'it''s'", [1], "it's"),
    "escapes": (r'password: "\x48unter2-Canary!"', [1]),
    "number": ("password: 20242025", [1], "20242025"),
    "list": ("- x\n- Hunter2-Canary!", [2]),
    "flow": ("a: {b: [Hunter2-Canary!]}", [1]),
    "anchor": ("a: &x Hunter2-Canary!\nb: *x", [1]),
    "tag": ("a: !!str Hunter2-Canary!", [1]),
    "block": ("a: |\n  BEGIN\n  ab\n  END\n", [1], "BEGIN\nab\nEND\n"),
    "block of one line": ("a: >-\n  Hunter2-Canary!\n", [1]),
    "folded": ("a: >-\n  correct\n  horse\n", [1], "correct horse"),
    "second document": ("a: 1\n---\nb: Hunter2-Canary!", [3]),
    "secret of a program": ("a:\n  fn::secret: Hunter2-Canary!", [2]),
    "comment": ("# password: Hunter2-Canary!\na: 1", []),
    "longer": ("password: xHunter2-Canary!", []),
    "spaces around": ("password: ' Hunter2-Canary! '", []),
    "document": ('a: \'{"password": "Hunter2-Canary!"}\'', [1]),
    "broken": ('a: "Hunter2-Canary!"\n  - {{ x }}\n', [1]),
    "broken before": ('{{ x }}: y: [\na: "Hunter2-Canary!"', [2]),
}
JSON: dict[str, Any] = {
    "value": ('{\n  "password": "Hunter2-Canary!"\n}', [2]),
    "escapes": (r'{"password": "\u0048unter2-Canary!"}', [1]),
    "slash": (r'{"password": "a\/b:c"}', [1], "a/b:c"),
    "tabs": ('{\n\t"password": "Hunter2-Canary!"\n}', [2]),
    "list": ('["Hunter2", "-Canary!"]', []),
    "broken": ('{"a": ,\n"password": "Hunter2-Canary!"', [2]),
}
ENV: dict[str, Any] = {
    "bare": ("A=1\nPASSWORD=Hunter2-Canary!", [2]),
    "exported": ("export PASSWORD=Hunter2-Canary!", [1]),
    "double quotes": ('PASSWORD="Hunter2-Canary!"', [1]),
    "single quotes": ("PASSWORD='Hunter2-Canary!'", [1]),
    "escapes": (r'PASSWORD="a\"b:c"', [1], 'a"b:c'),
    "spaces": (" PASSWORD = Hunter2-Canary! ", [1]),
    "comment behind": ("PASSWORD=Hunter2-Canary! # of the database", [1]),
    "number sign": ("PASSWORD=Hunter2#Canary!", [1], "Hunter2#Canary!"),
    "equals sign": ("PASSWORD=a=b=c", [1], "a=b=c"),
    "comment": ("# PASSWORD=Hunter2-Canary!", []),
    "name": ("PASSWORD=x", [], "PASSWORD"),
}


@pytest.mark.parametrize(
    ("name", "form"),
    [*(("a.yaml", form) for form in YAML), *(("a.json", form) for form in JSON), *(("prod.env", form) for form in ENV)],
)
def test_data(tmp_path: Path, name: str, form: str) -> None:
    text, expected, *value = {"a.yaml": YAML, "a.json": JSON, "prod.env": ENV}[name][form]
    assert lines(tmp_path, name, text, *value) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("a.py", "a.js", "a.mjs", "a.cjs", "a.jsx", "a.ts", "a.mts", "a.cts", "a.tsx", "a.go", "a.cs", "a.fs"),
        *("a.java", "a.kt", "a.kts", "a.scala", "a.json", "a.yaml", "a.yml", "A.PY", "sub/deep/a.py", "tests/a.py"),
        *("Pulumi.yaml", "Pulumi.yml", "Main.yaml", "package.json", "environment.py"),
    ],
)
def test_what_is_read(tmp_path: Path, name: str) -> None:
    assert lines(tmp_path, name, '["x",\n"Hunter2-Canary!"]') == [2]


@pytest.mark.parametrize("name", [".env", ".env.local", "prod.env", "sub/.env"])
def test_environment_files_are_read(tmp_path: Path, name: str) -> None:
    assert lines(tmp_path, name, "A=1\nB=Hunter2-Canary!") == [2]


@pytest.mark.parametrize(
    "name",
    [
        *("Pulumi.dev.yaml", "Pulumi.dev.yml", "Pulumi.dev.json", "Pulumi.org.dev.yaml", "config/Pulumi.dev.yaml"),
        *("node_modules/a/a.js", "vendor/a.go", ".git/a.py", ".venv/a.py", "__pycache__/a.py", "sub/bin/a.ts"),
        *("lib/site-packages/a.py", "bin/a.py", "obj/a.cs", "target/a.java", "dist/a.js", "build/a.js"),
        *("package-lock.json", "app/pnpm-lock.yaml", "npm-shrinkwrap.json", "packages.lock.json"),
        *("a.txt", "a.md", "a", "a.pyc", "py", "Makefile"),
    ],
)
def test_what_is_not_read(tmp_path: Path, name: str) -> None:
    write(tmp_path, name, '["Hunter2-Canary!"]')
    sources = Sources.read(tmp_path)
    assert sources.places(VALUE) == ()
    assert sources.note == ""


def test_virtual_environments_are_not_read_whatever_their_name(tmp_path: Path) -> None:
    write(tmp_path, "python/pyvenv.cfg", "home = /usr/bin")
    write(tmp_path, "python/lib/a.py", "p = 'Hunter2-Canary!'")
    assert found(tmp_path) == []
    write(tmp_path, "pyvenv.cfg", "home = /usr/bin")
    write(tmp_path, "a.py", "p = 'Hunter2-Canary!'")
    assert found(tmp_path) == ["a.py:1"], "the program's own folder is read, even if it is one"


def test_links_are_not_followed(tmp_path: Path) -> None:
    write(tmp_path, "elsewhere/a.py", "p = 'Hunter2-Canary!'")
    program = tmp_path / "program"
    program.mkdir()
    (program / "loop").symlink_to(program, target_is_directory=True)
    (program / "out").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    (program / "a.py").symlink_to(tmp_path / "elsewhere" / "a.py")
    (program / "gone.py").symlink_to(tmp_path / "gone.py")
    sources = Sources.read(program)
    assert sources.places(VALUE) == ()
    assert sources.note == ""
    write(program, "sub/b.py", "p = 'Hunter2-Canary!'")
    assert found(program) == ["sub/b.py:1"]
    (tmp_path / "link").symlink_to(program, target_is_directory=True)
    assert found(tmp_path / "link") == ["sub/b.py:1"], "the folder itself may be a link"


def test_pipes_are_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.py")
    assert found(tmp_path) == []


@pytest.mark.parametrize("becomes", ["pipe", "link"])
def test_a_file_that_becomes_something_else_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, becomes: str
) -> None:
    path = write(tmp_path, "a.py", "p = 'Hunter2-Canary!'")
    elsewhere = write(tmp_path, "elsewhere.txt", "p = 'Hunter2-Canary!'")
    listed = files._entries

    def swapped(folder: str, reading: files.Reading) -> Iterator[os.DirEntry[str]]:
        for entry in listed(folder, reading):
            path.unlink(missing_ok=True)
            if becomes == "pipe":
                os.mkfifo(path)
            else:
                path.symlink_to(elsewhere)
            yield entry

    monkeypatch.setattr(files, "_entries", swapped)
    sources = Sources.read(tmp_path)
    assert sources.places(VALUE) == ()
    assert ("1 that cannot be read" in sources.note) is (becomes == "link")


def test_what_takes_too_long_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, "a.py", "p = 'Hunter2-Canary!'")
    write(tmp_path, "b.ts", "p = 'Hunter2-Canary!'\n" + "'x'\n" * 2_000)
    sources = Sources.read(tmp_path)
    assert [place.file for place in sources.places(VALUE)] == ["a.py", "b.ts"]
    assert sources.note == ""
    monkeypatch.setattr("policypack.source.budget.Budget.__init__.__defaults__", (None, 1_000))
    assert [place.file for place in sources.places(VALUE)] == ["a.py"]
    assert sources.note == "the search of the program's source left out files: 1 that take too long"


def test_after_some_seconds_no_more_is_read_or_searched(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "p = 'Hunter2-Canary!'")
    reading = files.read(str(tmp_path), Clock(seconds=-1))
    assert (reading.files, reading.is_cut_short) == ([], True)
    sources = Sources(files.read(str(tmp_path)).files, "Not all was read", Clock(seconds=-1))
    assert sources.places(VALUE) == ()
    assert sources.note == ("Not all was read; the search of the program's source left out files: 1 that take too long")


def test_a_clock_runs_only_while_something_is_done() -> None:
    clock = Clock(seconds=60)
    assert clock.left == 60
    with clock:
        time.sleep(0.01)
    assert 0 < clock.left < 60
    left = clock.left
    time.sleep(0.01)
    assert clock.left == left


@pytest.mark.parametrize("encoding", ["punycode", "unicode_escape", "rot13", "x" * 500])
def test_encodings_that_are_no_texts_are_not_decoded(tmp_path: Path, encoding: str) -> None:
    assert lines(tmp_path, "a.py", f"# coding: {encoding}\np = 'Hunter2-Canary!'") == [2]


@pytest.mark.parametrize("more", ["#\n" * 150_000, "#" * 1_001])
def test_long_python_is_searched_without_a_parser(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, more: str) -> None:
    real = python.parsed
    monkeypatch.setattr(python, "parsed", lambda text: pytest.fail("parsed") if len(text) > 100 else real(text))
    assert lines(tmp_path, "a.py", f"p = 'Hunter2-' + 'Canary!'\n{more}") == [1]


def test_places_come_from_the_top_down(tmp_path: Path) -> None:
    for name in ("b/a.py", "a.py", "a/z.py", "z.py"):
        write(tmp_path, name, "p = 'Hunter2-Canary!'")
    assert found(tmp_path) == ["a.py:1", "z.py:1", "a/z.py:1", "b/a.py:1"]
    assert Sources.read(tmp_path).places(VALUE)[-1] == Place("b/a.py", 1)


def test_names_that_are_no_text_are_shown_as_text(tmp_path: Path) -> None:
    try:
        Path(os.fsdecode(bytes(tmp_path) + b"/\xff.py")).write_text("p = 'Hunter2-Canary!'")
    except OSError:
        pytest.skip("this file system takes only names that are text")
    assert found(tmp_path) == ["?.py:1"]


@pytest.mark.parametrize("value", ["", "a", "abc", " abc ", "    ", "\n\n\n\n\n"])
def test_short_values_stand_nowhere(tmp_path: Path, value: str) -> None:
    write(tmp_path, "a.py", f"p = {value!r}")
    assert found(tmp_path, value) == []


def test_a_value_of_four_characters_is_found(tmp_path: Path) -> None:
    assert lines(tmp_path, "a.py", "p = 'a1b2'", "a1b2") == [1]


@pytest.mark.parametrize(
    ("content", "value"),
    [
        ("p = 'Hünter2'".encode("utf-8-sig"), "Hünter2"),
        ("# coding: latin-1\np = 'Hünter2'".encode("latin-1"), "Hünter2"),
        ("#!/usr/bin/python\n# -*- coding: cp1252 -*-\np = 'Hünter€'".encode("cp1252"), "Hünter€"),
        ("# coding: shift-jis\np = 'パスワード'".encode("shift-jis"), "パスワード"),
        ("p = 'Hünter2'".encode("latin-1"), "Hünter2"),
        ("# coding: unknown\np = 'Hünter2'".encode("latin-1"), "Hünter2"),
        ("# coding: zlib\np = 'Hünter2'".encode("latin-1"), "Hünter2"),
        ("# coding: ascii\np = 'Hünter2'".encode("latin-1"), "Hünter2"),
        ("p = 'Hunter2-Canary!'".encode("utf-16"), VALUE),
        (b"x = '''\r\n\r\n'''\r\np = 'Hunter2-Canary!'", VALUE),
        (b"x = 1\rp = 'Hunter2-Canary!'", VALUE),
        (b"p = '''BEGIN\r\nab\r\nEND'''", "BEGIN\nab\nEND"),
    ],
)
def test_encodings_and_line_ends(tmp_path: Path, content: bytes, value: str) -> None:
    line = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n").count(b"\n", 0, content.rfind(b"p")) + 1
    assert lines(tmp_path, "a.py", content, value) == ([4] if content.startswith(b"x = '''") else [line])


def test_an_encoding_declares_what_a_constant_is(tmp_path: Path) -> None:
    content = "# coding: latin-1\np = 'Hünter2'".encode()
    assert lines(tmp_path, "a.py", content, "Hünter2") == []
    assert lines(tmp_path, "a.py", content, "HÃ¼nter2") == [2]


@pytest.mark.parametrize("name", ["a.cs", "a.json", "a.yaml", ".env"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "latin-1"])
def test_encodings_of_other_languages(tmp_path: Path, name: str, encoding: str) -> None:
    text = "P=Hünter2" if name == ".env" else '["Hünter2"]'
    assert lines(tmp_path, name, text.encode(encoding), "Hünter2") == [1]


def test_binary_files_are_left_out_and_noted(tmp_path: Path) -> None:
    write(tmp_path, "a.py", b"p = 'Hunter2-Canary!'\0")
    sources = Sources.read(tmp_path)
    assert sources.places(VALUE) == ()
    assert sources.note == "the search of the program's source left out files: 1 that is no text"


def test_large_files_are_left_out_and_noted(tmp_path: Path) -> None:
    content = "p = 'Hunter2-Canary!'\n"
    write(tmp_path, "a.py", content + "#" * (1_000_000 - len(content)))
    assert (found(tmp_path), Sources.read(tmp_path).note) == (["a.py:1"], "")
    write(tmp_path, "a.py", content + "#" * (1_000_001 - len(content)))
    write(tmp_path, "large.bin", b"x" * 1_000_001)
    sources = Sources.read(tmp_path)
    assert sources.places(VALUE) == ()
    assert sources.note == "the search of the program's source left out files: 1 of more than 1 MB"


def test_no_more_files_are_read_than_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "_MOST_FILES", 2)
    for name in ("a.py", "b.py"):
        write(tmp_path, name, "p = 'Hunter2-Canary!'")
    write(tmp_path, "z.txt", "no source")
    assert Sources.read(tmp_path).note == ""
    write(tmp_path, "c.py", "p = 'Hunter2-Canary!'")
    sources = Sources.read(tmp_path)
    assert [place.file for place in sources.places(VALUE)] == ["a.py", "b.py"]
    assert sources.note == "the search of the program's source left out files: all after the first 2"


@pytest.mark.parametrize(("limit", "most"), [("_MOST_BYTES", 20), ("_MOST_NAMES", 5)])
def test_no_more_is_read_than_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, most: int) -> None:
    monkeypatch.setattr(files, limit, most)
    write(tmp_path, "a/a.py", "p = 'Hunter2-Canary!'")
    write(tmp_path, "b/b.txt", "no source")
    (tmp_path / "c").mkdir()
    assert Sources.read(tmp_path).note == ""
    write(tmp_path, "c/c.py", "p = 'Hunter2-Canary!'")
    sources = Sources.read(tmp_path)
    assert [place.file for place in sources.places(VALUE)] == ["a/a.py"]
    assert sources.note == "the search of the program's source left out files: all after the first 1"


def test_what_cannot_be_read_is_noted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(function: Callable[..., Any]) -> Callable[..., Any]:
        def opened(path: str, *arguments: Any, **options: Any) -> Any:
            if "closed" in path:
                raise PermissionError(13, "Permission denied", path)
            return function(path, *arguments, **options)

        return opened

    write(tmp_path, "a.py", "p = 'Hunter2-Canary!'")
    write(tmp_path, "closed.py", "p = 'Hunter2-Canary!'")
    write(tmp_path, "closed/b.py", "p = 'Hunter2-Canary!'")
    monkeypatch.setattr(files, "open", refuse(open), raising=False)
    monkeypatch.setattr(os, "scandir", refuse(os.scandir))
    sources = Sources.read(tmp_path)
    assert [str(place) for place in sources.places(VALUE)] == ["a.py:1"]
    assert sources.note == "the search of the program's source left out files: 2 that cannot be read"


def test_a_folder_that_is_gone_is_noted(tmp_path: Path) -> None:
    sources = Sources.read(tmp_path / "gone")
    assert sources.places(VALUE) == ()
    assert sources.note == "the search of the program's source left out files: 1 that cannot be read"


def test_a_note_says_all_that_was_left_out() -> None:
    reading = files.Reading([], too_large=1, unreadable=2, is_cut_short=True)
    assert reading.note == (
        "the search of the program's source left out files: 1 of more than 1 MB, 2 that cannot be read, "
        "all after the first 0"
    )


def test_without_a_program_nothing_is_found() -> None:
    assert Sources().places(VALUE) == ()
    assert Sources().note == ""


# Any text that Python takes, and whatever it does not


@st.composite
def put_together(draw: st.DrawFn) -> tuple[str, str]:
    """A value, and a module that puts it together in some way and calls it `p`."""
    characters = st.characters(codec="utf-8", exclude_characters="\0\r") | st.sampled_from("aA1 \"'{}%$\\\n`é")
    value = draw(st.text(characters, min_size=4, max_size=24).filter(lambda text: len(text.strip()) >= 4))
    cuts = sorted(draw(st.lists(st.integers(0, len(value)), max_size=4)))
    parts = [value[start:end] for start, end in zip([0, *cuts], [*cuts, len(value)], strict=True)]
    names = [f"a{number}" for number in range(len(parts))]
    module = [f"{name} = {draw(literal(part))}" for name, part in zip(names, parts, strict=True)]
    braces = [repr(part)[1:-1].replace("{", "{{").replace("}", "}}").replace('"', r"\x22") for part in parts]
    percents = [repr(part)[1:-1].replace("%", "%%").replace('"', r"\x22") for part in parts]
    ways = {
        "implicit": " ".join([draw(literal(part)) for part in parts]),
        "implicit over lines": "(\n" + "\n".join([draw(literal(part)) for part in parts]) + ")",
        "sum": " + ".join([draw(literal(part)) for part in parts]),
        "sum of names": " + ".join(names),
        "f-string": 'f"'
        + "".join(draw(st.sampled_from([f"{{{n}}}", b])) for n, b in zip(names, braces, strict=True))
        + '"',
        "format": '"' + "{}" * len(parts) + f'".format({", ".join(names)})',
        "format around": f'"{{}}{"".join(braces[1:])}".format(a0)',
        "percent": '"' + "%s" * len(parts) + f'" % ({", ".join(names)},)',
        "percent around": f'"%s{"".join(percents[1:])}" % a0',
    }
    return value, "\n".join([*module, f"p = {ways[draw(st.sampled_from(sorted(ways)))]}"])


@st.composite
def literal(draw: st.DrawFn, text: str) -> str:
    ways = [repr(text), json.dumps(text), '"' + "".join(rf"\U{ord(character):08x}" for character in text) + '"']
    ways.append('"' + "".join(rf"\{ord(c):03o}" if ord(c) < 256 else c for c in text) + '"')
    if not set(text) & set("\\'\n"):
        ways += [f"r'{text}'", f"'''{text}'''", f"'\\\n{text}'"]
    return draw(st.sampled_from([way for way in ways if eval(way) == text]))


@unhurried
@given(put_together())
def test_whatever_is_put_together_is_found(case: tuple[str, str]) -> None:
    value, module = case
    scope: dict[str, Any] = {}
    exec(module, scope)
    assert scope["p"] == value
    assert Sources([files.File("a.py", LANGUAGES[".py"], module.encode())]).places(value)


_FRAGMENTS = st.sampled_from(
    [
        *(
            '"',
            "'",
            "`",
            '"""',
            "'''",
            "\\",
            "\n",
            "{",
            "}",
            "${",
            "%s",
            "/*",
            "*/",
            "//",
            "#",
            "+",
            "(",
            ")",
            "=",
            ": ",
        ),
        *(
            "- ",
            "|\n",
            "&a ",
            "*a",
            "@",
            "$",
            r"\x4",
            r"\u",
            r"\u{",
            r"\U0011",
            r"\N{",
            r"\N{DIGIT ONE}",
            r"\777",
            r"\ud83d",
        ),
        *(
            VALUE,
            "Hunter2",
            "-Canary!",
            "a",
            "f",
            "r",
            "b",
            "def ",
            "class ",
            "lambda: ",
            "import ",
            "export ",
            "\t",
            "\x0c",
        ),
        *(".format(", " % ", "a0", ", ", "[", "]", "<<<<<<<", "é", "\U0001f600", "\u2028"),
    ]
)


@unhurried
@given(st.lists(_FRAGMENTS, max_size=40).map("".join), st.sampled_from(sorted(LANGUAGES)))
def test_no_source_raises(text: str, end: str) -> None:
    sources = Sources([files.File(f"a{end}", LANGUAGES[end], text.encode())])
    for value in (VALUE, text, "a\nb\nc"):
        assert all(1 <= place.line <= text.count("\n") + 1 for place in sources.places(value))


@unhurried
@given(
    st.binary(max_size=200), st.sampled_from([b"", b"# coding: utf-7\n", b"\xff\xfe", b"\xef\xbb\xbf", b"# coding: "])
)
def test_no_file_raises(tmp_path_factory: pytest.TempPathFactory, content: bytes, start: bytes) -> None:
    folder = tmp_path_factory.mktemp("program")
    for name in ("a.py", "a.yaml", "a.ts"):
        write(folder, name, start + content + b"\n'Hunter2-Canary!'")
    for value in (VALUE, "\ud800\udc00abcd", content.decode("latin-1")):
        Sources.read(folder).places(value)


_DEEP = {
    **{text: text * 20_000 for text in ("(", "[", "{", "-", "\\", '"', "'", "`", "\n", " ", "#")},
    **{
        text: text * 5_000 for text in ('"a"+', '\\"', "/*", '@"', '""" ', "${", "- ", "a: ", "&a ", "a=", "%s", "not ")
    },
    **{text: text * 5_000 for text in ("lambda:", "a.", "f(", 'f"{', "if a:\n ", "1,", "export ", "? ")},
    "a chain of names": "\n".join(f"a{number} = a{number + 1} + a{number + 1}" for number in range(3_000)),
}


@pytest.mark.parametrize("end", sorted({language: end for end, language in LANGUAGES.items()}.values()))
@pytest.mark.parametrize("text", _DEEP)
def test_however_deep_or_long_source_is_read(text: str, end: str) -> None:
    content = f'"Hunter2-Canary!"\n{_DEEP[text]}\n'
    sources = Sources([files.File(f"a{end}", LANGUAGES[end], content.encode())])
    assert Place(f"a{end}", 1) in sources.places(VALUE) or "take too long" in sources.note or end == ".env"


def test_odd_escapes_of_a_program_warn_nobody(tmp_path: Path) -> None:
    write(tmp_path, "a.py", r"p = '\d', f'Hunter{2}-Canary!', 1is 1")
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        assert found(tmp_path) == ["a.py:1"]
    assert warned == []


def test_deep_data_is_read_down_to_a_depth_and_noted(tmp_path: Path) -> None:
    write(tmp_path, "a.yaml", f"{'[' * 100}'Hunter2-Canary!'\n, [{'Hunter2-Canary!'}")
    sources = Sources.read(tmp_path)
    assert [str(place) for place in sources.places(VALUE)] == ["a.yaml:1"]
    assert sources.note == "the search of the program's source left out files: 1 that take too long"


# What must not be kept, shown or done


def test_nothing_shows_a_literal(tmp_path: Path) -> None:
    write(tmp_path, "a.py", "p = 'Hunter2-Canary!'")
    sources = Sources.read(tmp_path)
    [place] = sources.places(VALUE)
    shown = [repr(sources), str(sources), repr(place), str(place), sources.note, repr(files.read(str(tmp_path)))]
    assert not [text for text in shown if "Canary" in text]
    assert shown[:4] == ["Sources(1 files)", "Sources(1 files)", "Place(file='a.py', line=1, column=0)", "a.py:1"]


def test_the_name_of_a_file_is_shown_in_one_line(tmp_path: Path) -> None:
    write(tmp_path, "a\n\x1b[2J.py", "p = 'Hunter2-Canary!'")
    assert found(tmp_path) == ["a\\n\\x1b[2J.py:1"]


def test_nothing_keeps_a_value(tmp_path: Path) -> None:
    """One walk over the heap for all languages: with pulumi_aws imported, each walk takes seconds."""

    class Canary(str):
        pass

    texts: dict[str, str] = {}
    gone = {}
    read = []
    for end in sorted(LANGUAGES):
        for stands in (True, False):
            value = Canary(f"canary-{os.urandom(12).hex()}")
            folder = tmp_path / f"{end}-{stands}"
            write(folder, f"a{end}", f'["{value if stands else value[::-1]}"]' if end != ".env" else f"A={value}")
            sources = Sources.read(folder)
            sources.places(value)
            read.append(sources)
            texts[folder.name] = str.__str__(value) + ""
            gone[folder.name] = weakref.ref(value)
            del value
    gc.collect()
    assert [name for name, reference in gone.items() if reference() is not None] == []
    held = [
        kept
        for kept in gc.get_objects()
        if isinstance(kept, dict | list | tuple | set | frozenset) and kept is not texts
        for entry in (kept.values() if isinstance(kept, dict) else kept)
        if isinstance(entry, str) and "canary-" in entry and any(text in entry for text in texts.values())
    ]
    assert held == []


def test_files_without_the_value_are_not_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed = []
    monkeypatch.setattr("policypack.source.python.parsed", lambda text: parsed.append(text))
    sources = Sources.read(ROOT / "policypack")
    for value in ("SuperSecret2024!", "kX3vTq9ZrLw7bNs2YdFh", "correct horse battery staple", "20242025"):
        assert sources.places(value) == ()
    assert parsed == []


# The program's folder


class Process:
    """An ancestor of this one, as psutil shows it."""

    def __init__(self, folder: Path | Exception) -> None:
        self._folder = folder

    def cwd(self) -> str:
        if isinstance(self._folder, Exception):
            raise self._folder
        return str(self._folder)


@pytest.fixture
def ancestors(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes this process one that others started, the nearest first."""

    def make(*folders: Path | Exception) -> None:
        monkeypatch.setattr(psutil.Process, "parents", lambda self: [Process(folder) for folder in folders])

    return make


@pytest.mark.parametrize("name", ["Pulumi.yaml", "Pulumi.yml", "Pulumi.json"])
@pytest.mark.parametrize("below", [".", "sub/deep"])
def test_the_program_is_where_an_ancestor_works(
    tmp_path: Path, ancestors: Callable[..., None], name: str, below: str
) -> None:
    project = write(tmp_path, f"shop/{name}", '{"name": "shop", "runtime": "python"}').parent
    (project / below).mkdir(parents=True, exist_ok=True)
    ancestors(tmp_path, project / below, tmp_path)
    assert find_program("shop") == project
    assert find_program("other") is None


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("sub", "shop"),
        ("sub/main.py", "shop"),
        ("./bin", "shop"),
        ("gone", "shop"),
        ("../lib", "lib"),
        ("../lib/main.py", "lib"),
        ("../gone", None),
        ("/", None),
        (".", "shop"),
    ],
)
def test_main_counts_where_it_is_outside(
    tmp_path: Path, ancestors: Callable[..., None], main: str, expected: str | None
) -> None:
    project = write(tmp_path, "shop/Pulumi.yaml", f"name: shop\nmain: {main}\n").parent
    for name in ("shop/sub/main.py", "lib/main.py"):
        write(tmp_path, name, "")
    ancestors(project)
    assert find_program("shop") == (tmp_path / expected if expected else None)


def test_an_inline_program_is_where_its_function_runs(tmp_path: Path, ancestors: Callable[..., None]) -> None:
    work = write(
        tmp_path, "automation-1/Pulumi.yaml", f"name: shop\nruntime: python\nmain: {tmp_path / 'code'}\n"
    ).parent
    write(tmp_path, "code/deploy.py", "")
    ancestors(work, tmp_path / "code")
    assert find_program("shop") == tmp_path / "code"


def test_a_home_folder_is_no_program(
    tmp_path: Path, ancestors: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    write(tmp_path, "Pulumi.yaml", "name: shop\n")
    ancestors(tmp_path)
    assert find_program("shop") is None


@pytest.mark.parametrize(
    "content",
    ["", "name: [", "name: other", "- shop", "shop", "name:\n  shop: 1", b"\xff\xfe\x00", "[" * 1_000, "!!x a"],
)
def test_a_project_file_that_says_something_else_is_none(
    tmp_path: Path, ancestors: Callable[..., None], content: str | bytes
) -> None:
    write(tmp_path, "Pulumi.yaml", "name: shop\n")
    ancestors(write(tmp_path, "sub/Pulumi.yaml", content).parent)
    assert find_program("shop") is None, "the nearest project file counts"


@pytest.mark.parametrize("main", ['"a\\0b"', "../../", "../../../../../../.."])
def test_a_main_that_names_no_folder_of_a_program_is_refused(
    tmp_path: Path, ancestors: Callable[..., None], monkeypatch: pytest.MonkeyPatch, main: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home" / "me"))
    monkeypatch.setenv("USERPROFILE", str(tmp_path / "home" / "me"))
    ancestors(write(tmp_path, "home/me/shop/Pulumi.yaml", f"name: shop\nmain: {main}\n").parent)
    assert find_program("shop") is None


@pytest.mark.parametrize("main", ["!!int ''", "~", "null", "", "!!python/object/apply:os.getcwd []"])
def test_a_main_that_says_nothing_is_the_folder_itself(
    tmp_path: Path, ancestors: Callable[..., None], main: str
) -> None:
    ancestors(write(tmp_path, "Pulumi.yaml", f"name: shop\nmain: {main}\nconfig: {{a: [b]}}\n").parent)
    assert find_program("shop") == tmp_path


@pytest.mark.parametrize("more", ["a: b\n" * 250_000, "[" * 50_000, "- " * 40_000])
def test_a_project_file_that_no_person_wrote_is_none(tmp_path: Path, ancestors: Callable[..., None], more: str) -> None:
    ancestors(write(tmp_path, "Pulumi.yaml", f"name: shop\nx:\n  {more}").parent)
    assert find_program("shop") is None


def test_a_project_file_may_be_a_link_but_no_pipe(tmp_path: Path, ancestors: Callable[..., None]) -> None:
    write(tmp_path, "shared.yaml", "name: shop\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "Pulumi.yaml").symlink_to(tmp_path / "shared.yaml")
    ancestors(tmp_path / "shop")
    assert find_program("shop") == tmp_path / "shop"
    os.mkfifo(tmp_path / "pipe")
    assert files.read_regular(str(tmp_path / "pipe"), 10) == b""


def test_a_main_that_is_no_path_is_none(tmp_path: Path, ancestors: Callable[..., None]) -> None:
    ancestors(write(tmp_path, "Pulumi.yaml", "name: shop\nmain: [a]\n").parent)
    assert find_program("shop") == tmp_path


@pytest.mark.parametrize(
    "error", [psutil.AccessDenied(1), psutil.NoSuchProcess(1), FileNotFoundError(), psutil.ZombieProcess(1)]
)
def test_ancestors_that_refuse_are_passed_over(
    tmp_path: Path, ancestors: Callable[..., None], error: Exception
) -> None:
    ancestors(error, write(tmp_path, "Pulumi.yaml", "name: shop\n").parent)
    assert find_program("shop") == tmp_path


def test_ancestors_that_cannot_be_listed_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(process: psutil.Process) -> None:
        raise psutil.AccessDenied(process.pid)

    monkeypatch.setattr(psutil.Process, "parents", refuse)
    assert find_program("shop") is None


def test_without_a_project_no_ancestor_is_asked(tmp_path: Path, ancestors: Callable[..., None]) -> None:
    ancestors(write(tmp_path, "Pulumi.yaml", "name: ''\n").parent)
    assert find_program("") is None


def test_real_ancestors_are_found(tmp_path: Path) -> None:
    project = write(tmp_path, "shop/Pulumi.yaml", "name: shop\n").parent
    ask = "from policypack.source import find_program; print(find_program('shop'))"
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {ask!r}], cwd={str(ROOT)!r}, check=True)"
    answer = subprocess.run([sys.executable, "-c", start], cwd=project, capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == str(project)
