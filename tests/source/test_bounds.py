"""Whatever a program's source is, evaluating it ends, within its budget, and a note says what was not evaluated."""

import pytest

from policypack.source.written import _MOST_STEPS, WrittenValues
from tests.source.evaluation import says, written_values

pytestmark = pytest.mark.broad

PYTHON = "import json\nimport pulumi\nimport pulumi_aws as aws\n"
TYPESCRIPT = 'import * as pulumi from "@pulumi/pulumi";\nimport * as aws from "@pulumi/aws";\n'
MADE = {
    "main_py": 'aws.sns.TopicPolicy("it", policy=x)\n',
    "index_ts": 'new aws.sns.TopicPolicy("it", { policy: x });\n',
}


def chain(first: str, following: str, count: int = 60) -> dict[str, str]:
    """A program that binds x0 to something, and each following name to something made of the one before, `X`."""
    steps = [f"x{number + 1} = {following.replace('X', f'x{number}')}" for number in range(count)]
    in_python = [f"x0 = {first}", *steps, f"x = x{count}"]
    in_typescript = [f"const {line.replace('*x', '...x')};" for line in in_python]
    return {"main_py": "\n".join(in_python), "index_ts": "\n".join(in_typescript)}


ADVERSARIAL = {
    "deep lists": {"main_py": f"x = {'[' * 90}{']' * 90}\n", "index_ts": f"const x = {'[' * 5_000}{']' * 5_000};\n"},
    "deep calls": {"main_py": f"x = {'f(' * 80}1{')' * 80}", "index_ts": f"const x = {'f(' * 5_000}1{')' * 5_000}"},
    "deep blocks": {"main_py": "x = 1\n", "index_ts": f"{'{' * 20_000}const x = 1;{'}' * 20_000}\n"},
    "a cycle of names": chain("x500", "X", 500),
    "a long chain of names": chain("'a'", "X", 2_000),
    "texts that double": chain("'aaaaaaaa'", "X + X"),
    "lists that double": chain("['a']", "[*X, *X]"),
    "lists of lists": chain("['a']", "[X, X]"),
    "functions that call each other": {
        "main_py": "def f(n):\n    return g(n) + g(n)\ndef g(n):\n    return f(n) + f(n)\nx = f(1)\n",
        "index_ts": "function f(n) { return g(n) + g(n); }\nfunction g(n) { return f(n) + f(n); }\nconst x = f(1);\n",
    },
    "loops in loops": {
        "main_py": "y = list(range(100))\nx = [a for a in y for b in y for c in y for d in y]\n",
        "index_ts": "const y = [1, 2];\nconst x = y.map(a => y.map(b => y.map(c => y.map(d => f(a, b, c, d)))));\n",
    },
    "many changes in place": {
        "main_py": "x = []\n" + "x.append('a')\n" * 5_000,
        "index_ts": "const x = [];\n" + "x.push('a');\n" * 5_000,
    },
    "many conditions": {
        "main_py": "def f(n):\n" + "    if n: return g(n)\n" * 5_000 + "    return 1\nx = f(1)\n",
        "index_ts": "function f(n) {\n" + "if (n) { return g(n); }\n" * 5_000 + "return 1;\n}\nconst x = f(1);\n",
    },
    "conditions that depend on each other": {
        "main_py": "".join(f"if x{n} == x{n + 1}:\n    x{n + 1} = x{n}\n" for n in range(500)) + "x = x499\n",
        "index_ts": "".join(f"if (x{n} == x{n + 1}) {{ x{n + 1} = x{n}; }}\n" for n in range(500)) + "const x = x9;\n",
    },
    "loops that add to each other's lists": {
        "main_py": "a = b = ['c']\n" + "for i in a:\n    b.append(i)\nfor i in b:\n    a.append(i)\n" * 200 + "x = a\n",
        "index_ts": "const a = ['c'], b = a;\n" + "for (const i of a) { b.push(i); }\n" * 200 + "const x = a;\n",
    },
    "lists that loops double": {
        "main_py": "x = ['a', 'b']\n" + "for i in x:\n    x += [i, i]\n" * 60,
        "index_ts": "let x = ['a', 'b'];\n" + "for (const i of x) { x = [...x, ...x]; }\n" * 60,
    },
    "classes that extend each other": {
        "main_py": "class A(B): pass\nclass B(A):\n    def __init__(self):\n        super().__init__()\nx = A().y\n",
        "index_ts": "class A extends B {}\nclass B extends A { constructor() { super(); } }\nconst x = new A().y;\n",
    },
    "a class that extends itself": {
        "main_py": "@dataclass\nclass A(A):\n    y: str\n    def f(self): aws.sns.TopicPolicy('b')\nx = A().z\n",
        "index_ts": "class A extends A { m() { new aws.sns.TopicPolicy('b', {}); } }\nconst x = new A().z;\n",
    },
    "decorators of decorators": {
        "main_py": "def d(f):\n    return d(d(f))\n" + "@d\n" * 90 + "def f():\n    return 1\nx = f()\n",
        "index_ts": "const d = f => d(d(f));\nconst x = d(d(1));\n",
    },
    "generators of generators": {
        "main_py": "def f(n):\n    yield from f(n)\n    yield from f(n)\nx = [*f(1)]\n",
        "index_ts": "function* f(n) { yield* f(n); yield* f(n); }\nconst x = [...f(1)];\n",
    },
    "a huge literal": {
        "main_py": f"x = [{'1, ' * 50_000}]\n".replace(", ", ",\n"),
        "index_ts": f"const x = [{'1, ' * 100_000}];\n".replace(", ", ",\n"),
    },
}  # fmt: skip


