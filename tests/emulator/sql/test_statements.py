"""DDL, INSERT, scripts: what they leave behind, and that a failure leaves nothing."""

from __future__ import annotations

import pytest

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tables.models import Column
from odps_jupyter.emulator.tables.statistics import is_outdated


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


def test_tables_are_made_like_others_and_shown_as_text(engine) -> None:
    engine.run(
        "CREATE TABLE t (a bigint COMMENT 'key', b string DEFAULT 'x', PRIMARY KEY (a)) COMMENT 'it\\'s'"
        " PARTITIONED BY (ds string) RANGE CLUSTERED BY (a) SORTED BY (a DESC) INTO 4 BUCKETS"
        " TBLPROPERTIES ('transactional'='true', 'k'='v') LIFECYCLE 7"
    )
    text = (
        "CREATE TABLE IF NOT EXISTS p.{} (`a` BIGINT NOT NULL COMMENT 'key', `b` STRING DEFAULT 'x',"
        " PRIMARY KEY (`a`)) COMMENT 'it\\'s' PARTITIONED BY (`ds` STRING) RANGE CLUSTERED BY (`a`)"
        " SORTED BY (`a` DESC) INTO 4 BUCKETS STORED AS ALIORC"
        " TBLPROPERTIES ('k'='v', 'transactional'='true') LIFECYCLE {};"
    )
    assert engine.run("SHOW CREATE TABLE t").message == text.format("t", 7)
    engine.run("CREATE TABLE u LIKE t LIFECYCLE 2")
    assert engine.run("SHOW CREATE TABLE u").message == text.format("u", 2)
    engine.run("DROP TABLE t")
    engine.run(text.format("t", 7))
    assert engine.run("SHOW CREATE TABLE t").message == text.format("t", 7)
    engine.run("INSERT INTO u PARTITION (ds='1') (a) VALUES (1), (2)")
    assert engine.rows("SELECT * FROM u ORDER BY a LIMIT 9") == [(1, "x", "1"), (2, "x", "1")]
    engine.run("CLONE TABLE u TO v")
    engine.run("CLONE TABLE u TO v IF EXISTS IGNORE")
    assert engine.column("SELECT a FROM v ORDER BY a LIMIT 9") == [1, 2]


def test_several_inserts_from_one_source(engine) -> None:
    engine.run("CREATE TABLE s AS SELECT * FROM VALUES (1, 'x'), (2, 'y'), (3, 'x') AS v(a, b)")
    engine.run("CREATE TABLE t (a bigint); CREATE TABLE u (a bigint) PARTITIONED BY (b string)")
    engine.run("FROM s LATERAL VIEW explode(array(0, 10)) l AS n INSERT INTO t SELECT a + n WHERE b = 'x'"
               " INSERT OVERWRITE TABLE u PARTITION (b) SELECT a, b GROUP BY a, b")  # fmt: skip
    assert sorted(engine.column("SELECT a FROM t")) == [1, 3, 11, 13]
    assert engine.rows("SELECT * FROM u ORDER BY a LIMIT 9") == [(1, "x"), (2, "y"), (3, "x")]
    engine.run("WITH n AS (SELECT 7 AS a) INSERT OVERWRITE TABLE t SELECT a FROM n")
    assert engine.column("SELECT a FROM t") == [7]
    engine.run("INSERT INTO u (a, b) SELECT 9, 'z'")
    engine.run("INSERT INTO TABLE u PARTITION (b='z') (a) SELECT 8")
    assert engine.column("SELECT a FROM u WHERE b = 'z' ORDER BY a LIMIT 9") == [8, 9]


def test_a_null_fits_every_column(engine) -> None:
    engine.run("CREATE TABLE t (a bigint, l array<string>, m map<string,bigint>, s struct<x:bigint>, d datetime)")
    engine.run("INSERT INTO t SELECT null, null, null, null, null UNION ALL SELECT 1, null, null, null, null")
    assert len(engine.rows("SELECT * FROM t WHERE l IS NULL AND m IS NULL AND s IS NULL AND d IS NULL")) == 2


