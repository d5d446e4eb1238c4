"""Small pieces of escaped HTML. Colours are JupyterLab's where it runs, with fallbacks for other front ends."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

#: Doubled class names win over what JupyterLab says of tables in outputs.
STYLE = """<style>
.odps-jupyter{font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#1f2328);
margin:2px 0}
.odps-jupyter summary{cursor:pointer}
.odps-jupyter.odps-jupyter table{border-collapse:collapse;font-size:12px;margin:4px 0 4px 14px;table-layout:auto}
.odps-jupyter.odps-jupyter th,.odps-jupyter.odps-jupyter td{padding:2px 18px 2px 0;text-align:left;
vertical-align:top;white-space:normal;max-width:none;background:none;border:0}
.odps-jupyter.odps-jupyter th{font-weight:600;color:var(--jp-ui-font-color2,#5c6470)}
.odps-jupyter.odps-jupyter code{font-family:var(--jp-code-font-family,monospace);font-size:12px;background:none;
color:inherit;padding:0}
.odps-jupyter .quiet{color:var(--jp-ui-font-color2,#5c6470)}
.odps-jupyter .side{display:inline-block;border:1px solid currentColor;border-radius:8px;padding:0 7px;font-size:11px}
.odps-jupyter .executor{color:var(--jp-success-color0,#0f7b6c)}
.odps-jupyter .both{color:var(--jp-brand-color0,#1565c0)}
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
