"""Whole analyses, as notebooks hold them: several steps that build on one another."""

import json
import math

import numpy as np
import pandas as pd
from odps.df import DataFrame, Scalar, func, output

from tests.conformance.model import program


@program
def best_of_each_group(orders):
    place = orders.groupby("product").sort(["price", "order_id"], ascending=[False, True]).row_number()
    ranked = orders[orders.product, orders.order_id, place.rename("n")]
    return ranked[ranked.n == 1].exclude("n")


@program
def share_of_the_total(orders):
    spent = orders[orders.product, (orders.price * orders.quantity).rename("amount")]
    grouped = spent.groupby("product").agg(amount=spent.amount.sum())
    return grouped[grouped.product, (grouped.amount / grouped.amount.sum()).rename("share")]


@program
def latest_of_duplicates(orders):
    latest = orders.groupby("person_id").agg(ordered=orders.ordered.max())
    return orders.join(latest, on=["person_id", "ordered"])["person_id", "order_id"]


@program
def days_between_orders(orders):
    previous = orders.groupby("person_id").sort("ordered").ordered.lag(1)
    with_previous = orders[orders.order_id, orders.ordered, previous.rename("previous")]
    both = with_previous[with_previous.previous.notnull()]
    return both[both.order_id, ((both.ordered - both.previous) / (1000 * 60 * 60)).rename("hours")]


@program
def term_frequencies(lines):
    @output(["document", "word", "n"], ["int", "string", "int"])
    def count(row):
        from collections import Counter

        yield from ((row.n, word, n) for word, n in sorted(Counter(row.line.split()).items()))

    counted = lines.apply(count, axis=1).cache()
    documents = counted.groupby("word").agg(documents=counted.document.nunique())
    total = lines.count().execute()
    joined = counted.join(documents, on="word")
    weight = joined.map_reduce(
        output(["document", "word", "weight"], ["int", "string", "float"])(
            lambda row: (row.document, row.word, row.n * math.log(total / row.documents))
        )
    )
    return weight[weight.weight > 0.3]


@program
def pairs_that_occur_together(lines):
    @output(["one", "other", "n"], ["string", "string", "int"])
    def together(row):
        from itertools import combinations

        for one, other in combinations(sorted(set(row.line.split())), 2):
            yield one, other, 1

    found = lines.apply(together, axis=1)
    return found.groupby("one", "other").agg(n=found.n.sum())


@program
def sessions(orders):
    """A session ends where a customer orders nothing for a month."""

    @output(["person_id", "session", "orders"], ["int", "int", "int"])
    def sessionize(keys):
        state = {"last": None, "session": 0, "orders": 0}

        def visit(row, done):
            if state["last"] is not None and (row.ordered - state["last"]).days >= 30:
                yield keys.person_id, state["session"], state["orders"]
                state["session"] += 1
                state["orders"] = 0
            state["last"] = row.ordered
            state["orders"] += 1
            if done:
                yield keys.person_id, state["session"], state["orders"]

        return visit

    return orders["person_id", "ordered"].map_reduce(reducer=sessionize, group="person_id", sort="ordered")


@program
def line_through_points(numbers):
    """Least squares by an aggregate that keeps sums."""

    class Slope:
        def buffer(self):
            return [0.0, 0.0, 0.0, 0.0, 0]

        def __call__(self, buffer, x, y):
            for place, value in enumerate((x, y, x * x, x * y, 1)):
                buffer[place] += value

        def merge(self, buffer, other):
            for place, value in enumerate(other):
                buffer[place] += value

        def getvalue(self, buffer):
            x, y, xx, xy, n = buffer
            return (n * xy - x * y) / (n * xx - x * x)

    from odps.df import agg

    return agg([numbers.x, numbers.y], Slope, rtype="float")


@program
def model_trained_here_and_applied_there(numbers):
    """NumPy computes the coefficients in the notebook; the function captures them."""
    frame = numbers["x", "y", "unit"].to_pandas()
    coefficients, *_ = np.linalg.lstsq(frame[["x", "unit"]].to_numpy(), frame["y"].to_numpy(), rcond=None)

    def predict(row):
        return float(np.dot(coefficients, [row.x, row.unit]))

    return numbers[numbers.id, numbers.apply(predict, axis=1, reduce=True, types="float").rename("predicted")]


@program
def nearest_centre(numbers):
    """One step of k-means, twice."""
    centres = [(0.0, 0.0), (50.0, 0.0)]
    for _ in range(2):

        def nearest(row, centres=tuple(centres)):
            return min(range(len(centres)), key=lambda i: (row.x - centres[i][0]) ** 2 + (row.y - centres[i][1]) ** 2)

        placed = numbers[numbers.x, numbers.y, numbers.apply(nearest, axis=1, reduce=True, types="int").rename("k")]
        found = placed.groupby("k").agg(x=placed.x.mean(), y=placed.y.mean()).sort("k").to_pandas()
        centres = [(float(row.x), float(row.y)) for row in found.itertuples()]
    return centres


