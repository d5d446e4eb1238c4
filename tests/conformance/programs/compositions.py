"""Programs of several parts: windows over joins over pivots, reducers with combiners and several columns, collections
through functions, tables read while others are written, scripts that choose."""

from odps.df import DataFrame, agg, output

from tests.conformance.model import program


@program
def window_over_a_join_over_a_pivot(marks):
    table = marks.pivot_table(rows="who", values="score", aggfunc=["sum", "max"])
    weights = marks.groupby("who").agg(weight=marks.weight.sum())
    both = table.join(weights, on="who")
    return both[both, both.groupby("who").sort("weight").row_number().rename("place")]


@program
def reducer_with_a_combiner_and_several_columns(orders):
    @output(["product", "quantity", "cost", "n"], ["string", "int", "float", "int"])
    def mapper(row):
        yield row.product, row.quantity, row.quantity * row.price, 1

    @output(["product", "quantity", "cost", "n"], ["string", "int", "float", "int"])
    def reducer(keys):
        sums = [0, 0.0, 0]

        def handle(row, done):
            sums[0] += row.quantity
            sums[1] += row.cost
            sums[2] += row.n
            if done:
                yield keys.product, sums[0], sums[1], sums[2]

        return handle

    return orders.map_reduce(mapper, reducer, combiner=reducer, combiner_buffer_size=2, group="product")


@program
def collections_of_collections_between_functions(people):
    nested = people.apply(
        lambda row: (row.id, {row.city: [row.age, None]}, [{"height": row.height}]),
        axis=1,
        names=["id", "ages", "sizes"],
        types=["int", "dict<string,list<int>>", "list<dict<string,float>>"],
    )
    return nested[
        nested.id,
        nested.ages.map(lambda ages: sum(one[0] for one in ages.values()), "int").rename("age"),
        nested.sizes.map(lambda sizes: sizes[0]["height"], "float").rename("height"),
    ]


@program
def aggregate_of_two_columns(orders):
    class Dearest:
        """The quantity of the order that costs most."""

        def buffer(self):
            return [None, None]

        def __call__(self, buffer, price, quantity):
            if buffer[0] is None or (price, quantity) > tuple(buffer):
                buffer[:] = [price, quantity]

        def merge(self, buffer, other):
            if other[0] is not None and (buffer[0] is None or other > buffer):
                buffer[:] = other

        def getvalue(self, buffer):
            return buffer[1]

    dearest = agg([orders.price, orders.quantity], Dearest, rtype="int")
    return orders.groupby("product").agg(dearest.rename("quantity"))


@program(expected=[["a", 3, 7], ["b", 1, 3], ["c", 1, 9]])
def partitions_written_then_appended_then_overwritten(o, temporary):
    name = temporary.table()
    first, second = temporary.table(), temporary.table()
    o.execute_sql(f"CREATE TABLE {first} AS SELECT * FROM VALUES (1, 'a'), (2, 'a'), (3, 'b') AS t(n, k)")
    o.execute_sql(f"CREATE TABLE {second} AS SELECT * FROM VALUES (4, 'a'), (9, 'c') AS t(n, k)")
    more = DataFrame(o.get_table(second))
    DataFrame(o.get_table(first)).persist(name, partitions=["k"])
    more[more.k == "a"][["n"]].persist(name, partition="k=a", overwrite=False)
    more[more.k == "c"][["n"]].persist(name, partition="k=c", create_partition=True)
    more[more.k == "c"][["n"]].persist(name, partition="k=c")
    text = f"SELECT k, count(*), sum(n) FROM {name} GROUP BY k"
    with o.execute_sql(text).open_reader() as reader:
        return sorted(list(record.values) for record in reader)


@program
def cached_again_and_again(pairs):
    made = pairs
    for step in range(3):
        made = made[(made.a * 2 + step).rename("a"), made.b].cache()
    return made.groupby("b").agg(total=made.a.sum())


