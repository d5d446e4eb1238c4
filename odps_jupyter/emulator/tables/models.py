"""What a table is: columns, partitions, and the physical DuckDB table behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Column:
    """One column; ``type`` is the canonical lower-case MaxCompute type such as ``array<string>``."""

    name: str
    type: str
    comment: str | None = None
    nullable: bool = True


@dataclass(frozen=True)
class TableSpec:
    """What CREATE TABLE (or CREATE VIEW, by ``view_text``) asks for; the catalog gives it an id and a place."""

    project: str | None
    schema: str | None
    name: str
    columns: tuple[Column, ...]
    partitions: tuple[Column, ...] = ()
    comment: str | None = None
    lifecycle: int | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    view_text: str | None = None


@dataclass(frozen=True)
class Table:
    """A table of the catalog. Times are UTC without zone."""

    id: int
    project: str
    schema: str
    name: str
    columns: tuple[Column, ...]
    partitions: tuple[Column, ...]
    comment: str | None
    lifecycle: int | None
    owner: str
    created: datetime
    modified: datetime
    ddl_modified: datetime
    view_text: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)

    @property
    def physical(self) -> str:
        """Quoted DuckDB name. The physical table holds the columns, then the partition columns, in that order."""
        return f'"data"."t_{self.id}"'

    @property
    def all_columns(self) -> tuple[Column, ...]:
        """Columns and partition columns, in the order they are stored."""
        return self.columns + self.partitions

    @property
    def is_view(self) -> bool:
        """Whether the table is a view; a view has no physical table."""
        return self.view_text is not None

    @property
    def qualified(self) -> str:
        """The name as MaxCompute's messages write it: ``project.name``, or ``project.schema.name``."""
        middle = "" if self.schema == "default" else f"{self.schema}."
        return f"{self.project}.{middle}{self.name}"
