"""``%odps history``: the runs of this notebook, the newest first."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.history import show_history
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.logview import logview

from .kernel import Kernel
from .parser import Parser

NAME = "history"
HELP = "show the runs of this notebook, also of earlier kernels: when, how long, rows, bytes read, jobs, how they ended"
SHOWN = 20


def configure(parser: Parser) -> None:
    parser.add_argument("--limit", metavar="N", type=int, default=SHOWN, help=f"how many at most (default: {SHOWN})")
    parser.add_argument(
        "--logview",
        metavar="INSTANCE",
        help="the link of one job, which lets whoever has it see the job for some hours",
    )


def run(arguments: Namespace, kernel: Kernel) -> Output:
    """Raises:
    UserError: no run of the history has that job, or its project gives no link.
    """
    history = kernel.session.history
    if arguments.limit < 1:
        raise UserError(f"{arguments.limit} is no number of runs.", hint="Say 1 or more.")
    if arguments.logview is None:
        entries = history.recent(arguments.limit)
        own = {entry.id for entry in entries if history.is_own(entry)}
        return show_history(entries, history.notebook if history.kept else None, own=own)
    jobs = [job for entry in history.recent(10_000) for job in entry.jobs if job.instance == arguments.logview]
    if not jobs:
        raise UserError(
            f"No run of the history has a job {arguments.logview!r}.", hint="`%odps history` lists the jobs there are."
        )
    return Output(logview(kernel.session.connection, jobs[0].instance, jobs[0].project))
