"""Runs jobs: a bounded pool of threads, each job on a connection of its own, ended jobs in the database."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.projects.models import get_project
from odps_jupyter.emulator.store import now
from odps_jupyter.executor.errors import ExecutorError

from . import models
from .models import CANCELLED, FAILED, RUNNING, SUCCESS, TERMINATED, Instance, Submission, Task
from .sqltask import Cancelled, SqlTask

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

log = logging.getLogger(__name__)

#: Jobs that run at once; more wait their turn.
MAX_RUNNING = 4
#: How long ended instances and their results are kept.
KEEP = timedelta(days=7)


class LiveJob:
    """A job that has not ended: what it is doing now, and how to stop it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.done: Future[None] = Future()
        self.progress: tuple[int, int] = (0, 1)
        self._running: SqlTask | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def begin(self, task: SqlTask) -> None:
        """Note what runs now; raises if the job was stopped meanwhile."""
        with self._lock:
            if self._cancelled:
                raise Cancelled
            self._running = task

    def stop(self) -> None:
        """Interrupt what runs and keep the rest from starting."""
        with self._lock:
            self._cancelled = True
            running = self._running
        if running is not None:
            running.stop()


class Jobs:
    """Every instance of the service. Running ones are in memory, ended ones in the database."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._live: dict[str, LiveJob] = {}
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="job")
        self._closed = False

    def recover(self) -> None:
        """Mark what a killed service left running as failed, and forget what is older than :data:`KEEP`."""
        with self._service.store.writing() as connection:
            for instance in models.unfinished(connection):
                text = "ODPS-0010000:System internal error - the service was stopped while this job ran; run it again"
                tasks = tuple(
                    task if task.status in (SUCCESS, FAILED) else replace(task, status=FAILED, text=text)
                    for task in instance.tasks
                )
                models.update(connection, replace(instance, status=TERMINATED, ended=now(), tasks=tasks))
            connection.execute("DELETE FROM meta.instances WHERE started < ?", (now() - KEEP,))
            known = {str(row[0]) for row in connection.execute("SELECT id FROM meta.instances").fetchall()}
        self._service.results.sweep(known)

    @property
    def running(self) -> int:
        """Jobs that have not ended."""
        with self._lock:
            return len(self._live)

    def submit(self, project: str, submission: Submission) -> tuple[str, bool]:
        """Start a job; returns its id, and whether it is new: a unique identifier seen before names the old one."""
        store = self._service.store
        with self._lock:
            if self._closed:
                raise OdpsError("ServiceUnavailable", "The service is being stopped", 503)
            with store.writing() as connection:
                project = get_project(connection, project).name
                known = submission.guid and models.find_guid(connection, project, submission.guid)
                if known:
                    return known, False
                moment = now()
                instance = Instance(
                    id=f"{moment:%Y%m%d%H%M%S}{moment.microsecond // 1000:03d}g{secrets.token_hex(5)}",
                    project=project,
                    owner=self._service.owner,
                    guid=submission.guid,
                    job=submission.job,
                    name=submission.name,
                    started=moment,
                    ended=None,
                    status="Running",
                    tasks=submission.tasks,
                )
                models.insert(connection, instance)
            live = LiveJob(instance)
            self._live[instance.id] = live
            self._threads.submit(self._run, live)
        return instance.id, True

    def get(self, project: str, identity: str) -> Instance:
        """The instance as it is now.

        Raises:
            OdpsError: there is none of that id.
        """
        with self._lock:
            live = self._live.get(identity)
        if live is not None and live.instance.project == project.lower():
            return live.instance
        with self._service.store.reading() as connection:
            return models.get(connection, project.lower(), identity)

    def live(self, identity: str) -> LiveJob | None:
        with self._lock:
            return self._live.get(identity)

    async def wait(self, identity: str, seconds: float) -> None:
        """Return when the job ended, or after so many seconds."""
        live = self.live(identity)
        if live is not None:
            await asyncio.wait([asyncio.wrap_future(live.done)], timeout=seconds)

    def stop(self, project: str, identity: str) -> None:
        """Cancel a job; one that has ended stays as it is."""
        self.get(project, identity)
        live = self.live(identity)
        if live is not None:
            live.stop()

    def _run(self, live: LiveJob) -> None:
        finished: list[Task] = []
        try:
            for index, task in enumerate(live.instance.tasks):
                rest = live.instance.tasks[index + 1 :]
                running = replace(task, status=RUNNING)
                live.instance = live.instance.with_tasks(*finished, running, *rest)
                finished.append(self._run_task(live, running))
                if finished[-1].status != SUCCESS:
                    finished.extend(replace(one, status=CANCELLED) for one in rest)
                    break
        finally:
            self._finish(live, finished)

    def _run_task(self, live: LiveJob, task: Task) -> Task:
        runner = SqlTask(self._service, live.instance, task)

        def note(done: int, total: int) -> None:
            live.progress = (done, max(total, 1))

        try:
            live.begin(runner)
            return runner.run(note)
        except Cancelled:
            return replace(task, status=CANCELLED, log=runner.log)
        except (OdpsError, ExecutorError, duckdb.Error, OSError) as error:
            if live.cancelled:
                return replace(task, status=CANCELLED, log=runner.log)
            return replace(task, status=FAILED, text=runner.explain(error).text, log=runner.log)
        except Exception as error:
            # A bug of ours must still end the job as a failed one: a client would wait for ever otherwise.
            log.exception("instance %s", live.instance.id)
            text = f"ODPS-0010000:System internal error - {type(error).__name__}: {error}"
            return replace(task, status=FAILED, text=text, log=runner.log)

    def _finish(self, live: LiveJob, tasks: Sequence[Task]) -> None:
        ended = replace(live.instance, status=TERMINATED, ended=now(), tasks=tuple(tasks) or live.instance.tasks)
        try:
            with self._service.store.writing() as connection:
                models.update(connection, ended)
        finally:
            live.instance = ended
            with self._lock:
                del self._live[live.instance.id]
            live.done.set_result(None)
            self._service.retire("")

    def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        with self._lock:
            self._closed = True
            running = list(self._live.values())
        for live in running:
            live.stop()
        with suppress(RuntimeError):
            self._threads.shutdown(wait=True)
