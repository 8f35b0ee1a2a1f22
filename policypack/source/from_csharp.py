"""Makes the common form of C# source (see expression.py) from its syntax tree."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from tree_sitter import Node

from policypack.data.resource_types import is_resource_type
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
    Opaque,
    Otherwise,
    Parameter,
    Scope,
    Sum,
    Text,
)
from policypack.source.literals import unescaped
from policypack.source.tree_reader import TreeReader, line_of, lower_first, text_of
from policypack.source.trees import parsed, said

_BRACE: Final = re.compile(r"(?<!\{)(?:\{\{){0,999}\{(?!\{)|(?<!\})(?:\}\}){0,999}\}(?!\})")
"""A brace that is not one of a pair, nor of several."""
_ITEM: Final = re.compile(r"Item([1-9])")
_WRAPPERS: Final = frozenset({"Output.Create", "Output.Format"})
_LISTS: Final = frozenset({"Output.All", "Output.Tuple"})
_RENAMED: Final[Mapping[str, tuple[str, str]]] = {
    "JsonSerializer.Serialize": ("json", "dumps"),
    "JsonConvert.SerializeObject": ("json", "dumps"),
    "Output.JsonSerialize": ("pulumi", "jsonStringify"),
    "Output.CreateSecret": ("pulumi", "secret"),
    "Output.Unsecret": ("pulumi", "unsecret"),
}
_SAME: Final = frozenset({"ToArray", "ToList", "ToImmutableArray", "ToImmutableDictionary", "AsReadOnly"})
_READING: Final = frozenset(
    {
        *("aggregate", "all", "any", "append", "apply", "asReadOnly", "concat", "contains", "containsKey", "count"),
        *("debug", "distinct", "error", "except", "first", "firstOrDefault", "format", "getValueOrDefault", "info"),
        *("isNullOrEmpty", "join", "last", "lastOrDefault", "map", "orderBy", "orderByDescending", "prepend", "select"),
        *("selectMany", "single", "skip", "take", "toArray", "toDictionary", "toHashSet", "toImmutableArray", "toList"),
        *("toImmutableDictionary", "toString", "union", "warn", "where", "writeLine", "zip"),
    }
)
_READING_CLASSES: Final = frozenset({"Console", "Enumerable", "Log", "Output", "String", "string"})
"""What changes neither the list or map that it belongs to nor those that it gets, and the classes that have it."""
_ABOUT_RUN: Final = {
    "Deployment.Instance.StackName": "getStack",
    "Deployment.Instance.ProjectName": "getProject",
    "Deployment.Instance.OrganizationName": "getOrganization",
}
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
_FUNCTIONS: Final = ("lambda_expression", "anonymous_method_expression")
_STRINGS: Final = ("string_literal", "verbatim_string_literal", "raw_string_literal")


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a C# file says. Of what is no valid source, the valid parts count.

    :param file: its name, as in Place.
    :raises BudgetExceededError: where it takes too long.
    """
    reader = _Reader(file, budget)
    return Module(file, reader.module(parsed(".cs", text.encode(), budget).root_node.named_children))


def _with_policy(arguments: Expression) -> Expression:
    """The arguments of a `Policy`, whose `policy` is `PolicyDocument` in C#: no property has the name of its class."""
    if not isinstance(arguments, Entries):
        return arguments
    entries = tuple(
        (Constant(key.line, "policy") if isinstance(key, Constant) and key.value == "policyDocument" else key, value)
        for key, value in arguments.entries
    )
    return Entries(arguments.line, entries)


def _without_margin(parts: list[Expression]) -> list[Expression]:
    """The parts of a text between three quotes, without the margin that the line with the last ones gives it."""
    texts = [part.value if isinstance(part, Constant) and isinstance(part.value, str) else None for part in parts]
    head, newline, margin = (texts[-1] or "").rpartition("\n") if texts else ("", "", "")
    if not newline or margin.strip() or not (texts[0] or "").startswith("\n"):
        return parts
    texts[-1] = head
    found: list[Expression] = []
    for part, text in zip(parts, texts, strict=True):
        plain = (text or "").replace(f"\n{margin}", "\n")
        found.append(part if text is None else Constant(part.line, plain if found else plain[1:]))
    return found


