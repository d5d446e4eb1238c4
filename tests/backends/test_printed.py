"""What functions print on the pandas backend."""

# ruff: noqa: T201 - printing is what is tested
from __future__ import annotations

import io
import logging
import re
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, redirect_stdout
from typing import Any

import pytest

from odps_jupyter.backends.printed import KEPT, bounded
from odps_jupyter.backends.sample import Sample
from odps_jupyter.workflow.session import Session
from tests.conftest import AMPLE

#: Characters of one row's print, so that the sample's 100 are 150 MB.
LONG = 1_500_000


@pytest.mark.parametrize("options", [{}, {"async_": True}, {"n_parallel": 2}], ids=["waited", "async", "parallel"])
def test_a_flood_is_cut_in_the_middle_and_counted(
    session: Session, iris: Any, capsys: pytest.CaptureFixture[str], options: dict[str, Any]
) -> None:
    def flood(x: float) -> float:
        print("begin" + "x" * LONG + "end")
        print("aside", file=sys.stderr)
        return x

    session.set_backend("pandas", Sample(100))
    before = sys.stdout, sys.stderr
    result = iris.sepal_length.map(flood).sum().execute(**options)
    assert (result.result() if "async_" in options else result) > 0
    out, err = capsys.readouterr()
    assert (sys.stdout, sys.stderr) == before
    assert out.startswith("beginxxx")
    assert out.endswith("xxxend\n")
    said = re.search(
        r"\[odps-jupyter: ([\d,]+) characters that the functions printed are left out here; .* 20 KB\.\]", out
    )
    assert said is not None
    left_out = int(said[1].replace(",", ""))
    assert left_out == 100 * (len("begin") + LONG + len("end\n") + len("aside\n")) - 2 * KEPT
    assert err == "aside\n"

    session.set_backend("pandas", Sample(3))
    iris.sepal_length.map(lambda x: print(x) or x).sum().execute()
    assert capsys.readouterr().out.count("\n") == 3


def test_executions_that_overlap_are_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    begun, over = threading.Event(), threading.Event()

    def other() -> None:
        with bounded(spawning=False):
            begun.set()
            assert over.wait(AMPLE)
            print("¤" * 3 * KEPT)

    ground = sys.stdout
    with bounded(spawning=False):
        thread = threading.Thread(target=other)
        thread.start()
        assert begun.wait(AMPLE)
        print("§" * 3 * KEPT)
    print("between")
    over.set()
    thread.join()
    assert sys.stdout is ground
    out = capsys.readouterr().out
    assert (out.count("§"), out.count("¤")) == (2 * KEPT - 1, 2 * KEPT - 1)
    assert out.index("between") > out.rindex("§")


def test_who_keeps_the_stream_prints_whole_afterwards(capsys: pytest.CaptureFixture[str]) -> None:
    """A ``logging.StreamHandler`` made in a mapped function keeps the stream; ``%%capture`` puts it back later."""
    ground = sys.stdout
    captured = io.StringIO()
    with ExitStack() as run, ExitStack() as cell:
        run.enter_context(bounded(spawning=False))
        handler = logging.StreamHandler(sys.stderr)
        cell.enter_context(redirect_stdout(captured))
        run.close()
        print("captured")
        cell.close()
        print("§" * 3 * KEPT)
        handler.emit(logging.makeLogRecord({"msg": "¤" * 3 * KEPT}))
    out, err = capsys.readouterr()
    assert (captured.getvalue(), out.count("§"), err.count("¤")) == ("captured\n", 3 * KEPT, 3 * KEPT)
    kept, sys.stdout = sys.stdout, ground
    assert kept is ground  # it takes itself out once it is used


@pytest.mark.parametrize("use", [lambda: print("x"), lambda: sys.stdout.flush(), lambda: sys.stdout.writelines(["x"])])
def test_what_is_put_back_after_its_execution_is_dropped(use: Callable[[], None]) -> None:
    ground = sys.stdout
    with ExitStack() as first, ExitStack() as second, ExitStack() as cell:
        first.enter_context(bounded(spawning=False))
        second.enter_context(bounded(spawning=False))
        cell.enter_context(redirect_stdout(io.StringIO()))
        first.close()
        second.close()
        cell.close()
        use()
    kept, sys.stdout = sys.stdout, ground
    assert kept is ground


def test_executions_that_begin_and_end_at_once_leave_the_streams_as_they_were() -> None:
    def executions() -> None:
        for _ in range(2000):
            with bounded(spawning=False):
                pass

    before, interval = (sys.stdout, sys.stderr), sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as pool:
            for done in [pool.submit(executions) for _ in range(4)]:
                done.result()
    finally:
        sys.setswitchinterval(interval)
        left, (sys.stdout, sys.stderr) = (sys.stdout, sys.stderr), before
    assert left == before


def test_a_thread_that_prints_while_an_execution_ends_prints_to_its_end() -> None:
    """CPython's ``print`` holds no reference of ``sys.stdout``: the process died of it."""
    begun, over, written = threading.Event(), threading.Event(), []

    class Slow(io.StringIO):
        def write(self, text: str) -> int:
            written.append(text)
            begun.set()
            assert over.wait(AMPLE)
            return len(text)

    thread = threading.Thread(target=print, args=["x"])
    with redirect_stdout(Slow()):
        with bounded(spawning=False):
            thread.start()
            assert begun.wait(AMPLE)
        over.set()
        thread.join()
    assert written == ["x", "\n"]
