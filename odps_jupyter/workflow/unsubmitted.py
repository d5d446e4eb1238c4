"""Resources that cells name and the project does not hold: they count once they are uploaded or submitted."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank
from odps_jupyter.rules.references import referenced

#: A cell that has none of these names no resource.
_SPEAKING = ("libraries", "get_resource", "resource_reference")


@dataclass(frozen=True)
class Named:
    """A resource by its name; the cell, from 1, and the line that name it, None for ``options.df.libraries``.

    ``submitted``: whether the name is DataWorks's own reference, which counts once its node is submitted.
    """

    name: str
    at: tuple[int, int] | None
    submitted: bool = False


def named(cells: Sequence[Cell], listed: Iterable[Any]) -> list[Named]:
    """What cells reference, give as ``libraries=`` and get by name, each once; then ``listed``, by what is in force.

    Names that only running the cell would tell are left out.
    """
    found = [one for number, cell in enumerate(cells, 1) for one in _in_cell(number, cell.source)]
    found += [Named(one, None) for one in listed if isinstance(one, str)]
    return list({one.name: one for one in reversed(found)}.values())[::-1]


def listed() -> Iterable[Any]:
    """What ``options.df.libraries`` names: nothing before somebody imports PyODPS, which takes its time."""
    if "odps" not in sys.modules:
        return ()
    from odps import options

    libraries = options.df.libraries or ()
    return libraries if isinstance(libraries, list | tuple | set) else [libraries]


def absent(found: Iterable[Named], entry: Any) -> Iterator[tuple[Named, str | None]]:
    """Those that the project of ``entry`` does not hold, or with the error's type where that is not known.

    A file or folder of this machine is uploaded by PyODPS with the job.
    """
    from odps.errors import BaseODPSError
    from requests import RequestException

    for one in found:
        # os.access, unlike Path.exists before Python 3.12, takes a name too long for a file as one of none.
        if os.access(one.name, os.F_OK) and not one.submitted:
            continue
        try:
            if not entry.exist_resource(one.name):
                yield one, None
        except (BaseODPSError, RequestException) as error:
            yield one, type(error).__name__


def unsubmitted(found: Iterable[Named], entry: Any) -> Iterator[str]:
    """One sentence for each that the project of ``entry`` does not hold, or of which that is not known."""
    for one, error in absent(found, entry):
        where = "options.df.libraries names" if one.at is None else f"cell {one.at[0]}, line {one.at[1]} names"
        if error is not None:
            yield f"{where} {one.name}; whether project {entry.project} holds it is not known ({error})."
            continue
        counts = "it counts once it is submitted" if one.submitted else "upload it before: `o.create_resource`"
        yield f"{where} {one.name}, which project {entry.project} does not hold yet: {counts}."


def _in_cell(number: int, source: str) -> Iterator[Named]:
    if not any(word in source for word in _SPEAKING):
        return  # each cell is looked at after each cell
    for line, name in referenced(source):
        yield Named(name.rpartition("/")[2], (number, line), submitted=True)
    try:
        tree = ast.parse(blank(source))
    except SyntaxError:
        return  # it did not run
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        given = [keyword.value for keyword in node.keywords if keyword.arg == "libraries"]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "get_resource" and not node.keywords:
            given += node.args[:1]
        for value in given:
            items = value.elts if isinstance(value, ast.List | ast.Tuple | ast.Set) else [value]
            for item in items:
                if isinstance(item, ast.Constant) and isinstance(item.value, str):
                    yield Named(item.value, (number, item.lineno))
