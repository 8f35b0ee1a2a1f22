"""Makes the common form of Go source (see expression.py) from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from tree_sitter import Node

from policypack.source.budget import Budget
from policypack.source.changes import Changes
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
    Parameter,
    Scope,
    Spread,
    Sum,
)
from policypack.source.literals import unescaped
from policypack.source.tree_reader import TreeReader, line_of, lower_first, text_of
from policypack.source.trees import parsed

_CONSTANTS: Final[Mapping[str, bool | None]] = {"true": True, "false": False, "nil": None}
_NOTHING: Final = ('""', "``", "nil", "0", "false")
_SDK: Final = re.compile(r"github\.com/[\w.-]+/[\w.-]+/sdk(?:/v\d+)?/go/([\w/]+)")
_WRAPPERS: Final = frozenset(
    {
        *("Any", "Bool", "BoolPtr", "Float64", "Float64Ptr", "Int", "IntPtr", "String", "StringPtr", "ToOutput"),
        *("ToStringArray", "ToStringMap", "ToMap", "ToArray"),
    }
)
"""Functions of Pulumi that make an input of a value."""
_READING: Final = frozenset({"apply", "applyT", "applyTWithContext", "json", "minifiedJson", "export", "error"})
_READING_FUNCTIONS: Final = frozenset({"len", "cap", "string", "append", "print", "println", "panic", "make"})
_READING_PACKAGES: Final = ("encoding/json", "errors", "fmt", "log", "os", "strconv", "strings")
"""What changes neither the list or map that it belongs to nor those that it gets."""
_RENAMED: Final[Mapping[str, str]] = {"JSONMarshal": "jsonStringify", "ToSecret": "secret", "Unsecret": "unsecret"}


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a Go file says. Of what is no valid source, the valid parts count.

    :param file: its name, as in Place.
    :raises BudgetExceededError: where it takes too long.
    """
    reader = _Reader(file, budget)
    return Module(file, reader.module(parsed(".go", text.encode(), budget).root_node.named_children))


def _lower(name: str) -> str:
    """The name of a property, as the engine has it."""
    return "id" if name == "ID" else lower_first(name)


