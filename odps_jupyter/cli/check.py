"""``odps-jupyter check``: what runs where in notebooks and scripts, and what will fail, from their source alone."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import UnknownProfile, profile_for
from odps_jupyter.rules import suppressions
from odps_jupyter.rules.registry import RULES
from odps_jupyter.rules.setting import Setting
from odps_jupyter.rules.wire import to_report

from .checked import Checked, Scope
from .config import find
from .formats import FORMATS, as_text, counted
from .paths import documents
from .told import Told

DEFAULT_TAG = "cp311"
#: What makes the exit code 1: hints and information are for reading.
_FAILING = frozenset({"error", "warning"})


def register(subparsers: Any) -> None:
    """Adds ``check`` to the subcommands."""
    parser = subparsers.add_parser(
        "check",
        help="say what runs where and what will fail, from source alone",
        description="Says for every function, lambda and class whether it runs locally or on the executor, why, and "
        "what will fail there. Exit code 0: no errors or warnings (after --fix: none left; with --diff always), 1: "
        "some, 2: a path could not be read.",
    )
    parser.add_argument(
        "paths", nargs="+", metavar="PATH", help="a .ipynb, a .py, a folder of notebooks, a pattern, or - for the input"
    )
    parser.add_argument(
        "--format",
        choices=("text", *sorted(FORMATS)),
        default="text",
        help="default: %(default)s; github and sarif point at lines of the file, of a notebook those of its JSON",
    )
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
    parser.add_argument("--unsafe-fixes", action="store_true", help="with --fix or --diff: the other fixes too")
    parser.add_argument("--diff", action="store_true", help="show what fixes would change, and change nothing")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, rest: Sequence[str]) -> int:
    """Prints the report; 0 clean, 1 errors or warnings, 2 where a path could not be read (the rest is checked).

    Under ``--diff`` it prints differences instead, and 1 is not told.
    """
    try:
        said = find(Path.cwd())
        setting = _setting(
            parsed.profile or said.profile or DEFAULT_TAG,
            parsed.client_python or said.client_python,
            parsed.resources or said.resources,
        )
        scope = Scope(setting, _kinds(parsed.select or said.select), _kinds(parsed.ignore or said.ignore))
        if parsed.unsafe_fixes and not (parsed.fix or parsed.diff):
            raise UserError("--unsafe-fixes changes nothing by itself.", hint="Give --fix or --diff with it.")
        if parsed.fix and "-" in parsed.paths:
            raise UserError("--fix cannot change the standard input.", hint="Use --diff to see what it would change.")
    except UserError as error:
        sys.stderr.write(f"odps-jupyter: {error}\n")
        return 2
    notebooks: list[Told] = []
    unread = False
    for document in documents(parsed.paths):
        try:
            if isinstance(document, UserError):
                raise document
            checked = scope.beside(document.folder).check(document.cells())
            refused = checked.refused()
            if refused is not None:
                sys.stderr.write(f"odps-jupyter: {document.name} cannot be checked: {refused}.\n")
                unread = True
            if parsed.fix or parsed.diff:
                fixed = checked.fixed(lambda fix: fix.safe or parsed.unsafe_fixes)
                if parsed.diff:
                    show("".join(checked.differences(fixed, document.name)))
                    sys.stderr.write(
                        "".join(f"odps-jupyter: {document.name}: {one}\n" for one in _beside(fixed, parsed))
                    )
                    continue
                if fixed.sources != checked.sources:
                    document.write(fixed.sources)
                checked = fixed
            notebooks.append(Told(report(document.name, checked), checked.sources, document.places()))
        except UserError as error:
            sys.stderr.write(f"odps-jupyter: {error}\n")
            unread = True
    if not parsed.diff:
        if parsed.format == "text" and notebooks:
            show(as_text(notebooks, painted=sys.stdout.isatty()) + "\n")
        elif parsed.format != "text":
            show(FORMATS[parsed.format](notebooks) + "\n")
    if unread:
        return 2
    return int(any(item["severity"] in _FAILING for told in notebooks for item in told.report["diagnostics"]))


def _beside(fixed: Checked, parsed: argparse.Namespace) -> Iterator[str]:
    """What a diff does not show: the fixes that nobody asked for, and problems that have none."""
    found = fixed.report.diagnostics
    held = 0 if parsed.unsafe_fixes else sum(item.fix is not None and not item.fix.safe for item in found)
    if held:
        shows = f"--diff --unsafe-fixes shows {'it' if held == 1 else 'them'}"
        yield f"{counted(held, 'more fix', 'more fixes')} may change what the code means: {shows}."
    left = sum(item.fix is None and item.severity in _FAILING for item in found)
    if left:
        yield f"{counted(left, 'problem has', 'problems have')} no fix: check without --diff tells."


def show(text: str) -> None:
    """Print: what the terminal's encoding lacks, and half a surrogate pair, as their escapes."""
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))


def _setting(named: str, client_python: str | None, resources: Path | None) -> Setting:
    tag, _, image = named.partition(":")
    try:
        profile = profile_for(tag or DEFAULT_TAG, image or None, None)
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
    known = {name for rule in RULES for name in (rule.kind, rule.code)} | {suppressions.KIND, suppressions.CODE}
    for name in sorted(named - known):
        raise UserError(f"{name!r} is no kind of diagnostic.", hint=f"There are: {', '.join(r.kind for r in RULES)}.")
    return frozenset(named)


def report(name: str, checked: Checked) -> dict[str, Any]:
    """One notebook as other programs read it: cells from 0, lines from 1 in the cell as written.

    A bound method is not listed as shipped: methods are not listed, and PyODPS cannot load one on the executor.
    ``errors`` lists the cells that are no Python; the others are checked all the same.
    """
    return {
        "path": name,
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
