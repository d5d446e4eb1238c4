"""A kernel's session: which connection holds, and what is recorded of a run."""

from __future__ import annotations

import queue
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.snapshot import session_state
from tests.conftest import entry_of
from tests.texts import held_until


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


@pytest.mark.parametrize("backend", ["pandas", "maxcompute"])
def test_a_run_ends_with_the_last_of_what_its_cell_began(
    session: Session, iris: Any, backend: str, tmp_path: Path
) -> None:
    session.set_backend(backend)
    session.set_terms(replace(session.terms, preflight=False))
    names: dict[str, Any] = {}
    exec(held_until(str(tmp_path / "gate")), names)
    ended: queue.Queue[str] = queue.Queue()

    def hear() -> None:
        if session.runs:
            ended.put(session.runs[-1].status)

    session.on_change(hear)
    for divisor, status in [(1, "ok"), (0, "error")]:
        with session.run():
            begun = iris.sepal_length.map(names["held"]).map(lambda v, by=divisor: 1 / by)
            future = begun.sum().execute(async_=True)
        assert (session.runs[-1].status, session.runs[-1].background) == ("running", True)
        (tmp_path / "gate").touch()
        while ended.get(timeout=120) != status:
            pass
        assert (future.exception(120) is None) is (status == "ok")
        run = session.runs[-1]
        assert [execution.backend for execution in run.executions] == [backend]
        assert (run.status, "Zero" in (run.kind or "") + (run.error or "")) == (status, status == "error")
        (tmp_path / "gate").unlink()


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
