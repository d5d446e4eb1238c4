"""Merge tasks (``o.run_merge_files`` and its sisters): small files are joined, tables archived or frozen."""

from __future__ import annotations

import re

from odps_jupyter.emulator.errors import OdpsError, not_emulated
from odps_jupyter.emulator.tables.catalog import SessionCatalog, no_such_partition, parse_spec

from .models import Task

_TARGET = re.compile(r"([^\s(]+)(?:\s+partition\s*\((.*)\))?\s*", re.IGNORECASE | re.DOTALL)
#: Settings that ask for more than fewer files, and what they ask for.
_OTHER = {
    "odps.merge.archive.flag": "ALTER TABLE ... ARCHIVE",
    "odps.merge.cold.storage.mode": "ALTER TABLE ... FREEZE and RESTORE",
}


def merge(task: Task, catalog: SessionCatalog) -> str:
    """What the task answers. Tables here have no small files, so an existing table is in order as it is.

    Raises:
        OdpsError: the table or partition does not exist, or the task asks for another kind of storage.
    """
    for setting, asked in _OTHER.items():
        if setting in task.settings:
            raise not_emulated(asked)
    match = _TARGET.fullmatch(task.query)
    if match is None:
        raise OdpsError("ODPS-0130161", f"[1,1] Parse exception - {task.query!r} is no table")
    *place, name = match[1].split(".")
    table = catalog.table(
        place[0] if place else None, place[1] if len(place) > 1 else task.settings.get("odps.default.schema"), name
    )
    if match[2] is not None:
        spec = parse_spec(match[2])
        if not catalog.has_partition(table, spec):
            raise no_such_partition(table, spec)
    return ""
