"""A file that exists only on the client is read on the executor.

The executor sees none of the client's files.

Example::

    def price(i):
        import json
        return json.load(open('prices.json'))[i]

Fix: read it here and capture the value, or upload it as a resource (``o.create_resource``) and pass it with
``resources=[...]``: the function is then given its open file first. A statement that reads, and depends on nothing of
the function, is moved to before it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .file_access import file_accesses
from .model import Diagnostic
from .reading_fixes import read_outside
from .subject import Subject

CODE, KIND = "ODP114", "local-file-read"


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for access, name, call in file_accesses(code):
            if access == "read":
                message = (
                    f"{name} reads a file of the executor, where the client's files are not. Read it here and capture "
                    "the value, or pass it in resources=."
                )
                yield replace(code.fails(CODE, KIND, call, message), fix=read_outside(code, call))
