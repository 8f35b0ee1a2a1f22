"""Baselines: findings that were there on a day, so that only new ones fail a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from policypack.cli.run import Run
from policypack.exemption import Exemption
from policypack.listing import some
from policypack.model import Context, printable
from policypack.record import Finding, Record

_VERSION: Final = 1
_Key = tuple[str, str, str, str]


class BaselineError(Exception):
    """A baseline that cannot be read; its text is a sentence that says why."""


class Entry(Struct, forbid_unknown_fields=True, order=True):
    """
    A finding that was there.

    :param stack: the project and the stack, `shop/dev`.
    :param resource: the URN of the resource; empty where the stack as a whole is at fault.
    :param path: the path of the property; empty where no single one is at fault.
    :param expires: the last day on which the finding does not count.
    """

    stack: str
    policy: str
    resource: str
    path: str
    expires: date

    @property
    def key(self) -> _Key:
        """What identifies the finding from run to run."""
        return self.stack, self.policy, self.resource, self.path


class Baseline(Struct, forbid_unknown_fields=True):
    """The findings of a day."""

    version: Annotated[int, Meta(ge=1, le=_VERSION)]
    created: date
    findings: list[Entry]

    @classmethod
    def read(cls, file: Path) -> Baseline:
        """
        The baseline in a file.

        :raises BaselineError: where it cannot be read, or is no baseline.
        """
        try:
            return msgspec.json.decode(file.read_bytes(), type=cls)
        except OSError as error:
            raise BaselineError(f"the baseline cannot be read: {error.strerror}") from None
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise BaselineError(
                f"this is no baseline as `policypack baseline` writes it: {printable(str(error))}"
            ) from None

    @classmethod
    def of(cls, runs: Iterable[Run], today: date, expires: date) -> Baseline:
        """The baseline of all findings that are not exempted, but those about the run itself."""
        found = {
            entry.key: entry
            for run in runs
            for finding in _findings(run)
            if not finding.is_exempted
            for entry in [Entry(*_key(run.document.context, finding), expires=expires)]
        }
        return cls(_VERSION, today, sorted(found.values()))

    def text(self) -> bytes:
        """The content of its file, in which the same findings always make the same lines."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    def applied(self, run: Run) -> tuple[Run, tuple[str, ...]]:
        """A run whose findings are exempted where the baseline has them, and sentences about those that are gone."""
        entries = {entry.key: entry for entry in self.findings}
        context = run.document.context
        records = tuple(
            replace(record, findings=[self._exempted(entries, context, finding) for finding in record.findings])
            for record in run.records
        )
        found = {_key(context, finding) for finding in _findings(run)}
        gone = [entry for key, entry in entries.items() if entry.stack == _stack(context) and key not in found]
        return replace(run, records=records), tuple(_gone(gone))

    def _exempted(self, entries: dict[_Key, Entry], context: Context, finding: Finding) -> Finding:
        entry = entries.get(_key(context, finding))
        if entry is None or finding.is_exempted:
            return finding
        exemption = Exemption(reason=f"in the baseline of {self.created}", match=(), expires=entry.expires)
        if exemption.expired(context.today):
            return replace(finding, exemption=exemption)
        return replace(finding, exemption=exemption, is_exempted=True, level="advisory")


def _findings(run: Run) -> Iterator[Finding]:
    records: tuple[Record, ...] = run.records
    return (finding for record in records for finding in record.findings if finding.policy.stage != "report")


def _key(context: Context, finding: Finding) -> _Key:
    return _stack(context), finding.policy.id, finding.violation.urn, finding.violation.path


def _stack(context: Context) -> str:
    return f"{context.project}/{context.stack}"


def _gone(entries: list[Entry]) -> Iterator[str]:
    if entries:
        is_one = len(entries) == 1
        named = some(f"{entry.policy} of {entry.resource.rpartition('::')[2] or 'the stack'}" for entry in entries)
        yield (
            f"{len(entries)} finding{'' if is_one else 's'} of the baseline {'is' if is_one else 'are'} gone: "
            f"{printable(named)}. Run `policypack baseline` again to take {'it' if is_one else 'them'} out."
        )
