"""What must not change an answer: blank lines, comments, other names, cells joined or moved apart; and real code."""

from __future__ import annotations

import sysconfig
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odps_jupyter.analysis import Analysis
from odps_jupyter.errors import UserError
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import from_script, read
from odps_jupyter.rules.checker import check
from odps_jupyter.rules.edits import apply

PROGRAMS = [
    part.partition("# %%\n")[2]
    for path in sorted((Path(__file__).parent / "programs").glob("*.txt"))
    for part in path.read_text(encoding="utf-8").split("=== ")[1:]
    if not part.partition("# %%\n")[0].count("\n# ")
]
Said = tuple[list[tuple[int, str, str]], list[tuple[str, str]]]
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def said(cells: list[Cell]) -> Said:
    """Kinds by cell with the line they point at, and sides by name."""
    analysis = Analysis()
    model = analysis.update(cells)
    lines = [cell.source.split("\n") for cell in cells]
    found = [
        (item.span.cell, item.kind, lines[item.span.cell][item.span.line - 1].strip().partition("  #")[0])
        for item in check(analysis.evidence()).diagnostics
    ]
    return sorted(found), [(item.name, item.side) for item in model.placement]


def with_sources(cells: list[Cell], sources: list[str]) -> list[Cell]:
    return [Cell(cell.id, source) for cell, source in zip(cells, sources, strict=True)]


@QUICK
@given(st.sampled_from(PROGRAMS), st.sampled_from(["\n", "# a remark\n", "\n\n# two\n\n"]))
def test_blank_lines_and_comments_change_nothing(program: str, inserted: str) -> None:
    cells = from_script(program)
    # A cell magic is one only at the very start.
    before = ["" if cell.source.startswith("%%") else inserted for cell in cells]
    padded = [
        start + "\n".join([*cell.source.split("\n"), "", "# the end"])
        for start, cell in zip(before, cells, strict=True)
    ]
    assert said(with_sources(cells, padded)) == said(cells)


@QUICK
@given(st.sampled_from(PROGRAMS))
def test_a_cell_for_each_statement_changes_no_side(program: str) -> None:
    import ast

    cells = from_script(program)
    split = []
    for cell in cells:
        try:
            tree = ast.parse(cell.source)
        except SyntaxError:
            return  # magics: not for ast alone
        lines = cell.source.split("\n")
        for statement in tree.body:
            decorated = getattr(statement, "decorator_list", [])
            start = min([statement.lineno, *(part.lineno for part in decorated)])
            split.append("\n".join(lines[start - 1 : statement.end_lineno]))
    apart = [Cell(f"s{index}", source) for index, source in enumerate(split)]
    assert sorted(said(apart)[1]) == sorted(said(cells)[1])


@QUICK
@given(st.sampled_from(PROGRAMS), st.sampled_from(["zz", "long_name_of_a_thing"]))
def test_another_name_changes_no_side(program: str, name: str) -> None:
    cells = from_script(program)
    before = said(cells)
    sources = [cell.source.replace("orders", name).replace("sensor", name + "_s") for cell in cells]
    assert [side for _, side in said(with_sources(cells, sources))[1]] == [side for _, side in before[1]]


@QUICK
@given(st.sampled_from(PROGRAMS))
def test_safe_fixes_leave_nothing_new(program: str) -> None:
    cells = from_script(program)
    analysis = Analysis()
    analysis.update(cells)
    before = check(analysis.evidence()).diagnostics
    fixes = [item.fix for item in before if item.fix is not None and item.fix.safe]
    after, _ = apply([cell.source for cell in cells], fixes)
    analysis.update(with_sources(cells, after))
    kinds = [item.kind for item in check(analysis.evidence()).diagnostics]
    for kind in set(kinds):
        assert kinds.count(kind) <= [item.kind for item in before].count(kind)
    assert len(kinds) <= len(before) - bool(fixes)


SOURCES = sorted(Path(sysconfig.get_paths()["stdlib"]).glob("*.py"))


@pytest.mark.parametrize("part", range(4))
def test_code_that_knows_no_pyodps_is_local_and_clean(part: int) -> None:
    for path in SOURCES[part::4]:
        try:
            cells = read(path)
        except UserError:
            continue  # the standard library has files that are no UTF-8 on purpose
        analysis = Analysis()
        model = analysis.update(cells)
        assert {item.side for item in model.placement} <= {"local"}, path
        assert not check(analysis.evidence()).diagnostics, path
