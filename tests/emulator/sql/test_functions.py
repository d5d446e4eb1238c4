"""Every function has an example, and it is run here; so is what its NULL rule says."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlglot import exp

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql.dialect import parse
from odps_jupyter.emulator.sql.functions import REFUSED, ROWS, SPECIALS, Function, Special

from .conftest import Engine, PlainFunctions, _engine


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for all: no example changes anything."""
    yield from _engine(PlainFunctions())


def _label(row: Function | Special) -> str:
    return f"{row.name}({row.signature})"


@pytest.mark.parametrize("row", ROWS, ids=_label)
def test_example(engine: Engine, row: Function) -> None:
    if row.kind == "scalar":
        value = engine.value(row.example)
        assert value == row.expects
        assert type(value) is type(row.expects)
    elif row.kind == "aggregate":
        assert engine.value(f"{row.example} FROM VALUES (3), (1), (null), (2) AS t(x)") == row.expects
    else:
        rows = engine.rows(f"SELECT x, {row.example} FROM VALUES (3), (1), (null), (2) AS t(x)")
        assert [v for _, v in sorted(rows, key=lambda r: (r[0] is not None, r[0] or 0))] == row.expects


@pytest.mark.parametrize("row", [s for s in SPECIALS if s.example], ids=_label)
def test_example_of_a_function_that_reads_its_call(engine: Engine, row: Special) -> None:
    assert engine.value(row.example) == row.expects


STRICT = [r for r in ROWS if r.kind == "scalar" and r.nulls in ("null", "guard") and r.parameters]


@pytest.mark.parametrize("row", STRICT, ids=_label)
def test_null_argument_makes_null(engine: Engine, row: Function) -> None:
    """Each argument of the example in turn is replaced by a NULL of the same type."""
    tree = parse(f"SELECT {row.example}")
    call = next(n for n in tree.find_all(exp.Anonymous) if str(n.this).upper() == row.name)
    for position in range(len(call.expressions)):
        changed = call.copy()
        value = changed.expressions[position]
        if isinstance(value, exp.Literal) and value.is_string and position and callable(row.to):
            continue  # a format, a date part or a policy must be a constant text
        # NULL of the argument's own type: IF(false, value, NULL).
        value.replace(exp.If(this=exp.Boolean(this=False), true=value.copy(), false=exp.Null()))
        assert engine.value(changed.sql("maxcompute")) is None


@pytest.mark.parametrize(
    ("call", "kind"), [("avg(x)", float), ("round(max(x))", float), ("ceil(max(x))", int), ("sum(x)", int)]
)
def test_whole_numbers_become_doubles_before_decimals(engine: Engine, call: str, kind: type) -> None:
    assert type(engine.value(f"{call} FROM VALUES (1), (3) AS t(x)")) is kind


@pytest.mark.parametrize("name", sorted(REFUSED))
def test_a_function_that_is_left_out_says_why(engine: Engine, name: str) -> None:
    with pytest.raises(OdpsError) as caught:
        engine.run(f"SELECT {name}('a')")
    assert caught.value.code == "ODPS-0130071"
    assert f"function {name} ({REFUSED[name]}) is not supported" in caught.value.text


def _refusal(engine: Engine, text: str, **settings: str) -> Any:
    with pytest.raises(OdpsError) as caught:
        engine.value(text, **settings)
    return caught.value
