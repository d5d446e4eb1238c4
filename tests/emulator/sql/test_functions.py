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
        value = engine.value(row.example, odps__sql__hive__compatible=str(row.hive or False).lower())
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
        hive = str(row.hive or False).lower()
        assert engine.value(changed.sql("maxcompute"), odps__sql__hive__compatible=hive) is None


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


def test_sets_of_arrays_and_groups_of_entries_are_what_python_makes(engine: Engine) -> None:
    """Each is found by sorting once: with NULLs, repeated items, nothing at all, and in many rows at once."""
    lists: list[list[int | None]] = [
        [], [None], [2, 1, 2, None, None], [3, 3, 1], [0], [None, 0, 0, 5], [5, 4, 3, 2, 1], [1, None, 1],
    ]  # fmt: skip
    engine.run("CREATE TABLE lists (id bigint, a array<bigint>, b array<bigint>)")
    pairs = [(a, b) for a in lists for b in lists]
    for at, pair in enumerate(pairs):
        written = [f"cast(array({', '.join(map(str, one)).replace('None', 'null')}) as array<bigint>)" for one in pair]
        engine.run(f"INSERT INTO lists SELECT {at}L, {written[0]}, {written[1]}")
    nested = "array_except(transform(a, x -> array(x)), transform(b, x -> array(x)))"
    shown = f"array_except(a, b), array_intersect(a, b), {nested}"
    found = engine.rows(f"SELECT {shown} FROM lists ORDER BY id LIMIT 100")
    for (a, b), row in zip(pairs, found, strict=True):
        once = list(dict.fromkeys(a))
        without = [x for x in once if x not in b]
        assert row == (without, [x for x in once if x in b], [[x] for x in without])
    zipped = (
        "map_zip_with(m, n, (k, v, w) -> array(k, v, w, size(map_zip_with(n, m, (l, x, y) -> coalesce(x, y) + v))))"
    )
    maps = "map(3, 30L, 1, 10L, 2, 20L) AS m, map(2, 21L, 4, 41L) AS n"
    assert engine.value(f"{zipped} FROM (SELECT {maps}) AS t") == [
        (3, [3, 30, None, 4]), (1, [1, 10, None, 4]), (2, [2, 20, 21, 4]), (4, [4, None, 41, 4]),
    ]  # fmt: skip
    entries = "values ('b', 1), ('a', 2), ('b', cast(null as int)), (cast(null as string), 4), ('a', 5) AS t(k, v)"
    [grouped] = engine.column(f"SELECT multimap_agg(k, v) FROM (SELECT * FROM {entries}) AS u")
    assert {key: sorted(values, key=str) for key, values in grouped} == {"b": [1, None], "a": [2, 5]}
    many = "SELECT x % 1000 AS k, x FROM (SELECT explode(sequence(1, 20000)) AS x) AS t"
    assert engine.rows(
        f"SELECT size(m), size(m[7L]) FROM (SELECT multimap_agg(k, x) AS m FROM ({many}) AS u) AS w",
        odps__sql__max__sequence__length="20000",
    ) == [(1000, 20)]
