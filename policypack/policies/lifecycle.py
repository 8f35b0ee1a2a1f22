"""The end of a stack: what production keeps, and what a sandbox lets go."""
