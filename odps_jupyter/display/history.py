"""The history of a notebook's runs, as a table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from html import escape

from odps_jupyter.sizes import in_words
from odps_jupyter.workflow.history.entry import Entry

from . import html
from .output import Output

_HEADER = ("Run", "Cell", "When", "Where", "Ended", "Took", "Rows", "Read", "Jobs")
_ENDED = {"dry": "dry run"}
#: Said where a fact is not known.
UNKNOWN = "–"


def show_history(entries: Sequence[Entry], notebook: str | None, *, own: Collection[str]) -> Output:
    """``entries`` newest first.

    Args: ``notebook``: the path they are kept for, None where they are this kernel's alone; ``own``: ids of those that
    ran in this kernel. Only they have numbers, which other kernels have given too.
    """
    kept = "These are kept for this kernel only: which notebook it serves is not known."
    headline = kept if notebook is None else f"Runs of {notebook}"
    if not entries:
        headline += " None yet." if notebook is None else ": none yet"
        return Output(headline, html.block(html.quiet(headline)))
    rows = [_row(entry, str(entry.number) if entry.id in own else UNKNOWN) for entry in entries]
    widths = [max(len(row[at]) for row in (_HEADER, *rows)) for at in range(len(_HEADER))]
    lines = ["  ".join(word.ljust(width) for word, width in zip(row, widths, strict=True)) for row in (_HEADER, *rows)]
    table = html.table(_HEADER, [[_cell(entry, name, word) for name, word in zip(_HEADER, row, strict=True)]
                                 for entry, row in zip(entries, rows, strict=True)])  # fmt: skip
    text = "\n".join([headline, *(line.rstrip() for line in lines)])
    return Output(text, html.block(html.quiet(headline), table))


def _row(entry: Entry, number: str) -> tuple[str, ...]:
    ended = (
        entry.error if entry.error is not None and entry.status == "error" else _ENDED.get(entry.status, entry.status)
    )
    return (
        number,
        UNKNOWN if entry.cell is None else f"[{entry.cell + 1}]",
        f"{datetime.fromtimestamp(entry.started):%Y-%m-%d %H:%M:%S}",
        _where(entry),
        f"{ended}, in the background" if entry.background else ended,
        UNKNOWN if entry.seconds is None else f"{entry.seconds:.2f} s",
        UNKNOWN if entry.rows is None else f"{entry.rows:,}",
        UNKNOWN if entry.input is None else in_words(entry.input),
        " ".join(job.instance for job in entry.jobs) or UNKNOWN,
    )


def _where(entry: Entry) -> str:
    if entry.backend != "pandas":
        return f"MaxCompute {entry.connection}"
    return "pandas, all rows" if entry.sample == "all" else f"pandas, {entry.sample} rows"


def _cell(entry: Entry, name: str, word: str) -> str:
    if name == "Ended" and entry.status in {"error", "lost"}:
        return f'<span class="error">{escape(word)}</span>'
    return html.code(word) if name == "Jobs" and entry.jobs else escape(word)