def test_updates_deletes_and_merges(engine) -> None:
    engine.run("CREATE TABLE t (a bigint, b string, c double) PARTITIONED BY (ds string)"
               " TBLPROPERTIES ('transactional'='true')")  # fmt: skip
    engine.run("INSERT INTO t PARTITION (ds) VALUES (1, 'x', 1.5, '1'), (2, 'y', 2.5, '1'), (3, 'z', null, '2')")
    engine.run("UPDATE t SET b = concat(b, ds), c = coalesce(c, 0) + 1 WHERE a >= 2")
    engine.run("UPDATE t SET b = s.w FROM (SELECT 1 AS k, 'new' AS w) s WHERE t.a = s.k")
    engine.run("DELETE FROM t WHERE ds = '1' AND a = 2")
    assert engine.rows("SELECT * FROM t ORDER BY a LIMIT 9") == [(1, "new", 1.5, "1"), (3, "z2", 1.0, "2")]
    source = "(SELECT * FROM VALUES (1, 'm'), (3, 'd'), (5, 'i'), (6, 'no') AS v(k, w)) s"
    engine.run(
        f"MERGE INTO t AS x USING {source} ON x.a = s.k WHEN MATCHED AND s.w = 'd' THEN DELETE"
        " WHEN MATCHED THEN UPDATE SET b = s.w, c = x.c * 2"
        " WHEN NOT MATCHED AND s.w <> 'no' THEN INSERT (a, b, ds) VALUES (s.k, s.w, '9')"
    )
    assert engine.rows("SELECT * FROM t ORDER BY a LIMIT 9") == [(1, "m", 3.0, "1"), (5, "i", None, "9")]
    with pytest.raises(OdpsError, match="matched by several rows"):
        engine.run("MERGE INTO t USING (SELECT 1 AS k UNION ALL SELECT 1) s ON t.a = s.k"
                   " WHEN MATCHED THEN UPDATE SET b = 'twice'")  # fmt: skip
    engine.run("DELETE FROM t")
    assert engine.rows("SELECT * FROM t") == []


def test_rows_of_a_key_replace_each_other(engine) -> None:
    engine.run("CREATE TABLE t (a bigint, b string, PRIMARY KEY (a)) TBLPROPERTIES ('transactional'='true')")
    engine.run("INSERT INTO t VALUES (1, 'x'), (1, 'y'), (2, 'z')")
    engine.run("INSERT INTO t VALUES (2, 'zz')")
    assert engine.rows("SELECT * FROM t ORDER BY a LIMIT 9") == [(1, "y"), (2, "zz")]
    with pytest.raises(OdpsError, match=r"column a of p\.t is NOT NULL"):
        engine.run("INSERT INTO t VALUES (null, 'x')")


def test_partitions_by_condition(engine) -> None:
    engine.run("CREATE TABLE t (a bigint) PARTITIONED BY (ds string, hh bigint)")
    engine.run("ALTER TABLE t ADD PARTITION (ds='1', hh=1) PARTITION (ds='1', hh=2), PARTITION (ds='2', hh=1)")
    engine.run("INSERT INTO t PARTITION (ds, hh) SELECT 7, '2', 10")
    assert engine.run("SHOW PARTITIONS t").message.split() == ["ds=1/hh=1", "ds=1/hh=2", "ds=2/hh=1", "ds=2/hh=10"]
    assert engine.run("SHOW PARTITIONS t PARTITION (ds='2')").message.split() == ["ds=2/hh=1", "ds=2/hh=10"]
    engine.run("ALTER TABLE t DROP IF EXISTS PARTITION (ds = '1', hh >= 2), PARTITION (hh = 1 AND ds > '1')")
    assert engine.run("SHOW PARTITIONS t").message.split() == ["ds=1/hh=1", "ds=2/hh=10"]
    engine.run("ALTER TABLE t MERGE PARTITION (ds = '2') OVERWRITE PARTITION (ds='1', hh=1)")
    assert engine.rows("SELECT * FROM t") == [(7, "1", 1)]
    engine.run("ALTER TABLE t PARTITION (ds='1', hh=1) RENAME TO PARTITION (ds='8', hh=8)")
    assert engine.rows("SELECT * FROM t") == [(7, "8", 8)]
    engine.run("TRUNCATE TABLE t PARTITION (hh > 5)")
    assert engine.rows("SELECT * FROM t") == []
    assert "CreateTime" in engine.run("DESC t PARTITION (ds='8', hh=8)").message


