"""
Finds secrets in values, scripts and documents: by their format, by the names that they have there, and in commands.

No function returns, logs or raises with a secret or a part of it, and each takes time in proportion to the length of
the text. What is no secret must pass, above all: tests/data/not_secrets.txt has examples.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from policypack.secret_detection.commands import passwords_in_commands
from policypack.secret_detection.formats import VALUE, credential_kind, credentials_in
from policypack.secret_detection.names import LONGEST_NAME, is_secret_name, meaning_of
from policypack.secret_detection.values import LONGEST_DECODED, decoded, is_named_secret

_UNDER_A_NAME: Final = "a value whose name suggests a secret"
_IN_A_COMMAND: Final = "a password in a command"
_EMBEDDED: Final = r"(?<![\w+/=-])[A-Za-z\d+/]{40,}={0,2}(?![\w+/=-])"
"""Base64 within a document."""


def secret_reason(name: str, value: str) -> str | None:
    """
    Why the value of a variable, parameter or header is a secret, in words; None where it is none.

    A value that only says where a secret is kept is none. A placeholder such as `changeme` is one: a default password.
    """
    name, value = name[-LONGEST_NAME:], value.strip()
    kind = credential_kind(value)
    # Google's keys for browsers look like those for servers.
    if kind and not (kind == "a Google API key" and meaning_of(name).is_published):
        return f"it {'is' if 'in it' in kind else 'looks like'} {kind}"
    if is_named_secret(name, value):
        return "its name suggests a secret"
    # Most values are one word, in which nothing is written down under a name or in a command.
    for _, what in _written(value) if re.search(r"[\s=:<]", value) else ():
        return f"it contains {what}"
    return None


def secrets_in_text(text: str) -> list[tuple[int, str]]:
    """
    The lines of a script or document that hold secrets, with what each holds: "a GitHub personal access token".

    The text may be given in base64, compressed or not, as user data is. Lines are then counted in the decoded text.
    """
    document = decoded(text) or text
    found = list(_secrets(document))
    if not found:
        return []
    newlines = [match.start() for match in re.finditer("\n", document)]
    lines: dict[int, str] = {}
    for position, what in found:
        lines.setdefault(bisect_left(newlines, position) + 1, what)
    return sorted(lines.items())


def secrets_in_command(words: Sequence[str]) -> list[tuple[int, str]]:
    """
    The words of a command that hold secrets, by their index, with what each holds: "a password in a command".

    :param words: its name and its arguments. One may be a script itself, as in `sh -c SCRIPT`.
    """
    starts = list(accumulate((len(word) + 1 for word in words), initial=0))
    found: dict[int, str] = {}
    for position, what in _secrets(" ".join(words)):
        found.setdefault(bisect_right(starts, position) - 1, what)
    return sorted(found.items())


def _secrets(document: str) -> Iterator[tuple[int, str]]:
    """The positions of secrets in a document, with what they are; what can be told best comes first."""
    yield from credentials_in(document)
    yield from _written(document)
    room = LONGEST_DECODED
    for match in re.finditer(_EMBEDDED, document):
        embedded = decoded(match[0], room)
        room -= min(room, len(embedded))
        for _, what in (*credentials_in(embedded), *_written(embedded)):
            yield match.start(), f"{what}, in base64"


def _written(document: str) -> Iterator[tuple[int, str]]:
    """The positions where a document writes down secrets that have no format of their own, with what they are."""
    for match in passwords_in_commands(document):
        if _is_literal(match) and is_named_secret("password", match["value"]):
            yield match.start("value"), _IN_A_COMMAND
    lower = document.lower()
    for mark, pattern in _PHRASES:
        if mark not in lower:
            continue
        for match in re.finditer(pattern, document):
            name = match.groupdict().get("name")
            if _is_literal(match) and is_named_secret(name or "password", match["value"]):
                yield match.start("value"), _UNDER_A_NAME if name else _IN_A_COMMAND
    for match in re.finditer(_ASSIGNMENT, document):
        assignment = _Assignment(match)
        # Most names suggest no secret, so that comes first.
        if is_secret_name(assignment.name) and _is_literal(match) and assignment.is_secret:
            yield match.start("value"), _UNDER_A_NAME


def _is_literal(match: re.Match[str]) -> bool:
    """Whether a value is written there: not a variable, nor what the reader should put there, as in `--token TOKEN`."""
    value = match["value"]
    if value.isupper() and is_secret_name(value):
        return False
    return not re.search(r"\$[\w({]", value) or match.string[match.start("value") - 1] == "'"


class _Phrase(NamedTuple):
    """
    A way in which scripts and documents write down secrets.

    :param mark: what it always contains, in lower case.
    :param pattern: how it is written. It has a `value`, and may have a `name`, which must then suggest a secret.
    """

    mark: str
    pattern: str


_NAME: Final = r"(?P<name>[A-Za-z_][\w.-]{1,60})(?![\w.-])"
_PHRASES: Final = (
    _Phrase("pass:", rf"-pass(?:in|out)?[ \t]+pass:{VALUE}"),
    _Phrase("requirepass", rf"requirepass[ \t]+{VALUE}"),
    _Phrase("pass ", rf"-(?:dest|src)?(?:store|key)pass[ \t]+{VALUE}"),
    _Phrase(
        "chpasswd",
        r"""(?<![\w.:-])[\w.-]{1,40}:(?P<value>[^\s"'`&,|<>\\]{1,99})["']?"""
        r"[ \t]{0,9}\|[ \t]{0,9}(?:sudo[ \t]{1,9})?chpasswd",
    ),
    _Phrase("passwd --stdin", rf"""echo[ \t]+{VALUE}["']?[ \t]*\|[ \t]*(?:sudo[ \t]+)?passwd --stdin"""),
    _Phrase("machine", rf"machine[ \t]+\S+\s+login[ \t]+\S+\s+password[ \t]+{VALUE}"),
    _Phrase("convertto-securestring", rf"""ConvertTo-SecureString[ \t]+(?:-\w+[ \t]+)*(?=["']){VALUE}"""),
    _Phrase("user", rf"net1?(?:\.exe)?[ \t]+user[ \t]+[^\s/]+[ \t]+(?!/){VALUE}"),
    _Phrase("identified", rf"[Ii](?i:dentified(?:\s+with\s+\S+)?\s+by)\s+'{VALUE}"),
    _Phrase("password", rf"[Pp](?i:assword)[ \t]+'{VALUE}"),
    _Phrase("configure", rf"configure[ \t]+set[ \t]+{_NAME}[ \t]+{VALUE}"),
    _Phrase("setx", rf"setx[ \t]+{_NAME}[ \t]+{VALUE}"),
    _Phrase("env", rf"""(?:setenv|ENV|SetEnvironmentVariable)[ \t(]+["']?{_NAME}["']?[ \t,]+{VALUE}"""),
    # --password VALUE, but not "… --password and …"; `docker build --secret` takes an id.
    _Phrase(
        "--", rf"--(?<![\w-]--)(?!secret\s){_NAME}[ \t]+(?!-|(?:and|as|for|in|is|of|options?|or|flags?|to)\b){VALUE}"
    ),
    _Phrase(
        "-",
        r"""["'](?P<name>[A-Za-z]\w{0,30}-\w{1,30}(?:-\w{1,30}){0,4}):[ \t]*(?P<value>[^\s"'\\]+)\\{0,7}["']""",
    ),
    _Phrase("</", rf"<{_NAME}>(?P<value>[^\s<>]+)</"),
    # name: DB_PASSWORD, value: …
    _Phrase(
        "value",
        rf"""[NnKk](?:ame|ey)\\{{0,7}}["']?[ \t]*[:=][ \t]*\\{{0,7}}["']?{_NAME}\\{{0,7}}["']?[\s,\\nr]{{1,40}}"""
        rf"""\\{{0,7}}["']?[Vv]alue\\{{0,7}}["']?[ \t]*[:=][ \t]*{VALUE}""",
    ),
)

