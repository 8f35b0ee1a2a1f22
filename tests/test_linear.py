"""Whatever text a stranger writes, no pattern or function takes more than time in proportion to its length."""

from __future__ import annotations

import ast
import re
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import policypack
from policypack.secret_detection import secret_reason, secrets_in_text, url_password
from policypack.secret_detection.commands import passwords_in_commands
from policypack.secret_detection.formats import FORMATS
from policypack.secret_detection.passwords import is_human_like
from policypack.secret_detection.text import _PHRASES
from policypack.source.budget import MOST_STEPS, Budget, BudgetExceededError
from policypack.source.files import File
from policypack.source.languages import LANGUAGES
from policypack.source.literals import Wanted, unescaped
from policypack.source.sieve import Sieve

pytestmark = pytest.mark.broad

SHORT = 10_000


def is_linear(work: Callable[[str], Any], make: Callable[[int], str], length: int = SHORT) -> bool:
    """
    Whether four times as long a text takes about four times as long; quadratic work would take sixteen times.

    What takes next to no time for the longer text is no proof of anything worse, and the factor leaves much to chance.
    """
    work(make(100))  # compiles patterns
    return any(_is_fast(work, make(4 * length), make(length)) for _ in range(3))


def _is_fast(work: Callable[[str], Any], text: str, shorter: str) -> bool:
    next_to_none = 0.1
    taken = _seconds(work, text)
    return taken <= next_to_none or taken <= 9 * _seconds(work, shorter) + next_to_none


def _seconds(work: Callable[[str], Any], text: str) -> float:
    started = time.process_time()
    work(text)
    return time.process_time() - started


def repeated(fragment: str, end: str = "!") -> Callable[[int], str]:
    """Texts of some length that repeat a fragment and end otherwise."""
    return lambda length: fragment * (length // len(fragment)) + end


# Patterns


def constants(source: str) -> list[str]:
    """The string constants of a module, those within f-strings too."""
    return [
        node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant) and type(node.value) is str
    ]


def is_possessive(pattern: str) -> bool:
    """
    Whether a text is a pattern that has a possessive quantifier or an atomic group; what is escaped or in a class is
    neither.
    """
    try:
        re.compile(pattern)
    except re.error:
        return False
    plain = re.sub(r"\[\^?\]?[^\]]*\]", "[]", re.sub(r"\\.", "_", pattern, flags=re.DOTALL))
    return re.search(r"[*+?}]\+|\(\?>", plain) is not None


MODULES = sorted(Path(policypack.__file__).parent.rglob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(MODULES[0].parent)))
def test_no_pattern_is_one_that_python_3_11_2_misreads(module: Path) -> None:
    assert [text for text in constants(module.read_text(encoding="utf-8")) if is_possessive(text)] == []


@pytest.mark.parametrize("pattern", ["a*+", "a++", "a?+", "a{2}+", "(?:a|b)*+", "[ab]++", "(?>a)", r"\\++"])
def test_possessive_quantifiers_are_known(pattern: str) -> None:
    assert is_possessive(pattern)


@pytest.mark.parametrize("pattern", [r"\++", r"\*\+", "[*+]+", "[?+]*", "a+?", "[^]*+]+", "(?=a)+"])
def test_other_patterns_are_not_taken_for_possessive(pattern: str) -> None:
    assert not is_possessive(pattern)


# Secret detection

# fmt: off
REPEATED = (
    *"a0 =-/\\'\"${[<._:@,é\n\u212a",
    "'\"", "${", "<a>", "a.", "a-", "a/", "a:", "aB3/", "a=b\n", "/Ab", ".key", "__a", "1.", "MII", "${a", "a-b",
    "pass", "://", "://a:", "://a:b", "eyJ", "eyJ.", "eyJabc.eyJabc ", "AK" + "IA", "gh" + "p_", "sk-proj-",
    "base64:", '"auth":"', "hooks.slack.com/services/T/", "-----BEGIN RSA PRIVATE " + "KEY-----", "Bearer ",
    "Basic YTpi ", "jdbc:oracle:thin:a/", "password=a;", "password : ", "password: x\n", "--password ",
    "--password x ", "<password>", "'x-api-key:", "setx a b ", "mysql ", "/mysql x ", "curl ", 'curl "', "curl -u a",
    "login ", "machine login password ", "identified by '", "name: token\nvalue: ",
    "The quick brown fox rotates 12 passwords. ", "mysql", "mongo", "ldap", "jdbc:oracle:", "jdbc:oracle:a:b/",
    "key: ", ":AA", "/glsa_", "/ABSK", "curl 'curl \"", "curl \\\n", "mysql \\", "-u-u", "a:a:", "name: token",
    "name=value=", "'a-b-c:", "password='\\", "password : x #", "token = a #", "eyJa.eyJa.", "://a:b@",
    "YWJj" * 11 + " ", "A" * 40 + "=", "-----BEGIN ", "key", "token-", "keykey ", "key=value\n", "Ref::", "--key x ",
)
# fmt: on


@pytest.mark.parametrize("fragment", REPEATED)
def test_secrets_are_looked_for_in_linear_time(fragment: str) -> None:
    def work(text: str) -> None:
        secret_reason("DB_SECRET", text)
        secrets_in_text(f"curl pass: chpasswd configure user {text}")

    assert is_linear(work, repeated(fragment))


