"""How far an execution is, shown where the code runs: a bar in a notebook, a line in a terminal."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, TextIO

from odps_jupyter.backends.progress import Job, Listener, Manner, Progress, Silent

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


def listener_for(shell: InteractiveShell, manner: Manner) -> Listener:
    """The listener that suits a shell: a widget in a kernel, a line in a terminal, silence in a script or a pipe.

    What goes on in the background of a terminal is silent, for somebody types there.
    """
    if getattr(shell, "kernel", None) is not None:
        return Bar()
    return Line(sys.stderr) if manner == "waited" and sys.stderr.isatty() else Silent()


def describe(progress: Progress) -> str:
    """``progress`` in one line, such as ``job 2: M1 3/4 workers, R2 waits``."""
    if not progress.jobs:
        return progress.status
    under_way = [number for number, job in enumerate(progress.jobs, 1) if not job.ended] or [len(progress.jobs)]
    return "; ".join(f"job {number}: {_stages(progress.jobs[number - 1]) or progress.status}" for number in under_way)


def _stages(job: Job) -> str:
    return ", ".join(
        f"{stage.name} {stage.ended}/{stage.workers} workers" if stage.running or stage.ended else f"{stage.name} waits"
        for stage in job.stages
    )


class Bar:
    """An ipywidgets bar, made when there is something to show, gone when the execution has ended."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._label: Any = None
        self._shown: Any = None

    def show(self, progress: Progress) -> None:
        """See :class:`Listener`."""
        if self._bar is None:
            import ipywidgets
            from IPython.display import display

            self._bar = ipywidgets.FloatProgress(min=0.0, max=1.0, layout={"width": "14em"})
            # A label shows text as text: the names in it come from elsewhere.
            self._label = ipywidgets.Label()
            self._shown = display(ipywidgets.HBox([self._bar, self._label]), display_id=True)
        self._bar.value = progress.fraction
        self._label.value = describe(progress)

    def close(self) -> None:
        """See :class:`Listener`."""
        if self._shown is None:
            return
        # A saved notebook would say "Error displaying widget" in the place of a bar that is gone.
        self._shown.update({"text/plain": ""}, raw=True)
        self._bar.close()
        self._label.close()
        self._shown = None


class Line:
    """One line of a terminal, written over itself."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._width = 0

    def show(self, progress: Progress) -> None:
        """See :class:`Listener`."""
        self._write(f"{progress.fraction:4.0%} {describe(progress)}")

    def close(self) -> None:
        """See :class:`Listener`."""
        if self._width:
            self._write("")
            self._stream.write("\r")
            self._stream.flush()
            self._width = 0

    def _write(self, text: str) -> None:
        self._stream.write("\r" + text.ljust(self._width))
        self._stream.flush()
        self._width = len(text)
