"""The policies, one file a concern."""
