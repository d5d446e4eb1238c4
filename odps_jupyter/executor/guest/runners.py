# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
# ruff: noqa: BLE001
"""Calls a function over batches: its own way, or past the wrapping that PyODPS generates where that is the same.

The wrapping converts each row on the way in and out, which costs many times what a small function does. The direct
way calls the user's callable over whole columns and converts what came out by column. A row that fails is run once
more through the wrapping, so that the traceback is the one the service would show.

The user's code may raise anything, SystemExit included, and all of it becomes the RowFailure of its row: that is why
the handlers here catch BaseException.
"""

from __future__ import absolute_import, division

import decimal
import sys
from functools import partial
from itertools import repeat, starmap
from marshal import dumps, loads
from sys import exc_info

from .columns import depth
from .package import snapshot
from .results import pack, packed_column, packs, write_column

PY2 = sys.version_info[0] == 2
if PY2:
    from itertools import ifilter as lazy_filter  # type: ignore[attr-defined]
    from itertools import imap as lazy_map  # type: ignore[attr-defined]
    from itertools import izip as lazy_zip  # type: ignore[attr-defined]
else:
    lazy_filter = filter
    lazy_map = map
    lazy_zip = zip
INPUT_SLICE = 8192
# "The buffer of an aggregate must not exceed 2 MB after marshal", MaxCompute's page on Python UDAFs.
LARGEST_BUFFER = 2 * 1024 * 1024
# The buffers of a group, on the wire.
BUFFERS = ["array", [], [["", ["binary", [], []]]]]


class RowFailure(Exception):
    """A call failed: at which row (None outside of rows), with the exception that the user's code raised."""

    def __init__(self, index, caught):
        Exception.__init__(self)
        self.index = index
        self.caught = caught


class BadOutput(Exception):
    """A call returned what its signature does not allow."""

    def __init__(self, index, message):
        Exception.__init__(self, message)
        self.index = index


def direct_way(handler, kind, generic):
    """Whether the direct way is the same as the wrapping for this object of a generated class."""
    needed = {
        "scalar": ("f", "names", "args", "kwargs", "from_types", "to_type"),
        "table": ("f", "names", "args", "kwargs", "from_types", "to_types", "is_f_generator", "close_f"),
        "aggregate": ("f", "from_types", "to_type"),
    }[kind]
    if generic is None or not all(hasattr(handler, name) for name in needed):
        return False
    if PY2:
        # On Python 2 the wrapping turns dates and decimals into other types: leave that to it.
        text = ",".join(handler.from_types) + ",".join(
            getattr(handler, "to_types", [handler.__dict__.get("to_type", "")])
        )
        return "datetime" not in text and "decimal" not in text
    return True


def texts_of_decimals(handler, generic):
    """Positions of the inputs that PyODPS hands over as text and its wrapping makes decimals of."""
    if generic is None:
        return []
    return [position for position, name in enumerate(handler.from_types) if name == "decimal"]


def as_decimals(column):
    return [decimal.Decimal(value) if isinstance(value, str) else value for value in column]


class Direct(object):
    """How the user's callable is called for a row, as the wrapping would."""

    def __init__(self, handler):
        self.names = handler.names
        self._row = getattr(handler, "named_args", None) or getattr(handler, "name_args", None)
        self._function = handler.f
        self._args = tuple(handler.args)
        self._kwargs = dict(handler.kwargs)

    def rows(self, columns):
        """The rows as the named tuples that the wrapping makes of them."""
        return lazy_map(partial(tuple.__new__, self._row), lazy_zip(*columns))

    def calls(self, columns):
        """An iterator that calls the function for one row after the other."""
        function = partial(self._function, **self._kwargs) if self._kwargs else self._function
        inputs = [self.rows(columns)] if self.names else list(columns)
        return lazy_map(function, *(inputs + [repeat(value) for value in self._args]))


