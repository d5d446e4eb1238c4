"""What will go wrong, or mean something else, cell by cell, with what mends it and what proves it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from html import escape

from odps_jupyter.display import html
from odps_jupyter.display.diff import diff_html

from .facts import Facts, Wire, cell_name
from .words import outcome_name

PROVEN = {"preflight": "proven by preflight", "job": "proven by a job"}
_SIGNS = {"error": "✗", "warning": "!", "information": "i", "hint": "·"}


def problem_lines(facts: Facts) -> Iterator[str]:
    """One line each, what was only seen to fail first."""
    for finding in facts.unforeseen:
        yield f"{_place(finding, facts)}, error, {PROVEN[finding['by']]}: {finding['message']}"
    for item in facts.told.analysis["diagnostics"]:
        proof = facts.proof_of(item)
        proven = f", {PROVEN[proof['by']]}" if proof is not None else ""
        fix = f" Fix: {item['fix']['title']}." if item["fix"] else ""
        yield f"{_place(item, facts)}, {item['severity']}{proven}, {item['kind']}: {item['message']}{fix}"


def predicted(facts: Facts) -> str:
    """How the notebook ends on each side, as the source says."""
    prediction = facts.told.analysis["prediction"]
    none = "" if facts.told.analysis["diagnostics"] else "None found in the source. "
    if prediction is None:
        return none
    pandas, executor = outcome_name(prediction["pandas"]), outcome_name(prediction["executor"])
    return f"{none}Predicted: {pandas} on pandas, {executor} on MaxCompute."


def problems_html(facts: Facts) -> str:
    """The same with each fix as a difference, folded."""
    items = [
        _item(finding, "error", finding["message"], finding["kind"] or "", finding, "", facts)
        for finding in facts.unforeseen
    ]
    for item in facts.told.analysis["diagnostics"]:
        fix = _fix(item["fix"], facts.told.sources) if item["fix"] else ""
        proof = facts.proof_of(item)
        items.append(_item(item, item["severity"], item["message"], item["kind"], proof, fix, facts))
    return f"<div>{html.quiet(predicted(facts))}</div>{''.join(items)}"


def _item(place: Wire, severity: str, message: str, kind: str, proof: Wire | None, fix: str, facts: Facts) -> str:
    mark = ""
    if proof is not None:
        mark = f'<span class="side error" title="{escape(proof["message"])}">{PROVEN[proof["by"]]}</span> '
    tone = severity if severity in {"error", "warning"} else "quiet"
    said = (
        f"<b>{escape(_place(place, facts))}</b> <span class='{tone}'>{_SIGNS[severity]} {severity}</span> {mark}"
        f"{escape(message)} {html.quiet(kind)}"
    )
    return f"<div style='margin:3px 0 3px 14px'>{said}{fix}</div>"


def _fix(fix: Wire, sources: Sequence[str]) -> str:
    safe = "" if fix["safe"] else "Changes what the code means: look at it before you run it."
    title = f"Fix: {escape(fix['title'])} {html.quiet(safe)}"
    return html.folded(title, diff_html(fix_lines(fix, sources)), opened=False)


def fix_lines(fix: Wire, sources: Sequence[str]) -> Iterator[str]:
    """What a fix changes, as a unified diff of each cell below a line that names it."""
    for cell in dict.fromkeys(edit["cell"] for edit in fix["edits"]):
        before = sources[cell]
        edits = [edit for edit in fix["edits"] if edit["cell"] == cell]
        difference = difflib.unified_diff(before.split("\n"), edited(before, edits).split("\n"), n=1, lineterm="")
        yield cell_name(cell)
        yield from list(difference)[2:]


def edited(source: str, edits: Sequence[Wire]) -> str:
    """``source`` with edits of the wire applied, which do not overlap."""
    lines = source.split("\n")
    for edit in sorted(edits, key=lambda edit: (edit["line"], edit["column"]), reverse=True):
        first, last = edit["line"], edit["end_line"]
        # An edit may end on the line behind the last one.
        lines += [""] * (last + 1 - len(lines))
        before = lines[first][: _index(lines[first], edit["column"])]
        after = lines[last][_index(lines[last], edit["end_column"]) :]
        lines[first : last + 1] = f"{before}{edit['text']}{after}".split("\n")
    return "\n".join(lines)


def _index(line: str, column: int) -> int:
    """Of the character at a column of the wire, which counts UTF-16 units."""
    if line.isascii():
        return column
    return len(line.encode("utf-16-le", "surrogatepass")[: 2 * column].decode("utf-16-le", "surrogatepass"))


def _place(item: Wire, facts: Facts) -> str:
    index = item["cell"] if isinstance(item["cell"], int) else facts.index_of(item["cell"])
    return "" if index is None else f"{cell_name(index)}, line {item['line'] + 1}"
