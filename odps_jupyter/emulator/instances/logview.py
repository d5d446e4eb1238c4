"""The page a logview link opens: SQL, hints, stages, times, worker logs and errors. Everything shown is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from html import escape

from . import summary
from .models import TERMINATED, Instance, Task

_STYLE = """
:root { color-scheme: light dark }
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem }
h1 { font-size: 1.3rem } h2 { font-size: 1.1rem; margin-top: 2.5rem } h3 { font-size: .95rem; margin: 1.2rem 0 .4rem }
dt { float: left; clear: left; width: 8rem; opacity: .7 } dd { margin-left: 8rem }
pre { background: #8882; padding: .8rem 1rem; overflow: auto; border-radius: 6px; margin: 0 }
table { border-collapse: collapse } th, td { text-align: left; padding: .15rem 1.2rem .15rem 0 } th { font-weight: 600 }
progress { width: 10rem } .failed { border-left: 4px solid #c33 }
"""
#: Seconds after which the page of a running job asks again.
_REFRESH = 2


def _moment(value: datetime | None) -> str:
    return "" if value is None else f"{value:%Y-%m-%d %H:%M:%S} UTC"


def _table(titles: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f"<th>{escape(title)}</th>" for title in titles)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><tr>{head}</tr>{body}</table>"


def _block(title: str, text: str, kind: str = "") -> str:
    return f'<h3>{escape(title)}</h3><pre class="{kind}">{escape(text)}</pre>' if text else ""


def _hints(task: Task) -> str:
    rows = [(escape(key), escape(value)) for key, value in {**task.settings, **task.parameters}.items()]
    return f"<h3>Hints</h3>{_table(('Name', 'Value'), rows)}" if rows else ""


def _stages(task: Task) -> str:
    if not task.stages:
        return ""
    rows = (
        (
            escape(stage.name),
            f'<progress max="100" value="{stage.percent}"></progress> {stage.percent} %',
            str(stage.input_records),
            str(stage.output_records),
        )
        for stage in task.stages
    )
    return f"<h3>Stages</h3>{_table(('Stage', 'Done', 'Input records', 'Output records'), rows)}"


def _task(task: Task) -> str:
    parts = [f"<h2>{escape(task.name)} &middot; {escape(task.kind)} &middot; {escape(task.status)}</h2>"]
    if task.started is not None:
        took = f", {task.seconds:.3f} s" if task.ended is not None else ""
        parts.append(f"<p>{_moment(task.started)}{took}</p>")
    parts.append(_block("Query", task.query))
    parts.append(_hints(task))
    parts.append(_stages(task))
    if task.columns is not None:
        names = ", ".join(f"{name} {kind}" for name, kind in task.columns)
        parts.append(f"<h3>Result</h3><p>{task.rows} rows: {escape(names)}</p>")
    parts.append(_block("Message", task.text, "failed" if task.status == "Failed" else ""))
    parts.extend(
        _block(f"Worker {number}, function {worker.function}", worker.log)
        for number, worker in enumerate(task.workers)
        if worker.log
    )
    if task.ended is not None:
        parts.append(_block("Summary", summary.text(task)))
    return "".join(parts)


def page(instance: Instance) -> str:
    """The whole HTML page; it loads nothing, and while the job runs it shows itself again every two seconds."""
    again = "" if instance.status == TERMINATED else f'<meta http-equiv="refresh" content="{_REFRESH}">'
    facts = {
        "Project": instance.project,
        "Owner": instance.owner,
        "Status": instance.status,
        "Started": _moment(instance.started),
        "Ended": _moment(instance.ended),
    }
    listed = "".join(f"<dt>{title}</dt><dd>{escape(value)}</dd>" for title, value in facts.items() if value)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">{again}<title>{escape(instance.id)}</title>'
        f"<style>{_STYLE}</style></head><body><h1>Instance {escape(instance.id)}</h1><dl>{listed}</dl>"
        f"{''.join(_task(task) for task in instance.tasks)}</body></html>"
    )
