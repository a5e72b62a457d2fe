"""Interchange: documents of the outside world, in and out, each format in its own module."""
