"""Whatever a project's files hold, reading them takes time in proportion to their length."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from policypack.config import Config
from policypack.lint.brackets import unbalanced
from policypack.lint.exports import exports_in_text
from policypack.lint.literals import literals_of
from policypack.lint.pack import lint
from policypack.lint.project import Project
from policypack.lint.ruff_config import RuffConfigError, ruff_config
from policypack.lint.rules.exported_secrets import exported_secret
from policypack.lint.rules.output_values import output_as_value
from policypack.lint.rules.requirements import requirements
from policypack.lint.rules.resource_names import resource_name
from policypack.lint.versions import required
from tests.lint.support import PYTHON_PROJECT, TYPESCRIPT_IMPORTS, project, typescript
from tests.test_linear import is_linear, repeated

pytestmark = pytest.mark.broad

FRAGMENTS = [
    *("a", " ", "\n", "x = ", 'x = "', 'a("', "pulumi.String(", "Output.of( ", ".a(", "//", " //", "/*", '\\"', "a\n="),
    *(
        'ctx.Export("a", ',
        'ctx.export("a", b',
        'return new Dictionary<string, object?>\n["a"] = ',
        "a, a",
        "a = b.get(",
    ),
    *("pulumi-aws", "pulumi-aws ", 'pulumi-aws"', "@pulumi/aws ", '"@pulumi/aws": {', "name = ", "[", "]", "1.", "<1,"),
]


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_texts_are_read_in_linear_time(tmp_path: Path, fragment: str) -> None:
    go = {"Pulumi.yaml": "name: shop\nruntime: go\n"}
    python = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": "import pulumi_aws\n"}
    node = typescript("")

    def work(text: str) -> None:
        sources = {"main.go": text, "App.java": text, "Program.cs": text}
        for runtime in ("go", "java", "dotnet"):
            settings = go["Pulumi.yaml"].replace("go", runtime)
            written = Project(project(tmp_path / runtime, {"Pulumi.yaml": settings, **sources}))
            list(literals_of(written))
            list(exports_in_text(written))
        for name in ("requirements.txt", "uv.lock", "pyproject.toml"):
            required(Project(project(tmp_path / name, {**python, name: text})), "pulumi_aws")
        for name in ("package.json", "yarn.lock"):
            required(Project(project(tmp_path / name, {**node, name: text})), "pulumi_aws")
        list(requirements.check(Project(tmp_path / "requirements.txt"), Config()))

    assert is_linear(work, repeated(fragment))


@pytest.mark.parametrize(
    "fragment", ["a.", "a.b=1\n", "[a]\n", "[[a]]\n", "[", "a=[", "a={b=", "requires-python = '", '"""', " "]
)
def test_configs_of_ruff_are_read_in_linear_time(tmp_path: Path, fragment: str) -> None:
    def work(text: str) -> None:
        files = {"ruff.toml": f"{text}=1\n", "pyproject.toml": text}
        with suppress(RuffConfigError):
            ruff_config(Project(project(tmp_path, files)))

    assert is_linear(work, repeated(fragment, "a"), 10_000)


@pytest.mark.parametrize("fragment", [*FRAGMENTS, "/", "//", "a/", "/[", "`${", "`", "{`", "\\\\", "'\\\n", ")/"])
def test_brackets_are_read_in_linear_time(fragment: str) -> None:
    assert is_linear(lambda text: unbalanced(text, may_have_markup=False), repeated(fragment))


DECLARATIONS: dict[str, Callable[[int], str]] = {
    "bases of bases": lambda n: (
        "".join(f"export interface A{i} extends A{i + 1}, A{i + 1} {{}}\n" for i in range(n // 4))
        + "export interface ThingArgs extends A0 {}"
    ),
    "names of names": lambda n: (
        "".join(f"type T{i} = T{i + 1} | T{i + 1};\n" for i in range(n // 4)) + "export interface ThingArgs { a: T0; }"
    ),
    "lists of lists": lambda n: "export interface ThingArgs { a: " + "Array<" * n + ">" * n + "; }",
    "objects in objects": lambda n: "export interface ThingArgs { a: " + "{ a: " * n + "string" + " }" * n + "; }",
    "exports of one another": lambda n: 'export * from "./index";\n' * n + "export interface ThingArgs {}",
}


@pytest.mark.parametrize("name", DECLARATIONS)
def test_declarations_are_read_in_linear_time(tmp_path: Path, name: str) -> None:
    program = typescript('import * as shop from "@pulumi/shop";\nnew shop.Thing("t", { a: [{ a: [{}] }] });')
    package = "node_modules/@pulumi/shop"
    thing = (
        'import * as pulumi from "@pulumi/pulumi";\nexport declare class Thing extends pulumi.CustomResource {\n'
        "    constructor(name: string, args: ThingArgs, opts?: pulumi.CustomResourceOptions);\n}\n"
    )
    said = '{"name": "@pulumi/shop", "version": "1.0.0"}'

    def work(text: str) -> None:
        files = {**program, f"{package}/package.json": said, f"{package}/index.d.ts": thing + text}
        assert not lint(Project(project(tmp_path, files))).failures

    assert is_linear(work, DECLARATIONS[name], 500)


PROGRAMS: dict[str, Callable[[int], str]] = {
    "exports of variables of variables": lambda n: "\n".join(f"export const v{i + 1} = v{i};" for i in range(n)),
    "calls of calls": lambda n: "b" + "\n.x()" * n,
    "apply of apply": lambda n: "b.id" + "\n.apply(x => x)" * n,
    "apply within apply": lambda n: "b.id.apply(x =>\n" * n + "1" + ")" * n,
    "secrets within secrets": lambda n: "x = " + "{ password:\n" * n + "Math.random()" + "}" * n,
    "functions within functions": lambda n: "function password() {\n" * n + "Math.random()" + "}" * n,
    "variables of variables": lambda n: "\n".join(f"const v{i + 1} = v{i};" for i in range(n)),
    "many wrong properties": lambda n: f'new aws.s3.Bucket("b", {{{"".join(f"w{i}: 1," for i in range(n // 8))}}});',
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_programs_are_read_in_linear_time(tmp_path: Path, name: str) -> None:
    def work(text: str) -> None:
        record = lint(Project(project(tmp_path, {**typescript(""), "index.ts": TYPESCRIPT_IMPORTS + text})))
        assert not record.failures

    assert is_linear(work, PROGRAMS[name], 500)


PYTHON: dict[str, Callable[[int], str]] = {
    "calls of calls": lambda n: "b = (bucket" + "\n.x()" * min(n, 900) + ")\n" + "bucket.id.y\n" * n,
    "variables of variables": lambda n: "".join(f"v{i} = [v{i + 1}, v{i + 1}]\n" for i in range(n)),
    "many exports": lambda n: "password = 'x'\n" + "pulumi.export('a', password)\n" * n,
    "names that occur twice": lambda n: "aws.sqs.Queue('q')\n" * n,
}


@pytest.mark.parametrize("name", PYTHON)
def test_programs_of_python_are_read_in_linear_time(tmp_path: Path, name: str) -> None:
    head = "import pulumi\nimport pulumi_aws as aws\n\nbucket = aws.s3.Bucket('b')\n"

    def work(text: str) -> None:
        files = {"Pulumi.yaml": PYTHON_PROJECT, "__main__.py": f"{head}{text}pulumi.export('a', [v0, v0])\n"}
        written = Project(project(tmp_path, files))
        for policy in (exported_secret, output_as_value, resource_name):
            list(policy.check(written, Config()))

    assert is_linear(work, PYTHON[name], 300)
