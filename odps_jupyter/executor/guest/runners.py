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
import marshal
import sys
from bisect import bisect_right
from functools import partial
from itertools import repeat, starmap

from .columns import NESTED, OutputError
from .package import snapshot

PY2 = sys.version_info[0] == 2
if PY2:
    from itertools import imap as lazy_map  # type: ignore[attr-defined]
    from itertools import izip as lazy_zip  # type: ignore[attr-defined]
else:
    lazy_map = map
    lazy_zip = zip
INPUT_SLICE = 4096
OUTPUT_SLICE = 16384
# "The buffer of an aggregate must not exceed 2 MB after marshal", MaxCompute's page on Python UDAFs.
LARGEST_BUFFER = 2 * 1024 * 1024


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


class Direct(object):
    """How the user's callable is called for a row, as the wrapping would."""

    def __init__(self, handler):
        self.names = handler.names
        self._row = getattr(handler, "named_args", None) or getattr(handler, "name_args", None)
        self._function = handler.f
        self._args = tuple(handler.args)
        self._kwargs = dict(handler.kwargs)

    def inputs(self, columns):
        """Argument columns: the row as one named tuple where the wrapping makes one."""
        if self.names:
            return [lazy_map(partial(tuple.__new__, self._row), lazy_zip(*columns))]
        return columns

    def calls(self, columns):
        """An iterator that calls the function for one row after the other."""
        function = partial(self._function, **self._kwargs) if self._kwargs else self._function
        return lazy_map(function, *(list(self.inputs(columns)) + [repeat(value) for value in self._args]))


def finish(values, declared, generic, decode=False):
    """What the wrapping does to returned values: decimals for a string become text, NumPy scalars Python values."""
    kinds = set(map(type, values))
    if declared == "string":
        if any(issubclass(kind, decimal.Decimal) for kind in kinds):
            values = [str(value) if isinstance(value, decimal.Decimal) else value for value in values]
        if decode:
            if PY2:
                if unicode in kinds:  # type: ignore[name-defined]  # noqa: F821
                    values = [value.encode("utf-8") if isinstance(value, unicode) else value for value in values]  # type: ignore[name-defined]  # noqa: F821
            elif any(issubclass(kind, (bytes, bytearray)) for kind in kinds):
                values = [value.decode("utf-8") if isinstance(value, (bytes, bytearray)) else value for value in values]
    if any(issubclass(kind, generic) for kind in kinds):
        values = [value.item() if isinstance(value, generic) else value for value in values]
    return values


class Scalar(object):
    """``evaluate`` over batches."""

    def __init__(self, handler, returns, generic):
        self._evaluate = handler.evaluate
        self._nested = returns[0][0] in NESTED
        self._generic = generic
        self._direct = None if generic is None else Direct(handler)
        self._declared = getattr(handler, "to_type", None)

    def run(self, columns, rows):
        """One value per row."""
        if self._direct is not None:
            calls = self._direct.calls(columns)
        elif columns:
            calls = lazy_map(self._evaluate, *columns)
        else:
            calls = starmap(self._evaluate, repeat((), rows))
        if self._nested:
            calls = lazy_map(snapshot, calls)
        values = []
        try:
            values.extend(calls)
        except BaseException:
            self._explain(columns, len(values), sys.exc_info())
        if len(values) < rows:
            # A StopIteration of the user's function looks like the end of the rows to whatever iterates over them.
            self._explain(columns, len(values), None)
        if self._direct is not None:
            values = finish(values, self._declared, self._generic)
        return values

    def _explain(self, columns, index, caught):
        if self._direct is not None or caught is None:
            try:
                self._evaluate(*[column[index] for column in columns])
            except BaseException:
                again = sys.exc_info()
                if caught is None or again[0] is caught[0]:
                    caught = again
        if caught is None:
            caught = (StopIteration, StopIteration("raised by the function"), None)
        raise RowFailure(index, caught)


