"""Fixes: what they make of a cell, and that a safe one leaves nothing to say."""

from __future__ import annotations

import pytest

from odps_jupyter.analysis import Analysis
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.checker import Report, check
from odps_jupyter.rules.edits import apply


def checked(*sources: str) -> Report:
    analysis = Analysis()
    analysis.update([Cell(f"cell-{index}", source) for index, source in enumerate(sources)])
    return check(analysis.evidence())


def fixed(*sources: str) -> list[str]:
    """The cells after every fix, safe or not."""
    fixes = [item.fix for item in checked(*sources).diagnostics if item.fix is not None]
    return apply(sources, fixes)[0]


TABLE = "df = o.get_table('t').to_df()\n"


def test_an_import_moves_into_the_body() -> None:
    body = "    'In words.'\n    # why\n    return float(np.log(v))  # é\n"
    before = f"{TABLE}import numpy as np\ndef log(v):\n{body}df.x.map(log).execute()"
    (after,) = fixed(before)
    assert after == before.replace("    return", "    import numpy as np\n    return")
    assert not checked(after).diagnostics


def test_a_member_keeps_its_name() -> None:
    before = TABLE + "from numpy import log1p as l1\ndef log(v):\n    return float(l1(v))\ndf.x.map(log).execute()"
    (after,) = fixed(before)
    assert "    from numpy import log1p as l1\n    return float(l1(v))" in after
    assert not checked(after).diagnostics


def test_a_body_on_the_line_of_its_def_is_left_alone() -> None:
    before = TABLE + "import numpy as np\ndef log(v): return float(np.log(v))\ndf.x.map(log).execute()"
    assert fixed(before) == [before]


def test_two_modules_move_both() -> None:
    before = (
        TABLE + "import numpy as np\nfrom numpy import log1p\ndef log(v):\n    return float(np.abs(log1p(v)))\n"
        "df.x.map(log).execute()"
    )
    sources = [before]
    for _ in range(2):
        sources = fixed(*sources)
    assert not checked(*sources).diagnostics


def test_a_loop_variable_becomes_a_default() -> None:
    before = TABLE + "cols = []\nfor k in (1, 2):\n    cols.append(df.h.map(lambda h: h + k))\ndf[cols].execute()"
    (after,) = fixed(before)
    assert "lambda h, k=k: h + k" in after
    assert not checked(after).diagnostics


def test_a_bound_method_is_wrapped() -> None:
    before = (
        "class P:\n    def convert(self, p):\n        return p\nsvc = P()\n" + TABLE + "df.x.map(svc.convert).execute()"
    )
    (after,) = fixed(before)
    assert after.endswith("df.x.map(lambda v: svc.convert(v)).execute()")
    assert not checked(after).diagnostics


@pytest.mark.parametrize("kind", ["module-imported-outside", "bound-method-callable"])
def test_these_are_safe(kind: str) -> None:
    source = (
        "import numpy as np\nclass P:\n    def convert(self, p):\n        return float(np.log(p))\nsvc = P()\n"
        + TABLE
        + "df.x.map(svc.convert).execute()"
    )
    fixes = [item.fix for item in checked(source).diagnostics if item.kind == kind]
    assert fixes
    assert all(fix is not None and fix.safe for fix in fixes)


@pytest.mark.parametrize(
    ("decorator", "after"),
    [
        ("@dataclass", "@dataclass(frozen=True)"),
        ("@dataclass()", "@dataclass(frozen=True)"),
        ("@dataclass(order=True)", "@dataclass(order=True, frozen=True)"),
    ],
)
def test_a_dataclass_is_frozen(decorator: str, after: str) -> None:
    body = "class Exchange:\n    rate: float\n    def __call__(self, v):\n        return v * self.rate\n"
    before = f"from dataclasses import dataclass\n{TABLE}{decorator}\n{body}df.x.map(Exchange(0.14)).execute()"
    assert fixed(before) == [before.replace(decorator, after)]
    assert not checked(*fixed(before)).diagnostics


def test_uploaded_numpy_is_let_win() -> None:
    body = "def log(v):\n    import numpy as np\n    return float(np.log(v))\n"
    before = (
        f"from odps import options\noptions.df.supersede_libraries = False  # why\n{TABLE}{body}"
        "df.x.map(log).execute(libraries=['numpy.zip'])"
    )
    assert fixed(before) == [before.replace("= False", "= True")]
    assert not checked(*fixed(before)).diagnostics
