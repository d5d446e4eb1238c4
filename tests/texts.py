"""Pieces of programs as texts, for Pythons other than that of the tests."""

from __future__ import annotations

#: ``mapper`` and ``reducer`` that count rows by their name.
COUNT_BY_NAME = """
@output(["name", "n"], ["string", "int"])
def mapper(row):
    yield row.name, 1

@output(["name", "n"], ["string", "int"])
def reducer(keys):
    total = [0]
    def handle(row, done):
        total[0] += row.n
        if done:
            yield keys.name, total[0]
    return handle
"""
