"""``%odps status``: where this runs, connection, backend, executor."""

from __future__ import annotations

import sys
from argparse import Namespace
from html import escape

from odps_jupyter.backends.local_side import local_side
from odps_jupyter.display import html
from odps_jupyter.display.output import Output
from odps_jupyter.workflow.executor import profile_now
from odps_jupyter.workflow.surroundings import rules

from .kernel import Kernel
from .parser import Parser

NAME = "status"
HELP = "show where this runs and what holds there, the connection, the backend and the executor profile"


def configure(parser: Parser) -> None:
    """Takes no arguments."""


def run(arguments: Namespace, kernel: Kernel) -> Output:
    session, profile = kernel.session, profile_now(kernel.session)
    connection = session.connection
    runtime = "" if profile.is_runtime else " (this kernel's own Python; no MaxCompute runtime)"
    side = local_side(kernel.environ, session.namespace)
    told = f" (by {side.mark})" if side.mark else ""
    facts = {
        "here": f"{side.name}{told}",
        "connection": "none yet; the first %%odps cell makes one"
        if connection is None
        else f"{connection.label}, project {connection.project} at {connection.endpoint}, by {connection.origin}",
        "backend": "maxcompute" if session.backend == "maxcompute" else f"pandas, on {session.sample} of each table",
        "preflight": "on: functions are tried here before they are sent" if session.terms.preflight else "off",
        "executor": f"{profile.name}{runtime}",
        "kernel": f"Python {sys.version_info[0]}.{sys.version_info[1]}",
    }
    holding = rules(side)
    text = "\n".join([*(f"{name:<12}{value}" for name, value in facts.items()), *(f"- {rule}" for rule in holding)])
    rows = [(html.quiet(name), escape(value)) for name, value in facts.items()]
    below = "".join(f"<div>{html.quiet(rule)}</div>" for rule in holding)
    return Output(text, html.block(html.table(("", "odps-jupyter"), rows), below))