def steps(template: str) -> str:
    """Sixty statements: in the place of `NEW` and `OLD` stand x1 and x0, x2 and x1 …"""
    return "".join(template.replace("NEW", f"x{n + 1}").replace("OLD", f"x{n}") for n in range(60))


# Each with a program's end, in which `x` is the policy.
_TAILS = {
    "main_go": '_, err := sns.NewTopicPolicy(ctx, "it", &sns.TopicPolicyArgs{Policy: x})\n',
    "Program_cs": 'new TopicPolicy("it", new TopicPolicyArgs { Policy = x });\n',
    "App_java": 'new TopicPolicy("it", TopicPolicyArgs.builder().policy(x).build());\n',
    "Pulumi_yaml": 'resources: {it: {type: "aws:sns:TopicPolicy", properties: {policy: "${x}"}}}\n',
}
_HEADS = {
    "main_go": 'package main\nimport "github.com/pulumi/pulumi-aws/sdk/v7/go/aws/sns"\nfunc main() {\n',
    "Program_cs": "using Pulumi.Aws.Sns;\n",
    "App_java": "import com.pulumi.aws.sns.TopicPolicy;\nclass App { void f() {\n",
    "Pulumi_yaml": "",
}
HOSTILE = {
    "main_go": {
        "deep calls": f"x := {'f(' * 5_000}1{')' * 5_000}\n",
        "deep literals": f"x := {'[]T{' * 400}{'}' * 400}\n",
        "texts that double": 'x0 := "aaaaaaaa"\n' + steps("NEW := OLD + OLD\n") + "x := x60\n",
        "a cycle": "x := y\ny := x + x\n",
        "what is never closed": "a<" * 10_000,
        "brackets": "[a]:" * 5_000,
        "signs": "- " * 10_000,
    },
    "Program_cs": {
        "deep calls": f"var x = {'f(' * 5_000}1{')' * 5_000};\n",
        "deep lists": f"var x = new[] {'{' * 400}{'}' * 400};\n",
        "texts that double": 'var x0 = "aaaaaaaa";\n' + steps("var NEW = OLD + OLD;\n") + "var x = x60;\n",
        "a cycle": "var x = y; y = x + x;\n",
        "what is never closed": "a<" * 10_000,
        "no source": "< ~" * 5_000,
    },
    "App_java": {
        "deep calls": f"var x = {'f(' * 5_000}1{')' * 5_000};\n",
        "deep lists": f"var x = {'List.of(' * 90}{')' * 90};\n",
        "texts that double": 'var x0 = "aaaaaaaa";\n' + steps("var NEW = OLD + OLD;\n") + "var x = x60;\n",
        "a cycle": "var x = y; y = x + x;\n",
        "what is never closed": "x=>" * 10_000,
        "generics": "a<" * 10_000,
    },
    "Pulumi_yaml": {
        "deep lists": f"variables: {{x: {'[' * 5_000}{']' * 5_000}}}\n",
        "lists that double": "variables:\n  x0: [a]\n" + steps('  NEW: ["${OLD}", "${OLD}"]\n') + "  x: ${x60}\n",
        "texts that double": "variables:\n  x0: aaaaaaaa\n" + steps("  NEW: ${OLD}${OLD}\n") + "  x: ${x60}\n",
        "anchors that double": "x0: &x0 [a, a]\n" + steps("NEW: &NEW [*OLD, *OLD]\n") + "variables: {x: *x60}\n",
        "a cycle": 'variables: {x: "${y}${y}", y: "${x}${x}"}\n',
        "no YAML": "{{ x }}: y: [\n" * 5_000,
    },
}  # fmt: skip


