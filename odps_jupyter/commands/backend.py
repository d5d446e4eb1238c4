"""``%odps backend``: the toggle."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from odps_jupyter.backends.execution import BACKENDS
from odps_jupyter.backends.sample import Sample
from odps_jupyter.display.holding import sentence
from odps_jupyter.display.output import Output

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
        return kernel.toggle()
    session.set_backend(arguments.backend or session.backend, sample)
    if session.connection is not None or session.hooked:
        session.hook()
    return Output(sentence(session))
