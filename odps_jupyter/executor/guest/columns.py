# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Columns of the wire to Python values; results.py is the way back.

A column is described by ``[validity, sizes, children]``: the size of its byte mask (-1 without nulls), the sizes of
its buffers, and its child columns. Buffers follow each other in the frame's body in that order. Texts and binaries
are their bytes and, from the worker, their sizes; to the worker, their ends, or for texts nothing where a zero
character parts them. A fourth item is the width of a packed column's values, type letter included.
"""

from __future__ import absolute_import, division

import datetime
import decimal
import struct
import sys
import time
from array import array
from collections import namedtuple

PY2 = sys.version_info[0] == 2
LONG = "l" if array("l").itemsize == 8 else "q"
CODES = {"tinyint": "b", "smallint": "h", "int": "i", "bigint": LONG, "float": "f", "double": "d"}
TEXTS = frozenset(["string", "varchar", "char", "json"])
MOMENTS = frozenset(["datetime", "timestamp", "timestamp_ntz"])
NESTED = frozenset(["array", "map", "struct", "binary"])


def depth(kind):
    """How deep values of a type can be changed after they were returned: 0 where they cannot."""
    if kind[0] not in NESTED:
        return 0
    return 1 + max([depth(child) for _, child in kind[2] or ()] or [0])


INTEGERS = (int, long) if PY2 else (int,)  # type: ignore[name-defined]  # noqa: F821
STRINGS = (str, unicode) if PY2 else (str,)  # type: ignore[name-defined]  # noqa: F821
EPOCH = datetime.datetime(1970, 1, 1)
EPOCH_DAY = EPOCH.toordinal()
EXACT = decimal.Context(prec=80)
HALF = struct.Struct("<Qq")


class Reader(object):
    """Takes buffers off a body, front to back."""

    def __init__(self, body):
        self._view = memoryview(body)
        self._at = 0

    def take(self, size):
        start = self._at
        self._at = start + size
        return self._view[start : self._at]

    def numbers(self, code, size):
        values = array(code)
        if PY2:
            values.fromstring(self.take(size).tobytes())
        else:
            values.frombytes(self.take(size))
        return values.tolist()


def read_columns(head, body):
    """All columns of a frame as lists of Python values."""
    reader = Reader(body)
    rows = head["rows"]
    return [decode(kind, column, rows, reader) for kind, column in zip(head["types"], head["columns"])]


def decode(kind, column, rows, reader):
    """One column as a list of ``rows`` Python values; NULL is None."""
    validity, sizes, children = column
    mask = None if validity < 0 else bytearray(reader.take(validity).tobytes())
    name = kind[0]
    if name in CODES:
        values = reader.numbers(CODES[name], sizes[0])
    elif name in TEXTS:
        values = _read_texts(reader, sizes, rows)
    elif name == "boolean":
        values = [value != 0 for value in bytearray(reader.take(sizes[0]).tobytes())]
    elif name == "binary":
        values = _read_binaries(reader, sizes)
    elif name in MOMENTS:
        values = _read_moments(name, _defined(reader.numbers(LONG, sizes[0]), mask))
    elif name == "date":
        from_ordinal = datetime.date.fromordinal
        values = [from_ordinal(EPOCH_DAY + day) for day in _defined(reader.numbers("i", sizes[0]), mask)]
    elif name == "decimal":
        values = _read_decimals(kind[1][1], reader.take(sizes[0]).tobytes(), mask)
    else:
        values = _read_nested(kind, column, rows, reader)
    if mask is not None:
        return [value if valid else None for value, valid in zip(values, mask)]
    return values


def _defined(numbers, mask):
    """Zero where a slot is NULL: whatever stands there may lie outside what a date can be."""
    if mask is None:
        return numbers
    return [number if valid else 0 for number, valid in zip(numbers, mask)]


def _read_texts(reader, sizes, rows):
    if len(sizes) == 1:
        # One text with the values between zero characters, which none of them holds.
        data = reader.take(sizes[0]).tobytes()
        if rows == 0:
            return []
        return data.split(b"\0") if PY2 else data.decode("utf-8").split("\0")
    ends = reader.numbers("i", sizes[0])
    data = reader.take(sizes[1]).tobytes()
    if PY2:
        return [data[start:end] for start, end in zip(ends, ends[1:])]
    text = data.decode("utf-8")
    if len(text) == len(data):
        return [text[start:end] for start, end in zip(ends, ends[1:])]
    return [data[start:end].decode("utf-8") for start, end in zip(ends, ends[1:])]


def _read_binaries(reader, sizes):
    ends = reader.numbers("i", sizes[0])
    data = reader.take(sizes[1]).tobytes()
    return [data[start:end] for start, end in zip(ends, ends[1:])]


def _read_moments(name, numbers):
    if name == "timestamp" or name == "timestamp_ntz":
        numbers = [number // 1000 for number in numbers]
    delta = datetime.timedelta
    values = [EPOCH + delta(0, 0, number) for number in numbers]
    if PY2 and name == "datetime":
        # The Python 2 runtime hands a DATETIME over as milliseconds since the epoch, as PyODPS's template expects.
        return [_milliseconds(value) for value in values]
    return values


def _milliseconds(moment):
    return int(time.mktime(moment.timetuple())) * 1000 + moment.microsecond // 1000


def _read_decimals(scale, data, mask):
    values = []
    one = decimal.Decimal(1)
    for at in range(0, len(data), 16):
        if mask is not None and not mask[at // 16]:
            values.append(None)
            continue
        low, high = HALF.unpack_from(data, at)
        value = decimal.Decimal((high << 64) | low).scaleb(-scale, EXACT).normalize(EXACT)
        # normalize() writes 100 as 1E+2, which str() would show to the user's function.
        values.append(value.quantize(one, context=EXACT) if value.as_tuple()[2] > 0 else value)
    return values


def _read_nested(kind, column, rows, reader):
    _validity, sizes, children = column
    name, _parameters, fields = kind
    if name == "struct":
        row = namedtuple("struct", [field for field, _ in fields], rename=True)
        parts = [decode(child, part, rows, reader) for (_, child), part in zip(fields, children)]
        return [row._make(values) for values in zip(*parts)]
    counts = reader.numbers(LONG, sizes[0])
    total = sum(counts)
    parts = [decode(child, part, total, reader) for (_, child), part in zip(fields, children)]
    values = []
    at = 0
    for count in counts:
        end = at + count
        pieces = [part[at:end] for part in parts]
        values.append(pieces[0] if name == "array" else dict(zip(*pieces)))
        at = end
    return values
