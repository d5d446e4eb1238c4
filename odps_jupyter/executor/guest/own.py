# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Modules whose built-in names are their own: what a function does to ``builtins`` does not reach them.

Not on Python 2, which restricts what modules with other built-in names may do.
"""

from __future__ import absolute_import, division

import importlib
import os
import sys

PY2 = sys.version_info[0] == 2


def import_module(name):
    """Import a module of this package, and whatever it imports of it."""
    if PY2:
        return importlib.import_module(name)
    finder = Finder()
    sys.meta_path.insert(0, finder)
    try:
        return importlib.import_module(name)
    finally:
        sys.meta_path.remove(finder)


if not PY2:
    import builtins
    import importlib.machinery
    import importlib.util

    HERE = os.path.dirname(os.path.abspath(__file__))
    PREFIX = __name__.partition(".")[0] + "."
    NAMES = dict(vars(builtins))

    class Loader(importlib.machinery.SourceFileLoader):
        """Loads modules that share one copy of the built-in names."""

        def exec_module(self, module):
            """As any source file, which takes the built-in names that it finds in its module."""
            vars(module)["__builtins__"] = NAMES
            importlib.machinery.SourceFileLoader.exec_module(self, module)

    class Finder(object):
        """Finds the modules of this package."""

        def find_spec(self, name, path=None, target=None):
            """The protocol of Python 3."""
            if not name.startswith(PREFIX):
                return None
            path = os.path.join(HERE, name[len(PREFIX) :] + ".py")
            return importlib.util.spec_from_file_location(name, path, loader=Loader(name, path))
