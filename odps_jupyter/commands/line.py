"""``%odps SUBCOMMAND ...``: find the subcommand, parse its arguments, run it."""

from __future__ import annotations

from html import escape
from types import ModuleType
from typing import Any

from odps_jupyter.display import html
from odps_jupyter.display.output import Output

from . import (
    backend,
    connect,
    explain,
    fix,
    history,
    inspect,
    libraries,
    mask,
    memory,
    pack,
    preflight,
    replay,
    ship,
    status,
    stop,
)
from .kernel import Kernel
from .options import cell_parser
from .parser import HelpRequested, Parser, split_line, unknown

COMMANDS: tuple[ModuleType, ...] = (
    status,
    backend,
    connect,
    inspect,
    explain,
    fix,
    preflight,
    ship,
    replay,
    history,
    stop,
    mask,
    memory,
    libraries,
    pack,
)


def run_line(line: str, kernel: Kernel) -> Any:
    """What ``%odps line`` shows.

    Raises:
        UserError: the line names no subcommand, or one that fails as users can expect.
    """
    __tracebackhide__ = True
    words = split_line(line)
    if words[:1] == ["help"] and len(words) == 2:
        words = [words[1], "--help"]
    if not words or words[0] in {"help", "-h", "--help"}:
        return show_help()
    command = next((known for known in COMMANDS if words[0] == known.NAME), None)
    if command is None:
        cells = {name for action in cell_parser().known for name in action.option_strings}
        raise unknown(words[0], [*(known.NAME for known in COMMANDS), "help"], cells)
    try:
        arguments = command_parser(command).parse_args(words[1:])
    except HelpRequested as asked:
        return Output(str(asked))
    return command.run(arguments, kernel)


def show_help() -> Output:
    """Generated from the subcommands, so that it cannot say what is not so."""
    text, rows = [], []
    for parser in (*map(command_parser, COMMANDS), cell_parser()):
        usage = " ".join(parser.format_usage().removeprefix("usage: ").split())
        takes = usage.removeprefix(parser.prog).replace(" [-h]", "").strip()
        does = escape(parser.description or "")
        text.append(f"{usage}\n    {parser.description}")
        name = f'<span style="white-space:nowrap">{html.code(parser.prog)}</span>'
        rows.append((name, f"{does}<br>{html.code(takes)}" if takes else does))
    more = html.quiet("With --help behind it, each says more of itself.")
    return Output("\n".join(text), html.block(html.table(("command", "does"), rows), more))


def command_parser(command: ModuleType) -> Parser:
    """The parser of one subcommand's arguments."""
    parser = Parser(prog=f"%odps {command.NAME}", description=command.HELP)
    command.configure(parser)
    return parser
