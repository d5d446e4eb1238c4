"""What is written: persist to tables, partitions and views; caching; reading it back."""

from odps import options
from odps.df import DataFrame
from odps.errors import NoSuchObject
from odps.models import TableSchema

from tests.conformance.model import program


def rows(o, name, partition=None):
    """The table's rows as the tunnel gives them, in order."""
    with o.get_table(name).open_reader(partition=partition) as reader:
        return sorted([list(record.values) for record in reader], key=str)


@program
def table(o, temporary, pairs):
    name = temporary.table()
    persisted = pairs[pairs.a > 1].persist(name, odps=o)
    return persisted.count().execute(), rows(o, name)


@program
def types_of_the_table(o, temporary, people):
    name = temporary.table()
    people.persist(name, odps=o)
    return [(column.name, str(column.type)) for column in o.get_table(name).table_schema.columns]


@program
def computed_columns(o, temporary, orders):
    name = temporary.table()
    totals = orders.groupby("product").agg(total=(orders.price * orders.quantity).sum(), n=orders.count())
    totals.persist(name, odps=o)
    return rows(o, name)


@program
def the_result_is_a_dataframe(o, temporary, orders):
    persisted = orders["product", "quantity"].persist(temporary.table(), odps=o)
    grouped = persisted.groupby("product").agg(n=persisted.quantity.sum())
    return grouped[grouped.n > 3]


@program
def overwrite(o, temporary, pairs):
    name = temporary.table()
    pairs.persist(name, odps=o)
    pairs[pairs.a == 2].persist(name, odps=o)
    return rows(o, name)


@program
def append(o, temporary, pairs):
    name = temporary.table()
    pairs[pairs.a == 1].persist(name, odps=o)
    pairs[pairs.a == 2].persist(name, odps=o, overwrite=False)
    return rows(o, name)


@program
def drop_table_first(o, temporary, pairs, lines):
    name = temporary.table()
    pairs.persist(name, odps=o)
    lines.persist(name, odps=o, drop_table=True)
    return [column.name for column in o.get_table(name).table_schema.columns], len(rows(o, name))


@program
def into_an_existing_table(o, temporary, pairs):
    """Columns go by name, and what is missing is NULL."""
    name = temporary.table()
    o.create_table(name, "b string, a bigint, c double")
    pairs[pairs.b, pairs.a, (pairs.a * 1.5).rename("c")].persist(name, odps=o)
    return rows(o, name)


@program
def with_a_cast(o, temporary, pairs):
    name = temporary.table()
    o.create_table(name, "a string, b string")
    pairs.persist(name, odps=o, cast=True)
    return rows(o, name)


@program
def lifecycle(o, temporary, pairs):
    name = temporary.table()
    pairs.persist(name, odps=o, lifecycle=7)
    return o.get_table(name).lifecycle


@program
def lifecycle_by_option(o, temporary, pairs):
    name = temporary.table()
    options.lifecycle = 3
    try:
        pairs.persist(name, odps=o)
    finally:
        options.lifecycle = None
    return o.get_table(name).lifecycle


@program
def without_creating_a_table(o, temporary, pairs):
    try:
        pairs.persist(temporary.table(), odps=o, create_table=False)
    except NoSuchObject as error:
        return type(error).__name__
    return None


@program
def partitioned_by_a_column(o, temporary, orders):
    name = temporary.table()
    orders["order_id", "product"].persist(name, odps=o, partitions=["product"])
    made = o.get_table(name)
    parts = sorted(str(part.partition_spec) for part in made.partitions)
    return parts, rows(o, name, "product=pen"), [column.name for column in made.table_schema.partitions]


@program
def partitioned_by_two_columns(o, temporary, orders):
    name = temporary.table()
    kept = orders[orders.order_id, orders.product, (orders.quantity > 2).ifelse("many", "few").rename("size")]
    kept.persist(name, odps=o, partitions=["product", "size"])
    return sorted(str(part.partition_spec) for part in o.get_table(name).partitions)


@program
def partitioned_again(o, temporary, orders):
    """Partitions that the new rows do not name stay as they are."""
    name = temporary.table()
    orders[orders.price > 10]["order_id", "product"].persist(name, odps=o, partitions=["product"])
    orders[orders.price < 2]["order_id", "product"].persist(name, odps=o, partitions=["product"])
    return sorted(str(part.partition_spec) for part in o.get_table(name).partitions), rows(o, name, "product=ink")


