"""A captured value cannot be pickled.

Locks, connections, generators, files open for writing, pools and wrappers written in C have no pickle: the run ends
here, before anything is sent, with ``TypeError: cannot pickle '_thread.lock' object``. The pickler PyODPS 0.13.2 brings
along cannot take a dataclass of the notebook either; a text file open for reading it takes along with what is in it.
Of an enumeration, a ``TypedDict`` or a class with ``__slots__`` it leaves out what the executor needs to load it again.
What the annotations of a function name travels with it, and so do a class's type variables and cached properties.

Example::

    lock = threading.Lock()
    orders.qty.map(lambda q: locked(lock, q))

Fix: make it in the body of the function, or capture what it was made from. Write a plain class for a dataclass, and
capture the value of an enumeration's member. Quote an annotation.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from odps_jupyter.analysis.evidence import Span
from odps_jupyter.analysis.nodes import walk
from odps_jupyter.analysis.values import Binding, Class, Instance, Literals, Opaque, Wrapped

from .annotations import held_by_text
from .carried import carried, carried_bare
from .facts import cell_facts, dotted
from .file_access import open_mode
from .model import EXECUTOR, Diagnostic
from .subject import ShippedCode, Subject, span_of_call
from .unhashable_callable import unhashable
from .unloadable import DATACLASS, LEFT_OUT, of_value

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
        "struct.Struct", "types.MappingProxyType", "weakref.WeakValueDictionary", "weakref.WeakKeyDictionary",
        "weakref.WeakSet", "json.JSONDecoder", "sched.scheduler", "http.cookiejar.CookieJar", "zipfile.ZipFile",
        "tarfile.open", "logging.StreamHandler", "logging.FileHandler", "concurrent.futures.Future", "typing.TypeVar",
        "multiprocessing.pool.ThreadPool", "multiprocessing.pool.Pool", "asyncio.new_event_loop",
    }
)  # fmt: skip
#: functools's caches are C objects that cloudpickle 2 takes apart and cannot put together for ``__main__``; what
#: dispatches by type holds weak references. Other decorators leave locks, and proxies without a pickle.
CACHES = frozenset(
    {
        "functools.lru_cache", "functools.cache", "functools.singledispatch", "functools.singledispatchmethod",
        "ratelimit.limits", "ratelimit.rate_limited", "deprecated.deprecated", "stamina.retry",
    }
)  # fmt: skip
#: PyODPS's pickler takes along what is in a text file open for reading, and refuses every other file.
_OPENERS = frozenset({"builtins.open", "io.open"})
_VIEWS = frozenset({"keys", "values", "items"})
#: Values that :func:`_held` may say something of.
_KINDS = frozenset({Opaque, Class, Instance, Wrapped})


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for span, name, what in carried(code, _held, _KINDS):
            if what in _OPENERS and (name is None or _reads_text(code, name)):
                continue
            hashed = isinstance(code.journey.target, Instance) and name is None
            if what == DATACLASS and hashed and unhashable(subject, code.journey):
                continue  # it ends at the hash, before anything is pickled
            if name is None or name != code.body.name:  # a function that calls itself is told of where it is used
                yield _diagnostic(span, code.journey.name, what, name)
        for name in code.body.names:
            view = _view(code, name)
            used = code.reads(name) if view is not None else None
            if view is not None and used is not None:
                yield _diagnostic(code.span(used), code.journey.name, view, name)
        for held in held_by_text(code, subject.setting.client):
            message = f"{held.what}, which has no pickle that the executor can load. {held.how}"
            yield Diagnostic(CODE, KIND, "error", held.span, message, (code.journey.name,), EXECUTOR, held.fix)
    for journey, what in carried_bare(subject, _held):
        # An object that cannot be hashed ends before anything is pickled; what is in a file nobody looks up here.
        if what not in _OPENERS and not (isinstance(journey.target, Instance) and unhashable(subject, journey)):
            yield _diagnostic(span_of_call(journey), journey.name, what)


def _diagnostic(span: Span, function: str, what: str, name: str | None = None) -> Diagnostic:
    subject = f"{name} holds" if name is not None else f"{function} takes along"
    if what in LEFT_OUT:
        message = (
            f"{subject} {what}, which PyODPS does not pickle whole: the executor cannot load it. Capture plain values, "
            "or write a plain class."
        )
        return Diagnostic(CODE, KIND, "error", span, message, (function,), EXECUTOR)
    message = (
        f"{subject} {what.removeprefix('builtins.')}, which has no pickle: nothing can be sent. Make it in the body of "
        "the function, or capture what it is made from."
    )
    return Diagnostic(CODE, KIND, "error", span, message, (function,), EXECUTOR)


def _held(value: Binding) -> str | None:
    """What ``value`` is, where that has no pickle."""
    if isinstance(value, Opaque):
        return value.origin if value.exact and value.origin in UNPICKLABLE else None
    if isinstance(value, (Class, Instance)):
        of = value.of if isinstance(value, Instance) else value
        return of_value(of)
    return value.by if isinstance(value, Wrapped) and value.by in CACHES else None


def _view(code: ShippedCode, name: str) -> str | None:
    """What has no pickle in the last value of a global name: a generator, a view of a dict, an item of a container."""
    held = code.outside(name)
    if not isinstance(held, (Opaque, type(None))) or (isinstance(held, Literals) and held.keys is not None):
        return None
    last = _last(code, name)
    if isinstance(last, ast.Call) and isinstance(last.func, ast.Name) and _yields(code, last.func.id):
        return "a generator"
    if isinstance(last, ast.Call) and isinstance(last.func, ast.Attribute) and last.func.attr in _VIEWS:
        owner = last.func.value
        viewed = _last(code, owner.id) if isinstance(owner, ast.Name) else owner
        return f"a dict's {last.func.attr}()" if isinstance(viewed, (ast.Dict, ast.DictComp)) else None
    if isinstance(last, ast.GeneratorExp):
        return "a generator"
    return next((path for item in _items(last) if (path := _made(code, name, item)) is not None), None)


def _items(node: ast.expr | None) -> Sequence[ast.expr | None]:
    """What a list, tuple, set or dict is written with."""
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        return node.elts
    if isinstance(node, (ast.ListComp, ast.SetComp)):
        return [node.elt]
    return node.values if isinstance(node, ast.Dict) else [node.value] if isinstance(node, ast.DictComp) else ()


def _made(code: ShippedCode, name: str, item: ast.expr | None) -> str | None:
    """The library function that makes an item of the container ``name``, where that has no pickle."""
    if not isinstance(item, ast.Call):
        return None
    first, _, rest = dotted(item.func).partition(".")
    module = code.evidence.imported(first, code.evidence.writers[name][-1])
    path = f"{module}.{rest}" if rest else module
    return path if path in UNPICKLABLE else None


def _last(code: ShippedCode, name: str) -> ast.expr | None:
    """What the last assignment outside functions and blocks gives a global name; None where that is not one."""
    cells = code.evidence.writers.get(name, ())
    facts = cell_facts(code.evidence, cells[-1]) if cells else None
    assigned = facts.assigned(name) if facts is not None else ()
    if facts is None or not assigned or facts.storing(name)[-1] is not assigned[-1]:
        return None
    return assigned[-1].value


def _reads_text(code: ShippedCode, name: str) -> bool:
    """Whether ``name`` is given a text file open for reading, and nothing closes it; true where nobody can tell."""
    last = _last(code, name)
    if last is None:
        # ``with`` closes what it opens, unless the run is inside.
        return not any(_closed(code, cell, name) for cell in code.evidence.writers.get(name, ()))
    return isinstance(last, ast.Call) and not set(open_mode(last) or "r") & set("wax+b")


def _closed(code: ShippedCode, cell: int, name: str) -> bool:
    """Whether a ``with`` of a cell binds ``name``, and the function is not shipped within it."""
    execution = code.journey.execution
    for node in walk(code.evidence.tree(cell)):
        if isinstance(node, ast.With) and any(
            isinstance(item.optional_vars, ast.Name) and item.optional_vars.id == name for item in node.items
        ):
            return execution is None or not (
                execution.cell == cell and node.lineno <= execution.line <= (node.end_lineno or node.lineno)
            )
    return False


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
