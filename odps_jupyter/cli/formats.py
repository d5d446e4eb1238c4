"""What ``odps-jupyter check`` found, as text for people and in the forms other programs read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

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
    return json.dumps(held, ensure_ascii=False, indent=1)


def as_text(notebooks: Iterable[Notebook], *, painted: bool = False) -> str:
    """For people: cells count from 1, as in the reasons; each diagnostic with its line and a caret.

    ``painted`` colours severities, for a terminal.
    """
    return "\n".join(line for notebook, sources in notebooks for line in _lines(notebook, sources, painted))


def as_github(notebooks: Iterable[Notebook]) -> str:
    """Workflow commands that a GitHub run shows as annotations."""
    return "\n".join(
        f"::{_GITHUB_LEVELS[item['severity']]} file={_property(notebook['path'])},line={item['line']},"
        f"col={item['column']},title={_property(item['kind'])}::{_data(_titled(item))}"
        for notebook, _ in notebooks
        for item in notebook["diagnostics"]
    )


def as_sarif(notebooks: Iterable[Notebook]) -> str:
    """SARIF 2.1.0; a region counts lines within its cell, which the message names."""
    rules = [
        {"id": rule.code, "name": rule.kind, "shortDescription": {"text": rule.doc.partition("\n")[0]}}
        for rule in RULES
    ]
    results = [
        {
            "ruleId": item["code"],
            "level": _SARIF_LEVELS[item["severity"]],
            "message": {"text": _titled(item)},
            "locations": [
                {
                    "physicalLocation": {
                        "artifactLocation": {"uri": Path(notebook["path"]).as_posix()},
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
        ensure_ascii=False,
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
        yield f"    | {line}"
        yield f"    | {' ' * (item['column'] - 1)}{'^' * max(1, width)}"
    told = notebook["prediction"]
    yield f"  predicted: {told['pandas']} on pandas, {told['executor']} on MaxCompute"


def _titled(item: dict[str, Any]) -> str:
    return f"cell {item['cell'] + 1}, line {item['line']}: {item['message']}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
