"""
Where a value stands as a literal in the source of the previewed program.

    ProgramSource("shop").places(password)  # (Place(file='app/db.py', line=12),)
"""

from policypack.source.lookup import ProgramSource
from policypack.source.program import find_program
from policypack.source.sources import Sources

__all__ = ["ProgramSource", "Sources", "find_program"]
