"""What a failed job failed of, and its function called here again: through the real client and service."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from odps import errors
from odps.df import output

from odps_jupyter.backends.messages import exception_line
from odps_jupyter.workflow.advice import advise
from odps_jupyter.workflow.failure import Failure, kind_of
from odps_jupyter.workflow.session import Session


@pytest.fixture
def untried(session: Session) -> Session:
    """A session that sends functions without trying them."""
    session.set_terms(replace(session.terms, preflight=False))
    return session


def replayed(session: Session, expr: Any) -> Exception:
    """What the function of a failing expression raises here."""
    with pytest.raises(errors.ScriptError):
        expr.execute()
    assert session.suspect is not None
    with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the test's to say
        session.suspect.replay()
    return caught.value


def innermost(error: Exception) -> dict[str, Any]:
    """The variables a debugger would stop at."""
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    assert at is not None
    return at.tb_frame.f_locals


def test_a_generator_of_rows_is_called_with_the_row_alone(untried: Session, iris: Any) -> None:
    seen: list[float] = []

    @output(["name", "half"], ["string", "float"])
    def halves(row: Any) -> Iterator[tuple[str, float]]:
        seen.append(row.petal_length)
        yield row.name, 1 / (row.petal_length - 6.9)

    error = replayed(untried, iris.apply(halves, axis=1))
    assert type(error) is ZeroDivisionError
    assert innermost(error)["row"].petal_length == 6.9
    assert seen == [6.9]


def test_an_aggregate_gets_all_rows(untried: Session, iris: Any) -> None:
    class Longest:
        def buffer(self) -> list[float]:
            return [0.0]

        def __call__(self, buffer: list[float], length: float) -> None:
            if length > 6.8:
                raise ValueError(f"too long: {length}")
            buffer[0] = max(buffer[0], length)

        def merge(self, buffer: list[float], other: list[float]) -> None:
            buffer[0] = max(buffer[0], other[0])

        def getvalue(self, buffer: list[float]) -> float:
            return buffer[0]

    error = replayed(untried, iris.groupby("name").agg(longest=iris.petal_length.agg(Longest, rtype="float")))
    assert str(error) == "too long: 6.9"
    assert innermost(error)["length"] == 6.9


def test_a_function_behind_a_filter_and_another_function(untried: Session, iris: Any) -> None:
    long = iris[iris.petal_length > 6]
    shifted = long[long.petal_length.map(lambda length: length - 6.9).rename("d"), long.name]
    error = replayed(untried, shifted.d.map(lambda d: 1 / d).sum())
    assert innermost(error) == {"d": 0.0}


def test_a_function_that_fails_only_there_is_told_so(untried: Session, iris: Any) -> None:
    with pytest.raises(errors.ScriptError):
        iris.petal_length.map(lambda length: "long" if length > 6.8 else 1, "int").sum().execute()
    assert untried.suspect is not None
    assert untried.suspect.row == {"arg0": 6.9}
    untried.suspect.replay()


def test_a_function_that_ends_the_program(untried: Session, iris: Any) -> None:
    with pytest.raises(errors.ScriptError):
        iris.petal_length.map(lambda length: sys.exit("enough") if length > 6.8 else length).sum().execute()
    assert untried.suspect is not None
    with pytest.raises(SystemExit, match="enough"):
        untried.suspect.replay()


def test_rows_of_a_view_are_not_looked_at(untried: Session, o: Any, failures: list[Failure]) -> None:
    o.execute_sql("create view postmortem_view as select petal_length from pyodps_iris")
    with pytest.raises(errors.ScriptError):
        o.get_table("postmortem_view").to_df().petal_length.map(lambda length: 1 / (length - 6.9)).sum().execute()
    o.delete_view("postmortem_view")
    assert untried.suspect is None
    assert (failures[-1].row, failures[-1].message) == (None, "ZeroDivisionError: float division by zero")
    assert "postmortem_view is a view" in (failures[-1].doubt or "")


def test_of_joined_tables_fewer_rows_are_looked_at(untried: Session, iris: Any, failures: list[Failure]) -> None:
    widths = iris[iris.name, iris.petal_width].distinct()
    joined = iris.join(widths, on="name")
    with pytest.raises(errors.ScriptError):
        joined.petal_length.map(lambda length: 1 / (length - 6.9)).sum().execute()
    assert failures[-1].searched == 70


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        ("KeyError: 'Ada'", "KeyError"),
        ("odps.errors.NoSuchTable", "odps.errors.NoSuchTable"),
        ("ODPS-0130131:Table not found - 'Ada'", "ODPS-0130131"),
        ("value secret-42 cannot be cast", "an error whose text may quote values"),
    ],
)
def test_what_of_a_message_quotes_nothing(message: str, kind: str) -> None:
    assert kind_of(message) == kind


def test_a_message_that_looks_like_a_frame_is_none() -> None:
    text = 'Traceback (most recent call last):\n  File "a.py", line 2, in f\nValueError: File "x", line 3\nmore'
    assert exception_line(text) == 'ValueError: File "x", line 3'


def test_the_last_exception_of_a_text() -> None:
    text = (
        "ODPS-0123055:User script exception - Traceback (most recent call last):\n"
        '  File "pyodps_udf.py", line 3445, in evaluate\n    res = self.f(*args)\n          ^^^^^^\n'
        "  File \"/tmp/cell.py\", line 9, in invert\nKeyError: 'a' | fatalInstance: Odps/p_1_SQL_0_0_0_job_0/M1#0_0"
    )
    assert exception_line(text) == "KeyError: 'a'"
    assert exception_line("ODPS-0123055: worker was killed\nsecond") == "ODPS-0123055: worker was killed"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select cast('x' as bigint) from pyodps_iris where no_such_column = 1", "look at its line 1, column 51"),
        ("select 1 +", "the service cannot read this SQL: look at its line 1, column "),
        ("select cast(1e30 as decimal)", "cast it to DECIMAL or DOUBLE before"),
        ("select * from no_such_table", "`list(o.list_tables())`"),
    ],
)
def test_what_to_do_about_errors_of_the_service(session: Session, o: Any, query: str, said: str) -> None:
    with pytest.raises(errors.ODPSError) as caught:
        o.execute_sql(query)
    assert said in (advise(caught.value, session.connection, "maxcompute") or "")


def test_a_job_that_pyodps_waits_for_no_more(session: Session) -> None:
    def said(status: str) -> str | None:
        error = errors.ODPSError(f"AnonymousSQLTask, status={status}", instance_id="2026")
        return advise(error, session.connection, "maxcompute")

    assert said("RUNNING") == (
        "PyODPS was interrupted and waits no more, and the job goes on: `o.stop_instance('2026')` ends it."
    )
    assert said("CANCELLED") is None
