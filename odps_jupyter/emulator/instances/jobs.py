"""Runs jobs: a bounded pool of threads, each job on a connection of its own, ended jobs in the database."""

from __future__ import annotations

import asyncio
import logging
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import duckdb

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.store import now
from odps_jupyter.executor.errors import ExecutorError

from . import records
from .models import CANCELLED, FAILED, SUCCESS, TERMINATED, WAITING, Instance, Submission, Task
from .running import Cancelled, RunningTask

if TYPE_CHECKING:
    from odps_jupyter.emulator.service import Service

log = logging.getLogger(__name__)

#: Jobs that run at once; more wait their turn.
MAX_RUNNING = 4
#: Ended instances kept in memory: a client asks for one several times right after its end.
REMEMBERED = 64
#: How long ended instances and their results are kept.
KEEP = timedelta(days=7)
#: Seconds from one look for old instances to the next; only a job that ends looks.
_SWEEP_SECONDS = 3600.0


class LiveJob:
    """A job that has not ended: what it is doing now, and how to stop it."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.done: Future[None] = Future()
        #: Set once the database knows the job, or never will: it changes nothing before.
        self.kept = threading.Event()
        #: Its turn in the pool of threads; cancelled where it has not come yet.
        self.turn: Future[None] | None = None
        self._running: RunningTask | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def now(self) -> Instance:
        """The instance as it is at this moment, the task at work included."""
        with self._lock:
            instance, running = self.instance, self._running
        if running is None or instance.status == TERMINATED:
            return instance
        done = sum(task.status not in (WAITING,) for task in instance.tasks)
        tasks = list(instance.tasks)
        if done < len(tasks):
            tasks[done] = running.now()
        return instance.with_tasks(*tasks)

    @property
    def cancelled(self) -> bool:
        return self._cancelled

    def begin(self, task: RunningTask) -> None:
        """Note what runs now; raises if the job was stopped meanwhile."""
        with self._lock:
            if self._cancelled:
                raise Cancelled
            self._running = task

    def done_with(self, tasks: tuple[Task, ...], rest: tuple[Task, ...]) -> None:
        """Note the tasks that have ended."""
        with self._lock:
            self.instance = self.instance.with_tasks(*tasks, *rest)
            self._running = None

    def stop(self) -> bool:
        """Interrupt what runs and keep the rest from starting; answers whether nobody had stopped it before."""
        with self._lock:
            first = not self._cancelled
            self._cancelled = True
            running = self._running
        if running is not None:
            running.stop()
        return first


class Jobs:
    """Every instance of the service. Running ones are in memory, ended ones in the database.

    Args:
        runner: makes what runs one task.
    """

    def __init__(
        self, service: Service, runner: Callable[[Service, Instance, Task], RunningTask] = RunningTask
    ) -> None:
        self._service = service
        self._runner = runner
        self._live: dict[str, LiveJob] = {}
        self._ended: OrderedDict[str, Instance] = OrderedDict()
        self._lock = threading.Lock()
        self._threads = ThreadPoolExecutor(MAX_RUNNING, thread_name_prefix="job")
        self._closed = False
        self._swept = time.monotonic()

    def recover(self) -> None:
        """Mark what a killed service left running as failed, and forget what is old."""
        with self._service.store.writing() as connection:
            for instance in records.unfinished(connection):
                text = "ODPS-0010000:System internal error - the service was stopped while this job ran; run it again"
                tasks = tuple(
                    task if task.status in (SUCCESS, FAILED) else replace(task, status=FAILED, text=text)
                    for task in instance.tasks
                )
                records.update(connection, replace(instance, status=TERMINATED, ended=now(), tasks=tasks))
        self.forget_old()

    def forget_old(self) -> None:
        """Forget ended instances that are older than :data:`KEEP`, and delete results that nobody can ask for."""
        self._swept = time.monotonic()
        files = self._service.results.files()
        with self._service.store.writing() as connection:
            known = records.forget(connection, now() - KEEP)
            with self._lock:
                live = set(self._live)
        self._service.results.sweep(files, known, live)

    @property
    def running(self) -> int:
        """Jobs that have not ended."""
        with self._lock:
            return len(self._live)

    def submit(self, project: str, submission: Submission) -> tuple[str, bool]:
        """Start a job; returns its id, and whether it is new: a unique identifier seen before names the old one."""
        live = None
        try:
            with self._lock, self._service.store.writing() as connection:
                if self._closed:
                    raise OdpsError("ServiceUnavailable", "The service is being stopped", 503)
                project = self._service.places.project(connection, project)
                known = submission.guid and records.find_guid(connection, project, submission.guid)
                if known:
                    return known, False
                live = LiveJob(self._instance(project, submission))
                self._live[live.instance.id] = live
                # Its processes begin while the disk takes the record.
                live.turn = self._threads.submit(self._run, live)
                records.insert(connection, live.instance)
        except BaseException:
            if live is not None:
                live.stop()
            raise
        finally:
            if live is not None:
                live.kept.set()
        return live.instance.id, True

    def _instance(self, project: str, submission: Submission) -> Instance:
        moment = now()
        return Instance(
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
            priority=submission.priority,
        )

    def get(self, project: str, identity: str) -> Instance:
        """The instance as it is now.

        Raises:
            OdpsError: there is none of that id.
        """
        live, ended = self.live(identity), self.ended(project, identity)
        if live is not None and live.instance.project == project.lower():
            return live.now()
        if ended is not None:
            return ended
        with self._service.store.looking() as connection:
            return records.get(connection, project.lower(), identity)

    def ended(self, project: str, identity: str) -> Instance | None:
        """The instance if it ended a short time ago; ``None`` says nothing."""
        with self._lock:
            found = self._ended.get(identity)
        return found if found is not None and found.project == project.lower() else None

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
        # A turn can be cancelled twice, but its job ends once.
        if live is not None and live.stop() and live.turn is not None and live.turn.cancel():
            self._finish(live, [replace(task, status=CANCELLED) for task in live.instance.tasks])

    def _run(self, live: LiveJob) -> None:
        finished: list[Task] = []
        try:
            for index, task in enumerate(live.instance.tasks):
                rest = live.instance.tasks[index + 1 :]
                finished.append(self._run_task(live, task))
                if finished[-1].status != SUCCESS:
                    finished.extend(replace(one, status=CANCELLED) for one in rest)
                    break
                live.done_with(tuple(finished), rest)
        finally:
            self._finish(live, finished)

    def _run_task(self, live: LiveJob, task: Task) -> Task:
        try:
            runner = self._runner(self._service, live.instance, task)
            return self._outcome(live, runner)
        except Exception as error:
            if live.cancelled:
                # Whatever an interruption made of it: who stopped the job is told that it was stopped.
                log.debug("instance %s", live.instance.id, exc_info=True)
                return replace(task, status=CANCELLED, ended=now())
            if isinstance(error, OdpsError):
                # The script cannot be divided into statements, so there is no runner to say how it failed.
                return replace(task, status=FAILED, text=error.text, ended=now())
            # A bug of ours must still end the job as a failed one: a client would wait for ever otherwise.
            log.exception("instance %s", live.instance.id)
            text = f"ODPS-0010000:System internal error - {type(error).__name__}: {error}"
            return replace(task, status=FAILED, text=text, ended=now())

    def _outcome(self, live: LiveJob, runner: RunningTask) -> Task:
        try:
            runner.foresee()
            live.kept.wait()
            live.begin(runner)
            return runner.run()
        except Cancelled:
            return runner.now(CANCELLED)
        except (OdpsError, ExecutorError, duckdb.Error, OSError) as error:
            return runner.now(CANCELLED) if live.cancelled else runner.failed(error)
        finally:
            runner.close()

    def _finish(self, live: LiveJob, tasks: Sequence[Task]) -> None:
        ended = replace(live.instance, status=TERMINATED, ended=now(), tasks=tuple(tasks) or live.instance.tasks)
        try:
            with self._service.store.writing() as connection:
                records.update(connection, ended)
        except (duckdb.Error, OSError):
            # Nobody waits for this thread's outcome; the next start marks the job as failed.
            log.exception("the end of instance %s was not kept", ended.id)
        finally:
            live.instance = ended
            with self._lock:
                del self._live[live.instance.id]
                self._ended[ended.id] = ended
                while len(self._ended) > REMEMBERED:
                    self._ended.popitem(last=False)
            live.done.set_result(None)
            self._service.retire("")
        if time.monotonic() - self._swept > _SWEEP_SECONDS:
            self._forget_old()

    def _forget_old(self) -> None:
        try:
            self.forget_old()
        except (duckdb.Error, OSError):
            log.exception("old instances were not forgotten; the next look or the next start does it")

    def close(self) -> None:
        """Cancel everything and wait until it has ended."""
        with self._lock:
            self._closed = True
            running = list(self._live.values())
        for live in running:
            self.stop(live.instance.project, live.instance.id)
        self._threads.shutdown(wait=True)
