"""DuckDB's refusals in MaxCompute's codes and words: its own never reach the client."""

from __future__ import annotations

import re
from collections.abc import Mapping

import duckdb

from odps_jupyter.emulator.errors import OdpsError

_CODED = re.compile(r"(ODPS-\d{7}): (.*)", re.DOTALL)
_VALUE = re.compile(r"(?:value|string) '?(.*?)'? (?:can't|to |is out)")
_KNOWN = (
    (r"Like pattern must not end with escape", "0121095", "Invalid arguments - a pattern of LIKE ends with its escape"),
    # Only numbers are ever cast to a decimal from text.
    (r'Could not convert string "(.*)" to DECIMAL\((\d+),(\d+)\)', "0121145",
     r"Data overflow - \1 is out of the range of decimal(\2,\3)"),
    # Of a Python function: NaN twice, or a text of Python 2 once as bytes.
    (r"map contains duplicate key", "0121095", "Invalid arguments - a map has the same key twice"),
    (r"Unknown TimeZone ('.*')", "0121095", r"Invalid arguments - \1 is no time zone"),
    (r"QUANTILE can only take", "0121095", "Invalid arguments - a percentile must be between 0 and 1"),
    (r"Max expression depth", "0130071", "Semantic analysis exception - the statement is nested too deep"),
    (r"More than one row returned by a subquery", "0121095",
     "Invalid arguments - a subquery that stands for one value gave more than one row"),
    (r"Frame starting from (\w+) row cannot have (\w+) rows", "0130071",
     r"Semantic analysis exception - a frame that starts at a \1 row cannot end at a \2 one"),
    (r"(PARTITION|ORDER) BY window expressions cannot be volatile", "0130071",
     r"[0,0] Semantic analysis exception - RAND, UUID and functions of groups in \1 BY of a window are not supported by"
     " the embedded MaxCompute; select them in a subquery and name their column"),
    (r"Argument for ntile", "0121095", "Invalid arguments - in function ntile, the number of parts must be positive"),
    (r'function "string_agg" must be', "0130071",
     "[0,0] Semantic analysis exception - the separator of WM_CONCAT must be a constant"),
)  # fmt: skip
_WORDS = {
    "BOOL": "Boolean", "INT8": "Tinyint", "INT16": "Smallint", "INT32": "Int", "INT64": "Bigint", "INT128": "Bigint",
    "FLOAT": "Float", "DOUBLE": "Double", "VARCHAR": "String", "DATE": "Date", "BLOB": "Binary",
    "TIMESTAMP": "Datetime", "TIMESTAMP_NS": "Timestamp",
}  # fmt: skip

#: DuckDB's kinds of error by the words its texts begin with.
_KINDS: Mapping[str, type[duckdb.Error]] = {
    "Conversion": duckdb.ConversionException,
    "INTERRUPT": duckdb.InterruptException,
    "Invalid Input": duckdb.InvalidInputException,
    "Out of Memory": duckdb.OutOfMemoryException,
    "Out of Range": duckdb.OutOfRangeException,
}
_KIND = re.compile(r"([A-Za-z]\w*(?: \w+)*) Error: ")


def while_read(error: OSError) -> duckdb.Error | None:
    """What DuckDB refused while its rows were read: Arrow's stream carries the text of such an error alone.

    ``None`` for an error of the system, such as a full disk.
    """
    kind = None if error.errno is not None else _KIND.match(str(error))
    return kind and _KINDS.get(kind[1], duckdb.Error)(str(error))


def translated(error: duckdb.Error) -> OdpsError:
    """The error a client is told where DuckDB refused a translated statement."""
    text = str(error).strip()
    coded = _CODED.search(text)
    if coded:
        return OdpsError(coded[1], coded[2].split("\n")[0].rstrip())
    first = text.split("\n")[0]
    for pattern, code, message in _KNOWN:
        known = re.search(pattern, first)
        if known:
            return OdpsError(f"ODPS-{code}", known.expand(message))
    if isinstance(error, duckdb.OutOfRangeException) or "out of range" in first or "Could not cast value" in first:
        return OdpsError("ODPS-0121145", f"Data overflow - {_overflow(first)}")
    if isinstance(error, duckdb.ConversionException):
        return OdpsError("ODPS-0123091", f"Illegal type cast - {_cast(first)}")
    if isinstance(error, duckdb.InterruptException):
        return OdpsError("ODPS-0110999", "The job was stopped")
    if isinstance(error, duckdb.OutOfMemoryException):
        return OdpsError("ODPS-0123059", "Exceeds memory limit - the statement needs more memory than the job has")
    if isinstance(error, duckdb.InvalidInputException):
        return OdpsError("ODPS-0121095", f"Invalid arguments - {_plain(first)}")
    if isinstance(error, duckdb.ParserException):
        # What sqlglot lets pass and means nothing, such as a SELECT of nothing.
        return OdpsError("ODPS-0130161", f"[1,1] Parse exception - {_plain(first)}")
    if isinstance(error, duckdb.BinderException):
        return OdpsError("ODPS-0130071", f"[0,0] Semantic analysis exception - {_plain(first)}")
    return OdpsError("ODPS-0010000", f"System internal error - {_plain(first)}", 500)


def _overflow(text: str) -> str:
    decimals = re.search(r"Overflow in (\w+) of DECIMAL", text)
    if decimals:
        # The numbers it shows have no point.
        return f"the result of {decimals[1].lower()} of decimals is out of range"
    operation = re.search(r"Overflow in .*\((.*)\)", text)
    if operation and " " in operation[1].strip():
        return f"the result of {operation[1].strip()} is out of range"
    value = re.search(r"(?:[Vv]alue|abs\(|value:) ?\(?([-+]?[0-9][-+0-9.eE]*|nan|-?inf)", text)
    return f"{value[1]} is out of range" if value else "a number is out of range"


def _cast(text: str) -> str:
    value, target = _VALUE.search(text), re.search(r"(?:to|type) ([A-Z][A-Z0-9_]*)", text)
    shown = f"value '{value[1]}'" if value else "a value"
    kind = _WORDS.get(target[1], target[1].title()) if target else "this type"
    return f"in function cast, {shown} cannot be casted to {kind}"


def _plain(text: str) -> str:
    """Without DuckDB's name for the kind of error."""
    return re.sub(r"^(?:[A-Z]\w* )+Error: ", "", text)
