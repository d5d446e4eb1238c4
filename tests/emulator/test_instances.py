"""Jobs: submitted, watched, read, stopped, failed."""

from __future__ import annotations

import threading
import time
import urllib.error
import urllib.request

import pytest
from odps import ODPS, errors


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
    assert instance.get_task_progress().stages[0].finished_percentage == 100
    assert instance.get_task_summary() is not None
    assert instance.get_task_detail()["mapReduce"]
    assert instance.get_queueing_info().instance_id == instance.id
    assert o.exist_instance(instance.id)
    assert instance.id in [one.id for one in o.list_instances(max_items=50)]
    assert not o.exist_instance("20200101000000000gnothing")


def test_small_jobs_take_no_second(o: ODPS) -> None:
    o.execute_sql("select 1 as a")
    begun = time.monotonic()
    o.execute_sql("select 2 as a")
    assert time.monotonic() - begun < 1


def test_unique_identifier_runs_once(o: ODPS, name: str) -> None:
    first = o.run_sql("select 1 as a", unique_identifier_id=name)
    second = o.run_sql("select 1 as a", unique_identifier_id=name)
    assert first.id == second.id
    assert second.get_unique_identifier_id() == name


@pytest.mark.parametrize(
    ("query", "kind", "text"),
    [
        ("selec 1", errors.ParseError, "ODPS-0130161"),
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
    cross = ", ".join(f"pyodps_iris t{index}" for index in range(5))
    instance = o.run_sql(f"insert into {name} select count(*) from {cross} where t0.name < t4.name")
    instance.stop()
    done = threading.Event()

    def wait() -> None:
        while not instance.is_terminated():
            pass
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    assert done.wait(30)
    assert not instance.is_successful()
    assert {task.status.value for task in instance.get_task_statuses().values()} == {"CANCELLED"}
    with table.open_reader() as reader:
        assert reader.count == 0
    table.drop()


def test_cost_of_a_query(o: ODPS) -> None:
    cost = o.execute_sql_cost("select a.name from pyodps_iris a join pyodps_iris b on a.name = b.name")
    assert cost.input_size == 2 * o.get_table("pyodps_iris").size
    assert cost.complexity > 1
    assert cost.udf_num == 0


def test_logview_opens_with_its_token_only(o: ODPS) -> None:
    instance = o.execute_sql("select '<script>' as a")
    address = instance.get_logview_address()
    with urllib.request.urlopen(address, timeout=10) as answer:
        page = answer.read().decode()
    assert instance.id in page
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    other = o.execute_sql("select 1 as a")
    with pytest.raises(urllib.error.HTTPError, match="401") as caught:
        urllib.request.urlopen(address.replace(instance.id, other.id), timeout=10)
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
