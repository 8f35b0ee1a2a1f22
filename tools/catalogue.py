"""
Writes docs/policies.md: every policy of the pack, as its declaration, its config and its case in docs/cases.yaml say.

`python -m tools.catalogue` writes it anew.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from policypack.config import allowed, config_schema
from policypack.model import UNKNOWN
from policypack.pack import PACK
from policypack.policy import EVERY_AWS_TYPE, Policy
from policypack.testing import Decision, decide
from tools.cases import Case, Program, cases
from tools.snippets import PYTHON, TYPESCRIPT

FILE: Final = Path(__file__).resolve().parent.parent / "docs" / "policies.md"

PACK_ITSELF: Final = ("policy-failures", "undecided-at-preview", "exemptions")
"""The policies about what became of the others: they have no rule of their own, and so no case."""

_MANY_TYPES: Final = 6
_FRAMEWORKS: Final = "https://docs.aws.amazon.com/securityhub/latest/userguide"

_Path = tuple[str | int, ...]


def page() -> str:
    """The whole page."""
    concerns: dict[str, list[Policy]] = {}
    for policy in PACK.policies:
        concerns.setdefault(_concern(policy), []).append(policy)
    parts = [_introduction(), "## Contents"]
    for concern, policies in concerns.items():
        heading, _, rest = concern.partition(":")
        parts += [f"**{heading}**:{rest}", _contents(policies)]
    for concern, policies in concerns.items():
        # Without their number, some headings would have the anchor of a policy.
        count = "1 policy" if len(policies) == 1 else f"{len(policies)} policies"
        parts += [f"## {concern.partition(':')[0]} ({count})", *(part for each in policies for part in _section(each))]
    return "\n\n".join(parts) + "\n"


def _concern(policy: Policy) -> str:
    """What the policy's module says that it is about: `Logs: that they are kept …`."""
    if policy.id in PACK_ITSELF:
        return "The pack itself: what it could not do, and what is exempted from it."
    return (inspect.getdoc(sys.modules[policy.check.__module__]) or "").splitlines()[0]


def _link(policy: Policy) -> str:
    return f"[`{policy.id}`](#{policy.id})"


def _contents(policies: Iterable[Policy]) -> str:
    rows = ((_link(each), _prose(each.title), each.severity, each.enforcement) for each in policies)
    return _table(("policy", "what holds", "severity", "level"), rows)


def _section(policy: Policy) -> Iterator[str]:
    """All that is to be said of a policy."""
    yield f"### {policy.id}"
    yield f"**{_prose(policy.title)}.** {_prose(policy.why)}"
    facts = {
        "severity": policy.severity,
        "level": policy.enforcement,
        "decided": "from each resource alone" if policy.stage == "resource" else "from the whole stack",
        "remediates": "yes" if policy.remediate else "no",
    }
    yield _table(tuple(facts), [tuple(facts.values())])
    yield f"**Concerns** {_types(policy)}"
    yield f"**Fix:** {_prose(policy.fix)} See {_documentation(policy)}."
    if policy.frameworks:
        yield f"**Frameworks:** {', '.join(map(_framework, policy.frameworks))}."
    yield from _config(policy)
    if case := cases().get(policy.id):
        yield f"**Unknown values:** {_unknown_values(policy, case)}"
        yield from _examples(policy, case)


def _framework(control: str) -> str:
    """The control's name with a link: `FSBP RDS.3` is explained under `rds-controls.html#rds-3`."""
    standard, _, name = control.partition(" ")
    service, _, number = name.lower().partition(".")
    return f"[{standard} {name}]({_FRAMEWORKS}/{service}-controls.html#{service}-{number})"


def _documentation(policy: Policy) -> str:
    whose = "Pulumi's" if "pulumi.com" in policy.url else "AWS's"
    return f"[{whose} documentation]({policy.url})"


