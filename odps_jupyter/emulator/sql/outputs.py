"""Names and types of the columns that a Python table function gives."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
from sqlglot import exp

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.types import Type
from odps_jupyter.executor.signature import Signature

from .errors import semantic


def output_columns(
    signature: Signature, names: Sequence[str], call: exp.Anonymous
) -> tuple[tuple[str, ...], tuple[Type, ...]]:
    """The columns of a call with the names given behind AS, or ``col1``, ``col2``, ... where none are.

    A function whose signature ends in ``*``, or that has none, gives as many STRING columns as are named ("all output
    parameters are of the STRING type", the page on Python UDTFs).

    Raises:
        OdpsError: as many names as columns are needed.
    """
    fixed = tuple(types.parse(kind) for kind in signature.returns if kind != "*")
    if len(fixed) < len(signature.returns):
        if len(names) <= len(fixed):
            raise semantic(f"{call.this} gives any number of columns: name each of them behind AS", call)
        return tuple(names), (*fixed, *[types.parse("string")] * (len(names) - len(fixed)))
    given = tuple(names) or tuple(f"col{at + 1}" for at in range(len(fixed)))
    if len(given) != len(fixed):
        raise semantic(f"{call.this} has {len(fixed)} columns, {len(given)} names given", call)
    return given, fixed


def check_width(batch: pa.RecordBatch, width: int) -> None:
    """Refuse rows of a function of any number of columns (``*``) that are not as many as the query names.

    Raises:
        OdpsError: the code of a script's exception, with the words of PyODPS's own check.
    """
    if batch.num_columns != width:
        found = tuple(batch.slice(0, 1).to_pylist()[0].values())
        raise OdpsError(
            "ODPS-0123055", f"User script exception - Function output size should be {width}, got {found!r}"
        )
