"""
The project lint: what stops a Pulumi program before any policy can see it, or leaks a secret, read from its files.

Nothing in the project is executed or imported.
"""
