"""
Writes docs/policies/: a page for each policy, and README.md, the index of the pages; docs/wirings.md; and docs/lint/,
the pages about the policies of the project lint.

`python -m tools.catalogue` writes them from the policies' declarations and the cases in docs/cases/, and deletes the
pages of policies that the pack no longer has.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policypack.config import allowed, config_schema
from policypack.data.role_wirings import CONTAINERS, NOTHING, OPENED, ROLE_WIRINGS, SECRET_READS, RoleWiring
from policypack.data.role_wirings import DATASETS as ROLE_DATASETS
from policypack.data.service_keys import BY_GRANT, NEEDS, Need
from policypack.data.wirings import BUCKET, FUNCTION, LOG_GROUP, QUEUE, TOPIC, TRUSTS, WIRINGS, Wiring
from policypack.data.wirings import DATASETS as CALL_DATASETS
from policypack.data.wirings import OPENED as CALLS_OPENED
from policypack.model import UNKNOWN
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Policy
from policypack.testing import Decision, decide
from tools import lint_pages
from tools.cases import Case, Program, cases
from tools.markdown import control_link, prose, table
from tools.snippets import PYTHON, TYPESCRIPT

FOLDER: Final = Path(__file__).resolve().parent.parent / "docs" / "policies"
INDEX: Final = "README.md"
WIRINGS_PAGE: Final = FOLDER.parent / "wirings.md"

_MANY_TYPES: Final = 6

_PACK: Final = "The pack itself"
_DECIDED_FROM: Final = {
    "resource": "each resource, and the whole stack where values are unknown",
    "stack": "the whole stack",
    "report": "the run: its config, and what the other policies reported",
}
_NO_RULE: Final = "Does not apply: this policy is about the run, and checks no resource."
_WRITTEN: Final = "<!-- Written by `python -m tools.catalogue` from the policy's declaration and docs/cases/. -->"
_LINKS: Final = f"[All policies]({INDEX}) · [Configuration](../configuration.md)"
_INDEX: Final = """\
<!-- Written by `python -m tools.catalogue` from the policies' declarations. -->

# Policies

The pack has COUNT policies. The page of each says what it checks, why, how to fix a violation and which config it
takes, and shows an example in Python and TypeScript.

- **Severity** says how bad a violation is. **Default level** says what a violation does unless your config says
  otherwise: `mandatory` stops the update, `advisory` is only shown, and a policy that is `disabled` does not run. A
  single finding may have another level than its policy. [Configuration](../configuration.md) says how to change levels.
- Properties have the names that the engine uses: `instanceClass` is `instance_class` in Python and `InstanceClass` in
  Go and C#. `rules[]` means each element of the list.
- Types that are the same AWS resource under another name are checked too: `aws:alb` and `aws:lb`, and the types of S3
  that end with `V2`.
