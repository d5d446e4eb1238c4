"""Functions that PyODPS really generates: the direct way gives what their own wrapping gives, values and failures."""

from __future__ import annotations

import decimal
import functools
import importlib.util
import inspect
import pickle
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from odps import options
from odps.df import output

from odps_jupyter.executor.errors import ExecutorError, FunctionError
from odps_jupyter.executor.guest.reducers import KNOWN, fingerprint
from odps_jupyter.executor.job import Function, Job, ResourceFile
from odps_jupyter.executor.pool import Pool

ROWS = pa.record_batch(
    {
        "x": pa.array([1.5, None, -2.0, 0.25]),
        "n": pa.array([1, 2, None, 2**40]),
        "s": pa.array(["a b", "", None, "数 据 b"]),
        "t": pa.array([datetime(2024, 1, 1), None, datetime(1999, 12, 31, 23, 59, 59), datetime(2000, 1, 1)]),
        "d": pa.array([decimal.Decimal("1.5"), None, decimal.Decimal(3), decimal.Decimal(0)], pa.decimal128(38, 18)),
    }
)


@pytest.fixture
def table(generated: Any) -> Any:
    return generated.collection(x="double", n="bigint", s="string", t="datetime", d="decimal")


def both(pool: Pool, job: Job, function: Function, call: Any) -> Any:
    """The outcome of ``call(session)``, the same whether the wrapping is skipped or not; a failure as a tuple."""
    outcomes = []
    for shortcut in (True, False):
        chosen = Job(
            job.profile, job.interpreter, job.resources, job.timezone, job.timeout, job.memory, shortcut=shortcut
        )
        with pool.session(chosen, function) as session:
            assert session.direct is shortcut
            try:
                outcome = call(session)
            except FunctionError as error:
                outcome = (error.kind, error.message, error.row, error.traceback)
            outcomes.append((outcome, session.log))
    assert outcomes[0] == outcomes[1]
    return outcomes[0][0]


SCALARS = {
    "lambda": lambda t, c: t.x.map(lambda v: None if v is None else v + 1),
    "to int": lambda t, c: t.x.map(lambda v: None if v is None else int(v), "int"),
    "float for int": lambda t, c: t.x.map(lambda v: v, "int"),
    "bool for int": lambda t, c: t.x.map(lambda v: v is None, "int"),
    "boolean": lambda t, c: t.x.map(lambda v: v is None, "boolean"),
    "string": lambda t, c: t.s.map(lambda v: None if v is None else v.upper()),
    "int for string": lambda t, c: t.n.map(lambda v: v, "string"),
    "decimal for string": lambda t, c: t.n.map(lambda v: __import__("decimal").Decimal(v or 0), "string"),
    "decimal": lambda t, c: t.d.map(lambda v: v),
    "datetime": lambda t, c: t.t.map(lambda v: v),
    "numpy scalar": lambda t, c: t.x.map(c.np_scalar),
    "numpy int": lambda t, c: t.x.map(c.np_int, "int"),
    "numpy int for double": lambda t, c: t.x.map(c.np_int),
    "sometimes numpy": lambda t, c: t.x.map(c.sometimes_np),
    "callable object": lambda t, c: t.x.map(c.Scale(2.0)),
    "partial": lambda t, c: t.x.map(functools.partial(lambda factor, v: None if v is None else v * factor, 3.0)),
    "extra arguments": lambda t, c: t.x.map(lambda v, a, b=0: None if v is None else v + a + b, args=(1,), b=2),
    "exception": lambda t, c: t.x.map(c.some_fail),
    "stop iteration": lambda t, c: t.x.map(c.stops),
    "prints": lambda t, c: t.x.map(c.prints),
    "row": lambda t, c: t["x", "n"].apply(lambda row: (row.x or 0) + (row[1] or 0), axis=1, reduce=True, types="float"),
    "row as text": lambda t, c: t.apply(lambda row: repr(tuple(row)) + row["s"], axis=1, reduce=True, types="string"),
    "row with arguments": lambda t, c: t["x", "n"].apply(
        lambda row, a, k=0: float((row.x or 0) * a + k), axis=1, reduce=True, types="float", args=(2,), k=1
    ),
}


