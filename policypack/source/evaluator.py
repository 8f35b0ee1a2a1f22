"""
Evaluates expressions of a program, as far as they tell by themselves. It runs nothing, and what it does not know is
unknown.

Where a condition is unknown, the value of an expression is what both branches have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from policypack.model import (
    UNKNOWN,
    Context,
    PartialText,
    Place,
    Reference,
    Secret,
    Unknown,
    WrittenMap,
    unwrapped,
)
from policypack.source import library
from policypack.source.aliases import aliased, sites_given
from policypack.source.budget import Budget
from policypack.source.conditions import compared, truth
from policypack.source.expression import (
    AT_THE_END,
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
    Former,
    Function,
    Guard,
    Imported,
    Inserted,
    Item,
    Loop,
    Merged,
    Module,
    Name,
    Not,
    OneOfThese,
    Otherwise,
    Parameter,
    Property,
    Rest,
    Scope,
    Site,
    Spread,
    Sum,
    Text,
    last_name,
    unbound,
)
from policypack.source.modules import Modules
from policypack.source.values import (
    SEVERAL,
    Closure,
    Frame,
    Instance,
    Made,
    Member,
    Method,
    Namespace,
    Output,
    Parent,
    Partial,
    Path,
    Several,
    camel,
    element_of,
    entry,
    inserted,
    may_be,
    merged,
    output,
    part_of,
    text_of,
)

_DEEPEST: Final = 100
"""Evaluations within each other; Python has room for about 1,000 calls, and each takes several."""
_MOST_IN_ONE_GO: Final = 20
"""Bindings of one name, each of which may be made of the one before, that are evaluated within each other."""
_ENUMERATIONS: Final = frozenset({"Enum", "IntEnum", "Flag", "IntFlag", "ReprEnum"})
"""Classes of Python whose members are not their values; those of StrEnum are."""
_OPERATORS: Final = frozenset(
    f"__{name}__"
    for name in (
        *("bool", "len", "eq", "ne", "lt", "le", "gt", "ge", "contains", "or", "ror", "mod", "mul", "rmul", "new"),
        *("getattr", "getattribute", "setattr"),
    )
)
"""Methods of Python by which a class says what conditions, operators and attributes of its objects mean."""
_DEEPEST_CLASS: Final = 20
"""Classes that extend each other."""
_LARGEST: Final = 2**31 - 1
"""The largest number that all languages add to without losing a part of it: an `int` of C# and Java."""
_OF_AWS: Final = ("aws.", "awsx.")
"""The packages whose resources have ids and ARNs of AWS."""


