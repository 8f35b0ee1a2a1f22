"""What the functions of Pulumi, of its AWS package and of the languages make of their arguments."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from policypack.model import UNKNOWN, PartialDocument, PartialText, Secret, Unknown, WrittenMap, unwrapped
from policypack.source.conditions import compared, is_of_type, truth
from policypack.source.values import (
    SEVERAL,
    Method,
    Partial,
    Path,
    Settings,
    Template,
    entry,
    formatted,
    normal,
    part_of,
    substituted,
)

if TYPE_CHECKING:
    from policypack.source.evaluator import Evaluator

_Arguments = Sequence[Any]
_Named = Mapping[str, Any]
_Library = Callable[["Evaluator", _Arguments, WrittenMap], Any]
_MOST_ELEMENTS: Final = 1_000


def _first(given: _Arguments, named: _Named) -> Any:
    return given[0] if given else next(iter(named.values()), UNKNOWN)


# Pulumi


def _same(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return _first(given, named)


def _dumped(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    if "cls" in named:
        return UNKNOWN
    value = _first(given, named)
    if isinstance(value, Secret):
        return Secret(PartialDocument(value.value))
    return value if type(value) is type(UNKNOWN) else PartialDocument(value)


def _stringified(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    """A JSON text, of which a replacer may say what is in it."""
    has_replacer = SEVERAL in given or any(each is not None for each in given[1:2])
    return UNKNOWN if has_replacer else _dumped(evaluator, given, named)


def _loaded(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    value = _first(given, named)
    if given and (named or named.is_open):
        return UNKNOWN
    if isinstance(value, PartialDocument):
        return value.content
    return _parsed(value) if isinstance(value, str) else UNKNOWN


def _parsed(text: str) -> Any:
    try:
        return json.loads(text, object_pairs_hook=lambda pairs: WrittenMap(dict(pairs)))
    except (ValueError, RecursionError):
        return UNKNOWN


def _all_of_python(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return named if named or named.is_open else list(given)


def _concatenated(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    return UNKNOWN if SEVERAL in given else evaluator.text(given)


def _formatted(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return formatted(given[0], given[1:], named) if given and isinstance(given[0], str) else UNKNOWN


def _secret(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return Secret(_first(given, named))


def _public(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return unwrapped(_first(given, named))


def _settings(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    name = given[0] if given and isinstance(given[0], str) else ""
    return UNKNOWN if given and not name else Settings(name or evaluator.context.project)


def _setting(evaluator: Evaluator, settings: Settings, method: str, given: _Arguments, named: WrittenMap) -> Any:
    """The value of a key of the stack's config, which is known; that of a secret key is not looked at."""
    context = evaluator.context
    key = given[0] if given else named.get("key")
    if not isinstance(key, str):
        return UNKNOWN
    full = f"{settings.namespace}:{key}"
    if "secret" in method or full in context.config_secret_keys:
        return Secret(UNKNOWN)
    text = context.config.get(full)
    if text is None:
        default = given[1] if len(given) > 1 else named.get("default")
        return UNKNOWN if method.startswith("require") else default
    kind = method.removeprefix("get").removeprefix("require")
    if kind in ("bool", "boolean"):
        return text.lower() == "true"
    if kind in ("int", "float", "number", "object"):
        return _parsed(text)
    return text if not kind else UNKNOWN


# Policy documents: https://www.pulumi.com/registry/packages/aws/api-docs/iam/getpolicydocument/

_ELEMENTS: Final = (
    *(("sid", "Sid"), ("actions", "Action"), ("notActions", "NotAction")),
    *(("resources", "Resource"), ("notResources", "NotResource")),
)


