"""KMS keys: that those who need them may use them, and nobody else."""
