"""What ``persist`` made of a table while debugging on pandas: kept in memory, laid over the real table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from odps_jupyter.errors import UserError

from .engines import Expr
from .sample import Sample, SampledTable, read_table

if TYPE_CHECKING:
    import pandas as pd

Partitions = Sequence[Mapping[str, str]]


class Overlay:
    """Frames by full table name. A table written on the sample reads so on pandas, and only there."""

    def __init__(self) -> None:
        self._frames: dict[str, pd.DataFrame] = {}

    def read(self, table: Any, partitions: Partitions | None) -> tuple[pd.DataFrame, SampledTable] | None:
        """What was persisted as ``table``, or None where nothing was."""
        frame = self._frames.get(table.full_table_name)
        if frame is None:
            return None
        if partitions is not None:
            frame = frame[_in_partitions(frame, partitions)]
        return frame, SampledTable(table.name, len(frame), len(frame))

    def forget(self, name: Any, options: Mapping[str, Any], odps: Any) -> None:
        """Show the real table again: ``persist(name, **options)`` has written it for real."""
        if self._frames:
            self._frames.pop(_target(name, options, odps)[0].full_table_name, None)

    def clear(self) -> None:
        self._frames.clear()

    def write(
        self, expr: Expr, name: Any, frame: pd.DataFrame, options: Mapping[str, Any], *, odps: Any, sample: Sample
    ) -> Expr:
        """Keep ``frame`` as the table ``name`` and return the collection that ``persist`` would.

        Args:
            expr: what was computed; its schema types a table that does not exist yet.
            name: a table name, or a PyODPS ``Table`` or ``Partition``.
            frame: its result.
            options: the arguments of ``persist``.

        Raises:
            UserError: the table exists and lacks a column of the result.
        """
        from odps.df import DataFrame, Scalar

        table, partition = _target(name, options, odps)
        spec = _partition_spec(partition)
        by = _names(options.get("partitions"))
        if not _exists(table, odps):
            table.table_schema = _new_schema(expr, spec, by, table.project)
        for column, value in spec.items():
            frame = frame.assign(**{column: value})
        frame = _fit(frame, table)

        kept = self._base(table, sample) if spec or by or not options.get("overwrite", True) else None
        if kept is not None:
            if options.get("overwrite", True):
                written = [spec] if spec else frame[by].drop_duplicates().to_dict("records")
                kept = kept[~_in_partitions(kept, written)]
            import pandas as pd

            frame = pd.concat([kept, frame], ignore_index=True) if len(kept) else frame
        self._frames[table.full_table_name] = frame

        collection = DataFrame(table)
        if not spec:
            return collection
        return collection.filter(*(collection[k] == Scalar(v).cast(collection[k].dtype) for k, v in spec.items()))

    def _base(self, table: Any, sample: Sample) -> pd.DataFrame | None:
        if table.full_table_name in self._frames:
            return self._frames[table.full_table_name]
        return read_table(table, sample)[0] if _exists(table, table.project.odps) else None


def _target(name: Any, options: Mapping[str, Any], odps: Any) -> tuple[Any, Any]:
    from odps.models import Table
    from odps.models.partition import Partition

    if isinstance(name, Partition):
        return name.table, name.partition_spec
    if isinstance(name, Table):
        return name, options.get("partition")
    return odps.get_table(name, project=options.get("project"), schema=options.get("schema")), options.get("partition")


def _exists(table: Any, odps: Any) -> bool:
    schema = table.get_schema()
    return bool(
        odps.exist_table(table.name, project=table.project.name, schema=None if schema is None else schema.name)
    )


def _partition_spec(partition: Any) -> dict[str, str]:
    from odps.types import PartitionSpec

    if partition is None:
        return {}
    if isinstance(partition, Mapping):
        return {str(key): str(value) for key, value in partition.items()}
    spec = partition if isinstance(partition, PartitionSpec) else PartitionSpec(partition)
    return {str(key): str(value) for key, value in spec.kv.items()}


def _names(partitions: Any) -> list[str]:
    if partitions is None:
        return []
    return [partitions] if isinstance(partitions, str) else list(partitions)


def _new_schema(expr: Expr, spec: Mapping[str, str], by: Sequence[str], project: Any) -> Any:
    from odps.df.backends.odpssql.types import df_schema_to_odps_schema, df_type_to_odps_type
    from odps.df.expr.expressions import CollectionExpr
    from odps.models import TableSchema

    if isinstance(expr, CollectionExpr):
        columns = {c.name: c.type for c in df_schema_to_odps_schema(expr.schema, ignorecase=True).columns}
    else:
        columns = {expr.name: df_type_to_odps_type(expr.dtype, project=project)}
    partitions = dict.fromkeys(spec, "string") | {name: columns[name] for name in by}
    plain = {name: type_ for name, type_ in columns.items() if name not in partitions}
    return TableSchema.from_lists(
        list(plain), list(plain.values()), list(partitions) or None, list(partitions.values()) or None
    )


def _fit(frame: pd.DataFrame, table: Any) -> pd.DataFrame:
    """The frame with the table's columns in the table's order; what the result lacks is NULL, as PyODPS writes it."""
    schema = table.table_schema
    ordered = [column.name for column in [*schema.simple_columns, *(schema.partitions or [])]]
    frame = frame.rename(columns=str.lower)
    unknown = [name for name in frame.columns if name not in ordered]
    if unknown:
        raise UserError(
            f"Column {unknown[0]} does not exist in table {table.name}; nothing was written.",
            hint="Rename or leave out the column, or persist under another table name.",
        )
    return frame.reindex(columns=ordered)


def _in_partitions(frame: pd.DataFrame, partitions: Sequence[Mapping[Any, Any]]) -> pd.Series[bool]:
    import pandas as pd

    inside = pd.Series(data=False, index=frame.index)
    for spec in partitions:
        matches = pd.Series(data=True, index=frame.index)
        for column, value in spec.items():
            matches &= frame[column].astype(str) == str(value)
        inside |= matches
    return inside
