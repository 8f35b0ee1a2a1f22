"""Files of TypeScript and JavaScript as syntax trees, and what their names are bound to by imports."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from tree_sitter import Node as Syntax
from tree_sitter import Tree

from policypack.lint.yaml_file import Node
from policypack.model import Place
from policypack.source.budget import Budget, BudgetExceededError
from policypack.source.literals import unescaped
from policypack.source.trees import end_of, parsed

ENDS: Final = (".ts", ".tsx", ".mts", ".cts", ".js", ".jsx", ".mjs", ".cjs")
_LARGEST: Final = 300_000
"""Characters that are parsed."""
_LONGEST_LINE: Final = 5_000
"""Characters of a line that is parsed; what has longer ones was written by a tool."""
_DEEPEST: Final = 20
"""How deep object literals are read."""
_LONGEST_NAME: Final = 1_000
"""Bytes of a text that is compared as a name."""
_WRAPPERS: Final = frozenset(
    ("parenthesized_expression", "as_expression", "satisfies_expression", "non_null_expression", "type_assertion")
)
_FUNCTIONS: Final = frozenset(("arrow_function", "function_expression", "generator_function"))


@dataclass(frozen=True)
class TypeScriptFile:
    """
    A file of TypeScript or JavaScript.

    :param name: its name from the program's folder on.
    :param tree: its syntax tree; None where it was not parsed.
    """

    name: str
    text: str = field(repr=False)
    tree: Tree | None = field(repr=False)

    def place_of(self, node: Syntax) -> Place:
        """Where a node of the tree begins."""
        row, column = node.start_point
        start = node.start_byte - column
        before = self._bytes[start : node.start_byte].decode(errors="replace")
        return Place(self.name, row + 1, len(before) + 1)

    @cached_property
    def _bytes(self) -> bytes:
        return self.text.encode()

    @cached_property
    def nodes(self) -> tuple[Syntax, ...]:
        """All nodes of the tree that have a name in the grammar, each before those within it."""
        found: list[Syntax] = []
        open_ = [self.tree.root_node] if self.tree else []
        while open_:
            node = open_.pop()
            found.append(node)
            for child in reversed(node.named_children):
                self._parents[child.id] = node
                open_.append(child)
        return tuple(found)

    def parent_of(self, node: Syntax) -> Syntax | None:
        """
        The node that a node stands in; None for the whole file.

        A node's own `parent` is looked for from the top of the tree on, and takes the longer the deeper it is.
        """
        return self._parents.get(node.id) if self.nodes else None

    @cached_property
    def _parents(self) -> dict[int, Syntax]:
        return {}

    def of_type(self, *types: str) -> Iterator[Syntax]:
        """The nodes of some types."""
        return (node for type_ in types for node in self._by_type.get(type_, ()))

    @cached_property
    def _by_type(self) -> dict[str, list[Syntax]]:
        found: dict[str, list[Syntax]] = {}
        for node in self.nodes:
            found.setdefault(node.type, []).append(node)
        return found

    @cached_property
    def imports(self) -> dict[str, str]:
        """The full names that imports bind names to: `aws` to `@pulumi/aws`, `Bucket` to `@pulumi/aws/s3.Bucket`."""
        bound: dict[str, str] = {}
        for node in self.of_type("import_statement"):
            module = _string(node.child_by_field_name("source"))
            for clause in node.named_children:
                if clause.type == "import_clause":
                    for part in clause.named_children:
                        bound.update(_imported(part, module))
                elif clause.type == "import_require_clause":
                    bound[text_of(clause.named_children[0])] = _string(clause.child_by_field_name("source"))
        for node in self.of_type("variable_declarator"):
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name and value and value.type == "call_expression" and (module := _required(value)):
                if name.type == "identifier":
                    bound[text_of(name)] = module
                elif name.type == "object_pattern":
                    for each in name.named_children:
                        if each.type == "shorthand_property_identifier_pattern":
                            bound[text_of(each)] = f"{module}.{text_of(each)}"
        return bound

    def imported_modules(self) -> Iterator[tuple[str, Place]]:
        """The names of the modules that the file imports for more than their types, each with its place."""
        for node in self.of_type("import_statement"):
            if not any(child.type == "type" for child in node.children):
                yield _string(node.child_by_field_name("source")), self.place_of(node)

    @cached_property
    def bindings(self) -> Counter[str]:
        """How often the file binds each name, other than by imports."""
        found: Counter[str] = Counter()
        for node in self.nodes:
            match node.type:
                case "variable_declarator":
                    value = node.child_by_field_name("value")
                    if not (value and value.type == "call_expression" and _required(value)):
                        found.update(_names_in(node.child_by_field_name("name")))
                case "required_parameter" | "optional_parameter":
                    found.update(_names_in(node.child_by_field_name("pattern")))
                case "arrow_function" if single := node.child_by_field_name("parameter"):
                    found.update(_names_in(single))
                case "assignment_expression" | "augmented_assignment_expression" | "for_in_statement":
                    found.update(_names_in(node.child_by_field_name("left")))
                case "catch_clause":
                    found.update(_names_in(node.child_by_field_name("parameter")))
                case "function_declaration" | "class_declaration" | "enum_declaration" | "internal_module":
                    found.update(_names_in(node.child_by_field_name("name")))
        return found

    @cached_property
    def variables(self) -> dict[str, Syntax]:
        """The variables that are bound once in the file, with what they are bound to."""
        found: dict[str, Syntax] = {}
        for node in self.of_type("variable_declarator"):
            name, value = node.child_by_field_name("name"), node.child_by_field_name("value")
            if name and value and name.type == "identifier" and self.bindings[text_of(name)] == 1:
                found[text_of(name)] = plain(value)
        return found

    @cached_property
    def shorthands(self) -> frozenset[Place]:
        """Where keys of objects stand that are variables as well: `{ tags }`."""
        return frozenset(map(self.place_of, self.of_type("shorthand_property_identifier")))

    def full_name(self, node: Syntax | None) -> str:
        """The full name of what an expression names by an import: `@pulumi/aws.s3.Bucket`; empty for anything else."""
        parts: list[str] = []
        while node and node.type in ("member_expression", "nested_identifier", "nested_type_identifier"):
            property_ = node.child_by_field_name("property") or node.child_by_field_name("name")
            parts.append(text_of(property_))
            node = node.child_by_field_name("object") or node.child_by_field_name("module")
        if node is None or node.type not in ("identifier", "type_identifier"):
            return ""
        name = text_of(node)
        if name not in self.imports or self.bindings[name]:
            return ""
        return ".".join((self.imports[name], *reversed(parts)))

    def class_of(self, node: Syntax | None) -> str:
        """The full name of the imported class that an expression surely is an object of; empty where that is open."""
        if node is None:
            return ""
        match node.type:
            case "identifier":
                name = text_of(node)
                made = self.variables.get(name)
                return self._made(made) if made else self._typed_parameters.get(name, "")
            case "member_expression" if text_of(node.child_by_field_name("object")) == "this":
                return self._fields.get(text_of(node.child_by_field_name("property")), "")
            case _:
                return self._made(node)

    def _made(self, node: Syntax) -> str:
        """The full name of the class that `new` makes an object of; empty for any other expression."""
        return self.full_name(node.child_by_field_name("constructor")) if node.type == "new_expression" else ""

    @cached_property
    def _typed_parameters(self) -> dict[str, str]:
        """The parameters that nothing else in the file has the name of, with the full names of their types."""
        found: dict[str, str] = {}
        for node in self.of_type("required_parameter"):
            name = text_of(node.child_by_field_name("pattern"))
            if self.bindings[name] == 1:
                found[name] = self._type_of(node)
        return found

    def _type_of(self, node: Syntax) -> str:
        """The full name of the imported type that a parameter or field is annotated with; empty for anything else."""
        annotation = node.child_by_field_name("type")
        return self.full_name(annotation.named_children[0]) if annotation and annotation.named_children else ""

    @cached_property
    def _fields(self) -> dict[str, str]:
        """The fields of the file's class, with the full names of their classes; none where it has several classes."""
        if len([*self.of_type("class_declaration", "class", "abstract_class_declaration")]) != 1:
            return {}
        said: dict[str, set[str]] = {}
        for node in self.of_type("public_field_definition", "required_parameter", "assignment_expression"):
            left, value = node.child_by_field_name("left"), node.child_by_field_name("value")
            if left and text_of(left.child_by_field_name("object")) == "this":
                name, made = left.child_by_field_name("property"), node.child_by_field_name("right")
                said.setdefault(text_of(name), set()).add(self._made(plain(made)) if made else "")
            elif name := node.child_by_field_name("name"):
                said.setdefault(text_of(name), set()).add(self._type_of(node) or (self._made(value) if value else ""))
            elif any(each.type == "accessibility_modifier" for each in node.named_children):
                said.setdefault(text_of(node.child_by_field_name("pattern")), set()).add(self._type_of(node))
        return {name: next(iter(classes)) for name, classes in said.items() if len(classes) == 1}

    def value_of(self, node: Syntax | None, depth: int = 0) -> Node:
        """A literal as a tree of nodes; what is no literal is a node without a value, and a spread the key `...`."""
        if node is None:
            return Node(Place(self.name, 1), None)
        node = plain(node)
        place = self.place_of(node)
        if depth > _DEEPEST:
            return Node(place, None)
        match node.type:
            case "string":
                return Node(place, _string(node))
            case "template_string" if not node.named_children or all(
                each.type in ("string_fragment", "escape_sequence") for each in node.named_children
            ):
                return Node(place, _string(node))
            case "array" if all(each.type != "spread_element" for each in node.named_children):
                return Node(place, [self.value_of(each, depth + 1) for each in _without_comments(node)])
            case "object":
                return self._map(node, place, depth)
            case _:
                return Node(place, None)

    def _map(self, node: Syntax, place: Place, depth: int) -> Node:
        values: dict[str, Node] = {}
        keys: dict[str, Place] = {}
        for each in _without_comments(node):
            name = "..."
            value = Node(self.place_of(each), None)
            if each.type == "pair":
                key = each.child_by_field_name("key")
                if key and key.type != "computed_property_name":
                    name = _string(key) if key.type == "string" else text_of(key)
                    value = self.value_of(each.child_by_field_name("value"), depth + 1)
            elif each.type == "shorthand_property_identifier":
                name = text_of(each)
            elif each.type == "method_definition":
                name = text_of(each.child_by_field_name("name"))
            values[name] = value
            keys[name] = self.place_of(each)
        return Node(place, values, keys)


