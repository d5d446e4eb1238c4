"""Memory of the database: little by default, all there is for a job that cannot do with it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from odps_jupyter.emulator.folder import Folder
from odps_jupyter.emulator.instances.models import FAILED, SUCCESS, Instance, Submission, Task
from odps_jupyter.emulator.service import Options, Service
from odps_jupyter.emulator.store import first_row


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    service = Service(Folder(tmp_path_factory.mktemp("data")), Options(project="mine"))
    yield service
    service.jobs.close()
    service.close()


def run(service: Service, query: str) -> Instance:
    task = Task("t", "SQL", query)
    identity, _ = service.jobs.submit("mine", Submission("", "", "<Job/>", (task,)))
    live = service.jobs.live(identity)
    if live is not None:
        live.done.result()
    return service.jobs.get("mine", identity)


def limit(service: Service) -> str:
    with service.store.reading() as connection:
        row = first_row(connection, "SELECT current_setting('memory_limit')")
    assert row is not None
    return str(row[0])


def test_a_job_that_cannot_spill_is_run_again_with_all_memory(service: Service) -> None:
    usual = limit(service)
    words = ",".join(f"({number})" for number in range(40))
    with service.store.reading() as connection:
        # What a job of a hundred million rows meets, met by one of forty.
        connection.execute("SET GLOBAL memory_limit = '24MiB'")
    text = (
        f"create table joined as select length(wm_concat(',', repeat('x', 1000000))) as n from values {words} as t(x)"
    )
    [task] = run(service, text).tasks
    assert (task.status, task.text) == (SUCCESS, "")
    assert limit(service) == usual
    [task] = run(service, "select n from joined").tasks
    assert (task.status, task.rows) == (SUCCESS, 1)


def test_what_fails_while_rows_are_read_has_its_code(service: Service) -> None:
    # Beyond the first rows of an answer DuckDB's errors reach us as those of Arrow's stream.
    [task] = run(service, "create table numbers (i bigint)").tasks
    assert task.status == SUCCESS
    with service.store.reading() as connection:
        table = service.catalog(connection, "mine").table(None, None, "numbers").physical
        connection.execute(f"INSERT INTO {table} SELECT i FROM range(300000) AS t(i)")
    [task] = run(service, "select i * 40000000000000 as x from numbers").tasks
    assert (task.status, task.text.partition(" -")[0]) == (FAILED, "ODPS-0121145:Data overflow")
