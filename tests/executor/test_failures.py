"""A function that fails, exits, crashes, hangs or eats memory ends as one clear error, and nothing else notices."""

from __future__ import annotations

import pyarrow as pa
import pytest

from odps_jupyter.executor.errors import (
    FunctionError,
    MemoryExceeded,
    SessionClosed,
    WorkerDied,
    WorkerTimeout,
)
from odps_jupyter.executor.pool import Pool

from .functions import ONE, PYTHONS, scalar


@pytest.mark.parametrize("python", PYTHONS)
def test_exception_carries_the_executors_own_traceback(pool: Pool, make_job, make_function, python) -> None:
    source = scalar("return helper(n)", before="def helper(n):\n    return n // 0\n")
    with pool.session(make_job(python), make_function(source)) as session, pytest.raises(FunctionError) as caught:
        session.evaluate(ONE)
    error = caught.value
    assert error.kind == "row"
    assert error.message.startswith("ZeroDivisionError: integer division")
    assert error.row == {"n": 1}
    lines = error.traceback.splitlines()
    assert lines[0] == "Traceback (most recent call last):"
    assert lines[1] == '  File "by_hand.py", line 9, in evaluate'
    assert '  File "by_hand.py", line 4, in helper' in lines
    assert "    return n // 0" in lines
    assert "guest" not in error.traceback


@pytest.mark.parametrize("python", PYTHONS)
def test_failure_while_loading_is_told_apart(pool: Pool, make_job, make_function, python) -> None:
    with pytest.raises(FunctionError) as caught:
        pool.session(make_job(python), make_function(scalar("return n", before="import nowhere_to_be_found")))
    assert caught.value.kind == "load"
    assert "nowhere_to_be_found" in caught.value.message
    assert 'File "by_hand.py", line 3' in caught.value.traceback


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("before", "kind", "message"),
    [
        ("os._exit(5)", WorkerDied, "exit code 5"),
        ("import ctypes\nctypes.string_at(0)", WorkerDied, "SIGSEGV"),
        ("sys.exit(2)", FunctionError, "^SystemExit: 2$"),
        ("raise KeyboardInterrupt", FunctionError, "^KeyboardInterrupt$"),
        ("f = lambda: f()\nf()", FunctionError, "maximum recursion depth exceeded"),
        ("a = []\nwhile True: a.append('x' * 10000000)", MemoryExceeded, "64 MiB"),
        ("def f(:", FunctionError, "^SyntaxError: invalid syntax$"),
    ],
)
def test_what_a_module_does_while_it_is_loaded(
    pool: Pool, make_job, make_function, python, before, kind, message
) -> None:
    with pytest.raises(kind, match=message) as caught:
        pool.session(make_job(python, memory=64), make_function(scalar("return n", before=before)))
    assert getattr(caught.value, "kind", "load") == "load"


