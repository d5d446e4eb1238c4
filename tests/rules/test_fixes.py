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


def test_loop_variables_are_held_by_a_function_around() -> None:
    before = (
        TABLE
        + "cols = []\nfor k, m in ((1, 3), (2, 4)):\n    cols.append(df.h.map(lambda h: h + k * m))\ndf[cols].execute()"
    )
    (after,) = fixed(before)
    assert "df.h.map((lambda k, m: lambda h: h + k * m)(k, m))" in after
    assert not checked(after).diagnostics


def test_a_statement_behind_a_magic_is_mended_where_it_stands() -> None:
    before = TABLE + "cols = []\n%time for k in (1, 2): cols.append(df.h.map(lambda h: h + k))\ndf[cols].execute()"
    (after,) = fixed(before)
    assert "%time for k in (1, 2): cols.append(df.h.map((lambda k: lambda h: h + k)(k)))" in after
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


def test_an_instance_is_hashed_by_identity() -> None:
    body = "class F:\n    def __eq__(self, other):\n        return True\n    def __call__(self, v):\n        return v\n"
    before = f"{TABLE}{body}df.x.map(F()).execute()"
    assert fixed(before) == [before.replace("    def __eq__", "    __hash__ = object.__hash__\n\n    def __eq__")]
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


def all_fixed(source: str, *, unsafe: bool = True) -> str:
    return fixed_with(Setting(), [source], unsafe=unsafe)[0]


def test_a_scalar_is_executed_where_it_is_made() -> None:
    before = f"{TABLE}top = df.x.max()  # the top\ndf.x.map(lambda v: v / top).execute()"
    assert all_fixed(before, unsafe=False) == before
    assert all_fixed(before) == before.replace("df.x.max()", "df.x.max().execute()")
    added = before.replace("df.x.max()", "df.x.max() + 1")
    assert all_fixed(added) == before.replace("df.x.max()", "(df.x.max() + 1).execute()")
    used = f"{before}\ndf[df.x < top].head(3)"
    assert all_fixed(used) == used


LOOKUP = f'''{TABLE}rates = o.get_table('rates').to_df()

# why
@output(['rate'], ['float'])
def rate(row):
    """In words."""
    for r in rates.execute():  # each

        if r.name == row.name:
            return r.rate

df.apply(rate, axis=1).execute()'''


def test_a_collection_is_passed_as_a_resource() -> None:
    after = f'''{TABLE}rates = o.get_table('rates').to_df()

# why
@output(['rate'], ['float'])
def rate(resources):
    rates = list(resources[0])

    def h(row):
        """In words."""
        for r in rates:  # each

            if r.name == row.name:
                return r.rate
    return h

df.apply(rate, axis=1, resources=[rates]).execute()'''
    assert all_fixed(LOOKUP, unsafe=False) == LOOKUP
    assert all_fixed(LOOKUP) == after
    assert not checked(after).diagnostics


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("df.apply(rate", "rate(1)\ndf.apply(rate"),
        ("axis=1)", "axis=1, resources=[other])"),
        ("r.rate", "r['rate']"),
        ("r.rate", "len(rates)"),
        ('"In words."', '"In\n   words."'),
    ],
)
def test_a_collection_that_cannot_be_passed_as_it_stands_is_left_alone(old: str, new: str) -> None:
    before = LOOKUP.replace(old, new)
    assert all_fixed(before) == before


def test_what_a_function_wants_of_the_entry_object_is_read_here() -> None:
    before = f"{TABLE}def f(v):\n    return o.project + v + o.project\n\nx = (df.x\n     .map(f).execute())"
    assert all_fixed(before, unsafe=False) == before.replace("def f", "o_project = o.project\ndef f").replace(
        "return o.project + v + o.project", "return o_project + v + o_project"
    )
    for other in ("o.get_table(v)", "str(o)", "o_project + o.project"):
        same = before.replace("o.project + v + o.project", other)
        assert all_fixed(same) == same
    table = f"t = o.get_table('t')\n{TABLE}df.x.map(lambda v: v + t.name).execute()"
    assert all_fixed(table, unsafe=False) == table.replace("df.x.map", "t_name = t.name\ndf.x.map").replace(
        "v + t.name", "v + t_name"
    )
    size = table.replace("t.name", "t.size")
    assert all_fixed(size, unsafe=False) == size
    assert "t_size = t.size\n" in all_fixed(size)


def test_a_partial_over_rows_becomes_a_lambda() -> None:
    before = (
        f"from functools import partial\ndef gross(a, row, rate):\n    return row.price * rate\n{TABLE}"
        "df.apply(partial(gross, 1, rate=1.13), axis=1, names='gross', types='float').execute()"
    )
    after = before.replace("partial(gross, 1, rate=1.13)", "lambda row: gross(1, row, rate=1.13)")
    assert all_fixed(before, unsafe=False) == after
    held = before.replace("1.13", "df.rate")
    assert all_fixed(held) == held


@pytest.mark.parametrize(
    ("statement", "left"),
    [("import geo\n", ""), ("import geo  # why\n", "# why\n"), ("from geo import (\n  encode)\n", "")],
)
def test_a_library_is_imported_in_the_body_alone(statement: str, left: str, tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "geo.zip", "w") as archive:
        archive.writestr("geo/__init__.py", "")
    setting = Setting(resources=tmp_path)
    rest = f"{TABLE}def f(v):\n    import geo\n    return geo.encode(v)\ndf.x.map(f).execute(libraries=['geo.zip'])"
    assert fixed_with(setting, [statement + rest], unsafe=False) == [left + rest]
    assert fixed_with(setting, [rest, statement.strip()], unsafe=False) == [rest, left.strip()]
    outside = rest.replace("    import geo\n", "")
    if statement.startswith("import"):
        assert fixed_with(setting, [statement + outside], unsafe=False) == [left + rest]
    used = f"{statement}{rest}\nprint(geo, encode)"
    assert fixed_with(setting, [used], unsafe=False) == [used]


def test_what_the_sandbox_forbids_is_told_with_what_to_do_instead() -> None:
    said = {
        "import subprocess\n    return subprocess.run(['date', v])": "Use a library that does it in the process",
        "from multiprocessing import Pool\n    return Pool(2).map(abs, [v])": "Call the function itself",
        "import threading\n    return threading.Thread(target=print).start()": "Compute in the function itself",
        "import urllib.request\n    return urllib.request.urlopen(v).read()": "Fetch the data here",
        "open('a', 'w').write(v)\n    return v": "write it here",
        "return open('a' + v).read()": "Read it here",
    }
    for body, instead in said.items():
        (found,) = checked(f"{TABLE}def f(v):\n    {body}\ndf.x.map(f).execute()").diagnostics
        assert instead in found.message