@program(expected=[["new", 1], ["old", 2]])
def view_over_a_union_of_a_view_and_a_table(o, temporary):
    table, inner, outer = temporary.table(), temporary.view(), temporary.view()
    o.execute_sql(f"CREATE TABLE {table} AS SELECT * FROM VALUES (1, 'old'), (2, 'old') AS t(id, age)")
    o.execute_sql(f"CREATE VIEW {inner} AS SELECT id, age FROM {table} WHERE id < 10")
    o.execute_sql(
        f"CREATE VIEW {outer} (age COMMENT 'of the row', n) AS SELECT age, count(*) FROM"
        f" (SELECT * FROM {inner} UNION ALL SELECT 3, 'new') u GROUP BY age"
    )
    return DataFrame(o.get_table(outer))


@program
def running_sum_by_a_class_over_sorted_groups(orders):
    @output(["product", "order_id", "so_far"], ["string", "int", "int"])
    class Running:
        def __init__(self):
            self.product, self.total = None, 0

        def __call__(self, row):
            if row.product != self.product:
                self.product, self.total = row.product, 0
            self.total += row.quantity
            yield row.product, row.order_id, self.total

    return orders.groupby("product").sort(["product", "order_id"]).apply(Running)


@program(expected=[3_000_000, 6_000_000, 2])
def text_of_millions_of_letters(o, temporary):
    name = temporary.table()
    table = o.create_table(name, "s string")
    with table.open_writer() as writer:
        writer.write([["é" * 3_000_000], [""]])
    frame = table.to_df()
    longest = frame.s.map(len, "int").max().execute()
    doubled = (frame.s + frame.s).len().max().execute()
    with table.open_reader() as reader:
        return [int(longest), int(doubled), len(list(reader))]


@program(expected=[["many", 6]])
def script_that_chooses_its_source(o, temporary, pairs):
    name, target = temporary.table(), temporary.table()
    pairs.persist(name, odps=o)
    script = f"""
        @rows TABLE(size STRING, n BIGINT);
        IF ((SELECT count(*) FROM {name}) > 3) BEGIN
            @rows := SELECT 'many', count(*) FROM {name};
        END ELSE BEGIN
            @rows := SELECT 'few', count(*) FROM {name};
        END
        CREATE TABLE {target} AS SELECT * FROM @rows;"""
    o.execute_sql(script, hints={"odps.sql.submit.mode": "script"})
    with o.execute_sql(f"SELECT * FROM {target}").open_reader() as reader:
        return [list(record.values) for record in reader]


@program(expected=[[1, "a", 1], [2, "B", 25], [4, "D", 6]])
def rows_updated_deleted_and_merged(o, temporary):
    name = temporary.table()
    o.create_table(name, "id bigint, v string, n bigint", transactional=True)
    for statement in (
        f"INSERT INTO {name} VALUES (1, 'a', 1), (2, 'b', 2), (3, 'c', 3)",
        f"UPDATE {name} SET v = concat(v, '!'), n = n * 10 WHERE id >= 2",
        f"DELETE FROM {name} WHERE id = 3",
        f"MERGE INTO {name} t USING (SELECT * FROM VALUES (2, 'B', 5), (4, 'D', 6) AS s(id, v, n)) s ON t.id = s.id"
        " WHEN MATCHED AND s.n > 4 THEN UPDATE SET t.v = s.v, t.n = t.n + s.n"
        " WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.v, s.n)",
    ):
        o.execute_sql(statement)
    with o.execute_sql(f"SELECT * FROM {name}").open_reader() as reader:
        return sorted(list(record.values) for record in reader)


@program(expected=[[None, 10, 3], ["a", 3, 1], ["b", 7, 1]])
def rolled_up_by_sql_then_windowed(o, temporary):
    rows = "VALUES ('a', 1), ('a', 2), ('b', 7) AS t(k, n)"
    with o.execute_sql(
        f"SELECT k, sum(n) AS total, grouping(k) * 2 + 1 AS level FROM {rows} GROUP BY ROLLUP (k)"
        " QUALIFY row_number() OVER (PARTITION BY k ORDER BY total) = 1"
    ).open_reader() as reader:
        return sorted((list(record.values) for record in reader), key=lambda row: row[0] or "")