@pytest.mark.parametrize("name", SCALARS)
def test_scalar(pool: Pool, make_job, generated, cells, table, name) -> None:
    function = generated.function(SCALARS[name](table, cells))
    by_type = {"double": "x", "bigint": "n", "string": "s", "datetime": "t"}
    names = [by_type.get(kind, "d") for kind in function.signature.arguments]
    outcome = both(
        pool, make_job(packages=("numpy",)), function, lambda session: session.evaluate(ROWS.select(names)).to_pylist()
    )
    assert outcome is not None


def test_decimals_that_pyodps_casts_to_text(pool: Pool, make_job, generated, table) -> None:
    """Its rewriter does so, before the function is generated; the wrapping makes decimals of them again."""
    expression = table.s.map(lambda v: repr(v))
    expression._raw_inputs = [table.d]
    function = generated.function(expression)
    texts = pa.record_batch({"c": pa.array(["1.5", None, "-3.00"])})
    outcome = both(pool, make_job(), function, lambda session: session.evaluate(texts).to_pylist())
    assert outcome == ["Decimal('1.5')", "None", "Decimal('-3.00')"]


def test_failing_row_has_the_traceback_of_the_users_cell(pool: Pool, make_job, generated, cells, table) -> None:
    cell = compile("\n\ndef handle(v):\n    return 1 / v\n", "/tmp/ipykernel_123/987654.py", "exec")
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(cell, names)
    function = generated.function(table.x.map(names["handle"]))
    with pool.session(make_job(), function) as session:
        assert session.direct
        with pytest.raises(FunctionError) as caught:
            session.evaluate(pa.record_batch([pa.array([1.0, 0.0])], names=["sepal_length"]))
    assert caught.value.message == "ZeroDivisionError: float division by zero"
    assert caught.value.row == {"sepal_length": 0.0}
    lines = caught.value.traceback.splitlines()
    assert lines[1].startswith('  File "pyodps_udf.py", line ')
    assert lines[1].endswith("in evaluate")
    assert lines[2].strip() == "res = self.f(*args, **self.kwargs)"
    assert '  File "/tmp/ipykernel_123/987654.py", line 4, in handle' in lines


