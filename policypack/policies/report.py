"""The files that the engine's own run leaves: `pulumi preview --json` holds no finding."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from policypack.config import Config
from policypack.record import Record, report_policy
from policypack.verdict import Verdicts

Format = Literal["text", "json", "sarif", "junit", "github", "markdown", "html"]


class ReportConfig(Config):
    """Config of report."""

    file: Annotated[
        str,
        Meta(
            pattern=r"^([^{}]|\{organization\}|\{project\}|\{stack\})*$",
            description="The file to write, without the ending that each format adds: `policy-report` becomes "
            "`policy-report.sarif`. A relative path starts at the folder of the previewed project's Pulumi.yaml. "
            "{organization}, {project} and {stack} stand for their names: with them, several stacks do not write over "
            "each other's reports. Empty: no file is written.",
        ),
    ] = ""
    formats: Annotated[
        tuple[Format, ...],
        Meta(min_length=1, description="The formats to write, a file each. html and text need requirements-cli.txt."),
    ] = ("sarif",)


@report_policy(
    id="report",
    title="The reports of the run were written",
    severity="low",
    enforcement="advisory",
    fix="Correct file of this policy, or leave it out to write no report.",
    url="https://www.pulumi.com/docs/insights/policy/configuration/",
)
def report(record: Record, config: ReportConfig) -> Verdicts:
    """
    Whoever reads the report of a run, or a job that uploads it, takes the one of an earlier run for it where it could
    not be written.
    """
    # The engine's side writes the files when all policies have spoken, and says in this policy's name what failed.
    yield from ()
