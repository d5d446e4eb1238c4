"""Jobs: submitted, watched, read, stopped, failed."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime, timedelta
from typing import Any

import pytest
from odps import ODPS, errors
from odps.models import Instance
from odps.models.job import Job
from odps.models.tasks import SQLTask

from .conftest import Start


def test_select_is_read_by_tunnel_and_by_result(o: ODPS) -> None:
    instance = o.execute_sql("select name, count(*) as c from pyodps_iris group by name order by name limit 10")
    expected = [["Iris-setosa", 50], ["Iris-versicolor", 50], ["Iris-virginica", 50]]
    with instance.open_reader(tunnel=True) as reader:
        assert reader.count == 3
        assert [list(record.values) for record in reader] == expected
    with instance.open_reader(tunnel=False) as reader:
        assert [[record[0], int(record[1])] for record in reader] == expected
    assert instance.to_pandas()["c"].tolist() == [50, 50, 50]


def test_null_and_text_in_results(o: ODPS) -> None:
    query = "select cast(null as string) as n, '' as e, 'a,\"b\"\n' as t, true as b, 1.5d as d"
    with o.execute_sql(query).open_reader(tunnel=False) as reader:
        assert list(reader[0].values) == [None, "", 'a,"b"\n', True, 1.5]
    with o.execute_sql(query).open_reader(tunnel=True) as reader:
        assert list(reader[0].values) == [None, "", 'a,"b"\n', True, 1.5]


def test_instance_describes_itself(o: ODPS) -> None:
    instance = o.execute_sql("select 1 as a")
    assert instance.is_terminated()
    assert instance.is_successful()
    assert instance.owner == o.account.access_id
    assert instance.start_time <= instance.end_time
    assert instance.get_sql_query() == "select 1 as a;"
    assert [task.name for task in instance.tasks] == ["AnonymousSQLTask"]
    stage = instance.get_task_progress().stages[0]
    assert (stage.name, stage.finished_percentage, stage.total_workers) == ("M1_job_0", 100, 1)
    assert instance.get_task_detail()["mapReduce"]
    assert instance.get_task_detail2()["mapReduce"]
    assert instance.get_task_quota() == {}
    assert instance.tasks[0].warnings == []
    assert instance.priority == 9
    assert instance.get_queueing_info().instance_id == instance.id
    assert instance.id in [one.instance_id for one in o.get_project().instance_queueing_infos.iterate(max_items=5)]
    assert o.exist_instance(instance.id)
    assert instance.id in [one.id for one in o.list_instances(max_items=50)]
    assert not o.exist_instance("20200101000000000gnothing")


def test_summary_says_what_was_read_and_written(o: ODPS, name: str) -> None:
    instance = o.execute_sql(f"create table {name} lifecycle 1 as select name from pyodps_iris where sepal_length > 5")
    summary = instance.get_task_summary(with_finalized=True)
    assert summary.finalized
    assert summary["Inputs"] == {f"{o.project}.pyodps_iris": [150, o.get_table("pyodps_iris").size]}
    assert summary["Outputs"][f"{o.project}.{name}"][0] == 118
    assert "resource cost: cpu" in summary.summary_text
    cost = instance.get_task_cost()
    assert cost.input_size == o.get_table("pyodps_iris").size
    assert cost.cpu_cost >= 0
    o.delete_table(name)


def test_scripts_show_a_stage_for_each_statement(o: ODPS, name: str) -> None:
    script = f"""
        set odps.sql.submit.mode = script;
        create table {name} (a bigint) lifecycle 1;
        @rows := cache on select a from values (1), (2) t(a);
        insert into {name} select a from @rows;
        select count(*) as n from {name};
    """
    instance = o.execute_sql(script, hints={"odps.sql.submit.mode": "script"})
    stages = instance.get_task_progress().stages
    assert [stage.name for stage in stages] == ["M1_job_0", "M1_job_1", "M1_job_2", "M1_job_3"]
    assert {stage.finished_percentage for stage in stages} == {100}
    with instance.open_reader() as reader:
        assert reader[0]["n"] == 2
    o.delete_table(name)


#: More than the workers read ahead.
ROWS = 60 * 1024

#: The second half of the rows is never done, so that what is told of a running job stays as it is.
HALF_DONE = f"""
from odps.udf import annotate
import threading

