"""The toggle: one expression, two backends, any order, and the user's objects stay as they were."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from uuid import uuid4

import pytest

from odps_jupyter.backends.sample import Sample
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session

SAMPLE = 7
ROWS = 150


def run_on(session: Session, backend: str, expr: Any, **options: Any) -> Any:
    session.set_backend(backend, Sample(SAMPLE))
    return expr.execute(**options)


def eval_repr(expr: Any) -> int:
    """What a cell shows of a scalar expression; pandas shows NumPy's own numbers, ``np.int64(7)``."""
    return int(repr(expr).removeprefix("np.int64(").removesuffix(")"))


@pytest.mark.parametrize("order", sorted(set(permutations(["pandas", "maxcompute"] * 2))), ids="-".join)
def test_a_samples_result_never_stands_for_the_whole(session: Session, iris: Any, order: tuple[str, ...]) -> None:
    count = iris.sepal_length.map(lambda v: v * 2).count()
    expected = {"pandas": SAMPLE, "maxcompute": ROWS}
    assert [run_on(session, backend, count) for backend in order] == [expected[backend] for backend in order]


@pytest.mark.parametrize("order", [("pandas", "maxcompute"), ("maxcompute", "pandas")], ids="-".join)
def test_an_expression_built_on_an_executed_one(session: Session, iris: Any, order: tuple[str, str]) -> None:
    longer = iris[iris.sepal_length > 0]
    run_on(session, order[0], longer)
    expected = {"pandas": SAMPLE, "maxcompute": ROWS}
    assert run_on(session, order[1], longer.count()) == expected[order[1]]


def test_a_cached_expression_is_computed_for_each_backend(session: Session, iris: Any) -> None:
    doubled = iris[iris.name, iris.sepal_length * 2].cache()
    counts = [run_on(session, backend, doubled.count()) for backend in ("pandas", "maxcompute", "pandas")]
    assert counts == [SAMPLE, ROWS, SAMPLE]


def test_display_shows_the_backend_of_now(session: Session, iris: Any) -> None:
    from odps import options

    options.interactive = True
    try:
        session.set_backend("pandas", Sample(SAMPLE))
        assert eval_repr(iris.count()) == SAMPLE
        count = iris.count()
        repr(count)
        session.set_backend("maxcompute")
        assert eval_repr(count) == ROWS
        session.set_backend("pandas")
        assert eval_repr(count) == SAMPLE
    finally:
        options.interactive = False


def test_the_users_objects_stay_as_they_were(session: Session, iris: Any) -> None:
    expr = iris.groupby("name").agg(total=iris.sepal_length.map(abs).sum())
    before = [(node._id, type(node), getattr(node, "_source_data", None)) for node in expr.traverse(unique=True)]
    run_on(session, "pandas", expr)
    after = [(node._id, type(node), getattr(node, "_source_data", None)) for node in expr.traverse(unique=True)]
    assert after == before


def test_the_debugging_copy_leaves_nothing_in_pyodps_cache(session: Session, iris: Any) -> None:
    from odps.df.backends.context import context

    before = set(context._expr_id_cached_data)
    run_on(session, "pandas", iris.groupby("name").agg(n=iris.count()))
    assert set(context._expr_id_cached_data) == before


def test_a_dataframe_resource_is_sampled_too(session: Session, iris: Any) -> None:
    def count_names(resources: Any) -> Any:
        names = {row.name for row in resources[0]}
        return lambda name: len(names) if name in names else 0

    expr = iris.name.map(count_names, resources=[iris[["name"]]], rtype="int").max()
    assert run_on(session, "pandas", expr) == 1  # the first seven rows are of one species
    assert run_on(session, "maxcompute", expr) == 3


def test_all_rows_on_pandas(session: Session, iris: Any) -> None:
    session.set_backend("pandas", Sample(None))
    assert iris.count().execute() == ROWS


def test_pandas_frames_run_here_under_either_backend(session: Session) -> None:
    import pandas as pd
    from odps.df import DataFrame

    frame = DataFrame(pd.DataFrame({"a": [1, 2, 3]}))
    assert [run_on(session, backend, frame.a.sum()) for backend in ("pandas", "maxcompute")] == [6, 6]


def test_async_and_delay(session: Session, iris: Any) -> None:
    from odps.df import Delay

    session.set_backend("pandas", Sample(SAMPLE))
    assert iris.count().execute(async_=True).result(120) == SAMPLE
    delay = Delay()
    futures = [iris.count().execute(delay=delay), iris.name.nunique().execute(delay=delay)]
    delay.execute()
    assert [future.result(120) for future in futures] == [SAMPLE, 1]
    session.set_backend("maxcompute")
    assert iris.count().execute() == ROWS


