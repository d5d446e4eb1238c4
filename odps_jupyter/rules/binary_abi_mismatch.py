"""A library is built for another Python, ABI or platform.

The executor is CPython on x86-64 Linux: cp27m, cp37m or cp311. A binary of any other kind ends with an ImportError on
the executor. pyodps-pack builds for cp37 unless it is told otherwise, even where the client is newer.

Example::

    df.x.map(f).execute(libraries=['scipy-1.7.3-cp37-cp37m-manylinux_2_12_x86_64.zip'])    # the executor is cp311

Fix: build it for the executor: ``pyodps-pack --python-version 3.11``.
"""

from __future__ import annotations

from collections.abc import Iterator

from .archives import loads
from .model import EXECUTOR, Diagnostic
from .subject import Subject

CODE, KIND = "ODP106", "binary-abi-mismatch"


def check(subject: Subject) -> Iterator[Diagnostic]:
    profile = subject.setting.profile
    for journey in subject.journeys:
        for library in subject.libraries(journey).libraries:
            contents = subject.setting.contents(library.name)
            if contents is None or loads(contents, profile):
                continue
            built = ", ".join(sorted(str(tag) for tag in contents.tags)[:2])
            message = f"{library.name} is built for {built}; the executor ({profile.name}) cannot load its binaries."
            yield Diagnostic(CODE, KIND, "error", library.span, message, (journey.name,), EXECUTOR)
