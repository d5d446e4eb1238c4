"""Whatever goes into a generated function and comes out of it, the direct way is the same as the wrapping."""

from __future__ import annotations

import base64
import decimal
import pickle
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from odps_jupyter.executor.errors import FunctionError
from odps_jupyter.executor.job import Function
from odps_jupyter.executor.pool import Pool
from odps_jupyter.executor.session import Session

_WHOLE = st.integers(-(2**65), 2**65) | st.integers(-200, 200)
_TEXT = st.text(st.characters(codec="utf-8"), max_size=5)
_DECIMAL = st.decimals(allow_nan=True, allow_infinity=True) | st.decimals(-1000, 1000, places=3)
_MOMENT = st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31))
#: Values that fit a type of PyODPS's DataFrame, as users' functions return them.
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "int8": st.integers(-128, 127),
    "int64": st.integers(-(2**63) + 1, 2**63 - 1),
    "float32": st.floats(width=32),
    "float64": st.floats(),
    "boolean": st.booleans(),
    "string": _TEXT,
    "decimal": st.decimals(-1000, 1000, places=3),
    "datetime": _MOMENT,
}
#: Values of any type, NumPy's included.
ANY: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    _WHOLE,
    st.floats(),
    st.booleans(),
    _TEXT,
    _DECIMAL,
    _MOMENT,
    st.dates(),
    st.binary(max_size=3),
    st.lists(st.integers(0, 3), max_size=2),
    st.dictionaries(_TEXT, st.integers(0, 3), max_size=1),
    st.sampled_from(
        [np.int64(3), np.float32(0.5), np.bool_(True), np.str_("n"), np.datetime64("2024-01-01"), np.uint64(2**63)]
    ),
)
_FAST = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def outcome(session: Session, batch: pa.RecordBatch) -> Any:
    """What a batch gives, as text, in which NaN equals itself."""
    try:
        return repr(session.evaluate(batch).to_pylist())
    except FunctionError as error:
        return error.kind, error.message, error.traceback, repr(error.row)


@pytest.fixture
def both(pool: Pool, make_job) -> Iterator[Any]:
    """Two sessions of a function, one for each way."""
    with ExitStack() as open_:

        def sessions(function: Function) -> list[Session]:
            job = make_job(packages=("numpy",))
            made = [
                open_.enter_context(pool.session(replace(job, shortcut=shortcut), function))
                for shortcut in (True, False)
            ]
            assert [session.direct for session in made] == [True, False]
            return made

        yield sessions


@pytest.mark.parametrize("kind", FITTING)
def test_results(both: Any, generated: Any, kind: str) -> None:
    table = generated.collection(s="string")
    direct, wrapped = both(
        generated.function(table.s.map(lambda s: __import__("pickle").loads(__import__("base64").b64decode(s)), kind))
    )

    @_FAST
    @given(st.lists(st.one_of(st.none(), FITTING[kind], FITTING[kind], ANY), max_size=6))
    def check(values: list[Any]) -> None:
        texts = [base64.b64encode(pickle.dumps(value)).decode() for value in values]
        batch = pa.record_batch([pa.array(texts, pa.string())], names=["s"])
        assert outcome(direct, batch) == outcome(wrapped, batch)

    check()


INPUTS: dict[str, tuple[pa.DataType, st.SearchStrategy[Any]]] = {
    "bigint": (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    "tinyint": (pa.int8(), st.integers(-128, 127)),
    "double": (pa.float64(), st.floats()),
    "float": (pa.float32(), st.floats(width=32)),
    "boolean": (pa.bool_(), st.booleans()),
    "string": (pa.string(), _TEXT),
    "datetime": (pa.timestamp("us"), _MOMENT),
    "date": (pa.date32(), st.dates(date(1, 1, 1))),
    "timestamp": (pa.timestamp("ns"), st.datetimes(datetime(1680, 1, 1), datetime(2260, 1, 1))),
    "decimal(38,18)": (pa.decimal128(38, 18), st.decimals(-1000, 1000, places=3)),
    "array<bigint>": (pa.list_(pa.int64()), st.lists(st.none() | st.integers(-9, 9), max_size=3)),
    "map<string,bigint>": (
        pa.map_(pa.string(), pa.int64()),
        st.dictionaries(_TEXT, st.none() | st.integers(-9, 9), max_size=3).map(lambda value: list(value.items())),
    ),
}


@pytest.mark.parametrize("kind", INPUTS)
def test_arguments(both: Any, generated: Any, kind: str) -> None:
    table = generated.collection(x=kind, n="bigint")
    arrow, values = INPUTS[kind]
    direct, wrapped = both(
        generated.function(
            table["x", "n"].apply(lambda row: repr((type(row[0]), row[0], row.n)), axis=1, reduce=True, types="string")
        )
    )

    @_FAST
    @given(st.lists(st.tuples(st.none() | values, st.none() | st.integers(0, 9)), max_size=5))
    def check(rows: list[tuple[Any, Any]]) -> None:
        columns = [pa.array([row[0] for row in rows], arrow), pa.array([row[1] for row in rows], pa.int64())]
        batch = pa.record_batch(columns, names=["x", "n"])
        assert outcome(direct, batch) == outcome(wrapped, batch)

    check()


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("width", [1, 2])
def test_rows_of_table_functions(both: Any, generated: Any, width: int, beside: bool) -> None:
    from odps.df import output

    names, kinds = [["a", "b"][:width], ["int", "string"][:width]]

    @output(names, kinds)
    def handle(row: Any) -> Any:
        import base64
        import pickle

        yield from pickle.loads(base64.b64decode(row.s))

    direct, wrapped = both(generated.function(generated.collection(s="string").apply(handle, axis=1)))

    def rows(session: Session, batch: pa.RecordBatch) -> Any:
        try:
            if beside:
                return repr([(n and n.to_pylist(), made.to_pylist()) for n, made in session.beside([batch])][-1:])
            return repr([made.to_pylist() for made in session.process([batch])][-1:])
        except FunctionError as error:
            return error.kind, error.message, error.traceback

    @settings(_FAST, max_examples=15)
    @given(st.lists(st.lists(st.tuples(st.integers(0, 9) | ANY, _TEXT | ANY).map(lambda v: v[:width]), max_size=3)))
    def check(values: list[Any]) -> None:
        texts = [base64.b64encode(pickle.dumps(value)).decode() for value in values]
        batch = pa.record_batch([pa.array(texts, pa.string())], names=["s"])
        assert rows(direct, batch) == rows(wrapped, batch)

    check()


def test_decimals_of_every_precision_are_rounded_as_the_service_does(pool: Pool, make_job, make_function) -> None:
    source = (
        "from decimal import Decimal\nfrom odps.udf import annotate\n@annotate('string->decimal(10,2)')\n"
        "class Udf(object):\n    def evaluate(self, s):\n        return Decimal(s)\n"
    )
    with pool.session(make_job(), make_function(source)) as session:

        @_FAST
        @given(st.decimals(-10, 10, places=5))
        def check(value: decimal.Decimal) -> None:
            batch = pa.record_batch([pa.array([str(value)])], names=["s"])
            assert session.evaluate(batch)[0].as_py() == value.quantize(decimal.Decimal("0.01"), decimal.ROUND_HALF_UP)

        check()
