"""The tables that programs read: small, the same everywhere, with NULLs, many scripts, dates, decimals, collections."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pandas as pd
from odps.df import DataFrame
from odps.df.backends.odpssql.types import odps_schema_to_df_schema
from odps.models import TableSchema


@dataclass(frozen=True)
class Source:
    """A table of ``(name, MaxCompute type)`` columns and its rows; None is NULL."""

    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[Any, ...], ...]

    @property
    def schema(self) -> TableSchema:
        names, types = zip(*self.columns, strict=True)
        return TableSchema.from_lists(names, types)

    def pandas(self) -> DataFrame:
        """PyODPS's DataFrame over a pandas frame of these rows."""
        values = zip(*self.rows, strict=True) if self.rows else ((),) * len(self.columns)
        columns = {name: _series(kind, column) for (name, kind), column in zip(self.columns, values, strict=True)}
        return DataFrame(pd.DataFrame(columns), schema=odps_schema_to_df_schema(self.schema))


def _series(kind: str, values: tuple[Any, ...]) -> pd.Series[Any]:
    if kind in ("bigint", "double"):
        whole = kind == "bigint" and None not in values
        return pd.Series(values, dtype="int64" if whole else "float64")
    if kind == "datetime":
        return pd.Series(values, dtype="datetime64[ns]")
    if kind == "boolean" and None not in values:
        return pd.Series(values, dtype="bool")
    return pd.Series(values, dtype=object)


def source(columns: str, *rows: tuple[Any, ...]) -> Source:
    """``source("id bigint, name string", (1, "a"), ...)``."""
    depth, text = 0, ""
    for letter in columns:
        depth += (letter in "<(") - (letter in ">)")
        text += ";" if letter == "," and not depth else letter
    pairs = [column.strip().split(" ", 1) for column in text.split(";")]
    return Source(tuple((name, kind) for name, kind in pairs), rows)


