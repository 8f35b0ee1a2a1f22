"""Availability: more than one zone, failover, backups."""
