"""What ``odps-jupyter check`` found, as text for people and in the forms other programs read."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from odps_jupyter.rules import suppressions
from odps_jupyter.rules.registry import RULES
from odps_jupyter.version import __version__

#: Version of the JSON other programs read.
VERSION = 1
_SARIF_LEVELS = {"error": "error", "warning": "warning", "information": "note", "hint": "note"}
_GITHUB_LEVELS = {"error": "error", "warning": "warning", "information": "notice", "hint": "notice"}
#: Of the terminal: red, yellow, cyan, grey.
_COLOURS = {"error": "1;31", "warning": "1;33", "information": "36", "hint": "90"}

#: One notebook as ``check.report`` makes it, with the sources of its cells beside it.
Notebook = tuple[dict[str, Any], Sequence[str]]


def as_json(notebooks: Iterable[Notebook]) -> str:
    """The format of design: cells from 0, lines and columns from 1."""
    held = {"version": VERSION, "notebooks": [notebook for notebook, _ in notebooks]}
    return json.dumps(held, indent=1)


def as_text(notebooks: Iterable[Notebook], *, painted: bool = False) -> str:
    """For people: cells count from 1, as in the reasons; each diagnostic with its line and a caret.

    ``painted`` colours severities, for a terminal.
    """
    return "\n".join(line for notebook, sources in notebooks for line in _lines(notebook, sources, painted))


def as_github(notebooks: Iterable[Notebook]) -> str:
    """Workflow commands that a GitHub run shows as annotations."""
    return "\n".join(
        f"::{_GITHUB_LEVELS[item['severity']]} file={_property(Path(notebook['path']).as_posix())},"
        f"line={item['line']},col={item['column']},"
        f"title={_property(item['kind'])}::{_data(_titled(item))}"
        for notebook, _ in notebooks
        for item in notebook["diagnostics"]
    )


def as_sarif(notebooks: Iterable[Notebook]) -> str:
    """SARIF 2.1.0; a region counts lines within its cell, which the message names."""
    rules = [
        {"id": rule.code, "name": rule.kind, "shortDescription": {"text": rule.doc.partition("\n")[0]}}
        for rule in RULES
    ]
    told = "A suppression covers nothing."
    rules.append({"id": suppressions.CODE, "name": suppressions.KIND, "shortDescription": {"text": told}})
    results = [
        {
            "ruleId": item["code"],
            "level": _SARIF_LEVELS[item["severity"]],
            "message": {"text": _titled(item)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": _uri(notebook["path"])},
                        "region": {
                            "startLine": item["line"],
                            "startColumn": item["column"],
                            "endLine": item["end_line"],
                            "endColumn": item["end_column"],
                        },
                    }
                }
            ],
        }
        for notebook, _ in notebooks
        for item in notebook["diagnostics"]
    ]
    driver = {"name": "odps-jupyter", "version": __version__, "rules": rules}
    return json.dumps(
        {
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}],
        },
        indent=1,
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


def _uri(path: str) -> str:
    """A path as SARIF refers to a file: relative to where the run began, else with its scheme."""
    given = Path(path)
    return given.as_uri() if given.is_absolute() else quote(given.as_posix())


def _titled(item: dict[str, Any]) -> str:
    return f"cell {item['cell'] + 1}, line {item['line']}: {item['message']}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
