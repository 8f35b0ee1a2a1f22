"""Which expressions of a Python program surely are outputs."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import Final

from policypack.lint.project import Project
from policypack.lint.python_file import PythonFile
from policypack.lint.sdk import Sdk
from policypack.lint.sdks import python_sdks

METHODS: Final = frozenset(("apply", "future", "is_known", "is_secret", "resources"))
"""What an output has itself. Anything else is looked up in its value: https://www.pulumi.com/docs/reference/pkg/python/"""
_MAKERS: Final = frozenset(
    f"pulumi.Output.{name}"
    for name in ("all", "concat", "format", "from_input", "json_dumps", "json_loads", "secret", "unsecret")
)
# What an object of a resource class has beside its outputs.
_NO_OUTPUTS: Final = frozenset(("apply", "get", "package", "pulumi_resource_name", "pulumi_resource_type"))
_GIVERS: Final = {
    "pulumi.Config": frozenset(("get_secret", "require_secret")),
    "pulumi.StackReference": frozenset(("get_output", "require_output")),
}
_DEEPEST: Final = 50
"""How many calls and attributes of an output are followed to what they are of."""


class Outputs:
    """Tells which expressions of a file surely are outputs."""

    def __init__(self, file: PythonFile, sdk: Sdk) -> None:
        """
        :param sdk: tells which classes are resources, whose properties are outputs.
        """
        self._file = file
        self._sdk = sdk
        self._variables: set[str] = set()
        # A variable may be made of those above it.
        for name, value in file.values.items():
            if self.is_output(value):
                self._variables.add(name)

    def is_output(self, node: ast.expr) -> bool:
        """Whether an expression surely is an output, and not the value of one."""
        for _ in range(_DEEPEST):
            match node:
                case ast.Name(id=name):
                    return name in self._variables
                case ast.Attribute(value=ast.Name() as owner, attr=name) if class_name := self._file.class_of(owner):
                    is_property = name not in _NO_OUTPUTS and not name.startswith("_")
                    return is_property and self._sdk.kind(class_name) == "resource"
                case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr=name)) if name in _GIVERS.get(
                    self._file.class_of(owner), ()
                ):
                    return True
                case ast.Call(func=function) if full_name := self._file.full_name(function):
                    is_function = full_name.endswith("_output") and self._sdk.kind(full_name) == "function"
                    return is_function or full_name in _MAKERS
                case ast.Attribute(value=inner, attr=name) if name not in METHODS and not name.startswith("_"):
                    node = inner
                case ast.Call(func=ast.Attribute(value=inner, attr="apply")) | ast.Subscript(value=inner):
                    node = inner
                case _:
                    break
        return False


@lru_cache(maxsize=1)
def outputs_of(project: Project) -> tuple[tuple[PythonFile, Outputs], ...]:
    """The program's files of Python, each with what tells its outputs; several policies ask for them in turn."""
    sdks = python_sdks(project)
    return tuple((file, Outputs(file, sdks)) for file in project.python)
