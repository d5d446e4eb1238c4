"""How a result is asked for: at once, later, several together; heads, tails, frames, plans, options."""

from concurrent.futures import Future

import pandas as pd
from odps import options
from odps.df import DataFrame, Delay

from tests.conformance.model import program


@program
def execute_async(pairs):
    future = pairs.a.sum().execute(async_=True)
    return future.result(), future.done()


@program
def execute_async_collection(pairs):
    return pairs[pairs.a > 1].execute(async_=True).result()


@program
def several_futures(orders):
    expressions = [orders.price.max(), orders.quantity.sum(), orders.product.nunique()]
    futures = [expression.execute(async_=True) for expression in expressions]
    return [future.result() for future in futures]


@program
def future_with_a_callback(pairs):
    told = Future()
    pairs.count().execute(async_=True).add_done_callback(lambda done: told.set_result(done.result()))
    return told.result(timeout=120)


@program
def future_of_a_failure(pairs):
    def fail(value):
        raise ValueError("no such value")

    future = pairs.a.map(fail).sum().execute(async_=True)
    return "no such value" in str(future.exception())


@program
def delay(orders):
    later = Delay()
    first = orders.price.max().execute(delay=later)
    second = orders.groupby("product").agg(n=orders.count()).execute(delay=later)
    later.execute(n_parallel=2)
    return first.result(), second.result()


@program
def delay_with_a_common_part(orders):
    later = Delay()
    spent = orders[orders.product, (orders.price * orders.quantity).rename("amount")].cache()
    most = spent.amount.max().execute(delay=later)
    total = spent.amount.sum().execute(delay=later)
    later.execute()
    return most.result(), total.result()


@program
def delay_async(orders):
    later = Delay()
    future = orders.price.min().execute(delay=later)
    later.execute(async_=True).result()
    return future.result()


@program
def delay_of_persist(o, temporary, pairs):
    one, other = temporary.table(), temporary.table()
    later = Delay()
    pairs[pairs.a == 1].persist(one, delay=later, odps=o)
    pairs[pairs.a == 3].persist(other, delay=later, odps=o)
    later.execute(n_parallel=2)
    return DataFrame(o.get_table(one)).union(DataFrame(o.get_table(other)))


@program
def persist_async(o, temporary, pairs):
    persisted = pairs.persist(temporary.table(), async_=True, odps=o).result()
    return persisted.a.sum()


@program(ordered=True)
def head(orders):
    return orders.sort("order_id").head(3)


@program
def head_of_a_filter(orders):
    return len(orders[orders.price > 3].head(2).values), orders[orders.price > 30].head(10)


@program
def tail(o, temporary, pairs):
    """Only a table has an end on the service."""
    table = pairs.persist(temporary.table(), odps=o)
    return len(table.tail(2).values)


@program(ordered=True)
def slice_of_a_sort(orders):
    return orders.sort("order_id", ascending=False)[:4]["order_id", "product"]


@program
def limit(orders):
    return len(orders.limit(4).execute().values)


@program
def count(orders):
    return orders.count(), orders[orders.price > 4].count(), orders.price.count()


@program(ordered=True)
def to_pandas(orders):
    return orders.sort("order_id")["order_id", "price"].to_pandas()


@program(ordered=True)
def to_pandas_wrapped(orders):
    wrapped = orders.sort("order_id")["order_id", "price"].to_pandas(wrap=True)
    return isinstance(wrapped, DataFrame), wrapped[wrapped.price > 10]


@program
def to_pandas_of_a_column(orders):
    return sorted(orders.product.unique().to_pandas().tolist())


@program
def records_of_a_result(pairs):
    result = pairs.distinct().execute()
    return sorted([record["b"], record["a"]] for record in result), len(result), result.columns[0].name


@program
def iterate_over_values(pairs):
    return sorted(pairs.distinct().execute().values["b"])


@program
def one_record_of_a_result(pairs):
    result = pairs[pairs.a == 1].execute()
    return result[0]["b"], result[0]["a"], len(result)


@program
def result_used_again(orders):
    expensive = orders[orders.price > 10]
    first = expensive.execute()
    return len(first.values), expensive.price.mean()


@program
def schema(people):
    return people.schema.names, [str(kind) for kind in people.schema.types], people.dtypes.names


@program
def describe(marks):
    return marks["score", "weight"].describe()


@program
def empty_result(people):
    return people[people.id > 100]["id", "name"]


@program
def scalar_arithmetic(marks):
    return (marks.score.max() - marks.score.min()) / marks.score.count()


@program
def column_minus_its_mean(marks):
    return marks[marks.who, (marks.score - marks.score.mean()).rename("v")]


@program
def column_scaled_by_its_range(marks):
    scaled = (marks.score - marks.score.min()) / (marks.score.max() - marks.score.min())
    return marks[marks.who, scaled.rename("v")]


@program
def filter_by_an_aggregate(marks):
    return marks[marks.score > marks.score.mean()]


@program
def executed_scalar_in_another_computation(marks, pairs):
    most = int(pairs.a.max().execute())
    return marks[marks.weight >= most]["who", "weight"]


@program
def settings_option(pairs):
    options.sql.settings = {"odps.sql.mapper.split.size": "8"}
    try:
        return pairs.a.sum().execute()
    finally:
        options.sql.settings = None


@program
def hints_of_an_execution(pairs):
    return pairs.a.sum().execute(hints={"odps.sql.reducer.instances": "2"})


@program
def without_optimizing(orders):
    options.df.optimize = False
    try:
        return orders["order_id", "price"][orders.price > 4]["price",].price.sum().execute()
    finally:
        options.df.optimize = True


@program
def plan(pairs):
    """A plan is there before anything runs, and its execution still gives the answer."""
    expression = pairs[pairs.a > 1].groupby("b").agg(n=pairs.a.count())
    text = repr(expression.compile())
    return bool(text), expression.ast() is not None, expression


@program
def setitem(pairs):
    pairs["c"] = pairs.a * 2
    pairs["b"] = pairs.b.upper()
    return pairs


@program
def delitem(people):
    del people["joined"], people["nickname"], people["height"]
    return people.schema.names, people.count()


@program
def frame_of_pandas():
    return DataFrame(pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}))[lambda x: [x.a + 1, x.b]]
