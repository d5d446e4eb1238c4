"""Argument parsing whose mistakes are sentences, not exits."""

from __future__ import annotations

import argparse
import shlex
from difflib import get_close_matches
from typing import Any, NoReturn

from odps_jupyter.errors import UserError


class Parser(argparse.ArgumentParser):
    """An :class:`argparse.ArgumentParser` that raises :class:`UserError` where argparse would exit the kernel."""

    def __init__(self, **options: Any) -> None:
        #: What was added, in order, for completion.
        self.known: list[argparse.Action] = []
        super().__init__(**options)

    def add_argument(self, *names: Any, **options: Any) -> argparse.Action:
        action = super().add_argument(*names, **options)
        self.known.append(action)
        return action

    def error(self, message: str) -> NoReturn:
        options = [name for action in self.known for name in action.option_strings]
        near = [meant for word in message.split() for meant in get_close_matches(word, options, n=1, cutoff=0.75)]
        meant = f"Did you mean `{near[0]}`? " if near and "unrecognized" in message else ""
        raise UserError(f"{self.prog}: {message}.", hint=f"{meant}`{self.prog} --help` lists what it takes.")

    def print_help(self, file: Any = None) -> NoReturn:
        raise HelpRequested(self.format_help().rstrip())


class HelpRequested(Exception):
    """``--help`` was asked for; the argument is the help's text."""


def split_line(line: str) -> list[str]:
    """The words of a magic's line.

    Raises:
        UserError: a quotation is not closed.
    """
    try:
        return shlex.split(line)
    except ValueError as error:
        raise UserError(
            f"The line {line!r} cannot be read: {str(error).lower()}.", hint="Close the quotation."
        ) from error


def unknown(word: str, known: list[str]) -> UserError:
    """The error for a subcommand that does not exist."""
    near = get_close_matches(word, known, n=1)
    meant = f"Did you mean `%odps {near[0]}`? " if near else ""
    return UserError(f"%odps has no subcommand {word!r}.", hint=f"{meant}There are: {', '.join(known)}.")
