"""``%odps inspect``: the split of all cells executed so far, with what captured values weigh now."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.output import Output
from odps_jupyter.display.split import captured_names, show_split

from .kernel import Kernel
from .parser import Parser

NAME = "inspect"
HELP = "show what of the cells executed so far runs where, why, and what it takes along"


def configure(parser: Parser) -> None:
    """Takes no arguments."""


def run(arguments: Namespace, kernel: Kernel) -> Output:
    from odps_jupyter.workflow.captures import weigh

    model, namespace = kernel.analyze(kernel.cells()), kernel.session.namespace
    captures = {name: weigh(name, namespace[name]) for name in captured_names(model) if name in namespace}
    return show_split(model, captures=captures)
