"""Makes the common form of Python source (see expression.py) from its syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial, reduce
from typing import Final
from typing import Literal as OneOf

from policypack.source.aliases import aliased, note_aliases, note_change, note_passed, sources
from policypack.source.budget import Budget
from policypack.source.expression import (
    AT_THE_END,
    MOST_GUARDS,
    UNKNOWN_CONDITION,
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
    Opaque,
    Otherwise,
    Parameter,
    Rest,
    Scope,
    Spread,
    Sum,
    Text,
    last_name,
    unbound,
)
from policypack.source.python import parsed, summands

_DEEPEST: Final = 100
"""How deep an expression may be nested; what is deeper is opaque."""
_GROWING: Final = frozenset({"add", "append", "extend"})
_CHANGING: Final = frozenset(
    {
        *("clear", "discard", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update"),
        *("__setitem__", "__delitem__", "__iadd__", "__ior__", "__setattr__", "move_to_end", "rotate"),
        *("appendleft", "extendleft", "popleft", "subtract"),
        *("intersection_update", "difference_update", "symmetric_difference_update"),
    }
)
_CHANGERS: Final = frozenset(
    {
        *("setitem", "delitem", "setattr", "delattr", "iadd", "ior", "iconcat", "imul"),
        *("shuffle", "heappush", "heappop", "heapify", "insort", "insort_left", "insort_right", "merge"),
    }
)
"""Functions of libraries that change in place what they are given first."""
_NAMESPACES: Final = frozenset({"exec", "globals", "locals", "vars"})
"""Functions by which a program may bind any name of its module."""
_TRANSPARENT: Final = frozenset(
    {
        "cache",
        "cached_property",
        "lru_cache",
        "wraps",
        "override",
        "overload",
        "staticmethod",
        "classmethod",
        "property",
        "final",
    }
)
"""Decorators that leave what a function returns as it is."""
_PLAIN_MANAGERS: Final = frozenset(
    {"open", "closing", "nullcontext", "NamedTemporaryFile", "TemporaryDirectory", "ThreadPoolExecutor"}
)
_YIELDED: Final = "yield"
"""The name of the list of what a generator yields, which no program can use."""
_PROPERTIES: Final = frozenset({"property", "cached_property"})
_RECORDS: Final = frozenset({"dataclass", "NamedTuple", "TypedDict", "BaseModel"})
"""What makes a constructor of the fields of a class."""
_OPERATORS: Final[Mapping[type[ast.cmpop], str]] = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Is: "is",
    ast.IsNot: "is not",
    ast.In: "in",
    ast.NotIn: "not in",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
}


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a Python file says.

    :param file: its name, as in Place.
    :raises SyntaxError: where it is not Python, or not of this interpreter's version; ValueError, MemoryError and
        RecursionError where the parser gives up.
    :raises BudgetExceededError: where it takes too long.
    """
    reader = _Reader(file, budget)
    reader.read(parsed(text).body)
    if reader.binds_anything:
        for bound in reader.scopes[0].bindings.values():
            bound.append(Opaque(0))
    module = Module(file, reader.scopes)
    note_passed(module, budget)
    return module


