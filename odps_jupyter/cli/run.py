"""``odps-jupyter run``: a notebook headless, for continuous integration, in a real kernel."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from odps_jupyter.errors import UserError

from .check import show

BACKENDS = ("pandas", "maxcompute")


def register(subparsers: Any) -> None:
    """Adds ``run`` to the subcommands."""
    parser = subparsers.add_parser(
        "run",
        help="run a notebook headless, for continuous integration",
        description="Runs the notebook in its own kernel with odps-jupyter loaded, cell by cell until one fails; the "
        "file is not changed. Exit code 0: all ran (and agree), 1: an error or a difference, 2: it could not start.",
        epilog="The cells' own options and %%odps lines hold over --backend, and every execution is compared under "
        "--compare. A cell tagged raises-exception may fail, one tagged skip-execution is left out.",
    )
    parser.add_argument("notebook", type=Path, metavar="NOTEBOOK", help="a .ipynb; its kernel works beside it")
    parser.add_argument("--backend", choices=BACKENDS, help="where expressions run that do not say it themselves")
    parser.add_argument(
        "--compare",
        action="store_true",
        help="ask pandas and the executor the same on the same sample, as %%%%odps --compare does; nothing is written",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="default: %(default)s")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="also write JUnit's XML, one test case a code cell")
    parser.set_defaults(run=run)


def run(parsed: argparse.Namespace, rest: Sequence[str]) -> int:
    """Runs and reports; 0 all ran and agree, 1 an error, a difference or an interrupt.

    Raises:
        UserError: it could not be started, or the report not be written.
    """
    # Imported where it is needed: the other subcommands speak to no kernel.
    from odps_jupyter.backends.secrets import secrets_in

    from .headless.document import open_notebook
    from .headless.outcome import CellOutcome
    from .headless.report import cell_lines, junit, summary
    from .headless.running import Wishes, run_notebook

    if parsed.compare and parsed.backend == "maxcompute":
        raise UserError(
            "A compared notebook answers as pandas does on the sample, and writes nothing.",
            hint="Leave --backend maxcompute out, or --compare.",
        )
    notebook = open_notebook(parsed.notebook)
    if parsed.junit is not None and (parsed.junit.is_dir() or not parsed.junit.absolute().parent.is_dir()):
        raise UserError(f"{parsed.junit} cannot be written: it is a folder, or lies in none.")
    as_text = parsed.format == "text"

    def tell(cell: CellOutcome) -> None:
        if as_text:
            show("".join(f"{line}\n" for line in cell_lines(cell)))
            sys.stdout.flush()

    wishes = Wishes(parsed.backend, parsed.compare, frozenset(secrets_in(os.environ)))
    try:
        outcome = run_notebook(notebook, wishes, tell)
    except KeyboardInterrupt:
        raise UserError(f"{notebook.path}: the run was interrupted, and nothing can be told of it.") from None
    show(f"{summary(outcome)}\n" if as_text else f"{json.dumps(outcome.to_json(), indent=1)}\n")
    if parsed.junit is not None:
        try:
            parsed.junit.write_bytes(junit(outcome, notebook.path))
        except OSError as error:
            raise UserError(f"{parsed.junit} cannot be written: {error.strerror or error}.") from error
    return int(not outcome.good)