SOURCES = {
    # One row a person; the NULLs stand in columns of their own, so that a program can choose to meet them.
    "people": source(
        "id bigint, name string, city string, age bigint, height double, member boolean, joined datetime, "
        "score double, points bigint, nickname string",
        (1, "Ada", "London", 36, 1.65, True, datetime(2019, 1, 31, 8, 30), 9.5, 120, "countess"),
        (2, "Bo", "Malmö", 25, 1.82, False, datetime(2020, 2, 29, 23, 59, 59), None, 15, None),
        (3, "陈晨", "杭州", 41, 1.70, True, datetime(2021, 12, 31), 7.25, None, "晨晨"),
        (4, "Dmitri", "London", 25, 1.78, False, datetime(2020, 7, 1, 12), -2.5, 40, "Mitya"),
        (5, "Eve", "杭州", 19, 1.60, True, datetime(2022, 3, 15, 6, 7, 8), 7.25, 0, ""),
        (6, "Fatima", "Malmö", 52, 1.58, True, datetime(2018, 10, 10, 10, 10, 10), 3.0, 88, "fa fa"),
        (7, "Gus", "London", 33, 1.90, False, datetime(2021, 1, 1), None, 40, None),
        (8, "Hanna", "Oslo", 47, 1.73, True, datetime(2019, 6, 30, 18, 45), 4.75, None, "H"),
    ),
    # Customer 99 is not among the people; Hanna has no order.
    "orders": source(
        "order_id bigint, person_id bigint, product string, quantity bigint, price double, ordered datetime",
        (101, 1, "pen", 3, 1.5, datetime(2023, 1, 5, 9)),
        (102, 1, "ink", 1, 12.25, datetime(2023, 1, 9, 17, 30)),
        (103, 2, "pen", 10, 1.5, datetime(2023, 2, 1)),
        (104, 3, "paper", 5, 4.0, datetime(2023, 2, 14, 14)),
        (105, 4, "ink", 2, 11.75, datetime(2023, 3, 31, 23)),
        (106, 5, "pen", 1, 1.75, datetime(2023, 3, 31, 23)),
        (107, 6, "lamp", 1, 49.0, datetime(2023, 4, 2, 8)),
        (108, 6, "paper", 2, 4.0, datetime(2023, 4, 2, 8, 1)),
        (109, 7, "lamp", 1, 45.5, datetime(2023, 5, 20)),
        (110, 99, "pen", 4, 1.5, datetime(2023, 6, 6)),
    ),
    "numbers": source(
        "id bigint, i bigint, j bigint, x double, y double, unit double, b boolean, c boolean",
        (1, 7, 2, 2.5, 0.5, 0.25, True, False),
        (2, -7, 2, -2.5, 1.5, -0.5, False, False),
        (3, 0, 5, 0.0, 2.0, 0.0, True, True),
        (4, 12, -5, 1.005, 3.25, 0.75, False, True),
        (5, 100, 3, 99.995, -4.0, -1.0, True, False),
        (6, -1, 1, -0.125, 10.0, 1.0, False, False),
    ),
    "prices": source(
        "id bigint, label string, amount decimal(20,4), rate decimal(10,2)",
        (1, "a", Decimal("10.2500"), Decimal("1.10")),
        (2, "b", Decimal("-3.0001"), Decimal("0.05")),
        (3, "a", Decimal("123456789012.3456"), Decimal("2.00")),
        (4, "b", Decimal("0.0000"), Decimal("99.99")),
    ),
    "texts": source(
        "id bigint, s string, t string, pairs string, number string",
        (1, "Hello World", "world", "a=1,b=2", "12"),
        (2, "  padded  ", "pad", "c=3", "-7"),
        (3, "MaxCompute", "max", "a=10", "3"),
        (4, "日本語 テキスト", "語", "b=5,c=6", "0"),
        (5, "abc123def456", "123", "a=7,b=8,c=9", "456"),
        (6, "snake_case-kebab.dot", "_", "x=0", "1000"),
    ),
    "words": source(
        "id bigint, w string",
        (1, "abc"),
        (2, "ABC"),
        (3, "Abc Def"),
        (4, "123"),
        (5, "a1"),
        (6, "   "),
        (7, "é"),
        (8, "中文"),
        (9, "a b"),
    ),
    "moments": source(
        "id bigint, at datetime, until datetime, seconds bigint, text string, day string",
        (
            1,
            datetime(2020, 2, 29, 12, 34, 56),
            datetime(2020, 3, 1, 12, 34, 56),
            1582979696,
            "2020-02-29 12:34:56",
            "20200229",
        ),
        (2, datetime(2021, 1, 1), datetime(2021, 1, 1, 0, 0, 1), 1609459200, "2021-01-01 00:00:00", "20210101"),
        (
            3,
            datetime(2021, 12, 31, 23, 59, 59),
            datetime(2022, 12, 31, 23, 59, 59),
            1640995199,
            "2021-12-31 23:59:59",
            "20211231",
        ),
        (4, datetime(1999, 6, 15, 6, 7, 8), datetime(1999, 6, 14), 929426828, "1999-06-15 06:07:08", "19990615"),
        (5, datetime(2024, 3, 31), datetime(2024, 4, 30), 1711843200, "2024-03-31 00:00:00", "20240331"),
    ),
    # In force until a day that never comes.
    "contracts": source(
        "id bigint, begins datetime, ends datetime, last date",
        (1, datetime(1986, 5, 4, 12), datetime(2024, 1, 31), date(2024, 1, 31)),
        (2, datetime(2024, 2, 29, 23, 59, 59), datetime(9999, 12, 31), date(9999, 12, 31)),
        (3, datetime(1937, 6, 1), datetime(2300, 1, 1, 0, 0, 1), date(2300, 1, 1)),
    ),
    "days": source(
        "id bigint, d date",
        (1, date(2020, 2, 29)),
        (2, date(1999, 12, 31)),
        (3, date(2024, 7, 1)),
    ),
    "baskets": source(
        "id bigint, tags array<string>, sizes array<bigint>, stock map<string,bigint>",
        (1, ["red", "blue"], [3, 1, 2], {"a": 1, "b": 2}),
        (2, ["green"], [5], {"b": 20}),
        (3, ["red", "red", "gold"], [7, 7], {"a": 3, "c": 4, "d": 5}),
    ),
    # Nobody lives in Bergen, and Oslo, where Hanna lives, is missing.
    "cities": source(
        "city string, country string, population bigint",
        ("London", "UK", 8900000),
        ("Malmö", "Sweden", 360000),
        ("杭州", "China", 12000000),
        ("Bergen", "Norway", 290000),
    ),
    "pairs": source(
        "a bigint, b string",
        (1, "x"),
        (2, "y"),
        (2, "y"),
        (3, "z"),
        (3, "z"),
        (3, "z"),
    ),
    "marks": source(
        "who string, subject string, score double, weight bigint",
        ("Ann", "art", 1.5, 1),
        ("Ann", "law", 2.0, 2),
        ("Bob", "art", 3.0, 3),
        ("Bob", "law", 4.5, 1),
        ("Cid", "art", 0.5, 5),
    ),
    "gaps": source(
        "who string, a double, b double, c bigint",
        ("Ann", 1.0, 2.5, 1),
        ("Bob", None, 3.5, 2),
        ("Cid", None, None, None),
        ("Dan", 4.0, None, 7),
    ),
    "lines": source(
        "n bigint, line string",
        (1, "a b a"),
        (2, "b c"),
        (3, "c"),
        (4, "a c c"),
        (5, ""),
    ),
    # Letters that SQL, XML and CSV have a meaning for.
    "odd": source(
        "id bigint, s string",
        (1, "it's"),
        (2, 'say "hi"'),
        (3, "back\\slash"),
        (4, "new\nline"),
        (5, "tab\there"),
        (6, "100% a_b"),
        (7, "\U0001f600 \U0001f389é"),
        (8, ""),
        (9, None),
        (10, "semi;colon -- /* @x */ `t` $1 <&> {0} %s"),
        (11, "\\N"),
        (12, "NULL"),
        (13, "a,b|c"),
    ),
    "keywords": source(
        "select bigint, from string, order bigint, group string, table double, where string, end bigint, date string, "
        "interval bigint, case bigint, text string, time string, all bigint, distinct string",
        (1, "a", 3, "x", 0.5, "p", 7, "2024", 1, 0, "t1", "m1", 2, "u"),
        (2, "b", 2, "x", 1.5, "q", 8, "2025", 2, 1, "t2", "m2", 4, "v"),
        (3, "a", 1, "y", 2.5, "p", 9, "2024", 3, 0, "t3", "m3", 6, "u"),
    ),
    "empty": source("id bigint, name string, x double, t datetime, b boolean"),
    # Columns of NULL only.
    "blank": source(
        "id bigint, n bigint, x double, s string, t datetime",
        (1, None, None, None, None),
        (2, None, None, None, None),
    ),
}
