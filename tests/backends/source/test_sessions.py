"""Clients of any Python, executors of any Python: through the unmodified PyODPS and the service."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest
from odps.errors import ODPSError

from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.source.shipping import CannotShip
from odps_jupyter.backends.watched import PYTHON_HINT, Ship
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session
from tests.texts import COUNT_BY_NAME

from .cells import TAGS, interpreter, run_cell

NEWER = sys.version_info[:2] > (3, 11)
CELL = (
    """
from odps.df import output

factor = [2]

def version(x):
    import sys
    return "%d.%d" % sys.version_info[:2]

def scaled(x, by=3):
    return x * by * factor[0]

class Total(object):
    def __init__(self):
        self.start = 0.0

    def buffer(self):
        return [self.start]

    def __call__(self, buffer, value):
        buffer[0] += value

    def merge(self, buffer, other):
        buffer[0] += other[0]

    def getvalue(self, buffer):
        return buffer[0]

"""
    + COUNT_BY_NAME
    + """
def halves(row):
    return row.sepal_length / 2, row.name

def with_words(resources):
    words = set(line.strip() for line in resources[0])
    def known(name):
        return any(word in name for word in words)
    return known

def late(x):
    y = 1

    return y / 0 * x
"""
)


def ask(session: Session, *, python: str | None = None, ship: Ship = "auto", preflight: bool = True) -> None:
    """What ``%%odps --python`` and ``%odps ship`` set."""
    extras = replace(session.terms.extras, python=python, ship=ship)
    session.set_terms(replace(session.terms, preflight=preflight, extras=extras))


@pytest.fixture
def cell() -> dict[str, Any]:
    return run_cell(CELL)


@pytest.mark.parametrize("tag", TAGS)
def test_everything_that_hands_functions_over(
    session: Session, o: Any, iris: Any, cell: dict[str, Any], tag: str, name: str
) -> None:
    interpreter(tag)
    ask(session, python=tag, ship="source")
    wanted = ".".join(map(str, TAGS[tag]))
    words = o.create_resource(f"{name}.txt", "file", file_obj="setosa\nvirginica\n")
    columns = iris[
        iris.sepal_length.map(cell["version"], "string").rename("version"),
        iris.sepal_length.map(cell["scaled"], args=(1,)).rename("scaled"),
        iris.name.map(cell["with_words"], "boolean", resources=[words]).rename("known"),
        iris.name.title().rename("title"),  # PyODPS writes a function of its own for this one
    ]
    frame = columns.execute().to_pandas()
    assert set(frame.version) == {wanted}
    assert frame.scaled.sum() == pytest.approx(1753.0)
    assert frame.known.sum() == 100
    assert set(frame.title) == {"Iris-Setosa", "Iris-Versicolor", "Iris-Virginica"}

    shipment = session.shipments[-1]
    assert dict(shipment.hints)[PYTHON_HINT] == tag
    assert len(shipment.functions) == 4
    for function in shipment.functions:
        assert (function.form, function.unread) == ("source", None)
        assert f"impl=({TAGS[tag][0]}, {TAGS[tag][1]}, " in function.source
    version = next(function for function in shipment.functions if function.name == "version")
    assert version.pieces[0].source is not None
    assert version.pieces[0].source.startswith("def version(x):")

    grouped = iris.groupby("name").agg(total=iris.sepal_length.agg(cell["Total"], rtype="float"))
    assert sorted(record["total"] for record in grouped.execute()) == pytest.approx([250.3, 296.8, 329.4])
    counted = iris.map_reduce(cell["mapper"], cell["reducer"], group="name").execute()
    assert sorted(record["n"] for record in counted) == [50, 50, 50]
    halves = iris.apply(cell["halves"], axis=1, names=["half", "name"], types=["float", "string"])
    assert halves.half.sum().execute() == pytest.approx(438.25)


@pytest.fixture
def name(o: Any, request: pytest.FixtureRequest) -> Any:
    from uuid import uuid4

    made = f"words_{uuid4().hex}"
    yield made
    if o.exist_resource(f"{made}.txt"):
        o.delete_resource(f"{made}.txt")


@pytest.mark.parametrize("tag", TAGS)
def test_a_traceback_names_the_cell_and_the_line(session: Session, iris: Any, cell: dict[str, Any], tag: str) -> None:
    interpreter(tag)
    ask(session, python=tag, ship="source", preflight=False)
    line = next(at for at, text in enumerate(CELL.splitlines(), 1) if "/ 0" in text)
    with pytest.raises(ODPSError) as caught:
        iris.sepal_length.map(cell["late"]).execute()
    assert f'File "{cell["late"].__code__.co_filename}", line {line}, in late' in str(caught.value)
    assert "ZeroDivisionError" in str(caught.value)


def test_auto_is_source_only_where_bytecode_would_not_load(session: Session, iris: Any, cell: dict[str, Any]) -> None:
    def ran() -> tuple[str, str]:
        value = iris.sepal_length.map(cell["version"], "string").max().execute()
        (function,) = session.shipments[-1].functions
        return value, function.form

    own = ".".join(map(str, sys.version_info[:2]))
    ask(session)
    assert ran() == (own, "bytecode")
    ask(session, python="cp37")
    assert ran() == ("3.7", "source")
    ask(session, python="cp311")
    assert ran() == ("3.11", "source" if NEWER else "bytecode")
    ask(session, ship="source")
    assert ran() == ("3.11", "source")
    ask(session, ship="bytecode")
    assert ran() == (own, "bytecode")


def test_bytecode_that_would_not_load_is_refused(session: Session, o: Any, iris: Any, cell: dict[str, Any]) -> None:
    ask(session, python="cp37", ship="bytecode")
    if NEWER:  # the service runs it under the client's own Python
        assert iris.sepal_length.map(cell["version"], "string").max().execute() == f"3.{sys.version_info[1]}"
        return
    before = {instance.id for instance in o.list_instances()}
    with pytest.raises(UserError, match=r"version cannot run .* is of Python 3.11, and the executor is Python 3.7"):
        iris.sepal_length.map(cell["version"], "string").max().execute()
    assert {instance.id for instance in o.list_instances()} == before


def test_nothing_is_sent_of_what_cannot_travel(session: Session, o: Any, iris: Any) -> None:
    space: dict[str, Any] = {"__name__": "__main__"}
    exec("def made(x):\n    return x\n", space)
    newer = run_cell("def newer(x):\n    return (y := x)\n")["newer"]
    plain = run_cell("def plain(x):\n    return x + 1\n")["plain"]
    ask(session, python="cp37")
    shipments = len(session.shipments)
    functions = {function.name for function in o.list_functions()}
    for preflight in (True, False):
        ask(session, python="cp37", preflight=preflight)
        for function in (space["made"], newer):
            two = iris[iris.sepal_length.map(plain).rename("a"), iris.sepal_length.map(function).rename("b")]
            with pytest.raises(CannotShip, match="cannot travel as source"):
                two.execute()
    assert len(session.shipments) == shipments
    assert {function.name for function in o.list_functions()} == functions
    ask(session, python="cp311", ship="source")
    assert iris.sepal_length.map(newer).sum().execute() == pytest.approx(876.5)


def test_a_project_elsewhere_gets_what_its_executor_loads(
    session: Session, iris: Any, cell: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    from odps_jupyter.backends import embedded

    monkeypatch.setattr(embedded, "answers", lambda endpoint: False)
    ask(session)
    assert iris.sepal_length.map(cell["version"], "string").max().execute() == "3.11"
    (function,) = session.shipments[-1].functions
    assert function.form == ("source" if NEWER else "bytecode")
    assert dict(session.shipments[-1].hints)[PYTHON_HINT] == "cp311"


def test_pandas_and_the_executor_agree_on_what_travelled(session: Session, iris: Any, cell: dict[str, Any]) -> None:
    ask(session, ship="source")
    scaled = iris[iris.name, iris.sepal_length.map(cell["scaled"]).rename("scaled")]
    there = scaled.execute().to_pandas()
    session.set_backend("pandas", Sample.parse("all"))
    here = scaled.execute().to_pandas()
    columns = ["name", "scaled"]
    assert (there.sort_values(columns).values == here.sort_values(columns).values).all()
