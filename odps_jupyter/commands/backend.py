"""``%odps backend``: the toggle."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from odps_jupyter.backends.execution import BACKENDS
from odps_jupyter.backends.sample import Sample
from odps_jupyter.display.output import Output
from odps_jupyter.workflow.session import Session

from .kernel import Kernel
from .parser import Parser

NAME = "backend"
HELP = "choose where expressions run: pandas (debugging, on a sample) or maxcompute (remote)"


def configure(parser: Parser) -> None:
    parser.add_argument("backend", nargs="?", metavar="|".join(BACKENDS), help="without it, a toggle is shown")
    parser.add_argument("--sample", metavar="N|all|WHERE", help="rows of each table when on pandas (100)")


def run(arguments: Namespace, kernel: Kernel) -> Any:
    session = kernel.session
    sample = None if arguments.sample is None else Sample.parse(arguments.sample)
    if arguments.backend is None and sample is None:
        return toggle(session)
    session.set_backend(arguments.backend or session.backend, sample)
    if session.connection is not None or session.hooked:
        session.hook()
    return Output(describe(session))


def describe(session: Session) -> str:
    if session.backend == "maxcompute":
        return "Expressions run on MaxCompute."
    return f"Expressions run here on pandas, on {session.sample} of each table. Nothing is written to MaxCompute."


def toggle(session: Session) -> Any:
    """A widget with one button for each backend, in step with ``%odps backend`` and with the panel."""
    import ipywidgets

    buttons = ipywidgets.ToggleButtons(
        options=[("pandas", "pandas"), ("MaxCompute", "maxcompute")],
        value=session.backend,
        tooltips=["here, on a sample", "remote"],
        style={"button_width": "8em"},
    )

    def chosen(change: dict[str, Any]) -> None:
        if change["new"] != session.backend:
            session.set_backend(change["new"])

    def changed() -> None:
        if buttons.value != session.backend:
            buttons.value = session.backend

    buttons.observe(chosen, names="value")
    session.on_change(changed)
    return buttons
