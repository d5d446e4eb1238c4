"""Python functions in every place a statement may call one."""

from __future__ import annotations

import pyarrow as pa
import pytest

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql import pieces
from odps_jupyter.emulator.sql.dealt import Dealt
from odps_jupyter.emulator.sql.kept import Kept, kept
from odps_jupyter.emulator.sql.lifting import PARTS

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


def test_a_map_with_a_key_twice_is_refused_in_words_of_ours(functions) -> None:
    """A dict of Python has NaN as often as it was computed."""
    twice = [(float("nan"), 1), (float("nan"), 2)]
    functions.functions.add("doubled", "scalar", ["bigint"], ["map<double,bigint>"], lambda _: twice)
    with pytest.raises(OdpsError, match=r"ODPS-0121095: ?Invalid arguments - a map has the same key twice$"):
        functions.value("doubled(a) FROM VALUES (1) AS t(a)")


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
    functions.run("CREATE TABLE big (x bigint)")
    table = functions.catalog.table(None, None, "big").physical
    functions.connection.execute(f"INSERT INTO {table} FROM range(1, 70001)")
    functions.functions.add("same", "table", ["bigint"], ["bigint"], lambda rows: rows)
    assert functions.rows("SELECT count(1) AS n, sum(y) AS s FROM (SELECT same(x) AS y FROM big) q") == [
        (70000, 2450035000)
    ]


@pytest.fixture
def counted(functions):
    """``seen(x)`` answers x and notes its calls in the list that is given."""
    calls: list[int | None] = []

    def note(x):
        calls.append(x)
        return x

    functions.functions.add("seen", "scalar", ["bigint"], ["bigint"], note)
    functions.functions.add("most", "aggregate", ["bigint"], ["bigint"], lambda rows: max(note(r[0]) for r in rows))
    return functions, calls


THREE = "FROM VALUES (1, 10), (2, 20), (3, 30) AS t(a, b)"


@pytest.mark.parametrize(
    ("text", "rows", "calls"),
    [
        # Made for every row, and once where the same call stands twice.
        (f"seen(a) AS x, b, seen(a) + 1 AS y {THREE}", [(1, 10, 2), (2, 20, 3), (3, 30, 4)], [1, 2, 3]),
        (f"IF(seen(a) IS NULL OR seen(a) = 2, 0, seen(a)) AS x {THREE}", [(1,), (0,), (3,)], [1, 2, 3]),
        (f"seen(seen(a) * 10) AS x {THREE}", [(10,), (20,), (30,)], [1, 2, 3, 10, 20, 30]),
        (f"b {THREE} WHERE seen(a) >= 2", [(20,), (30,)], [1, 2, 3]),
        (f"count(1) AS n {THREE} WHERE b > 10 AND seen(a) > 2", [(1,)], [2, 3]),
        (f"sum(seen(a)) AS s, max(b) AS m {THREE}", [(6, 30)], [1, 2, 3]),
        (f"seen(a) AS x, count(1) AS n {THREE} GROUP BY seen(a) ORDER BY x", [(1, 1), (2, 1), (3, 1)], [1, 2, 3]),
        (f"seen(a) AS x, rank() OVER (ORDER BY b DESC) AS r {THREE} ORDER BY x", [(1, 3), (2, 2), (3, 1)], [1, 2, 3]),
        (f"seen(a) AS x {THREE} UNION ALL SELECT seen(b) AS x {THREE}", [(1,), (2,), (3,), (10,), (20,), (30,)],
         [1, 2, 3, 10, 20, 30]),
        (f"a IN (SELECT seen(b) - 9 {THREE}) AS x {THREE}", [(True,), (False,), (False,)], [10, 20, 30]),
        # Made only for the rows that need it.
        (f"IF(a > 1, seen(a), 0) AS x {THREE}", [(0,), (2,), (3,)], [2, 3]),
        (f"CASE a WHEN 2 THEN seen(a) ELSE b END AS x {THREE}", [(10,), (2,), (30,)], [2]),
        (f"coalesce(IF(a = 2, NULL, a), seen(b)) AS x {THREE}", [(1,), (20,), (3,)], [20]),
        (f"seen(a) AS x {THREE} WHERE b > 10", [(2,), (3,)], [2, 3]),
        (f"seen(a) AS x {THREE} LIMIT 2", [(1,), (2,)], [1, 2]),
        # Aggregates, with what stands beside and around them.
        (f"b % 20 AS k, most(a) * 2 + count(1) AS x {THREE} GROUP BY b % 20 ORDER BY k", [(0, 5), (10, 8)], [1, 2, 3]),
        (f"b % 20 AS k {THREE} GROUP BY b % 20 HAVING most(a) > 2 AND most(a) < 9", [(10,)], [1, 2, 3]),
        (f"most(seen(a)) AS x {THREE} WHERE a < 3", [(2,)], [1, 1, 2, 2]),
    ],
)  # fmt: skip
def test_calls_are_made_once_and_only_where_they_are_needed(counted, text, rows, calls) -> None:
    engine, made = counted
    assert engine.rows(f"SELECT {text}") == rows
    assert sorted(made) == calls


