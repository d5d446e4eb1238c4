"""The cells that are being executed, and the runs of those that have no ``%%odps``: each begins with its execution."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from traceback import walk_stack

from .run import Cell
from .shown import Shown

#: Where the workers of the standard library's pools of threads wait for what they are given.
_POOLS = frozenset({"concurrent.futures.thread", "multiprocessing.pool"})
#: Records a cell; given the way to begin it by whoever executes.
Record = Callable[[Cell], AbstractContextManager[int]]


@dataclass(frozen=True)
class Filed:
    """What an execution belongs to: the number of a run, and the index of a cell; None where there is none.

    Attributes: ``late``: whether that cell has ended.
    """

    run: int | None
    cell: int | None
    late: bool = False


@dataclass
class _Begun:
    cell: Cell
    runs: ExitStack = field(default_factory=ExitStack)
    recorded: bool = False
    #: Number of its run, where it has one.
    run: int | None = None
    ended: bool = False
    shown: Shown = field(default_factory=Shown)


class Cells:
    """The innermost is the last: ``%run other.ipynb`` executes cells inside a cell."""

    def __init__(self) -> None:
        self._begun: list[_Begun] = []
        self._lock = threading.Lock()
        self._home = threading.local()

    @property
    def innermost(self) -> Cell | None:
        """The cell being executed; None outside of cells."""
        return self._begun[-1].cell if self._begun else None

    @property
    def failure(self) -> BaseException | None:
        """What the innermost cell has failed by without raising it; None where nothing is known of that."""
        return self._begun[-1].shown.failure if self._begun else None

    def adopt(self) -> None:
        """This thread has just begun: what it does is of the cell that runs now."""
        self._home.begun = self._begun[-1] if self._begun else None

    @property
    def are_of_this_thread(self) -> bool:
        """Whether what this thread does now is of the cell being executed.

        A thread that an earlier cell began goes on with that cell's work; one of a pool with whatever it is given,
        which nobody says: that of the cell being executed.
        """
        now = self._begun[-1] if self._begun else None
        home = getattr(self._home, "begun", now)
        return home is now or _is_of_pool()

    def gone_on(self, begin: Callable[[Cell], int]) -> Filed | None:
        """Where to file what this thread does, if the cell that began it has ended; None where it has not.

        Args: ``begin`` begins a run of a cell that has none, and gives its number.
        """
        home: _Begun | None = getattr(self._home, "begun", None)
        if home is None or not home.ended or _is_of_pool():
            return None
        with self._lock:
            if home.run is None:
                home.run = begin(home.cell)
            return Filed(home.run, home.cell.index, late=True)

    def ran(self, run: int) -> None:
        """The innermost cell has the run of that number."""
        if self._begun:
            self._begun[-1].run = run

    def begin(self, cell: Cell) -> None:
        """``cell`` is executed from now on."""
        self._begun.append(_Begun(cell))

    def record(self, record: Record) -> None:
        """Record the rest of the innermost cell, unless that is done already; called on any thread."""
        with self._lock:
            if self._begun and not self._begun[-1].recorded:
                self._begun[-1].recorded = True
                self._begun[-1].run = self._begun[-1].runs.enter_context(record(self._begun[-1].cell))

    def end(self, error: BaseException | None) -> None:
        """The innermost cell has ended so; nothing where it began before anybody listened."""
        with self._lock:
            if not self._begun:
                return
            ended = self._begun.pop()
            ended.ended = True
            for outer in self._begun:
                outer.shown.renew()
        if error is None:
            ended.runs.close()
        else:
            ended.runs.__exit__(type(error), error, error.__traceback__)


def _is_of_pool() -> bool:
    return any(frame.f_globals.get("__name__") in _POOLS for frame, _ in walk_stack(None))