@pytest.mark.parametrize(("file", "what"), [(file, what) for file, texts in HOSTILE.items() for what in texts])
def test_evaluation_ends_in_other_languages(file: str, what: str) -> None:
    values = written_values(**{file: _HEADS[file] + HOSTILE[file][what] + _TAILS[file]})
    assert str(says(values)).count("a") < 300_000
    assert values._evaluator.budget._steps <= _MOST_STEPS


@pytest.mark.parametrize(
    ("file", "what"),
    [
        ("main_go", "what is never closed"),
        ("main_go", "signs"),
        ("Program_cs", "no source"),
        ("App_java", "generics"),
        ("Pulumi_yaml", "no YAML"),
    ],
)
def test_other_files_that_are_not_read_are_noted(file: str, what: str) -> None:
    values = written_values(**{file: _HEADS[file] + HOSTILE[file][what] + _TAILS[file]})
    assert says(values) == "?"
    assert file.replace("_", ".") in values.note


def program(**files: str) -> WrittenValues:
    heads = {"main_py": PYTHON, "index_ts": TYPESCRIPT}
    return written_values(**{name: f"{heads[name]}{text}\n{MADE[name]}" for name, text in files.items()})


@pytest.mark.parametrize("language", ["main_py", "index_ts"])
@pytest.mark.parametrize("what", ADVERSARIAL)
def test_evaluation_ends(what: str, language: str) -> None:
    values = program(**{language: ADVERSARIAL[what][language]})
    says(values)
    # Neither an exception nor a doubled list: what comes of it is small, or there is a note.
    assert values._evaluator.budget._steps <= _MOST_STEPS


@pytest.mark.parametrize("what", ["lists that double", "functions that call each other", "loops in loops"])
def test_what_takes_too_long_is_noted(what: str) -> None:
    values = program(main_py=ADVERSARIAL[what]["main_py"])
    assert says(values) == "?"
    assert "take too long" in values.note


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"main_py": "def broken(:\n"}, "main.py"),
        ({"main_py": f"x = '{'a' * 400_000}'\n"}, "main.py"),
        ({"main_py": f"x = {'(' * 300}{')' * 300}\n"}, "main.py"),
        ({"main_py": f"x = {{{'1:1,' * 250_000}}}\n"}, "main.py"),
        ({"main_py": "x = 1 if\n" * 3}, "main.py"),
        ({"index_ts": f"const x = {{{'a:1,' * 250_000}}};\n"}, "index.ts"),
    ],
)
def test_files_that_are_not_read_are_noted(files: dict[str, str], named: str) -> None:
    values = program(**files)
    assert says(values) == "?"
    assert named in values.note


def test_many_runs_of_one_call_are_too_many() -> None:
    text = "y = list(range(100))\nfor a in y:\n    for b in y:\n        aws.sns.TopicPolicy(f'{a}-{b}', policy='x')\n"
    values = program(main_py=f"x = 1\n{text}")
    assert says(values) == "?"
    assert "take too long" in values.note
