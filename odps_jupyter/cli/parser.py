"""The subcommands of ``odps-jupyter``."""

from __future__ import annotations

import argparse

from odps_jupyter.version import __version__

from . import check, emulator, run


def build_parser() -> argparse.ArgumentParser:
    """Each subcommand sets ``run(parsed, rest) -> exit status``; ``passes_on`` where it takes the rest itself."""
    parser = argparse.ArgumentParser(prog="odps-jupyter", description="What a PyODPS notebook does here and there.")
    parser.add_argument("--version", action="version", version=f"odps-jupyter {__version__}")
    parser.set_defaults(passes_on=False)
    subparsers = parser.add_subparsers(title="subcommands", required=True, metavar="SUBCOMMAND")
    for command in (check, run, emulator):
        command.register(subparsers)
    return parser
