"""Makes the common form of TypeScript and JavaScript source (see expression.py) from its syntax tree."""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping
from typing import Final

from tree_sitter import Node

from policypack.source.budget import Budget
from policypack.source.expression import (
    Attribute,
    Call,
    Constant,
    Each,
    Elements,
    Entries,
    Expression,
    Function,
    Imported,
    Item,
    Loop,
    Module,
    Name,
    OneOfThese,
    Opaque,
    Otherwise,
    Parameter,
    Rest,
    Scope,
    Spread,
    Sum,
    Text,
)
from policypack.source.literals import unescaped
from policypack.source.tree_reader import TreeReader, line_of, text_of
from policypack.source.trees import end_of, parsed

_GROWING: Final = frozenset({"push", "unshift"})
_CHANGING: Final = frozenset({"copyWithin", "fill", "pop", "reverse", "shift", "sort", "splice"})
_CONSTANTS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "null": None, "undefined": None}
_WRAPPERS: Final = frozenset(
    {
        *("as_expression", "await_expression", "non_null_expression", "parenthesized_expression"),
        *("satisfies_expression", "type_assertion", "instantiation_expression"),
    }
)
_FUNCTIONS: Final = frozenset({"arrow_function", "function_expression", "generator_function", "function"})
_TYPES: Final = frozenset({"comment", "interface_declaration", "type_alias_declaration", "ambient_declaration"})


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a TypeScript or JavaScript file says. Of what is no valid source, the valid parts count.

    :param file: its name, as in Place.
    :raises BudgetExceededError: where it takes too long.
    """
    reader = _Reader(file, budget)
    reader.read(parsed(end_of(file), text.encode(), budget).root_node.named_children)
    return Module(file, reader.scopes)


class _Reader(TreeReader):
    """Reads one file."""

    # Statements

    def _statement(self, node: Node) -> None:
        match node.type:
            case kind if kind in _TYPES:
                pass
            case "lexical_declaration" | "variable_declaration":
                for declared in node.named_children:
                    if declared.type == "variable_declarator" and (name := declared.child_by_field_name("name")):
                        value = declared.child_by_field_name("value")
                        self._bind(name, self._expression(value) if value else Opaque(line_of(node)))
            case "function_declaration" | "generator_function_declaration":
                self._scope.bind(text_of(node.child_by_field_name("name")), self._function(node))
            case "class_declaration" | "abstract_class_declaration":
                self._scope.bind(text_of(node.child_by_field_name("name")), self._class(node))
            case "import_statement":
                self._import(node)
            case "export_statement":
                self._export(node)
            case "return_statement":
                value = next(iter(node.named_children), None)
                self._scope.results.append(self._expression(value) if value else Constant(line_of(node), None))
            case "for_in_statement":
                self._for(node)
            case _:
                # Blocks, conditions, loops and expressions: each part is one or the other.
                for inner in node.named_children:
                    if inner.type.endswith(("statement", "declaration", "clause", "block", "body", "case", "default")):
                        self.read([inner])
                    elif inner.type not in _TYPES:
                        self._expression(inner)

    def _for(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        over = self._expression(right) if right else Opaque(line_of(node))
        if any(child.type == "in" for child in node.children):
            keys = Attribute(over.line, Name(over.line, "Object"), "keys")
            over = Call(over.line, keys, (over,))
        loop = Loop(over)
        if left:
            self._bind(left, Each(line_of(node), loop))
        self._looped(loop, node.child_by_field_name("body"))

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
                self._scope.bind(text_of(target), value)
            case "array_pattern":
                for index, each in enumerate(target.named_children):
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
                    self._bind(left, Otherwise(value.line, value, self._expression(right)))
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
                    self._change(of)
            case "subscript_expression":
                if of := target.child_by_field_name("object"):
                    self._change(of)

    def _bind_property(self, each: Node, value: Expression) -> None:
        if each.type == "pair_pattern":
            inner, key = each.child_by_field_name("value"), text_of(each.child_by_field_name("key"))
            if inner:
                self._bind(inner, Attribute(value.line, value, key.strip("\"'")))
        elif each.type == "object_assignment_pattern":
            left, right = each.child_by_field_name("left"), each.child_by_field_name("right")
            if left and right:
                found = Attribute(value.line, value, text_of(left))
                self._bind(left, Otherwise(value.line, found, self._expression(right)))
        elif each.type == "rest_pattern":
            self._bind(each.named_children[0], Opaque(value.line))
        else:
            self._bind(each, Attribute(value.line, value, text_of(each)))

    def _method(self) -> Scope | None:
        """The method that the current scope is in."""
        scope: Scope | None = self._scope
        while scope and not scope.receiver:
            scope = scope.parent
        return scope

    def _change(self, target: Node, *, grows: bool = False) -> None:
        """Notes that a list or map is changed in place."""
        path = target
        while path.type in ("member_expression", "subscript_expression", *_WRAPPERS):
            inner = path.child_by_field_name("object") or next(iter(path.named_children), None)
            if inner is None:
                return
            if inner.type == "this" and (method := self._method()) and method.parent:
                name = text_of(path.child_by_field_name("property"))
                method.parent.attributes.setdefault(name, []).append((method, Opaque(line_of(target))))
            path = inner
        if path.type == "identifier":
            names = self.scopes[0].grown if grows and path is target else self.scopes[0].changed
            names.add(text_of(path))

    # Functions and classes

    def _function(self, node: Node, receiver: str = "") -> Function:
        name = "" if node.type in _FUNCTIONS else text_of(node.child_by_field_name("name"))
        scope = Scope("function", name, self._scope, line_of(node), receiver=receiver)
        with self._within(scope):
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
        if "generator" in node.type:
            scope.results = [Opaque(line_of(node))]
        return Function(line_of(node), scope)

    def _parameter(self, pattern: Node, default: Node | None) -> None:
        read = self._expression(default) if default else None
        if pattern.type == "rest_pattern":
            self._scope.parameters.append(Parameter(text_of(pattern.named_children[0]), None, "rest"))
        elif pattern.type == "identifier":
            self._scope.parameters.append(Parameter(text_of(pattern), read))
        else:
            # No name that anybody writes.
            name = f"#{len(self._scope.parameters)}"
            self._scope.parameters.append(Parameter(name, read))
            self._bind(pattern, Name(line_of(pattern), name))

    def _class(self, node: Node) -> Function:
        scope = Scope("class", text_of(node.child_by_field_name("name")), self._scope, line_of(node))
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
        elif member.type == "public_field_definition" and (value := member.child_by_field_name("value")):
            if "static" in kinds:
                scope.bind(name, self._expression(value))
                return
            maker = Scope("function", f"#{name}", scope, line_of(member), receiver="this")
            with self._within(maker):
                scope.attributes.setdefault(name, []).append((maker, self._expression(value)))

    # Expressions

    def _read_expression(self, node: Node) -> Expression:
        if read := _READ.get(node.type):
            return read(self, node)
        if node.type in _CONSTANTS:
            return Constant(line_of(node), _CONSTANTS[node.type])
        if node.type in _WRAPPERS:
            inner = next((each for each in node.named_children if each.type != "type_arguments"), None)
            return self._expression(inner) if inner else Opaque(line_of(node))
        for inner in node.named_children:
            self._expression(inner)
        return Opaque(line_of(node))

    def _name(self, node: Node) -> Expression:
        text = text_of(node)
        return Constant(line_of(node), None) if text == "undefined" else Name(line_of(node), text)

    def _string(self, node: Node | None) -> str:
        return unescaped(text_of(node)[1:-1])

    def _number(self, node: Node) -> Expression:
        text = text_of(node).replace("_", "")
        return Constant(line_of(node), int(text)) if text.isdecimal() and len(text) < 16 else Opaque(line_of(node))

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
                    entries.append((self._key(key), self._expression(value)))
            elif each.type == "shorthand_property_identifier":
                entries.append((Constant(line, text_of(each)), self._name(each)))
            elif each.type == "spread_element":
                entries.append((None, Spread(line, self._expression(each.named_children[0]))))
            elif each.type == "method_definition":
                entries.append((Constant(line, text_of(each.child_by_field_name("name"))), self._function(each)))
        return Entries(line_of(node), tuple(entries))

    def _key(self, node: Node) -> Expression:
        if node.type == "computed_property_name":
            return self._expression(node.named_children[0])
        text = self._string(node) if node.type == "string" else text_of(node)
        return Constant(line_of(node), text)

    def _array(self, node: Node) -> Expression:
        return Elements(line_of(node), tuple(self._expression(each) for each in node.named_children))

    def _spread(self, node: Node) -> Expression:
        return Spread(line_of(node), self._expression(node.named_children[0]))

    def _attribute(self, node: Node) -> Expression:
        of, name = node.child_by_field_name("object"), node.child_by_field_name("property")
        return Attribute(line_of(node), self._expression(of), text_of(name)) if of else Opaque(line_of(node))

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
            if of and name in _GROWING | _CHANGING:
                self._change(of, grows=name in _GROWING)
        arguments = [each for each in given.named_children if each.type != "comment"] if given else []
        if text_of(callee) == "require" and arguments and arguments[0].type == "string":
            return self._imported(node, self._string(arguments[0]))
        return self._called(Call(line_of(node), self._expression(callee), tuple(map(self._expression, arguments))))

    def _operation(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        operator = text_of(node.child_by_field_name("operator"))
        if left is None or right is None:
            return Opaque(line_of(node))
        if operator == "+":
            return Sum(line_of(node), self._terms(node))
        first, second = self._expression(left), self._expression(right)
        return Otherwise(line_of(node), first, second) if operator in ("||", "??") else Opaque(line_of(node))

    def _conditional(self, node: Node) -> Expression:
        if condition := node.child_by_field_name("condition"):
            self._expression(condition)
        choices = [node.child_by_field_name(name) for name in ("consequence", "alternative")]
        return OneOfThese(line_of(node), tuple(self._expression(each) for each in choices if each))

    def _assignment(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque(line_of(node))
        value = self._expression(right)
        bound = value if node.type == "assignment_expression" else Opaque(line_of(node))
        if left.type == "identifier":
            self._assigned(text_of(left), bound)
        else:
            self._bind(left, bound)
        return value

    def _update(self, node: Node) -> Expression:
        if argument := node.child_by_field_name("argument"):
            self._bind(argument, Opaque(line_of(node)))
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
    **dict.fromkeys(("assignment_expression", "augmented_assignment_expression"), _Reader._assignment),
    "update_expression": _Reader._update,
    **dict.fromkeys(_FUNCTIONS, _Reader._function),
    "class": _Reader._class,
}
