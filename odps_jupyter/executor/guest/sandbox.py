# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""The executor's rules: no network, no processes, no files but its own.

They reproduce what the service refuses; they are no defence against code that means harm (``ctypes`` goes past them).
From 3.8 on the rules sit on audit events. Older Pythons have none, so the functions a program would call are wrapped.
"""

from __future__ import absolute_import, division

import io
import os
import socket
import sys

from .allowed import NO_NETWORK, NO_PROCESS, NO_SIGNAL, NO_THREAD, WRITING, Asked, refused

PY2 = sys.version_info[0] == 2


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
