"""The worker's own code runs on every Python from 2.7 on, 3.6 to 3.13: each kind of function, with values and NULLs."""

from __future__ import annotations

import datetime
import decimal
from typing import Any

import pyarrow as pa
import pytest

from odps_jupyter.executor.errors import FunctionError
from odps_jupyter.executor.job import ResourceFile
from odps_jupyter.executor.pool import Pool

PYTHONS = [(2, 7), (3, 6), (3, 7), (3, 8), (3, 9), (3, 10), (3, 11), (3, 12), (3, 13)]
VALUES: dict[str, tuple[pa.DataType, list[Any]]] = {
    "bigint": (pa.int64(), [1, None, -(2**40)]),
    "double": (pa.float64(), [0.5, None, -2.0]),
    "boolean": (pa.bool_(), [True, None, False]),
    "string": (pa.string(), ["a b", None, "数据"]),
    "binary": (pa.binary(), [b"\xff", None, b""]),
    "datetime": (pa.timestamp("us"), [datetime.datetime(2024, 2, 29, 1, 2, 3), None, datetime.datetime(1900, 1, 1)]),
    "date": (pa.date32(), [datetime.date(2024, 2, 29), None, datetime.date(1, 1, 1)]),
    "decimal(10,2)": (pa.decimal128(10, 2), [decimal.Decimal("1.50"), None, decimal.Decimal("-3.25")]),
    "array<bigint>": (pa.list_(pa.int64()), [[1, None], None, []]),
    "map<string,bigint>": (pa.map_(pa.string(), pa.int64()), [[("a", 1)], None, []]),
    "struct<a:bigint,b:string>": (pa.struct([("a", pa.int64()), ("b", pa.string())]), [{"a": 1, "b": "x"}, None]),
}


@pytest.mark.parametrize("python", PYTHONS)
def test_every_kind_of_function(pool: Pool, make_job, make_function, tmp_path, python: tuple[int, int]) -> None:
    for kind, (arrow, values) in VALUES.items():
        source = (
            f"from odps.udf import annotate\n@annotate('{kind}->{kind}')\nclass Udf(object):\n"
            "    def evaluate(self, value):\n        return value\n"
        )
        with pool.session(make_job(python), make_function(source)) as session:
            batch = pa.record_batch([pa.array(values, arrow)], names=["a0"])
            assert session.evaluate(batch).to_pylist() == batch.column(0).to_pylist()

    table = (
        "from odps.udf import annotate, BaseUDTF\nfrom odps.distcache import get_cache_file\n"
        "@annotate('string->string,bigint')\nclass Udf(BaseUDTF):\n"
        "    def __init__(self):\n        with get_cache_file('stop') as f: self.stop = f.read().strip()\n"
        "    def process(self, text):\n        for word in text.split():\n"
        "            if word != self.stop: self.forward(word, len(word))\n"
        "    def close(self):\n        self.forward(None, -1)\n"
    )
    (tmp_path / "stop").write_text("the\n")
    job = make_job(python, resources=(ResourceFile("stop", "file", tmp_path / "stop"),))
    batch = pa.record_batch([pa.array(["the cat", "sat"])], names=["a0"])
    with pool.session(job, make_function(table)) as session:
        rows = [tuple(row.values()) for made in session.process([batch]) for row in made.to_pylist()]
    assert rows == [("cat", 3), ("sat", 3), (None, -1)]

    aggregate = (
        "from odps.udf import annotate, BaseUDAF\n@annotate('bigint->bigint')\nclass Udf(BaseUDAF):\n"
        "    def new_buffer(self): return [0, 0]\n"
        "    def iterate(self, buffer, n): buffer[0] += 0 if n is None else n\n"
        "    def merge(self, buffer, other):\n        buffer[0] += other[0]\n        buffer[1] += 1\n"
        "    def terminate(self, buffer): return buffer[0] * 10 + buffer[1]\n"
    )
    groups = pa.array(
        [[{"a0": 1}, {"a0": 2}, {"a0": None}], [{"a0": 4}], []], pa.list_(pa.struct([("a0", pa.int64())]))
    )
    with pool.session(make_job(python), make_function(aggregate)) as session:
        # The last digit counts the buffers that were merged.
        assert session.aggregate(groups).to_pylist() == [32, 41, 0]

    failing = source.replace("return value", "raise ValueError(u'数')").replace("from", "# coding: utf-8\nfrom", 1)
    with pool.session(make_job(python), make_function(failing)) as session, pytest.raises(FunctionError) as caught:
        session.evaluate(pa.record_batch([pa.array([None], VALUES[kind][0])], names=["a0"]))
    assert caught.value.message.startswith("ValueError: ")
    assert '  File "by_hand.py", line 6, in evaluate' in caught.value.traceback.splitlines()
