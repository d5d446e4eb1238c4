"""Every change of tables that the client's own methods send, and what the client reads back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from odps import ODPS, errors
from odps.models import Table, TableSchema
from odps.models.cluster_info import ClusterInfo, ClusterSortCol, ClusterSortOrder, ClusterType
from odps.models.storage_tier import StorageTier
from odps.types import Column, Partition


@pytest.fixture
def table(o: ODPS, name: str) -> Iterator[Table]:
    """A table of two columns with three partitions."""
    schema = TableSchema.from_lists(["id", "word"], ["bigint", "string"], ["pt"], ["string"])
    made = o.create_table(name, schema, lifecycle=5)
    for value, rows in (("1", [[1, "a"], [2, "b"]]), ("2", [[3, "c"]]), ("3", [])):
        made.create_partition(f"pt={value}")
        if rows:
            with made.open_writer(partition=f"pt={value}") as writer:
                writer.write(rows)
    yield made
    o.delete_table(made.name, if_exists=True)


def rows(o: ODPS, query: str) -> list[tuple]:
    with o.execute_sql(query).open_reader() as reader:
        return [tuple(record.values) for record in reader]


def test_a_table_with_every_option(o: ODPS, name: str) -> None:
    cluster = ClusterInfo(
        cluster_type=ClusterType.HASH,
        bucket_num=16,
        cluster_cols=["id"],
        sort_cols=[ClusterSortCol(name="id", order=ClusterSortOrder.DESC)],
    )
    schema = TableSchema(
        columns=[Column("id", "bigint", "the key", nullable=False), Column("m", "map<string,array<double>>")],
        partitions=[Partition("pt", "string", "day"), Partition("hh", "bigint")],
    )
    made = o.create_table(
        name, schema, comment="it's \\ a table", lifecycle=3, cluster_info=cluster, transactional=True,
        storage_tier="low_frequency", table_properties={"some.key": "a 'value'"},
    )  # fmt: skip
    found = o.get_table(name)
    found.reload_extend_info()
    assert (found.comment, found.lifecycle, found.is_transactional, found.primary_key) == (
        "it's \\ a table", 3, True, None,
    )  # fmt: skip
    assert found.table_schema["id"].comment == "the key"
    assert not found.table_schema["id"].nullable
    assert str(found.table_schema["m"].type).lower() == "map<string,array<double>>"
    assert [p.comment for p in found.table_schema.partitions] == ["day", ""]
    assert found.table_properties["some.key"] == "a 'value'"
    assert found.cluster_info.to_sql_clause() == cluster.to_sql_clause()
    made.drop()


def test_the_clients_ddl_makes_the_same_table_again(o: ODPS, name: str) -> None:
    schema = TableSchema.from_lists(["id", "s"], ["bigint", "struct<a:bigint,b:array<string>>"], ["pt"], ["string"])
    first = o.create_table(name, schema, comment="one", lifecycle=2, transactional=True, primary_key="id")
    text = first.get_ddl()
    first.drop()
    o.execute_sql(text)
    again = o.get_table(name)
    assert again.get_ddl() == text
    assert again.primary_key == ["id"]
    assert again.is_transactional
    again.drop()


def test_columns(o: ODPS, table: Table) -> None:
    table.add_columns([Column("price", "decimal(10,2)", "in yuan"), Column("tags", "array<string>")])
    table.add_columns("n bigint, m double")
    table.add_columns(Column("n", "bigint"), if_not_exists=True)
    assert table.table_schema.names == ["id", "word", "price", "tags", "n", "m"]
    assert table.table_schema["price"].comment == "in yuan"
    table.rename_column("word", "name")
    table.rename_column("n", "number", comment="how many")
    assert table.table_schema["number"].comment == "how many"
    table.delete_columns(["tags", "m"])
    table.delete_columns("price")
    assert [(c.name, str(c.type).lower()) for c in table.table_schema.simple_columns] == [
        ("id", "bigint"), ("name", "string"), ("number", "bigint"),
    ]  # fmt: skip
    assert rows(o, f"select * from {table.name} where pt = '2'") == [(3, "c", None, "2")]
    for change in ("add_columns", "delete_columns"):
        with pytest.raises(errors.ODPSError, match="ODPS-0130071"):
            getattr(table, change)("id bigint" if change == "add_columns" else "nothing")


def test_what_is_said_of_a_table(o: ODPS, table: Table) -> None:
    table.set_comment("new 'words'")
    table.set_lifecycle(30)
    table.set_owner("someone")
    table.set_storage_tier("long_term")
    table.set_cluster_info(ClusterInfo(cluster_type=ClusterType.RANGE, cluster_cols=["id"]))
    found = ODPS.get_table(o, table.name)
    found.reload()
    found.reload_extend_info()
    assert (found.comment, found.lifecycle, found.owner) == ("new 'words'", 30, "someone")
    assert found.storage_tier_info.storage_tier == StorageTier.LONGTERM
    assert found.storage_tier_info.storage_size == {StorageTier.LONGTERM: 48}
    assert (found.cluster_info.cluster_type, found.cluster_info.cluster_cols) == (ClusterType.RANGE, ["id"])
    found.set_cluster_info(None)
    found.reload_extend_info()
    assert found.cluster_info is None


def test_rename_and_touch(o: ODPS, table: Table, name: str) -> None:
    before = table.get_partition("pt=1").last_data_modified_time
    whole = table.last_data_modified_time
    table.touch("pt=1")
    table.reload()
    assert table.get_partition("pt=1").last_data_modified_time >= before
    assert table.last_data_modified_time >= whole
    table.rename(f"{name}_b")
    assert not o.exist_table(name)
    assert o.get_table(f"{name}_b").table_schema.names == ["id", "word"]


def test_partitions(o: ODPS, table: Table) -> None:
    assert [p.name for p in table.iterate_partitions("pt>'1'")] == ["pt='2'", "pt='3'"]
    assert [p.name for p in table.iterate_partitions(reverse=True)] == ["pt='3'", "pt='2'", "pt='1'"]
    assert str(table.get_max_partition()) == "pt='2'"
    assert str(table.get_max_partition(skip_empty=False)) == "pt='3'"
    one = table.get_partition("pt=1")
    assert (one.record_num, one.size, one.physical_size, one.lifecycle) == (2, 32, 32, 5)
    one.set_storage_tier("low_frequency")
    one.reload_extend_info()
    assert one.storage_tier_info.storage_tier == StorageTier.LOWFREQENCY
    table.change_partition_spec("pt=1", "pt=9")
    assert [p.name for p in table.partitions] == ["pt='2'", "pt='3'", "pt='9'"]
    assert rows(o, f"select id, pt from {table.name} where pt = '9' order by id limit 5") == [(1, "9"), (2, "9")]
    table.truncate(["pt=9", "pt=2"])
    assert [p.record_num for p in table.partitions] == [0, 0, 0]
    assert table.exist_partitions("pt=9")
    assert not table.exist_partitions("pt=1")
    o.execute_sql(f"alter table {table.name} drop if exists partition (pt < '3'), partition (pt = '77')")
    assert [p.name for p in table.partitions] == ["pt='3'", "pt='9'"]
    with pytest.raises(errors.ODPSError, match=r"ODPS-0110012: Partition not found"):
        table.delete_partition("pt=1")
    with pytest.raises(errors.ODPSError, match="no partition column nothing"):
        table.create_partition("nothing=1")


def test_times_of_partitions_follow_their_own_rows(o: ODPS, table: Table) -> None:
    one, two = (table.get_partition(f"pt={value}") for value in "12")
    before = two.last_data_modified_time
    o.execute_sql(f"insert into {table.name} partition (pt='1') values (7, 'g')")
    one.reload()
    two.reload()
    assert one.last_data_modified_time >= one.creation_time
    assert two.last_data_modified_time == before
    with table.open_writer(partition="pt=2") as writer:
        writer.write([[9, "i"]])
    two.reload()
    assert two.last_data_modified_time >= before
    assert two.record_num == 2


def test_statements_on_transactional_tables(o: ODPS, name: str) -> None:
    made = o.create_table(name, "id bigint, word string", transactional=True, primary_key=["id"])
    o.execute_sql(f"insert into {name} values (1, 'a'), (2, 'b')")
    o.execute_sql(f"insert into {name} values (2, 'bb'), (3, 'c')")
    o.execute_sql(f"update {name} set word = concat(word, '!') where id > 1")
    o.execute_sql(f"delete from {name} where id = 3")
    o.execute_sql(
        f"merge into {name} t using (select 1 as id, 'm' as word union all select 9, 'n') s on t.id = s.id"
        " when matched then update set word = s.word when not matched then insert values (s.id, s.word)"
    )
    with made.open_reader() as reader:
        assert sorted(tuple(r.values) for r in reader) == [(1, "m"), (2, "bb!"), (9, "n")]
    made.drop()


def test_views(o: ODPS, table: Table, name: str) -> None:
    schema = TableSchema(columns=[Column("k", "bigint", "the key"), Column("w", "string")])
    view = o.create_table(
        f"{name}_v", schema, comment="a view", table_type="VIRTUAL_VIEW",
        view_text=f"select id, word from {table.name} where id > 1",
    )  # fmt: skip
    assert view.type == Table.Type.VIRTUAL_VIEW
    assert view.table_schema["k"].comment == "the key"
    assert view.view_text == f"select id, word from {table.name} where id > 1"
    assert sorted(rows(o, f"select * from {view.name}")) == [(2, "b"), (3, "c")]
    assert [t.name for t in o.list_tables(prefix=name, type="virtual_view")] == [f"{name}_v"]
    assert [t.name for t in o.list_tables(prefix=name, type="managed_table")] == [name]
    view.rename(f"{name}_w")
    with pytest.raises(errors.ODPSError, match="is a VIRTUAL VIEW"):
        o.delete_table(f"{name}_w")
    o.delete_view(f"{name}_w")
    assert not o.exist_table(f"{name}_w")


def test_materialized_views(o: ODPS, table: Table, name: str) -> None:
    schema = TableSchema.from_lists(["id"], ["bigint"], ["pt"], ["string"])
    view = o.create_table(
        f"{name}_m", schema, table_type="MATERIALIZED_VIEW", rewrite_enabled=False, lifecycle=4,
        view_text=f"select id, pt from {table.name}",
    )  # fmt: skip
    assert view.type == Table.Type.MATERIALIZED_VIEW
    assert (view.is_materialized_view, view.is_materialized_view_rewrite_enabled, view.lifecycle) == (True, False, 4)
    assert not view.is_materialized_view_outdated
    assert [p.name for p in view.partitions] == ["pt='1'", "pt='2'"]
    o.execute_sql(f"insert into {table.name} partition (pt='3') values (8, 'h')")
    view.reload()
    assert view.is_materialized_view_outdated
    assert len(rows(o, f"select * from {view.name}")) == 3
    o.execute_sql(f"alter materialized view {view.name} rebuild")
    view.reload()
    assert not view.is_materialized_view_outdated
    assert len(rows(o, f"select * from {view.name}")) == 4
    view.drop()
    assert not o.exist_table(f"{name}_m")


def test_partitions_made_of_a_time(o: ODPS, name: str) -> None:
    made = o.create_table(name, ("id bigint, at datetime", "trunc_time(at, 'day') as pt"))
    assert str(made.table_schema["pt"].generate_expression) == "trunc_time(`at`, 'day')"
    o.execute_sql(f"insert into {name} select 1, cast('2024-02-28 23:59:59' as datetime)")
    o.execute_sql(f"insert into {name} (id, at) select 2, cast('2024-02-29 00:00:00' as datetime)")
    assert [p.name for p in made.partitions] == ["pt='2024-02-28'", "pt='2024-02-29'"]
    assert rows(o, f"select id from {name} where pt = '2024-02-29'") == [(2,)]
    text = made.get_ddl()
    made.drop()
    o.execute_sql(text)
    assert o.get_table(name).get_ddl() == text
    o.delete_table(name)


def test_tables_in_schemas(o: ODPS, name: str) -> None:
    schema = o.create_schema(name)
    made = o.create_table("inside", "a bigint", schema=name)
    assert made.full_table_name == f"{o.project}.{name}.`inside`"
    with made.open_writer() as writer:
        writer.write([[1], [2]])
    assert rows(o, f"select sum(a) from {o.project}.{name}.inside") == [(3,)]
    assert [t.name for t in o.list_tables(schema=name)] == ["inside"]
    assert not o.exist_table("inside")
    made.add_columns("b string")
    assert made.table_schema.names == ["a", "b"]
    with pytest.raises(errors.ODPSError, match="still holds inside"):
        o.delete_schema(name)
    made.drop()
    schema.drop()
    assert not o.exist_schema(name)
    with pytest.raises(errors.ODPSError, match="schema not found"):
        o.create_table("inside", "a bigint", schema=name)


def test_text_answers(o: ODPS, table: Table) -> None:
    def shown(statement: str) -> str:
        with o.execute_sql(statement).open_reader() as reader:
            return str(reader.raw)

    assert shown(f"show partitions {table.name}") == "pt=1\npt=2\npt=3"
    assert "| id " in shown(f"desc {table.name}")
    assert "| RecordNum:                3 " in shown(f"desc extended {table.name}")
    assert shown(f"show create table {table.name}").startswith(f"CREATE TABLE IF NOT EXISTS {o.project}.{table.name} (")
    assert f":{table.name}" in shown("show tables")
    assert "default" in shown(f"show schemas in {o.project}").split()
    assert "In Job job0" in shown(f"explain select count(*) from {table.name}")
