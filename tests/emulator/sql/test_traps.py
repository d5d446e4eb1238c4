"""Where MaxCompute and DuckDB differ silently: each line is a value that plain DuckDB gets wrong."""

from __future__ import annotations

from datetime import date, datetime
from decimal import ROUND_DOWN, Context, Decimal

import pytest

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql.functions import regexes

VALUES = [
    # CAST cuts, it does not round; large integers keep their digits
    ("cast(1.5 as bigint)", 1),
    ("cast(-1.5 as bigint)", -1),
    ("cast('1.9' as bigint)", 1),
    ("cast('9007199254740993' as bigint)", 9007199254740993),
    ("cast('12abc' as bigint)", 12),
    ("cast('abc' as bigint)", None),
    ("cast(cast('1.6' as decimal) as bigint)", 1),
    ("cast('1e2' as double)", 100.0),
    ("cast(1 as boolean)", True),
    ("cast(0.1 as string)", "0.1"),
    ("cast(10000000.0 as string)", "1.0E7"),
    ("cast(1.0 as string)", "1.0"),
    ("cast(cast('12.340' as decimal) as string)", "12.34"),
    ("cast(datetime '2024-01-02 03:04:05' as string)", "2024-01-02 03:04:05"),
    ("cast('2024-01-02 03:04:05' as datetime)", datetime(2024, 1, 2, 3, 4, 5)),
    ("cast('2024-1-2 3:4:5' as datetime)", None),
    ("cast(array(1, 2) as array<string>)", ["1", "2"]),
    # every year from 1 to 9999
    ("datetime '9999-12-31 23:59:59'", datetime(9999, 12, 31, 23, 59, 59)),
    ("date '9999-12-31'", date(9999, 12, 31)),
    ("cast('0001-01-01' as datetime)", datetime(1, 1, 1)),
    ("cast('0000-01-01' as datetime)", None),
    ("cast('2024-01-01 24:00:00' as datetime)", None),
    ("cast('2024-01-01 00:00:00.999999999' as datetime)", datetime(2024, 1, 1, 0, 0, 0, 999000)),
    ("datetime '2024-01-01 00:00:00' < '9999-12-31'", True),
    ("to_date('9999-12-31 10:00:00')", date(9999, 12, 31)),
    ("dateadd(datetime '1500-01-31 00:00:00', 1, 'mm')", datetime(1500, 2, 28)),
    # literals
    ("1.5", 1.5),
    ("10L + 1Y", 11),
    (r"'it\'s'", "it's"),
    (r"'a\\d'", r"a\d"),
    # arithmetic
    ("7 / 2", 3.5),
    ("7 div 2", 3),
    ("-7 % 3", -1),
    ("7 % 0", None),
    ("7 / 0", None),
    ("'3' + 1", 4.0),
    ("cast(1 as decimal) / cast(3 as decimal)", Decimal("0.333333333333333333")),
    ("cast('1.5' as decimal) * cast('1.5' as decimal)", Decimal("2.25")),
    ("cast('123456789012.5' as decimal) * cast(10 as decimal)", Decimal("1234567890125")),
    # comparison across types
    ("'10' > 9", True),
    ("1 = 1.0", True),
    ("null <=> null", True),
    ("1 in (2, null)", None),
    ("datetime '2024-01-01 00:00:00' > '2023-12-31 00:00:00'", True),
    # NULL
    ("concat('a', null)", None),
    ("null || 'a'", None),
    ("1e7 || 'a'", "1.0E7a"),
    ("nvl(null, 1)", 1),
    ("if(null, 1, 2)", 2),
    # dates: formats, units, time of day
    ("to_char(datetime '2024-03-05 06:07:08', 'yyyy-mm-dd hh:mi:ss')", "2024-03-05 06:07:08"),
    ("to_char(datetime '2024-03-05 06:07:08', '100%yyyy')", "100%2024"),
    ("dateadd(datetime '2024-01-31 10:00:00', 1, 'mm')", datetime(2024, 2, 29, 10)),
    ("datediff(datetime '2024-01-01 00:00:00', datetime '2023-12-31 23:59:59', 'yyyy')", 1),
    ("datetrunc(datetime '2024-03-05 06:07:08', 'month')", datetime(2024, 3, 1)),
    ("unix_timestamp(datetime '2024-01-01 00:00:00')", 1704067200),
    ("cast(datetime '2024-03-05 06:07:08' as date)", date(2024, 3, 5)),
    # arrays count from 0, maps answer NULL
    ("array(1, 2)[0]", 1),
    ("array(1, 2)[5]", None),
    ("map('a', 1)['a']", 1),
    ("map('a', 1)['b']", None),
    ("named_struct('x', 5).x", 5),
    ("instr('Tech on the net', 'e', 1, 2)", 11),
    ("count(distinct x) from values (1), (1), (null) as t(x)", 1),
    ("sum(x) from values (cast(9007199254740993 as bigint)), (2) as t(x)", 9007199254740995),
    ("stddev(x) from values (1), (3) as t(x)", 1.0),
    ("stddev_samp(x) from values (1), (3) as t(x)", 2**0.5),
    ("percentile(x, 0.5) from values (1), (2) as t(x)", 1.5),
    # percentiles: interpolated, and from a histogram (both are the manual's examples on its table emp)
    (
        "percentile(x, 0.3) from values (800), (950), (1100), (1250), (1250), (1300), (1300), (1500), (1600), (2450),"
        " (2450), (2850), (2975), (3000), (3000), (5000), (5000) as t(x)",
        1290.0,
    ),
    (
        "percentile_approx(x, 0.3) from values (800), (950), (1100), (1250), (1250), (1300), (1300), (1500), (1600),"
        " (2450), (2450), (2850), (2975), (3000), (3000), (5000), (5000) as t(x)",
        1252.5,
    ),
    ("percentile_cont(0.5) within group (order by x) from values (1), (2) as t(x)", 1.5),
    ("wm_concat(',', x) within group (order by x desc) from values ('a'), ('b') as t(x)", "b,a"),
    ("wm_concat(distinct ',', x) from values ('a'), ('a') as t(x)", "a"),
    ("count(distinct a, b) from values (1, 'x'), (1, 'x'), (null, 'y') as t(a, b)", 1),
    # text casts: a prefix counts, an empty text is false, digits beyond the scale are cut
    ("cast('abc' as decimal)", None),
    ("cast('1.239' as decimal(10,2))", Decimal("1.23")),
    ("cast('false' as boolean)", True),
    ("cast('' as boolean)", False),
    ("cast('1' as decimal) / cast('6' as decimal)", Decimal("0.166666666666666666")),
    ("round(2.345BD, 2)", Decimal("2.35")),
    # moments: nanoseconds stay in a TIMESTAMP, a DATETIME has milliseconds
    ("cast(timestamp '2024-01-01 00:00:00.123456789' as string)", "2024-01-01 00:00:00.123456789"),
    ("cast(timestamp '2024-01-01 00:00:00.123999999' as datetime)", datetime(2024, 1, 1, 0, 0, 0, 123000)),
    ("cast(dateadd(timestamp '1960-01-01 00:00:00.000000001', -1, 'hh') as string)", "1959-12-31 23:00:00.000000001"),
    ("to_date('2025112', 'yyyymmdd')", None),
    ("to_date('Alibaba2025-01*27', 'Alibabayyyy-mm*dd')", datetime(2025, 1, 27)),
    # Perl's patterns
    (r"'a\n' rlike 'a$'", True),
    (r"'中文' rlike '^[\\x{4e00}-\\x{9fa5}]+$'", True),
    ("'ab1' rlike '[[:alpha:]]{2}(?=[[:digit:]])'", True),
    (r"regexp_replace('abcd', 'a', '\\2')", "abcd"),
    ("regexp_replace('abcd', 'x', null)", "abcd"),
    ("regexp_replace('abcd', 'a', null)", None),
    ("split('a,b,c,,', ',')", ["a", "b", "c"]),
    ("split(',', ',')", []),
    ("split('', ',')", [""]),
    (r"split('a1b22', '\\d')", ["a", "b"]),
    ("regexp_extract('b', '(x)?b')", None),
    ("regexp_extract('xb', '(x)b', 0)", "xb"),
    ("regexp_replace('ab', 'x*', '-')", "-a-b-"),
    (r"regexp_replace('a1b2', '([0-9])', '<\\1>')", "a<1>b<2>"),
    ("split('a,b,c,,', ',', false)", ["a", "b", "c", "", ""]),
    # NULL is the smallest value; one NULL argument makes CONCAT_WS NULL
    ("greatest(null, 1)", 1),
    ("least(null, 1)", None),
    ("concat_ws(',', 'a', null)", None),
    ("all_match(array(1, null), x -> x > 0)", None),
    ("any_match(array(1, null), x -> x > 0)", True),
    # JSON keeps the digits of a number
    ("""get_json_object('{"a": [1.50, {"b": "x"}]}', '$.a[0]')""", "1.50"),
    ("""get_json_object('{"a": [{"b": 1}, {"b": 2}]}', '$.a[*].b')""", "[1,2]"),
    ("""get_json_object('{"a": 1', '$.a')""", None),
    ("""get_json_object('{"a": null}', '$.a')""", None),
    # lambdas see what is around them, and no name of theirs is taken for a column
    ("transform(array(1, 2), x -> transform(array(10), y -> x + y))", [[11], [12]]),
    ("reduce(array(1.5, 2.5), 0, (a, b) -> a + b, a -> a)", 4.0),
    ("map_filter(l0, (k, v) -> v > 1) from values (map('a', 1, 'b', 2)) as l0(l0)", [("b", 2)]),
    ("multimap_agg(key, value) from values ('a', 1), ('a', 2) as e(key, value)", [("a", [1, 2])]),
    ("array_except(e, f) from values (array(1, 2), array(2)) as e(e, f)", [1]),
    # Java's shifts
    ("shiftleft(1, 65)", 2),
    ("shiftrightunsigned(-1, 60)", 15),
]


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[v[0] for v in VALUES])
def test_value(engine, text: str, expected: object) -> None:
    value = engine.value(text)
    assert value == expected
    assert type(value) is type(expected) or isinstance(expected, Decimal | float)


