"""What the real client compiles for its DataFrame expressions, run here and compared with its own pandas engine.

Nothing is sent anywhere: PyODPS compiles against a table object that has its schema already.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Iterator
from datetime import datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # PyODPS imports what its dependencies have deprecated
    from odps import ODPS, options
    from odps.df import DataFrame, Scalar
    from odps.df.backends.odpssql.engine import ODPSSQLEngine
    from odps.models import Table, TableSchema

ROWS = [
    # a, b, c, d, e, k, n, s
    (1, 1.5, "apple pie", datetime(2024, 1, 31, 10, 20, 30), True, "x", None, "one"),
    (2, -2.25, "Banana", datetime(2023, 12, 31, 23, 59, 59), False, "y", 2.5, None),
    (3, 0.1, "cherry 12", datetime(2024, 2, 29, 0, 0, 0), True, "x", -1.0, "two"),
    (4, 110.0, "date", datetime(2020, 7, 15, 12, 0, 1), False, "z", None, None),
    (5, 3.75, "Elder", datetime(2024, 1, 1, 0, 0, 0), True, "y", 7.0, "one"),
    (6, 0.0, "fig fig", datetime(2021, 3, 4, 5, 6, 7), False, "x", 0.5, "one"),
]
NAMES = ["a", "b", "c", "d", "e", "k", "n", "s"]
KINDS = ["bigint", "double", "string", "datetime", "boolean", "string", "double", "string"]

OTHER = [("x", 10), ("y", 20), ("w", 30)]


def _functions() -> SimpleNamespace:
    """Functions as a notebook defines them: pickled by value, since no worker could import this file."""

    class SumOfSquares:
        def buffer(self):
            return [0.0]

        def __call__(self, buffer, value):
            buffer[0] += value * value

        def merge(self, buffer, partial):
            buffer[0] += partial[0]

        def getvalue(self, buffer):
            return buffer[0]

    def add_one(value):
        return value + 1

    def two_columns(row):
        return row.a * 2, row.c.upper()

    def words(row):
        for word in row.c.split(" "):
            yield word.lower(), 1

    def count_words(keys):
        total = [0]

        def h(row, done):
            total[0] += row.n
            if done:
                yield keys[0], total[0]

        return h

    return SimpleNamespace(**locals())


FUNCTIONS = _functions()


def _word_count(t, _):
    return t.map_reduce(
        FUNCTIONS.words,
        FUNCTIONS.count_words,
        group="word",
        mapper_output_names=["word", "n"],
        mapper_output_types=["string", "int"],
        reducer_output_names=["word", "n"],
        reducer_output_types=["string", "int"],
    )


def _each(method: Callable[[Any, str], Any], name: str) -> Callable[[Any, Any], Any]:
    return lambda t, _: t[method(t, name).rename("v"), "a"]


PROGRAMS: dict[str, Callable[[Any, Any], Any]] = {
    # projection, filters, arithmetic
    "columns": lambda t, u: t["a", "b"],
    "add": lambda t, u: t[[(t.a + 1).rename("v")]],
    "arithmetic": lambda t, u: t[[(t.a * t.b - 2).rename("v"), (t.b / t.a).rename("w"), (-t.a).rename("n")]],
    "divide integers": lambda t, u: t[[(t.a / 4).rename("v")]],
    "floor divide": lambda t, u: t[[(t.a // 4).rename("v")]],
    "modulo": lambda t, u: t[[(t.a % 4).rename("v")]],
    "power": lambda t, u: t[[(t.a**2).rename("v"), (t.b.abs() ** 0.5).rename("w")]],
    "filter": lambda t, u: t[(t.a > 2) & (t.b < 50)]["a", "c"],
    "filter or": lambda t, u: t[(t.a > 5) | (t.c == "Banana")]["a", "c"],
    "filter not": lambda t, u: t[~t.e]["a", "e"],
    "filter twice": lambda t, u: t[t.a > 2][t.a < 6]["a",],
    "filter parts": lambda t, u: t.filter(t.a > 2, t.b > 0)["a",],
    "isin": lambda t, u: t[t.a.isin([1, 3, 9])]["a",],
    "notin": lambda t, u: t[t.a.notin([1, 3])]["a",],
    "isin strings": lambda t, u: t[t.c.isin(["date", "it's"])]["c",],
    "isin column": lambda t, u: t[t.k.isin(u.k)]["a", "k"],
    "ifelse": lambda t, u: t[(t.a > 3).ifelse("big", "small").rename("size"), "a"],
    "switch": lambda t, u: t[t.a.switch(1, "one", 2, "two", default="many").rename("w"), "a"],
    "switch conditions": lambda t, u: t[t.switch(t.a == 1, t.b, t.a == 2, t.b * 2, default=0.5).rename("w"), "a"],
    "cut": lambda t, u: t[t.a.cut([0, 2, 4, 6], labels=["l", "m", "h"]).rename("w"), "a"],
    "fillna": lambda t, u: t[t.n.fillna(-1.0).rename("v"), t.s.fillna("-").rename("w")],
    "isnull": lambda t, u: t[t.n.isnull().rename("v"), t.s.notnull().rename("w")],
    "exclude": lambda t, u: t.exclude("d", "e"),
    "select computed": lambda t, u: t[t.exclude("d"), (t.a + t.b).rename("total")],
    "scalar column": lambda t, u: t["a", Scalar(5).rename("five"), Scalar("it's").rename("text")],
    # casts
    "to int": lambda t, u: t[t.b.astype("int").rename("v"), "a"],
    "to float": lambda t, u: t[[t.a.astype("float").rename("v")]],
    "to string": lambda t, u: t[[t.a.astype("string").rename("v")]],
    # mathematics
    **{
        f"math {name}": _each(lambda t, name: getattr(t.b.abs() / 200, name)(), name)
        for name in ("sqrt", "sin", "cos", "tan", "sinh", "cosh", "tanh", "exp", "expm1", "log1p", "arcsin", "arccos",
                     "arctan", "abs", "ceil", "floor", "round", "radians", "degrees")
    },
    "log": lambda t, u: t[[(t.b.abs() + 1).log().rename("v"), (t.b.abs() + 1).log(2).rename("w"),
      t.a.log10().rename("x")]],
    "round digits": lambda t, u: t[(t.b / 7).round(2).rename("v"), "a"],
    # strings
    **{
        f"string {name}": _each(lambda t, name: getattr(t.c, name)(), name)
        for name in ("len", "lower", "upper", "capitalize", "title", "swapcase", "strip", "lstrip", "rstrip", "isalpha",
                     "isalnum", "isdigit", "islower", "isupper", "isspace", "istitle")
    },
    "string plus": lambda t, u: t[[(t.c + "_" + t.k).rename("v")]],
    "string contains": lambda t, u: t[t.c.contains("a").rename("v"), t.c.contains("an", regex=False).rename("w")],
    "string contains regex": lambda t, u: t[t.c.contains("[0-9]+").rename("v"), "a"],
    "string startswith": lambda t, u: t[t.c.startswith("a").rename("v"), t.c.endswith("e").rename("w")],
    "string find": lambda t, u: t[t.c.find("e").rename("v"), t.c.find("e", 3).rename("w"), t.c.rfind("e").rename("x")],
    "string get": lambda t, u: t[t.c.get(1).rename("v"), "a"],
    "string slice": lambda t, u: t[t.c[1:3].rename("v"), t.c[2:].rename("w"), t.c[-3:-1].rename("x")],
    "string replace": lambda t, u: t[t.c.replace("e", "E").rename("v"), "a"],
    "string repeat": lambda t, u: t[t.c.repeat(2).rename("v"), "a"],
    "string pad": lambda t, u: t[t.c.pad(10, fillchar="-").rename("v"), t.k.zfill(3).rename("w")],
    "string just": lambda t, u: t[t.c.ljust(12).rename("v"), t.c.rjust(12, "-").rename("w")],
    "string count": lambda t, u: t[t.c.count("e").rename("v"), "a"],
    "string extract": lambda t, u: t[t.c.extract("[a-z]+([0-9 ]+)", group=1).rename("v"), "a"],
    "string strip chars": lambda t, u: t[t.c.strip("ae").rename("v"), "a"],
    "string cat": lambda t, u: t[[t.c.cat(t.k, sep="/").rename("v")]],
    "string strptime": lambda t, u: t[[t.a.astype("string").strptime("%d").day.rename("v")]],
    # dates
    **{
        f"date {name}": _each(lambda t, name: getattr(t.d, name), name)
        for name in ("year", "month", "day", "hour", "minute", "second", "weekday")
    },
    "date strftime": lambda t, u: t[t.d.strftime("%Y/%m/%d").rename("v"), "a"],
    "date unix": lambda t, u: t[t.d.unix_timestamp.rename("v"), "a"],
    # aggregates
    "sum": lambda t, u: t.b.sum(),
    "sum of integers": lambda t, u: t.a.sum(),
    "mean": lambda t, u: t.b.mean(),
    "count": lambda t, u: t.count(),
    "count column": lambda t, u: t.b.count(),
    "min max": lambda t, u: t[t.b.min().rename("lo"), t.b.max().rename("hi"), t.c.min().rename("c")],
    "std": lambda t, u: t.b.std(),
    "std population": lambda t, u: t.b.std(ddof=0),
    "var": lambda t, u: t.b.var(),
    "median": lambda t, u: t.b.median(),
    "quantile": lambda t, u: t.b.quantile(0.25),
    "nunique": lambda t, u: t.k.nunique(),
    "any all": lambda t, u: t[t.e.any().rename("x"), t.e.all().rename("y")],
    "boolean sum": lambda t, u: t.e.sum(),
    "cat": lambda t, u: t.k.cat(sep=","),
    "several": lambda t, u: t[t.b.sum().rename("s"), t.b.mean().rename("m"), t.a.count().rename("n"),
      t.n.count().rename("o"), t.n.sum().rename("p")],
    "groupby": lambda t, u: t.groupby("k").agg(s=t.b.sum(), n=t.a.count(), lo=t.c.min()),
    "groupby several": lambda t, u: t.groupby(["k", "e"]).agg(s=t.a.sum()),
    "groupby expression": lambda t, u: t.groupby((t.a % 2 == 0).rename("even")).agg(s=t.b.sum()),
    "groupby std": lambda t, u: t.groupby("k").agg(s=t.b.std(ddof=0), m=t.b.median(), n=t.c.nunique()),
    "groupby having": lambda t, u: t.groupby("k").agg(s=t.a.sum()).filter(lambda x: x.s > 6),
    "value counts": lambda t, u: t.k.value_counts(),
    # windows
    "window rank": lambda t, u: t["a", "k", t.groupby("k").sort("b").b.rank().rename("v")],
    "window row number": lambda t, u: t["a", "k", t.groupby("k").sort("b", ascending=False).row_number().rename("v")],
    "window dense rank": lambda t, u: t["a", t.groupby("e").sort("k").k.dense_rank().rename("v")],
    "window lag": lambda t, u: t["a", t.groupby("k").sort("a").b.lag(1).rename("v")],
    "window lead default": lambda t, u: t["a", t.groupby("k").sort("a").b.lead(1, default=0.5).rename("v")],
    "window running sum": lambda t, u: t["a", t.groupby("k").sort("a").b.cumsum().rename("v")],
    "window count": lambda t, u: t["a", t.groupby("k").sort("a").b.cumcount().rename("v")],
    # sets, sorting
    "sort": lambda t, u: t.sort("b")["a", "b"],
    "sort descending": lambda t, u: t.sort(["e", "b"], ascending=[False, True])["a", "e", "b"],
    "sort and head": lambda t, u: t.sort("b", ascending=False)[:3]["a", "b"],
    "distinct": lambda t, u: t.distinct("k", "e"),
    "distinct whole": lambda t, u: t["k",].distinct(),
    "unique": lambda t, u: t.k.unique(),
    "union": lambda t, u: t["k",].union(u["k",]),
    "concat rows": lambda t, u: t["a", "k"].concat(u[u.v.rename("a"), u.k]),
    # joins
    "inner join": lambda t, u: t.join(u, on="k")["a", "k", "v"],
    "left join": lambda t, u: t.left_join(u, on="k", merge_columns=True)["a", "k", "v"],
    "outer join": lambda t, u: t.outer_join(u, on="k", merge_columns=True)["a", "k", "v"],
    "right join": lambda t, u: t.right_join(u, on="k", merge_columns=True)["a", "k", "v"],
    "mapjoin": lambda t, u: t.join(u, on="k", mapjoin=True)["a", "v"],
    "join condition": lambda t, u: t.join(u, on=[t.k == u.k])["a", "v"],
    "join then group": lambda t, u: t.join(u, on="k")["k", "v"].groupby("k").agg(n=lambda x: x.v.sum()),
    # Python functions
    "map": lambda t, u: t[[t.a.map(FUNCTIONS.add_one).rename("v")]],
    "map lambda": lambda t, u: t[[t.b.map(lambda x: round(x * 2, 3)).rename("v")]],
    "map then sum": lambda t, u: t.b.map(lambda x: x * 2).sum(),
    "map of map": lambda t, u: t[[t.a.map(FUNCTIONS.add_one).map(FUNCTIONS.add_one).rename("v")]],
    "map to string": lambda t, u: t[[t.a.map(lambda x: f"n{x}", "string").rename("v")]],
    "map in filter": lambda t, u: t[t.a.map(lambda x: x % 2 == 0, "boolean")]["a",],
    "map in group": lambda t, u: t.groupby(t.a.map(lambda x: x % 2).rename("odd")).agg(s=t.b.sum()),
    "map of null": lambda t, u: t[[t.s.map(lambda x: "none" if x is None else x).rename("v")]],
    "apply row": lambda t, u: t.apply(FUNCTIONS.two_columns, axis=1, names=["x", "y"], types=["int", "string"]),
    "apply sorted": lambda t, u: t.apply(
        FUNCTIONS.two_columns, axis=1, names=["x", "y"], types=["int", "string"]
    ).sort(["x", "y"], ascending=[False, True])[:3],
    "apply reduce": lambda t, u: t.apply(lambda r: r.a + r.b, axis=1, reduce=True, types="float").rename("v"),
    "aggregate": lambda t, u: t.b.agg(FUNCTIONS.SumOfSquares),
    "aggregate in group": lambda t, u: t.groupby("k").agg(s=t.b.agg(FUNCTIONS.SumOfSquares)),
    "aggregate of map": lambda t, u: t.b.map(lambda x: x + 1).agg(FUNCTIONS.SumOfSquares),
    "map reduce": _word_count,
}  # fmt: skip


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Pandas takes times for those of this machine, the engine of these tests for those of UTC."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture(scope="module")
def client() -> Iterator[ODPS]:
    old = options.sql.settings, options.sql.use_odps2_extension
    options.sql.settings = {"odps.namespace.schema": "false"}
    options.sql.use_odps2_extension = False
    yield ODPS("id", "secret", project="p", endpoint="http://127.0.0.1:1/api")
    options.sql.settings, options.sql.use_odps2_extension = old


def _source(client: ODPS, name: str, names: list[str], kinds: list[str]) -> DataFrame:
    schema = TableSchema.from_lists(names, kinds)
    project = client.get_project()
    table = Table(name=name, parent=project.tables, client=client.rest, table_schema=schema)
    return DataFrame(table)


def _fill(engine, name: str, names: list[str], kinds: list[str], rows: list[tuple[Any, ...]]) -> None:
    engine.run(f"CREATE TABLE {name} ({', '.join(f'{n} {k}' for n, k in zip(names, kinds, strict=True))})")
    table = engine.table(name).physical
    engine.connection.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(names))})", rows).fetchall()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, pd.Timestamp):
        return value.to_pydatetime()
    if hasattr(value, "item"):
        value = value.item()
    return round(value, 9) if isinstance(value, float) else value


def _normal(rows: list[tuple[Any, ...]], ordered: bool) -> list[tuple[Any, ...]]:
    plain = [tuple(map(_plain, row)) for row in rows]
    return plain if ordered else sorted(plain, key=lambda r: [(v is not None, str(v)) for v in r])


def _compiled(client: ODPS, engine, expression) -> str:
    backend = ODPSSQLEngine(client)
    node = next(n for n in backend.compile(expression).nodes() if hasattr(n, "_sql"))
    sql = node._sql()
    context = backend._ctx
    for function, source in context._func_to_udfs.items():
        engine.functions.add_source(context._registered_funcs[function], source, "PyOdpsFunc")
    return "\n".join(sql) if isinstance(sql, list) else sql


def _pandas(expression) -> list[tuple[Any, ...]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # PyODPS's pandas engine uses deprecated pandas
        result = expression.execute()
    if not hasattr(result, "values") and not hasattr(result, "to_pandas"):
        return [(result,)]
    frame = result.to_pandas() if hasattr(result, "to_pandas") else result.values
    if isinstance(frame, pd.Series):
        frame = frame.to_frame()
    return list(frame.itertuples(index=False, name=None))


@pytest.mark.parametrize("name", PROGRAMS)
def test_agrees_with_pandas(client: ODPS, worker_engine, name: str) -> None:
    program = PROGRAMS[name]
    _fill(worker_engine, "t", NAMES, KINDS, ROWS)
    _fill(worker_engine, "u", ["k", "v"], ["string", "bigint"], OTHER)
    remote = program(_source(client, "t", NAMES, KINDS), _source(client, "u", ["k", "v"], ["string", "bigint"]))
    sql = _compiled(client, worker_engine, remote)
    local = program(
        DataFrame(pd.DataFrame(ROWS, columns=NAMES), as_type={"d": "datetime"}),
        DataFrame(pd.DataFrame(OTHER, columns=["k", "v"])),
    )
    ordered = name.startswith("sort")
    assert _normal(worker_engine.rows(sql), ordered) == _normal(_pandas(local), ordered), sql