def test_syntax_newer_than_the_executors_python_fails_at_load(pool: Pool, make_job, make_function) -> None:
    with pytest.raises(FunctionError, match="SyntaxError") as caught:
        pool.session(make_job((3, 7)), make_function(scalar("if (m := n):\n    return m")))
    assert caught.value.kind == "load"


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    ("to", "value", "message"),
    [
        ("bigint", "3.5", "expected <{type} 'int'> but <{type} 'float'> found, value: 3.5"),
        ("bigint", "True", "expected <{type} 'int'> but <{type} 'bool'> found, value: True"),
        ("bigint", "'7'", "expected <{type} 'int'> but <{type} 'str'> found, value: '7'"),
        ("bigint", "2**63", "is out of the range of bigint"),
        ("tinyint", "128", "return value 128 is out of the range of tinyint"),
        ("double", "'1'", "expected <{type} 'float'>"),
        ("double", "False", "expected <{type} 'float'>"),
        ("string", "1", "expected <{type} 'str'> but <{type} 'int'> found, value: 1"),
        ("boolean", "1", "expected <{type} 'bool'>"),
        ("datetime", "__import__('datetime').date(2024, 1, 1)", "expected <{type} 'datetime.datetime'>"),
        ("date", "__import__('datetime').datetime(2024, 1, 1)", "expected <{type} 'datetime.date'>"),
        ("decimal(4,1)", "1.5", "expected <class 'decimal.Decimal'>"),
        ("decimal(4,1)", "__import__('decimal').Decimal(1000)", "is out of the range of decimal(4,1)"),
        ("array<bigint>", "[1, 2.0]", "expected <{type} 'int'>"),
        ("array<bigint>", "{}", "expected <{type} 'list'>"),
        ("map<string,bigint>", "[]", "expected <{type} 'dict'>"),
        ("struct<a:bigint,b:bigint>", "(1,)", "has 1 fields, not 2"),
        ("binary", "1", "found, value: 1"),
        ("string", "'x' * ((8 << 20) + 1)", "return value of 8388609 bytes is longer than the 8 MB"),
        ("binary", "b'x' * ((8 << 20) + 1)", "return value of 8388609 bytes is longer than the 8 MB"),
        ("string", "u'\\ud800'", "is no valid text"),
        ("decimal(10,2)", "__import__('decimal').Decimal('NaN')", "return value NaN is no number of decimal(10,2)"),
        ("array<array<bigint>>", "[[1], None, ['2']]", "expected <{type} 'int'> but <{type} 'str'> found, value: '2'"),
        ("map<string,bigint>", "{1: 1}", "expected <{type} 'str'> but <{type} 'int'> found, value: 1"),
        ("map<string,bigint>", "{None: 1}", "return value has None as the key of a map"),
        ("struct<a:bigint,b:string>", "{'a': 1, 'b': ''}", "expected <{type} 'tuple'> but <{type} 'dict'> found"),
    ],
)
def test_a_value_that_does_not_fit_the_declared_type_is_an_error(
    pool: Pool, make_job, make_function, python, to, value, message
) -> None:
    fine = {"boolean": "None"}.get(to, "None")
    function = make_function(scalar(f"return {value} if n == 2 else {fine}", to))
    batch = pa.record_batch([pa.array([1, 2, 3])], names=["n"])
    with pool.session(make_job(python), function) as session, pytest.raises(FunctionError) as caught:
        session.evaluate(batch)
    assert caught.value.kind == "output"
    assert message.replace("{type}", "type" if python[0] == 2 else "class") in caught.value.message
    assert caught.value.row == {"n": 2}
    assert caught.value.traceback.splitlines()[1:] == [
        '  File "by_hand.py", line 6, in evaluate',
        "    def evaluate(self, n):",
        caught.value.message,
    ]


#: Bodies of functions of array<array<bigint>>, what they answer or are refused for, and the frame that is blamed.
ODD = {
    "a list that holds itself": ("a = []\na[:] = [a] * 9\nreturn a", "'list'> found, value: [[", "evaluate"),
    "a list that lies about its length": (
        "class L(list):\n    def __iter__(self): return iter([[7], [8, 9]])\n    def __len__(self): return 5\n"
        "return L([[1]])",
        [[7], [8, 9]],
        None,
    ),
    "a list whose items fail": (
        "class L(list):\n    def __iter__(self): raise KeyError('mine')\nreturn L([[1]])",
        "KeyError: 'mine'",
        "__iter__",
    ),
}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(("body", "answer", "frame"), ODD.values(), ids=ODD)
def test_odd_lists(pool: Pool, make_job, make_function, body, answer, frame, python) -> None:
    function = make_function(scalar(body, "array<array<bigint>>"))
    with pool.session(make_job(python), function) as session:
        if frame is None:
            assert session.evaluate(ONE).to_pylist() == [answer]
            return
        with pytest.raises(FunctionError) as caught:
            session.evaluate(ONE)
        assert answer in caught.value.message
        assert f", in {frame}\n" in caught.value.traceback


@pytest.mark.parametrize("python", PYTHONS)
def test_a_counter_that_is_changed_later_keeps_what_it_was(pool: Pool, make_job, make_function, python) -> None:
    function = make_function(
        scalar(
            "SEEN[str(n)] += 1\nreturn SEEN", "map<string,bigint>", "import collections\nSEEN = collections.Counter()"
        )
    )
    batch = pa.record_batch([pa.array([1, 2])], names=["n"])
    with pool.session(make_job(python), function) as session:
        assert [sorted(counted) for counted in session.evaluate(batch).to_pylist()] == [
            [("1", 1)],
            [("1", 1), ("2", 1)],
        ]


