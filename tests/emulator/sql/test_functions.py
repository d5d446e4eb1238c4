"""Every row of the table of functions has an example, and it is run here."""

from __future__ import annotations

import duckdb
import pytest

from odps_jupyter.emulator.sql.functions import ROWS, Function


def _label(row: Function) -> str:
    return f"{row.name}({row.signature})"


@pytest.mark.parametrize("row", ROWS, ids=_label)
def test_example(engine, row: Function) -> None:
    if row.kind == "scalar":
        assert engine.value(row.example) == row.expects
    elif row.kind == "aggregate":
        assert engine.value(f"{row.example} FROM VALUES (3), (1), (null), (2) AS t(x)") == row.expects
    else:
        rows = engine.rows(f"SELECT x, {row.example} FROM VALUES (3), (1), (null), (2) AS t(x)")
        assert [v for _, v in sorted(rows, key=lambda r: (r[0] is not None, r[0] or 0))] == row.expects


STRICT = [r for r in ROWS if r.kind == "scalar" and r.nulls in ("null", "guard") and r.parameters]


@pytest.mark.parametrize("row", STRICT, ids=_label)
def test_null_argument_makes_null(engine, row: Function) -> None:
    """Each argument of the example in turn is replaced by a NULL of the same type."""
    from sqlglot import exp

    from odps_jupyter.emulator.sql.dialect import parse

    tree = parse(f"SELECT {row.example}")
    call = next(n for n in tree.find_all(exp.Anonymous) if str(n.this).upper() == row.name)
    for position in range(len(call.expressions)):
        changed = call.copy()
        if (
            isinstance(changed.expressions[position], exp.Literal)
            and row.parameters[min(position, len(row.parameters) - 1)].name == "string"
            and position
            and callable(row.to)
        ):
            continue  # a format or pattern must be a constant text
        value = changed.expressions[position]
        # NULL of the argument's own type: IF(false, value, NULL).
        value.replace(exp.If(this=exp.Boolean(this=False), true=value.copy(), false=exp.Null()))
        assert engine.value(changed.sql("maxcompute")) is None


@pytest.mark.parametrize(
    ("call", "kind"), [("avg(x)", float), ("round(max(x))", float), ("ceil(max(x))", int), ("sum(x)", int)]
)
def test_whole_numbers_become_doubles_before_decimals(engine, call: str, kind: type) -> None:
    assert type(engine.value(f"{call} FROM VALUES (1), (3) AS t(x)")) is kind


def test_duckdb_is_the_version_the_table_was_written_for() -> None:
    assert int(duckdb.__version__.split(".")[0]) >= 1
