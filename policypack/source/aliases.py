"""Under which other names a list or map is known that a program changes in place."""

from __future__ import annotations

from collections.abc import Iterator

from policypack.source.budget import Budget
from policypack.source.expression import (
    And,
    Attribute,
    Bound,
    Choice,
    Each,
    Expression,
    Imported,
    Item,
    Merged,
    Name,
    Otherwise,
    Rest,
    Scope,
    Spread,
    unbound,
)


def note_aliases(changed: str, scope: Scope, budget: Budget) -> bool:
    """
    Notes that what a scope changes under one name is changed under those that it was bound to, too.

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
