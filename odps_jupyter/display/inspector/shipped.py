"""A shipped function, opened up: what it needs on the executor, what was sent of it, and how that ended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from html import escape

from odps_jupyter.display import html
from odps_jupyter.display.split import weighed
from odps_jupyter.sizes import in_words

from .facts import Facts, Wire, cell_name

#: Characters of a text that a report shows, which is saved with the notebook.
LONGEST = 20_000
#: Kinds of problems that say of a module that the executor lacks it, or has another.
_OF_MODULES = frozenset(
    {
        "library-imported-locally",
        "local-module-code",
        "local-only-package",
        "numpy-supersede-missing",
        "binary-abi-mismatch",
    }
)
#: A kind of need, its name, what is said of it, and whether that is an alarm.
_Need = tuple[str, str, str, bool]


def shipped_lines(facts: Facts) -> Iterator[str]:
    """A function in one line, and below it what it needs and how it failed."""
    for item in facts.told.analysis["shipped"]:
        sent = facts.sent_of(item)
        yield f"{item['name']} {cell_name(item['cell'])}, {sent_words(item, sent, facts)}"
        yield from (f"  {kind} {name}: {said}" for kind, name, said, _ in needs(item, sent, facts))
        if sent is not None and sent["failure"] is not None:
            yield f"  ✗ {failed_words(sent['failure'], facts)}"


def shipped_html(facts: Facts) -> str:
    """Each function folded, with its texts folded inside."""
    items = [_item(item, facts) for item in facts.told.analysis["shipped"]]
    return "".join(items) or f"<div>{html.quiet('No function is handed to the executor.')}</div>"


def _item(item: Wire, facts: Facts) -> str:
    sent = facts.sent_of(item)
    calls = ", ".join(f".{call['method']} in {cell_name(call['cell'])}" for call in item["calls"])
    role = f" · {item['calls'][0]['role']}" if item["calls"] else ""
    signature = f" · {sent['signature']}" if sent is not None else ""
    where = f"{cell_name(item['cell'])} by {calls}{role}{signature}"
    failure = sent["failure"] if sent is not None else None
    sign = html.error("✗ failed") if failure is not None else ""
    parts = [f"<div>{html.quiet(sent_words(item, sent, facts))}</div>"]
    rows = [
        (
            html.quiet(kind),
            html.code(name),
            html.error(said) if alarm else escape(said),
        )
        for kind, name, said, alarm in needs(item, sent, facts)
    ]
    parts.append(html.table(("Needs", "", ""), rows) if rows else "<div>needs nothing but its own code</div>")
    if failure is not None:
        advice = html.quiet(failure["advice"] or "")
        parts.append(f'<div class="error">✗ {escape(failed_words(failure, facts))}</div>{advice}')
    texts = facts.told.opened.get((sent["job"], sent["function"]), {}) if sent is not None else {}
    parts += [_text(title, texts[name]) for name, title in _TEXTS.items() if name in texts]
    title = f"{html.code(item['name'])} {html.quiet(where)} {sign}"
    return f"<div style='margin:3px 0 3px 14px'>{html.folded(title, ''.join(parts), opened=False)}</div>"


_TEXTS: Mapping[str, str] = {"listing": "As the executor sees it", "udf": "UDF, as PyODPS generates it", "sql": "SQL"}


def _text(title: str, text: str) -> str:
    more = f"\n… {len(text) - LONGEST:,} more characters; `%odps explain` shows them." if len(text) > LONGEST else ""
    return html.folded(escape(title), f"<pre>{escape(text[:LONGEST] + more)}</pre>", opened=False)


def sent_words(item: Wire, sent: Wire | None, facts: Facts) -> str:
    """Whether and as what it was sent last."""
    if sent is None:
        return "not sent yet"
    size = in_words(sent["size"])
    planned = sent["standing"] == "planned"
    said = [
        f"compiled for project {sent['project']}, not sent" if planned else f"sent to project {sent['project']}",
        f"pickle of {size}, code as source" if sent["form"] == "source" else f"pickle of {size}",
    ]
    said += [f"instance {sent['instance']}"] if sent["instance"] is not None else []
    said += [f"with {', '.join(sent['libraries'])}"] if sent["libraries"] else []
    said += [f"opens {', '.join(sent['resources'])}"] if sent["resources"] else []
    said += [f"its pickle cannot be read: {sent['unread']}"] if sent["unread"] is not None else []
    if not facts.is_as_sent(item, sent):
        others = [piece["name"] for piece in sent["pieces"] if piece["stands"] is False]
        again = f"{', '.join(others)} was run otherwise" if others else f"{cell_name(item['cell'])} was run"
        said.append(f"before {again}")
    return " · ".join(said)


def failed_words(failure: Wire, facts: Facts) -> str:
    """How it failed on its last job."""
    row = f" for the row {failure['row']}" if failure["row"] is not None else ""
    at = facts.index_of(failure["cell"])
    place = "" if at is None or failure["line"] is None else f", in {cell_name(at)}, line {failure['line'] + 1}"
    return f"Failed there: {failure['message']}{row}{place}"


def needs(item: Wire, sent: Wire | None, facts: Facts) -> Iterator[_Need]:
    """What the source says that it needs, and what travelled besides, each with what is known of it."""
    details = item["details"]
    modules = {one["name"]: one for one in sent["modules"]} if sent is not None else {}
    captures = {one["name"]: one for one in sent["captures"]} if sent is not None else {}
    for name in item["imports"]:
        outside = details.get("imports", {}).get(name, {}).get("bound") == "outside"
        module = modules.get(name) or modules.get(name.partition(".")[0])
        standing, alarm = _standing(item, name, module, facts)
        yield "import", name, f"imported {'outside' if outside else 'inside'} it{standing}", alarm
    for name in item["captures"]:
        known = details.get("captures", {}).get(name, {})
        capture = captures.get(name)
        said = _travels(capture) if capture is not None else f"travels by value{_worth(name, facts)}"
        stale, alarm = _stale(capture)
        yield "capture", name, f"{said}{_set(known)}{stale}", alarm
    for name in item["functions"]:
        yield "function", name, "travels with it", False
    predicted = {*item["imports"], *item["captures"], *item["functions"]}
    for name, capture in captures.items():
        if capture["by"] == "value" and name not in predicted:
            stale, alarm = _stale(capture)
            yield "capture", name, f"{_travels(capture)}{stale}", alarm
    for resource in facts.unsubmitted_of(item):
        said, alarm = _absent(resource)
        yield "resource", resource["name"], said, alarm


def _standing(item: Wire, name: str, module: Wire | None, facts: Facts) -> tuple[str, bool]:
    """Whether the executor has a module."""
    top = name.partition(".")[0]
    for problem in facts.told.analysis["diagnostics"]:
        said = "".join(c if c.isalnum() or c == "_" else " " for c in problem["message"]).split()
        if problem["kind"] in _OF_MODULES and item["name"] in problem["functions"] and top in said:
            return ", ✗ may not be there: see Problems", True
    if module is None:
        return "", False
    if module["kind"] == "missing":
        return f", ✗ not there: {module['detail']}", True
    if module["kind"] == "unknown":
        return f", ? {module['detail']}", False
    return f", ✓ there: {module['detail']}", False


def _travels(capture: Wire) -> str:
    if capture["by"] == "reference":
        return f"{capture['type']}, by reference: the executor's own"
    return f"{capture['type']}, {in_words(capture['size'])}, by value"


def _worth(name: str, facts: Facts) -> str:
    capture = facts.told.captures.get(name)
    return "" if capture is None else f": {weighed(name, capture)}"


def _set(known: Wire) -> str:
    """Where a captured name gets its value."""
    said = f", set in {cell_name(known['set']['cell'])}" if known.get("set") else ""
    if known.get("set_at_call"):
        said += f", at the call the value of {cell_name(known['set_at_call']['cell'])}"
    for later in known.get("set_later", ()):
        said += f", set again in {cell_name(later['cell'])} {'since' if later.get('ran') else '(not yet run)'}"
    return said


def _absent(resource: Wire) -> tuple[str, bool]:
    """What is known of a resource that the project may lack."""
    if not resource["known"]:
        return f"? whether project {resource['project']} holds it is not known", False
    then = "it counts once it is submitted" if resource["submitted"] else "upload it before"
    return f"✗ not in project {resource['project']} yet: {then}", True


def _stale(capture: Wire | None) -> tuple[str, bool]:
    return (" ! changed since it was sent", True) if capture is not None and capture["changed"] else ("", False)