def test_results_of_large_batches_stay_beside_their_rows(functions) -> None:
    functions.run("CREATE TABLE big (x bigint, s string)")
    table = functions.catalog.table(None, None, "big").physical
    functions.connection.execute(f"INSERT INTO {table} SELECT i, i::VARCHAR FROM range(1, 40001) AS t(i)")
    functions.functions.add("same", "table", ["bigint"], ["bigint"], lambda rows: rows)
    expected = list(range(2, 40_002))
    assert functions.rows("SELECT plus(x), s FROM big") == [(x, str(x - 1)) for x in expected]
    assert functions.column("SELECT same(plus(x)) AS y FROM big") == expected
    functions.run("CREATE TABLE made AS SELECT plus(x) AS y FROM big")
    assert functions.column("SELECT y FROM made") == expected
    groups = functions.rows("SELECT s % 7 AS k, total(x) AS t FROM big GROUP BY s % 7 ORDER BY k")
    assert groups == [(k, sum(range(k or 7, 40_001, 7))) for k in range(7)]


def test_rows_beyond_the_bound_lie_on_disk_and_are_the_same(tmp_path) -> None:
    schema = pa.schema([pa.field("a", pa.int64()), pa.field("s", pa.string())])
    batches = [pa.record_batch({"a": [i, None], "s": [str(i), ""]}) for i in range(50)]
    with Kept(schema, str(tmp_path), memory=100) as found:
        for batch in batches:
            found.add(batch)
        rows = found.rows()
    assert list(tmp_path.iterdir()) == []
    assert [b.num_rows for b in rows.table.to_batches()] == [2] * 50
    assert rows.table == kept(batches, schema, None).table
    # Read again after the file's pages were given back, and while another reads them.
    other = rows.batches()
    first = next(other)
    for _ in range(2):
        assert pa.RecordBatchReader.from_stream(rows).read_all() == rows.table
    assert pa.Table.from_batches([first, *other]) == rows.table


def test_rows_of_a_key_are_in_one_part_and_all_parts_are_read(tmp_path) -> None:
    schema = pa.schema([pa.field("k", pa.int64()), pa.field("s", pa.string()), pa.field("part", pa.uint8())])
    batches = [
        pa.record_batch({"k": [i, None], "s": [str(i), ""], "part": pa.array([i % PARTS, 3], pa.uint8())})
        for i in range(50)
    ]
    found = {}
    for memory in (100, 1 << 20):
        with Dealt(schema, str(tmp_path), PARTS, memory) as dealt:
            for batch in batches:
                dealt.add(pa.RecordBatch.from_arrays(batch.columns, schema=schema))
            parts = [part.table.to_pylist() for part in dealt.parts()]
        assert list(tmp_path.iterdir()) == []
        found[memory] = sorted((row for part in parts for row in part), key=repr)
        if memory == 100:
            assert [{row["part"] for row in part} for part in parts] == [{number} for number in range(PARTS)]
        else:
            assert len(parts) == 1
    assert found[100] == found[1 << 20]
    assert len(found[100]) == 100


SUMS = """
from odps.udf import BaseUDAF, annotate

@annotate("bigint,string->string")
class Sums(BaseUDAF):
    def new_buffer(self):
        return [0, 0, "", 0]

    def iterate(self, buffer, number, text):
        buffer[:3] = buffer[0] + (number or 0), buffer[1] + 1, max(buffer[2], text or "")

    def merge(self, buffer, other):
        buffer[:] = buffer[0] + other[0], buffer[1] + other[1], max(buffer[2], other[2]), buffer[3] + 1

    def terminate(self, buffer):
        return "%d of %d, %s, %d buffers" % tuple(buffer)
"""


