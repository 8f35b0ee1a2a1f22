"""Identity: that IAM policies give what is needed, and trust whom they mean to."""
