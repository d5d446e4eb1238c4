"""``%odps fix``: what would mend what the rules found, written as the next cell."""

from __future__ import annotations

from argparse import Namespace

from odps_jupyter.display.mended import show_mended
from odps_jupyter.display.output import Output
from odps_jupyter.errors import UserError

from .kernel import Kernel
from .parser import Parser

NAME = "fix"
HELP = "show what would mend the last thing the rules found, and write it as the next cell"


_ELSEWHERE = (
    "What they find, and its fixes, stands in the panel and in `%odps inspect`; `%odps explain` shows what was sent, "
    "docs/rules what each rule wants. `%odps fix NAME` mends another function."
)


def configure(parser: Parser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="a function; without it, the one stopped or found last")


def run(arguments: Namespace, kernel: Kernel) -> Output:
    from odps import options

    from odps_jupyter.workflow.mending import last_fixable, mend, of_stopped, verdict_on
    from odps_jupyter.workflow.preflight import placed

    cells, stopped = kernel.cells(), None if arguments.name else kernel.sent().stopped
    found = last_fixable(kernel.diagnose()[0], cells, arguments.name)
    if stopped is not None:
        found = of_stopped(found, stopped)
    if not found:
        where = f" for {arguments.name}" if arguments.name else ""
        if stopped is not None:
            where = f" for what stopped {stopped.function}{placed(stopped.cell, stopped.line)}"
        raise UserError(f"The rules know no fix{where}.", hint=_ELSEWHERE)
    diagnostic = found[0]
    fix, why = diagnostic.fix, ""
    verdict = verdict_on(diagnostic, kernel.session.namespace, options.sql.settings)
    if verdict is not None:
        fix = verdict.fix(diagnostic)
    if verdict is not None and verdict.decides(fix):
        why = f"{verdict.name} suits {verdict.wanted}: {verdict.reason}."
        if verdict.form == "join":
            why += f" Where several rows of {verdict.name} match, a join answers with each of them."
        if fix is None:
            raise UserError(f"{why} The function does more than the rules can rewrite.", hint="Write it by hand.")
    if fix is None:
        raise UserError(f"The rules know no fix for {', '.join(diagnostic.functions)}.", hint=diagnostic.message)
    mended = mend(fix, why, cells)
    kernel.write(mended.text)
    return show_mended(mended)