class Table(object):
    """``process`` over batches, and ``close``; output rows leave in slices, so that they need not fit in memory."""

    def __init__(self, handler, returns, generic, forwarded, emit):
        self._handler = handler
        self._returns = returns
        self._open_ended = returns[-1][0] == "*"
        self._generic = generic
        self._direct = None if generic is None else Direct(handler)
        self._forwarded = forwarded
        self._emit = emit

    def run(self, columns, rows):
        """Process a batch; ``emit`` gets lists of columns."""
        for start in range(0, rows, INPUT_SLICE):
            part = [column[start : start + INPUT_SLICE] for column in columns]
            size = min(INPUT_SLICE, rows - start)
            marks = []
            try:
                if self._direct is not None:
                    found = self._run_direct(part, marks)
                else:
                    found = self._run_plain(part, size, marks)
                self._flush(found, marks)
            except (RowFailure, BadOutput) as failure:
                if failure.index is not None:
                    failure.index += start
                raise

    def close(self):
        """The function's own ``close``."""
        del self._forwarded.rows[:]
        try:
            self._handler.close()
        except BaseException:
            raise RowFailure(None, sys.exc_info())
        self._flush(self._forwarded.rows, None, wrapped=True)

    def _run_plain(self, columns, size, marks):
        found = self._forwarded.rows
        del found[:]
        process = self._handler.process
        try:
            for row in lazy_zip(*columns) if columns else repeat((), size):
                process(*row)
                marks.append(len(found))
        except BaseException:
            raise RowFailure(len(marks), sys.exc_info())
        return found

    def _run_direct(self, columns, marks):
        found = []
        append = found.append
        mark = marks.append
        try:
            if self._handler.is_f_generator:
                for results in self._direct.calls(columns):
                    for result in results:
                        append(result if type(result) is tuple else _row(result))
                    mark(len(found))
            else:
                for result in self._direct.calls(columns):
                    if result:
                        append(result if type(result) is tuple else _row(result))
                    mark(len(found))
        except BaseException:
            self._explain(columns, len(marks), sys.exc_info())
        if len(marks) < len(columns[0]):
            self._explain(columns, len(marks), None)
        return found

    def _explain(self, columns, index, caught):
        try:
            self._handler.process(*[column[index] for column in columns])
        except BaseException:
            again = sys.exc_info()
            if caught is None or again[0] is caught[0]:
                caught = again
        if caught is None:
            caught = (StopIteration, StopIteration("raised by the function"), None)
        raise RowFailure(index, caught)

    def _flush(self, found, marks, wrapped=False):
        direct = self._direct is not None and not wrapped
        for start in range(0, len(found), OUTPUT_SLICE):
            part = found[start : start + OUTPUT_SLICE]
            width = self._width(part[0])
            wrong = (
                next((at for at, row in enumerate(part) if len(row) != width), None)
                if (set(map(len, part)) != {width})
                else None
            )
            if wrong is not None:
                # The words of PyODPS's wrapping, which is where a generated function would fail.
                message = "Function output size should be %d, got %s" % (width, part[wrong])
                raise BadOutput(_owner(marks, start + wrong), message)
            columns = list(zip(*part))
            if direct:
                columns = [
                    finish(column, declared, self._generic, decode=True)
                    for column, declared in zip(columns, self._handler.to_types)
                ]
            try:
                self._emit(self._types(width), columns, len(part))
            except OutputError as error:
                raise BadOutput(_owner(marks, start + error.index), str(error))
        del found[:]

    def _width(self, row):
        fixed = len(self._returns)
        return max(fixed - 1, len(row)) if self._open_ended else fixed

    def _types(self, width):
        if not self._open_ended:
            return self._returns
        return self._returns[:-1] + [["string", [], []]] * (width - len(self._returns) + 1)


class Aggregate(object):
    """``new_buffer``, ``iterate``, ``merge`` and ``terminate`` as the service runs them: in two stages.

    Each group's rows are split in two; each half gets a buffer of its own, which goes through marshal to the second
    stage, where both are merged into a third.
    """

    def __init__(self, handler, returns, generic):
        self._handler = handler
        self._nested = returns[0][0] in NESTED
        self._generic = generic
        self._declared = getattr(handler, "to_type", None)
        if generic is None:
            self._new, self._iterate = handler.new_buffer, handler.iterate
            self._merge, self._terminate = handler.merge, handler.terminate
        else:
            function = handler.f
            self._new, self._iterate = function.buffer, _bound_call(function)
            self._merge, self._terminate = function.merge, function.getvalue

    def run(self, columns, counts):
        """One value per group; ``columns`` hold the groups' rows one after the other."""
        values = []
        at = 0
        for count in counts:
            half = at + (count + 1) // 2
            end = at + count
            partials = [
                self._partial(columns, start, stop) for start, stop in ((at, half), (half, end)) if start < stop
            ]
            values.append(self._final(partials))
            at = end
        if self._generic is not None:
            values = finish(values, self._declared, self._generic)
        return values

    def _partial(self, columns, start, stop):
        iterate = self._iterate
        rows = None
        buffer = None
        try:
            buffer = self._new()
            if len(columns) == 1:
                rows = iter(columns[0][start:stop])
                for value in rows:
                    iterate(buffer, value)
            else:
                rows = iter(list(zip(*[column[start:stop] for column in columns])))
                for row in rows:
                    iterate(buffer, *row)
        except BaseException:
            caught = sys.exc_info()
            if rows is None:
                raise RowFailure(None, caught)
            index = stop - rows.__length_hint__() - 1
            self._explain(buffer, [column[index] for column in columns], index, caught)
        try:
            data = marshal.dumps(buffer)
        except ValueError as error:
            message = "the buffer of the aggregate cannot be passed on (%s): it may hold only what marshal can write"
            raise BadOutput(None, message % error)
        if len(data) > LARGEST_BUFFER:
            message = "the buffer of the aggregate is %d bytes after marshal; the limit is 2 MB"
            raise BadOutput(None, message % len(data))
        return data

    def _final(self, partials):
        try:
            buffer = self._new()
            for data in partials:
                self._merge(buffer, marshal.loads(data))
            value = self._terminate(buffer)
        except BaseException:
            raise RowFailure(None, sys.exc_info())
        return snapshot(value) if self._nested else value

    def _explain(self, buffer, row, index, caught):
        if self._generic is not None:
            try:
                self._handler.iterate(buffer, *row)
            except BaseException:
                again = sys.exc_info()
                if again[0] is caught[0]:
                    caught = again
        raise RowFailure(index, caught)


def _bound_call(function):
    """``function`` as a bound method: one lookup less for every row."""
    call = getattr(type(function), "__call__", None)  # noqa: B004  the method itself is wanted
    if call is None or not hasattr(call, "__get__"):
        return function
    return call.__get__(function, type(function))


def _row(result):
    return tuple(result) if isinstance(result, (list, tuple)) else (result,)


def _owner(marks, index):
    return None if marks is None else bisect_right(marks, index)
