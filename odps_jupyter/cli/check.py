"""``odps-jupyter check``: what runs where in notebooks and scripts, and what will fail, from their source alone."""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from odps_jupyter.analysis import Analysis, NotebookModel
from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import UnknownProfile, profile_for
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import read
from odps_jupyter.notebook.writing import write
from odps_jupyter.rules.checker import Report, check
from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.registry import RULES
from odps_jupyter.rules.setting import Setting
from odps_jupyter.rules.wire import to_report

from .config import find
from .formats import FORMATS, Notebook, as_text

#: What makes the exit code 1: hints and information are for reading.
_FAILING = frozenset({"error", "warning"})
#: Fixes that touch the same line are applied one after the other.
ROUNDS = 10


def register(subparsers: Any) -> None:
    """Adds ``check`` to the subcommands."""
    parser = subparsers.add_parser(
        "check",
        help="say what runs where and what will fail, from source alone",
        description="Says for every function, lambda and class whether it runs locally or on the executor, why, and "
        "what will fail there. Exit code 0: nothing found, 1: errors or warnings, 2: a path could not be read.",
    )
    parser.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="a .ipynb, a .py, or a folder of notebooks")
    parser.add_argument("--format", choices=("text", *sorted(FORMATS)), default="text", help="default: %(default)s")
    parser.add_argument(
        "--profile", metavar="TAG[:IMAGE]", help="the executor: cp27, cp37 or cp311 (default), and its image"
    )
    parser.add_argument(
        "--client-python", metavar="3.X", help="the Python that sends the functions (default: the executor's)"
    )
    parser.add_argument(
        "--resources", type=Path, metavar="DIR", help="a folder that stands for the project's resources"
    )
    parser.add_argument("--select", action="append", default=[], metavar="KIND", help="only these kinds or codes")
    parser.add_argument("--ignore", action="append", default=[], metavar="KIND", help="not these kinds or codes")
    parser.add_argument("--fix", action="store_true", help="apply the safe fixes to the files")
    parser.add_argument("--diff", action="store_true", help="show what --fix would change, and change nothing")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, rest: Sequence[str]) -> int:
    """Prints the report; 0 clean, 1 errors or warnings, 2 where a path could not be read (the rest is checked)."""
    try:
        said = find(Path.cwd())
        setting = _setting(
            parsed.profile or said.profile or "cp311",
            parsed.client_python or said.client_python,
            parsed.resources or said.resources,
        )
        select, ignore = _kinds(parsed.select or said.select), _kinds(parsed.ignore or said.ignore)
    except UserError as error:
        sys.stderr.write(f"odps-jupyter: {error}\n")
        return 2
    notebooks: list[Notebook] = []
    unread = False
    for path in parsed.paths:
        try:
            for found in _files(path):
                beside = Setting(setting.profile, setting.client, found.resolve().parent, setting.resources)
                again = partial(Checked.of, setting=beside, select=select, ignore=ignore)
                checked = again(read(found))
                if parsed.diff:
                    sys.stdout.writelines(checked.differences(found))
                    continue
                if parsed.fix:
                    checked = _fixed(found, checked, again)
                notebooks.append((report(found, checked), [cell.source for cell in checked.cells]))
        except UserError as error:
            sys.stderr.write(f"odps-jupyter: {error}\n")
            unread = True
    if not parsed.diff:
        if parsed.format == "text":
            sys.stdout.write(as_text(notebooks, painted=sys.stdout.isatty()) + "\n")
        else:
            sys.stdout.write(FORMATS[parsed.format](notebooks) + "\n")
    if unread:
        return 2
    return int(any(item["severity"] in _FAILING for notebook, _ in notebooks for item in notebook["diagnostics"]))


def _setting(named: str, client_python: str | None, resources: Path | None) -> Setting:
    tag, _, image = named.partition(":")
    try:
        profile = profile_for(tag, image or None, None)
    except UnknownProfile as error:
        raise UserError(f"--profile {named}: {error}") from error
    client = profile.python
    if client_python is not None:
        match = re.fullmatch(r"(\d+)\.(\d+)", client_python)
        if match is None:
            raise UserError(f"--client-python {client_python!r} is no version.", hint="Write it as 3.11.")
        client = int(match[1]), int(match[2])
    if resources is not None and not resources.is_dir():
        raise UserError(f"--resources {resources} is no folder.")
    return Setting(profile, client, None, resources)


