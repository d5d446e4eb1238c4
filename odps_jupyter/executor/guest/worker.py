# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""One isolated process that runs one function: set up, load, answer batches until the channel closes."""

from __future__ import absolute_import, division

import gc
import importlib
import os
import resource
import sys
import time
import traceback
import types
from sys import exc_info

from . import absent, allowed, columns, legacy, origin, output, package, results, runners, sandbox, tables, wire
from .loader import Module

PY2 = sys.version_info[0] == 2
LARGEST_TRACEBACK = 64 * 1024
LARGEST_FILE = 4 << 30
# What the interpreter and NumPy's own start-up take besides the memory the job may use.
HEADROOM = 192 << 20
HERE = os.path.dirname(os.path.abspath(__file__))


def main(descriptor, preludes, stdlib, rules):
    """Serve one function; returns when the parent closes the channel."""
    channel = wire.Channel(descriptor)
    try:
        _kind, setup, source = channel.receive()
        Worker(channel, setup, bytes(source), preludes, stdlib, rules).serve()
    except wire.EndOfStream:
        return


class Worker(object):
    """The state of the process: the loaded function and how to run it."""

    def __init__(self, channel, setup, source, preludes, stdlib, rules):
        self._channel = channel
        self._setup = setup
        self._source = source
        self._preludes = preludes
        self._stdlib = stdlib
        self._rules = rules
        self._module = None
        self._handler = None
        self._runner = None
        self._budget = output.Budget()
        deepest = max([columns.depth(kind) for kind in setup["returns"]] or [0])
        self._forwarded = package.Forwarded(deepest + 1 if deepest else 0)

    def serve(self):
        """Load the function, then answer frames."""
        self._isolate()
        self._guarded(self._load)
        self._flush()
        while True:
            kind, head, body = self._channel.receive()
            answer = {
                b"B": self._batch,
                b"G": self._groups,
                b"P": self._piece,
                b"M": self._fed,
                b"F": self._finals,
                b"C": self._close,
            }[kind]
            self._guarded(answer, head, body)
            self._flush()

    def _flush(self):
        for stream in (sys.stdout, sys.stderr):
            try:
                stream.flush()
            except BaseException:  # noqa: BLE001
                # The function has closed or replaced the stream: its output is its own affair.
                continue

    def _guarded(self, action, *args):
        try:
            action(*args)
        except runners.RowFailure as failure:
            self._report("row", failure.caught, failure.index)
        except runners.BadOutput as failure:
            self._reject(str(failure), failure.index)
        except results.OutputError as failure:
            self._reject("TypeError: %s" % failure, failure.index)
        except wire.EndOfStream:
            raise
        except BaseException:  # noqa: BLE001  the user's module may raise anything, SystemExit included
            self._report("load" if action == self._load else "row", exc_info(), None)

    def _isolate(self):
        setup = self._setup
        if self._rules is not None:
            self._rules.allow(setup["readable"], [setup["directory"]], setup["bytecode"])
        os.chdir(setup["directory"])
        os.environ.clear()
        os.environ.update((str(name), str(value)) for name, value in setup["environment"].items())
        time.tzset()
        null = os.open(os.devnull, os.O_RDONLY)
        log = os.open(setup["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.dup2(null, 0)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.close(null)
        os.close(log)
        sys.stdout = sys.__stdout__ = output.stream(1, self._budget)  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = output.stream(2, self._budget)  # type: ignore[misc]
        sys.argv = [""]
        sys.path[:] = self._stdlib + [str(entry) for entry in setup["paths"]]
        work = os.path.join(setup["directory"], "work")
        package.install(work, setup["tables"], self._forwarded)
        if not legacy.asks_old_hooks():
            sys.meta_path.append(legacy.LegacyFinder())
        if setup["absent"]:
            sys.meta_path.append(absent.AbsentFinder(setup["absent"]))
        # The function must not meet this process's own modules under the names it uses itself.
        sys.modules["__main__"] = types.ModuleType("__main__")
        for name in [name for name in sys.modules if name == "guest" or name.startswith("guest.")]:
            KEPT.append(sys.modules.pop(name))
        limit = (setup["memory"] << 20) + HEADROOM
        for kind, value in (
            (resource.RLIMIT_DATA, limit),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, LARGEST_FILE),
        ):
            resource.setrlimit(kind, (value, value))
        sys.dont_write_bytecode = PY2
        rules = self._rules
        if rules is None:
            rules = allowed.Rules(self._stdlib)
            rules.allow(setup["readable"], [setup["directory"]], setup["bytecode"])
            sandbox.install(rules)
        rules.sealed = True
        sys.path_importer_cache.clear()

    def _load(self):
        setup = self._setup
        prelude = self._preludes.get(setup["prelude"])
        self._module = Module(str(setup["module"]), str(setup["filename"]), self._source)
        self._module.execute(prelude, setup["offset"])
        handler = self._handler = self._module.make(str(setup["class"]))
        generic = self._module.get("np_generic") if setup["generated"] else None
        kind = setup["kind"]
        if not runners.direct_way(handler, kind, generic):
            generic = None
        returns = setup["returns"]
        self._decimals = runners.texts_of_decimals(handler, generic)
        if kind == "scalar":
            self._runner = runners.Scalar(handler, returns, generic, self._budget)
        elif kind == "table":
            self._runner = tables.Table(handler, returns, generic, self._budget, self._forwarded, self._send)
        else:
            self._runner = runners.Aggregate(handler, returns, generic, self._budget)
        self._channel.send(b"R", {"direct": generic is not None, "preloaded": self._preloaded_is_right()})

    def _preloaded_is_right(self):
        """Whether modules that came preloaded are the ones that this function's own sys.path would have given it."""
        for name in self._setup["preloaded"]:
            found = importlib.machinery.PathFinder.find_spec(name)
            if found is None or found.origin != sys.modules[name].__file__:
                return False
        return True

    def _batch(self, head, body):
        values = self._exact(columns.read_columns(head, body))
        if self._setup["kind"] == "table":
            self._runner.run(values, head["rows"], head["beside"])
            self._channel.send(b"D", {})
        else:
            self._send([self._runner.run(values, head["rows"])], head["rows"])

    def _groups(self, head, body):
        reader = columns.Reader(body)
        counts = reader.numbers(columns.LONG, head["counts"])
        values = [
            columns.decode(kind, column, head["rows"], reader) for kind, column in zip(head["types"], head["columns"])
        ]
        self._send([self._runner.run(self._exact(values), counts, head["partial"])], len(counts))

    def _piece(self, head, body):
        self._runner.feed(self._exact(columns.read_columns(head, body)), head["rows"], head["begins"], head["ends"])
        self._channel.send(b"D", {})

    def _fed(self, head, body):
        self._send([self._runner.fed(head["partial"])], 1)

    def _finals(self, head, body):
        [groups] = columns.read_columns(head, body)
        self._send([self._runner.finals(groups)], head["rows"])

    def _exact(self, values):
        for position in self._decimals:
            values[position] = runners.as_decimals(values[position])
        return values

    def _close(self, head, body):
        self._runner.close()
        self._channel.send(b"D", {})

    def _send(self, encoded, rows):
        layouts = [layout for layout, _ in encoded]
        chunks = [chunk for _, more in encoded for chunk in more]
        self._channel.send(b"V", {"rows": rows, "columns": layouts, "width": len(layouts)}, chunks)

    def _reject(self, message, index):
        self._module.show_in_tracebacks()
        text = origin.traceback_of(self._handler, self._setup["kind"], message)
        self._channel.send(b"E", {"kind": "output", "message": message, "traceback": text, "index": index})

    def _report(self, kind, caught, index):
        exception, value, trace = caught
        if issubclass(exception, MemoryError):
            kind = "memory"
            gc.collect()
        if self._module is not None:
            self._module.show_in_tracebacks()
        while trace is not None and trace.tb_frame.f_code.co_filename.startswith(HERE):
            trace = trace.tb_next
        try:
            text, message = _described(exception, value, trace)
        except BaseException:  # noqa: BLE001  the exception's own methods may fail in any way, out of memory included
            gc.collect()
            message = _said(exception, value)
            text = "Traceback (most recent call last):\n%s%s\n" % (_places(trace), message)
        if len(text) > LARGEST_TRACEBACK:
            text = text[: LARGEST_TRACEBACK // 2] + "\n...\n" + text[-LARGEST_TRACEBACK // 2 :]
        head = {"kind": kind, "message": message[-4096:], "traceback": text, "index": index}
        self._channel.send(b"E", head)


#: Entries of a traceback that are looked at: a function may have lifted the limit of recursion.
DEEPEST = 5000
# Python 2 empties the globals of a module that nobody holds any more.
KEPT = []  # type: ignore[var-annotated]


def _described(exception, value, trace):
    """The traceback, and what it ends with: a SyntaxError's place, which stands indented before that, left out."""
    text = "".join([_text(line) for line in traceback.format_exception(exception, value, trace, DEEPEST)])
    lines = [_text(line) for line in traceback.format_exception_only(exception, value)]
    return text, "".join([line for line in lines if not line.startswith(" ")]).strip()


def _said(exception, value):
    try:
        return "%s: %.1000s" % (exception.__name__, value)
    except BaseException:  # noqa: BLE001
        return "%s: <its text cannot be shown>" % exception.__name__


def _places(trace):
    """The entries of a traceback; none where the function has replaced what shows them."""
    try:
        return "".join([_text(line) for line in traceback.format_tb(trace, DEEPEST)])
    except BaseException:  # noqa: BLE001
        return ""


def _text(line):
    return line.decode("utf-8", "replace") if PY2 and isinstance(line, bytes) else line
