"""What the manual's page of a function says besides its signature: examples, special values and refusals."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

from .conftest import Engine, PlainFunctions, _engine

HIVE = {"odps__sql__hive__compatible": "true"}


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for all: nothing here changes anything."""
    yield from _engine(PlainFunctions())


def D(text: str) -> Decimal:
    return Decimal(text)


SAID = [
    # DECIMAL beside DOUBLE, BIGINT or STRING is DECIMAL
    ("greatest(2.5, 5, 3.14BD, '9.9')", D("9.9")),
    ("least(3.5, 12345678901234567890.123456789BD)", D("3.5")),
    ("greatest(3.5, 1, 12345678901234567890.123456789BD)", D("12345678901234567890.123456789")),
    ("least('2.5', 3, 7)", 2.5),
    # all digits of a constant count beside a DECIMAL, more than a DOUBLE has, too; a CAST is given the DOUBLE
    ("1.5BD - -1234567890123456.789012", D("1234567890123458.289012")),
    ("1234567890123456.789012BD = 1234567890123456.789012", True),
    ("1234567890123456.789BD in (1234567890123456.789012, 3)", False),
    ("greatest(1BD, 123456789012345678.5)", D("123456789012345678.5")),
    ("coalesce(cast(null as decimal(38,6)), 1234567890123456.789012)", D("1234567890123456.789012")),
    ("cast(1234567890123456.789012 as decimal(38,6))", D("1234567890123456.8")),
    ("greatest(1.5BD, 2)", D("2")),
    ("greatest(1, null)", 1),
    ("mask_hash(cast('abc' as varchar(3))) = mask_hash('abc')", True),
    # place 0 is before the first character, and so is what lies before the text
    ("substr('abc', 0)", ""),
    ("substr('abc', -4, 2)", ""),
    ("substr('abc', 2, -1)", ""),
    ("substring('abc', 0, 2)", ""),
    ("substring('abc', -3, 2)", "ab"),
    ("substring(cast('中文' as binary), 4)", "文"),
    ("substring(cast('abc' as binary), -2, 1)", "b"),
    ("substring(cast('abc' as binary), 0)", ""),
    ("split_part('a,b,c,d', ',', 2, 6)", "b,c,d"),
    ("split_part('a,b,c,d', '', 2)", "a,b,c,d"),
    ("split_part('a,b,c,d', ',', null)", None),
    ("soundex('中文')", None),
    ("soundex('123')", None),
    ("soundex(\"o'hara\")", "O600"),
    # the delimiters are regular expressions
    ("str_to_map('test1.1,test2.2,test2.3', ',', '\\\\.')", [("test1", "1"), ("test2", "3")]),
    ("str_to_map('a1b22c', '[0-9]+', ':')", [("a", None), ("b", None), ("c", None)]),
    ("str_to_map('a=1|b=x=y', '\\\\|', '=')", [("a", "1"), ("b", "x=y")]),
    ("str_to_map('last_win', 'a:1;a:2', ';', ':')", [("a", "2")]),
    ("str_to_map('exception', 'a:1;b:2', ';', ':')", [("a", "1"), ("b", "2")]),
    ("safe_convert_bytes_to_string(cast('alibaba' as binary))", "alibaba"),
    ("safe_convert_bytes_to_string(unhex('c2'))", None),
    ("safe_convert_bytes_to_string('010101')", "010101"),
    ("array_normalize(array(10.0, 20.0, 50.0), 1.0)", [0.125, 0.25, 0.625]),
    ("array_normalize(array(10.0, null), 1.0)", None),
    ("slice(array(10, 20, 20, null, null, 30), 3, 10)", [20, None, None, 30]),
    ("slice(array(10, 20), 1, 0)", []),
    ("sequence(1, 10000)[9999]", 10000),
    ("sequence(5, 5, 1)", [5]),
    ("sequence(-9223372036854775807, 9223372036854775807, 9223372036854775807)",
     [-9223372036854775807, 0, 9223372036854775807]),
    ("sequence(to_date('2018-01-01'), to_date('2018-03-01'), interval 1 month)",
     [date(2018, 1, 1), date(2018, 2, 1), date(2018, 3, 1)]),
    ("sequence(date '2018-05-15', date '2017-05-14', interval '-6' month)",
     [date(2018, 5, 15), date(2017, 11, 15), date(2017, 5, 15)]),
    ("sequence(date '2018-01-31', date '2018-02-28', interval 1 month)", [date(2018, 1, 31), date(2018, 2, 28)]),
    ("sequence(date '2018-05-15', date '2018-05-18', interval '2' day)", [date(2018, 5, 15), date(2018, 5, 17)]),
    ("sequence(datetime '2018-01-02 03:00:00', datetime '2018-01-01 00:00:00')",
     [datetime(2018, 1, 2, 3), datetime(2018, 1, 1, 3)]),
    ("sequence(datetime '2018-01-01 00:00:00', datetime '2018-01-01 03:30:00', interval '1:30' hour to minute)",
     [datetime(2018, 1, 1), datetime(2018, 1, 1, 1, 30), datetime(2018, 1, 1, 3)]),
    ("cast(sequence(timestamp '2018-01-01 00:00:00.000000001', timestamp '2018-01-02 00:00:00.000000001')[1] as"
     " string)", "2018-01-02 00:00:00.000000001"),
    ("sequence(date '2018-05-15', null, null)", None),
    ("sequence(date '2018-02-27', date '2018-03-01')", [date(2018, 2, 27), date(2018, 2, 28), date(2018, 3, 1)]),
    ("combinations(array(1, 2, 2), 2)", [[1, 2], [1, 2], [2, 2]]),
    ("combinations(array(1, 2), 3)", []),
    ("ngrams(array('foo', 'bar'), 5)", [["foo", "bar"]]),
    ("transform_keys('last_win', map(1, 'a', 2, 'b'), (k, v) -> k + 1)", [(2, "a"), (3, "b")]),
    ("to_char(null)", None),
    ("to_char(1.50BD)", "1.5"),
    ("to_char(timestamp '2025-07-20 07:30:05', '%Y-%m-%d %H:%M:%S')", "2025-07-20 07:30:05"),
    ("to_char(timestamp_ntz '2025-07-20 07:30:05.5', '%F %T (%B %b %e, %y) 100%%')",
     "2025-07-20 07:30:05 (July Jul 20, 25) 100%"),
    ("to_char(timestamp '2025-07-20 20:30:05', '%Y-%m-%d %H', 'Asia/Shanghai')", "2025-07-21 04"),
    ("to_char(timestamp_ntz '2025-07-20 20:30:05', '%Y-%m-%d %H', 'America/New_York')", "2025-07-20 16"),
    ("to_char(datetime '2025-07-20 07:30:05', 'yyyy年mm月')", "2025年07月"),
]  # fmt: skip


