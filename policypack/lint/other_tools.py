"""Names that other tools, or Pulumi's SDKs for other languages, have for what a program of TypeScript needs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from policypack.lint.sdk_facts import majors, sdk_facts

_PREFIX: Final = re.compile(r"^(?:aws_|Cfn)")
# Resources whose names at Terraform are not made of those of the service and the resource.
_OF_TERRAFORM: Final[Mapping[str, str]] = {
    "aws_alb": "lb.LoadBalancer",
    "aws_db_instance": "rds.Instance",
    "aws_db_subnet_group": "rds.SubnetGroup",
    "aws_instance": "ec2.Instance",
    "aws_lb": "lb.LoadBalancer",
}
_CONCAT: Final = "Write pulumi.interpolate before a template literal, or pulumi.concat(...)."
# What Pulumi's SDK for Python has and the one for Node.js has not:
# https://www.pulumi.com/docs/reference/pkg/nodejs/pulumi/pulumi/, 2026-11-28
OF_PYTHON_PULUMI: Final[Mapping[str, str]] = {
    "Output.all": "Write pulumi.all([...]).",
    "Output.concat": _CONCAT,
    "Output.format": _CONCAT,
    "Output.from_input": "Write pulumi.output(...).",
    "Output.json_dumps": "Write pulumi.jsonStringify(...).",
    "Output.json_loads": "Write pulumi.jsonParse(...).",
    "Output.secret": "Write pulumi.secret(...).",
    "Output.unsecret": "Write pulumi.unsecret(...).",
    "export": "Export a constant of the program: `export const name = value`.",
    "get_organization": "Write pulumi.getOrganization().",
    "get_project": "Write pulumi.getProject().",
    "get_stack": "Write pulumi.getStack().",
}


def aws_resource(name: str) -> str:
    """
    What pulumi-aws calls a resource that has another tool's name.

    :param name: as Terraform (`aws_s3_bucket`) or another SDK (`S3Bucket`) has it.
    :return: `s3.Bucket`; empty where none has such a name, or several have.
    """
    return _OF_TERRAFORM.get(name) or _resources().get(_letters(_PREFIX.sub("", name)), "")


def in_own_spelling(name: str) -> str:
    """A name of the AWS CDK or of CloudFormation as Pulumi would spell it: `Bucket` for `CfnBucket`."""
    plain = _PREFIX.sub("", name)
    return plain if plain != name else f"{name[:1].lower()}{name[1:]}"


@lru_cache(maxsize=1)
def _resources() -> Mapping[str, str]:
    """The resources of pulumi-aws by the letters of their names, with the module's and, where that is enough, alone."""
    facts = sdk_facts("pulumi_aws", max(majors("pulumi_aws"), default=0))
    found: dict[str, str] = {}
    alone: dict[str, str] = {}
    times: Counter[str] = Counter()
    for module in sorted(facts.modules) if facts else ():
        for name, kind in facts.things(module).items() if facts else ():
            if kind == "resource" and "." in module:
                service = module.partition(".")[2].rstrip("_")
                found[_letters(service + name)] = f"{service}.{name}"
                alone[_letters(name)] = f"{service}.{name}"
                times[_letters(name)] += 1
    return {**{name: full for name, full in alone.items() if times[name] == 1}, **found}


def _letters(name: str) -> str:
    return name.replace("_", "").lower()
