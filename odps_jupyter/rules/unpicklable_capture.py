"""A captured value cannot be pickled.

Locks, connections, generators, open files, pools and wrappers written in C have no pickle: the run ends here, before
anything is sent, with ``TypeError: cannot pickle '_thread.lock' object``.

Example::

    lock = threading.Lock()
    orders.qty.map(lambda q: locked(lock, q))

Fix: make it in the body of the function, or capture what it was made from.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.values import Binding, Opaque, Wrapped

from .carried import carried
from .model import EXECUTOR, Diagnostic
from .subject import ShippedCode, Subject

CODE, KIND = "ODP115", "unpicklable-capture"
UNPICKLABLE = frozenset(
    {
        "threading.Lock", "threading.RLock", "threading.Condition", "threading.Semaphore", "threading.Event",
        "threading.BoundedSemaphore", "threading.Barrier", "threading.Thread", "threading.local",
        "_thread.allocate_lock", "queue.Queue", "queue.LifoQueue", "queue.PriorityQueue", "queue.SimpleQueue",
        "builtins.open", "io.open", "io.TextIOWrapper", "io.BufferedReader", "gzip.open", "bz2.open", "codecs.open",
        "socket.socket", "socket.create_connection", "ssl.create_default_context", "sqlite3.connect",
        "subprocess.Popen", "multiprocessing.Lock", "multiprocessing.Queue", "multiprocessing.Pool",
        "concurrent.futures.ThreadPoolExecutor", "concurrent.futures.ProcessPoolExecutor", "mmap.mmap",
        "pymysql.connect", "psycopg2.connect", "redis.Redis", "http.client.HTTPConnection",
        "http.client.HTTPSConnection", "selectors.DefaultSelector", "weakref.ref", "os.scandir", "os.popen",
        "hashlib.md5", "hashlib.sha1", "hashlib.sha256", "hashlib.new", "zlib.compressobj", "zlib.decompressobj",
        "csv.reader", "csv.writer", "contextvars.ContextVar", "tempfile.TemporaryFile", "tempfile.NamedTemporaryFile",
        "multiprocessing.pool.ThreadPool", "multiprocessing.pool.Pool", "asyncio.new_event_loop",
    }
)  # fmt: skip
#: functools's caches are C objects that cloudpickle 2 takes apart and cannot put together for ``__main__``.
CACHES = frozenset({"functools.lru_cache", "functools.cache"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for span, name, what in carried(code, _held):
            yield _diagnostic(span, code.journey.name, what, name)
        for name in code.body.names:
            generator = _generator(code, name)
            used = code.reads(name) if generator is not None else None
            if generator is not None and used is not None:
                yield _diagnostic(code.span(used), code.journey.name, generator, name)


def _diagnostic(span: Span, function: str, what: str, name: str | None = None) -> Diagnostic:
    subject = f"{name} holds" if name is not None else f"{function} takes along"
    message = (
        f"{subject} {what.removeprefix('builtins.')}, which has no pickle: nothing can be sent. Make it in the body of "
        "the function, or capture what it is made from."
    )
    return Diagnostic(CODE, KIND, "error", span, message, (function,), EXECUTOR)


def _held(value: Binding) -> str | None:
    """What ``value`` is, where that has no pickle."""
    if isinstance(value, Opaque):
        return value.origin if value.exact and value.origin in UNPICKLABLE else None
    return value.by if isinstance(value, Wrapped) and value.by in CACHES else None


def _generator(code: ShippedCode, name: str) -> str | None:
    """A global name whose last value is a generator."""
    if not isinstance(code.outside(name), (Opaque, type(None))):
        return None
    cells = code.evidence.writers.get(name, ())
    if not cells:
        return None
    last = None
    for statement in code.evidence.tree(cells[-1]).body:
        if isinstance(statement, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == name for target in statement.targets
        ):
            last = statement.value
    if isinstance(last, ast.Call) and isinstance(last.func, ast.Name) and _yields(code, last.func.id):
        return "a generator"
    return "a generator" if isinstance(last, ast.GeneratorExp) else None


def _yields(code: ShippedCode, name: str) -> bool:
    """Whether ``name`` is a generator function of the notebook."""
    cells = code.evidence.writers.get(name, ())
    return any(
        isinstance(statement, ast.FunctionDef) and statement.name == name and _own_yield(statement)
        for statement in (code.evidence.tree(cells[-1]).body if cells else ())
    )


def _own_yield(function: ast.FunctionDef) -> bool:
    stack: list[ast.AST] = list(function.body)
    while stack:
        node = stack.pop()
        if isinstance(node, (ast.Yield, ast.YieldFrom)):
            return True
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)):
            stack.extend(ast.iter_child_nodes(node))
    return False
