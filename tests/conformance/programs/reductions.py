"""Whole columns and collections reduced to values."""

from datetime import datetime
from decimal import Decimal

from tests.conformance.model import program


@program
def count_and_size(people):
    return people.count(), people.size(), people.id.count()


@program(
    pandas="PyODPS's client answers with the rows of the whole table, NULLs too, where a source's column is counted",
    expected=(8, 8, 8),
)
def count_of_a_source_column(people):
    return people.score.count(), people.points.count(), people.nickname.count()


@program
def sum_mean_min_max(people):
    return people.age.sum(), people.age.mean(), people.age.min(), people.age.max()


@program
def null_is_left_out(people):
    return people.score.sum(), people.score.mean(), people.score.min(), people.score.max()


@program
def median(people):
    return people.age.median(), people.score.median()


@program
def quantile(numbers):
    return numbers.id.quantile(0.2), numbers.x.quantile(0.5), numbers.i.quantile(1)


@program
def quantile_list(numbers):
    return numbers.id.quantile([0, 0.2, 0.8])


@program
def sample_variance_and_deviation(people):
    return people.age.var(), people.age.std(), people.score.std()


@program
def population_variance_and_deviation(people):
    return people.age.var(ddof=0), people.age.std(ddof=0)


@program
def nunique(people):
    return people.city.nunique(), people.age.nunique(), people.score.nunique()


@program
def nunique_of_several_columns(people):
    return people["city", "member"].nunique()


@program
def moments_of_a_column(people):
    return (
        people.age.moment(1),
        people.age.moment(2),
        people.age.moment(2, central=True),
        people.age.moment(3, central=True),
    )


@program
def skew(people):
    return people.age.skew(), people.height.skew()


@program
def kurtosis(people):
    return people.age.kurtosis(), people.height.kurt()


@program
def any_and_all(numbers):
    return numbers.b.any(), numbers.b.all(), (numbers.i > -100).all(), (numbers.i > 1000).any()


@program
def sum_of_booleans(people):
    return people.member.sum(), (people.age > 30).sum()


@program
def count_leaves_null_out(people):
    return people[people.score.count().rename("scores"), people.nickname.count().rename("nicknames")]


@program
def sum_of_strings(people):
    return people[people.id == 3].name.sum()


@program
def min_and_max_of_strings(people):
    return people.name.min(), people.name.max()


@program
def concatenated_column(orders):
    return sorted(orders.product.cat(sep=",").execute().split(","))


@program(
    pandas="PyODPS's pandas backend has no str of the unique values",
    expected=["ink", "lamp", "paper", "pen"],
)
def concatenated_unique_column(orders):
    return sorted(orders.product.unique().cat(sep=",").execute().split(","))


@program
def tolist(people):
    return sorted(people.age.tolist().execute())


@program
def tolist_of_unique_values(people):
    return sorted(people.city.tolist(unique=True).execute())


@program
def unique_before_reducing(people):
    return people.age.unique().count(), people.age.unique().sum(), people.age.unique().mean()


@program
def reduce_a_filtered_column(people):
    return people[people.city == "London"].age.sum(), people[people.member].age.mean()


@program
def reduce_an_expression(orders):
    return (orders.quantity * orders.price).sum(), (orders.price + 1).log().max()


@program
def arithmetic_of_reductions(people):
    return people.age.max() - people.age.min(), people.age.sum() / people.count()


@program
def decimal_reductions(prices):
    return prices.rate.sum(), prices.rate.min(), prices.rate.max()


@program(
    pandas="pandas gives a float",
    expected=Decimal("25.785"),
)
def decimal_mean(prices):
    return prices.rate.mean()


@program
def whole_collection_minimum_and_maximum(numbers):
    return numbers.min(), numbers.max()


@program
def whole_collection_mean_and_sum(numbers):
    return numbers["i", "j", "x", "y"].mean(), numbers["i", "j", "x", "y"].sum()


@program
def whole_collection_deviation(numbers):
    return numbers["x", "y"].std(), numbers["x", "y"].median(), numbers["x", "y"].var(ddof=0)


@program
def whole_collection_any(numbers):
    return numbers["b", "c"].any(), numbers["b", "c"].all()


@program
def describe(numbers):
    return numbers["i", "x"].describe()


@program
def describe_with_null(people):
    return people["age", "score", "points"].describe()


@program(
    pandas="pandas gives 0 for the sum of nothing, SQL NULL",
    expected=(0, None, None, 0),
)
def reduce_nothing(people):
    nobody = people[people.age > 100]
    return nobody.count(), nobody.age.sum(), nobody.age.max(), nobody.name.count()


@program(expected=[datetime(2018, 10, 10, 10, 10, 10)], pandas="PyODPS's pandas backend gives nanoseconds")
def minimum_of_datetimes(people):
    return [people.joined.min().execute()]


@program
def several_reductions_in_one_selection(people):
    return people[people.age.max().rename("oldest"), people.height.min().rename("smallest")]


@program
def len_of_a_collection(people):
    return len(people.execute()), len(people[people.age > 40].execute())
