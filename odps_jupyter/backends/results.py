"""What PyODPS reads of a project into this kernel for a result: looked at before, so that it does not take all memory.

Two ways lead here. A job's rows are in a table of its own, which PyODPS gets from its entry object and reads whole or
its head. Rows of a table that no job has to compute PyODPS's ``TunnelEngine`` downloads straight from the table of the
expression. Read in PyODPS 0.13.2: ``odps/df/backends/odpssql/engine.py`` (``_fetch``) and ``tunnel.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from odps.models import Table
from odps.models.tableio import TableRecordReader

from .detach import resolve_proxy, source_tables
from .engines import Engine, is_downloaded
from .measured import measure
from .plan import Call
from .room import ANY, FEW, LOOKED_AT, Room, Rows, round_down
from .sample import Sample, read_table
from .widths import widest_of, width_of_frame, width_of_records


class ResultTable(Table):  # type: ignore[misc]
    """The table of a job's rows. It is one of PyODPS's, since PyODPS makes it the source of expressions."""

    __slots__ = ("_room",)

    @classmethod
    def of(cls, table: Table, room: Room) -> ResultTable:
        """The same table, of which no more is read at once than ``room`` allows."""
        made: ResultTable = cls(name=table.name, parent=table.parent, client=table._client)
        made._room = room
        return made

    def open_reader(self, *args: Any, **options: Any) -> Any:
        """As PyODPS's."""
        reader = super().open_reader(*args, **options)
        return _Bounded(reader, self, self._room) if isinstance(reader, TableRecordReader) else reader


class _Bounded:
    """A reader of PyODPS's that is asked for rows only where there is room for them."""

    def __init__(self, reader: Any, table: ResultTable, room: Room) -> None:
        self._reader = reader
        self._table = table
        self._room = room

    def __getattr__(self, name: str) -> Any:
        return getattr(self._reader, name)

    def __enter__(self) -> _Bounded:
        self._reader.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._reader.__exit__(*error)

    def __iter__(self) -> Iterator[Any]:
        self._check(int(self._reader.count))
        return iter(self._reader)

    def __getitem__(self, item: Any) -> Any:
        if isinstance(item, slice):
            self._check(len(range(*item.indices(int(self._reader.count)))))
        return self._reader[item]

    def _check(self, count: int) -> None:
        table = self._table

        def width() -> float:
            return width_of_records(self._reader[:LOOKED_AT])

        types = [column.type for column in table.table_schema.columns]
        self._room.check(
            Rows("The result", count, widest_of(types), 0, width),
            lambda fitting: f"{_read_some(fitting)} what is smaller, or keep it, `.persist('NAME')`",
            f"None of them was read; until the kernel ends it is table {table.name} of project {table.project.name}.",
        )


def check_download(call: Call, engine: Engine, room: Room) -> None:
    """Refuse to download a table whose rows would not fit. What needs a job is looked at when its rows are there.

    Raises:
        TooLarge: there is no room for them.
    """
    most, expr = room.most, resolve_proxy(call.expr)
    if most is None or call.action != "execute" or not is_downloaded(engine, expr):
        return
    asked = _asked(call.options or {})
    table = next(source_tables([expr]))
    names = set(expr.schema.names)
    columns = [column for column in table.table_schema.columns if column.name in names]
    if len(columns) < len(names):
        columns = list(table.table_schema.columns)  # some were renamed
    widest = widest_of(column.type for column in columns)
    few = asked is not None and room.asked is None and asked <= FEW
    if asked is not None and (few if widest is None else asked * widest <= most):
        return  # without a count, which is a request for each partition
    measured = measure(expr)
    if measured.rows is None:
        return  # PyODPS says why, where it cannot read them either
    count = measured.rows if asked is None else min(asked, measured.rows)

    def width() -> float:
        frame = read_table(table, Sample(min(count, LOOKED_AT), room=ANY))[0]
        return width_of_frame(frame[[column.name for column in columns]])

    def hint(fitting: int) -> str:
        some = _read_some(fitting)
        return f"{some} what is smaller, or work on a sample here, `%%odps --backend pandas --sample 100`"

    room.check(Rows(f"Table {table.name}", count, widest, 0, width), hint)


def _read_some(fitting: int) -> str:
    return f"Read some, `.head({min(100, round_down(fitting))})`, compute" if fitting else "Compute"


def _asked(options: Mapping[str, Any]) -> int | None:
    """The rows that ``head`` or ``tail`` asks for."""
    return options.get("head") or options.get("tail")
