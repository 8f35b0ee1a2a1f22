"""What the functions of Pulumi, of its AWS package and of the languages make of their arguments."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from policypack.model import UNKNOWN, PartialDocument, PartialText, Secret, WrittenMap, unwrapped
from policypack.source.values import SEVERAL, Closure, Method, Path, Settings, entry, formatted, normal

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
    value = _first(given, named)
    if isinstance(value, Secret):
        return Secret(PartialDocument(value.value))
    return value if type(value) is type(UNKNOWN) else PartialDocument(value)


def _loaded(_: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    value = _first(given, named)
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
    if kind == "bool":
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
    made: list[Any] = [_statement(each) for each in statements] if isinstance(statements, list) else [SEVERAL]
    sources = ("sourcePolicyDocuments", "overridePolicyDocuments", "sourceJson", "overrideJson")
    if statements is None:
        made = []
    if any(entry(arguments, source) is not None for source in sources):
        made.append(SEVERAL)
    document = PartialDocument(WrittenMap({"Version": "2012-10-17", "Statement": made}, arguments.place))
    return WrittenMap({"json": document, "minifiedJson": document})


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
            entries[element] = value
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
    return WrittenMap(kinds)


def _conditions(written: Any) -> Any:
    operators: dict[str, dict[str, Any]] = {}
    is_open = False
    for each in written if isinstance(written, list) else [UNKNOWN]:
        parts = [entry(each, key) for key in ("test", "variable", "values")] if isinstance(each, WrittenMap) else [0, 0]
        if not isinstance(parts[0], str) or not isinstance(parts[1], str):
            is_open = True
        else:
            operators.setdefault(parts[0], {})[parts[1]] = parts[2]
    return WrittenMap({key: WrittenMap(values) for key, values in operators.items()}, is_open=is_open)


# The languages


def _text(evaluator: Evaluator, given: _Arguments, named: WrittenMap) -> Any:
    return evaluator.text([_first(given, named)])


def _list(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    elements = evaluator.elements_of(given[0]) if given else []
    return [SEVERAL] if elements is None else elements


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


def _enumerated(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    elements = evaluator.elements_of(given[0]) if given else None
    if elements is None or SEVERAL in elements:
        return [SEVERAL]
    start = given[1] if len(given) > 1 else 0
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


def _length(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    elements = evaluator.elements_of(given[0]) if given else None
    return UNKNOWN if elements is None or SEVERAL in elements else len(elements)


def _dedented(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    value = given[0] if given else UNKNOWN
    # Where a part is unknown, the white space at the beginning of lines is what it is in the program.
    return textwrap.dedent(value) if isinstance(value, str) else value


def _entries(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    return _pairs(given[0]) if given else [SEVERAL]


def _pairs(value: Any) -> Any:
    if not isinstance(value, WrittenMap):
        return [SEVERAL]
    return [*([key, inner] for key, inner in value.items()), *([SEVERAL] if value.is_open else [])]


def _keys(evaluator: Evaluator, given: _Arguments, _: WrittenMap) -> Any:
    return evaluator.elements_of(given[0]) if given and isinstance(given[0], WrittenMap) else [SEVERAL]


def _values(_: Evaluator, given: _Arguments, __: WrittenMap) -> Any:
    value = given[0] if given else UNKNOWN
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


def _about_run(name: str) -> _Library:
    return lambda evaluator, *_: getattr(evaluator.context, name) or UNKNOWN


_FUNCTIONS: Final[Mapping[str, _Library]] = {
    **dict.fromkeys(("pulumi.output.jsondumps", "pulumi.jsonstringify", "json.dumps", "json.stringify"), _dumped),
    **dict.fromkeys(("pulumi.output.jsonloads", "pulumi.jsonparse", "json.loads", "json.parse"), _loaded),
    **dict.fromkeys(
        ("pulumi.output.frominput", "pulumi.output", "pulumi.all", "promise.all", "promise.resolve"), _same
    ),
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
    **dict.fromkeys(("str", "string", "typing.cast"), _text),
    **dict.fromkeys(("list", "tuple", "array.from"), _list),
    "sorted": _in_order,
    "set": _distinct,
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
    "len": _length,
    **dict.fromkeys(("textwrap.dedent", "inspect.cleandoc"), _dedented),
}


def function(path: str) -> _Library | None:
    """What a function of a library does, by its path in the program; None for one that is not known."""
    return _FUNCTIONS.get(normal(path))


# Methods

_METHODS: Final = frozenset(
    {
        *("apply", "format", "join", "concat", "get", "items", "keys", "values", "map", "forEach", "flat", "split"),
        *("lower", "upper", "strip", "trim", "replace", "replaceAll", "toLowerCase", "toUpperCase", "toString"),
        *("rstrip", "lstrip", "removesuffix", "removeprefix", "filter", "copy"),
        *(f"{how}{kind}" for how in ("get", "require") for kind in ("", "Bool", "Int", "Float", "Number", "Object")),
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
    if isinstance(function_, Closure):
        found = evaluator.called(function_, [inner], WrittenMap({}))
    elif isinstance(function_, Path) and (known := function(function_.path)):
        found = known(evaluator, [inner], WrittenMap({}))
    else:
        found = UNKNOWN
    return Secret(found) if is_secret else found


_OF_STR: Final[Mapping[str, Callable[..., str]]] = {
    **dict.fromkeys(("lower", "tolowercase"), str.lower),
    **dict.fromkeys(("upper", "touppercase"), str.upper),
    **dict.fromkeys(("strip", "trim"), str.strip),
    **dict.fromkeys(("replaceall",), str.replace),
    "replace": str.replace,
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
    if isinstance(text, PartialText):
        return UNKNOWN
    if name == "format":
        return formatted(text, given, named)
    if name == "join":
        elements = evaluator.elements_of(given[0]) if given else None
        return _joined(evaluator, elements, text)
    if name == "split" and given and isinstance(given[0], str) and given[0]:
        return list(text.split(given[0])) if len(given) == 1 else UNKNOWN
    if name in _OF_STR and all(isinstance(each, str) for each in given):
        evaluator.budget.spend(len(text) // 50)
        grows = name.startswith("replace") and len(given) > 1 and len(given[1]) > 100
        try:
            return UNKNOWN if grows else _OF_STR[name](text, *given)
        except TypeError:
            return UNKNOWN
    return UNKNOWN


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
        return _values(evaluator, [value], WrittenMap({}))
    return value if name == "copy" else UNKNOWN


def _of_list(evaluator: Evaluator, value: list[Any], name: str, given: _Arguments) -> Any:
    if name == "map" and given and isinstance(given[0], Closure):
        return [
            SEVERAL if each is SEVERAL else evaluator.called(given[0], [each, index], WrittenMap({}))
            for index, each in enumerate(value)
        ]
    if name == "concat":
        return [*value, *(inner for each in given for inner in (each if isinstance(each, list) else [each]))]
    if name == "flat":
        return [inner for each in value for inner in (each if isinstance(each, list) else [each])]
    if name == "join":
        return _joined(evaluator, value, given[0] if given else ",")
    if name == "filter":
        return [SEVERAL]
    return value if name == "copy" else UNKNOWN
