"""``%odps explain``: what was really sent, as a listing that stands alone."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from difflib import get_close_matches

from odps_jupyter.backends.shipment import Shipment, ShippedFunction
from odps_jupyter.backends.watched import PYTHON_HINT
from odps_jupyter.display.listing import show_shipment
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.differences import differences
from odps_jupyter.workflow.executor import profile_now

from .kernel import Kernel
from .parser import Parser

NAME = "explain"
HELP = "show what was sent to MaxCompute: the code as the executor sees it, the generated UDF, the SQL"


def configure(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="a function; without it, the last job")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    shipments = list(reversed(kernel.session.shipments))
    if not shipments:
        raise UserError(
            "Nothing was sent to MaxCompute yet.", hint="Execute an expression, or see what would be: %%odps --dry-run."
        )
    if arguments.name is None:
        return _shown(shipments[0], shipments[0].functions, kernel)
    for shipment in shipments:
        functions = tuple(function for function in shipment.functions if arguments.name in set(_names(function)))
        if functions:
            return _shown(shipment, functions, kernel)
    names = sorted({name for shipment in shipments for function in shipment.functions for name in _names(function)})
    near = get_close_matches(arguments.name, names, n=1)
    known = f"Sent were: {', '.join(names)}." if names else "No function was sent yet."
    raise UserError(
        f"No function {arguments.name!r} was sent.", hint=f"Did you mean {near[0]}? {known}" if near else known
    )


def _shown(shipment: Shipment, functions: tuple[ShippedFunction, ...], kernel: Kernel) -> Output:
    model = kernel.analyze(kernel.cells()) if functions else {}
    found = [one for function in functions for one in differences(function, model)]
    by_source = any(function.form == "source" for function in functions)
    sent_for = dict(shipment.hints).get(PYTHON_HINT) if by_source else None
    return show_shipment(shipment, functions, found, sent_for or profile_now(kernel.session).name)


def _names(function: ShippedFunction) -> Iterator[str]:
    yield function.name
    for piece in function.pieces:
        yield piece.name
