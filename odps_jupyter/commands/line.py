"""``%odps SUBCOMMAND ...``: find the subcommand, parse its arguments, run it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from odps_jupyter.display.output import Output

from . import backend, connect, inspect, status
from .kernel import Kernel
from .parser import HelpRequested, Parser, split_line, unknown

COMMANDS: tuple[ModuleType, ...] = (status, backend, connect, inspect)


def run_line(line: str, kernel: Kernel) -> Any:
    """What ``%odps line`` shows.

    Raises:
        UserError: the line names no subcommand, or one that fails as users can expect.
    """
    words = split_line(line)
    if not words or words[0] in {"help", "-h", "--help"}:
        return Output(help_text())
    command = next((known for known in COMMANDS if words[0] == known.NAME), None)
    if command is None:
        raise unknown(words[0], [known.NAME for known in COMMANDS])
    parser = Parser(prog=f"%odps {command.NAME}", description=command.HELP)
    command.configure(parser)
    try:
        arguments = parser.parse_args(words[1:])
    except HelpRequested as asked:
        return Output(str(asked))
    return command.run(arguments, kernel)


def help_text() -> str:
    """Generated from the subcommands, so that it cannot say what is not so."""
    lines = ["%odps SUBCOMMAND [--help]", *(f"  {known.NAME:<10}{known.HELP}" for known in COMMANDS)]
    lines += ["%%odps [--help]", "  shows what of the cell runs where, and runs it under the backend"]
    return "\n".join(lines)
