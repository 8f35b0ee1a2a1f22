"""What Python programs do is not told otherwise by their source; what it does not understand is unknown."""

from __future__ import annotations

from typing import Any, Final

import pytest

from policypack.testing import resource
from tests.source.evaluation import TOPIC_POLICY, says, written_values
from tools.source_reading import agrees

_HOLDER = """\
class Holder:
    kept = ["k"]
    def __init__(self, v):
        self.v = v
    def add(self, x):
        self.v.append(x)
"""
OUTSIDE: Final = (
    "h = Holder('x')\nh.v = 'y'\nP = h.v",
    "h = Holder(['x'])\nh.v.append('y')\nP = h.v",
    "h = Holder([])\nfor x in 'ab':\n    h.v.append(x)\nP = h.v",
    "h = Holder({'a': 'x'})\nh.v['a'] = 'y'\nP = h.v",
    "h = Holder({'a': 'x'})\nd = h.v\nd['a'] = 'y'\nP = h.v",
    "def f(b):\n    b.v = 'y'\nh = Holder('x')\nf(h)\nP = h.v",
    "h = Holder('x')\nsetattr(h, 'v', 'y')\nP = h.v",
    "h = Holder('x')\nh.__dict__.update(v='y')\nP = h.v",
    "h = Holder('x')\nvars(h)['v'] = 'y'\nP = h.v",
    "Holder.kept.append('l')\nP = Holder.kept",
    "Holder.kept = 'l'\nP = Holder('x').kept",
    "class A(Holder):\n    @classmethod\n    def more(cls):\n        cls.kept.append('l')\nA.more()\nP = Holder.kept",
    "class A(Holder):\n    def more(self):\n        self.kept.append('l')\nA('x').more()\nP = Holder.kept",
    "class A:\n    def __init__(self, **given):\n        for k, v in given.items():\n            setattr(self, k, v)\n"
    "    v = 'x'\nP = A(v='y').v",
    "from dataclasses import dataclass\n@dataclass\nclass D:\n    v: str\nd = D('x')\nd.v = 'y'\nP = d.v",
    "from types import SimpleNamespace\nn = SimpleNamespace(v='x')\nn.v = 'y'\nP = n.v",
    "x = 'a'\nglobals()['x'] = 'b'\nP = x",
)
IN_PLACE: Final = (
    "s = base.copy()\ns['S'].append('b')\nP = base",
    "import copy\ns = copy.copy(base)\ns['S'].append('b')\nP = base",
    "s = dict(base)\ns['S'].append('b')\nP = base",
    "s = {**base}\ns['S'].append('b')\nP = base",
    "s = base.get('S')\ns.append('b')\nP = base",
    "base.get('S').append('b')\nP = base",
    "s = [['x']] * 2\ns[0].append('y')\nP = s",
    "def add(l):\n    l.append('b')\nadd(base['S'])\nP = base",
    "for v in base.values():\n    v.append('b')\nP = base",
    "for k, v in base.items():\n    v.append('b')\nP = base",
    "b = ['b']\nfor s in (a, b):\n    s.append('c')\nP = [a, b]",
    "for i, v in enumerate([a]):\n    v.append('c')\nP = a",
    "[v.append('c') for v in [a]]\nP = a",
    "(a if base else []).append('b')\nP = a",
    "def f(l):\n    l.append('b')\ng = f\ng(a)\nP = a",
    "from functools import partial\ndef f(l):\n    l.append('b')\npartial(f, a)()\nP = a",
    "from functools import partial\ndef f(l):\n    l.append('b')\ng = partial(f, a)\ng()\nP = a",
    "def f(l=a):\n    l.append('b')\nf()\nP = a",
    "list(map(lambda l: l.append('b'), [a]))\nP = a",
    "def f(ds):\n    ds['k'].append('b')\nf({'k': a})\nP = a",
    "def f(l):\n    def g():\n        l.append('b')\n    g()\nf(a)\nP = a",
    "Holder(a).add('b')\nP = a",
    "h = Holder(a)\nh.add('b')\nP = a",
    "h = Holder(a)\nh.v.append('b')\nP = a",
    "f = a.append\nf('b')\nP = a",
    "list.append(a, 'b')\nP = a",
    "a.__setitem__(0, 'b')\nP = a",
    "import operator\noperator.setitem(a, 0, 'b')\nP = a",
    "def f(x, l=[]):\n    l.append(x)\n    return l\nf('x')\nP = f('y')",
    "c = d = ['x']\nc.append('y')\nP = d",
    "c = d = ['x']\nd.append('y')\nP = c",
    "c = {}\nfor i in 'ab':\n    c.setdefault('k', []).append(i)\nP = c",
    "def made():\n    return a\nmade().append('b')\nP = a",
    "def made():\n    return a\nm = made()\nm.append('b')\nP = a",
    "def same(l):\n    return l\nm = same(a)\nm.append('b')\nP = a",
)
OTHERS: Final = (
    "import contextlib\nx = 'a'\nwith contextlib.suppress(ValueError):\n    int('q')\n    x = 'b'\nP = x",
    "import contextlib\ndef f():\n    with contextlib.suppress(ValueError):\n        int('q')\n        return 'b'\n"
    "    return 'a'\nP = f()",
    "class A(Holder):\n    def __init__(self):\n        self.v = 'c'\n        super().__init__('p')\nP = A().v",
    "class A(Holder):\n    v = 'c'\nP = A('p').v",
    "class A:\n    def __init__(self):\n        self.a = '1'\n        self.b = self.a + '2'\n        self.a = '3'\n"
    "P = A().a + A().b",
    "class A:\n    x = 'a'\nclass B(A):\n    pass\nclass C(A):\n    x = 'c'\nclass D(B, C):\n    pass\nP = D().x",
    "P = sorted(['b', 'a', 'c'], reverse=True)",
    "P = list(map(list, enumerate(['a'], start=1)))",
    "P = 'a.b'.split('.', maxsplit=0)",
    "P = 'a,b'.split(sep=',')",
    "P = len({'a', 'a'})",
    "from typing import cast\nP = cast('Policy', 'x')",
    "P = [f'{1.0}', str(1.0), '%s' % 1.0, '{}'.format(1.0), '%d' % 3.7]",
    "l = ['a', 'b']\nP = ['%s' % ['a'], '%s' % l, '%s-%s' % ('a', 'b')]",
    "from enum import Enum\nclass E(Enum):\n    A = 'a'\nP = [f'{E.A}', 'x' if E.A == 'a' else 'y', E.A.value]",
    "from enum import Enum\nclass E(Enum):\n    pass\nclass F(E):\n    A = 'a'\nP = f'{F.A}'",
    "x = 'a'\ny = [(x := i) for i in 'bc']\nP = x",
    "x = 'a'\ny = not a and (x := 'b')\nP = x",
    "from dataclasses import dataclass\n@dataclass(kw_only=True)\nclass B:\n    a: str = '1'\n@dataclass\nclass D(B):\n"
    "    b: str = '2'\nd = D('p', a='k')\nP = d.a + d.b",
    "from dataclasses import dataclass, field\n@dataclass\nclass D:\n    a: str\n"
    "    b: str = field(init=False, default='z')\n    c: str = 'q'\nd = D('x', 'y')\nP = d.b + d.c",
    "from typing import ClassVar\nfrom dataclasses import dataclass\n@dataclass\nclass D:\n    k: ClassVar[str] = 'k'\n"
    "    a: str = 'x'\nP = D('a').a + D.k",
    "class A:\n    def __add__(self, o):\n        return 'b'\nP = A() + 'x'",
    "class A:\n    def __bool__(self):\n        return False\nP = 'a' if A() else 'b'",
    "class A:\n    def __eq__(self, o):\n        return True\nP = 'a' if A() == None else 'b'",
    "class M(type):\n    x = property(lambda self: 'm')\nclass A(metaclass=M):\n    x = 'a'\nP = A.x",
)


