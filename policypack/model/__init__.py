"""
What a policy looks at: values, resources, and the stack with the relations between its resources.

Nothing here knows where a resource came from: the engine's requests, files and tests all make the same model.
"""

from policypack.model.context import Context, Place, Program
from policypack.model.resource import Resource, ResourceOptions, StackUnknownError
from policypack.model.stack import Stack, class_of, remembered, type_of
from policypack.model.unknown import (
    UNKNOWN,
    Origin,
    PartialDocument,
    PartialText,
    Reference,
    Unknown,
    Written,
    WrittenMap,
    document_of,
)
from policypack.model.value import (
    ASSET,
    DEEPEST,
    Asset,
    Properties,
    Secret,
    Value,
    leaves,
    printable,
    read_once,
    unwrapped,
)

__all__ = [
    "ASSET",
    "DEEPEST",
    "UNKNOWN",
    "Asset",
    "Context",
    "Origin",
    "PartialDocument",
    "PartialText",
    "Place",
    "Program",
    "Properties",
    "Reference",
    "Resource",
    "ResourceOptions",
    "Secret",
    "Stack",
    "StackUnknownError",
    "Unknown",
    "Value",
    "Written",
    "WrittenMap",
    "class_of",
    "document_of",
    "leaves",
    "printable",
    "read_once",
    "remembered",
    "type_of",
    "unwrapped",
]
