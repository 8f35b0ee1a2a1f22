"""Under which other names a list or map is known that a program changes in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from policypack.source.budget import Budget
from policypack.source.expression import (
    And,
    Attribute,
    Bound,
    Call,
    Choice,
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
    Otherwise,
    Rest,
    Scope,
    Site,
    Spread,
    Sum,
    last_name,
    unbound,
)

COPYING: Final = frozenset(
    {
        *("concat", "entries", "filter", "flat", "flatMap", "from", "fromEntries", "keys", "map", "slice", "split"),
        *("toReversed", "toSorted", "values", "copy", "items", "dict", "list", "sorted", "tuple"),
    }
)
"""Functions and methods that return a new list or map, of which the elements are the same."""
_PASSING: Final = frozenset({"at", "fill", "find", "findLast", "get", "pop", "reverse", "shift", "sort"})
"""Methods that return the list or map that they are of, or what is in it."""
_RETURNING: Final = frozenset({"assign", "freeze", "seal"})
"""Functions that return their first argument."""


def note_aliases(changed: str, scope: Scope, budget: Budget, *, is_inside: bool = False) -> bool:
    """
    Notes that what a scope changes under one name is changed under those that it was bound to, too.

    :param is_inside: whether what is changed is in the list or map that has the name, and may have a name of its own.
    :return: whether there are such names, so that what is changed under them later is changed under this one.
    """
    seen: set[tuple[str, Scope]] = set()
    left = [(changed, scope)]
    while left:
        name, at = left.pop()
        if (name, at) in seen:
            continue
        seen.add((name, at))
        owner = _owner(name, at)
        values = owner.bindings.get(name, []) if owner else []
        bound = [each for each in values if isinstance(each, Bound)]
        imported = [unbound(each) for each in at.module.bindings.get(name, [])]
        budget.spend(len(values) + len(imported) + 1)
        at.module.changes_of_others |= {each.name for each in imported if isinstance(each, Imported) and each.name}
        given = next((each for each in owner.parameters if each.name == name), None) if owner else None
        if owner and given and all(each.guards or each.changes or name in aliased(each.value) for each in bound):
            owner.mutates.add(name)
        if given and given.default:
            left += [(alias, at) for alias in aliased(given.default)]
        # What a name stands for by another one, or by a part of it, may be a part that has a name of its own.
        is_deep = is_inside or name != changed
        for each in values:
            value = unbound(each)
            if isinstance(value, Function) and value.scope.kind == "function":
                left += [(alias, value.scope) for result in value.scope.results for alias in _reached(unbound(result))]
            if not isinstance(each, Bound) or not each.changes:
                left += [(alias, at) for alias in aliased(value)]
                left += [(alias, at) for alias in _given_back(value)]
                left += _returned(value, at, is_deep=is_deep) if isinstance(value, Call) else ()
            if is_deep or isinstance(value, Item | Attribute | Each):
                left += [(inner, at) for inner in _contained(value)]
    names = {name for name, _ in seen}
    scope.module.changed |= names - {changed}
    return len(names) > 1


def _owner(name: str, scope: Scope) -> Scope | None:
    """The scope that a name is of: one that it is looked at in, or one around that."""
    at: Scope | None = scope
    while at and name not in at.bindings and not any(each.name == name for each in at.parameters):
        at = at.parent
    return at


def aliased(value: Expression) -> Iterator[str]:
    """The names under which a value, or what is in it, may be known."""
    match value:
        case Name(name=name):
            yield name
        case Item(of=of) | Attribute(of=of) | Rest(of=of) | Spread(of=of):
            yield from aliased(of)
        case Each(loop=loop):
            yield from aliased(loop.over)
        case And(second=second):
            yield from aliased(second)
        case (
            Choice(first=first, second=second)
            | Otherwise(first=first, second=second)
            | Merged(first=first, second=second)
        ):
            yield from aliased(first)
            yield from aliased(second)


def _contained(value: Expression) -> Iterator[str]:
    """The names of what a list or map that is written down has in it."""
    match value:
        case Elements(elements=elements) | Sum(terms=elements):
            inner: Iterable[Expression] = elements
        case Entries(entries=entries):
            inner = [each for _, each in entries]
        case Merged(first=first, second=second):
            inner = [first, second]
        case Item(of=of) | Attribute(of=of) | Rest(of=of) | Spread(of=of):
            inner = [of]
        case Each(loop=loop):
            inner = [loop.over]
        case Choice(first=first, second=second) | Otherwise(first=first, second=second):
            inner = [first, second]
        case Call(callee=Attribute(of=of, name=name), arguments=arguments) if name in COPYING | _PASSING | _RETURNING:
            inner = [of, *arguments]
        case _:
            return
    for each in inner:
        yield from aliased(each)
        yield from _contained(each)


def _reached(value: Expression) -> Iterator[str]:
    """The names under which a value, or anything in it, may be known."""
    yield from aliased(value)
    yield from _given_back(value)
    yield from _contained(value)


def _given_back(value: Expression) -> Iterator[str]:
    """The names under which what a call of the language returns may be known."""
    match value:
        case Call(callee=Attribute(of=of, name=name)) if name in _PASSING:
            yield from aliased(of)
        case Call(callee=Attribute(name=name), arguments=arguments) if name in _RETURNING:
            for each in arguments[:1]:
                yield from aliased(each)


def _returned(call: Call, scope: Scope, *, is_deep: bool) -> Iterator[tuple[str, Scope]]:
    """The names, and where they are looked at, of what a call of a function of the module returns."""
    name = call.callee.name if isinstance(call.callee, Name) else ""
    owner = _owner(name, scope)
    if owner is None and name and is_deep:
        # Such as `new Map(entries)`, which has the same elements.
        yield from ((alias, scope) for given in call.arguments for alias in _reached(given))
    for each in owner.bindings.get(name, ()) if owner else ():
        function = unbound(each)
        if not isinstance(function, Function):
            continue
        if function.scope.kind == "class":
            # An object may have what its constructor is given.
            yield from ((alias, scope) for given in call.arguments if is_deep for alias in _reached(given))
        for result in map(unbound, function.scope.results):
            found = _reached(result) if is_deep else (*aliased(result), *_given_back(result))
            yield from ((alias, function.scope) for alias in found)


def note_passed(module: Module, budget: Budget) -> None:
    """Notes that what a module passes to a function of its own that changes it in place is changed."""
    count = -1
    # What a function passes on is changed by it, too.
    while count != (count := sum(len(scope.mutates) for scope in module.scopes)):
        _note_kept(module, budget)
        changing = _mutators(module)
        for scope in module.scopes if changing else ():
            budget.spend(len(scope.sites))
            for site in scope.sites:
                for name in {name for given in _changed_by(site, changing) for name in _reached(given)}:
                    module.scope.changed.add(name)
                    note_aliases(name, scope, budget, is_inside=True)


def _changed_by(site: Site, changing: frozenset[str]) -> list[Expression]:
    """What a call may change, given the names of the functions that change what they are given."""
    call = site.call
    given = [*call.arguments, *(value for _, value in call.named)]
    callbacks = [
        each
        for each in given
        if (isinstance(each, Name) and each.name in changing) or (isinstance(each, Function) and each.scope.mutates)
    ]
    if not callbacks:
        callee = call.callee
        if isinstance(callee, Attribute) and callee.name in ("apply", "bind", "call"):
            callee = callee.of
        return given if last_name(callee) in changing else []
    return [*given, *([call.callee.of] if isinstance(call.callee, Attribute) else [])]


def _note_kept(module: Module, budget: Budget) -> None:
    """Notes that what the attributes of an object are is changed where its methods change these in place."""
    classes = [scope for scope in module.scopes if scope.kind == "class"]
    # Methods change attributes of the classes that theirs extends, too.
    changed = {name for scope in classes for name in scope.mutates}
    for scope in classes:
        for name in changed & scope.attributes.keys():
            for method, value in scope.attributes[name]:
                for alias in set(_reached(unbound(value))):
                    if not any(each.name == alias for each in method.parameters):
                        module.scope.changed.add(alias)
                    note_aliases(alias, method, budget, is_inside=True)


def _mutators(module: Module) -> frozenset[str]:
    """The names of a module's functions, and classes, that change in place what they are given, be it by others."""
    functions = [scope for scope in module.scopes if scope.kind == "function"]
    found = {_called(scope) for scope in functions if scope.mutates}
    while True:
        passing = {_called(scope) for scope in functions if any(_passes_on(scope, site, found) for site in scope.sites)}
        passing |= {
            name
            for scope in module.scopes
            for name, bound in scope.bindings.items()
            if any(isinstance(value := unbound(each), Name) and value.name in found for each in bound)
        }
        passing |= {scope.name for scope in module.scopes if found & set(map(last_name, scope.bases))}
        if passing <= found:
            return frozenset(found)
        found |= passing


def _called(function: Scope) -> str:
    """By what name a function is called: a constructor by that of its class."""
    is_constructor = (
        function.parent and function.parent.kind == "class" and function.name in ("__init__", "constructor")
    )
    return function.parent.name if is_constructor and function.parent else function.name


def _passes_on(scope: Scope, site: Site, to: set[str]) -> bool:
    """Whether a function gives what it is given to one of some others."""
    if last_name(site.call.callee) not in to:
        return False
    given = {each.name for each in scope.parameters}
    names = {each.name for each in site.call.arguments if isinstance(each, Name)}
    others = {alias for name in names for each in scope.bindings.get(name, ()) for alias in aliased(unbound(each))}
    return bool(given & (names | others))
