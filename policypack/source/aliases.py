"""Under which other names a list or map is known that a program changes in place."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from policypack.source.budget import Budget
from policypack.source.expression import (
    CONSTRUCTORS,
    And,
    Attribute,
    Bound,
    Call,
    Choice,
    Comparison,
    Comprehension,
    Constant,
    Each,
    Elements,
    Entries,
    Expression,
    Function,
    Imported,
    Item,
    Merged,
    Module,
    Name,
    Not,
    Otherwise,
    Rest,
    Scope,
    Site,
    Spread,
    Sum,
    Text,
    last_name,
    unbound,
)

_FRESH: Final = frozenset(
    {
        *("deepcopy", "dumps", "json_dumps", "jsondumps", "stringify", "jsonstringify", "loads", "str", "join"),
        *("format", "structuredClone", "parse"),
        *("len", "int", "float", "bool", "split", "replace", "lower", "upper", "strip", "concat", "secret", "range"),
        *("isinstance", "startswith", "endswith", "keys", "require", "get_secret", "require_secret", "sub"),
    }
)
"""Functions and methods whose result has nothing in it that a program could change elsewhere."""
COPYING: Final = frozenset(
    {
        *("copy", "dict", "list", "tuple", "set", "frozenset", "sorted", "reversed", "enumerate", "zip", "iter"),
        *("entries", "flat", "flatMap", "from", "fromEntries", "map", "slice", "toReversed", "toSorted"),
        *("filter", "chain", "values", "items", "OrderedDict", "defaultdict", "deque", "islice", "mul"),
    }
)
"""Functions and methods that make a new list or map of what is in others."""
_INNER: Final = frozenset({"get", "setdefault", "pop", "popitem", "next", "itemgetter"})
"""Functions and methods that take something out of a list or map."""


def note_aliases(changed: str, scope: Scope, budget: Budget, *, is_inside: bool = False) -> bool:
    """
    Notes that what a scope changes under one name is changed under those that it was bound to, too.

    :param is_inside: whether what is changed is in the list or map that has the name, and may have a name of its own.
    :return: whether there are such names, so that what is changed under them later is changed under this one.
    """
    return note_change([(changed, is_inside)], scope, budget, changed)


def note_change(found: Iterable[tuple[str, bool]], scope: Scope, budget: Budget, known: str = "") -> bool:
    """
    Notes that lists and maps are changed that have some names (see `sources`), under all their names.

    :param known: a name whose change is noted already.
    :return: whether there are names beside that one.
    """
    seen: set[str] = set()
    done: set[tuple[str, bool]] = set()
    left = [(name, is_inside, scope) for name, is_inside in found]
    while left:
        name, is_inside, at = left.pop()
        if (name, is_inside) in done or (name != known and not _may_change(name, at)):
            continue
        done.add((name, is_inside))
        seen.add(name)
        if name.startswith("."):
            scope.module.changes_of_others.add(name[1:])
            continue
        owner = _owner(name, at)
        values = owner.bindings.get(name, []) if owner else []
        bound = [each for each in values if isinstance(each, Bound)]
        imported = [unbound(each) for each in scope.module.bindings.get(name, [])]
        budget.spend(1 + len(bound) + len(imported))
        scope.module.changes_of_others |= {each.name for each in imported if isinstance(each, Imported) and each.name}
        is_given = owner and any(each.name == name for each in owner.parameters)
        if owner and is_given and all(each.guards or each.changes or name in aliased(each.value) for each in bound):
            owner.mutates.add(name)
        for each in values:
            value = unbound(each)
            if not isinstance(each, Bound) or not each.changes or is_inside:
                left += [(*source, at) for source in sources(value, is_inside, at)]
            # A function's name stands for what it returns.
            if isinstance(value, Function) and value.scope.kind == "function":
                results = map(unbound, value.scope.results)
                left += [(*source, value.scope) for result in results for source in sources(result, True, value.scope)]
    scope.module.changed |= seen - {known}
    return len(seen) > 1 or known not in seen


def _owner(name: str, scope: Scope) -> Scope | None:
    """The scope that binds a name: this one, or one around it."""
    at: Scope | None = scope
    while at and name not in at.bindings and not any(each.name == name for each in at.parameters):
        at = at.parent
    return at


def _may_change(name: str, scope: Scope) -> bool:
    """Whether a name may be that of a list or map."""
    owner = _owner(name, scope)
    if not owner or any(each.name == name for each in owner.parameters):
        return bool(owner) or name.startswith(".")
    return not all(map(_is_fixed, map(unbound, owner.bindings[name])))


def _is_fixed(value: Expression) -> bool:
    """Whether a value is no list or map, and has none in it that the program changes by a name."""
    if isinstance(value, Imported):
        return not value.name
    if isinstance(value, Call):
        is_path = isinstance(value.callee, Attribute) and isinstance(value.callee.of, Attribute | Name)
        return last_name(value.callee) in _FRESH or (is_path and last_name(value.callee)[:1].isupper())
    return isinstance(value, Constant | Text | Function | Comparison | Not)


def aliased(value: Expression) -> Iterator[str]:
    """The names under which a value, or what it is in, may be known."""
    return (name for name, _ in sources(value, is_inside=False))


def sources(value: Expression, is_inside: bool, scope: Scope | None = None) -> Iterator[tuple[str, bool]]:
    """
    The names of the lists and maps that a change of a value changes, and whether it changes what is in them.

    An attribute is a name that begins with a dot.

    :param is_inside: whether what is in the value is changed, and not only the value itself.
    :param scope: where it stands, which says what functions return.
    """
    match value:
        case Name(name=name):
            yield name, is_inside
        case Attribute(of=of, name=name):
            yield f".{name}", is_inside
            yield from sources(of, True, scope)
        case Item(of=of):
            yield from sources(of, True, scope)
        case Each(loop=loop):
            yield from sources(loop.over, True, scope)
        case Spread(of=of) | Rest(of=of):
            yield from sources(of, is_inside, scope)
        case (
            And(first=first, second=second)
            | Choice(first=first, second=second)
            | Merged(first=first, second=second)
            | Otherwise(first=first, second=second)
        ):
            yield from sources(first, is_inside, scope)
            yield from sources(second, is_inside, scope)
        case Elements(elements=inner) | Sum(terms=inner) if is_inside:
            for each in inner:
                yield from sources(each, True, scope)
        case Entries(entries=entries) if is_inside:
            for _, each in entries:
                yield from sources(each, True, scope)
        case Comprehension(value=each) if is_inside:
            yield from sources(each, True, scope)
        case Call():
            yield from _sources_of_call(value, is_inside, scope)


def _sources_of_call(call: Call, is_inside: bool, scope: Scope | None) -> Iterator[tuple[str, bool]]:
    name = last_name(call.callee)
    given = [*call.arguments, *(value for _, value in call.named)]
    receiver = [call.callee.of] if isinstance(call.callee, Attribute) else []
    if name == "assign" and not is_inside:
        # It returns its first argument, with what is in the others.
        given = given[:1]
    functions = [
        each.scope
        for each in map(unbound, scope.module.bindings.get(name, ()) if scope and not receiver else ())
        if isinstance(each, Function) and each.scope.kind == "function"
    ]
    if not functions and (name in _FRESH or (name in COPYING and not is_inside)):
        return
    if not functions and (name in COPYING or name in _INNER):
        for each in (*receiver, *given):
            yield from sources(each, True, scope)
        return
    returns_given = not functions
    for function in functions:
        for result in function.results:
            for inner, is_inner in sources(unbound(result), is_inside):
                if inner in function.bindings or any(each.name == inner for each in function.parameters):
                    returns_given = True
                else:
                    yield inner, is_inner
    for each in given if returns_given else ():
        yield from sources(each, is_inside or bool(functions), scope)
    if is_inside or not name[:1].isupper():
        for each in receiver:
            yield from sources(each, True, scope)


def note_passed(module: Module, budget: Budget) -> None:
    """Notes that what a module passes to a function of its own that changes it in place is changed."""
    _note_kept(module, budget)
    changing = _mutators(module, budget)
    for scope in module.scopes if changing else ():
        budget.spend(len(scope.sites))
        for site in scope.sites:
            if _runs(site, changing):
                gets = any(_is_one(each, changing) for each in site.call.arguments)
                elements = [site.call.callee.of] if gets and isinstance(site.call.callee, Attribute) else []
                for given in (*elements, *site.call.arguments, *(value for _, value in site.call.named)):
                    note_change(sources(given, True, scope), scope, budget)
        for parameter in scope.parameters:
            if parameter.default and parameter.name in scope.mutates:
                note_change(sources(parameter.default, True, scope.parent), scope.parent or scope, budget)


def _note_kept(module: Module, budget: Budget) -> None:
    """Notes that what the attributes of an object are is changed where its methods change these in place."""
    classes = [scope for scope in module.scopes if scope.kind == "class"]
    # Methods change attributes of the classes that theirs extends, too.
    changed = {name for scope in classes for name in scope.mutates}
    for scope in classes:
        for name in changed & scope.attributes.keys():
            for method, value in scope.attributes[name]:
                note_change(sources(unbound(value), True, method), method, budget)


def sites_given(module: Module) -> dict[str, list[Site]]:
    """The calls that get a list or map, or what is in one, by its names, or that are of it."""
    sites: dict[str, list[Site]] = {}
    for scope in module.scopes:
        for site in scope.sites:
            receiver = [site.call.callee.of] if isinstance(site.call.callee, Attribute) else []
            for given in (*receiver, *site.call.arguments, *(value for _, value in site.call.named)):
                for name in {name for name, _ in sources(given, True)}:
                    sites.setdefault(name, []).append(site)
    return sites


def _runs(site: Site, changing: Collection[str]) -> bool:
    """Whether a call may run one of some functions: it calls it, or gets it."""
    return any(_is_one(each, changing) for each in (site.call.callee, *site.call.arguments))


def _is_one(value: Expression, changing: Collection[str]) -> bool:
    """Whether a value is one of some functions, or one that is made of it."""
    if isinstance(value, Call):
        return _is_one(value.callee, changing) or any(_is_one(each, changing) for each in value.arguments)
    if isinstance(value, Function):
        return bool(value.scope.mutates)
    return last_name(value) in changing


def _mutators(module: Module, budget: Budget) -> frozenset[str]:
    """The names of a module's functions, and classes, that change in place what they are given, be it by others."""
    functions = [scope for scope in module.scopes if scope.kind == "function"]
    found = {_called(scope) for scope in functions if scope.mutates}
    while found:
        passing = {_called(scope) for scope in functions if any(_passes_on(scope, site, found) for site in scope.sites)}
        for scope in module.scopes:
            budget.spend(1 + len(scope.bindings) + len(scope.sites))
            for name, bound in scope.bindings.items():
                if name not in found and any(
                    isinstance(value, Name | Attribute | Call | Function) and _is_one(value, found)
                    for value in map(unbound, bound)
                    if not (isinstance(value, Call) and last_name(value.callee) in found)
                ):
                    passing.add(name)
        passing |= {scope.name for scope in module.scopes if found & set(map(last_name, scope.bases))}
        if passing <= found:
            break
        found |= passing
    return frozenset(found)


def _called(function: Scope) -> str:
    """By what name a function is called: a constructor by that of its class."""
    is_constructor = function.parent and function.parent.kind == "class" and function.name in CONSTRUCTORS
    return function.parent.name if is_constructor and function.parent else function.name


def _passes_on(scope: Scope, site: Site, to: set[str]) -> bool:
    """Whether a function gives what it is given to one of some others."""
    if not _runs(site, to):
        return False
    given = {each.name for each in scope.parameters}
    names = {name for each in site.call.arguments for name, _ in sources(each, True)}
    others = {name for each in names for value in scope.bindings.get(each, ()) for name in aliased(unbound(value))}
    return bool(given & (names | others))
