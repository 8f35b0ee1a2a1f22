"""
Finds the calls by which a program makes a resource.

A call may run many times, with other values for the names around it: for each element of a loop, for each call of the
function that it is in. Each of these runs is a construct.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from policypack.model import UNKNOWN, Resource, WrittenMap, class_of
from policypack.source.budget import BudgetExceededError
from policypack.source.evaluator import Evaluator, iterated, unknown_arguments
from policypack.source.expression import CONSTRUCTORS, Function, Name, Scope, Site, last_name, unbound
from policypack.source.modules import Modules
from policypack.source.values import Closure, Frame, Instance, Method, Path, may_be, normal

_MOST_RUNS: Final = 500
"""Runs of one scope that are told apart."""


class Construct(NamedTuple):
    """A call that makes a resource, in one of its runs."""

    site: Site
    frame: Frame


@dataclass(slots=True)
class _Constructs:
    """The constructs of one type: those whose names are known, and the others with what is known of their names."""

    named: dict[str, list[Construct]] = field(default_factory=dict)
    others: list[tuple[Any, Construct]] = field(default_factory=list)


class Constructs:
    """
    The constructs of a program.

    :param modules: what its files say.
    """

    def __init__(self, modules: Modules, evaluator: Evaluator) -> None:
        self._modules = modules
        self._evaluator = evaluator
        self._by_type: dict[str, _Constructs] = {}
        self._runs: dict[Scope, list[Frame]] = {}

    def of(self, resource: Resource) -> list[Construct]:
        """
        The constructs that may have made a resource: those that have its name, or else those that may have it.

        :raises BudgetExceededError: where looking takes too many steps.
        """
        if resource.token not in self._by_type:
            self._by_type[resource.token] = self._of_type(resource.token)
        made = self._by_type[resource.token]
        named = [each for each in made.named.get(resource.name, ()) if _may_have_parent(each, resource)]
        return named or [
            each for name, each in made.others if may_be(name, resource.name) and _may_have_parent(each, resource)
        ]

    def _of_type(self, token: str) -> _Constructs:
        class_name, wanted = token.rpartition(":")[2], class_of(token)
        found = _Constructs()
        for site in self._sites_of(class_name):
            for frame in self._runs_of(site):
                callee = self._evaluator.evaluate(site.call.callee, frame)
                if not isinstance(callee, Path) or normal(callee.path) != wanted:
                    continue
                name = self._name(site, frame)
                construct = Construct(site, frame)
                if isinstance(name, str):
                    found.named.setdefault(name, []).append(construct)
                else:
                    found.others.append((name, construct))
        return found

    def _name(self, site: Site, frame: Frame) -> Any:
        given = site.call.arguments[:1] or [value for name, value in site.call.named if name == "resource_name"]
        return self._evaluator.evaluate(given[0], frame) if given else UNKNOWN

    def _sites_of(self, name: str) -> Iterator[Site]:
        """The calls of a function or class, by whatever name a module imports it."""
        for module in self._modules.with_word(name):
            for each in dict.fromkeys((name, *module.aliases.get(name, ()))):
                yield from module.sites.get(each, ())

    def _sites_with(self, name: str) -> Iterator[Site]:
        """The calls that get a function by its name."""
        for module in self._modules.with_word(name):
            for each in dict.fromkeys((name, *module.aliases.get(name, ()))):
                yield from module.sites_by_argument.get(each, ())

    # How often a scope runs

    def _runs_of(self, site: Site) -> Iterator[Frame]:
        """The runs of a call: those of its scope, and for each element of the loops around it."""
        for frame in self._frames(site.scope):
            frames = [frame]
            for loop in site.loops:
                frames = [
                    self._evaluator.at(each, loop, element)
                    for each in frames
                    for element in iterated(self._evaluator, self._evaluator.evaluate(loop.over, each))
                ]
                _check(frames)
            yield from (each for each in frames if self._evaluator.holds(site.guards, each) is not False)

    def _frames(self, scope: Scope) -> list[Frame]:
        if scope not in self._runs:
            # What calls itself runs once more, with arguments that nobody tells.
            self._runs[scope] = []
            self._runs[scope] = _check(list(self._made_frames(scope)))
        return self._runs[scope]

    def _made_frames(self, scope: Scope) -> Iterator[Frame]:
        if scope.parent is None:
            yield self._evaluator.frame_of(self._modules.of_scope(scope))
        elif scope.kind != "function":
            yield from (Frame(scope, frame) for frame in self._frames(scope.parent))
        else:
            called = [frame for site in self._callers(scope) for frame in self._called(site, scope)]
            # A function that nothing calls by its name may be called by a framework, with whatever arguments.
            yield from called or (Frame(scope, frame, unknown_arguments(scope)) for frame in self._frames(scope.parent))

    def _callers(self, scope: Scope) -> Iterable[Site]:
        if not scope.name:
            return [scope.passed_to] if scope.passed_to else []
        if scope.parent and scope.parent.kind == "class" and scope.name in CONSTRUCTORS:
            return self._makers(scope.parent)
        return [*self._sites_of(scope.name), *self._sites_with(scope.name)]

    def _makers(self, made: Scope, extended: tuple[Scope, ...] = ()) -> Iterator[Site]:
        """The calls that may make objects of a class, or of one that extends it."""
        yield from self._sites_of(made.name)
        for module in self._modules.with_word(made.name):
            for scope in module.scopes:
                if scope.kind != "class" or made.name not in map(last_name, scope.bases) or scope in extended:
                    continue
                own = [unbound(each) for name in CONSTRUCTORS for each in scope.bindings.get(name, ())]
                if not own:
                    yield from self._makers(scope, (*extended, made, scope))
                for constructor in own:
                    if isinstance(constructor, Function):
                        yield from (
                            site for site in constructor.scope.sites if last_name(site.call.callee) in CONSTRUCTORS
                        )

    def _called(self, site: Site, scope: Scope) -> Iterator[Frame]:
        """The runs of a function that a call makes: its own, or those of a function that it is given."""
        evaluator = self._evaluator
        for frame in self._runs_of(site):
            callee = evaluator.evaluate(site.call.callee, frame)
            if isinstance(callee, Closure):
                if callee.scope is scope:
                    yield evaluator.frame(callee, *evaluator.arguments(site.call, frame))
                    continue
                if callee.scope.kind == "class" and scope.name in CONSTRUCTORS:
                    made = evaluator.called(callee, *evaluator.arguments(site.call, frame))
                    if isinstance(made, Instance) and made.made_in and made.made_in.scope is scope:
                        yield made.made_in
                    continue
            for argument in site.call.arguments:
                if not isinstance(argument, Function | Name):
                    continue
                given = evaluator.evaluate(argument, frame)
                if isinstance(given, Closure) and given.scope is scope:
                    for values in _values_given(callee):
                        yield evaluator.frame(given, values, WrittenMap({}, is_open=True))


def _values_given(callee: Any) -> Iterator[list[Any]]:
    """The arguments that a function gets which is itself an argument of another one."""
    if isinstance(callee, Method) and callee.name == "apply":
        yield [callee.receiver]
    elif isinstance(callee, Method) and callee.name in ("map", "foreach") and isinstance(callee.receiver, list):
        yield from ([each, index] for index, each in enumerate(callee.receiver))
    else:
        yield []


def _check(frames: list[Frame]) -> list[Frame]:
    if len(frames) > _MOST_RUNS:
        raise BudgetExceededError
    return frames


def _may_have_parent(construct: Construct, resource: Resource) -> bool:
    """Whether a call may make a resource with the parent that this one has, which only resource options can tell."""
    has_parent = "$" in resource.urn.split("::", 3)[2]
    call = construct.site.call
    is_object = len(call.arguments) > 1
    return not has_parent or is_object or any(name in ("opts", "") for name, _ in call.named)
