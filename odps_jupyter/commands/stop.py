"""``%odps stop``: ends what goes on in the background."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser

NAME = "stop"
HELP = "stop what goes on in the background: all of it, or one run"


def configure(parser: Parser) -> None:
    parser.add_argument(
        "run", nargs="?", type=int, metavar="RUN", help="number of the run, as `%%odps history` shows it"
    )


def run(arguments: Namespace, kernel: Kernel) -> Output:
    """Raises:
    UserError: the service of one does not answer.
    """
    wanted = arguments.run
    keys = kernel.session.stop(lambda live: wanted is None or live.run == wanted)
    if not keys:
        what = "Nothing is" if wanted is None else f"Run {wanted} is not"
        return Output(f"{what} under way. `%odps history` says how runs ended.")
    return Output(f"{len(keys)} execution{'s are' if len(keys) > 1 else ' is'} being stopped.")
