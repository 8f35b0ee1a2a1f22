"""Passwords that a script passes to a command as an option: `mysql -u root -pPASSWORD`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from policypack.secret_detection.formats import VALUE

_GAP: Final = re.compile(r"(?:[ \t]|\\\r?\n)+")
"""What separates arguments: spaces, or the end of a line that goes on in the next."""
_ARGUMENT_PART: Final = re.compile(r"""[^\s|;&"']+|"[^"\n]*"|'[^'\n]*'""")
_MOST_ARGUMENTS: Final = 12
"""Arguments that are looked at before the option: no more, so that time grows with the length of a script only."""


class _Command(NamedTuple):
    """
    A command that takes a password as an option.

    :param mark: what its name contains.
    :param name: the pattern of its name.
    :param option: the pattern of the option, up to the password.
    """

    mark: str
    name: str
    option: str


_COMMANDS: Final = (
    _Command("mysql", r"mysql[\w-]*", "-p"),
    _Command("mariadb", r"mariadb[\w-]*", "-p"),
    _Command("curl", "curl", r"""(?:-[A-Za-z]{0,5}u[ \t]*|--(?:proxy-)?user[ \t=]+)["']?[^\s:"']{0,128}:"""),
    _Command("login", "login", r"-p[ \t=]+"),
    _Command("sshpass", "sshpass", r"-p[ \t]*"),
    _Command("redis-cli", "redis-cli", r"-a[ \t]+"),
    _Command("mongo", "mongo[a-z]*", r"-p[ \t]+"),
    _Command("ldap", "ldap[a-z]+", r"-w[ \t]+"),
    _Command("sqlcmd", "sqlcmd", r"-P[ \t]*"),
)


def passwords_in_commands(document: str) -> Iterator[re.Match[str]]:
    """Passwords that commands are given as options. Each match has the password as its group `value`."""
    lower = document.lower()
    for command in _COMMANDS:
        if command.mark not in lower:
            continue
        option, password = re.compile(command.option), re.compile(command.option + VALUE)
        if not password.search(document):
            continue
        end = 0
        for name in re.finditer(command.name, document):
            if name.start() < end:
                continue  # a part of the command before
            if match := password.match(document, _option_of(option, document, name.end())):
                end = match.end()
                yield match


def _option_of(option: re.Pattern[str], document: str, end: int) -> int:
    """Where a command has the option, its name ending at `end`; the end of the document where it has none."""
    for _ in range(_MOST_ARGUMENTS + 1):
        gap = _GAP.match(document, end)
        if not gap:
            break
        if option.match(document, gap.end()):
            return gap.end()
        end = _end_of_argument(document, gap.end())
        if end == gap.end():
            break
    return len(document)


def _end_of_argument(document: str, position: int) -> int:
    """Where an argument ends that begins at a position, which may have parts in quotes: `--where="a b"`."""
    while part := _ARGUMENT_PART.match(document, position):
        position = part.end()
    return position