class _Reader(TreeReader):
    """Reads one file."""

    def __init__(self, file: str, budget: Budget) -> None:
        super().__init__(file, budget, _READ, _CONSTANTS, Changes(_READING, (), _READING_FUNCTIONS, _READING_PACKAGES))
        self._failing: set[Scope] = set()

    # Statements

    def _statement(self, node: Node) -> None:
        match node.type:
            case "import_spec":
                self._import(node)
            case "const_spec" | "var_spec":
                names = node.children_by_field_name("name")
                self._bind(node, names, node.child_by_field_name("value"))
            case "short_var_declaration":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                self._bind(node, left.named_children if left else [], right)
            case "assignment_statement":
                left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
                is_plain = text_of(node.child_by_field_name("operator")) == "="
                self._bind(node, left.named_children if left else [], right, is_plain=is_plain)
            case "inc_statement" | "dec_statement":
                self._replaced(self._expression(node.named_children[0]))
            case "send_statement":
                self._matched(node)
            case "type_switch_statement":
                for each in node.children_by_field_name("value"):
                    self._changes.changed(self._expression(each))
                self.read(node.named_children)
            case "function_declaration":
                self._scope.bind(text_of(node.child_by_field_name("name")), self._function(node))
            case "method_declaration":
                self._function(node)
            case "return_statement":
                self._return(node)
            case "for_statement":
                self._for(node)
            case "type_declaration" | "comment" | "package_clause":
                pass
            case _:
                self._within_statement(node)

    def _import(self, node: Node) -> None:
        path = self._string(node.child_by_field_name("path"))
        found = _SDK.fullmatch(path)
        module = found[1].replace("/", ".") if found else path
        # Packages in folders for a major version are named after the folder above.
        name = text_of(node.child_by_field_name("name")) or re.sub(r"/v\d+$", "", path).rpartition("/")[2]
        self._scope.bind(name, Imported(line_of(node), (), module))

    def _bind(self, node: Node, names: list[Node], values: Node | None, *, is_plain: bool = True) -> None:
        given = values.named_children if values and values.type == "expression_list" else [values] if values else []
        read = [self._expression(each) for each in given]
        if len(names) > 1 and len(read) == 1 and text_of(names[-1]) == "_" and self._may_fail(read[0]):
            # Where the error is ignored, the first result may be nothing.
            read = [OneOfThese(read[0].line, (read[0], Opaque(read[0].line)))]
        for index, name in enumerate(names):
            is_told = is_plain and (len(read) == len(names) or index == 0) and index < len(read)
            value = read[index] if is_told else self._hiding(line_of(node), *read)
            if name.type == "identifier" and text_of(name) != "_":
                bind = self._assigned if node.type == "assignment_statement" else self._scope.bind
                bind(text_of(name), value)
            elif name.type != "identifier":
                self._changed_in_place(self._expression(name), value)

    @staticmethod
    def _may_fail(value: Expression) -> bool:
        """Whether a value comes from a function of the program."""
        return isinstance(value, Call) and not (
            isinstance(value.callee, Imported)
            or (isinstance(value.callee, Attribute) and isinstance(value.callee.of, Imported))
        )

    def _return(self, node: Node) -> None:
        values = node.named_children[0].named_children if node.named_children else []
        read = [self._expression(each) for each in values]
        # With an error, nothing comes of it: `return "", err`.
        is_failure = self._scope in self._failing and len(values) > 1 and values[-1].type != "nil"
        is_failure = is_failure and text_of(values[0]) in _NOTHING
        if not is_failure:
            self._scope.results.append(read[0] if read else Opaque(line_of(node)))

    def _for(self, node: Node) -> None:
        clause = next((each for each in node.named_children if each.type == "range_clause"), None)
        body = node.child_by_field_name("body")
        if clause is None:
            for each in node.named_children:
                if each.type == "for_clause":
                    self.read(each.named_children)
            if body:
                self.read([body])
            return
        left, right = clause.child_by_field_name("left"), clause.child_by_field_name("right")
        line = line_of(node)
        over = self._expression(right) if right else Opaque(line)
        # Of a list, the indices and elements; of a map, the keys and values.
        loop = Loop(Call(line, Imported(line, (), "go", "range"), (over,)))
        for index, name in enumerate(left.named_children if left else []):
            if name.type == "identifier" and text_of(name) != "_":
                self._scope.bind(text_of(name), Item(line, Each(line, loop), Constant(line, index)))
            elif name.type != "identifier":
                self._changed_in_place(self._expression(name), over)
        self._looped(loop, body)

    def _function(self, node: Node) -> Function:
        scope = Scope("function", text_of(node.child_by_field_name("name")), self._scope, line_of(node))
        with self._within(scope):
            parameters = node.child_by_field_name("parameters")
            for declared in parameters.named_children if parameters else ():
                is_rest = declared.type == "variadic_parameter_declaration"
                for name in declared.children_by_field_name("name"):
                    scope.parameters.append(Parameter(text_of(name), None, "rest" if is_rest else "one"))
            if result := node.child_by_field_name("result"):
                last = result.named_children[-1] if result.named_children else result
                if text_of(last.child_by_field_name("type") or last) == "error":
                    self._failing.add(scope)
                if any(each.child_by_field_name("name") for each in result.named_children) and "defer" in text_of(node):
                    # What runs at the end may set the results by their names.
                    scope.results.append(Opaque(line_of(node)))
            if body := node.child_by_field_name("body"):
                self.read(body.named_children)
        if not scope.results and node.child_by_field_name("result"):
            scope.results.append(Opaque(line_of(node)))
        return Function(line_of(node), scope)

    # Expressions

    def _string(self, node: Node | None) -> str:
        text = text_of(node)
        return text[1:-1] if text.startswith("`") else unescaped(text[1:-1])

    def _number(self, node: Node) -> Expression:
        text = text_of(node)
        is_octal = text.startswith("0") and text != "0"
        return Opaque(line_of(node)) if is_octal else self._whole(node, text)

    def _name(self, node: Node) -> Expression:
        return Name(line_of(node), text_of(node))

    def _inner(self, node: Node) -> Expression:
        operand = node.child_by_field_name("operand") or next(iter(node.named_children), None)
        operator = text_of(node.child_by_field_name("operator"))
        if operand is None or operator not in ("", "&", "*"):
            return self._opaque(node)
        read = self._expression(operand)
        if operator == "&" and operand.type != "composite_literal":
            self._replaced(read)
        return read

    def _converted(self, node: Node) -> Expression:
        """A value as one of another type: as bytes, it is another text in JSON."""
        is_slice = text_of(node.child_by_field_name("type")).startswith("[")
        return self._opaque(node) if is_slice else self._expression(node.named_children[-1])

    def _argument(self, node: Node) -> Expression:
        """An argument of a function that does not change what a pointer to it points to."""
        is_pointer = node.type == "unary_expression" and text_of(node.child_by_field_name("operator")) == "&"
        operand = node.child_by_field_name("operand")
        return self._expression(operand if is_pointer and operand else node)

    def _attribute(self, node: Node) -> Expression:
        of, name = node.child_by_field_name("operand"), text_of(node.child_by_field_name("field"))
        if of is None:
            return Opaque(line_of(node))
        return Attribute(line_of(node), self._expression(of), name if self._package(of) is not None else _lower(name))

    def _package(self, node: Node | None) -> str | None:
        """The package that a name is that of, such as `aws.s3`; None where it is none."""
        bound = self.scopes[0].bindings.get(text_of(node), []) if node and node.type == "identifier" else []
        return next((each.module for each in bound if isinstance(each, Imported)), None)

    def _item(self, node: Node) -> Expression:
        of, key = node.child_by_field_name("operand"), node.child_by_field_name("index")
        return Item(line_of(node), self._expression(of), self._expression(key)) if of and key else Opaque(line_of(node))

    def _sum(self, node: Node) -> Expression:
        if text_of(node.child_by_field_name("operator")) == "+":
            return Sum(line_of(node), self._terms(node))
        for each in node.named_children:
            self._expression(each)
        return Opaque(line_of(node))

    def _call(self, node: Node) -> Expression:
        line = line_of(node)
        callee, given = node.child_by_field_name("function"), node.child_by_field_name("arguments")
        arguments = [each for each in given.named_children if each.type != "comment"] if given else []
        if callee is None:
            return Opaque(line)
        if callee.type == "identifier" and text_of(callee) == "string" and len(arguments) == 1:
            converted = self._expression(arguments[0])
            # Of a number, it is the character with that number.
            is_number = isinstance(converted, Constant) and not isinstance(converted.value, str)
            return Opaque(line) if is_number else converted
        if callee.type == "selector_expression":
            of, name = callee.child_by_field_name("operand"), text_of(callee.child_by_field_name("field"))
            package = self._package(of)
            if package is not None:
                return self._of_package(node, package, name, arguments)
            if of and not arguments:
                return self._getter(line, of, name)
            if of and name == "ApplyT":
                read = tuple(map(self._expression, arguments))
                return self._called(Call(line, Attribute(line, self._expression(of), "apply"), read))
        read = tuple(map(self._expression, arguments))
        if text_of(callee) == "append" and read and not isinstance(read[0], Name):
            # What has room behind its end shares it with another one.
            self._changes.changed(read[0])
        return self._called(Call(line, self._expression(callee), read))

    def _getter(self, line: int, of: Node, name: str) -> Expression:
        """A method without arguments: `document.Json()`, `bucket.ID()`, `ctx.Stack()`, `value.ToStringOutput()`."""
        if text_of(of) == "ctx" and name in ("Organization", "Project", "Stack"):
            return Call(line, Imported(line, (), "pulumi", f"get{name}"), ())
        read = self._expression(of)
        is_same = name.startswith("To") and name.endswith(("Output", "OutputWithContext"))
        if not is_same:
            self._changes.of_method(read, _lower(name))
        return read if is_same else Attribute(line, read, _lower(name))

    def _of_package(self, node: Node, package: str, name: str, arguments: list[Node]) -> Expression:
        """A call of a function of a package, without the context that it gets."""
        line = line_of(node)
        if arguments and text_of(arguments[0]) == "ctx":
            arguments = arguments[1:]
        is_known = package.startswith(("aws", "pulumi"))
        read = tuple(map(self._argument if is_known else self._expression, arguments))
        match package, name:
            case "pulumi", name if name in _WRAPPERS and len(read) == 1:
                return read[0]
            case "pulumi", "All":
                return Elements(line, read)
            case (("pulumi" | "fmt"), "Sprintf"):
                return self._formatted(line, read)
            case "pulumi", name if name in _RENAMED:
                return Call(line, Imported(line, (), "pulumi", _RENAMED[name]), read)
            case "encoding/json", ("Marshal" | "MarshalIndent"):
                return Call(line, Imported(line, (), "json", "dumps"), read[:1])
            case "strings", "Join" if len(read) == 2:
                return Call(line, Attribute(line, read[1], "join"), read[:1])
            case "pulumi.config", "New":
                named = tuple(each for each in read if not (isinstance(each, Constant) and each.value == ""))
                return Call(line, Imported(line, (), "pulumi", "Config"), named)
        known = name
        if name.startswith("New"):
            known = name.removeprefix("New")
        elif name.startswith(("Get", "Lookup")):
            known = f"get{name.removeprefix('Get').removeprefix('Lookup')}"
        return self._called(Call(line, Attribute(line, Imported(line, (), package), known), read))

    # Lists, maps and structures

    def _composite(self, node: Node) -> Expression:
        body = node.child_by_field_name("body")
        return self._literal(body, node.child_by_field_name("type")) if body else Opaque(line_of(node))

    def _literal(self, body: Node, kind: Node | None) -> Expression:
        """
        A literal of a type, which the literals within it leave out.

        What a structure of the program's own is in JSON depends on the tags of its fields, so that it is not read.
        """
        line = line_of(body)
        inner = kind
        is_map = is_list = False
        if kind and kind.type in ("map_type", "slice_type", "array_type", "implicit_length_array_type"):
            is_map = kind.type == "map_type"
            is_list = not is_map
            inner = kind.child_by_field_name("value" if is_map else "element")
        elif kind and kind.type == "qualified_type":
            package = self._package_of_type(kind)
            if package is None or not package.startswith(("pulumi", "aws")):
                return self._opaque(body)
            name = text_of(kind.child_by_field_name("name"))
            is_map, is_list = name.endswith("Map"), name.endswith("Array")
            inner = None
        elif kind and kind.type == "pointer_type":
            return self._literal(body, next(iter(kind.named_children), None))
        else:
            return self._opaque(body)
        elements = [each for each in body.named_children if each.type in ("keyed_element", "literal_element")]
        if is_list or (elements and elements[0].type == "literal_element"):
            is_plain = all(each.type == "literal_element" for each in elements)
            read = tuple(self._element(each, inner) for each in elements)
            return Elements(line, read) if is_plain else self._hiding(line, *read)
        return Entries(line, tuple(self._entry(each, inner, is_map=is_map) for each in elements))

    def _package_of_type(self, kind: Node) -> str | None:
        bound = self.scopes[0].bindings.get(text_of(kind.child_by_field_name("package")), [])
        return next((each.module for each in bound if isinstance(each, Imported)), None)

    def _element(self, element: Node, kind: Node | None) -> Expression:
        value = next(iter(element.named_children), None)
        if value is None:
            return Opaque(line_of(element))
        return self._literal(value, kind) if value.type == "literal_value" else self._expression(value)

    def _entry(self, element: Node, kind: Node | None, *, is_map: bool) -> tuple[Expression | None, Expression]:
        key, value = element.child_by_field_name("key"), element.child_by_field_name("value")
        line = line_of(element)
        if key is None or value is None:
            return None, Spread(line, Opaque(line))
        written = next(iter(key.named_children), key)
        is_field = not is_map and written.type == "identifier"
        name = Constant(line, _lower(text_of(written))) if is_field else self._expression(written)
        return name, self._element(value, kind)


_READ: Final[Mapping[str, Callable[[_Reader, Node], Expression]]] = {
    "identifier": _Reader._name,
    **dict.fromkeys(
        ("interpreted_string_literal", "raw_string_literal"),
        lambda reader, node: Constant(line_of(node), reader._string(node)),
    ),
    "int_literal": _Reader._number,
    "selector_expression": _Reader._attribute,
    "index_expression": _Reader._item,
    "binary_expression": _Reader._sum,
    "call_expression": _Reader._call,
    "composite_literal": _Reader._composite,
    "func_literal": _Reader._function,
    **dict.fromkeys(("parenthesized_expression", "unary_expression", "type_assertion_expression"), _Reader._inner),
    "type_conversion_expression": _Reader._converted,
}
