"""``%odps mask``: whether values of rows are kept out of what is shown of failures."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.output import Output

from .kernel import Kernel
from .parser import Parser
from .switch import add_switch, switched

NAME = "mask"
HELP = "keep the values of failing rows out of what is shown: on or off (the default)"


def configure(parser: Parser) -> None:
    add_switch(parser)


def run(arguments: Namespace, kernel: Kernel) -> Output:
    if switched(arguments, kernel.session, "masked"):
        return Output("Of failing rows only the types of their values are shown.")
    return Output("The values of failing rows are shown.")