@dataclass(slots=True)
class _Repeat:
    """
    A loop that is being read.

    :param loop: what it goes through; None where it goes on as long as a condition is met.
    :param assigned: the names that its body binds or changes in place.
    :param bound: those that it binds.
    :param settled: those that this time through the body has surely bound, so that what it bound before is gone.
    :param at: the last binding before it, and the conditions under which it runs.
    :param gathered: the lists and maps to which each time through the body adds.
    """

    loop: Loop | None
    assigned: set[str]
    bound: set[str]
    at: int
    guards: tuple[Guard, ...]
    settled: set[str] = field(default_factory=set)
    gathered: set[str] = field(default_factory=set)


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, budget: Budget) -> None:
        self._budget = budget
        self._folder = file.rpartition("/")[0]
        self._scope = Scope("module", file, None)
        self._loops: tuple[Loop, ...] = ()
        self._repeats: tuple[_Repeat, ...] = ()
        self._guards: tuple[Guard, ...] = ()
        self._at = 1
        self._elsewhere: set[str] = set()
        self._depth = 0
        self.scopes = [self._scope]
        self._read_own: set[str] = set()
        self._is_noting = False
        self.binds_anything = False
        """Whether the file may bind any of its names, and not only by assignments."""

    @contextmanager
    def _within(self, scope: Scope) -> Iterator[Scope]:
        outer = self._scope, self._loops, self._repeats, self._guards, self._elsewhere
        read_own = self._read_own
        self.scopes.append(scope)
        self._scope, self._loops = scope, ()
        if scope.kind != "comprehension":
            self._read_own = set()
            self._repeats, self._guards, self._elsewhere = (), (), set()
        yield scope
        self._scope, self._loops, self._repeats, self._guards, self._elsewhere = outer
        self._read_own = read_own

    # Statements

    def read(self, statements: Iterable[ast.stmt]) -> None:
        """Reads a block into the current scope."""
        guards = self._guards
        for statement in statements:
            self._budget.spend(1)
            self._statement(statement)
        self._guards = guards

    def _branch(self, statements: Iterable[ast.stmt], *guards: Guard) -> None:
        """Reads a block that runs under conditions."""
        outer = self._guards
        if len(outer) >= MOST_GUARDS:
            guards = (UNKNOWN_CONDITION,)
        settled = set(self._repeats[-1].settled) if self._repeats else set()
        self._guards = (*outer, *guards)
        self.read(statements)
        self._guards = outer
        if self._repeats:
            self._repeats[-1].settled = settled

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=ast.Call() as call) if self._changes(call):
                pass
            case ast.Expr(value=ast.Yield(value=value)):
                element = self._expression(value) if value else Constant(node.lineno, None)
                self._append(ast.Name(_YIELDED, lineno=node.lineno), element, node.lineno)
            case ast.Expr(value=ast.YieldFrom(value=value)):
                self._extend(ast.Name(_YIELDED, lineno=node.lineno), self._expression(value), node.lineno)
            case ast.Expr(value=value):
                self._expression(value)
            case ast.Assign(targets=targets, value=value):
                read = self._expression(value)
                for target in targets:
                    self._bind(target, read)
                    if isinstance(target, ast.Name) and not isinstance(read, Name | Constant):
                        # The others are further names of it.
                        read = self._name(node.lineno, target.id)
            case ast.AnnAssign(target=target, value=value):
                if value:
                    self._bind(target, self._expression(value))
            case ast.AugAssign():
                self._add(node)
            case ast.Return(value=value):
                read = self._expression(value) if value else Constant(node.lineno, None)
                self._scope.results.append(Bound(node.lineno, read, self._at, self._guards))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._bind_name(node.name, self._function(node))
            case ast.ClassDef():
                self._bind_name(node.name, self._class(node))
            case ast.Import(names=names):
                for alias in names:
                    module = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._bind_name(alias.asname or module, self._imported(node.lineno, module, 0))
            case ast.ImportFrom(module=module, level=level, names=[ast.alias(name="*")]):
                found = self._imported(node.lineno, module or "", level)
                files = found.files if isinstance(found, Imported) else ()
                for name in list(self._scope.bindings):
                    self._bind_name(name, Imported(node.lineno, files, "", name, Former(node.lineno, name, self._at)))
                self.scopes[0].stars.append(Imported(node.lineno, files, ""))
            case ast.ImportFrom(names=names):
                for alias in names:
                    found = self._imported(node.lineno, node.module or "", node.level, alias.name)
                    self._bind_name(alias.asname or alias.name, found)
            case ast.Global(names=names) | ast.Nonlocal(names=names):
                self._elsewhere.update(names)
            case ast.For() | ast.AsyncFor():
                self._for(node)
            case ast.While(test=test, body=body, orelse=orelse):
                self._repeat(body, None, Guard(self._expression(test)), UNKNOWN_CONDITION)
                self._branch(orelse, UNKNOWN_CONDITION)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._bind(target, Opaque(node.lineno))
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    self._expression(item.context_expr)
                    if item.optional_vars:
                        self._bind(item.optional_vars, Opaque(node.lineno))
                are_known = all(_is_plain_manager(item.context_expr) for item in items)
                self._branch(node.body, *([] if are_known else [UNKNOWN_CONDITION]))
            case ast.Try() | ast.TryStar():
                self._branch(node.body, UNKNOWN_CONDITION)
                for handler in node.handlers:
                    self._branch(handler.body, UNKNOWN_CONDITION)
                self._branch(node.orelse, UNKNOWN_CONDITION)
                self.read(node.finalbody)
            case ast.If():
                self._if(node)
            case ast.Match(subject=subject, cases=cases):
                self._match(self._expression(subject), cases)

    def _if(self, node: ast.If) -> None:
        test = self._expression(node.test)
        self._branch(node.body, Guard(test))
        self._branch(node.orelse, Guard(test, is_met=False))
        if _ends(node.body) or _ends(node.orelse):
            rest = Guard(test, is_met=not _ends(node.body))
            # Of the rest of the block.
            self._guards = (*self._guards, rest) if len(self._guards) < MOST_GUARDS else self._guards

    def _match(self, subject: Expression, cases: Iterable[ast.match_case]) -> None:
        others: list[Guard] = []
        for case in cases:
            test = self._pattern(subject, case.pattern)
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchAs | ast.MatchStar) and pattern.name:
                    self._bind_name(pattern.name, Opaque(subject.line))
            guards = [*others, Guard(test)]
            if case.guard:
                condition = self._expression(case.guard)
                guards.append(Guard(condition))
                test = And(subject.line, test, condition)
            self._branch(case.body, *guards)
            others.append(Guard(test, is_met=False))

    def _pattern(self, subject: Expression, pattern: ast.pattern) -> Expression:
        """Whether a value is what a pattern wants."""
        match pattern:
            case ast.MatchValue(value=value):
                return Comparison(subject.line, "==", subject, self._expression(value))
            case ast.MatchSingleton(value=None):
                return Comparison(subject.line, "is", subject, Constant(subject.line, None))
            case ast.MatchOr(patterns=patterns):
                tests = [self._pattern(subject, each) for each in patterns]
                return reduce(lambda first, second: Otherwise(subject.line, first, second), tests)
            case ast.MatchAs(pattern=None):
                return Constant(subject.line, True)
        return Opaque(subject.line)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        loop = Loop(self._expression(node.iter))
        outer = self._loops
        self._loops = (*outer, loop)
        self._repeat(node.body, loop, Guard(loop), target=node.target)
        self._loops = outer
        self._branch(node.orelse, UNKNOWN_CONDITION)

    def _repeat(self, body: list[ast.stmt], loop: Loop | None, *guards: Guard, target: ast.expr | None = None) -> None:
        """Reads the body of a loop."""
        changed, bound, is_left = _assigned_in([*body, *([ast.Expr(target)] if target else [])])
        self._budget.spend(len(changed) + len(bound))
        outer, repeats = self._guards, self._repeats
        self._repeats = (*repeats, _Repeat(loop, changed | bound, bound, self._at, outer))
        self._guards = (*outer, *guards, *([UNKNOWN_CONDITION] if is_left else []))
        if target and loop:
            self._bind(target, Each(target.lineno, loop))
        self.read(body)
        self._guards, self._repeats = outer, repeats

    def _bind(self, target: ast.expr, value: Expression) -> None:
        match target:
            case ast.Name(id=name):
                self._bind_name(name, value)
            case ast.Attribute(attr=attribute) if name := self._known_as(target):
                assert self._scope.parent
                if name in self._read_own:
                    self._scope.parent.attributes.setdefault(attribute, []).append((self._scope, Opaque(value.line)))
                if name not in self._scope.bindings:
                    at_the_end = Name(value.line, name, AT_THE_END)
                    self._scope.parent.attributes.setdefault(attribute, []).append((self._scope, at_the_end))
                self._bind_name(name, value)
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                values = value.elements if isinstance(value, Elements) else ()
                are_pairs = len(values) == len(elements) and not any(
                    isinstance(each, Spread | ast.Starred) for each in (*values, *elements)
                )
                for index, element in enumerate(elements):
                    if are_pairs:
                        self._bind(element, values[index])
                    elif isinstance(element, ast.Starred):
                        is_last = index == len(elements) - 1
                        self._bind(element.value, Rest(value.line, value, index) if is_last else Opaque(value.line))
                        value = Opaque(value.line)
                    else:
                        self._bind(element, Item(value.line, value, Constant(value.line, index)))
            case ast.Subscript(value=of, slice=key):
                read_key = self._expression(key)
                if not self._gather(of, read_key, value):
                    entries = Entries(value.line, ((read_key, value),))
                    self._update(of, lambda old: Merged(value.line, old, entries), "changed")
            case ast.Attribute(value=of, attr=attribute):
                self.scopes[0].changes_of_others.add(attribute)
                self._change(of, "changed")

    def _bind_name(self, name: str, value: Expression, changes: OneOf["", "grown", "changed"] = "") -> None:
        if name in self._elsewhere:
            self.scopes[0].changed.update(aliased(value))
            scope = self._scope.parent
            while scope:
                # Whenever the function runs.
                scope.bind(name, Opaque(value.line))
                scope = scope.parent
        self._at += 1
        self._scope.bind(name, Bound(value.line, value, self._at, self._guards, changes))
        if self._repeats and self._scope.kind != "comprehension":
            self._repeats[-1].settled.add(name)

    def _name(self, line: int, name: str) -> Name:
        """A name, with the bindings that it may have here."""
        for repeat in reversed(self._repeats):
            if name in repeat.settled:
                break
            if name in repeat.assigned:
                return Name(line, name)
        return Name(line, name, self._at)

    # Changes in place

    def _changes(self, call: ast.Call) -> bool:
        """Reads a call that changes a list or map in place, if it is one whose outcome can be told."""
        match call:
            case ast.Call(func=ast.Attribute(value=of, attr="append"), args=[value], keywords=[]):
                self._append(of, self._expression(value), call.lineno)
            case ast.Call(func=ast.Attribute(value=of, attr="extend"), args=[value], keywords=[]):
                self._extend(of, self._expression(value), call.lineno)
            case ast.Call(
                func=ast.Attribute(value=of, attr="insert"), args=[ast.Constant(value=0), value], keywords=[]
            ):
                element = self._expression(value)
                new = Elements(call.lineno, (element,))
                self._update(of, lambda old: Sum(call.lineno, (new, old)), "changed")
            case ast.Call(func=ast.Attribute(value=of, attr="update"), args=[] | [_]):
                read = self._call(call, changes=False)
                given = Entries(
                    call.lineno, tuple((Constant(0, key) if key else None, each) for key, each in read.named)
                )
                merged = (*read.arguments, given)
                self._update(of, lambda old: reduce(partial(Merged, call.lineno), merged, old), "changed")
            case _:
                return False
        return True

    def _append(self, to: ast.expr, element: Expression, line: int) -> None:
        if not self._gather(to, None, element):
            self._update(to, lambda old: Sum(line, (old, Elements(line, (element,)))), "grown")

    def _extend(self, to: ast.expr, by: Expression, line: int) -> None:
        elements = Spread(line, by)
        if not self._gather(to, None, elements):
            self._update(to, lambda old: Sum(line, (old, Elements(line, (elements,)))), "grown")

    def _add(self, node: ast.AugAssign) -> None:
        line, target, value = node.lineno, node.target, self._expression(node.value)
        is_sum = isinstance(node.op, ast.Add)
        name = self._known_as(target)
        if is_sum and self._is_list(name):
            if self._gather(target, None, Spread(line, value)):
                return
        elif not isinstance(node.op, ast.Add | ast.BitOr):
            self._bind(target, Opaque(line))
            return
        if name and (not self._is_own(name) or self._is_repeated(name)):
            self._change(target, "grown" if is_sum else "changed")
            self._bind(target, Opaque(line))
        elif is_sum:
            self._update(target, lambda old: Sum(line, (old, value)), "grown")
        else:
            self._update(target, lambda old: Merged(line, old, value), "changed")

    def _update(
        self,
        target: ast.expr,
        new: Callable[[Expression], Expression],
        changes: OneOf["grown", "changed"],
        *,
        is_inside: bool = False,
    ) -> None:
        """
        Binds a name to what a change in place makes of it, or of what is in it.

        :param is_inside: whether what is changed is in a list or map that the target has in it.
        """
        name = self._known_as(target)
        match target:
            case _ if self._is_own(name) and not self._is_repeated(name):
                if note_aliases(name, self._scope, self._budget, is_inside=is_inside):
                    self._change(target, "changed")
                self._bind_name(name, new(Former(target.lineno, name, self._at)), changes)
            case ast.Subscript(value=of, slice=key):
                read_key, line = self._expression(key), target.lineno

                def merged(old: Expression) -> Expression:
                    return Merged(line, old, Entries(line, ((read_key, new(Item(line, old, read_key))),)))

                self._update(of, merged, "changed", is_inside=True)
            case _ if any(name in repeat.gathered for repeat in self._repeats):
                # Its elements come between those that the loop adds already.
                self._change(target, "changed")
            case _:
                self._change(target, changes)

    def _gather(self, target: ast.expr, key: Expression | None, value: Expression) -> bool:
        """Binds a list or map to what a loop adds to it; out: whether it is one of which that can be told."""
        name, line = self._known_as(target), target.lineno
        if not self._is_own(name):
            return False
        inner: list[_Repeat] = []
        for repeat in reversed(self._repeats):
            if name in repeat.settled:
                break
            inner.insert(0, repeat)
        if not inner or name in inner[0].gathered or any(name in repeat.bound for repeat in inner):
            return False
        outermost, loops = inner[0], [repeat.loop for repeat in inner if repeat.loop]
        if len(loops) < len(inner):
            return False
        outermost.gathered.add(name)
        conditions = tuple(guard for guard in self._guards[len(outermost.guards) :] if not isinstance(guard.test, Loop))
        made = Comprehension(line, None, tuple(loops), key, value, conditions)
        old = Former(line, name, outermost.at)
        if note_aliases(name, self._scope, self._budget):
            self._change(target, "changed")
        self._at += 1
        new = Merged(line, old, made) if key else Sum(line, (old, made))
        bound = Bound(line, new, self._at, outermost.guards, "changed" if key else "grown")
        self._scope.bind(name, bound)
        return True

    def _known_as(self, target: ast.expr) -> str:
        """The name under which a scope binds something: a variable, or an attribute of a method's object."""
        match target:
            case ast.Name(id=name):
                return name
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == self._scope.receiver:
                return f"{name}.{attribute}"
        return ""

    def _is_own(self, name: str) -> bool:
        is_parameter = any(each.name == name for each in self._scope.parameters)
        return self._scope.kind in ("module", "function") and (is_parameter or name in self._scope.bindings)

    def _is_list(self, name: str) -> bool:
        """Whether a name was bound to a list."""
        bound = map(unbound, self._scope.bindings.get(name, ()))
        return any(isinstance(each, Elements) or (isinstance(each, Comprehension) and not each.key) for each in bound)

    def _is_repeated(self, name: str) -> bool:
        """Whether a change in place happens again and again to what a name was bound to before a loop."""
        return bool(self._repeats) and name not in self._repeats[-1].settled

    def _change(self, target: ast.expr, how: str) -> None:
        """Notes that a list or map is changed in place, at any time."""
        root = target
        while isinstance(root, ast.Subscript):
            root, how = root.value, "changed"
        if isinstance(root, ast.Name):
            names = self.scopes[0].grown if how == "grown" else self.scopes[0].changed
            names.add(root.id)
            note_aliases(root.id, self._scope, self._budget, is_inside=root is not target)
            return
        if isinstance(root, ast.Attribute) and isinstance(root.value, ast.Name) and self._is_receiver(root.value.id):
            self._change_own(root.attr, root.lineno)
            return
        self._note_change(root, is_inside=root is not target)

    def _note_change(self, root: ast.expr, *, is_inside: bool) -> None:
        """Notes that what an expression comes to is changed in place; what it does itself is read elsewhere."""
        if self._is_noting:
            return
        site_count, scope_count, at = len(self._scope.sites), len(self.scopes), self._at
        self._is_noting = True
        read = self._expression(root)
        self._is_noting = False
        del self._scope.sites[site_count:]
        del self.scopes[scope_count:]
        self._at = at
        note_change(sources(read, is_inside, self._scope), self._scope, self._budget)

    def _is_receiver(self, name: str) -> bool:
        """Whether a name is that of a method's object, and not of its class."""
        return name == self._scope.receiver and bool(self._scope.parent) and not self._scope.is_of_class

    def _change_own(self, attribute: str, line: int) -> None:
        """Notes that what is an attribute of a method's object is changed in place."""
        assert self._scope.parent
        # It may be that of the class, too.
        self.scopes[0].changes_of_others.add(f".{attribute}")
        bound = self._scope.parent.attributes.setdefault(attribute, [])
        for method, value in bound:
            if isinstance(value, Name):
                note_aliases(value.name, method, self._budget, is_inside=True)
        bound.append((self._scope, Opaque(line)))

    # Functions and classes

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Expression:
        decorators = [(last_name_of(each), self._expression(each)) for each in node.decorator_list]
        names = {name for name, _ in decorators}
        scope = Scope("function", node.name, self._scope, node.lineno, at=self._at)
        self._parameters(scope, node.args)
        if self._scope.kind == "class" and scope.parameters and "staticmethod" not in names:
            scope.receiver = scope.parameters.pop(0).name
            scope.is_of_class = "classmethod" in names
        is_generator = _is_generator(node.body)
        with self._within(scope):
            if is_generator:
                self._bind_name(_YIELDED, Elements(node.lineno, ()))
            self.read(node.body)
        if is_generator:
            is_left = bool(scope.results)
            scope.results = [Opaque(node.lineno) if is_left else Name(node.lineno, _YIELDED, self._at)]
        elif scope.results and not _ends(node.body):
            scope.results.append(Constant(node.lineno, None))
        scope.is_property = bool(names & _PROPERTIES)
        made: Expression = Function(node.lineno, scope)
        for name, decorator in reversed(decorators):
            if name not in _TRANSPARENT:
                made = Call(node.lineno, decorator, (made,))
        return made

    def _parameters(self, scope: Scope, arguments: ast.arguments) -> None:
        ordered = [*arguments.posonlyargs, *arguments.args]
        defaults: list[ast.expr | None] = [None] * (len(ordered) - len(arguments.defaults)) + [*arguments.defaults]
        for argument, default in zip(ordered, defaults, strict=True):
            scope.parameters.append(Parameter(argument.arg, self._expression(default) if default else None))
        if arguments.vararg:
            scope.parameters.append(Parameter(arguments.vararg.arg, None, "rest"))
        for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
            scope.parameters.append(Parameter(argument.arg, self._expression(default) if default else None, "named"))
        if arguments.kwarg:
            scope.parameters.append(Parameter(arguments.kwarg.arg, None, "named rest"))

    def _class(self, node: ast.ClassDef) -> Expression:
        scope = Scope("class", node.name, self._scope, node.lineno, at=self._at)
        scope.bases = tuple(self._expression(base) for base in node.bases)
        names = {last_name_of(each) for each in [*node.decorator_list, *node.bases]}
        scope.is_record = bool(names & _RECORDS) and "__init__" not in {
            each.name for each in node.body if isinstance(each, ast.FunctionDef)
        }
        with self._within(scope):
            self.read(node.body)
        if scope.is_record:
            self._record(node, scope)
        elif node.decorator_list or any(each.arg != "total" and not _is_abstract(each.value) for each in node.keywords):
            # Decorators, metaclasses and bases with options make of a class what they want.
            return Opaque(node.lineno)
        return Function(node.lineno, scope)

    def _record(self, node: ast.ClassDef, scope: Scope) -> None:
        """The constructor of a class that takes its fields."""
        maker = Scope("function", "__init__", scope, node.lineno)
        self.scopes.append(maker)
        maker.receiver = "self"
        is_named = any(
            each.arg == "kw_only"
            for call in node.decorator_list
            if isinstance(call, ast.Call)
            for each in call.keywords
        )
        for field_ in node.body:
            if not isinstance(field_, ast.AnnAssign) or not isinstance(field_.target, ast.Name):
                continue
            name, kind = field_.target.id, last_name_of(field_.annotation)
            if kind == "KW_ONLY":
                is_named = True
            if kind in ("ClassVar", "KW_ONLY"):
                continue
            bound = scope.bindings.pop(name, None)
            default = unbound(bound[0]) if bound else None
            options = dict(default.named) if isinstance(default, Call) and _is_field(default) else {}
            if kind == "InitVar" or "init" in options:
                scope.attributes.setdefault(name, []).append((maker, Opaque(field_.lineno)))
                if "init" in options:
                    continue
            maker.parameters.append(
                Parameter(
                    name, _default(default) if default else None, "named" if is_named or "kw_only" in options else "one"
                )
            )
            scope.attributes.setdefault(name, []).append((maker, Name(field_.lineno, name)))
        scope.bind("__init__", Function(node.lineno, maker))

    def _imported(self, line: int, module: str, level: int, name: str = "") -> Expression:
        path = module.replace(".", "/")
        if level:
            folders = self._folder.split("/") if self._folder else []
            if level - 1 > len(folders):
                return Opaque(line)
            folder = "/".join(folders[: len(folders) - level + 1])
            return Imported(line, _files(folder, path), "", name)
        files = (*_files(self._folder, path), *(_files("", path) if self._folder else ()))
        parts = [part for part in module.split(".") if part]
        if parts[0].startswith("pulumi_"):
            parts[0] = parts[0].removeprefix("pulumi_")
        return Imported(line, files, ".".join(parts), name)

    # Expressions

    def _expression(self, node: ast.expr) -> Expression:
        self._budget.spend(1)
        if self._depth >= _DEEPEST:
            return Opaque(node.lineno)
        self._depth += 1
        try:
            return self._read_expression(node)
        finally:
            self._depth -= 1

    def _read_expression(self, node: ast.expr) -> Expression:
        line = node.lineno
        match node:
            case ast.Constant(value=str() as text):
                return Constant(line, text) if _is_text(text) else Opaque(line)
            case ast.Constant(value=value):
                return Constant(line, value) if isinstance(value, int | float | None) else Opaque(line)
            case ast.JoinedStr(values=values):
                return Text(line, tuple(map(self._expression, values)))
            case ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None):
                return self._expression(value)
            case ast.Name(id=name):
                return self._name(line, name)
            case ast.Attribute(value=of, attr=name):
                if own := self._known_as(node):
                    self._read_own.add(own)
                if name in _GROWING | _CHANGING:
                    # Somebody may call it later.
                    self._change(of, "changed")
                return Attribute(line, self._expression(of), name)
            case ast.Subscript(value=of, slice=ast.Slice(lower=lower, upper=upper, step=None)):
                read = self._expression(of)
                match [self._expression(each) if each else Constant(line, None) for each in (lower, upper)]:
                    case [Constant(value=None | int() as start), Constant(value=None | int() as end)]:
                        return Rest(line, read, start or 0, end)
                return Opaque(line)
            case ast.Subscript(value=of, slice=key):
                return Item(line, self._expression(of), self._expression(key))
            case ast.Call():
                return self._call(node)
            case ast.List(elts=elements) | ast.Tuple(elts=elements):
                return Elements(line, tuple(map(self._expression, elements)))
            case ast.Set(elts=elements):
                return Call(line, Name(line, "set"), (Elements(line, tuple(map(self._expression, elements))),))
            case ast.Starred(value=value):
                return Spread(line, self._expression(value))
            case ast.Dict(keys=keys, values=values):
                return Entries(line, tuple(map(self._entry, keys, values)))
            case ast.BinOp():
                return self._operation(node)
            case ast.BoolOp(op=ast.Or(), values=values):
                terms = [self._expression(values[0]), *map(self._maybe, values[1:])]
                return reduce(lambda second, first: Otherwise(line, first, second), reversed(terms))
            case ast.BoolOp(op=ast.And(), values=values):
                terms = [self._expression(values[0]), *map(self._maybe, values[1:])]
                return reduce(lambda second, first: And(line, first, second), reversed(terms))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                return Not(line, self._expression(operand))
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as value)):
                return Constant(line, -value)
            case ast.Compare(left=first, ops=[operator], comparators=[second]) if type(operator) in _OPERATORS:
                return Comparison(line, _OPERATORS[type(operator)], self._expression(first), self._expression(second))
            case ast.IfExp(test=test, body=body, orelse=other):
                return Choice(line, self._expression(test), self._maybe(body), self._maybe(other))
            case ast.Await(value=value):
                return self._expression(value)
            case ast.NamedExpr(target=target, value=value):
                read = self._expression(value)
                self._bind(target, read)
                around = self._scope
                while around.kind == "comprehension" and around.parent:
                    around = around.parent
                if around is not self._scope:
                    # It binds the name of the function that the comprehension is in.
                    around.bind(target.id, Bound(line, Opaque(line), self._at, self._guards))
                return read
            case ast.Lambda(args=arguments, body=body):
                scope = Scope("function", "", self._scope, line, at=self._at)
                self._parameters(scope, arguments)
                with self._within(scope):
                    scope.results.append(self._expression(body))
                return Function(line, scope)
            case ast.ListComp(elt=value) | ast.GeneratorExp(elt=value):
                return self._comprehension(node, None, value)
            case ast.SetComp(elt=value):
                return Call(line, Name(line, "set"), (self._comprehension(node, None, value),))
            case ast.DictComp(key=key, value=value):
                return self._comprehension(node, key, value)
            case ast.Yield() | ast.YieldFrom():
                self._bind_name(_YIELDED, Opaque(line))
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self._expression(inner)
        return Opaque(line)

    def _maybe(self, node: ast.expr) -> Expression:
        """Reads an expression that may not be evaluated, and what it binds then."""
        guards, self._guards = self._guards, (*self._guards, UNKNOWN_CONDITION)
        read = self._expression(node) if _binds(node) else None
        self._guards = guards
        return read or self._expression(node)

    def _entry(self, key: ast.expr | None, value: ast.expr) -> tuple[Expression | None, Expression]:
        if key is None:
            return None, Spread(value.lineno, self._expression(value))
        return self._expression(key), self._expression(value)

    def _call(self, node: ast.Call, *, changes: bool = True) -> Call:
        line = node.lineno
        if changes and isinstance(node.func, ast.Attribute) and node.func.attr in _GROWING | _CHANGING:
            self._change(node.func.value, "grown" if node.func.attr in _GROWING else "changed")
        called = last_name_of(node.func)
        if called in _CHANGERS or (called in _GROWING | _CHANGING and _is_type(node.func)):
            for given in node.args[:1]:
                self._change(given, "changed")
        if called in _NAMESPACES and isinstance(node.func, ast.Name) and (called == "exec" or not node.args):
            self.binds_anything = True
        call = Call(
            line,
            self._callee(node.func),
            tuple(map(self._expression, node.args)),
            tuple(
                (keyword.arg, self._expression(keyword.value))
                if keyword.arg
                else ("", Spread(keyword.value.lineno, self._expression(keyword.value)))
                for keyword in node.keywords
            ),
        )
        return self._scope.note_call(call, self._loops, self._guards)

    def _callee(self, node: ast.expr) -> Expression:
        """What is called; a method that changes its object in place is no value by itself here."""
        if isinstance(node, ast.Attribute):
            return Attribute(node.lineno, self._expression(node.value), node.attr)
        return self._expression(node)

    def _operation(self, node: ast.BinOp) -> Expression:
        line = node.lineno
        match node.op:
            case ast.Add():
                return Sum(line, tuple(map(self._expression, summands(node))))
            case ast.BitOr():
                return Merged(line, self._expression(node.left), self._expression(node.right))
            case ast.Mod() if not isinstance(node.right, ast.List | ast.Set):
                return Inserted(line, self._expression(node.left), self._expression(node.right))
            case ast.Mult() | ast.Sub():
                name = "operator.mul" if isinstance(node.op, ast.Mult) else "operator.sub"
                return Call(line, Name(line, name), (self._expression(node.left), self._expression(node.right)))
        self._expression(node.left)
        self._expression(node.right)
        return Opaque(line)

    def _comprehension(
        self,
        node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp,
        key: ast.expr | None,
        value: ast.expr,
    ) -> Expression:
        first = Loop(self._expression(node.generators[0].iter))
        with self._within(Scope("comprehension", "", self._scope, node.lineno, at=self._at)) as scope:
            loops: list[Loop] = []
            conditions: list[Guard] = []
            for generator in node.generators:
                loop = Loop(self._expression(generator.iter)) if loops else first
                loops.append(loop)
                self._loops = tuple(loops)
                self._at += 1
                scope_guards, self._guards = self._guards, (Guard(loop),)
                self._bind(generator.target, Each(node.lineno, loop))
                self._guards = scope_guards
                conditions += [Guard(self._expression(condition)) for condition in generator.ifs]
                conditions += [UNKNOWN_CONDITION] * generator.is_async
            read_key = self._expression(key) if key else None
            read = self._expression(value)
        return Comprehension(node.lineno, scope, tuple(loops), read_key, read, tuple(conditions))


