"""Registered functions: kept, listed, and run in SQL."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from odps import ODPS, errors

SOURCE = textwrap.dedent(
    """
    from odps.udf import annotate

    @annotate("bigint,string->string")
    class Label(object):
        def evaluate(self, number, text):
            if number == 3:
                raise ValueError("three is not allowed")
            print("seen", number)
            return "%s%d" % (text, number + 1)
    """
)
HINTS = {"odps.sql.python.version": "cp311"}


@pytest.fixture
def label(o: ODPS, name: str) -> Iterator[str]:
    """The name of a registered function."""
    resource = o.create_resource(f"{name}.py", "py", file_obj=SOURCE)
    o.create_function(name, class_type=f"{name}.Label", resources=[resource])
    yield name
    o.delete_function(name)
    o.delete_resource(f"{name}.py")


def test_registration_is_kept(o: ODPS, label: str) -> None:
    function = o.get_function(label)
    assert function.class_type == f"{label}.Label"
    assert [resource.name for resource in function.resources] == [f"{label}.py"]
    assert function.owner == o.account.access_id
    assert label in [one.name for one in o.list_functions(prefix=label)]
    assert o.exist_function(label)
    assert not o.exist_function("nowhere")
    with pytest.raises(errors.ObjectAlreadyExists):
        o.create_function(label, class_type="x.Y", resources=[])


def test_function_runs_in_sql(o: ODPS, label: str) -> None:
    instance = o.execute_sql(f"select {label}(1, 'n') as a from pyodps_iris limit 1", hints=HINTS)
    with instance.open_reader() as reader:
        assert reader[0]["a"] == "n2"


def test_output_of_functions_is_in_the_worker_log(o: ODPS, label: str) -> None:
    instance = o.execute_sql(f"select {label}(41, 'n') as a from pyodps_iris limit 1", hints=HINTS)
    worker = instance.get_task_workers()[0]
    assert "seen 41" in worker.get_log("stdout")


def test_failing_function_shows_its_own_traceback(o: ODPS, label: str) -> None:
    with pytest.raises(errors.ScriptError, match="ODPS-0123055") as caught:
        o.execute_sql(f"select {label}(3, 'n') as a from pyodps_iris limit 1", hints=HINTS)
    assert "ValueError: three is not allowed" in str(caught.value)
    assert "in evaluate" in str(caught.value)


def test_missing_resource_is_refused(o: ODPS, name: str) -> None:
    with pytest.raises(errors.NoSuchObject, match="nowhere"):
        o.create_function(name, class_type="x.Y", resources=["nowhere.py"])


def test_function_without_its_module_says_so(o: ODPS, name: str) -> None:
    o.create_function(name, class_type="missing.Thing", resources=["other.zip"])
    with pytest.raises(errors.ODPSError, match=r"no Python resource missing\.py"):
        o.execute_sql(f"select {name}(1) from pyodps_iris")
    o.delete_function(name)


def test_update_changes_class_and_owner(o: ODPS, label: str) -> None:
    function = o.get_function(label)
    function.reload()
    function.class_type = f"{label}.Other"
    function.update()
    assert o.get_function(label).class_type == f"{label}.Other"
    function.owner = "somebody"
    function.update()
    function.reload()
    assert function.owner == "somebody"


ENDLESS = textwrap.dedent(
    """
    from odps.udf import annotate

    @annotate("bigint->bigint")
    class Endless(object):
        def evaluate(self, number):
            while True:
                pass
    """
)


@pytest.fixture
def endless(o: ODPS, name: str) -> Iterator[str]:
    """The name of a function that never returns."""
    resource = o.create_resource(f"{name}.py", "py", file_obj=ENDLESS)
    o.create_function(name, class_type=f"{name}.Endless", resources=[resource])
    yield name
    o.delete_function(name)
    o.delete_resource(f"{name}.py")


def test_endless_function_is_stopped_with_its_job(o: ODPS, endless: str) -> None:
    instance = o.run_sql(f"select {endless}(1) as a from pyodps_iris", hints=HINTS)
    assert instance.status.value == "Running"
    instance.stop()
    assert instance.is_terminated()
    assert {task.status.value for task in instance.get_task_statuses().values()} == {"CANCELLED"}
    assert o.execute_sql("select 1 as a").is_successful()


def test_endless_function_runs_into_its_timeout(o: ODPS, endless: str) -> None:
    with pytest.raises(errors.ODPSError, match="ODPS-0123144"):
        o.execute_sql(f"select {endless}(1) as a from pyodps_iris", hints=HINTS | {"odps.function.timeout": "1"})


def test_unknown_python_is_refused(o: ODPS, label: str) -> None:
    with pytest.raises(errors.ODPSError, match="cp99"):
        o.execute_sql(f"select {label}(1, 'n') as a from pyodps_iris", hints={"odps.sql.python.version": "cp99"})


def test_a_null_moment_is_none(o: ODPS, name: str) -> None:
    moment = datetime(2020, 1, 1, 12)
    table = o.create_table(name, "k bigint, d datetime")
    with table.open_writer() as writer:
        writer.write([[1, moment], [2, None], [3, moment], [4, None]])
    df = table.to_df()
    shown = df[df.k, df.d.map(repr, "string").rename("text")].sort("k").execute()
    assert shown.values["text"].tolist() == [repr(moment), "None"] * 2
    table.drop()


def test_a_sample_is_a_sample(o: ODPS) -> None:
    iris = o.get_table("pyodps_iris").to_df()
    assert len(list(iris.sample(n=5).execute())) == 5
    assert 0 < len(list(iris.sample(frac=0.3).execute())) < 100


def test_the_executor_starts_anew_where_its_temporary_folder_was_cleaned_away(
    start: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    o = start("--data-dir", str(tmp_path / "data")).client()
    iris = o.get_table("pyodps_iris").to_df()
    assert iris.sepal_length.map(lambda v: v).count().execute() == 150
    for folder in temporary.glob("odps-pool-*"):
        shutil.rmtree(folder)
    assert iris.sepal_width.map(lambda v: v).count().execute() == 150
