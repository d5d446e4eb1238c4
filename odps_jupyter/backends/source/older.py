"""What the standard library puts into every named tuple, in words that executors older than 3.8 read.

``collections.namedtuple`` and ``typing.NamedTuple`` make classes that are pickled with all they hold: methods written
in the words of the client's Python, and fields of a type that came with Python 3.8.
"""

from __future__ import annotations

import collections
from collections.abc import Mapping
from types import CodeType

from odps_jupyter.analysis.minimums import Python

from .writing import Source

_SINCE = (3, 8)
#: By method its parameters and its text; the names it takes from ``namedtuple`` are those of CPython 3.11 to 3.13.
_METHODS = {
    "_make": (
        ("cls", "iterable"),
        """    def _make(cls, iterable):
        made = tuple_new(cls, iterable)
        if _len(made) != num_fields:
            raise TypeError("Expected %d arguments, got %d" % (num_fields, len(made)))
        return made
""",
    ),
    "_replace": (
        ("_self", "given"),
        """    def _replace(_self, **given):
        made = _self._make(_map(given.pop, field_names, _self))
        if given:
            raise ValueError("Got unexpected field names: %r" % (list(given),))
        return made
""",
    ),
}
_FIELD = "(lambda index, doc: property(__import__('operator').itemgetter(index), doc=doc))"
#: An expression for each global that older Pythons lack; the first was named after its module of C until 3.11.
_FIELDS = {"_collections _tuplegetter": _FIELD, "collections _tuplegetter": _FIELD}
#: Python 2.7 has no ``typing``; what a class with ``NamedTuple`` for its base says of it is read by nobody.
_BASES = {"typing NamedTuple": "tuple"}


def stand_ins(executor: Python) -> Mapping[str, str]:
    """Globals, as a pickle says them, that the executor lacks, and what is evaluated there in their place."""
    return {**(_FIELDS if executor < _SINCE else {}), **(_BASES if executor[0] == 2 else {})}


def in_older_words(code: CodeType) -> Source | None:
    """A method of a named tuple as older Pythons read it; None for all other code."""
    if code.co_filename != collections.namedtuple.__code__.co_filename or code.co_name not in _METHODS:
        return None
    arguments, text = _METHODS[code.co_name]
    around = f"def namedtuple({', '.join(code.co_freevars)}):\n"
    path = ("namedtuple", code.co_name)
    source = Source(code.co_filename, code.co_firstlineno, around, text, "\n", path, arguments, code.co_freevars, ())
    try:
        source.compile()
    except SystemError:
        return None  # it takes other names from around: not the method that is known here
    return source
