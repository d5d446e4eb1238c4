"""Small pieces of escaped HTML that say the same in every front end, without scripts and without a request.

Colours are the host's: JupyterLab's variables where it sets them, else mixtures with the colour of the host's text, so
that what stands on a dark page is light and the other way round. Nothing is said by colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

#: Doubled class names win over what JupyterLab says of tables in outputs.
STYLE = """<style>
.odps-jupyter{font:13px/1.5 var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,inherit);
margin:2px 0}
.odps-jupyter summary{cursor:pointer}
.odps-jupyter.odps-jupyter table{border-collapse:collapse;font-size:12px;margin:4px 0 4px 14px;table-layout:auto;
color:inherit}
.odps-jupyter.odps-jupyter th,.odps-jupyter.odps-jupyter td{padding:2px 18px 2px 0;text-align:left;
vertical-align:top;white-space:normal;max-width:none;background:none;border:0}
.odps-jupyter.odps-jupyter tr{background:none!important}
.odps-jupyter.odps-jupyter th{font-weight:600}
.odps-jupyter.odps-jupyter code,.odps-jupyter.odps-jupyter pre{font-family:var(--jp-code-font-family,monospace);
font-size:12px;line-height:1.45;background:none;color:inherit;padding:0;border:0}
.odps-jupyter.odps-jupyter pre{white-space:pre;overflow:auto;max-height:30em;margin:4px 0;padding:6px 8px;
background:color-mix(in srgb,currentColor 6%,transparent)}
.odps-jupyter .bounded{max-height:36em;overflow:auto;margin-bottom:6px}
@media print{.odps-jupyter .bounded{max-height:none;overflow:visible}}
.odps-jupyter .quiet,.odps-jupyter.odps-jupyter thead th{
color:color-mix(in srgb,var(--jp-ui-font-color0,currentColor) 72%,transparent)}
.odps-jupyter .side{display:inline-block;border:1px solid currentColor;border-radius:8px;padding:0 7px;font-size:11px}
.odps-jupyter .executor{color:color-mix(in srgb,#2e9b57 60%,var(--jp-ui-font-color0,currentColor))}
.odps-jupyter .both{color:color-mix(in srgb,#1976d2 60%,var(--jp-ui-font-color0,currentColor))}
.odps-jupyter .error{color:color-mix(in srgb,#e53935 66%,var(--jp-ui-font-color0,currentColor))}
.odps-jupyter .warning{color:color-mix(in srgb,#ef6c00 62%,var(--jp-ui-font-color0,currentColor))}
</style>"""


def block(*parts: str) -> str:
    return f'{STYLE}<div class="odps-jupyter">{"".join(parts)}</div>'


def code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def quiet(text: str) -> str:
    return f'<span class="quiet">{escape(text)}</span>'


def error(text: str) -> str:
    return f'<span class="error">{escape(text)}</span>'


def side(name: str) -> str:
    return f'<span class="side {escape(name)}">{escape(name)}</span>'


def folded(summary: str, content: str, *, opened: bool) -> str:
    """``summary`` and ``content`` are HTML already."""
    return f"<details{' open' if opened else ''}><summary>{summary}</summary>{content}</details>"


def bounded(name: str, content: str) -> str:
    """``content``, which is HTML already, scrolls where it is tall; on paper it is whole. ``name`` is for readers."""
    return f'<div class="bounded" role="region" tabindex="0" aria-label="{escape(name)}">{content}</div>'


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Header cells are text, body cells are HTML already."""
    head = "".join(f"<th scope='col'>{escape(cell)}</th>" for cell in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
