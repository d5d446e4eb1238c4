"""``odps-jupyter check``: what runs where in notebooks and scripts, from their source alone."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from odps_jupyter.analysis import NotebookModel, analyze
from odps_jupyter.errors import UserError
from odps_jupyter.notebook.reading import read

#: Version of the JSON other programs read (see ``report``).
VERSION = 1


def register(subparsers: Any) -> None:
    """Adds ``check`` to the subcommands."""
    parser = subparsers.add_parser(
        "check",
        help="say what runs where, from source alone",
        description="Says for every function, lambda and class whether it runs locally or on the executor, and why.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a .ipynb, a .py, or a folder of notebooks")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, rest: Sequence[str]) -> int:
    """Prints the report; 0 where every path was read, 2 where one could not be (the rest is still checked)."""
    notebooks: list[dict[str, Any]] = []
    unread = False
    for path in parsed.paths:
        try:
            for found in _files(path):
                notebooks.append(report(found, analyze(read(found))))
        except UserError as error:
            sys.stderr.write(f"odps-jupyter: {error}\n")
            unread = True
    if parsed.format == "json":
        sys.stdout.write(json.dumps({"version": VERSION, "notebooks": notebooks}, ensure_ascii=False, indent=1) + "\n")
    else:
        sys.stdout.writelines(f"{line}\n" for notebook in notebooks for line in _lines(notebook))
    return 2 if unread else 0


def _files(path: Path) -> Iterator[Path]:
    """The notebooks of a folder, Jupyter's own copies left out; a file is itself."""
    if not path.is_dir():
        yield path
        return
    found = sorted(path.rglob("*.ipynb"))
    if not found:
        raise UserError(f"{path} holds no notebook.", hint="Give a .ipynb or a .py file.")
    yield from (each for each in found if ".ipynb_checkpoints" not in each.parts)


def report(path: Path, model: NotebookModel) -> dict[str, Any]:
    """One notebook as other programs read it: cells from 0, lines from 1 in the cell as written.

    A bound method is not listed as shipped: methods are not listed, and PyODPS cannot load one on the executor.
    ``errors`` lists the cells that are no Python; the others are checked all the same.
    """
    return {
        "path": str(path),
        "placement": [
            {"cell": item.cell, "line": item.line, "name": item.name, "side": item.side, "reason": item.reason}
            for item in model.placement
        ],
        "shipped": [
            {
                "cell": item.cell,
                "line": item.line,
                "name": item.name,
                "imports": list(item.imports),
                "captures": list(item.captures),
                "functions": list(item.functions),
                "details": dict(item.details),
            }
            for item in model.shipped
            if item.kind != "method"
        ],
        "diagnostics": [],
        "errors": [
            {"cell": cell.index, "line": cell.error.line, "message": cell.error.message}
            for cell in model.cells
            if cell.error is not None
        ],
    }


def _lines(notebook: dict[str, Any]) -> Iterable[str]:
    """The report for people; cells count from 1, as in the reasons."""
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