def test_sum_of_bigint_is_bigint(engine) -> None:
    assert engine.run("SELECT sum(x) AS s FROM VALUES (1) AS t(x)").columns == (("s", "bigint"),)


def test_nulls_sort_as_smallest(engine) -> None:
    rows = "FROM VALUES (2), (null), (1) AS t(x)"
    assert engine.column(f"SELECT x {rows} ORDER BY x LIMIT 10") == [None, 1, 2]
    assert engine.column(f"SELECT x {rows} ORDER BY x DESC LIMIT 10") == [2, 1, None]


def test_running_sum_goes_row_by_row(engine) -> None:
    text = "SELECT sum(x) OVER (PARTITION BY 1 ORDER BY x) AS s FROM VALUES (1), (1), (2) AS t(x)"
    assert sorted(engine.column(text)) == [1, 2, 4]
    assert sorted(engine.column(text, odps__sql__hive__compatible="true")) == [2, 2, 4]


def test_lateral_view_keeps_the_order_of_rows(engine) -> None:
    text = """SELECT t.k, v.x, w.i FROM VALUES ('b', array(3, 1)), ('a', array(2)) AS t(k, xs)
              LATERAL VIEW explode(t.xs) v AS x LATERAL VIEW posexplode(array('p', 'q')) w AS i, y"""
    assert engine.rows(text) == [("b", 3, 0), ("b", 3, 1), ("b", 1, 0), ("b", 1, 1), ("a", 2, 0), ("a", 2, 1)]


