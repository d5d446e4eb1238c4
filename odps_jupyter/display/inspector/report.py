"""All sections of the inspector as one output."""

from __future__ import annotations

from html import escape

from odps_jupyter.display import html
from odps_jupyter.display.output import Output
from odps_jupyter.display.split import show_split, split_table

from .facts import Facts, Inspected, Wire
from .problems import predicted, problem_lines, problems_html
from .runs import run_lines, runs_html
from .shipped import shipped_html, shipped_lines
from .where import summary, where_html
from .words import backend_words, run_words

#: Severities with what two of them are called, worst first.
_SEVERITIES = {"error": "errors", "warning": "warnings", "information": "pieces of information", "hint": "hints"}


def show_inspector(told: Inspected) -> Output:
    """What the panel shows of a notebook, for places without it: folded HTML, and text where there is no HTML."""
    facts = Facts(told)
    problems, runs = list(problem_lines(facts)), list(run_lines(facts))
    shipped = told.analysis["shipped"]
    text = [
        *_header(told.state),
        _counts(facts),
        "",
        show_split(told.analysis, captures=told.captures).text,
        "",
        f"Problems: {len(problems)}. {predicted(facts)}",
        *(f"  {line}" for line in problems),
        "",
        f"Shipped functions: {len(shipped)}",
        *(f"  {line}" for line in shipped_lines(facts)),
        "",
        f"Runs: {len(runs)}",
        *(f"  {line}" for line in runs),
    ]
    listed = html.folded("As a list, with the reasons", split_table(told.analysis, told.captures), opened=False)
    page = html.block(
        f"<div><b>ODPS inspector</b> {html.quiet(' · '.join(_header(told.state)))}</div>",
        f"<div>{escape(_counts(facts))}</div>",
        _section("Where code runs", None, f"<div>{escape(summary(facts))}</div>{where_html(facts)}{listed}"),
        _section("Problems", len(problems), problems_html(facts)),
        _section("Shipped functions", len(shipped), shipped_html(facts)),
        _section("Runs", len(runs), runs_html(facts)),
    )
    return Output("\n".join(text), page)


def _header(state: Wire) -> list[str]:
    profile = state["profile"]
    name = f"{profile['name']} · {profile['image']}" if profile["image"] else profile["name"]
    said = [
        state["connection"]["label"],
        name if profile["is_runtime"] else f"{name}, no MaxCompute runtime",
        f"runs go to: {backend_words(state)}",
    ]
    return [*said, run_words(state["run"])] if state["run"] is not None else said


def _counts(facts: Facts) -> str:
    """What the sections hold, worst first."""
    severities = ["error"] * len(facts.unforeseen)
    severities += [item["severity"] for item in facts.told.analysis["diagnostics"]]
    counted = [(severities.count(name), name, many) for name, many in _SEVERITIES.items()]
    found = [f"{count} {one if count == 1 else many}" for count, one, many in counted if count]
    problems = f"Problems: {', '.join(found)}" if found else "No problems found"
    return f"{problems}. Shipped functions: {len(facts.told.analysis['shipped'])}. Cells: {len(facts.cells)}."


def _section(title: str, count: int | None, content: str) -> str:
    number = "" if count is None else f" {html.quiet(str(count))}"
    # Of a long notebook, no section hides that there are others below it.
    return html.folded(f"<b>{escape(title)}</b>{number}", html.bounded(title, content), opened=True)
