"""Which expressions of a Python program surely are outputs."""

from __future__ import annotations

import ast
from typing import Final

from policypack.lint.python_file import PythonFile

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
# SDKs that are generated from a schema, so that all properties of their resources are outputs. What people write
# themselves may have plain ones.
_GENERATED: Final = frozenset(
    f"pulumi_{name}"
    for name in (
        *("alicloud", "auth0", "aws", "aws_apigateway", "aws_native", "awsx", "azure", "azure_native", "azuread"),
        *("azuredevops", "cloudflare", "cloudinit", "command", "confluentcloud", "consul", "databricks", "datadog"),
        *("digitalocean", "dnsimple", "docker", "docker_build", "eks", "fastly", "gcp", "github", "gitlab"),
        *("google_native", "grafana", "hcloud", "keycloak", "kubernetes", "linode", "mongodbatlas", "mysql"),
        *("newrelic", "nomad", "oci", "okta", "openstack", "pagerduty", "postgresql", "pulumiservice", "random"),
        *("snowflake", "spotinst", "std", "tailscale", "time", "tls", "vault", "vsphere", "vultr"),
    )
)


_DEEPEST: Final = 50
"""How many calls and attributes of an output are followed to what they are of."""


class Outputs:
    """Tells which expressions of a file surely are outputs."""

    def __init__(self, file: PythonFile) -> None:
        """
        :param file: the file.
        """
        self._file = file
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
                    return is_of_generated_sdk(class_name) and name not in _NO_OUTPUTS and not name.startswith("_")
                case ast.Call(func=ast.Attribute(value=ast.Name() as owner, attr=name)) if name in _GIVERS.get(
                    self._file.class_of(owner), ()
                ):
                    return True
                case ast.Call(func=function) if full_name := self._file.full_name(function):
                    is_function = is_of_generated_sdk(full_name) and full_name.endswith("_output")
                    return is_function or full_name in _MAKERS
                case ast.Attribute(value=inner, attr=name) if name not in METHODS and not name.startswith("_"):
                    node = inner
                case ast.Call(func=ast.Attribute(value=inner, attr="apply")) | ast.Subscript(value=inner):
                    node = inner
                case _:
                    break
        return False


def is_of_generated_sdk(full_name: str) -> bool:
    """Whether a class or function is one of a generated SDK, and neither takes nor gives plain values by itself."""
    return full_name.partition(".")[0] in _GENERATED and not full_name.endswith(("Args", "Result"))
