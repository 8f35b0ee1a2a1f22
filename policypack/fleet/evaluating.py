"""What becomes of one state: the rows of both tables. This is what runs on the workers."""

from __future__ import annotations

import gc
import hashlib
import pickle
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any, Final

import policypack
from policypack import VERSION
from policypack.documents import DocumentError
from policypack.documents.reading import parse
from policypack.evaluation import Evaluation
from policypack.exemption import ExemptionsConfig
from policypack.fleet.states import State, content, digest
from policypack.model import Resource
from policypack.pack import PACK
from policypack.record import place_of
from policypack.reports.report import Located, Report, of_records
from policypack.reports.wording import prose, shown
from policypack.settings import Settings

Row = dict[str, Any]
_NOTHING: Final[Row] = {
    **dict.fromkeys(("organization", "project", "stack", "content"), ""),
    **dict.fromkeys(("bytes", "resources", "mandatory", "advisory", "exempted", "undecided", "failures"), 0),
    "status": "error",
    "checked_on": None,
    "notes": [],
    "exemptions": [],
}
"""The row of a stack of which nothing is known."""


@dataclass(frozen=True, slots=True)
class Task:
    """
    A state to evaluate.

    :param known: the digest of the content of which the results are known already; empty where there is none.
    """

    state: State
    known: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """
    What is sent to a worker at once.

    :param settings: what the policies are set to, pickled: the same for all batches of a run.
    :param owner_tag: the key of the tag that says who owns a resource, in small letters.
    """

    tasks: tuple[Task, ...]
    settings: bytes
    owner_tag: str


@dataclass(frozen=True, slots=True)
class Result:
    """
    What came of a state.

    :param stack: the row of the table of stacks.
    :param findings: the rows of the table of findings.
    """

    stack: Row
    findings: list[Row]


def version() -> str:
    """The version of the pack on the worker that is asked, and the digest of its files."""
    return f"{VERSION} ({pack_content()})"


@cache
def pack_content() -> str:
    """A digest of the pack's code and data: two checkouts of one version may come to different findings."""
    package = Path(policypack.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(package.rglob("*")):
        if file.suffix == ".py" or (file.parent.name == "data" and file.is_file()):
            digest.update(f"{file.relative_to(package).as_posix()}\0".encode())
            digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:12]


def evaluate(batch: Batch) -> list[Result | None]:
    """The results of the tasks, also of states that cannot be read; None where the content is the known one."""
    return [_evaluated(task, batch) for task in batch.tasks]


def _evaluated(task: Task, batch: Batch) -> Result | None:
    # What is read is kept until all is checked: looking for garbage in between would find none.
    gc.disable()
    try:
        text = content(task.state)
        version = task.state.version or digest(text)
        if version == task.known:
            return None
        document = parse(text)
        del text
        settings = _settings(batch.settings)
        records = list(Evaluation(PACK, settings, document.context).check_all(document.resources))
        # Whether an exemption matches a finding is a question about all stacks, not about each.
        record = records[-1]
        record.findings = [each for each in record.findings if each.policy.config_type is not ExemptionsConfig]
        report = of_records(
            records,
            pack=PACK,
            settings=settings,
            context=document.context,
            locate=lambda finding: finding.violation.line or document.places.get(finding.violation.urn),
            notes=document.notes,
        )
        return Result(
            _stack(task.state, report, version) | {"exemptions": sorted(record.exempted.used)},
            [_finding(task.state, batch.owner_tag, report, located) for located in report.findings],
        )
    except DocumentError as error:
        return unreadable(task.state, str(error))
    except MemoryError:
        return unreadable(task.state, "it needs more memory than the worker has")
    except Exception as error:  # noqa: BLE001 one state never ends a run; the error's text may hold a secret
        return unreadable(task.state, f"it could not be evaluated: {type(error).__name__} in {place_of(error)}")
    finally:
        gc.enable()


def unreadable(state: State, error: str) -> Result:
    """The result of a state that cannot be evaluated, for a reason that a sentence says."""
    project, _, stack = state.name.rpartition("/")
    return Result(
        {
            **_NOTHING,
            "state": state.id,
            "source": state.source.shown,
            "project": project,
            "stack": stack,
            "error": error,
            "content": state.version,
            "bytes": state.size,
        },
        [],
    )


def unlisted(source: str, error: str) -> Result:
    """The result of a source whose states cannot be listed, for a reason that a sentence says."""
    return Result({**_NOTHING, "state": source, "source": source, "error": error}, [])


def _stack(state: State, report: Report, version: str) -> Row:
    return {
        "state": state.id,
        "source": state.source.shown,
        "organization": shown(report.organization),
        # A state without resources does not tell; the name of its file does.
        "project": shown(report.project) or state.name.rpartition("/")[0],
        "stack": shown(report.stack) or state.name.rpartition("/")[2],
        "status": "checked",
        "error": "",
        "content": version,
        "bytes": state.size,
        "checked_on": report.today,
        "resources": len(report.resources),
        "mandatory": report.counts.get("mandatory", 0),
        "advisory": report.counts.get("advisory", 0),
        "exempted": len(report.exempted),
        "undecided": len(report.undecided),
        "failures": len(report.failures),
        "notes": [prose(note) for note in report.notes],
    }


def _finding(state: State, owner_tag: str, report: Report, located: Located) -> Row:
    finding = located.finding
    violation, policy, exemption = finding.violation, finding.policy, finding.exemption
    resource = violation.resource
    return {
        "state": state.id,
        "organization": shown(report.organization),
        "project": shown(report.project),
        "stack": shown(report.stack),
        "urn": shown(violation.urn),
        "type": shown(resource.token) if resource else "",
        "name": shown(resource.name) if resource else "",
        "owner": _owner(resource, owner_tag) if resource else "",
        "policy": policy.id,
        "concern": policy.concern,
        "severity": policy.severity,
        "level": finding.level,
        "controls": list(finding.controls),
        "property": shown(violation.path),
        "message": prose(violation.message),
        "fix": prose(finding.fix),
        "file": shown(located.place.file) if located.place else "",
        "line": located.place.line if located.place else None,
        "is_exempted": finding.is_exempted,
        "exemption_reason": prose(exemption.reason) if exemption else "",
        "exemption_expires": exemption.expires if exemption else None,
        "fingerprint": located.fingerprint,
        "first_seen": report.today,
    }


def _owner(resource: Resource, tag: str) -> str:
    """Who owns a resource: the value of the tag, of its own or of the provider's default tags; empty where none is."""
    for tags in (resource.get("tags"), resource.output("tagsAll")):
        for key, value in tags.entries():
            if key.lower() == tag and not value.is_secret:
                return shown(value.text)
    return ""


@lru_cache(maxsize=2)
def _settings(pickled: bytes) -> Settings:
    settings: Settings = pickle.loads(pickled)
    return settings
