# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Values that a function returned to columns of the wire, with the executor's checks of their types.

MaxCompute's pages list which Python type stands for which SQL type and refuse others (``return value expected <class
'unicode'> but <class 'list'> found``). columns.py describes the layout.
"""

from __future__ import absolute_import, division

import datetime
import decimal
import re
import struct
from array import array
from marshal import dumps

from .columns import CODES, EPOCH, EPOCH_DAY, EXACT, INTEGERS, LONG, PY2, STRINGS

LARGEST_TEXT = (1 << 31) - 1
# "The maximum size of a STRING or BINARY value is 8 MB", MaxCompute's page on data types.
LARGEST_VALUE = 8 << 20
PACKED = {"double": (b"g", 9), "bigint": (b"i", 5)}
MARSHAL_HEAD = 5
NoneType = type(None)
HALF_PAIR = re.compile(b"\xed[\xa0-\xbf]")


class OutputError(TypeError):
    """A returned value does not fit the declared type; ``index`` is its position."""

    def __init__(self, index, message):
        TypeError.__init__(self, message)
        self.index = index


def packs(kind):
    """Whether columns of a type may be packed: see ``pack``."""
    return PACKING and kind[0] in PACKED


def pack(kind, values):
    """A list or tuple of values that all have one exact, fixed-width Python type, in marshal's form; else None.

    marshal writes each value as its type's letter and its bytes, so one pass in C both checks the types and lays the
    values out. Nulls, subclasses and whole numbers beyond 32 bits are left to ``write_column``.
    """
    letter, width = PACKED[kind[0]]
    try:
        data = dumps(values, 2)
    except ValueError:
        # A value of a type that marshal does not know; a subclass of int, e.g. an enum, is one.
        return None
    if len(data) - MARSHAL_HEAD != len(values) * width or data[MARSHAL_HEAD::width].count(letter) != len(values):
        return None
    return data


def packed_column(kind, parts):
    """The column of some packed lists: (column, chunks)."""
    chunks = [memoryview(part)[MARSHAL_HEAD:] for part in parts]
    return [-1, [sum(map(len, chunks))], [], PACKED[kind[0]][1]], chunks


def _can_pack():
    # The format is marshal's own affair: where it is not the one expected, columns go the ordinary way.
    head = b"[\x02\x00\x00\x00"
    floats = dumps([0.5, -2.0], 2) == head + b"g" + struct.pack("<d", 0.5) + b"g" + struct.pack("<d", -2.0)
    integers = dumps([7, -7], 2) == head + b"i" + struct.pack("<i", 7) + b"i" + struct.pack("<i", -7)
    return floats and integers and len(dumps((1, 2), 2)) == len(head) + 10


def write_column(kind, values):
    """Check returned values against their declared type and lay them out: (column, chunks).

    Raises OutputError for the first value of a wrong type or out of range. NULL is None.
    """
    kinds = set(map(type, values))
    chunks = []
    mask = None
    validity = -1
    if NoneType in kinds:
        kinds.discard(NoneType)
        mask = bytearray([value is not None for value in values])
        chunks.append(mask)
        validity = len(mask)
    sizes, parts, children = _WRITERS[kind[0]](kind, values, kinds, mask)
    chunks.extend(parts)
    return [validity, sizes, children], chunks


def _reject(values, allowed, expected):
    for index, value in enumerate(values):
        if value is not None and not allowed(type(value)):
            raise OutputError(
                index, "return value expected %r but %r found, value: %s" % (expected, type(value), short(value))
            )


def short(value):
    """A value as a message shows it; a repr that fails must not hide the error it was meant to explain."""
    try:
        text = repr(value)
    except Exception as error:  # noqa: BLE001  the user's own __repr__ may raise anything
        text = "<%s whose repr raised %s>" % (type(value).__name__, type(error).__name__)
    return text if len(text) <= 200 else text[:200] + "..."


def _check(values, kinds, accepted, refused, expected):
    """Only where an unexpected type is present are the values looked at one by one."""

    def allowed(kind):
        return issubclass(kind, accepted) and not (refused and issubclass(kind, refused))

    if not all(map(allowed, kinds)):
        _reject(values, allowed, expected)


def _fill(values, mask, filler):
    return values if mask is None else [filler if value is None else value for value in values]


def _write_integers(kind, values, kinds, mask):
    _check(values, kinds, INTEGERS, bool, int)
    name = kind[0]
    code = CODES[name]
    try:
        data = array(code, _fill(values, mask, 0))
    except OverflowError:
        bits = array(code).itemsize * 8 - 1
        for index, value in enumerate(values):
            if value is not None and not -(1 << bits) <= value < 1 << bits:
                raise OutputError(index, "return value %s is out of the range of %s" % (short(value), name))
        raise
    return [len(data) * data.itemsize], [_bytes(data)], []


def _write_floats(kind, values, kinds, mask):
    # A whole number is a valid DOUBLE: nothing is lost that the declared type could hold, and no document refuses it.
    _check(values, kinds, (float,) + INTEGERS, bool, float)
    try:
        data = array(CODES[kind[0]], _fill(values, mask, 0.0))
    except OverflowError:
        for index, value in enumerate(values):
            try:
                float(value or 0)
            except OverflowError:
                raise OutputError(index, "return value %s is out of the range of %s" % (short(value), kind[0]))
        raise
    return [len(data) * data.itemsize], [_bytes(data)], []


def _write_texts(kind, values, kinds, mask):
    _check(values, kinds, STRINGS, None, str)
    values = _fill(values, mask, "")
    if PY2:
        parts = [value.encode("utf-8") if isinstance(value, unicode) else value for value in values]  # type: ignore[name-defined]  # noqa: F821
        data = b"".join(parts)
        if not _is_text(data):
            index = next(index for index, part in enumerate(parts) if not _is_text(part))
            raise OutputError(index, "return value %s is no valid text: it is not UTF-8" % short(values[index]))
        return _blob(data, map(len, parts))
    text = "".join(values)
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        for index, value in enumerate(values):
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise OutputError(index, "return value %s is no valid text: %s" % (short(value), error))
        raise
    if len(data) == len(text):
        return _blob(data, map(len, values))
    return _blob(data, [len(value.encode("utf-8")) for value in values])


def _is_text(data):
    # Python 2 reads halves of surrogate pairs without complaint; nothing else does.
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return HALF_PAIR.search(data) is None


def _write_binaries(kind, values, kinds, mask):
    _check(values, kinds, (bytes, bytearray), None, bytes)
    values = _fill(values, mask, b"")
    return _blob(b"".join([bytes(value) for value in values]), map(len, values))


def _blob(data, sizes):
    if len(data) > LARGEST_TEXT:
        raise OutputError(0, "the values returned for one batch are larger than 2 GB together")
    sizes = array("i", list(sizes))
    if len(data) > LARGEST_VALUE:
        for index, size in enumerate(sizes):
            if size > LARGEST_VALUE:
                message = "return value of %d bytes is longer than the 8 MB that a value may have"
                raise OutputError(index, message % size)
    return [len(sizes) * sizes.itemsize, len(data)], [_bytes(sizes), data], []


def _write_booleans(kind, values, kinds, mask):
    _check(values, kinds, bool, None, bool)
    data = bytearray(_fill(values, mask, False))
    return [len(data)], [data], []


def _write_moments(kind, values, kinds, mask):
    name = kind[0]
    if PY2 and name == "datetime":
        _check(values, kinds, (datetime.datetime,) + INTEGERS, bool, datetime.datetime)
        values = [
            datetime.datetime.fromtimestamp(value / 1000.0) if isinstance(value, INTEGERS) else value
            for value in values
        ]
    else:
        _check(values, kinds, datetime.datetime, None, datetime.datetime)
    factor = 1 if name == "datetime" else 1000
    numbers = []
    for index, value in enumerate(values):
        if value is None:
            numbers.append(0)
            continue
        if value.tzinfo is not None:
            # The declared types carry no zone: what counts is the wall clock of the job's time zone.
            value = _wall_clock(value)
        delta = value - EPOCH
        number = (delta.days * 86400 + delta.seconds) * 1000000 + delta.microseconds
        number *= factor
        if not -(1 << 63) <= number < 1 << 63:
            raise OutputError(index, "return value %s is out of the range of %s" % (short(value), name))
        numbers.append(number)
    data = array(LONG, numbers)
    return [len(data) * data.itemsize], [_bytes(data)], []


def _write_dates(kind, values, kinds, mask):
    _check(values, kinds, datetime.date, datetime.datetime, datetime.date)
    data = array("i", [0 if value is None else value.toordinal() - EPOCH_DAY for value in values])
    return [len(data) * data.itemsize], [_bytes(data)], []


def _write_decimals(kind, values, kinds, mask):
    _check(values, kinds, decimal.Decimal, None, decimal.Decimal)
    precision, scale = kind[1]
    step = decimal.Decimal(1).scaleb(-scale)
    limit = 10**precision
    data = bytearray()
    for index, value in enumerate(values):
        if value is None:
            data += b"\0" * 16
            continue
        if not value.is_finite():
            raise OutputError(index, "return value %s is no number of %s(%d,%d)" % (value, kind[0], precision, scale))
        try:
            number = int(value.quantize(step, decimal.ROUND_HALF_UP, EXACT).scaleb(scale, EXACT))
        except decimal.InvalidOperation:
            number = limit
        if not -limit < number < limit:
            raise OutputError(
                index, "return value %s is out of the range of %s(%d,%d)" % (value, kind[0], precision, scale)
            )
        data += struct.pack("<QQ", number & 0xFFFFFFFFFFFFFFFF, (number >> 64) & 0xFFFFFFFFFFFFFFFF)
    return [len(data)], [data], []


def _write_arrays(kind, values, kinds, mask):
    _check(values, kinds, (list, tuple), None, list)
    values = _fill(values, mask, ())
    flat = [item for value in values for item in value]
    return _write_lengths(kind, values, [flat])


def _write_maps(kind, values, kinds, mask):
    _check(values, kinds, dict, None, dict)
    values = _fill(values, mask, {})
    keys = [key for value in values for key in value]
    if None in keys:
        owner = next(index for index, value in enumerate(values) if None in value)
        raise OutputError(owner, "return value has None as the key of a map, value: %s" % short(values[owner]))
    return _write_lengths(kind, values, [keys, [item for value in values for item in value.values()]])


def _write_lengths(kind, values, parts):
    counts = array(LONG, map(len, values))
    chunks = [_bytes(counts)]
    children = []
    for (_, child), part in zip(kind[2], parts):
        try:
            column, more = write_column(child, part)
        except OutputError as error:
            raise OutputError(_owner(counts, error.index), str(error))
        children.append(column)
        chunks.extend(more)
    return [len(counts) * counts.itemsize], chunks, children


def _owner(counts, index):
    total = 0
    for owner, count in enumerate(counts):
        total += count
        if index < total:
            return owner
    return 0


def _write_structs(kind, values, kinds, mask):
    _check(values, kinds, (tuple, list), None, tuple)
    width = len(kind[2])
    for index, value in enumerate(values):
        if value is not None and len(value) != width:
            raise OutputError(index, "return value has %d fields, not %d: %s" % (len(value), width, short(value)))
    values = _fill(values, mask, (None,) * width)
    chunks = []
    children = []
    for at, (_, child) in enumerate(kind[2]):
        column, more = write_column(child, [value[at] for value in values])
        children.append(column)
        chunks.extend(more)
    return [], chunks, children


def _wall_clock(value):
    moment = value.replace(tzinfo=None) - value.utcoffset() - EPOCH
    seconds = moment.days * 86400 + moment.seconds
    return datetime.datetime.fromtimestamp(seconds).replace(microsecond=moment.microseconds)


def _bytes(data):
    return data.tostring() if PY2 else memoryview(data).cast("B")


_WRITERS = {
    "tinyint": _write_integers,
    "smallint": _write_integers,
    "int": _write_integers,
    "bigint": _write_integers,
    "float": _write_floats,
    "double": _write_floats,
    "string": _write_texts,
    "varchar": _write_texts,
    "char": _write_texts,
    "json": _write_texts,
    "binary": _write_binaries,
    "boolean": _write_booleans,
    "datetime": _write_moments,
    "timestamp": _write_moments,
    "timestamp_ntz": _write_moments,
    "date": _write_dates,
    "decimal": _write_decimals,
    "array": _write_arrays,
    "map": _write_maps,
    "struct": _write_structs,
}

PACKING = _can_pack()
