"""What other dialects write is refused by name where MaxCompute has no such thing: never read as something else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odps_jupyter.emulator.errors import OdpsError

from .conftest import Engine, PlainFunctions, _engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """An engine with a table ``t``: a = 1 and 2, b = x and y, d = [1, 2] and [3]."""
    for engine in _engine(PlainFunctions()):
        engine.run("CREATE TABLE t (a bigint, b string, d array<bigint>)")
        engine.run("INSERT INTO t VALUES (1, 'x', array(1, 2)), (2, 'y', array(3))")
        yield engine


@pytest.mark.parametrize(
    ("text", "token"),
    [
        ("SELECT * EXCLUDE (a) FROM t", "EXCLUDE"),
        ("SELECT * EXCLUDE a FROM t", "EXCLUDE"),
        ("SELECT * FROM t USING SAMPLE 1", "SAMPLE"),
        ("SELECT 1::bigint", "::"),
        ("SELECT a::string FROM t", "::"),
        ("SELECT 0x10", "10"),
        ("SELECT 2 ** 3", "3"),
        ("SELECT 7 // 2", "/"),
        ("SELECT {'a': 1}", "{"),
        ("SELECT MAP {'a': 1}", "{"),
        ("SELECT $1", r"\$"),
        ("SELECT ?", r"\?"),
        ("SELECT a:b FROM t", ":"),
        ("SELECT d[1:2] FROM t", ":"),
        ("SELECT transform(d, lambda x: x + 1) FROM t", ":"),
        ("SELECT struct_pack(a := 1)", ":="),
        ("SELECT b ->> 'x' FROM t", "->>"),
        ("SELECT b ~ 'x' FROM t", "~"),
        ("SELECT b ~* 'x' FROM t", r"~\*"),
        ("SELECT n'x'", "x"),
        ("SELECT a ISNULL FROM t", "ISNULL"),
        ("SELECT a NOTNULL FROM t", "NOTNULL"),
        ("SELECT a && 1 FROM t", "&&"),
        ("SELECT cast(a AS text) FROM t", "text"),
        ("SELECT cast(a AS int64) FROM t", "int64"),
        ("SELECT cast(b AS uuid) FROM t", "uuid"),
        ("SELECT timestamptz '2024-01-01 00:00:00'", "'2024-01-01 00:00:00'"),
        ("SELECT a FROM t |> WHERE a = 1", r"\|>"),
        ("FROM t", "FROM"),
        ("SELECT a FROM (FROM t) x", "FROM"),
        ("PIVOT t ON b USING sum(a)", "PIVOT"),
        ("SUMMARIZE t", "SUMMARIZE"),
    ],
)
def test_signs_and_words(engine: Engine, text: str, token: str) -> None:
    with pytest.raises(OdpsError, match=rf"ODPS-0130161:\[\d+,\d+\] Parse exception - invalid token '{token}'"):
        engine.run(text)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("SELECT b, count(*) FROM t GROUP BY ALL", "GROUP BY ALL"),
        ("SELECT a FROM t LIMIT 50%", "LIMIT PERCENT or WITH TIES"),
        ("SELECT a FROM t LIMIT 1 WITH TIES", "LIMIT PERCENT or WITH TIES"),
        ("SELECT a FROM t ORDER BY a LIMIT 1 BY b", "LIMIT BY"),
        ("SELECT a FROM t UNION ALL BY NAME SELECT a FROM t", "UNION BY NAME"),
        ("WITH x AS MATERIALIZED (SELECT 1 AS q) SELECT q FROM x", "MATERIALIZED of CTE"),
        ("SELECT a FROM t TIMESTAMP AS OF '2024-01-01'", r"AS OF \(time travel\)"),
        ("SELECT a FROM t VERSION AS OF 3", r"AS OF \(time travel\)"),
        ("SELECT a FROM t FOR UPDATE", "FOR UPDATE"),
        ("SELECT a FROM t WITH (nolock)", "a hint behind a table"),
        ("SELECT a FROM t TABLESAMPLE SYSTEM (10)", "a method of TABLESAMPLE"),
        ("SELECT a FROM t TABLESAMPLE (10 PERCENT) REPEATABLE (1)", "REPEATABLE of TABLESAMPLE"),
        ("SELECT a BETWEEN SYMMETRIC 2 AND 1 FROM t", "SYMMETRIC of BETWEEN"),
        ("SELECT cast(b AS string COLLATE x) FROM t", "COLLATE of DATATYPE"),
        ("SELECT a FROM t WHERE a IN d", "IN without brackets"),
        ("SELECT b ILIKE 'X' FROM t", "ILike"),
        ("SELECT [a] FROM t", "Array"),
        ("SELECT [x + 1 FOR x IN d] FROM t", "Array"),
        ("SELECT DISTINCT ON (a) b FROM t", "SELECT DISTINCT ON"),
        ("SELECT x.a FROM t x ASOF JOIN t y ON x.a >= y.a", "ASOF INNER JOIN"),
        ("SELECT x.a FROM t x CROSS JOIN LATERAL (SELECT 1 AS q) y", "Lateral in FROM"),
        ("SELECT a FROM unnest(array(1, 2)) x", "Unnest in FROM"),
        ("SELECT b SIMILAR TO 'x' FROM t", "SimilarTo"),
        ("SELECT a FROM t START WITH a = 1 CONNECT BY PRIOR a = a", "CONNECT of SELECT"),
    ],
)
def test_clauses(engine: Engine, text: str, part: str) -> None:
    with pytest.raises(OdpsError, match=f"ODPS-0130071.*{part}.* is not supported by the embedded MaxCompute"):
        engine.run(text)


@pytest.mark.parametrize("text", ["SELECT columns(*) FROM t", "SELECT try_cast(b AS bigint) FROM t"])
def test_functions(engine: Engine, text: str) -> None:
    with pytest.raises(OdpsError, match=r"function (columns|try_cast) cannot be resolved"):
        engine.run(text)


@pytest.mark.parametrize(
    ("test", "kept"),
    [
        ("b LIKE 'x'", [1]),
        ("b NOT LIKE 'x'", [2]),
        ("NOT b LIKE 'x'", [2]),
        ("b NOT LIKE 'x!%' ESCAPE '!'", [1, 2]),
        ("b NOT RLIKE 'x'", [2]),
        ("a NOT IN (1)", [2]),
        ("a NOT BETWEEN 2 AND 3", [1]),
        ("NOT a <=> 1", [2]),
        ("a IS DISTINCT FROM 1", [2]),
        ("a IS NOT DISTINCT FROM 1", [1]),
        ("nullif(a, 1) IS DISTINCT FROM 2", [1]),
        ("~a = -2", [1]),
    ],
)
def test_conditions_and_their_opposites(engine: Engine, test: str, kept: list[int]) -> None:
    assert engine.column(f"SELECT a FROM t WHERE {test} ORDER BY a LIMIT 9") == kept


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("FROM t SELECT a, b ORDER BY a DESC LIMIT 1", [(2, "y")]),
        ("FROM t WHERE a > 1 SELECT b", [("y",)]),
        ("FROM t WHERE a > 0 GROUP BY b HAVING max(a) > 1 SELECT b, max(a) AS m ORDER BY m LIMIT 9", [("y", 2)]),
        ("FROM t WHERE a IS DISTINCT FROM 1 SELECT a", [(2,)]),
        ("FROM (FROM t WHERE a = 1 SELECT a, b) x JOIN t y ON x.a = y.a SELECT x.b, y.a", [("x", 1)]),
        ("FROM t LATERAL VIEW explode(d) v AS e WHERE e > 1 SELECT e ORDER BY e LIMIT 9", [(2,), (3,)]),
        ("WITH q AS (FROM t SELECT a) FROM q SELECT max(a)", [(2,)]),
        ("FROM t SELECT * EXCEPT (d) ORDER BY a LIMIT 1", [(1, "x")]),
        ("(FROM t WHERE a = 1 SELECT a) UNION ALL (FROM t WHERE a = 2 SELECT a)", [(1,), (2,)]),
        ("SELECT a FROM t WHERE a IN (FROM t WHERE b = 'y' SELECT a)", [(2,)]),
    ],
)
def test_queries_in_the_order_in_which_they_run(engine: Engine, text: str, rows: list[tuple[object, ...]]) -> None:
    """Source: MaxCompute's documentation, "Order for executing clauses in a SELECT statement"."""
    assert sorted(engine.rows(text)) == rows


def test_columns_named_as_other_dialects_name_types(engine: Engine) -> None:
    names = ("text", "time", "uuid", "number", "list", "object", "real", "year", "name", "point", "money", "xml")
    shown = ", ".join(f"{i} AS {n}" for i, n in enumerate(names))
    found = engine.run(f"SELECT {', '.join(names)} FROM (SELECT {shown}) x")
    assert [c for c, _ in found.columns] == list(names)
