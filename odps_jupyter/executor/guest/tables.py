# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
# ruff: noqa: BLE001
"""Runs table functions: rows in, any number of rows out. See runners.py for the two ways and for BaseException."""

from __future__ import absolute_import, division

from bisect import bisect_right
from itertools import chain, repeat
from operator import itemgetter
from sys import exc_info

from . import reducers
from .results import OutputError, write_column
from .runners import BadOutput, Direct, Encoder, RowFailure, explained, lazy_filter, lazy_zip

INPUT_SLICE = 4096
OUTPUT_SLICE = 16384
NUMBER = ["bigint", [], []]


class Table(object):
    """``process`` over batches, and ``close``; output rows leave in slices, so that they need not fit in memory.

    ``emit(columns, rows)`` sends a slice; each column is what ``Encoder.encode`` gives.
    """

    def __init__(self, handler, returns, generic, budget, forwarded, emit):
        self._budget = budget
        self._handler = handler
        self._returns = returns
        self._open_ended = returns[-1][0] == "*"
        self._direct = None if generic is None else Direct(handler)
        self._reducer = None if generic is None else reducers.recognise(handler)
        self._forwarded = forwarded
        self._emit = emit
        self._plain = [Encoder(kind, None, None) for kind in returns]
        self._encoders = self._plain
        if generic is not None:
            self._encoders = [
                Encoder(kind, declared, generic, decode=True) for kind, declared in zip(returns, handler.to_types)
            ]

    def run(self, columns, rows, beside=False):
        """Process a batch; ``beside`` sends with every output row the number of the row it was made for."""
        for start in range(0, rows, INPUT_SLICE):
            part = [column[start : start + INPUT_SLICE] for column in columns]
            size = min(INPUT_SLICE, rows - start)
            try:
                if beside and self._direct is not None:
                    self._run_direct_beside(part, start)
                elif beside:
                    self._run_plain_beside(part, size, start)
                elif self._direct is not None:
                    self._run_direct(part)
                else:
                    self._run_plain(part, size)
            except (RowFailure, BadOutput) as failure:
                if failure.index is not None:
                    failure.index += start
                raise

    def close(self):
        """The function's own ``close``."""
        found = self._forwarded.rows
        del found[:]
        try:
            self._handler.close()
        except BaseException:
            raise RowFailure(None, exc_info())
        wrong = self._flush(found, self._plain)
        if wrong is not None:
            raise BadOutput(None, wrong[1])

    def _run_plain(self, columns, size):
        found = self._forwarded.rows
        del found[:]
        marks = []
        process = self._handler.process
        try:
            for row in lazy_zip(*columns) if columns else repeat((), size):
                process(*row)
                marks.append(len(found))
        except BaseException:
            raise RowFailure(len(marks), exc_info())
        wrong = self._flush(found, self._plain)
        if wrong is not None:
            raise BadOutput(bisect_right(marks, wrong[0]), wrong[1])

    def _run_direct(self, columns):
        # The iterator over the first column tells how far the calls have come, which costs nothing while they go well.
        inputs = [iter(column) for column in columns]
        found = None
        caught = None
        try:
            found = [result if type(result) is tuple else _row(result) for result in self._results(inputs, columns)]
        except BaseException:
            caught = exc_info()
        left = inputs[0].__length_hint__()
        # A StopIteration of the user's function looks like the end of the rows to whatever iterates over them.
        if caught is not None or left:
            self._fail(columns, len(columns[0]) - left - 1, caught)
        wrong = self._flush(found, self._encoders)
        if wrong is None:
            return
        index = self._owner(columns, wrong[0])
        if wrong[2] is not None:
            # PyODPS's wrapping notices this by itself, so it is an exception of the function.
            self._fail(columns, index, wrong[2])
        raise BadOutput(index, wrong[1])

    def _run_plain_beside(self, columns, size, start):
        found = self._forwarded.rows
        del found[:]
        owners = []
        process = self._handler.process
        for at, row in enumerate(lazy_zip(*columns) if columns else repeat((), size)):
            caught = None
            try:
                process(*row)
            except BaseException:
                caught = exc_info()
            if caught is not None:
                # What the rows before have forwarded comes first, and with it what is wrong with that.
                del found[len(owners) :]
                self._deliver(found, owners, start, None)
                raise RowFailure(at, caught)
            owners.extend(repeat(start + at, len(found) - len(owners)))
            if len(found) >= OUTPUT_SLICE:
                self._deliver(found, owners, start, None)
        self._deliver(found, owners, start, None)

    def _run_direct_beside(self, columns, start):
        inputs = [iter(column) for column in columns]
        size = len(columns[0])
        left = inputs[0].__length_hint__
        found = []
        owners = []
        caught = None
        results = iter(self._results(inputs, columns))
        while True:
            try:
                result = next(results)
                found.append(result if type(result) is tuple else _row(result))
            except StopIteration:
                break
            except BaseException:
                caught = exc_info()
                break
            owners.append(start + size - left() - 1)
            if len(found) >= OUTPUT_SLICE:
                self._deliver(found, owners, start, columns)
        self._deliver(found, owners, start, columns)
        if caught is not None or left():
            self._fail(columns, size - left() - 1, caught)

    def _deliver(self, found, owners, start, columns):
        """Send rows with the numbers of those they were made for; ``columns`` are those of the direct way."""
        encoders = self._plain if columns is None else self._encoders
        wrong = self._flush(found, encoders, owners)
        if wrong is None:
            del owners[:]
            return
        if wrong[2] is not None:
            # Rows are told apart here: what is wrong with one before the one that is refused comes first.
            first = owners.index(owners[wrong[0]])
            wrong = self._flush(found[:first], encoders, owners[:first]) or wrong
        index = None if columns is not None and self._reducer is not None else owners[wrong[0]] - start
        if columns is not None and wrong[2] is not None:
            self._fail(columns, index, wrong[2])
        raise BadOutput(index, wrong[1])

    def _results(self, inputs, columns):
        if self._reducer is not None:
            return self._reducer.results(self._direct.rows(inputs), columns)
        if self._handler.is_f_generator:
            return chain.from_iterable(self._direct.calls(inputs))
        return lazy_filter(None, self._direct.calls(inputs))

    def _fail(self, columns, index, caught):
        if index is None:
            raise RowFailure(None, caught)
        if self._reducer is not None:
            self._reducer.rewind()
        row = [column[index] for column in columns]
        raise RowFailure(index, explained(caught, self._handler.process, row, self._budget))

    def _owner(self, columns, index):
        """The input row that an output row came from: the job has failed already, so the rows may run once more."""
        if self._reducer is not None:
            return None
        return self._budget.muted(self._count_to, columns, index)

    def _count_to(self, columns, index):
        inputs = [iter(column) for column in columns]
        try:
            for at, _ in enumerate(self._results(inputs, columns)):
                if at == index:
                    return len(columns[0]) - inputs[0].__length_hint__() - 1
        except BaseException:
            # It went another way this time; the error is reported without its row.
            return None
        return None

    def _flush(self, found, encoders, owners=None):
        """Send rows; (position, message, what PyODPS's wrapping raises for it) of the first that cannot be sent."""
        for start in range(0, len(found), OUTPUT_SLICE):
            part = found[start : start + OUTPUT_SLICE]
            width = self._width(part[0])
            if set(map(len, part)) != {width}:
                return self._refused(found, encoders, start, width)
            try:
                # Column by column: zip(*part) would keep one iterator for every row.
                columns = [
                    encoder.encode(list(map(itemgetter(at), part)))
                    for at, encoder in enumerate(self._widened(encoders, width))
                ]
            except UnicodeDecodeError:
                return self._refused(found, encoders, start, width)
            except OutputError as error:
                wrong = (start + error.index, "TypeError: %s" % error, None)
                # Types are looked at when all rows have been made: what a row itself fails with comes first.
                return self._refused(found, encoders, start, width) or wrong
            if owners is not None:
                columns.insert(0, write_column(NUMBER, owners[start : start + OUTPUT_SLICE]))
            self._emit(columns, len(part))
        del found[:]
        return None

    def _refused(self, found, encoders, start, width):
        """The first row from ``start`` on that PyODPS's wrapping refuses: of a wrong width, or with bytes for text."""
        for at, row in enumerate(found[start:], start):
            if len(row) != width:
                message = "Function output size should be %d, got %s" % (width, row)
                return at, message, (ValueError, ValueError(message), None)
            try:
                for value, encoder in zip(row, self._widened(encoders, width)):
                    if encoder.decodes and isinstance(value, (bytes, bytearray)):
                        value.decode("utf-8")
            except UnicodeDecodeError as error:
                return at, str(error), exc_info()
        return None

    def _width(self, row):
        fixed = len(self._returns)
        return max(fixed - 1, len(row)) if self._open_ended else fixed

    def _widened(self, encoders, width):
        if not self._open_ended:
            return encoders
        return encoders[:-1] + [Encoder(["string", [], []], None, None)] * (width - len(encoders) + 1)


def _row(result):
    return tuple(result) if isinstance(result, (list, tuple)) else (result,)
