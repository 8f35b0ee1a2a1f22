"""What a project's own files say of a config key: whether it is secret, and what its stacks set."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tree_sitter import Node as Syntax

from policypack.lint.project import Project
from policypack.lint.python_file import PythonFile
from policypack.lint.typescript_file import TypeScriptFile, arguments_of, plain, text_of
from policypack.lint.yaml_file import Node
from policypack.secret_detection import secret_reason
from policypack.secret_detection.names import meaning_of


class ConfigValues:
    """The config keys of a project and its stacks, each with its namespace: `aws:region`, `shop:size`."""

    def __init__(self, project: Project) -> None:
        """
        :param project: the project whose files are read.
        """
        self._own = project.name
        self.declared = dict(self._entries(project.file.root if project.file else None))
        """What the project file says of each key."""
        self.by_stack = {file.name: dict(self._entries(file.root)) for file in project.stacks}
        """The values of each stack's settings, by the name of their file and the key."""

    def full_key(self, key: str, namespace: str | None) -> str:
        """A key that a config object reads, with its namespace (see config_namespace)."""
        return f"{self._own if namespace == '' else namespace}:{key}"

    def secret_reason(self, key: str, namespace: str | None) -> str:
        """
        Why the value of a config key surely is a secret, in words; empty where it is none, or may be none.

        :param namespace: that of the config object which reads the key (see config_namespace).
        """
        full_key = self.full_key(key, namespace)
        declaration = self.declared.get(full_key)
        secret = declaration.get("secret") if declaration else None
        if secret and secret.value is True:
            return "which Pulumi.yaml declares secret"
        values = {file: values[full_key] for file, values in self.by_stack.items() if full_key in values}
        if encrypted := next((file for file, value in values.items() if value.get("secure")), ""):
            return f"which is encrypted in {encrypted}"
        kind = meaning_of(key).kind
        is_secret = any(secret_reason(key, value.text) for value in values.values()) if values else kind
        # `dbSecret` may be the name of an entry in a store.
        return "and its name suggests a secret" if is_secret and kind not in ("", "secret") else ""

    def _entries(self, root: Node | None) -> Iterator[tuple[str, Node]]:
        config = root.get("config") if root else None
        for key, _, value in config.items() if config else ():
            yield key if ":" in key else self.full_key(key, ""), value


def config_namespace(file: PythonFile, config: ast.expr) -> str | None:
    """The namespace of an object of pulumi.Config; empty for the project's own, None where it is open."""
    made = file.values.get(config.id) if isinstance(config, ast.Name) else config
    match made:
        case ast.Call(args=[], keywords=[]):
            return ""
        case ast.Call(args=[ast.Constant(value=str(name))], keywords=[]):
            return name
        case ast.Call(args=[], keywords=[ast.keyword(arg="name", value=ast.Constant(value=str(name)))]):
            return name
        case _:
            return None


def config_namespace_in_typescript(file: TypeScriptFile, config: Syntax) -> str | None:
    """The namespace of an object of pulumi.Config; empty for the project's own, None where it is open."""
    config = plain(config)
    made = file.variables.get(text_of(config)) if config.type == "identifier" else config
    if made is None or made.type != "new_expression":
        return None
    arguments = arguments_of(made)
    if not arguments:
        return ""
    name = file.value_of(arguments[0]).value
    return name if isinstance(name, str) else None
