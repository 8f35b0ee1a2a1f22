"""
Evaluates expressions of a program, as far as they tell by themselves. It runs nothing, and what it does not know is
unknown.

What is one of two things, by a conditional or a second assignment, is what holds for both.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
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
)
from policypack.source import library
from policypack.source.budget import Budget
from policypack.source.expression import (
    Attribute,
    Call,
    Comprehension,
    Constant,
    Each,
    Elements,
    Entries,
    Expression,
    Function,
    Imported,
    Item,
    Loop,
    Merged,
    Module,
    Name,
    OneOfThese,
    Otherwise,
    Rest,
    Scope,
    Spread,
    Sum,
    Text,
)
from policypack.source.modules import Modules
from policypack.source.values import (
    SEVERAL,
    Closure,
    Frame,
    Instance,
    Made,
    Method,
    Namespace,
    Output,
    Path,
    Several,
    camel,
    entry,
    merged,
    output,
    text_of,
)

_DEEPEST: Final = 100
"""Evaluations within each other; Python has room for about 1,000 calls, and each takes several."""
_CONSTRUCTORS: Final = ("__init__", "constructor")
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
            case Name(name=name):
                return self._named(name, frame)
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
                return self._sum([self.evaluate(term, frame) for term in terms])
            case Item(of=of, key=key):
                return self._item(self.evaluate(of, frame), self.evaluate(key, frame))
            case OneOfThese(choices=choices):
                return merged(self.evaluate(choice, frame) for choice in choices)
            case Otherwise(first=first, second=second):
                return self._otherwise(self.evaluate(first, frame), second, frame)
            case Merged(first=first, second=second):
                return self.merged_maps([self.evaluate(first, frame), self.evaluate(second, frame)])
            case Function(scope=scope):
                return Closure(scope, frame)
            case Comprehension():
                return self._comprehension(expression, frame)
            case Each(loop=loop):
                return self._each(loop, frame)
            case Imported():
                return self._imported(expression)
            case Rest(of=of, start=start):
                value = self.evaluate(of, frame)
                is_list = isinstance(value, list) and SEVERAL not in value[:start]
                return value[start:] if is_list else UNKNOWN
        return UNKNOWN

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
                fits = [each for each in entries if not isinstance(name, PartialText) or _fits(each, name)]
                entries.update(dict.fromkeys(fits, UNKNOWN))
                is_open = True
        self.budget.spend(len(entries) // 10)
        return WrittenMap(entries, Place(file, expression.line), places, is_open=is_open)

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
            return [element for value in values for element in self._spread(value)]
        if any(isinstance(value, str | PartialText | Secret) for value in values):
            return self.text(values)
        if all(isinstance(value, int | float) for value in values):
            return sum(values)
        return UNKNOWN

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
            return replace(value, label=f"{value.label}[{key}]")
        if isinstance(value, Instance | Made) and isinstance(key, str):
            return self.attribute(value, key)
        return UNKNOWN

    def _otherwise(self, first: Any, second: Expression, frame: Frame) -> Any:
        if first is None:
            return self.evaluate(second, frame)
        is_something = isinstance(first, PartialText | Reference | Output | Made | Instance | Closure | Path)
        if is_something or (first and not isinstance(first, Unknown | Secret)):
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
        is_open = made.is_filtered or not self._runs(made, Frame(made.scope, frame), 0, found)
        if made.key is None:
            return [SEVERAL] if made.is_filtered else [value for _, value in found] + [SEVERAL] * is_open
        entries: dict[str, Any] = {}
        for key, value in found:
            if isinstance(key, str):
                entries[key] = UNKNOWN if made.is_filtered or is_open else value
            else:
                is_open = True
        return WrittenMap(entries, Place(frame.scope.file, made.line), is_open=is_open)

    def _runs(self, made: Comprehension, frame: Frame, index: int, found: list[tuple[Any, Any]]) -> bool:
        """Adds the elements of a comprehension to `found`; out: whether these are all."""
        if index == len(made.loops):
            key = self.evaluate(made.key, frame) if made.key else None
            found.append((key, self.evaluate(made.value, frame)))
            return True
        elements = self.elements_of(self.evaluate(made.loops[index].over, frame))
        if elements is None:
            return False
        known = [element for element in elements if not isinstance(element, Several)]
        is_all = len(known) == len(elements)
        for element in known:
            is_all &= self._runs(made, self.at(frame, made.loops[index], element), index + 1, found)
        return is_all

    @staticmethod
    def at(frame: Frame, loop: Loop, element: Any) -> Frame:
        """A frame in which a loop is at an element."""
        return Frame(frame.scope, frame.parent, frame.values, {**frame.elements, loop: element}, frame.receiver)

    # Names

    def _named(self, name: str, frame: Frame) -> Any:
        at: Frame | None = frame
        while at:
            # The names of a class are not those of its methods.
            if at is frame or at.scope.kind != "class":
                if at.scope.receiver == name:
                    return at.receiver
                if name in at.values or name in at.scope.bindings:
                    return self._bound(name, at)
            at = at.parent
        shared = self._modules.sharing(frame.scope.file, name)
        return merged(self._bound(name, self.frame_of(each)) for each in shared) if shared else Path(name)

    def _bound(self, name: str, frame: Frame) -> Any:
        if name not in frame.known:
            # Of itself, a name is nothing, or the argument that it was.
            frame.known[name] = frame.values.get(name, UNKNOWN)
            values = [self.evaluate(each, frame) for each in _at_loops(frame.scope.bindings.get(name, []), frame)]
            if name in frame.values:
                values.append(frame.values[name])
            frame.known[name] = self._as_changed(name, frame.scope, merged(values))
        return frame.known[name]

    @staticmethod
    def _as_changed(name: str, scope: Scope, value: Any) -> Any:
        """A list or map, as far as it stays what it was made."""
        while scope.parent:
            scope = scope.parent
        if isinstance(value, list) and name in scope.changed | scope.grown:
            return [*value, SEVERAL] if name not in scope.changed else [SEVERAL]
        if isinstance(value, WrittenMap) and name in scope.changed:
            return WrittenMap({}, value.place, is_open=True)
        return value

    def _imported(self, imported: Imported) -> Any:
        for file in imported.files:
            if frame := self._frame_at(file):
                if not imported.name:
                    return Namespace(frame)
                if imported.name in frame.scope.bindings:
                    return self._bound(imported.name, frame)
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
        if isinstance(value, Closure) and value.scope.kind == "class":
            class_frame = Frame(value.scope, value.frame)
            return self._bound(name, class_frame) if name in value.scope.bindings else UNKNOWN
        if isinstance(value, Made):
            return self._of_resource(value, name)
        if isinstance(value, WrittenMap) and (name in value or not library.method_name(name)):
            return entry(value, name)
        if library.method_name(name):
            return Method(value, library.method_name(name))
        if isinstance(value, list) and name == "length" and SEVERAL not in value:
            return len(value)
        return output(value.label, camel(name)) if isinstance(value, Reference | Output) else UNKNOWN

    def _of_module(self, frame: Frame, name: str) -> Any:
        if name in frame.scope.bindings:
            return self._bound(name, frame)
        folder = frame.scope.file.rpartition("/")[0]
        inner = self._frame_at(f"{folder}/{name}" if folder else name)
        return Namespace(inner) if inner else UNKNOWN

    def _of_resource(self, made: Made, name: str) -> Any:
        given = made.argument(name)
        if given is not None:
            return given
        if not made.path.startswith(_OF_AWS):
            return UNKNOWN
        return output(made.label, camel(name))

    def _of_instance(self, instance: Instance, name: str) -> Any:
        if name not in instance.attributes:
            instance.attributes[name] = UNKNOWN
            instance.attributes[name] = self._attribute_of(instance, instance.frame, name)
        return instance.attributes[name]

    def _attribute_of(self, instance: Instance, class_frame: Frame, name: str) -> Any:
        scope = class_frame.scope
        if name in scope.attributes:
            return merged(
                self.evaluate(value, self.method_frame(instance, class_frame, method))
                for method, value in scope.attributes[name]
            )
        if name in scope.bindings:
            value = self._bound(name, class_frame)
            return Closure(value.scope, value.frame, instance) if isinstance(value, Closure) else value
        for base in scope.bases:
            found = self.evaluate(base, class_frame.parent or class_frame)
            if isinstance(found, Closure) and found.scope is not scope:
                self.budget.spend(10)
                return self._attribute_of(instance, Frame(found.scope, found.frame), name)
        return UNKNOWN

    @staticmethod
    def method_frame(instance: Instance, class_frame: Frame, method: Scope) -> Frame:
        """A frame of a method of which nobody tells the arguments; that of the constructor where it is that."""
        if instance.made_in and instance.made_in.scope is method:
            return instance.made_in
        return Frame(method, class_frame, unknown_arguments(method), receiver=instance)

    # Calls

    def _call(self, call: Call, frame: Frame) -> Any:
        callee = self.evaluate(call.callee, frame)
        if isinstance(callee, Closure):
            return self.called(callee, *self.arguments(call, frame))
        if isinstance(callee, Method):
            return library.of_method(self, callee, *self.arguments(call, frame))
        if isinstance(callee, Path):
            return self._of_library(callee.path, call, frame)
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
        return merged(self.evaluate(result, frame) for result in function.scope.results)

    def instance(self, made: Closure, given: Sequence[Any], named: Mapping[str, Any]) -> Instance:
        """An object of a class of the program."""
        class_frame = Frame(made.scope, made.frame)
        constructor = next(
            (
                each.scope
                for name in _CONSTRUCTORS
                for each in made.scope.bindings.get(name, ())
                if isinstance(each, Function)
            ),
            None,
        )
        if constructor is None:
            return Instance(class_frame, None)
        frame = self.frame(Closure(constructor, class_frame), given, named)
        instance = Instance(class_frame, frame)
        frame.receiver = instance
        return instance

    def frame(self, function: Closure, given: Sequence[Any], named: Mapping[str, Any]) -> Frame:
        """A frame of a function, with arguments for its parameters."""
        scope = function.scope
        values: dict[str, Any] = {}
        frame = Frame(scope, function.frame, values, receiver=function.receiver)
        left = list(given)
        by_name = dict(named)
        is_open = isinstance(named, WrittenMap) and named.is_open
        for parameter in scope.parameters:
            if parameter.kind == "rest":
                values[parameter.name] = left
                left = []
            elif parameter.kind == "named rest":
                values[parameter.name] = WrittenMap(by_name, is_open=is_open)
            elif left and parameter.kind == "one":
                # What is behind any number of elements may be for any parameter.
                values[parameter.name] = UNKNOWN if SEVERAL in left[:1] else left.pop(0)
            elif parameter.name in by_name:
                values[parameter.name] = by_name.pop(parameter.name)
            elif is_open:
                values[parameter.name] = UNKNOWN
            else:
                # A default is evaluated where the function is defined, and in JavaScript sees the parameters before.
                values[parameter.name] = self.evaluate(parameter.default, frame) if parameter.default else None
        return frame

    def _of_library(self, path: str, call: Call, frame: Frame) -> Any:
        if function := library.function(path):
            return function(self, *self.arguments(call, frame))
        package, _, name = path.rpartition(".")
        if name == "get" and package.rpartition(".")[2][:1].isupper():
            return Made(package, f"{package}@{frame.scope.file}:{call.line}", lambda _: None)
        if not name[:1].isupper():
            is_fetched = path.startswith("aws.") and name.startswith("get")
            return Output(f"{path}@{frame.scope.file}:{call.line}") if is_fetched else UNKNOWN
        if path.startswith("pulumi."):
            return UNKNOWN
        if name.endswith("Args"):
            _, named = self.arguments(call, frame)
            places = {camel(key): place for key, place in named.places.items()}
            return WrittenMap(
                {camel(key): value for key, value in named.items()}, named.place, places, is_open=named.is_open
            )
        return Made(path, self._label(path, call, frame), partial(self.argument, call, frame))

    def _label(self, path: str, call: Call, frame: Frame) -> str:
        name = self.evaluate(call.arguments[0], frame) if call.arguments else None
        if isinstance(name, str):
            return f"{path} '{name}'"
        self._unnamed += 1
        return f"{path}@{frame.scope.file}:{call.line}:{self._unnamed}"

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


def _loop_of(expression: Expression) -> Loop | None:
    """The loop whose element, or a part of it, an expression is."""
    while isinstance(expression, Item | Attribute | Rest):
        expression = expression.of
    return expression.loop if isinstance(expression, Each) else None


def _fits(text: str, partial_text: PartialText) -> bool:
    """Whether a text may be what a partly known one will be."""
    return (
        text.startswith(partial_text.prefix)
        and text.endswith(partial_text.suffix)
        and len(text) >= len(partial_text.prefix) + len(partial_text.suffix)
    )


def may_be(value: Any, text: str) -> bool:
    """Whether a value is, or may turn out to be, a text."""
    if isinstance(value, PartialText):
        return _fits(text, value)
    return isinstance(value, Unknown) or value == text


def iterated(evaluator: Evaluator, value: Any) -> Iterator[Any]:
    """Each element that a loop goes through, or one UNKNOWN where they are not all known."""
    elements = evaluator.elements_of(value)
    if elements is None or SEVERAL in elements:
        yield UNKNOWN
    else:
        yield from elements
