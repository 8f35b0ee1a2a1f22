"""Talks to Pulumi: serves the pack to the engine, and turns what the engine sends into resources and stacks."""