def plain(node: Syntax) -> Syntax:
    """An expression without the brackets and types around it."""
    while node.type in _WRAPPERS and node.named_children:
        node = node.named_children[-1 if node.type == "type_assertion" else 0]
    return node


def text_of(node: Syntax | None) -> str:
    """The text of a node; empty for one that is longer than any name, such as a chain of calls."""
    return _whole_text(node) if node and node.end_byte - node.start_byte <= _LONGEST_NAME else ""


def _whole_text(node: Syntax) -> str:
    return node.text.decode(errors="replace") if node.text else ""


def arguments_of(call: Syntax) -> list[Syntax]:
    """The arguments of a call, or of what `new` makes."""
    given = call.child_by_field_name("arguments")
    return _without_comments(given) if given and given.type == "arguments" else []


def is_function(node: Syntax) -> bool:
    """Whether an expression is a function."""
    return node.type in _FUNCTIONS


def within(node: Syntax, seen: set[int] | None = None) -> Iterator[Syntax]:
    """
    A node, and all nodes within it that have a name in the grammar.

    :param seen: the ids of nodes that were walked before, which are left out and to which those of this walk are added:
        so walks of nodes within each other take no more time than one.
    """
    open_ = [node]
    while open_:
        each = open_.pop()
        if seen is not None:
            if each.id in seen:
                continue
            seen.add(each.id)
        yield each
        open_.extend(reversed(each.named_children))


