"""Tables named in statements."""

from __future__ import annotations

from odps_jupyter.emulator.sql import tables
from odps_jupyter.emulator.sql.execution import Execution
from odps_jupyter.emulator.tables.models import Table

from .reader import Reader


def named(execution: Execution, reader: Reader) -> Table:
    """The table whose name comes next.

    Raises:
        OdpsError: ``ODPS-0130131`` with the place, where there is none.
    """
    place = reader.place
    return tables.find(execution.context, reader.path(), place)
