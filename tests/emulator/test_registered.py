"""Functions written by hand, registered from resources, run in SQL: every kind, every form of ``@annotate``."""

from __future__ import annotations

import io
import textwrap
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from odps import ODPS, errors

from .conftest import Running

SOURCE = """
from odps.udf import annotate, BaseUDAF, BaseUDTF
from odps.distcache import get_cache_archive, get_cache_file, get_cache_table


@annotate("->string")
class Nothing(object):
    def evaluate(self):
        return "nothing"


@annotate("*->string")
class Anything(object):
    def evaluate(self, *args):
        return "|".join("%s:%s" % (type(one).__name__, one) for one in args)


@annotate("string,*->bigint")
class Rest(object):
    def evaluate(self, first, *rest):
        return len(first) + len(rest)


@annotate("array<bigint>,map<string,double>,struct<a:bigint,b:string>->struct<n:bigint,keys:array<string>>")
class Nested(object):
    def evaluate(self, numbers, mapping, pair):
        return (sum(numbers) + pair.a, sorted(mapping) + [pair.b])


@annotate("decimal(10,2),date,binary,boolean,float->decimal(38,18)")
class Scalars(object):
    def evaluate(self, amount, day, data, yes, number):
        from decimal import Decimal

        return amount * day.day + len(data) + int(yes) + Decimal(number)


@annotate("double->double")
class Spread(BaseUDAF):
    def new_buffer(self):
        return [None, None]

    def iterate(self, buffer, value):
        if value is not None:
            buffer[0] = value if buffer[0] is None else min(buffer[0], value)
            buffer[1] = value if buffer[1] is None else max(buffer[1], value)

    def merge(self, buffer, other):
        for value in other:
            self.iterate(buffer, value)

    def terminate(self, buffer):
        return None if buffer[0] is None else buffer[1] - buffer[0]


@annotate("string,bigint->string,bigint")
class Repeat(BaseUDTF):
    def __init__(self):
        self.rows = 0

    def process(self, text, times):
        for number in range(times):
            self.rows += 1
            self.forward(text, number)

    def close(self):
        self.forward("rows", self.rows)


@annotate("*->string,string")
class Pairs(BaseUDTF):
    def process(self, *args):
        for one in args:
            self.forward(type(one).__name__, str(one))


@annotate("bigint->string")
class Cached(object):
    def __init__(self):
        self.table = dict(get_cache_table("NAME_t"))
        self.text = get_cache_file("NAME.txt").read().strip()
        self.names = sorted(one.name for one in get_cache_archive("NAME.zip"))

    def evaluate(self, key):
        return "%s %s %s" % (self.table[key], self.text, len(self.names))
"""
CP311 = {"odps.sql.python.version": "cp311"}
CLASSES = ("Nothing", "Anything", "Rest", "Nested", "Scalars", "Spread", "Repeat", "Pairs", "Cached")


BROKEN = """
@annotate("->bigint")
class Broken(object):
    def evaluate(self):
        return 1

1 / 0
"""


@pytest.fixture(scope="module")
def client(service: Running) -> ODPS:
    """The entry object of the shared service, for this module."""
    return service.client()


@pytest.fixture(scope="module")
def f(client: ODPS) -> Iterator[str]:
    """A prefix: the functions are called ``f_nothing``, ``f_anything``, ..."""
    name = "hand_made"
    table = client.create_table(f"{name}_data", "k bigint, v string")
    with table.open_writer() as writer:
        writer.write([[1, "one"], [2, "two"]])
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("a.txt", "a")
        archive.writestr("b.txt", "b")
    packed.seek(0)
    client.create_resource(f"{name}.py", "py", file_obj=SOURCE.replace("NAME", name))
    client.create_resource(f"{name}.txt", "file", file_obj="some text\n")
    client.create_resource(f"{name}.zip", "archive", file_obj=packed)
    client.create_resource(f"{name}_t", "table", table_name=f"{name}_data")
    for kind in CLASSES:
        names = [f"{name}.py", f"{name}.txt", f"{name}.zip", f"{name}_t"] if kind == "Cached" else [f"{name}.py"]
        client.create_function(f"f_{kind}", class_type=f"{name}.{kind}", resources=names)
    yield "f"
    for kind in CLASSES:
        client.delete_function(f"f_{kind}")
    for suffix in (".py", ".txt", ".zip", "_t"):
        client.delete_resource(f"{name}{suffix}")
    table.drop()


