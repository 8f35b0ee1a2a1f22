"""Stack outputs: that those who integrate find what they need."""
