"""The Python and the packages that a job's hints name are those its functions run on, whatever the client's own are."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator

import pytest
from odps import ODPS, errors, options
from odps.df import DataFrame

from odps_jupyter.executor import environments
from odps_jupyter.executor.interpreters import Interpreter
from odps_jupyter.executor.profiles import Profile
from tests.pythons import required
from tests.texts import COUNT_BY_NAME

from .conftest import Running

SOURCE = textwrap.dedent(
    """
    import sys
    from odps.udf import annotate

    @annotate("string->string")
    class Version(object):
        def evaluate(self, module):
            if module:
                return __import__(module).__version__
            return "%d.%d" % sys.version_info[:2]
    """
)
#: What a client on Python 3.7 needs; PyODPS of the version these tests run with is added.
CLIENT = (
    *("numpy==1.21.6", "pandas==1.3.5", "requests==2.31.0", "charset-normalizer==3.3.2"),
    *("idna==3.7", "urllib3==2.0.7", "certifi==2024.2.2", "python-dateutil==2.9.0.post0", "pytz==2024.1"),
    *("six==1.16.0", "setuptools==68.0.0"),
)
PROGRAM = (
    """
import os, sys
from odps import ODPS, options
from odps.df import DataFrame, output
o = ODPS(*[os.environ[name] for name in ("T_ID", "T_SECRET", "T_PROJECT", "T_ENDPOINT")])
tag = sys.argv[1]
if tag:
    options.align_supported_python_tag = False
    options.sql.settings = {"odps.sql.python.version": tag}
iris = DataFrame(o.get_table("pyodps_iris"))

def where(value):
    import sys
    return "%d.%d" % sys.version_info[:2]
"""
    + COUNT_BY_NAME
    + """
print(iris.name.map(where).head(1)[0][0])
print(sorted(record["n"] for record in iris.map_reduce(mapper, reducer, group="name").execute()))
"""
)


@pytest.fixture
def version(o: ODPS, name: str) -> Iterator[str]:
    """A function that tells its Python's version, or that of a module."""
    resource = o.create_resource(f"{name}.py", "py", file_obj=SOURCE)
    o.create_function(name, class_type=f"{name}.Version", resources=[resource])
    yield name
    o.delete_function(name)
    o.delete_resource(f"{name}.py")


@pytest.mark.parametrize(("tag", "python"), [("", "2.7"), ("cp27", "2.7"), ("cp37", "3.7"), ("cp311", "3.11")])
def test_a_function_by_hand_runs_on_the_python_of_its_tag(o: ODPS, version: str, tag: str, python: str) -> None:
    hints = {"odps.sql.python.version": tag} if tag else {}
    hints["odps.session.image"] = "bare"
    with o.execute_sql(f"select {version}('') as a", hints=hints).open_reader() as reader:
        assert reader[0]["a"] == python


@pytest.mark.registry
@pytest.mark.parametrize(("tag", "numpy", "pandas"), [("cp37", "1.21.6", "1.3.5"), ("cp311", "1.26.4", "2.2.2")])
def test_an_image_brings_its_documented_packages(o: ODPS, version: str, tag: str, numpy: str, pandas: str) -> None:
    hints = {"odps.sql.python.version": tag, "odps.session.image": "common"}
    query = f"select {version}('numpy') as a, {version}('pandas') as b"
    with o.execute_sql(query, hints=hints).open_reader() as reader:
        assert (reader[0]["a"], reader[0]["b"]) == (numpy, pandas)


@pytest.mark.parametrize(
    ("tag", "image", "message"),
    [
        ("cp36", "bare", "'cp36' is not a Python of MaxCompute; odps.sql.python.version can be cp27, cp37, cp311"),
        ("cp311", "nowhere", "The image 'nowhere' is not known"),
        ("cp27", "common", "The image 'common' has no Python of the tag cp27"),
    ],
)
def test_what_no_executor_is_is_refused(o: ODPS, version: str, tag: str, image: str, message: str) -> None:
    hints = {"odps.sql.python.version": tag, "odps.session.image": image}
    with pytest.raises(errors.ODPSError, match=message) as caught:
        o.execute_sql(f"select {version}('')", hints=hints)
    assert caught.value.code == "ODPS-0130071"


