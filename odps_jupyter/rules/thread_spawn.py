"""A thread is started on the executor.

The executor's sandbox forbids it on Python 2; for Python 3 the vendor documents nothing. Rows are computed in many
workers at once anyway.

Example::

    def run(v):
        from concurrent.futures import ThreadPoolExecutor
        return sum(ThreadPoolExecutor(4).map(abs, [v]))

Fix: compute in the function itself, one after another: ``[abs(v) for v in values]`` for ``pool.map(abs, values)``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .calls import library_calls, under
from .model import EXECUTOR, Diagnostic, Severity
from .subject import Subject

CODE, KIND = "ODP112", "thread-spawn"
THREADS = (
    "threading.Thread", "threading.Timer", "_thread.start_new_thread", "thread.start_new_thread",
    "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.thread.ThreadPoolExecutor",
    "multiprocessing.pool.ThreadPool", "multiprocessing.dummy.Pool", "asyncio.to_thread",
)  # fmt: skip


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for path, call in library_calls(code):
            if under(path, THREADS):
                python = subject.setting.profile.python
                fails = EXECUTOR if python[0] == 2 else frozenset[str]()
                message = f"{path} starts a thread; " + (
                    "the executor's sandbox forbids it." if fails else "whether the executor lets it is undocumented."
                )
                message += " Compute in the function itself: its rows are computed on many workers anyway."
                severity: Severity = "error" if fails else "warning"
                yield Diagnostic(CODE, KIND, severity, code.span(call), message, (code.journey.name,), fails)