class _Reader(TreeReader):
    """
    Reads one file. What its classes have counts as what the file has: a class of a program is made once, and what has
    the same name in two of them is one of two things.
    """

    def __init__(self, file: str, budget: Budget) -> None:
        super().__init__(file, budget, _READ, {}, Changes(_READING, _READING_CLASSES))
        self._used: list[str] = []
        self._aliases: dict[str, str] = {}

    # Statements

    def _statement(self, node: Node) -> None:
        match node.type:
            case "using_directive":
                self._use(node)
            case "variable_declaration":
                for declared in node.named_children:
                    if declared.type == "variable_declarator":
                        self._declare(declared)
            case "class_declaration" | "record_declaration" | "struct_declaration":
                if body := node.child_by_field_name("body"):
                    self.read(body.named_children)
            case "method_declaration" | "local_function_statement" | "constructor_declaration":
                self.scopes[0].bind(text_of(node.child_by_field_name("name")), self._function(node))
            case "return_statement" | "arrow_expression_clause":
                value = next(iter(node.named_children), None)
                self._scope.results.append(self._expression(value) if value else Constant(line_of(node), None))
            case "foreach_statement":
                self._foreach(node)
            case "comment" | "attribute_list" | "enum_declaration" | "interface_declaration" | "property_declaration":
                pass
            case _:
                self._within_statement(node)

    def _use(self, node: Node) -> None:
        path = text_of(node.named_children[-1]) if node.named_children else ""
        if path != "Pulumi" and not path.startswith("Pulumi."):
            return
        module = path.removeprefix("Pulumi").removeprefix(".").removesuffix(".Inputs").removesuffix(".Outputs")
        if name := node.child_by_field_name("name"):
            self._aliases[text_of(name)] = module
        else:
            self._used.append(module)

    def _declare(self, declared: Node) -> None:
        name = declared.child_by_field_name("name") or declared.named_children[0]
        value = declared.named_children[-1] if len(declared.named_children) > 1 else None
        # A field belongs to all methods of its class.
        self._bind(name, self._expression(value) if value else Opaque(line_of(declared)))

    def _bind(self, target: Node, value: Expression) -> None:
        if target.type == "identifier":
            self._scope.bind(text_of(target), value)
        elif target.type in ("tuple_pattern", "tuple_expression"):
            for index, each in enumerate(target.named_children):
                inner = each.named_children[-1] if each.type == "argument" and each.named_children else each
                self._bind(inner, Item(value.line, value, Constant(value.line, index)))
        elif target.type == "member_access_expression" and text_of(target).startswith("this."):
            self.scopes[0].bind(text_of(target.child_by_field_name("name")), self._hiding(value.line, value))
        else:
            self._changed_in_place(self._expression(target), value)

    def _foreach(self, node: Node) -> None:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        over = self._expression(right) if right else Opaque(line_of(node))
        if left and left.type == "tuple_pattern":
            over = Call(over.line, Imported(over.line, (), "Object", "entries"), (over,))
        loop = Loop(over)
        if left:
            self._bind(left, Each(line_of(node), loop))
        self._looped(loop, node.child_by_field_name("body"))

    def _function(self, node: Node) -> Function:
        scope = Scope("function", text_of(node.child_by_field_name("name")), self._scope, line_of(node))
        with self._within(scope):
            parameters = node.child_by_field_name("parameters")
            if parameters and parameters.type != "parameter_list":
                scope.parameters.append(Parameter(text_of(parameters)))
            for each in parameters.named_children if parameters and parameters.type == "parameter_list" else ():
                name = each.child_by_field_name("name") or each
                default = each.named_children[-1] if each.named_children and each.named_children[-1] != name else None
                is_default = default is not None and default != each.child_by_field_name("type")
                read = self._expression(default) if default and is_default else None
                scope.parameters.append(Parameter(text_of(name), read))
            body = node.child_by_field_name("body")
            if body and body.type in ("block", "arrow_expression_clause"):
                self.read([body])
            elif body:
                scope.results.append(self._expression(body))
        return Function(line_of(node), scope)

    # Expressions

    def _constant(self, node: Node) -> Expression:
        return Constant(line_of(node), _CONSTANTS.get(text_of(node)))

    def _string(self, node: Node) -> Expression:
        if text_of(node).startswith('"}') and node.prev_sibling and node.prev_sibling.type == "ERROR":
            # The grammar ends `$"{{{"name"}}}"` at the second quote.
            return Opaque(line_of(node))
        text = said(".cs", text_of(node))
        if node.type == "raw_string_literal":
            return Text(line_of(node), tuple(_without_margin([Constant(line_of(node), text)])))
        if "\\e" in text_of(node):
            # The character ESC, which few other languages write so.
            return Opaque(line_of(node))
        return Constant(line_of(node), text)

    def _interpolated(self, node: Node) -> Expression:
        parts: list[Expression] = []
        start = next((text_of(each) for each in node.children if each.type == "interpolation_start"), "")
        is_raw = any(each.type == "interpolation_quote" for each in node.children)
        if start.count("$") > 1:
            return Opaque(line_of(node))
        if node.has_error:
            return self._opaque(node)
        for each in node.named_children:
            if each.type in ("string_content", "escape_sequence"):
                if _BRACE.search(text_of(each)):
                    # The grammar takes `{{{name}}}` for a text.
                    return self._opaque(node)
                text = text_of(each).replace("{{", "{").replace("}}", "}")
                plain = text.replace('""', '"') if "@" in start else text if is_raw else unescaped(text)
                parts.append(Constant(line_of(each), plain))
            elif each.type == "interpolation":
                inner = [one for one in each.named_children if one.type != "interpolation_brace"]
                parts.append(self._expression(inner[0]) if len(inner) == 1 else Opaque(line_of(each)))
        return Text(line_of(node), tuple(_without_margin(parts) if is_raw else parts))

    def _attribute(self, node: Node) -> Expression:
        line = line_of(node)
        of, name = node.child_by_field_name("expression"), text_of(node.child_by_field_name("name"))
        if about := _ABOUT_RUN.get(text_of(node).removeprefix("Pulumi.")):
            return Call(line, Imported(line, (), "pulumi", about), ())
        if of is None:
            return Opaque(line)
        if of.type in ("this", "this_expression"):
            return Name(line, name)
        read = self._expression(of)
        if item := _ITEM.fullmatch(name):
            return Item(line, read, Constant(line, int(item[1]) - 1))
        return Attribute(line, read, lower_first(name))

    def _reference(self, node: Node) -> Expression:
        """Another name for a variable: `ref name`."""
        read = self._expression(node.named_children[-1])
        self._replaced(read)
        return self._hiding(line_of(node), read)

    def _item(self, node: Node) -> Expression:
        of, key = node.child_by_field_name("expression"), node.child_by_field_name("subscript")
        inner = [one for each in (key.named_children if key else ()) for one in each.named_children]
        if of is None or len(inner) != 1:
            return Opaque(line_of(node))
        return Item(line_of(node), self._expression(of), self._expression(inner[0]))

    def _operation(self, node: Node) -> Expression:
        operator = text_of(node.child_by_field_name("operator"))
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque(line_of(node))
        if operator == "+":
            return Sum(line_of(node), self._terms(node))
        first, second = self._expression(left), self._expression(right)
        is_choice = operator == "??"
        return Otherwise(line_of(node), first, second) if is_choice else self._hiding(line_of(node), first, second)

    def _assignment(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque(line_of(node))
        value = self._expression(right)
        is_plain = text_of(node.child_by_field_name("operator")) in ("", "=")
        bound = value if is_plain else self._hiding(line_of(node), value)
        if left.type == "identifier":
            self._assigned(text_of(left), bound)
        else:
            self._bind(left, bound)
        return value

    def _call(self, node: Node) -> Expression:
        line = line_of(node)
        callee = node.child_by_field_name("function")
        positional, named = self._arguments(node.child_by_field_name("arguments"))
        if callee is None:
            return Opaque(line)
        path = text_of(callee).removeprefix("Pulumi.")
        if path in _WRAPPERS and len(positional) == 1:
            return positional[0]
        if path in _LISTS:
            return Elements(line, positional)
        # What options do to names is not known.
        if path in _RENAMED and len(positional) == 1 and not named:
            return Call(line, Imported(line, (), *_RENAMED[path]), positional)
        if path in ("string.Join", "String.Join") and len(positional) == 2:
            return Call(line, Attribute(line, positional[0], "join"), positional[1:])
        if callee.type == "member_access_expression":
            of, name = callee.child_by_field_name("expression"), text_of(callee.child_by_field_name("name"))
            if of and name in ("Invoke", "InvokeAsync") and (function := text_of(of).rpartition(".")[2])[:3] == "Get":
                is_document = function == "GetPolicyDocument"
                module = "aws.iam" if is_document else "aws"
                return Call(line, Imported(line, (), module, lower_first(function)), positional)
            if of and name in _SAME and not positional:
                return self._expression(of)
            if of and name in ("Apply", "Select"):
                method = Attribute(line, self._expression(of), "apply" if name == "Apply" else "map")
                return self._called(Call(line, method, positional, named))
        return self._called(Call(line, self._expression(callee), positional, named))

    def _arguments(self, given: Node | None) -> tuple[tuple[Expression, ...], tuple[tuple[str, Expression], ...]]:
        positional: list[Expression] = []
        named: list[tuple[str, Expression]] = []
        for each in given.named_children if given else ():
            if each.type == "argument" and each.named_children:
                value = self._expression(each.named_children[-1])
                if any(child.type in ("in", "out", "ref") for child in each.children):
                    self._replaced(value)
                if name := each.child_by_field_name("name"):
                    named.append((text_of(name), value))
                else:
                    positional.append(value)
        return tuple(positional), tuple(named)

    # Objects

    def _new(self, node: Node) -> Expression:
        line = line_of(node)
        kind = text_of(node.child_by_field_name("type")).partition("<")[0].removeprefix("Pulumi.")
        body = next((each for each in node.named_children if each.type == "initializer_expression"), None)
        given = next((each for each in node.named_children if each.type == "argument_list"), None)
        last = kind.rpartition(".")[2]
        if not kind or last.endswith("Args") or last in ("Dictionary", "InputMap", "List", "InputList", "HashSet"):
            has_given = given is not None and given.named_child_count > 0
            is_list = last in ("List", "InputList", "HashSet")
            is_set = last == "HashSet"
            if has_given:
                of, _ = self._arguments(given)
                return self._hiding(line, *of, *([self._initializer(body)] if body else ()))
            has_entries = body is not None and body.named_child_count > 0
            made = (
                self._initializer(body)
                if body and (has_entries or not kind)
                else Elements(line, ())
                if is_list
                else Entries(line, ())
            )
            return Call(line, Imported(line, (), "set"), (made,)) if is_set else made
        positional, named = self._arguments(given)
        if body:
            self._changes.changed(self._initializer(body))
        if kind == "Config":
            return Call(line, Imported(line, (), "pulumi", "Config"), positional)
        if last == "Policy":
            positional = tuple(_with_policy(each) for each in positional)
        return self._called(Call(line, self._class(line, kind), positional, named))

    def _class(self, line: int, kind: str) -> Expression:
        """The class with a name, in the namespaces that the file uses."""
        module, _, name = kind.rpartition(".")
        first, _, rest = module.partition(".")
        if module:
            module = ".".join(filter(None, (self._aliases.get(first, first), rest)))
            candidates = [module, *(f"{used}.{module}" for used in self._used)]
        else:
            candidates = self._used
        for each in candidates:
            package, _, inner = each.partition(".")
            if package == "Aws" and is_resource_type(f"aws:{inner.lower()}/{lower_first(name)}:{name}"):
                return Attribute(line, Imported(line, (), f"aws.{inner.lower()}"), name)
        return Name(line, name)

    def _initializer(self, node: Node) -> Expression:
        """What stands in braces: properties, entries of a map, or elements of a list."""
        line = line_of(node)
        inner = [each for each in node.named_children if each.type != "comment"]
        entries: list[tuple[Expression | None, Expression]] = []
        for each in inner:
            left, right = each.child_by_field_name("left"), each.child_by_field_name("right")
            if each.type == "assignment_expression" and left and right:
                entries.append((self._key(left), self._value(right)))
            elif each.type == "initializer_expression" and len(each.named_children) == 2:
                key, value = each.named_children
                entries.append((self._expression(key), self._value(value)))
        if entries:
            is_all = len(entries) == len(inner)
            return Entries(line, tuple(entries)) if is_all else self._hiding(line, *map(self._expression, inner))
        return Elements(line, tuple(self._value(each) for each in inner))

    def _key(self, left: Node) -> Expression:
        if left.type == "identifier":
            return Constant(line_of(left), lower_first(text_of(left)))
        inner = [one for each in left.named_children for one in (each.named_children or [each])]
        return self._expression(inner[0]) if len(inner) == 1 else Opaque(line_of(left))

    def _value(self, node: Node) -> Expression:
        return self._initializer(node) if node.type == "initializer_expression" else self._expression(node)

    def _list(self, node: Node) -> Expression:
        body = next((each for each in node.named_children if each.type == "initializer_expression"), None)
        return self._initializer(body) if body else Opaque(line_of(node))

    def _collection(self, node: Node) -> Expression:
        elements = [inner for each in node.named_children for inner in each.named_children]
        if any(each.type != "expression_element" for each in elements):
            return self._opaque(node)
        return Elements(line_of(node), tuple(self._expression(each.named_children[0]) for each in elements))

    def _anonymous(self, node: Node) -> Expression:
        """An object of a class without a name: `new { Version = "2012-10-17" }`."""
        children = node.named_children
        entries: list[tuple[Expression | None, Expression]] = []
        index = 0
        while index < len(children):
            each = children[index]
            is_named = each.type == "identifier" and each.next_sibling is not None and each.next_sibling.type == "="
            if is_named and index + 1 < len(children):
                entries.append((Constant(line_of(each), text_of(each)), self._expression(children[index + 1])))
                index += 2
            elif each.type == "comment":
                index += 1
            else:
                name = text_of(each).rpartition(".")[2]
                entries.append((Constant(line_of(each), name), self._expression(each)))
                index += 1
        return Entries(line_of(node), tuple(entries))


_READ: Final[Mapping[str, Callable[[_Reader, Node], Expression]]] = {
    "identifier": _Reader._name,
    **dict.fromkeys(_STRINGS, _Reader._string),
    "interpolated_string_expression": _Reader._interpolated,
    "integer_literal": _Reader._number,
    **dict.fromkeys(("boolean_literal", "null_literal"), _Reader._constant),
    "member_access_expression": _Reader._attribute,
    "element_access_expression": _Reader._item,
    "binary_expression": _Reader._operation,
    "conditional_expression": _Reader._conditional,
    "assignment_expression": _Reader._assignment,
    "invocation_expression": _Reader._call,
    **dict.fromkeys(("object_creation_expression", "implicit_object_creation_expression"), _Reader._new),
    "anonymous_object_creation_expression": _Reader._anonymous,
    **dict.fromkeys(("array_creation_expression", "implicit_array_creation_expression"), _Reader._list),
    "collection_expression": _Reader._collection,
    **dict.fromkeys(("await_expression", "parenthesized_expression", "cast_expression"), _Reader._inner),
    **dict.fromkeys(_FUNCTIONS, _Reader._function),
    "conditional_access_expression": _Reader._matched,
    **dict.fromkeys(("prefix_unary_expression", "postfix_unary_expression"), _Reader._counted),
    **dict.fromkeys(("is_pattern_expression", "switch_expression"), _Reader._matched),
    "ref_expression": _Reader._reference,
}