# A name and a value with a sign between them. The name is looked for from where it begins to suggest a secret, which is
# far faster than from its beginning. The lookahead takes the rest of the name once and for all: without it, each of its
# characters would be tried as its end.
_ASSIGNMENT: Final = r"""(?x)
    (?P<name>
        [CcKkPpSsTt]
        (?=(?P<rest>(?i:(?<=c)red|(?<=k)ey|(?<=p)(?:ass|wd?)|(?<=s)ecret|(?<=t)oken)[\w.-]{0,60}))(?P=rest)
    )
    \\{0,7}["']?
    (?P<sign>[ \t]{0,3}(?:=>|:=|=(?![=~])|:)[ \t]{0,3})
    (?P<quote>\\{0,7}["']?)
    (?P<value>[^\s"'`;&,|<>\\]+)
    """
_NAME_CHARACTERS: Final = string.ascii_letters + string.digits + "_.-"
_LINE_BEGINNING: Final = r"""\s*(?:-\s+)?["']?\$?"""
"""What may come before a name that begins its line: the dash of a YAML list, a quote, PowerShell's `$`."""
_LINE_END: Final = re.compile(r"[ \t]*(?:#.*)?(?:\r?\n|\Z)")
# Calls, items, attributes, anchors and tags: get_token(), os.environ["TOKEN"], args.token, *token, !Ref Token.
_CODE: Final = r"[(\[{]|\A(?:\*|!\w|-----BEGIN|\w+(?:\.\w+)+[)\]}:]*\Z)"
_LABEL: Final = r"[A-Z][a-z]+"
"""A value that only puts a name in words: {"password": "Password"}."""


