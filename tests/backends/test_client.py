"""Bytecode that the executor cannot load is refused before anything is sent; as source it need not be."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import Any

import pytest

from odps_jupyter.backends.client import check_client, executor_name, executor_profile, source_tag
from odps_jupyter.backends.detach import source_tables
from odps_jupyter.backends.watched import Extras
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session

newer = sys.version_info[:2] > (3, 11)
BYTECODE = Extras(ship="bytecode")


def handle(value: float) -> float:
    return value * 2


def choice_of(expr: Any) -> Any:
    """PyODPS's own engine, whatever hook is in force."""
    from odps import ODPS
    from odps.df.backends.engine import MixedEngine

    table = next(source_tables([expr]))
    assert isinstance(table.project.odps, ODPS)
    return MixedEngine(table.project.odps)


def refused(expr: Any, *, embedded: bool, extras: Extras = BYTECODE) -> str | None:
    try:
        check_client([expr], choice_of(expr), lambda endpoint: embedded, extras)
    except UserError as error:
        return str(error)
    return None


def test_a_function_for_a_real_project(iris: Any) -> None:
    message = refused(iris.sepal_length.map(handle), embedded=False)
    assert (message is not None) is newer
    if message is not None:
        assert message.startswith("handle cannot run in project embedded: its bytecode is of Python 3.1")
        assert "and the executor is Python 3.11. Nothing was submitted. `%odps ship auto` sends" in message


def test_another_python_asked_for(iris: Any) -> None:
    for tag in ("cp27", "cp37"):
        extras = replace(BYTECODE, python=tag)
        assert refused(iris.sepal_length.map(handle), embedded=False, extras=extras) is not None
        # The service runs the bytecode of newer clients on their own Python, whatever is asked for.
        assert (refused(iris.sepal_length.map(handle), embedded=True, extras=extras) is None) is newer


def test_the_embedded_service_source_and_plain_sql_are_not_concerned(iris: Any) -> None:
    assert refused(iris.sepal_length.map(handle), embedded=True) is None
    assert refused(iris.sepal_length.sum(), embedded=False) is None
    for ship in ("auto", "source"):
        assert refused(iris.sepal_length.map(handle), embedded=False, extras=Extras(ship=ship)) is None


@pytest.mark.parametrize(
    ("extras", "embedded", "tag"),
    [
        (Extras(), True, None),
        (Extras(), False, "cp311" if newer else None),
        (Extras(python="cp311"), True, "cp311" if newer else None),
        (Extras(python="cp37"), True, "cp37"),
        (Extras(python="cp27"), False, "cp27"),
        (Extras(ship="source"), True, "cp311"),
        (Extras(ship="source", python="cp37"), False, "cp37"),
        (Extras(ship="bytecode", python="cp37"), False, None),
        (BYTECODE, False, None),
    ],
)
def test_what_functions_are_written_for(extras: Extras, embedded: bool, tag: str | None) -> None:
    assert source_tag(extras, lambda: embedded) == tag


def test_one_execution_asks_once_whether_the_service_is_embedded(
    session: Session, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from odps_jupyter.backends import embedded

    asked: list[str] = []

    def late(endpoint: str) -> bool:
        """A service that hangs from the second question on."""
        asked.append(endpoint)
        return len(asked) == 1

    monkeypatch.setattr(embedded, "answers", late)
    assert len(iris.sepal_length.map(lambda value: value * 2).execute()) == 150
    assert len(asked) == 1
    (function,) = session.shipments[-1].functions
    assert function.form == "bytecode"


def test_a_refused_execution_makes_no_instance(
    session: Session, o: Any, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from odps_jupyter.backends import embedded

    monkeypatch.setattr(embedded, "answers", lambda endpoint: False)  # as a project elsewhere
    session.set_terms(replace(session.terms, extras=BYTECODE))
    before = {instance.id for instance in o.list_instances()}
    doubled = iris.sepal_length.map(lambda value: value * 2)
    if newer:
        with pytest.raises(UserError, match="cannot run in project embedded"):
            doubled.execute()
    else:
        assert len(doubled.execute()) == 150
    made = {instance.id for instance in o.list_instances()} - before
    assert bool(made) is not newer


def test_the_profile() -> None:
    assert executor_profile().name == ("local" if newer else "cp311")
    assert executor_profile().is_runtime is not newer
    assert executor_profile(source=True).name == "cp311"
    assert executor_name("cp37", source=True) == "cp37"
    assert executor_name("cp99", "common") == ("local, image common" if newer else "cp99, image common")


def test_functions_that_pyodps_writes_itself_are_seen(iris: Any) -> None:
    message = refused(iris.name.title(), embedded=False)
    assert (message is not None) is newer
    if message is not None:
        assert message.startswith("a function that PyODPS writes for")


def test_a_function_of_the_project_travels_not(o: Any, iris: Any) -> None:
    from odps.models import Function

    on_the_service = Function(name="lower_it", client=o.rest)
    assert refused(iris.name.map(on_the_service, "string"), embedded=False) is None
