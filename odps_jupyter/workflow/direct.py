"""The jobs that the running cell sent itself, on their way into the history and among what is under way."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from odps_jupyter.backends.direct import DirectJob
from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.progress import Begun, LookAt, Silent, Watch
from odps_jupyter.backends.stopping import stop_instance

from .records import Records
from .run import SentJob, plain
from .underway import Underway

#: How the statuses of tasks that did not succeed are told.
_FAILED = {"FAILED": "ODPSError: the job failed", "CANCELLED": "ODPSError: the job was stopped"}


#: Jobs whose progress is asked for at once, each on a thread of its own.
_WATCHED = 8


class Closes(Protocol):
    """What shows a job while it goes on."""

    def close(self) -> None:
        """It has ended."""


@dataclass
class _Going:
    """One job from its sending to its end, or to that of its cell."""

    job: DirectJob
    run: int
    label: str
    endpoint: str
    watch: Closes
    keep: Callable[[Any], None]
    execute: Callable[[Any], None]
    started: float
    ended: float | None = None
    awaited: bool = False


class Direct:
    """A :class:`~odps_jupyter.backends.direct.Hears` for one kernel.

    A job belongs to the run of its cell until that ends, whether or not somebody waits for it: it is the user's own,
    and outlives the kernel as it would without us.
    """

    def __init__(
        self,
        records: Records,
        underway: Underway,
        begin: Callable[[Any], str],
        cell: Callable[[], int | None],
        mine: Callable[[], bool],
    ) -> None:
        """Args: ``begin`` records the running cell, if any, and names where an entry object speaks to; ``cell`` is the
        index of the running cell; ``mine`` says whether what this thread does now is of that cell.
        """
        self._records = records
        self._underway = underway
        self._begin = begin
        self._cell = cell
        self._mine = mine
        self._going: dict[str, _Going] = {}
        self._senders: dict[str, Any] = {}
        #: Numbers of the runs that have ended: threads may send more.
        self._ended: set[int] = set()

    def sent(self, entry: Any, job: DirectJob) -> None:
        """See the protocol."""
        if not self._mine():
            return
        label = self._begin(entry)
        run, keep, execute = self._records.open, self._records.adder("jobs"), self._records.adder("executions")
        if run is None or keep is None or execute is None:
            return  # no cell is running: nothing shows it
        there = _InProject(entry, job.project)
        begun = Begun(
            backend="maxcompute",
            connection=label,
            operations=(job.operation,),
            tables=(),
            functions=(),
            manner="elsewhere",
            stop=lambda: there.stop(job.instance),
            project=job.project,
            instances=lambda: (job.instance,),
        )
        live = self._underway.begin(begun, Silent(), run=run, cell=self._cell())
        watched = sum(1 for one in self._going.values() if isinstance(one.watch, Watch))
        watch = Watch(live, LookAt(there, begun.instances)) if watched < _WATCHED else live
        endpoint = plain(entry.endpoint)
        going = _Going(job, run, label, endpoint, watch, keep, execute, time.perf_counter())
        self._going[job.instance], self._senders[job.instance] = going, entry
        if run in self._ended:
            self._end(going, ())

    def asked(self, instance: str) -> None:
        """See the protocol."""
        going = self._going.get(instance)
        if going is not None:
            going.awaited = True

    def told(self, instance: str, *, ended: bool, tasks: tuple[str, ...]) -> None:
        """See the protocol."""
        going = self._going.get(instance)
        if going is None:
            return
        if ended and going.ended is None:
            going.ended = time.perf_counter()
        if going.ended is not None and tasks:
            self._end(going, tasks)

    def sender(self, instance: str) -> Any:
        """The entry object by which the user's own code sent an instance; None of others."""
        return self._senders.get(instance)

    def awaits(self, instances: tuple[str, ...]) -> bool:
        """Whether the cell has asked for the end of these, or they are none of the user's own."""
        return all(one not in self._going or self._going[one].awaited for one in instances)

    @contextmanager
    def within(self, run: AbstractContextManager[int]) -> Iterator[int]:
        """``run``, which ends after all that its cell sent itself is told."""
        with run as number:
            try:
                yield number
            except KeyboardInterrupt as interrupt:
                mine = {one.job.instance for one in self._going.values() if one.run == number and one.awaited}
                self._underway.interrupt(lambda live: not mine.isdisjoint(live.begun.instances()), interrupt)
                raise
            finally:
                self._ended.add(number)
                for going in [one for one in self._going.values() if one.run == number]:
                    self._end(going, ())

    def _end(self, going: _Going, tasks: tuple[str, ...]) -> None:
        if self._going.pop(going.job.instance, None) is None:
            return  # its thread and its cell ended at the same time
        going.watch.close()
        going.keep(SentJob(going.job.instance, going.job.project, going.endpoint))
        if going.ended is None or not tasks:
            return  # nobody waited for it, or asked how it ended: that is not known here
        going.execute(
            Execution(
                backend="maxcompute",
                action="execute",
                operation=going.job.operation,
                tables=(),
                sampled=(),
                functions=(),
                seconds=going.ended - going.started,
                instances=(going.job.instance,),
                connection=going.label,
                error=next((_FAILED[one] for one in tasks if one in _FAILED), None),
            )
        )


class _InProject:
    """An entry object that looks for instances in a project that may be another than its own."""

    def __init__(self, entry: Any, project: str) -> None:
        self._entry = entry
        self._project = project

    def get_instance(self, instance: str) -> Any:
        """As PyODPS's."""
        return self._entry.get_instance(instance, project=self._project)

    def stop(self, instance: str) -> None:
        """Ask that it ends; nothing where it has."""
        from odps.errors import ODPSError

        try:
            stop_instance(self._entry, instance, self._project)
        except ODPSError:
            return  # it has ended already, or may not be stopped: its own end says which
