"""Errors of syntax in TypeScript and JavaScript programs, and new syntax that is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from policypack.lint.brackets import unbalanced
from tests.lint.support import found, found_in_typescript, typescript

BROKEN = [
    (
        'new aws.s3.Bucket("b", { tags: { a: "b" });',
        "3:42 The ) that stands here closes nothing, as the { in line 3 is still open.",
    ),
    ("function f() {\n  if (x) {\n  }\n", "3:14 The { that stands here is never closed."),
    ("const x = [1, 2;\n", "3:11 The [ that stands here is never closed."),
    ("const x = 1;\n}\n", "4:1 The } that stands here closes nothing."),
    ('const x = "abc;\nconst y = 1;', "3:11 The string that begins here does not end in its line."),
    ("const x = 'it's';", "3:16 The string that begins here does not end in its line."),
    ("const x = `abc ${y};\n", "3:11 The template literal that begins here is never closed."),
    (
        "const x = `abc ${f({ a: 1 )} d`;\n",
        "3:27 The ) that stands here closes nothing, as the { in line 3 is still open.",
    ),
    ("/* never\nconst x = 1;", "3:1 The comment that begins here is never closed."),
]


@pytest.mark.parametrize(("program", "said"), BROKEN)
def test_what_is_not_closed_is_reported_where_it_is(tmp_path: Path, program: str, said: str) -> None:
    place, _, message = said.partition(" ")
    assert found_in_typescript(tmp_path, program, "syntax-error") == [f"index.ts:{place} syntax-error: {message}"]


NEW_SYNTAX = [
    "const a = { x: 1 } satisfies Record<string, number>;",
    "using file = open(); await using other = open();",
    "class C { accessor x = 1; static { init(); } #y = 2; }",
    "function f<const T extends readonly unknown[]>(x: T) { return x; }",
    'import data from "./data.json" with { type: "json" };',
    'import type { A } from "./a"; export type * from "./b"; import { type B } from "./b";',
    "@component class D { @input() x = 1; constructor(@inject() private readonly y: string) {} }",
    "const f = async <T,>(x: T): Promise<T> => x;",
    "enum E { A = 1 << 2, B } declare enum F { C } const enum G { D = `x` }",
    "const re = /[/'\"]{2}/g, half = a / b / c, t = x ? /}/ : /\\//;",
    "const s = `a ${`b ${c ? `d` : '}'} ${{ e: 1 }.e}`}`;",
    "const n = 1_000n, o = a?.b?.[0] ?? c!, p = x ||= y;",
    "type T = `${Lowercase<string>}-${number}`; let v: abstract new () => object; function assert(x): asserts x {}",
    "abstract class X<in out T> { declare y: string; override z?(): void; }",
    "label: for (const x of xs) { continue label; } // don't",
    "/* it's a `comment` with { brackets ( */ const z = 1;",
    "'use strict' \\\n",
    "const half = (a) / 2 + '}/';",
    "const long = 'a\\\nb';",
]


@pytest.mark.parametrize("program", NEW_SYNTAX)
def test_new_syntax_and_odd_texts_are_right(tmp_path: Path, program: str) -> None:
    assert not found_in_typescript(tmp_path, program, "syntax-error")


@pytest.mark.parametrize("program", NEW_SYNTAX)
def test_the_brackets_of_right_programs_are_balanced_whatever_the_parser_says(program: str) -> None:
    assert unbalanced(program, may_have_markup=False) is None


@pytest.mark.parametrize(
    "program",
    [
        "const x = <p>Don't {name} (yet</p>;",
        "if (x) /}/.test(y);",
        "const x: = 1;",
        "const x = \\;",
    ],
)
def test_what_is_not_certain_is_not_reported(tmp_path: Path, program: str) -> None:
    files = typescript("")
    del files["index.ts"]
    assert not found(tmp_path, {**files, "index.js": f'require("@pulumi/pulumi");\n{program}\n'}, "syntax-error")


def test_a_file_that_the_parser_understands_is_right_whatever_the_reader_of_brackets_says(tmp_path: Path) -> None:
    program = "const half = i++ / 2 + '/';"
    assert unbalanced(program, may_have_markup=False)
    assert not found_in_typescript(tmp_path, program, "syntax-error")


def test_windows_line_ends_are_no_ends_of_strings() -> None:
    assert unbalanced('const x = "a\\\r\nb";\r\n', may_have_markup=False) is None
