# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""The executor's rules: no network, no processes, no files but its own.

They reproduce what the service refuses; they are no defence against code that means harm (``ctypes`` goes past them).
From 3.8 on the rules sit on audit events. Older Pythons have none, so the functions a program would call are wrapped.
"""

from __future__ import absolute_import, division

import errno
import io
import os
import socket
import sys

PY2 = sys.version_info[0] == 2
if PY2:
    from thread import get_ident  # type: ignore[import-not-found]
else:
    from _thread import get_ident
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
# What interpreters and libraries read of the system they run on, none of it the user's.
SYSTEM_FILES = (
    "/dev/null",
    "/dev/zero",
    "/dev/random",
    "/dev/urandom",
    "/etc/localtime",
    "/etc/timezone",
    "/usr/share/zoneinfo",
    "/usr/lib/zoneinfo",
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
)
PACKAGE_FOLDERS = frozenset(["site-packages", "dist-packages"])
NO_PROCESS = "the executor starts no processes"
NO_NETWORK = "the executor has no network"
NO_SIGNAL = "the executor sends no signals to other processes"
NO_THREAD = "the executor for Python 2 starts no threads"
NO_LOOP = "the executor's rules were asked for again while they were being looked up"
# A finalizer may run while the rules are looked at, and be asked itself; a function that has replaced what they are
# looked up with, and asks from there, would never end.
DEEPEST = 3


def refused(reason, subject=None):
    """The exception a refused operation raises; a subclass of OSError, so that library fallbacks keep working."""
    kind = IOError if PY2 else PermissionError
    text = reason if subject is None else "%s: %s" % (reason, subject)
    return kind(errno.EACCES, text)


class Rules(object):
    """What may be read, written and imported from.

    ``library`` are the directories of the standard library; while ``sealed`` is false, the
    process is the one that makes workers, which forks, signals and connects.
    """

    def __init__(self, library):
        self.sealed = True
        self._library = [os.path.abspath(entry) for entry in library]
        self._readable = []
        self._writable = []
        self._bytecode = []

    def allow(self, readable, writable, bytecode):
        """Add directories of a job; in those of ``bytecode`` only ``__pycache__`` may be written."""
        self._readable += _with_targets(readable + writable + bytecode)
        self._writable += _with_targets(writable)
        self._bytecode += _with_targets(bytecode)

    def check_read(self, path):
        """Raise unless ``path`` may be read."""
        path = _text(path)
        if path is not None and not self.may_read(path):
            raise refused("the executor does not allow reading files outside its work directory", path)

    def check_write(self, path):
        """Raise unless ``path`` may be written, made or removed."""
        path = _text(path)
        if path is None or path == os.devnull:
            return
        real = os.path.realpath(path)
        if _inside(real, self._writable):
            return
        if _inside(real, self._bytecode) and os.sep + "__pycache__" in real:
            return
        raise refused("the executor does not allow writing files outside its work directory", path)

    def may_read(self, path):
        """Whether a file or folder may be read or imported from."""
        absolute = os.path.abspath(path)
        if _inside(absolute, self._library) and not PACKAGE_FOLDERS.intersection(absolute.split(os.sep)):
            return True
        real = os.path.realpath(absolute)
        return _inside(real, self._readable) or _inside(absolute, SYSTEM_FILES) or _inside(real, SYSTEM_FILES)


class Asked(object):
    """Which threads are looking at the rules, and how deep inside of each other."""

    def __init__(self):
        self._depths = {}

    def check(self, check, *args):
        """Call ``check``, unless this thread is in it too deep."""
        thread = get_ident()
        depth = self._depths.get(thread, 0)
        if depth >= DEEPEST:
            raise refused(NO_LOOP)
        self._depths[thread] = depth + 1
        try:
            check(*args)
        finally:
            if depth:
                self._depths[thread] = depth
            else:
                self._depths.pop(thread, None)


class Nowhere(object):
    """Finds no module: stands for a folder that the executor does not have."""

    def find_spec(self, name, target=None):
        """The protocol of Python 3."""
        return

    def find_module(self, name, path=None):
        """The protocol of Python 2."""
        return

    def invalidate_caches(self):
        """Nothing is cached."""


def install(rules):
    """Put the rules in force for the rest of this process."""

    def hook(path):
        if rules.may_read(path or "."):
            raise ImportError("the next hook looks here")
        return Nowhere()

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
    if hasattr(sys, "addaudithook"):
        _audit(rules)
    else:
        _wrap(rules)


def _audit(rules):
    def on_open(args):
        path, _mode, flags = args
        if isinstance(path, int):
            return
        if flags and flags & WRITING:
            rules.check_write(path)
        else:
            rules.check_read(path)

    def on_write(args):
        rules.check_write(args[0])

    def on_two(args):
        rules.check_write(args[0])
        rules.check_write(args[1])

    def on_link(args):
        rules.check_read(args[0])
        rules.check_write(args[1])

    def on_read(args):
        rules.check_read(args[0] if args[0] is not None else ".")

    def on_kill(args):
        if rules.sealed and args[0] not in (0, os.getpid()):
            raise refused(NO_SIGNAL)

    def on_socket(args):
        # Local pairs of sockets are how asyncio wakes itself; they reach nobody.
        if args[1] not in (-1, socket.AF_UNIX):
            raise refused(NO_NETWORK)

    def on_network(args):
        if rules.sealed:
            raise refused(NO_NETWORK)

    def on_process(args):
        raise refused(NO_PROCESS)

    def on_fork(args):
        if rules.sealed:
            raise refused(NO_PROCESS)

    checks = {"open": on_open, "socket.__new__": on_socket, "os.fork": on_fork}
    checks.update(dict.fromkeys(["os.kill", "os.killpg"], on_kill))
    checks.update(dict.fromkeys(["os.listdir", "os.scandir", "os.chdir"], on_read))
    checks.update(dict.fromkeys(["os.rename"], on_two))
    checks.update(dict.fromkeys(["os.link", "os.symlink"], on_link))
    for name in [
        "remove",
        "rmdir",
        "mkdir",
        "truncate",
        "utime",
        "chmod",
        "chown",
        "chflags",
        "lchown",
        "setxattr",
        "removexattr",
        "mkfifo",
        "mknod",
    ]:
        checks["os." + name] = on_write
    for name in [
        "connect",
        "bind",
        "sendto",
        "sendmsg",
        "getaddrinfo",
        "gethostbyname",
        "gethostbyaddr",
        "getnameinfo",
    ]:
        checks["socket." + name] = on_network
    for name in [
        "os.system",
        "os.exec",
        "os.posix_spawn",
        "os.spawn",
        "os.forkpty",
        "subprocess.Popen",
        "pty.spawn",
    ]:
        checks[name] = on_process
    look = checks.get
    ask = Asked().check

    def audit(event, args):
        check = look(event)
        if check is not None:
            ask(check, args)

    sys.addaudithook(audit)


def _wrap(rules):
    builtins = __import__("__builtin__" if PY2 else "builtins")

    def on_open(args, kwargs):
        path = args[0] if args else kwargs.get("file", kwargs.get("name"))
        mode = args[1] if len(args) > 1 else kwargs.get("mode", "r")
        if isinstance(path, int):
            return
        if set("wax+").intersection(mode):
            rules.check_write(path)
        else:
            rules.check_read(path)

    def on_open_flags(args, kwargs):
        flags = args[1] if len(args) > 1 else kwargs.get("flags", 0)
        (rules.check_write if flags & WRITING else rules.check_read)(args[0] if args else kwargs.get("path"))

    def on_read(args, kwargs):
        path = args[0] if args else kwargs.get("path")
        rules.check_read("." if path is None else path)

    def on_write(args, kwargs):
        rules.check_write(args[0] if args else kwargs.get("path"))

    def on_two(args, kwargs):
        for path in args[:2]:
            rules.check_write(path)

    def on_process(args, kwargs):
        if rules.sealed:
            raise refused(NO_PROCESS)

    def on_network(args, kwargs):
        raise refused(NO_NETWORK)

    def on_socket(args, kwargs):
        if (args[0] if args else kwargs.get("family", socket.AF_INET)) not in (-1, socket.AF_UNIX):
            raise refused(NO_NETWORK)

    def on_kill(args, kwargs):
        if rules.sealed and args[0] not in (0, os.getpid()):
            raise refused(NO_SIGNAL)

    def on_thread(args, kwargs):
        raise refused(NO_THREAD)

    guarded = _Guarded(builtins.open, on_open)
    builtins.open = guarded
    io.open = guarded if not PY2 else _Guarded(io.open, on_open)
    sys.modules["_io"].open = io.open
    # linecache, and with it every traceback, reads with this module's own name for open.
    tokenize = sys.modules.get("tokenize")
    if hasattr(tokenize, "_builtin_open"):
        tokenize._builtin_open = guarded
    if PY2:
        builtins.file = _guarded_class(builtins.file, on_open)
    io.FileIO = sys.modules["_io"].FileIO = _guarded_class(io.FileIO, on_open)
    system = sys.modules["posix"]
    for module in (os, system):
        _replace(module, "open", on_open_flags)
        for name in ["listdir", "scandir", "chdir"]:
            _replace(module, name, on_read)
        for name in [
            "remove",
            "unlink",
            "rmdir",
            "mkdir",
            "truncate",
            "utime",
            "chmod",
            "chown",
            "lchown",
            "mkfifo",
            "mknod",
        ]:
            _replace(module, name, on_write)
        for name in ["rename", "replace", "link", "symlink"]:
            _replace(module, name, on_two)
        for name in [
            "system",
            "popen",
            "popen2",
            "popen3",
            "fork",
            "forkpty",
            "execv",
            "execve",
            "posix_spawn",
            "spawnv",
            "spawnve",
        ]:
            _replace(module, name, on_process)
        for name in ["kill", "killpg"]:
            _replace(module, name, on_kill)
    if "_posixsubprocess" in sys.modules:
        _replace(sys.modules["_posixsubprocess"], "fork_exec", on_process)
    for name in ["getaddrinfo", "gethostbyname", "gethostbyname_ex", "gethostbyaddr", "getnameinfo"]:
        _replace(socket, name, on_network)
    socket.socket = socket.SocketType = _guarded_class(socket.socket, on_socket)
    if PY2:
        import threading

        import thread  # type: ignore[import-not-found]

        _replace(thread, "start_new_thread", on_thread)
        _replace(thread, "start_new", on_thread)
        _replace(threading, "_start_new_thread", on_thread)


_ask = Asked().check


def _guarded_class(original, check):
    """A class of the same name whose objects are made only if ``check`` lets them."""

    def make(self, *args, **kwargs):
        _ask(check, args, kwargs)
        original.__init__(self, *args, **kwargs)

    names = {"__init__": make, "__module__": original.__module__, "__doc__": original.__doc__}
    return type(original)(original.__name__, (original,), names)


def _replace(module, name, check):
    original = getattr(module, name, None)
    if original is not None:
        setattr(module, name, _Guarded(original, check))


class _Guarded(object):
    """Calls ``check`` first. No function: like the built-in one it stands for, it is no method of a class it lies in.

    (pathlib of 3.6 and 3.7 puts those of ``os`` into one.)
    """

    def __init__(self, original, check):
        self._original = original
        self._check = check
        self.__name__ = getattr(original, "__name__", "guarded")
        self.__doc__ = original.__doc__

    def __call__(self, *args, **kwargs):
        _ask(self._check, args, kwargs)
        return self._original(*args, **kwargs)


def _text(path):
    if path is None or isinstance(path, int):
        return None
    if hasattr(path, "__fspath__"):
        path = path.__fspath__()
    if not PY2 and isinstance(path, bytes):
        path = os.fsdecode(path)
    return path


def _with_targets(paths):
    found = []
    for path in paths:
        found.append(os.path.abspath(path))
        real = os.path.realpath(path)
        if real not in found:
            found.append(real)
    return found


def _inside(path, roots):
    return any(path == root or path.startswith(root + os.sep) for root in roots)
