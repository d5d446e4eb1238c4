"""What an execution would send, found out without sending it."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from . import embedded
from .client import source_tag
from .detach import source_tables
from .engines import Engine, Expr, over, sql_context, sql_of
from .held import HeldEntry
from .payload import Locate
from .progress import Silent, Watch, no_instances
from .shipment import Shipment
from .watched import Extras, WatchedEntry

#: The arguments of ``execute`` and ``persist`` that PyODPS gives to each job.
_JOB_OPTIONS = ("hints", "priority", "running_cluster", "libraries", "image", "schema")


@dataclass(frozen=True)
class Call:
    """One ``execute`` or ``persist`` as PyODPS's engine takes it: ``arguments`` are those of ``persist``."""

    action: str
    expr: Expr
    arguments: tuple[Any, ...] = ()
    options: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Input:
    """A table that a job reads: ``size`` in bytes and ``rows`` of all of it, None where the service does not say."""

    name: str
    size: int | None
    rows: int | None


@dataclass(frozen=True)
class Plan:
    """Attributes: ``shipments`` are the jobs in their order, ``inputs`` the tables that they read at most."""

    shipments: tuple[Shipment, ...]
    inputs: tuple[Input, ...]


def plan(calls: Sequence[Call], engine: Engine, entry: Any, *, locate: Locate, extras: Extras) -> Plan:
    """Compile ``calls`` as PyODPS does before it sends anything, and let it send to nobody.

    Args:
        engine: PyODPS's own choice for the expressions.
        entry: the entry object they would go through; it is asked for what exists, and gets nothing.
    """
    found: list[Shipment] = []
    with tempfile.TemporaryDirectory(prefix="odps-jupyter-plan-") as folder:
        held = HeldEntry(entry, Path(folder))
        watched = WatchedEntry(
            held,
            check=lambda _: None,
            shipped=found.append,
            locate=locate,
            extras=extras,
            source=source_tag(extras, lambda: embedded.answers(entry.endpoint)),
        )
        dry = over(engine, watched)
        ui = Watch(Silent(), no_instances)
        try:
            for call in calls:
                options = {name: value for name, value in (call.options or {}).items() if name in _JOB_OPTIONS}
                nodes = dry.compile((f"_{call.action}", call.expr, call.arguments, dict(call.options or {})))
                for node in nodes.topological_sort():
                    sql = sql_of(node)
                    if sql is not None:
                        sql_context(dry)._run(sql, ui, **options)
                if call.action == "persist" and found:
                    found[-1] = replace(found[-1], sql=f"-- its result is written to {_target(call)}\n{found[-1].sql}")
        finally:
            ui.close()
    return Plan(
        tuple(replace(shipment, standing="planned") for shipment in found),
        tuple(_input(table) for table in source_tables(call.expr for call in calls)),
    )


def total(inputs: Iterable[Input]) -> int | None:
    """Bytes of all inputs together, None where one does not say."""
    sizes = [one.size for one in inputs]
    return None if any(size is None for size in sizes) else sum(size or 0 for size in sizes)


def _target(call: Call) -> str:
    name = call.arguments[0]
    return name if isinstance(name, str) else str(name.name)


def _input(table: Any) -> Input:
    name = table.full_table_name.replace("`", "")
    if table.is_virtual_view:
        return Input(name, None, None)
    rows = table.record_num
    return Input(name, table.size, rows if isinstance(rows, int) and rows >= 0 else None)
