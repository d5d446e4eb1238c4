"""From what the protobuf form carries to stored columns: numbers become times, text decimals, months intervals."""

from __future__ import annotations

import decimal
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import TEXTS, Type, to_arrow

from .ragged import valid_of
from .wire import INTERVAL, WireColumn, intervals, rounded

_WIDE = decimal.Context(prec=76, rounding=decimal.ROUND_HALF_UP)
_MISFITS = (pa.ArrowInvalid, pa.ArrowNotImplementedError, decimal.InvalidOperation, ValueError, OverflowError)

NESTED = ("array", "map", "struct")


def raw_type(kind: Type) -> pa.DataType:
    """The Arrow type of values as they are read: times are numbers, text is bytes."""
    if kind.name == "array":
        return pa.list_(raw_type(kind.items[0]))
    if kind.name == "map":
        return pa.map_(raw_type(kind.items[0]), raw_type(kind.items[1]))
    if kind.name == "struct":
        return pa.struct([(name, raw_type(item)) for name, item in zip(kind.fields, kind.items, strict=True)])
    if kind.name in ("datetime", "timestamp", "timestamp_ntz"):
        return pa.int64()
    if kind.name == "date":
        return pa.int32()
    if kind.name in TEXTS or kind.name in ("json", "void"):
        return pa.binary()
    return to_arrow(kind)


def from_values(values: list[Any], column: WireColumn) -> pa.Array:
    """Python values, as :mod:`.protobuf_values` reads them, in their stored form.

    Raises:
        OdpsError: one does not fit the column.
    """
    prepare = _preparation(column.kind)
    try:
        if prepare is not None:
            values = [None if one is None else prepare(one) for one in values]
        raw = pa.array(values, type=raw_type(column.kind))
        return raw.cast(rounded(column.kind)).cast(column.stored)
    except _MISFITS as error:
        raise misfit(column, error) from error


def from_numbers(numbers: pa.Array, column: WireColumn) -> pa.Array:
    """64-bit integers in the stored form of an integer, time or interval column.

    Raises:
        OdpsError: one does not fit the column.
    """
    name = column.kind.name
    try:
        if name == "interval_day_time":
            return intervals(np.asarray(numbers.fill_null(0)), numbers.is_null())
        if name == "interval_year_month":
            return _months(numbers)
        if name == "date":
            numbers = numbers.cast(pa.int32())
        return numbers.cast(rounded(column.kind)).cast(column.stored)
    except _MISFITS as error:
        raise misfit(column, error) from error


def from_bytes(texts: pa.Array, column: WireColumn) -> pa.Array:
    """Byte strings in the stored form of a text, binary or decimal column.

    Raises:
        OdpsError: one does not fit the column.
    """
    if column.kind.name == "decimal":
        try:
            return texts.cast(pa.large_string()).cast(column.stored)
        except pa.ArrowInvalid:  # more digits than the column has: they are rounded one by one
            return from_values(texts.to_pylist(), column)
    try:
        return texts.cast(pa.binary()).cast(column.stored)
    except _MISFITS as error:
        raise misfit(column, error) from error


def misfit(column: WireColumn, error: Exception) -> OdpsError:
    """The error for a value that a column cannot hold."""
    return OdpsError("InvalidArgument", f"A value of column {column.name} does not fit {column.kind}: {error}")


def _months(numbers: pa.Array) -> pa.Array:
    stored = np.zeros(len(numbers), dtype=INTERVAL)
    stored["months"] = np.asarray(numbers.cast(pa.int32()).fill_null(0))
    valid = None if valid_of(numbers) is None else pc.is_valid(numbers.take(np.arange(len(numbers)))).buffers()[1]
    return pa.Array.from_buffers(pa.month_day_nano_interval(), len(numbers), [valid, pa.py_buffer(stored)])


def _preparation(kind: Type) -> Callable[[Any], Any] | None:
    """What makes of a value the one Arrow takes; ``None`` if it takes the value itself."""
    if kind.name == "decimal":
        step = decimal.Decimal(1).scaleb(-kind.sizes[1])
        return lambda text: decimal.Decimal(text.decode()).quantize(step, context=_WIDE)
    if kind.name == "interval_day_time":
        return lambda nanos: (0, 0, nanos)
    if kind.name == "interval_year_month":
        return lambda months: (months, 0, 0)
    if kind.name not in NESTED:
        return None
    inner = [_preparation(item) for item in kind.items]
    if not any(inner):
        return None
    if kind.name == "array":
        return lambda values: _each(values, inner[0])
    if kind.name == "map":
        return lambda pairs: [(_each([key], inner[0])[0], _each([value], inner[1])[0]) for key, value in pairs]
    names = kind.fields
    return lambda one: {name: _each([one[name]], prepare)[0] for name, prepare in zip(names, inner, strict=True)}


def _each(values: Sequence[Any], prepare: Callable[[Any], Any] | None) -> Sequence[Any]:
    return values if prepare is None else [None if one is None else prepare(one) for one in values]
