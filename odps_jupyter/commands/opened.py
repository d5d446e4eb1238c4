"""A shipped function as the panel opens it up: the texts that `%odps explain` shows, one job and function."""

from __future__ import annotations

from typing import Any

from odps_jupyter.display.code import listing
from odps_jupyter.display.listing import headline
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.executor import profile_now
from odps_jupyter.workflow.sent import Sent
from odps_jupyter.workflow.session import Session

#: Characters of one text: more is for `%odps explain`, whose output the notebook can scroll.
LONGEST = 200_000


def opened(params: dict[str, Any], sent: Sent, session: Session) -> dict[str, Any]:
    """``{"job": 3, "function": 0}``, as :meth:`Sent.told` numbers them.

    Raises:
        UserError: it is not kept any more.
    """
    number, at = params.get("job"), params.get("function")
    job = sent.job(number) if isinstance(number, int) else None
    if job is None or not isinstance(at, int) or not 0 <= at < len(job.shipment.functions):
        raise UserError("What was sent then is not kept any more.", hint="Run the cell again.")
    function = job.shipment.functions[at]
    return {
        "headline": headline(job.shipment, profile_now(session).name),
        "listing": _cut(listing(function, masked=session.terms.masked)),
        "udf": _cut(function.source),
        "sql": _cut(job.shipment.sql),
    }


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[:LONGEST]}\n# … {len(text) - LONGEST:,} more characters; `%odps explain` shows them."
