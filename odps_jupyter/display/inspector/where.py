"""Where code runs, as a picture of two sides: cells of the kernel, pieces on the executor, and what crosses."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from itertools import groupby

from odps_jupyter.display import html
from odps_jupyter.sizes import in_words

from .facts import Facts, Piece, Standing, Wire, cell_name
from .words import outcome_name, run_words

STYLE = """<style>
.odps-jupyter.odps-jupyter table.where{border-collapse:collapse;margin:4px 0;width:100%;max-width:860px}
.odps-jupyter.odps-jupyter .where>tbody>tr>td,.odps-jupyter.odps-jupyter .where>thead>tr>th{padding:3px 8px;width:42%}
.odps-jupyter.odps-jupyter .where>*>tr>.kernel{background:color-mix(in srgb,currentColor 6%,transparent)}
.odps-jupyter.odps-jupyter .where>*>tr>.there{background:color-mix(in srgb,#2e9b57 12%,transparent)}
.odps-jupyter.odps-jupyter .where>*>tr>.way{width:16%;padding:3px 0;text-align:center;white-space:nowrap}
.odps-jupyter .box{border:1px solid color-mix(in srgb,currentColor 35%,transparent);border-radius:4px;padding:2px 7px;
margin:1px 0 3px}
.odps-jupyter .box.verified{border-color:#2e9b57}
.odps-jupyter .box.failing{border-color:#e53935;border-style:double;border-width:3px}
.odps-jupyter .box.failed{border-color:#e53935}
.odps-jupyter .box.predicted,.odps-jupyter .box.planned,.odps-jupyter .box.unfinished{border-style:dashed}
.odps-jupyter .box .badge{float:right;font-size:11px}
.odps-jupyter .arrow{display:flex;align-items:center;font-size:0;line-height:0}
.odps-jupyter .arrow::before{content:"";flex:1;border-top:2px dashed color-mix(in srgb,currentColor 55%,transparent)}
.odps-jupyter .arrow.verified::before{border-top:2px solid #2e9b57}
.odps-jupyter .arrow.failing::before{border-top:2px dotted #e53935}
.odps-jupyter .arrow.failed::before{border-top:2px solid #e53935}
.odps-jupyter .arrow.failing::after,.odps-jupyter .arrow.failed::after{border-left-color:#e53935}
.odps-jupyter .arrow::after{content:"";border:5px solid transparent;border-left:8px solid #2e9b57;border-right:0}
.odps-jupyter .arrow.back{transform:rotate(180deg)}
</style>"""
#: Up to this many cells are shown one by one; of more, neighbours that hand nothing over are folded.
FEW = 12
#: Needs of one piece that its box names.
MOST_NEEDS = 6
STANDINGS: dict[Standing, str] = {
    "predicted": "predicted",
    "planned": "compiled",
    "verified": "verified",
    "failing": "✗ will fail",
    "failed": "✗ failed",
    "unfinished": "■ not finished",
}


_RAN: dict[str, Standing] = {"ok": "verified", "error": "failed", "running": "predicted", "dry": "planned"}


def where_html(facts: Facts) -> str:
    """The picture."""
    remote = [piece for piece in facts.pieces if piece.placement["side"] != "local"]
    shown: set[tuple[int, int]] = set()
    rows: list[str] = []
    many = len(facts.cells) > FEW
    for quiet, cells in groupby(facts.cells, key=lambda cell: not cell["error"] and not facts.calls_in(cell)):
        group = list(cells)
        if quiet and many and len(group) > 1:
            rows.append(_row(_folded(group, facts)))
            continue
        for cell in group:
            if not _is_only_there(cell, facts) or many:
                rows += _cell_rows(cell, facts, shown)
    left = [piece for piece in remote if piece.at not in shown]
    rows += [_row("", "", _piece(piece, facts)) for piece in left]
    rows.append(_ends(facts) if remote or facts.told.analysis["shipped"] else _row("", "", "nothing is handed over"))
    profile = facts.told.state["profile"]["name"]
    head = (
        f"<tr><th class='kernel' scope='col'>Kernel {html.quiet('this machine')}</th>"
        f"<th class='way' scope='col'>{html.quiet('cloudpickle → UDF → SQL job')}</th>"
        f"<th class='there' scope='col'>Executor {html.quiet(profile)}</th></tr>"
    )
    return f"{STYLE}<table class='where'><thead>{head}</thead><tbody>{''.join(rows)}</tbody></table>"


def summary(facts: Facts) -> str:
    """One sentence, or two."""
    count = sum(1 for piece in facts.pieces if piece.placement["side"] != "local")
    broken = sum(1 for cell in facts.cells if cell["error"])
    runs = "piece of this notebook runs" if count == 1 else "pieces of this notebook run"
    said = f"{count} {runs} on the executor, the rest in the kernel."
    if not count:
        said = "Nothing is handed to the executor: all of it runs in the kernel."
    if broken:
        said += f" {broken} {'cell' if broken == 1 else 'cells'} cannot be read."
    return said


def _row(left: str, way: str = "", right: str = "", spanned: int = 1) -> str:
    span = f" rowspan='{spanned}'" if spanned > 1 else ""
    kernel = f"<td class='kernel'{span}>{left}</td>" if spanned else ""
    return f"<tr>{kernel}<td class='way'>{way}</td><td class='there'>{right}</td></tr>"


def _is_only_there(cell: Wire, facts: Facts) -> bool:
    """Whether all a cell does is to define what runs on the executor."""
    pieces = facts.pieces_of(cell)
    names = {piece.placement["name"] for piece in pieces}
    does = cell["error"] or cell["summary"]["imports"] or cell["summary"]["calls"]
    there = pieces and all(piece.placement["side"] == "executor" for piece in pieces)
    return bool(there and not does and names.issuperset(cell["summary"]["sets"]))


def _cell_rows(cell: Wire, facts: Facts, shown: set[tuple[int, int]]) -> Iterator[str]:
    calls = facts.calls_in(cell)
    box = _cell(cell, facts)
    if not calls:
        yield _row(box)
        return
    for at, (shipped, _) in enumerate(calls):
        root = next((piece for piece in facts.pieces if piece.shipped is shipped), None)
        again = root is not None and root.at in shown
        pieces = [] if root is None or again else [root, *facts.along(shipped)]
        shown.update(piece.at for piece in pieces)
        right = "".join(_piece(piece, facts) for piece in pieces)
        if root is None or again:
            right = f"<div class='box'>{html.code(shipped['name'])} {html.quiet('as above' if again else '')}</div>"
        yield _row(box, _arrow(shipped, root, facts), right, len(calls) if at == 0 else 0)


def _cell(cell: Wire, facts: Facts) -> str:
    """A cell's box: what its lines set and import, the local pieces it defines, and what it hands over."""
    pieces, calls = facts.pieces_of(cell), facts.calls_in(cell)
    defined = {piece.placement["name"] for piece in pieces}
    sets = ", ".join(name for name in cell["summary"]["sets"] if name not in defined)
    rows = [f"<b>{escape(cell_name(cell['index']))}</b> {html.code(sets)}"]
    if cell["error"]:
        line = cell["error"]["line"] + 1
        rows.append(html.error(f"✗ line {line}: {cell['error']['message']}"))
    if cell["summary"]["imports"]:
        rows.append(html.quiet(f"imports {', '.join(cell['summary']['imports'])}"))
    for piece in pieces:
        if piece.placement["side"] != "executor":
            both = html.side("both") if piece.placement["side"] == "both" else ""
            rows.append(f"{html.code(_defined(piece))} {both}")
    handed = [f"{call['method']}({item['name']})" for item, call in calls]
    rows += [f'<span class="executor">→ {html.code(call)}</span>' for call in handed]
    return _box(rows)


def _defined(piece: Piece) -> str:
    kind, name = piece.placement["kind"], piece.placement["name"]
    return str(name) if kind == name else f"{'class' if kind == 'class' else 'def'} {name}"


def _folded(cells: Sequence[Wire], facts: Facts) -> str:
    local = sum(1 for cell in cells for piece in facts.pieces_of(cell) if piece.placement["side"] != "executor")
    said = f"{len(cells)} cells" + (f", {local} local piece{'' if local == 1 else 's'}" if local else "")
    title = f"<b>cells {cells[0]['index'] + 1}–{cells[-1]['index'] + 1}</b> {html.quiet(said)}"
    return _box([html.folded(title, "".join(_cell(cell, facts) for cell in cells), opened=False)])


def _piece(piece: Piece, facts: Facts) -> str:
    """A piece that runs on the executor: what it needs there, and what is wrong with it."""
    standing, placement = facts.standing_of(piece), piece.placement
    tone = {"verified": "executor", "failing": "error", "failed": "error"}.get(standing, "quiet")
    badge = f"<span class='badge {tone}'>{STANDINGS[standing]}</span>"
    rows = [f"{badge}<b>{html.code(placement['name'])}</b> {html.quiet(cell_name(placement['cell']))}"]
    if placement["side"] == "both":
        rows.append(html.quiet("on both sides"))
    if piece.shipped is None:
        roots = ", ".join(root["name"] for root in facts.roots_of(piece))
        rows.append(html.quiet(f"travels with {roots}" if roots else placement["reason"]))
    else:
        needs = _needs(piece.shipped, facts)
        rows += [escape(need) for need in needs[:MOST_NEEDS]]
        if len(needs) > MOST_NEEDS:
            rows.append(html.quiet(f"and {len(needs) - MOST_NEEDS} more"))
    problems = {item["kind"]: item["severity"] for item in reversed(facts.problems_of(piece))}
    rows += [
        f'<span class="{kind}">{"✗" if kind == "error" else "!"} {escape(name)}</span>'
        for name, kind in problems.items()
    ]
    return _box(rows, standing)


def _needs(shipped: Wire, facts: Facts) -> list[str]:
    sent = facts.sent_of(shipped)
    captures = {one["name"]: one for one in sent["captures"]} if sent and facts.is_as_sent(shipped, sent) else {}
    said = []
    for name in shipped["captures"]:
        known, at = captures.get(name), shipped["details"].get("captures", {}).get(name, {}).get("set")
        if known is None:
            said.append(f"{name} from {cell_name(at['cell'])}" if at else f"{name}: by value")
        else:
            size = "by reference" if known["by"] == "reference" else in_words(known["size"])
            said.append(f"{name}: {known['type']}, {size}")
    return [
        *said,
        *(f"imports {name}" for name in shipped["imports"]),
        *(f"with {name}" for name in shipped["functions"]),
    ]


def _arrow(shipped: Wire, root: Piece | None, facts: Facts) -> str:
    sent = facts.sent_of(shipped)
    size = in_words(sent["size"]) if sent is not None and facts.is_as_sent(shipped, sent) else ""
    standing = "predicted" if root is None else facts.standing_of(root)
    return f"{escape(size)}<div class='arrow {standing}'>→</div>"


def _ends(facts: Facts) -> str:
    """The job that the functions become part of, and what comes back of it."""
    analysis, run = facts.told.analysis, facts.told.state["run"]
    count = len(analysis["shipped"])
    libraries: Sequence[str] = next((one["libraries"] for one in facts.told.sent["functions"]), ())
    job = ["<b>SQL job</b>", html.quiet(f"{count} UDF{'' if count == 1 else 's'}")]
    job += [html.quiet(f"with {', '.join(libraries)}")] if libraries else []
    standing: Standing
    if run is not None and run["backend"] == "maxcompute":
        standing, said = _RAN.get(run["status"], "unfinished"), run_words(run)
    else:
        outcome = analysis["prediction"]["executor"] if analysis["prediction"] else "unknown"
        standing, said = "failing" if outcome == "error" else "predicted", f"predicted: {outcome_name(outcome)}"
    result = html.error(f"✗ {said}") if standing in {"failing", "failed"} else html.quiet(said)
    way = f"result<div class='arrow back {standing}'>←</div>"
    return _row(_box(["<b>result</b>", result], standing), way, _box(job, standing))


def _box(rows: Sequence[str], standing: str = "") -> str:
    return f"<div class='box {standing}'>{''.join(f'<div>{row}</div>' for row in rows)}</div>"
