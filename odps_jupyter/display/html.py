"""Small pieces of escaped HTML. Colours are JupyterLab's where it runs, with fallbacks for other front ends."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

STYLE = """<style>
.odps-jupyter{font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#1f2328);
max-width:56em;margin:2px 0}
.odps-jupyter table{border-collapse:collapse;font-size:12px;margin:2px 0}
.odps-jupyter th{font-weight:600;color:var(--jp-ui-font-color2,#5c6470)}
.odps-jupyter th,.odps-jupyter td{padding:2px 10px 2px 0;text-align:left;vertical-align:top;background:none}
.odps-jupyter code{font-family:var(--jp-code-font-family,monospace);font-size:12px}
.odps-jupyter .quiet{color:var(--jp-ui-font-color2,#5c6470)}
.odps-jupyter summary{cursor:pointer}
.odps-jupyter .side{display:inline-block;border:1px solid currentColor;border-radius:8px;padding:0 7px;font-size:11px}
.odps-jupyter .executor,.odps-jupyter .both{color:var(--jp-success-color0,#0f7b6c)}
.odps-jupyter .error{color:var(--jp-error-color0,#c62828)}
</style>"""


def block(*parts: str) -> str:
    return f'{STYLE}<div class="odps-jupyter">{"".join(parts)}</div>'


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def quiet(text: str) -> str:
    return f'<span class="quiet">{escape(text)}</span>'


def side(name: str) -> str:
    return f'<span class="side {escape(name)}">{escape(name)}</span>'


def folded(summary: str, content: str, *, opened: bool) -> str:
    """``summary`` and ``content`` are HTML already."""
    return f"<details{' open' if opened else ''}><summary>{summary}</summary>{content}</details>"


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Header cells are text, body cells are HTML already."""
    head = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