@pytest.mark.parametrize("program", [*OUTSIDE, *IN_PLACE, *OTHERS])
def test_what_a_program_does_is_not_told_otherwise(program: str) -> None:
    text = f"{_HOLDER}a = ['x']\nbase = {{'S': ['x']}}\n{program}\n"
    names: dict[str, Any] = {"__name__": __name__}
    exec(compile(text, "main.py", "exec", dont_inherit=True), names)
    source = written_values(main_py=f"import pulumi_aws as aws\n{text}aws.sns.TopicPolicy('it', policy=P)\n")
    written = source.of(resource(TOPIC_POLICY, "it"), "policy")
    assert written is None or agrees(written.raw, names["P"])


@pytest.mark.parametrize(
    ("program", "expected"),
    [
        ("s = base.copy()\ns['k'] = 'v'\nP = base", {"S": ["x"]}),
        ("s = {**base, 'k': 'v'}\ns['l'] = 'w'\nP = [base, s]", [{"S": ["x"]}, {"S": ["x"], "k": "v", "l": "w"}]),
        ("s = [*a]\ns.append('y')\nP = [a, s]", [["x"], ["x", "y"]]),
        ("class A:\n    def __init__(self, v):\n        self.v = v\nP = A('x').v", "x"),
        ("P = Holder.kept", ["k"]),
        (
            "class A(Holder):\n    def __init__(self):\n        super().__init__('p')\n        self.v = 'c'\nP = A().v",
            "c",
        ),
        ("with open('f') as f:\n    x = 'b'\nP = x", "b"),
        ("P = sorted(['b', 'a'])", ["a", "b"]),
        ("P = '%s-%s' % ('a', 1)", "a-1"),
        ("from enum import StrEnum\nclass E(StrEnum):\n    A = 'a'\nP = f'{E.A}{E.A.value}'", "aa"),
        ("from dataclasses import dataclass\n@dataclass(kw_only=True)\nclass D:\n    a: str\nP = D(a='x').a", "x"),
        ("P = '\\ud800'", "?"),
    ],
)
def test_what_does_not_change_is_told(program: str, expected: Any) -> None:
    text = f"{_HOLDER}a = ['x']\nbase = {{'S': ['x']}}\n{program}\n"
    source = written_values(main_py=f"import pulumi_aws as aws\n{text}aws.sns.TopicPolicy('it', policy=P)\n")
    assert says(source) == expected


