"""The entry object, or a table, is used in a function that runs on the executor.

It is pickled with the secret key inside, and stored in the project as a resource. The executor has no PyODPS and no
network to use it with.

Example::

    orders.id.map(lambda i: o.get_table('rates').name)

Fix: read what is needed here and capture the value, or pass the table with ``resources=[...]``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from odps_jupyter.analysis.attributes import ENTRY_PATH, TABLE_PATH
from odps_jupyter.analysis.values import Binding, Entry, Member, Table

from .carried import carried, carried_bare
from .entry_fixes import read_here
from .frame_fixes import table_as_resource
from .model import EXECUTOR, Diagnostic
from .subject import Subject, span_of_call

CODE, KIND = "ODP108", "odps-entry-in-udf"
_KINDS = frozenset({Member, Entry, Table})
#: What a method of the entry object or of a table is called like: bound, it holds the object. The other attributes are
#: names, sizes and dates, which may travel.
_METHOD = re.compile(
    r"(?:get|list|create|delete|exist|execute|run|open|read|write|iter|add|stop|set|new|truncate|drop|reload|to)_"
    r"|(?:head|tail|exec|account|rest)$"
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for code in subject.shipped:
        for span, name, found in carried(code, _entry, _KINDS):
            itself = name is not None and found == code.outside(name)
            message = _message(f"{name or code.journey.name} {'is' if itself else 'holds'}")
            fix = read_here(code, name) or table_as_resource(code, name) if name is not None and itself else None
            yield Diagnostic(CODE, KIND, "error", span, message, (code.journey.name,), EXECUTOR, fix)
    for journey, _ in carried_bare(subject, _entry):
        message = _message(f"{journey.name} holds")
        yield Diagnostic(CODE, KIND, "error", span_of_call(journey), message, (journey.name,), EXECUTOR)


def _message(what: str) -> str:
    return (
        f"{what} MaxCompute's entry object or a table: its secret key would travel in the pickle, and the executor "
        "cannot use it. Capture the value you need, or pass the table in resources=."
    )


def _entry(value: Binding) -> Binding:
    """``value``, where it is the entry object, a table, or a method of one."""
    if isinstance(value, Member):
        is_method = value.module in (ENTRY_PATH, TABLE_PATH) and _METHOD.match(value.name) is not None
        return value if is_method else None
    return value if isinstance(value, (Entry, Table)) else None
