"""Resources that cells name and the project does not hold: they count once they are uploaded or submitted."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.magics import blank
from odps_jupyter.rules.references import referenced


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


def unsubmitted(found: Iterable[Named], entry: Any) -> Iterator[str]:
    """One sentence for each that the project of ``entry`` does not hold, or of which that is not known.

    A file or folder of this machine is uploaded by PyODPS with the job.
    """
    from odps.errors import BaseODPSError
    from requests import RequestException

    for one in found:
        # os.access, unlike Path.exists before Python 3.12, takes a name too long for a file as one of none.
        if os.access(one.name, os.F_OK) and not one.submitted:
            continue
        where = "options.df.libraries names" if one.at is None else f"cell {one.at[0]}, line {one.at[1]} names"
        try:
            if entry.exist_resource(one.name):
                continue
        except (BaseODPSError, RequestException) as error:
            yield f"{where} {one.name}; whether project {entry.project} holds it is not known ({type(error).__name__})."
            continue
        counts = "it counts once it is submitted" if one.submitted else "upload it before: `o.create_resource`"
        yield f"{where} {one.name}, which project {entry.project} does not hold yet: {counts}."


def _in_cell(number: int, source: str) -> Iterator[Named]:
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
