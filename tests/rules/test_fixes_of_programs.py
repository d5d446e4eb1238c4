"""Every fix of every program of the fixtures: it mends what it is for, brings nothing new, and touches little."""

from __future__ import annotations

import difflib
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from odps_jupyter.analysis import Analysis
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.notebook.reading import from_script
from odps_jupyter.rules.checker import check
from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.model import Diagnostic
from odps_jupyter.rules.setting import Setting
from tests.rules.test_programs import Header, programs


def found(sources: list[str], setting: Setting) -> tuple[Diagnostic, ...]:
    analysis = Analysis()
    model = analysis.update([Cell(f"cell-{index}", source) for index, source in enumerate(sources)])
    assert all(cell.error is None for cell in model.cells)
    return check(analysis.evidence(), setting).diagnostics


def kinds(diagnostics: tuple[Diagnostic, ...]) -> Counter[str]:
    return Counter(item.kind for item in diagnostics)


@pytest.mark.parametrize("unsafe", [False, True], ids=["safe", "unsafe"])
@pytest.mark.parametrize("text", programs())
def test_fixes_mend_and_bring_nothing_new(text: str, unsafe: bool, tmp_path: Path) -> None:
    head, mark, body = text.partition("# %%\n")
    sources = [cell.source for cell in from_script(mark + body)]
    setting = Header.read(head).setting(tmp_path)
    analysis = Analysis()
    if any(cell.error for cell in analysis.update([Cell(str(n), s) for n, s in enumerate(sources)]).cells):
        return  # a broken cell stays as broken as it is
    before = found(sources, setting)
    for _ in range(20):
        held = found(sources, setting)
        fixes = [item.fix for item in held if item.fix is not None and (item.fix.safe or unsafe)]
        if not fixes:
            break
        for fix in fixes:  # each alone
            one, done = apply(sources, [fix])
            assert done == [fix]
            assert kinds(found(one, setting)) < kinds(held)
            kept = [line for line in difflib.ndiff(sources, one) if line.startswith("- ")]
            assert len(kept) <= len({edit.span.cell for edit in fix.edits})
        sources, _ = apply(sources, fixes)
    assert not [item.fix for item in held if item.fix is not None and (item.fix.safe or unsafe)]
    assert kinds(held) <= kinds(before)


SOURCE = (
    "import numpy as np\nfrom pricing import gross\ndf = o.get_table('t').to_df()\n"
    "top = df.x.max()\nrows = o.get_table('r')\nclass P:\n    def c(self, p):\n        return p\n"
    "{before}def f(v):{comment}\n    return np.log(gross(v)) / top\n{between}"
    "g = df.x.map(f).execute({after})\ndf.x.map(P().c).head()\ndf.x.map(lambda v: v + rows.name){space}.head( 3 )\n"
)
Above = st.sampled_from(["", "# why\n", "\n\n", "x = 'é中'\n", "if True:\n    pass\n"])
Comment = st.sampled_from(["", "  # why", "\n    # why", "\n    'In words.'"])
Given = st.sampled_from(["", "\n  ", " # ) \n", "n=1", "n=(1),"])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(Above, Above, Comment, Given, st.sampled_from(["", " "]))
def test_what_stands_around_stays(
    tmp_path_factory: pytest.TempPathFactory, before: str, between: str, comment: str, after: str, space: str
) -> None:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pricing.py").write_text("def gross(p):\n    return p\n")
    setting = Setting(folder=folder)
    source = SOURCE.format(before=before, between=between, comment=comment, after=after, space=space)
    sources = [source]
    for _ in range(20):
        fixes = [item.fix for item in found(sources, setting) if item.fix is not None]
        if not fixes:
            break
        sources, _ = apply(sources, fixes)
    assert not found(sources, setting)
    gone = [line[2:] for line in difflib.ndiff(source.split("\n"), sources[0].split("\n")) if line.startswith("- ")]
    assert all(word in "".join(gone) for word in ("df.x.max()", "P().c", "rows.name"))
    assert len(gone) <= 5
    kept = [line for line in source.split("\n") if line not in gone]
    left = iter(sources[0].split("\n"))
    assert all(line in left for line in kept)


OTHER = (
    "try:\n    import ujson as json\nexcept ImportError:\n    import json\nimport pandas as pd\nimport pickle\n"
    "df = o.get_table('t').to_df()\nn, seen = 0, []\n"
    "{before}def count(v):{comment}\n    global n\n    if v > 1:\n        n += 1{tail}\n{between}"
    "df.x.map(count).execute(){tail}\n"
    "def visit(v: pd.Timestamp):{comment}\n    seen.append(v){tail}\n{before}df.x.map(visit).execute()\n"
    "def load(s):{comment}\n    with open('a.pkl', 'rb') as f:{tail}\n        table = pickle.load(f)\n"
    "    return json.loads(table[s])\n{between}df.s.map(load).execute()\nprint(n, seen)\n"
)
Tail = st.sampled_from(["", "  # why", " #  é中 "])


@settings(max_examples=25, deadline=None, derandomize=True)
@given(Above, Above, Comment, Tail)
def test_what_stands_around_what_is_moved_stays(before: str, between: str, comment: str, tail: str) -> None:
    sources = [OTHER.format(before=before, between=between, comment=comment, tail=tail)]
    remarks = sources[0].count("#")
    assert {item.kind for item in found(sources, Setting())} == {
        "captured-mutation-lost", "local-only-package", "local-file-read",
    }  # fmt: skip
    for _ in range(20):
        held = found(sources, Setting())
        fixes = [item.fix for item in held if item.fix is not None]
        if not fixes:
            break
        sources, _ = apply(sources, fixes)
    assert not held
    assert sources[0].count("#") == remarks
    for written in ("return 1", 'v: "pd.Timestamp"', "seen.extend(", "n += int(", "    try:\n", "\nwith open("):
        assert written in sources[0]