class _Assignment:
    """
    A name that is given a value in a script or document.

    :param match: the match of _ASSIGNMENT that found it.
    """

    def __init__(self, match: re.Match[str]) -> None:
        self._match = match
        self.name: str = match["name"]
        """The whole name: that of the match begins where it suggests a secret."""
        start = match.start()
        if start and match.string[start - 1] in _NAME_CHARACTERS:
            beginning = match.string[max(0, start - LONGEST_NAME) : start]
            self.name = beginning[len(beginning.rstrip(_NAME_CHARACTERS)) :] + self.name

    @property
    def is_secret(self) -> bool:
        """Whether a secret is assigned: neither prose, nor code that compares or passes on a variable."""
        if not is_named_secret(self.name, self._value):
            return False
        if self._before.endswith("$"):
            # As in PowerShell. A shell that says `"$TOKEN" = "x"` compares.
            return self._begins_line and self._is_spaced and bool(self._match["quote"])
        if self._match["quote"]:
            is_label = self._sign == ":" and re.fullmatch(_LABEL, self._value)
            return not self._next.isspace() and not is_label
        if self._is_code:
            return False
        if self._sign == "=" and not self._is_spaced:
            # As in a shell, a properties file or an option, but not an argument of a call: f(password=password, …)
            return not re.match(r"[A-Za-z_]+[,)]", self._value + self._next)
        return self._is_entry

    @property
    def _value(self) -> str:
        return self._match["value"]

    @property
    def _sign(self) -> str:
        return self._match["sign"].strip()

    @property
    def _is_spaced(self) -> bool:
        return self._match["sign"] != self._sign

    @property
    def _before(self) -> str:
        """What stands before the name in its line."""
        end = self._match.end("name") - len(self.name)
        return self._match.string[max(0, end - LONGEST_NAME) : end].rpartition("\n")[2]

    @property
    def _next(self) -> str:
        """The character behind the value; empty at the end of the text."""
        return self._match.string[self._match.end() : self._match.end() + 1]

    @property
    def _ends_line(self) -> bool:
        """Whether only a comment follows the value in its line."""
        return _LINE_END.match(self._match.string, self._match.end()) is not None

    @property
    def _begins_line(self) -> bool:
        return re.fullmatch(_LINE_BEGINNING, self._before) is not None

    @property
    def _is_code(self) -> bool:
        """Whether a value without quotes is an expression, or a variable that is named as a secret."""
        is_variable = self._value != self.name and is_secret_name(self._value) and not self._value.islower()
        return is_variable or re.search(_CODE, self._value) is not None

    @property
    def _is_entry(self) -> bool:
        """Whether it is an entry of YAML (`password: x`) or of an INI file (`password = x1`), alone in its line."""
        is_value = self._sign == ":" or (self._sign == "=" and not re.fullmatch("[A-Za-z_]+", self._value))
        return is_value and self._is_spaced and self._begins_line and self._ends_line
