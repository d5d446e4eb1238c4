"""Python functions in every place a statement may call one."""

from __future__ import annotations

import pytest

ROWS = "FROM VALUES ('x', 1), ('y', 2), ('x', 3), ('y', null) AS t(k, a)"


@pytest.fixture
def functions(engine):
    engine.functions.add("plus", "scalar", ["bigint"], ["bigint"], lambda x: -1 if x is None else x + 1)
    engine.functions.add("total", "aggregate", ["bigint"], ["bigint"], lambda rows: sum(r[0] or 0 for r in rows))
    engine.functions.add("size_of", "aggregate", ["*"], ["bigint"], len)
    engine.functions.add("twice", "table", ["string", "bigint"], ["string", "bigint"],
                         lambda rows: [r for r in rows for _ in range(2)])  # fmt: skip
    return engine


def test_scalar_sees_null(functions) -> None:
    assert functions.column(f"SELECT plus(a) {ROWS}") == [2, 3, 4, -1]


def test_nested(functions) -> None:
    assert functions.column(f"SELECT plus(plus(a)) {ROWS}") == [3, 4, 5, 0]
    assert functions.value(f"sum(plus(a)) {ROWS}") == 8
    assert functions.value(f"total(plus(a)) {ROWS}") == 8


def test_in_every_clause(functions) -> None:
    assert functions.column(f"SELECT a {ROWS} WHERE plus(a) > 2") == [2, 3]
    rows = functions.rows(f"SELECT plus(a) % 2 AS odd, count(1) AS n {ROWS} GROUP BY plus(a) % 2")
    assert sorted(rows) == [(-1, 1), (0, 2), (1, 1)]
    assert functions.column(f"SELECT a {ROWS} ORDER BY plus(a) DESC LIMIT 9") == [3, 2, 1, None]
    assert sorted(functions.rows(f"SELECT k, total(a) AS s {ROWS} GROUP BY k HAVING total(a) > 2")) == [("x", 4)]


def test_aggregate_alone_grouped_distinct_and_over_a_window(functions) -> None:
    assert functions.value(f"total(a) {ROWS}") == 6
    assert functions.value(f"total(a) {ROWS} WHERE a > 100") == 0
    assert functions.value("size_of(DISTINCT x, 1) FROM VALUES (1), (1), (2) AS t(x)") == 2
    assert sorted(functions.rows(f"SELECT k, total(a) AS s {ROWS} GROUP BY k")) == [("x", 4), ("y", 2)]
    window = functions.rows(f"SELECT a, total(a) OVER (PARTITION BY k) AS s {ROWS}")
    assert sorted(window, key=str) == [(1, 4), (2, 2), (3, 4), (None, 2)]


def test_a_function_with_side_effects_runs_once_per_row(functions) -> None:
    """SQRT's translation tests its argument first; the argument must still be computed once."""
    calls: list[int] = []

    def count(x: int) -> int:
        calls.append(x)
        return x

    functions.functions.add("seen", "scalar", ["bigint"], ["bigint"], count)
    assert functions.column("SELECT sqrt(seen(x)) FROM VALUES (4), (9) AS t(x)") == [2.0, 3.0]
    text = "SELECT cast(cast(seen(x) as string) as bigint) IN (4, 5) FROM VALUES (4), (9) AS t(x)"
    assert functions.column(text) == [True, False]
    assert sorted(calls) == [4, 4, 9, 9]


def test_table_function(functions) -> None:
    rows = functions.rows(f"SELECT twice(q.k, q.a) AS (key, value) FROM (SELECT k, a {ROWS} WHERE a > 1) q")
    assert sorted(rows) == [("x", 3), ("x", 3), ("y", 2), ("y", 2)]
    grouped = f"SELECT key, sum(value) AS s FROM (SELECT twice(k, a) AS (key, value) {ROWS}) q GROUP BY key"
    assert sorted(functions.rows(grouped)) == [("x", 8), ("y", 4)]


def test_distribute_by_keeps_a_key_in_one_sorted_stream(functions) -> None:
    streams: list[list[tuple]] = []

    def collect(rows):
        streams.append(list(rows))
        return streams[-1]

    functions.functions.add("collect", "table", ["bigint", "bigint"], ["bigint", "bigint"], collect)
    functions.run("CREATE TABLE t AS SELECT x % 7 AS k, -x AS v FROM (SELECT explode(sequence(1, 100)) AS x) q")
    functions.run("SELECT collect(k, v) AS (k, v) FROM (SELECT k, v FROM t DISTRIBUTE BY k SORT BY k, v DESC) q")
    assert len(streams) == 2
    keys = [{k for k, _ in s} for s in streams]
    assert not keys[0] & keys[1]
    assert sum(len(s) for s in streams) == 100
    assert all(s == sorted(s, key=lambda r: (r[0], -r[1])) for s in streams)


def test_the_function_s_own_error_comes_through(functions) -> None:
    def fail(x: int) -> int:
        raise LookupError(f"no {x}")

    functions.functions.add("fail", "scalar", ["bigint"], ["bigint"], fail)
    functions.functions.add("fail_all", "table", ["bigint"], ["bigint"], lambda rows: [fail(r[0]) for r in rows])
    with pytest.raises(LookupError, match="no 7"):
        functions.value("fail(7)")
    with pytest.raises(LookupError, match="no 7"):
        functions.rows("SELECT fail_all(x) AS y FROM VALUES (7) AS t(x)")
    assert functions.value("plus(1)") == 2


def test_many_rows_in_many_batches(functions) -> None:
    functions.run("CREATE TABLE big AS SELECT x FROM (SELECT explode(sequence(1, 200000)) AS x) q")
    functions.functions.add("same", "table", ["bigint"], ["bigint"], lambda rows: rows)
    assert functions.rows("SELECT count(1) AS n, sum(y) AS s FROM (SELECT same(x) AS y FROM big) q") == [
        (200000, 20000100000)
    ]