@pytest.mark.parametrize("python", PYTHONS)
def test_an_exception_of_signs_that_are_no_text_can_be_sent_on(pool: Pool, make_job, make_function, python) -> None:
    function = make_function(scalar("raise ValueError(u'\\ud800 \\x00 \\u4e2d')"))
    with pool.session(make_job(python), function) as session, pytest.raises(FunctionError) as caught:
        session.evaluate(ONE)
    assert "ud800" in caught.value.message
    assert caught.value.message.encode()
    assert caught.value.traceback.encode()


def test_bytes_that_are_no_text_are_an_error_on_python_2(pool: Pool, make_job, make_function) -> None:
    function = make_function(scalar("return 'fine' if n == 1 else '\\xff'", "string"))
    batch = pa.record_batch([pa.array([1, 2])], names=["n"])
    with pool.session(make_job((2, 7)), function) as session, pytest.raises(FunctionError) as caught:
        session.evaluate(batch)
    assert caught.value.message == r"TypeError: return value '\xff' is no valid text: it is not UTF-8"
    assert caught.value.row == {"n": 2}


@pytest.mark.parametrize("python", PYTHONS)
def test_os_exit_is_a_worker_that_died(pool: Pool, make_job, make_function, python) -> None:
    with pool.session(make_job(python), make_function(scalar("print('bye')\nos._exit(7)"))) as session:
        with pytest.raises(WorkerDied, match="exit code 7") as caught:
            session.evaluate(ONE)
        assert caught.value.exit_code == 7
        assert session.log == "bye\n"
        with pytest.raises(SessionClosed):
            session.evaluate(ONE)


@pytest.mark.parametrize("python", PYTHONS)
def test_sys_exit_is_the_functions_failure(pool: Pool, make_job, make_function, python) -> None:
    with (
        pool.session(make_job(python), make_function(scalar("sys.exit(3)"))) as session,
        pytest.raises(FunctionError, match="SystemExit"),
    ):
        session.evaluate(ONE)


@pytest.mark.parametrize("python", PYTHONS)
def test_crash_names_the_signal(pool: Pool, make_job, make_function, python) -> None:
    function = make_function(scalar("import ctypes\nreturn ctypes.string_at(0)"))
    with pool.session(make_job(python), function) as session, pytest.raises(WorkerDied, match="SIGSEGV"):
        session.evaluate(ONE)


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "body", ["while True: pass", "import threading\nthreading.Event().wait()", "sum(iter(int, 1))"]
)
def test_endless_loop_is_stopped_at_the_jobs_timeout(pool: Pool, make_job, make_function, python, body) -> None:
    # A busy machine may need all of the time to load the function: that ends alike.
    with (
        pytest.raises(WorkerTimeout, match="within 2 seconds"),
        pool.session(make_job(python, timeout=2.0), make_function(scalar(body))) as session,
    ):
        session.evaluate(ONE)


def test_endless_loop_while_loading_is_stopped(pool: Pool, make_job, make_function) -> None:
    with pytest.raises(WorkerTimeout):
        pool.session(make_job(timeout=1.0), make_function(scalar("return n", before="while True: pass")))


@pytest.mark.parametrize("python", PYTHONS)
def test_memory_beyond_the_jobs_limit_is_refused(pool: Pool, make_job, make_function, python) -> None:
    function = make_function(scalar("grown = []\nwhile True: grown.append(bytearray(1 << 24))"))
    with (
        pool.session(make_job(python, memory=64), function) as session,
        pytest.raises(MemoryExceeded, match="64 MiB") as caught,
    ):
        session.evaluate(ONE)
    assert "in evaluate" in caught.value.traceback


def test_deep_recursion_is_a_recursion_error(pool: Pool, make_job, make_function) -> None:
    function = make_function(scalar("return self.evaluate(n)"))
    with pool.session(make_job(), function) as session, pytest.raises(FunctionError, match="RecursionError"):
        session.evaluate(ONE)