def parse_typescript(name: str, text: str) -> TypeScriptFile:
    """Parses a file of TypeScript or JavaScript. One that is too large, or was written by a tool, has no tree."""
    if len(text) > _LARGEST or max(map(len, text.split("\n"))) > _LONGEST_LINE:
        return TypeScriptFile(name, text, None)
    try:
        return TypeScriptFile(name, text, parsed(end_of(name), text.encode(), Budget()))
    except BudgetExceededError:
        return TypeScriptFile(name, text, None)


def _without_comments(node: Syntax) -> list[Syntax]:
    return [each for each in node.named_children if each.type != "comment"]


def _string(node: Syntax | None) -> str:
    return unescaped(_whole_text(node)[1:-1]) if node else ""


def _required(call: Syntax) -> str:
    """The module that a call of `require` names; empty where it is another call."""
    arguments = arguments_of(call)
    is_require = text_of(call.child_by_field_name("function")) == "require"
    return _string(arguments[0]) if is_require and arguments and arguments[0].type == "string" else ""


def _imported(part: Syntax, module: str) -> Iterator[tuple[str, str]]:
    if part.type == "identifier":
        yield text_of(part), module
    elif part.type == "namespace_import":
        yield text_of(part.named_children[0]), module
    elif part.type == "named_imports":
        for each in part.named_children:
            name = text_of(each.child_by_field_name("name"))
            yield text_of(each.child_by_field_name("alias")) or name, f"{module}.{name}"


def _names_in(pattern: Syntax | None) -> Iterator[str]:
    """The names that a pattern binds."""
    for node in within(pattern) if pattern else ():
        if node.type in ("identifier", "shorthand_property_identifier_pattern", "type_identifier"):
            yield text_of(node)
