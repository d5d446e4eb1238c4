"""``%%odps``: show the split, run the cell under the toggle, report what ran where."""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from odps_jupyter.display.listing import show_plan
from odps_jupyter.display.output import Output
from odps_jupyter.display.report import show_begun, show_run
from odps_jupyter.display.split import show_split
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.differences import differences
from odps_jupyter.workflow.dry import NothingSent
from odps_jupyter.workflow.executor import name_now
from odps_jupyter.workflow.run import Cell
from odps_jupyter.workflow.shown import Shown

from .background import BEGIN, Beginner, beginning
from .explained import note
from .kernel import Kernel
from .options import Options, cell_parser, check_exist, check_image, for_this_cell, read_options, refuse_direct_calls
from .parser import HelpRequested, split_line

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from odps_jupyter.backends.shipment import ShippedFunction
    from odps_jupyter.notebook.cell import Cell as NotebookCell
    from odps_jupyter.workflow.session import Session

#: Takes the value of a cell's last line.
Take = Callable[[Any], Any]
#: Runs a compiled cell.
Program = Callable[[Take], Any]
#: No program can bind it.
TAKE = "<odps-jupyter: take>"


def run_cell(line: str, body: str, shell: InteractiveShell, kernel: Kernel, show: Callable[..., Any]) -> None:
    """Run ``body`` as IPython runs a cell, the display of its last expression included.

    Args: ``show`` is ``IPython.display.display``.

    Raises:
        UserError: the options are wrong, or no connection can be made.
        BaseException: whatever the cell raises, SyntaxError included.
    """
    __tracebackhide__ = True
    words = split_line(line)
    if words and not words[0].startswith("-"):
        raise UserError(
            "%%odps takes options only.", hint=f"Did you mean `%odps {line.strip()}`, with one percent sign?"
        )
    try:
        arguments = cell_parser().parse_args(words)
    except HelpRequested as asked:
        show(Output(str(asked)))
        return
    if not body.strip():
        raise UserError("Nothing stands below %%odps.", hint="Write the cell there; `%odps help` lists the commands.")
    options = read_options(arguments)
    if options.dry:
        refuse_direct_calls(body)
    cells = kernel.cells()
    session = kernel.session
    beginner = Beginner(session) if options.background else None
    program = _compile_or_show(body, shell, number=len(cells), beginner=beginner)
    with for_this_cell(session, options):
        connection = session.prepare()
        check_exist(options, connection.entry)
        remark = check_image(options, session)
        show(show_split(kernel.analyze(cells), cell=len(cells) - 1))
        if remark is not None:
            show(Output(remark))
        if beginner is not None:
            _begin(program, beginner, options, shell, kernel, show)
            return
        try:
            with ExitStack() as run:
                shown = Shown()
                run.enter_context(session.run(_cell_of(cells), dry=options.dry))
                try:
                    program(lambda value: _show_value(value, options, session))
                    if options.dry:
                        show(Output("Dry run: the cell executes nothing on MaxCompute."))
                except NothingSent as stopped:
                    show(show_plan(stopped.plan, name_now(session, options.image), masked=session.terms.masked))
                if (failure := shown.failure) is not None:  # the run ends with it, and nothing is raised
                    run.pop_all().__exit__(type(failure), failure, failure.__traceback__)
        except Exception as error:
            note(error, kernel)
            raise
        finally:
            if not options.dry:
                name = name_now(session, options.image)
                differing = _differences(session, kernel)
                show(show_run(session.runs[-1], name, differing, masked=session.terms.masked))


def _begin(
    program: Program,
    beginner: Beginner,
    options: Options,
    shell: InteractiveShell,
    kernel: Kernel,
    show: Callable[..., Any],
) -> None:
    """Run the cell but for what its last line executes, which goes on; what is shown of it is put in place later."""
    __tracebackhide__ = True
    session, name = kernel.session, name_now(kernel.session, options.image)
    with session.run(_cell_of(kernel.cells())) as number:
        with session.refusing_waits():
            future = beginner.value(program(lambda value: value))
        run = session.in_background(number, future)
        if options.out is not None:
            session.namespace[options.out] = run
        sys.displayhook(run)
    sent = [shipment for shipment in session.shipments if shipment.instance in run.instances]
    differing = _differing([function for shipment in sent for function in shipment.functions], kernel)
    shown = show(show_begun(session.runs[number - 1], options.out or "_"), display_id=True)
    if getattr(shell, "kernel", None) is None:
        return  # a terminal has no place to put it in

    def report(_: Future[Any]) -> None:
        shown.update(show_run(session.runs[number - 1], name, differing, masked=session.terms.masked))

    future.add_done_callback(report)


