"""What jobs of this kernel left in their projects because it could not be removed just then."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odps_jupyter.backends.temporary import Temporary


class Leftovers:
    """Tries to remove it again with each job that follows, and when the kernel ends.

    What a kernel leaves that is killed is on PyODPS's own list, which the next process works off that makes an entry
    object of the same account, endpoint and project.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        """Args: ``notify`` tells the user, once for each job."""
        self._notify = notify
        self._left: list[Temporary] = []

    def add(self, left: Temporary) -> None:
        """This was left just now."""
        items = left.items
        if not items:
            return
        self._left.append(left)
        names = ", ".join(str(item) for item in items[:3])
        more = f" and {len(items) - 3} more" if len(items) > 3 else ""
        self._notify(
            f"Project {items[0].project} still holds {names}{more}, which a job needed for a while: it could not be "
            "removed just now. It is tried again with the next job, and when this kernel ends or another one starts."
        )

    def clear(self) -> None:
        """Try once more."""
        self._left = [left for left in self._left if left.clear()]
