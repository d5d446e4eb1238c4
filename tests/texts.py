"""Pieces of programs as texts, for kernels and for Pythons other than that of the tests."""

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

#: A function that never returns: its job goes on until it is stopped.
FOREVER = """\
def held(v):
    import signal
    signal.pause()
"""


def held_until(gate: str) -> str:
    """A function that returns once there is a file ``gate``: how far its job is depends on the test alone.

    It looks and does not wait, because an executor may not open the client's files.
    """
    return f"""\
def held(v):
    import os
    while not os.path.exists({gate!r}):
        pass
    return v
"""
