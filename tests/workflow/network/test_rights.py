"""Accounts that may not do everything: what works all the same, and what is said of the rest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from odps_jupyter.backends.sample import Sample
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.advice import advise
from odps_jupyter.workflow.session import Session
from tests.conftest import AMPLE
from tests.far import Far
from tests.proxy import Answer, Asked, Fault

from .asking import denied, read_only, submits


def test_what_could_not_be_removed_is_said_and_removed_with_the_next_job(
    far: Far, session: Session, summed: Any, o: Any, told: list[str]
) -> None:
    with far.proxy.doing(lambda asked: denied("Delete") if asked.method == "DELETE" else None):
        assert summed.execute() == pytest.approx(1026.5)  # what a job leaves takes nothing from its result
    (said,) = told
    assert said.startswith("Project far_away still holds function pyodps_udf_")
    assert "It is tried again with the next job" in said
    held = [*o.list_functions(), *(one for one in o.list_resources() if "udf" in one.name)]
    assert len(held) == 2
    o.get_table("pyodps_iris").to_df().count().execute()
    assert [one for one in (*o.list_functions(), *o.list_resources()) if "udf" in one.name] == []


@pytest.mark.parametrize(
    ("privilege", "path", "more"),
    [
        ("CreateResource", "/resources", "Expressions without Python functions need none of it"),
        ("CreateFunction", "/registration%2Ffunctions", "Expressions without Python functions need none of it"),
        ("CreateInstance", "/instances", "its owner can grant it."),
    ],
)
def test_a_missing_privilege_is_named(
    far: Far, session: Session, summed: Any, privilege: str, path: str, more: str
) -> None:
    def decide(asked: Asked) -> Fault:
        return denied(privilege) if asked.method == "POST" and asked.path.endswith(path) else None

    with far.proxy.doing(decide), pytest.raises(Exception, match="NO privilege") as caught:
        summed.execute()
    advice = advise(caught.value, session.connection, "maxcompute") or ""
    assert advice.startswith(f"this account lacks {privilege} on project far_away")
    assert more in advice


def test_who_may_only_read_works_on_samples_and_is_told_what_else_needs(
    far: Far, session: Session, o: Any, summed: Any, told: list[str]
) -> None:
    session.set_terms(replace(session.terms, preflight=True, seconds=AMPLE))
    iris = o.get_table("pyodps_iris").to_df()

    def advised(run: Callable[[], Any]) -> str:
        with pytest.raises(Exception, match="NO privilege") as caught:
            run()
        return advise(caught.value, session.connection, session.backend) or ""

    lacks = "this account lacks {} on project far_away; its owner can grant it.".format
    with far.proxy.doing(read_only):
        assert len(iris.execute()) == 150
        assert iris.count().execute() == 150
        assert advised(summed.execute).startswith(lacks("CreateResource"))
        assert advised(iris.sepal_length.sum().execute).startswith(lacks("CreateInstance"))
        assert advised(iris[iris.name, iris.sepal_length + 1].execute).startswith(lacks("CreateInstance"))
        assert advised(lambda: iris[iris.sepal_length > 5].persist("kept")).startswith(lacks("CreateInstance"))
        session.set_backend("pandas")
        assert summed.execute() == pytest.approx(sum(iris.sepal_length.head(100).to_pandas().sepal_length) + 100)
        session.set_backend("pandas", Sample.parse("sepal_length > 5"))
        with pytest.raises(
            UserError, match=f"^No sample of pyodps_iris could be read: {lacks('CreateInstance')} Rows by"
        ):
            summed.execute()
        session.set_backend("pandas", Sample(10))
        session.set_terms(replace(session.terms, compare="remote"))
        with (
            pytest.raises(
                UserError, match=r"^The executor \(far_away\) could not be asked the same: this account lacks"
            ),
            session.run(),
        ):
            summed.execute()
    # What was refused is not there: nothing is said to be left.
    assert told == []


def test_who_may_not_download_is_told_so_and_what_goes_on(
    far: Far, session: Session, summed: Any, told: list[str]
) -> None:
    session.set_terms(replace(session.terms, preflight=True, seconds=AMPLE))
    no_download = denied("Download", "/tables/pyodps_iris")
    with far.proxy.doing(lambda asked: no_download if "downloads" in asked.query else None):
        with session.run():
            assert summed.execute() == pytest.approx(1026.5)
        assert session.runs[-1].preflights[0].doubts == (
            f"no rows to try the functions with: ODPSError: ODPS-0420095 {no_download.message}",
        )
        lacks = "this account lacks Download on tables/pyodps_iris of project far_away; its owner can grant it."
        session.set_backend("pandas")
        with pytest.raises(UserError, match=f"^No sample of pyodps_iris could be read: {lacks}$"):
            summed.execute()
    assert told == []


@pytest.mark.parametrize(
    ("fault", "why"), [(denied("CreateTable"), "this account lacks CreateTable"), (Answer(503), "the network was lost")]
)
def test_a_comparison_that_could_not_be_made_is_no_difference(
    far: Far, session: Session, summed: Any, fault: Fault, why: str
) -> None:
    session.set_backend("pandas")
    session.set_terms(replace(session.terms, compare="remote"))
    with (
        far.proxy.doing(lambda asked: fault if submits(asked) else None),
        pytest.raises(UserError, match=why),
        session.run(),
    ):
        summed.execute()
    assert session.runs[-1].comparisons == ()
