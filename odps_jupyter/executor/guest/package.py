# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""The ``odps`` package as the executor has it: ``odps.udf`` and ``odps.distcache``, nothing of PyODPS."""

from __future__ import absolute_import, division

import json
import os
import sys
import types

from . import columns, wire

PY2 = sys.version_info[0] == 2
#: Values of these kinds cannot be changed.
SCALARS = frozenset([type(None), bool, int, float, bytes, type("")])


class Forwarded(object):
    """Rows a table function has handed over with ``forward`` and nobody has taken yet."""

    def __init__(self, depth):
        self.rows = []
        self._depth = depth

    def add(self, values):
        """Keep one row; values that the function might change afterwards are copied."""
        self.rows.append(snapshot(values, self._depth) if self._depth else values)


def snapshot(value, depth):
    """A copy of a value as deep as its type is, for a list may hold itself.

    It is made of plain lists and dicts, because others may answer one thing now and another later.
    """
    if depth == 0 or type(value) in SCALARS:
        return value
    if isinstance(value, list):
        return [snapshot(item, depth - 1) for item in value]
    if isinstance(value, dict):
        return {key: snapshot(item, depth - 1) for key, item in value.items()}
    if isinstance(value, tuple):
        return tuple([snapshot(item, depth - 1) for item in value])
    if type(value) is bytearray:
        return bytes(value)
    return value


def install(work, tables, forwarded):
    """Make ``import odps.udf`` and ``import odps.distcache`` work, and no other part of ``odps``.

    ``work`` is the directory of the resources, ``tables`` maps table resources to files of frames.
    """
    package = types.ModuleType("odps")
    package.__path__ = []
    package.udf = _udf(forwarded)
    package.distcache = _distcache(work, tables)
    sys.modules["odps"] = package
    sys.modules["odps.udf"] = package.udf
    sys.modules["odps.distcache"] = package.distcache


def _udf(forwarded):
    module = types.ModuleType("odps.udf")

    def annotate(prototype):
        def keep(target):
            target._odps_prototype = prototype
            return target

        return keep

    class BaseUDTF(object):
        """Base class of table functions, without a ``process`` as PyODPS's own (``odps/udf/runtime.py``)."""

        def forward(self, *args):
            """Hand one output row over."""
            forwarded.add(args)

        def close(self):
            """Called once after the last row."""

    class BaseUDAF(object):
        """Base class of aggregates."""

    class Counter(object):
        """A number that only grows."""

        def __init__(self, name):
            self.name = name
            self.value = 0

        def increment(self, value):
            """Add to it."""
            self.value += value

    class Counters(object):
        """Counters by group and name."""

        def __init__(self):
            self._groups = {}

        def get_group(self, name):
            """The group of that name."""
            return self._groups.setdefault(name, CounterGroup(name))

        def to_json_string(self):
            """All counters as text."""
            return json.dumps({name: group.values() for name, group in self._groups.items()})

    class CounterGroup(object):
        """Counters by name."""

        def __init__(self, name):
            self.name = name
            self._counters = {}

        def get_counter(self, name):
            """The counter of that name."""
            return self._counters.setdefault(name, Counter(name))

        def values(self):
            """Numbers by name."""
            return {name: counter.value for name, counter in self._counters.items()}

    counters = Counters()

    class ExecutionContext(object):
        """What a function can ask about its run."""

        def get_counters(self):
            """The counters of this worker."""
            return counters

        def get_counters_as_json_string(self):
            """The counters of this worker as text."""
            return counters.to_json_string()

    for thing in (annotate, BaseUDTF, BaseUDAF, ExecutionContext):
        thing.__module__ = module.__name__
        setattr(module, thing.__name__, thing)
    module.get_execution_context = ExecutionContext
    return module


def _distcache(work, tables):
    module = types.ModuleType("odps.distcache")

    class DistributedCacheError(RuntimeError):
        """A resource is not there, or not of the kind asked for."""

    def find(name, relative="."):
        if os.path.split(name)[0]:
            raise DistributedCacheError("Invalid resource name: " + name)
        root = os.path.join(work, name)
        if os.path.isdir(root):
            # An archive is known by where it is unpacked, once for all sessions; a file keeps the name it was given.
            root = os.path.realpath(root)
        path = os.path.normpath(os.path.join(root, relative))
        if path != root and not path.startswith(root + os.sep):
            raise DistributedCacheError("Invalid relative path, path not correct in archive: " + relative)
        if not os.path.exists(path):
            raise DistributedCacheError("Resource %s is not among the resources of this function" % name)
        return path

    def get_cache_file(name):
        """A file resource, open for reading; text in Python 3, as the service gives it."""
        path = find(name)
        if os.path.isdir(path):
            raise DistributedCacheError("Resource %s is an archive: use get_cache_archive" % name)
        # The caller closes it.
        return open(path, "rb") if PY2 else open(path, encoding="utf-8")

    def get_cache_table(name):
        """The rows of a table resource, each a list of values."""
        if name not in tables:
            raise DistributedCacheError("Table resource %s is not among the resources of this function" % name)
        return rows_of(tables[name])

    def get_cache_archive_filenames(name, relative_path="."):
        """Paths of the files of an archive resource, or of the part of it below ``relative_path``."""
        path = find(name, relative_path)
        if not os.path.isdir(path):
            return [path]
        return sorted(os.path.join(folder, leaf) for folder, _, leaves in os.walk(path) for leaf in leaves)

    def get_cache_archive(name, relative_path="."):
        """The files of an archive resource, open for reading as bytes."""
        for path in get_cache_archive_filenames(name, relative_path):
            yield open(path, "rb")  # noqa: SIM115

    module.WORK_DIR = work
    for thing in (
        DistributedCacheError,
        get_cache_file,
        get_cache_table,
        get_cache_archive,
        get_cache_archive_filenames,
    ):
        thing.__module__ = module.__name__
        setattr(module, thing.__name__, thing)
    return module


def rows_of(path):
    """Rows of a file of frames, read as they are asked for."""
    for _kind, head, body in wire.read_file(path):
        for row in zip(*columns.read_columns(head, body)):
            yield list(row)
