"""Row numbers, splits and samples: what is random is held by what must be true of any answer."""

from odps.df import func

from tests.conformance.model import program

SHIFTED = "PyODPS's pandas backend puts the new column first and its name last, so that every name is wrong by one"
PARTS = "PyODPS's pandas backend knows no sample by parts"


def taken(frame, whole):
    """Whether these rows are among those of the whole, each at most as often as there."""
    left = [tuple(row) for row in whole.execute().to_pandas().fillna(-1).itertuples(index=False)]
    for row in frame.execute().to_pandas().fillna(-1).itertuples(index=False):
        if tuple(row) not in left:
            return False
        left.remove(tuple(row))
    return True


@program(pandas=SHIFTED, expected=([0, 1, 2, 3, 4], 5))
def append_id(marks):
    numbered = marks.append_id().execute().to_pandas()
    return sorted(numbered["append_id"].astype(int).tolist()), len(numbered.columns)


@program(pandas=SHIFTED, expected=[0, 1, 2, 3, 4])
def append_id_named(marks):
    numbered = marks.append_id(id_col="number").execute().to_pandas()
    return sorted(numbered["number"].astype(int).tolist())


@program
def split(orders):
    first, second = orders["order_id", "price"].split(0.5, seed=3)
    ids = first.execute().to_pandas().order_id.tolist() + second.execute().to_pandas().order_id.tolist()
    return sorted(ids)


@program
def sample_by_number(orders):
    some = orders.sample(n=4)
    return some.count(), taken(some, orders)


@program
def sample_more_than_there_is(orders):
    return orders.sample(frac=1.0).count()


@program(pandas=PARTS, expected=True)
def sample_a_part(orders):
    """Without columns, rows fall into parts at random."""
    return taken(orders.sample(parts=3, i=1), orders)


@program
def sample_the_only_part(orders):
    return orders.sample(parts=1).count()


@program(pandas=PARTS, expected=4)
def sample_several_parts(orders):
    return orders.sample(parts=4, i=[0, 1, 2, 3], columns="product").product.nunique()


@program(pandas=PARTS, expected=["ink", "lamp", "paper", "pen"])
def sample_parts_by_columns(orders):
    """Rows of one value fall into one part."""
    seen = []
    for i in range(4):
        products = orders.sample(parts=4, i=i, columns=["product"]).product.unique().execute().to_pandas()
        seen += products["product"].tolist()
    return sorted(seen)


@program
def sample_weighted(orders):
    some = orders["order_id", "quantity"].sample(n=3, weights="quantity")
    return some.count(), taken(some, orders["order_id", "quantity"])


@program
def sample_with_replacement(orders):
    return orders["order_id",].sample(n=25, replace=True).count()


@program
def sample_of_strata(orders):
    some = orders["order_id", "product"].sample(strata="product", n={"pen": 2, "ink": 1})
    return some.groupby("product").agg(n=some.count())


@program
def sample_fractions_of_strata(orders):
    some = orders["order_id", "product"].sample(strata="product", frac={"pen": 0.5, "lamp": 1.0})
    return some.groupby("product").agg(n=some.count())


@program(pandas="PyODPS's pandas backend knows no built-in functions", expected=10)
def random_numbers(orders):
    numbers = orders[func.rand(rtype="float").rename("r"),]
    return numbers[(numbers.r >= 0) & (numbers.r < 1)].count()
