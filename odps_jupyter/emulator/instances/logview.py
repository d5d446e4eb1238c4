"""The page a logview link opens: SQL, state and worker log of one instance. Everything shown is escaped."""

from __future__ import annotations

from html import escape

from .models import Instance, Task

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1f2328 }
h1 { font-size: 1.3rem } h2 { font-size: 1.05rem; margin-top: 2rem } dt { float: left; width: 8rem; color: #57606a }
pre { background: #f6f8fa; padding: 1rem; overflow: auto; border-radius: 6px }
"""


def _task(task: Task) -> str:
    parts = [f"<h2>{escape(task.name)} &middot; {escape(task.kind)} &middot; {escape(task.status)}</h2>"]
    parts.append(f"<h3>Query</h3><pre>{escape(task.query)}</pre>")
    if task.columns is not None:
        names = ", ".join(f"{name} {kind}" for name, kind in task.columns)
        parts.append(f"<p>{task.rows} rows: {escape(names)}</p>")
    if task.text:
        parts.append(f"<h3>Message</h3><pre>{escape(task.text)}</pre>")
    if task.log:
        parts.append(f"<h3>Worker log</h3><pre>{escape(task.log)}</pre>")
    return "".join(parts)


def page(instance: Instance) -> str:
    """The whole HTML page."""
    ended = "" if instance.ended is None else f"<dt>Ended</dt><dd>{instance.ended:%Y-%m-%d %H:%M:%S} UTC</dd>"
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(instance.id)}</title>'
        f"<style>{_STYLE}</style><h1>Instance {escape(instance.id)}</h1>"
        f"<dl><dt>Project</dt><dd>{escape(instance.project)}</dd><dt>Status</dt><dd>{escape(instance.status)}</dd>"
        f"<dt>Started</dt><dd>{instance.started:%Y-%m-%d %H:%M:%S} UTC</dd>{ended}</dl>"
        f"{''.join(_task(task) for task in instance.tasks)}</html>"
    )
