"""What a function gets and gives, on each executor Python and for each kind of function."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Callable

import pyarrow as pa
import pytest

from odps_jupyter.executor.errors import FunctionError
from odps_jupyter.executor.job import Function
from odps_jupyter.executor.pool import Pool

PYTHONS = [(2, 7), (3, 7), (3, 11), (3, 12), (3, 13)]

SCALAR = """
from odps.udf import annotate

@annotate('bigint,string->string')
class Udf(object):
    def evaluate(self, number, text):
        if number is None or text is None:
            return None
        return '%s-%d' % (text, number)
"""

AGGREGATE = """
from odps.udf import annotate, BaseUDAF

@annotate('double->double')
class Udf(BaseUDAF):
    def new_buffer(self):
        return [0.0, 0]

    def iterate(self, buffer, value):
        if value is not None:
            buffer[0] += value
            buffer[1] += 1

    def merge(self, buffer, other):
        buffer[0] += other[0]
        buffer[1] += other[1]

    def terminate(self, buffer):
        return buffer[0] / buffer[1] if buffer[1] else None
"""

TABLE = """
from odps.udf import annotate, BaseUDTF

@annotate('string->string,bigint')
class Udf(BaseUDTF):
    def __init__(self):
        self.rows = 0

    def process(self, text):
        self.rows += 1
        for word in text.split():
            self.forward(word, len(word))

    def close(self):
        self.forward('rows', self.rows)
"""


@pytest.mark.parametrize("python", PYTHONS)
def test_scalar_function_answers_row_by_row_with_null_as_none(pool: Pool, make_job, make_function, python) -> None:
    batch = pa.record_batch([pa.array([1, None, 3]), pa.array(["a", "b", "é"])], names=["n", "s"])
    with pool.session(make_job(python), make_function(SCALAR)) as session:
        assert session.evaluate(batch).to_pylist() == ["a-1", None, "é-3"]


@pytest.mark.parametrize("python", PYTHONS)
def test_aggregate_merges_partial_buffers(pool: Pool, make_job, make_function, python) -> None:
    rows = pa.struct([("a0", pa.float64())])
    groups = pa.array(
        [[{"a0": 1.0}, {"a0": 2.0}, {"a0": 6.0}], [], None, [{"a0": None}], [{"a0": 4.0}]], type=pa.list_(rows)
    )
    with pool.session(make_job(python), make_function(AGGREGATE)) as session:
        assert session.aggregate(groups).to_pylist() == [3.0, None, None, None, 4.0]


HALVES = """
from odps.udf import BaseUDAF, annotate

@annotate('bigint->string')
class Udf(BaseUDAF):
    def new_buffer(self):
        return [0, 0]

    def iterate(self, buffer, n):
        if n < 0:
            raise ValueError('below zero')
        buffer[0] += 1
        buffer[1] = n

    def merge(self, buffer, other):
        buffer.append('%d to %d' % tuple(other))

    def terminate(self, buffer):
        return ', '.join(buffer[2:])
