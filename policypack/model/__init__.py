"""
What a policy looks at: values, resources, and the stack with the relations between its resources.

Nothing here knows where a resource came from: the engine's requests, files and tests all make the same model.
"""

from policypack.model.context import Context, Place, Program
from policypack.model.resource import Resource, ResourceOptions, StackUnknownError
from policypack.model.stack import Stack, remembered, type_of
from policypack.model.value import (
    ASSET,
    DEEPEST,
    UNKNOWN,
    Asset,
    Properties,
    Secret,
    Unknown,
    Value,
    leaves,
    printable,
    read_once,
)

__all__ = [
    "ASSET",
    "DEEPEST",
    "UNKNOWN",
    "Asset",
    "Context",
    "Place",
    "Program",
    "Properties",
    "Resource",
    "ResourceOptions",
    "Secret",
    "Stack",
    "StackUnknownError",
    "Unknown",
    "Value",
    "leaves",
    "printable",
    "read_once",
    "remembered",
    "type_of",
]
