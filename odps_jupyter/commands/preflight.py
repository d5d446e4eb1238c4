"""``%odps preflight``: whether functions are tried here before they are sent."""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from dataclasses import replace

from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser
from .switch import add_switch, switched

NAME = "preflight"
HELP = "try functions on a few rows here before they are sent to MaxCompute: on (the default) or off"


def configure(parser: Parser) -> None:
    add_switch(parser)
    parser.add_argument("--seconds", type=_seconds, metavar="N", help="let it take so long (default: 30)")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    session = kernel.session
    if arguments.seconds is not None:
        session.set_terms(replace(session.terms, seconds=arguments.seconds))
    if switched(arguments, session, "preflight"):
        return Output(
            f"Functions are tried on a few rows here before they are sent, for {session.terms.seconds:g} s at most."
        )
    return Output("Functions are sent untried. A function that would take a key along is still refused.")


def _seconds(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = 0.0
    if not 0 < found < float("inf"):
        raise ArgumentTypeError(f"{text} is no number of seconds above 0")
    return found