WRONG: dict[str, tuple[Any, str]] = {
    "map": (lambda t, c: t.x.map(c.np_int, "string"), "np_int"),
    "partial": (lambda t, c: t.x.map(functools.partial(c.np_int), "string"), "np_int"),
    "callable object": (lambda t, c: t.x.map(c.Scale(1.5), "int"), "__call__"),
    "table": (lambda t, c: t.apply(c.wrong_type, axis=1), "wrong_type"),
    "class": (lambda t, c: t.apply(c.WrongInClose, axis=1), "__call__"),
    "aggregate": (lambda t, c: t.x.agg(c.WrongValue, rtype="float"), "getvalue"),
    "reducer": (lambda t, c: t.map_reduce(None, c.wrong_reducer, group="s"), "wrong_reducer"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_result_names_the_users_function_and_its_first_line(
    pool: Pool, make_job, generated, cells, table, name
) -> None:
    make, function_name = WRONG[name]
    function = generated.functions(make(table, cells))[-1]
    by_type = {"double": "x", "bigint": "n", "string": "s", "datetime": "t"}
    batch = ROWS.select([by_type.get(kind, "d") for kind in function.signature.arguments])

    def call(session: Any) -> Any:
        if function.signature.kind == "table":
            return list(session.process([batch]))
        if function.signature.kind == "scalar":
            return session.evaluate(batch)
        rows = pa.StructArray.from_arrays(batch.columns, batch.schema.names)
        return session.aggregate(pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows))

    text = (Path(__file__).parent / "cells.py").read_text().splitlines()
    for shortcut in (True, False):
        job = make_job(packages=("numpy",), shortcut=shortcut)
        with pool.session(job, function) as session, pytest.raises(FunctionError) as caught:
            call(session)
        assert caught.value.kind == "output"
        assert caught.value.message.startswith("TypeError: return value expected <class ")
        lines = caught.value.traceback.splitlines()
        found = re.fullmatch(rf'  File "/tmp/ipykernel_123/1.py", line (\d+), in {function_name}', lines[1])
        assert found is not None, lines
        # The first line of a function that is decorated is that of its decorator, from Python 3.8 on.
        assert re.match(rf"@output|\s*def {function_name}\b", text[int(found[1]) - 1])
        assert lines[-1] == caught.value.message


TABLES = [
    "explode",
    "one_value",
    "reuses_its_list",
    "returns_a_row",
    "odd_texts",
    "wrong_width",
    "wrong_type",
    "fails",
    "CountsInClose",
]


@pytest.mark.parametrize("name", TABLES)
def test_table(pool: Pool, make_job, generated, cells, table, name) -> None:
    function = generated.function(table.apply(getattr(cells, name), axis=1))
    batches = [ROWS, ROWS.slice(0, 0), ROWS.slice(1)]

    def rows(session: Any) -> list[tuple[Any, ...]]:
        return [tuple(row.values()) for batch in session.process(batches) for row in batch.to_pylist()]

    assert both(pool, make_job(packages=("numpy",)), function, rows)


def test_map_reduce(pool: Pool, make_job, generated, cells, table) -> None:
    @output(["word", "count"], ["string", "int"])
    def mapper(row: Any) -> Iterator[Any]:
        for word in (row.s or "").split():
            yield word, 1

    @output(["word", "count"], ["string", "int"])
    def reducer(keys: Any) -> Any:
        total = [0]

        def handle(row: Any, done: bool) -> Iterator[Any]:
            total[0] += row["count"]
            if done:
                yield keys.word, total[0]

        return handle

    expression = generated.collection(s="string").map_reduce(mapper, reducer, group="word")
    reduce, map_ = sorted(generated.functions(expression), key=lambda f: len(f.signature.arguments), reverse=True)
    text = pa.record_batch([ROWS.column("s")], names=["s"])

    def words(session: Any) -> list[pa.RecordBatch]:
        return list(session.process([text]))

    mapped = pa.Table.from_batches(both(pool, make_job(), map_, words)).sort_by("c0").to_batches()

    def totals(session: Any) -> list[dict[str, Any]]:
        return [row for batch in session.process(mapped) for row in batch.to_pylist()]

    found = both(pool, make_job(), reduce, totals)
    assert found == [{"c0": w, "c1": c} for w, c in [("a", 1), ("b", 2), ("据", 1), ("数", 1)]]


def test_the_class_around_reducers_is_recognised(generated: Any) -> None:
    @output(["word"], ["string"])
    def reducer(keys: Any) -> Any:
        return lambda row, done: (row.word,)

    expression = generated.collection(word="string").map_reduce(None, reducer, group="word")
    (kind,) = [node.func for node in expression.traverse(unique=True) if inspect.isclass(getattr(node, "func", None))]
    # Another digest here means that PyODPS or Python changed: look at what reducers.py stands in for before adding it.
    assert fingerprint(kind) in KNOWN


@pytest.mark.parametrize("aggregate", ["Mean", "Fragile", "NumpyBuffer", "WrongValue"])
def test_aggregate(pool: Pool, make_job, generated, cells, table, aggregate) -> None:
    function = generated.function(table.x.agg(getattr(cells, aggregate), rtype="float"))
    rows = pa.struct([("a0", pa.float64())])
    groups = pa.array(
        [[{"a0": 1.0}, {"a0": 2.0}, {"a0": None}, {"a0": 6.0}], [], [{"a0": 0.0}]],
        type=pa.list_(rows),
    )
    outcome = both(pool, make_job(packages=("numpy",)), function, lambda session: session.aggregate(groups).to_pylist())
    expected: dict[Any, Any] = {"Mean": [3.0, None, 0.0], "Fragile": "TypeError", "NumpyBuffer": "UFuncNoLoopError"}
    if aggregate == "Mean":
        assert outcome == expected[aggregate]
    else:
        # A NumPy scalar in a buffer comes out of marshal as bytes, so merge fails where pandas would have passed.
        assert expected.get(aggregate, "return value expected") in outcome[1]


@pytest.mark.parametrize("aggregate", ["Mean", "Fragile", "WrongValue"])
def test_aggregate_of_a_group_that_comes_in_pieces(pool: Pool, make_job, generated, cells, table, aggregate) -> None:
    function = generated.function(table.x.agg(getattr(cells, aggregate), rtype="float"))
    values = pa.array([*map(float, range(1, 65_537)), None, 65_537.0])
    rows = pa.StructArray.from_arrays([values], ["a0"])
    groups = pa.ListArray.from_arrays(pa.array([0, len(rows)], pa.int32()), rows)
    outcome = both(pool, make_job(packages=("numpy",)), function, lambda session: session.aggregate(groups).to_pylist())
    if aggregate == "Mean":
        assert outcome == [32_769.0]
    else:
        assert {"Fragile": "TypeError", "WrongValue": "return value expected"}[aggregate] in outcome[1]


def pack(path: Path, files: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_libraries_uploaded_as_file_and_as_archive(pool: Pool, make_job, generated, cells, table, tmp_path) -> None:
    file = ResourceFile("other.zip", "file", pack(tmp_path / "other.zip", {"other/__init__.py": "value = 20\n"}))
    bundle = pack(tmp_path / "more.zip", {"packages/more/__init__.py": "value = 3\n"})
    archive = ResourceFile("more.zip", "archive", bundle)

    def handle(v: float) -> float:
        import more  # type: ignore[import-not-found]
        import other  # type: ignore[import-not-found]

        return v + other.value + more.value

    function = generated.function(table.x.map(handle), ["other.zip", "a:more.zip"])
    job = make_job(packages=("numpy",), resources=(file, archive))
    batch = pa.record_batch([pa.array([1.0])], names=["x"])
    assert both(pool, job, function, lambda session: session.evaluate(batch).to_pylist()) == [24.0]


@pytest.mark.parametrize("supersede", [True, False])
def test_uploaded_numpy_wins_if_it_is_to(pool: Pool, make_job, generated, cells, table, tmp_path, supersede) -> None:
    fake = {"numpy/__init__.py": "class generic: pass\nname = 'uploaded'\n", "numpy/marker.so": ""}
    archive = ResourceFile("numpy.zip", "archive", pack(tmp_path / "numpy.zip", fake))

    def which(v: float) -> str:
        import numpy

        return getattr(numpy, "name", "installed")

    before = options.df.supersede_libraries
    options.df.supersede_libraries = supersede
    try:
        function = generated.function(table.x.map(which, "string"), ["a:numpy.zip"])
    finally:
        options.df.supersede_libraries = before
    job = make_job(packages=("numpy",), resources=(archive,))
    batch = pa.record_batch([pa.array([1.0])], names=["x"])
    with pool.session(job, function) as session:
        assert session.evaluate(batch)[0].as_py() == ("uploaded" if supersede else "installed")


def test_numpy_uploaded_as_a_plain_file_is_refused_as_in_the_service(
    pool: Pool, make_job, generated, cells, table, tmp_path
) -> None:
    fake = {"numpy/__init__.py": "", "numpy/marker.so": ""}
    file = ResourceFile("numpy.zip", "file", pack(tmp_path / "numpy.zip", fake))
    function = generated.function(table.x.map(lambda v: v), ["numpy.zip"])
    with pytest.raises(FunctionError, match="Please upload an archive-typed resource instead") as caught:
        pool.session(make_job(resources=(file,)), function)
    assert caught.value.kind == "load"


def test_bytecode_of_another_python_fails_as_in_the_service(pool: Pool, make_job, generated, cells, table) -> None:
    function = generated.function(table.x.map(lambda v: v))
    with pytest.raises(FunctionError, match=r"not acceptable|not supported") as caught:
        pool.session(make_job((3, 7)), function)
    assert caught.value.kind == "load"


def test_missing_module_of_the_client_fails_at_load(pool: Pool, make_job, generated, cells, table) -> None:
    names: dict[str, Any] = {"__name__": "__main__", "spec": importlib.util}
    exec("def handle(v):\n    return requests.get(v)\n", names)
    import requests

    names["requests"] = requests
    function = generated.function(table.x.map(names["handle"]))
    with pytest.raises(FunctionError, match="No module named 'requests'") as caught:
        pool.session(make_job(), function)
    assert caught.value.kind == "load"


def test_errors_can_be_pickled_for_another_process(pool: Pool, make_job, generated, cells, table) -> None:
    function = generated.function(table.x.map(cells.some_fail))
    with pool.session(make_job(), function) as session, pytest.raises(ExecutorError) as caught:
        session.evaluate(pa.record_batch([pa.array([0.0])], names=["x"]))
    assert str(pickle.loads(pickle.dumps(str(caught.value)))) == "ZeroDivisionError: float division by zero"
