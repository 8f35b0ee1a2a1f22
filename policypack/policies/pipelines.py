"""Pipelines: that what they build is encrypted."""
