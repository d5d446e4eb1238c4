# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""The direct way for reducers of ``map_reduce``, which PyODPS ships inside a class of its own.

That class asks for every row whether the user's handler is a generator function, builds the key twice, and runs as a
generator of its own; a small reducer spends nine tenths of its time there. It is recognised by its bytecode, so that
a version of PyODPS that does something else keeps its own way.
"""

from __future__ import absolute_import, division

import hashlib

METHODS = ("__init__", "_is_generator_function", "__call__", "close")
# Digests of the class as PyODPS 0.13.2 ships it from CPython 3.11, 3.12 and 3.13 (bytecode differs between them).
KNOWN = frozenset(
    [
        "9f515151b7333179f16600c9d067763ec736f829c8b92c9438f469d12badff31",
        "65b752d8b76286e75b1c6f2b86437418ae137ea7eec187b77508c3babd17e18c",
        "3fab7410b488ac78de9ac1bae84250f2bab5182d1cd1c9bb498d3ea7a7263f8d",
    ]
)


def fingerprint(kind):
    """A digest of what a class's methods do; None if it lacks one of them."""
    digest = hashlib.sha256()
    for name in METHODS:
        code = getattr(kind.__dict__.get(name), "__code__", None)
        if code is None:
            return None
        _add(digest, code)
    return digest.hexdigest()


def _add(digest, code):
    constants = [constant for constant in code.co_consts if not hasattr(constant, "co_code")]
    text = repr((code.co_name, code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, constants))
    digest.update(text.encode("utf-8") + code.co_code)
    for constant in code.co_consts:
        if hasattr(constant, "co_code"):
            _add(digest, constant)


def recognise(handler):
    """The direct way for a generated table function whose callable is a known reducer, else None."""
    function = handler.f
    names = tuple(handler.names)
    if handler.args or handler.kwargs or not names or fingerprint(type(function)) not in KNOWN:
        return None
    call = type(function).__call__
    cells = dict(zip(call.__code__.co_freevars, call.__closure__ or ()))
    group = cells["group"].cell_contents if "group" in cells else None
    if not isinstance(group, (list, tuple)) or not group or not all(_is_plain(name, names) for name in group):
        return None
    return Reducer(function, [names.index(name) for name in group])


def _is_plain(name, names):
    """Whether an attribute of the row by that name is the column, and not a method of the row's class."""
    return name in names and not name.startswith("_") and name not in ("asdict", "replace")


class Reducer(object):
    """Feeds rows to the user's handlers as PyODPS's class does, and keeps that class's state up to date."""

    def __init__(self, function, positions):
        self._function = function
        self._positions = positions
        self._before = None

    def results(self, rows, columns):
        """What the handlers give for one slice of rows, as an iterator; state is written back at its end."""
        keys = zip(*[columns[position] for position in self._positions])
        return self._results(rows, keys)

    def rewind(self):
        """Put the class's state back to where it was before the row that failed."""
        if self._before is not None:
            self._function._curr, self._function._prev_rows, self._function._f = self._before

    def _results(self, rows, keys):
        function = self._function
        current, previous, handler = function._curr, function._prev_rows, function._f
        is_generator = None if handler is None else function._is_generator_function(handler)
        make_key = function._key_named_tuple
        try:
            for row, key in zip(rows, keys):
                changed = current != key
                if previous is not None:
                    if is_generator:
                        for result in handler(previous, changed):
                            yield result
                    else:
                        result = handler(previous, changed)
                        if result:
                            yield result
                previous = row
                if current is None or changed:
                    current = key
                    if function._resources and handler is None:
                        function._func = function._func(function._resources)
                    handler = function._func(make_key(*key))
                    is_generator = function._is_generator_function(handler)
        finally:
            self._before = (current, previous, handler)
            function._curr, function._prev_rows, function._f = current, previous, handler
