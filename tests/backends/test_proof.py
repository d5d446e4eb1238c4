"""Functions are tried on a few rows, in processes of the executor twin, before anything is sent."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.deadline import Deadline, TookLonger
from odps_jupyter.backends.generation import generate
from odps_jupyter.backends.proof import ROWS, Proof, Setting, prove
from odps_jupyter.backends.twin import Twin
from odps_jupyter.executor.errors import FunctionError, WorkerDied
from odps_jupyter.executor.session import Session
from tests.aggregates import Mean

SETTING = Setting(executor_profile())
#: Far more than a busy machine needs.
AMPLE = 300.0


@pytest.fixture(scope="module")
def twin() -> Iterator[Twin]:
    made = Twin()
    yield made
    made.close()


def proof_of(expr: Any, twin: Twin, setting: Setting = SETTING, *, seconds: float = AMPLE) -> Proof:
    return prove(expr, generate(expr, ()), twin, setting, Deadline(seconds))


def test_each_way_to_hand_over(iris: Any, twin: Twin) -> None:
    from odps.df import output

    def words(row):  # type: ignore[no-untyped-def]
        yield row.name, 1

    @output(["word", "count"], ["string", "int"])
    def mapper(row):  # type: ignore[no-untyped-def]
        yield row.name, 1

    @output(["word", "count"], ["string", "int"])
    def reducer(keys):  # type: ignore[no-untyped-def]
        total = [0]

        def add(row, done):  # type: ignore[no-untyped-def]
            total[0] += row.count
            if done:
                yield keys[0], total[0]

        return add

    tried = {
        "column": iris.sepal_length.map(lambda x: x + 1),
        "chain": iris.sepal_length.map(lambda x: x + 1).map(lambda y: y * 2).sum(),
        "arguments": iris.sepal_length.map(lambda x, k, m=0: x + k + m, args=(1,), m=2),
        "rows": iris.apply(lambda row: row.sepal_length + row.sepal_width, axis=1, reduce=True, types="float"),
        "table": iris.apply(words, axis=1, names=["word", "count"], types=["string", "int"]),
        "aggregate": iris.sepal_length.agg(Mean, rtype="float"),
        "groups": iris.groupby("name").agg(mean=iris.sepal_length.agg(Mean, rtype="float")),
        "map_reduce": iris.map_reduce(mapper, reducer, group="word"),
        "join": iris.join(iris.view(), on="name").sepal_length_x.map(lambda x: x + 1),
    }
    for name, expr in tried.items():
        proof = proof_of(expr, twin)
        assert (proof.failure, proof.doubts) == (None, ()), name
        assert all(rows > 0 for _, rows in proof.rows), name


def test_no_line_of_the_function_runs_in_this_kernel(iris: Any, twin: Twin) -> None:
    called: list[float] = []

    def remember(x):  # type: ignore[no-untyped-def]
        called.append(x)
        return x

    proof = proof_of(iris.sepal_length.map(remember), twin)
    assert dict(proof.rows) == {"remember": ROWS}
    assert called == []


def test_the_row_and_the_text_of_a_failure(iris: Any, twin: Twin) -> None:
    proof = proof_of(iris.sepal_length.map(lambda x: x / (x - x)), twin)
    assert proof.failed == "lambda"
    assert isinstance(proof.failure, FunctionError)
    assert proof.failure.message == "ZeroDivisionError: float division by zero"
    assert proof.failure.row is not None
    assert __file__ in proof.failure.traceback


def test_a_value_of_a_wrong_type_fails_as_on_the_service(iris: Any, twin: Twin) -> None:
    proof = proof_of(iris.sepal_length.map(lambda x: "text", rtype="float"), twin)
    assert isinstance(proof.failure, FunctionError)


def test_a_process_that_dies_fails(iris: Any, twin: Twin) -> None:
    def leave(x):  # type: ignore[no-untyped-def]
        import os

        os._exit(3)

    assert isinstance(proof_of(iris.sepal_length.map(leave), twin).failure, WorkerDied)


def test_one_deadline_for_all_of_it(iris: Any, twin: Twin) -> None:
    def forever(x):  # type: ignore[no-untyped-def]
        while True:
            pass

    class Late:
        """Never loaded: unpickling it takes for ever."""

        def __reduce__(self) -> Any:
            return exec, ("while True: pass",)

    late = Late()
    for function in (forever, lambda x: late):
        proof = proof_of(iris.sepal_length.map(function, "float"), twin, seconds=1.0)
        assert proof.failure is None
        assert proof.doubts == (
            f"{'forever' if function is forever else 'lambda'} was not proved: took longer than 1 s",
        )
    # What was ended leaves the twin as good as new.
    good = iris.sepal_length.map(lambda x: x + 1)
    assert dict(proof_of(good, twin).rows) == {"lambda": ROWS}
    assert proof_of(good, twin, seconds=1e-9).doubts == ("lambda was not proved: took longer than 1e-09 s",)
    with twin.alone:
        assert proof_of(good, twin, seconds=0.01).doubts == (
            "not proved: took longer than 0.01 s, in which others were tried",
        )


def test_a_table_that_does_not_answer_is_not_waited_for() -> None:
    over = threading.Event()
    deadline = Deadline(0.05)
    with pytest.raises(TookLonger, match=r"took longer than 0\.05 s"):
        deadline.within(lambda: over.wait(AMPLE))
    over.set()
    with pytest.raises(TookLonger):
        deadline.check()
    assert Deadline(AMPLE).within(lambda: 5) == 5
    with pytest.raises(TimeoutError, match="its own"):
        Deadline(AMPLE).within(_time_out)


def _time_out() -> None:
    raise TimeoutError("its own")


class InterruptedTwin(Twin):
    """The user presses stop once the function says that it runs, and at no other moment."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()

    def session(self, *args: Any, **options: Any) -> Session:
        loaded = super().session(*args, **options)

        def press() -> None:
            while "begun" not in loaded.log:
                if self.over.wait(0.01):
                    return
            # A signal just before the main thread begins to wait wakes nobody: the user would press again.
            while not self.over.wait(0.2):
                os.kill(os.getpid(), signal.SIGALRM)

        threading.Thread(target=press).start()
        return loaded