def test_lateral_view_outer_keeps_rows_without_items(engine) -> None:
    rows = "FROM VALUES ('a', array(1)), ('b', array()) AS t(k, xs)"
    assert engine.rows(f"SELECT k, x {rows} LATERAL VIEW OUTER explode(xs) v AS x") == [("a", 1), ("b", None)]
    assert engine.rows(f"SELECT k, x {rows} LATERAL VIEW explode(xs) v AS x") == [("a", 1)]


def test_explode_in_select(engine) -> None:
    assert engine.rows("SELECT explode(map('a', 1, 'b', 2)) AS (k, v)") == [("a", 1), ("b", 2)]


def test_a_job_in_another_zone_sees_its_own_clock(engine) -> None:
    engine.run("CREATE TABLE t (d datetime)")
    engine.run("INSERT INTO TABLE t SELECT datetime '2024-01-01 00:00:00'")
    shanghai = {"odps__sql__timezone": "Asia/Shanghai"}
    assert engine.column("SELECT datepart(d, 'hh') FROM t", **shanghai) == [8]
    assert engine.column("SELECT d FROM t", **shanghai) == [datetime(2024, 1, 1)]
    assert engine.column("SELECT unix_timestamp(d) FROM t", **shanghai) == [1704067200]
    assert engine.column("SELECT d FROM t WHERE d = from_unixtime(1704067200)", **shanghai) == [datetime(2024, 1, 1)]


