"""``%odps memory``: how much of this kernel's memory the rows of a table or result may take."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace

from odps_jupyter.backends.room import Room
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError
from odps_jupyter.sizes import bytes_of, in_words

from .kernel import Kernel
from .parser import Parser

NAME = "memory"
HELP = "limit what rows that are read may take of this kernel's memory: a size, or auto (half of what is free)"


def configure(parser: Parser) -> None:
    parser.add_argument("size", nargs="*", metavar="SIZE|auto", help="such as 500MB or 4GB; without it, what holds now")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    session = kernel.session
    said = " ".join(arguments.size)
    if said:
        room = Room() if said.lower() == "auto" else Room(_limit(said))
        session.set_terms(replace(session.terms, room=room))
    room = session.terms.room
    if room.most is None:
        return Output("Rows are read whatever memory they take: what is free here is unknown.")
    why = "as you said" if room.asked is not None else "half of what is free"
    return Output(f"Rows that are read at once may take {in_words(room.most)} of memory, {why}.")


def _limit(text: str) -> int:
    import psutil

    asked, whole = bytes_of(text), psutil.virtual_memory().total
    if not asked:
        raise UserError(f"{text!r} has room for no row.", hint="Say a size such as 500MB or 4GB, or auto.")
    if asked > whole:
        raise UserError(f"{text!r} is more than the {in_words(whole)} of this machine.", hint="Say less, or auto.")
    return asked
