"""Window functions over groups."""

from odps.df import Scalar

from tests.conformance.model import program


@program
def rank(people):
    return people["id", people.groupby("city").sort("age").rank()]


@program
def ranks_of_equal_values(people):
    by_age = people.groupby(Scalar(1)).sort("age")
    return people["id", by_age.rank().rename("r"), by_age.dense_rank().rename("d"), by_age.percent_rank().rename("p")]


@program
def row_number(people):
    return people["id", people.groupby("city").sort("id").row_number()]


@program
def row_number_descending(people):
    return people["id", people.groupby("city").sort("id", ascending=False).row_number().rename("n")]


@program
def row_number_by_two_columns(people):
    return people["id", people.groupby("member").sort(["age", "id"], ascending=[False, True]).row_number().rename("n")]


@program(
    pandas="PyODPS's pandas backend counts equal values one after another, SQL together",
    expected=[[5, 0.2], [1, 0.4], [3, 0.6], [8, 0.8], [6, 1.0], [2, 2 / 3], [4, 2 / 3], [7, 1.0]],
)
def cume_dist(people):
    return people["id", people.groupby("member").sort("age").cume_dist().rename("c")]


@program(
    pandas="SQL gives the rows left over to the first parts, one each; pandas cuts by quantiles",
    expected=[[1, 0], [2, 0], [3, 0], [4, 1], [5, 1], [6, 1], [7, 2], [8, 2]],
)
def qcut(people):
    return people["id", people.groupby(Scalar(1)).sort("id").qcut(3).rename("third")]


@program
def lag_and_lead(people):
    groups = people.groupby("city").sort("id")
    return people["id", groups.age.lag(1).rename("before"), groups.age.lead(1).rename("after")]


@program
def lag_with_default(people):
    groups = people.groupby("city").sort("id")
    return people["id", groups.age.lag(2, default=0).rename("before"), groups.age.lead(1, default=-1).rename("after")]


@program
def nth_value(people):
    return people["id", people.groupby("city").sort("id").age.nth_value(0).rename("first")]


@program
def cumulative_sum(people):
    return people["id", people.groupby("city").sort("id").age.cumsum().rename("s")]


@program
def cumulative_mean_max_min_count(people):
    groups = people.groupby("member").sort("id")
    return people[
        "id",
        groups.age.cummean().rename("mean"),
        groups.age.cummax().rename("max"),
        groups.age.cummin().rename("min"),
        groups.age.cumcount().rename("count"),
    ]


@program(
    pandas="MaxCompute's STDDEV over a window is the population's, pandas' the sample's",
    expected=[
        [1, 36.0, 0.0],
        [3, 38.5, 2.5],
        [5, 36.0, (266 / 3) ** 0.5],
        [6, 38.5, 141.5**0.5],
        [8, 41.0, 129.2**0.5],
        [2, 25.0, 0.0],
        [4, 25.0, 0.0],
        [7, 25.0, (128 / 9) ** 0.5],
    ],
)
def cumulative_median_and_deviation(people):
    groups = people.groupby("member").sort("id")
    return people["id", groups.age.cummedian().rename("median"), groups.age.cumstd().rename("std")]


@program(
    pandas="PyODPS's pandas backend loses the rows where a window has no order",
    expected=[
        [1, 94, 36],
        [2, 77, 52],
        [3, 60, 41],
        [4, 94, 36],
        [5, 60, 41],
        [6, 77, 52],
        [7, 94, 36],
        [8, 47, 47],
    ],
)
def whole_group_without_sort(people):
    groups = people.groupby("city")
    return people["id", groups.age.cumsum().rename("total"), groups.age.cummax().rename("oldest")]


@program(
    pandas="PyODPS's pandas backend has no window frames",
    expected=[
        [101, 1.5],
        [102, 13.75],
        [103, 15.25],
        [104, 17.75],
        [105, 17.25],
        [106, 17.5],
        [107, 62.5],
        [108, 54.75],
        [109, 98.5],
        [110, 51.0],
    ],
)
def frame_of_rows_before(orders):
    groups = orders.groupby(Scalar(1)).sort("order_id")
    return orders["order_id", groups.price.cumsum(preceding=2).rename("s")]


