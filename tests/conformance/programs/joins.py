"""Joins: kinds, predicates, names, hints."""

from __future__ import annotations

from tests.conformance.model import program

NULL_KEYS = "pandas joins NULL to NULL; in SQL no NULL equals another"


@program
def inner_on_one_column(people, cities):
    return people.join(cities, on="city")


@program
def inner_on_common_columns(people, cities):
    return people.join(cities)[people.name, cities.country]


@program
def join_with_how(people, cities):
    return people.join(cities, on="city", how="left")["name", "country"]


@program
def inner_join_method(people, cities):
    return people.inner_join(cities, on="city")["name", "population"]


@program
def left_keeps_both_keys(people, cities):
    return people.left_join(cities, on="city")["name", "city_x", "city_y", "country"]


@program
def left_merged(people, cities):
    return people.left_join(cities, on="city", merge_columns=True)["name", "city", "country"]


@program
def left_merged_to_the_left(people, cities):
    return people.left_join(cities, on="city", merge_columns="left")["name", "city", "population"]


@program
def right_keeps_both_keys(people, cities):
    return people.right_join(cities, on="city")["name", "city_x", "city_y", "country"]


@program
def right_merged_by_column(people, cities):
    return people.right_join(cities, on="city", merge_columns={"city": "right"})["name", "city", "country"]


@program
def outer_keeps_both_keys(people, cities):
    return people.outer_join(cities, on="city")["name", "city_x", "city_y", "population"]


@program
def outer_merged_automatically(people, cities):
    return people.outer_join(cities, on="city", merge_columns={"city": "auto"})["name", "city", "population"]


@program
def names_differ(people, orders):
    return people.join(orders, on=("id", "person_id"))["name", "order_id", "product"]


@program
def two_columns(orders):
    other = orders[orders.person_id, orders.product, orders.quantity.rename("again")]
    return orders.join(other, on=["person_id", "product"])["order_id", "again"]


@program
def column_and_pair_of_columns(orders, people):
    other = people[people.id, people.name.rename("product"), people.city]
    return orders.left_join(other, on=["product", ("person_id", "id")])["order_id", "city"]


@program
def equality_of_columns(people, orders):
    return people.join(orders, on=[people.id == orders.person_id])[people.name, orders.price]


@program
def equality_of_expressions(people, orders):
    return people.join(orders, on=[people.id + 98 == orders.person_id * 1 + 97])["id", "order_id"]


@program
def equality_of_strings(people, cities):
    return people.join(cities, on=[people.city.lower() == cities.city.lower()])["name", "country"]


@program
def equality_by_function(people, cities):
    return people.join(cities, on=lambda left, right: left.city == right.city)["name", "country"]


@program
def column_and_expression(people, cities):
    return people.join(cities, on=["city", people.id % 2 == cities.population % 2])["name", "country"]


@program(
    pandas="PyODPS's pandas backend joins by equality whatever the comparison is",
    expected=[["Ada", "UK"], ["Ada", "China"], ["Dmitri", "UK"], ["Dmitri", "China"]],
)
def inequality(people, cities):
    some = people[people.name.isin(["Ada", "Dmitri"])]
    return some.join(cities, on=[some.id * 1000000 < cities.population], mapjoin=True)["name", "country"]


@program(
    pandas="PyODPS's pandas backend knows no join without a predicate",
    expected=[
        [1, "London"],
        [1, "Malmö"],
        [1, "杭州"],
        [2, "London"],
        [2, "Malmö"],
        [2, "杭州"],
    ],
)
def cross(pairs, cities):
    some = cities[cities.city != "Bergen"]
    return pairs[pairs.a < 3].distinct("a").join(some, mapjoin=True)["a", "city"]


@program
def suffixes(orders):
    left, right = orders["person_id", "product"], orders["person_id", "price"][orders.price > 4]
    return left.join(right.exclude("price"), on="person_id", suffixes=("_l", "_r"))


