"""Makes the common form of Java source (see expression.py) from its syntax tree."""

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
)
from policypack.source.literals import unescaped
from policypack.source.tree_reader import TreeReader, line_of, lower_first, text_of
from policypack.source.trees import parsed

_ITEM: Final = re.compile(r"t([1-8])")
_SAME: Final = frozenset({"Output.of", "Optional.of", "Either.ofLeft", "Either.ofRight", "Objects.requireNonNull"})
_LISTS: Final = frozenset(
    {"List.of", "Set.of", "Arrays.asList", "Output.all", "Output.tuple", "jsonArray", "List.copyOf", "Stream.of"}
)
_JSON: Final = frozenset({"serializeJson", "toJson", "writeValueAsString"})
_ABOUT_RUN: Final = {"stackName": "getStack", "projectName": "getProject", "organizationName": "getOrganization"}
_READING: Final = frozenset(
    {
        *("apply", "applyValue", "asList", "build", "builder", "collect", "concat", "contains", "containsKey"),
        *("endsWith", "entrySet", "equals", "export", "filter", "flatMap", "format", "get", "getKey", "getOrDefault"),
        *("getValue", "info", "isEmpty", "join", "keySet", "length", "map", "of", "orElse", "println", "size"),
        *("startsWith", "stream", "toList", "toLowerCase", "toString", "toUpperCase", "trim", "values", "warn"),
        *("copyOf", "json", "minifiedJson"),
    }
)
_READING_CLASSES: Final = frozenset(
    {"Arrays", "Collectors", "List", "Log", "Map", "Objects", "Optional", "Output", "Set", "Stream", "String"}
)
"""What changes neither the list or map that it belongs to nor those that it gets, and the classes that have it."""
_PATTERNS: Final = frozenset({"matches", "replaceAll", "replaceFirst", "split"})
"""Methods of texts that take regular expressions, which those of the same names in other languages do not."""
_CONSTANTS: Final = {"true": True, "false": False, "null_literal": None}
_LISTED: Final = frozenset(
    {
        *("actions", "conditions", "identifiers", "notActions", "notPrincipals", "notResources", "principals"),
        *("resources", "statements", "values"),
    }
)
"""What a builder of a policy document's parts takes any number of."""


def module_of(file: str, text: str, budget: Budget) -> Module:
    """
    What a Java file says. Of what is no valid source, the valid parts count.

    :param file: its name, as in Place.
    :raises BudgetExceededError: where it takes too long.
    """
    reader = _Reader(file, budget)
    return Module(file, reader.module(parsed(".java", text.encode(), budget).root_node.named_children))


def _block(text: str) -> str:
    """A text between three quotes, without its margin."""
    lines = text.partition("\n")[2].split("\n")
    margins = [len(line) - len(line.lstrip()) for line in (*filter(str.strip, lines[:-1]), lines[-1])]
    margin = min(margins)
    return unescaped("\n".join(line[margin:].rstrip() for line in lines))


