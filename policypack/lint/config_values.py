"""What a project's own files say of a config key: whether it is secret, and what its stacks set."""

from __future__ import annotations

from policypack.lint.project import Project
from policypack.lint.yaml_file import Node
from policypack.secret_detection import secret_reason
from policypack.secret_detection.names import meaning_of


class ConfigValues:
    """The config keys of a project and its stacks."""

    def __init__(self, project: Project) -> None:
        """
        :param project: the project whose files are read.
        """
        self.declared = dict(_entries(project.file.root if project.file else None))
        """What the project file says of each key, by the key without its namespace."""
        self.by_stack = {file.name: dict(_entries(file.root)) for file in project.stacks}
        """The values of each stack's settings, by the name of their file and the key without its namespace."""

    def secret_reason(self, key: str) -> str:
        """Why the value of a config key surely is a secret, in words; empty where it is none, or may be none."""
        name = key.rpartition(":")[2]
        declaration = self.declared.get(name)
        secret = declaration.get("secret") if declaration else None
        if secret and secret.value is True:
            return "which Pulumi.yaml declares secret"
        values = {file: values[name] for file, values in self.by_stack.items() if name in values}
        if encrypted := next((file for file, value in values.items() if value.get("secure")), ""):
            return f"which is encrypted in {encrypted}"
        kind = meaning_of(name).kind
        is_secret = any(secret_reason(name, value.text) for value in values.values()) if values else kind
        # `dbSecret` may be the name of an entry in a store.
        return "and its name suggests a secret" if is_secret and kind not in ("", "secret") else ""


def _entries(root: Node | None) -> list[tuple[str, Node]]:
    config = root.get("config") if root else None
    return [(key.rpartition(":")[2], value) for key, _, value in config.items()] if config else []
