"""Sampled rows as temporary tables, which are dropped whatever happens."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.reading import Nans
from odps_jupyter.backends.temporary import Item, Temporary
from odps_jupyter.errors import UserError

from .values import EXACT, plain

if TYPE_CHECKING:
    import pandas as pd

#: By which what a killed kernel left behind is found.
PREFIX = "odps_jupyter_compare_"
#: Days after which MaxCompute itself drops what a killed kernel left behind, if no other kernel did before.
LIFECYCLE = 1
HINTS = {"odps.sql.type.system.odps2": "true", "odps.sql.decimal.odps2": "true"}
INTEGERS = frozenset({"tinyint", "smallint", "int", "bigint"})


class TemporaryTables:
    """Tables for the rows of one comparison; made and dropped through ``entry``."""

    def __init__(self, entry: Any, temporary: Temporary) -> None:
        """Args: ``temporary`` takes those that may be there, and what the engine needs."""
        self._entry = entry
        self.temporary = temporary
        self._making: list[Any] = []

    def stand_in(self, node: Any, frame: pd.DataFrame, nans: Nans) -> Any:
        """A PyODPS collection over the rows of ``frame``, with the columns and types of ``node``; what is missing in
        it is NULL but where ``nans`` says NaN.

        Raises:
            UserError: pandas does not hold the rows exactly.
        """
        from odps.df.backends.odpssql.types import df_schema_to_odps_schema, odps_schema_to_df_schema
        from odps.df.expr.expressions import CollectionExpr, FilterPartitionCollectionExpr
        from odps.models import TableSchema

        source = node.input if isinstance(node, FilterPartitionCollectionExpr) else node
        schema = getattr(source._source_data, "table_schema", None) or df_schema_to_odps_schema(node.schema)
        types = {column.name: column.type for column in schema.columns}
        names = list(node.schema.names)
        rows = _exact_rows(frame, {name: types[name] for name in names}, nans)
        plain_schema = TableSchema.from_lists(names, [types[name] for name in names])
        table = self._make(plain_schema)
        if rows:
            with table.open_writer() as writer:
                writer.write(rows)
        return CollectionExpr(_source_data=table, _schema=odps_schema_to_df_schema(table.table_schema))

    def _make(self, schema: Any) -> Any:
        name = f"{PREFIX}{uuid.uuid4().hex}"
        item = self.temporary.note("table", name)  # before it is there: an interrupt may come in between
        try:
            making = self._entry.create_table(name, schema, lifecycle=LIFECYCLE, hints=HINTS, async_=True)
        except BaseException as error:
            self.temporary.failed(item, error)
            raise
        self._making.append(making)
        making.wait_for_success()
        self.temporary.made(item)
        return self._entry.get_table(name)

    def drop(self) -> tuple[Item, ...]:
        """Drop all of them; those that could not be dropped are returned."""
        from odps.errors import BaseODPSError
        from requests import RequestException

        while self._making:
            making = self._making.pop()
            try:
                if not making.is_terminated():
                    making.wait_for_completion()  # else it would be there after it was dropped
            except (BaseODPSError, RequestException):
                break  # dropping it says the same, and is tried again later
        return self.temporary.clear()


def _exact_rows(frame: pd.DataFrame, types: dict[str, Any], nans: Nans) -> list[list[Any]]:
    columns = [[_value(value, name, type_) for value in frame[name].tolist()] for name, type_ in types.items()]
    for name, column in zip(types, columns, strict=True):
        for at in nans.get(name, ()):
            column[at] = float("nan")
    return [list(row) for row in zip(*columns, strict=True)]


def _value(value: Any, column: str, type_: Any, *, inside: bool = False) -> Any:
    """A value of a frame as the tunnel takes it; NaN is what pandas makes of NULL, but not ``inside`` of another."""
    from odps import types

    given, value = value, plain(value)
    if value is None:
        return given if inside and isinstance(given, float) else None
    if isinstance(type_, types.Array):
        return [_value(one, column, type_.value_type, inside=True) for one in given]
    if isinstance(type_, types.Map):
        pairs = given.items() if isinstance(given, Mapping) else given  # Arrow's are pairs
        return {
            _value(name, column, type_.key_type, inside=True): _value(one, column, type_.value_type, inside=True)
            for name, one in pairs
        }
    if isinstance(type_, types.Struct):
        held = given.values() if isinstance(given, Mapping) else given
        fields = type_.field_types.items()
        return {name: _value(one, column, inner, inside=True) for (name, inner), one in zip(fields, held, strict=True)}
    kind = str(type_).lower()
    if kind in INTEGERS:
        if isinstance(value, float) and abs(value) >= EXACT:
            raise UserError(
                f"Column {column} has NULLs and integers beyond 2**53, which pandas holds inexactly: "
                "the executor would get other rows.",
                hint="Compare a sample without them, such as `--sample 'x > 1'`, or leave --compare out.",
            )
        return int(value)
    if kind in {"float", "double"}:
        return float(value)
    if kind == "datetime" and hasattr(value, "to_pydatetime"):
        return value.to_pydatetime(warn=False)
    return value
