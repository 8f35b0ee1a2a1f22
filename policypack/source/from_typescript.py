"""Makes the common form of TypeScript and JavaScript source (see expression.py) from its syntax tree."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import reduce
from typing import Final
from typing import Literal as OneOf

from tree_sitter import Node

from policypack.source.aliases import COPYING, aliased, note_aliases, note_passed
from policypack.source.budget import Budget
from policypack.source.expression import (
    MOST_GUARDS,
    UNKNOWN_CONDITION,
    And,
    Attribute,
    Bound,
    Call,
    Choice,
    Comparison,
    Constant,
    Each,
    Elements,
    Entries,
    Expression,
    Former,
    Function,
    Guard,
    Imported,
    Item,
    Loop,
    Merged,
    Module,
    Name,
    Not,
    OneOfThese,
    Opaque,
    Otherwise,
    Parameter,
    Property,
    Rest,
    Scope,
    Spread,
    Sum,
    Text,
)
from policypack.source.literals import unescaped
from policypack.source.tree_reader import TreeReader, line_of, text_of
from policypack.source.trees import end_of, parsed

_GROWING: Final = frozenset({"push"})
_CHANGING: Final = frozenset({"copyWithin", "fill", "pop", "reverse", "shift", "sort", "splice", "unshift"})
_CHANGES_FIRST: Final = frozenset(
    {
        *("Object.assign", "Object.defineProperty", "Object.defineProperties", "Object.setPrototypeOf"),
        *("Reflect.set", "Reflect.defineProperty", "Reflect.deleteProperty"),
    }
)
"""What changes its first argument in place."""
_CONSTANTS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "undefined": None}
_WRAPPERS: Final = frozenset(
    {
        *("as_expression", "await_expression", "non_null_expression", "parenthesized_expression"),
        *("satisfies_expression", "type_assertion", "instantiation_expression"),
    }
)
_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_STATEMENTS: Final = ("statement", "declaration", "clause", "block", "body", "case", "default")
"""How the types of nodes end that are no expressions."""
_COMPARISONS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("===", "=="), "==="),
    **dict.fromkeys(("!==", "!="), "!=="),
    **{each: each for each in ("<", "<=", ">", ">=")},
}
_BLOCKS: Final = frozenset({"statement_block", "switch_case", "switch_default", "for_statement"})
"""What holds the declarations of its own names."""
_DECLARATIONS: Final = frozenset(
    {
        *("lexical_declaration", "variable_declaration", "class_declaration", "abstract_class_declaration"),
        *("function_declaration", "generator_function_declaration"),
    }
)
_NAMES: Final = frozenset({"identifier", "shorthand_property_identifier_pattern", "type_identifier"})
_TYPES: Final = frozenset({"comment", "interface_declaration", "type_alias_declaration", "ambient_declaration"})


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a TypeScript or JavaScript file says. Of what is no valid source, the valid parts count.

    :param file: its name, as in Place.
    :raises BudgetExceededError: where it takes too long.
    """
    reader = _Reader(file, budget)
    reader.read(parsed(end_of(file), text.encode(), budget).root_node.named_children)
    module = Module(file, reader.scopes)
    note_passed(module, budget)
    return module


def _ends(node: Node | None) -> bool:
    """Whether nothing behind a part of a block runs after it."""
    if node and node.type == "statement_block":
        node = next((each for each in reversed(node.named_children) if each.type != "comment"), None)
    return node is not None and node.type in (
        "return_statement",
        "throw_statement",
        "continue_statement",
        "break_statement",
    )


def _elements(node: Node) -> list[Node | None]:
    """The elements of an array, a pattern or a list of arguments; None for a hole, as in `[, second]`."""
    found: list[Node | None] = []
    element: Node | None = None
    for child in node.children:
        if child.type == ",":
            found.append(element)
            element = None
        elif child.is_named and child.type != "comment":
            element = child
    return [*found, element] if element else found


def _declared_in(node: Node) -> Iterator[str]:
    """The names that a block or a loop declares for itself."""
    if node.type == "for_in_statement" and any(child.type in ("const", "let") for child in node.children):
        yield from _names_in(node.child_by_field_name("left"))
    elif node.type == "catch_clause":
        yield from _names_in(node.child_by_field_name("parameter"))
    elif node.type in _BLOCKS:
        for child in node.named_children:
            if child.type != "variable_declaration":
                yield from _declared_by(child)
    elif node.type == "switch_body":
        for child in node.named_children:
            yield from _declared_in(child)