def finish(values, declared, generic, decode=False):
    """What the wrapping does to returned values: decimals for a string become text, NumPy scalars Python values."""
    kinds = set(map(type, values))
    if declared == "string":
        if any(issubclass(kind, decimal.Decimal) for kind in kinds):
            values = [str(value) if isinstance(value, decimal.Decimal) else value for value in values]
        if decode:
            values = _decoded(values, kinds)
    if any(issubclass(kind, generic) for kind in kinds):
        values = [value.item() if isinstance(value, generic) else value for value in values]
    return values


def _decoded(values, kinds):
    if PY2:
        if unicode in kinds:  # type: ignore[name-defined]  # noqa: F821
            return [value.encode("utf-8") if isinstance(value, unicode) else value for value in values]  # type: ignore[name-defined]  # noqa: F821
    elif any(issubclass(kind, (bytes, bytearray)) for kind in kinds):
        return [value.decode("utf-8") if isinstance(value, (bytes, bytearray)) else value for value in values]
    return values


class Encoder(object):
    """Lays one output column out; where the wrapping is skipped, with what it would have done to the values."""

    def __init__(self, kind, declared, generic, decode=False):
        self.kind = kind
        self.packs = packs(kind)
        self._declared = declared
        self._generic = generic
        self._decode = decode
        #: Whether bytes among the values are read as text.
        self.decodes = decode and declared == "string" and not PY2

    def encode(self, values):
        """(column, chunks) of a column of values."""
        if self.packs:
            data = pack(self.kind, values)
            if data is not None:
                return packed_column(self.kind, [data])
            # What a function returns once, it will return again: do not try in vain for every batch.
            self.packs = False
        if self._generic is not None:
            values = finish(values, self._declared, self._generic, self._decode)
        return write_column(self.kind, values)


def explained(caught, call, row, budget):
    """The exception of a failed row as the wrapping raises it: ``call`` is run again, outside of any handler.

    Outside, because an exception raised while another is handled would drag that one into its traceback.
    """
    again = None
    if call is not None:
        try:
            budget.muted(call, *row)
        except BaseException:
            again = exc_info()
    if again is not None and (caught is None or again[0] is caught[0]):
        return again
    return caught or (StopIteration, StopIteration("raised by the function"), None)


class Scalar(object):
    """``evaluate`` over batches."""

    def __init__(self, handler, returns, generic, budget):
        self._budget = budget
        self._evaluate = handler.evaluate
        self._depth = depth(returns[0])
        self._direct = None if generic is None else Direct(handler)
        self._encoder = Encoder(returns[0], getattr(handler, "to_type", None), generic)

    def run(self, columns, rows):
        """The column of one value per row: (column, chunks)."""
        encoder = self._encoder
        if not encoder.packs:
            return encoder.encode(self._values(columns, rows, 0))
        # In slices, so that values are still in the processor's cache when they are packed.
        parts = []
        for start in range(0, rows, INPUT_SLICE):
            stop = min(start + INPUT_SLICE, rows)
            values = self._values([column[start:stop] for column in columns], stop - start, start)
            data = pack(encoder.kind, values)
            if data is None:
                encoder.packs = False
                kept = [value for part in parts for value in loads(part)] + values
                kept += self._values([column[stop:] for column in columns], rows - stop, stop)
                return encoder.encode(kept)
            parts.append(data)
        return packed_column(encoder.kind, parts)

    def _values(self, columns, rows, start):
        if self._direct is not None:
            calls = self._direct.calls(columns)
        elif columns:
            calls = lazy_map(self._evaluate, *columns)
        else:
            calls = starmap(self._evaluate, repeat((), rows))
        if self._depth:
            calls = lazy_map(snapshot, calls, repeat(self._depth))
        values = []
        caught = None
        try:
            values.extend(calls)
        except BaseException:
            caught = exc_info()
        # A StopIteration of the user's function looks like the end of the rows to whatever iterates over them.
        if caught is not None or len(values) < rows:
            row = [column[len(values)] for column in columns]
            again = None if self._direct is None and caught is not None else self._evaluate
            raise RowFailure(start + len(values), explained(caught, again, row, self._budget))
        return values