"""


@pytest.mark.parametrize("python", PYTHONS)
def test_a_large_group_comes_in_pieces_and_has_buffers_as_a_small_one(
    pool: Pool, make_job, make_function, python
) -> None:
    large = range(1, 150_002)
    numbers = [1, 2, 3, *large, 4, *large]
    rows = pa.StructArray.from_arrays([pa.array(numbers)], ["a0"])
    ends = pa.array([0, 3, 150_004, 150_005, 300_006, 300_006], pa.int32())
    parts = "75001 to 75001, 75000 to 150001"
    wrong = pa.StructArray.from_arrays([pa.array([*large[:140_000], -7, *large[140_000:]])], ["a0"])
    with pool.session(make_job(python), make_function(HALVES)) as session:
        groups = pa.ListArray.from_arrays(ends, rows)
        assert session.aggregate(groups).to_pylist() == ["2 to 2, 1 to 3", parts, "1 to 4", parts, ""]
        with pytest.raises(FunctionError, match="below zero") as failure:
            session.aggregate(pa.ListArray.from_arrays(pa.array([0, 150_002], pa.int32()), wrong))
        assert failure.value.row == {"a0": -7}
        assert session.aggregate(groups.slice(3, 1)).to_pylist() == [parts]
        # The same in two steps: the buffers come out, and go in again together with those of other rows of the group.
        buffers = session.partials(groups)
        assert pa.compute.list_value_length(buffers).to_pylist() == [2, 2, 1, 2, 0]
        lists = buffers.to_pylist()
        twice = pa.array([*lists, lists[0] + lists[1] + lists[2]], buffers.type)
        values = ["2 to 2, 1 to 3", parts, "1 to 4", parts, "", f"2 to 2, 1 to 3, {parts}, 1 to 4"]
        assert session.merged(twice).to_pylist() == values
        assert session.merged(twice.slice(5)).to_pylist() == values[5:]


@pytest.mark.parametrize("python", PYTHONS)
def test_table_function_forwards_rows_and_closes(pool: Pool, make_job, make_function, python) -> None:
    batches = [pa.record_batch([pa.array([text])], names=["s"]) for text in ("to be", "or")]
    with pool.session(make_job(python), make_function(TABLE)) as session:
        rows = pa.Table.from_batches(session.process(batches)).to_pylist()
    assert [tuple(row.values()) for row in rows] == [("to", 2), ("be", 2), ("or", 2), ("rows", 2)]


# One value per MaxCompute type; what comes back must be what went in.
ROUND_TRIPS = {
    "tinyint": pa.array([1, -128, None], pa.int8()),
    "smallint": pa.array([1, -32768, None], pa.int16()),
    "int": pa.array([1, -(2**31), None], pa.int32()),
    "bigint": pa.array([1, -(2**63) + 1, None], pa.int64()),
    "float": pa.array([1.5, float("inf"), None], pa.float32()),
    "double": pa.array([1.5, -0.0, None], pa.float64()),
    "string": pa.array(["", "数据", None]),
    "boolean": pa.array([True, False, None]),
    "binary": pa.array([b"", b"\x00\xff", None]),
    "datetime": pa.array([datetime.datetime(2024, 2, 29, 12, 30, 1, 5000), datetime.datetime(1960, 1, 1), None]),
    "timestamp": pa.array([datetime.datetime(2024, 2, 29, 12, 30, 1, 5), None], pa.timestamp("ns")),
    "date": pa.array([datetime.date(2024, 2, 29), datetime.date(1, 1, 1), None]),
    "decimal(38,18)": pa.array([decimal.Decimal("-1.5"), decimal.Decimal(100), None], pa.decimal128(38, 18)),
    "decimal(5,2)": pa.array([decimal.Decimal("999.99"), None], pa.decimal128(5, 2)),
    "array<bigint>": pa.array([[1, None, 3], [], None], pa.list_(pa.int64())),
    "map<string,array<double>>": pa.array(
        [[("a", [1.0]), ("b", None)], [], None], pa.map_(pa.string(), pa.list_(pa.float64()))
    ),
    "struct<a:bigint,b:string>": pa.array([{"a": 1, "b": "x"}, {"a": None, "b": None}, None]),
}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("name", ROUND_TRIPS)
def test_values_of_every_type_come_back_as_they_went(pool: Pool, make_job, make_function, python, name) -> None:
    function = make_function(
        f"from odps.udf import annotate\n@annotate('{name}->{name}')\n"
        "class Udf(object):\n    def evaluate(self, value):\n        return value\n"
    )
    column = ROUND_TRIPS[name]
    # A slice: buffers of Arrow arrays need not begin at their first row.
    longer = pa.concat_arrays([column, column])
    with pool.session(make_job(python, timezone="Asia/Shanghai"), function) as session:
        for part in (column, longer.slice(2, len(column)), column.slice(0, 0)):
            assert session.evaluate(pa.record_batch([part], names=["v"])).to_pylist() == part.to_pylist()


PYTHON_VALUES = {
    "bigint": (pa.array([7]), "7"),
    "string": (pa.array(["é"]), "'é'"),
    "datetime": (pa.array([datetime.datetime(2024, 1, 2, 3, 4, 5)]), "datetime.datetime(2024, 1, 2, 3, 4, 5)"),
    "date": (pa.array([datetime.date(2024, 1, 2)]), "datetime.date(2024, 1, 2)"),
    "decimal(10,2)": (pa.array([decimal.Decimal("1.50")]), "Decimal('1.5')"),
    "binary": (pa.array([b"x"]), "b'x'"),
    "array<string>": (pa.array([["a"]]), "['a']"),
    "map<string,bigint>": (pa.array([[("a", 1)]], pa.map_(pa.string(), pa.int64())), "{'a': 1}"),
    "struct<a:bigint>": (pa.array([{"a": 1}]), "struct(a=1)"),
}


@pytest.mark.parametrize("name", PYTHON_VALUES)
def test_python_values_are_those_maxcompute_documents(pool: Pool, make_job, make_function, name) -> None:
    column, expected = PYTHON_VALUES[name]
    function = make_function(
        f"from odps.udf import annotate\n@annotate('{name}->string')\n"
        "class Udf(object):\n    def evaluate(self, value):\n        return repr(value)\n"
    )
    with pool.session(make_job(), function) as session:
        assert session.evaluate(pa.record_batch([column], names=["v"]))[0].as_py() == expected


def test_python_2_gets_bytes_for_strings_and_milliseconds_for_datetimes(pool: Pool, make_job, make_function) -> None:
    function = make_function(
        "from odps.udf import annotate\n@annotate('string,datetime->string')\n"
        "class Udf(object):\n    def evaluate(self, s, d):\n        return repr((s, d))\n"
    )
    moment = datetime.datetime(1970, 1, 1, 8, 0, 1)
    batch = pa.record_batch([pa.array(["é"]), pa.array([moment])], names=["s", "d"])
    with pool.session(make_job((2, 7), timezone="Asia/Shanghai"), function) as session:
        assert session.evaluate(batch)[0].as_py() == r"('\xc3\xa9', 1000)"


def test_function_of_any_arguments_gets_the_types_of_its_columns(pool: Pool, make_job, make_function) -> None:
    function = make_function(
        "from odps.udf import annotate\n@annotate('*->string')\n"
        "class Udf(object):\n    def evaluate(self, *args):\n        return repr(args)\n"
    )
    batch = pa.record_batch([pa.array([1]), pa.array(["x"]), pa.array([True])], names=["a", "b", "c"])
    with pool.session(make_job(), function) as session:
        assert session.evaluate(batch)[0].as_py() == "(1, 'x', True)"


def test_table_function_without_signature_returns_strings(pool: Pool, make_job, make_function) -> None:
    function = make_function(
        "from odps.udf import BaseUDTF\n"
        "class Udf(BaseUDTF):\n    def process(self, *args):\n        self.forward(*[str(a) for a in args])\n"
    )
    batch = pa.record_batch([pa.array([1]), pa.array(["x"])], names=["a", "b"])
    with pool.session(make_job(), function) as session:
        (result,) = session.process([batch])
    assert result.to_pylist() == [{"c0": "1", "c1": "x"}]


def test_function_without_arguments(pool: Pool, make_job, make_function) -> None:
    function = make_function(
        "from odps.udf import annotate\n@annotate('->bigint')\n"
        "class Udf(object):\n    def evaluate(self):\n        return 7\n"
    )
    batch = pa.record_batch([pa.array([1, 2])], names=["ignored"]).select([])
    with pool.session(make_job(), function) as session:
        assert session.evaluate(batch).to_pylist() == [7] * batch.num_rows


def test_session_serves_many_batches_and_two_sessions_work_side_by_side(pool: Pool, make_job, make_function) -> None:
    source = SCALAR.replace("'%s-%d' % (text, number)", "text * number")
    job = make_job()
    with pool.session(job, make_function(source)) as first, pool.session(job, make_function(SCALAR)) as second:
        for number in range(3):
            batch = pa.record_batch([pa.array([number]), pa.array(["ab"])], names=["n", "s"])
            first.start(batch)
            second.start(batch)
            assert first.finish().to_pylist() == ["ab" * number]
            assert second.finish().to_pylist() == [f"ab-{number}"]


def test_a_failed_row_leaves_the_session_usable(pool: Pool, make_job, make_function) -> None:
    function = make_function(SCALAR.replace("'%s-%d' % (text, number)", "str(1 // number)"))
    with pool.session(make_job(), function) as session:
        bad = pa.record_batch([pa.array([1, 0]), pa.array(["a", "b"])], names=["n", "s"])
        with pytest.raises(FunctionError) as caught:
            session.evaluate(bad)
        assert caught.value.kind == "row"
        assert caught.value.row == {"n": 0, "s": "b"}
        assert caught.value.message.startswith("ZeroDivisionError")
        assert session.evaluate(bad.slice(0, 1)).to_pylist() == ["1"]


def test_wrong_number_of_arguments_is_said(pool: Pool, make_job, make_function: Callable[[str], Function]) -> None:
    from odps_jupyter.executor.errors import ExecutorError

    with (
        pool.session(make_job(), make_function(SCALAR)) as session,
        pytest.raises(ExecutorError, match="takes 2 arguments and got 1"),
    ):
        session.evaluate(pa.record_batch([pa.array([1])], names=["n"]))
