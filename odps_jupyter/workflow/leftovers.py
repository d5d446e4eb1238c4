"""What jobs of this kernel left in their projects because it could not be removed just then."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odps_jupyter.backends.temporary import Item, Temporary


class Leftovers:
    """Tries to remove it again with each job that follows, and when the kernel ends.

    What a kernel leaves that is killed is on PyODPS's own list, which the next process works off that makes an entry
    object of the same account, endpoint and project.
    """

    def __init__(self, notify: Callable[[str], None]) -> None:
        """Args: ``notify`` tells the user, once for each job."""
        self._notify = notify
        self._left: list[Temporary] = []

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