ERRORS = [
    ("SELECT concat()", "ODPS-0130071", "function CONCAT needs at least one argument"),
    ("SELECT dateadd(datetime '9999-12-31 00:00:00', 1, 'dd')", "ODPS-0121145", "out of the years 1 to 9999"),
    ("SELECT date_sub('0001-01-01', 1)", "ODPS-0121145", "out of the years 1 to 9999"),
    ("SELECT timestamp '2024-01-01 00:00:00' < '9999-12-31'", "ODPS-0121145", "a TIMESTAMP before 1678 or behind 2261"),
    ("SELECT frobnicate(1)", "ODPS-0130071",
      "[1,8] Semantic analysis exception - function frobnicate cannot be resolved"),
    ("SELECT x\nFROM nowhere", "ODPS-0130131", "[2,6] Table not found - table p.nowhere cannot be resolved"),
    ("SELECT FROM WHERE", "ODPS-0130161", "Parse exception"),
    ("SELECT 1 +", "ODPS-0130161", "Parse exception"),
    ("SELECT y FROM VALUES (1) AS t(x)", "ODPS-0130071",
      "[1,8] Semantic analysis exception - column y cannot be resolved"),
    ("SELECT length(array(1))", "ODPS-0130071", "cannot match any overloaded functions with (array<bigint>)"),
    ("SELECT rank() FROM VALUES (1) AS t(x)", "ODPS-0130071", "window function RANK needs an OVER clause"),
    ("SELECT * FROM VALUES (1) AS t(x) WHERE x", "ODPS-0130071", "a condition must be BOOLEAN, this is bigint"),
    ("SELECT cast(datetime '2024-01-01 00:00:00' as bigint)", "ODPS-0130071", "cannot cast from datetime to bigint"),
    ("SELECT to_char(now(), concat('a', 'b'))", "ODPS-0130071", "the format must be a constant string"),
    ("SELECT 9223372036854775807 + 1", "ODPS-0121145", "Data overflow"),
    ("SELECT regexp_extract('a', '(')", "ODPS-0121095", "in function regexp_extract, '(' is not a regular expression"),
    ("SELECT cast(300 as tinyint)", "ODPS-0121145", "Data overflow - 300 is out of range"),
    ("SELECT cast(1e30 as bigint)", "ODPS-0121145", "Data overflow - 1e+30 is out of range"),
    ("SELECT cast('99999999999999999999' as decimal) * cast(10 as decimal)", "ODPS-0121145", "Data overflow - "),
    ("SELECT sum(x) FROM VALUES (9223372036854775807), (1) AS t(x)", "ODPS-0121145", "Data overflow - "),
    ("SELECT abs(-9223372036854775807 - 1)", "ODPS-0121145", "Data overflow - -9223372036854775808 is out of range"),
    ("SELECT percentile(x, array(0.5, -2)) FROM VALUES (1) AS t(x)", "ODPS-0130071", "between 0 and 1, not 0.5, -2"),
    ("SELECT wm_concat(x, x) FROM VALUES ('a') AS t(x)", "ODPS-0130071", "separator of WM_CONCAT must be a constant"),
    ("SELECT ntile(0) OVER (ORDER BY x) FROM VALUES (1) AS t(x)", "ODPS-0121095", "number of parts must be positive"),
    ("SELECT from_utc_timestamp(getdate(), 'Nowhere')", "ODPS-0121095", "'Nowhere' is no time zone"),
    ("SELECT cast(unhex('ff') as string)", "ODPS-0121095", "a binary that is not UTF-8"),
    ("SELECT 'abc' LIKE concat('a', chr(92))", "ODPS-0121095", "a pattern of LIKE ends with its escape"),
    ("SELECT array_repeat(1, 100000000)", "ODPS-0121095", "an array of more than 10000000 items"),
    ("SELECT sequence(1, 5, 0)", "ODPS-0121095", "the step must not be 0"),
    ("SELECT chr(200)", "ODPS-0121095", "Invalid arguments - in function chr, 200 is not between 0 and 128"),
    ("SELECT conv('1', 3, 10)", "ODPS-0121095", "in function conv, 3 is not one of the bases"),
    ("SELECT instr('a', 'b', 1, 0)", "ODPS-0121095", "in function instr, occurrence must be positive"),
    ("SELECT map(null, 1)", "ODPS-0121095", "the key of a map must not be NULL"),
    ("SELECT map_concat('exception', map('a', 1), map('a', 2))", "ODPS-0121095", "a map has the same key twice"),
    ("SELECT transform(array(1), (x, y) -> x)", "ODPS-0130071", "this function takes 1 arguments, 2 are written"),
    ("SELECT filter(array(1), x -> x)", "ODPS-0130071", "FILTER cannot match any overloaded functions"),
    ("SELECT corr(DISTINCT x, x) FROM VALUES (1) AS t(x)", "ODPS-0130071", "function CORR does not take DISTINCT"),
    ("SELECT * FROM @missing", "ODPS-0130071", "script variable @missing is not defined"),
]  # fmt: skip