def _declared_by(node: Node) -> Iterator[str]:
    """The names that a statement declares."""
    if node.type in _DECLARATIONS:
        for child in node.named_children if node.type.startswith(("lexical", "variable")) else [node]:
            yield from _names_in(child.child_by_field_name("name"))


def _names_in(pattern: Node | None) -> Iterator[str]:
    """The names that a pattern binds, and some more that its defaults mention."""
    left = [pattern] if pattern else []
    while left:
        node = left.pop()
        if node.type in _NAMES:
            yield text_of(node)
        left += node.named_children


def _as_test(value: Expression) -> Expression:
    """A condition, in which an empty list or map counts as true."""
    is_test = isinstance(value, Comparison | Not)
    return value if is_test else Call(value.line, Imported(value.line, (), "Boolean"), (value,))


class _Reader(TreeReader):
    """Reads one file."""

    def __init__(self, file: str, budget: Budget) -> None:
        super().__init__(file, budget, _READ, _CONSTANTS)
        self._is_repeated = False
        self._renamed: Mapping[str, str] = {}
        self._at = 1

    @contextmanager
    def _within(self, scope: Scope) -> Iterator[Scope]:
        outer, self._is_repeated = self._is_repeated, False
        with super()._within(scope):
            yield scope
        self._is_repeated = outer

    # Statements

    def read(self, nodes: Iterable[Node]) -> None:
        """Reads statements into the current scope."""
        guards = self._guards
        super().read(nodes)
        self._guards = guards

    def _branch(self, node: Node | None, *guards: Guard) -> None:
        """Reads a part that runs under conditions."""
        outer = self._guards
        self._guards = (*outer, *guards) if len(outer) < MOST_GUARDS else (*outer, UNKNOWN_CONDITION)
        if node:
            self.read([node])
        self._guards = outer

    def _statement(self, node: Node) -> None:
        outer = self._renamed
        if own := tuple(_declared_in(node)):
            self._renamed = {**outer, **{name: f"{name}#{node.start_byte}" for name in own}}
        self._read_statement(node)
        self._renamed = outer

    def _own_name(self, node: Node | None) -> str:
        """The name that a node is: one that a block declares is another one outside of it."""
        return self._own_name_of(text_of(node))

    def _own_name_of(self, name: str) -> str:
        return self._renamed.get(name, name)

    def _read_statement(self, node: Node) -> None:
        match node.type:
            case kind if kind in _TYPES:
                pass
            case "lexical_declaration" | "variable_declaration":
                for declared in node.named_children:
                    name, value = declared.child_by_field_name("name"), declared.child_by_field_name("value")
                    if name and value:
                        self._bind(name, self._expression(value))
                    elif name:
                        self._scope.bindings.setdefault(self._own_name(name), [])
            case "function_declaration" | "generator_function_declaration":
                self._scope.bind(self._own_name(node.child_by_field_name("name")), self._function(node))
            case "class_declaration" | "abstract_class_declaration":
                self._scope.bind(self._own_name(node.child_by_field_name("name")), self._class(node))
            case "import_statement":
                self._import(node)
            case "export_statement":
                self._export(node)
            case "return_statement":
                value = next((each for each in node.named_children if each.type != "comment"), None)
                read = self._expression(value) if value else Constant(line_of(node), None)
                self._scope.results.append(Bound(line_of(node), read, 0, self._guards))
            case "catch_clause":
                for own in _names_in(node.child_by_field_name("parameter")):
                    self._scope.bind(self._renamed[own], Opaque(line_of(node)))
                self._parts(node)
            case "for_in_statement":
                self._for(node)
            case "if_statement":
                self._if(node)
            case "for_statement" | "while_statement" | "do_statement":
                self._repeat(lambda: self._parts(node, UNKNOWN_CONDITION))
            case "try_statement" | "switch_statement":
                self._parts(node, UNKNOWN_CONDITION)
            case _:
                self._parts(node)

    def _parts(self, node: Node, *guards: Guard) -> None:
        """Reads a block or an expression: each part is a statement, or an expression."""
        outer = self._guards
        self._guards = (*outer, *guards)
        for inner in node.named_children:
            if inner.type.endswith(_STATEMENTS):
                self._read_one(inner)
            elif inner.type not in _TYPES:
                self._expression(inner)
        self._guards = outer

    def _repeat(self, read: Callable[[], None]) -> None:
        """Reads a loop, in which the order of bindings is not that of the source."""
        outer, self._is_repeated = self._is_repeated, True
        read()
        self._is_repeated = outer

    def _if(self, node: Node) -> None:
        condition = node.child_by_field_name("condition")
        test = self._test(condition) if condition else Opaque(line_of(node))
        consequence, alternative = (node.child_by_field_name(name) for name in ("consequence", "alternative"))
        self._branch(consequence, Guard(test))
        self._branch(alternative, Guard(test, is_met=False))
        if _ends(consequence) and len(self._guards) < MOST_GUARDS:
            # Of the rest of the block.
            self._guards = (*self._guards, Guard(test, is_met=False))

    def _test(self, node: Node) -> Expression:
        return _as_test(self._expression(node))

    def _for(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        over = self._expression(right) if right else Opaque(line_of(node))
        if any(child.type == "in" for child in node.children):
            keys = Attribute(over.line, Name(over.line, "Object"), "keys")
            over = Call(over.line, keys, (over,))
        loop = Loop(over, is_shared=False)
        outer = self._loops
        self._loops = (*outer, loop)

        is_declared = any(child.type in ("const", "let", "var") for child in node.children)
        bind = self._bind if is_declared else self._assign

        def read() -> None:
            if left:
                bind(left, Each(line_of(node), loop))
            self._branch(node.child_by_field_name("body"), Guard(loop))

        self._repeat(read)
        self._loops = outer

    def _import(self, node: Node) -> None:
        source = node.child_by_field_name("source")
        for clause in node.named_children:
            if clause.type == "import_require_clause":
                module = clause.child_by_field_name("source")
                self._scope.bind(text_of(clause.named_children[0]), self._imported(node, self._string(module)))
            elif clause.type == "import_clause":
                for part in clause.named_children:
                    self._import_part(node, part, self._string(source))

    def _import_part(self, node: Node, part: Node, module: str) -> None:
        if part.type == "identifier":
            self._scope.bind(text_of(part), self._imported(node, module, "default"))
        elif part.type == "namespace_import":
            self._scope.bind(text_of(part.named_children[0]), self._imported(node, module))
        elif part.type == "named_imports":
            for each in part.named_children:
                name = text_of(each.child_by_field_name("name"))
                alias = text_of(each.child_by_field_name("alias")) or name
                self._scope.bind(alias, self._imported(node, module, name))

    def _export(self, node: Node) -> None:
        if declared := node.child_by_field_name("declaration"):
            self._statement(declared)
            if any(child.type == "default" for child in node.children):
                self._scope.bind("default", Name(line_of(node), text_of(declared.child_by_field_name("name"))))
        elif value := node.child_by_field_name("value"):
            self._scope.bind("default", self._expression(value))
        else:
            source = node.child_by_field_name("source")
            for clause in node.named_children:
                for each in clause.named_children if clause.type == "export_clause" else ():
                    name = text_of(each.child_by_field_name("name"))
                    alias = text_of(each.child_by_field_name("alias")) or name
                    if source:
                        self._scope.bind(alias, self._imported(node, self._string(source), name))
                    elif alias != name:
                        self._scope.bind(alias, Name(line_of(node), name))

    def _imported(self, node: Node, module: str, name: str = "") -> Expression:
        if module.startswith("."):
            path = posixpath.normpath(posixpath.join(self._folder, module))
            for end in (".js", ".mjs", ".cjs", ".ts"):
                path = path.removesuffix(end)
            index = "index" if path == "." else f"{path}/index"
            return Imported(line_of(node), (path, index), "", name)
        path = module.removeprefix("@pulumi/").replace("/", ".").replace("@", "")
        # The default export of a library is the library.
        return Imported(line_of(node), (), path, "" if name == "default" else name)

    def _bind(self, target: Node, value: Expression) -> None:
        match target.type:
            case "identifier" | "shorthand_property_identifier_pattern":
                self._bind_name(self._own_name(target), value)
            case "array_pattern":
                for index, each in enumerate(_elements(target)):
                    if each is None:
                        continue
                    if each.type == "rest_pattern":
                        self._bind(each.named_children[0], Rest(value.line, value, index))
                    else:
                        self._bind(each, Item(value.line, value, Constant(value.line, index)))
            case "object_pattern":
                for each in target.named_children:
                    self._bind_property(each, value)
            case "assignment_pattern":
                left, right = target.child_by_field_name("left"), target.child_by_field_name("right")
                if left and right:
                    # What is nothing may be null, which stays, or undefined, for which the default stands.
                    self._expression(right)
                    self._bind(left, Otherwise(value.line, value, Opaque(value.line)))
            case "member_expression":
                of, name = target.child_by_field_name("object"), text_of(target.child_by_field_name("property"))
                method = self._method()
                if of and of.type == "this" and method and method.parent:
                    method.parent.attributes.setdefault(name, []).append((method, value))
                elif of and text_of(of) in ("exports", "module.exports"):
                    self.scopes[0].bind(name, value)
                elif text_of(target) == "module.exports":
                    if isinstance(value, Entries):
                        for key, entry in value.entries:
                            if isinstance(key, Constant):
                                self.scopes[0].bind(str(key.value), entry)
                elif of:
                    self._update(target, lambda _: value, "changed", -1)
            case "subscript_expression":
                self._update(target, lambda _: value, "changed", -1)

    def _is_own(self, name: str) -> bool:
        """Whether a name is declared in the current scope."""
        return name in self._scope.bindings or any(each.name == name for each in self._scope.parameters)

    def _bind_name(self, name: str, value: Expression, changes: OneOf["", "grown", "changed"] = "") -> None:
        if self._is_repeated:
            self._scope.bind(name, value)
            return
        self._at += 1
        self._scope.bind(name, Bound(value.line, value, self._at, self._guards, changes))

    def _update(
        self, target: Node, new: Callable[[Expression], Expression], changes: OneOf["grown", "changed"], depth: int = 0
    ) -> None:
        """
        Binds a name to what a change in place makes of it, or of what is in it.

        :param depth: how deep in the list or map it is that is changed; -1 where the target is an entry that is set.
        """
        name, line = self._own_name(target), line_of(target)
        of = target.child_by_field_name("object")
        if target.type == "identifier" and self._is_own(name) and not self._is_repeated:
            if note_aliases(name, self._scope, self._budget, is_inside=depth > 0):
                self._change(target, depth=depth)
            self._bind_name(name, new(Former(line, name, self._at)), changes)
        elif of and of.type != "this" and target.type in ("member_expression", "subscript_expression"):
            index = target.child_by_field_name("index")
            key = self._expression(index) if index else Constant(line, text_of(target.child_by_field_name("property")))

            def merged(old: Expression) -> Expression:
                return Merged(line, old, Entries(line, ((key, new(Item(line, old, key))),)))

            self._update(of, merged, "changed", depth + 1)
        else:
            if target.type == "identifier" and not self._is_own(name):
                # A text or a number is another one afterwards.
                self._assigned(name, Opaque(line))
            self._change(target, grows=changes == "grown" and not depth, depth=depth)

    def _bind_property(self, each: Node, value: Expression) -> None:
        if each.type == "pair_pattern":
            inner, key = each.child_by_field_name("value"), text_of(each.child_by_field_name("key"))
            key = key.strip("\"'")
            default = inner.child_by_field_name("right") if inner and inner.type == "assignment_pattern" else None
            left = inner.child_by_field_name("left") if inner and default else inner
            if key.startswith("["):
                found: Expression = Opaque(value.line)
            else:
                found = self._entry(value, key, default)
            if left:
                self._bind(left, found)
        elif each.type == "object_assignment_pattern":
            left, right = each.child_by_field_name("left"), each.child_by_field_name("right")
            if left and right:
                self._bind(left, self._entry(value, text_of(left), right))
        elif each.type == "rest_pattern":
            # What the entries are is what they are in the other map.
            unknown = Opaque(value.line)
            self._bind(each.named_children[0], Choice(value.line, unknown, value, unknown))
        else:
            self._bind(each, self._entry(value, text_of(each), None))

    def _entry(self, value: Expression, key: str, default: Node | None) -> Expression:
        """An entry of what is taken apart, or the default where it has none."""
        line = value.line
        found = Property(line, value, key)
        if default is None:
            return found
        is_there = Comparison(line, "in", Constant(line, key), value)
        # What is there may be null, which stays, or undefined, for which the default stands.
        return Choice(line, is_there, Otherwise(line, found, Opaque(line)), self._expression(default))

    def _method(self) -> Scope | None:
        """The method that the current scope is in."""
        scope: Scope | None = self._scope
        while scope and not scope.receiver:
            scope = scope.parent
        return scope

    def _change(self, target: Node, *, grows: bool = False, depth: int = 0) -> None:
        """Notes that a list or map is changed in place, or what is in it, `depth` levels down."""
        path = target
        while path.type in ("member_expression", "subscript_expression", *_WRAPPERS):
            inner = path.child_by_field_name("object") or next(iter(path.named_children), None)
            if inner is None:
                return
            if inner.type == "this" and (method := self._method()) and method.parent:
                name = text_of(path.child_by_field_name("property"))
                method.parent.attributes.setdefault(name, []).append((method, Opaque(line_of(target))))
                # What its attributes are is changed.
                method.parent.mutates.add(name)
            if path.type == "member_expression":
                self.scopes[0].changes_of_others.add(text_of(path.child_by_field_name("property")))
            depth += path.type not in _WRAPPERS
            path = inner
        if path.type == "identifier":
            names = self.scopes[0].grown if grows and path is target else self.scopes[0].changed
            names.add(self._own_name(path))
            note_aliases(self._own_name(path), self._scope, self._budget, is_inside=depth > 0)
        elif depth > 0 or not self._is_new(path):
            for name in {self._own_name_of(each) for each in _names_in(path)}:
                self.scopes[0].changed.add(name)
                note_aliases(name, self._scope, self._budget, is_inside=True)

    @staticmethod
    def _is_new(node: Node) -> bool:
        """Whether an expression makes a list or map that no name stands for."""
        callee = node.child_by_field_name("function")
        if callee is None:
            return node.type in ("array", "object", "new_expression", "this", "super")
        return text_of(callee.child_by_field_name("property")) in COPYING

    # Functions and classes

    def _function(self, node: Node, receiver: str = "") -> Function:
        name = "" if node.type in _FUNCTIONS else self._own_name(node.child_by_field_name("name"))
        if receiver or node.type == "method_definition":
            name = text_of(node.child_by_field_name("name"))
        parts = [node.child_by_field_name(part) for part in ("parameter", "parameters", "body")]
        own = {each for part in parts[:2] for each in _names_in(part)}
        own |= {each for child in parts[2].named_children for each in _declared_by(child)} if parts[2] else set()
        outer = self._renamed
        scope = Scope("function", name, self._scope, line_of(node), receiver=receiver, at=self._at)
        with self._within(scope):
            self._renamed = {each: other for each, other in outer.items() if each not in own}
            if single := node.child_by_field_name("parameter"):
                self._parameter(single, None)
            elif parameters := node.child_by_field_name("parameters"):
                for parameter in parameters.named_children:
                    pattern = parameter.child_by_field_name("pattern")
                    if pattern and pattern.type != "this":
                        self._parameter(pattern, parameter.child_by_field_name("value"))
                        if any(child.type in ("accessibility_modifier", "readonly") for child in parameter.children):
                            held = scope.parameters[-1].name
                            assert scope.parent
                            scope.parent.attributes.setdefault(held, []).append((scope, Name(line_of(node), held)))
            body = node.child_by_field_name("body")
            if body and body.type == "statement_block":
                self.read(body.named_children)
            elif body:
                scope.results.append(self._expression(body))
            self._renamed = outer
        if "generator" in node.type:
            scope.results = [Opaque(line_of(node))]
        return Function(line_of(node), scope)

    def _parameter(self, pattern: Node, default: Node | None) -> None:
        read = self._expression(default) if default else None
        if pattern.type == "rest_pattern":
            self._scope.parameters.append(Parameter(text_of(pattern.named_children[0]), None, "rest"))
        elif pattern.type == "identifier":
            self._scope.parameters.append(Parameter(text_of(pattern), read, sees_others=True))
        else:
            # `#` cannot be part of a name in a program.
            name = f"#{len(self._scope.parameters)}"
            self._scope.parameters.append(Parameter(name, read, sees_others=True))
            self._bind(pattern, Name(line_of(pattern), name))

    def _class(self, node: Node) -> Function:
        scope = Scope("class", self._own_name(node.child_by_field_name("name")), self._scope, line_of(node))
        bases = [each for part in node.named_children if part.type == "class_heritage" for each in part.named_children]
        extended = [value for part in bases if (value := part.child_by_field_name("value"))]
        scope.bases = tuple(map(self._expression, extended))
        with self._within(scope):
            body = node.child_by_field_name("body")
            for member in body.named_children if body else ():
                self._budget.spend(1)
                self._member(scope, member)
        return Function(line_of(node), scope)

    def _member(self, scope: Scope, member: Node) -> None:
        name = text_of(member.child_by_field_name("name"))
        kinds = {child.type for child in member.children}
        if member.type == "method_definition":
            function = self._function(member, receiver="" if "static" in kinds else "this")
            if "get" in kinds:
                read = OneOfThese(line_of(member), tuple(function.scope.results))
                scope.attributes.setdefault(name, []).append((function.scope, read))
            else:
                scope.bind(name, function)
        elif member.type == "class_static_block":
            # It may bind all that the class has.
            for bound in scope.bindings.values():
                bound.append(Opaque(line_of(member)))
            with self._within(Scope("function", f"#{line_of(member)}", scope, line_of(member))):
                self.read(member.named_children)
        elif member.type == "public_field_definition" and (value := member.child_by_field_name("value")):
            if "static" in kinds:
                scope.bind(name, self._expression(value))
                return
            maker = Scope("function", f"#{name}", scope, line_of(member), receiver="this")
            with self._within(maker):
                scope.attributes.setdefault(name, []).append((maker, self._expression(value)))

    # Expressions

    def _read_expression(self, node: Node) -> Expression:
        if node.type in _WRAPPERS:
            inner = next((each for each in node.named_children if each.type != "type_arguments"), None)
            return self._expression(inner) if inner else Opaque(line_of(node))
        return super()._read_expression(node)

    def _name(self, node: Node) -> Expression:
        text = self._own_name(node)
        if text == "undefined":
            return Constant(line_of(node), None)
        return Name(line_of(node), text, 0 if self._is_repeated else self._at)

    def _string(self, node: Node | None) -> str:
        return unescaped(text_of(node)[1:-1])

    def _template(self, node: Node) -> Expression:
        parts: list[Expression] = []
        content = node.text or b""
        end = node.start_byte + 1
        for inner in node.named_children:
            if inner.type == "template_substitution":
                parts.append(self._literal(node, content[end - node.start_byte : inner.start_byte - node.start_byte]))
                parts += [self._expression(each) for each in inner.named_children[:1]]
                end = inner.end_byte
        parts.append(self._literal(node, content[end - node.start_byte : len(content) - 1]))
        return Text(line_of(node), tuple(parts))

    @staticmethod
    def _literal(node: Node, content: bytes) -> Expression:
        return Constant(line_of(node), unescaped(content.decode(errors="replace")))

    def _object(self, node: Node) -> Expression:
        entries: list[tuple[Expression | None, Expression]] = []
        for each in node.named_children:
            line = line_of(each)
            if each.type == "pair":
                key, value = each.child_by_field_name("key"), each.child_by_field_name("value")
                if key and value:
                    read = self._expression(value)
                    if isinstance(read, Function) and not read.scope.name:
                        read.scope.name = self._string(key) if key.type == "string" else text_of(key)
                    entries.append((self._key(key), read))
            elif each.type == "shorthand_property_identifier":
                entries.append((Constant(line, text_of(each)), self._name(each)))
            elif each.type == "spread_element":
                entries.append((None, Spread(line, self._expression(each.named_children[0]))))
            elif each.type == "method_definition":
                function = self._function(each)
                is_accessor = any(child.type in ("get", "set") for child in each.children)
                name = Constant(line, text_of(each.child_by_field_name("name")))
                entries.append((name, Opaque(line) if is_accessor else function))
        if any(isinstance(key, Constant) and key.value == "toJSON" for key, _ in entries):
            # It says itself what JSON it is.
            return Opaque(line_of(node))
        return Entries(line_of(node), tuple(entries))

    def _key(self, node: Node) -> Expression:
        if node.type == "computed_property_name":
            return self._expression(node.named_children[0])
        text = self._string(node) if node.type == "string" else text_of(node)
        return Constant(line_of(node), text)

    def _array(self, node: Node) -> Expression:
        return Elements(
            line_of(node), tuple(self._expression(each) if each else Opaque(line_of(node)) for each in _elements(node))
        )

    def _spread(self, node: Node) -> Expression:
        return Spread(line_of(node), self._expression(node.named_children[0]))

    def _attribute(self, node: Node) -> Expression:
        of, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("property"))
        # It replaces once, and what other languages call so replaces all.
        known = "replaceFirst" if name == "replace" else name
        is_called = node.parent and node.parent.child_by_field_name("function") == node
        if of and name in _GROWING | _CHANGING and not is_called:
            # `list.push.bind(list)`
            self._change(of)
        return Property(line_of(node), self._expression(of), known) if of else Opaque(line_of(node))

    def _item(self, node: Node) -> Expression:
        of, key = node.child_by_field_name("object"), node.child_by_field_name("index")
        return Item(line_of(node), self._expression(of), self._expression(key)) if of and key else Opaque(line_of(node))

    def _call(self, node: Node) -> Expression:
        callee = node.child_by_field_name("function") or node.child_by_field_name("constructor")
        given = node.child_by_field_name("arguments")
        if callee is None:
            return Opaque(line_of(node))
        if given and given.type == "template_string":
            is_text = text_of(callee).rpartition(".")[2] == "interpolate"
            return self._template(given) if is_text else Opaque(line_of(node))
        if callee.type == "member_expression":
            name, of = text_of(callee.child_by_field_name("property")), callee.child_by_field_name("object")
            if of and name in _GROWING and node.parent and node.parent.type == "expression_statement" and given:
                return self._pushed(node, of, given)
            if of and name in _GROWING | _CHANGING:
                self._change(of, grows=name in _GROWING)
        arguments = [each for each in given.named_children if each.type != "comment"] if given else []
        called = callee.child_by_field_name("object")
        if callee.type == "subscript_expression" and called:
            self._change(called)
        if called and arguments and text_of(called.child_by_field_name("property")) in _GROWING | _CHANGING:
            # `Array.prototype.push.call(list, element)`
            self._change(arguments[0])
        if text_of(callee) in _CHANGES_FIRST and arguments:
            return self._changing_first(node, callee, arguments)
        if text_of(callee) == "require" and arguments and arguments[0].type == "string":
            return self._imported(node, self._string(arguments[0]))
        return self._called(Call(line_of(node), self._expression(callee), tuple(map(self._expression, arguments))))

    def _changing_first(self, node: Node, callee: Node, arguments: list[Node]) -> Expression:
        line = line_of(node)
        read = tuple(map(self._expression, arguments))

        def changed(old: Expression) -> Expression:
            if text_of(callee) != "Object.assign" or any(isinstance(each, Spread) for each in read):
                return Opaque(line)
            return reduce(lambda first, second: Merged(line, first, second), read[1:], old)

        self._update(arguments[0], changed, "changed")
        return self._called(Call(line, self._expression(callee), read))

    def _pushed(self, node: Node, of: Node, given: Node) -> Expression:
        line = line_of(node)
        added = self._array(given)
        self._update(of, lambda old: Sum(line, (old, added)), "grown")
        return Opaque(line)

    def _super(self, node: Node) -> Expression:
        """The object as its class's base has it; called itself, the constructor of that."""
        made = Call(line_of(node), Name(line_of(node), "super"), ())
        is_called = node.parent and node.parent.type == "call_expression"
        return Attribute(line_of(node), made, "constructor") if is_called else made

    def _operation(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.child_by_field_name("operator"))
        if left is None or right is None:
            return Opaque(line_of(node))
        if operator == "+":
            return Sum(line_of(node), self._terms(node))
        first = self._expression(left)
        if operator in ("&&", "||", "??"):
            test = _as_test(first)
            guard = UNKNOWN_CONDITION if operator == "??" else Guard(test, is_met=operator == "&&")
            second = self._guarded(right, guard)
            if operator != "??" and self._is_condition(node):
                tests = (test, _as_test(second))
                return And(line_of(node), *tests) if operator == "&&" else Otherwise(line_of(node), *tests)
            is_and = operator == "&&"
            return Choice(line_of(node), test, second, first) if is_and else Otherwise(line_of(node), first, second)
        second = self._expression(right)
        if operator in ("==", "!=") and {"null", "undefined"} & {text_of(left), text_of(right)}:
            return Comparison(line_of(node), operator, first, second)
        is_told = operator in _COMPARISONS
        return Comparison(line_of(node), _COMPARISONS[operator], first, second) if is_told else Opaque(line_of(node))

    def _guarded(self, node: Node | None, guard: Guard) -> Expression:
        """Reads an expression that is evaluated under a condition."""
        if node is None:
            return Opaque(0)
        outer = self._guards
        self._guards = (*outer, guard if len(outer) < MOST_GUARDS else UNKNOWN_CONDITION)
        found = self._expression(node)
        self._guards = outer
        return found

    @staticmethod
    def _is_condition(node: Node) -> bool:
        """Whether an expression is a condition, of which no more matters than whether it is met."""
        while node.parent and node.parent.type in ("parenthesized_expression", "binary_expression", "unary_expression"):
            operator = text_of(node.parent.child_by_field_name("operator"))
            if node.parent.type != "parenthesized_expression" and operator not in ("&&", "||", "!"):
                return False
            node = node.parent
        parent = node.parent
        condition = parent.child_by_field_name("condition") if parent else None
        return condition is not None and condition.id == node.id

    def _unary(self, node: Node) -> Expression:
        argument = node.child_by_field_name("argument")
        if argument and text_of(node.child_by_field_name("operator")) == "!":
            return Not(line_of(node), self._test(argument))
        if argument:
            self._expression(argument)
            of = argument.child_by_field_name("object")
            if of and text_of(node.child_by_field_name("operator")) == "delete":
                self._update(of, lambda _: Opaque(line_of(node)), "changed")
        return Opaque(line_of(node))

    def _conditional(self, node: Node) -> Expression:
        condition = node.child_by_field_name("condition")
        test = self._test(condition) if condition else Opaque(line_of(node))
        first = self._guarded(node.child_by_field_name("consequence"), Guard(test))
        second = self._guarded(node.child_by_field_name("alternative"), Guard(test, is_met=False))
        return Choice(line_of(node), test, first, second)

    def _assignment(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque(line_of(node))
        value, line = self._expression(right), line_of(node)
        if node.type == "assignment_expression":
            self._assign(left, value)
        elif text_of(node.child_by_field_name("operator")) == "+=" and not self._is_repeated:
            depth = 0 if left.type == "identifier" else -1
            self._update(left, lambda old: Sum(line, (old, value)), "changed", depth)
        else:
            self._assign(left, Opaque(line))
        return value

    def _assign(self, target: Node, value: Expression) -> None:
        """Binds names that are declared already, be it around the current scope."""
        if target.type in ("array_pattern", "object_pattern"):
            for name in {self._own_name_of(each) for each in _names_in(target)}:
                if not self._is_own(name):
                    self._assigned(name, Opaque(value.line))
        if target.type == "identifier" and not self._is_own(self._own_name(target)):
            # The name around this scope may be changed later, and this is not known there to be what it is then.
            self.scopes[0].changed.update(aliased(value))
            self._assigned(self._own_name(target), value)
        else:
            self._bind(target, value)

    def _increment(self, node: Node) -> Expression:
        if argument := node.child_by_field_name("argument"):
            self._assign(argument, Opaque(line_of(node)))
        return Opaque(line_of(node))


_READ: Final[Mapping[str, Callable[[_Reader, Node], Expression]]] = {
    **dict.fromkeys(("identifier", "this", "property_identifier"), _Reader._name),
    "string": lambda reader, node: Constant(line_of(node), reader._string(node)),
    "number": _Reader._number,
    "template_string": _Reader._template,
    "object": _Reader._object,
    "array": _Reader._array,
    "spread_element": _Reader._spread,
    "member_expression": _Reader._attribute,
    "subscript_expression": _Reader._item,
    **dict.fromkeys(("call_expression", "new_expression"), _Reader._call),
    "binary_expression": _Reader._operation,
    "ternary_expression": _Reader._conditional,
    "unary_expression": _Reader._unary,
    "super": _Reader._super,
    **dict.fromkeys(("assignment_expression", "augmented_assignment_expression"), _Reader._assignment),
    "update_expression": _Reader._increment,
    **dict.fromkeys(_FUNCTIONS, _Reader._function),
    "class": _Reader._class,
}