@annotate("bigint->bigint")
class HalfDone(object):
    def evaluate(self, number):
        if number % 1024 == 0:
            print("seen", number)
        if number >= {ROWS // 2}:
            threading.Event().wait()
        return number
"""


HINTS = {"odps.sql.python.version": "cp311"}


def create_half_done(o: ODPS, name: str) -> None:
    o.create_resource(f"{name}.py", "py", file_obj=HALF_DONE)
    o.create_function(name, class_type=f"{name}.HalfDone", resources=[f"{name}.py"])


def log_of(instance: Instance) -> str:
    return "".join(worker.get_log("stdout", size=100) for worker in instance.get_task_workers())


def test_progress_moves_and_logs_can_be_read_while_a_job_runs(o: ODPS, name: str) -> None:
    table = o.create_table(name, "k bigint")
    with table.open_writer() as writer:
        writer.write([[k] for k in range(ROWS)])
    create_half_done(o, name)
    instance = o.run_sql(f"select sum({name}(k)) as s from {name}", hints=HINTS, priority=3)
    percents = [0]
    while not (0 < percents[-1] < 99 and "seen" in log_of(instance)):
        assert not instance.is_terminated()
        for stage in instance.get_task_progress().stages:
            percents.append(stage.finished_percentage)
            assert 0 <= stage.input_records < ROWS
    assert percents == sorted(percents)
    assert instance.priority == 3
    with urllib.request.urlopen(instance.get_logview_address(), timeout=60) as answer:
        assert 'http-equiv="refresh"' in answer.read().decode()
    instance.stop()
    assert instance.is_terminated()
    done = o.execute_sql(f"select sum({name}(k)) as s from {name} where k < {ROWS // 2}", hints=HINTS)
    assert done.get_task_progress().stages[0].input_records == ROWS // 2
    assert done.get_task_progress().stages[0].finished_percentage == 100
    o.delete_function(name)
    o.delete_resource(f"{name}.py")
    table.drop()


def test_lists_are_filtered(o: ODPS, name: str) -> None:
    before = datetime.now() - timedelta(seconds=2)
    project = o.get_project()
    first = project.instances.create(job=Job(name=name), task=SQLTask(query="select 1 as a"))
    second = project.instances.create(job=Job(name=name), task=SQLTask(query="select nothing_here"))
    first.wait_for_completion()
    second.wait_for_completion()

    def found(**wanted: Any) -> list[str]:
        return [one.id for one in project.instances.iterate(job_name=name, **wanted)]

    assert len(found()) == 2
    assert first.id in found(status="Terminated", only_owner=True)
    assert found(status="Running") == []
    assert len(found(start_time=before)) == 2
    assert found(end_time=before) == []
    assert found(start_time=datetime.now() + timedelta(hours=1)) == []
    assert len(found(max_items=1)) == 2


def test_a_job_that_waits_its_turn_can_be_stopped(start: Start) -> None:
    o = start("--data-dir", ":memory:").client()
    create_half_done(o, "asleep")
    busy = [o.run_sql(f"select asleep(k) from values ({ROWS}) t(k)", hints=HINTS) for _ in range(4)]
    waiting = o.run_sql("select 1 as a")
    assert [task.status.value for task in waiting.get_task_statuses().values()] == ["WAITING"]
    waiting.stop()
    assert waiting.is_terminated()
    waiting.stop()
    assert [task.status.value for task in waiting.get_task_statuses().values()] == ["CANCELLED"]
    with pytest.raises(errors.ODPSError, match="CANCELLED"):
        waiting.wait_for_success()
    for instance in busy:
        instance.stop()
        instance.wait_for_completion(interval=0.1)


def test_merge_tasks_leave_a_table_as_it_is(o: ODPS, name: str) -> None:
    table = o.create_table(name, ("a bigint", "pt string"))
    table.create_partition("pt=x")
    assert o.execute_merge_files(name, partition="pt=x").is_successful()
    assert o.execute_sql(f"alter table {name} partition (pt='x') merge smallfiles").is_successful()
    with pytest.raises(errors.ODPSError, match="Partition not found"):
        o.execute_merge_files(name, partition="pt=y")
    with pytest.raises(errors.NoSuchTable):
        o.execute_sql("alter table no_such_table merge smallfiles")
    with pytest.raises(errors.ODPSError, match=r"ARCHIVE.*COVERAGE"):
        o.execute_archive_table(name, partition="pt=x")
    with pytest.raises(errors.ODPSError, match=r"FREEZE.*COVERAGE"):
        o.execute_sql(f"alter table {name} partition (pt='x') freeze")
    table.drop()


def test_unique_identifier_runs_once(o: ODPS, name: str) -> None:
    first = o.run_sql("select 1 as a", unique_identifier_id=name)
    second = o.run_sql("select 1 as a", unique_identifier_id=name)
    assert first.id == second.id
    assert second.get_unique_identifier_id() == name


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("selec 1", errors.ParseError, "ODPS-0130161"),
        ("select from pyodps_iris", errors.ParseError, "ODPS-0130161"),
        ("select * from no_such_table", errors.NoSuchTable, "no_such_table"),
        ("select no_such_column from pyodps_iris", errors.ODPSError, "no_such_column"),
        ("select no_such_function(1)", errors.ODPSError, "no_such_function"),
    ],
)
def test_failed_queries_name_the_cause(o: ODPS, query: str, kind: type[Exception], text: str) -> None:
    with pytest.raises(kind, match=text):
        o.execute_sql(query)


def test_failed_script_leaves_nothing(o: ODPS, name: str) -> None:
    with pytest.raises(errors.ODPSError):
        o.execute_sql(f"create table {name} (a bigint); insert into {name} select no_such_column from pyodps_iris;")
    assert not o.exist_table(name)


def test_stopped_job_is_cancelled_and_leaves_nothing(o: ODPS, name: str) -> None:
    table = o.create_table(name, "a bigint")
    # More rows than any machine counts while this runs.
    cross = ", ".join(f"pyodps_iris t{index}" for index in range(7))
    instance = o.run_sql(f"insert into {name} select count(*) from {cross} where t0.name < t6.name")
    instance.stop()
    instance.wait_for_completion(interval=0.1)
    assert not instance.is_successful()
    assert {task.status.value for task in instance.get_task_statuses().values()} == {"CANCELLED"}
    with table.open_reader() as reader:
        assert reader.count == 0
    table.drop()


#: Never done with being loaded.
ENDLESS = """
from odps.udf import annotate

print("loading", flush=True)
while True:
    pass

@annotate("bigint->bigint")
class Endless(object):
    def evaluate(self, number):
        return number
"""


def test_a_function_that_is_still_being_loaded_is_stopped(o: ODPS, name: str) -> None:
    o.create_resource(f"{name}.py", "py", file_obj=ENDLESS)
    o.create_function(name, class_type=f"{name}.Endless", resources=[f"{name}.py"])
    instance = o.run_sql(f"select {name}(1) as a", hints={"odps.sql.python.version": "cp311"})
    log = ""
    while "loading" not in log:
        log = "".join(worker.get_log("stdout") for worker in instance.get_task_workers())
    instance.stop()
    instance.wait_for_completion(interval=0.1)
    assert {task.status.value for task in instance.get_task_statuses().values()} == {"CANCELLED"}
    o.delete_function(name)
    o.delete_resource(f"{name}.py")


def test_cost_of_a_query(o: ODPS) -> None:
    cost = o.execute_sql_cost("select a.name from pyodps_iris a join pyodps_iris b on a.name = b.name")
    assert cost.input_size == 2 * o.get_table("pyodps_iris").size
    assert cost.complexity > 1
    assert cost.udf_num == 0
    script = """
        set odps.sql.submit.mode=script;
        function plus(@a bigint) as @a + 1;
        @x := select name from pyodps_iris;
        with y as (select name from @x) insert into nowhere select plus(1), name from y;
    """
    assert o.execute_sql_cost(script).input_size == o.get_table("pyodps_iris").size
    with pytest.raises(errors.NoSuchTable, match="no_such_table"):
        o.execute_sql_cost("select * from no_such_table")
    with pytest.raises(errors.ODPSError, match="an estimate of DROP statements"):
        o.execute_sql_cost("drop table pyodps_iris")
    with pytest.raises(errors.ParseError):
        o.execute_sql_cost("select from where")
    assert o.exist_table("pyodps_iris")


def test_other_names_for_resources_are_refused(o: ODPS) -> None:
    with pytest.raises(errors.ODPSError, match=r"aliases: res.*COVERAGE"):
        o.execute_sql("select 1 as a", aliases={"res": "res_v2"})


def test_logview_opens_with_its_token_only(o: ODPS) -> None:
    instance = o.execute_sql("select '<script>' as a", hints={"odps.sql.timezone": "Asia/Shanghai"})
    address = instance.get_logview_address()
    with urllib.request.urlopen(address, timeout=120) as answer:
        page = answer.read().decode()
    assert instance.id in page
    assert "M1_job_0" in page
    assert "odps.sql.timezone" in page
    assert "Job run time" in page
    assert "src=" not in page
    assert "refresh" not in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    other = o.execute_sql("select 1 as a")
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        urllib.request.urlopen(address.replace(instance.id, other.id), timeout=120)
    caught.value.close()


def test_jobs_run_side_by_side(o: ODPS) -> None:
    instances = [o.run_sql(f"select {index} as a") for index in range(8)]
    found = []
    for instance in instances:
        instance.wait_for_success()
        with instance.open_reader() as reader:
            found.append(reader[0][0])
    assert found == list(range(8))


def test_rows_beyond_the_result_limit_need_the_tunnel(o: ODPS) -> None:
    instance = o.execute_sql(
        "select a.name from pyodps_iris a join pyodps_iris b on a.name = b.name join pyodps_iris c "
        "on b.name = c.name limit 12000"
    )
    with instance.open_reader(tunnel=True) as reader:
        assert reader.count == 12_000
    with pytest.raises(errors.NotSupportedError, match="truncated"):
        instance.open_reader(tunnel=False)
    with instance.open_reader(tunnel=True, limit=True, reopen=True) as reader:
        assert reader.count == 10_000


def test_every_task_of_a_job_keeps_its_own_result(o: ODPS) -> None:
    names = ("a.b", "a_b", "x" * 300)
    tasks = "".join(f"<SQL><Name>{one}</Name><Query>select '{one[:3]}' as c</Query></SQL>" for one in names)
    answer = o.rest.post(
        f"{o.endpoint}/projects/{o.project}/instances", f"<Instance><Job><Tasks>{tasks}</Tasks></Job></Instance>"
    )
    instance = o.get_instance(answer.headers["Location"].rpartition("/")[2])
    instance.wait_for_success(interval=0.1)
    found = {name: text.split()[-1].strip('"') for name, text in instance.get_task_results().items()}
    assert found == {name: name[:3] for name in names}
