"""What pandas and the executor said of one expression, side by side."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from odps_jupyter.workflow.compare.comparison import Comparison, Difference
from odps_jupyter.workflow.compare.values import shown
from odps_jupyter.workflow.failure import kind_of

from . import html

#: Said in the place of a value while values are kept out of what is shown.
MASKED = "masked"
_SIDES = ("pandas", "executor")
_LONGEST = 80


def compare_lines(comparison: Comparison, *, masked: bool = False) -> list[str]:
    """``comparison`` as text: one line where both agree, else what differs and the probable cause."""
    error = comparison.error
    told = kind_of(error) if masked and error is not None else error
    lines = [
        _headline(comparison.operation, comparison.action, comparison.where, comparison.rows, told, comparison.equal)
    ]
    if comparison.equal:
        return lines
    for one in comparison.differences:
        pandas, executor = (MASKED if masked else shown(value) for value in (one.pandas, one.executor))
        lines.append(f"  {_place(one, masked)}: pandas {pandas}, executor {executor}")
    return [*lines, f"  {_cause(comparison.cause, None if masked else comparison.because)}"]


def compare_html(told: Mapping[str, Any]) -> str:
    """The same for a notebook, of the wire's form (``workflow.snapshot.comparison_state``): one row for each side,
    the cells that differ marked."""
    equal, error = told["equal"], told["error"]
    headline = _headline(told["operation"], told["action"], told["where"], told["rows"], error, equal)
    if equal:
        return f"<div>{html.quiet(f'= {headline}')}</div>"
    table = _table(told) if told["differences"] else ""
    cause = f"<div>{escape(_cause(told['cause'], told['because']))}</div>" if error is None or told["cause"] else ""
    return f'<div class="error">≠ {escape(headline)}</div>{table}{cause}'


def _headline(operation: str, action: str, where: str, rows: int, error: str | None, equal: bool) -> str:
    what = f"compare: {operation}"
    if action == "persist":
        what += ", as it would be persisted,"
    counted = f"{rows} row{'' if rows == 1 else 's'}"
    if equal:
        return f"{what} is equal on pandas and on the executor ({where}), {counted}"
    if error is not None:
        return f"{what} ran on pandas and failed on the executor ({where}): {error}"
    return f"{what} differs between pandas and the executor ({where}), {counted}"


def _place(difference: Difference, masked: bool) -> str:
    column = "the whole row" if difference.column is None else difference.column
    if difference.key and not masked:
        return f"{column} where {', '.join(f'{name} is {shown(value)}' for name, value in difference.key)}"
    return f"{column} of row {difference.row + 1}"


def _cause(cause: str | None, because: str | None) -> str:
    if cause is None:
        return "probable cause: unknown"
    return f"probable cause: {cause}. {because}" if because else f"probable cause: {cause}"


def _table(told: Mapping[str, Any]) -> str:
    """Two lines for each row that differs."""
    columns: Sequence[str] = told["columns"]
    rows = []
    for name, found in _by_row(told["differences"]).items():
        for side in _SIDES:
            cells = [escape(name) if side == "pandas" else "", side]
            if None in found:
                cells += [_whole(found[None][side], told["masked"]), *([""] * (len(columns) - 1))]
            else:
                cells += [_cell(found.get(column), side, told["masked"]) for column in columns]
            rows.append(cells)
    keys = dict.fromkeys(name for one in told["differences"] for name in one["key"] or ())
    return html.table((f"Row, by {' and '.join(keys)}" if keys else "Row", "Side", *columns), rows)


def _by_row(differences: Sequence[Mapping[str, Any]]) -> dict[str, dict[str | None, Mapping[str, Any]]]:
    """The differences by what names their row, and there by column; None is the column of a whole row."""
    groups: dict[str, dict[str | None, Mapping[str, Any]]] = {}
    for one in differences:
        key = ", ".join(f"{name} = {said(value)}" for name, value in (one["key"] or {}).items())
        name = key or str(one["row"] + 1)
        name += " (whole row)" if one["column"] is None else ""
        groups.setdefault(name, {})[one["column"]] = one
    return groups


def _whole(value: Any, masked: bool) -> str:
    if masked:
        return f"≠ {MASKED}"
    if value is None:
        return "≠ <i>no such row</i>"
    return f"≠ {html.code(', '.join(map(said, value)) if isinstance(value, list) else said(value))}"


def _cell(one: Mapping[str, Any] | None, side: str, masked: bool) -> str:
    if one is None:
        return html.quiet("same")
    return f'<span class="error">≠ </span>{MASKED if masked else html.code(said(one[side]))}'


def said(value: Any) -> str:
    """A value of the wire: NULL as MaxCompute says it, texts in quotes, so that "1" is not 1."""
    text = "NULL" if value is None else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
