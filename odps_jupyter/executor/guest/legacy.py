# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Import hooks of the old kind, kept working on CPython 3.12 and newer.

PyODPS reads pure Python libraries (``libraries=['other.zip']``) with a hook that has ``find_module`` and no
``find_spec`` (``odps/lib/importer.py`` of 0.13.2). CPython stopped asking such hooks with 3.12, which is newer than
every MaxCompute runtime; where a function runs on the client's own Python all the same, this asks them again.
"""

from __future__ import absolute_import, division

import sys


class LegacyFinder(object):
    """A finder for the end of ``sys.meta_path`` that asks the finders there which have only ``find_module``."""

    def find_spec(self, name, path=None, target=None):
        from importlib.machinery import ModuleSpec

        for finder in sys.meta_path:
            if not hasattr(finder, "find_spec") and hasattr(finder, "find_module"):
                loader = finder.find_module(name, path)
                if loader is not None:
                    return ModuleSpec(name, LegacyLoader(loader))
        return None


class LegacyLoader(object):
    """Gives a loader that has only ``load_module`` the two steps of today."""

    def __init__(self, loader):
        self._loader = loader

    def create_module(self, spec):
        module = self._loader.load_module(spec.name)
        if hasattr(module, "__path__"):
            # What makes it a package: relative imports count from here.
            spec.submodule_search_locations = list(module.__path__)
        return module

    def exec_module(self, module):
        """Nothing is left to do: the old step loads and runs at once."""


def asks_old_hooks():
    """Whether this Python asks finders that have only ``find_module`` by itself."""
    return sys.version_info < (3, 12)
