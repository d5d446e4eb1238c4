"""Argument parsing whose mistakes are sentences, not exits."""

from __future__ import annotations

import argparse
import re
import shlex
from collections.abc import Callable, Collection
from difflib import get_close_matches
from typing import Any, NoReturn

from odps_jupyter.errors import UserError

QUOTE = "'"
#: What argparse says, and what is said instead: its names of arguments without dashes are ours, not the user's.
_WORDINGS: tuple[tuple[str, str | Callable[[re.Match[str]], str]], ...] = (
    (r"^argument (?:[^-]\S*: )?", ""),
    # Some versions of Python quote each choice.
    (
        r"invalid choice: (.+) \(choose from (.*)\)",
        lambda found: f"{found[1]} is none of {found[2].replace(QUOTE, '')}",
    ),
    (r"invalid int value: (.*)", r"\1 is no whole number"),
    (r"the following arguments are required: (.*)", r"\1 is missing"),
    (r"expected one argument", "a value is missing"),
)
_WRONG = re.compile(r"(?<=unrecognized arguments: ).*|[^\s']+(?=' is none of)")


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
        for said, worded in _WORDINGS:
            message = re.sub(said, worded, message)
        wrong = _WRONG.search(message)
        known = [str(word) for action in self.known for word in (*action.option_strings, *(action.choices or ()))]
        near = [one for word in (wrong[0].split() if wrong else ()) for one in get_close_matches(word, known, n=1)]
        meant = f"Did you mean `{near[0]}`? " if near else ""
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


def unknown(word: str, known: list[str], cells: Collection[str]) -> UserError:
    """The error for a subcommand that does not exist; ``cells``: the options of ``%%odps``."""
    if word.startswith("-"):
        said = f"Above the code of a cell it is `%%odps {word}`."
        hint = said if word in cells else "`%odps help` lists what there is."
        return UserError(f"%odps has no option {word}.", hint=hint)
    near = get_close_matches(word, known, n=1)
    meant = f"Did you mean `%odps {near[0]}`? " if near else ""
    return UserError(f"%odps has no subcommand {word!r}.", hint=f"{meant}There are: {', '.join(known)}.")
