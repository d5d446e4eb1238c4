"""The libraries in force and the imports of shipped functions, as two tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from odps_jupyter.workflow.origins import Library, Origin

from . import html
from .output import Output

#: Modules of one library that are listed.
LISTED = 12


def show_libraries(
    executor: str,
    libraries: Sequence[Library],
    sources: Sequence[str],
    found: Sequence[Origin],
    doubles: Mapping[str, Sequence[str]],
) -> Output:
    """Args: ``sources`` says of each library who put it in force; ``doubles`` are modules that several of them hold."""
    held = [
        (library.name, source, library.standing, _modules(library))
        for library, source in zip(libraries, sources, strict=True)
    ]
    imports = [(one.module, one.kind, one.detail, ", ".join(one.users)) for one in found]
    warnings = [
        f"{module} is in {' and in '.join(names)}: PyODPS loses the order of libraries. "
        f"Pack them into one, the first wins: %odps pack {' '.join(names)}"
        for module, names in doubles.items()
    ]
    text = [f"Executor: {executor}"]
    none = [] if held else ["No library is in force (options.df.libraries is empty)."]
    unused = [] if imports else ["No shipped function imports anything."]
    text += [*none, *_columns(held), "", *_columns(imports), *unused]
    text += [f"! {one}" for one in warnings]
    page = [f"<div><b>Libraries</b> {html.quiet(f'of functions on the executor {executor}')}</div>"]
    for header, rows in (
        (("library", "in force by", "what it is", "modules"), held),
        (("import", "from", "which", "needed by"), imports),
    ):
        if rows:
            page.append(html.table(header, ((html.code(row[0]), *map(escape, row[1:])) for row in rows)))
    page += [f"<div>{html.quiet(one)}</div>" for one in (*none, *unused)]
    page += [f'<div class="error">{escape(one)}</div>' for one in warnings]
    return Output("\n".join(text), html.block(*page))


def _modules(library: Library) -> str:
    if library.contents is None:
        return "?"
    modules = sorted(library.contents.modules)
    more = f", and {len(modules) - LISTED} more" if len(modules) > LISTED else ""
    return ", ".join(modules[:LISTED]) + more or "none"


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return []
    widths = [max(len(row[at]) for row in rows) + 2 for at in range(len(rows[0]))]
    return ["".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
