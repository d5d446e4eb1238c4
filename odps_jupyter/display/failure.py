"""A failed job: one sentence, the line it stands on, the row; what the service said is folded where that can be."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from odps_jupyter.workflow.failure import Failure, Place, describe_row, kind_of

from . import html

AGAIN = "`%odps replay` calls it here on that row; `%debug` then stops in it."


def failure_lines(failure: Failure, *, masked: bool, whole: bool) -> list[str]:
    """What IPython shows in the place of PyODPS's own frames.

    Args:
        masked: whether what may quote values of rows is left out.
        whole: whether what the service said follows; ``%%odps`` shows it folded.
    """
    lines = [_headline(failure, masked), *_code(failure.place)]
    if failure.asked is not None:
        lines.append(f"Executed by {_where(failure.asked)}: {failure.asked.text}")
    lines.extend(_next(failure, masked))
    if whole:
        lines.extend(["", "The service says:", _said(failure, masked)])
    return lines


def failure_html(failure: Failure, *, masked: bool) -> str:
    """What the service said, folded."""
    said = escape(_said(failure, masked))
    return html.folded(f"<b>The service says</b> {html.quiet(failure.code or '')}", f"<pre>{said}</pre>", opened=False)


def _headline(failure: Failure, masked: bool) -> str:
    message = kind_of(failure.message) if masked else failure.message
    if failure.function is None and failure.place is None:
        return f"The job failed: {message}"
    where = "" if failure.place is None else f" ({_where(failure.place)})"
    row = "" if failure.row is None else f", for the row {describe_row(failure.row, masked=masked)}"
    return f"{failure.function or 'A function'} failed on the executor{where}: {message.rstrip('.')}{row}."


def _where(place: Place) -> str:
    return f"cell {place.cell}, line {place.line}"


def _code(place: Place | None) -> Iterator[str]:
    if place is not None and place.text:
        yield f"---> {place.line} {place.text}"


def _next(failure: Failure, masked: bool) -> Iterator[str]:
    if failure.row is not None:
        yield AGAIN
    elif failure.doubt is not None:
        yield f"The row was not found: {failure.doubt.partition(':')[0] if masked else failure.doubt}."
    elif failure.searched:
        yield f"The row is not among the first {failure.searched:,} of each table, or the function fails there only."
    if failure.advice is not None:
        yield f"{failure.advice[0].upper()}{failure.advice[1:]}"


def _said(failure: Failure, masked: bool) -> str:
    if masked:
        return "It may quote values: `%odps mask off`, and run it again, to see it."
    return failure.text.rstrip()
