"""IF in a script: which of its statements run.

Source: MaxCompute's documentation, "IF" and "SQL in script mode": ``IF (condition) BEGIN ... END ELSE IF (condition)
BEGIN ... END ELSE BEGIN ... END``; BEGIN and END may be left out around one statement.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from odps_jupyter.emulator.errors import OdpsError

from .statements.reader import Reader

_WORD = re.compile(r"\s*(if(?=\s*\()|else\b|end\b)", re.IGNORECASE)
_BEGIN = re.compile(r"\s*begin\b", re.IGNORECASE)
_BRACKET = re.compile(r"""'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*"|`(?:``|[^`])*`|([()])""", re.DOTALL)

#: Conditions by their numbers, and what each must be for a statement to run.
Guards = tuple[tuple[int, bool], ...]


@dataclass(frozen=True)
class Piece:
    """A statement, or the condition of an IF.

    Attributes:
        text: with blanks for what stands before it.
        under: what must hold for it to run.
        condition: the number of the condition that it is; ``None`` for a statement.
    """

    text: str
    under: Guards
    condition: int | None = None


@dataclass
class _Branch:
    """What an IF or its ELSE runs: a block, or one statement. A ``done`` one may still be followed by ELSE."""

    condition: int
    wanted: bool
    block: bool
    done: bool = False


class Branches:
    """Reads the statements of one script in order."""

    def __init__(self) -> None:
        self._open: list[_Branch] = []
        self._conditions = 0

    def read(self, text: str) -> Iterator[Piece]:
        """What a text between two semicolons holds.

        Raises:
            OdpsError: ELSE, BEGIN or END without an IF, or a condition whose brackets are not closed.
        """
        at = 0
        while found := _WORD.match(text, at):
            word = found[1].lower()
            if word == "else":
                branch = self._else(text, found.start(1))
                branch.block, at = _block(text, found.end())
                continue
            self._settle()
            if word == "end":
                if not self._open or not self._open[-1].block:
                    raise _invalid(text, found.start(1))
                self._open[-1].done, at = True, found.end()
                continue
            start, end = _condition(text, found.end())
            yield Piece(_only(text, start, end), self._guards, self._conditions)
            block, at = _block(text, end)
            self._open.append(_Branch(self._conditions, True, block))
            self._conditions += 1
        if text[at:].strip():
            self._settle()
            statement = _only(text, at)
            if _BEGIN.match(statement):
                # Before its END, which would be called the wrong token.
                raise Reader(statement).unsupported("BEGIN without an IF")
            yield Piece(statement, self._guards)
            self._over()

    def close(self, text: str) -> None:
        """The script, which is ``text``, is at its end.

        Raises:
            OdpsError: a block has no END.
        """
        self._settle()
        if self._open:
            raise _invalid(text, len(text))

    @property
    def _guards(self) -> Guards:
        return tuple((one.condition, one.wanted) for one in self._open)

    def _over(self) -> None:
        """A statement is over, and with it a branch that is nothing else."""
        if self._open and not self._open[-1].block:
            self._open[-1].done = True

    def _settle(self) -> None:
        """No ELSE follows the branches that are done."""
        while self._open and self._open[-1].done:
            self._open.pop()
            self._over()

    def _else(self, text: str, at: int) -> _Branch:
        """The other branch of the last IF that has none."""
        while self._open and self._open[-1].done:
            branch = self._open[-1]
            if branch.wanted:
                branch.wanted = branch.done = False
                return branch
            self._open.pop()
            self._over()
        raise _invalid(text, at)


def _block(text: str, at: int) -> tuple[bool, int]:
    """Whether a branch is a block, and where what it runs begins."""
    begin = _BEGIN.match(text, at)
    return (True, begin.end()) if begin else (False, at)


def _condition(text: str, at: int) -> tuple[int, int]:
    """Where the condition in brackets begins and ends."""
    start, depth = text.index("(", at), 0
    for found in _BRACKET.finditer(text, start):
        depth += {"(": 1, ")": -1}.get(found[1] or "", 0)
        if depth == 0 and found[1]:
            return start, found.end()
    raise _invalid(text, start)


def _only(text: str, start: int, end: int | None = None) -> str:
    """A part of a text at its line and column."""
    return re.sub(r"[^\n]", " ", text[:start]) + text[start:end]


def _invalid(text: str, at: int) -> OdpsError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    token = re.match(r"\w+|.?", text[at:], re.DOTALL)
    shown = (token[0] if token else "") or "<EOF>"
    return OdpsError("ODPS-0130161", f"[{line},{column}] Parse exception - invalid token '{shown}'")