@pytest.mark.parametrize(
    ("tag", "message"),
    [
        ("cp37", "SystemError: Client Python version not acceptable, please use Python 3.7 to run your code"),
        ("cp27", "TypeError: object of type 'int' has no len()"),
    ],
)
def test_bytecode_that_the_tag_cannot_read_fails_with_pyodps_own_error(o: ODPS, tag: str, message: str) -> None:
    hints = {"odps.sql.python.version": tag, "odps.session.image": "bare"}
    before = options.align_supported_python_tag, options.sql.settings
    options.align_supported_python_tag, options.sql.settings = False, hints
    same = DataFrame(o.get_table("pyodps_iris")).name.map(lambda v: v)
    try:
        if sys.version_info >= (3, 12):
            # No runtime could read it: the service runs it under the client's own Python, whatever the tag.
            assert len(same.execute()) == 150
            return
        with pytest.raises(errors.ScriptError) as caught:
            same.execute()
    finally:
        options.align_supported_python_tag, options.sql.settings = before
    assert caught.value.code == "ODPS-0123055"
    assert message in str(caught.value)
    assert ", in load_reduce\n" in str(caught.value)


@pytest.fixture(scope="module")
def client37() -> Interpreter:
    """A Python 3.7 with PyODPS, as users of the tag cp37 have it."""
    import odps

    python = required((3, 7))
    needs = (f"pyodps=={odps.__version__}", *CLIENT)
    profile = Profile("client37", (3, 7), "pyodps", ("odps",), is_runtime=False, requirements=needs, pinned=True)
    return environments.equip(profile, python)


def run(client: Interpreter, service: Running, tag: str) -> subprocess.CompletedProcess[str]:
    told = service.description
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
        "PYTHONPATH": str(client.environment),
        "T_ID": told["access_id"],
        "T_SECRET": service.secret,
        "T_PROJECT": told["project"],
        "T_ENDPOINT": told["endpoint"],
    }
    command = [str(client.executable), "-S", "-W", "ignore", "-c", PROGRAM, tag]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.registry
def test_a_client_of_python_3_7_gets_executors_of_its_own(client37: Interpreter, service: Running) -> None:
    for tag, python in (("", "3.7"), ("cp27", "2.7")):
        done = run(client37, service, tag)
        assert done.stdout.split("\n", 2)[:2] == [python, "[50, 50, 50]"], done.stderr[-2000:]
    refused = run(client37, service, "cp311")
    assert "NotImplementedError: Code conversion from Python (3, 7) to (3, 11) is not supported yet." in refused.stderr


SHAPES = textwrap.dedent(
    """
    from odps.udf import annotate, BaseUDAF, BaseUDTF

    @annotate("->bigint")
    class Nothing(object):
        def evaluate(self):
            return 7

    @annotate("*->string")
    class Anything(object):
        def evaluate(self, *args):
            return repr(args)

    @annotate("bigint,*->string")
    class First(object):
        def evaluate(self, first, *rest):
            return repr((first, rest))

    class Plain(BaseUDTF):
        def process(self, *args):
            self.forward(*[str(arg) for arg in args])

    @annotate("string,bigint->string,bigint")
    class Unclosed(BaseUDTF):
        def process(self, text, number):
            self.forward(text, number)

    @annotate("bigint->bigint,bigint")
    class Stream(BaseUDTF):
        def __init__(self):
            self.seen = []

        def process(self, number):
            self.seen.append(number)

        def close(self):
            self.forward(len(self.seen), int(self.seen == sorted(self.seen)))

    @annotate("bigint->string")
    class Trace(BaseUDAF):
        def new_buffer(self):
            return ["new"]

        def iterate(self, buffer, value):
            buffer.append(repr(value))

        def merge(self, buffer, other):
            buffer.append("(" + " ".join(other) + ")")

        def terminate(self, buffer):
            return " ".join(buffer)
    """
)
TRACE_TABLE = [["a", 1], ["a", 2], ["a", None], ["b", 5], ["c", None], ["a", 4]]


