"""Rows of a table, a partition or a job's result as pandas holds them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

#: What pandas makes of Arrow's numbers where no value is NULL.
_NUMBERS = {
    "tinyint": "int8",
    "smallint": "int16",
    "int": "int32",
    "bigint": "int64",
    "float": "float32",
    "double": "float64",
}
_FLOATS = frozenset({"float", "double"})
_TIMES = frozenset({"datetime", "timestamp", "timestamp_ntz"})
_TEXTS = ("string", "varchar", "char", "binary", "boolean", "date", "decimal")
#: By column, the positions of rows.
Nans = Mapping[str, frozenset[int]]


@dataclass(frozen=True)
class Reader:
    """One download, in Arrow where Arrow gives all its columns to pandas as they are, else as PyODPS's records.

    PyODPS has no Arrow form of JSON and intervals (``odps/tunnel/io/types.py`` in 0.13.2), and of what is nested its
    Arrow reader makes arrays of NumPy's, and floats of a struct's integers where another row's struct is NULL.
    Functions on the executor get lists, dicts and named tuples, and so do they here.
    """

    columns: tuple[Any, ...]
    _reader: Any
    _arrow: bool

    @property
    def count(self) -> int:
        return int(self._reader.count)

    def read(self, rows: int, *, defined: bool = False) -> pd.DataFrame:
        """The first ``rows`` rows; ``defined`` leaves out those that hold NaN."""
        if not self._arrow:
            return self._from_records(rows, defined=defined)
        frame: pd.DataFrame = (
            _without_nan(self._reader.read_all(count=rows)).to_pandas()
            if defined
            else self._reader.to_pandas(count=rows)
        )
        return frame

    def nans(self, frame: pd.DataFrame) -> Nans:
        """What of the first rows, which ``frame`` holds, is NaN and not NULL: pandas has one sign for both."""
        suspects = [
            column.name
            for column in self.columns
            if str(column.type).lower() in _FLOATS and bool(frame[column.name].isna().any())
        ]
        if not suspects:
            return {}
        if self._arrow:
            import pyarrow.compute as pc

            read = self._reader.read_all(count=len(frame))
            held = {name: pc.fill_null(pc.is_nan(read[name]), False).to_pylist() for name in suspects}
        else:
            values = [record.values for record in self._reader.read(count=len(frame), columns=suspects)]
            held = {
                name: [row[at] is not None and row[at] != row[at] for row in values] for at, name in enumerate(suspects)
            }
        found = {name: frozenset(at for at, is_nan in enumerate(column) if is_nan) for name, column in held.items()}
        return {name: rows for name, rows in found.items() if rows}

    def _from_records(self, rows: int, *, defined: bool) -> pd.DataFrame:
        import pandas as pd

        names = [column.name for column in self.columns]
        read = [record.values for record in self._reader.read(count=rows, columns=names)] if rows else []
        if defined:
            read = [values for values in read if not any(value != value for value in values if _is_float(value))]
        made = [
            _series([values[at] for values in read], str(column.type).lower()) for at, column in enumerate(self.columns)
        ]
        frame = pd.concat(made, axis=1)
        frame.columns = pd.Index(names)
        return frame


def of_table(table: Any, spec: Any) -> Reader:
    """Of a table, or of the partition that a ``PartitionSpec`` names, without the partition columns."""
    columns = tuple(table.table_schema.simple_columns)
    # A download session is a snapshot, and PyODPS keeps one for each table: ask for the table as it is now.
    arrow = _fits_arrow(columns)
    reader = table.open_reader(partition=spec, arrow=arrow, append_partitions=False, reopen=True)
    return Reader(columns, reader, arrow)


def of_result(instance: Any, columns: Sequence[Any]) -> Reader:
    """Of a query's result, which has these columns."""
    arrow = _fits_arrow(columns)
    return Reader(tuple(columns), instance.open_reader(tunnel=True, arrow=arrow), arrow)


def _fits_arrow(columns: Sequence[Any]) -> bool:
    return all(_fits(str(column.type).lower()) for column in columns)


def _fits(kind: str) -> bool:
    return kind in _NUMBERS or kind in _TIMES or kind.partition("(")[0] in _TEXTS


def _series(values: list[Any], kind: str) -> pd.Series[Any]:
    """A column as Arrow's readers would have made it, which take a column of integers with NULLs for floats."""
    import pandas as pd

    missing = any(value is None for value in values)
    if kind in _NUMBERS:
        return pd.Series(values, dtype="float64" if missing and "int" in kind else _NUMBERS[kind])
    if kind == "boolean" and not missing:
        return pd.Series(values, dtype=bool)
    if kind in _TIMES and all(value is None for value in values):
        return pd.Series(values, dtype="datetime64[ns]")
    series = pd.Series(values, dtype=object)
    return series.infer_objects() if kind in _TIMES else series


def _is_float(value: Any) -> bool:
    return isinstance(value, float)


def _without_nan(read: pa.Table) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    for name, column in zip(read.column_names, read.columns, strict=True):
        if pa.types.is_floating(column.type):
            read = read.filter(pc.invert(pc.fill_null(pc.is_nan(read[name]), False)))
    return read
