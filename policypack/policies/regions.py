"""Regions: that everything is where it must be."""
