"""``%odps explain``: what was really sent, as a listing that stands alone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator, Sequence
from difflib import get_close_matches

from odps_jupyter.backends.shipment import Shipment, ShippedFunction
from odps_jupyter.backends.watched import PYTHON_HINT
from odps_jupyter.display.listing import show_shipment
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.differences import differences
from odps_jupyter.workflow.executor import profile_now
from odps_jupyter.workflow.unsubmitted import listed, named, unsubmitted

from .kernel import Kernel
from .parser import Parser

NAME = "explain"
HELP = "show what was sent to MaxCompute: the code as the executor sees it and the SQL, as Python"


def configure(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="a function; without it, the last job")
    parser.add_argument("--full", action="store_true", help="with all that PyODPS generates around the functions")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    stopped = list(_stopped(arguments.name, kernel))
    missing = list(_missing(kernel))
    shipments = list(reversed(kernel.session.shipments))
    if stopped and not any(arguments.name in (None, *_names(one)) for sent in shipments for one in sent.functions):
        return Output("\n".join([*stopped, *missing]))
    if not shipments and missing and arguments.name is None:
        return Output("\n".join(["Nothing was sent to MaxCompute yet.", *missing]))
    stopped += missing
    if not shipments:
        raise UserError(
            "Nothing was sent to MaxCompute yet.", hint="Execute an expression, or see what would be: %%odps --dry-run."
        )
    if arguments.name is None:
        return _shown(shipments[0], shipments[0].functions, kernel, stopped, full=arguments.full)
    for shipment in shipments:
        functions = tuple(function for function in shipment.functions if arguments.name in set(_names(function)))
        if functions:
            return _shown(shipment, functions, kernel, stopped, full=arguments.full)
    names = sorted({name for shipment in shipments for function in shipment.functions for name in _names(function)})
    near = get_close_matches(arguments.name, names, n=1)
    known = f"Sent were: {', '.join(names)}." if names else "No function was sent yet."
    raise UserError(
        f"No function {arguments.name!r} was sent.", hint=f"Did you mean {near[0]}? {known}" if near else known
    )


def _shown(
    shipment: Shipment,
    functions: tuple[ShippedFunction, ...],
    kernel: Kernel,
    stopped: Sequence[str],
    *,
    full: bool,
) -> Output:
    model = kernel.analyze(kernel.cells()) if functions else {}
    found = [*(one for function in functions for one in differences(function, model)), *stopped]
    by_source = any(function.form == "source" for function in functions)
    sent_for = dict(shipment.hints).get(PYTHON_HINT) if by_source else None
    profile = sent_for or profile_now(kernel.session).name
    masked = kernel.session.terms.masked
    return show_shipment(shipment, functions, found, profile, full=full, masked=masked)


def _stopped(name: str | None, kernel: Kernel) -> Iterator[str]:
    """What of the collections and tables that functions capture keeps them here, and which form suits each."""
    from odps import options

    from odps_jupyter.workflow.mending import verdict_on

    for diagnostic in kernel.diagnose()[0]:
        verdict = verdict_on(diagnostic, kernel.session.namespace, options.sql.settings)
        if verdict is not None and (name is None or name in diagnostic.functions):
            function = ", ".join(diagnostic.functions)
            suits = f"suits {verdict.wanted}: {verdict.reason}"
            yield f"{function} is not sent: {verdict.name} is {verdict.what} and {suits}."


def _missing(kernel: Kernel) -> Iterator[str]:
    """Resources that cells name and the project does not hold yet."""
    connection = kernel.session.connection
    if connection is None:
        return
    found = named(kernel.cells(), listed())
    for sentence in unsubmitted(found, connection.entry):
        yield sentence[0].upper() + sentence[1:]


def _names(function: ShippedFunction) -> Iterator[str]:
    yield function.name
    for piece in function.pieces:
        yield piece.name