PATTERNS = {
    **{f"{kind.kind} {kind.mark}": (kind.mark, kind.pattern) for kind in FORMATS},
    **{f"{kind.kind} {kind.mark}, beside": (kind.mark, kind.beside) for kind in FORMATS if kind.beside},
    **{f"phrase {phrase.mark}": (phrase.mark, phrase.pattern) for phrase in _PHRASES},
}


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_take_linear_time_where_their_beginning_is_repeated(name: str) -> None:
    mark, pattern = PATTERNS[name]
    for fragment in (mark, f"{mark}a", f"/{mark}", f"{mark} ", f'"{mark}:'):
        for end in ("!", "é", "-"):
            assert is_linear(lambda text: list(re.finditer(pattern, text)), repeated(fragment, end))


def commands(text: str) -> None:
    list(passwords_in_commands(text))


@pytest.mark.parametrize("work", [url_password, is_human_like, commands, unescaped])
@pytest.mark.parametrize(
    "fragment", ["a", "\\", "\\N{", "://a:", "-----BEGIN ", "mysql -", "ldap ", "curl ''", r"\u{1"]
)
def test_functions_take_linear_time(work: Callable[[str], Any], fragment: str) -> None:
    assert is_linear(work, repeated(fragment))


@settings(max_examples=25, deadline=None)
@given(st.text(st.sampled_from("aA1 =:'\"\\-/.\n$<{(|&@+_"), min_size=1, max_size=6))
def test_any_short_text_repeated_takes_linear_time(fragment: str) -> None:
    assert is_linear(secrets_in_text, repeated(fragment))


def test_zxcvbn_does_not_read_a_text_in_hundreds_of_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zxcvbn.zxcvbn", lambda text: pytest.fail("it takes seconds"))
    assert not is_human_like("4@8({[<3691!10$5+7%2|" * 2)


def test_compressed_text_within_a_text_is_read_up_to_a_limit_in_all(monkeypatch: pytest.MonkeyPatch) -> None:
    import base64
    import gzip

    read = []

    def counted(text: str) -> list[tuple[int, str]]:
        read.append(len(text))
        return []

    monkeypatch.setattr("policypack.secret_detection.text.credentials_in", counted)
    bomb = base64.b64encode(gzip.compress(b"a" * 1_000_000)).decode()
    secrets_in_text(f"{bomb} " * 100)
    assert sum(read) < 1_500_000 + 100 * len(bomb)


# The program's source

VALUE = "Hunter2-Canary!"
LINES = "-----BEGIN\nab\ncd\n-----END"


class Counter(Budget):
    """Counts steps."""

    def __init__(self) -> None:
        super().__init__()
        self.spent = 0

    def spend(self, steps: int) -> None:
        self.spent += steps
        super().spend(steps)


SOURCES: dict[str, tuple[Callable[[int], str], str]] = {
    **{
        text: (repeated(text), VALUE)
        for text in (
            "\\N{",
            '""+',
            "\\",
            '"\\',
            '"',
            "'",
            "`",
            '"""',
            "/*",
            '@"',
            "- ",
            "? ",
            "a: ",
            "&a ",
            "---\n",
            "[a],",
        )
    },
    "several lines": (repeated('"-----BEGIN\\n",'), LINES),
    "a gap of spaces": (lambda length: f'"Hunter2"{" " * length}x', VALUE),
    "gaps in unfinished Python": (lambda length: f'("Hunter2"{" (" * (length // 2)}x', VALUE),
    "a setting of spaces": (lambda length: f"A={' ' * length}x", VALUE),
    "a setting of comments": (lambda length: f"A={' #' * (length // 2)}x", VALUE),
    "a name bound often": (
        lambda length: (
            "\n".join(f"a = a + 'x{number}'" for number in range(length // 30)) + "\np = a + 'Hunter2' + a\n"
        ),
        VALUE,
    ),
    "f-strings of a name bound often": (
        lambda length: "\n".join([f"a = '{number}'" for number in range(300)] + ['f"{a}"'] * (length // 10)),
        VALUE,
    ),
    "f-strings in a line": (lambda length: f"""p = {'f"{a}"+' * (length // 8)}''""", VALUE),
    "repeated letters": (repeated('"aaaa" + '), "a" * 3_000),
}


@pytest.mark.parametrize("end", sorted({language: end for end, language in LANGUAGES.items()}.values()))
@pytest.mark.parametrize("name", SOURCES)
def test_source_is_searched_in_linear_time(name: str, end: str) -> None:
    make, value = SOURCES[name]

    def steps(text: str) -> int:
        counter = Counter()
        with suppress(BudgetExceededError):
            list(LANGUAGES[end].lines(text, Wanted(value, counter)))
        return counter.spent

    assert steps(make(SHORT)) <= 5 * steps(make(SHORT // 4)) + 1_000
    assert is_linear(steps, make, SHORT // 4)


@pytest.mark.parametrize("value", [VALUE, "a" * 3_000, "a'" * 1_500, LINES])
@pytest.mark.parametrize("fragment", ["a", '"a"', '"aa"', "\\", "\\x41", "%s", "a'"])
def test_files_are_sieved_in_linear_time(fragment: str, value: str) -> None:
    def work(text: str) -> None:
        Sieve(value).lets_through(File("a.py", LANGUAGES[".py"], text.encode()))

    assert is_linear(work, repeated(fragment))


def test_a_search_ends_with_its_budget() -> None:
    with pytest.raises(BudgetExceededError):
        Budget().spend(MOST_STEPS + 1)
