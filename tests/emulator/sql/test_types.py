"""Type names round trip, and each type has a DuckDB and an Arrow form that agree."""

from __future__ import annotations

import duckdb
import pyarrow as pa
import pytest

from odps_jupyter.emulator import types

NAMES = [
    "boolean", "tinyint", "smallint", "int", "bigint", "float", "double", "string", "varchar(10)", "char(3)", "binary",
    "date", "datetime", "timestamp", "timestamp_ntz", "json", "decimal(38,18)", "decimal(10,2)", "array<string>",
    "map<string,array<bigint>>", "struct<a:bigint,b:struct<c:decimal(5,0)>>",
]  # fmt: skip


@pytest.mark.parametrize("text", NAMES)
def test_round_trip(text: str) -> None:
    assert str(types.parse(text)) == text
    assert str(types.parse(text.upper().replace(",", ", "))) == text


@pytest.mark.parametrize("text", NAMES)
def test_duckdb_and_arrow_agree(text: str) -> None:
    kind = types.parse(text)
    with duckdb.connect(":memory:") as connection:
        table = connection.sql(f"SELECT CAST(NULL AS {types.to_duckdb(kind)}) AS c").to_arrow_table()
    assert table.column(0).cast(types.to_arrow(kind)).type == types.to_arrow(kind)


def test_decimal_without_sizes() -> None:
    assert str(types.parse("DECIMAL")) == "decimal(38,18)"
    assert types.to_arrow(types.parse("decimal")) == pa.decimal128(38, 18)


@pytest.mark.parametrize(
    "text", ["", "number", "array", "array<>", "map<string>", "struct<a>", "bigint bigint", "array<x"]
)
def test_not_a_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"MaxCompute type|element types|written name:type"):
        types.parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("decimal(50,2)", r"the precision of 'decimal\(50,2\)' is not between 1 and 38"),
        ("decimal(0,0)", "is not between 1 and 38"),
        ("decimal(5,6)", r"the scale of 'decimal\(5,6\)' is not between 0 and 5"),
        ("decimal(39,2)", "there is no DECIMAL256 here"),
        ("array<varchar(65536)>", "is not between 1 and 65535"),
        ("char(256)", r"the length of 'char\(256\)' is not between 1 and 255"),
    ],
)
def test_sizes_out_of_range(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        types.parse(text)