def _kinds(given: Sequence[str]) -> frozenset[str]:
    """Kinds and codes, several in one word or word by word."""
    named = {kind.strip() for text in given for kind in text.split(",") if kind.strip()}
    known = {name for rule in RULES for name in (rule.kind, rule.code)}
    for name in sorted(named - known):
        raise UserError(f"{name!r} is no kind of diagnostic.", hint=f"There are: {', '.join(r.kind for r in RULES)}.")
    return frozenset(named)


def _files(path: Path) -> Iterator[Path]:
    """The notebooks of a folder, Jupyter's own copies left out; a file is itself."""
    if not path.is_dir():
        yield path
        return
    found = sorted(path.rglob("*.ipynb"))
    if not found:
        raise UserError(f"{path} holds no notebook.", hint="Give a .ipynb or a .py file.")
    yield from (each for each in found if ".ipynb_checkpoints" not in each.parts)


@dataclass(frozen=True)
class Checked:
    """One notebook, checked."""

    cells: Sequence[Cell]
    model: NotebookModel
    report: Report

    @classmethod
    def of(cls, cells: Sequence[Cell], setting: Setting, select: frozenset[str], ignore: frozenset[str]) -> Checked:
        analysis = Analysis()
        model = analysis.update(cells)
        return cls(cells, model, check(analysis.evidence(), setting).only(select, ignore))

    def fixed(self) -> list[str]:
        """The sources of its cells with the safe fixes applied."""
        safe = [item.fix for item in self.report.diagnostics if item.fix is not None and item.fix.safe]
        return apply([cell.source for cell in self.cells], safe)[0]

    def differences(self, path: Path) -> Iterator[str]:
        """What the safe fixes would change, cell by cell, as a unified diff."""
        for index, (cell, after) in enumerate(zip(self.cells, self.fixed(), strict=True)):
            place = f"{path}: cell {index + 1}"
            before, now = f"{cell.source}\n".splitlines(keepends=True), f"{after}\n".splitlines(keepends=True)
            yield from difflib.unified_diff(before, now, place, place)


def _fixed(path: Path, checked: Checked, again: Callable[[Sequence[Cell]], Checked]) -> Checked:
    """Apply the safe fixes to a file until there are none; two that touch the same line take two rounds."""
    sources = [cell.source for cell in checked.cells]
    for _ in range(ROUNDS):
        after = checked.fixed()
        if after == [cell.source for cell in checked.cells]:
            break
        checked = again([Cell(cell.id, source) for cell, source in zip(checked.cells, after, strict=True)])
    after = [cell.source for cell in checked.cells]
    if after != sources:
        write(path, after)
    return checked


def report(path: Path, checked: Checked) -> dict[str, Any]:
    """One notebook as other programs read it: cells from 0, lines from 1 in the cell as written.

    A bound method is not listed as shipped: methods are not listed, and PyODPS cannot load one on the executor.
    ``errors`` lists the cells that are no Python; the others are checked all the same.
    """
    return {
        "path": str(path),
        "placement": [
            {"cell": item.cell, "line": item.line, "name": item.name, "side": item.side, "reason": item.reason}
            for item in checked.model.placement
        ],
        "shipped": [
            {
                "cell": item.cell,
                "line": item.line,
                "name": item.name,
                "imports": list(item.imports),
                "captures": list(item.captures),
                "functions": list(item.functions),
                "details": {**item.details, "prediction": checked.report.of_function(item.name)},
            }
            for item in checked.model.shipped
            if item.kind != "method"
        ],
        **to_report(checked.report, checked.cells),
        "errors": [
            {"cell": cell.index, "line": cell.error.line, "message": cell.error.message}
            for cell in checked.model.cells
            if cell.error is not None
        ],
    }
