# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Turns the text of a function into an object that can be called."""

from __future__ import absolute_import, division
import __future__

import linecache
import sys
import types

FLAGS = 0
for _name in __future__.all_feature_names:
    FLAGS |= getattr(__future__, _name).compiler_flag
# Those of every module, where this one may have others: see own.py.
BUILTINS = __import__("__builtin__" if sys.version_info[0] == 2 else "builtins").__dict__


class Module(object):
    """The module of a function, executed."""

    def __init__(self, name, filename, source):
        self._module = types.ModuleType(name)
        self._module.__file__ = filename
        self._filename = filename
        self._source = source

    def execute(self, prelude, offset):
        """Run the module's text; ``prelude`` is the compiled part before ``offset``, or None."""
        # A class looked up by its module's name (pickle, dataclasses) has to be found there.
        sys.modules[self._module.__name__] = self._module
        names = self._module.__dict__
        names["__builtins__"] = BUILTINS
        if prelude is None:
            exec(compile(self._source, self._filename, "exec", 0, True), names)
            return
        exec(prelude, names)
        # Blank lines keep the line numbers of tracebacks; __future__ imports hold for the module as a whole.
        rest = b"\n" * self._source.count(b"\n", 0, offset) + self._source[offset:]
        exec(compile(rest, self._filename, "exec", prelude.co_flags & FLAGS, True), names)

    def make(self, class_name):
        """An object of the function's class."""
        return getattr(self._module, class_name)()

    def get(self, name):
        """A global of the module, or None."""
        return self._module.__dict__.get(name)

    def show_in_tracebacks(self):
        """Let tracebacks quote the module's lines although it lies in no file."""
        text = self._source if isinstance(self._source, str) else self._source.decode("utf-8", "replace")
        if isinstance(linecache.cache, dict):  # a function may have put anything there
            linecache.cache[self._filename] = (len(text), None, text.splitlines(True), self._filename)