def test_a_pattern_that_never_ends_is_given_up(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regexes, "SECONDS", 0.2)
    with pytest.raises(OdpsError, match=r"ODPS-0121095:.*took more than 0.2 seconds"):
        engine.value(f"regexp_count('{'a' * 90}', '(a|aa)+(?=b)')")


def test_a_branch_that_is_not_taken_fails_nothing(engine) -> None:
    assert engine.value("if(false, chr(200), 'a')") == "a"
    with pytest.raises(OdpsError, match="ODPS-0121145"):
        engine.run("SELECT if(false, chr(200), 'a'); SELECT cast(300 as tinyint)")


def test_strict_mode_refuses_text_that_is_no_number(engine) -> None:
    with pytest.raises(OdpsError, match="ODPS-0123091:Illegal type cast - in function cast, value '12abc' cannot be"):
        engine.value("cast('12abc' as bigint)", odps__function__strictmode="true")
    assert engine.value("cast(' 12 ' as bigint)", odps__function__strictmode="true") == 12


def test_nanoseconds_survive_a_job_in_another_zone(engine) -> None:
    engine.run("CREATE TABLE t (d timestamp)")
    shanghai = {"odps__sql__timezone": "Asia/Shanghai"}
    engine.run("INSERT INTO TABLE t SELECT timestamp '2024-01-01 08:00:00.123456789'", **shanghai)
    assert engine.value("cast(d as string) FROM t") == "2024-01-01 00:00:00.123456789"
    assert engine.value("cast(d as string) FROM t", **shanghai) == "2024-01-01 08:00:00.123456789"


