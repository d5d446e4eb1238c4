"""What a job asks for: plain data."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from .interpreters import Interpreter
from .profiles import Profile
from .signature import Signature

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True)
class ResourceFile:
    """A resource whose bytes lie at ``path``; an archive is unpacked where the function looks for it."""

    name: str
    kind: Literal["py", "jar", "file", "archive"]
    path: Path


@dataclass(frozen=True)
class ResourceTable:
    """A table resource: ``columns`` are (name, MaxCompute type); ``batches`` starts a fresh pass over the rows."""

    name: str
    columns: tuple[tuple[str, str], ...]
    batches: Callable[[], Iterator[pa.RecordBatch]]


@dataclass(frozen=True)
class Function:
    """A function as the service stores it: the text of its module and the class in it."""

    name: str
    source: str
    class_name: str
    signature: Signature


@dataclass(frozen=True)
class Job:
    """How functions run: ``timeout`` in seconds per batch (``odps.function.timeout``), ``memory`` in MiB.

    ``loading`` is the time to be loaded in, the same as for a batch where it is None.

    ``shortcut`` lets a class that PyODPS generated be run without its per-row wrapping, which gives the same results;
    turning it off is for proving just that.
    """

    profile: Profile
    interpreter: Interpreter
    resources: tuple[ResourceFile | ResourceTable, ...] = ()
    timezone: str = "UTC"
    timeout: float = 1800.0
    loading: float | None = None
    memory: int = 1024
    shortcut: bool = True
