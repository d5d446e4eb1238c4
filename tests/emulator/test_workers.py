"""Rows of one job on several workers at once, as a cluster would have them."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pyarrow as pa
import pytest
from odps import ODPS, errors

from odps_jupyter.emulator.sql.lanes import in_order

from .conftest import SECONDS, Running

ROWS = 8_000
#: Seconds, half of what one batch may take: a worker that is not ended would be at work for longer.
BOUND = 900
SOURCE = '''
import os

from odps.udf import BaseUDTF, annotate


@annotate("bigint->string")
class Worker(object):
    def evaluate(self, k):
        return "%d %d" % (k, os.getpid())


@annotate("bigint->bigint,bigint")
class Both(BaseUDTF):
    def process(self, k):
        self.forward(k, os.getpid())


@annotate("bigint->bigint")
class Uneven(object):
    """The first batch fails at once, the next would never end."""

    def evaluate(self, k):
        if k == 0:
            raise ValueError("not zero")
        while k > 1_000:
            pass
        return k
'''
HINTS = {"odps.sql.python.version": "cp311"}


@pytest.fixture(scope="module")
def table(service: Running) -> Iterator[str]:
    """A table of the numbers from 0; its name begins those of the functions."""
    o, name = service.client(), "t_workers"
    with o.create_table(name, "k bigint").open_writer(arrow=False) as writer:
        writer.write([[k] for k in range(ROWS)])
    o.create_resource(f"{name}.py", "py", file_obj=SOURCE)
    for kind in ("Worker", "Both", "Uneven"):
        o.create_function(f"{name}_{kind}", class_type=f"{name}.{kind}", resources=[f"{name}.py"])
    yield name
    for kind in ("Worker", "Both", "Uneven"):
        o.delete_function(f"{name}_{kind}")
    o.delete_resource(f"{name}.py")
    o.delete_table(name)


@pytest.mark.parametrize(
    "query",
    ["select {0}_worker(k) as x from {0}",
     "select concat_ws(' ', a, b) as x from (select {0}_both(k) as (a, b) from {0}) t"],
)  # fmt: skip
def test_rows_are_dealt_to_several_workers_and_keep_their_order(o: ODPS, table: str, query: str) -> None:
    with o.execute_sql(query.format(table), hints=HINTS).open_reader(tunnel=True) as reader:
        found = [record[0].split() for record in reader]
    assert [int(k) for k, _ in found] == list(range(ROWS))
    if "both" in query:
        # Streams get batches in turn. Otherwise whoever is free gets the next one, be it always the same worker.
        assert len({process for _, process in found}) > 1


def test_two_batches_are_worked_on_at_once() -> None:
    both = threading.Barrier(2, timeout=SECONDS)

    def work(batch: pa.RecordBatch) -> pa.RecordBatch:
        both.wait()
        return batch

    given = [pa.record_batch([pa.array([number])], names=["n"]) for number in range(6)]
    assert list(in_order(work, given, 2)) == given


def test_the_first_failure_ends_every_worker(o: ODPS, table: str) -> None:
    begun = time.monotonic()
    with pytest.raises(errors.ScriptError, match="ValueError: not zero"):
        o.execute_sql(f"select sum({table}_uneven(k)) as s from {table}", hints=HINTS)
    assert time.monotonic() - begun < BOUND
