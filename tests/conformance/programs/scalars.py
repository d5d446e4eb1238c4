"""Scalars: constants and aggregates with operations of their own, results in every form."""

from datetime import datetime

from odps.df import Scalar

from tests.conformance.model import program


@program
def operations_on_constants(people):
    return people[people.id == 1][
        Scalar(-3).abs().rename("abs"),
        Scalar("Abc").upper().rename("upper"),
        Scalar("abcd").len().rename("len"),
        (Scalar(7) % 4).rename("rest"),
        Scalar("abc")[1:].rename("slice"),
    ]


@program
def conditions_on_constants(people):
    return people[people.id < 3][
        people.id, (Scalar(3) > people.id).rename("less"), Scalar(2).isin([2, 5]).rename("found")
    ]


@program
def parts_of_a_constant_datetime(people):
    moment = Scalar(datetime(2020, 2, 29, 12, 34, 56))
    return people[people.id == 1][moment.year.rename("y"), moment.day.rename("d"), moment.minute.rename("m")]


@program(
    pandas="PyODPS's pandas backend takes a constant condition for a column of one row",
    expected=[
        [1, "Ada"],
        [2, "Bo"],
        [3, "陈晨"],
        [4, "Dmitri"],
        [5, "Eve"],
        [6, "Fatima"],
        [7, "Gus"],
        [8, "Hanna"],
    ],
)
def constant_condition_picks_a_column(people):
    return people[people.id, (Scalar(1) == 1).ifelse(people.name, people.city).rename("v")]


@program
def arithmetic_of_a_count(people):
    return people.count() + 1, people.count() * 2 - people.id.max()


@program
def conditions_on_aggregates(people):
    return people.age.max() > 50, people.count() == 8, people.name.min().len()


@program
def aggregates_of_two_collections(people, orders):
    return people.id.max().execute() + orders.quantity.sum().execute()


@program
def boolean_aggregate_of_nulls(people):
    return people.score.isnull().any(), people.score.isnull().all(), people.age.notnull().all()


@program
def string_methods_of_an_aggregate(people):
    return people.name.max().lower(), people.city.min().slice(0, 3)


@program
def round_an_aggregate(orders):
    return orders.price.mean().round(2), orders.price.std().round(3)


@program
def result_as_a_list_of_rows(people):
    return [list(row.values) for row in people[people.id < 3]["id", "name"].execute()]


@program
def column_as_a_list(people):
    return sorted(people.name.execute().to_pandas().name.tolist())


@program
def column_to_pandas(people):
    return sorted(people.age.to_pandas().tolist())


@program
def scalar_to_python(people):
    return float(people.age.mean().execute()), int(people.age.max().execute()), str(people.name.min().execute())


@program
def shape_of_a_result(people):
    return people.head(3).values.shape, list(people["id", "name"].head(1).values.columns)


@program
def iterate_over_a_head(people):
    return [row["name"] for row in people.head(2)]


@program
def limited_collection(people):
    return len(people[people.age > 20][:3].execute()), len(people.limit(2).execute())


@program
def copy_of_an_expression(people):
    older = people[people.age > 40]
    return older.copy().count(), older.view().count()


@program
def execute_twice(people):
    older = people[people.age > 40][["id"]]
    return older.execute(), older.execute()


@program
def hll_count_with_an_error_rate(people):
    return people.city.hll_count(error_rate=0.05)


@program
def isin_another_column_of_the_same_table(people):
    return people[people.id, people.name.isin(["Ada", "Gus"]).ifelse(people.city, people.name).rename("v")]


@program
def isin_nothing_known(people):
    return people[people.name.isin(["nobody"])].count(), people[people.name.notin(["nobody"])].count()
