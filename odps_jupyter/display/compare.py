"""What pandas and the executor said of one expression, side by side."""

from __future__ import annotations

from html import escape

from odps_jupyter.workflow.compare.comparison import Comparison, Difference
from odps_jupyter.workflow.compare.values import shown

from . import html


def compare_lines(comparison: Comparison) -> list[str]:
    """``comparison`` as text: one line where both agree, else what differs and the probable cause."""
    lines = [_headline(comparison)]
    if comparison.equal:
        return lines
    lines += [
        f"  {_place(one)}: pandas {shown(one.pandas)}, executor {shown(one.executor)}" for one in comparison.differences
    ]
    return [*lines, f"  {_cause(comparison)}"]


def compare_html(comparison: Comparison) -> str:
    """The same for a notebook."""
    if comparison.equal:
        return f"<div>{html.quiet(_headline(comparison))}</div>"
    rows = [
        (escape(_place(one)), html.code(shown(one.pandas)), html.code(shown(one.executor)))
        for one in comparison.differences
    ]
    table = html.table(("Where", "pandas", "Executor"), rows) if rows else ""
    return f'<div class="error">{escape(_headline(comparison))}</div>{table}<div>{escape(_cause(comparison))}</div>'


def _headline(comparison: Comparison) -> str:
    what = f"compare: {comparison.operation}"
    if comparison.action == "persist":
        what += ", as it would be persisted,"
    rows = f"{comparison.rows} row{'' if comparison.rows == 1 else 's'}"
    if comparison.equal:
        return f"{what} is equal on pandas and on the executor ({comparison.where}), {rows}"
    if comparison.error is not None:
        return f"{what} ran on pandas and failed on the executor ({comparison.where}): {comparison.error}"
    return f"{what} differs between pandas and the executor ({comparison.where}), {rows}"


def _place(difference: Difference) -> str:
    column = "the whole row" if difference.column is None else difference.column
    if difference.key:
        return f"{column} where {', '.join(f'{name} is {shown(value)}' for name, value in difference.key)}"
    return f"{column} of row {difference.row + 1}"


def _cause(comparison: Comparison) -> str:
    if comparison.cause is None:
        return "probable cause: unknown"
    return f"probable cause: {comparison.cause}. {comparison.because}"
