"""Jobs inside a service that serves nobody: what no request can bring about at a chosen moment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from odps_jupyter.emulator.instances import records
from odps_jupyter.emulator.instances.jobs import KEEP, Jobs
from odps_jupyter.emulator.instances.models import CANCELLED, SUCCESS, Instance, Submission, Task
from odps_jupyter.emulator.instances.running import RunningTask
from odps_jupyter.emulator.service import Service
from odps_jupyter.emulator.store import now

SUBMISSION = Submission("", "", "<Job/>", (Task("t", "SQL", "select 1 as a"),))


def run(jobs: Jobs) -> Instance:
    identity, _ = jobs.submit("mine", SUBMISSION)
    live = jobs.live(identity)
    if live is not None:
        live.done.result()
    return jobs.get("mine", identity)


class Torn(RunningTask):
    """A task that waits until it is stopped and then fails in a way that nobody foresaw."""

    def __init__(self, service: Service, instance: Instance, task: Task) -> None:
        super().__init__(service, instance, task)
        self._stop_came = threading.Event()
        self._began: threading.Event | None = None

    @classmethod
    def telling(cls, began: threading.Event) -> Callable[[Service, Instance, Task], Torn]:
        """Makes tasks that say when they run."""

        def make(service: Service, instance: Instance, task: Task) -> Torn:
            made = cls(service, instance, task)
            made._began = began
            return made

        return make

    def stop(self) -> None:
        super().stop()
        self._stop_came.set()

    def run(self) -> Task:
        if self._began is not None:
            self._began.set()
        self._stop_came.wait()
        raise RuntimeError("torn")


def test_a_stopped_job_is_cancelled_whatever_the_stop_makes_of_it(unserved: Service) -> None:
    began = threading.Event()
    jobs = Jobs(unserved, Torn.telling(began))
    identity, _ = jobs.submit("mine", SUBMISSION)
    live = jobs.live(identity)
    assert live is not None
    began.wait()
    jobs.stop("mine", identity)
    live.done.result()
    assert [task.status for task in jobs.get("mine", identity).tasks] == [CANCELLED]
    jobs.close()


def test_a_job_that_cannot_be_kept_changes_nothing(unserved: Service) -> None:
    jobs = Jobs(unserved)
    unkept = Submission("", "", "no text: \ud800", (Task("t", "SQL", "create table never (a bigint)"),))
    with pytest.raises(duckdb.Error, match="surrogate"):
        jobs.submit("mine", unkept)
    jobs.close()
    assert jobs.running == 0
    with unserved.store.reading() as connection:
        assert unserved.catalog(connection, "mine").find("mine", "default", "never") is None


def test_who_asks_whether_a_job_has_ended_is_kept_until_it_has(unserved: Service) -> None:
    jobs = Jobs(unserved, Torn)
    identity, _ = jobs.submit("mine", SUBMISSION)
    live = jobs.live(identity)
    assert live is not None

    async def ask() -> bool:
        question = asyncio.create_task(jobs.wait(identity, 3600))
        await asyncio.sleep(0)  # it waits by now
        kept = not question.done()
        jobs.stop("mine", identity)
        await question
        return kept

    assert asyncio.run(ask())
    assert live.done.done()
    jobs.close()


def test_old_instances_and_their_results_are_forgotten_while_others_run(
    unserved: Service, place_of: Callable[[str], list[Path]]
) -> None:
    jobs = unserved.jobs
    kept, old = run(jobs), run(jobs)
    assert [task.status for task in old.tasks] == [SUCCESS]
    with unserved.store.writing() as connection:
        records.insert(connection, replace(old, id="1" + old.id, started=now() - 2 * KEEP))
    waiting = Jobs(unserved, Torn)
    identity, _ = waiting.submit("mine", SUBMISSION)
    folder = unserved.folder.results
    for name in (f"1{old.id}.t.arrow", f"{identity}.t.part", f"{kept.id}.t.part", "nobody.t.arrow"):
        (folder / name).write_bytes(b"")

    waiting.forget_old()
    assert place_of(kept.id) == [folder / f"{kept.id}.t.arrow"]
    assert place_of(identity) == [folder / f"{identity}.t.part"]
    assert not place_of("1" + old.id)
    assert not place_of("nobody")
    with unserved.store.reading() as connection:
        known = [one.id for one in records.listing(connection, "mine", records.Wanted(), "", 100)]
    assert {kept.id, old.id, identity} <= set(known)
    assert "1" + old.id not in known
    waiting.close()


@pytest.fixture
def place_of(unserved: Service) -> Callable[[str], list[Path]]:
    return lambda identity: sorted(unserved.folder.results.glob(f"{identity}.*"))
