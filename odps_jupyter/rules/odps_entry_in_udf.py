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

from .carried import held
from .entry_fixes import read_here
from .frame_fixes import table_as_resource
from .model import EXECUTOR, Diagnostic
from .subject import Subject

CODE, KIND = "ODP108", "odps-entry-in-udf"
_KINDS = frozenset({Member, Entry, Table})
#: What a method of the entry object or of a table is called like: bound, it holds the object. The other attributes are
#: names, sizes and dates, which may travel.
_METHOD = re.compile(
    r"(?:get|list|create|delete|exist|execute|run|open|read|write|iter|add|stop|set|new|truncate|drop|reload|to)_"
    r"|(?:head|tail|exec|account|rest)$"
)


def check(subject: Subject) -> Iterator[Diagnostic]:
    for found in held(subject, _entry, _KINDS):
        itself = found.itself
        fix = None if itself is None else read_here(*itself) or table_as_resource(*itself)
        message, functions = _message(found.told), (found.journey.name,)
        yield Diagnostic(CODE, KIND, "error", found.span, message, functions, EXECUTOR, fix)


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
