"""Every type through every way of the service: records, Arrow, SQL, results, previews."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from odps import ODPS, errors

from .test_protobuf import plain
from .values import INTERVALS, VALUES

#: One column per type and per container of it.
KINDS = [
    *(kind for kind in VALUES if kind not in INTERVALS),
    *(form.format(kind) for kind in VALUES if kind not in INTERVALS for form in ("array<{}>", "map<string,{}>")),
    *(f"struct<x:{kind},y:string>" for kind in VALUES if kind not in INTERVALS),
]
COLUMNS = [(f"c{index}", kind) for index, kind in enumerate(KINDS)]


def _value(kind: str, row: int) -> Any:
    container, _, inner = kind.partition("<")
    if not inner:
        return VALUES[kind][row % len(VALUES[kind])]
    for scalar, values in VALUES.items():
        if f"{container}<{inner}" in (f"array<{scalar}>", f"map<string,{scalar}>", f"struct<x:{scalar},y:string>"):
            one = values[row % len(values)]
            return {"array": [one, None], "map": {"k": one, "n": None}, "struct": (one, None)}[container]
    raise AssertionError(kind)


ROWS = [[_value(kind, row) for kind in KINDS] for row in range(2)] + [[None] * len(KINDS)]
#: Columns the client has an Arrow type for that holds the values above.
ARROW = [name for name, kind in COLUMNS if "json" not in kind and "decimal(38,0)" not in kind]
PLACES = [index for index, (name, _) in enumerate(COLUMNS) if name in ARROW]
PART = [[row[place] for place in PLACES] for row in ROWS]


@pytest.fixture(scope="module")
def table(service: Any) -> Iterator[Any]:
    """A table with a row of one value per type, one of others, and one of NULLs."""
    o = service.client()
    made = o.create_table("every_type", ", ".join(f"{name} {kind}" for name, kind in COLUMNS), if_not_exists=True)
    with made.open_writer(overwrite=True) as writer:
        writer.write(ROWS)
    yield made
    made.drop()


@pytest.fixture(scope="module")
def part(service: Any, table: Any) -> Iterator[Any]:
    """The columns of the table for which the client has Arrow types: one without keeps it from reading any."""
    o = service.client()
    o.execute_sql(f"create table arrow_types as select {', '.join(ARROW)} from {table.name}")
    yield o.get_table("arrow_types")
    o.delete_table("arrow_types")


def taken(records: Any) -> list[list[Any]]:
    return [[_plain(value) for value in record.values] for record in records]


def _plain(value: Any) -> Any:
    return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else plain(value)


def test_records(table: Any) -> None:
    with table.open_reader() as reader:
        assert taken(reader) == ROWS


def test_sql_copies_them(o: ODPS, table: Any, name: str) -> None:
    o.execute_sql(f"create table {name} as select * from {table.name}")
    copy = o.get_table(name)
    assert [str(column.type) for column in copy.table_schema] == [str(column.type) for column in table.table_schema]
    with copy.open_reader() as reader:
        assert taken(reader) == ROWS
    copy.drop()


def test_results_of_queries(o: ODPS, table: Any) -> None:
    with o.execute_sql(f"select * from {table.name}").open_reader(tunnel=True, limit=False) as reader:
        assert taken(reader) == ROWS


def test_arrow_there_and_back(o: ODPS, part: Any, name: str) -> None:
    with part.open_reader(arrow=True) as reader:
        sent = pa.Table.from_batches(list(reader))
    o.execute_sql(f"create table {name} like {part.name}")
    copy = o.get_table(name)
    with copy.open_writer(arrow=True) as writer:
        writer.write(sent)
    with copy.open_reader() as reader:
        assert taken(reader) == PART
    copy.drop()


def test_previews(part: Any) -> None:
    assert taken(part.head(3, use_legacy=False)) == PART


def test_arrow_results_of_queries(o: ODPS, table: Any) -> None:
    with o.execute_sql(f"select {', '.join(ARROW)} from {table.name}").open_reader(
        tunnel=True, limit=False, arrow=True
    ) as reader:
        found = pa.Table.from_batches(list(reader))
    assert found.num_rows == len(ROWS)
    assert [column for column in ARROW if found.column(column).null_count == 0] == []


def test_what_arrow_cannot_hold_is_refused_and_not_cut(o: ODPS, name: str) -> None:
    table = o.create_table(name, "v decimal(38,0)")
    with table.open_writer() as writer:
        writer.write([[one] for one in VALUES["decimal(38,0)"]])
    with table.open_reader(arrow=True) as reader, pytest.raises(errors.MethodNotAllowed, match="data loss"):
        list(reader)
    table.drop()


def test_whole_decimals_keep_their_scale(o: ODPS, name: str) -> None:
    """The client takes a scale of 0 for none given: both ends speak of 18 digits, and the values stay."""
    table = o.create_table(name, "v decimal(10,0)")
    with table.open_writer(arrow=True) as writer:
        writer.write(pa.table({"v": pa.array([Decimal(7), None], pa.decimal128(10, 0))}))
    with table.open_reader() as reader:
        assert [record[0] for record in reader] == [Decimal(7), None]
    with table.open_reader(arrow=True) as reader:
        assert pa.Table.from_batches(list(reader)).column(0).to_pylist() == [Decimal(7), None]
    table.drop()


def test_parts_of_microseconds_of_an_interval_are_refused_and_not_cut(o: ODPS, name: str) -> None:
    table = o.create_table(name, "v interval_day_time, w map<string,struct<s:array<interval_day_time>>>")
    fine, odd = pd.Timedelta(microseconds=7), pd.Timedelta(7, "ns")
    for row in ([odd, None], [None, {"k": ([fine, odd],)}]):
        with pytest.raises(errors.ODPSError, match="has nanoseconds"), table.open_writer() as writer:
            writer.write([row])
    with table.open_writer() as writer:
        writer.write([[fine, {"k": ([fine],)}]])
    with table.open_reader() as reader:
        assert [list(record.values) for record in reader] == [[fine, {"k": ([fine],)}]]
    table.drop()
