"""What can go wrong while a function runs on the executor twin."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from typing import Any, Literal

#: The exit code of a worker whose own code failed (guest/zygote.py).
BROKE_DOWN = 70
FailureKind = Literal["load", "row", "output"]


class ExecutorError(Exception):
    """Any failure of a function, its worker process or the interpreter that should run it."""


class SignatureError(ExecutorError):
    """The source of a function does not say what it takes and returns, or says it in a way MaxCompute does not know."""


class InterpreterError(ExecutorError):
    """The interpreter that a profile names is not here, or could not be started as an executor."""


class EnvironmentUnavailable(InterpreterError):
    """The packages of an image could not be had in their exact versions; the message says why and what to do."""


class ResourceError(ExecutorError):
    """A resource of the job cannot be laid down, e.g. an archive that is none."""


class SessionClosed(ExecutorError):
    """The session was closed, or its process ended in an earlier call."""


class FunctionError(ExecutorError):
    """The user's code failed: while loading, on a row, or by returning a value its signature does not allow.

    ``message`` is the exception's last line (``ZeroDivisionError: division by zero``), ``traceback`` the executor's
    own text with the user's file names and lines, ``row`` the arguments of the failing call by name, where known.
    """

    def __init__(
        self, kind: FailureKind, message: str, *, traceback: str = "", row: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message
        self.traceback = traceback
        self.row = dict(row) if row is not None else None


class WorkerDied(ExecutorError):
    """The worker process ended by itself: ``os._exit``, a crash, a kill by the system."""

    def __init__(self, function: str, *, exit_code: int | None, signal_number: int | None, log: str = "") -> None:
        if signal_number is not None:
            how = f"was ended by {_signal_name(signal_number)}"
        elif exit_code == BROKE_DOWN:
            how = "broke down outside of the function, which may have closed or replaced what its process needs,"
        elif exit_code is not None:
            how = f"ended itself with exit code {exit_code}"
        else:
            how = "is gone"
        super().__init__(f"The process that ran function {function} {how} before it answered.")
        self.exit_code = exit_code
        self.signal_number = signal_number
        self.log = log


class ChannelBroken(WorkerDied):
    """The function wrote into the channel over which its process answers, so that its answers cannot be told apart."""

    def __init__(self, function: str, *, log: str = "") -> None:
        super().__init__(function, exit_code=None, signal_number=None, log=log)
        self.args = (f"Function {function} wrote into the channel over which its process answers, and was stopped.",)


class WorkerTimeout(ExecutorError):
    """One batch took longer than the job allows (``odps.function.timeout``)."""

    def __init__(self, function: str, seconds: float) -> None:
        super().__init__(f"Function {function} did not finish a batch within {seconds:g} seconds and was stopped.")
        self.seconds = seconds


class DiskExceeded(ExecutorError):
    """The function wrote more files than its process may have."""

    def __init__(self, function: str, limit: int) -> None:
        super().__init__(f"The files that function {function} wrote take more than {limit >> 20} MiB; it was stopped.")
        self.limit = limit


class MemoryExceeded(ExecutorError):
    """The function needed more memory than the job allows."""

    def __init__(self, function: str, mebibytes: int, *, traceback: str = "", row: Mapping[str, Any] | None = None):
        super().__init__(f"Function {function} needed more than the {mebibytes} MiB of memory its job allows.")
        self.mebibytes = mebibytes
        self.traceback = traceback
        self.row = dict(row) if row is not None else None


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