@pytest.mark.parametrize(
    ("main", "expected"),
    [
        ("import lib\nlib.x = 'set'\nP = lib.x", "?"),
        ("import lib, other\nP = lib.x", "?"),
        ("import lib\nP = lib.y", "y"),
        ("from lib import x\nP = x", "?"),
        ("y = 'a'\nfrom lib import *\nP = y", "y"),
        ("z = 'a'\nfrom lib import *\nP = z", "a"),
        ("from unheard import *\nz = 'a'\nfrom unheard import *\nP = z", "?"),
        ("from lib import *\nP = y", "y"),
        ("from lib import *\nP = str('a')", "?"),
        ("from unheard import *\nP = str('a')", "?"),
        ("from lib import *\nx = 'b'\nP = x", "b"),
    ],
)
def test_names_of_other_files_are_what_the_program_makes_of_them(main: str, expected: str) -> None:
    program = written_values(
        main_py=f"import pulumi_aws as aws\n{main}\naws.sns.TopicPolicy('it', policy=P)\n",
        lib_py="x = 'lib'\ny = 'y'\ndef str(x):\n    return unheard(x)\n",
        other_py="import lib\nlib.x = 'set'\n",
    )
    assert says(program) == expected


@pytest.mark.parametrize(
    "change", ["lib.change(d['S'])", "lib.change(s)", "list(map(lib.change, [s]))", "lib.same(s).append('b')"]
)
def test_functions_of_other_files_may_change_what_they_get(change: str) -> None:
    program = written_values(
        main_py=f"import pulumi_aws as aws\nimport lib\ns = ['x']\nd = {{'S': s}}\n{change}\n"
        "aws.sns.TopicPolicy('it', policy=d['S'])\n",
        lib_py="def change(l):\n    l.append('b')\ndef same(l):\n    return l\n",
    )
    assert says(program) in ("?", ["?"])