def _cell_of(cells: Sequence[NotebookCell]) -> Cell:
    """The running cell; one that the front end does not name has its number for an id."""
    name = cells[-1].id
    return Cell(len(cells) - 1, None if name == f"In[{len(cells)}]" else name)


def _show_value(value: Any, options: Options, session: Session) -> None:
    """Show the value of the last line, and keep it where ``--out`` says.

    It is shown here, not returned: PyODPS executes an expression when it is displayed, and that belongs to this run
    and to its backend.
    """
    __tracebackhide__ = True
    if options.out is not None:
        value = session.namespace[options.out] = _result(value)
    if value is not None:
        sys.displayhook(value)


def _result(value: Any) -> Any:
    """What ``--out`` keeps: an expression's result, as a pandas frame where it has rows and columns."""
    __tracebackhide__ = True
    if "odps.df" not in sys.modules:
        return value
    from odps.df.backends.frame import ResultFrame
    from odps.df.expr.expressions import Expr

    if isinstance(value, Expr):
        value = value.execute()
    return value.to_pandas() if isinstance(value, ResultFrame) else value


def _differences(session: Session, kernel: Kernel) -> list[str]:
    """Between what the analysis says of the functions that this run sent and what was sent."""
    functions = [
        function
        for execution in session.runs[-1].executions
        for shipment in execution.shipments
        for function in shipment.functions
    ]
    return _differing(functions, kernel)


def _differing(functions: Sequence[ShippedFunction], kernel: Kernel) -> list[str]:
    if not functions:
        return []
    model = kernel.analyze(kernel.cells())
    return list(dict.fromkeys(one for function in functions for one in differences(function, model)))


def _compile_or_show(body: str, shell: InteractiveShell, *, number: int, beginner: Beginner | None) -> Program:
    try:
        return compile_cell(body, shell, number=number, beginner=beginner)
    except SyntaxError:
        from IPython.core.error import UsageError

        # Raised on, it would be shown as an error inside a running program, with every frame down to here.
        shell.showsyntaxerror()
        raise UsageError("The cell has a syntax error; nothing of it was run.") from None


def compile_cell(body: str, shell: InteractiveShell, *, number: int, beginner: Beginner | None = None) -> Program:
    """Compile ``body`` so that its lines count as in the cell as written, the magic's line included.

    Args: ``number`` is the cell's, for tracebacks: ``Cell In[number]``; ``beginner`` begins what the last line
    executes, where the cell shall not wait for it.

    Returns:
        Runs the cell, gives what it is given the value of the last line, in that line, and returns what comes of it.

    Raises:
        SyntaxError: where Python finds one; IPython shows it with its own display.
        UserError: the cell awaits at its top level, or shall not wait and has nothing that could go on.
    """
    blank = len(body) - len(body.lstrip("\n"))
    # IPython drops leading blank lines; the magic's own line is the first.
    source = "\n" * (1 + blank) + shell.transform_cell(body)
    name = shell.compile.cache(source, number, raw_code=source)
    tree = shell.transform_ast(shell.compile.ast_parse(source, filename=name))
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    shown = shell.ast_node_interactivity != "none" and not shell.displayhook.semicolon_at_end_of_expression(body)
    if beginner is not None:
        last = ast.Expr(beginning(None if last is None else last.value))
    elif last is not None and not shown:
        tree.body.append(last)
        last = None
    if last is not None:
        called = ast.Call(ast.Name(TAKE, ast.Load()), [last.value], [])
        last.value = ast.fix_missing_locations(ast.copy_location(called, last.value))
    try:
        statements = compile(tree, name, "exec", dont_inherit=True)
        value = None if last is None else compile(ast.Expression(last.value), name, "eval", dont_inherit=True)
    except SyntaxError as error:
        if "await" in (error.msg or "") or "asynchronous" in (error.msg or ""):
            raise UserError(
                "%%odps cannot await at the top level of a cell.", hint="Move the await into a cell without the magic."
            ) from error
        raise

    def program(take: Take) -> Any:
        __tracebackhide__ = True
        exec(statements, shell.user_global_ns, shell.user_ns)
        if value is None:
            return take(None)
        # The last line may look at its names, and some libraries clear them where they are no globals.
        names = {TAKE: take} if beginner is None else {TAKE: take, BEGIN: beginner.call}
        shell.user_ns.update(names)
        try:
            return eval(value, shell.user_global_ns, shell.user_ns)
        finally:
            for given in names:
                shell.user_ns.pop(given, None)

    return program
