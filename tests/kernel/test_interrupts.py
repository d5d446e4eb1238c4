"""The stop button while a cell waits for MaxCompute: one line says where it waited, and its job is stopped.

The interrupt comes from the network of the tests, while the kernel waits for an answer that says how far a job is.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from odps_jupyter.backends.embedded import Service
from tests.far import far_away
from tests.proxy import Asked, Fault, Proxy
from tests.texts import FOREVER

from .conftest import Kernel, start_kernel

PREPARED = f"""%%odps
iris = o.get_table('pyodps_iris').to_df()
{FOREVER}
text = '''
from odps.udf import annotate
@annotate("double->double")
class Held(object):
    def evaluate(self, x):
        import signal
        signal.pause()
'''
kept = o.create_resource('held_there.py', 'py', file_obj=text)
o.create_function('held_there', class_type='held_there.Held', resources=[kept])
forever = "SELECT held_there(sepal_length) FROM pyodps_iris"
"""


class Far:
    """A kernel behind a network, whose cells are interrupted while they wait."""

    def __init__(self, kernel: Kernel, proxy: Proxy) -> None:
        self.kernel = kernel
        self._proxy = proxy
        self._pid = int(kernel.value("__import__('os').getpid()"))

    def interrupted(self, cell: str) -> tuple[int, list[str], str]:
        """Number of the cell, which jobs the service was asked to stop, and what the cell showed of its error."""
        pressed: list[Asked] = []

        def decide(asked: Asked) -> Fault:
            words = {word.partition("=")[0] for word in asked.query.split("&")} - {"curr_project", "instancestatus", ""}
            if asked.method == "GET" and "/instances/" in asked.path and not words and not pressed:
                pressed.append(asked)
                os.kill(self._pid, signal.SIGINT)
            return None

        with self._proxy.doing(decide) as seen:
            outcome = self.kernel.run(cell)
        assert (outcome.error, outcome.stderr) == ("KeyboardInterrupt", "")
        stopped = {asked.path for asked in seen if asked.method == "PUT" and "/instances/" in asked.path}
        return outcome.number, [path.rpartition("/")[2] for path in stopped], outcome.traceback


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory, service: Service) -> Iterator[Far]:
    twin = str(service.secret_file.parent)
    with far_away(tmp_path_factory.mktemp("far")) as away:
        for kernel in start_kernel(tmp_path_factory.mktemp("kernel"), ODPS_JUPYTER_DATA_DIR=twin, **away.environ):
            kernel.done(PREPARED)
            kernel.done("%load_ext odps\n%odps preflight off")
            yield Far(kernel, away.proxy)


@pytest.mark.parametrize(
    ("cell", "line"),
    [
        ("%%odps\n\niris.sepal_length.map(held).sum().execute()", 3),
        ("o.execute_sql(forever)", 1),
        ("%%odps\no.execute_sql(forever)", 2),
        ("%sql SELECT held_there(sepal_length) FROM pyodps_iris", 1),
        (
            "from odps.df import Delay\ndelay = Delay()\n"
            "iris.sepal_length.map(held).sum().execute(delay=delay)\ndelay.execute()",
            4,
        ),
        # The last one: its interrupt leaves a table to be dropped by the next job's cell.
        ("\niris.sepal_length.map(held)", 2),
    ],
    ids=["expression", "sql", "sql in a run", "magic", "delay", "shown"],
)
def test_a_waiting_cell_is_interrupted(far: Far, cell: str, line: int) -> None:
    number, (job,), shown = far.interrupted(cell)
    assert shown == f"KeyboardInterrupt: interrupted in cell {number}, line {line}. Its job {job} is stopped."
    # It would never end by itself.
    far.kernel.done(f"o.get_instance({job!r}).wait_for_completion()")
    assert "interrupted" in far.kernel.done("%odps history --limit 1").text