def _policy_document(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    arguments = next((each for each in given if isinstance(each, WrittenMap)), named)
    statements = entry(arguments, "statements")
    made = [] if statements is None else [SEVERAL]
    if isinstance(statements, list):
        made = [_statement(each) for each in statements]
    for source in ("sourcePolicyDocuments", "sourceJson"):
        if (others := entry(arguments, source)) is not None:
            made = [*_statements_of(others), *made]
    for source in ("overridePolicyDocuments", "overrideJson"):
        if (others := entry(arguments, source)) is not None:
            made = _overridden(made, _statements_of(others))
    document = PartialDocument(WrittenMap({"Version": "2012-10-17", "Statement": made}, arguments.place))
    return WrittenMap({"json": document, "minifiedJson": document})


def _statements_of(documents: Any) -> list[Any]:
    """The statements of one or more policy documents."""
    if isinstance(documents, list):
        return [statement for each in documents for statement in _statements_of(each)]
    content = documents.content if isinstance(documents, PartialDocument) else UNKNOWN
    if isinstance(documents, str):
        content = _parsed(documents)
    statements = entry(content, "Statement") if isinstance(content, WrittenMap) else None
    return statements if isinstance(statements, list) else [SEVERAL if statements is None else statements]


def _overridden(statements: list[Any], others: list[Any]) -> list[Any]:
    """Statements of which those with the Sid of another one are that one."""
    sids = [each.get("Sid") if isinstance(each, WrittenMap) and not each.is_open else UNKNOWN for each in others]
    if any(not isinstance(each, str | None) for each in sids):
        return [SEVERAL]
    kept = []
    for each in statements:
        sid = each.get("Sid") if isinstance(each, WrittenMap) and not each.is_open else UNKNOWN
        if isinstance(sid, Unknown):
            return [SEVERAL]
        if sid is None or sid not in sids:
            kept.append(each)
    return [*kept, *others]


def _trust(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    statement = {"Effect": "Allow", "Principal": given[0] if given else UNKNOWN, "Action": "sts:AssumeRole"}
    return WrittenMap({"Version": "2012-10-17", "Statement": [WrittenMap(statement)]})


def _statement(written: Any) -> Any:
    if not isinstance(written, WrittenMap):
        return SEVERAL if written is SEVERAL else UNKNOWN
    effect = entry(written, "effect")
    entries: dict[str, Any] = {"Effect": "Allow" if effect is None else effect}
    places = {}
    for name, element in _ELEMENTS:
        if (value := entry(written, name)) is not None:
            entries[element] = _alone(value)
            places[element] = next(
                (place for key, place in written.places.items() if normal(key) == normal(name)), None
            )
    for name, element in (("principals", "Principal"), ("notPrincipals", "NotPrincipal")):
        if (value := entry(written, name)) is not None:
            entries[element] = _principals(value)
    if (conditions := entry(written, "conditions")) is not None:
        entries["Condition"] = _conditions(conditions)
    known = {element: place for element, place in places.items() if place}
    return WrittenMap(entries, written.place, known, is_open=written.is_open)


def _principals(written: Any) -> Any:
    kinds: dict[str, Any] = {}
    if not isinstance(written, list):
        return UNKNOWN
    for each in written:
        kind, names = (entry(each, key) for key in ("type", "identifiers")) if isinstance(each, WrittenMap) else (0, 0)
        if not isinstance(kind, str):
            return UNKNOWN
        if kind == "*":
            return "*"
        known = kinds.get(kind, [])
        kinds[kind] = [*known, *names] if isinstance(names, list) else [*known, SEVERAL]
    return WrittenMap({kind: _alone(names) for kind, names in kinds.items()})


def _alone(values: Any) -> Any:
    """The one element of a list, as the provider writes it, or the list."""
    return values[0] if isinstance(values, list) and len(values) == 1 and values[0] is not SEVERAL else values


def _conditions(written: Any) -> Any:
    operators: dict[str, dict[str, Any]] = {}
    is_open = False
    for each in written if isinstance(written, list) else [UNKNOWN]:
        parts = [entry(each, key) for key in ("test", "variable", "values")] if isinstance(each, WrittenMap) else [0, 0]
        if not isinstance(parts[0], str) or not isinstance(parts[1], str):
            is_open = True
        else:
            operators.setdefault(parts[0], {})[parts[1]] = _alone(parts[2])
    return WrittenMap({key: WrittenMap(values) for key, values in operators.items()}, is_open=is_open)


# The languages


def _text(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return evaluator.text([_first(given, named)])


def _list(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    elements = evaluator.elements_of(given[0]) if given else []
    return [SEVERAL] if elements is None else elements


def _array(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    """The elements of a list, or what a function makes of them, as of Array.from."""
    if not given or len(given) > 2 or isinstance(given[0], WrittenMap):
        return [SEVERAL]
    elements = _list(evaluator, given, named)
    return _of_list(evaluator, elements, "map", given[1:]) if len(given) > 1 else elements


def _chained(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    return [each for part in given for each in _list(evaluator, [part], WrittenMap({}))]


def _in_order(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    elements = _list(evaluator, given, named)
    return sorted(elements) if all(isinstance(each, str) for each in elements) else [SEVERAL]


def _distinct(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    elements = _list(evaluator, given, named)
    return list(dict.fromkeys(elements)) if all(isinstance(each, str) for each in elements) else [SEVERAL]


def _dict(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return evaluator.merged_maps([*given[:1], named])


def _assigned(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    return evaluator.merged_maps(given) if given else UNKNOWN


def _enumerated(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    elements = evaluator.elements_of(given[0]) if given else None
    if elements is None or SEVERAL in elements:
        return [SEVERAL]
    start = given[1] if len(given) > 1 else named.get("start", UNKNOWN if named.is_open else 0)
    return [[start + index if isinstance(start, int) else UNKNOWN, each] for index, each in enumerate(elements)]


def _ranged(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    is_map = bool(given) and isinstance(given[0], WrittenMap)
    return _pairs(given[0]) if is_map else _enumerated(evaluator, given, named)


def _zipped(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    lists = [evaluator.elements_of(each) for each in given]
    if any(each is None or SEVERAL in each for each in lists):
        return [SEVERAL]
    return [list(each) for each in zip(*(each or () for each in lists), strict=False)]


def _range(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    if not given or not all(isinstance(each, int) and abs(each) <= _MOST_ELEMENTS for each in given[:3]):
        return [SEVERAL]
    if len(given) > 2 and not given[2]:
        return [SEVERAL]
    return list(range(*given[:3]))


def _product(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    times, value = sorted(given, key=lambda each: not isinstance(each, int)) if len(given) == 2 else (None, None)
    if not isinstance(times, int) or not isinstance(value, int | str | list) or abs(times) > _MOST_ELEMENTS:
        return UNKNOWN
    if isinstance(value, list) and any(isinstance(each, list | WrittenMap) for each in value):
        # They are one and the same, so that a change of one changes them all.
        return UNKNOWN
    is_short = isinstance(value, int) or len(value) * times <= _MOST_ELEMENTS
    return value * times if is_short else UNKNOWN


def _difference(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    return given[0] - given[1] if len(given) == 2 and all(isinstance(each, int) for each in given) else UNKNOWN


def _length(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    elements = evaluator.elements_of(given[0]) if given else None
    return UNKNOWN if elements is None or SEVERAL in elements else len(elements)


def _dedented(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    value = given[0] if given else UNKNOWN
    # Where a part is unknown, the white space at the beginning of lines is what it is in the program.
    return textwrap.dedent(value) if isinstance(value, str) else value


def _entries(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    return _pairs(_ordered(given[0])) if given else [SEVERAL]


def _ordered(value: Any) -> Any:
    """A map whose keys are in the order of JavaScript: those that are whole numbers come first."""
    indices = [key for key in value if key.isdecimal() and len(key) < 10] if isinstance(value, WrittenMap) else []
    if not indices:
        return value
    return WrittenMap({key: value[key] for key in (*sorted(indices, key=int), *value)}, is_open=value.is_open)


def _pairs(value: Any) -> Any:
    if not isinstance(value, WrittenMap):
        return [SEVERAL]
    return [*([key, inner] for key, inner in value.items()), *([SEVERAL] if value.is_open else [])]


def _keys(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    return evaluator.elements_of(_ordered(given[0])) if given and isinstance(given[0], WrittenMap) else [SEVERAL]


def _values(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    value = _ordered(given[0]) if given else UNKNOWN
    if not isinstance(value, WrittenMap):
        return [SEVERAL]
    return [*value.values(), *([SEVERAL] if value.is_open else [])]


def _from_entries(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    pairs = evaluator.elements_of(given[0]) if given else None
    entries = {
        pair[0]: pair[1] for pair in pairs or () if isinstance(pair, list) and len(pair) == 2 and _is_key(pair[0])
    }
    return WrittenMap(entries, is_open=pairs is None or len(entries) < len(pairs))


def _is_key(value: Any) -> bool:
    return isinstance(value, str)


def _partial(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return Partial(given[0], given[1:], named) if given and given[0] is not SEVERAL else UNKNOWN


def _template(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    text = _first(given, named)
    return Template(text) if isinstance(text, str) else UNKNOWN


def _fields(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    """The fields of an object of a dataclass, those of the objects in it too, as of dataclasses.asdict."""
    return evaluator.fields(given[0]) if given else UNKNOWN


def _is_instance(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    if len(given) != 2:
        return UNKNOWN
    types = given[1] if isinstance(given[1], list) else [given[1]]
    found = is_of_type(given[0], [each.path if isinstance(each, Path) else each for each in types])
    return UNKNOWN if found is None else found


def _mapped(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    elements = _list(evaluator, given[1:2], WrittenMap({}))
    return _of_list(evaluator, elements, "map", given[:1]) if len(given) > 1 else UNKNOWN


def _boolean(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    """Whether a value counts as true in JavaScript, where every list and map does."""
    is_true = True if given and isinstance(given[0], list | WrittenMap) else truth(given[0] if given else None)
    return UNKNOWN if is_true is None else is_true


def _any(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    return _of_all(given, True)


def _all(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    return _of_all(given, False)


def _of_all(given: _Arguments, decisive: bool) -> Any:
    """Whether any of some conditions is met, or all of them: one that is `decisive` decides."""
    if not given or not isinstance(given[0], list):
        return UNKNOWN
    answers = {truth(each) for each in given[0]}
    return decisive if decisive in answers else UNKNOWN if None in answers else not decisive


def _cast(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return given[1] if len(given) == 2 else named.get("val", UNKNOWN)


def _without_options(function_: _Library) -> _Library:
    """A function whose options are not understood."""
    return lambda evaluator, given, named: UNKNOWN if named or named.is_open else function_(evaluator, given, named)


def _about_run(name: str) -> _Library:
    return lambda evaluator, *_: getattr(evaluator.context, name) or UNKNOWN


_FUNCTIONS: Final[Mapping[str, _Library]] = {
    **dict.fromkeys(("pulumi.output.jsondumps", "json.dumps"), _dumped),
    **dict.fromkeys(("pulumi.jsonstringify", "json.stringify"), _stringified),
    **dict.fromkeys(("pulumi.output.jsonloads", "pulumi.jsonparse", "json.loads", "json.parse"), _loaded),
    **dict.fromkeys(
        ("pulumi.output.frominput", "pulumi.output", "pulumi.all", "promise.all", "promise.resolve"), _same
    ),
    **dict.fromkeys(("copy.copy", "copy.deepcopy", "structuredclone"), _same),
    "pulumi.output.all": _all_of_python,
    **dict.fromkeys(("pulumi.output.concat", "pulumi.concat"), _concatenated),
    **dict.fromkeys(("pulumi.output.format",), _formatted),
    **dict.fromkeys(("pulumi.output.secret", "pulumi.secret"), _secret),
    **dict.fromkeys(("pulumi.output.unsecret", "pulumi.unsecret"), _public),
    "pulumi.config": _settings,
    "pulumi.getstack": _about_run("stack"),
    "pulumi.getproject": _about_run("project"),
    "pulumi.getorganization": _about_run("organization"),
    **dict.fromkeys(("aws.iam.getpolicydocument", "aws.iam.getpolicydocumentoutput"), _policy_document),
    "aws.iam.assumerolepolicyforprincipal": _trust,
    **dict.fromkeys(("str", "string"), _text),
    "typing.cast": _cast,
    **dict.fromkeys(("list", "tuple"), _list),
    "array.from": _array,
    "itertools.chain": _chained,
    "sorted": _without_options(_in_order),
    **dict.fromkeys(("set", "frozenset"), _distinct),
    "dict": _dict,
    "object.assign": _assigned,
    "object.entries": _entries,
    "object.fromentries": _from_entries,
    "object.values": _values,
    "object.keys": _keys,
    "enumerate": _enumerated,
    "go.range": _ranged,
    "zip": _zipped,
    "range": _range,
    "operator.mul": _product,
    "operator.sub": _difference,
    "len": _length,
    "functools.partial": _partial,
    "string.template": _template,
    **dict.fromkeys(("dataclasses.asdict", "vars"), _fields),
    "isinstance": _is_instance,
    "boolean": _boolean,
    "map": _mapped,
    "any": _any,
    "all": _all,
    **dict.fromkeys(("textwrap.dedent", "inspect.cleandoc"), _dedented),
}


def function(path: str) -> _Library | None:
    """What a function of a library does, by its path in the program; None for one that is not known."""
    return _FUNCTIONS.get(normal(path))


# Methods

_METHODS: Final = frozenset(
    {
        *("apply", "format", "join", "concat", "get", "items", "keys", "values", "map", "forEach", "flat", "split"),
        *(
            "lower",
            "upper",
            "strip",
            "trim",
            "replace",
            "replaceAll",
            "replaceFirst",
            "toLowerCase",
            "toUpperCase",
            "toString",
        ),
        *("rstrip", "lstrip", "removesuffix", "removeprefix", "filter", "copy", "startsWith", "endsWith"),
        *("substitute", "safe_substitute", "includes", "flatMap", "slice"),
        *(
            f"{how}{kind}"
            for how in ("get", "require")
            for kind in ("", "Bool", "Boolean", "Int", "Float", "Number", "Object")
        ),
        *("getSecret", "requireSecret", "getSecretObject", "requireSecretObject"),
    }
)
_BY_NORMAL_NAME: Final = {**{normal(name): normal(name) for name in _METHODS}, "then": "apply"}


def method_name(name: str) -> str:
    """The name of a method in lower case; empty where it is not known."""
    return _BY_NORMAL_NAME.get(normal(name), "") if len(name) < 30 else ""


def of_method(evaluator: Evaluator, method: Method, given: _Arguments, named: WrittenMap) -> Any:
    """What a method makes of its receiver and arguments."""
    receiver, name = method.receiver, method.name
    if name == "apply":
        return applied(evaluator, receiver, _first(given, named))
    if isinstance(receiver, Secret):
        return Secret(of_method(evaluator, Method(receiver.value, name), given, named))
    if isinstance(receiver, Settings):
        return _setting(evaluator, receiver, name, given, named)
    if isinstance(receiver, Template):
        return _of_template(receiver, given, named)
    if (named or named.is_open) and name not in ("format", "get"):
        # Its options are not understood.
        return UNKNOWN
    if name == "slice" and 1 <= len(given) <= 2 and all(isinstance(each, int) for each in given):
        return part_of(receiver, given[0], given[1] if len(given) > 1 else None)
    if isinstance(receiver, str | PartialText):
        return _of_text(evaluator, receiver, name, given, named)
    if isinstance(receiver, WrittenMap):
        return _of_map(evaluator, receiver, name, given)
    if isinstance(receiver, list):
        return _of_list(evaluator, receiver, name, given)
    return UNKNOWN


def applied(evaluator: Evaluator, value: Any, function_: Any) -> Any:
    """What a function makes of a value; secret where the value is."""
    is_secret = isinstance(value, Secret)
    inner = unwrapped(value)
    found = evaluator.invoked(function_, [inner], WrittenMap({}))
    return Secret(found) if is_secret else found


def _of_template(template: Template, given: _Arguments, named: WrittenMap) -> Any:
    values = {**given[0], **named} if given and isinstance(given[0], WrittenMap) else named
    is_told = not named.is_open and all(isinstance(each, WrittenMap) for each in given)
    return substituted(template, values) if is_told else UNKNOWN


_OF_STR: Final[Mapping[str, Callable[..., str]]] = {
    **dict.fromkeys(("lower", "tolowercase"), str.lower),
    **dict.fromkeys(("upper", "touppercase"), str.upper),
    **dict.fromkeys(("strip", "trim"), str.strip),
    "rstrip": str.rstrip,
    "lstrip": str.lstrip,
    "removesuffix": str.removesuffix,
    "removeprefix": str.removeprefix,
}


def _of_text(evaluator: Evaluator, text: str | PartialText, name: str, given: _Arguments, named: WrittenMap) -> Any:
    if name == "tostring":
        return text
    if name == "concat":
        return evaluator.text([text, *given])
    if name == "includes" and given and isinstance(text, str) and isinstance(given[0], str):
        return given[0] in text
    if name in ("startswith", "endswith") and len(given) == 1 and isinstance(given[0], str):
        return _begins_or_ends(text, given[0], at_end=name == "endswith")
    if name.startswith("replace"):
        return _replaced(evaluator, text, name, given)
    if isinstance(text, PartialText):
        return UNKNOWN
    if name == "format":
        return formatted(text, given, named)
    if name == "join":
        elements = evaluator.elements_of(given[0]) if given else None
        return _joined(evaluator, elements, text)
    if name == "split" and given and isinstance(given[0], str) and given[0]:
        return list(text.split(given[0])) if len(given) == 1 else UNKNOWN
    if name == "split" and not given:
        return list(text.split())
    if name in _OF_STR and all(isinstance(each, str) for each in given):
        evaluator.budget.spend(len(text) // 50)
        try:
            return _OF_STR[name](text, *given)
        except TypeError:
            return UNKNOWN
    return UNKNOWN


def _replaced(evaluator: Evaluator, text: str | PartialText, name: str, given: _Arguments) -> Any:
    if len(given) != 2 or not isinstance(old := given[0], str) or not old:
        return UNKNOWN
    # In JavaScript, `$&` stands for what is replaced.
    if name != "replace" and (not isinstance(given[1], str) or "$" in given[1]):
        return UNKNOWN
    if isinstance(text, str):
        return _joined(evaluator, text.split(old, 1 if name == "replacefirst" else -1), given[1])
    if name == "replacefirst" or any(isinstance(part, str) and _may_overlap(part, old) for part in text.parts):
        return UNKNOWN
    # An unknown part may hold what is replaced, and stays unknown.
    parts = [_joined(evaluator, part.split(old), given[1]) if isinstance(part, str) else UNKNOWN for part in text.parts]
    return evaluator.text(parts)


def _may_overlap(part: str, wanted: str) -> bool:
    """Whether a text may begin before a part of a text, or end behind it."""
    return any(part.endswith(wanted[:size]) or part.startswith(wanted[-size:]) for size in range(1, len(wanted)))


def _begins_or_ends(text: str | PartialText, part: str, *, at_end: bool) -> Any:
    """Whether a text begins, or ends, with another one."""
    if isinstance(text, str):
        return text.endswith(part) if at_end else text.startswith(part)
    known = text.suffix if at_end else text.prefix
    common = min(len(known), len(part))
    is_same = known[-common:] == part[-common:] if at_end and common else known[:common] == part[:common]
    return UNKNOWN if is_same and len(known) < len(part) else is_same


def _joined(evaluator: Evaluator, elements: Sequence[Any] | None, between: Any) -> Any:
    if elements is None or SEVERAL in elements:
        return UNKNOWN
    parts = [part for element in elements for part in (between, element)]
    return evaluator.text(parts[1:])


def _of_map(evaluator: Evaluator, value: WrittenMap, name: str, given: _Arguments) -> Any:
    if name == "get" and given and isinstance(given[0], str):
        default = given[1] if len(given) > 1 else None
        return value.get(given[0], UNKNOWN if value.is_open else default)
    if name in ("items", "entries"):
        return _pairs(value)
    if name == "keys":
        return evaluator.elements_of(value)
    if name == "values":
        return [*value.values(), *([SEVERAL] if value.is_open else [])]
    return value if name == "copy" else UNKNOWN


def _of_list(evaluator: Evaluator, value: list[Any], name: str, given: _Arguments) -> Any:
    if name == "map" and given:
        return [
            SEVERAL if each is SEVERAL else evaluator.invoked(given[0], [each, index], WrittenMap({}))
            for index, each in enumerate(value)
        ]
    if name == "concat":
        return [*value, *(inner for each in given for inner in (each if isinstance(each, list) else [each]))]
    if name == "flatmap":
        return _of_list(evaluator, _of_list(evaluator, value, "map", given), "flat", ())
    if name == "flat" and list(given) in ([], [1]):
        return [inner for each in value for inner in (each if isinstance(each, list) else [each])]
    if name == "join":
        return _joined(evaluator, value, given[0] if given else ",")
    if name == "includes" and given:
        is_in = compared("in", given[0], value)
        return UNKNOWN if is_in is None else is_in
    if name == "filter":
        return _filtered(evaluator, value, given)
    return value if name == "copy" else UNKNOWN


def _filtered(evaluator: Evaluator, value: list[Any], given: _Arguments) -> Any:
    kept: list[Any] = []
    for each in value if given else [SEVERAL]:
        is_kept = None if each is SEVERAL else truth(evaluator.invoked(given[0], [each], WrittenMap({})))
        if is_kept is not False:
            kept.append(each if is_kept else SEVERAL)
    return kept