class TestPersist:
    """On pandas, ``persist`` writes nothing to MaxCompute and reads back as written, on pandas only."""

    @pytest.fixture
    def name(self) -> str:
        return f"persisted_{uuid4().hex}"

    def test_nothing_is_written(self, session: Session, o: Any, iris: Any, name: str) -> None:
        session.set_backend("pandas", Sample(SAMPLE))
        saved = iris[iris.name, iris.sepal_length].persist(name)
        assert saved.count().execute() == SAMPLE
        assert not o.exist_table(name)

    def test_the_same_collection_reads_the_real_table_once_it_is_written(
        self, session: Session, iris: Any, name: str
    ) -> None:
        from odps.errors import ODPSError

        expr = iris[["name", "sepal_length"]]
        session.set_backend("pandas", Sample(SAMPLE))
        saved = expr.persist(name)
        session.set_backend("maxcompute")
        with pytest.raises(ODPSError, match=name):
            saved.count().execute()
        expr.persist(name, lifecycle=1)
        assert saved.count().execute() == ROWS
        session.set_backend("pandas", Sample(None))
        assert saved.count().execute() == ROWS

    def test_into_a_partition(self, session: Session, iris: Any, name: str) -> None:
        session.set_backend("pandas", Sample(SAMPLE))
        first = iris[["name"]].persist(name, partition="day=1")
        second = iris[["name"]].head(2)
        assert len(second) == 2
        more = iris[["name"]].persist(name, partition="day=2")
        assert [first.count().execute(), more.count().execute()] == [SAMPLE, SAMPLE]

    def test_append(self, session: Session, iris: Any, name: str) -> None:
        session.set_backend("pandas", Sample(SAMPLE))
        iris[["name"]].persist(name)
        saved = iris[["name"]].persist(name, overwrite=False)
        assert saved.count().execute() == 2 * SAMPLE

    def test_a_column_the_table_lacks(self, session: Session, iris: Any) -> None:
        session.set_backend("pandas", Sample(SAMPLE))
        with pytest.raises(UserError, match="Column wide does not exist in table pyodps_iris"):
            iris[iris.sepal_width.rename("wide"), iris.name].persist("pyodps_iris")


class TestPartitions:
    @pytest.fixture
    def sales(self, o: Any) -> Any:
        """Two days of sales, three rows each."""
        name = f"sales_{uuid4().hex}"
        table = o.create_table(name, ("item string, amount bigint", "day string"), lifecycle=1)
        for day, amounts in {"1": [1, 2, 3], "2": [10, 20, 30]}.items():
            with table.open_writer(partition=f"day={day}", create_partition=True) as writer:
                writer.write([["tea", amount] for amount in amounts])
        yield table.to_df()
        table.drop()

    def test_a_sample_reads_on_into_the_next_partition(self, session: Session, sales: Any) -> None:
        session.set_backend("pandas", Sample(4))
        assert sales.amount.sum().execute() == 1 + 2 + 3 + 10

    def test_a_partition_filter_is_sampled_inside_the_partition(self, session: Session, sales: Any) -> None:
        session.set_backend("pandas", Sample(2))
        assert sales.filter_parts("day=2").amount.sum().execute() == 30
        assert sales.filter_parts("day=1/day=2").amount.sum().execute() == 3


def test_a_view_is_sampled_too(session: Session, o: Any) -> None:
    name = f"view_{uuid4().hex}"
    o.execute_sql(f"create view {name} as select name, sepal_length * 2 as twice from pyodps_iris")
    view = o.get_table(name).to_df()
    assert run_on(session, "pandas", view.count()) == SAMPLE
    assert run_on(session, "maxcompute", view.count()) == ROWS
    assert run_on(session, "pandas", view.twice.map(abs).max()) > 0
    o.execute_sql(f"drop view {name}")


def test_an_untested_pyodps_is_refused() -> None:
    from odps_jupyter.backends.engines import check_version

    with pytest.raises(UserError, match=r"PyODPS 0\.14\.0 is installed"):
        check_version("0.14.0")


def test_pyodps_gets_its_own_choice_back(session: Session, iris: Any) -> None:
    session.set_backend("pandas", Sample(SAMPLE))
    session.close()
    assert iris.count().execute() == ROWS
