"""What ``odps-jupyter check`` found, as text for people and in the forms other programs read."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from .sarif import as_sarif
from .told import Told, from_here, titled

#: Version of the JSON other programs read.
VERSION = 1
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}
#: Of the terminal: red, yellow, cyan, grey.
_COLOURS = {"error": "1;31", "warning": "1;33", "information": "36", "hint": "90"}


def as_json(notebooks: Iterable[Told]) -> str:
    """The format of design: cells from 0, lines and columns from 1."""
    held = {"version": VERSION, "notebooks": [told.report for told in notebooks]}
    return json.dumps(held, indent=1)


def as_text(notebooks: Sequence[Told], *, painted: bool = False) -> str:
    """For people: cells count from 1, as in the reasons; each diagnostic with its line and a caret.

    ``painted`` colours severities, for a terminal.
    """
    lines = [line for told in notebooks for line in _lines(told.report, told.sources, painted)]
    return "\n".join([*lines, *_fixable(item["fix"] for told in notebooks for item in told.report["diagnostics"])])


def as_github(notebooks: Iterable[Told]) -> str:
    """Workflow commands that a GitHub run shows as annotations, at the lines of the file."""
    return "\n".join(_command(told, item) for told in notebooks for item in told.report["diagnostics"])


def _command(told: Told, item: dict[str, Any]) -> str:
    line, column = told.places.place(item["cell"], item["line"], item["column"])
    return (
        f"::{_GITHUB_LEVELS[item['severity']]} file={_property(from_here(told.report['path']).as_posix())},"
        f"line={line},col={column},title={_property(item['kind'])}::{_data(titled(item))}"
    )


#: The forms other programs read; text is for people.
FORMATS = {"json": as_json, "github": as_github, "sarif": as_sarif}


def _lines(notebook: dict[str, Any], sources: Sequence[str], painted: bool) -> Iterator[str]:
    yield notebook["path"]
    for error in notebook["errors"]:
        yield f"  cell {error['cell'] + 1}, line {error['line']}: {error['message']}"
    for item in notebook["placement"]:
        yield f"  cell {item['cell'] + 1}, line {item['line']}: {item['name']}: {item['side']} ({item['reason']})"
    for item in notebook["shipped"]:
        needs = "; ".join(
            f"{need} {', '.join(item[need])}" for need in ("imports", "captures", "functions") if item[need]
        )
        yield f"  {item['name']} takes along: {needs or 'nothing'}"
    for item in notebook["diagnostics"]:
        line = sources[item["cell"]].split("\n")[item["line"] - 1]
        width = (
            item["end_column"] - item["column"] if item["end_line"] == item["line"] else len(line) + 1 - item["column"]
        )
        severity = item["severity"]
        if painted:
            severity = f"\x1b[{_COLOURS[severity]}m{severity}\x1b[0m"
        yield f"  cell {item['cell'] + 1}, line {item['line']}: {severity}: {item['message']} [{item['kind']}]"
        marked = line[item["column"] - 1 : item["column"] - 1 + width]
        yield f"    | {_shown(line)}"
        yield f"    | {_blank(line[: item['column'] - 1])}{'^' * max(1, _columns(marked))}"
    told = notebook["prediction"]
    yield f"  predicted: {told['pandas']} on pandas, {told['executor']} on MaxCompute"


def _fixable(fixes: Iterable[dict[str, Any] | None]) -> Iterator[str]:
    safe = [fix["safe"] for fix in fixes if fix is not None]
    kept, other = safe.count(True), safe.count(False)
    if kept:
        yield f"{counted(kept, 'safe fix', 'safe fixes')}: --fix applies, --diff shows."
    if other:
        yield (
            f"{counted(other, 'fix', 'fixes')} that may change what the code means: --fix --unsafe-fixes applies, "
            "--diff --unsafe-fixes shows."
        )


def counted(count: int, one: str, more: str) -> str:
    """``1 fix``, ``2 fixes``."""
    return f"{count} {one if count == 1 else more}"


def _shown(line: str) -> str:
    """A line for a terminal: control characters are not obeyed, tabs are."""
    return "".join(letter if letter == "\t" or unicodedata.category(letter) != "Cc" else "?" for letter in line)


def _blank(text: str) -> str:
    """As wide as ``text``."""
    return "".join("\t" if letter == "\t" else " " * _columns(letter) for letter in text)


def _columns(text: str) -> int:
    """How many columns of a terminal ``text`` takes, tabs as one."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1
        for letter in text
    )


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
