"""Databases: that their engine versions are ones that AWS offers."""
