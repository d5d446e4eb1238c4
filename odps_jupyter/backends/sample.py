"""A sample of a MaxCompute table, read through the tunnel into pandas."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from odps_jupyter.errors import UserError

from .reading import Nans, Reader, of_result, of_table
from .room import FEW, LOOKED_AT, Room, Rows, round_down
from .widths import widest_of, width_of_frame

if TYPE_CHECKING:
    import pandas as pd

#: A PyODPS ``Table``; PyODPS is published without types.
Table = Any
#: What names a partition, by column, and the reader of its rows.
_Part = tuple[dict[str, str], Reader]


@dataclass(frozen=True)
class Sample:
    """How much of every source table the pandas backend reads: ``rows`` from the start, or all of it.

    ``where`` is a condition in SQL: of tables that have its ``columns``, only rows for which it holds are read.
    ``defined`` leaves out rows of a table that hold NaN, which pandas cannot tell from NULL. ``room`` is what they may
    take of memory. ``marked`` says which of what is missing is NaN.
    """

    rows: int | None = 100
    where: str | None = None
    columns: frozenset[str] = frozenset()
    defined: bool = False
    marked: bool = False
    room: Room = field(default_factory=Room, repr=False, compare=False)

    @classmethod
    def parse(cls, text: str) -> Sample:
        """Read ``"100"``, ``"all"``, or a condition such as ``"name = 'setosa'"``.

        Raises:
            UserError: it is none of them.
        """
        if text.lower() == "all":
            return cls(None)
        try:
            rows = int(text)
        except ValueError:
            return cls(where=text, columns=_columns(text))
        if rows < 1:
            raise _no_sample(text)
        return cls(rows)

    def __str__(self) -> str:
        rows = "all rows" if self.rows is None else f"{self.rows} rows"
        return rows if self.where is None else f"{rows} where {self.where}"


@dataclass(frozen=True)
class SampledTable:
    """What was read: ``rows`` rows of ``total`` (None where a partition was left unread) of the table ``name``.

    ``nans`` are known of a sample that asks for them. ``lacks`` are columns of the sample's condition that the table
    has not, for which its rows are read without it.
    """

    name: str
    rows: int
    total: int | None
    nans: Nans = field(default_factory=dict, repr=False, compare=False)
    lacks: tuple[str, ...] = ()

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

    Raises:
        TooLarge: there is no room for it.
    """
    schema = table.table_schema
    if sample.where is not None:
        named = {column.name.lower() for column in [*schema.simple_columns, *(schema.partitions or [])]}
        if sample.columns <= named:
            return _read_where(table, sample, partitions)
        frame, sampled = read_table(table, replace(sample, where=None), partitions)
        return frame, replace(sampled, lacks=tuple(sorted(sample.columns - named)))
    if table.is_virtual_view:
        frame, nans = _read_view(table, sample)
        return frame, SampledTable(table.name, len(frame), len(frame) if sample.rows is None else None, nans)
    if not schema.partitions:
        reader = of_table(table, None)
        count = reader.count
        wanted = count if sample.rows is None else min(sample.rows, count)
        stored = int(table.size or 0) * wanted // max(1, count)
        _check_room(table.name, sample, wanted, reader, stored)
        frame = reader.read(wanted, defined=sample.defined)
        return frame, SampledTable(table.name, len(frame), count, _nans(reader, frame, sample))
    return _read_partitions(table, sample, partitions)


def _read_partitions(
    table: Table, sample: Sample, partitions: Sequence[Mapping[str, str]] | None
) -> tuple[pd.DataFrame, SampledTable]:
    import pandas as pd

    schema = table.table_schema
    names = [column.name for column in [*schema.simple_columns, *schema.partitions]]
    frames = [pd.DataFrame({name: [] for name in names})]
    read, total, complete = 0, 0, True
    nans: dict[str, frozenset[int]] = {}
    parts: Iterable[_Part] = _parts(table, partitions)
    if sample.rows is None or sample.rows > FEW or sample.room.asked is not None:
        parts = _counted(parts, sample.rows)
        _check_parts(table, sample, parts)
    for values, reader in parts:
        left = None if sample.rows is None else sample.rows - read
        if left == 0:
            complete = False
            break
        count = reader.count
        frame = reader.read(count if left is None else min(left, count), defined=sample.defined)
        for name, rows in _nans(reader, frame, sample).items():
            nans[name] = nans.get(name, frozenset()) | {read + row for row in rows}
        constants = {column.name: _partition_value(column, values[column.name]) for column in schema.partitions}
        frames.append(frame.assign(**constants)[names])
        read += len(frame)
        total += count
    # An empty frame would turn the columns' types into objects.
    whole = pd.concat(frames[1:], ignore_index=True) if frames[1:] else frames[0]
    return whole, SampledTable(table.name, read, total if complete else None, nans)


