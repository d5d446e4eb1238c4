"""A sample of a MaxCompute table, read through the tunnel into pandas."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odps_jupyter.errors import UserError

if TYPE_CHECKING:
    import pandas as pd

#: A PyODPS ``Table``; PyODPS is published without types.
Table = Any


@dataclass(frozen=True)
class Sample:
    """How much of every source table the pandas backend reads: ``rows`` from the start, or all of it."""

    rows: int | None = 100

    @classmethod
    def parse(cls, text: str) -> Sample:
        """Read ``"100"`` or ``"all"``.

        Raises:
            UserError: it is neither ``all`` nor a whole number of at least 1.
        """
        if text.lower() == "all":
            return cls(None)
        try:
            rows = int(text)
        except ValueError:
            rows = 0
        if rows < 1:
            raise UserError(f"{text!r} is no sample size.", hint="Give a number of rows, such as 100, or all.")
        return cls(rows)

    def __str__(self) -> str:
        return "all rows" if self.rows is None else f"{self.rows} rows"


@dataclass(frozen=True)
class SampledTable:
    """What was read: ``rows`` rows of ``total`` (None where a partition was left unread) of the table ``name``."""

    name: str
    rows: int
    total: int | None

    @property
    def complete(self) -> bool:
        return self.total is not None and self.rows >= self.total


def read_table(
    table: Table, sample: Sample, partitions: Sequence[Mapping[str, str]] | None = None
) -> tuple[pd.DataFrame, SampledTable]:
    """The first rows of ``table`` as pandas sees them, partition columns included.

    Args:
        table: the PyODPS table.
        sample: how many rows.
        partitions: only these partitions, each a mapping of partition column to value; all where None.

    Returns:
        A frame with one column per column and partition column, in the table's order, and what was read.
    """
    schema = table.table_schema
    if table.is_virtual_view:
        frame = _read_view(table, sample.rows)
        return frame, SampledTable(table.name, len(frame), len(frame) if sample.rows is None else None)
    if not schema.partitions:
        frame, total = _read_part(table, None, sample.rows)
        return frame, SampledTable(table.name, len(frame), total)
    return _read_partitions(table, sample, partitions)


def _read_partitions(
    table: Table, sample: Sample, partitions: Sequence[Mapping[str, str]] | None
) -> tuple[pd.DataFrame, SampledTable]:
    import pandas as pd

    schema = table.table_schema
    names = [column.name for column in [*schema.simple_columns, *schema.partitions]]
    frames = [pd.DataFrame({name: [] for name in names})]
    read, total, complete = 0, 0, True
    for partition in table.partitions:
        values = dict(partition.partition_spec.kv)
        if partitions is not None and not any(spec.items() <= values.items() for spec in partitions):
            continue
        left = None if sample.rows is None else sample.rows - read
        if left == 0:
            complete = False
            break
        frame, count = _read_part(table, partition, left)
        constants = {column.name: _partition_value(column, values[column.name]) for column in schema.partitions}
        frames.append(frame.assign(**constants)[names])
        read += len(frame)
        total += count
    # An empty frame would turn the columns' types into objects.
    whole = pd.concat(frames[1:], ignore_index=True) if frames[1:] else frames[0]
    return whole, SampledTable(table.name, read, total if complete else None)


def _read_part(table: Table, partition: Any, rows: int | None) -> tuple[pd.DataFrame, int]:
    spec = None if partition is None else str(partition.partition_spec)
    # A download session is a snapshot, and PyODPS keeps one for each table: ask for the table as it is now.
    with table.open_reader(partition=spec, arrow=True, append_partitions=False, reopen=True) as reader:
        count = int(reader.count)
        frame = reader.to_pandas(count=count if rows is None else min(rows, count))
    return frame, count


def _read_view(view: Table, rows: int | None) -> pd.DataFrame:
    """A view's rows exist only as the result of a query; the tunnel moves tables."""
    limit = "" if rows is None else f" LIMIT {rows}"
    instance = view.project.odps.execute_sql(f"SELECT * FROM {view.full_table_name}{limit}")
    with instance.open_reader(tunnel=True, arrow=True) as reader:
        frame: pd.DataFrame = reader.to_pandas()
    return frame


def _partition_value(column: Any, text: str) -> Any:
    """A partition's value is text in its name; the column's type says what it is as data."""
    return int(text) if str(column.type).lower() in {"bigint", "int", "smallint", "tinyint"} else text