def test_an_interrupt_ends_it(iris: Any) -> None:
    def forever(x):  # type: ignore[no-untyped-def]
        print("begun", flush=True)  # noqa: T201 - on the executor
        while True:
            pass

    twin = InterruptedTwin()

    def interrupt(*_: object) -> None:
        if not twin.over.is_set():
            twin.over.set()
            raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            proof_of(iris.sepal_length.map(forever), twin, seconds=600.0)
    finally:
        twin.over.set()
        signal.signal(signal.SIGALRM, before)
        twin.close()


def test_gaps_come_as_null(o: Any, twin: Twin) -> None:
    name = f"gaps_{uuid4().hex}"
    o.execute_sql(f"CREATE TABLE {name} (a bigint, b string, c double, d datetime, e decimal(10,2), f boolean)")
    o.execute_sql(
        f"INSERT INTO {name} VALUES (90071992547, 'x', 1.5, NULL, 2.25BD, true), (NULL,NULL,NULL,NULL,NULL,NULL)"
    )
    frame = o.get_table(name).to_df()

    def look(row):  # type: ignore[no-untyped-def]
        if tuple(row) != (None,) * 6 and (row.b, row.c, str(row.e), row.f) != ("x", 1.5, "2.25", True):
            raise ValueError(tuple(row))
        return 1

    proof = proof_of(frame.apply(look, axis=1, reduce=True, types="int"), twin)
    assert (proof.failure, proof.doubts) == (None, ())
    assert dict(proof.rows) == {"look": 2}


