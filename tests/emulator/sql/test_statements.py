"""DDL, INSERT, scripts: what they leave behind, and that a failure leaves nothing."""

from __future__ import annotations

import pytest

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.models import Column


def test_create_table_as_the_client_writes_it(engine) -> None:
    engine.run(
        "CREATE TABLE IF NOT EXISTS p.`T` (\n  `A` bigint COMMENT 'the key',\n  `b` struct<x:bigint,y:array<string>>,\n"
        "  `c` decimal(10,2) NOT NULL\n)\nCOMMENT 'it\\'s'\nPARTITIONED BY (\n  `ds` string\n)\nLIFECYCLE 3\n"
    )
    table = engine.table("t")
    assert table.columns == (
        Column("a", "bigint", "the key"),
        Column("b", "struct<x:bigint,y:array<string>>"),
        Column("c", "decimal(10,2)", nullable=False),
    )
    assert (table.partitions, table.comment, table.lifecycle) == ((Column("ds", "string"),), "it's", 3)


def test_create_table_as_select(engine) -> None:
    engine.run("CREATE TABLE t LIFECYCLE 2 AS\nSELECT 1 AS a, 'x' AS b, cast(null as double) AS c")
    assert engine.rows("SELECT * FROM p.t") == [(1, "x", None)]
    assert [c.type for c in engine.table("t").columns] == ["bigint", "string", "double"]


def test_insert_into_and_overwrite(engine) -> None:
    engine.run("CREATE TABLE t (a bigint, b string)")
    engine.run("INSERT INTO TABLE t VALUES (1, 'x'), (2, 'y')")
    engine.run("INSERT INTO TABLE t (b) SELECT 'z'")
    assert engine.rows("SELECT * FROM t ORDER BY b LIMIT 9") == [(1, "x"), (2, "y"), (None, "z")]
    engine.run("INSERT OVERWRITE TABLE t SELECT a + 10, b FROM t WHERE a IS NOT NULL")
    assert engine.rows("SELECT * FROM t ORDER BY b LIMIT 9") == [(11, "x"), (12, "y")]


def test_insert_into_partitions(engine) -> None:
    engine.run("CREATE TABLE t (a bigint) PARTITIONED BY (ds string, hh string)")
    engine.run("INSERT OVERWRITE TABLE t PARTITION (ds='1', hh='2') SELECT 5")
    engine.run(
        "INSERT INTO TABLE p.`t` PARTITION (ds, hh) SELECT * FROM VALUES (6, '1', '3'), (7, '2', '2') AS v(a, d, h)"
    )
    engine.run("INSERT OVERWRITE TABLE t PARTITION (ds='2', hh) SELECT 8, '2'")
    assert engine.rows("SELECT * FROM t ORDER BY a LIMIT 9") == [(5, "1", "2"), (6, "1", "3"), (8, "2", "2")]
    assert engine.catalog.partitions(engine.table("t")) == [
        {"ds": "1", "hh": "2"}, {"ds": "1", "hh": "3"}, {"ds": "2", "hh": "2"},
    ]  # fmt: skip
    engine.run("INSERT OVERWRITE TABLE t PARTITION (ds='1', hh='2') SELECT a FROM t WHERE a > 99")
    assert engine.column("SELECT a FROM t ORDER BY a LIMIT 9") == [6, 8]
    assert engine.value("max_pt('t')") == "2"


def test_alter_and_drop(engine) -> None:
    engine.run("CREATE TABLE t (a bigint) PARTITIONED BY (ds string)")
    engine.run("ALTER TABLE p.t ADD IF NOT EXISTS PARTITION (`ds`='1')")
    engine.run("ALTER TABLE p.t DROP IF EXISTS PARTITION (`ds`='1')")
    assert engine.catalog.partitions(engine.table("t")) == []
    engine.run("ALTER TABLE t SET LIFECYCLE 9")
    engine.run("ALTER TABLE t SET COMMENT 'new'")
    engine.run("ALTER TABLE t RENAME TO u")
    assert (engine.table("u").lifecycle, engine.table("u").comment) == (9, "new")
    engine.run("DROP TABLE IF EXISTS p.`u`")
    engine.run("DROP TABLE IF EXISTS p.`u`")
    assert engine.catalog.tables("default") == []


def test_views(engine) -> None:
    engine.run("CREATE TABLE t (a bigint)")
    engine.run("INSERT INTO t VALUES (1), (2)")
    engine.run("CREATE VIEW IF NOT EXISTS v (x COMMENT 'one') AS SELECT a * 2 FROM t")
    assert engine.rows("SELECT v.x FROM p.v WHERE x > 2") == [(4,)]


def test_truncate(engine) -> None:
    engine.run("CREATE TABLE t AS SELECT 1 AS a")
    engine.run("TRUNCATE TABLE t")
    assert engine.rows("SELECT * FROM t") == []


def test_script_variables_settings_and_comments(engine) -> None:
    script = """
      set odps.sql.hive.compatible=true;  -- a comment; with a semicolon
      @c1 := CACHE ON SELECT 1 AS a UNION ALL SELECT 2 AS a;
      @c2 := SELECT t1.a + 1 AS b FROM @c1 t1;
      SELECT ';' AS s, sum(t2.b) AS n FROM @c2 t2;
    """
    assert engine.rows(script) == [(";", 5)]


def test_a_failing_script_changes_nothing(engine) -> None:
    engine.run("CREATE TABLE t AS SELECT 1 AS a")
    with pytest.raises(OdpsError):
        engine.run("INSERT OVERWRITE TABLE t SELECT 2; SELECT nothing FROM t")
    assert engine.rows("SELECT a FROM t") == [(1,)]
    with pytest.raises(OdpsError):
        engine.run("INSERT OVERWRITE TABLE t SELECT a + 9223372036854775807 FROM t")
    assert engine.rows("SELECT a FROM t") == [(1,)]


def test_nothing_stays_behind(engine) -> None:
    engine.functions.add("double_it", "scalar", ["bigint"], ["bigint"], lambda x: x * 2)
    engine.functions.add("pairs", "table", ["bigint"], ["bigint", "bigint"], lambda rows: [(r[0], 1) for r in rows])
    engine.rows("@x := SELECT double_it(1) AS a; SELECT pairs(t.a) AS (m, n) FROM @x t")
    left = engine.connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE schema_name <> 'meta'"
        " UNION ALL SELECT view_name FROM duckdb_views() WHERE NOT internal"
        " UNION ALL SELECT function_name FROM duckdb_functions() WHERE starts_with(function_name, 'job_')"
    ).fetchall()
    assert left == []


def test_progress_counts_statements(engine) -> None:
    from odps_jupyter.emulator.sql import run_script

    seen: list[tuple[int, int]] = []
    run_script("SELECT 1; SELECT 2", connection=engine.connection, catalog=engine.catalog, udfs=engine.functions,
               settings={}, on_progress=lambda done, of: seen.append((done, of)))  # fmt: skip
    assert seen == [(1, 2), (2, 2)]