def _nans(reader: Reader, frame: pd.DataFrame, sample: Sample) -> Nans:
    return reader.nans(frame) if sample.marked else {}


def _parts(table: Table, partitions: Sequence[Mapping[str, str]] | None) -> Iterator[_Part]:
    """The partitions asked for, each opened when it is its turn."""
    for partition in table.partitions:
        values = dict(partition.partition_spec.kv)
        if partitions is None or any(spec.items() <= values.items() for spec in partitions):
            yield values, of_table(table, partition.partition_spec)


def _counted(parts: Iterable[_Part], rows: int | None) -> list[_Part]:
    """As many of them as have ``rows`` rows, and one more that says that there are more."""
    counted: list[_Part] = []
    total = 0
    for part in parts:
        counted.append(part)
        if rows is not None and total >= rows:
            break
        total += part[1].count
    return counted


def _check_parts(table: Table, sample: Sample, parts: Sequence[_Part]) -> None:
    counts = [reader.count for _, reader in parts]
    wanted = sum(counts) if sample.rows is None else min(sample.rows, sum(counts))
    fullest = max(range(len(parts)), key=counts.__getitem__, default=None)
    if fullest is not None:
        _check_room(table.name, sample, wanted, parts[fullest][1], 0)


def _check_room(name: str, sample: Sample, wanted: int, reader: Reader, stored: int) -> None:
    def width() -> float:
        return width_of_frame(reader.read(min(LOOKED_AT, wanted, reader.count)))

    def hint(fitting: int) -> str:
        return (
            f"Take a smaller sample, such as `--sample {round_down(fitting)}`, or leave the work to MaxCompute: "
            "`--backend maxcompute`"
        )

    widest = widest_of(column.type for column in reader.columns)
    sample.room.check(Rows(f"Table {name}", wanted, widest, stored, width), hint)


def _read_where(
    table: Table, sample: Sample, partitions: Sequence[Mapping[str, str]] | None
) -> tuple[pd.DataFrame, SampledTable]:
    """The rows for which a condition holds, found by the service."""
    condition = f" WHERE ({sample.where})"
    if partitions is not None:
        any_of = [" AND ".join(f"{name} = {_literal(value)}" for name, value in spec.items()) for spec in partitions]
        condition += f" AND ({' OR '.join(any_of) or 'FALSE'})"
    frame, nans = _read_query(table, sample, condition)
    return frame, SampledTable(table.name, len(frame), None, nans)


def _columns(text: str) -> frozenset[str]:
    """The columns of a condition, in lower case.

    Raises:
        UserError: it is no condition, or more than one.
    """
    import sqlglot
    from sqlglot import exp

    try:
        query = sqlglot.parse_one(f"SELECT * FROM t WHERE ({text})", dialect="hive")
    except sqlglot.errors.SqlglotError as error:
        raise _no_sample(text) from error
    where = query.args.get("where")
    # What begins inside of the parentheses around it ends there, or it would not stay one condition of several.
    held = where.this if isinstance(where, exp.Where) and isinstance(where.this, exp.Paren) else None
    inner = None if held is None else held.unnest()
    columns = (
        None
        if inner is None
        else frozenset(
            column.name.lower() for column in inner.find_all(exp.Column) if column.find_ancestor(exp.Select) is query
        )
    )
    known = {"kind", "expressions", "from", "from_", "where"}
    extra = any(value for name, value in query.args.items() if name not in known)
    if not columns or extra or not isinstance(inner, exp.Predicate | exp.Connector | exp.Not):
        raise _no_sample(text)
    return columns


def _no_sample(text: str) -> UserError:
    return UserError(
        f"{text!r} is no sample.",
        hint="Give a number of rows from 1 on, such as 100, or all, or a condition, such as 'x > 1'.",
    )


def _literal(value: str) -> str:
    """A partition's value as SQL; a text of digits is compared with a partition of any type."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _read_view(view: Table, sample: Sample) -> tuple[pd.DataFrame, Nans]:
    """A view's rows exist only as the result of a query; the tunnel moves tables."""
    return _read_query(view, sample, "")


def _read_query(view: Table, sample: Sample, condition: str) -> tuple[pd.DataFrame, Nans]:
    limit = "" if sample.rows is None else f" LIMIT {sample.rows}"
    instance = view.project.odps.execute_sql(f"SELECT * FROM {view.full_table_name}{condition}{limit}")
    reader = of_result(instance, view.table_schema.columns)
    _check_room(view.name, sample, reader.count, reader, 0)
    frame = reader.read(reader.count)
    return frame, _nans(reader, frame, sample)


def _partition_value(column: Any, text: str) -> Any:
    """A partition's value is text in its name; the column's type says what it is as data."""
    return int(text) if str(column.type).lower() in {"bigint", "int", "smallint", "tinyint"} else text
