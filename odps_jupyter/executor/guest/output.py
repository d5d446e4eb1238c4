# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""stdout and stderr of a function: kept up to a limit."""

from __future__ import absolute_import, division

import io
import os
import sys

PY2 = sys.version_info[0] == 2
# "sys.stdout and sys.stderr can write 20 KB at most; otherwise, the excessive characters will be ignored."
LARGEST_LOG = 20 * 1024


class Budget(object):
    """How much may still be printed, by stdout and stderr together."""

    def __init__(self, size=LARGEST_LOG):
        self.left = size

    def muted(self, call, *args):
        """Call something whose output has been printed before."""
        kept, self.left = self.left, 0
        try:
            return call(*args)
        finally:
            self.left = kept

    def take(self, data):
        """The part of ``data`` that still fits."""
        part = data[: self.left]
        self.left -= len(part)
        return part


if PY2:

    class Stream(object):
        """A stream that ignores what is beyond the budget."""

        encoding = "utf-8"
        softspace = 0

        def __init__(self, descriptor, budget):
            self._descriptor = descriptor
            self._budget = budget

        def write(self, text):
            """Write bytes or text."""
            data = text.encode("utf-8") if isinstance(text, unicode) else str(text)  # type: ignore[name-defined]  # noqa: F821
            part = self._budget.take(data)
            if part:
                os.write(self._descriptor, part)

        def writelines(self, lines):
            """Write several."""
            for line in lines:
                self.write(line)

        def flush(self):
            """Nothing is held back."""

        def close(self):
            """What is written afterwards is kept as well."""

        def fileno(self):
            """The descriptor below."""
            return self._descriptor

        def isatty(self):
            """Never a terminal."""
            return False

    stream = Stream

else:

    class Raw(io.RawIOBase):
        """A raw stream that ignores what is beyond the budget."""

        def __init__(self, descriptor, budget):
            io.RawIOBase.__init__(self)
            self._descriptor = descriptor
            self._budget = budget

        def writable(self):
            """It is."""
            return True

        def fileno(self):
            """The descriptor below: faulthandler writes there."""
            return self._descriptor

        def write(self, data):
            """Accepts everything, keeps what fits."""
            part = self._budget.take(bytes(data))
            if part:
                os.write(self._descriptor, part)
            return len(data)

    def stream(descriptor, budget):
        """A text stream that ignores what is beyond the budget."""
        buffered = io.BufferedWriter(Raw(descriptor, budget))
        return io.TextIOWrapper(buffered, encoding="utf-8", errors="backslashreplace", line_buffering=True)
