"""``%odps ship``: whether functions travel as bytecode or as source."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from odps_jupyter.backends.watched import SHIPS
from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser

NAME = "ship"
HELP = "how functions travel to MaxCompute: as source, as bytecode, or (auto) as source where bytecode would not load"
_SAID = {
    "auto": "Functions travel as PyODPS's bytecode, and as source where the executor's Python could not load it.",
    "source": "Functions travel as source: the executor compiles the text of their cells.",
    "bytecode": "Functions travel as PyODPS's bytecode; where the executor's Python cannot load it, they are refused.",
}


def configure(parser: Parser) -> None:
    parser.add_argument("form", nargs="?", choices=SHIPS, help="without it, what holds now is said")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    session = kernel.session
    if arguments.form is not None:
        session.set_terms(replace(session.terms, extras=replace(session.terms.extras, ship=arguments.form)))
    return Output(_SAID[session.terms.extras.ship])
