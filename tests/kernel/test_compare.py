"""``%%odps --compare`` as a user meets it, in a kernel far from UTC."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odps_jupyter.backends.embedded import Service
from odps_jupyter.workflow.compare.tables import PREFIX

from .conftest import Kernel, start_kernel


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Kernel]:
    folder = str(service.secret_file.parent)
    yield from start_kernel(tmp_path_factory.mktemp("kernel"), ODPS_JUPYTER_DATA_DIR=folder, TZ="Asia/Shanghai")


QUICKSTART = """
iris = o.get_table("pyodps_iris").to_df()
k = [1, 2, 3]
def handle(v):
    import numpy as np
    return float(np.max(k)) + v
iris[iris.name, iris.sepal_length.map(handle, "float")]
"""


@pytest.mark.parametrize("option", ["--compare", "--compare remote --sample 9"])
def test_the_quickstart_agrees(kernel: Kernel, option: str) -> None:
    outcome = kernel.run(f"%%odps {option}{QUICKSTART}")
    assert outcome.error is None, outcome.traceback
    rows = 9 if "9" in option else 100
    assert f"compare: Projection is equal on pandas and on the executor (embedded), {rows} rows" in outcome.text
    assert "equal on pandas" in outcome.html
    assert kernel.value(f"[t.name for t in o.list_tables(prefix='{PREFIX}')]") == "[]"


def test_a_time_zone_is_told_and_escaped(kernel: Kernel) -> None:
    outcome = kernel.run("""%%odps --compare --sample 3 --hints odps.sql.timezone=UTC
from datetime import datetime
def local(v):
    return f"{datetime.fromtimestamp(0):%Y-%m-%d %H:%M:%S}"
iris = o.get_table("pyodps_iris").to_df()
iris[iris.sepal_length, iris.name.map(local).rename("at")]""")
    assert outcome.error is None, outcome.traceback
    assert "compare: Projection differs between pandas and the executor (embedded), 3 rows" in outcome.text
    assert "pandas '1970-01-01 08:00:00', executor '1970-01-01 00:00:00'" in outcome.text
    assert "probable cause: time-zone. All differing times are 8:00:00 apart." in outcome.text
    marked = kernel.run("""%%odps --compare --sample 1
import os
here = os.getpid()
iris.name.map(lambda v: "<b>here</b>" if os.getpid() == here else "there")""")
    assert "probable cause: unknown" in marked.text
    assert "<b>here" not in marked.shown[-1]["text/html"]
    assert "&lt;b&gt;here" in marked.shown[-1]["text/html"]


def test_the_kernel_is_as_it_was_afterwards(kernel: Kernel) -> None:
    assert kernel.run("%%odps --compare --sample 2\no.get_table('pyodps_iris').to_df().count()").error is None
    outcome = kernel.run("%%odps\no.get_table('pyodps_iris').to_df().count()")
    assert outcome.value == "150"
    assert "compare" not in outcome.text


@pytest.mark.parametrize("options", ["--compare --dry-run", "--compare --backend maxcompute", "--compare elsewhere"])
def test_what_cannot_be_compared_is_refused(kernel: Kernel, options: str) -> None:
    outcome = kernel.run(f"%%odps {options}\n1 + 1")
    assert outcome.error is not None
    assert outcome.value is None
