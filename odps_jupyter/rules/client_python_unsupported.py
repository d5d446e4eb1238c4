"""The client's Python cannot ship to this executor.

PyODPS sends bytecode. From Python 3.12 on no MaxCompute runtime can read it: ``NotImplementedError: Code conversion
from Python (3, 12) to (3, 11) is not supported yet``.

Example: a kernel of Python 3.12 or newer, and a real project.

Fix: use a kernel of Python 3.11, or let odps-jupyter send functions as source (``%odps ship auto``, the default); the
embedded MaxCompute runs functions under the client's own Python.
"""

from __future__ import annotations

from collections.abc import Iterator

from .model import EXECUTOR, Diagnostic
from .subject import Subject, span_of_call

CODE, KIND = "ODP124", "client-python-unsupported"
FIRST_UNSUPPORTED = (3, 12)


def check(subject: Subject) -> Iterator[Diagnostic]:
    client, profile = subject.setting.client, subject.setting.profile
    if client < FIRST_UNSUPPORTED or not profile.is_runtime:
        return
    for journey in subject.journeys:
        message = (
            f"Python {client[0]}.{client[1]} makes bytecode that the executor ({profile.name}) cannot read. Use a "
            "kernel of Python 3.11, or send functions as source: %odps ship auto."
        )
        yield Diagnostic(CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR)
