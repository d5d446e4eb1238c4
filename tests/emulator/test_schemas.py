"""Everything a client does that works in a schema of its own, ``ODPS(..., schema=...)`` or ``schema=`` of a call."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from odps import ODPS, errors
from odps.df import DataFrame

from .conftest import Running

SOURCE = """
from odps.udf import annotate

@annotate("bigint->bigint")
class Add(object):
    def evaluate(self, number):
        return number + {}
"""
#: ``a.b`` is schema and table, not project and table.
SCHEMAS = {"odps.namespace.schema": "true"}


@pytest.fixture(scope="module")
def inside(service: Running) -> Iterator[ODPS]:
    """A client whose schema is its own, with a table of two rows, ``numbers``."""
    schema = f"s_{uuid.uuid4().hex[:8]}"
    service.client().create_schema(schema)
    o = service.client(schema=schema)
    o.create_table("numbers", "a bigint")
    o.write_table("numbers", [[1], [2]])
    yield o
    for function in list(o.list_functions()):
        function.drop()
    for resource in list(o.list_resources()):
        resource.drop()
    for table in list(o.list_tables()):
        table.drop()
    service.client().delete_schema(schema)


def rows(o: ODPS, query: str, **hints: Any) -> list[Any]:
    with o.execute_sql(query, **hints).open_reader(tunnel=True) as reader:
        return [record[0] for record in reader]


def test_functions_of_a_dataframe(inside: ODPS) -> None:
    numbers = DataFrame(inside.get_table("numbers"))
    assert numbers.a.map(lambda a: a + 1).execute().values.iloc[:, 0].tolist() == [2, 3]


def test_tasks_other_than_sql(inside: ODPS) -> None:
    numbers = DataFrame(inside.get_table("numbers"))
    assert numbers.append_id().execute().values.shape == (2, 2)
    assert inside.execute_sql_cost("select * from numbers").input_size > 0
    inside.execute_merge_files("numbers")


def test_registered_functions_are_found_in_their_schema(inside: ODPS, o: ODPS, name: str) -> None:
    schema = inside.schema
    for client, step in ((o, 10), (inside, 20)):
        client.create_resource(f"{name}.py", "py", file_obj=SOURCE.format(step))
    o.create_function(name, class_type=f"{name}.Add", resources=[f"{name}.py"])
    inside.create_function(name, class_type=f"{name}.Add", resources=[f"{name}.py"])
    assert inside.exist_function(name)
    assert [str(one.full_resource_name) for one in o.get_function(name, schema=schema).resources] == [
        f"{o.project}/schemas/{schema}/resources/{name}.py"
    ]
    assert rows(o, f"select {name}(1)") == [11]
    assert rows(inside, f"select {name}(a) from numbers") == [21, 22]
    assert rows(o, f"select {name}(1)", default_schema=schema) == [21]
    assert rows(o, f"select {schema}.{name}(1)", hints=SCHEMAS) == [21]
    assert rows(o, f"select {o.project}.{schema}.{name}(1) + {o.project}.default.{name}(1)", hints=SCHEMAS) == [32]
    assert rows(inside, f"select default.{name}(1)", hints=SCHEMAS) == [11]
    o.delete_function(name, schema=schema)
    assert rows(o, f"select {name}(1)") == [11]
    with pytest.raises(errors.ODPSError, match=f"function {name} cannot be resolved"):
        rows(inside, f"select {name}(a) from numbers")
    o.delete_function(name)
    o.delete_resource(f"{name}.py")


def test_functions_made_by_sql(inside: ODPS, o: ODPS, name: str) -> None:
    inside.create_resource(f"{name}.py", "py", file_obj=SOURCE.format(5))
    inside.execute_sql(f"create function {name} as '{name}.Add' using '{name}.py'")
    assert inside.exist_function(name)
    assert not o.exist_function(name)
    assert rows(inside, f"select {name}(a) from numbers") == [6, 7]
    inside.execute_sql(f"drop function {name}; create sql function {name}(@a bigint) as @a + 2;")
    assert rows(inside, f"select {name}(a) from numbers") == [3, 4]
    inside.execute_sql(f"drop function {name}")
    place = f"{inside.schema}.{name}"
    o.execute_sql(f"create function {place} as '{name}.Add' using '{name}.py'", hints=SCHEMAS)
    assert inside.exist_function(name)
    o.execute_sql(f"drop function {o.project}.{place}", hints=SCHEMAS)
    assert not inside.exist_function(name)
    with pytest.raises(errors.ODPSError, match="nowhere"):
        o.execute_sql(f"create function nowhere.{name} as '{name}.Add' using '{name}.py'", hints=SCHEMAS)


def test_what_is_in_no_schema_is_refused(o: ODPS, name: str) -> None:
    calls = (
        lambda: o.create_resource(name, "file", file_obj="x", schema="nowhere"),
        lambda: list(o.list_resources(schema="nowhere")),
        lambda: list(o.list_tables(schema="nowhere")),
        lambda: list(o.list_functions(schema="nowhere")),
        lambda: o.create_table(name, "a bigint", schema="nowhere"),
    )
    for call in calls:
        with pytest.raises(errors.ODPSError, match=r"schema not found - .*nowhere"):
            call()
    assert not o.exist_resource(name, schema="nowhere")
    assert not o.exist_table(name, schema="nowhere")


@pytest.mark.parametrize("odd", ["a'b; drop", "a/b", "../x", "a b", "n" * 129, "名"])
def test_names_that_are_none_are_refused(o: ODPS, odd: str) -> None:
    with pytest.raises(errors.ODPSError, match="is no name for a schema"):
        o.create_schema(odd)
    with pytest.raises(errors.ODPSError, match="is no name for a function"):
        o.create_function(odd, class_type="m.F", resources=[])