class Aggregate(object):
    """``new_buffer``, ``iterate``, ``merge`` and ``terminate`` as the service runs them: in two stages.

    Each group's rows are split in two; each half gets a buffer of its own, which goes through marshal to the second
    stage, where both are merged into a third.
    """

    def __init__(self, handler, returns, generic, budget):
        self._budget = budget
        self._handler = handler
        self._depth = depth(returns[0])
        self._generic = generic
        self._encoder = Encoder(returns[0], getattr(handler, "to_type", None), generic)
        # What is called once for every row or group goes past the wrapping; the rest is not worth it.
        self._iterate = handler.iterate if generic is None else _bound_call(handler.f)
        self._terminate = handler.terminate if generic is None else handler.f.getvalue
        # Of a group that comes in pieces: the buffer of the half at hand, in a list, and those of the halves before.
        self._open = []
        self._partials = []

    def run(self, columns, counts, partial):
        """The column of one value per group; ``columns`` hold the groups' rows one after the other.

        Of each group's buffers instead where they are merged elsewhere (``partial``).
        """
        found = []
        at = 0
        for count in counts:
            half = at + (count + 1) // 2
            end = at + count
            partials = [
                self._partial(columns, start, stop) for start, stop in ((at, half), (half, end)) if start < stop
            ]
            found.append(partials if partial else self._final(partials))
            at = end
        return write_column(BUFFERS, found) if partial else self._encoder.encode(found)

    def feed(self, columns, rows, begins, ends):
        """Some rows of a group that comes in pieces: it begins with them; the half of it ends with them."""
        if begins:
            self._open, self._partials = [], []
        buffer = self._filled(self._open, columns, 0, rows)
        self._open = [] if ends else [buffer]
        if ends:
            self._partials.append(self._marshalled(buffer))

    def fed(self, partial):
        """The column of the group whose pieces have come: its value, or its buffers."""
        return write_column(BUFFERS, [self._partials]) if partial else self.finals([self._partials])

    def finals(self, groups):
        """The column of one value per group, made of its buffers."""
        return self._encoder.encode([self._final(partials) for partials in groups])

    def _partial(self, columns, start, stop):
        return self._marshalled(self._filled([], columns, start, stop))

    def _filled(self, opened, columns, start, stop):
        """The buffer in ``opened``, or a new one, with some rows more in it."""
        iterate = self._iterate
        rows = None
        buffer = None
        caught = None
        try:
            buffer = opened[0] if opened else self._handler.new_buffer()
            if len(columns) == 1:
                rows = iter(columns[0][start:stop])
                for value in rows:
                    iterate(buffer, value)
            else:
                rows = iter(list(zip(*[column[start:stop] for column in columns])))
                for row in rows:
                    iterate(buffer, *row)
        except BaseException:
            caught = exc_info()
        if caught is not None:
            if rows is None:
                raise RowFailure(None, caught)
            index = stop - rows.__length_hint__() - 1
            again = None if self._generic is None else partial(self._handler.iterate, buffer)
            raise RowFailure(index, explained(caught, again, [column[index] for column in columns], self._budget))
        return buffer

    def _marshalled(self, buffer):
        try:
            data = dumps(buffer)
        except ValueError as error:
            message = "the buffer of the aggregate cannot be passed on (%s): it may hold only what marshal can write"
            raise BadOutput(None, message % error)
        if len(data) > LARGEST_BUFFER:
            message = "the buffer of the aggregate is %d bytes after marshal; the limit is 2 MB"
            raise BadOutput(None, message % len(data))
        return data

    def _final(self, partials):
        caught = None
        buffer = None
        again = None
        try:
            buffer = self._handler.new_buffer()
            for data in partials:
                self._handler.merge(buffer, loads(data))
            if self._generic is not None:
                again = self._handler.terminate
            value = self._terminate(buffer)
        except BaseException:
            caught = exc_info()
        if caught is not None:
            raise RowFailure(None, explained(caught, again, [buffer], self._budget))
        return snapshot(value, self._depth) if self._depth else value


def _bound_call(function):
    """``function`` as a bound method: one lookup less for every row."""
    call = getattr(type(function), "__call__", None)  # noqa: B004  the method itself is wanted
    if call is None or not hasattr(call, "__get__"):
        return function
    return call.__get__(function, type(function))
