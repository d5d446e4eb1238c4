"""What a kernel made in its project is gone when it has ended, however it was ended."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from odps_jupyter.backends.embedded import Service
from tests.conftest import entry_of, start_service
from tests.texts import FOREVER

from .conftest import SECONDS, Kernel, start_kernel

PREFIXES = ("tmp_pyodps_", "odps_jupyter_compare_", "pyodps_udf_")
#: As on a machine that is too busy to begin PyODPS's own process for it in time.
NO_PROCESS = "import os\nos.environ['PYTHONHOME'] = '/nowhere'"
KEEPING = """%odps preflight off
iris = o.get_table('pyodps_iris').to_df()
rows = iris[iris.name, iris.sepal_length.map(lambda v: v + 1).rename('more')]
rows.execute()
several = iris.groupby(iris.name).agg(many=iris.count()).cache()
several[several.many > 1].execute()"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "service"


@contextmanager
def serving(folder: Path) -> Iterator[Service]:
    with start_service(folder) as process:
        assert process.stdout is not None
        yield Service.from_json(json.loads(process.stdout.readline()))
        process.terminate()


@pytest.fixture
def service(folder: Path) -> Iterator[Service]:
    with serving(folder) as service:
        yield service


def made(o: Any) -> list[str]:
    """What the project holds of what kernels made for a while, once no job is under way."""
    for instance in o.list_instances(status="Running"):
        instance.wait_for_completion()
    found = [one.name for one in (*o.list_tables(), *o.list_resources(), *o.list_functions())]
    return [name for name in found if name.startswith(PREFIXES)]


def kernel_of(home: Path, folder: Path) -> Iterator[Kernel]:
    yield from start_kernel(home, ODPS_JUPYTER_DATA_DIR=str(folder))


@pytest.fixture
def kernel(tmp_path: Path, folder: Path, service: Service) -> Iterator[Kernel]:
    for kernel in kernel_of(tmp_path, folder):
        kernel.done("%odps connect embedded")
        yield kernel


@pytest.mark.parametrize("restart", [False, True])
def test_results_and_what_a_job_needs_go_with_a_kernel_that_jupyter_ends(
    kernel: Kernel, service: Service, restart: bool
) -> None:
    o = entry_of(service)
    kernel.done(KEEPING)
    assert len(made(o)) >= 3
    kernel.done(f"%%odps --async --no-preflight\n{FOREVER}\niris[iris.sepal_length.map(held).rename('held'),]")
    kernel.done(NO_PROCESS)
    kernel.manager.shutdown_wait_time = float(SECONDS)  # a busy machine takes its time; Jupyter waits for seconds
    if restart:
        kernel.manager.restart_kernel()
        kernel.client.wait_for_ready(timeout=SECONDS)
    else:
        kernel.manager.shutdown_kernel()
    assert made(o) == []


def test_a_comparison_leaves_no_table_while_its_kernel_lives(kernel: Kernel, service: Service) -> None:
    iris = "iris = o.get_table('pyodps_iris').to_df()\nmore = (iris.sepal_length + 1).rename('more')"
    kernel.done(f"%%odps --compare --no-preflight\n{iris}\niris[iris.name, more].execute()")
    assert made(entry_of(service)) == []


def test_what_a_killed_kernel_made_goes_with_the_next_also_of_another_service(tmp_path: Path, folder: Path) -> None:
    with serving(folder) as service:
        for kernel in kernel_of(tmp_path, folder):
            kernel.done("%odps connect embedded")
            kernel.done(KEEPING)
            kernel.done(f"%%odps --async --no-preflight\n{FOREVER}\niris.sepal_length.map(held).sum()")
            os.kill(int(kernel.value("__import__('os').getpid()")), signal.SIGKILL)
        kept = entry_of(service)
        for instance in kept.list_instances(status="Running"):
            instance.stop()
        left = {next(prefix for prefix in PREFIXES if name.startswith(prefix)) for name in made(kept)}
        assert left == {"tmp_pyodps_", "pyodps_udf_"}
    with serving(folder) as again:
        assert made(entry_of(again)), "this process cleans for itself alone"
        for kernel in kernel_of(tmp_path, folder):
            kernel.done("%odps connect embedded")
            # PyODPS does it on a thread.
            kernel.done("import threading\nfor one in threading.enumerate():\n    'clean' in one.name and one.join()")
            assert made(entry_of(again)) == []
