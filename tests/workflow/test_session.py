"""A kernel's session: which connection holds, and what is recorded of a run."""

from __future__ import annotations

from typing import Any

from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.snapshot import session_state
from tests.conftest import entry_of


def test_what_was_said_holds_until_the_user_assigns_another_object(session: Session, service: Service) -> None:
    said = session.connection
    assert session.prepare() is said
    mine = session.namespace["o"] = entry_of(service)
    assert session.prepare().entry is mine
    assert session.prepare().origin == "the object o"


def test_a_deleted_o_is_put_back(session: Session) -> None:
    said = session.connection
    del session.namespace["o"]
    assert session.prepare() is said
    assert session.namespace["o"] is said.entry


def test_closing_takes_away_what_connecting_put_there(session: Session, service: Service) -> None:
    session.close()
    assert "o" not in session.namespace
    mine = session.namespace["o"] = entry_of(service)
    session.prepare()
    session.close()
    assert session.namespace["o"] is mine


def test_an_execution_that_ends_after_its_run_is_recorded_in_it(session: Session, iris: Any) -> None:
    for backend in ("pandas", "maxcompute"):
        session.set_backend(backend)
        with session.run():
            future = iris.sepal_length.map(lambda v: v * 2).sum().execute(async_=True)
        future.result(120)
        assert [execution.backend for execution in session.runs[-1].executions] == [backend]


def test_the_state_holds_no_secret(session: Session, service: Service, iris: Any) -> None:
    with session.run():
        iris.count().execute()
    state = session_state(session)
    assert state["run"]["executions"][0]["connection"] == "embedded"
    assert service.secret() not in str(state)
    assert service.secret() not in repr(vars(session))


def test_listeners_hear_of_every_change(session: Session) -> None:
    heard: list[str] = []
    session.on_change(lambda: heard.append(session.backend))
    session.set_backend("pandas")
    session.set_backend("maxcompute")
    with session.run():
        assert session.runs[-1].status == "running"
    assert heard == ["pandas", "maxcompute", "maxcompute", "maxcompute"]
    assert session.runs[-1].status == "ok"


def test_what_follows_a_run_inside_a_run_belongs_to_the_outer_one(session: Session, iris: Any) -> None:
    with session.run():
        with session.run():
            iris.count().execute()
        iris.sepal_length.max().execute()
    assert [[execution.operation for execution in run.executions] for run in session.runs] == [["Max"], ["Count"]]
