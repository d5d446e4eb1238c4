"""What else runs Python functions over rows: each takes a frame and gives what the bare loop gives."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from multiprocessing import get_context
from types import ModuleType
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
from duckdb.func import PythonUDFType
from odps.df import DataFrame

#: What takes minutes for a million rows.
SLOW = frozenset(["PyODPS on pandas, in this process", "Dask, processes"])
_CHUNKS = 16
Run = Callable[[pd.DataFrame], Any]


def of(program: str, function: Callable[[float], float], functions: ModuleType) -> dict[str, Run]:
    """The rivals for one program by their names.

    Args:
        program: its name.
        function: what a program over single values calls.
        functions: the module of the benchmark, with the functions of the other programs.
    """
    f = functions
    found: dict[str, Run] = {}
    if program.startswith("scalar map"):
        found["PyODPS on pandas, in this process"] = lambda frame: _frame(frame).a.map(function).to_pandas().tolist()
        found["DuckDB Arrow function, in process"] = lambda frame: _duckdb_scalar(frame, function)
        found["ProcessPoolExecutor"] = lambda frame: _pool(_Each(function), frame.a.tolist())
    elif program.startswith("apply"):
        found["PyODPS on pandas, in this process"] = lambda frame: _tuples(
            _frame(frame)[["a", "b", "c", "d"]].apply(f.row, axis=1)
        )
        found["DuckDB Arrow function, in process"] = lambda frame: _duckdb_rows(frame, f)
    elif program.startswith("aggregate"):
        found["PyODPS on pandas, in this process"] = lambda frame: (
            f._mean(_frame(frame)).sort_values("k").to_pandas().m.tolist()
        )
        found["DuckDB Arrow function, in process"] = lambda frame: _duckdb_groups(frame, f.Mean())
    else:
        found["PyODPS on pandas, in this process"] = lambda frame: sorted(_tuples(f._count(_frame(frame)[["s"]])))
        found["ProcessPoolExecutor"] = lambda frame: _pool_words(frame, f)
    if importlib.util.find_spec("pyspark") is not None and program.startswith("scalar map"):
        found["PySpark local[2], Arrow function"] = lambda frame: _spark(frame, function)
    if importlib.util.find_spec("dask") is not None and program.startswith("scalar map"):
        found["Dask, processes"] = lambda frame: _dask(frame, function)
    return found


class _Each:
    """A function over a list; a class, so that it can be sent to a process."""

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function

    def __call__(self, values: list[Any]) -> list[Any]:
        return [self._function(value) for value in values]


def _frame(frame: pd.DataFrame) -> Any:
    return DataFrame(frame)


def _tuples(collection: Any) -> list[tuple[Any, ...]]:
    return list(collection.to_pandas().itertuples(index=False, name=None))


@cache
def _processes() -> ProcessPoolExecutor:
    # Forked, so that it need not import this script again: the best case for it.
    return ProcessPoolExecutor(2, mp_context=get_context("fork"))


def _pool(function: Callable[[list[Any]], list[Any]], values: list[Any]) -> list[Any]:
    step = -(-len(values) // _CHUNKS)
    parts = [values[at : at + step] for at in range(0, len(values), step)]
    return [value for part in _processes().map(function, parts) for value in part]


def _words(texts: list[str]) -> list[tuple[str, int]]:
    # The decorated function cannot be pickled under its name: the process that was forked has it already.
    f = sys.modules["__main__"]
    return [pair for text in texts for pair in f.mapper._func(f.Text(text))]


def _pool_words(frame: pd.DataFrame, f: ModuleType) -> Any:
    pairs = _pool(_words, frame.s.tolist())
    pairs.sort()
    totals: list[tuple[str, int]] = []
    handle, previous = None, None
    for pair in map(f.Pair._make, pairs):
        changed = previous is None or previous.word != pair.word
        if previous is not None and handle is not None:
            totals.extend(handle(previous, changed))
        if changed:
            handle = f.reducer._func(pair)
        previous = pair
    totals.extend(handle(previous, True) if handle is not None else ())
    return totals


@contextmanager
def _duckdb(frame: pd.DataFrame) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 2}) as connection:
        connection.register("bench", pa.Table.from_pandas(frame, preserve_index=False))
        yield connection


def _duckdb_scalar(frame: pd.DataFrame, function: Callable[[float], float]) -> list[float]:
    with _duckdb(frame) as connection:
        connection.create_function(
            "f",
            lambda column: pa.array([function(value) for value in column.to_pylist()]),
            ["DOUBLE"],
            "DOUBLE",
            type=PythonUDFType.ARROW,
        )
        return _column(connection.sql("SELECT f(a) AS x FROM bench"))


def _duckdb_rows(frame: pd.DataFrame, f: ModuleType) -> list[tuple[Any, ...]]:
    def rows(a: Any, b: Any, c: Any, d: Any) -> pa.Array:
        made = [f.row._func(record) for record in map(f.Row, *(column.to_pylist() for column in (a, b, c, d)))]
        x, y = zip(*made, strict=True)
        return pa.StructArray.from_arrays([pa.array(x), pa.array(y)], names=["x", "y"])

    with _duckdb(frame) as connection:
        connection.create_function("f", rows, ["DOUBLE"] * 4, "STRUCT(x DOUBLE, y DOUBLE)", type=PythonUDFType.ARROW)
        table = connection.sql("SELECT r.x, r.y FROM (SELECT f(a, b, c, d) AS r FROM bench)").to_arrow_table()
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _duckdb_groups(frame: pd.DataFrame, mean: Any) -> list[float]:
    def groups(lists: Any) -> pa.Array:
        found = []
        for values in lists.to_pylist():
            buffer = mean.buffer()
            for value in values:
                mean(buffer, value)
            found.append(mean.getvalue(buffer))
        return pa.array(found)

    with _duckdb(frame) as connection:
        connection.create_function("f", groups, ["DOUBLE[]"], "DOUBLE", type=PythonUDFType.ARROW)
        return _column(connection.sql("SELECT f(list(a)) AS m FROM bench GROUP BY k ORDER BY k"))


def _column(relation: duckdb.DuckDBPyRelation) -> list[Any]:
    values: list[Any] = relation.to_arrow_table().column(0).to_pylist()
    return values


def _spark(frame: pd.DataFrame, function: Callable[[float], float]) -> list[float]:
    functions = importlib.import_module("pyspark.sql.functions")
    session = importlib.import_module("pyspark.sql").SparkSession.builder.master("local[2]").getOrCreate()
    mapped = functions.pandas_udf(lambda column: pd.Series([function(value) for value in column]), "double")
    session.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")
    values: list[float] = session.createDataFrame(frame[["a"]]).select(mapped("a").alias("x")).toPandas().x.tolist()
    return values


def _dask(frame: pd.DataFrame, function: Callable[[float], float]) -> list[float]:
    dask = importlib.import_module("dask.dataframe")
    parts = dask.from_pandas(frame[["a"]], npartitions=_CHUNKS).a.map(function, meta=("x", np.float64))
    values: list[float] = parts.compute(scheduler="processes").tolist()
    return values