def last_name_of(node: ast.expr) -> str:
    """The last name of a decorator or base class, without its arguments and the module that it is in."""
    if isinstance(node, ast.Call | ast.Subscript):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _is_abstract(metaclass: ast.expr) -> bool:
    return last_name_of(metaclass) == "ABCMeta"


def _binds(node: ast.expr) -> bool:
    """Whether an expression binds a name."""
    return any(isinstance(each, ast.NamedExpr) for each in ast.walk(node))


def _is_text(value: str) -> bool:
    """Whether a text has no half of a character in it, which nothing could write down."""
    return value.isascii() or not any("\ud800" <= each <= "\udfff" for each in value)


def _is_type(callee: ast.expr) -> bool:
    """Whether what is called is a method of a type of the language, which gets its object: `list.append`."""
    return isinstance(callee, ast.Attribute) and last_name_of(callee.value) in ("dict", "list", "set", "object")


def _ends(statements: Sequence[ast.stmt]) -> bool:
    """Whether nothing behind a block runs after it."""
    match statements[-1] if statements else None:
        case ast.Return() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.If(body=body, orelse=other):
            return _ends(body) and _ends(other)
        case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
            return all(_is_plain_manager(item.context_expr) for item in items) and _ends(body)
    return False


def _is_plain_manager(node: ast.expr) -> bool:
    """Whether a context manager is one that lets all exceptions pass."""
    return isinstance(node, ast.Call) and last_name_of(node.func) in _PLAIN_MANAGERS


