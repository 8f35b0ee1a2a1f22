"""Streams and their consumers; resources and policies in modules of their own."""

from . import delivery, roles

stream = delivery.stream
role = roles.delivery
