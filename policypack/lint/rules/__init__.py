"""The policies of the project lint, one file a concern."""