- A policy that is decided from the whole stack reports at the end of the preview, and not at all if the program fails.
- **Unknown values** says what a policy decides about a value of which nothing is known at preview, not even which
  resource it will come from. [Configuration](../configuration.md#unknown-values) explains the rest.
- **Frameworks** names the controls of AWS Security Hub that a policy checks before the resources exist. FSBP is
  [AWS Foundational Security Best Practices](https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html).
- The examples show what the policy looks at, not everything that such a resource needs. Tests run the policy on them.
  They need `import json`, `import pulumi` and `import pulumi_aws as aws` in Python, and
  `import * as aws from "@pulumi/aws"` and `import * as pulumi from "@pulumi/pulumi"` in TypeScript."""

_WIRINGS: Final = """\
<!-- Written by `python -m tools.catalogue` from policypack/data/: wirings.py, role_wirings.py and service_keys.py. -->

# Wirings between AWS services

What a resource makes an AWS service do, and what has to let the service do it:

- `service-access-to-targets` checks [what services do in their own name](#services-that-act-in-their-own-name), on the
  targets that are in the stack;
- `role-access` checks [what services do with a role](#services-that-act-with-a-role), on the roles and targets that are
  in the stack; `ecs-secret-access` does so for the secrets that ECS reads for containers;
- `role-trust` checks [who assumes a role](#who-assumes-a-role), on the roles that are in the stack;
- `kms-key-policy-service-principals` checks [what services do with keys](#keys), on the keys that are in the stack, and
  reports the keys that AWS manages where they let no other service in;
- `confused-deputy` checks that a service which is let in acts for the account's own resources.

A target, role or key that is not in the stack is not checked. A document of which nothing is known at preview leaves
the question undecided, whatever it is made from; one that is unknown in part decides it where its known parts are
enough.

- **Who** is the service's principal, which acts in its own name; in China its name may end with `.amazonaws.com.cn`.
- **From where** says what lets the service in. A document of the program's own replaces what AWS sets by default.
- **Without it** says whether AWS refuses the update, or what the service does fails in silence.
- **Opened** is the day on which the page was opened and compared, most of them in the guides that AWS has published at
  <https://github.com/awsdocs>; the other rows are written from knowledge of the services."""
_ROLE_WIRINGS: Final = """\
**What** is what the service cannot do without: where it is missing, the wiring fails. AWS's pages often list more.
Where the target has a customer managed key in the stack, the role needs the key too: `kms:GenerateDataKey` to write,
`kms:Decrypt` to read, and both to send to an encrypted queue or topic. **AWS's own policy** is one that is enough; a
test holds each row against it. **Opened** is the day on which the page was opened and compared; the pages of the other
rows were not to be had, and their rows are written from knowledge of the services."""
_NOT_THERE: Final = """\
## What is not in the tables

| wiring | why not |
| --- | --- |
| AppSync data source → OpenSearch domain | the resolvers decide which actions the role needs |
| Step Functions → tables, buckets and the like | the parameters decide which actions the role needs |
| Athena workgroup → bucket | Athena has the rights of whoever runs the query, unless the workgroup has a role |
| Redshift, RDS → bucket (`COPY`, `UNLOAD`, `aws_s3`) | the SQL names the bucket, not the program |
| EMR, SageMaker notebooks and domains, Bedrock agents, Managed Flink → data | the code that they run names the data |
| Glue job → data | likewise; the script itself is in the table |
| EC2, Lambda and ECS code → everything | the code names what it uses, not the program |
| Lambda → image repository | Lambda adds the statement to the repository's policy itself, within one account |
| S3 Object Lambda → function | the caller of the access point invokes it; the answer of the function is in the table |
| CloudFront legacy logs → bucket | CloudFront gives itself an ACL of the bucket, as long as ACLs are enabled |
| private link → endpoint service | `endpoint-service-connections` checks it |
| CloudFormation custom resource → function, template in YAML | templates in JSON are read |"""
_RIGHTS: Final = {
    BUCKET: "bucket policy",
    QUEUE: "queue policy",
    TOPIC: "topic policy",
    FUNCTION: "Permission of the function",
    LOG_GROUP: "resource policy of the account",
}
_AWS_DOCS: Final = "https://docs.aws.amazon.com/"

_Path = tuple[str | int, ...]


def pages() -> dict[str, str]:
    """The text of each page, by its file's name; the index is one of them."""
    return {INDEX: _index(), **{f"{policy.id}.md": _page(policy) for policy in PACK.policies}}


def write(folder: Path, texts: Mapping[str, str]) -> None:
    """Writes pages into a folder and deletes the other pages there."""
    folder.mkdir(exist_ok=True)
    for stale in (file for file in folder.glob("*.md") if file.name not in texts):
        stale.unlink()
    for name, text in texts.items():
        (folder / name).write_text(text)


def wirings() -> str:
    """The page with the wirings that the pack knows."""
    calls = table(
        ("resource", "property", "target", "who", "what", "from where", "without it", "source", "opened"),
        map(_wiring, WIRINGS),
    )
    trusts = table(
        ("resource", "property", "who assumes the role", "source"),
        (
            (f"`{each.type}`", f"`{each.path}`", f"`{each.service}.amazonaws.com`", _aws_docs(each.docs))
            for each in TRUSTS
        ),
    )
    with_roles = table(
        ("resource", "role", "property", "target", "what", "without it", "AWS's own policy", "source", "opened"),
        (*map(_role_wiring, ROLE_WIRINGS), *_container_reads()),
    )
    keys = table(("service", "resource", "property", "what", "when"), map(_need, (*NEEDS, *BY_GRANT)))
    parts = (
        *(_WIRINGS, "## Services that act in their own name", calls),
        *("## Services that act with a role", _ROLE_WIRINGS, with_roles),
        *("## Who assumes a role", trusts, "## Keys", keys, _NOT_THERE),
    )
    return "\n\n".join(parts) + "\n"


def _role_wiring(wiring: RoleWiring) -> tuple[str, ...]:
    document = f"`{wiring.document}`: " if wiring.document else ""
    paths = ", ".join(f"`{path}`" for path in wiring.paths) or "any ARN"
    conditions = [*_conditions(wiring.only_if), *(f"without `{path}`" for path in wiring.unless_set)]
    otherwise = f", unless the target lets in `{wiring.or_as}.amazonaws.com`" if wiring.or_as else ""
    return (
        f"`{wiring.type}`",
        f"`{wiring.role}`" + (f" of `{wiring.holder}`" if wiring.holder else ""),
        document + paths + (f" ({', '.join(conditions)})" if conditions else ""),
        "any" if wiring.target == NOTHING else wiring.target.rpartition(":")[2],
        (" or " if wiring.any_of else ", ").join(f"`{action}`" for action in wiring.actions),
        ("AWS refuses the update" if wiring.is_refused else "fails later") + otherwise,
        " and ".join(f"`{name.rpartition('/')[2]}`" for name in wiring.managed),
        _aws_docs(wiring.docs),
        ROLE_DATASETS[0].date if wiring.docs in OPENED else "",
    )


def _container_reads() -> Iterator[tuple[str, ...]]:
    """What ECS reads for containers, which ecs-secret-access checks."""
    for type_, (document, reads) in CONTAINERS.items():
        for path, _ in reads:
            actions = " or ".join(f"`{action}`" for action in SECRET_READS.values())
            docs = _aws_docs("AmazonECS/latest/developerguide/task_execution_IAM_role.html")
            place = f"`{document}`: `{path.replace('?', '')}`"
            row = (
                f"`{type_}`",
                "`executionRoleArn`",
                place,
                "Secret or Parameter",
                actions,
                "fails later",
                "",
                docs,
                "",
            )
            yield row


def _need(need: Need) -> tuple[str, ...]:
    when = f"`{need.trigger[0]}` names it in `{need.trigger[1]}`" if need.trigger else "always"
    return (
        f"`{need.service}.amazonaws.com`",
        f"`{need.type}`",
        f"`{need.path}`",
        ", ".join(f"`{action}`" for action in need.actions),
        "only where `strictServices` asks for it" if need.by_grant else when,
    )


def _conditions(only_if: Mapping[str, tuple[str, ...]]) -> list[str]:
    return [f"`{path}` is {' or '.join(text or 'not set' for text in texts)}" for path, texts in only_if.items()]


def _wiring(wiring: Wiring) -> tuple[str, ...]:
    conditions = _conditions(wiring.only_if)
    conditions += [f"without `{path}`" for path in wiring.unless_set]
    conditions += [f"with `{wiring.beside}`"] if wiring.beside else []
    rights = [_RIGHTS[wiring.target]]
    rights += ["or AWS's default, where the program writes none"] if wiring.works_by_default else []
    rights += ["or an ACL for log delivery"] if wiring.takes_acl else []
    rights += ["which may name the region's account of Elastic Load Balancing"] if wiring.uses_accounts else []
    return (
        f"`{wiring.type}`",
        ", ".join(f"`{path}`" for path in wiring.paths) + (f" ({', '.join(conditions)})" if conditions else ""),
        wiring.target.rpartition(":")[2],
        f"the identity in `{wiring.identity}`" if wiring.identity else f"`{wiring.service}.amazonaws.com`",
        ", ".join(f"`{action}`" for action in wiring.actions),
        ", ".join(rights),
        "AWS refuses the update" if wiring.is_refused else "fails in silence",
        _aws_docs(wiring.docs),
        CALL_DATASETS[0].date if wiring.docs in CALLS_OPENED else "",
    )


def _aws_docs(page: str) -> str:
    return f"[{page.partition('/')[0]}]({_AWS_DOCS}{page})"


def _index() -> str:
    """The policies by their concerns, in alphabetical order, those about the pack itself last."""
    concerns: dict[str, list[Policy]] = {}
    for policy in PACK.policies:
        concerns.setdefault(_concern(policy), []).append(policy)
    parts = [_INDEX.replace("COUNT", str(len(PACK.policies)))]
    for concern in sorted(concerns, key=lambda concern: (concern == _PACK, concern)):
        rows = (
            (f"[`{policy.id}`]({policy.id}.md)", prose(policy.title), policy.severity, policy.enforcement)
            for policy in concerns[concern]
        )
        parts += [f"## {concern}", table(("policy", "title", "severity", "default level"), rows)]
    return "\n\n".join(parts) + "\n"


def _concern(policy: Policy) -> str:
    """The name of what the policy's module is about: what is before the colon in `Logs: that they are kept …`."""
    if policy.stage == "report":
        return _PACK
    return (inspect.getdoc(sys.modules[policy.check.__module__]) or "").splitlines()[0].partition(":")[0].rstrip(".")


def _page(policy: Policy) -> str:
    """A policy's page. Every page has the same sections."""
    facts = {
        "severity": policy.severity,
        "default level": policy.enforcement,
        "decided from": _DECIDED_FROM[policy.stage],
        "remediation": "yes" if policy.remediate else "no",
    }
    case = cases().get(policy.id)
    sections = {
        "What it checks": [f"{prose(policy.title)}.", f"Resource types: {_types(policy)}"],
        "Why": [prose(policy.why)],
        "How to fix a violation": [prose(policy.fix)],
        "Config": [_config(policy)],
        "Unknown values": [_unknown_values(policy, case) if case else _NO_RULE],
        "Example": list(_examples(policy, case)) if case else [_NO_RULE],
        "Frameworks": [f"{', '.join(map(control_link, policy.frameworks)) or 'None'}."],
        "Documentation": [f"<{policy.url}>"],
    }
    parts = [_WRITTEN, f"# {policy.id}", _LINKS, table(tuple(facts), [tuple(facts.values())])]
    for heading, content in sections.items():
        parts += [f"## {heading}", *content]
    return "\n\n".join(parts) + "\n"


def _types(policy: Policy) -> str:
    """The types of resources that the policy looks at, by their modules."""
    if not policy.types:
        return "none; it looks at the stack as a whole."
    others = sorted(type_ for type_ in policy.types if type_ != EVERY_AWS_TYPE)
    listed = [f"`{module}` {', '.join(names)}" for module, names in _by_module(others).items()]
    folded = _folded("Which types", "\n".join(f"- {each}" for each in listed))
    if EVERY_AWS_TYPE not in policy.types:
        few = len(others) <= _MANY_TYPES
        return "; ".join(listed) + "." if few else f"{len(others)}.\n\n{folded}"
    if len(others) <= _MANY_TYPES:
        return f"every AWS resource{''.join(f' and `{type_}`' for type_ in others)}."
    return f"every AWS resource; the policy has a row of its own for {len(others)} types.\n\n{folded}"


def _by_module(types: Iterable[str]) -> Mapping[str, list[str]]:
    modules: dict[str, list[str]] = {}
    for type_ in types:
        modules.setdefault(type_.partition("/")[0], []).append(type_.rpartition(":")[2])
    return modules


def _config(policy: Policy) -> str:
    """The policy's config keys."""
    rows = [
        (f"`{key}`", prose(allowed(schema)), _default(schema), prose(schema["description"]))
        for key, schema in config_schema(policy.config_type).items()
    ]
    return table(("key", "value", "default", "meaning"), rows) if rows else "None."


def _default(schema: Mapping[str, Any]) -> str:
    return _code(schema["default"]) if "default" in schema else "as [`shared`](shared.md) says"


def _unknown_values(policy: Policy, case: Case) -> str:
    """What the policy decides about each value of its case if that value is unknown at preview."""
    undecided: dict[str, None] = {}
    passing: dict[str, None] = {}
    for program in (case.faulty, case.corrected):
        before = _decision(policy, case, program)
        for index, path in _places(program):
            declared = program.resources[index]
            name = f"`{declared.type.rpartition(':')[2]}.{_written(path)}`"
            after = _decision(policy, case, _changed(program, index, path, UNKNOWN))
            absent = _decision(policy, case, _changed(program, index, path, None))
            if after.undecided:
                undecided[name] = None
            elif len(after.violations) < max(len(before.violations), len(absent.violations)):
                passing[name] = None
    said = [f"The policy cannot decide while {_list(undecided, 'or')} is unknown."] if undecided else []
    passes = [name for name in passing if name not in undecided]
    who = "It" if said else "The policy"
    said += [f"{who} decides although {_list(passes, 'or')} is unknown."] if passes else []
    return " ".join(said) or "No value of the example changes the decision by being unknown."


def _decision(policy: Policy, case: Case, program: Program) -> Decision:
    return decide(policy, *program.run(), config=case.config)


def _places(program: Program) -> Iterator[tuple[int, _Path]]:
    """The place of each value: the index of its resource in the program, and the path in its inputs."""
    for index, declared in enumerate(program.resources):
        yield from ((index, path) for path in _paths(declared.inputs))


def _paths(value: Any) -> Iterator[_Path]:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if entries is None:
        yield ()
    else:
        yield from ((key, *path) for key, inner in entries for path in _paths(inner))


def _written(path: _Path) -> str:
    return "".join("[]" if isinstance(step, int) else f".{step}" for step in path).removeprefix(".")


def _changed(program: Program, index: int, path: _Path, value: Any) -> Program:
    """The program with another value at a place."""

    def put(into: Any, rest: _Path) -> Any:
        if not rest:
            return value
        copy = into.copy()
        copy[rest[0]] = put(into[rest[0]], rest[1:])
        return copy

    resources = list(program.resources)
    resources[index] = replace(resources[index], inputs=put(resources[index].inputs, path))
    return replace(program, resources=tuple(resources))


def _examples(policy: Policy, case: Case) -> Iterator[str]:
    """The policy's case in each language, and what the policy says of it."""
    if case.config:
        config = {policy.id: {"enforcementLevel": policy.enforcement, **case.config}}
        yield f"With the config `{json.dumps(config)}`:"
    for language, name in ((PYTHON, "Python"), (TYPESCRIPT, "TypeScript")):
        faulty, corrected = (_block(language.name, language.snippet(each)) for each in (case.faulty, case.corrected))
        yield _folded(f"Faulty and corrected in {name}", f"Faulty:\n\n{faulty}\n\nCorrected:\n\n{corrected}")
    messages = _decision(policy, case, case.faulty).messages
    yield "What the policy reports for the faulty program:"
    yield _block("text", "\n\n".join(messages))


def _code(value: Any) -> str:
    return f"`{json.dumps(value)}`"


def _list(names: Iterable[str], last: str) -> str:
    *others, name = names
    return f"{', '.join(others)} {last} {name}" if others else name


def _block(language: str, code: str) -> str:
    return f"```{language}\n{code.rstrip()}\n```"


def _folded(summary: str, content: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"


def main() -> None:
    """Writes every page."""
    write(FOLDER, pages())
    write(lint_pages.FOLDER, lint_pages.pages())
    WIRINGS_PAGE.write_text(wirings())


if __name__ == "__main__":
    main()
