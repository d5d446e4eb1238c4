"""Lists and dicts: columns of them, what they hold, how they are made, exploded and handed to functions."""

from odps.df import make_dict, make_list, output

from tests.conformance.model import program

LATERAL = "PyODPS's pandas backend needs pandas before 2 for lateral views"


@program
def columns(baskets):
    return baskets


@program
def length_of_a_list(baskets):
    return baskets[baskets.id, baskets.tags.len().rename("n")]


@program
def length_of_a_dict(baskets):
    return baskets[baskets.id, baskets.stock.len().rename("n")]


@program
def element_of_a_list(baskets):
    return baskets[baskets.tags[0].rename("first"), baskets.sizes[1].rename("second"), baskets.sizes[-1].rename("last")]


@program
def element_beyond_a_list(baskets):
    return baskets[baskets.id, baskets.tags[2].rename("third")]


@program
def element_of_a_dict(baskets):
    return baskets[baskets.stock["a"].rename("a"), baskets.stock["b"].rename("b")]


@program
def element_by_a_column(baskets):
    return baskets[baskets.id, baskets.sizes[baskets.id - baskets.id].rename("first")]


@program
def contains(baskets):
    return baskets[baskets.tags.contains("red").rename("red"), baskets.sizes.contains(5).rename("five")]


@program
def filter_by_contents(baskets):
    return baskets[baskets.tags.contains("red") & (baskets.tags.len() > 2)]["id",]


@program
def sort(baskets):
    return baskets[baskets.tags.sort().rename("tags"), baskets.sizes.sort().rename("sizes")]


@program
def keys_and_values(baskets):
    return baskets[baskets.stock.keys().sort().rename("keys"), baskets.stock.values().sort().rename("values")]


@program
def make_a_list(orders):
    made = make_list(orders.order_id, orders.quantity, 7)
    return orders[orders.product, made.rename("numbers")]


@program
def make_a_dict(orders):
    return orders[orders.product, make_dict("quantity", orders.quantity, "order", orders.order_id).rename("facts")]


@program
def list_of_a_made_list(orders):
    return orders[make_list(orders.quantity, orders.order_id)[1].rename("order"), orders.product]


@program
def explode_a_list(baskets):
    return baskets.tags.explode()


@program
def explode_a_list_named(baskets):
    return baskets.sizes.explode("size")


@program
def explode_a_list_with_positions(baskets):
    return baskets.tags.explode(["position", "tag"], pos=True)


@program
def explode_a_dict(baskets):
    return baskets.stock.explode()


@program
def explode_a_dict_named(baskets):
    return baskets.stock.explode(["product", "amount"])


@program
def explode_then_group(baskets):
    tags = baskets.tags.explode("tag")
    return tags.groupby("tag").agg(n=tags.count())


@program(
    pandas=LATERAL,
    expected=[[1, "red"], [1, "blue"], [2, "green"], [3, "red"], [3, "red"], [3, "gold"]],
)
def lateral_view_of_a_list(baskets):
    return baskets[baskets.id, baskets.tags.explode("tag")]


@program(pandas=LATERAL, expected=[[1, "a", 1], [1, "b", 2], [2, "b", 20], [3, "a", 3], [3, "c", 4], [3, "d", 5]])
def lateral_view_of_a_dict(baskets):
    return baskets[baskets.id, baskets.stock.explode(["product", "amount"])]


@program(
    pandas=LATERAL,
    expected=[
        [2, "green", 5],
        [3, "red", 7],
        [3, "red", 7],
        [3, "red", 7],
        [3, "red", 7],
        [3, "gold", 7],
        [3, "gold", 7],
    ],
)
def lateral_views_of_two_lists(baskets):
    some = baskets[baskets.id > 1]
    return some[some.id, some.tags.explode("tag"), some.sizes.explode("size")]


@program(pandas=LATERAL, expected=[[1, 0, "red"], [1, 1, "blue"], [2, 0, "green"]])
def lateral_view_with_positions(baskets):
    some = baskets[baskets.id < 3]
    return some[some.id, some.tags.explode(["position", "tag"], pos=True)]


@program(pandas=LATERAL, expected=[[3, 6]])
def lateral_view_then_aggregate(baskets):
    exploded = baskets[baskets.id, baskets.tags.explode("tag")]
    return exploded[exploded.id.max().rename("last"), exploded.tag.count().rename("n")]


@program
def tolist(orders):
    grouped = orders.groupby("product").agg(quantities=orders.quantity.tolist())
    return grouped[grouped.product, grouped.quantities.sort().rename("quantities")]


@program
def tolist_unique(orders):
    grouped = orders.groupby("product").agg(quantities=orders.quantity.tolist(unique=True))
    return grouped[grouped.product, grouped.quantities.sort().rename("quantities")]


@program
def rows_with_lists_into_a_function(baskets):
    return baskets.apply(
        lambda row: (sum(row.sizes), "+".join(row.tags), max(row.stock.values())),
        axis=1,
        names=["total", "tags", "most"],
        types=["int", "string", "int"],
    )


@program
def rows_with_lists_out_of_a_function(lines):
    return lines.apply(
        lambda row: (row.line.split(), [len(word) for word in row.line.split()]),
        axis=1,
        names=["words", "lengths"],
        types=["list<string>", "list<int64>"],
    )


@program
def rows_with_dicts_out_of_a_function(lines):
    @output(["n", "counts"], ["int", "dict<string, int64>"])
    def count(row):
        words = row.line.split()
        yield row.n, {word: words.count(word) for word in words}

    return lines.apply(count, axis=1)


@program
def reduce_to_a_list(pairs):
    return pairs.apply(lambda row: [row.b] * row.a, axis=1, reduce=True, types="list<string>").rename("v")


@program
def list_of_a_function_exploded(lines):
    words = lines.apply(lambda row: (row.line.split(),), axis=1, names=["words"], types=["list<string>"])
    return words.words.explode("word").groupby("word").agg(n=lambda x: x.count())


@program
def split_of_a_string(lines):
    return lines[lines.n, lines.line.split(" ").rename("words")][lambda x: [x.n, x.words.len().rename("length")]]


@program
def todict_of_a_string(texts):
    counted = texts[texts.id, texts.pairs.todict(",", "=").rename("counts")]
    return counted[counted.id, counted.counts["a"].rename("a")]
