"""The runs of the notebook: those under way with their stages, and the history with what each executed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from html import escape

from odps_jupyter.display import html
from odps_jupyter.display.compare import compare_html, said
from odps_jupyter.sizes import in_words

from .facts import Facts, Wire, cell_name
from .words import STATUSES, backend_name, duration

FORGOTTEN = "These runs are forgotten with the kernel: it does not know its notebook."


def run_lines(facts: Facts) -> Iterator[str]:
    """One line for each execution under way and each run."""
    for live in facts.told.state["live"]:
        yield f"{_live(live)}: {live['fraction']:.0%}, {live['status']}"
    yield from (" · ".join(_headline(run, _detail(run, facts))) for run in facts.told.history["runs"])


def runs_html(facts: Facts) -> str:
    """Each run folded, newest first."""
    parts = [_live_html(live) for live in facts.told.state["live"]]
    runs = facts.told.history["runs"]
    parts += [_run(run, _detail(run, facts)) for run in runs]
    if not parts:
        return f"<div>{html.quiet('Nothing has run yet.')}</div>"
    if runs and not facts.told.history["kept"]:
        parts.append(html.quiet(FORGOTTEN))
    return "".join(parts)


def _detail(run: Wire, facts: Facts) -> Wire | None:
    """All that this kernel knows of a run of its own."""
    return next((one for one in facts.told.runs if one["id"] == run["id"]), None)


def _live(live: Wire) -> str:
    what = ", ".join(live["operations"]) or "an execution"
    functions = f" with {', '.join(live['functions'])}" if live["functions"] else ""
    number = "" if live["run"] is None else f"#{live['run']} "
    return f"{number}{backend_name(live['backend'])} {what}{functions}"


def _live_html(live: Wire) -> str:
    bar = f"<progress max='1' value='{live['fraction']:.3f}'></progress>"
    head = f"<div><b>▶ {escape(_live(live))}</b> {bar} {html.quiet(live['status'])}</div>"
    rows = [
        (html.code(job["instance"]), escape(job["status"]), escape("; ".join(map(_stage, job["stages"]))))
        for job in live["jobs"]
    ]
    return head + (html.table(("Job", "", "Stages"), rows) if rows else "")


def _stage(stage: Wire) -> str:
    if stage["workers"] > 0 and stage["ended"] >= stage["workers"]:
        return f"{stage['name']}: done"
    if not stage["running"] and not stage["ended"]:
        return f"{stage['name']}: waits"
    return f"{stage['name']}: {stage['ended']} of {stage['workers']} workers done, {stage['running']} at work"


def _headline(run: Wire, detail: Wire | None) -> Iterator[str]:
    comparisons = detail["comparisons"] if detail is not None else []
    number = f"#{run['number']} " if run["here"] else ""
    yield f"{number}{'compare' if comparisons else backend_name(run['backend'])}"
    yield STATUSES[run["status"]]
    differing = sum(1 for one in comparisons if not one["equal"])
    if comparisons:
        yield f"≠ {differing} of {len(comparisons)} differ" if differing else "= the sides agree"
    elif run["rows"] is not None:
        yield f"{run['rows']:,} row{'' if run['rows'] == 1 else 's'}"
    if run["seconds"] is not None:
        yield duration(run["seconds"])
    yield f"{datetime.fromtimestamp(run['started']):%Y-%m-%d %H:%M:%S}"


def _run(run: Wire, detail: Wire | None) -> str:
    first, *rest = _headline(run, detail)
    bad = run["status"] in {"error", "lost"} or any(one.startswith("≠") for one in rest)
    words = " · ".join(rest)
    title = f"<b>{escape(first)}</b> {html.error(words) if bad else html.quiet(words)}"
    parts = [f"<div>{html.quiet(one)}</div>" for one in _notes(run)]
    error = detail["error"] if detail is not None else run["error"]
    if error:
        parts.append(f'<div class="error">{escape(error)}</div>')
    if detail is not None:
        parts += _known(detail)
    if run["jobs"]:
        parts.append(f"<div>Jobs: {', '.join(html.code(job['instance']) for job in run['jobs'])}</div>")
    body = f"<div style='margin-left:14px'>{''.join(parts)}</div>"
    return f"<div style='margin:3px 0 3px 14px'>{html.folded(title, body, opened=False)}</div>"


def _notes(run: Wire) -> Iterator[str]:
    where = run["connection"] if run["backend"] == "maxcompute" else f"sample: {json.dumps(run['sample'])}"
    yield where if run["cell"] is None else f"{cell_name(run['cell']).capitalize()}, {where}"
    if run["cost"] is not None:
        yield f"Its jobs read {in_words(run['cost']['input'])}."
    if run["background"]:
        yield "In the background: other cells run meanwhile."
    if not run["here"]:
        yield "In an earlier kernel."


def _known(detail: Wire) -> Iterator[str]:
    for failure in detail["failures"]:
        row = failure["row"]
        values = f"Failed for the row {', '.join(map(said, row.values()))}. " if isinstance(row, Mapping) else ""
        yield f"<div>{escape(values + (failure['advice'] or ''))}</div>"
    for preflight in detail["preflights"]:
        tried = ", ".join(f"{one['name']} on {one['rows']} rows" for one in preflight["functions"])
        said_of = [f"tried before it was sent: {tried}"] if tried else []
        yield from (f"<div>{html.quiet(one)}</div>" for one in (*said_of, *preflight["doubts"]))
    rows = [
        (
            html.code(one["operation"]),
            escape(", ".join(one["functions"])) or "–",
            escape(", ".join(one["tables"])) or "–",
            "–" if one["rows"] is None else f"{one['rows']:,}",
            duration(one["seconds"]),
            html.error(f"✗ {one['error']}") if one["error"] else "✓ ok",
        )
        for one in detail["executions"]
    ]
    if rows:
        yield html.table(("Executed", "Functions", "Tables", "Rows", "Took", "Ended"), rows)
    yield from map(compare_html, detail["comparisons"])
