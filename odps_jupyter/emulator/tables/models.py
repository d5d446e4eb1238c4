"""What a table is: columns, partitions, and the physical DuckDB table behind them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        type: the canonical lower-case MaxCompute type such as ``array<string>``.
        default: text of the value that INSERT puts where the column is left out.
        source, unit: of a generated partition column, TRUNC_TIME(source, unit).
    """

    name: str
    type: str
    comment: str | None = None
    nullable: bool = True
    default: str | None = None
    source: str | None = None
    unit: str | None = None


@dataclass(frozen=True)
class Cluster:
    """CLUSTERED BY: how MaxCompute would lay the rows; kept and told, the order of rows here is another matter.

    Attributes:
        kind: ``hash`` or ``range``.
        columns: names the rows are dealt by.
        sorting: names and ``asc`` or ``desc``.
        buckets: how many; 0 where it is left to MaxCompute.
    """

    kind: str
    columns: tuple[str, ...]
    sorting: tuple[tuple[str, str], ...] = ()
    buckets: int = 0


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
    materialized: bool = False
    rewrite: bool = True
    sources: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    cluster: Cluster | None = None
    shards: int | None = None
    hub_lifecycle: int | None = None


@dataclass(frozen=True)
class Table:
    """A table of the catalog. Times are UTC without zone.

    Attributes:
        view_text: the query of a view or materialized view.
        materialized: whether the query's rows are stored.
        rewrite: whether MaxCompute may answer other queries from a materialized view.
        sources: ids of the tables a materialized view was filled from, each with its time of change then.
        lifecycle_enabled: False after DISABLE LIFECYCLE.
    """

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
    materialized: bool = False
    rewrite: bool = True
    sources: tuple[str, ...] = ()
    primary_key: tuple[str, ...] = ()
    cluster: Cluster | None = None
    shards: int | None = None
    hub_lifecycle: int | None = None
    lifecycle_enabled: bool = True

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
        """Whether the table is a plain view; it has no physical table."""
        return self.view_text is not None and not self.materialized

    @property
    def kind(self) -> str:
        """``VIRTUAL_VIEW``, ``MATERIALIZED_VIEW`` or ``MANAGED_TABLE``."""
        return "VIRTUAL_VIEW" if self.is_view else "MATERIALIZED_VIEW" if self.materialized else "MANAGED_TABLE"

    @property
    def is_transactional(self) -> bool:
        """Whether rows may be updated and deleted."""
        return bool(self.primary_key) or self.properties.get("transactional", "").lower() == "true"

    @property
    def qualified(self) -> str:
        """The name as MaxCompute's messages write it: ``project.name``, or ``project.schema.name``."""
        middle = "" if self.schema == "default" else f"{self.schema}."
        return f"{self.project}.{middle}{self.name}"


@dataclass(frozen=True)
class Partition:
    """One partition. Times are UTC without zone; ``properties`` such as ``storagetier``."""

    spec: Mapping[str, str]
    created: datetime
    modified: datetime
    properties: Mapping[str, str] = field(default_factory=dict)
    lifecycle_enabled: bool = True
