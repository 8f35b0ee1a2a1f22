"""
Files that Pulumi writes about a stack, as the model that policies look at: `pulumi preview --json`, `pulumi stack
export`, the state files of self-managed backends, and update plans. Each kind is a file; they are told apart by their
content.
"""

from policypack.documents.document import Document, DocumentError
from policypack.documents.reading import STANDARD_INPUT, read

__all__ = ["STANDARD_INPUT", "Document", "DocumentError", "read"]
