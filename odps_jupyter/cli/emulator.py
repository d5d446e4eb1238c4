"""``odps-jupyter emulator``: run the embedded MaxCompute by hand, as the process it always is."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

MODULE = "odps_jupyter.emulator"


def register(subparsers: Any) -> None:
    """The service knows its own options and its own help: all words are passed on to it."""
    parser = subparsers.add_parser("emulator", help="run the embedded MaxCompute until stopped", add_help=False)
    parser.set_defaults(run=run, passes_on=True)


def run(parsed: argparse.Namespace, rest: Sequence[str]) -> int:
    # The service is spoken to by HTTP and imported by nobody: this process becomes it.
    os.execv(sys.executable, [sys.executable, "-m", MODULE, *rest])
