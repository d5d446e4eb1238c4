"""``%%odps``: show the split, run the cell under the toggle, report what ran where."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.execution import BACKENDS
from odps_jupyter.backends.sample import Sample
from odps_jupyter.display.output import Output
from odps_jupyter.display.report import show_run
from odps_jupyter.display.split import show_split
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.advice import advise

from .kernel import Kernel
from .parser import HelpRequested, Parser, split_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from IPython.core.interactiveshell import InteractiveShell

    from odps_jupyter.workflow.session import Session


def cell_parser() -> Parser:
    parser = Parser(prog="%%odps", description="Show what of the cell runs where, and run it under the backend.")
    parser.add_argument("--backend", metavar="|".join(BACKENDS), help="for this cell only")
    parser.add_argument("--sample", metavar="N|all", help="rows read of each table when on pandas, for this cell only")
    return parser


def run_cell(line: str, body: str, shell: InteractiveShell, kernel: Kernel, show: Callable[[Output], None]) -> None:
    """Run ``body`` as IPython runs a cell, the display of its last expression included.

    Raises:
        UserError: the options are wrong, or no connection can be made.
        BaseException: whatever the cell raises, SyntaxError included.
    """
    __tracebackhide__ = True
    try:
        arguments = cell_parser().parse_args(split_line(line))
    except HelpRequested as asked:
        show(Output(str(asked)))
        return
    sample = None if arguments.sample is None else Sample.parse(arguments.sample)
    cells = kernel.cells()
    program = _compile_or_show(body, shell, number=len(cells))
    session = kernel.session
    with _for_this_cell(session, arguments.backend, sample):
        session.prepare()
        show(show_split(kernel.analyze(cells), cell=len(cells) - 1))
        try:
            with session.run():
                value = program()
                if value is not None:
                    # Shown here, not returned: PyODPS executes an expression when it is displayed, and that
                    # belongs to this run and to its backend.
                    sys.displayhook(value)
        except Exception as error:
            advice = advise(error, session.connection, session.backend)
            if advice is not None:
                error.add_note(advice)
            raise
        finally:
            show(show_run(session.runs[-1], executor_profile().name))


def _compile_or_show(body: str, shell: InteractiveShell, *, number: int) -> Callable[[], Any]:
    try:
        return compile_cell(body, shell, number=number)
    except SyntaxError:
        from IPython.core.error import UsageError

        # Raised on, it would be shown as an error inside a running program, with every frame down to here.
        shell.showsyntaxerror()
        raise UsageError("The cell has a syntax error; nothing of it was run.") from None


def compile_cell(body: str, shell: InteractiveShell, *, number: int) -> Callable[[], Any]:
    """Compile ``body`` so that its lines count as in the cell as written, the magic's line included.

    Args: ``number`` is the cell's, for tracebacks: ``Cell In[number]``.

    Raises:
        SyntaxError: where Python finds one; IPython shows it with its own display.
        UserError: the cell awaits at its top level.
    """
    blank = len(body) - len(body.lstrip("\n"))
    # IPython drops leading blank lines; the magic's own line is the first.
    source = "\n" * (1 + blank) + shell.transform_cell(body)
    name = shell.compile.cache(source, number, raw_code=source)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    shown = shell.ast_node_interactivity != "none" and not shell.displayhook.semicolon_at_end_of_expression(body)
    if last is not None and not shown:
        tree.body.append(last)
        last = None
    try:
        statements = compile(tree, name, "exec", dont_inherit=True)
        value = None if last is None else compile(ast.Expression(last.value), name, "eval", dont_inherit=True)
    except SyntaxError as error:
        if "await" in (error.msg or "") or "asynchronous" in (error.msg or ""):
            raise UserError(
                "%%odps cannot await at the top level of a cell.", hint="Move the await into a cell without the magic."
            ) from error
        raise

    def program() -> Any:
        __tracebackhide__ = True
        exec(statements, shell.user_global_ns, shell.user_ns)
        return None if value is None else eval(value, shell.user_global_ns, shell.user_ns)

    return program


@contextmanager
def _for_this_cell(session: Session, backend: str | None, sample: Sample | None) -> Iterator[None]:
    __tracebackhide__ = True
    if backend is None and sample is None:
        yield
        return
    before = session.backend, session.sample
    session.set_backend(backend or session.backend, sample)
    try:
        yield
    finally:
        session.set_backend(*before)
