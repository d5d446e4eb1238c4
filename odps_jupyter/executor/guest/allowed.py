# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""What a worker may read, write and import, and how a refusal is raised."""

from __future__ import absolute_import, division

import errno
import os
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
