"""Union, concatenation, difference, intersection, and rows or columns taken away."""

from __future__ import annotations

from tests.conformance.model import program

DISTINCT = "PyODPS's pandas backend refuses a distinct union"
ONCE = [[1, "x"], [2, "y"], [3, "z"]]


@program
def union(pairs):
    return pairs.union(pairs[pairs.a > 1])


@program
def union_of_other_order(pairs):
    return pairs.union(pairs["b", "a"])


@program
def union_of_two_tables(people, orders):
    return people["id",].union(orders[orders.person_id.rename("id"),])


@program(pandas=DISTINCT, expected=ONCE)
def union_distinct(pairs):
    return pairs.union(pairs, distinct=True)


@program
def union_then_distinct(pairs):
    return pairs.union(pairs).distinct()


@program
def union_of_columns(pairs):
    return pairs.a.union(pairs.a)


@program
def union_then_aggregate(pairs):
    return pairs.union(pairs).a.sum()


@program
def union_of_groups(pairs):
    counts = pairs.groupby("b").agg(n=pairs.a.count())
    sums = pairs.groupby("b").agg(n=pairs.a.sum())
    return counts.union(sums)


@program
def union_with_a_constant(people):
    first, second = people[people.id < 3]["name",], people[people.id > 6]["name",]
    return first[first, (first.name.len() * 0).rename("part")].union(second[second, second.name.len().rename("part")])


@program
def concat_several(pairs):
    return pairs.concat([pairs[pairs.a == 1], pairs[pairs.a == 2]])


@program(pandas=DISTINCT, expected=ONCE)
def concat_distinct(pairs):
    return pairs.concat([pairs, pairs[pairs.a == 1]], distinct=True)


@program
def concat_columns(pairs):
    return pairs["a",].concat(pairs[pairs.b.rename("c"),], axis=1)


@program
def setdiff(pairs):
    return pairs.setdiff(pairs[pairs.a != 2].distinct())


@program
def setdiff_distinct(pairs):
    return pairs.setdiff(pairs[pairs.a == 1], distinct=True)


@program(pandas="PyODPS's pandas backend counts with floats where tables are several", expected=[[2, "y"], [2, "y"]])
def setdiff_of_several(pairs):
    return pairs.setdiff([pairs[pairs.a == 1], pairs[pairs.a == 3]])


@program
def except_method(pairs):
    return pairs.except_(pairs[pairs.a == 1])


@program(
    pandas="PyODPS's pandas backend counts with floats and refuses its own result",
    expected=[[2, "y"], [2, "y"], [3, "z"], [3, "z"], [3, "z"]],
)
def intersect(pairs):
    return pairs.intersect(pairs[pairs.a > 1])


@program
def intersect_distinct(pairs):
    return pairs.intersect(pairs[pairs.a > 1], distinct=True)


@program
def intersect_of_three(pairs):
    return pairs.intersect(pairs[pairs.a > 1], pairs[pairs.a < 3], distinct=True)


@program
def drop_rows(pairs):
    return pairs.drop(pairs[pairs.a == 2])


@program
def drop_rows_by_column(people, cities):
    return people.drop(cities, columns="city")["name", "city"]


@program
def drop_columns(people):
    return people.drop(["age", "height", "joined", "score", "nickname", "points"], axis=1)


@program
def drop_columns_of_another(people, cities):
    return people["id", "city", "name"].drop(cities["city",], axis=1)


@program
def exclude(pairs):
    return pairs.exclude("a").distinct()


@program
def minus_by_left_join(pairs):
    some = pairs[pairs.a > 2].distinct()
    joined = pairs.left_join(some, on="a", suffixes=("", "_other"))
    return joined[joined.b_other.isnull()]["a", "b"]
