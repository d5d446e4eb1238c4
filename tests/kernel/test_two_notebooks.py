"""Two kernels of one notebook on one embedded MaxCompute: same names, libraries and caches, and nothing is mixed up."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from pathlib import Path

from odps_jupyter.backends.embedded import Service
from tests.texts import FOREVER

from .conftest import start_kernel

open_kernel = contextmanager(start_kernel)
#: Each kernel has another helper.py, and a function and a captured value of the same names.
LOAD = """\
%%odps --no-preflight --libraries {folder}/helper.py
def moved(x):
    import helper
    return helper.shift(x) + by

iris = o.get_table("pyodps_iris").to_df()
by = {by}
least = iris.sepal_length.map(moved).min().execute()
rows = iris[iris.name, iris.sepal_length.map(moved).rename("y")].execute()
round(least - 4.3), round(rows[0].y - 5.1)
"""
ENDLESS = (
    f"%%odps --async --no-preflight --out later\n{FOREVER}\n"
    "o.get_table('pyodps_iris').to_df().sepal_length.map(held).sum().execute()"
)
HELD = "sorted(x.name for x in (*o.list_resources(), *o.list_functions()) if 'udf' in x.name)"


def test_two_notebooks_under_load_are_kept_apart(tmp_path: Path, service: Service) -> None:
    for name, by in (("one", 1_000), ("two", 2_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper.py").write_text(f"def shift(x):\n    return x + {by}\n", encoding="utf-8")
    variables = {
        "ODPS_JUPYTER_DATA_DIR": str(service.secret_file.parent),
        "JPY_SESSION_NAME": str(tmp_path / "same.ipynb"),
    }
    with ExitStack() as stack:
        one = stack.enter_context(open_kernel(tmp_path, **variables))
        one.done("%%odps\npass")
        before = one.value(HELD)
        one.done(ENDLESS)
        # The second finds the runs of the first in the notebook's history; its kernel lives, so they are its own.
        two = stack.enter_context(open_kernel(tmp_path, **variables))
        started = [one.start(LOAD.format(folder="one", by=10)), two.start(LOAD.format(folder="two", by=20))]
        outcomes = [kernel.finish(message) for kernel, message in zip((one, two), started, strict=True)]
        assert [outcome.error for outcome in outcomes] == [None, None], [outcome.traceback for outcome in outcomes]
        assert [outcome.value for outcome in outcomes] == ["(1010, 1010)", "(2020, 2020)"]

        two.done(ENDLESS)
        two.done("%odps stop")
        assert two.run("later.result()").error == "Stopped"
        assert one.value("later.status") == "'running'"
        one.done("%odps stop")
        assert one.run("later.result()").error == "Stopped"
        assert one.value(HELD) == two.value(HELD) == before
