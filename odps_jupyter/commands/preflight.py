"""``%odps preflight``: whether functions are tried here before they are sent."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser
from .switch import add_switch, switched

NAME = "preflight"
HELP = "try functions on a few rows here before they are sent to MaxCompute: on (the default) or off"


def configure(parser: Parser) -> None:
    add_switch(parser)


def run(arguments: Namespace, kernel: Kernel) -> Output:
    if switched(arguments, kernel.session, "preflight"):
        return Output("Functions are tried on a few rows here before they are sent.")
    return Output("Functions are sent untried. A function that would take a key along is still refused.")
