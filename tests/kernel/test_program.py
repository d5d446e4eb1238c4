"""The documented program, unmodified, in a notebook cell, on both backends."""

from __future__ import annotations

import pytest

from .conftest import Kernel

PROGRAM = """\
from odps import ODPS, options
import numpy as np

df = o.get_table('pyodps_iris').to_df()
coeffs = [0.1, 0.2, 0.4]

def handle(v):
    import numpy as np
    return float(np.cosh(v)) * sum(coeffs)

options.df.supersede_libraries = True
val = df.sepal_length.map(handle).sum().execute(libraries=['numpy.zip', 'other.zip'])
print(np.sinh(val))"""


@pytest.mark.parametrize("backend", ["maxcompute", "pandas"])
def test_the_program_on_both_backends(kernel: Kernel, backend: str) -> None:
    outcome = kernel.run(f"%%odps --backend {backend} --sample all\n{PROGRAM}")
    assert outcome.error is None, outcome.traceback
    assert outcome.stdout.strip() == "inf"
    assert "overflow encountered in sinh" in outcome.stderr
    assert round(float(kernel.value("float(val)")), 3) == 25864.347


def test_the_split_is_shown_before_the_run(kernel: Kernel) -> None:
    outcome = kernel.run(f"%%odps\n{PROGRAM}")
    split = outcome.shown[0]["text/plain"]
    number = outcome.number
    assert "On the executor: handle." in split
    assert f"handle (cell {number}, line 8): handed over by df.sepal_length.map in cell {number}, line 13" in split
    assert "imports numpy" in split
    assert "captures coeffs" in split


@pytest.mark.parametrize("backend", ["maxcompute", "pandas"])
def test_other_comes_from_the_library_and_is_not_here(kernel: Kernel, backend: str) -> None:
    assert kernel.run("import other").error == "ModuleNotFoundError"
    there = kernel.run(
        f"%%odps --backend {backend}\n"
        "def version(v):\n"
        "    import other\n"
        "    return other.VERSION\n"
        "df = o.get_table('pyodps_iris').to_df()\n"
        "versions = df.sepal_length.map(version, rtype='string').execute(libraries=['other.zip'])\n"
    )
    assert there.error is None, there.traceback
    assert kernel.value("sorted(set(versions.to_pandas().iloc[:, 0]))") == "['1.0']"
    assert kernel.run("import other").error == "ModuleNotFoundError"


@pytest.mark.parametrize("backend", ["maxcompute", "pandas"])
def test_a_failing_function_shows_its_line_and_none_of_our_frames(kernel: Kernel, backend: str) -> None:
    outcome = kernel.run(
        f"%%odps --backend {backend}\n"
        "def fails(v):\n"
        "    return 1 / 0\n"
        "o.get_table('pyodps_iris').to_df().sepal_length.map(fails).sum().execute()"
    )
    assert outcome.status == "error"
    assert "line 3, in fails" in outcome.traceback or "1 / 0" in outcome.traceback
    assert "/odps_jupyter/" not in outcome.traceback


def test_a_lazy_last_expression_runs_under_the_cells_backend(kernel: Kernel) -> None:
    outcome = kernel.run("%%odps --backend pandas --sample 5\no.get_table('pyodps_iris').to_df().count()")
    assert outcome.value in {"5", "np.int64(5)"}
    assert outcome.shown[-1]["text/plain"].startswith("pandas, 5 rows: 1 execution")


def test_a_function_handed_over_again_is_in_the_split(kernel: Kernel) -> None:
    kernel.run("%%odps\ndf = o.get_table('pyodps_iris').to_df()\ndef h(v):\n    return v\nx = df.sepal_length.map(h)")
    again = kernel.run("%%odps\ndf.sepal_width.map(h).sum().execute()")
    assert "On the executor: h." in again.shown[0]["text/plain"]


def test_a_reducer_goes_by_its_name(kernel: Kernel) -> None:
    outcome = kernel.run(
        "%%odps\n"
        "from odps.df import output\n"
        "@output(['name'], ['string'])\n"
        "def mine(row):\n"
        "    yield row.name\n"
        "@output(['name'], ['string'])\n"
        "def once(keys):\n"
        "    def add(row, done):\n"
        "        if done:\n"
        "            yield keys.name\n"
        "    return add\n"
        "o.get_table('pyodps_iris').to_df().map_reduce(mine, once, group='name').execute()"
    )
    assert "mine, once ran on the executor" in outcome.shown[-1]["text/plain"], outcome.traceback


def test_the_report_says_what_ran_where(kernel: Kernel) -> None:
    report = kernel.run(f"%%odps --backend pandas --sample 10\n{PROGRAM}").shown[-1]["text/plain"]
    assert report.startswith("pandas, 10 rows: 1 execution; handle ran here")
    assert "10 of 150 rows of pyodps_iris" in report
