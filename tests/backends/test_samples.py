"""What a sample reads of odd tables, and by odd words."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.backends.sample import Sample, read_table
from odps_jupyter.display.report import show_run
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session
from tests.conftest import entry_of

HINTS = {"odps.sql.type.system.odps2": "true", "odps.sql.decimal.odps2": "true"}
NESTED = {
    "j": "json",
    "a": "array<map<string,struct<n:bigint,t:array<string>>>>",
    "s": "struct<n:bigint,d:decimal(10,2)>",
    "js": "array<json>",
    "b": "binary",
    "w": "timestamp_ntz",
    "n": "int",
    "x": "double",
    "f": "boolean",
    "at": "datetime",
}
FULL = """1L, json_parse('{"k": [1, null]}'), array(map('k', named_struct('n', 1L, 't', array('x')))),
    named_struct('n', 9007199254740993L, 'd', CAST(1.5 AS DECIMAL(10,2))), array(json_parse('"y"')), unhex('00ff'),
    TIMESTAMP_NTZ '2026-01-01 00:00:00.123456789', 7, CAST('nan' AS DOUBLE), TRUE, DATETIME '2026-01-01 00:00:00'"""


@pytest.fixture(scope="module")
def nested(service: Service) -> Iterator[Any]:
    """A row with a value of each type, and one of NULLs."""
    o, name = entry_of(service), f"nested_{uuid.uuid4().hex}"
    table = o.create_table(name, ", ".join(f"{k} {v}" for k, v in {"id": "bigint", **NESTED}.items()), hints=HINTS)
    nulls = ", ".join(f"CAST(NULL AS {kind})" for kind in NESTED.values())
    o.execute_sql(f"INSERT INTO TABLE {name} SELECT {FULL} UNION ALL SELECT 2L, {nulls}", hints=HINTS)
    yield table
    table.drop()


def test_what_arrow_cannot_give_is_read_as_on_the_executor(session: Session, nested: Any) -> None:
    frame = nested.to_df()
    session.set_backend("pandas")
    session.set_terms(replace(session.terms, compare="twin"))
    with session.run():
        row = frame[frame.id == 1].execute().to_pandas().iloc[0]
        frame[frame.id, frame.a.map(lambda v: "" if v is None else f"{v[0]['k'].t}", "string").rename("t")].execute()
        frame[frame.id, frame.s.map(lambda v: 0 if v is None else v.n + len(v), "int").rename("t")].execute()
    assert [(one.equal, one.error) for one in session.runs[-1].comparisons] == [(True, None)] * 3
    assert (row.j, row.js, row.s.n, row.s.d) == ({"k": [1, None]}, ["y"], 2**53 + 1, Decimal("1.5"))
    assert (row.a[0]["k"]._asdict(), row.b, row.w.nanosecond) == ({"n": 1, "t": ["x"]}, b"\x00\xff", 789)
    assert (row.n, row.f, row["at"]) == (7, True, datetime(2026, 1, 1))


@pytest.mark.parametrize("text", ["100", "id > 0"])
def test_columns_have_the_types_that_arrow_gives_them(session: Session, nested: Any, o: Any, text: str) -> None:
    name = f"plain_{uuid.uuid4().hex}"
    o.execute_sql(f"CREATE TABLE {name} AS SELECT id, b, w, n, x, f, at FROM {nested.name}", hints=HINTS)
    try:
        plain = read_table(o.get_table(name), Sample.parse(text))[0].sort_values("id", ignore_index=True)
    finally:
        o.delete_table(name)
    mine = read_table(nested, Sample.parse(text))[0].sort_values("id", ignore_index=True)
    assert mine[list(plain.columns)].equals(plain.astype({"at": mine["at"].dtype}))
    assert len(read_table(nested, Sample(5, defined=True))[0]) == 1


@pytest.fixture(scope="module")
def texts(service: Service) -> Iterator[Any]:
    """Ten rows with quotes and a column in Chinese."""
    o, name = entry_of(service), f"texts_{uuid.uuid4().hex}"
    table = o.create_table(name, "id bigint, s string, `中文` string, `count` bigint")
    with table.open_writer() as writer:
        writer.write([[at, f"it's;{at}", "x", at] for at in range(10)])
    yield table
    table.drop()


def test_conditions_mean_what_they_say(session: Session, texts: Any) -> None:
    session.set_backend("pandas")
    frame = texts.to_df()

    def read(text: str) -> list[int]:
        session.set_backend("pandas", Sample.parse(text))
        return sorted(frame.execute().to_pandas()["id"])

    assert read("s = \"it's;3\" or s = 'it\\'s;4'") == [3, 4]
    assert read("`中文` = 'y' or `count` > 8 /* one; */") == [9]
    assert read("ID between 2 and 3") == [2, 3]
    # What belongs to another table is none of the condition's columns.
    assert read(f"id in (select other from (select id as other from {texts.name}) t where other < 2)") == [0, 1]
    for text in (
        "0",
        "-1",
        "1e6",
        " ",
        "id",
        "true",
        "id > 3; drop table t",
        "id > 3 -- c",
        "id > 3) or (1 = 1",
        "(id",
    ):
        with pytest.raises(UserError, match="is no sample"):
            Sample.parse(text)
    with pytest.raises(UserError, match=r"does not take 'max\(id\) > 3' as a condition: .*WHERE"):
        read("max(id) > 3")


def test_a_table_without_the_conditions_column_is_told(session: Session, texts: Any) -> None:
    session.set_backend("pandas", Sample.parse("nope > 3 and id > 3"))
    with session.run():
        texts.to_df().execute()
    (execution,) = session.runs[-1].executions
    assert (execution.sampled[0].rows, execution.sampled[0].lacks) == (10, ("nope",))
    line = show_run(session.runs[-1], "cp311").text
    assert f"10 of 10 rows of {texts.name} (without the condition: it has no column nope)" in line