class _Reader(TreeReader):
    """
    Reads one file. What its classes have counts as what the file has: a class of a program is made once, and what has
    the same name in two of them is one of two things.
    """

    def __init__(self, file: str, budget: Budget) -> None:
        super().__init__(file, budget, _READ, _CONSTANTS, Changes(_READING, _READING_CLASSES))
        self._imported: dict[str, str] = {}
        self._packages: list[str] = []

    # Statements

    def _statement(self, node: Node) -> None:
        match node.type:
            case "import_declaration":
                self._import(node)
            case "class_declaration" | "record_declaration":
                if body := node.child_by_field_name("body"):
                    self.read(body.named_children)
            case "field_declaration" | "local_variable_declaration":
                for declared in node.children_by_field_name("declarator"):
                    value = declared.child_by_field_name("value")
                    read = self._expression(value) if value else Opaque(line_of(declared))
                    self._scope.bind(text_of(declared.child_by_field_name("name")), read)
            case "method_declaration" | "constructor_declaration":
                self.scopes[0].bind(text_of(node.child_by_field_name("name")), self._function(node))
            case "return_statement":
                value = next(iter(node.named_children), None)
                self._scope.results.append(self._expression(value) if value else Constant(line_of(node), None))
            case "enhanced_for_statement":
                over = node.child_by_field_name("value")
                loop = Loop(self._expression(over) if over else Opaque(line_of(node)))
                self._scope.bind(text_of(node.child_by_field_name("name")), Each(line_of(node), loop))
                self._looped(loop, node.child_by_field_name("body"))
            case kind if kind.endswith("comment") or kind in ("package_declaration", "interface_declaration"):
                pass
            case _:
                self._within_statement(node)

    def _import(self, node: Node) -> None:
        path = text_of(node.named_children[0]) if node.named_children else ""
        if not path.startswith("com.pulumi."):
            return
        module, _, name = path.removeprefix("com.pulumi.").rpartition(".")
        if any(child.type == "asterisk" for child in node.named_children):
            self._packages.append(path.removeprefix("com.pulumi."))
        else:
            self._imported[name] = module

    def _function(self, node: Node) -> Function:
        scope = Scope("function", text_of(node.child_by_field_name("name")), self._scope, line_of(node))
        with self._within(scope):
            parameters = node.child_by_field_name("parameters")
            if parameters and parameters.type == "identifier":
                scope.parameters.append(Parameter(text_of(parameters)))
            for each in parameters.named_children if parameters else ():
                if each.type == "spread_parameter":
                    scope.parameters.append(Parameter(text_of(each.named_children[-1]), None, "rest"))
                elif each.type in ("formal_parameter", "identifier"):
                    scope.parameters.append(Parameter(text_of(each.child_by_field_name("name") or each)))
            body = node.child_by_field_name("body")
            if body and body.type in ("block", "constructor_body"):
                self.read(body.named_children)
            elif body:
                scope.results.append(self._expression(body))
        return Function(line_of(node), scope)

    # Expressions

    def _string(self, node: Node) -> Expression:
        text = text_of(node)
        is_block = text.startswith('"""') and len(text) > 5
        if "\\s" in text:
            # A space, also at the end of a line of a block.
            return Opaque(line_of(node))
        return Constant(line_of(node), _block(text[3:-3]) if is_block else unescaped(text[1:-1]))

    def _number(self, node: Node) -> Expression:
        return self._whole(node, text_of(node).replace("_", "").rstrip("L"))

    def _field(self, node: Node) -> Expression:
        line = line_of(node)
        of, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("field"))
        if of is None:
            return Opaque(line)
        if of.type == "this":
            return Name(line, name)
        read = self._expression(of)
        item = _ITEM.fullmatch(name)
        return Item(line, read, Constant(line, int(item[1]) - 1)) if item else Attribute(line, read, name)

    def _operation(self, node: Node) -> Expression:
        if text_of(node.child_by_field_name("operator")) == "+":
            return Sum(line_of(node), self._terms(node))
        for each in node.named_children:
            self._expression(each)
        return Opaque(line_of(node))

    def _assignment(self, node: Node) -> Expression:
        left, right = node.child_by_field_name("left"), node.child_by_field_name("right")
        if left is None or right is None:
            return Opaque(line_of(node))
        value = self._expression(right)
        bound = value if text_of(node.child_by_field_name("operator")) == "=" else self._hiding(line_of(node), value)
        if left.type == "identifier":
            self._assigned(text_of(left), bound)
        elif left.type == "field_access" and text_of(left).startswith("this."):
            self.scopes[0].bind(text_of(left.child_by_field_name("field")), self._hiding(bound.line, bound))
        else:
            self._changed_in_place(self._expression(left), value)
        return value

    def _call(self, node: Node) -> Expression:
        line = line_of(node)
        of, name = node.child_by_field_name("object"), text_of(node.child_by_field_name("name"))
        given = node.child_by_field_name("arguments")
        written = [each for each in given.named_children if not each.type.endswith("comment")] if given else []
        if name == "build" and of and not written:
            return self._built(of)
        read = tuple(map(self._expression, written))
        path = f"{text_of(of)}.{name}" if of and of.type == "identifier" else "" if of else name
        if found := self._known(line, path, name, read):
            return found
        if of is None:
            return self._called(Call(line, Name(line, name), read))
        if name in _PATTERNS:
            self._expression(of)
            return Opaque(line)
        if name in ("applyValue", "apply"):
            return self._called(Call(line, Attribute(line, self._expression(of), "apply"), read))
        if of.type == "this":
            return self._called(Call(line, Name(line, name), read))
        if name == "orElse" and len(read) == 1:
            return Otherwise(line, self._expression(of), read[0])
        # Attributes are methods without arguments.
        if not read:
            receiver = self._expression(of)
            self._changes.of_method(receiver, name)
            return Attribute(line, receiver, name)
        return self._called(Call(line, Attribute(line, self._expression(of), name), read))

    def _method(self, node: Node) -> Expression:
        """A method that is passed on, as in `names.forEach(all::add)`."""
        parts = [self._expression(each) for each in node.named_children]
        if parts:
            self._changes.of_method(parts[0], text_of(node.named_children[-1]))
        return self._hiding(line_of(node), *parts)

    def _known(self, line: int, path: str, name: str, read: tuple[Expression, ...]) -> Expression | None:
        """What a function makes that Java or Pulumi has; None for any other."""
        if path in _SAME and len(read) == 1:
            return read[0]
        if path in _LISTS:
            return Elements(line, read)
        if name in _JSON and len(read) == 1:
            return Call(line, Imported(line, (), "json", "dumps"), read)
        match path:
            case "Output.ofSecret":
                return Call(line, Imported(line, (), "pulumi", "secret"), read)
            case "Output.format" | "String.format":
                return self._formatted(line, read)
            case "String.join" if len(read) > 1:
                joined = read[1] if len(read) == 2 else Elements(line, read[1:])
                return Call(line, Attribute(line, read[0], "join"), (joined,))
            case "Map.entry" | "jsonProperty":
                return Entries(line, ((read[0], read[1]),)) if len(read) == 2 else Opaque(line)
            case "Map.ofEntries" | "jsonObject":
                entries = [entry for each in read if isinstance(each, Entries) for entry in each.entries]
                return Entries(line, tuple(entries)) if len(entries) == len(read) else Opaque(line)
            case "Map.of":
                return Entries(line, tuple(zip(read[::2], read[1::2], strict=False)))
            case "ctx.config" | "context.config":
                return Call(line, Imported(line, (), "pulumi", "Config"), read)
        context, _, about = path.partition(".")
        if context in ("ctx", "context") and about in _ABOUT_RUN:
            return Call(line, Imported(line, (), "pulumi", _ABOUT_RUN[about]), ())
        if context.endswith("Functions") and about.startswith("get"):
            return Call(line, Imported(line, (), self._imported.get(context, "aws"), about), read)
        return None

    def _built(self, of: Node) -> Expression:
        """The arguments that a builder makes."""
        entries: list[tuple[Expression | None, Expression]] = []
        at: Node | None = of
        while at and at.type == "method_invocation" and text_of(at.child_by_field_name("name")) != "builder":
            name, given = at.child_by_field_name("name"), at.child_by_field_name("arguments")
            written = [each for each in given.named_children if not each.type.endswith("comment")] if given else []
            line = line_of(name or at)
            read = tuple(map(self._expression, written))
            is_one = len(read) == 1 and not (text_of(name) in _LISTED and isinstance(read[0], Constant | Entries))
            entries.append((Constant(line, text_of(name)), read[0] if is_one else Elements(line, read)))
            at = at.child_by_field_name("object")
        is_builder = at is not None and text_of(at.child_by_field_name("object")).endswith("Args")
        made = Entries(line_of(of), tuple(reversed(entries)))
        return made if is_builder else self._hiding(line_of(of), made)

    def _new(self, node: Node) -> Expression:
        line = line_of(node)
        kind = text_of(node.child_by_field_name("type")).partition("<")[0]
        given = node.child_by_field_name("arguments")
        read = tuple(self._expression(each) for each in given.named_children) if given else ()
        if body := next((each for each in node.named_children if each.type == "class_body"), None):
            self.read(body.named_children)
            return self._hiding(line, *read)
        if kind in ("ArrayList", "HashMap", "LinkedHashMap", "HashSet", "JSONObject") and not read:
            return Elements(line, ()) if kind in ("ArrayList", "HashSet") else Entries(line, ())
        module, _, name = kind.rpartition(".")
        module = module.removeprefix("com.pulumi.") or self._imported.get(name, "")
        if not module:
            services = [each.removeprefix("aws.") for each in self._packages if each.startswith("aws.")]
            known = (each for each in services if is_resource_type(f"aws:{each}/{lower_first(name)}:{name}"))
            module = next((f"aws.{each}" for each in known), "")
        callee = Attribute(line, Imported(line, (), module), name) if module else Name(line, name)
        return self._called(Call(line, callee, read))


_READ: Final[Mapping[str, Callable[[_Reader, Node], Expression]]] = {
    "identifier": _Reader._name,
    "string_literal": _Reader._string,
    "decimal_integer_literal": _Reader._number,
    "field_access": _Reader._field,
    "binary_expression": _Reader._operation,
    "ternary_expression": _Reader._conditional,
    "assignment_expression": _Reader._assignment,
    "method_invocation": _Reader._call,
    "object_creation_expression": _Reader._new,
    **dict.fromkeys(("parenthesized_expression", "cast_expression"), _Reader._inner),
    "lambda_expression": _Reader._function,
    "method_reference": _Reader._method,
    "update_expression": _Reader._counted,
    "instanceof_expression": _Reader._matched,
}