@program(
    pandas="PyODPS's pandas backend has no window frames",
    expected=[
        [101, 13.75 / 2],
        [102, 15.25 / 3],
        [103, 17.75 / 3],
        [104, 17.25 / 3],
        [105, 17.5 / 3],
        [106, 62.5 / 3],
        [107, 54.75 / 3],
        [108, 98.5 / 3],
        [109, 17.0],
        [110, 23.5],
    ],
)
def frame_of_rows_around(orders):
    groups = orders.groupby(Scalar(1)).sort("order_id")
    return orders["order_id", groups.price.cummean(preceding=1, following=1).rename("mean")]


@program(
    pandas="PyODPS's pandas backend has no window frames",
    expected=[[101, 10], [102, 10], [103, 10], [104, 5], [105, 2], [106, 2], [107, 2], [108, 4], [109, 4], [110, 4]],
)
def frame_of_rows_after(orders):
    groups = orders.groupby(Scalar(1)).sort("order_id")
    return orders["order_id", groups.quantity.cummax(preceding=0, following=2).rename("max")]


@program(
    pandas="PyODPS's pandas backend has no window frames",
    expected=[[101, None], [102, 3], [103, 4], [104, 14], [105, 16], [106, 17], [107, 8], [108, 4], [109, 4], [110, 4]],
)
def frame_before_the_row(orders):
    groups = orders.groupby(Scalar(1)).sort("order_id")
    return orders["order_id", groups.quantity.cumsum(preceding=(3, 1)).rename("s")]


@program(
    pandas="PyODPS's pandas backend has no window frames",
    expected=[[101, 2], [102, 2], [103, 2], [104, 2], [105, 2], [106, 2], [107, 2], [108, 2], [109, 1], [110, 0]],
)
def frame_after_the_row(orders):
    groups = orders.groupby(Scalar(1)).sort("order_id")
    return orders["order_id", groups.quantity.cumcount(following=(1, 2)).rename("n")]


@program(
    pandas="PyODPS's pandas backend loses the rows where a window has no order",
    expected=[
        [101, 3.25],
        [102, 24.0],
        [103, 3.25],
        [104, 4.0],
        [105, 24.0],
        [106, 3.25],
        [107, 94.5],
        [108, 4.0],
        [109, 94.5],
        [110, 3.25],
    ],
)
def cumulative_unique(orders):
    return orders["order_id", orders.groupby("product").price.cumsum(unique=True).rename("s")]


@program
def cumulative_sum_of_booleans(people):
    return people["id", people.groupby("city").sort("id").member.cumsum().rename("members")]


@program
def window_skips_null(people):
    groups = people.groupby(Scalar(1)).sort("id")
    return people["id", groups.score.cumsum().rename("s"), groups.score.cumcount().rename("n")]


@program(
    pandas="NULL is the smallest value in MaxCompute's order; pandas puts it last",
    expected=[[3, 1], [8, 2], [5, 3], [2, 4], [4, 5], [7, 6], [6, 7], [1, 8]],
)
def rank_with_null_keys(people):
    return people["id", people.groupby(Scalar(1)).sort(["points", "id"]).row_number().rename("n")]


@program(
    pandas="PyODPS's pandas backend loses the rows where a window has no order",
    expected=[
        ["Oslo", 1, 47],
        ["London", 1, 94],
        ["London", 2, 94],
        ["London", 3, 94],
        ["杭州", 1, 60],
        ["杭州", 2, 60],
        ["Malmö", 1, 77],
        ["Malmö", 2, 77],
    ],
)
def mutate(people):
    groups = people.groupby("city")
    return groups.mutate(groups.sort("age").row_number().rename("n"), groups.age.cumsum().rename("total"))


@program
def sort_argument_of_the_window(people):
    return people["id", people.groupby("city").age.cumsum(sort="id").rename("s")]


@program
def filter_by_a_window(people):
    ranked = people["name", "city", people.groupby("city").sort("age", ascending=False).row_number().rename("n")]
    return ranked[ranked.n == 1]["city", "name"]


@program
def arithmetic_of_windows(people):
    groups = people.groupby("city").sort("id")
    return people["id", (people.age - groups.age.lag(1, default=0)).rename("step")]


@program
def window_over_an_expression_key(people):
    groups = people.groupby((people.age > 30).rename("older")).sort("id")
    return people["id", groups.row_number().rename("n")]
