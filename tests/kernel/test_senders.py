"""Jobs that cells send by several accounts and on threads of their own: whose each is, and which run it belongs to."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odps_jupyter.backends.embedded import Service
from tests.far import Far, far_away

from .conftest import Kernel, start_kernel

#: Accounts of the service's one key, told apart by a token; a project of each would be another service.
PREPARED = """%%odps
import threading
from concurrent.futures import ThreadPoolExecutor
from odps import ODPS
from odps.accounts import StsAccount

def entry(token):
    account = StsAccount(o.account.access_id, o.account.secret_access_key, token)
    return ODPS(account=account, project=o.project, endpoint=o.endpoint, overwrite_global=False)

first, second = entry("first"), entry("second")
runs = get_ipython().odps_jupyter.session.runs
iris = o.get_table('pyodps_iris').to_df()

def told():
    return [(len(run.jobs), sorted((one.operation, one.error is None) for one in run.executions)) for run in runs]

def threaded(*work):
    threads = [threading.Thread(target=one) for one in work]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
"""


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with far_away(tmp_path_factory.mktemp("far")) as far:
        yield far


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory, far: Far, service: Service) -> Iterator[Kernel]:
    twin = str(service.secret_file.parent)
    for kernel in start_kernel(tmp_path_factory.mktemp("kernel"), ODPS_JUPYTER_DATA_DIR=twin, **far.environ):
        kernel.done(PREPARED)
        yield kernel


def test_what_is_asked_about_a_job_is_asked_by_its_sender(far: Far, kernel: Kernel) -> None:
    stopped = "get_ipython().odps_jupyter.session.stop(lambda live: True)"
    with far.proxy.doing(lambda _: None) as seen:
        kernel.done(f"first.run_sql('SELECT 1')\nsecond.run_sql('SELECT 2')\n{stopped}")
        kernel.done("%odps history")  # which waits for what the service is asked about them
    tokens: dict[str, list[str | None]] = {}
    for asked in seen:
        headers = {name.lower(): value for name, value in asked.headers.items()}
        if "/instances/" in asked.path:
            tokens.setdefault(asked.path, []).append(headers.get("authorization-sts-token"))
    assert [(set(by), len(by) > 1) for by in tokens.values()] == [({"first"}, True), ({"second"}, True)]


def test_jobs_of_threads_belong_to_their_cell(kernel: Kernel) -> None:
    kernel.done(
        "with ThreadPoolExecutor(2) as pool:\n"
        "    list(pool.map(o.execute_sql, ['SELECT 1', 'SELECT 2']))\n"
        "threaded(lambda: second.execute_sql('SELECT 3'))"
    )
    assert kernel.value("told()[-1]") == f"(3, {[('SELECT', True)] * 3})"
    kernel.done("%%odps\nthreaded(lambda: o.execute_sql('SELECT 1'), lambda: iris.sepal_length.sum().execute())")
    assert kernel.value("told()[-1]") == f"(2, {[('SELECT', True), ('Sum', True)]})"
    failed = kernel.run(
        "with ThreadPoolExecutor(1) as pool:\n    pool.submit(o.execute_sql, 'SELECT * FROM nowhere').result()"
    )
    assert failed.error == "NoSuchTable"
    assert kernel.value("told()[-1]") == f"(1, {[('SELECT', False)]})"


def test_a_thread_that_goes_on_after_its_cell_is_none_of_another_cell(kernel: Kernel) -> None:
    before = kernel.value("len(runs)")
    kernel.done(
        "gate = threading.Event()\n"
        "late = threading.Thread(target=lambda: gate.wait() and o.execute_sql('SELECT 5'))\nlate.start()"
    )
    kernel.done("gate.set()\nlate.join()")
    assert kernel.value("len(runs)") == before
    kernel.done("%unload_ext odps_jupyter\nassert threading.getprofile() is None\n%load_ext odps_jupyter")
    kernel.done(PREPARED)


def test_an_expression_of_a_thread_is_filed_under_the_cell_that_began_it(kernel: Kernel) -> None:
    kernel.done(
        "def filed(number):\n    return [len(run.executions) for run in runs if run.cell.index == number - 1]\n\n"
        "def later(method):\n    begun.wait()\n    gate.wait()\n    method().execute()"
    )
    begin = (
        "begun, gate, numbers = threading.Barrier(3), threading.Event(), iris.sepal_length\n"
        "late = [threading.Thread(target=later, args=[one]) for one in (numbers.min, numbers.max)]\n"
        "for one in late:\n    one.start()\n"
        "begun.wait()"
    )
    join = "gate.set()\nfor one in late:\n    one.join()\niris.sepal_length.sum().execute()"
    # A cell that has executed something itself, one with the magic, and one without any run of its own.
    for begins, own in ((f"{begin}\niris.count().execute()", 1), (f"%%odps\n{begin}", 0), (begin, 0)):
        cell, other = kernel.done(begins).number, kernel.done(join).number
        assert kernel.value(f"filed({cell})") == f"[{own + 2}]"
        assert kernel.value(f"filed({other})") == "[1]"
    assert f"[{cell}]" in kernel.done("%odps history --limit 2").text
    cell = kernel.done(begin.replace("numbers.max", "numbers.map(lambda v: v / 0).max")).number
    assert "ZeroDivisionError" in kernel.done(join).stderr
    assert kernel.value(f"filed({cell})") == "[1]"


def test_a_job_counts_as_well_done_only_where_the_service_said_so(kernel: Kernel) -> None:
    kernel.done("job = o.run_sql('SELECT * FROM nowhere')\njob.wait_for_completion()")
    assert kernel.value("told()[-1]") == "(1, [])"
    kernel.done("job = o.run_sql('SELECT * FROM nowhere')\njob.wait_for_completion()\njob.is_successful()")
    assert kernel.value("told()[-1]") == f"(1, {[('SELECT', False)]})"


def test_many_jobs_are_looked_at_by_few_threads(kernel: Kernel) -> None:
    kernel.done(
        "jobs = [o.run_sql(f'SELECT {n}') for n in range(12)]\n"
        "looking = sum(one.name == 'odps-jupyter progress' for one in threading.enumerate())"
    )
    assert 1 <= int(kernel.value("looking")) <= 8
    assert kernel.value("told()[-1]") == "(12, [])"


def test_an_entry_object_without_a_scheme_stands_in_nobodys_way(kernel: Kernel) -> None:
    kernel.done("o_kept = o\no = ODPS('a', 'b', 'c', 'service.far-away.example/api', overwrite_global=False)")
    try:
        outcome = kernel.done("1 + 1")
        assert (outcome.value, outcome.stdout, outcome.stderr) == ("2", "", "")
    finally:
        kernel.done("o = o_kept")
