"""``%odps replay``: the function that failed on the executor, called here on the row it failed for."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.failure import describe_row, kind_of

from .kernel import Kernel
from .parser import Parser

NAME = "replay"
HELP = "call the function that failed on the executor here, on the row it failed for; then %debug stops in it"


def configure(parser: Parser) -> None:
    """It takes nothing: the last failure is meant."""


def run(_: Namespace, kernel: Kernel) -> Output:
    """Raises whatever the function raises; where rows are masked, an error in its place that quotes nothing.

    Raises:
        UserError: no function failed, or the row was not found.
    """
    __tracebackhide__ = True
    session = kernel.session
    suspect = session.suspect
    if suspect is None:
        raise UserError(
            "There is no failure to replay.",
            hint="A function must have failed on the executor, for a row that was found among the first of its tables.",
        )
    masked = session.terms.masked
    row = "the sample" if suspect.row is None else f"the row {describe_row(suspect.row, masked=masked)}"
    try:
        suspect.replay()
    except UserError:
        raise
    except (Exception, SystemExit) as error:
        if not masked:
            raise
        # A debugger stops where the function's own error was raised.
        raise UserError(
            f"{suspect.name} raises {type(error).__name__} here, too, for {row}.",
            hint="`%debug` stops in it; `%odps mask off` and `%odps replay` show what it says.",
        ).with_traceback(error.__traceback__) from None
    message = kind_of(suspect.message) if masked else suspect.message
    return Output(
        f"{suspect.name} does not fail here for {row}. On the executor it does: {message}. "
        "What differs is Python, packages, what the function finds there, or the type its result must have."
    )