def test_stop_iteration_does_not_shorten_a_batch(pool: Pool, make_job, make_function) -> None:
    function = make_function(scalar("if n == 2:\n    raise StopIteration\nreturn n"))
    batch = pa.record_batch([pa.array([1, 2, 3])], names=["n"])
    with pool.session(make_job(), function) as session, pytest.raises(FunctionError, match="StopIteration") as caught:
        session.evaluate(batch)
    assert caught.value.row == {"n": 2}


@pytest.mark.parametrize("python", PYTHONS)
def test_output_is_kept_up_to_20_kb(pool: Pool, make_job, make_function, python) -> None:
    function = make_function(scalar("sys.stdout.write('a' * 15000)\nsys.stderr.write('b' * 15000)\nreturn n"))
    with pool.session(make_job(python), function) as session:
        assert session.evaluate(ONE).to_pylist() == [1]
    assert session.log == "a" * 15000 + "b" * (20 * 1024 - 15000)


def test_aggregate_failure_names_the_row_and_limits_the_buffer(pool: Pool, make_job, make_function) -> None:
    template = (
        "from odps.udf import annotate, BaseUDAF\n@annotate('bigint->bigint')\nclass Udf(BaseUDAF):\n"
        "    def new_buffer(self):\n        return []\n"
        "    def iterate(self, buffer, n):\n        {iterate}\n"
        "    def merge(self, buffer, other):\n        {merge}\n"
        "    def terminate(self, buffer):\n        return len(buffer)\n"
    )
    rows = pa.struct([("a0", pa.int64())])
    groups = pa.array([[{"a0": 1}], [{"a0": 2}, {"a0": 0}, {"a0": 4}]], type=pa.list_(rows))
    cases = [
        ("buffer.append(1 // n)", "buffer.extend(other)", "row", "ZeroDivisionError", {"a0": 0}),
        ("buffer.append('x' * (3 << 20))", "pass", "output", "the limit is 2 MB", None),
        ("buffer.append(object())", "pass", "output", "cannot be passed on", None),
        ("buffer.append(n)", "buffer.extend(other[9])", "row", "IndexError", None),
    ]
    for iterate, merge, kind, message, row in cases:
        function = make_function(template.format(iterate=iterate, merge=merge))
        with pool.session(make_job(), function) as session, pytest.raises(FunctionError, match=message) as caught:
            session.aggregate(groups)
        assert (caught.value.kind, caught.value.row) == (kind, row)


def test_a_table_function_without_process_is_told(pool: Pool, make_job, make_function) -> None:
    function = make_function(
        "from odps.udf import annotate, BaseUDTF\n@annotate('bigint->bigint')\nclass Udf(BaseUDTF):\n    pass\n"
    )
    batch = pa.record_batch([pa.array([5])], names=["n"])
    missing = "has no attribute 'process'"
    with pool.session(make_job(), function) as session, pytest.raises(FunctionError, match=missing):
        list(session.process([batch]))


def test_table_function_failures_name_the_input_row(pool: Pool, make_job, make_function) -> None:
    template = (
        "from odps.udf import annotate, BaseUDTF\n@annotate('bigint->bigint')\nclass Udf(BaseUDTF):\n"
        "    def process(self, n):\n        self.forward(n)\n        {body}\n"
        "    def close(self):\n        {close}\n"
    )
    batch = pa.record_batch([pa.array([5, 0, 7])], names=["n"])
    cases = [
        ("1 // n", "pass", "row", "ZeroDivisionError", {"n": 0}),
        ("if n == 0: self.forward('x')", "pass", "output", "expected <class 'int'>", {"n": 0}),
        ("if n == 0: self.forward(1, 2)", "pass", "output", "Function output size should be 1", {"n": 0}),
        ("pass", "raise ValueError('at the end')", "row", "at the end", None),
    ]
    for body, close, kind, message, row in cases:
        function = make_function(template.format(body=body, close=close))
        with pool.session(make_job(), function) as session, pytest.raises(FunctionError, match=message) as caught:
            list(session.process([batch]))
        assert (caught.value.kind, caught.value.row) == (kind, row)
