"""Programs in one: each is a module or a package, and its resources have names of their own."""

import importlib

PROGRAMS = """
    api archive audit builds clusters domains edge events fleet gamelift gateway github jobs lake mail metrics notify
    orders partners payments people pipelines regions registry search secrets_rotation tenants uploads vault web workers
"""

for program in PROGRAMS.split():
    importlib.import_module(program)
