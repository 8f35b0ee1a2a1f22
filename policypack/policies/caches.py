"""Caches: that those who connect have to say who they are."""
