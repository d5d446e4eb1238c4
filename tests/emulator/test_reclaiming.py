"""Tables and partitions past their lifecycle are gone when the service looks, as it does when it starts."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import duckdb
from odps import ODPS

from .conftest import Start


def age(folder: Path, table: str, days: float, spec: str = "") -> None:
    """Let the rows of a table, or of its partition, be as they are for so many days; no service runs."""
    with duckdb.connect(str(folder / "emulator.duckdb")) as connection:
        span = timedelta(days=days)
        if spec:
            connection.execute(
                "UPDATE meta.partitions SET modified = modified - ? WHERE spec LIKE ? AND "
                "table_id IN (SELECT id FROM meta.tables WHERE name = ?)",
                [span, f"%{spec}%", table],
            )
        else:
            connection.execute("UPDATE meta.tables SET modified = modified - ? WHERE name = ?", [span, table])


def parts(o: ODPS, name: str) -> list[str]:
    return [part.name for part in o.get_table(name).partitions]


def test_what_is_past_its_lifecycle_is_reclaimed(start: Start, tmp_path: Path) -> None:
    running = start("--data-dir", str(tmp_path))
    o = running.client()
    o.create_schema("inner_one")
    for name, lifecycle in (("old", 3), ("young", 3), ("endless", None), ("disabled", 3)):
        o.write_table(o.create_table(name, "a bigint", lifecycle=lifecycle), [[1]])
    o.create_table("inner", "a bigint", lifecycle=1, schema="inner_one")
    o.execute_sql("alter table disabled disable lifecycle")
    o.execute_sql("create view seen lifecycle 1 as select a from young")
    o.execute_sql("create materialized view kept lifecycle 1 as select a from young")
    for name in ("parted", "emptied"):
        for place in ("a", "b", "c"):
            o.get_table(o.create_table(name, ("a bigint", "p string"), lifecycle=2, if_not_exists=True).name)
            o.write_table(name, [[1]], partition=f"p={place}", create_partition=True)
    o.execute_sql("alter table parted partition (p='c') disable lifecycle")
    o.execute_sql("alter table emptied set tblproperties ('lifecycle.deletemeta'='true')")
    assert running.stop() == 0
    for name in ("old", "endless", "disabled", "inner", "seen", "kept", "parted", "emptied"):
        age(tmp_path, name, 3.01)
    age(tmp_path, "young", 2.99)
    for place in ("a", "c"):
        age(tmp_path, "parted", 2.5, place)
    for place in ("a", "b", "c"):
        age(tmp_path, "emptied", 2.5, place)

    o = start("--data-dir", str(tmp_path)).client()
    left = {table.name for table in o.list_tables()}
    assert {"young", "endless", "disabled", "seen", "parted"} <= left
    assert not left & {"old", "kept", "emptied"}
    assert not o.exist_table("inner", schema="inner_one")
    assert parts(o, "parted") == ["p='b'", "p='c'"]
    with o.get_table("parted").open_reader(partition="p=b") as reader:
        assert reader.count == 1
    assert o.execute_sql("select * from parted where p = 'a'").open_reader(tunnel=True).count == 0
