"""Makes the common form of Python source (see expression.py) from its syntax tree."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

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
    Opaque,
    Otherwise,
    Parameter,
    Rest,
    Scope,
    Site,
    Spread,
    Sum,
    Text,
)
from policypack.source.python import parsed, summands

_DEEPEST: Final = 100
"""How deep an expression may be nested; what is deeper is opaque."""
_GROWING: Final = frozenset({"append", "extend"})
_CHANGING: Final = frozenset(
    {"clear", "insert", "pop", "popitem", "remove", "reverse", "setdefault", "sort", "update", "__setitem__"}
)
_CONVERSION: Final = re.compile(r"%(?:\((\w{1,100})\))?(.)", re.DOTALL)


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
    return Module(file, reader.scopes)


class _Reader:
    """Reads one file."""

    def __init__(self, file: str, budget: Budget) -> None:
        self._budget = budget
        self._folder = file.rpartition("/")[0]
        self._scope = Scope("module", file, None)
        self._loops: tuple[Loop, ...] = ()
        self._depth = 0
        self.scopes = [self._scope]

    @contextmanager
    def _within(self, scope: Scope) -> Iterator[Scope]:
        outer = self._scope, self._loops
        self.scopes.append(scope)
        self._scope, self._loops = scope, ()
        yield scope
        self._scope, self._loops = outer

    # Statements

    def read(self, statements: Iterable[ast.stmt]) -> None:
        """Reads a block into the current scope."""
        for statement in statements:
            self._budget.spend(1)
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Expr(value=value):
                self._expression(value)
            case ast.Assign(targets=targets, value=value):
                for target, read in zip(targets, [self._expression(value)] * len(targets), strict=True):
                    self._bind(target, read)
            case ast.AnnAssign(target=target, value=value):
                if value:
                    self._bind(target, self._expression(value))
            case ast.AugAssign(target=target):
                self._expression(node.value)
                self._bind(target, Opaque(node.lineno))
            case ast.Return(value=value):
                self._scope.results.append(self._expression(value) if value else Constant(node.lineno, None))
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self._scope.bind(node.name, self._function(node))
            case ast.ClassDef():
                self._scope.bind(node.name, self._class(node))
            case ast.Import(names=names):
                for alias in names:
                    module = alias.name if alias.asname else alias.name.partition(".")[0]
                    self._scope.bind(alias.asname or module, self._imported(node.lineno, module, 0))
            case ast.ImportFrom(names=names):
                for alias in names:
                    found = self._imported(node.lineno, node.module or "", node.level, alias.name)
                    self._scope.bind(alias.asname or alias.name, found)
            case ast.For() | ast.AsyncFor():
                self._for(node)
            case ast.Delete(targets=targets):
                for target in targets:
                    self._bind(target, Opaque(node.lineno))
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    self._expression(item.context_expr)
                    if item.optional_vars:
                        self._bind(item.optional_vars, Opaque(node.lineno))
                self.read(node.body)
            case ast.Try() | ast.TryStar():
                self.read(node.body)
                for handler in node.handlers:
                    self.read(handler.body)
                self.read(node.orelse)
                self.read(node.finalbody)
            case ast.If() | ast.While():
                self._expression(node.test)
                self.read(node.body)
                self.read(node.orelse)
            case ast.Match(subject=subject, cases=cases):
                self._expression(subject)
                for case in cases:
                    for pattern in ast.walk(case.pattern):
                        if isinstance(pattern, ast.MatchAs | ast.MatchStar) and pattern.name:
                            self._scope.bind(pattern.name, Opaque(node.lineno))
                    self.read(case.body)

    def _for(self, node: ast.For | ast.AsyncFor) -> None:
        loop = Loop(self._expression(node.iter))
        self._bind(node.target, Each(node.lineno, loop))
        outer = self._loops
        self._loops = (*outer, loop)
        self.read(node.body)
        self._loops = outer
        self.read(node.orelse)

    def _bind(self, target: ast.expr, value: Expression) -> None:
        match target:
            case ast.Name(id=name):
                self._scope.bind(name, value)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute) if name == self._scope.receiver:
                assert self._scope.parent
                self._scope.parent.attributes.setdefault(attribute, []).append((self._scope, value))
            case ast.Tuple(elts=elements) | ast.List(elts=elements):
                for index, element in enumerate(elements):
                    if isinstance(element, ast.Starred):
                        is_last = index == len(elements) - 1
                        self._bind(element.value, Rest(value.line, value, index) if is_last else Opaque(value.line))
                        value = Opaque(value.line)
                    else:
                        self._bind(element, Item(value.line, value, Constant(value.line, index)))
            case ast.Subscript(value=of) | ast.Attribute(value=of):
                self._change(of, "changed")

    def _change(self, target: ast.expr, how: str) -> None:
        """Notes that a list or map is changed in place."""
        while isinstance(target, ast.Subscript):
            target = target.value
        if isinstance(target, ast.Attribute):
            if isinstance(target.value, ast.Name) and target.value.id == self._scope.receiver and self._scope.parent:
                attributes = self._scope.parent.attributes
                attributes.setdefault(target.attr, []).append((self._scope, Opaque(target.lineno)))
            while isinstance(target, ast.Attribute | ast.Subscript):
                target = target.value
        if isinstance(target, ast.Name):
            names = self.scopes[0].grown if how == "grown" else self.scopes[0].changed
            names.add(target.id)

    # Functions and classes

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Expression:
        decorators = [self._expression(each) for each in node.decorator_list]
        scope = Scope("function", node.name, self._scope, node.lineno)
        names = {each.name for each in decorators if isinstance(each, Name)}
        self._parameters(scope, node.args)
        if self._scope.kind == "class" and scope.parameters and "staticmethod" not in names:
            first = scope.parameters.pop(0)
            if "classmethod" in names:
                scope.bind(first.name, Opaque(node.lineno))
            else:
                scope.receiver = first.name
        with self._within(scope):
            self.read(node.body)
        if any(isinstance(each, ast.Yield | ast.YieldFrom) for each in ast.walk(node)):
            scope.results = [Opaque(node.lineno)]
        if "property" in names and self._scope.kind == "class":
            value = OneOfThese(node.lineno, tuple(scope.results))
            self._scope.attributes.setdefault(node.name, []).append((scope, value))
        elif decorators and not names <= {"staticmethod", "classmethod"}:
            scope.results = [Opaque(node.lineno)]
        return Function(node.lineno, scope)

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
        scope = Scope("class", node.name, self._scope, node.lineno)
        scope.bases = tuple(self._expression(base) for base in node.bases)
        decorators = {each.id if isinstance(each, ast.Name) else "" for each in map(_decorator, node.decorator_list)}
        with self._within(scope):
            self.read(node.body)
        if "dataclass" in decorators and "__init__" not in scope.bindings:
            maker = Scope("function", "__init__", scope, node.lineno)
            self.scopes.append(maker)
            maker.receiver = "self"
            for field in node.body:
                if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name):
                    name = field.target.id
                    default = scope.bindings.pop(name, [None])[0]
                    maker.parameters.append(Parameter(name, default))
                    scope.attributes.setdefault(name, []).append((maker, Name(field.lineno, name)))
            scope.bind("__init__", Function(node.lineno, maker))
        elif decorators:
            return Opaque(node.lineno)
        return Function(node.lineno, scope)

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
            case ast.Constant(value=value):
                return Constant(line, value) if isinstance(value, str | int | float | None) else Opaque(line)
            case ast.JoinedStr(values=values):
                return Text(line, tuple(map(self._expression, values)))
            case ast.FormattedValue(value=value, conversion=-1 | 115, format_spec=None):
                return self._expression(value)
            case ast.Name(id=name):
                return Name(line, name)
            case ast.Attribute(value=of, attr=name):
                return Attribute(line, self._expression(of), name)
            case ast.Subscript(value=of, slice=key):
                return Item(line, self._expression(of), self._expression(key))
            case ast.Call():
                return self._call(node)
            case ast.List(elts=elements) | ast.Tuple(elts=elements) | ast.Set(elts=elements):
                return Elements(line, tuple(map(self._expression, elements)))
            case ast.Starred(value=value):
                return Spread(line, self._expression(value))
            case ast.Dict(keys=keys, values=values):
                return Entries(line, tuple(map(self._entry, keys, values)))
            case ast.BinOp():
                return self._operation(node)
            case ast.BoolOp(op=ast.Or(), values=values):
                found = self._expression(values[-1])
                for value in reversed(values[:-1]):
                    found = Otherwise(line, self._expression(value), found)
                return found
            case ast.IfExp(body=body, orelse=other):
                self._expression(node.test)
                return OneOfThese(line, (self._expression(body), self._expression(other)))
            case ast.Await(value=value):
                return self._expression(value)
            case ast.NamedExpr(target=target, value=value):
                read = self._expression(value)
                self._bind(target, read)
                return read
            case ast.Lambda(args=arguments, body=body):
                scope = Scope("function", "", self._scope, line)
                self._parameters(scope, arguments)
                with self._within(scope):
                    scope.results.append(self._expression(body))
                return Function(line, scope)
            case ast.ListComp(elt=value) | ast.GeneratorExp(elt=value) | ast.SetComp(elt=value):
                return self._comprehension(node, None, value)
            case ast.DictComp(key=key, value=value):
                return self._comprehension(node, key, value)
        for inner in ast.iter_child_nodes(node):
            if isinstance(inner, ast.expr):
                self._expression(inner)
        return Opaque(line)

    def _entry(self, key: ast.expr | None, value: ast.expr) -> tuple[Expression | None, Expression]:
        if key is None:
            return None, Spread(value.lineno, self._expression(value))
        return self._expression(key), self._expression(value)

    def _call(self, node: ast.Call) -> Expression:
        line = node.lineno
        if isinstance(node.func, ast.Attribute) and node.func.attr in _GROWING | _CHANGING:
            self._change(node.func.value, "grown" if node.func.attr in _GROWING else "changed")
        call = Call(
            line,
            self._expression(node.func),
            tuple(map(self._expression, node.args)),
            tuple(
                (keyword.arg, self._expression(keyword.value))
                if keyword.arg
                else ("", Spread(keyword.value.lineno, self._expression(keyword.value)))
                for keyword in node.keywords
            ),
        )
        site = Site(call, self._scope, self._loops)
        self._scope.sites.append(site)
        for argument in call.arguments:
            if isinstance(argument, Function) and not argument.scope.name:
                argument.scope.passed_to = site
        return call

    def _operation(self, node: ast.BinOp) -> Expression:
        line = node.lineno
        match node.op:
            case ast.Add():
                return Sum(line, tuple(map(self._expression, summands(node))))
            case ast.BitOr():
                return Merged(line, self._expression(node.left), self._expression(node.right))
            case ast.Mod() if isinstance(node.left, ast.Constant) and isinstance(node.left.value, str):
                return self._inserted(line, node.left.value, node.right)
        self._expression(node.left)
        self._expression(node.right)
        return Opaque(line)

    def _inserted(self, line: int, template: str, given: ast.expr) -> Expression:
        """The text that `template % given` is."""
        self._budget.spend(len(template) // 100)
        value = self._expression(given)
        is_tuple = isinstance(given, ast.Tuple)
        parts: list[Expression] = []
        end = count = 0
        for conversion in _CONVERSION.finditer(template):
            name, kind = conversion.groups()
            parts.append(Constant(line, template[end : conversion.start()]))
            end = conversion.end()
            if kind == "%":
                parts.append(Constant(line, "%"))
            elif kind not in "ds":
                return Opaque(line)
            elif name:
                parts.append(Item(line, value, Constant(line, name)))
            else:
                parts.append(Item(line, value, Constant(line, count)) if is_tuple else value)
                count += 1
        return Text(line, (*parts, Constant(line, template[end:])))

    def _comprehension(
        self,
        node: ast.ListComp | ast.GeneratorExp | ast.SetComp | ast.DictComp,
        key: ast.expr | None,
        value: ast.expr,
    ) -> Expression:
        first = Loop(self._expression(node.generators[0].iter))
        with self._within(Scope("comprehension", "", self._scope, node.lineno)) as scope:
            loops: list[Loop] = []
            for generator in node.generators:
                loop = Loop(self._expression(generator.iter)) if loops else first
                loops.append(loop)
                self._bind(generator.target, Each(node.lineno, loop))
                for condition in generator.ifs:
                    self._expression(condition)
            self._loops = tuple(loops)
            read_key = self._expression(key) if key else None
            read = self._expression(value)
        is_filtered = any(generator.ifs or generator.is_async for generator in node.generators)
        return Comprehension(node.lineno, scope, tuple(loops), read_key, read, is_filtered)


def _decorator(node: ast.expr) -> ast.expr:
    """What decorates, without its arguments and the module that it is in."""
    if isinstance(node, ast.Call):
        node = node.func
    return ast.Name(node.attr) if isinstance(node, ast.Attribute) else node


def _files(folder: str, path: str) -> tuple[str, ...]:
    """The files that a module may be in: its own, or that of its package."""
    whole = "/".join(filter(None, (folder, path)))
    return (whole, f"{whole}/__init__") if path else (f"{whole}/__init__" if whole else "__init__",)
