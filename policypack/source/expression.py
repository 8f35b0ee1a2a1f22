"""
What a program says, in one form for all languages: expressions, and the scopes that give their names a meaning.

Each language has a module that makes this form of a file, and one evaluator reads it. Where a language's module tells
the order in which things happen and their conditions, a name is what it was bound to last. Elsewhere, a name that is
bound twice is one of two things, whatever comes between.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final
from typing import Literal as OneOf

AT_THE_END: Final = sys.maxsize
"""When all that a scope says has happened (see Bound)."""
CONSTRUCTORS: Final = ("__init__", "constructor")
"""The methods that make objects, of all languages."""
MOST_GUARDS: Final = 30
"""Conditions of one statement that are told apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Expression:
    """
    A part of a program that has a value.

    :param line: the line where it begins; 0 for one that is not written down.
    """

    line: int


@dataclass(frozen=True, slots=True, eq=False)
class Opaque(Expression):
    """What this form has no word for."""


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expression):
    """A text, a number, a boolean, or None for what is absent."""

    value: str | int | float | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class Text(Expression):
    """A text that is put together: an f-string, a template, a sum."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spread(Expression):
    """The elements or entries of something, within a list, a map or a call."""

    of: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Elements(Expression):
    """A list."""

    elements: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Entries(Expression):
    """A map: keys and values, in which a value without a key is a Spread."""

    entries: tuple[tuple[Expression | None, Expression], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expression):
    """
    A name.

    :param at: the last of its bindings that may have happened (see Bound); 0 where the order is not known.
    """

    name: str
    at: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Former(Name):
    """What a name was before a change in place, which another binding stands for."""


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Expression):
    """An attribute of something."""

    of: Expression
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class Property(Attribute):
    """An attribute in a language in which it is the entry of a map, too, by exactly its name."""


@dataclass(frozen=True, slots=True, eq=False)
class Item(Expression):
    """An element of a list or an entry of a map."""

    of: Expression
    key: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Rest(Expression):
    """The elements of a list, or the characters of a text, from one on, and up to another one, if that is told."""

    of: Expression
    start: int
    end: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expression):
    """A call, of a class too. An argument may be a Spread, also one with a name, which is then empty."""

    callee: Expression
    arguments: tuple[Expression, ...]
    named: tuple[tuple[str, Expression], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Sum(Expression):
    """What `+` makes of two or more: a text, a number or a list."""

    terms: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class OneOfThese(Expression):
    """One of several, whatever decides which: a conditional, or a name that is bound twice."""

    choices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Choice(Expression):
    """One of two, by a condition."""

    test: Expression
    first: Expression
    second: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Comparison(Expression):
    """
    What two values are to each other: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in`, `not in`, `is` or `is not`.

    `===` and `!==` are those of JavaScript, of which nothing is told where types differ.
    """

    operator: str
    first: Expression
    second: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Not(Expression):
    """Whether a condition is not met."""

    test: Expression


@dataclass(frozen=True, slots=True, eq=False)
class And(Expression):
    """The first of two if it counts as nothing, else the second."""

    first: Expression
    second: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Inserted(Expression):
    """The text that a template with `%s` and values make."""

    template: Expression
    given: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Otherwise(Expression):
    """The first of two unless it counts as nothing, then the second: `a or b`, `a ?? b`."""

    first: Expression
    second: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Merged(Expression):
    """The entries of two maps, as of `a | b`."""

    first: Expression
    second: Expression


@dataclass(frozen=True, slots=True, eq=False)
class Loop:
    """
    Something that happens for each element of a list; a Python loop over a map takes its keys.

    :param is_shared: whether a function that is made in the loop sees the element that the loop is at when it runs, as
        in Python, and not when it was made.
    """

    over: Expression
    is_shared: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Each(Expression):
    """The element that a loop is at."""

    loop: Loop


@dataclass(frozen=True, slots=True, eq=False)
class Guard:
    """
    A condition under which something happens.

    :param test: a condition, or a loop, whose body this is.
    :param is_met: whether the condition is met.
    """

    test: Expression | Loop
    is_met: bool = True


UNKNOWN_CONDITION: Final = Guard(Opaque(0))
"""The condition of what may or may not happen."""


@dataclass(frozen=True, slots=True, eq=False)
class Bound(Expression):
    """
    What a name is bound to, or a function returns, and when.

    :param at: its place in the order of bindings of a module, from 1 on; 0 where that is not known.
    :param guards: the conditions; all are met.
    :param changes: whether the binding stands for a change in place of what the name was: `grown` where a list gets
        elements at its end, `changed` otherwise.
    """

    value: Expression
    at: int = 0
    guards: tuple[Guard, ...] = ()
    changes: OneOf["", "grown", "changed"] = ""


@dataclass(frozen=True, slots=True, eq=False)
class Imported(Expression):
    """
    What a module imports.

    :param files: the files of the program that it may come from, without their ends, in the order in which to look.
    :param module: the module that it comes from otherwise: `aws.s3` for `pulumi_aws.s3` as for `@pulumi/aws/s3`.
    :param name: the name there; empty for the module itself.
    :param former: where all names are imported, what the name is if the module has none like it.
    """

    files: tuple[str, ...]
    module: str
    name: str = ""
    former: Expression | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Parameter:
    """
    A parameter of a function.

    :param kind: how it gets its argument: by position or name, by name only, or all that are left of one of these.
    :param sees_others: whether its default is evaluated at each call, and may name the parameters before.
    """

    name: str
    default: Expression | None = None
    kind: OneOf["one", "named", "rest", "named rest"] = "one"
    sees_others: bool = False


@dataclass(slots=True, eq=False)
class Site:
    """
    A call that may make a resource, and where it stands.

    :param loops: the loops around it within its scope, from the outside in.
    :param guards: the conditions under which it is made.
    """

    call: Call
    scope: Scope
    loops: tuple[Loop, ...]
    guards: tuple[Guard, ...] = ()


@dataclass(slots=True, eq=False)
class Scope:
    """
    What a module, a function, a class or a comprehension says.

    :param kind: what it is.
    :param name: its name; empty for an anonymous function. That of a module is its file's path.
    :param bindings: all that each name is bound to, in whatever branch.
    :param changed: of a module, the names of lists and maps that are changed in place, in whatever scope, so that their
        literals do not tell what they are.
    :param grown: of a module, the names of lists that get further elements.
    :param changes_of_others: of a module, the names of lists and maps of other modules that it changes in place.
    :param results: what a function returns, in whatever branch.
    :param attributes: what the methods of a class bind the attributes of their object to.
    :param sites: the calls in it, without those in the scopes within.
    :param receiver: the name of a method's object: `self`, `this`. Empty for what is no method.
    :param bases: what a class extends.
    :param passed_to: the call that an anonymous function is an argument of.
    :param at: of a function, the last binding around it that has happened when it is defined (see Bound). It runs
        later, and sees what its names are then. 0 where the order is not known.
    :param is_property: of a method, whether it is called by the mere mention of its name.
    :param is_of_class: of a method, whether its receiver is the class.
    :param is_record: of a class, whether its constructor takes its fields, as that of a dataclass does.
    :param mutates: of a function, the parameters that it changes in place.
    :param stars: of a module, the modules of which it imports all names.
    """

    kind: OneOf["module", "function", "class", "comprehension"]
    name: str
    parent: Scope | None
    line: int = 0
    parameters: list[Parameter] = field(default_factory=list)
    bindings: dict[str, list[Expression]] = field(default_factory=dict)
    changed: set[str] = field(default_factory=set)
    grown: set[str] = field(default_factory=set)
    changes_of_others: set[str] = field(default_factory=set)
    results: list[Expression] = field(default_factory=list)
    attributes: dict[str, list[tuple[Scope, Expression]]] = field(default_factory=dict)
    sites: list[Site] = field(default_factory=list)
    receiver: str = ""
    bases: tuple[Expression, ...] = ()
    passed_to: Site | None = None
    at: int = 0
    is_property: bool = False
    is_of_class: bool = False
    is_record: bool = False
    mutates: set[str] = field(default_factory=set)
    stars: list[Imported] = field(default_factory=list)

    def bind(self, name: str, value: Expression) -> None:
        """Adds something that a name is bound to, which an anonymous function then has."""
        inner = unbound(value)
        if isinstance(inner, Function) and not inner.scope.name:
            inner.scope.name = name
        self.bindings.setdefault(name, []).append(value)

    def note_call(self, call: Call, loops: tuple[Loop, ...] = (), guards: tuple[Guard, ...] = ()) -> Call:
        """
        Notes that a call stands in it, and in which loops and under which conditions.

        :return: the call.
        """
        site = Site(call, self, loops, guards)
        self.sites.append(site)
        for argument in call.arguments:
            if isinstance(argument, Function) and not argument.scope.name:
                argument.scope.passed_to = site
        return call

    @property
    def module(self) -> Scope:
        """The scope of the module that it is in."""
        scope = self
        while scope.parent:
            scope = scope.parent
        return scope

    @property
    def file(self) -> str:
        """The file that it is in."""
        return self.module.name


@dataclass(frozen=True, slots=True, eq=False)
class Function(Expression):
    """A function, or a class."""

    scope: Scope


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Expression):
    """
    A list or, with keys, a map that is made from others.

    :param scope: the scope that it is; None for what a loop adds to a list or map.
    :param conditions: the conditions under which an element belongs to it.
    """

    scope: Scope | None
    loops: tuple[Loop, ...]
    key: Expression | None
    value: Expression
    conditions: tuple[Guard, ...] = ()


class Module:
    """
    What a file says.

    :param file: its name, as in Place.
    :param scopes: its own scope, and all within it.
    """

    def __init__(self, file: str, scopes: list[Scope]) -> None:
        self.file = file
        self.scopes = scopes

    @property
    def scope(self) -> Scope:
        """The scope of the file."""
        return self.scopes[0]

    @cached_property
    def sites(self) -> dict[str, list[Site]]:
        """The calls in it, by the last name of what is called."""
        sites: dict[str, list[Site]] = {}
        for site in self._sites():
            sites.setdefault(last_name(site.call.callee), []).append(site)
        return sites

    @cached_property
    def sites_by_argument(self) -> dict[str, list[Site]]:
        """The calls that get something by its name, by that name."""
        sites: dict[str, list[Site]] = {}
        for site in self._sites():
            for argument in site.call.arguments:
                if isinstance(argument, Name):
                    sites.setdefault(argument.name, []).append(site)
        return sites

    @cached_property
    def aliases(self) -> dict[str, list[str]]:
        """The names that it gives to what it imports, by their names there."""
        aliases: dict[str, list[str]] = {}
        for name, bound in self.scope.bindings.items():
            for each in map(unbound, bound):
                if isinstance(each, Imported) and each.name not in ("", name):
                    aliases.setdefault(each.name, []).append(name)
        return aliases

    def _sites(self) -> Iterator[Site]:
        for scope in self.scopes:
            yield from scope.sites


def unbound(value: Expression) -> Expression:
    """What is bound, without when it is."""
    return value.value if isinstance(value, Bound) else value


def last_name(callee: Expression) -> str:
    """The last name of what is called: `Bucket` of `aws.s3.Bucket`; empty where it has none."""
    return callee.name if isinstance(callee, Name | Attribute) else ""
