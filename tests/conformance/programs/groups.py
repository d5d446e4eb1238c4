"""``groupby`` and ``agg``."""

from odps.df import Scalar

from tests.conformance.model import program


@program
def count_in_groups(people):
    return people.groupby("city").agg(people.count().rename("n"))


@program
def sum_mean_min_max_in_groups(people):
    return people.groupby("city").agg(people.age.sum(), people.age.mean(), people.age.min(), people.age.max())


@program
def named_aggregations(people):
    return people.groupby("city").agg(oldest=people.age.max(), tallest=people.height.max(), n=people.id.count())


@program
def several_keys(people):
    return people.groupby("city", "member").agg(n=people.count())


@program
def keys_in_a_list(people):
    return people.groupby(["city", "member"]).agg(total=people.age.sum())


@program
def key_as_a_column(orders):
    return orders.groupby(orders.product).agg(pieces=orders.quantity.sum())


@program
def key_as_an_expression(people):
    return people.groupby((people.age / 10).floor().rename("decade")).agg(n=people.count())


@program
def key_as_a_condition(people):
    return people.groupby((people.age > 30).rename("older")).agg(mean=people.height.mean())


@program(
    pandas="pandas drops the group of NULL",
    expected=[[None, 2], [0, 1], [15, 1], [40, 2], [88, 1], [120, 1]],
)
def key_with_null(people):
    return people.groupby("points").agg(n=people.id.count())


@program
def constant_key(people):
    return people.groupby(Scalar(1).rename("one")).agg(total=people.age.sum())


@program
def one_column_of_the_groups(people):
    return people.groupby("city").age.sum()


@program
def aggregate_every_column(numbers):
    return numbers["b", "i", "x"].groupby("b").sum()


@program
def mean_of_every_column(numbers):
    return numbers["b", "i", "x"].groupby("b").mean()


@program
def count_of_a_group(people):
    return people.groupby("city").count()


@program
def deviation_in_groups(people):
    return people.groupby("member").agg(s=people.age.std(), v=people.age.var(), p=people.age.std(ddof=0))


@program
def median_in_groups(people):
    return people.groupby("member").agg(m=people.age.median())


@program
def quantile_in_groups(numbers):
    return numbers.groupby("b").agg(q=numbers.id.quantile(0.5))


@program
def nunique_in_groups(orders):
    return orders.groupby("product").agg(people=orders.person_id.nunique(), prices=orders.price.nunique())


@program
def any_and_all_in_groups(numbers):
    return numbers.groupby("b").agg(some=numbers.c.any(), every=numbers.c.all())


@program
def sum_of_booleans_in_groups(people):
    return people.groupby("city").agg(members=people.member.sum(), no_score=people.score.isnull().sum())


@program
def skew_and_kurtosis_in_groups(people):
    return people.groupby(Scalar("all").rename("g")).agg(s=people.age.skew(), k=people.age.kurtosis())


@program
def moment_in_groups(people):
    return people.groupby("member").agg(m=people.age.moment(2, central=True))


@program
def tolist_in_groups(people):
    return people.groupby("city").agg(n=people.age.tolist().len())


@program
def cat_in_groups(people):
    return people.groupby("city").agg(n=people.name.cat(sep=",").len())


@program(
    pandas="PyODPS's pandas backend sums every value, SQL the distinct ones",
    expected=[["pen", 2, 3.25], ["ink", 2, 24.0], ["lamp", 2, 94.5], ["paper", 1, 4.0]],
)
def unique_in_groups(orders):
    return orders.groupby("product").agg(n=orders.price.unique().count(), s=orders.price.unique().sum())


@program
def aggregate_of_an_expression(orders):
    return orders.groupby("product").agg(turnover=(orders.quantity * orders.price).sum())


@program
def expression_of_aggregates(orders):
    return orders.groupby("product").agg(
        mean=orders.price.sum() / orders.price.count(), spread=orders.price.max() - orders.price.min()
    )


@program
def filter_groups(people):
    return people.groupby("city").agg(n=people.count()).filter(lambda x: x.n > 1)


@program
def filter_before_grouping(people):
    return people[people.age > 30].groupby("city").agg(n=people.id.count())


@program(ordered=True)
def sort_groups(people):
    return people.groupby("city").agg(total=people.age.sum()).sort("total", ascending=False)


@program
def group_groups(orders):
    per_person = orders.groupby("person_id").agg(n=orders.order_id.count())
    return per_person.groupby("n").agg(persons=per_person.person_id.count())


@program
def group_a_calculated_column(people):
    people["decade"] = (people.age / 10).floor()
    return people.groupby("decade").agg(people.height.mean())


@program
def value_counts(people):
    return people.city.value_counts()


@program(ordered=True)
def value_counts_of_the_most_frequent(orders):
    return orders.product.value_counts().head(1)


@program
def value_counts_with_null(people):
    return people.points.value_counts()


@program
def value_counts_without_null(people):
    return people.points.value_counts(dropna=True)


@program(ordered=True)
def value_counts_ascending(people):
    return people["city"].value_counts(ascending=True)[:1]


@program
def topk(orders):
    return orders.product.topk(1)


@program
def custom_aggregate(people):
    class Span:
        def buffer(self):
            return [None, None]

        def __call__(self, buffer, value):
            buffer[0] = value if buffer[0] is None else min(buffer[0], value)
            buffer[1] = value if buffer[1] is None else max(buffer[1], value)

        def merge(self, buffer, other):
            for value in other:
                if value is not None:
                    self(buffer, value)

        def getvalue(self, buffer):
            return buffer[1] - buffer[0]

    return people.groupby("city").agg(span=people.age.agg(Span, rtype="int"))
