"""Order, duplicates, the first and last rows, samples."""

from odps.df import Scalar

from tests.conformance.model import program


@program(ordered=True)
def sort_by_one_column(people):
    return people.sort("id", ascending=False)["id", "name"]


@program(ordered=True)
def sort_by_a_column_object(people):
    return people.sort_values(people.height)


@program(ordered=True)
def sort_by_several_columns(people):
    return people.sort(["age", "name"])["age", "name"]


@program(ordered=True)
def sort_in_mixed_directions(people):
    return people.sort(["member", "age", "id"], ascending=[False, True, False])["member", "age", "id"]


@program(ordered=True)
def sort_by_minus(people):
    return people.sort([-people.age, people.name])["age", "name"]


@program(ordered=True)
def sort_by_an_expression(people):
    return people.sort(people.name.len() * 100 + people.id)[["id"]]


@program(ordered=True)
def sort_strings_by_code_points(people):
    return people.sort("name")[["name"]]


@program(
    ordered=True,
    pandas="NULL is the smallest value in MaxCompute's order; pandas puts it last",
    expected=[[3, None], [8, None], [5, 0], [2, 15], [4, 40], [7, 40], [6, 88], [1, 120]],
)
def null_comes_first(people):
    return people.sort(["points", "id"])["id", "points"]


@program(ordered=True)
def null_comes_last_in_descending_order(people):
    return people.sort(["points", "id"], ascending=[False, True])["id", "points"]


@program(ordered=True)
def sort_twice(people):
    return people.sort("age")[:5].sort("id")["id", "age"]


@program(ordered=True)
def sort_a_calculated_column(orders):
    total = orders[orders.order_id, (orders.quantity * orders.price).rename("total")]
    return total.sort(["total", "order_id"], ascending=False)


@program(ordered=True)
def first_rows_of_a_sorted_collection(people):
    return people.sort("height", ascending=False).head(3)


@program(ordered=True)
def slice_of_a_sorted_collection(people):
    return people.sort("id")[:4]["id", "city"]


@program(ordered=True)
def head_of_a_source(people):
    return people.head(2)


@program(ordered=True)
def tail_of_a_source(people):
    return people.tail(3)


@program(ordered=True)
def head_of_a_column(people):
    return people.name.head(3)


@program(ordered=True)
def head_of_columns(people):
    return people["name", "age"].head(2)


@program(expected=3)
def head_of_a_filter(people):
    return len(people[people.age > 20].head(3))


@program
def head_larger_than_the_table(people):
    return people.head(100)


@program(ordered=True)
def sorted_column(people):
    return people.sort("age")[["age"]].age


@program
def largest(people):
    return people.sort(["age"], ascending=False)[:1][["name"]]


@program
def distinct_rows(people):
    return people["city", "member"].distinct()


@program
def distinct_columns(people):
    return people.distinct("city", "member")


@program
def distinct_list_of_columns(people):
    return people.distinct(["member", "city"])


@program
def distinct_by_a_lambda(people):
    return people.distinct(lambda x: x.city)


@program
def distinct_expression(people):
    return people.distinct((people.age > 30).rename("older"))


@program
def unique(people):
    return people.city.unique()


@program
def unique_with_null(people):
    return people.points.unique()


@program
def distinct_then_count(people):
    return people.distinct("city").count(), people["age", "member"].distinct().count()


@program(expected=True)
def sample_by_parts(people):
    return 0 <= people.sample(parts=2).count().execute() <= 8


@program(pandas="PyODPS's pandas backend knows the first part only", expected=8)
def parts_by_columns_are_the_whole(people):
    return sum(people.sample(parts=4, columns="id", i=part).count().execute() for part in range(4))


@program(pandas="PyODPS's pandas backend knows one part only", expected=True)
def sample_of_several_parts(people):
    drawn = people.sample(parts=4, columns=["city", "member"], i=[0, 2])
    return drawn.count().execute() == drawn.distinct("id").count().execute()


@program(expected=4)
def sample_by_number(people):
    return len(people.sample(n=4).execute())


@program
def sample_all_by_fraction(people):
    return people.sample(frac=1.0).count()


@program(expected=[True, True])
def sample_by_fraction(people):
    drawn = people.sample(frac=0.5)
    return [0 <= len(drawn.execute()) <= 8, set(drawn.schema.names) == set(people.schema.names)]


@program(expected=[["London", 1], ["杭州", 1]])
def sample_by_number_in_strata(people):
    drawn = people.sample(strata="city", n={"London": 1, "杭州": 1})
    return drawn.groupby("city").agg(n=drawn.count())


@program(expected=3)
def sample_with_weights(people):
    return len(people.sample(n=3, weights="age").execute())


@program(expected=8)
def split_into_two(people):
    train, test = people.split(0.75)
    return len(train.execute()) + len(test.execute())


@program
def constant_order(people):
    return people[Scalar(1).rename("one"), people.id].sort("one").count()
