"""Resources of every type, whole, in parts, temporary, replaced."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from odps import ODPS, errors, options

from .conftest import Running


@pytest.mark.parametrize(("kind", "suffix"), [("file", ".bin"), ("py", ".py"), ("jar", ".jar"), ("archive", ".zip")])
def test_contents_come_back_as_written(o: ODPS, name: str, kind: str, suffix: str) -> None:
    content = bytes(range(256)) * 100
    o.create_resource(name + suffix, kind, file_obj=io.BytesIO(content), comment="mine")
    resource = o.get_resource(name + suffix)
    assert resource.type.value.lower() == kind
    assert resource.comment == "mine"
    assert resource.owner == o.account.access_id
    with resource.open("rb") as file:
        assert file.read() == content
    resource.reload()
    assert resource.size == len(content)
    o.delete_resource(name + suffix)
    assert not o.exist_resource(name + suffix)


def test_update_replaces_the_content(o: ODPS, name: str) -> None:
    resource = o.create_resource(name, "file", file_obj="one")
    resource.update(file_obj="two, longer")
    with o.open_resource(name, mode="r") as file:
        assert file.read() == "two, longer"
    with o.open_resource(name, mode="a") as file:
        file.write("!")
    with o.open_resource(name, mode="r") as file:
        assert file.read() == "two, longer!"
    o.delete_resource(name)


@pytest.fixture
def small_chunks() -> Iterator[None]:
    """The client cuts resources into parts of 1 KB."""
    usual = options.resource_chunk_size
    options.resource_chunk_size = 1024
    yield
    options.resource_chunk_size = usual


@pytest.mark.usefixtures("small_chunks")
def test_big_resources_go_up_in_parts_and_come_down_in_ranges(o: ODPS, name: str) -> None:
    content = bytes(range(256)) * 20
    with o.open_resource(name, mode="wb", stream=True, type="file") as file:
        for start in range(0, len(content), 700):
            file.write(content[start : start + 700])
    with o.open_resource(name, mode="rb", stream=True) as file:
        assert file.read() == content
    assert [resource.name for resource in o.list_resources(prefix=name)] == [name]
    o.delete_resource(name)


def test_temporary_resources_say_so(o: ODPS, name: str) -> None:
    o.create_resource(name, "file", file_obj="x", temp=True)
    resource = o.get_resource(name)
    resource.reload()
    assert resource.is_temp_resource
    o.delete_resource(name)


def test_table_resources_name_a_table(o: ODPS, name: str) -> None:
    o.create_resource(name, "table", table_name="pyodps_iris")
    resource = o.get_resource(name)
    assert resource.table.name == "pyodps_iris"
    with resource.open_reader() as reader:
        assert reader.count == 150
    resource.update(table_name="retail_orders")
    assert o.get_resource(name).table.name == "retail_orders"
    o.delete_resource(name)
    with pytest.raises(errors.NoSuchTable):
        o.create_resource(name, "table", table_name="nowhere")


def test_names_are_taken_once(o: ODPS, name: str) -> None:
    o.create_resource(name, "file", file_obj="x")
    with pytest.raises(errors.ObjectAlreadyExists):
        o.create_resource(name, "file", file_obj="y")
    with o.open_resource(name, mode="r") as file:
        assert file.read() == "x"
    o.delete_resource(name)


def test_missing_resource_is_named(o: ODPS) -> None:
    with pytest.raises(errors.NoSuchObject, match="nowhere"):
        o.get_resource("nowhere").reload()
    with pytest.raises(errors.NoSuchObject, match="nowhere"):
        o.delete_resource("nowhere")


@pytest.mark.parametrize("bad", ["../evil", "a\\b", ".."])
def test_names_cannot_leave_their_place(o: ODPS, bad: str) -> None:
    with pytest.raises(errors.ODPSError, match="no name for a resource"):
        o.create_resource(bad, "file", file_obj="x")


def test_seeded_libraries_are_there(o: ODPS) -> None:
    kinds = {resource.name: resource.type.value for resource in o.list_resources()}
    assert kinds["numpy.zip"] == "ARCHIVE"
    assert kinds["other.zip"] == "FILE"


def test_the_name_of_a_project_is_free_of_case(o: ODPS, service: Running, name: str) -> None:
    shouting = service.client(project=str(o.project).upper())
    shouting.create_resource(f"{name}.txt", "file", file_obj="content")
    assert o.exist_resource(f"{name}.txt")
    assert f"{name}.txt" in [resource.name for resource in shouting.list_resources()]
    assert [schema.name for schema in shouting.list_schemas()] == [schema.name for schema in o.list_schemas()]
    assert shouting.exist_schema("default")
    shouting.delete_resource(f"{name}.txt")
