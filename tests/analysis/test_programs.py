"""Programs with the expected side and needs written beside each definition.

``#: executor, ships, imports a b, captures c, functions d`` on the line of a ``def``, ``class`` or ``lambda``; a line
with several lambdas names their sides in order. A definition without a mark is local and ships nowhere. Every program
is clean, so that no rule says anything, but those of ``pitfalls.txt``.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from odps_jupyter.analysis import Analysis, analyze
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import from_script
from odps_jupyter.rules.checker import check

HERE = Path(__file__).parent
MARK = re.compile(r"#: (?P<mark>.*)$")
SIDES = ("local", "executor", "both")
NEEDS = ("imports", "captures", "functions")


@dataclass
class Expected:
    sides: list[str] = field(default_factory=list)
    ships: bool = False
    needs: dict[str, list[str]] = field(default_factory=dict)


def programs(paths: Iterable[Path]) -> list[object]:
    """Every program of the files, by its title."""
    found: list[object] = []
    for path in sorted(paths):
        for part in path.read_text(encoding="utf-8").split("=== ")[1:]:
            title, _, body = part.partition("\n")
            found.append(pytest.param(body.rstrip("\n") + "\n", id=f"{path.stem}: {title}"))
    return found


WRITTEN = list((HERE / "programs").glob("*.txt"))
CLEAN = [path for path in WRITTEN if path.stem != "pitfalls"]


def expectations(cells: list[Cell]) -> dict[tuple[int, int], Expected]:
    """(cell, line) to what its mark says."""
    found = {}
    for index, cell in enumerate(cells):
        for number, line in enumerate(cell.source.split("\n"), 1):
            match = MARK.search(line)
            if match is None:
                continue
            expected = found[index, number] = Expected(needs={need: [] for need in NEEDS})
            for part in match["mark"].split(", "):
                words = part.split()
                if words[0] in SIDES:
                    expected.sides = words
                elif words[0] == "ships":
                    expected.ships = True
                else:
                    expected.needs[words[0]] = sorted(words[1:])
    return found


@pytest.mark.parametrize("source", programs([*(HERE / "cases").glob("*.txt"), *WRITTEN]))
def test_sides_and_needs(source: str) -> None:
    cells = from_script(source)
    expected = expectations(cells)
    model = analyze(cells)
    assert [cell.error for cell in model.cells] == [None] * len(cells)

    on_line = Counter((placement.cell, placement.line) for placement in model.placement)
    assert set(expected) <= set(on_line), "a mark stands on a line that defines nothing"
    wanted, got = {}, {}
    position: Counter[tuple[int, int]] = Counter()
    for placement in model.placement:
        place = (placement.cell, placement.line)
        sides = expected[place].sides if place in expected else ["local"]
        side = sides[position[place]] if len(sides) > 1 else sides[0]
        position[place] += 1
        key = f"cell {placement.cell} line {placement.line} {placement.name} #{position[place]}"
        wanted[key] = side
        got[key] = placement.side
        assert placement.reason
    assert got == wanted

    shipped = {
        (item.cell, item.line): {need: list(getattr(item, need)) for need in NEEDS}
        for item in model.shipped
        if item.kind != "method"
    }
    assert shipped == {place: mark.needs for place, mark in expected.items() if mark.ships}


@pytest.mark.parametrize("source", programs(CLEAN))
def test_a_clean_program_gets_no_diagnostic(source: str) -> None:
    analysis = Analysis()
    analysis.update(from_script(source))
    assert check(analysis.evidence()).diagnostics == ()


def test_there_are_enough_programs_and_half_of_them_are_clean() -> None:
    assert len(programs(WRITTEN)) >= 300
    assert len(programs(CLEAN)) >= 150