@program
def ranks_of_a_graph(pairs):
    """Page rank by joins, three rounds, cached between them."""
    edges = DataFrame(pd.DataFrame({"source": ["a", "a", "b", "c"], "target": ["b", "c", "c", "a"]}))
    ranks = DataFrame(pd.DataFrame({"node": ["a", "b", "c"], "rank": [1.0, 1.0, 1.0]}))
    degrees = edges.groupby("source").agg(degree=edges.count())
    for _ in range(3):
        sent = edges.join(degrees, on="source").join(ranks, on=("source", "node"))
        sent = sent[sent.target, (sent["rank"] / sent.degree).rename("part")]
        summed = sent.groupby("target").agg(total=sent.part.sum())
        ranks = DataFrame(summed[summed.target.rename("node"), (summed.total * 0.85 + 0.15).rename("rank")].to_pandas())
    return ranks, pairs.count()


@program
def json_in_strings(people):
    @output(["name", "json"], ["string", "string"])
    def pack(row):
        return row.name, json.dumps({"age": row.age, "tags": [row.city, str(row.member)]}, ensure_ascii=False)

    def tag(text):
        return json.loads(text)["tags"][0]

    packed = people.apply(pack, axis=1)
    return packed[packed.name, packed["json"].map(tag, "string").rename("city")]


@program
def one_hot(people):
    cities = sorted(people.city.unique().to_pandas().tolist())
    columns = [(people.city == city).ifelse(1, 0).rename(f"is_{place}") for place, city in enumerate(cities)]
    return people[[people.name, *columns]]


@program
def histogram(people):
    binned = people[people.age.cut([0, 20, 30, 40, 50, 60], labels=["<20", "20s", "30s", "40s", "50s"]).rename("bin"),]
    return binned.groupby("bin").agg(n=binned.count())


@program
def pivoted_sales(orders):
    monthly = orders[orders.product, orders.ordered.month.rename("month"), orders.quantity]
    table = monthly.pivot_table(rows="product", columns="month", values="quantity", aggfunc="sum", fill_value=0)
    frame = table.to_pandas().set_index("product").sort_index()
    return frame[sorted(frame.columns)].astype("int64").to_numpy().tolist(), sorted(frame.columns)


@program
def compared_with_last_month(orders):
    monthly = orders.groupby(orders.ordered.month.rename("month")).agg(n=orders.quantity.sum())
    after = monthly[(monthly.month + 1).rename("month"), monthly.n.rename("before")]
    joined = monthly.left_join(after, on="month", merge_columns=True)
    return joined[joined.month, (joined.n - joined.before.fillna(0)).rename("change")]


@program
def running_total(orders):
    totals = orders.groupby("person_id").sort("ordered").quantity.cumsum()
    return orders[orders.order_id, totals.rename("total")]


@program
def customers_without_orders(people, orders):
    joined = people.left_join(orders.distinct("person_id"), on=("id", "person_id"))
    return joined[joined.person_id.isnull()]["name",]


@program(
    pandas="PyODPS's pandas backend replaces texts, not patterns, with pandas 2",
    expected=[
        [1, "hello_world"],
        [2, "padded"],
        [3, "maxcompute"],
        [4, ""],
        [5, "abc123def456"],
        [6, "snake_case_kebab_dot"],
    ],
)
def text_cleaned(texts):
    cleaned = texts.s.strip().lower().replace("[^a-z0-9]+", "_", regex=True)
    return texts[texts.id, cleaned.strip("_").rename("slug")]


@program
def quality_report(people):
    columns = [people[name].isnull().ifelse(1, 0).sum().rename(name) for name in people.schema.names]
    return people[columns]


@program
def many_steps_in_one_expression(people, orders, cities):
    joined = people.join(orders, on=("id", "person_id")).left_join(cities, on="city", merge_columns=True)
    spent = joined[
        joined.name,
        joined.country.fillna("?").rename("country"),
        (joined.price * joined.quantity).map(lambda amount: round(amount, 1)).rename("amount"),
    ]
    grouped = spent.groupby("country").agg(amount=spent.amount.sum(), names=spent.name.nunique())
    return grouped[grouped.amount > 1].sort("amount", ascending=False)[:2]


@program(pandas="PyODPS's pandas backend knows no built-in functions", expected=[["LONDON!", 1]])
def builtin_functions_beside_shipped_ones(people):
    chosen = people[people.id == 1]
    upper = func.toupper(chosen.city, rtype="string").map(lambda text: text + "!")
    return chosen[upper.rename("city"), Scalar(1).rename("one")]
