"""What would mend the last program that the rules speak against, as the text of the next cell."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.model import Diagnostic, Fix

from .preflight import PreflightError
from .tables import KINDS, Verdict, judge, what_is

_MAGIC = re.compile(r"\A\s*(%%[^\n]*)(?:\n|\Z)")


@dataclass(frozen=True)
class Mended:
    """Attributes:

    title: what is done. ``why``: what decides that it is done so; empty where there is one way only.
    diff: of the cells that change. ``text``: of these cells as they should be, to be run instead of them.
    """

    title: str
    why: str
    diff: str
    text: str


def verdict_on(
    diagnostic: Diagnostic, namespace: Mapping[str, Any], settings: Mapping[str, Any] | None
) -> Verdict | None:
    """How what a diagnostic speaks of suits a function as data; None where it speaks of something without rows."""
    name = diagnostic.message.partition(" is ")[0]
    value = namespace.get(name) if diagnostic.kind in KINDS else None
    return judge(name, value, settings) if what_is(value) is not None else None


def last_fixable(diagnostics: Sequence[Diagnostic], cells: Sequence[Cell], name: str | None) -> list[Diagnostic]:
    """What can be mended of the cells as they stand, the latest first.

    Args:
        name: of a function, to be mended alone.
    """
    found = [
        one
        for one in diagnostics
        if _ways(one)
        and (name is None or name in one.functions)
        and all(cells[edit.span.cell].source for way in _ways(one) for edit in way.edits)
    ]
    return sorted(found, key=_latest, reverse=True)


def of_stopped(found: Sequence[Diagnostic], stopped: PreflightError) -> list[Diagnostic]:
    """What of ``found`` mends the function that a preflight stopped: by the rule that stopped it, if one did."""
    names = {name.strip() for name in stopped.function.split(",")}
    own = [one for one in found if names.intersection(one.functions) and one.severity in ("error", "warning")]
    if stopped.kind is not None:
        own = [one for one in own if one.kind == stopped.kind]
    return sorted(own, key=lambda one: (one.span.cell + 1, one.span.line) != (stopped.cell, stopped.line))


def mend(fix: Fix, why: str, cells: Sequence[Cell]) -> Mended:
    """The cells that ``fix`` changes, one below the other."""
    before = [cell.source for cell in cells]
    after, _ = apply(before, [fix])
    changed = [number for number, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    diffs = [
        "\n".join(
            difflib.unified_diff(
                before[number].splitlines(),
                after[number].splitlines(),
                f"cell {number + 1}",
                "next cell",
                "",
                "",
                2,
                "",
            )
        )
        for number in changed
    ]
    return Mended(fix.title, why, "\n".join(diffs), _joined([after[number] for number in changed]))


def _joined(sources: Sequence[str]) -> str:
    """One cell of several: the magic of the last, which executes, is that of all."""
    magics = [found[1] for found in map(_MAGIC.match, sources) if found is not None]
    bodies = [_MAGIC.sub("", source).strip("\n") for source in sources]
    return "\n".join([*magics[-1:], "\n\n".join(bodies)])


def _ways(diagnostic: Diagnostic) -> list[Fix]:
    return [way for way in (diagnostic.fix, *diagnostic.others) if way is not None]


def _latest(diagnostic: Diagnostic) -> tuple[bool, int]:
    cells = [edit.span.cell for way in _ways(diagnostic) for edit in way.edits]
    return diagnostic.severity == "error", max([diagnostic.span.cell, *cells])