@pytest.fixture(scope="module")
def shapes(service: Running) -> Iterator[str]:
    """The prefix of functions of every shape, and the name of a small table."""
    o = service.client()
    prefix = f"shape_{os.getpid()}"
    resource = o.create_resource(f"{prefix}.py", "py", file_obj=SHAPES)
    names = ("Nothing", "Anything", "First", "Plain", "Unclosed", "Stream", "Trace")
    for name in names:
        o.create_function(f"{prefix}_{name}", class_type=f"{prefix}.{name}", resources=[resource])
    table = o.create_table(prefix, "k string, v bigint")
    o.write_table(table, TRACE_TABLE)
    yield prefix
    for name in names:
        o.delete_function(f"{prefix}_{name}")
    o.delete_resource(f"{prefix}.py")
    o.delete_table(prefix)


def rows(o: ODPS, query: str) -> list[tuple[object, ...]]:
    hints = {"odps.sql.python.version": "cp311", "odps.session.image": "bare"}
    with o.execute_sql(query, hints=hints).open_reader() as reader:
        return [tuple(record.values) for record in reader]


def test_functions_of_any_number_of_arguments(o: ODPS, shapes: str) -> None:
    assert rows(o, f"select {shapes}_nothing(), {shapes}_nothing()") == [(7, 7)]
    assert rows(o, f"select sum({shapes}_nothing()) from {shapes}") == [(42,)]
    assert rows(o, f"select {shapes}_anything(), {shapes}_anything(1, 'a', null)") == [("()", "(1, 'a', None)")]
    assert rows(o, f"select {shapes}_first(1), {shapes}_first(1, 'a')") == [("(1, ())", "(1, ('a',))")]
    for query, message in [
        (f"select {shapes}_nothing(1)", "takes 0 arguments, 1 given"),
        (f"select {shapes}_trace() from {shapes}", "takes 1 arguments, 0 given"),
    ]:
        with pytest.raises(errors.ODPSError, match=message):
            rows(o, query)


def test_table_functions_without_signature_or_close(o: ODPS, shapes: str) -> None:
    found = rows(o, f"select {shapes}_plain(v, k) as (x, y) from {shapes}")
    assert found == [(str(v), k) for k, v in TRACE_TABLE]
    found = rows(o, f"select v, x from {shapes} lateral view {shapes}_plain(k) p as x where v = 5")
    assert found == [(5, "b")]
    assert rows(o, f"select {shapes}_unclosed(k, v) as (x, y) from {shapes} where 1 = 0") == []
    with pytest.raises(errors.ODPSError, match="name each of them behind AS"):
        rows(o, f"select {shapes}_plain(v) from {shapes}")
    for names in ("(x)", "(x, y, z)"):
        with pytest.raises(errors.ScriptError, match="Function output size should be"):
            rows(o, f"select {shapes}_plain(v, k) as {names} from {shapes}")


def test_table_functions_see_whole_sorted_parts(o: ODPS, shapes: str) -> None:
    source = f"select v from {shapes} where v is not null distribute by k sort by v"
    found = rows(o, f"select {shapes}_stream(v) as (n, ordered) from ({source}) s")
    assert sum(n for n, _ in found) == 4
    assert all(ordered for _, ordered in found)
    # A part of no rows is closed, too.
    assert rows(o, f"select {shapes}_stream(v) as (n, ordered) from {shapes} where 1 = 0") == [(0, 1)]


def test_aggregates_merge_buffers_of_their_own(o: ODPS, shapes: str) -> None:
    groups = rows(o, f"select k, {shapes}_trace(v) from {shapes} group by k order by k limit 9")
    # Every group goes through marshal and merge, that of one row included; NULL is a value like others.
    assert dict(groups) == {"a": "new (new 1 2) (new None 4)", "b": "new (new 5)", "c": "new (new None)"}
    assert rows(o, f"select {shapes}_trace(v) from {shapes} where 1 = 0") == [("new",)]
    assert rows(o, f"select k, {shapes}_trace(v) from {shapes} where 1 = 0 group by k") == []
    over = rows(o, f"select k, {shapes}_trace(v) over (partition by k) from {shapes} order by k limit 9")
    assert [dict(groups)[k] for k, _ in over] == [text for _, text in over]
