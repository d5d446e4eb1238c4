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


def explained(caught, call, row, budget):
    """The exception of a failed row as the wrapping raises it: ``call`` is run again, outside of any handler.

    Outside, because an exception raised while another is handled would drag that one into its traceback.
    """
    again = None
    if call is not None:
        try:
            budget.muted(call, *row)
        except BaseException:
            again = sys.exc_info()
    if again is not None and (caught is None or again[0] is caught[0]):
        return again
    return caught or (StopIteration, StopIteration("raised by the function"), None)


class Scalar(object):
    """``evaluate`` over batches."""

    def __init__(self, handler, returns, generic, budget):
        self._budget = budget
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
        caught = None
        try:
            values.extend(calls)
        except BaseException:
            caught = sys.exc_info()
        # A StopIteration of the user's function looks like the end of the rows to whatever iterates over them.
        if caught is not None or len(values) < rows:
            row = [column[len(values)] for column in columns]
            again = None if self._direct is None and caught is not None else self._evaluate
            raise RowFailure(len(values), explained(caught, again, row, self._budget))
        if self._direct is not None:
            values = finish(values, self._declared, self._generic)
        return values


class Table(object):
    """``process`` over batches, and ``close``; output rows leave in slices, so that they need not fit in memory."""

    def __init__(self, handler, returns, generic, budget, forwarded, emit):
        self._budget = budget
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
                self._flush(found, marks, part)
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
        self._flush(self._forwarded.rows, None, None)

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
        caught = None
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
            caught = sys.exc_info()
        if caught is not None or len(marks) < len(columns[0]):
            self._fail(columns, len(marks), caught)
        return found

    def _fail(self, columns, index, caught):
        row = [column[index] for column in columns]
        raise RowFailure(index, explained(caught, self._handler.process, row, self._budget))

    def _flush(self, found, marks, inputs):
        direct = self._direct is not None and inputs is not None
        for start in range(0, len(found), OUTPUT_SLICE):
            part = found[start : start + OUTPUT_SLICE]
            width = self._width(part[0])
            wrong = (
                next((at for at, row in enumerate(part) if len(row) != width), None)
                if (set(map(len, part)) != {width})
                else None
            )
            if wrong is not None:
                index = _owner(marks, start + wrong)
                # The words of PyODPS's wrapping, which is where a generated function fails.
                message = "Function output size should be %d, got %s" % (width, part[wrong])
                if direct:
                    self._fail(inputs, index, (ValueError, ValueError(message), None))
                raise BadOutput(index, message)
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

    def __init__(self, handler, returns, generic, budget):
        self._budget = budget
        self._handler = handler
        self._nested = returns[0][0] in NESTED
        self._generic = generic
        self._declared = getattr(handler, "to_type", None)
        # What is called once for every row or group goes past the wrapping; the rest is not worth it.
        self._iterate = handler.iterate if generic is None else _bound_call(handler.f)
        self._terminate = handler.terminate if generic is None else handler.f.getvalue

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
        caught = None
        try:
            buffer = self._handler.new_buffer()
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
        if caught is not None:
            if rows is None:
                raise RowFailure(None, caught)
            index = stop - rows.__length_hint__() - 1
            again = None if self._generic is None else partial(self._handler.iterate, buffer)
            raise RowFailure(index, explained(caught, again, [column[index] for column in columns], self._budget))
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
        caught = None
        buffer = None
        again = None
        try:
            buffer = self._handler.new_buffer()
            for data in partials:
                self._handler.merge(buffer, marshal.loads(data))
            if self._generic is not None:
                again = self._handler.terminate
            value = self._terminate(buffer)
        except BaseException:
            caught = sys.exc_info()
        if caught is not None:
            raise RowFailure(None, explained(caught, again, [buffer], self._budget))
        return snapshot(value) if self._nested else value


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
