"""Features one upon another: windows over functions, unions of pivots, functions over key-value columns."""

from tests.conformance.model import program
from tests.conformance.programs.reshaping import spread


@program
def window_over_a_mapped_column(orders):
    cost = orders[orders.person_id, orders.price.map(lambda price: price * 2).rename("cost")]
    return cost[cost.person_id, cost.groupby("person_id").sort("cost").cost.cumsum().rename("so_far"), cost.cost]


@program
def window_ordered_by_a_function(orders):
    placed = orders.groupby("product").sort(orders.price.map(lambda price: -price)).row_number()
    return orders[orders.product, orders.price, placed.rename("place")]


@program
def window_grouped_by_a_function(people):
    decade = people.age.map(lambda age: age // 10, "int").rename("decade")
    aged = people[people.id, people.age, decade]
    return aged[aged.id, aged.groupby("decade").sort("age").age.cumsum().rename("years")]


@program
def window_over_grouped_own_aggregates(orders):
    spreads = orders.groupby("product").agg(spread=orders.price.agg(spread(), rtype="float"))
    return spreads[spreads.product, spreads.groupby("product").sort("spread").row_number().rename("n"), spreads.spread]


@program
def rank_of_grouped_functions(people):
    by_city = people.groupby("city").agg(oldest=people.age.max(), count=people.id.count())
    labelled = by_city[by_city, by_city.oldest.map(lambda age: age // 10, "int").rename("decade")]
    return labelled[labelled.city, labelled.groupby("decade").sort("oldest").rank().rename("place")]


@program
def union_of_pivots(marks):
    scores = marks.pivot_table(rows="who", values="score", aggfunc="sum")
    weights = marks.pivot_table(rows="who", values="weight", aggfunc="sum")
    left = scores[scores.who, scores.score_sum.rename("total")]
    right = weights[weights.who, weights.weight_sum.astype("float").rename("total")]
    return left.union(right)


@program
def join_of_pivots(marks):
    table = marks.pivot_table(rows="who", values="score", aggfunc="mean")
    other = marks.pivot_table(rows="who", values="weight", aggfunc="sum")
    return table.join(other, on="who")


@program
def function_of_a_window_in_a_filter(people):
    placed = people[people.id, people.city, people.groupby("city").sort("age").row_number().rename("n")]
    return placed[placed.n.map(lambda n: n % 2 == 1, "boolean")][["id"]]


@program
def distinct_of_a_union_of_functions(pairs):
    first = pairs[pairs.a.map(lambda a: a * 2).rename("v"), pairs.b]
    second = pairs[pairs.a.map(lambda a: a + 1).rename("v"), pairs.b]
    return first.union(second).distinct()


@program
def join_on_functions(people, orders):
    left = people[people.name, people.id.map(lambda number: number + 100).rename("key")]
    right = orders[orders.product, (orders.person_id + 100).rename("key")]
    return left.join(right, on="key")[["name", "product"]]


@program
def apply_over_a_join_grouped(people, orders):
    both = people.join(orders, on=people.id == orders.person_id)[people.city, orders.price, orders.quantity]
    cost = both.apply(
        lambda row: (row.city, row.price * row.quantity), axis=1, names=["city", "cost"], types=["string", "float"]
    )
    return cost.groupby("city").agg(cost=cost.cost.sum())


@program
def reduction_of_a_window_of_a_join(people, orders):
    both = people.join(orders, on=people.id == orders.person_id)[people.name, orders.price]
    ranked = both[both, both.groupby("name").sort("price", ascending=False).rank().rename("place")]
    return ranked[ranked.place == 1].price.sum()


@program
def concatenated_columns_of_functions(people):
    label = people.name.map(lambda name: name.upper())
    return people[label.rename("label"), label.len().rename("size"), (label + people.city.fillna("?")).rename("both")]


@program
def functions_in_every_clause(people):
    decade = people.age.map(lambda age: age // 10 * 10, "int")
    some = people[decade > 20]
    grouped = some.groupby(some.age.map(lambda age: age // 10 * 10, "int").rename("decade")).agg(count=some.id.count())
    return grouped.sort("decade")