def test_large_maps_and_lists(engine) -> None:
    """Each key, and each item, is looked for once: none is compared with all others."""
    rows = "(SELECT explode(sequence(1, 30000)) AS x) t"
    query = (
        f"SELECT m[1], m[10000], size(m), l[0], size(l) FROM (SELECT map_agg(x % 20000, x) AS m,"
        f" array_distinct(collect_list(x % 15000)) AS l FROM {rows}) q"
    )
    assert engine.rows(query, odps__sql__timezone="America/New_York", odps__sql__max__sequence__length="30000") == [
        (20001, 30000, 20000, 1, 15000)
    ]
    assert engine.value("map('b', 1, 'a', 2, 'b', 3)") == [("b", 3), ("a", 2)]
    assert engine.value("array_distinct(array(2, null, 1, 2, null, 1))") == [2, None, 1]


def test_random_numbers_of_a_seed_come_again(engine) -> None:
    rows = "SELECT rand(7) AS r FROM VALUES (1), (2), (3) AS t(x)"
    first = engine.column(rows)
    assert len(set(first)) == 3
    assert engine.column(rows) == first


@pytest.mark.parametrize(("text", "code", "message"), ERRORS, ids=[e[0] for e in ERRORS])
def test_error_names_what_is_wrong(engine, text: str, code: str, message: str) -> None:
    with pytest.raises(OdpsError) as caught:
        engine.run(text)
    assert caught.value.code == code
    assert message in caught.value.text


def _members(values: list[object]) -> str:
    return ", ".join("NULL" if v is None else repr(v) for v in values)


@pytest.mark.parametrize("count", [2, 1_200])
def test_in_a_list_of_any_length(engine, count: int) -> None:
    """Many values are looked up in a hash; what comes out is the same."""
    rows = (
        "(SELECT * FROM VALUES (1, '1', 0.5), (7, '7', 7.0), (5000, 'x\\'y', -0.0), (NULL, NULL, NULL) AS v(a, s, d))"
    )
    whole = list(range(1, count + 1))
    texts = [*(str(n) for n in whole[:-1]), "x'y"]
    tests = {
        f"a IN ({_members(whole)})": [True, count >= 7, False, None],
        f"a NOT IN ({_members(whole)})": [False, count < 7, True, None],
        f"a IN ({_members([*whole, None])})": [True, True if count >= 7 else None, None, None],
        f"a IN ({_members([*whole, 0.5])})": [True, count >= 7, False, None],
        f"a IN ({_members([*whole, '5000'])})": [True, count >= 7, True, None],
        f"cast(a AS int) IN ({_members(whole)})": [True, count >= 7, False, None],
        f"cast(a AS decimal(10,2)) IN ({_members(whole)})": [True, count >= 7, False, None],
        f"s IN ({', '.join(repr(t) for t in texts)})".replace('"', "'").replace("x'y", "x\\'y"): [
            True, count >= 8, True, None,
        ],
        f"s IN ({_members(whole)})": [True, count >= 7, None, None],
        f"d IN ({_members([*whole, 0.0])})": [False, count >= 7, True, None],
        f"array(a) IN ({', '.join(f'array({n})' for n in whole[:9])})": [True, count >= 7, False, False],
    }  # fmt: skip
    for test, expected in tests.items():
        found = engine.column(f"SELECT {test} FROM {rows} q ORDER BY a IS NULL, a LIMIT 9")
        assert found == expected, test[:60]


