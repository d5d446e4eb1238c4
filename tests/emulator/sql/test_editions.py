"""What the type editions and Hive's compatibility change. Source: MaxCompute's manual, "Data type editions"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

if TYPE_CHECKING:
    from .conftest import Engine

EDITION = "odps__sql__type__system__odps2"
HIVE = "odps__sql__hive__compatible"

DIFFERENT = [
    # written, MaxCompute's value, Hive's
    ("substr('abc', 0)", None, "abc"),
    ("substr('abc', 0, 2)", None, "ab"),
    ("substr('abc', -2)", "bc", "bc"),
    ("find_in_set('', '')", 0, 1),
    ("find_in_set('', 'a,')", 0, 2),
    ("find_in_set('b', 'a,b')", 2, 2),
    ("find_in_set(null, 'a,b')", None, None),
]


@pytest.mark.parametrize(("written", "own", "hives"), DIFFERENT)
def test_functions_that_hive_has_otherwise(engine: Engine, written: str, own: Any, hives: Any) -> None:
    assert (engine.value(written), engine.value(written, **{HIVE: "true"})) == (own, hives)


def test_what_stands_behind_a_union(engine: Engine) -> None:
    """ORDER BY and LIMIT are those of the last part in edition 1.0, of the whole in edition 2.0."""
    query = "SELECT 1 AS a UNION ALL SELECT x AS a FROM values (2), (3) AS t(x) ORDER BY a DESC LIMIT 1"
    assert sorted(engine.column(query, **{EDITION: "false"})) == [1, 3]
    assert engine.column(query, **{EDITION: "true"}) == [3]


@pytest.mark.parametrize("value", ["1.5", "'1'", "1.5BD", "true"])
def test_what_may_be_lost_needs_a_cast_in_the_second_edition(engine: Engine, value: str) -> None:
    engine.run("CREATE TABLE t (a bigint)")
    with pytest.raises(OdpsError, match=r"cannot put .* into column a of type bigint"):
        engine.run(f"INSERT INTO t SELECT {value}", **{EDITION: "true"})
    engine.run(f"INSERT INTO t SELECT cast({value} AS bigint) UNION ALL SELECT 7", **{EDITION: "true"})
    assert sorted(engine.column("SELECT a FROM t")) == [1, 7]


def test_constants_of_the_second_edition(engine: Engine) -> None:
    assert engine.rows("SELECT X'616263', x'616', X'', 'ab' 'cd' \"ef\"") == [(b"abc", b"\x06\x16", b"", "abcdef")]
