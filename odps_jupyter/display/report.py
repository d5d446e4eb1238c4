"""The report below a cell: what PyODPS executed, where, and on how much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from odps_jupyter.backends.execution import Execution
from odps_jupyter.backends.sample import SampledTable
from odps_jupyter.workflow.failure import kind_of
from odps_jupyter.workflow.preflight import Preflight
from odps_jupyter.workflow.run import RunRecord
from odps_jupyter.workflow.snapshot import comparison_state

from . import html
from .compare import compare_html, compare_lines
from .failure import failure_html
from .output import Output

#: How a run in the background ended.
ENDED = {
    "ok": "ended",
    "error": "failed, which its result() raises",
    "stopped": "was stopped",
    "interrupted": "was interrupted",
}


def show_run(run: RunRecord, profile: str, differences: Sequence[str] = (), *, masked: bool = False) -> Output:
    """``run`` in one line and, folded, one row for each execution.

    Args:
        profile: name of the executor, such as cp311.
        differences: between the split as predicted and what was sent, one sentence each.
        masked: whether what may quote values of rows is left out.
    """
    headline = _headline(run, profile)
    rows = [
        (
            html.code(execution.operation),
            escape(", ".join(execution.functions)) or "&ndash;",
            escape(_read(execution)),
            f"{execution.seconds:.2f} s",
            f'<span class="error">{escape(_error(execution, masked))}</span>' if execution.error else "ok",
        )
        for execution in run.executions
    ]
    details = html.table(("Executed", "Functions", "Read", "Took", "Ended"), rows) if rows else ""
    tried = [line for preflight in run.preflights for line in _preflight(preflight, masked)]
    text = "\n".join(
        [
            headline,
            *(f"  {line}" for line in tried),
            *(f"  {_line(execution, masked)}" for execution in run.executions),
            *(f"  {line}" for comparison in run.comparisons for line in compare_lines(comparison, masked=masked)),
            *(f"  ! {one}" for one in differences),
        ]
    )
    details += "".join(f"<div>{html.quiet(line)}</div>" for line in tried)
    warnings = "".join(f'<div class="error">{escape(one)}</div>' for one in differences)
    compared = "".join(compare_html(comparison_state(one, masked=masked)) for one in run.comparisons)
    failed = "".join(failure_html(failure, masked=masked) for failure in run.failures)
    folded = html.folded(f"<b>Run</b> {html.quiet(headline)}", details, opened=False)
    return Output(text, html.block(folded, failed, compared, warnings))


def show_begun(run: RunRecord, name: str) -> Output:
    """A run that goes on in the background under a ``name``, until its report takes this place."""
    where = f"pandas, {run.sample}" if run.backend == "pandas" else f"MaxCompute {run.connection}"
    text = (
        f"{where}: run {run.number} goes on in the background; `{name}` is it, with wait(), result(), stop() and "
        "status. It ends with this kernel."
    )
    return Output(text, html.block(f"<b>Run</b> {html.quiet(text)}"))


def _preflight(preflight: Preflight, masked: bool) -> Iterator[str]:
    """What was found out before functions were sent; nothing where they were found good before."""
    if preflight.rows:
        tried = ", ".join(f"{name} on {rows} row{'' if rows == 1 else 's'}" for name, rows in preflight.rows)
        yield f"preflight: {tried}, {preflight.seconds:.2f} s"
    for doubt in preflight.doubts:
        # What stands behind a colon is an error's own text.
        yield f"preflight: {doubt.partition(':')[0] if masked else doubt}"


def _headline(run: RunRecord, profile: str) -> str:
    count = len(run.executions)
    executed = "nothing was executed" if not count else f"{count} execution{'s' if count > 1 else ''}"
    if run.status == "running":
        executed = f"run {run.number} goes on in the background" if not count else f"{executed} so far, more goes on"
    # Expressions may come from another entry object than the connection's: they say where they ran.
    places = dict.fromkeys(execution.connection for execution in run.executions if execution.connection)
    place = ", ".join(places) or run.connection
    where = f"pandas, {run.sample}" if run.backend == "pandas" else f"MaxCompute {place}"
    functions = list(dict.fromkeys(name for execution in run.executions for name in execution.functions))
    ran = ""
    if functions:
        side = "here" if run.backend == "pandas" else f"on the executor ({profile})"
        ran = f"; {', '.join(functions)} ran {side}"
    # What is waited for shows in its cell how it ended.
    ended = f"run {run.number} {ENDED[run.status]}; " if run.background and run.status != "running" else ""
    return f"{where}: {ended}{executed}{ran}, {run.seconds:.2f} s"


def _read(execution: Execution) -> str:
    if not execution.sampled:
        return ", ".join(execution.tables)
    return ", ".join(
        f"{table.rows} of {'more' if table.total is None else table.total} rows of {table.name}{_lacking(table)}"
        for table in execution.sampled
    )


def _lacking(table: SampledTable) -> str:
    return f" (without the condition: it has no column {', '.join(table.lacks)})" if table.lacks else ""


def _error(execution: Execution, masked: bool) -> str:
    return kind_of(execution.error or "") if masked else execution.error or ""


def _line(execution: Execution, masked: bool) -> str:
    ended = f", {_error(execution, masked)}" if execution.error else ""
    read = _read(execution)
    what = f"{execution.operation} of {read}" if read else execution.operation
    return f"{what}, {execution.seconds:.2f} s{ended}"
