"""What the source of random Python programs says of their values is what they are when the programs run."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest

from policypack.testing import resource
from tests.source.evaluation import TOPIC_POLICY, written_values
from tools.source_reading import agrees

pytestmark = pytest.mark.broad

NAMES = "abcd"
FUNCTIONS = """\
def wrapped(a):
    b = [a]
    return b
def yielded(a):
    yield 'q'
    for z in a:
        if z != 'x':
            yield z
def change(a):
    a.append('w')
def same(a):
    return a
def late(x, to=[]):
    to.append(x)
    return to
class Holder:
    def __init__(self, a):
        self.v = a
        {change}
    def held(self, b=1):
        return [self.v, b]
"""
CHANGES = ("pass", "self.v = [1]", "self.v.append(2)", "self.v += [3]", "if a: self.v = None")


class Writer:
    """Writes one program: statements about four names, which may be texts, lists, maps, numbers or nothing."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def statements(self) -> list[str]:
        """Its statements, of which some may fail."""
        made = [f"{name} = {self._literal()}" for name in NAMES]
        made.append(FUNCTIONS.format(change=self._pick(*CHANGES)))
        body = [
            "    c, d = a, b",
            *self._block(1, calls=False),
            f"    if {self._condition()}:",
            f"        return {self._name}",
        ]
        made.append("\n".join(["def made(a, b='x'):", *body, f"    return {self._name}"]))
        made += [self._top() for _ in range(4)]
        if self._random.random() < 0.3:
            made.append("\n".join(["def main():", "    global a, b", "    c = d = []", *self._block(1), "main()"]))
        if self._random.random() < 0.3:
            made += ["later = lambda: [a, b]", self._top(), "c = later()"]
        return made

    def _top(self) -> str:
        return "\n".join(self._statement(0, 0, loops=False, calls=True))

    def _pick(self, *choices: str) -> str:
        return self._random.choice(choices)

    @property
    def _name(self) -> str:
        return self._pick(*NAMES)

    def _literal(self, depth: int = 0) -> str:
        count = range(self._random.randint(0, 3))
        made = [
            self._pick("'x'", "'y'", "'s3:*'", "''"),
            self._pick("None", "1", "3"),
            *(
                [
                    f"[{', '.join(self._literal(depth + 1) for _ in count)}]",
                    "{" + ", ".join(f"'{self._pick(*'kmn')}': {self._literal(depth + 1)}" for _ in count) + "}",
                ]
                if depth < 2
                else []
            ),
        ]
        return self._pick(*made)

    def _condition(self) -> str:
        name = self._name
        return self._pick(
            *("unknown()", name, f"not {name}", f"{name} == {self._literal()}", f"{name} is None", f"'x' in {name}"),
            *(f"unknown() and {name}", f"{name} or unknown()", f"isinstance({name}, str)", f"isinstance({name}, dict)"),
        )

    def _value(self, calls: bool) -> str:
        name, other = self._name, self._name
        made = [
            *(name, self._literal(), f"[*{name}, {self._literal()}]", f"{{**{name}, 'k': {self._literal()}}}"),
            *(f"({name} if {self._condition()} else {other})", f"({name} or {self._literal()})", f"{name} + {other}"),
            *(f"f'{{{name}}}-{{{other}}}'", f"[z for z in {name} if {self._condition()}]"),
            f"{name}[{self._pick('0', '-1', repr('k'), ':1', '1:')}]",
        ]
        if calls:
            made += [f"made({name}, {self._literal()})", f"wrapped({name})", f"list(yielded({name}))"]
            made += [
                f"Holder({name}).held({other})",
                f"Holder([{name}]).v",
                f"same({name})",
                f"late({name})",
                f"{name}.v",
            ]
            made += [f"Holder({name})"]
        return self._pick(*made)

    def _block(self, indent: int, depth: int = 0, *, loops: bool = False, calls: bool = True) -> list[str]:
        statements = (
            self._statement(indent, depth, loops=loops, calls=calls) for _ in range(self._random.randint(1, 3))
        )
        return [line for statement in statements for line in statement]

    def _statement(self, indent: int, depth: int, *, loops: bool, calls: bool) -> list[str]:
        start, name = "    " * indent, self._name
        kind = self._random.random()

        def inner(**options: bool) -> list[str]:
            return self._block(indent + 1, depth + 1, **{"loops": loops, "calls": calls, **options})

        if kind < 0.15 and depth < 3:
            return [f"{start}if {self._condition()}:", *inner(), f"{start}else:", *inner()]
        if kind < 0.25 and depth < 3:
            over = self._pick(self._literal(), f"{self._name}[:3]")
            return [f"{start}for {self._pick('i', name)} in {over}:", *inner(loops=True)]
        if kind < 0.28 and depth < 3:
            return [f"{start}try:", *inner(), f"{start}except Exception:", *inner()]
        if kind < 0.32 and loops:
            return [f"{start}if {self._condition()}:", f"{start}    {self._pick('continue', 'break')}"]
        value, other = self._value(calls), self._name
        statement = self._pick(
            *(f"{name} = {value}", f"{name} = {value}", f"{name}.append({value})", f"{name}.extend({value})"),
            *(f"{name} += [{value}]", f"{name}[0] = {value}", f"{name}['k'] = {value}", f"{name}.insert(0, {value})"),
            *(f"{name}.update({{'k': {value}}})", f"{name}['k'].append({value})", f"{name} = {self._name}"),
            *(f"{name} = {other}.copy()", f"{name} = [{other}, {other}]", f"{name} = {{'k': {other}}}"),
            *(
                f"{name} = list({other})",
                f"{name} = {other}['k']",
                f"{name} = {other}[0]",
                f"{name} = {other} = {value}",
            ),
            *(
                f"{name}.setdefault('k', []).append({value})",
                f"{name}[0].append({value})",
                f"{name}.get('k').append(5)",
            ),
            *(f"[z.append(6) for z in {name}]", f"[z.append(7) for y, z in {name}.items()]", f"list.append({name}, 8)"),
            *((f"change({name})", f"same({name}).append(9)", f"{name}.v = {value}") if calls else ()),
            *((f"{name}.v.append({value})", f"list(map(change, [{name}]))") if calls else ()),
        )
        return [f"{start}{statement}"]


