"""What ``odps.df`` hands to PAI: append_id, split, sample and concat by columns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from odps import ODPS, errors, options
from odps.df import DataFrame


@pytest.fixture
def fruit(o: ODPS, name: str) -> Iterator[DataFrame]:
    """40 rows: a key, one of two kinds, a weight that is 0 for the last ten."""
    table = o.create_table(name, "k bigint, kind string, weight double")
    with table.open_writer() as writer:
        writer.write([[k, "pear" if k % 4 == 0 else "apple", 1.0 if k < 30 else 0.0] for k in range(40)])
    yield table.to_df()
    table.drop()


def keys(frame: DataFrame) -> list[int]:
    return [record["k"] for record in frame.execute()]


def test_append_id_counts_rows_from_zero(fruit: DataFrame) -> None:
    numbered = fruit.append_id(id_col="n")
    assert numbered.schema.names == ["n", "k", "kind", "weight"]
    rows = [list(record.values)[:2] for record in numbered.execute()]
    assert sorted(rows) == [[k, k] for k in range(40)]


def test_append_id_goes_on_into_sql(fruit: DataFrame) -> None:
    numbered = fruit[fruit.k >= 35].append_id()
    assert numbered[numbered.append_id > 2].k.count().execute() == 2


def test_split_deals_every_row_once(fruit: DataFrame) -> None:
    first, second = fruit.split(0.25, seed=7)
    left, right = keys(first), keys(second)
    assert len(left) == 10
    assert sorted(left + right) == list(range(40))
    again, _ = fruit.split(0.25, seed=7)
    assert sorted(keys(again)) == sorted(left)


def test_samples(fruit: DataFrame) -> None:
    drawn = keys(fruit.sample(n=100, replace=True, random_state=3))
    assert len(drawn) == 100
    assert set(drawn) <= set(range(40))
    assert max(Counter(drawn).values()) > 1
    weighted = keys(fruit.sample(n=20, weights="weight"))
    assert len(set(weighted)) == 20
    assert max(weighted) < 30
    assert max(keys(fruit.sample(n=50, weights="weight", replace=True))) < 30
    strata = fruit.sample(strata="kind", n={"pear": 3, "apple": 5}).execute()
    assert Counter(record["kind"] for record in strata) == {"pear": 3, "apple": 5}
    shares = fruit.sample(strata="kind", frac={"pear": 0.5, "apple": 0.1}).execute()
    assert Counter(record["kind"] for record in shares) == {"pear": 5, "apple": 3}


def test_a_small_fraction_by_flow(fruit: DataFrame) -> None:
    options.df.use_xflow_sample = True
    try:
        assert len(keys(fruit.sample(frac=0.2))) == 8
        assert len(set(keys(fruit.sample(n=7)))) == 7
    finally:
        options.df.use_xflow_sample = False


def test_concat_by_columns(fruit: DataFrame) -> None:
    joined = fruit[["k"]].concat(fruit[["kind"]], axis=1)
    rows = [list(record.values) for record in joined.execute()]
    assert len(rows) == 40
    assert joined.schema.names == ["k", "kind"]


def test_tables_of_unlike_lengths_are_not_put_side_by_side(o: ODPS, fruit: DataFrame, name: str) -> None:
    tables = {"inputTableNames": f"{name},pyodps_iris", "selectedColNamesList": "k;name", "outputTableName": "x"}
    with pytest.raises(errors.ODPSError, match="unlike numbers of rows"):
        o.execute_xflow("AppendColumns", parameters=tables)


def test_columns_of_no_table(o: ODPS) -> None:
    with pytest.raises(errors.ODPSError, match="inputTableNames must name the tables to append"):
        o.execute_xflow("AppendColumns", parameters={"outputTableName": "x", "selectedColNamesList": "a;b"})


def test_flow_instance_describes_itself(o: ODPS, fruit: DataFrame, name: str) -> None:
    instance = o.execute_xflow(
        "AppendID",
        xflow_project="algo_public",
        parameters={"inputTableName": name, "outputTableName": f"{name}_n", "selectedColNames": "k", "lifecycle": "3"},
    )
    assert o.get_table(f"{name}_n").table_schema.names == ["append_id", "k"]
    assert o.get_table(f"{name}_n").lifecycle == 3
    assert instance.is_successful()
    project = o.get_project()
    assert b"<Value>k</Value>" in project.xflows.get_xflow_source(instance)
    assert list(o.get_xflow_results(instance)) == ["AppendID"]
    assert o.get_xflow_sub_instances(instance) == {}
    with pytest.raises(errors.ODPSError, match="no XFlow instance"):
        project.xflows.get_xflow_source(o.execute_sql("select 1 as a"))
    o.delete_table(f"{name}_n")


@pytest.mark.parametrize(
    ("algorithm", "parameters", "text"),
    [
        (
            "AppendColumns",
            {
                "inputTableNames": "pyodps_iris,pyodps_iris",
                "selectedColNamesList": "name;name",
                "outputTableName": "x",
            },
            "share a name",
        ),
        ("KMeans", {}, "KMeans"),
        ("AppendID", {"outputTableName": "x"}, "inputTableName is missing"),
        ("AppendID", {"inputTableName": "no_such_table", "outputTableName": "x"}, "no_such_table"),
        ("AppendID", {"inputTableName": "pyodps_iris`; drop", "outputTableName": "x"}, "ODPS-0130131"),
        ("Split", {"inputTableName": "pyodps_iris", "fraction": "2"}, "fraction"),
        ("RandomSample", {"inputTableName": "pyodps_iris", "sampleSize": "many"}, "sampleSize=many"),
        ("RandomSample", {"inputTableName": "pyodps_iris"}, "exactly one"),
        ("WeightedSample", {"inputTableName": "pyodps_iris", "sampleSize": "1", "probCol": "x"}, "'x'"),
    ],
)
def test_what_a_flow_cannot_do_is_said(o: ODPS, algorithm: str, parameters: dict[str, str], text: str) -> None:
    with pytest.raises(errors.ODPSError, match=text) as caught:
        o.execute_xflow(algorithm, parameters=parameters)
    assert str(caught.value.code).startswith("ODPS-")
    assert not o.exist_table("x")


@pytest.mark.parametrize("size", ["nan", "inf", "-inf", "many", "pear:nan"])
def test_sizes_that_are_no_finite_number_are_refused(o: ODPS, fruit: DataFrame, name: str, size: str) -> None:
    given = {"inputTableName": name, "outputTableName": f"{name}_drawn", "strataColName": "kind", "sampleSize": size}
    with pytest.raises(errors.ODPSError, match="number") as caught:
        o.execute_xflow("StratifiedSample", "algo_public", given)
    assert caught.value.code == "ODPS-0420061"
    assert not o.exist_table(f"{name}_drawn")
