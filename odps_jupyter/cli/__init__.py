"""The command ``odps-jupyter``."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from odps_jupyter.errors import UserError

from .parser import build_parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status, 2 for what the user can mend."""
    parser = build_parser()
    parsed, rest = parser.parse_known_args(arguments)
    if rest and not parsed.passes_on:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    try:
        return int(parsed.run(parsed, rest))
    except UserError as error:
        sys.stderr.write(f"odps-jupyter: {error}\n")
        return 2
