"""Placement: which resources are in subnets that the internet reaches, and in how many zones."""