def _is_generator(statements: Iterable[ast.stmt]) -> bool:
    """Whether the body of a function yields."""
    left: list[ast.AST] = [*statements]
    while left:
        node = left.pop()
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef):
            left += ast.iter_child_nodes(node)
    return False


def _assigned_in(statements: Iterable[ast.stmt]) -> tuple[set[str], set[str], bool]:
    """
    The names that the body of a loop changes in place, those that it binds, and whether it may leave out a part of
    itself in a way that no condition of its own statements tells.
    """
    changed: set[str] = set()
    bound: set[str] = set()
    is_left = False
    left: list[tuple[ast.AST, int, bool]] = [(each, 0, False) for each in statements]
    while left:
        node, depth, is_inner = left.pop()
        match node:
            case ast.AugAssign(target=ast.Name(id=name), value=value):
                changed.add(name)
                left.append((value, depth, is_inner))
                continue
            case ast.AugAssign(target=ast.Attribute(value=ast.Name(id=name), attr=attribute), value=value):
                changed.add(f"{name}.{attribute}")
                left.append((value, depth, is_inner))
                continue
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()):
                bound.add(name)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute, ctx=ast.Store()):
                bound.add(f"{name}.{attribute}")
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.AsyncFunctionDef(name=name):
                bound.add(name)
                continue
            case ast.Lambda():
                continue
            case ast.alias(name=name, asname=other):
                bound.add(other or name.partition(".")[0])
            case ast.Subscript(value=of, ctx=ast.Store()) | ast.Call(func=ast.Attribute(value=of)):
                root: ast.expr = of
                while isinstance(root, ast.Subscript):
                    root = root.value
                if isinstance(root, ast.Name) and (isinstance(node, ast.Subscript) or _is_change(node)):
                    changed.add(root.id)
            case ast.Yield() | ast.YieldFrom():
                changed.add(_YIELDED)
            case ast.Return():
                is_left = True
            case ast.Break():
                is_left |= not is_inner
            case ast.Continue():
                is_left |= not is_inner and depth > 1
        is_inner |= isinstance(node, ast.For | ast.While | ast.AsyncFor)
        is_block = isinstance(node, ast.stmt)
        left += [(each, depth + is_block, is_inner) for each in ast.iter_child_nodes(node)]
    return changed, bound, is_left


def _is_change(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GROWING | _CHANGING
    )


def _is_field(value: Call) -> bool:
    return last_name(value.callee).lower() == "field"


def _default(value: Expression) -> Expression:
    """The default of a field, which `field(default_factory=list)` may say."""
    if isinstance(value, Call) and _is_field(value):
        named = dict(value.named)
        if "default_factory" in named:
            return Call(value.line, named["default_factory"], ())
        return named.get("default", value.arguments[0] if value.arguments else Opaque(value.line))
    return value


def _files(folder: str, path: str) -> tuple[str, ...]:
    """The files that a module may be in: its own, or that of its package."""
    whole = "/".join(filter(None, (folder, path)))
    return (whole, f"{whole}/__init__") if path else (f"{whole}/__init__" if whole else "__init__",)
