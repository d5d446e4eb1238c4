"""Arguments at the ends of BIGINT, and texts as long as they make them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from odps_jupyter.emulator.errors import OdpsError

from .conftest import Engine, PlainFunctions, _engine

LAST = 2**63 - 1
FIRST = f"cast('-{2**63}' as bigint)"


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for all: nothing here changes anything."""
    yield from _engine(PlainFunctions())


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (f"substr('abc', {LAST})", ""),
        (f"substr('abc', {FIRST})", ""),
        (f"substr('abc', 2, {LAST})", "bc"),
        (f"substr('abc', -2, {LAST})", "bc"),
        (f"substring('abc', {LAST}, {LAST})", ""),
        (f"array(1, 2)[{LAST}]", None),
        (f"slice(array(1, 2), 2, {LAST})", [2]),
        (f"slice(array(1, 2), -1, {LAST})", [2]),
    ],
)
@pytest.mark.parametrize("hive", ["true", "false"])
def test_beyond_the_end(engine: Engine, text: str, value: Any, hive: str) -> None:
    assert engine.value(text, odps__sql__hive__compatible=hive) == value


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (f"lpad('a', {LAST}, 'x')", "ODPS-0121095.*in function lpad, the result is longer than 8 MB"),
        (f"rpad('a', {LAST}, 'x')", "ODPS-0121095.*in function rpad, the result is longer than 8 MB"),
        (f"-{FIRST}", "ODPS-0121145.*Data overflow"),
        (f"-x FROM (SELECT {FIRST} AS x) t", "ODPS-0121145.*Data overflow"),
    ],
)
def test_what_has_no_value(engine: Engine, text: str, error: str) -> None:
    with pytest.raises(OdpsError, match=error):
        engine.value(text)


def test_a_group_of_thousands_of_digits(engine: Engine) -> None:
    """Java takes as many digits as make a group that there is."""
    hive = {"odps__sql__hive__compatible": "true"}
    ones = "1" * 5000
    assert engine.value(f"regexp_replace('abc', '(b)', '${ones}')", **hive) == f"ab{ones[1:]}c"
    assert engine.value("regexp_replace('abc', '(b)', '$0012')", **hive) == "ab2c"
    with pytest.raises(OdpsError, match="the pattern has no group 2"):
        engine.value(f"regexp_replace('abc', '(b)', '$2{ones}')", **hive)
