"""SELECT in all its parts, on tables a person can read."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odps_jupyter.emulator.errors import OdpsError


@pytest.fixture
def shop(engine):
    """Sales of three shops over two days, and a table of prices."""
    engine.run("CREATE TABLE sales (shop string, item string, n bigint, tags array<string>, m map<string,bigint>)"
               " PARTITIONED BY (ds string)")  # fmt: skip
    engine.run("INSERT INTO sales PARTITION (ds='1') VALUES ('a', 'tea', 3, array('hot','wet'), map('x', 1)),"
               " ('b', 'tea', 5, array('hot'), map('x', 2, 'y', 3)), ('b', 'jam', 1, null, null)")  # fmt: skip
    engine.run("INSERT INTO sales PARTITION (ds='2') VALUES ('a', 'jam', 2, array('red'), map('z', 4))")
    engine.run("CREATE TABLE prices AS SELECT * FROM VALUES ('tea', 2.5), ('pie', 4.0) AS v(item, price)")
    return engine


def fan(rows) -> Iterator[tuple[int, str]]:
    """Rows as many as the number says."""
    for (n,) in rows:
        for i in range(n or 0):
            yield i, f"{i}/{n}"


@pytest.mark.parametrize(
    ("view", "rows"),
    [
        ("EXPLODE(tags) l AS x", [("a", "hot"), ("a", "wet"), ("b", "hot")]),
        ("OUTER EXPLODE(tags) l AS x", [("a", "hot"), ("a", "wet"), ("b", "hot"), ("b", None)]),
        ("POSEXPLODE(tags) l AS p, x", [("a", "hot"), ("a", "wet"), ("b", "hot")]),
        ("EXPLODE(m) l AS k, x", [("a", 1), ("b", 2), ("b", 3)]),
        ("INLINE(array(named_struct('x', n, 'y', item))) l AS x, y", [("a", 3), ("b", 5), ("b", 1)]),
        ("JSON_TUPLE('{\"u\": {\"v\": 7}}', 'u.v') l AS x", [("a", "7"), ("b", "7"), ("b", "7")]),
        ("STACK(2, n, n + 1) l AS x", [("a", 3), ("a", 4), ("b", 5), ("b", 6), ("b", 1), ("b", 2)]),
        ("TRANS_COLS(1, shop, n, 9) l AS i, k, x", [("a", 3), ("a", 9), ("b", 5), ("b", 9), ("b", 1), ("b", 9)]),
        ("fan(n) l AS i, x LATERAL VIEW explode(array(i)) m AS j",
         [("a", "0/3"), ("a", "1/3"), ("a", "2/3"), *(("b", f"{i}/5") for i in range(5)), ("b", "0/1")]),
        ("OUTER fan(n - 1) l AS i, x",
         [("a", "0/2"), ("a", "1/2"), *(("b", f"{i}/4") for i in range(4)), ("b", None)]),
    ],
)  # fmt: skip
def test_lateral_views_keep_the_order_of_rows(shop, view: str, rows: list[tuple]) -> None:
    shop.functions.add("fan", "table", ["bigint"], ["bigint", "string"], fan)
    assert shop.rows(f"SELECT shop, x FROM sales s LATERAL VIEW {view} WHERE ds = '1'") == rows


def test_table_functions_stand_alone_in_the_select_list(shop) -> None:
    shop.functions.add("fan", "table", ["bigint"], ["bigint", "string"], fan)
    assert shop.rows("SELECT fan(n) AS (i, x) FROM sales WHERE n = 2") == [(0, "0/2"), (1, "1/2")]
    assert shop.rows("SELECT POSEXPLODE(tags) AS (i, x) FROM sales WHERE n = 3") == [(0, "hot"), (1, "wet")]
    assert shop.column("SELECT x FROM (SELECT EXPLODE(tags) AS x FROM sales WHERE n = 3) t") == ["hot", "wet"]
    with pytest.raises(OdpsError, match="must stand alone in SELECT"):
        shop.rows("SELECT n, EXPLODE(tags) AS x FROM sales")
    with pytest.raises(OdpsError, match="table function nothing cannot be resolved"):
        shop.rows("SELECT n FROM sales LATERAL VIEW nothing(tags) l AS x")
    with pytest.raises(OdpsError, match="has 1 columns, 2 names given"):
        shop.rows("SELECT n FROM sales LATERAL VIEW explode(tags) l AS x, y")


@pytest.mark.parametrize(
    ("join", "columns", "rows"),
    [
        ("JOIN prices p USING (item)", ["item", "n", "price"], [("tea", 3, 2.5), ("tea", 5, 2.5)]),
        ("NATURAL JOIN prices", ["item", "n", "price"], [("tea", 3, 2.5), ("tea", 5, 2.5)]),
        ("FULL JOIN prices p USING (item)", ["item", "n", "price"],
         [("jam", 1, None), ("jam", 2, None), ("pie", None, 4.0), ("tea", 3, 2.5), ("tea", 5, 2.5)]),
        ("RIGHT OUTER JOIN prices p USING (item)", ["item", "n", "price"],
         [("pie", None, 4.0), ("tea", 3, 2.5), ("tea", 5, 2.5)]),
        ("LEFT SEMI JOIN prices p ON s.item = p.item", ["item", "n"], [("tea", 3), ("tea", 5)]),
        ("LEFT ANTI JOIN prices p ON s.item = p.item", ["item", "n"], [("jam", 1), ("jam", 2)]),
        ("JOIN prices p ON s.n > p.price", ["item", "n", "item2", "price"],
         [("tea", 3, "tea", 2.5), ("tea", 5, "pie", 4.0), ("tea", 5, "tea", 2.5)]),
    ],
)  # fmt: skip
def test_joins(shop, join: str, columns: list[str], rows: list[tuple]) -> None:
    text = f"SELECT /*+ MAPJOIN(p), SKEWJOIN(s) */ * FROM (SELECT item, n FROM sales) s {join}"
    assert [c for c, _ in shop.run(text).columns] == columns
    assert sorted(shop.rows(text), key=str) == sorted(rows, key=str)


def test_merged_columns_are_still_reached_by_their_relation(shop) -> None:
    query = "SELECT item, s.item, p.item, p.* FROM (SELECT item FROM sales) s FULL JOIN prices p USING (item)"
    assert sorted(shop.rows(f"{query} WHERE s.item IS NULL OR p.item IS NULL"), key=str) == [
        ("jam", "jam", None, None, None), ("jam", "jam", None, None, None), ("pie", None, "pie", "pie", 4.0),
    ]  # fmt: skip


def test_windows_by_name_with_frames_and_without_nulls(shop) -> None:
    rows = shop.rows(
        "SELECT n, sum(n) OVER w AS total, row_number() OVER (w ORDER BY n) AS i,"
        " sum(n) OVER (PARTITION BY shop ORDER BY n ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING EXCLUDE CURRENT ROW) AS s,"
        " count(*) FILTER (WHERE n > 2) OVER (ORDER BY n) AS big,"
        " first_value(if(n > 1, n, null)) IGNORE NULLS OVER (ORDER BY n) AS f"
        " FROM sales WINDOW w AS (PARTITION BY shop) ORDER BY n LIMIT 9"
    )
    assert rows == [(1, 6, 1, 5, 0, None), (2, 5, 1, 3, 0, 2), (3, 5, 2, None, 1, 2), (5, 6, 2, None, 2, 2)]
    with pytest.raises(OdpsError, match="window v cannot be resolved"):
        shop.rows("SELECT sum(n) OVER v FROM sales")


def test_grouping_sets(shop) -> None:
    text = (
        "SELECT shop, item, sum(n) AS n, grouping(shop) AS g, grouping_id(shop, item) AS both FROM sales"
        " GROUP BY {} ORDER BY both, shop, item LIMIT 20"
    )
    whole = [("a", "jam", 2, 0, 0), ("a", "tea", 3, 0, 0), ("b", "jam", 1, 0, 0), ("b", "tea", 5, 0, 0)]
    shops, items = [("a", None, 5, 0, 1), ("b", None, 6, 0, 1)], [(None, "jam", 3, 1, 2), (None, "tea", 8, 1, 2)]
    total = [(None, None, 11, 1, 3)]
    assert shop.rows(text.format("shop, item WITH ROLLUP")) == whole + shops + total
    assert shop.rows(text.format("ROLLUP(shop, item)")) == whole + shops + total
    assert shop.rows(text.format("shop, item WITH CUBE")) == whole + shops + items + total
    assert shop.rows(text.format("CUBE(shop, item)")) == whole + shops + items + total
    assert shop.rows(text.format("shop, item GROUPING SETS ((shop), (item), ())")) == shops + items + total
    assert shop.rows(text.format("GROUPING SETS (shop, (shop, item))")) == whole + shops
    assert shop.column("SELECT GROUPING__ID FROM sales GROUP BY shop WITH ROLLUP ORDER BY GROUPING__ID LIMIT 9") == [
        0, 0, 1,
    ]  # fmt: skip
    with pytest.raises(OdpsError, match="must be GROUP BY keys"):
        shop.rows("SELECT grouping(item) FROM sales GROUP BY shop")


def test_group_by_places_names_and_expressions(shop) -> None:
    place = {"odps__sql__groupby__position__alias": "true", "odps__sql__orderby__position__alias": "true"}
    by_place = shop.rows("SELECT item, sum(n) FROM sales GROUP BY 1 ORDER BY 1 LIMIT 9", **place)
    assert by_place == [("jam", 3), ("tea", 8)]
    by_name = shop.rows("SELECT n > 2 AS big, count(*) FROM sales GROUP BY big ORDER BY big LIMIT 9")
    assert by_name == [(False, 2), (True, 2)]
    assert shop.rows("SELECT n % 2 + 1 AS k, max(n) AS top FROM sales GROUP BY n % 2 HAVING top > 2") == [(2, 5)]
    assert shop.column("SELECT count(DISTINCT item) FILTER (WHERE n > 2) FROM sales") == [1]
    assert shop.column("SELECT n FROM sales QUALIFY row_number() OVER (PARTITION BY shop ORDER BY n) = 2"
                       " ORDER BY n LIMIT 9") == [3, 5]  # fmt: skip


def test_nulls_in_order(shop) -> None:
    shop.run("CREATE TABLE n AS SELECT * FROM VALUES (2), (NULL), (1) AS v(x)")
    for order, rows in [
        ("x", [None, 1, 2]),
        ("x DESC", [2, 1, None]),
        ("x NULLS LAST", [1, 2, None]),
        ("x DESC NULLS FIRST", [None, 2, 1]),
    ]:
        assert shop.column(f"SELECT x FROM n ORDER BY {order} LIMIT 9") == rows
        assert shop.column(f"SELECT x FROM (SELECT x FROM n UNION ALL SELECT x FROM n WHERE x > 9) t ORDER BY {order}"
                           " LIMIT 9") == rows  # fmt: skip
        numbered = f"SELECT row_number() OVER (ORDER BY {order}) AS i, x FROM n ORDER BY i LIMIT 9"
        assert [x for _, x in shop.rows(numbered)] == rows
    assert shop.column("SELECT x FROM n SORT BY x") == [None, 1, 2]


def test_subqueries(shop) -> None:
    assert shop.column("SELECT n FROM sales s WHERE EXISTS (SELECT 1 FROM prices p WHERE p.item = s.item)"
                       " ORDER BY n LIMIT 9") == [3, 5]  # fmt: skip
    assert shop.column("SELECT n FROM sales WHERE item NOT IN (SELECT item FROM prices) ORDER BY n LIMIT 9") == [1, 2]
    assert shop.column("SELECT n FROM sales WHERE (shop, item) IN (SELECT 'b', 'jam')") == [1]
    assert shop.rows("SELECT n, (SELECT max(price) FROM prices p WHERE p.item = s.item) FROM sales s"
                     " ORDER BY n LIMIT 2") == [(1, None), (2, None)]  # fmt: skip
    assert shop.column("SELECT n FROM sales WHERE n > (SELECT avg(n) FROM sales) ORDER BY n LIMIT 9") == [3, 5]


def test_set_operations(shop) -> None:
    items, names = "SELECT item FROM sales", "SELECT item FROM prices"
    assert shop.column(f"{items} UNION {names} ORDER BY item LIMIT 9") == ["jam", "pie", "tea"]
    assert shop.column(f"{items} UNION ALL {names} ORDER BY item LIMIT 2") == ["jam", "jam"]
    assert sorted(shop.column(f"{items} INTERSECT {names}")) == ["tea"]
    assert sorted(shop.column(f"{items} MINUS {names}")) == ["jam"]
    assert sorted(shop.column(f"{items} EXCEPT ALL {names}")) == ["jam", "jam", "tea"]
    assert shop.column(f"({items} ORDER BY item LIMIT 1) UNION ALL ({names} ORDER BY item LIMIT 1)") == ["jam", "pie"]
    assert shop.run("SELECT NULL AS a UNION ALL SELECT 1").columns == (("a", "bigint"),)
    assert shop.run("SELECT NULL AS a").columns == (("a", "string"),)
    with pytest.raises(OdpsError, match="no common type for column a: bigint and string"):
        shop.rows("SELECT 1 AS a UNION ALL SELECT 'x'")
    with pytest.raises(OdpsError, match="different numbers of columns"):
        shop.rows(f"{items} UNION ALL SELECT 1, 2")


def test_pivot_and_unpivot(shop) -> None:
    flat = "(SELECT shop, item, n FROM sales)"
    plain = f"SELECT * FROM {flat} PIVOT (sum(n) FOR item IN ('tea', 'jam')) ORDER BY shop LIMIT 9"
    assert [c for c, _ in shop.run(plain).columns] == ["shop", "'tea'", "'jam'"]
    assert shop.rows(plain) == [("a", 3, 2), ("b", 5, 1)]
    named = f"SELECT * FROM {flat} t PIVOT (sum(n) AS s, count(n) AS c FOR item IN ('tea' AS hot, 'pie')) p"
    assert [c for c, _ in shop.run(named).columns] == ["shop", "hot_s", "'pie'_s", "hot_c", "'pie'_c"]
    assert sorted(shop.rows(named)) == [("a", 3, None, 1, 0), ("b", 5, None, 1, 0)]
    wide = "(SELECT * FROM VALUES ('a', 3, 2), ('b', 5, NULL) AS v(shop, tea, jam))"
    assert shop.rows(f"SELECT * FROM {wide} UNPIVOT (n FOR item IN (tea, jam AS 'j'))") == [
        ("a", 3, "tea"), ("a", 2, "j"), ("b", 5, "tea"),
    ]  # fmt: skip
    assert len(shop.rows(f"SELECT * FROM {wide} UNPIVOT INCLUDE NULLS (n FOR item IN (tea, jam))")) == 4


def test_with_clauses(shop) -> None:
    assert shop.column("WITH a (x) AS (SELECT n FROM sales), b AS (SELECT x + 1 AS y FROM a WHERE x > 2)"
                       " SELECT y FROM b ORDER BY y LIMIT 9") == [4, 6]  # fmt: skip
    assert shop.column("WITH RECURSIVE r (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 4)"
                       " SELECT n FROM r") == [1, 2, 3, 4]  # fmt: skip


def test_stars(shop) -> None:
    assert [c for c, _ in shop.run("SELECT * EXCEPT (tags, m) FROM sales").columns] == ["shop", "item", "n", "ds"]
    assert shop.rows("SELECT * REPLACE (price * 2 AS price) FROM prices WHERE item = 'pie'") == [("pie", 8.0)]
    assert [c for c, _ in shop.run("SELECT `(tags|m|ds)?+.+` FROM sales").columns] == ["shop", "item", "n"]
    assert [c for c, _ in shop.run("SELECT /*+ MAPJOIN(p) */ p.*, shop FROM sales JOIN prices p ON true").columns] == [
        "item", "price", "shop",
    ]  # fmt: skip


def test_hints_that_mean_nothing_to_the_rows(shop) -> None:
    on = "sales s JOIN prices p ON s.n > p.price WHERE p.item = 'pie'"
    for hint in ("MAPJOIN(p)", "DISTMAPJOIN(p(shard_count=5, replica_count=2))", "SKEWJOIN(s(n)((1),(2))), mapjoin(p)"):
        assert shop.column(f"SELECT /*+ {hint} */ n FROM {on}") == [5]
    assert (
        shop.column("SELECT /*+ SKEWJOIN(s) */ n FROM sales s JOIN prices p ON s.item = p.item AND p.price > s.n") == []
    )


def test_functions_of_the_own_project(shop) -> None:
    shop.functions.add("double_it", "scalar", ["bigint"], ["bigint"], lambda x: x * 2)
    assert shop.column("SELECT p:double_it(n) FROM sales WHERE n = 5") == [10]
    assert shop.column("SELECT p.double_it(n) FROM sales WHERE n = 5") == [10]


def test_samples(shop) -> None:
    parts = [shop.column(f"SELECT n FROM sales TABLESAMPLE (BUCKET {i} OUT OF 2 ON n) s") for i in (1, 2)]
    assert sorted(parts[0] + parts[1]) == [1, 2, 3, 5]
    assert len(shop.rows("SELECT n FROM sales TABLESAMPLE (2 ROWS)")) == 2
    with pytest.raises(OdpsError, match="a bucket between 1 and"):
        shop.rows("SELECT n FROM sales TABLESAMPLE (BUCKET 3 OUT OF 2 ON n)")


def test_distribute_and_sort(shop) -> None:
    assert shop.column("SELECT n FROM sales SORT BY n DESC") == [5, 3, 2, 1]
    assert shop.column("SELECT n FROM sales SORT BY n DESC LIMIT 1, 2") == [3, 2]
    assert shop.column("(SELECT n FROM sales ORDER BY n LIMIT 4) OFFSET 3") == [5]
    assert sorted(shop.column("SELECT n FROM sales DISTRIBUTE BY shop SORT BY n")) == [1, 2, 3, 5]
    assert shop.rows("SELECT item, sum(n) AS n FROM sales GROUP BY item SORT BY n DESC") == [("tea", 8), ("jam", 3)]


@pytest.mark.parametrize(
    ("query", "error"),
    [
        ("SELECT nothing FROM sales", r"ODPS-0130071:\[1,8\] Semantic analysis exception - column nothing cannot"),
        ("SELECT n,\n  s.nothing FROM sales s", r"\[2,3\] .*column s.nothing cannot be resolved"),
        ("SELECT item FROM sales s JOIN prices p ON s.item = p.item", r"\[1,8\] .*item is ambiguous, can be both s.i"),
        ("SELECT shop, n FROM sales GROUP BY shop", r"\[1,14\] .*column reference sales.n should appear in GROUP"),
        ("SELECT shop, count(*) FROM sales", r"column reference sales.shop should appear in GROUP BY key"),
        ("SELECT * FROM prices GROUP BY item", r"\[1,8\] .*column reference prices.price should appear in"),
        ("SELECT max(n) FROM sales HAVING item = 'tea'", "column reference sales.item should appear in GROUP BY key"),
        ("SELECT item FROM sales GROUP BY item ORDER BY n LIMIT 1", "column reference sales.n should appear in GROUP"),
        ("SELECT n FROM sales WHERE sum(n) > 1", r"\[1,27\] .*aggregate function sum cannot be used in WHERE"),
        ("SELECT sum(max(n)) FROM sales", r"\[1,12\] .*aggregate function max cannot be nested in sum"),
        ("SELECT n FROM sales WHERE n =", r"ODPS-0130161:\[1,29\] Parse exception - invalid token '='"),
        ("SELECT 'it\\'s',\n  'open FROM sales", r"ODPS-0130161:\[2,3\] Parse exception - invalid token ''open"),
        ("SELECT n FROM nowhere", r"ODPS-0130131:\[1,15\] Table not found - table p.nowhere cannot be resolved"),
        ("SELECT DISTINCT ON (n) n FROM sales", "SELECT DISTINCT ON is not supported by the embedded MaxCompute"),
        ("SELECT TRANSFORM(n) USING 'cat' AS x FROM sales", "SELECT TRANSFORM is not supported by the embedded"),
        ("SELECT n FROM sales s JOIN prices p ON s.n > p.price", r"\[1,40\] .*expect equality expression"),
        ("SELECT n FROM sales s JOIN prices p ON true", "expect equality expression"),
        ("SELECT n FROM sales WHERE rank() OVER (ORDER BY n) = 1", "a window function cannot be used in WHERE"),
        ("SELECT n FROM sales HAVING n > 1", "column reference sales.n should appear in GROUP BY key"),
        ("SELECT * FROM (SELECT n, shop AS n FROM sales) x", r"\[1,8\] .*n is ambiguous, can be both x.n or x.n"),
        ("SELECT DISTINCT shop FROM sales ORDER BY n LIMIT 1", "column n of ORDER BY is not selected"),
        ("WITH a AS (SELECT 1), a AS (SELECT 2) SELECT * FROM a", "a is defined twice in WITH"),
        ("SELECT n FROM sales WHERE n IN ()", "IN needs at least one value"),
        ("SELECT other:f(n) FROM sales", r"function other:default\.f cannot be resolved"),
        ("SELECT lower(n) FILTER (WHERE n > 1) FROM sales", "FILTER needs an aggregate function"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_said_in_maxcomputes_words(shop, query: str, error: str) -> None:
    with pytest.raises(OdpsError, match=error):
        shop.rows(query)


def test_names_that_a_result_has_twice(engine) -> None:
    text = "SELECT * FROM VALUES (1, 2, 3) AS a(id, x, id2) JOIN VALUES (1, 9) AS b(id, x) ON a.id = b.id"
    result = engine.run(text)
    assert [name for name, _ in result.columns] == ["id", "x", "id2", "id3", "x2"]
    assert engine.rows(text) == [(1, 2, 3, 1, 9)]


@pytest.mark.parametrize(
    ("path", "value"),
    [("['a']['b']", "3"), ("['c'][1]", '"y"'), ("['c'][7]", None), ("['c']['b']", None), ("[0]", None), ("[k]", "[]")],
)
def test_parts_of_json(engine, path: str, value: str | None) -> None:
    document = '{"a": {"b": 3}, "c": ["x", "y"], "d": []}'
    assert engine.rows(f"SELECT j{path} FROM (SELECT json_parse('{document}') j, 'd' k) t") == [(value,)]


def test_casts_to_texts_of_a_length(engine) -> None:
    text = "SELECT cast('abcdef' AS varchar(3)) v, cast('abcdef' AS char(2)) c, cast('abcdef' AS string) s"
    assert engine.rows(text) == [("abc", "ab", "abcdef")]
    assert engine.run(text).columns == (("v", "varchar(3)"), ("c", "char(2)"), ("s", "string"))


def test_nested_too_deep(engine) -> None:
    with pytest.raises(OdpsError, match="the statement is nested too deep") as failure:
        engine.run("SELECT " + "(" * 900 + "1" + ")" * 900)
    assert failure.value.code == "ODPS-0130071"
    with pytest.raises(OdpsError, match="the statement is nested too deep"):
        engine.run("SELECT " + "+".join(["1"] * 1500))
    assert engine.rows("SELECT 1") == [(1,)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("SELECT (SELECT n FROM VALUES (1), (2) AS v(n))", "a subquery that stands for one value gave more than one"),
        ("SELECT sum(n) OVER (ORDER BY n ROWS BETWEEN 1 FOLLOWING AND 1 PRECEDING) FROM VALUES (1) AS v(n)",
         "a frame that starts at a following row cannot end at a preceding one"),
    ],
)  # fmt: skip
def test_refusals_without_the_words_of_duckdb(engine, text: str, message: str) -> None:
    with pytest.raises(OdpsError, match=message):
        engine.run(text)
