"""A file is written on the executor.

The sandbox forbids it, and the file would be gone with the worker.

Example::

    def log(v):
        with open('seen.txt', 'a') as f:
            f.write(str(v))
        return v

Fix: return the value and write it here, as ``.execute()`` or ``.to_pandas()`` gives it, or ``persist`` it as a table.
What is only to be looked at can be printed: what a function prints is in the instance's log. What a library wants as a
file can often be given as ``io.BytesIO`` or ``io.StringIO``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .file_access import file_accesses
from .model import Diagnostic
from .subject import Subject

CODE, KIND = "ODP113", "local-file-write"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for access, name, call in file_accesses(code):
            if access == "write":
                message = (
                    f"{name} writes a file of the executor, which is forbidden there; it would be gone with the "
                    "worker. Return the value and write it here, or print it to the instance's log."
                )
                yield code.fails(CODE, KIND, call, message)
