"""
Which lists and maps a program may change in place, in languages where only what is known to read leaves them alone.

The names of a file are taken together, in whatever function they are: what is changed under a name is changed wherever
the name stands.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from policypack.source.budget import Budget
from policypack.source.expression import (
    Attribute,
    Bound,
    Call,
    Each,
    Elements,
    Entries,
    Expression,
    Function,
    Imported,
    Item,
    Name,
    OneOfThese,
    Otherwise,
    Rest,
    Scope,
    Spread,
    Sum,
)


class Changes:
    """
    The changes in place that a file makes.

    :param readers: the methods that change neither their object nor their arguments.
    :param classes: the classes, or other names, whose methods of these names are the ones that are meant.
    :param functions: the functions that change none of their arguments.
    :param packages: the modules whose functions change none of their arguments.
    """

    def __init__(
        self,
        readers: Collection[str],
        classes: Collection[str] = (),
        functions: Collection[str] = (),
        packages: tuple[str, ...] = (),
    ) -> None:
        self._readers = readers
        self._classes = classes
        self._functions = functions
        self._packages = ("aws", "pulumi", *packages)
        self._changed: list[Expression] = []
        self._calls: list[Call] = []
        self._parts: dict[Expression, tuple[Expression, ...]] = {}
        self._stored: dict[str, list[Expression]] = {}

    def changed(self, value: Expression) -> None:
        """Notes that what a value is, or has in it, may be changed."""
        self._changed.append(value)

    def of_method(self, of: Expression, name: str) -> None:
        """Notes a call of a method, which changes its object unless it is known to read only."""
        if name not in self._readers:
            self._changed.append(of)

    def called(self, call: Call) -> None:
        """Notes a call, which may change its arguments."""
        self._calls.append(call)

    def made_of(self, made: Expression, parts: tuple[Expression, ...]) -> None:
        """Notes what may be in something opaque."""
        if parts:
            self._parts[made] = parts

    def stored(self, name: str, value: Expression) -> None:
        """Notes that a value comes to be in a list or map, or is given to a parameter."""
        self._stored.setdefault(name, []).append(value)

    def note(self, scopes: list[Scope], budget: Budget) -> None:
        """Notes in the scope of a file, the first one, the names of what it may change."""
        bound: dict[str, list[Expression]] = {}
        own: dict[str, list[Scope]] = {}
        for scope in scopes:
            for name, values in scope.bindings.items():
                bound.setdefault(name, []).extend(values)
            if scope.kind == "function" and scope.name:
                own.setdefault(scope.name, []).append(scope)
        parameters = {each.name for scope in scopes for each in scope.parameters}
        for call in self._calls:
            budget.spend(1)
            self._note_call(call, bound, own, parameters)
        names: set[str] = set()
        seen: set[Expression] = set()
        left = list(self._changed)
        while left:
            for name in self._names_in(left.pop(), seen, budget):
                if name not in names:
                    names.add(name)
                    left += [*bound.get(name, ()), *self._stored.get(name, ())]
        scopes[0].changed |= names
        scopes[0].changes_of_others |= names

    def _note_call(
        self, call: Call, bound: dict[str, list[Expression]], own: dict[str, list[Scope]], parameters: set[str]
    ) -> None:
        callee = call.callee
        given = (*call.arguments, *(value for _, value in call.named))
        receiver = (callee.of,) if isinstance(callee, Attribute) and not isinstance(callee.of, Imported) else ()
        for each in given:
            if isinstance(each, Function):
                for parameter in each.scope.parameters:
                    for other in (*receiver, *given):
                        if other is not each:
                            self.stored(parameter.name, other)
        called = callee.name if isinstance(callee, Name) else ""
        of = callee.of if isinstance(callee, Attribute) else None
        is_class = isinstance(of, Name) and of.name not in bound and of.name not in parameters
        if isinstance(of, Imported):
            is_read = of.module.startswith(self._packages)
        elif isinstance(callee, Attribute):
            is_read = callee.name in self._readers and callee.name not in own
            is_read &= not is_class or (isinstance(of, Name) and of.name in self._classes)
            if is_class and not is_read and callee.name in own:
                called = callee.name
        else:
            is_read = called in self._functions and called not in bound
        if is_read:
            return
        functions = [each for each in bound.get(called, ()) if isinstance(each, Function)] if called else []
        if functions and len(functions) == len(bound[called]) and called not in parameters:
            for function in functions:
                for parameter in function.scope.parameters:
                    for each in given:
                        self.stored(parameter.name, each)
            return
        # What is called by a name of its own may be a method of a list: `Action<string> add = names.Add`.
        self._changed += [*receiver, *given, *([callee] if called in bound else [])]

    def _names_in(self, value: Expression, seen: set[Expression], budget: Budget) -> Iterator[str]:
        """The names of what a value may be, or may have in it."""
        left = [value]
        while left:
            each = left.pop()
            if each in seen:
                continue
            seen.add(each)
            budget.spend(1)
            if isinstance(each, Name):
                yield each.name
            else:
                left += self._inside(each)

    def _inside(self, value: Expression) -> tuple[Expression, ...]:
        match value:
            case Bound(value=of) | Item(of=of) | Attribute(of=of) | Rest(of=of) | Spread(of=of):
                return (of,)
            case Each(loop=loop):
                return (loop.over,)
            case Elements(elements=inner) | Sum(terms=inner) | OneOfThese(choices=inner):
                return inner
            case Entries(entries=entries):
                return tuple(each for _, each in entries)
            case Otherwise(first=first, second=second):
                return (first, second)
            case Function(scope=scope):
                return tuple(scope.results)
            case Call(callee=callee, arguments=arguments, named=named):
                return () if _makes_new(callee) else (callee, *arguments, *(each for _, each in named))
        return self._parts.get(value, ())


def _makes_new(callee: Expression) -> bool:
    """Whether what a function makes shares no list or map with its arguments: a text, or a resource."""
    of = callee.of if isinstance(callee, Attribute) else callee
    return isinstance(of, Imported) and (of.module.startswith(("aws", "json")) or of.name == "jsonStringify")
