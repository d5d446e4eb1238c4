"""What the SQL engine asks of its surroundings: a catalog of tables and somewhere to run Python functions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import pyarrow as pa

from odps_jupyter.emulator.tables.models import Column, Table, TableSpec
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

    def create_table(self, spec: TableSpec, *, if_not_exists: bool) -> Table:
        """Make a table (or a view, by ``view_text``); raises ``ODPS-0121145`` if the name is taken."""

    def drop_table(self, project: str | None, schema: str | None, name: str, *, if_exists: bool, view: bool) -> None:
        """Drop a table, or a view if ``view``."""

    def rename_table(self, table: Table, name: str) -> None:
        """Give a table another name in the same schema."""

    def alter_table(self, table: Table, *, comment: str | None = None, lifecycle: int | None = None) -> None:
        """Change what is not ``None``."""

    def add_columns(self, table: Table, columns: Sequence[Column], *, if_not_exists: bool) -> None:
        """Append columns before the partition columns."""

    def partitions(self, table: Table) -> Sequence[Mapping[str, str]]:
        """The partitions that exist, each as column name to text."""

    def add_partition(self, table: Table, spec: Mapping[str, str], *, if_not_exists: bool) -> None:
        """Make a partition."""

    def drop_partition(self, table: Table, spec: Mapping[str, str], *, if_exists: bool) -> None:
        """Drop a partition with its rows."""

    def truncate(self, table: Table, spec: Mapping[str, str] | None) -> None:
        """Delete the rows of a table, or of one partition."""

    def touch(self, table: Table) -> None:
        """Note that the rows of a table changed (its last-modified time, its statistics)."""


class UdfRunner(Protocol):
    """Runs registered Python functions; DuckDB calls it from several of its threads at once."""

    def evaluate(self, name: str, batch: pa.RecordBatch) -> Any:
        """A scalar function: column i of the batch is argument i; answers one array of the same length."""

    def aggregate(self, name: str, groups: Any) -> Any:
        """An aggregate: one list of ``struct<a0, a1, ...>`` per group; answers one value per group."""

    def process(self, name: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """A table function over one stream of rows, ``close()`` included; answers batches of its output columns.

        What the function forwards for a batch is answered before the next batch is asked for: LATERAL VIEW tells by
        that which row an answer belongs to.
        """


Progress = Callable[[int, int], None]
"""Called with the number of statements finished and of all statements of the script."""
