"""Contents of resources as files: every mode, in parts, damaged, under names of any kind."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from typing import Any

import pytest
from odps import ODPS, errors, options


@pytest.fixture
def small_chunks() -> Iterator[None]:
    """The client cuts resources into parts of 1 KB."""
    usual = options.resource_chunk_size
    options.resource_chunk_size = 1024
    yield
    options.resource_chunk_size = usual


@pytest.fixture
def resource(o: ODPS, name: str) -> Iterator[Any]:
    yield o.create_resource(name, "file", file_obj="first\nsecond\nthird\n")
    o.delete_resource(name)


def content(o: ODPS, name: str) -> str:
    with o.open_resource(name, mode="r") as file:
        return str(file.read())


def test_every_mode_of_a_file(o: ODPS, resource: Any) -> None:
    with resource.open("r") as file:
        assert file.readline() == "first\n"
        assert file.readlines() == ["second\n", "third\n"]
    with resource.open("r+") as file:
        file.seek(6)
        file.write("SECOND")
    assert content(o, resource.name) == "first\nSECOND\nthird\n"
    with resource.open("r+") as file:
        file.truncate(6)
    with resource.open("a+") as file:
        file.write("more\n")
        file.seek(0)
        assert list(file) == ["first\n", "more\n"]
    with resource.open("w+") as file:
        file.writelines(["a\n", "b\n"])
        file.seek(0)
        assert file.read() == "a\nb\n"
    with resource.open("wb") as file:
        file.write(b"\x00\xff")
    with resource.open("rb") as file:
        assert file.read() == b"\x00\xff"


@pytest.mark.usefixtures("small_chunks")
def test_streams_in_text_and_lines(o: ODPS, resource: Any) -> None:
    lines = [f"line {index} 中文\n" for index in range(300)]
    with resource.open("w", stream=True) as file:
        for line in lines:
            file.write(line)
    assert content(o, resource.name) == "".join(lines)
    with resource.open("rb", stream=True) as file:
        assert [line.decode() for line in file] == lines
        file.seek(5)
        assert file.read(3) == "".join(lines).encode()[5:8]


@pytest.mark.usefixtures("small_chunks")
def test_large_resources_go_up_in_parts_by_themselves(o: ODPS, name: str) -> None:
    body = bytes(range(256)) * 40
    o.create_resource(name, "archive", file_obj=io.BytesIO(body), temp=True)
    with o.open_resource(name, mode="rb") as file:
        assert file.read() == body
    assert [one.name for one in o.list_resources(prefix=name)] == [name]
    o.get_resource(name).update(file_obj=io.BytesIO(body[::-1]))
    with o.open_resource(name, mode="rb") as file:
        assert file.read() == body[::-1]
    o.delete_resource(name)


def part(o: ODPS, name: str, body: bytes) -> Any:
    return o.get_project().resources.create(name=name, type="file", part=True, temp=True, fileobj=io.BytesIO(body))


def merge(o: ODPS, name: str, body: str) -> None:
    resources = o.get_project().resources
    headers = {"x-odps-resource-type": "file", "x-odps-resource-name": name}
    o.rest.post(resources.resource(), body, headers=headers, params={"rOpMerge": "true"})


def test_merges_that_cannot_be_are_refused_and_leave_the_parts(o: ODPS, name: str) -> None:
    part(o, f"{name}.1", b"one")
    md5 = hashlib.md5(b"one").hexdigest()
    for body, message in [
        (f"{'0' * 32}|{name}.1", "do not have the given MD5"),
        (f"{md5}|{name}.1,{name}.2", "not found"),
        (f"{md5}|other.zip", "is no part"),
        (md5, "no MD5 before it"),
        ("", "no MD5 before it"),
    ]:
        with pytest.raises(errors.ODPSError, match=message):
            merge(o, name, body)
        assert not o.exist_resource(name)
    assert list(o.list_resources(prefix=name)) == []
    merge(o, name, f"{md5}|{name}.1")
    assert content(o, name) == "one"
    o.delete_resource(name)
    with pytest.raises(errors.NoSuchObject):
        o.get_resource(f"{name}.1").reload()


@pytest.mark.parametrize("odd", ["a'b", 'a"b', "a b", "a%b", "a+b", "a&b=c", "a;b", "é", "..a", "-"])
def test_names_of_any_kind(o: ODPS, name: str, odd: str) -> None:
    full = f"{name}{odd}"
    o.create_resource(full, "file", file_obj="x")
    assert content(o, full) == "x"
    assert [one.name for one in o.list_resources(prefix=full)] == [full]
    o.delete_resource(full)
    assert not o.exist_resource(full)


@pytest.mark.parametrize("evil", ["", ".", "..", "a/b", "../a", "a\\b", "x" * 300])
def test_names_that_are_none_are_refused(o: ODPS, evil: str) -> None:
    headers = {"x-odps-resource-type": "file", "x-odps-resource-name": evil}
    with pytest.raises(errors.ODPSError, match="no name for a resource"):
        o.rest.post(o.get_project().resources.resource(), b"x", headers=headers)


@pytest.mark.parametrize("kind", ["volumefile", "volumearchive", "nonsense", ""])
def test_kinds_that_are_not_emulated_are_named(o: ODPS, name: str, kind: str) -> None:
    headers = {"x-odps-resource-type": kind, "x-odps-resource-name": name, "x-odps-copy-file-source": "/volumes/v/f"}
    with pytest.raises(errors.ODPSError, match=rf"resources of type '{kind}'.*COVERAGE"):
        o.rest.post(o.get_project().resources.resource(), b"", headers=headers)
    assert not o.exist_resource(name)


def test_table_resources_with_a_partition(o: ODPS, name: str) -> None:
    table = o.create_table(f"{name}_t", ("id bigint", "pt string"))
    for value in ("a", "b"):
        with table.open_writer(partition=f"pt={value}", create_partition=True) as writer:
            writer.write([[ord(value)]])
    o.create_resource(name, "table", table_name=table.name, partition="pt=a")
    resource = o.get_resource(name)
    resource.reload()  # the client sends the type it knows
    assert resource.partition.name == "pt='a'"
    with o.get_resource(name).open_reader() as reader:
        assert [record[0] for record in reader] == [ord("a")]
    resource.update(partition="pt=b")
    with o.get_resource(name).open_reader() as reader:
        assert [record[0] for record in reader] == [ord("b")]
    resource = o.get_resource(name)
    resource.reload()
    with pytest.raises(errors.NoSuchPartition):
        resource.update(partition="pt=c")
    with pytest.raises(errors.ODPSError, match="is a table resource"):
        o.rest.get(resource.resource())
    o.delete_resource(name)
    table.drop()


def test_lists_come_in_pages(o: ODPS, name: str) -> None:
    names = [f"{name}.{index:02}" for index in range(7)]
    for one in names:
        o.create_resource(one, "file", file_obj="x")
    resources = o.get_project().resources
    found, marker = [], ""
    while True:
        params = {"expectmarker": "true", "name": name, "maxitems": "3", "marker": marker}
        page = type(resources).parse(o.rest, o.rest.get(resources.resource(), params=params), parent=o.get_project())
        found += [one.name for one in page.resources]
        marker = page.marker
        if not marker:
            break
    assert found == names
    for one in names:
        o.delete_resource(one)


def test_ranges_of_a_content(o: ODPS, resource: Any) -> None:
    answer = o.rest.get(resource.resource(), params={"rOffset": "6", "rSize": "6"})
    assert answer.content == b"second"
    assert answer.headers["x-odps-resource-has-remaining"] == "true"
    assert o.rest.get(resource.resource(), params={"rOffset": "100"}).content == b""
    for wrong in ({"rOffset": "-1"}, {"rSize": "-1"}, {"rOffset": "x"}):
        with pytest.raises(errors.ODPSError, match="Invalid parameter"):
            o.rest.get(resource.resource(), params=wrong)


def test_volumes_are_refused_by_name(o: ODPS) -> None:
    with pytest.raises(errors.ODPSError, match=r"/volumes.* not emulated"):
        list(o.list_volumes())
