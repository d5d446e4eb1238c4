"""Turns what IPython understands into what `ast` understands, every line staying on its line.

IPython's own transformer rewrites ``!ls`` and ``%magic`` into calls; here they become blanks, so that positions in the
tree are positions in the cell as written.
"""

from __future__ import annotations

import re

#: Cell magics whose body is Python run in the user's namespace; the body of any other (``%%bash``, ``%%html``,
#: ``%%writefile``) is text in another language or another process.
PYTHON_CELL_MAGICS = frozenset({"odps", "time", "timeit", "capture", "prun", "memit", "mprun", "scalene", "snakeviz"})

#: Line magics that run the Python after them: ``%time df = load()``.
_PYTHON_LINE_MAGICS = frozenset({"time", "timeit", "prun", "memit"})

_MARK = re.compile("[%!?]")
_SPECIAL = re.compile(r"^[ \t]*(?:[%!]|[A-Za-z_][\w.\[\], *]*=[ \t]*[%!]|[^#\n]*\?[ \t]*$|\?)", re.MULTILINE)
_LINE = re.compile(
    r"^(?P<indent>[ \t]*)(?P<assigned>[A-Za-z_][\w.\[\], *]*=[ \t]*)?(?P<mark>[%!])(?P<rest>.*)$", re.DOTALL
)
_MAGIC = re.compile(r"^%?(?P<name>[A-Za-z_]\w*)(?P<arguments>.*)$", re.DOTALL)
_HELP = re.compile(r"^[ \t]*\?{1,2}[ \t]*[\w.*%]+[ \t]*$|^[ \t]*%{0,2}[A-Za-z_][\w.*\[\]'\"]*[ \t]*\?{1,2}[ \t]*$")
_BLOCK = re.compile(r"(?:async|class|def|for|if|try|while|with)\b|@")
_OPTION = re.compile(r"\s+(?:-[a-zA-Z]+\d*(?:\s+\d+(?=\s))?)")


def blank(source: str) -> str:
    """``source`` as plain Python: the same number of lines, each statement at its own line and column.

    A blanked line that stood in an indented block becomes ``pass`` so that the block stays one; an assignment from a
    magic (``files = !ls``) keeps its name and gets an unknown value (``...``).
    """
    if not _hinted(source) or not _SPECIAL.search(source):
        return source
    lines = source.split("\n")
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is not None and lines[first].startswith("%%"):
        match = _MAGIC.match(lines[first][2:])
        name = match["name"] if match else ""
        if name not in PYTHON_CELL_MAGICS:
            return "\n" * (len(lines) - 1)
        lines[first] = ""
    _blank_lines(lines)
    return "\n".join(lines)


def _hinted(source: str) -> bool:
    """A quick look, as most cells hold nothing of the kind: a mark that begins a line or a value, or a question."""
    for found in _MARK.finditer(source):
        if found[0] == "?":
            return True
        before = source[source.rfind("\n", 0, found.start()) + 1 : found.start()].rstrip()
        if not before or before.endswith("="):
            return True
    return False


def _blank_lines(lines: list[str]) -> None:
    """Blanks magics, shell lines and help lines in place, leaving the inside of multi-line strings and brackets."""
    scanner = _Scanner()
    number = 0
    while number < len(lines):
        line = lines[number]
        if scanner.at_statement:
            replaced = _plain(line)
            if replaced is not None:
                # A magic takes the continuation lines of a trailing backslash with it.
                lines[number] = replaced
                while line.endswith("\\") and number + 1 < len(lines):
                    number += 1
                    line, lines[number] = lines[number], ""
                number += 1
                continue
        scanner.feed(line)
        number += 1


def _plain(line: str) -> str | None:
    """The Python that stands for a line of IPython's own syntax; None for a line that is Python already."""
    if "?" in line and _HELP.match(line):
        return _indent(line) + "pass"
    match = _LINE.match(line)
    if match is None:
        return None
    indent, assigned, mark, rest = match["indent"], match["assigned"], match["mark"], match["rest"]
    if assigned is not None:
        # ``files = !ls`` and ``out = %timeit -o f()``; "a = b % c" does not match as % follows the equals sign.
        return f"{indent}{assigned}..."
    magic = _MAGIC.match(rest) if mark == "%" else None
    if magic is not None and magic["name"] in _PYTHON_LINE_MAGICS:
        kept = _keep_statement(line, len(line) - len(magic["arguments"]))
        if kept is not None:
            return kept
    return f"{indent}pass"


def _keep_statement(line: str, start: int) -> str | None:
    """The statement behind a line magic, at its own column, but for the first word of a block's head."""
    while (option := _OPTION.match(line, start)) is not None:
        start = option.end()
    statement = line[start:].strip()
    if not statement or statement.endswith("\\"):
        return None
    indent, column = _indent(line), line.index(statement, start)
    head = _BLOCK.match(statement)
    if head is not None:
        # Nothing may stand before a block on its line, and all that can be pointed at stands behind its first word.
        return f"{indent}{head[0]}".ljust(column + head.end()) + statement[head.end() :]
    return f"{indent}pass;".ljust(column) + statement


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


class _Scanner:
    """Follows strings and brackets over lines, to know whether a line starts a statement."""

    def __init__(self) -> None:
        self._quote: str | None = None
        self._depth = 0
        self._continued = False

    @property
    def at_statement(self) -> bool:
        return self._quote is None and self._depth == 0 and not self._continued

    def feed(self, line: str) -> None:
        position, length = 0, len(line)
        self._continued = False
        while position < length:
            character = line[position]
            if self._quote is not None:
                if character == "\\":
                    position += 2
                elif line.startswith(self._quote, position):
                    position += len(self._quote)
                    self._quote = None
                else:
                    position += 1
                continue
            if character == "#":
                return
            if character in "'\"":
                triple = character * 3
                self._quote = triple if line.startswith(triple, position) else character
                position += len(self._quote)
                continue
            if character in "([{":
                self._depth += 1
            elif character in ")]}":
                self._depth = max(0, self._depth - 1)
            position += 1
        if line.endswith("\\") and self._quote is None:
            self._continued = True
        elif self._quote is not None and len(self._quote) == 1 and not line.endswith("\\"):
            self._quote = None  # an unclosed one-line string: a syntax error, which ends with its line
