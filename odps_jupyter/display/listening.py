"""Who shows how far an execution is: a bar in a notebook, a line in a terminal."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING

from odps_jupyter.backends.progress import Begun, Listener, Silent

from .audience import uses_widgets
from .progress import Line

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def listener_for(
    shell: InteractiveShell, begun: Begun, *, stop: Callable[[], object], restore: Callable[[], None]
) -> Listener:
    """The listener that suits a shell: a widget in a kernel, a line in a terminal, silence where nobody looks on.

    That is a script, a pipe, and a program that executes a notebook. What goes on in the background of a terminal is
    silent too, for somebody types there.

    Args:
        stop: asks that ``begun`` ends, on any thread.
        restore: as of :class:`~odps_jupyter.display.reachable.Front`.
    """
    kernel = getattr(shell, "kernel", None)
    if kernel is not None:
        if not uses_widgets(kernel.get_parent("shell"), os.environ):
            return Silent()
        from .bar import Bar
        from .reachable import Front

        return Bar(begun, Front(kernel, restore), stop)
    return Line(sys.stderr) if begun.manner == "waited" and sys.stderr.isatty() else Silent()
