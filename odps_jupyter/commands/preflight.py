"""``%odps preflight``: whether functions are tried here before they are sent."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser

NAME = "preflight"
HELP = "try functions on a few rows here before they are sent to MaxCompute: on (the default) or off"


def configure(parser: Parser) -> None:
    parser.add_argument("setting", nargs="?", choices=("on", "off"), help="without it, what holds now is said")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    session = kernel.session
    if arguments.setting is not None:
        session.set_terms(replace(session.terms, preflight=arguments.setting == "on"))
    if session.terms.preflight:
        return Output("Functions are tried on a few rows here before they are sent.")
    return Output("Functions are sent untried. A function that would take a key along is still refused.")
