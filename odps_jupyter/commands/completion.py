"""What can follow in a line of ``%odps`` or ``%%odps``, from the parsers that read it."""

from __future__ import annotations

from argparse import Action
from collections.abc import Iterable

from odps_jupyter.backends.execution import BACKENDS

from .kernel import Kernel
from .line import COMMANDS, command_parser
from .options import cell_parser
from .parser import Parser

#: What options and arguments without choices of their own take.
_WORDS = {"backend": BACKENDS, "target": ("embedded",), "sample": ("all", "100"), "size": ("auto",)}


def complete(line: str, kernel: Kernel) -> list[str]:
    """The words that may stand where ``line``, up to the cursor, ends; those that fit what is begun are the caller's.

    ``line`` starts with ``%odps`` or ``%%odps``.
    """
    words = line.split()
    if not line[-1:].isspace():
        words = words[:-1]  # the word that is begun
    if not words:
        return []
    if words[0] == "%%odps":
        return _of(cell_parser(), words[1:], kernel)
    if len(words) == 1:
        return [command.NAME for command in COMMANDS] + ["help"]
    command = next((known for known in COMMANDS if words[1] == known.NAME), None)
    return [] if command is None else _of(command_parser(command), words[2:], kernel)


def _of(parser: Parser, before: list[str], kernel: Kernel) -> list[str]:
    last = next((action for action in parser.known if before and before[-1] in action.option_strings), None)
    if last is not None and last.nargs != 0:
        return list(_values(last, kernel))
    options = [name for action in parser.known for name in action.option_strings if name.startswith("--")]
    said = {
        name for action in parser.known for name in action.option_strings if set(action.option_strings) & set(before)
    }
    values = [
        value
        for action in parser.known
        if not action.option_strings
        for value in _values(action, kernel)
        if value not in before
    ]
    return [*values, *(name for name in options if name not in said)]


def _values(action: Action, kernel: Kernel) -> Iterable[str]:
    if action.choices is not None:
        return [str(choice) for choice in action.choices]
    if action.dest == "name":
        shipments = kernel.session.shipments
        return dict.fromkeys(function.name for shipment in shipments for function in shipment.functions)
    return _WORDS.get(action.dest, ())
