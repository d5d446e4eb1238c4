"""Statements that are no query: each module reads one kind and does what it says."""
