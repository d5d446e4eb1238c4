"""How a dry run ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from odps_jupyter.backends.plan import Plan


class NothingSent(BaseException):
    """Ends a cell under ``--dry-run`` at its first execution, where its result would be needed.

    No ``Exception``: the cell's own handlers are for what its code raises.
    """

    def __init__(self, found: Plan) -> None:
        super().__init__("nothing was sent")
        self.plan = found
