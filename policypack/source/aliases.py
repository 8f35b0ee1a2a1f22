"""Under which other names a list or map is known that a program changes in place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from policypack.source.budget import Budget
from policypack.source.expression import (
    And,
    Attribute,
    Bound,
    Choice,
    Each,
    Elements,
    Entries,
    Expression,
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


def note_aliases(changed: str, scope: Scope, budget: Budget, *, is_inside: bool = False) -> bool:
    """
    Notes that what a scope changes under one name is changed under those that it was bound to, too.

    :param is_inside: whether what is changed is in the list or map that has the name, and may have a name of its own.
    :return: whether there are such names, so that what is changed under them later is changed under this one.
    """
    seen: set[str] = set()
    left = [changed]
    while left:
        name = left.pop()
        if name in seen:
            continue
        seen.add(name)
        bound = [each for each in scope.bindings.get(name, []) if isinstance(each, Bound)]
        imported = [unbound(each) for each in scope.module.bindings.get(name, [])]
        budget.spend(len(bound) + len(imported))
        scope.module.changes_of_others |= {each.name for each in imported if isinstance(each, Imported) and each.name}
        is_given = any(each.name == name for each in scope.parameters)
        if is_given and all(each.guards or each.changes or name in aliased(each.value) for each in bound):
            scope.mutates.add(name)
        left += [alias for each in bound if not each.changes for alias in aliased(each.value)]
        if is_inside:
            left += [inner for each in bound for inner in _contained(each.value)]
    scope.module.changed |= seen - {changed}
    return len(seen) > 1


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
        case _:
            return
    for each in inner:
        yield from aliased(each)
        yield from _contained(each)


def mutators(module: Module) -> frozenset[str]:
    """The names of a module's functions, and classes, that change in place what they are given, be it by others."""
    functions = [scope for scope in module.scopes if scope.kind == "function"]
    found = {_called(scope) for scope in functions if scope.mutates}
    while True:
        passing = {_called(scope) for scope in functions if any(_passes_on(scope, site, found) for site in scope.sites)}
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