def _types(policy: Policy) -> str:
    """The types of resources that the policy concerns, by their modules."""
    if not policy.types:
        return "the stack as a whole."
    others = sorted(type_ for type_ in policy.types if type_ != EVERY_AWS_TYPE)
    listed = [f"`{module}` {', '.join(names)}" for module, names in _by_module(others).items()]
    folded = _folded("Which types", "\n".join(f"- {each}" for each in listed))
    if EVERY_AWS_TYPE not in policy.types:
        few = len(others) <= _MANY_TYPES
        return "; ".join(listed) + "." if few else f"{len(others)} types of resources.\n\n{folded}"
    if len(others) <= _MANY_TYPES:
        return f"every AWS resource{''.join(f' and `{type_}`' for type_ in others)}."
    return f"every AWS resource; for {len(others)} types it is known where to look.\n\n{folded}"


def _by_module(types: Iterable[str]) -> Mapping[str, list[str]]:
    modules: dict[str, list[str]] = {}
    for type_ in types:
        modules.setdefault(type_.partition("/")[0], []).append(type_.rpartition(":")[2])
    return modules


def _config(policy: Policy) -> Iterator[str]:
    """The policy's config keys."""
    rows = [
        (f"`{key}`", _prose(allowed(schema)), _code(schema["default"]), _prose(schema["description"]))
        for key, schema in config_schema(policy.config_type).items()
    ]
    yield "**Config:**" if rows else "**Config:** none."
    if rows:
        yield _table(("key", "value", "default", "meaning"), rows)


def _unknown_values(policy: Policy, case: Case) -> str:
    """What the policy makes of each value of its case if only the update will know it."""
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
    said = [f"undecided while {_list(undecided, 'or')} is unknown"] if undecided else []
    passes = [name for name in passing if name not in undecided]
    said += [f"{_list(passes, 'and')} may be unknown"] if passes else []
    return f"{'; '.join(said) or 'none of those in the example makes a difference'}."


def _decision(policy: Policy, case: Case, program: Program) -> Decision:
    return decide(policy, *program.run(), config=case.config)


def _places(program: Program) -> Iterator[tuple[int, _Path]]:
    """Where a value stands: the resource's place in the program, and the path in its inputs."""
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
        yield f"**Example**, where the config is `{json.dumps(config)}`:"
    else:
        yield "**Example:**"
    for language, name in ((PYTHON, "Python"), (TYPESCRIPT, "TypeScript")):
        faulty, corrected = (_block(language.name, language.snippet(each)) for each in (case.faulty, case.corrected))
        yield _folded(name, f"Faulty:\n\n{faulty}\n\nCorrected:\n\n{corrected}")
    messages = _decision(policy, case, case.faulty).messages
    yield _folded("What the policy says of the faulty one", _block("text", "\n\n".join(messages)))


def _prose(text: str) -> str:
    """Text in which only backticks mean something: what is between two of them is code."""
    special = re.compile(r"`[^`]*`|[*_<\\\[\]]")
    return special.sub(lambda match: match[0] if len(match[0]) > 1 else f"\\{match[0]}", " ".join(text.split()))


def _code(value: Any) -> str:
    return f"`{json.dumps(value)}`"


def _list(names: Iterable[str], last: str) -> str:
    *others, name = names
    return f"{', '.join(others)} {last} {name}" if others else name


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", r"\|") for cell in line) + " |" for line in lines)


def _block(language: str, code: str) -> str:
    return f"```{language}\n{code.rstrip()}\n```"


def _folded(summary: str, content: str) -> str:
    return f"<details>\n<summary>{summary}</summary>\n\n{content}\n\n</details>"


def _introduction() -> str:
    remediating = ", ".join(_link(policy) for policy in PACK.policies if policy.remediate)
    return _INTRODUCTION.replace("COUNT", str(len(PACK.policies))).replace("REMEDIATING", remediating)