def test_a_group_too_large_for_one_list_comes_in_pieces(worker_engine) -> None:
    worker_engine.functions.add_source("sums", SUMS, "Sums")
    worker_engine.run("CREATE TABLE big (k STRING, x BIGINT, s STRING, d ARRAY<DOUBLE>)")
    many = pieces.ROWS + 1000
    # One key has nearly all rows; one has a row, one none with a value, and one is NULL.
    worker_engine.connection.execute(
        f"INSERT INTO {worker_engine.table('big').physical} SELECT "
        f"CASE i - {many} WHEN 0 THEN 'one' WHEN 1 THEN 'none' WHEN 2 THEN NULL ELSE 'most' END, "
        f"CASE WHEN i <> {many} + 1 THEN i END, 'text ' || i, [0.5, i] FROM range({many} + 3) t(i)"
    )
    total, last = sum(range(many)), max(f"text {i}" for i in range(many))
    assert worker_engine.rows(
        "SELECT k, sums(x, s) AS a, sum(x) AS b, count(*) AS c, max(d)[1] AS d, sums(x + 1, '') AS e "
        "FROM big GROUP BY k HAVING length(sums(x, s)) > 3 ORDER BY k"
    ) == [
        (
            None,
            f"{many + 2} of 1, text {many + 2}, 1 buffers",
            many + 2,
            1,
            many + 2.0,
            f"{many + 3} of 1, , 1 buffers",
        ),
        (
            "most",
            f"{total} of {many}, {last}, 4 buffers",
            total,
            many,
            many - 1.0,
            f"{total + many} of {many}, , 4 buffers",
        ),
        ("none", f"0 of 1, text {many + 1}, 1 buffers", None, 1, many + 1.0, "0 of 1, , 1 buffers"),
        ("one", f"{many} of 1, text {many}, 1 buffers", many, 1, float(many), f"{many + 1} of 1, , 1 buffers"),
    ]
    # All rows as one group; DISTINCT, which needs the whole list; a group that WHERE leaves nothing of.
    assert worker_engine.rows(
        "SELECT sums(x, url_decode(s)) AS a, count(DISTINCT k) AS b FROM big WHERE k = 'most'"
    ) == [(f"{total} of {many}, {last}, 4 buffers", 1)]
    assert worker_engine.rows("SELECT sums(DISTINCT x % 3, k) AS a FROM big WHERE k = 'most'") == [
        ("3 of 3, most, 2 buffers",)
    ]
    assert worker_engine.rows("SELECT sums(x, s) AS a, count(*) AS b FROM big WHERE k = 'no'") == [
        ("0 of 0, , 0 buffers", 0)
    ]
    assert worker_engine.rows("SELECT 1 AS a FROM big GROUP BY k HAVING sums(x, s) LIKE '0 of%'") == [(1,)]


def test_windows_over_what_functions_answer(engine) -> None:
    """DuckDB takes no partition and no order of what may change: the function answers before, once for each row."""
    calls: list[int] = []

    def decade(age: int) -> int:
        calls.append(age)
        return age // 10

    engine.functions.add("decade", "scalar", ["bigint"], ["bigint"], decade)
    engine.run("CREATE TABLE aged (name string, age bigint)")
    engine.run("INSERT INTO aged VALUES ('a', 31), ('b', 25), ('c', 38), ('d', 21)")
    ordered = "ORDER BY name LIMIT 9"
    window = "PARTITION BY decade(age) ORDER BY decade(age), age"
    assert engine.rows(f"SELECT name, rank() OVER ({window}) AS r FROM aged {ordered}") == [
        ("a", 1), ("b", 2), ("c", 2), ("d", 1),
    ]  # fmt: skip
    assert sorted(calls) == [21, 25, 31, 38]
    assert engine.column(f"SELECT sum(decade(age)) OVER ({window}) AS s FROM aged {ordered}") == [3, 4, 6, 2]
    assert engine.column(f"SELECT name FROM aged QUALIFY row_number() OVER ({window}) = 1 {ordered}") == ["a", "d"]
    inner = "SELECT name, max(age) AS age FROM aged GROUP BY name"
    assert engine.column(f"SELECT count(*) OVER (PARTITION BY decade(age)) AS c FROM ({inner}) t {ordered}") == [2] * 4


def test_random_order_of_a_window_is_refused_by_name_and_has_a_way_round(engine) -> None:
    with pytest.raises(OdpsError, match="RAND, UUID and functions of groups in ORDER BY of a window are not supported"):
        engine.run("SELECT row_number() OVER (ORDER BY rand()) FROM values (1), (2) AS t(x)")
    inner = "SELECT x, rand() AS r FROM values (1), (2) AS t(x)"
    assert sorted(engine.column(f"SELECT row_number() OVER (ORDER BY r) FROM ({inner}) q")) == [1, 2]


def test_functions_beside_lambdas_of_several_names(functions) -> None:
    query = "SELECT plus(a), zip_with(array(a), array(1), (x, y) -> x + y + plus(a)) AS z"
    assert functions.rows(f"{query} {ROWS} ORDER BY a LIMIT 2") == [(-1, [None]), (2, [4])]
    exploded = f"SELECT v FROM (SELECT a {ROWS}) q LATERAL VIEW explode(array(plus(a), plus(a + 10))) e AS v"
    assert functions.column(f"{exploded} WHERE a = 1 ORDER BY v LIMIT 9") == [2, 12]
