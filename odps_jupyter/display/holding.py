"""What holds in the kernel now, said without a widget: backend, sample, connection, and how to change them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from odps_jupyter.backends.sample import Sample

from . import html
from .output import Output

if TYPE_CHECKING:
    from odps_jupyter.workflow.session import Session

#: What is changed by which command.
CHANGED_BY = {
    "backend": "%odps backend pandas, %odps backend maxcompute",
    "sample": '%odps backend --sample 200, --sample all or --sample "x > 1"',
    "connection": "%odps connect embedded, %odps connect PROJECT",
}


def sentence(session: Session) -> str:
    """Where expressions run, in a sentence or two."""
    if session.backend == "maxcompute":
        return "Expressions run on MaxCompute."
    return f"Expressions run here on pandas, on {session.sample} of each table. Nothing is written to MaxCompute."


def connected(session: Session) -> str:
    """Which MaxCompute that is."""
    connection = session.connection
    return "none yet; the first %%odps cell makes one" if connection is None else connection.label


def spelled(sample: Sample) -> str:
    """``sample`` as :meth:`Sample.parse` reads it."""
    if sample.where is not None:
        return sample.where
    return "all" if sample.rows is None else str(sample.rows)


def show_holding(session: Session) -> Output:
    """The same for places without widgets: a statement of its moment."""
    facts = {
        "backend": session.backend,
        "sample": f"{session.sample} of each table, on pandas",
        "connection": connected(session),
    }
    headline = sentence(session)
    text = "\n".join(
        [headline, *(f"{name:<12}{value} (change it: {CHANGED_BY[name]})" for name, value in facts.items())]
    )
    rows = [(html.quiet(name), html.code(value), html.code(CHANGED_BY[name])) for name, value in facts.items()]
    return Output(
        text, html.block(f"<div>{html.quiet(headline)}</div>", html.table(("", "when this ran", "change it"), rows))
    )
