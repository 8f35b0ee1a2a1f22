"""Reports for tests: small ones of made-up policies, with hostile names or secrets in them."""

from __future__ import annotations

import datetime
import io
from collections.abc import Mapping, Sequence
from typing import Any

from policypack import NAME
from policypack.config import Config
from policypack.evaluation import Evaluation
from policypack.model import Context, Place, Resource
from policypack.pack import REPORT_POLICIES
from policypack.policy import Pack, Policy, Severity, resource_policy
from policypack.record import Finding
from policypack.reports.report import FORMATS, Report, of_records, writer
from policypack.settings import Override, apply_overrides
from policypack.testing import resource
from policypack.verdict import Level, Undecided, Verdicts, Violation

BUCKET = "aws:s3/bucket:Bucket"
TODAY = datetime.date(2026, 11, 28)
ALL_FORMATS = sorted(FORMATS)


def policy(
    id_: str, message: str, *, severity: Severity = "high", enforcement: Level = "mandatory", fix: str = ""
) -> Policy:
    """A policy that reports every bucket: with the name of the bucket in the place of NAME, and at its acl."""

    @resource_policy(
        id=id_,
        title="Buckets are as they should be",
        types=[BUCKET],
        severity=severity,
        enforcement=enforcement,
        fix="Set acl to private.",
        frameworks=("FSBP S3.1",),
        url="https://example.com/buckets",
    )
    def check(resource: Resource, config: Config) -> Verdicts:
        """Buckets that are not so are wrong."""
        acl = resource.get("acl")
        if acl.is_unknown:
            yield Undecided(acl, f"who reads {resource.name}?")
        else:
            yield Violation(acl, message.replace("NAME", resource.name), fix=fix)

    return check


IS_WRONG = policy("is-wrong", "acl of NAME is wrong.")


def run(
    *resources: Resource,
    policies: Sequence[Policy] = (IS_WRONG,),
    config: Mapping[str, dict[str, Any]] | None = None,
    places: Mapping[str, Place] | None = None,
    is_complete: bool = True,
    **about: Any,
) -> Report:
    """
    The report of a run.

    :param config: config keys, by policy.
    :param places: the line of each resource, by its name.
    """
    pack = Pack(NAME, "1.0.0", "", (*policies, *REPORT_POLICIES))
    settings, problems = apply_overrides(
        pack.policies, {key: Override(None, value) for key, value in (config or {}).items()}
    )
    assert not problems
    context = Context(project="test", stack="dev", today=TODAY)
    evaluation = Evaluation(pack, settings, context)
    records = [evaluation.check_resource(each) for each in resources]
    if is_complete:
        records.append(evaluation.check_stack(resources))

    def locate(finding: Finding) -> Place | None:
        at = finding.violation.resource
        return (places or {}).get(at.name) if at else None

    return of_records(records, pack=pack, settings=settings, context=context, locate=locate, **about)


def exempting(*names: str, expires: str | None = None) -> dict[str, Any]:
    """Config that exempts buckets of some names."""
    match = [{"policies": ["*"], "targets": list(names)}]
    return {"exemptions": {"exemptions": [{"reason": "agreed", "match": match, "expires": expires}]}}


def bucket(name: str = "it", **properties: Any) -> Resource:
    return resource(BUCKET, name, **properties)


def written(format_: str, *reports: Report) -> str:
    """What a format writes about reports, which has to be UTF-8."""
    out = io.StringIO()
    writer(format_)(reports, out)
    text = out.getvalue()
    assert text.encode()
    return text
