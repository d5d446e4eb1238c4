"""A fix: what is done and why, and the difference it makes."""

from __future__ import annotations

from html import escape

from odps_jupyter.workflow.mending import Mended

from . import html
from .diff import diff_html
from .output import Output


def show_mended(mended: Mended) -> Output:
    """The fix with the cells before and after it; the user finds the text in the next cell."""
    why = [mended.why] if mended.why else []
    last = "It is written as the next cell: read it, and run it instead."
    text = "\n".join([f"{mended.title}.", *why, "", mended.diff, "", last])
    parts = [f"<div>{html.quiet(one)}</div>" for one in why]
    diff = diff_html(mended.diff.splitlines())
    return Output(text, html.block(f"<div><b>{escape(mended.title)}</b></div>", *parts, diff, html.quiet(last)))