def rows(o: ODPS, query: str, hints: dict[str, str] | None = None) -> list[list[Any]]:
    """The rows of a query."""
    with o.execute_sql(query, hints=hints or CP311).open_reader() as reader:
        return [list(record.values) for record in reader]


def test_scalars_of_every_signature(client: ODPS, f: str) -> None:
    assert rows(client, f"select {f}_nothing()") == [["nothing"]]
    assert rows(client, f"select {f}_anything(1, 'x', 2.5d, null)") == [["int:1|str:x|float:2.5|NoneType:None"]]
    assert rows(client, f"select {f}_anything()") == [[""]]
    assert rows(client, f"select {f}_rest('abc', 1, 'y')") == [[5]]
    assert rows(client, f"select {f}_rest('abc')") == [[3]]
    query = f"select {f}_nested(array(1, 2), map('k', 1.5d), named_struct('a', 3, 'b', 'x'))"
    [[found]] = rows(client, query)
    assert (found.n, found.keys) == (6, ["k", "x"])
    query = f"select {f}_scalars(1.50bd, date'2020-01-02', cast('ab' as binary), true, cast(0.5 as float))"
    assert float(rows(client, query)[0][0]) == 6.5


def test_aggregates_alone_grouped_and_windowed(client: ODPS, f: str) -> None:
    assert rows(client, f"select round({f}_spread(sepal_length), 3) from pyodps_iris") == [[3.6]]
    grouped = f"select name, round({f}_spread(sepal_length), 3) from pyodps_iris group by name order by name limit 3"
    assert [row[1] for row in rows(client, grouped)] == [1.5, 2.1, 3.0]
    windowed = (
        f"select distinct name, round({f}_spread(sepal_length) over (partition by name), 3) as s from pyodps_iris"
    )
    assert sorted(row[1] for row in rows(client, windowed)) == [1.5, 2.1, 3.0]
    assert rows(client, f"select {f}_spread(sepal_length) from pyodps_iris where name = 'none'") == [[None]]


def test_table_functions(client: ODPS, f: str) -> None:
    found = rows(client, f"select {f}_repeat(t, n) as (text, number) from values ('a', 2), ('b', 1) s(t, n)")
    assert sorted(row for row in found if row[0] != "rows") == [["a", 0], ["a", 1], ["b", 0]]
    assert sum(row[1] for row in found if row[0] == "rows") == 3
    found = rows(client, f"select {f}_pairs(k, v) as (a, b) from values (1, 'x') s(k, v)")
    assert sorted(found) == [["int", "1"], ["str", "x"]]


def test_resources_of_every_kind(client: ODPS, f: str) -> None:
    assert rows(client, f"select {f}_cached(2)") == [["two some text 2"]]


def test_names_are_free_of_case_and_may_name_the_project(client: ODPS, f: str) -> None:
    assert rows(client, f"select {f.upper()}_NOTHING()") == [["nothing"]]
    assert rows(client, f"select {client.project}:{f}_nothing()") == [["nothing"]]
    with pytest.raises(errors.ODPSError, match="cannot be resolved"):
        client.execute_sql(f"select nowhere:{f}_nothing()", hints=CP311)


