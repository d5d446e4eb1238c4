"""How far an execution is, in words: a line of a terminal."""

from __future__ import annotations

from typing import TextIO

from odps_jupyter.backends.progress import Job, Progress


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