_INTRODUCTION: Final = """\
<!-- Written by `python -m tools.catalogue`. Change the policies or cases.yaml, not this file. -->

# The policies

What each of the COUNT policies demands, why, and how to satisfy it.

## How to read this page

- Properties have the names that the engine knows them by: `instanceClass` is `instance_class` in Python and
  `InstanceClass` in Go and C#. `rules[]` means each element of the list.
- **Severity** says how bad a violation is, **level** what happens then, unless your config says otherwise. A single
  finding may have another level than its policy; its line says so.
- **Concerns** lists types of resources. Types that are the same resource of AWS under another name are concerned too:
  `aws:alb` and `aws:lb`, and the types of S3 that end with `V2`.
- A policy that decides from the whole stack reports at the end of the preview, and says nothing of a program that
  fails before.
- **Frameworks** names controls of AWS Security Hub that the policy checks before anything exists. FSBP is
  [AWS Foundational Security Best Practices](https://docs.aws.amazon.com/securityhub/latest/userguide/fsbp-standard.html).
- The examples show what the policy looks at, not all that such a resource needs. They are tested: the policy says what
  stands below, of the faulty one, and nothing of the corrected one. They need

```python
import json
import pulumi
import pulumi_aws as aws
```

```typescript
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
```

## Levels

| level | a violation |
| --- | --- |
| `mandatory` | stops the update |
| `advisory` | is shown |
| `remediate` | is put right where the policy can do so, and otherwise stops the update |
| `disabled` | is not looked for |

A config file for `pulumi preview --policy-pack … --policy-pack-config FILE` sets them; `all` is for those that it does
not name. The [presets](presets.md) are complete ones to copy.

```json
{
  "all": "advisory",
  "s3-mfa-delete": "disabled",
  "ec2-imdsv2": "remediate",
  "logs-retention": { "enforcementLevel": "mandatory", "minDays": 365 }
}
```

`python -m policypack config FILE` tells whether a file is right, and what it changes. These policies can remediate:
REMEDIATING.

## Unknown values

In a preview many values do not exist yet: ids, ARNs, generated names. No policy passes over one in silence:

1. It decides all the same, where the answer does not hang on the value: whatever the ARN of a new key will be, the log
   group has a key.
2. Otherwise it asks again when the whole stack is known, and decides by the resource that the value comes from: which
   bucket a `BucketVersioning` is for, whether a subnet has a route to the internet.
3. What is undecided even then is said by [`undecided-at-preview`](#undecided-at-preview), in one advisory line for the
   stack. `pulumi up` decides it, as the values are known then.

What each policy says below holds for a value of which nothing is known, not even from which resource it comes.

## Exempt a finding

An exempted finding is shown as advisory, with the reason. It is exempted by
[`exemptions`](#exemptions), whose config says which findings, why, and until when:

```json
{
  "exemptions": {
    "enforcementLevel": "advisory",
    "exemptions": [
      {
        "reason": "The media bucket holds nothing that cannot be made again. Agreed with the security team.",
        "match": [
          { "policies": ["s3-versioning", "s3-mfa-delete"], "targets": ["media"] },
          { "policies": ["tags-required"], "targets": ["pulumi:pulumi:Stack"] }
        ],
        "expires": "2027-06-30"
      }
    ]
  }
}
```

`policies` are ids or patterns of them (`s3-*`). `targets` are names, type tokens or URNs of resources, or patterns of
them; findings on the stack as a whole are on `pulumi:pulumi:Stack`. After the day in `expires`, the finding counts
again. Programs can exempt a resource of their own where the config names a tag for it, whose value is the policies, a
colon and the reason:

```json
{ "exemptions": { "enforcementLevel": "advisory", "tag": "policy-exemption" } }
```

```python
aws.s3.Bucket("media", tags={"policy-exemption": "s3-versioning s3-mfa-delete: can be made again"})
```"""


def main() -> None:
    """Writes the page."""
    FILE.write_text(page())


if __name__ == "__main__":
    main()