def test_python_2_is_the_default(client: ODPS, name: str) -> None:
    source = """
        from odps.udf import annotate

        @annotate("string->string")
        class Old(object):
            def evaluate(self, text):
                print "printed", text
                return "%s %s" % (type(text).__name__, 7 / 2)
        """
    client.create_resource(f"{name}.py", "py", file_obj=textwrap.dedent(source))
    client.create_function(name, class_type=f"{name}.Old", resources=[f"{name}.py"])
    instance = client.execute_sql(f"select {name}('x') as a")
    with instance.open_reader() as reader:
        assert reader[0][0] == "str 3"
    assert "printed x" in instance.get_task_workers()[0].get_log("stdout")
    with pytest.raises(errors.ScriptError, match=r"SyntaxError|Missing parentheses"):
        client.execute_sql(f"select {name}('x') as a", hints=CP311)
    assert rows(client, f"set odps.sql.python.version=cp27; select {name}('x');", CP311) == [["str 3"]]
    client.delete_function(name)
    client.delete_resource(f"{name}.py")


def test_an_updated_resource_and_function_are_what_runs(client: ODPS, name: str) -> None:
    source = "from odps.udf import annotate\n\n@annotate('->bigint')\nclass N(object):\n"
    source += "    def evaluate(self):\n        return 1\n"
    resource = client.create_resource(f"{name}.py", "py", file_obj=source)
    client.create_function(name, class_type=f"{name}.N", resources=[resource])
    assert rows(client, f"select {name}()") == [[1]]
    client.get_resource(f"{name}.py").update(file_obj=source.replace("return 1", "return 2"))
    assert rows(client, f"select {name}()") == [[2]]
    client.create_resource(f"{name}_2.py", "py", file_obj=source.replace("return 1", "return 3"))
    function = client.get_function(name)
    function.class_type = f"{name}_2.N"
    function.resources = [f"{name}_2.py"]
    function.update()
    assert rows(client, f"select {name}()") == [[3]]
    assert client.get_function(name).owner == client.account.access_id
    client.delete_function(name)
    for suffix in (".py", "_2.py"):
        client.delete_resource(f"{name}{suffix}")


def test_java_is_refused(client: ODPS, name: str) -> None:
    client.create_resource(f"{name}.jar", "jar", file_obj=b"PK")
    client.create_function(name, class_type="com.example.Upper", resources=[f"{name}.jar"])
    with pytest.raises(errors.ODPSError, match=r"written in Java.*COVERAGE"):
        client.execute_sql(f"select {name}('x')", hints=CP311)
    client.delete_function(name)
    client.delete_resource(f"{name}.jar")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("f_nothing(1)", "takes 0 arguments"),
        ("f_scalars(1)", "takes 5 arguments"),
        ("f_rest(array(1))", "argument 1"),
        ("f_repeat('a', 1) + 1", "table function"),
    ],
)
def test_calls_that_do_not_fit_are_refused(client: ODPS, f: str, call: str, text: str) -> None:
    assert call.startswith(f)
    with pytest.raises(errors.ODPSError, match=f"ODPS-0130071[^~]*{text}"):
        client.execute_sql(f"select {call}", hints=CP311)


def test_a_name_in_a_text_is_no_call(client: ODPS) -> None:
    """The process of a function whose name a query holds is begun early; what becomes of it matters to calls alone."""
    name = "pyodps_udf_0_broken"
    resource = client.create_resource(f"{name}.py", "py", file_obj="from odps.udf import annotate\n" + BROKEN)
    client.create_function(name, class_type=f"{name}.Broken", resources=[resource])
    assert rows(client, f"select '{name}', 'pyodps_udf_0_unknown' -- {name}()", CP311) == [
        [name, "pyodps_udf_0_unknown"]
    ]
    with pytest.raises(errors.ODPSError, match="ZeroDivisionError"):
        client.execute_sql(f"select {name}()", hints=CP311)
    with pytest.raises(errors.ODPSError, match="pyodps_udf_0_unknown cannot be resolved"):
        client.execute_sql("select pyodps_udf_0_unknown()", hints=CP311)
    client.delete_function(name)
    client.delete_resource(f"{name}.py")
