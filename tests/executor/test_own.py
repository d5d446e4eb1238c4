"""A function that replaces what its process works with: it runs all the same, or fails soon and says so."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from odps_jupyter.executor.errors import ChannelBroken, ExecutorError, FunctionError, WorkerDied
from odps_jupyter.executor.pool import Pool

from .functions import ONE, PYTHONS, scalar

BUILTINS = "builtins = __import__('__builtin__' if sys.version_info[0] == 2 else 'builtins')\n"
REPLACED = ["isinstance", "len", "type", "print", "open", "getattr", "map", "zip", "range", "list", "sum", "bytes"]
REPLACED += ["bytearray", "memoryview", "min", "int", "str", "next", "issubclass", "hasattr", "BaseException", "object"]


def _outcome(pool: Pool, job: Any, function: Any) -> Any:
    """What comes of two batches: their values, or how it failed."""
    try:
        with pool.session(job, function) as session:
            return [session.evaluate(ONE).to_pylist(), session.evaluate(ONE).to_pylist()]
    except ExecutorError as error:
        return error


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("value", ["None", "lambda *a, **k: True", "lambda *a, **k: open('/etc/passwd')"])
def test_built_in_names_are_the_functions_own_affair(pool: Pool, make_job, make_function, python, value) -> None:
    job = make_job(python)
    for name in REPLACED:
        found = _outcome(pool, job, make_function(scalar(f"{BUILTINS}setattr(builtins, {name!r}, {value})\nreturn n")))
        if python == (2, 7):
            # Modules with other built-in names may not do there what they need: the process says that it broke down.
            assert found == [[1], [1]] or isinstance(found, FunctionError | WorkerDied), (name, found)
        else:
            assert found == [[1], [1]], (name, found)


def test_a_replaced_name_is_replaced_for_the_function(pool: Pool, make_job, make_function) -> None:
    source = scalar(
        "return len('') + textwrap.len('')", before=f"import textwrap\n{BUILTINS}builtins.len = lambda x: 7"
    )
    source = source.replace("textwrap.len('')", "eval('len(str())', vars(textwrap))")
    assert _outcome(pool, make_job(), make_function(source)) == [[14], [14]]


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize(
    "body",
    [
        "os.write = json.dumps = json.loads = time.time = sys.exc_info = gc.collect = None",
        "os._exit = lambda code: None\nsys.excepthook = None",
        "sys.stdout = sys.stderr = type('Odd', (object,), {'flush': lambda self: 1 // 0})()",
        "traceback.format_exception = traceback.format_tb = linecache.cache = None",
        "marshal.dumps = marshal.loads = struct.Struct = struct.pack = decimal.Decimal = os.path = None",
    ],
)
def test_modules_are_the_functions_own_affair(pool: Pool, make_job, make_function, python, body) -> None:
    before = "import decimal, gc, json, linecache, marshal, struct, time, traceback"
    job = make_job(python)
    assert _outcome(pool, job, make_function(scalar(f"{body}\nreturn n", before=before))) == [[1], [1]]
    failed = _outcome(pool, job, make_function(scalar(f"{body}\nraise ValueError('mine')", before=before)))
    assert isinstance(failed, FunctionError)
    assert failed.message == "ValueError: mine"


def test_columns_that_are_not_what_their_frame_says_are_told(pool: Pool, make_job, make_function) -> None:
    source = scalar(f"{BUILTINS}builtins.sum = lambda *a: 1\nreturn n")
    two = pa.record_batch([pa.array([1, 2])], names=["n"])
    wanted = pytest.raises(ChannelBroken, match="wrote into the channel")
    with pool.session(make_job((2, 7)), make_function(source)) as session, wanted:
        session.evaluate(two)
