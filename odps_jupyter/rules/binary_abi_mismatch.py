"""A library is built for another Python, ABI or platform.

The executor is CPython on x86-64 Linux: cp27m, cp37m or cp311. A binary of any other kind ends with an ImportError on
the executor. pyodps-pack builds for cp37 unless it is told otherwise, even where the client is newer.

Example::

    df.x.map(f).execute(libraries=['scipy-1.7.3-cp37-cp37m-manylinux_2_12_x86_64.zip'])    # the executor is cp311

Fix: build it for the executor: ``pyodps-pack --python-version 3.11``.
"""

from __future__ import annotations

from collections.abc import Iterator

from packaging.tags import Tag

from odps_jupyter.executor.profiles import Profile

from .model import EXECUTOR, Diagnostic
from .subject import Subject

CODE, KIND = "ODP106", "binary-abi-mismatch"


def check(subject: Subject) -> Iterator[Diagnostic]:
    profile = subject.setting.profile
    for journey in subject.evidence.journeys:
        for library in subject.libraries(journey).libraries:
            contents = subject.setting.contents(library.name)
            if contents is None or not contents.tags or any(_loads(tag, profile) for tag in contents.tags):
                continue
            built = ", ".join(sorted(str(tag) for tag in contents.tags)[:2])
            message = f"{library.name} is built for {built}; the executor ({profile.name}) cannot load its binaries."
            yield Diagnostic(CODE, KIND, "error", library.span, message, (journey.name,), EXECUTOR)


def _loads(tag: Tag, profile: Profile) -> bool:
    major, minor = profile.python
    if tag.platform != "any" and not ("linux" in tag.platform and "x86_64" in tag.platform):
        return False
    if tag.abi == "none":
        return tag.interpreter in (f"py{major}", f"py{major}{minor}", f"cp{major}{minor}")
    own = f"cp{major}{minor}"
    if tag.abi == "abi3":
        return major == 3 and tag.interpreter.startswith("cp3") and int(tag.interpreter[3:] or 0) <= minor
    # UCS-2 builds of Python 2 and those with pymalloc before 3.8 carry an "m"; cp27mu is UCS-4.
    return tag.interpreter == own and tag.abi == (f"{own}m" if profile.python < (3, 8) else own)
