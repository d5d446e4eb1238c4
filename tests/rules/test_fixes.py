"""Fixes: what they make of a cell, and that a safe one leaves nothing to say."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from odps_jupyter.analysis import Analysis
from odps_jupyter.notebook.cell import Cell
from odps_jupyter.rules.checker import Report, check
from odps_jupyter.rules.edits import apply
from odps_jupyter.rules.setting import Setting


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


def in_a_folder(folder: Path, source: str, *, unsafe: bool = True) -> str:
    """A cell beside ``pricing.py`` and a package, with a project's resources, after all rounds of fixes."""
    (folder / "pricing.py").write_text("TAX = 0.13\ndef gross(p):\n    return p * (1 + TAX)\n")
    (folder / "shop").mkdir(exist_ok=True)
    (folder / "shop" / "__init__.py").write_text("def net(p):\n    return p\n")
    resources = folder / "resources"
    resources.mkdir(exist_ok=True)
    with zipfile.ZipFile(resources / "bundle.zip", "w") as archive:
        archive.writestr("numpy/__init__.py", "")
        archive.writestr("tornado/__init__.py", "")
    setting = Setting(folder=folder, resources=resources)
    return fixed_with(setting, [source], unsafe=unsafe)[0]


def fixed_with(setting: Setting, sources: list[str], *, unsafe: bool = True) -> list[str]:
    analysis = Analysis()
    for _ in range(10):
        analysis.update([Cell(f"cell-{index}", source) for index, source in enumerate(sources)])
        found = check(analysis.evidence(), setting).diagnostics
        fixes = [item.fix for item in found if item.fix is not None and (unsafe or item.fix.safe)]
        after, _ = apply(sources, fixes)
        if after == sources:
            return sources
        sources = after
    raise AssertionError("there is always something left to fix")


IMPORTS = "from pricing import gross\nimport shop\n"


@pytest.mark.parametrize(
    ("call", "after"),
    [
        ("execute()", "execute(libraries=['pricing.py'])"),
        ("head(3)", "head(3, libraries=['pricing.py'])"),
        ("execute(libraries=[])", "execute(libraries=['pricing.py'])"),
        ("execute(libraries=['bundle.zip'])", "execute(libraries=['bundle.zip', 'pricing.py'])"),
        ("execute(libraries='bundle.zip')", "execute(libraries=['bundle.zip', 'pricing.py'])"),
        ("persist(('out')\n)", "persist(('out'), libraries=['pricing.py']\n)"),
        ("persist(\n  'out',  # why )\n)", "persist(\n  'out', libraries=['pricing.py'],  # why )\n)"),
        ("execute(libraries=LIBRARIES)", "execute(libraries=LIBRARIES)"),
    ],
)
def test_a_local_file_is_named_as_a_library(call: str, after: str, tmp_path: Path) -> None:
    before = f"{IMPORTS}LIBRARIES = ['b.py']\n{TABLE}df.x.map(lambda p: gross(p)).{call}"
    assert in_a_folder(tmp_path, before, unsafe=False) == before.removesuffix(call) + after


def test_a_file_and_a_package_are_both_named(tmp_path: Path) -> None:
    before = f"{IMPORTS}{TABLE}def f(p):\n    return shop.net(gross(p))\ndf.x.map(f).execute()  # both"
    after = in_a_folder(tmp_path, before, unsafe=False)
    assert after == before.replace("execute()", "execute(libraries=['pricing.py', 'shop'])") or after == before.replace(
        "execute()", "execute(libraries=['shop', 'pricing.py'])"
    )


def test_a_resource_that_brings_the_package_is_named_first_where_it_brings_numpy(tmp_path: Path) -> None:
    before = (
        f"from odps import options\noptions.df.supersede_libraries = False\n{TABLE}"
        "def f(v):\n    import tornado\n    return str(tornado)\ndf.x.map(f).execute(libraries=['pricing.py'])"
    )
    assert in_a_folder(tmp_path, before, unsafe=False) == before
    assert in_a_folder(tmp_path, before) == before.replace("= False", "= True").replace(
        "['pricing.py']", "['bundle.zip', 'pricing.py']"
    )
