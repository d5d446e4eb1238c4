"""What the SQL engine asks of its surroundings: a catalog of tables and somewhere to run Python functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from odps_jupyter.emulator.projects.models import Schema
from odps_jupyter.emulator.tables.models import Column, Partition, Table, TableSpec
from odps_jupyter.executor.signature import Signature


class Catalog(Protocol):
    """Tables and functions of the job's project, and the changes DDL makes to them.

    Every change goes through the job's own DuckDB connection, so that it is undone when the job's transaction is.
    Methods that look something up raise ``OdpsError`` with MaxCompute's code (``ODPS-0130131`` for a missing table).
    """

    @property
    def project(self) -> str:
        """The job's default project."""

    @property
    def schema(self) -> str:
        """The job's default schema."""

    def table(self, project: str | None, schema: str | None, name: str) -> Table:
        """The table or view; raises ``ODPS-0130131`` where there is none."""

    def function(self, name: str) -> Signature | None:
        """The signature of a registered Python function, ``None`` if no function has that name."""

    def has_schema(self, project: str | None, schema: str) -> bool:
        """Whether a project has a schema."""

    def schemas(self, project: str | None) -> Sequence[Schema]:
        """The schemas of a project by name."""

    def create_schema(self, project: str | None, name: str, comment: str, *, if_not_exists: bool) -> None:
        """Make a schema."""

    def drop_schema(self, project: str | None, name: str, *, if_exists: bool) -> None:
        """Drop an empty schema."""

    def functions(self, project: str | None) -> Sequence[tuple[str, str, str]]:
        """Name, class and resources of the registered functions."""

    def tables(
        self,
        schema: str,
        prefix: str = "",
        after: str = "",
        limit: int = 1000,
        *,
        owner: str = "",
        kind: str = "",
        project: str | None = None,
    ) -> Sequence[Table]:
        """A page of a project's tables by name."""

    def create_table(self, spec: TableSpec, *, if_not_exists: bool) -> Table:
        """Make a table (or a view, by ``view_text``); raises ``ODPS-0110061`` if the name is taken."""

    def drop_table(
        self, project: str | None, schema: str | None, name: str, *, if_exists: bool, kind: str = "MANAGED_TABLE"
    ) -> None:
        """Drop a table or view of a kind (``Table.kind``)."""

    def rename_table(self, table: Table, name: str) -> None:
        """Give a table another name in the same schema."""

    def redefine(self, table: Table) -> None:
        """Keep a changed description of a table: comment, owner, lifecycle, properties, cluster."""

    def lay_columns(self, table: Table, columns: Sequence[Column], kept: Mapping[str, str]) -> Table:
        """Give a table other columns; ``kept`` says for each that keeps its values what it was named before."""

    def partitions(self, table: Table) -> Sequence[Mapping[str, str]]:
        """The partitions that exist, each as column name to text."""

    def described_partitions(self, table: Table) -> Sequence[Partition]:
        """The partitions with their times and properties."""

    def has_partition(self, table: Table, spec: Mapping[str, str]) -> bool:
        """Whether a partition exists."""

    def add_partition(self, table: Table, spec: Mapping[str, str], *, if_not_exists: bool) -> None:
        """Make a partition."""

    def drop_partition(self, table: Table, spec: Mapping[str, str], *, if_exists: bool) -> None:
        """Drop a partition with its rows."""

    def rename_partition(self, table: Table, spec: Mapping[str, str], renamed: Mapping[str, str]) -> None:
        """Give a partition other values; its rows follow."""

    def move_rows(self, table: Table, spec: Mapping[str, str], target: Mapping[str, str]) -> None:
        """Put the rows of one partition into another."""

    def describe_partition(
        self,
        table: Table,
        spec: Mapping[str, str],
        *,
        properties: Mapping[str, str] | None = None,
        lifecycle_enabled: bool | None = None,
    ) -> None:
        """Change what is not ``None``."""

    def truncate(self, table: Table, spec: Mapping[str, str] | None) -> None:
        """Delete the rows of a table, or of one partition."""

    def touch(self, table: Table, spec: Mapping[str, str] | None = None) -> None:
        """Note that the rows of a table, or of one of its partitions, changed (the time of change, statistics)."""


class UdfRunner(Protocol):
    """Runs registered Python functions; DuckDB calls it from several of its threads at once."""

    def evaluate(self, name: str, batch: pa.RecordBatch) -> Any:
        """A scalar function: column i of the batch is argument i; answers one array of the same length."""

    def aggregate(self, name: str, groups: Any) -> Any:
        """An aggregate: one list of ``struct<a0, a1, ...>`` per group; answers one value per group."""

    def partials(self, name: str, groups: Any) -> Any:
        """As ``aggregate``; answers a list of buffers per group, each as marshal wrote it."""

    def merged(self, name: str, buffers: Any) -> Any:
        """One value for each list of the buffers of a group, however many ``partials`` made them."""

    def process(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """A table function over one stream of rows, ``close()`` included; answers batches of its output columns.

        What the function forwards for a batch is answered before the next batch is asked for.
        """

    def beside(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[tuple[pa.Array | None, pa.RecordBatch]]:
        """As ``process``; before each batch of the output, the row of the batch asked for last that each was made for.

        Rows are counted from 0 and never decrease; ``None`` stands beside what ``close()`` forwards.
        """


Progress = Callable[[int, int], None]
"""Called with the number of statements finished and of all statements of the script."""