def test_materialized_views_keep_their_rows_until_rebuilt(engine) -> None:
    engine.run("CREATE TABLE t AS SELECT 1 AS a, 'x' AS b")
    engine.run("CREATE MATERIALIZED VIEW v LIFECYCLE 3 (k COMMENT 'key', b) DISABLE REWRITE COMMENT 'kept'"
               " PARTITIONED ON (b) AS SELECT a, b FROM t")  # fmt: skip
    engine.run("CREATE VIEW through AS SELECT * FROM t; CREATE MATERIALIZED VIEW deep AS SELECT a FROM through")
    assert not is_outdated(engine.catalog, engine.table("deep"))
    engine.run("ALTER TABLE t TOUCH")
    engine.catalog.write_times(engine.connection)
    assert is_outdated(engine.catalog, engine.table("deep"))
    engine.run("CREATE MATERIALIZED VIEW late BUILD DEFERRED AS SELECT * FROM t")
    engine.run("INSERT INTO t VALUES (2, 'y')")
    assert engine.rows("SELECT k, b FROM v") == [(1, "x")]
    assert engine.rows("SELECT * FROM late") == []
    engine.run("ALTER MATERIALIZED VIEW v REBUILD; ALTER MATERIALIZED VIEW late REBUILD")
    assert engine.rows("SELECT k, b FROM v ORDER BY k LIMIT 9") == [(1, "x"), (2, "y")]
    assert engine.run("SHOW PARTITIONS v").message.split() == ["b=x", "b=y"]
    assert engine.run("SHOW MATERIALIZED VIEWS").message.split() == ["me:deep", "me:late", "me:v"]
    engine.run("DROP MATERIALIZED VIEW v; DROP MATERIALIZED VIEW IF EXISTS v; DROP MATERIALIZED VIEW late")


def test_functions_run_when_rows_are_asked_for_only(engine) -> None:
    calls: list[int] = []

    def note(rows):
        for (value,) in rows:
            calls.append(value)
            yield (value,)

    engine.functions.add("note", "table", ["bigint"], ["bigint"], note)
    engine.run("CREATE TABLE t AS SELECT 1 AS a; CREATE VIEW v AS SELECT note(a) AS (b) FROM t")
    engine.run("CREATE TABLE IF NOT EXISTS t AS SELECT note(a) AS (b) FROM t; SELECT 1")
    with pytest.raises(OdpsError, match="EXPLAIN of a Python table function is not supported"):
        engine.run("EXPLAIN SELECT b FROM v")
    assert calls == []
    assert engine.rows("SELECT b FROM v") == [(1,)]
    assert calls == [1]


