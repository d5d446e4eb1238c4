"""The whole check of a notebook against `ast.parse` on the same cells, and against pyflakes, ipyflow and marimo.

    python tests/benchmarks/bench_analysis.py [--cells 1000] [--rounds 5] [--notebook dense]

The others are measured where they are installed; they are no dependencies of ours, so give them a place of their own:

    python -m venv /tmp/rivals && /tmp/rivals/bin/pip install -e . pyflakes ipyflow-core marimo
    /tmp/rivals/bin/python tests/benchmarks/bench_analysis.py

All are told with the garbage collector as a user has it, by this thread's processor time, and as ratios to `ast.parse`
of cell by cell in the same run. Targets: whole check (analysis, rules, diagnostics) <= 3x, then 2x, linear to 10,000
cells; an edit that only its own cell feels <= 1 ms in 1,000 cells.
"""

from __future__ import annotations

import argparse
import ast
import gc
import statistics
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from importlib import import_module
from typing import Any

from notebooks import NOTEBOOKS
from odps_jupyter.analysis import Analysis
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.checker import Checker, Report

#: What the cells are edited by: a number that changes nothing else.
EDITS = 15


class Ours:
    """The whole check, and that after an edit."""

    def __init__(self) -> None:
        self._analysis = Analysis()
        self._checker = Checker()

    def check(self, cells: list[Cell]) -> Report:
        self._analysis.update(cells)
        return self._checker.check(self._analysis.evidence())

    def analyze(self, cells: list[Cell]) -> None:
        self._analysis.update(cells)


def whole(cells: list[Cell]) -> None:
    Ours().check(cells)


def parse(cells: Iterable[Cell]) -> None:
    """The yardstick: each cell parsed, its tree dropped."""
    for cell in cells:
        _tree(cell.source)


def _tree(source: str) -> ast.Module | None:
    try:
        return ast.parse(source)
    except SyntaxError:
        return None


class Pyflakes:
    """All cells that parse as one module: it knows no cells, so an edit costs what the whole costs."""

    def __init__(self, cells: list[Cell]) -> None:
        self._checker: Any = import_module("pyflakes.checker")
        self._cells = [cell for cell in cells if _tree(cell.source) is not None]

    def all(self) -> None:
        tree = _tree("\n".join(cell.source for cell in self._cells))
        self._checker.Checker(tree if tree is not None else ast.Module([], []))

    def edit(self, cell: Cell) -> None:
        self.all()


class Ipyflow:
    """Its static pass over each cell."""

    def __init__(self, cells: list[Cell]) -> None:
        refs: Any = import_module("ipyflow.analysis.live_refs")
        shell: Any = import_module("ipyflow.shell.interactiveshell").IPyflowInteractiveShell
        shell.instance()
        self._refs = refs.compute_live_dead_symbol_refs
        self._cells = cells

    def all(self) -> None:
        for cell in self._cells:
            self.edit(cell)

    def edit(self, cell: Cell) -> None:
        tree = _tree(cell.source)
        if tree is not None:
            self._refs(tree)


class Marimo:
    """Its compiled cells and their graph, but for cells with ``import *``, which it refuses."""

    def __init__(self, cells: list[Cell]) -> None:
        self._compile: Any = import_module("marimo._ast.compiler").compile_cell
        self._refusal: Any = import_module("marimo._ast.errors").ImportStarError
        self._graph_of: Any = import_module("marimo._runtime.dataflow").DirectedGraph
        self._graph = self._graph_of()
        self._cells = cells

    def all(self) -> None:
        self._graph = self._graph_of()
        for cell in self._cells:
            self._put(cell)

    def edit(self, cell: Cell) -> None:
        if cell.id in self._graph.cells:
            self._graph.delete_cell(cell.id)
        self._put(cell)

    def _put(self, cell: Cell) -> None:
        if _tree(cell.source) is None:
            return
        with suppress(self._refusal):
            self._graph.register_cell(cell.id, self._compile(cell.source, cell.id))


RIVALS: dict[str, Callable[[list[Cell]], Any]] = {"pyflakes": Pyflakes, "ipyflow": Ipyflow, "marimo": Marimo}


def seconds(run: Callable[[], object]) -> float:
    """Processor time of this thread."""
    start = time.thread_time()
    run()
    return time.thread_time() - start


def best(run: Callable[[], object], rounds: int) -> float:
    """The least of ``rounds`` times: what the code costs when the machine leaves it alone."""
    times = []
    for _ in range(rounds):
        gc.collect()
        times.append(seconds(run))
    return min(times)


def edits(check: Callable[[int, Cell], object], cells: list[Cell]) -> float:
    """The median of what an edit costs, in milliseconds, over some cells in the middle."""
    times = []
    middle = len(cells) // 2
    for index in range(middle, min(middle + EDITS, len(cells))):
        cell = Cell(cells[index].id, f"{cells[index].source}\nprint({index})")
        times.append(seconds(lambda index=index, cell=cell: check(index, cell)))  # type: ignore[misc]
    return statistics.median(times) * 1e3


def ours_edits(cells: list[Cell]) -> tuple[float, float]:
    """The edits' cost in milliseconds: the whole check, and the analysis alone."""
    both = []
    for look in (Ours.check, Ours.analyze):
        kept, now = Ours(), cells.copy()
        kept.check(cells)

        def edit(
            index: int, cell: Cell, kept: Ours = kept, now: list[Cell] = now, look: Callable[..., object] = look
        ) -> None:
            now[index] = cell  # the cells edited before stay edited: one that is put back would be a second edit
            look(kept, now.copy())

        both.append(edits(edit, cells))
    return both[0], both[1]


def told(name: str, time_: float, yardstick: float, edit: float | None = None) -> None:
    said = "" if edit is None else f"   an edit {edit:9.2f} ms"
    sys.stdout.write(f"  {name:<16} {time_ * 1e3:9.1f} ms   ratio {time_ / yardstick:6.2f}{said}\n")
    sys.stdout.flush()


def compare(name: str, count: int, rounds: int, rivals: bool) -> None:
    cells = NOTEBOOKS[name](count)
    sys.stdout.write(f"{name}, {count} cells\n")
    yardstick = best(lambda: parse(cells), rounds)
    told("ast.parse", yardstick, yardstick)
    check, analysis = ours_edits(cells)
    told("analysis", best(lambda: Analysis().update(cells), rounds), yardstick, analysis)
    told("whole check", best(lambda: whole(cells), rounds), yardstick, check)
    for rival, make in RIVALS.items() if rivals else ():
        try:
            made = make(cells)
        except ImportError:
            sys.stdout.write(f"  {rival:<16} is not installed\n")
            continue

        def edit(_: int, cell: Cell, made: Any = made) -> None:
            made.edit(cell)

        told(rival, best(made.all, 1), yardstick, edits(edit, cells))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cells", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--notebook", choices=sorted(NOTEBOOKS), action="append")
    options = parser.parse_args()
    for name in options.notebook or NOTEBOOKS:
        compare(name, options.cells, options.rounds, rivals=True)
        compare(name, options.cells * 10, max(1, options.rounds // 5), rivals=False)


if __name__ == "__main__":
    main()
