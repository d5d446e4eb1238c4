"""What jobs of this kernel left in their projects: what could not be removed just then, and what PyODPS keeps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any

from odps_jupyter.backends.temporary import Item, Temporary

#: Requests under way at once when the kernel ends.
_AT_ONCE = 8


class Leftovers:
    """Tries to remove it again with each job that follows, and when the kernel ends.

    What a kernel leaves that is killed is on PyODPS's own list, which the next process works off that makes an entry
    object of the same account, endpoint and project.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        """Args: ``notify`` tells the user, once for each job."""
        self._notify = notify
        self._left: list[Temporary] = []
        #: By the entry object, which each of them keeps alive.
        self._results: dict[int, Temporary] = {}

    def results(self, entry: Any) -> Temporary:
        """Takes the tables in which PyODPS keeps the rows of executions over ``entry`` until the kernel ends."""
        return self._results.setdefault(id(entry), Temporary(entry))

    def add(self, left: Temporary, refused: Sequence[Item]) -> None:
        """This may still be there; ``refused`` is, as it could not be removed."""
        self._left.append(left)
        if refused:
            names = ", ".join(str(item) for item in refused[:3])
            more = f" and {len(refused) - 3} more" if len(refused) > 3 else ""
            self._notify(
                f"Project {refused[0].project} still holds {names}{more}, which a job needed for a while: it could not "
                "be removed just now. It is tried again with the next job, and when this kernel ends or another starts."
            )

    def clear(self) -> None:
        """Try once more."""
        for left in self._left:
            left.clear()
        self._left = [left for left in self._left if left.items]

    def order(self) -> list[threading.Thread]:
        """The kernel ends, and is killed within seconds: ask for all tables to be dropped, on the threads given.

        PyODPS does so in a process of its own, which on a busy machine is killed before it has imported PyODPS.
        """
        kept = [(one, item) for one in (*self._results.values(), *self._left) for item in one.items]
        tables = [(one, item) for one, item in kept if item.kind == "table"]

        def ask(first: int) -> None:
            for temporary, item in tables[first::_AT_ONCE]:
                temporary.order(item)

        threads = [
            threading.Thread(target=ask, args=(first,), name="odps-jupyter dropping", daemon=True)
            for first in range(min(len(tables), _AT_ONCE))
        ]
        for thread in threads:
            thread.start()
        return threads