def test_schemas(engine) -> None:
    engine.run("CREATE SCHEMA IF NOT EXISTS p.s; CREATE SCHEMA IF NOT EXISTS s; CREATE TABLE p.s.t AS SELECT 5 AS a")
    assert engine.column("SELECT t.a FROM p.s.t") == [5]
    assert engine.column("SELECT a FROM s.t", odps__namespace__schema="true") == [5]
    assert engine.run("SHOW TABLES IN p.s").message == "me:t"
    assert engine.run("SHOW SCHEMAS IN p").message.split() == ["default", "s"]
    assert '"name": "s"' in engine.run("DESC SCHEMA s").message
    engine.run("DROP TABLE p.s.t; DROP SCHEMA s; DROP SCHEMA IF EXISTS s")
    with pytest.raises(OdpsError, match="Project not found - 'elsewhere'"):
        engine.run("CREATE TABLE elsewhere.t (a bigint)")


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("CREATE EXTERNAL TABLE x (a bigint) LOCATION 'oss://b'", r"\[1,8\] .*CREATE EXTERNAL TABLE is not supported"),
        ("CREATE TABLE x (a bigint) AUTO PARTITIONED BY (f(a) AS d)", "AUTO PARTITIONED BY F is not supported"),
        ("CREATE TABLE x (a bigint) AUTO PARTITIONED BY (trunc_time(a, 'day') AS d)", r"\[1,59\] .*column a is no"),
        ("CREATE TABLE x (a bigint, A string)", "column repeated in creation: a"),
        ("CREATE TABLE x (a bigintt)", r"ODPS-0130071:\[1,19\] .*'bigintt' is not a MaxCompute type"),
        ("CREATE TABLE x (a bigint", r"ODPS-0130161:\[1,25\] Parse exception - invalid token '<EOF>'"),
        ("CREATE TABLE x (a bigint) FROBNICATE", r"ODPS-0130161:\[1,27\] Parse exception - invalid token 'FROBNICATE'"),
        ("CREATE TABLE t (a bigint)", r"ODPS-0110061:.*Table p\.t already exists"),
        ("CREATE MODEL x", "CREATE MODEL is not supported"),
        ("ALTER TABLE t FROBNICATE", r"\[1,15\] .*ALTER TABLE ... FROBNICATE is not supported"),
        ("ALTER TABLE t ADD COLUMNS (b bigint)", r"\[1,27\] .*column b already exists"),
        ("ALTER TABLE t CHANGE COLUMN b b bigint", "column b cannot be changed from string to bigint"),
        ("ALTER TABLE t DROP COLUMNS a, b", "p.t would have no columns"),
        ("ALTER TABLE t DROP COLUMNS zz", "column zz of p.t cannot be resolved"),
        ("ALTER TABLE t ADD PARTITION (zz='1')", r"\[1,30\] .*p.t has no partition column zz"),
        ("ALTER TABLE t DROP PARTITION (ds='9')", "ODPS-0110012: Partition not found - p.t\\(ds='9'\\)"),
        ("ALTER TABLE t DROP PARTITION (zz < '9')", "p.t has no partition column zz"),
        ("ALTER VIEW t RENAME TO u", "p.t is a MANAGED TABLE"),
        ("ALTER TABLE nothing SET COMMENT 'x'", r"ODPS-0130131:\[1,13\] Table not found - table p.nothing cannot"),
        ("DROP VIEW t", "p.t is a MANAGED TABLE"),
        ("DROP MODEL t", "DROP MODEL is not supported"),
        ("DROP SCHEMA default", "the schema default cannot be dropped"),
        ("UPDATE t SET a = 1", r"\[1,8\] .*p.t is not a transactional table"),
        ("INSERT INTO t PARTITION (ds='1') SELECT 1", "p.t takes 2 columns, the query has 1"),
        ("INSERT OVERWRITE TABLE t SELECT 1, 'x'", r"p.t is partitioned: name ds in PARTITION"),
        ("INSERT INTO t PARTITION (ds='1') (zz) SELECT 1", "column zz of p.t cannot be resolved"),
        ("INSERT INTO t PARTITION (ds=getdate()) SELECT 1, 'x'", "a computed partition value is not supported"),
        ("TRUNCATE TABLE t PARTITION (ds='9')", "Partition not found"),
        ("SHOW GRANTS", r"\[1,6\] .*SHOW GRANTS is not supported"),
        ("GRANT SELECT ON t TO me", "the statement GRANT SELECT ON is not supported"),
        ("FROBNICATE t", r"ODPS-0130161:\[1,1\] Parse exception - invalid token 'FROBNICATE'"),
        ("SELECT 1;\n  ALTER TABLE t\n  FROBNICATE", r"\[3,3\] .*FROBNICATE"),
        ("USE elsewhere", "the job belongs to project p, not elsewhere"),
        ("@x := ALTER TABLE t SET COMMENT 'x'", "script variable @x, which is no query and has no type"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_is_named_at_its_place(engine, statement: str, error: str) -> None:
    engine.run("CREATE TABLE t (a bigint, b string) PARTITIONED BY (ds string)")
    with pytest.raises(OdpsError, match=error):
        engine.run(statement)
    assert [c.name for c in engine.table("t").columns] == ["a", "b"]


def test_primary_keys_of_columns(engine) -> None:
    properties = "TBLPROPERTIES ('transactional'='true')"
    engine.run(f"CREATE TABLE t (a bigint NOT NULL PRIMARY KEY, b string NOT NULL PRIMARY KEY, c double) {properties}")
    assert engine.table("t").primary_key == ("a", "b")
    assert [c.nullable for c in engine.table("t").columns] == [False, False, True]


@pytest.mark.parametrize("kind", ["decimal(50,2)", "decimal(5,6)", "varchar(70000)", "char(0)"])
def test_sizes_of_types_that_there_are_not(engine, kind: str) -> None:
    for text in (f"CREATE TABLE t (a {kind})", f"SELECT cast(1 AS {kind})"):
        with pytest.raises(OdpsError, match="is not between") as failure:
            engine.run(text)
        assert failure.value.code == "ODPS-0130071"
