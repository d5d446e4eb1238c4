"""``%odps inspect``: the split of all cells executed so far."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.output import Output
from odps_jupyter.display.split import show_split

from .kernel import Kernel
from .parser import Parser

NAME = "inspect"
HELP = "show what of the cells executed so far runs where, and why"


def configure(parser: Parser) -> None:
    """Takes no arguments."""


def run(arguments: Namespace, kernel: Kernel) -> Output:
    return show_split(kernel.analyze(kernel.cells()))
