"""Tables and partitions through the client's objects."""

from __future__ import annotations

import pytest
from odps import ODPS, errors
from odps.models import TableSchema


def test_seeded_tables_are_described(o: ODPS) -> None:
    table = o.get_table("pyodps_iris")
    assert [(column.name, str(column.type).lower()) for column in table.table_schema.columns] == [
        ("sepal_length", "double"),
        ("sepal_width", "double"),
        ("petal_length", "double"),
        ("petal_width", "double"),
        ("name", "string"),
    ]
    assert table.record_num == 150
    assert table.owner == o.account.access_id
    assert table.type.value == "MANAGED_TABLE"
    assert not table.is_transactional


def test_seeded_retail_tables_are_related(o: ODPS) -> None:
    query = "select count(*) from retail_orders o join retail_customers c on o.customer_id = c.customer_id"
    with o.execute_sql(query).open_reader() as reader:
        assert 0 < reader[0][0] < o.get_table("retail_orders").record_num


def test_missing_table_does_not_exist(o: ODPS) -> None:
    assert not o.exist_table("no_such_table")
    with pytest.raises(errors.NoSuchTable, match=r"testing\.no_such_table cannot be resolved"):
        o.get_table("no_such_table").reload()


def test_tables_are_created_and_dropped(o: ODPS, name: str) -> None:
    schema = TableSchema.from_lists(["id", "price", "tags"], ["bigint", "decimal(10,2)", "array<string>"])
    table = o.create_table(name, schema, comment="what it is", lifecycle=7)
    assert table.comment == "what it is"
    assert table.lifecycle == 7
    assert [str(column.type).lower() for column in table.table_schema] == ["bigint", "decimal(10,2)", "array<string>"]
    with pytest.raises(errors.ODPSError, match="already exists"):
        o.create_table(name, schema)
    o.create_table(name, schema, if_not_exists=True)
    o.delete_table(name)
    assert not o.exist_table(name)
    o.delete_table(name, if_exists=True)
    with pytest.raises(errors.NoSuchTable):
        o.delete_table(name)


def test_names_are_case_insensitive(o: ODPS, name: str) -> None:
    o.create_table(name.upper(), "ID bigint")
    assert o.exist_table(name)
    assert o.get_table(name).table_schema.columns[0].name == "id"
    o.delete_table(name)


def test_listing_pages_and_filters(o: ODPS, name: str) -> None:
    names = [f"{name}_{index}" for index in range(5)]
    for one in names:
        o.create_table(one, "a bigint")
    assert [table.name for table in o.list_tables(prefix=name)] == names
    first = o.rest.get(
        o.get_project().tables.resource(), params={"name": name, "maxitems": "2", "expectmarker": "true"}
    ).text
    assert f"<Marker>{names[1]}</Marker>" in first
    assert list(o.list_tables(prefix=name, owner="nobody")) == []
    for one in names:
        o.delete_table(one)


def test_listing_by_type_and_owner_goes_on_over_pages(o: ODPS, name: str) -> None:
    for index in range(3):
        o.create_table(f"{name}_t{index}", "a bigint")
        o.execute_sql(f"create view {name}_v{index} as select a from {name}_t{index}")
    o.get_table(f"{name}_t1").set_owner("someone")
    with o.get_table(f"{name}_t0").open_writer() as writer:
        writer.write([[1], [2]])
    assert [table.name for table in o.list_tables(prefix=name, owner="someone")] == [f"{name}_t1"]
    views = [f"{name}_v{index}" for index in range(3)]
    assert [table.name for table in o.list_tables(prefix=name, type="virtual_view")] == views
    page = {"name": name, "type": "VIRTUAL_VIEW", "maxitems": "2", "expectmarker": "true"}
    first = o.rest.get(o.get_project().tables.resource(), params=page).text
    assert views[1] in first
    assert views[2] not in first
    second = o.rest.get(o.get_project().tables.resource(), params={**page, "marker": views[1]}).text
    assert views[2] in second
    listed = {table.name: table for table in o.list_tables(prefix=name, extended=True)}
    assert listed[f"{name}_t0"].record_num == 2
    assert not listed[f"{name}_t0"].is_transactional
    for index in range(3):
        o.delete_view(f"{name}_v{index}")
        o.delete_table(f"{name}_t{index}")


