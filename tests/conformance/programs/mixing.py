"""Frames of pandas beside tables of the project: joined, united, filtered by each other, used as resources."""

import numpy as np
import pandas as pd
from odps.df import DataFrame

from tests.conformance.model import program


def discounts():
    return DataFrame(pd.DataFrame({"product": ["pen", "ink", "lamp"], "share": [0.5, 0.25, 0.0]}))


@program
def join(orders):
    return orders.join(discounts(), on="product")["order_id", "product", "share"]


@program
def join_from_the_frame(orders):
    return discounts().left_join(orders, on="product", merge_columns=True)["product", "share", "order_id"]


@program
def join_then_compute(orders):
    joined = orders.join(discounts(), on="product")
    reduced = joined[joined.product, (joined.price * (1 - joined.share)).rename("reduced")]
    return reduced.groupby("product").agg(least=reduced.reduced.min())


@program
def join_with_a_computed_frame(orders):
    shares = discounts()
    shares = shares[shares.share > 0][[shares.product.upper().lower().rename("product"), shares.share]]
    return orders.join(shares, on="product")["order_id", "share"]


@program
def union(orders):
    more = DataFrame(pd.DataFrame({"order_id": [900, 901], "product": ["cap", None]}))
    return orders["order_id", "product"].union(more)


@program
def isin(orders):
    return orders[orders.product.isin(discounts().product)]["order_id",]


@program
def not_isin(orders):
    return orders[~orders.product.isin(discounts().product)]["order_id",]


@program
def two_frames_and_a_table(orders, people):
    names = DataFrame(pd.DataFrame({"person_id": [1, 2], "title": ["Ms", "Mr"]}))
    joined = orders.join(discounts(), on="product").join(names, on="person_id")
    return joined["order_id", "share", "title"]


@program
def frame_as_a_resource(orders):
    def lookup(resources):
        shares = {row.product: row.share for row in resources[0]}
        return lambda product: shares.get(product, -1.0)

    return orders[orders.order_id, orders.product.map(lookup, resources=[discounts()], rtype="float").rename("share")]


@program
def shipped_function_over_both(orders):
    joined = orders.join(discounts(), on="product")
    return joined.apply(
        lambda row: (row.order_id, f"{row.product}:{row.share}"),
        axis=1,
        names=["order_id", "text"],
        types=["int", "string"],
    )


@program
def persist_a_frame(o, temporary):
    return discounts().persist(temporary.table(), odps=o)


@program
def persist_a_frame_into_a_partition(o, temporary):
    name = temporary.table()
    discounts().persist(name, odps=o, partition="day=1")
    return DataFrame(o.get_table(name)).filter_parts("day=1")["product", "share"]


@program
def frame_with_types(o, temporary):
    frame = pd.DataFrame(
        {
            "i": np.array([1, 2], dtype="int64"),
            "f": [0.5, np.nan],
            "s": ["a", None],
            "b": [True, False],
            "d": pd.to_datetime(["2024-02-29 01:02:03", None]),
        }
    )
    return DataFrame(frame).persist(temporary.table(), odps=o)


@program
def frame_of_nothing_but_nulls(o, temporary):
    frame = DataFrame(pd.DataFrame({"a": [1, 2], "b": [None, None]}), unknown_as_string=True)
    return frame.persist(temporary.table(), odps=o)


@program
def frame_with_declared_types(o, temporary):
    frame = DataFrame(pd.DataFrame({"a": [1, None], "b": ["x", "y"]}), as_type={"a": "float", "b": "string"})
    return frame.persist(temporary.table(), odps=o)


@program
def frame_of_lists(o, temporary):
    frame = DataFrame(pd.DataFrame({"k": [1, 2], "v": [["a", "b"], []]}), as_type={"v": "list<string>"})
    return frame[frame.k, frame.v.len().rename("n")]


@program
def write_a_table_from_pandas(o, temporary, pairs):
    name = temporary.table()
    frame = pairs.to_pandas()
    o.write_table(name, frame, create_table=True)
    return DataFrame(o.get_table(name))


@program
def many_rows_of_a_frame(orders):
    numbers = pd.DataFrame({"person_id": np.arange(4000) % 10, "n": np.arange(4000)})
    joined = orders.join(DataFrame(numbers), on="person_id")
    return joined.groupby("order_id").agg(n=joined.n.sum())