def test_what_pandas_cannot_tell_stops_nothing(o: Any, twin: Twin) -> None:
    name = f"odd_{uuid4().hex}"
    o.execute_sql(f"CREATE TABLE {name} (a bigint, b double)")
    o.execute_sql(f"INSERT INTO {name} VALUES (0, CAST('nan' AS double)), (1, 1.5)")
    frame = o.get_table(name).to_df()
    not_a_number = proof_of(frame.b.map(lambda x: x * 2), twin)
    assert (not_a_number.failure, not_a_number.doubts) == (None, ())
    assert dict(not_a_number.rows) == {"lambda": 1}
    divided = frame[(frame.a / (frame.a - frame.a)).rename("q"), frame.a][frame.a == 1]
    infinite = proof_of(divided.q.map(lambda x: 0 if x is None else int(x), "int64"), twin)
    assert infinite.failure is None
    assert infinite.doubts == ("lambda fails for a number that is infinite in pandas",)


def test_more_columns_than_pandas_computes_in_time_are_said(o: Any, twin: Twin) -> None:
    name = f"wide_{uuid4().hex}"
    o.execute_sql(f"CREATE TABLE {name} ({', '.join(f'c{at} bigint' for at in range(300))})")
    frame = o.get_table(name).to_df()
    proof = proof_of(frame.apply(lambda row: sum(row), axis=1, reduce=True, types="int64"), twin)
    assert proof.failure is None
    assert proof.doubts[0].endswith("columns and steps are too many to compute here first")


def test_a_view_and_an_empty_table_prove_nothing_but_that_it_loads(o: Any, twin: Twin) -> None:
    view, empty = f"view_{uuid4().hex}", f"empty_{uuid4().hex}"
    o.execute_sql(f"CREATE VIEW {view} AS SELECT * FROM pyodps_iris")
    o.execute_sql(f"CREATE TABLE {empty} (sepal_length double)")
    seen = proof_of(o.get_table(view).to_df().sepal_length.map(lambda x: x), twin)
    assert seen.doubts == (f"no rows to try the functions with: {view} is a view, whose rows only a job can read",)
    assert proof_of(o.get_table(empty).to_df().sepal_length.map(lambda x: x), twin).doubts == (
        "no row of the sample reached lambda",
    )
    broken = proof_of(o.get_table(empty).to_df().sepal_length.map(lambda x: x if pytest else 0.0), twin)
    assert "No module named 'pytest'" in str(broken.failure)


def test_the_users_objects_stay_as_they_were(iris: Any, twin: Twin) -> None:
    function = lambda x: x + 1  # noqa: E731
    expr = iris.sepal_length.map(function)
    before = (expr._id, expr.func, expr._func_args)
    proof_of(expr, twin)
    assert (expr._id, expr.func, expr._func_args) == before
    assert expr.sum().execute() == pytest.approx(876.5 + 150)


def test_file_resources_and_table_resources(o: Any, iris: Any, twin: Twin) -> None:
    from odps.models import TableResource

    name = f"res_{uuid4().hex}"
    file = o.create_resource(f"{name}.txt", "file", file_obj="40\n2")
    table = o.create_resource(f"{name}_t", "table", table_name="pyodps_iris")
    assert isinstance(table, TableResource)

    def with_both(resources):  # type: ignore[no-untyped-def]
        numbers = [int(line) for line in resources[0]]
        names = {row.name for row in resources[1]}

        if (numbers, len(names)) != ([40, 2], 3):
            raise ValueError(numbers, names)
        return lambda x: sum(numbers)

    proof = proof_of(iris.sepal_length.map(with_both, rtype="int", resources=[file, table]), twin)
    assert (proof.failure, proof.doubts) == (None, ())


def test_an_image_that_the_twin_does_not_have(iris: Any, twin: Twin) -> None:
    setting = Setting(replace(executor_profile(), name="none", python=(3, 2)))
    proof = proof_of(iris.sepal_length.map(lambda x: x), twin, setting)
    assert proof.failure is None
    assert proof.doubts[0].startswith("lambda was not tried: The executor profile none needs Python 3.2")