@pytest.mark.parametrize(("written", "value"), SAID)
def test_values(engine: Engine, written: str, value: Any) -> None:
    found = engine.value(written)
    assert (found, type(found)) == (value, type(value))


HIVES = [
    ("greatest(1, null)", None),
    ("greatest('2', 1, null)", None),
    ("greatest(1, 3)", 3),
    ("substr('abc', 0)", "abc"),
    ("substring('abc', 0, 2)", "ab"),
    ("substring('abc', 2, 0)", ""),
    # Java's replacements: $1 is a group, a backslash takes the next character as it is
    ("regexp_replace('abcd', '(b)(c)', '<$2$1>')", "a<cb>d"),
    ("regexp_replace('abcd', '(b)', '\\\\$1$10')", "a$1b0cd"),
    ("regexp_replace('abab', 'b', '$0$0', 2)", "ababb"),
    ("regexp_replace('abab', 'b', 'x')", "axax"),
    ("regexp_replace('abab', 'c', null)", "abab"),
]


@pytest.mark.parametrize(("written", "value"), HIVES)
def test_values_with_hives_meaning(engine: Engine, written: str, value: Any) -> None:
    assert engine.value(written, **HIVE) == value


REFUSED = [
    ("substr('abc', 0)", {"odps__sql__bigquery__compatible": "true"}, "odps.sql.bigquery.compatible=true is not supp"),
    ("map('a', 1)", {"odps__sql__map__key__dedup__policy": "exception"}, "odps.sql.map.key.dedup.policy=exception is"),
    ("substring('abc', 1, 0)", {}, "in function substring, length must be greater than 0"),
    ("substring(cast('abc' as binary), 1, 0)", {}, "in function substring, length must be greater than 0"),
    ("substring(cast('abc' as binary), 1)", HIVE, "SUBSTRING of binary: .* not documented"),
    ("split_part(lower('A,B'), lower(','), 1)", {}, "SPLIT_PART must be a constant"),
    ("split_part('a,b', null, 1)", {}, "SPLIT_PART must be a constant"),
    ("split_part('a,b', ',', length('a'))", {}, "SPLIT_PART must be a constant"),
    ("str_to_map('exception', 'a=1,a=2', ',', '=')", {}, "the same key twice"),
    ("str_to_map('sometimes', 'a=1,a=2', ',', '=')", {}, "'sometimes' is not a policy for duplicate keys"),
    ("str_to_map('exception', 'a=1')", {}, "STR_TO_MAP: whether 'exception' is"),
    ("safe_convert_bytes_to_string(null)", {}, "SAFE_CONVERT_BYTES_TO_STRING is ambiguous"),
    ("safe_convert_bytes_to_string(cast(null as string))", {}, "safe_convert_bytes_to_string, the argument is NULL"),
    ("to_char('abc')", {}, r"TO_CHAR cannot match any overloaded functions with \(string\)"),
    ("to_char(timestamp '2025-07-20 07:30:05', '%Q')", {}, "'%Q' in the date format"),
    ("to_char(timestamp '2025-07-20 07:30:05', '%Y', 'Nowhere')", {}, "'Nowhere' is no time zone"),
    ("ngrams(array(1), 0)", {}, "in function ngrams, n must be greater than 0"),
    ("array_normalize(array(1.0), -1)", {}, "p must not be negative"),
    ("slice(array(1, 2), 1, -1)", {}, "in function slice, length must not be negative"),
    ("slice(array(1, 2), 0, 1)", {}, "what begins before the first item is not known"),
    ("slice(array(1, 2), -3, 1)", {}, "what begins before the first item is not known"),
    ("sequence(1, 10001)", {}, "in function sequence, there are more than 10000 elements"),
    ("sequence(1, 3)", {"odps__sql__max__sequence__length": "2"}, "there are more than 2 elements"),
    ("sequence(1, 3)", {"odps__sql__max__sequence__length": "x"}, "length must be a number, it is 'x'"),
    ("sequence(1, 3, 0)", {}, "in function sequence, the step must not be 0"),
    ("sequence(date '2018-05-15', date '2018-05-18', 1)", {}, "SEQUENCE of date has an INTERVAL as its step"),
    ("sequence(date '2018-05-15', date '2018-05-18', interval 36 hour)", {}, "no step of parts of a day"),
    ("sequence(date '2018-01-31', date '2018-05-01', interval 1 month)", {}, "has not the start's day are not docum"),
    ("sequence(date '2018-01-31', date '2018-05-01', interval '-1' month)", {}, "the step must be positive where"),
    ("sequence('a', 'b')", {}, "SEQUENCE takes integers, dates, datetimes or timestamps"),
    ("sequence(5, 1, 1)", {}, "in function sequence, the step must be positive where"),
    ("sequence(1, 5, -1)", {}, "in function sequence, the step must be positive where"),
    ("combinations(sequence(1, 9), 6)", {}, "in function combinations, n is greater than 5, or there are more"),
    ("combinations(sequence(1, 100), 5)", {}, "in function combinations, n is greater than 5, or there are more"),
    ("transform_keys('exception', map(1, 'a', 2, 'b'), (k, v) -> 0)", {}, "the same key twice"),
    ("repeat('中', 1000000)", {}, "longer than 2 MB"),
    ("unhex('0')", {}, "in function unhex"),
    ("regexp_replace('abcd', 'b', '$1')", HIVE, "has no group 1"),
    ("regexp_replace('abcd', 'b', 'x$')", HIVE, "regexp_replace, .* is not a replacement"),
    ("regexp_replace('abcd', '[[:alpha:]]', 'x')", HIVE, "a class of characters inside another in"),
]


@pytest.mark.parametrize(("written", "settings", "message"), REFUSED)
def test_refusals(engine: Engine, written: str, settings: dict[str, str], message: str) -> None:
    with pytest.raises(OdpsError, match=message):
        engine.value(written, **settings)
