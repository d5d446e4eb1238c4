"""Whole programs of several steps, as analysts write them."""

from odps.df import Scalar

from tests.conformance.model import program


@program(ordered=True)
def turnover_by_city(people, orders):
    joined = orders.join(people, on=("person_id", "id"))
    joined["turnover"] = joined.quantity * joined.price
    return joined.groupby("city").agg(turnover=joined.turnover.sum(), n=joined.order_id.count()).sort("turnover")


@program
def best_order_of_each_person(orders):
    orders["total"] = orders.quantity * orders.price
    ranked = orders[orders, orders.groupby("person_id").sort("total", ascending=False).row_number().rename("n")]
    return ranked[ranked.n == 1]["person_id", "order_id", "total"]


@program
def share_of_the_group(orders):
    groups = orders.groupby("product").agg(sum=orders.price.sum())
    joined = orders.join(groups, on="product")
    return joined[joined.order_id, (joined.price / joined.sum).rename("share")]


@program
def people_without_orders(people, orders):
    left = people.left_join(orders, on=[("id", "person_id")])
    return left[left.order_id.isnull()][["name"]]


@program(ordered=True)
def histogram(people):
    ages = people[people.age.cut([0, 30, 40, 100], labels=["-30", "30-40", "40-"]).rename("bin"), people.id]
    return ages.groupby("bin").agg(n=ages.id.count()).sort("bin")


@program(ordered=True)
def cleaned_text(texts):
    words = texts[texts.id, texts.s.strip().lower().replace("o", "0", regex=False).rename("slug")]
    return words[words.slug.len() > 3].sort("id")


@program
def growth_by_month(orders):
    by_month = orders.groupby(orders.ordered.month.rename("month")).agg(n=orders.order_id.count())
    months = by_month[by_month, Scalar(1).rename("g")]
    return months["month", (months.n - months.groupby("g").sort("month").n.lag(1, default=0)).rename("growth")]


@program
def standardised_column(people):
    mean, std = people.age.mean().execute(), people.age.std(ddof=0).execute()
    return people[people.id, ((people.age - mean) / std).rename("z")]


@program
def flags_from_conditions(people):
    people["tall"] = people.height > 1.75
    people["senior"] = people.age > 40
    people["both"] = people.tall & people.senior
    return people.groupby("both").agg(n=people.count(), tall=people.tall.sum())


@program
def groups_filtered_by_their_own_aggregate(orders):
    by_product = orders.groupby("product").agg(n=orders.order_id.count(), mean=orders.price.mean())
    frequent = by_product[by_product.n >= 2]
    return frequent[frequent["mean"] > frequent["mean"].mean().execute()][["product"]]


@program
def union_of_two_selections(people):
    young, old = people[people.age < 26]["id", "age"], people[people.age > 45]["id", "age"]
    both = young.union(old)
    return both.age.sum(), both.count()


@program(ordered=True)
def top_of_a_union_sorted(people, orders):
    names = people[people.name.rename("word"), people.id.rename("n")]
    products = orders[orders.product.rename("word"), orders.order_id.rename("n")]
    return names.union(products).sort("n", ascending=False)[:3]


@program
def aggregates_of_windows(people):
    ranks = people["city", people.groupby("city").sort("age").rank().rename("r")]
    return ranks.groupby("city").agg(last=ranks.r.max())


@program
def nested_groups(orders):
    per_person = orders.groupby("person_id", "product").agg(n=orders.quantity.sum())
    per_product = per_person.groupby("product").agg(most=per_person.n.max(), people=per_person.person_id.nunique())
    return per_product[per_product.people > 1]


@program
def one_result_from_two_engines(people, orders):
    dear = orders[orders.price > 10].person_id.unique().tolist().execute()
    return people[people.id.isin(sorted(dear))][["name"]]


@program
def result_used_in_the_next_program(people):
    oldest = int(people.age.max().execute())
    return people[people.age == oldest][["name"]]


@program
def rows_of_a_result(people):
    result = people[people.age < 26].sort("id")["id", "name"].execute()
    return [(row["id"], row["name"]) for row in result], len(result), [column.name for column in result.columns]


@program
def loop_of_aggregates(numbers):
    return {name: numbers[name].sum().execute() for name in ("i", "j", "x")}


@program
def first_moments_by_group(people):
    london = people[people.city == "London"]
    return london.age.mean(), london.age.moment(2), london.age.moment(3, central=True), london.age.skew()


@program
def reused_expression(people):
    older = people[people.age > 30]
    return older.count(), older.age.mean(), older.groupby("city").agg(n=older.count())


@program
def same_table_twice(people):
    other = people[people.id.rename("other_id"), people.city.rename("other_city"), people.age.rename("other_age")]
    pairs = people.join(other, on=[people.city == other.other_city])
    return pairs[pairs.id < pairs.other_id]["id", "other_id"]
