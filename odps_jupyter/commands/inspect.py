"""``%odps inspect``: the inspector as a report, of the cells executed so far, for places without the panel."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.inspector.facts import Inspected
from odps_jupyter.display.inspector.report import show_inspector
from odps_jupyter.display.output import Output
from odps_jupyter.display.split import captured_names

from .asked import Asked
from .kernel import Kernel
from .opened import opened
from .parser import Parser

NAME = "inspect"
HELP = "show what the panel shows: what runs where and why, problems and fixes, shipped functions opened up, runs"
#: Runs of the history that are shown.
SHOWN = 20


def configure(parser: Parser) -> None:
    """Takes no arguments."""


def run(arguments: Namespace, kernel: Kernel) -> Output:
    return show_inspector(inspected(kernel))


def inspected(kernel: Kernel) -> Inspected:
    """What the panel would be told now, by the requests it makes."""
    from odps_jupyter.rules.wire import to_panel
    from odps_jupyter.workflow.awaited import missing
    from odps_jupyter.workflow.captures import weigh
    from odps_jupyter.workflow.snapshot import run_state, session_state
    from odps_jupyter.workflow.unsubmitted import listed, named

    session, cells = kernel.session, kernel.cells()
    analysis = {**kernel.analyze(cells), **to_panel(kernel.judge(), cells)}
    sent = kernel.sent().told()
    keys = [(one["job"], one["function"]) for one in sent["functions"]]
    masked, namespace, connection = session.terms.masked, session.namespace, session.connection
    unsubmitted = [] if connection is None else missing(named(cells, listed()), cells, connection)
    return Inspected(
        sources=[cell.source for cell in cells],
        analysis=analysis,
        state={**session_state(session), "unsubmitted": unsubmitted},
        sent=sent,
        opened={(job, at): opened({"job": job, "function": at}, kernel.sent(), session) for job, at in keys},
        history=Asked(session).methods["history"]({"limit": SHOWN}),
        runs=[run_state(one, masked=masked) for one in session.runs],
        captures={name: weigh(name, namespace[name]) for name in captured_names(analysis) if name in namespace},
    )
