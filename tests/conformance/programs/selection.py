"""Columns chosen, renamed, added and taken away; rows filtered."""

from datetime import datetime

from odps.df import NullScalar, RandomScalar, Scalar

from tests.conformance.model import program


@program
def one_column_as_a_sequence(people):
    return people.name


@program
def one_column_as_a_collection(people):
    return people[["name"]]


@program
def columns_by_name_and_object(people):
    return people["name", people.age, people["city"]]


@program
def columns_in_a_list(people):
    return people[["city", "name"]]


@program
def columns_by_names_in_a_variable(people):
    names = [name for name in people.schema.names if name.startswith("n")]
    return people[names]


@program
def columns_by_type(numbers):
    return numbers[[column.name for column in numbers.dtypes.columns if str(column.type).lower() == "int64"]]


@program
def exclude_columns(people):
    return people.exclude("joined", "score", "points", "nickname")


@program
def exclude_and_put_in_again(people):
    return people[people.exclude("joined", "age"), people.age * 2]


@program
def rename_a_column(people):
    return people[people.name.rename("who"), people.age]


@program
def rename_many_columns(numbers):
    return numbers[[numbers[name].rename(name.upper()) for name in ("id", "i", "x")]]


@program
def select_with_names(people):
    return people.select("name", older=people.age + 1, shout=people.name.upper())


@program
def select_with_a_lambda(people):
    return people[people.name, people.age][lambda x: x.age, lambda x: x.name.lower().rename("low")]


@program
def add_a_column_to_all(people):
    return people[people, (people.age + 1).rename("next_age")]


@program
def assign_a_column(people):
    people["next_age"] = people.age + 1
    return people["name", "next_age"]


@program
def assign_over_a_column(people):
    people["age"] = people.age * 2
    return people[people.age > 80]["name", "age"]


@program
def assign_a_constant(people):
    people["one"] = 1
    return people["id", "one"]


@program
def assign_a_null_column(people):
    people["nothing"] = NullScalar("float")
    return people["id", "nothing"]


@program
def assign_under_a_condition(people):
    people[people.age > 40, "stage"] = "senior"
    people[people.age <= 40, "stage"] = "junior"
    return people["id", "stage"]


@program
def assign_over_a_column_under_a_condition(people):
    people[people.city == "London", "age"] = 0
    return people["id", "age"]


@program
def assign_several_columns_in_turn(people):
    people["a"] = people.age + 1
    people["b"] = people.a * 2
    people["c"] = people.b - people.a
    return people["a", "b", "c"]


@program
def delete_a_column(people):
    del people["joined"]
    del people["score"]
    return people


@program
def lateral_column(people):
    return people[people.id, Scalar("x").rename("const"), (people.age + people.id).rename("sum")][
        lambda x: (x.const + x.id.astype("string")).rename("key"), lambda x: x.sum
    ]


@program
def filter_one_condition(people):
    return people[people.age > 30]


@program
def filter_and(people):
    return people[(people.age > 30) & (people.city == "London")]["id", "name"]


@program
def filter_or_not(people):
    return people[(people.age < 20) | ~(people.city == "London")][["id"]]


@program
def filter_method_with_several_conditions(people):
    return people.filter(people.age > 20, people.member, people.city != "Oslo")["id", "name"]


@program
def filter_with_a_lambda(people):
    return people["name", "age"].filter(lambda x: x.age < 30)


@program
def filter_then_filter(people):
    older = people[people.age > 20]
    return older[older.age < 40]["name", "age"]


@program
def filter_by_a_string_method(people):
    return people[people.name.contains("a", regex=False)][["name"]]


@program
def filter_by_null(people):
    return people[people.score.isnull() | people.points.isnull()][["id"]]


@program(
    pandas="a comparison with NULL is NULL in SQL, True in pandas for !=",
    expected=[[1], [2], [5], [6]],
)
def comparison_with_null_is_not_true(people):
    return people[people.points != 40][["id"]]


@program(
    pandas="NOT of a comparison with NULL is NULL in SQL, True in pandas",
    expected=[[1], [2], [5], [6]],
)
def negated_comparison_with_null(people):
    return people[~(people.points == 40)][["id"]]


@program
def filter_a_calculated_column(orders):
    total = orders[orders.order_id, (orders.quantity * orders.price).rename("total")]
    return total[total.total > 20]


@program
def query_with_text(people):
    return people.query("age > 30 and city == 'London'")["id", "age"]


@program
def query_with_a_variable(people):
    limit = 40  # noqa: F841 - the query reads it by its name
    return people.query("age >= @limit or name in ['Bo', 'Eve']")[["name"]]


@program
def filter_to_nothing(people):
    return people[people.age > 1000]["id", "name"]


@program
def select_after_a_filter_of_another_column(people):
    return people[people.age > 30].name


@program
def column_of_random_numbers(people):
    drawn = people[people.id, RandomScalar().rename("r")]
    return drawn[(drawn.r >= 0) & (drawn.r <= 1)].count()


@program
def column_of_a_constant_datetime(people):
    return people[people.id, Scalar(datetime(2020, 5, 6, 7, 8, 9)).rename("moment")].head(2)


@program
def unusual_column_names(people):
    return people[people.id.rename("select"), people.age.rename("组"), people.name.rename("Name of it")]


@program(ordered=True)
def chained_program(orders):
    kept = orders[orders.quantity > 0]
    total = kept[kept, (kept.quantity * kept.price).rename("total")]
    best = total.groupby("product").agg(turnover=total.total.sum(), n=total.order_id.count())
    return best[best.turnover > 10].sort("turnover", ascending=False)[:3]


@program
def nested_selections(people):
    return people["id", "age", "city"][lambda x: x.age > 20]["id", "city"][lambda x: x.city.len() > 4][["id"]]


@program(expected=["id", "age"])
def names_of_columns(people):
    return [column.name for column in people["id", "age"].dtypes.columns]


@program
def to_pandas(people):
    return people["id", "name", "age"].to_pandas()


@program
def to_pandas_wrapped(people):
    local = people["id", "age"].to_pandas(wrap=True)
    return local[local.age > 40]
