"""``%odps mask``: whether values of rows are kept out of what is shown of failures."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser

NAME = "mask"
HELP = "keep the values of failing rows out of what is shown: on or off (the default)"


def configure(parser: Parser) -> None:
    parser.add_argument("setting", nargs="?", choices=("on", "off"), help="without it, what holds now is said")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    session = kernel.session
    if arguments.setting is not None:
        session.set_terms(replace(session.terms, masked=arguments.setting == "on"))
    if session.terms.masked:
        return Output("Of failing rows only the types of their values are shown.")
    return Output("The values of failing rows are shown.")
