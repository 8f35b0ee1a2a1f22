"""
Many stacks at once: reads their states where self-managed backends keep them, evaluates them in parallel, and keeps
what came of it as a Parquet data set (docs/fleet.md).
"""
