"""What the commands share that turn something of the kernel's terms on or off."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import replace
from typing import Literal

from odps_jupyter.workflow.session import Session

from .parser import Parser


def add_switch(parser: Parser) -> None:
    """Lets the command take ``on`` or ``off``."""
    parser.add_argument("setting", nargs="?", choices=("on", "off"), help="without it, what holds now is said")


def switched(arguments: Namespace, session: Session, term: Literal["preflight", "masked"]) -> bool:
    """Whether the term holds, after what was said."""
    if arguments.setting is not None:
        session.set_terms(replace(session.terms, **{term: arguments.setting == "on"}))
    return bool(getattr(session.terms, term))
