# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""A warm interpreter that forks workers; started as a script, spoken to by lines of JSON on stdin and stdout.

It imports what functions usually need of the standard library. It never imports NumPy by itself, because a function
may bring its own; where the parent knows which one the function will get, it says so on the command line, and that
one is imported under the executor's rules before anything is forked.
When its stdin ends, because its parent closed it or died, it kills every worker and ends.
"""

from __future__ import absolute_import, division

import errno
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
import time
from os import _exit as exit_now  # by a name of its own: a function may replace the one in ``os``

PRELUDES_KEPT = 16
PR_SET_PDEATHSIG = 1
# The exit code of a worker whose own code failed; executor/errors.py knows it.
BROKE_DOWN = 70
# What PyODPS's bundled header imports; a module that this Python lacks is no failure.
WARM = [
    "array",
    "base64",
    "bisect",
    "calendar",
    "collections",
    "copy",
    "ctypes",
    "datetime",
    "decimal",
    "dis",
    "functools",
    "glob",
    "hashlib",
    "importlib.abc",
    "importlib.machinery",
    "importlib.util",
    "inspect",
    "io",
    "itertools",
    "json",
    "locale",
    "logging",
    "math",
    "marshal",
    "opcode",
    "operator",
    "pickle",
    "platform",
    "random",
    "re",
    "shutil",
    "socket",
    "string",
    "struct",
    "subprocess",
    "tarfile",
    "tempfile",
    "threading",
    "traceback",
    "types",
    "unittest.mock",
    "uuid",
    "warnings",
    "weakref",
    "zipfile",
    "zlib",
    "bz2",
    "lzma",
    "_strptime",
    "faulthandler",
    "_compat_pickle",
]


def main():
    """Answer requests until stdin ends."""
    here = os.path.dirname(os.path.abspath(__file__))
    # A script's own folder heads sys.path on Python 2; -I keeps it out on 3.
    stdlib = [entry for entry in sys.path if entry and os.path.abspath(entry) != here]
    # At the end: nothing of ours may stand before a module of the standard library.
    sys.path[:] = stdlib + [os.path.dirname(here)]
    own = __import__("guest.own", fromlist=["import_module"])
    worker, allowed, sandbox = [own.import_module("guest." + name) for name in ("worker", "allowed", "sandbox")]
    sys.path[:] = stdlib
    for name in WARM:
        try:
            __import__(name)
        except ImportError:
            continue
    rules = None
    if len(sys.argv) > 1:
        preload = json.loads(sys.argv[1])
        sys.path[:] = [str(entry) for entry in preload["paths"]] + stdlib + [str(entry) for entry in preload["after"]]
        rules = allowed.Rules(stdlib)
        rules.allow(preload["readable"], [], preload["bytecode"])
        sandbox.install(rules)
        sys.dont_write_bytecode = False
        for name in preload["modules"]:
            __import__(str(name))
        sys.path[:] = stdlib
        rules.sealed = False
    requests = os.dup(0)
    replies = os.dup(1)
    null = os.open(os.devnull, os.O_RDWR)
    os.dup2(null, 0)
    os.dup2(null, 1)
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()
    Zygote(requests, replies, worker, stdlib, rules).serve()


class Zygote(object):
    """The loop, and the workers that are alive."""

    def __init__(self, requests, replies, worker, stdlib, rules):
        self._requests = requests
        self._replies = replies
        self._worker = worker
        self._stdlib = stdlib
        self._rules = rules
        self._alive = set()
        self._preludes = {}

    def serve(self):
        """Answer one line after the other; at the end of input kill what is alive."""
        pending = b""
        self._reply({"ready": os.getpid()})
        while True:
            data = _retry(os.read, self._requests, 65536)
            if not data:
                break
            pending += data
            while b"\n" in pending:
                line, pending = pending.split(b"\n", 1)
                request = json.loads(line.decode("utf-8"))
                self._reply(getattr(self, "_do_" + request["do"])(request))
        for pid in list(self._alive):
            self._end(pid, 0)
        os._exit(0)

    def _reply(self, answer):
        os.write(self._replies, json.dumps(answer).encode("utf-8") + b"\n")

    def _do_fork(self, request):
        if request["prelude"] and request["prelude"] not in self._preludes:
            self._compile(request["prelude"], request["prelude_path"], request["prelude_name"])
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._run_worker(request["socket"], parent)
        try:
            os.setpgid(pid, pid)
        except OSError as error:
            # The child has done it itself already, or is gone.
            if error.errno not in (errno.EACCES, errno.ESRCH, errno.EPERM):
                raise
        self._alive.add(pid)
        return {"pid": pid}

    def _do_end(self, request):
        return {"status": self._end(request["pid"], request["grace"])}

    def _compile(self, digest, path, name):
        if len(self._preludes) >= PRELUDES_KEPT:
            self._preludes.clear()
        with open(path, "rb") as stream:
            text = stream.read()
        try:
            self._preludes[digest] = compile(text, str(name), "exec", 0, True)
        except (SyntaxError, ValueError, TypeError, RuntimeError):
            # Not ours to report: the worker compiles the whole source and says what is wrong with it.
            self._preludes[digest] = None

    def _end(self, pid, grace):
        """Wait ``grace`` seconds for a worker to end by itself, kill its group, and return its wait status."""
        if pid not in self._alive:
            return None
        status = _ended(pid, grace)
        for target in (-pid, pid) if status is None else (-pid,):
            try:
                os.kill(target, signal.SIGKILL)
            except OSError as error:
                if error.errno not in (errno.ESRCH, errno.EPERM):
                    raise
        if status is None:
            status = _retry(os.waitpid, pid, 0)[1]
        self._alive.discard(pid)
        return status

    def _run_worker(self, path, parent):
        code = BROKE_DOWN
        try:
            os.setpgid(0, 0)
            _die_with(parent)
            os.close(self._requests)
            os.close(self._replies)
            channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            channel.connect(path)
            _reseed()
            self._worker.main(channel.fileno(), self._preludes, self._stdlib, self._rules)
            code = 0
        except BaseException:  # noqa: BLE001  nothing may unwind into the loop of the parent
            sys.excepthook(*sys.exc_info())
        finally:
            exit_now(code)


def _ended(pid, seconds):
    """The wait status of a child, waited for so long; None where it lives on.

    ``waitpid`` has no time limit, and 2.7 knows no pidfd: the signal that a child has ended writes to a pipe.
    """
    until = time.time() + seconds
    awake, woken = os.pipe()
    for end in (awake, woken):
        fcntl.fcntl(end, fcntl.F_SETFL, fcntl.fcntl(end, fcntl.F_GETFL) | os.O_NONBLOCK)
    wakes = signal.set_wakeup_fd(woken)
    # Without a handler of Python's nothing is written.
    handler = signal.signal(signal.SIGCHLD, lambda *_: None)
    try:
        while True:
            done, status = _retry(os.waitpid, pid, os.WNOHANG)
            if done:
                return status
            left = until - time.time()
            if left <= 0:
                return None
            try:
                if select.select([awake], [], [], left)[0]:
                    os.read(awake, 512)  # another child may have ended
            except (OSError, select.error) as error:
                if error.args[0] != errno.EINTR:
                    raise
    finally:
        signal.signal(signal.SIGCHLD, handler)
        signal.set_wakeup_fd(wakes)
        os.close(awake)
        os.close(woken)


def _die_with(parent):
    """On Linux the kernel kills the worker when the zygote dies, however it dies; elsewhere the closed channel does."""
    if sys.platform.startswith("linux") and "ctypes" in sys.modules:
        sys.modules["ctypes"].CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)


def _reseed():
    """Every worker draws its own random numbers, as separate processes do."""
    sys.modules["random"].seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()


def _retry(call, *args):
    while True:
        try:
            return call(*args)
        except OSError as error:
            if error.errno != errno.EINTR:
                raise


if __name__ == "__main__":
    main()
