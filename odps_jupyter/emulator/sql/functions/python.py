"""All functions in Python, by the names the table's texts call them."""

from __future__ import annotations

from collections.abc import Callable

from . import aggregates, collections, dates, documents, encodings, maths, regexes, splits, strings
from .bodies import Body

PYTHON: dict[str, Body] = {
    **regexes.PYTHON,
    **splits.PYTHON,
    **strings.PYTHON,
    **encodings.PYTHON,
    **documents.PYTHON,
    **maths.PYTHON,
    **dates.PYTHON,
    **collections.PYTHON,
    **aggregates.PYTHON,
}

#: Functions that remember what they were asked: each job makes its own.
STATEFUL: dict[str, Callable[[], Body]] = {"mc_random": maths.seeded}