def test_preview_shows_rows_columns_and_nulls(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint, word string, at datetime")
    with table.open_writer() as writer:
        writer.write([[1, 'a "quoted", word', None], [2, None, None], [3, "two\nlines", None]])
    assert [list(record.values) for record in table.head(2)] == [[1, 'a "quoted", word', None], [2, None, None]]
    assert [record["word"] for record in table.head(3, columns=["word"])] == ['a "quoted", word', None, "two\nlines"]
    table.drop()


def test_partitions(o: ODPS, name: str) -> None:
    table = o.create_table(name, ("id bigint", "pt string, hh bigint"))
    for hour in (1, 2):
        table.create_partition(f"pt='a',hh={hour}")
    table.create_partition("pt=b,hh=1")
    table.create_partition("pt=b,hh=1", if_not_exists=True)
    with pytest.raises(errors.ODPSError, match="already exists"):
        table.create_partition("pt=b,hh=1")
    assert [str(one.partition_spec) for one in table.partitions] == ["pt='a',hh='1'", "pt='a',hh='2'", "pt='b',hh='1'"]
    assert len(list(table.iterate_partitions("pt=a"))) == 2
    assert table.exist_partition("pt=a,hh=2")
    assert not table.exist_partition("pt=c,hh=2")
    with table.open_writer(partition="pt=a,hh=1") as writer:
        writer.write([[1], [2]])
    assert table.get_partition("pt=a,hh=1").record_num == 2
    assert table.get_partition("pt=a,hh=2").record_num == 0
    table.delete_partition("pt=a,hh=1")
    assert not table.exist_partition("pt=a,hh=1")
    table.delete_partition("pt=a,hh=1", if_exists=True)
    table.drop()


def test_truncate_and_views(o: ODPS, name: str) -> None:
    table = o.create_table(name, "id bigint")
    with table.open_writer() as writer:
        writer.write([[1], [2]])
    o.execute_sql(f"create view {name}_v as select id + 1 as next from {name}")
    view = o.get_table(f"{name}_v")
    assert view.type.value == "VIRTUAL_VIEW"
    assert view.is_virtual_view
    with o.execute_sql(f"select next from {name}_v order by next limit 5").open_reader() as reader:
        assert [record[0] for record in reader] == [2, 3]
    table.truncate()
    table.reload()
    assert table.record_num == 0
    o.execute_sql(f"drop view {name}_v")
    table.drop()


@pytest.mark.parametrize("odd", ["a b", "a/b", "a;drop table pyodps_iris", "a'b", "表", "x" * 129])
def test_a_name_that_is_none_is_refused(o: ODPS, odd: str) -> None:
    with pytest.raises(errors.ODPSError, match=r"Invalid table name|ODPS-0130161"):
        o.create_table(odd, "id bigint")
    assert o.exist_table("pyodps_iris")


def test_values_of_partitions_are_of_their_type(o: ODPS, name: str) -> None:
    table = o.create_table(name, ("id bigint", "pt string, hh bigint"))
    table.create_partition("pt='01',hh='01'")
    o.write_table(name, [[7]], partition="pt=01,hh=1")
    assert [part.name for part in table.partitions] == ["pt='01',hh='1'"]
    assert table.exist_partition("pt=01,hh=001")
    assert not table.exist_partition("pt=1,hh=1")
    o.execute_sql(f"insert into {name} partition (pt='01', hh='+1') values (8)")
    assert [part.record_num for part in table.partitions] == [2]
    for odd in ("abc", "1.5", "9223372036854775808", "1_0"):
        calls = (
            lambda odd=odd: table.create_partition(f"pt='01',hh='{odd}'"),
            lambda odd=odd: o.write_table(name, [[1]], partition=f"pt=01,hh={odd}", create_partition=True),
            lambda odd=odd: list(o.read_table(name, partition=f"pt=01,hh={odd}")),
            lambda odd=odd: table.head(1, partition=f"hh={odd}"),
        )
        for call in calls:
            with pytest.raises(errors.ODPSError, match="no value of the partition column hh, which is bigint"):
                call()
    assert len(list(table.partitions)) == 1
    table.drop()