def test_in_a_long_list_anywhere(engine) -> None:
    listed = _members(list(range(1_200)))
    rows = "(SELECT * FROM VALUES (1, 5), (2000, 6) AS v(a, b))"
    test = f"a IN ({listed})"
    assert sorted(engine.rows(f"SELECT {test}, sum(b) FROM {rows} q GROUP BY {test}")) == [(False, 6), (True, 5)]
    assert engine.column(f"SELECT sum(if({test}, b, 0)) FROM {rows} q") == [5]
    assert engine.column(f"SELECT filter(array(1, a), x -> x IN ({listed})) FROM {rows} q") == [[1, 1], [1]]
    joined = f"{rows} x LEFT JOIN {rows} y ON x.a = y.a AND y.a IN ({listed})"
    assert sorted(engine.rows(f"SELECT x.a, y.b FROM {joined}"), key=str) == [(1, 5), (2000, None)]
    assert engine.column(f"SELECT sum(b) OVER (PARTITION BY {test}) FROM {rows} q ORDER BY a LIMIT 9") == [5, 6]


def test_products_of_decimals_are_cut_behind_18_places(engine) -> None:
    """Whole columns are multiplied at once, but for those that hold a very large value."""
    texts = ["0", "1.5", "-1.5", "0.000000000000000001", "-0.000000000000000007", "3.333333333333333333",
             "9999999999.999999999999999999", "99999999999999999999.999999999999999999",
             "-12345678901234567890.5"]  # fmt: skip
    factors = ["1.5", "-0.1", "0.999999999999999999"]
    engine.run("CREATE TABLE products (i bigint, a decimal(38,18), b decimal(38,18))")
    pairs = [(a, b) for a in texts for b in factors if abs(Decimal(a) * Decimal(b)) < 10**20]
    rows = ", ".join(f"({i}, cast('{a}' AS decimal), cast('{b}' AS decimal))" for i, (a, b) in enumerate(pairs))
    engine.run(f"INSERT INTO products VALUES {rows}, (99, NULL, cast('1' AS decimal))")
    exact = Context(prec=80, rounding=ROUND_DOWN)
    expected = [
        (i, exact.multiply(Decimal(a), Decimal(b)).quantize(Decimal(1).scaleb(-18), context=exact))
        for i, (a, b) in enumerate(pairs)
    ]
    small = [(i, v) for i, v in expected if abs(Decimal(pairs[i][1])) < 10**10 and abs(Decimal(pairs[i][0])) < 10**10]
    assert engine.rows("SELECT i, a * b FROM products WHERE abs(a) < 10000000000BD ORDER BY i LIMIT 99") == small
    assert engine.rows("SELECT i, b * a FROM products ORDER BY i LIMIT 99") == [*expected, (99, None)]
    with pytest.raises(
        OdpsError, match=r"ODPS-0121145: ?Data overflow - 1049999999999999999999\.\d* is out of the range"
    ):
        engine.run("SELECT a * 10.5BD FROM products WHERE a > 99999999999999999999BD OR a = 0")


@pytest.mark.parametrize(
    ("document", "value"),
    [
        ('{"a": 1.50}', "1.50"), (' {"a": 1} ', "1"), ("{'a': 1}", None), ('{"a": 1} x', None), ('{"a": 1', None),
        ("", None), (" ", None), ('{"a": NaN}', None), ('{"a": "é\U0001f600"}', "é\U0001f600"),
        ('{"a": 123456789012345678901}', "123456789012345678901"), ('[{"a": 1}]', "[1]"), ("5", None),
    ],
)  # fmt: skip
def test_documents_with_anything_around_them(engine, document: str, value: str | None) -> None:
    engine.run("CREATE TABLE documents (text string)")
    engine.connection.execute(f"INSERT INTO {engine.table('documents').physical} VALUES (?)", [document])
    assert engine.column("SELECT get_json_object(text, '$.a') FROM documents") == [value]