@program
def suffixes_of_other_columns(people):
    older = people[people.age > 35]
    return people["id", "city", "name"].join(older["city", "name", "age"], on="city", suffixes=("_one", "_two"))


@program
def self_join(people):
    joined = people.join(people, on="city")
    return joined[joined.id_x < joined.id_y][["name_x", "name_y"]]


@program
def self_join_with_a_view(people):
    other = people.view()
    return people.join(other, on=people.city == other.city)[people.name, other.name.rename("neighbour")]


@program
def self_join_with_an_aggregate(people):
    oldest = people.groupby("city").agg(oldest=people.age.max())
    return people.join(oldest, on="city")["name", "oldest"]


@program
def chain_of_three(people, orders, cities):
    joined = people.join(orders, on=("id", "person_id")).join(cities, on="city")
    return joined["name", "order_id", "country"]


@program
def chain_of_kinds(people, orders, cities):
    joined = orders.left_join(people, on=("person_id", "id")).left_join(cities, on="city", merge_columns=True)
    return joined["order_id", "name", "country"]


@program
def same_table_three_times(pairs):
    once = pairs.distinct()
    return pairs.join(once, on="a").join(once, on="a")


@program
def mapjoin(people, cities):
    return people.join(cities, on="city", mapjoin=True)["name", "country"]


@program
def left_mapjoin(people, cities):
    return people.left_join(cities, on="city", mapjoin=True)["name", "country"]


@program
def skewjoin(people, cities):
    return people.join(cities, on="city", skewjoin=True)["name", "country"]


@program
def skewjoin_on_columns(people, cities):
    return people.join(cities, on="city", skewjoin=["city"])["name", "country"]


@program
def skewjoin_on_values(people, cities):
    return people.join(cities, on="city", skewjoin=[{"city": "London"}, {"city": "杭州"}])["name", "country"]


@program
def semi_join(people, cities):
    return people[people.city.isin(cities.city)]["name", "city"]


@program
def anti_join(people, cities):
    return people[people.city.notin(cities.city)]["name", "city"]


@program
def semi_join_of_a_filter(people, orders):
    return people[people.id.isin(orders[orders.price > 10].person_id)]["name",]


@program
def filters_on_both_sides(people, cities):
    return people[people.age > 30].join(cities[cities.population > 300000], on="city")["name", "country"]


@program
def filter_after_the_join(people, cities):
    joined = people.left_join(cities, on="city", merge_columns=True)
    return joined[joined.country.isnull() | (joined.age < 30)]["name", "country"]


@program
def group_after_the_join(people, cities):
    return people.join(cities, on="city").groupby("country").agg(n=lambda x: x.count(), age=lambda x: x.age.mean())


@program(ordered=True)
def sort_after_the_join(people, orders):
    joined = people.join(orders, on=("id", "person_id"))
    return joined.sort(["price", "order_id"], ascending=[False, True])["name", "order_id"][:4]


@program
def computed_column_after_the_join(people, orders):
    joined = people.join(orders, on=[people.id == orders.person_id])
    return joined[joined.name, (joined.quantity * joined.price).rename("total")]


@program
def join_on_a_shipped_function(people, cities):
    first = people.city.map(lambda text: text[:3], "string")
    return people.join(cities, on=[first == cities.city.map(lambda text: text[:3], "string")])["name", "country"]


@program(pandas=NULL_KEYS, expected=[["Ada", "countess", "Ada"], ["Eve", "", "Eve"], ["陈晨", "晨晨", "陈晨"]])
def null_keys(people):
    some = people[people.id.isin([1, 2, 3, 5, 7])]
    other = some[some.nickname, some.name.rename("again")]
    return some.join(other, on="nickname")["name", "nickname", "again"]


@program(pandas=NULL_KEYS, expected=[["Ada", "Ada"], ["Bo", None], ["Gus", None]])
def null_keys_of_a_left_join(people):
    some = people[people.id.isin([1, 2, 7])]
    other = some[some.nickname, some.name.rename("again")]
    return some.left_join(other, on="nickname")["name", "again"]
