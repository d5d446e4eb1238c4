"""Bytecode of a Python that no MaxCompute runtime has is refused for a real project, before anything is sent."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from odps_jupyter.backends.client import LAST_CLIENT, check_client, executor_profile
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session

newer = sys.version_info[:2] > LAST_CLIENT


def handle(value: float) -> float:
    return value * 2


def refused(expr: Any, o: Any, *, embedded: bool) -> str | None:
    try:
        check_client([expr], o, lambda endpoint: embedded)
    except UserError as error:
        return str(error)
    return None


def test_a_function_for_a_real_project(o: Any, iris: Any) -> None:
    message = refused(iris.sepal_length.map(handle), o, embedded=False)
    assert (message is not None) is newer
    if message is not None:
        assert message.startswith("handle cannot run in project embedded: its bytecode is of Python 3.1")
        assert "Nothing was submitted" in message


def test_the_embedded_service_and_plain_sql_are_not_concerned(o: Any, iris: Any) -> None:
    assert refused(iris.sepal_length.map(handle), o, embedded=True) is None
    assert refused(iris.sepal_length.sum(), o, embedded=False) is None


@pytest.mark.skipif(not newer, reason="this Python's functions are not refused")
def test_the_execution_is_refused_and_no_instance_made(
    session: Session, o: Any, iris: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from odps_jupyter.backends import embedded

    monkeypatch.setattr(embedded, "answers", lambda endpoint: False)  # as a project elsewhere
    before = [instance.id for instance in o.list_instances()]
    with pytest.raises(UserError, match="handle cannot run in project embedded"):
        iris.sepal_length.map(handle).execute()
    assert [instance.id for instance in o.list_instances()] == before


def test_the_profile() -> None:
    assert executor_profile()["name"] == ("local" if newer else "cp311")
    assert executor_profile()["is_runtime"] is not newer
