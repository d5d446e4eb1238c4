"""The version, where every part may read it without loading another."""

__version__ = "0.1.0"