@program
def into_a_partition(o, temporary, pairs):
    name = temporary.table()
    persisted = pairs.persist(name, odps=o, partition="day=20240101")
    return rows(o, name, "day=20240101"), persisted.count().execute()


@program
def into_a_partition_of_two_keys(o, temporary, pairs):
    name = temporary.table()
    o.create_table(name, ("a bigint, b string", "year string, month string"))
    pairs.persist(name, odps=o, partition="year=2024,month=02", create_partition=True)
    return rows(o, name, "year=2024,month=02")


@program
def into_a_partition_again(o, temporary, pairs):
    name = temporary.table()
    pairs.persist(name, odps=o, partition="day=a")
    pairs[pairs.a == 1].persist(name, odps=o, partition="day=b", create_partition=True)
    pairs[pairs.a == 2].persist(name, odps=o, partition="day=a")
    return rows(o, name, "day=a"), rows(o, name, "day=b")


@program
def dropping_the_partition_first(o, temporary, pairs):
    name = temporary.table()
    pairs.persist(name, odps=o, partition="day=a")
    pairs[pairs.a == 1].persist(name, odps=o, partition="day=a", drop_partition=True, create_partition=True)
    return rows(o, name, "day=a")


@program
def into_the_partition_object(o, temporary, pairs):
    name = temporary.table()
    made = o.create_table(name, ("a bigint, b string", "day string"))
    pairs[pairs.a < 3].persist(made.create_partition("day=x"), odps=o)
    return rows(o, name, "day=x")


@program
def after_a_shipped_function(o, temporary, pairs):
    name = temporary.table()
    pairs[pairs.a.map(lambda value: value * 10).rename("ten"), pairs.b].persist(name, odps=o)
    return rows(o, name)


@program
def after_a_map_reduce(o, temporary, lines):
    def words(row):
        for word in row.line.split():
            yield word, row.n

    def total(keys):
        count = [0]

        def add(row, done):
            count[0] += row.n
            if done:
                yield keys.word, count[0]

        return add

    name = temporary.table()
    lines.map_reduce(
        words,
        total,
        group="word",
        mapper_output_names=["word", "n"],
        mapper_output_types=["string", "int"],
        reducer_output_names=["word", "n"],
        reducer_output_types=["string", "int"],
    ).persist(name, odps=o)
    return rows(o, name)


@program
def no_rows(o, temporary, pairs):
    name = temporary.table()
    pairs[pairs.a > 100].persist(name, odps=o)
    return rows(o, name), [column.name for column in o.get_table(name).table_schema.columns]


@program
def lists_and_dicts(o, temporary, baskets):
    name = temporary.table()
    schema = TableSchema.from_lists(
        ["id", "tags", "sizes", "stock"], ["bigint", "array<string>", "array<bigint>", "map<string,bigint>"]
    )
    o.create_table(name, schema)
    baskets.persist(name, odps=o)
    with o.get_table(name).open_reader() as reader:
        return sorted([record["id"], record["tags"], record["sizes"], dict(record["stock"])] for record in reader)


@program
def from_a_partitioned_table(o, temporary, orders):
    name = temporary.table()
    orders["order_id", "product"].persist(name, odps=o, partitions=["product"])
    whole = DataFrame(o.get_table(name))
    pens = whole.filter_parts("product=pen")
    several = whole.filter_parts("product=pen/product=ink")
    by_column = whole[whole.product == "lamp"]
    return [frame.count().execute() for frame in (pens, several, by_column)], whole.order_id.max().execute()


@program
def partition_column_in_a_computation(o, temporary, orders):
    name = temporary.table()
    orders["order_id", "product"].persist(name, odps=o, partitions=["product"])
    whole = DataFrame(o.get_table(name))
    return whole.groupby("product").agg(first=whole.order_id.min())


@program
def one_partition_as_a_dataframe(o, temporary, orders):
    name = temporary.table()
    orders["order_id", "product"].persist(name, odps=o, partitions=["product"])
    return DataFrame(o.get_table(name).get_partition("product=paper"))


@program
def cache(pairs):
    cached = pairs[pairs.a > 1].cache()
    return cached.count().execute(), cached.a.sum().execute()


@program
def cached_between_two_results(orders):
    spent = orders[orders.product, (orders.price * orders.quantity).rename("amount")].cache()
    return spent.amount.max().execute(), spent.groupby("product").agg(amount=spent.amount.sum())