def running(statements: list[str], seed: int) -> str:
    """The program of those statements that do not fail one after the other."""
    names = _names(seed)
    kept = []
    for statement in statements:
        with suppress(Exception):
            exec(statement, names)
            kept.append(statement)
    return "\n".join(kept)


def outcome(text: str, seed: int) -> Any:
    """What the four names are behind a program, as JSON has it; None where it fails, or makes much."""
    names = _names(seed)
    try:
        exec(text, names)
        made = [_as_json(names[name]) for name in NAMES]
    except Exception:  # noqa: BLE001 a statement before which another one is left out may fail, in whatever way
        return None
    return made if len(str(made)) < 10_000 else None


def _names(seed: int) -> dict[str, Any]:
    answers = random.Random(seed)
    return {"unknown": lambda: answers.random() < 0.5}


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _as_json(each) for key, each in value.items()}
    if type(value).__name__ == "Holder":
        raise TypeError("no JSON")
    return [_as_json(each) for each in value] if isinstance(value, list | tuple) else value


@pytest.mark.parametrize("first", range(0, 400, 100))
def test_what_the_source_says_is_what_the_program_does(first: int) -> None:
    ran = 0
    for seed in range(first, first + 100):
        text = running(Writer(seed).statements(), seed)
        made = outcome(text, seed)
        if made is None:
            continue
        ran += 1
        policy = f"aws.sns.TopicPolicy('it', policy=[{', '.join(NAMES)}])"
        program = written_values(main_py=f"import pulumi_aws as aws\nfrom unheard import unknown\n{text}\n{policy}\n")
        written = program.of(resource(TOPIC_POLICY, "it"), "policy")
        assert written is None or agrees(written.raw, made), f"seed {seed}:\n{text}"
    assert ran > 50