class Evaluator:
    """
    Evaluates the expressions of a program's modules.

    :param modules: what its files say.
    :param context: the run, whose config the program reads.
    """

    def __init__(self, modules: Modules, context: Context) -> None:
        self._modules = modules
        self.context = context
        self._frames: dict[Module, Frame] = {}
        self._changed_by_others: dict[str, bool] = {}
        self._changed_outside: dict[str, bool] = {}
        self._given: dict[Module, dict[str, list[Site]]] = {}
        self._depth = 0
        self._unnamed = 0
        self.budget = Budget(steps=0)

    def frame_of(self, module: Module) -> Frame:
        """The frame of a module."""
        if module not in self._frames:
            self._frames[module] = Frame(module.scope)
        return self._frames[module]

    def _frame_at(self, file: str) -> Frame | None:
        module = self._modules.get(file)
        return self.frame_of(module) if module else None

    def evaluate(self, expression: Expression, frame: Frame) -> Any:
        """
        What an expression comes to.

        :raises BudgetExceededError: where that takes too many steps.
        """
        self.budget.spend(1)
        if self._depth >= _DEEPEST:
            return UNKNOWN
        self._depth += 1
        try:
            return self._evaluate(expression, frame)
        finally:
            self._depth -= 1

    def _evaluate(self, expression: Expression, frame: Frame) -> Any:
        match expression:
            case Constant(value=value):
                return value
            case Name():
                return self._named(expression, frame)
            case Bound(value=value):
                return self.evaluate(value, frame)
            case Property(of=of, name=name):
                return self._property(self.evaluate(of, frame), name)
            case Attribute(of=of, name=name):
                return self.attribute(self.evaluate(of, frame), name)
            case Call():
                return self._call(expression, frame)
            case Text(parts=parts):
                return self.text(self.evaluate(part, frame) for part in parts)
            case Elements(elements=elements):
                return self._list(elements, frame)
            case Entries():
                return self._map(expression, frame)
            case Sum(terms=terms):
                values = [self.evaluate(term, frame) for term in terms]
                # Classes may say what `+` makes of their objects.
                return UNKNOWN if any(isinstance(each, Instance) for each in values) else self._sum(values)
            case Item(of=of, key=key):
                return self._item(self.evaluate(of, frame), self.evaluate(key, frame))
            case OneOfThese(choices=choices):
                return merged(self.evaluate(choice, frame) for choice in choices)
            case Choice(test=test, first=first, second=second):
                is_met = self.truth(test, frame)
                choices = (first, second) if is_met is None else (first,) if is_met else (second,)
                return merged([self.evaluate(choice, frame) for choice in choices])
            case Comparison() | Not():
                is_met = self.truth(expression, frame)
                return UNKNOWN if is_met is None else is_met
            case And(first=first, second=second):
                value = self.evaluate(first, frame)
                is_met = truth(value)
                return (
                    value if is_met is False else merged([*([] if is_met else [value]), self.evaluate(second, frame)])
                )
            case Inserted(template=template, given=given):
                text, values = self.evaluate(template, frame), self.evaluate(given, frame)
                if isinstance(values, list) and not isinstance(given, Elements):
                    # A list is one value, and a tuple is several.
                    return UNKNOWN
                if isinstance(text, int) and isinstance(values, int) and values:
                    return text % values
                return inserted(text, values) if isinstance(text, str) else UNKNOWN
            case Otherwise(first=first, second=second):
                return self._otherwise(self.evaluate(first, frame), second, frame)
            case Merged(first=first, second=second):
                return self._merged(self.evaluate(first, frame), self.evaluate(second, frame))
            case Function(scope=scope):
                return Closure(scope, frame)
            case Comprehension():
                return self._comprehension(expression, frame)
            case Each(loop=loop):
                return self._each(loop, frame)
            case Imported(name=name, former=former) if former:
                found = self._in_star(expression, name, frame.scope.module)
                return self.evaluate(former, frame) if found is None else found
            case Imported():
                return self._imported(expression, frame.scope.module)
            case Rest(of=of, start=start, end=end):
                return part_of(self.evaluate(of, frame), start, end)
        return UNKNOWN

    # Conditions

    def truth(self, test: Expression, frame: Frame) -> bool | None:
        """Whether a condition is met; None where nobody can tell."""
        match test:
            case Not(test=inner):
                is_met = self.truth(inner, frame)
                return None if is_met is None else not is_met
            case And(first=first, second=second):
                both = {self.truth(first, frame), self.truth(second, frame)}
                return False if False in both else None if None in both else True
            case Otherwise(first=first, second=second):
                both = {self.truth(first, frame), self.truth(second, frame)}
                return True if True in both else None if None in both else False
            case Comparison(operator=operator, first=first, second=second):
                return compared(operator, self.evaluate(first, frame), self.evaluate(second, frame))
        return truth(self.evaluate(test, frame))

    def holds(self, guards: Iterable[Guard], frame: Frame) -> bool | None:
        """Whether all conditions are met under which something happens; None where nobody can tell."""
        found: bool | None = True
        for guard in guards:
            if isinstance(guard.test, Loop):
                is_met = True if guard.test in frame.elements else None
            else:
                is_met = self.truth(guard.test, frame)
            if is_met is None:
                found = None
            elif is_met is not guard.is_met:
                return False
        return found

    # Texts, lists and maps

    def text(self, parts: Iterable[Any]) -> Any:
        """The text that some values make (see values.text_of)."""
        text = text_of(parts)
        self.budget.spend((len(text) if isinstance(text, str) else 0) // 50)
        return text

    def _list(self, elements: Sequence[Expression], frame: Frame) -> list[Any]:
        found: list[Any] = []
        for element in elements:
            if isinstance(element, Spread):
                spread = self._spread(self.evaluate(element.of, frame))
                self.budget.spend(len(spread))
                found += spread
            else:
                found.append(self.evaluate(element, frame))
        return found

    def _spread(self, value: Any) -> list[Any]:
        elements = self.elements_of(value)
        return [SEVERAL] if elements is None else elements

    def elements_of(self, value: Any) -> list[Any] | None:
        """The elements of a list, or the keys of a map; None where they are unknown."""
        if isinstance(value, Secret):
            inner = self.elements_of(value.value)
            return None if inner is None else [Secret(each) for each in inner]
        if isinstance(value, WrittenMap):
            return [*value, *([SEVERAL] if value.is_open else [])]
        return value if isinstance(value, list) else None

    def _map(self, expression: Entries, frame: Frame) -> WrittenMap:
        file = frame.scope.file
        entries: dict[str, Any] = {}
        places: dict[str, Place] = {}
        is_open = False
        for key, value in expression.entries:
            if key is None:
                spread = self.evaluate(value.of if isinstance(value, Spread) else value, frame)
                if isinstance(spread, WrittenMap) and not spread.is_open:
                    entries.update(spread)
                    places.update(spread.places)
                elif spread is not None:
                    known = spread if isinstance(spread, WrittenMap) else {}
                    entries = {**dict.fromkeys(entries, UNKNOWN), **known}
                    is_open = True
                continue
            name = self.evaluate(key, frame)
            if isinstance(name, str | int | float) and not isinstance(name, bool):
                entries[str(name)] = self.evaluate(value, frame)
                places[str(name)] = Place(file, value.line or expression.line)
            else:
                # It may be any of the keys before.
                fits = [each for each in entries if not isinstance(name, PartialText) or may_be(name, each)]
                entries.update(dict.fromkeys(fits, UNKNOWN))
                is_open = True
        self.budget.spend(len(entries) // 10)
        return WrittenMap(entries, Place(file, expression.line), places, is_open=is_open)

    def _merged(self, first: Any, second: Any) -> Any:
        """The entries of two maps, or a list with other elements in the place of its own."""
        if not isinstance(first, list) or not isinstance(second, WrittenMap):
            return self.merged_maps([first, second])
        indices = {int(key) for key in second if key.isdecimal() and len(key) < 7}
        is_told = len(indices) == len(second) and not second.is_open and SEVERAL not in first
        return [second.get(str(index), each) for index, each in enumerate(first)] if is_told else [SEVERAL]

    def merged_maps(self, values: Sequence[Any]) -> Any:
        """The entries of several maps, the later ones in the place of the earlier; UNKNOWN where one is no map."""
        entries: dict[str, Any] = {}
        places: dict[str, Place] = {}
        is_open = False
        for value in values:
            if not isinstance(value, WrittenMap):
                return UNKNOWN
            if value.is_open:
                entries = dict.fromkeys(entries, UNKNOWN)
                is_open = True
            entries.update(value)
            places.update(value.places)
        return WrittenMap(entries, values[0].place, places, is_open=is_open)

    def _sum(self, values: list[Any]) -> Any:
        if any(isinstance(value, list) for value in values):
            return self._sum_of_lists(values)
        texts = (index for index, value in enumerate(values) if isinstance(unwrapped(value), str | PartialText))
        first = next(texts, len(values))
        if first == len(values) or any(isinstance(unwrapped(value), int | float) for value in values[:first]):
            # Numbers are added up until there is a text: `1 + 2 + "px"` is "3px" where it is anything.
            values = [_sum_of_numbers(values[:first]), *values[first:]]
        return self.text(values) if len(values) > 1 else values[0]

    def _sum_of_lists(self, values: list[Any]) -> Any:
        others = [value for value in values if not isinstance(value, list | Secret)]
        if any(not isinstance(value, Unknown) for value in others):
            return UNKNOWN
        found = [element for value in values for element in self._spread(value)]
        self.budget.spend(len(found) // 10)
        # Besides elements of which there may be none, there is only a value that may be no list.
        return UNKNOWN if others and all(each is SEVERAL for each in found) else found

    def _item(self, value: Any, key: Any) -> Any:
        if isinstance(value, Secret):
            return Secret(self._item(value.value, key))
        if isinstance(value, list) and isinstance(key, int):
            index = key if key >= 0 else len(value) + key
            if SEVERAL in value or not 0 <= index < len(value):
                is_before = 0 <= key < len(value) and SEVERAL not in value[: key + 1]
                return value[key] if is_before else UNKNOWN
            return value[index]
        if isinstance(value, WrittenMap) and isinstance(key, str):
            return value.get(key, UNKNOWN if value.is_open else None)
        if isinstance(value, Reference | Output) and isinstance(key, str | int):
            return element_of(value, key)
        if isinstance(value, Instance | Made) and isinstance(key, str):
            return self.attribute(value, key)
        return UNKNOWN

    def _otherwise(self, first: Any, second: Expression, frame: Frame) -> Any:
        if first is None:
            return self.evaluate(second, frame)
        if truth(first) or isinstance(first, Reference | Output | Path):
            return first
        # What is empty is nothing in one language or operator, and something in another.
        return merged((first, self.evaluate(second, frame)))

    def _each(self, loop: Loop, frame: Frame) -> Any:
        at: Frame | None = frame
        while at:
            if loop in at.elements:
                return at.elements[loop]
            at = at.parent
        elements = self.elements_of(self.evaluate(loop.over, frame))
        return merged(elements) if elements else UNKNOWN

    def _comprehension(self, made: Comprehension, frame: Frame) -> Any:
        found: list[tuple[Any, Any]] = []
        inner = Frame(made.scope, frame) if made.scope else frame
        is_open = not self._runs(made, inner, 0, found)
        if made.key is None:
            return [value for _, value in found] + [SEVERAL] * is_open
        entries: dict[str, Any] = {}
        for key, value in found:
            if isinstance(key, str | int | float) and not isinstance(key, bool):
                # An entry that may not be there may not take the place of one that is.
                entries[str(key)] = UNKNOWN if is_open else value
            else:
                is_open = True
        if is_open:
            entries = dict.fromkeys(entries, UNKNOWN)
        return WrittenMap(entries, Place(frame.scope.file, made.line), is_open=is_open)

    def _runs(self, made: Comprehension, frame: Frame, index: int, found: list[tuple[Any, Any]]) -> bool:
        """Adds the elements of a comprehension to `found`; out: whether these are all."""
        if index == len(made.loops):
            return self._add_element(made, frame, found)
        elements = self.elements_of(self.evaluate(made.loops[index].over, frame))
        if elements is None:
            return False
        is_all = True
        for element in elements:
            self.budget.spend(1)
            if isinstance(element, Several):
                found += [(None, SEVERAL)] if made.key is None else []
                is_all &= made.key is None
            else:
                is_all &= self._runs(made, self.at(frame, made.loops[index], element), index + 1, found)
        return is_all

    def _add_element(self, made: Comprehension, frame: Frame, found: list[tuple[Any, Any]]) -> bool:
        holds = self.holds(made.conditions, frame)
        if holds is False:
            return True
        if made.key:
            found.append((self.evaluate(made.key, frame), self.evaluate(made.value, frame)))
            return bool(holds)
        if holds is None:
            found.append((None, SEVERAL))
        elif isinstance(made.value, Spread):
            found += [(None, each) for each in self._spread(self.evaluate(made.value.of, frame))]
        else:
            found.append((None, self.evaluate(made.value, frame)))
        return True

    @staticmethod
    def at(frame: Frame, loop: Loop, element: Any) -> Frame:
        """A frame in which a loop is at an element."""
        elements = {**frame.elements, loop: element}
        return Frame(frame.scope, frame.parent, frame.values, elements, frame.receiver, outside=frame.outside or frame)

    # Names

    def _named(self, name: Name, frame: Frame) -> Any:
        at: Frame | None = frame
        when, is_later = name.at, False
        while at:
            scope = at.scope
            # The names of a class are not those of its methods.
            if at is frame or scope.kind != "class":
                if scope.receiver == name.name:
                    return at.receiver
                if name.name in at.values or name.name in scope.bindings:
                    return self._bound(name.name, at, when, is_later=is_later, is_former=isinstance(name, Former))
            parent = at.parent
            if scope.kind == "function":
                when, is_later = scope.at, bool(scope.at)
                if parent and parent.outside and any(loop.is_shared for loop in parent.elements):
                    # It runs when the loops around it are over.
                    parent = parent.outside
            at = parent
        shared = self._modules.sharing(frame.scope.file, name.name)
        if shared:
            return merged(self._bound(name.name, self.frame_of(each)) for each in shared)
        return self._of_star(name.name, frame.scope.module) if frame.scope.module.stars else Path(name.name)

    def _of_star(self, name: str, importer: Scope) -> Any:
        """What a name is that a module does not bind, but may have from `from module import *`."""
        found: Any = Path(name)
        for star in importer.stars if "." not in name else ():
            value = self._in_star(star, name, importer)
            found = found if value is None else value
        return found

    def _in_star(self, star: Imported, name: str, importer: Scope) -> Any:
        """What a name is in a module of which all names are imported; None where it has no such name."""
        frame = next(filter(None, map(self._frame_at, star.files)), None)
        if not frame or frame.scope is importer or frame.scope.stars or "__all__" in frame.scope.bindings:
            return UNKNOWN
        return self._shared(name, frame) if name in frame.scope.bindings else None

    def _bound(
        self,
        name: str,
        frame: Frame,
        when: int = AT_THE_END,
        *,
        is_later: bool = False,
        is_former: bool = False,
    ) -> Any:
        """
        What a name is.

        :param when: after which binding of its module; 0 where that is not known.
        :param is_later: whether what is bound later may be it, too.
        :param is_former: whether later changes in place do not matter.
        """
        bound = frame.scope.bindings.get(name, [])
        count = sum(isinstance(each, Bound) and each.at <= when for each in bound) if when else -1
        key = (name, count, is_later, is_former)
        if key not in frame.known:
            # While its own value is evaluated, the name stands for its argument, or for an unknown value.
            frame.known[key] = frame.values.get(name, UNKNOWN)
            for each in bound[: max(count - 1, 0) : _MOST_IN_ONE_GO]:
                if isinstance(each, Bound):
                    self._bound(name, frame, each.at, is_former=True)
            value = merged(self._reaching(name, frame, when, is_later=is_later))
            frame.known[key] = value if is_former else self._as_changed(name, frame, value, when)
        return frame.known[key]

    def _reaching(self, name: str, frame: Frame, when: int, *, is_later: bool) -> list[Any]:
        """All that a name may be."""
        bound = frame.scope.bindings.get(name, [])
        argument = [frame.values[name]] if name in frame.values else []
        self.budget.spend(len(bound) // 10)
        if not when:
            return [self.evaluate(each, frame) for each in _at_loops(bound, frame)] + argument
        found: list[Any] = []
        for each in reversed(bound):
            if not isinstance(each, Bound) or (is_later and each.at > when):
                found.append(self.evaluate(each, frame))
        for each in reversed(bound):
            if not isinstance(each, Bound) or each.at > when:
                continue
            holds = self.holds(each.guards, frame)
            if holds is not False:
                found.append(self.evaluate(each, frame))
            if holds:
                return found
        return found + argument

    def _as_changed(self, name: str, frame: Frame, value: Any, when: int) -> Any:
        """A list or map, as far as it stays what it was made."""
        if not isinstance(value, list | WrittenMap):
            return value
        changes = self._changes(name, frame, when)
        if isinstance(value, list) and changes:
            return [*value, SEVERAL] if changes == {"grown"} else [SEVERAL]
        if isinstance(value, WrittenMap) and "changed" in changes:
            return WrittenMap({}, value.place, is_open=True)
        return value

    def _changes(self, name: str, frame: Frame, when: int) -> set[str]:
        """How a list or map may be changed in place, after a certain binding or at any time."""
        scope = frame.scope
        root = self._modules.of_scope(scope.module)
        found = {how for how in ("changed", "grown") if name in getattr(root.scope, how)}
        if scope is root.scope and self._modules.is_shared(scope.file) and self._is_changed_by_others(name):
            found.add("changed")
        ordered = [each for each in scope.bindings.get(name, []) if isinstance(each, Bound) and each.at > when]
        for index, each in enumerate(ordered):
            is_new = any(
                not other.changes
                and each.guards[: len(other.guards)] == other.guards
                and name not in aliased(other.value)
                for other in ordered[:index]
            )
            if each.changes and not is_new:
                found.add(each.changes)
        if root not in self._given:
            self._given[root] = sites_given(root)
        sites = self._given[root].get(name, ())
        self.budget.spend(len(sites))
        functions = (each for site in sites for each in (site.call.callee, *site.call.arguments))
        if any(isinstance(each, Name | Attribute) and self._is_mutator(each, root) for each in functions):
            found.add("changed")
        return found

    def _shared(self, name: str, frame: Frame) -> Any:
        """What a name of a module is for others, which may change it in place, too."""
        value = self._bound(name, frame)
        if isinstance(value, list | WrittenMap) and self._is_changed_by_others(name):
            return [SEVERAL] if isinstance(value, list) else WrittenMap({}, value.place, is_open=True)
        is_plain = isinstance(value, str | int | float | PartialText | None)
        return UNKNOWN if is_plain and self._is_changed_outside(name) else value

    def _is_changed_by_others(self, name: str) -> bool:
        if name not in self._changed_by_others:
            self._changed_by_others[name] = any(
                name in module.scope.changes_of_others for module in self._modules.with_word(name)
            )
        return self._changed_by_others[name]

    def _is_changed_outside(self, attribute: str) -> bool:
        """Whether the program may change what an attribute is, or what it holds, not through a method's own object."""
        if attribute not in self._changed_outside:
            modules = self._modules.changing(attribute)
            self._changed_outside[attribute] = self._modules.sets_any_attribute or any(
                attribute in module.scope.changes_of_others for module in modules
            )
        return self._changed_outside[attribute]

    def _is_mutator(self, callee: Expression, module: Module) -> bool:
        """Whether a function of another module changes in place what it is given."""
        base = callee
        while isinstance(base, Attribute):
            base = base.of
        bound = module.scope.bindings.get(base.name, ()) if isinstance(base, Name) else ()
        if not any(isinstance(unbound(each), Imported) for each in bound):
            return False
        called = self.evaluate(callee, self.frame_of(module))
        if not isinstance(called, Closure):
            return False
        constructor = self._constructor(Frame(called.scope, called.frame)) if called.scope.kind == "class" else called
        return constructor is not None and bool(constructor.scope.mutates)

    def _imported(self, imported: Imported, importer: Scope) -> Any:
        for file in imported.files:
            if frame := self._frame_at(file):
                if not imported.name:
                    return Namespace(frame)
                # `from . import name` in a package's own __init__.py means a module of the package.
                if imported.name in frame.scope.bindings and frame.scope is not importer:
                    return self._shared(imported.name, frame)
            # `from package import module`
            if imported.name and (frame := self._frame_at(f"{file.removesuffix('/__init__')}/{imported.name}")):
                return Namespace(frame)
        if not imported.module:
            return UNKNOWN
        return Path(f"{imported.module}.{imported.name}" if imported.name else imported.module)

    # Attributes

    def attribute(self, value: Any, name: str) -> Any:
        """An attribute of a value."""
        if isinstance(value, Secret):
            found = self.attribute(value.value, name)
            return Method(value, found.name) if isinstance(found, Method) else Secret(found)
        if isinstance(value, Path):
            return Path(f"{value.path}.{name}")
        if isinstance(value, Namespace):
            return self._of_module(value.frame, name)
        if isinstance(value, Instance):
            return self._of_instance(value, name)
        if isinstance(value, Parent):
            return self._of_bases(value.instance, value.class_frame, name)
        if isinstance(value, Closure) and value.scope.kind == "class":
            return self._of_class(value, name)
        if isinstance(value, Made):
            return self._of_resource(value, name)
        if isinstance(value, Member):
            return value.value if name == "value" else UNKNOWN
        if isinstance(value, WrittenMap) and (name in value or not library.method_name(name)):
            return entry(value, name)
        if library.method_name(name):
            return Method(value, library.method_name(name))
        if isinstance(value, list) and name == "length" and SEVERAL not in value:
            return len(value)
        if isinstance(value, str | int) and name == "value":
            # Of a member of an enumeration whose members are texts.
            return value
        if isinstance(value, Output):
            return output(value.label, camel(name), value.path)
        return output(value.label, camel(name)) if isinstance(value, Reference) else UNKNOWN

    def _property(self, value: Any, name: str) -> Any:
        """An attribute of a value in a language in which maps have their entries as attributes."""
        if isinstance(value, WrittenMap) and (name in value or not library.method_name(name)):
            return self._item(value, name)
        return UNKNOWN if isinstance(value, str | int) and name == "value" else self.attribute(value, name)

    def _of_module(self, frame: Frame, name: str) -> Any:
        if name in frame.scope.bindings and self._is_changed_outside(name):
            return UNKNOWN
        if name in frame.scope.bindings:
            return self._shared(name, frame)
        folder = frame.scope.file.rpartition("/")[0]
        inner = self._frame_at(f"{folder}/{name}" if folder else name)
        return Namespace(inner) if inner else UNKNOWN

    def _of_class(self, made: Closure, name: str) -> Any:
        class_frame = Frame(made.scope, made.frame)
        if name not in made.scope.bindings:
            return self._of_bases(made, class_frame, name)
        value = self._bound(name, class_frame)
        if self._is_changed_outside(name) or (
            isinstance(value, list | WrittenMap) and self._is_changed_outside(f".{name}")
        ):
            return UNKNOWN
        if not isinstance(value, Closure) or not value.scope.receiver:
            return Member(value) if self._is_enumeration(class_frame) else value
        return Closure(value.scope, value.frame, made) if value.scope.is_of_class else UNKNOWN

    def _is_enumeration(self, class_frame: Frame, deep: int = 0) -> bool:
        """Whether a class is an enumeration whose members are not their values."""
        return any(last_name(base) in _ENUMERATIONS for base in class_frame.scope.bases) or (
            deep < _DEEPEST_CLASS
            and any(self._is_enumeration(Frame(base.scope, base.frame), deep + 1) for base in self._bases(class_frame))
        )

    def _of_resource(self, made: Made, name: str) -> Any:
        is_of_aws = made.path.startswith(_OF_AWS)
        given = made.argument(name)
        if given is not None:
            return given if is_of_aws or not self._is_changed_outside(name) else UNKNOWN
        if not is_of_aws:
            return UNKNOWN
        return output(made.label, camel(name), "" if made.is_looked_up else made.path, made.name)

    def _of_instance(self, instance: Instance, name: str) -> Any:
        if name not in instance.attributes:
            instance.attributes[name] = UNKNOWN
            if self._is_changed_outside(name):
                return UNKNOWN
            instance.attributes[name] = self._attribute_of(instance, instance.frame, name)
        return instance.attributes[name]

    def _attribute_of(self, instance: Any, class_frame: Frame, name: str) -> Any:
        if isinstance(instance, Instance):
            assigned = list(self._assigned(instance, class_frame, name))
            if assigned:
                return merged(assigned)
        return self._of_class_or_bases(instance, class_frame, name)

    def _of_class_or_bases(self, instance: Any, class_frame: Frame, name: str) -> Any:
        scope = class_frame.scope
        if name in scope.bindings:
            value = self._bound(name, class_frame)
            if not isinstance(value, Closure):
                return value
            method = Closure(value.scope, value.frame, instance)
            return self.called(method, [], {}) if value.scope.is_property else method
        return self._of_bases(instance, class_frame, name)

    def _of_bases(self, instance: Any, class_frame: Frame, name: str) -> Any:
        bases = [Frame(base.scope, base.frame) for base in self._bases(class_frame)]
        having = [each for each in bases if self._has(each, name)]
        # Of several bases with a name, it depends on the order in which Python looks.
        return self._attribute_of(instance, having[0], name) if len(having) == 1 else UNKNOWN

    def _has(self, class_frame: Frame, name: str, deep: int = 0) -> bool:
        """Whether a class, or one that it extends, says what an attribute is."""
        scope = class_frame.scope
        if name in scope.attributes or name in scope.bindings:
            return True
        return deep < _DEEPEST_CLASS and any(
            self._has(Frame(base.scope, base.frame), name, deep + 1) for base in self._bases(class_frame)
        )

    def _bases(self, class_frame: Frame) -> Iterator[Closure]:
        """The classes of the program that a class extends."""
        for base in class_frame.scope.bases:
            self.budget.spend(10)
            found = self.evaluate(base, class_frame.parent or class_frame)
            if isinstance(found, Closure) and found.scope is not class_frame.scope:
                yield found

    def _assigned(self, instance: Instance, class_frame: Frame, name: str) -> Iterator[Any]:
        """All that methods bind an attribute of an object to, those of its class's bases too."""
        is_replaced = False
        for method, value in class_frame.scope.attributes.get(name, ()):
            is_replaced |= _replaces(method, value, name)
            frame = self.method_frame(instance, class_frame, method)
            if not isinstance(value, Bound) or self.holds(value.guards, frame) is not False:
                yield self.evaluate(value, frame)
        if not is_replaced:
            for base in self._bases(class_frame):
                yield from self._assigned(instance, Frame(base.scope, base.frame), name)

    def method_frame(self, instance: Instance, class_frame: Frame, method: Scope) -> Frame:
        """A frame of a method of which nobody tells the arguments; that of the constructor where it is that."""
        made_in = instance.made_in
        seen: set[Scope] = set()
        while made_in and made_in.scope not in seen:
            seen.add(made_in.scope)
            if made_in.scope is method:
                return made_in
            if _is_record(method) and _is_record(made_in.scope):
                return Frame(method, class_frame, made_in.values, receiver=instance)
            made_in = self._constructed_by(made_in) if method.name in CONSTRUCTORS else None
        return Frame(method, class_frame, unknown_arguments(method), receiver=instance)

    def _constructed_by(self, frame: Frame) -> Frame | None:
        """The frame of the constructor that a constructor calls: `super().__init__(...)`."""
        for site in frame.scope.sites:
            callee = site.call.callee
            if isinstance(callee, Attribute) and callee.name in CONSTRUCTORS and isinstance(callee.of, Call):
                base = self.evaluate(callee, frame)
                if isinstance(base, Closure):
                    return self.frame(base, *self.arguments(site.call, frame))
        return None

    # Calls

    def _call(self, call: Call, frame: Frame) -> Any:
        callee = self.evaluate(call.callee, frame)
        if isinstance(callee, Closure | Method | Partial):
            return self.invoked(callee, *self.arguments(call, frame))
        if isinstance(callee, Path):
            return self._of_library(callee.path, call, frame)
        return UNKNOWN

    def invoked(self, callee: Any, given: Sequence[Any], named: WrittenMap) -> Any:
        """What a function makes of arguments, be it of the program or of a library."""
        if isinstance(callee, Closure):
            return self.called(callee, given, named)
        if isinstance(callee, Method):
            return library.of_method(self, callee, given, named)
        if isinstance(callee, Partial):
            self.budget.spend(1)
            by_name = self.merged_maps([callee.named, named])
            return self.invoked(callee.function, [*callee.given, *given], by_name)
        if isinstance(callee, Path) and (function := library.function(callee.path)):
            return function(self, given, named)
        return UNKNOWN

    def arguments(self, call: Call, frame: Frame) -> tuple[list[Any], WrittenMap]:
        """The arguments of a call: those by position, and those by name."""
        entries = tuple((Constant(0, name) if name else None, value) for name, value in call.named)
        return self._list(call.arguments, frame), self._map(Entries(call.line, entries), frame)

    def called(self, function: Closure, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """What a function or class of the program makes of arguments."""
        if function.scope.kind == "class":
            return self.instance(function, given, named)
        frame = self.frame(function, given, named)
        if not function.scope.results:
            return None
        found: list[Any] = []
        for result in function.scope.results:
            holds = self.holds(result.guards, frame) if isinstance(result, Bound) else None
            if holds is not False:
                found.append(self.evaluate(result, frame))
            if holds:
                break
        return merged(found)

    def instance(self, made: Closure, given: Sequence[Any], named: Mapping[str, Any]) -> Any:
        """An object of a class of the program; a map where the class says no more than what is in it."""
        if any(last_name(base) == "TypedDict" for base in made.scope.bases):
            return named
        class_frame = Frame(made.scope, made.frame)
        if self._has_operators(class_frame):
            return UNKNOWN
        constructor = self._constructor(class_frame)
        if constructor is None:
            return Instance(class_frame, None)
        scope = constructor.scope
        frame = self.frame(constructor, given, named, self._fields(class_frame) if _is_record(scope) else None)
        instance = Instance(class_frame, frame)
        frame.receiver = instance
        return instance

    def _has_operators(self, class_frame: Frame, deep: int = 0) -> bool:
        """Whether a class, or one that it extends, says what operators make of its objects."""
        return not _OPERATORS.isdisjoint(class_frame.scope.bindings) or (
            deep < _DEEPEST_CLASS
            and any(self._has_operators(Frame(base.scope, base.frame), deep + 1) for base in self._bases(class_frame))
        )

    def _constructor(self, class_frame: Frame) -> Closure | None:
        for name in CONSTRUCTORS:
            for each in class_frame.scope.bindings.get(name, ()):
                if isinstance(function := unbound(each), Function):
                    return Closure(function.scope, class_frame)
        for base in self._bases(class_frame):
            if found := self._constructor(Frame(base.scope, base.frame)):
                return found
        return None

    def fields(self, value: Any) -> Any:
        """The fields of an object whose constructor takes them, as a map, and so for the objects in it."""
        if isinstance(value, list):
            return [self.fields(each) for each in value]
        if not isinstance(value, Instance) or not value.made_in or not _is_record(value.made_in.scope):
            return value
        self.budget.spend(1)
        return WrittenMap({name: self.fields(self.attribute(value, name)) for name in value.made_in.values})

    def _fields(self, class_frame: Frame) -> list[Parameter]:
        """The parameters of the constructor of a class that takes its fields, those of its bases first."""
        fields: dict[str, Parameter] = {}
        for base in self._bases(class_frame):
            fields.update((each.name, each) for each in self._fields(Frame(base.scope, base.frame)))
        for each in class_frame.scope.bindings.get("__init__", ()) if class_frame.scope.is_record else ():
            if isinstance(function := unbound(each), Function):
                fields.update((each.name, each) for each in function.scope.parameters)
        return list(fields.values())

    def frame(
        self,
        function: Closure,
        given: Sequence[Any],
        named: Mapping[str, Any],
        parameters: Sequence[Parameter] | None = None,
    ) -> Frame:
        """A frame of a function, with arguments for its parameters."""
        scope = function.scope
        values: dict[str, Any] = {}
        frame = Frame(scope, function.frame, values, receiver=function.receiver)
        left = list(given)
        by_name = dict(named)
        is_open = isinstance(named, WrittenMap) and named.is_open
        for parameter in scope.parameters if parameters is None else parameters:
            if parameter.kind == "rest":
                values[parameter.name] = left
                left = []
            elif parameter.kind == "named rest":
                values[parameter.name] = WrittenMap(by_name, is_open=is_open)
            elif left and parameter.kind == "one":
                # What is behind any number of elements may be for any parameter.
                values[parameter.name] = UNKNOWN if SEVERAL in left[:1] else left.pop(0)
                if parameter.default and parameter.sees_others and values[parameter.name] is None:
                    # In JavaScript, the default stands for undefined, and not for null.
                    values[parameter.name] = UNKNOWN
            elif parameter.name in by_name:
                values[parameter.name] = by_name.pop(parameter.name)
            elif is_open:
                values[parameter.name] = UNKNOWN
            else:
                default = parameter.default
                defined_in = frame if parameter.sees_others or function.frame is None else function.frame
                value = self.evaluate(default, defined_in) if default else None
                is_kept = parameter.name in scope.mutates and isinstance(value, list | WrittenMap)
                # Earlier calls may have changed it.
                values[parameter.name] = UNKNOWN if is_kept and not parameter.sees_others else value
        return frame

    def _of_library(self, path: str, call: Call, frame: Frame) -> Any:
        if path == "super" and not call.arguments:
            return _parent_in(frame)
        if function := library.function(path):
            return function(self, *self.arguments(call, frame))
        package, _, name = path.rpartition(".")
        if name == "get" and package.rpartition(".")[2][:1].isupper():
            return Made(package, f"{package}@{frame.scope.file}:{call.line}", lambda _: None, is_looked_up=True)
        if not name[:1].isupper():
            is_fetched = path.startswith("aws.") and name.startswith("get")
            given = [each for each in call.arguments if not isinstance(each, Entries) or each.entries]
            label = f"{path}@{frame.scope.file}:{call.line}"
            return Output(label, "" if given or call.named else path) if is_fetched else UNKNOWN
        if path.startswith("pulumi."):
            return UNKNOWN
        if name.endswith("Args"):
            _, named = self.arguments(call, frame)
            places = {camel(key): place for key, place in named.places.items()}
            return WrittenMap(
                {camel(key): value for key, value in named.items()}, named.place, places, is_open=named.is_open
            )
        own_name = self.evaluate(call.arguments[0], frame) if call.arguments else None
        if isinstance(own_name, str):
            return Made(path, f"{path} '{own_name}'", partial(self.argument, call, frame), own_name)
        self._unnamed += 1
        label = f"{path}@{frame.scope.file}:{call.line}:{self._unnamed}"
        return Made(path, label, partial(self.argument, call, frame))

    def argument(self, call: Call, frame: Frame, name: str) -> Any:
        """An argument of a call that makes a resource, by the name of the property; None where it is absent."""
        named = tuple((Constant(0, key) if key else None, value) for key, value in call.named if key != "args")
        objects = [*call.arguments[1:2], *(value for key, value in call.named if key == "args")]
        found = self._argument_in(Entries(call.line, named), frame, name)
        if found is None and objects:
            found = self._argument_in(objects[0], frame, name)
        return found

    def _argument_in(self, written: Expression, frame: Frame, name: str) -> Any:
        if not isinstance(written, Entries):
            value = self.evaluate(written, frame)
            if isinstance(value, WrittenMap):
                return entry(value, name)
            return None if value is None else UNKNOWN
        for key, value in reversed(written.entries):
            if key is None:
                spread = self.evaluate(value.of if isinstance(value, Spread) else value, frame)
                found = entry(spread, name) if isinstance(spread, WrittenMap) else UNKNOWN if spread else None
                if found is not None:
                    return found
            else:
                text = self.evaluate(key, frame)
                if not isinstance(text, str):
                    return UNKNOWN
                if camel(text) == camel(name):
                    return self.evaluate(value, frame)
        return None


def unknown_arguments(scope: Scope) -> dict[str, Any]:
    """Arguments of a function of which nothing is known."""
    return {parameter.name: UNKNOWN for parameter in scope.parameters}


def _at_loops(bound: list[Expression], frame: Frame) -> list[Expression]:
    """What a name is bound to, without what loops that the frame is not in bind it to, where one that it is in does."""
    loops = [_loop_of(each) for each in bound]
    if not any(loop in frame.elements for loop in loops if loop):
        return bound
    return [each for each, loop in zip(bound, loops, strict=True) if loop is None or loop in frame.elements]


def _sum_of_numbers(values: list[Any]) -> Any:
    """What numbers come to; UNKNOWN also where a language would round the sum, or have no room for it."""
    if any(isinstance(value, Secret) for value in values):
        return Secret(UNKNOWN)
    are_known = all(isinstance(value, int | float) and abs(value) <= _LARGEST for value in values)
    total = sum(values) if are_known else _LARGEST + 1
    return total if abs(total) <= _LARGEST else UNKNOWN


def _loop_of(expression: Expression) -> Loop | None:
    """The loop whose element, or a part of it, an expression is."""
    expression = unbound(expression)
    while isinstance(expression, Item | Attribute | Rest):
        expression = expression.of
    return expression.loop if isinstance(expression, Each) else None


def _replaces(method: Scope, value: Expression, name: str) -> bool:
    """Whether a constructor surely binds an attribute after those of its class's bases have."""
    if method.name not in CONSTRUCTORS:
        return False
    if _is_record(method):
        return True
    bound = method.bindings.get(f"{method.receiver}.{name}", ())
    first = next((each.line for each in bound if isinstance(each, Bound) and not each.guards), None)
    calls = [site.call.line for site in method.sites if last_name(site.call.callee) in CONSTRUCTORS]
    return first is not None and isinstance(value, Name) and all(line < first for line in calls)


def _is_record(constructor: Scope) -> bool:
    """Whether a constructor is that of a class that takes its fields."""
    return bool(constructor.parent and constructor.parent.is_record)


def _parent_in(frame: Frame) -> Any:
    """What `super()` is in a frame."""
    at: Frame | None = frame
    while at:
        if at.scope.receiver and at.parent:
            return Parent(at.receiver, at.parent)
        at = at.parent
    return UNKNOWN


def iterated(evaluator: Evaluator, value: Any) -> Iterator[Any]:
    """Each element that a loop goes through, or one UNKNOWN where they are not all known."""
    elements = evaluator.elements_of(value)
    if elements is None or SEVERAL in elements:
        yield UNKNOWN
    else:
        yield from elements
