"""Names: that they tell which environment a resource belongs to."""
