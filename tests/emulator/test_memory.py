"""Memory of the database: little by default, all there is for a job that cannot do with it."""

from __future__ import annotations

import ctypes

import psutil

from odps_jupyter.emulator.heap import Heap
from odps_jupyter.emulator.instances.models import FAILED, SUCCESS, Instance, Submission, Task
from odps_jupyter.emulator.service import Service
from odps_jupyter.emulator.store import first_row


def run(unserved: Service, query: str) -> Instance:
    task = Task("t", "SQL", query)
    identity, _ = unserved.jobs.submit("mine", Submission("", "", "<Job/>", (task,)))
    live = unserved.jobs.live(identity)
    if live is not None:
        live.done.result()
    return unserved.jobs.get("mine", identity)


def limit(unserved: Service) -> str:
    with unserved.store.reading() as connection:
        row = first_row(connection, "SELECT current_setting('memory_limit')")
    assert row is not None
    return str(row[0])


def test_a_job_that_cannot_spill_is_run_again_with_all_memory(unserved: Service) -> None:
    usual = limit(unserved)
    words = ",".join(f"({number})" for number in range(40))
    with unserved.store.reading() as connection:
        # What a job of a hundred million rows meets, met by one of forty.
        connection.execute("SET GLOBAL memory_limit = '24MiB'")
    text = (
        f"create table joined as select length(wm_concat(',', repeat('x', 1000000))) as n from values {words} as t(x)"
    )
    [task] = run(unserved, text).tasks
    assert (task.status, task.text) == (SUCCESS, "")
    assert limit(unserved) == usual
    [task] = run(unserved, "select n from joined").tasks
    assert (task.status, task.rows) == (SUCCESS, 1)


def test_what_fails_while_rows_are_read_has_its_code(unserved: Service) -> None:
    # Beyond the first rows of an answer DuckDB's errors reach us as those of Arrow's stream.
    [task] = run(unserved, "create table numbers (i bigint)").tasks
    assert task.status == SUCCESS
    with unserved.store.reading() as connection:
        table = unserved.catalog(connection, "mine").table(None, None, "numbers").physical
        connection.execute(f"INSERT INTO {table} SELECT i FROM range(300000) AS t(i)")
    [task] = run(unserved, "select i * 40000000000000 as x from numbers").tasks
    assert (task.status, task.text.partition(" -")[0]) == (FAILED, "ODPS-0121145:Data overflow")


def test_freed_memory_goes_back_to_the_system() -> None:
    process, library = psutil.Process(), ctypes.CDLL(None)
    library.malloc.restype, library.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    heap = Heap()
    # The last block stays, so that the C library keeps all those before it.
    blocks = [library.malloc(1000) for _ in range(70_000)]
    for block in blocks:
        ctypes.memset(block, 1, 1000)
    full = process.memory_info().rss
    for block in blocks[:-1]:
        library.free(block)
    heap.give_back()
    left = process.memory_info().rss
    library.free(blocks[-1])
    if hasattr(library, "malloc_trim"):
        assert full - left > 32 << 20
