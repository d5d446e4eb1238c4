# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Says why a package that the executor has cannot be imported on this machine."""

from __future__ import absolute_import, division

import sys

PY2 = sys.version_info[0] == 2


class AbsentFinder(object):
    """A finder for the end of ``sys.meta_path``: what nobody else found and ought to be here fails with its reason.

    ``reasons`` are sentences by top-level name. The exception is the one that a missing module raises anyhow.
    """

    def __init__(self, reasons):
        self._reasons = reasons

    def find_spec(self, name, path=None, target=None):
        """The protocol of Python 3."""
        if name in self._reasons and not self._found_later(name, path):
            raise ModuleNotFoundError(self._text(name), name=name)

    def find_module(self, name, path=None):
        """The protocol of Python 2."""
        if PY2 and name in self._reasons and not self._found_later(name, path):
            raise ImportError(self._text(name))

    def _found_later(self, name, path):
        """Whether a finder that a library appended has it: PyODPS does that where libraries go after what is there."""
        for finder in sys.meta_path[sys.meta_path.index(self) + 1 :]:
            look = getattr(finder, "find_spec", None) or getattr(finder, "find_module", None)
            if look is not None and look(name, path) is not None:
                return True
        return False

    def _text(self, name):
        return "No module named %s (%s)" % (name if PY2 else "'%s'" % name, self._reasons[name])
