"""A network that fails, is slow or loses answers: what goes on, what is said, and what Stop still reaches."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odps_jupyter.backends.embedded import Lease
from odps_jupyter.backends.patience import Patience
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.stopping import Stopped
from odps_jupyter.workflow.advice import advise
from odps_jupyter.workflow.session import Session
from tests.conftest import AMPLE
from tests.far import Far
from tests.proxy import ENDPOINT, Answer, Asked, Fault

from .asking import submits


def test_a_lease_is_given_back_though_a_renewal_comes_late(far: Far, o: Any) -> None:
    """The service would else wait for a kernel that has gone."""
    renewing, late, gone = threading.Event(), threading.Event(), threading.Event()
    arrived: list[str] = []

    def decide(asked: Asked) -> Fault:
        if "/clients/" in asked.path:
            if asked.method == "PUT" and arrived:
                renewing.set()
                assert late.wait(AMPLE)
            arrived.append(asked.method)
            if arrived.count("DELETE") == 2:
                gone.set()
        return None

    with far.proxy.doing(decide):
        lease = Lease(o, replace(far.service, endpoint=ENDPOINT), pause=0.0)
        lease.start()
        assert renewing.wait(AMPLE)
        lease.close()
        late.set()
        assert gone.wait(AMPLE)
    assert arrived == ["PUT", "DELETE", "PUT", "DELETE"]


@pytest.mark.parametrize("fault", ["lost", "unanswered", "broken", Answer(502), Answer(504)])
def test_a_job_is_submitted_once_whatever_becomes_of_the_answer(far: Far, o: Any, summed: Any, fault: Fault) -> None:
    before = len(list(o.list_instances()))
    left = [fault]
    with far.proxy.doing(lambda asked: left.pop() if left and submits(asked) else None) as seen:
        assert summed.execute() == pytest.approx(1026.5)
    # An answer that breaks off has its head, which is all that PyODPS reads of it.
    assert sum(submits(asked) for asked in seen) in {1, 2}
    assert len(list(o.list_instances())) == before + 1


def test_a_job_is_found_again_after_the_network_was_lost(far: Far, summed: Any) -> None:
    lost: list[Fault] = [Answer(503), Answer(502), "lost", "broken", "unanswered", Answer(504)]
    faults = [*lost, *lost]

    def decide(asked: Asked) -> Fault:
        return faults.pop() if faults and "/instances/" in asked.path and asked.method == "GET" else None

    with far.proxy.doing(decide):
        assert summed.execute() == pytest.approx(1026.5)
    assert faults == []


def test_a_network_that_stays_away_is_said_and_the_job_named(far: Far, session: Session, summed: Any) -> None:
    session.set_terms(replace(session.terms, patience=Patience(seconds=0.0)))
    down = [False]

    def decide(asked: Asked) -> Fault:
        down[0] = down[0] or "/instances/" in asked.path
        return "lost" if down[0] else None

    with far.proxy.doing(decide), pytest.raises(Exception, match=r".") as caught:
        summed.execute()
    advice = advise(caught.value, session.connection, "maxcompute")
    assert advice == f"nothing answers at {ENDPOINT}; check it, or `%odps connect embedded`."
    assert any("was submitted and may still run: `o.get_instance(" in note for note in caught.value.__notes__)


def stopped_at(far: Far, session: Session, wanted: Callable[[Asked], bool], run: Callable[[], object]) -> list[Asked]:
    """What was asked of the project when ``run`` was stopped from outside while a wanted request was under way."""

    def decide(asked: Asked) -> Fault:
        if wanted(asked) and not stopping:
            stopping.append(session.stop(lambda _: True))
        return None

    stopping: list[list[int]] = []
    with far.proxy.doing(decide) as seen, pytest.raises(Stopped):
        run()
    assert len(stopping) == 1
    return list(seen)


def test_stop_reaches_an_execution_whatever_it_waits_for(
    far: Far, session: Session, o: Any, summed: Any, told: list[str]
) -> None:
    before = len(list(o.list_instances()))

    def held(x: float) -> float:
        """Never returns: its job goes on until it is stopped."""
        import signal

        signal.pause()
        return x

    forever = o.get_table("pyodps_iris").to_df().sepal_length.map(held).sum()
    stopped_at(
        far, session, lambda asked: asked.method == "POST" and asked.path.endswith("/resources"), forever.execute
    )
    assert len(list(o.list_instances())) == before
    seen = stopped_at(far, session, submits, forever.execute)
    (job,) = {asked.path for asked in seen if "/instances/" in asked.path and asked.method == "PUT"}
    assert o.get_instance(job.rpartition("/")[2]).is_terminated()
    # PyODPS locks an instance while it asks for its status.
    stopped_at(far, session, lambda asked: asked.method == "GET" and "/instances/" in asked.path, forever.execute)
    assert [one for one in (*o.list_functions(), *o.list_resources()) if "udf" in one.name] == []
    session.set_backend("pandas", Sample(10))
    stopped_at(far, session, lambda asked: "data" in asked.query.split("&"), summed.execute)
    assert summed.execute() > 0
    assert told == []


def test_preflight_gives_up_on_a_sample_that_does_not_come_and_the_job_goes_on(
    far: Far, session: Session, summed: Any
) -> None:
    session.set_terms(replace(session.terms, preflight=True, seconds=0.5))
    sent = threading.Event()

    def decide(asked: Asked) -> Fault:
        if "downloads" in asked.query:
            assert sent.wait(AMPLE)
        elif submits(asked):
            sent.set()
        return None

    with far.proxy.doing(decide), session.run():
        assert summed.execute() == pytest.approx(1026.5)
    assert session.runs[-1].preflights[0].doubts == ("lambda was not proved: took longer than 0.5 s",)
