"""MapReduce: mappers, reducers, combiners, keys and order; reshuffle; functions over sorted groups."""

import functools

from odps.df import output

from tests.conformance.model import program

COUNTED = (["word", "n"], ["string", "int"])


@output(*COUNTED)
def split(row):
    for word in row.line.split():
        yield word, 1


@output(*COUNTED)
def total(keys):
    count = [0]

    def add(row, done):
        count[0] += row.n
        if done:
            yield keys.word, count[0]

    return add


class Split:
    def __init__(self):
        self.seen = 0

    def __call__(self, row):
        for word in row.line.split():
            self.seen += 1
            yield word, 1

    def close(self):
        yield "(all)", self.seen


class Total:
    def __init__(self, keys):
        self.keys = keys
        self.count = 0

    def __call__(self, row, done):
        self.count += row.n
        if done:
            yield self.keys.word, self.count


@output(["key", "values"], ["string", "string"])
def listing(keys):
    """What one group holds, in the order it came."""
    values = []

    def add(row, done):
        values.append(str(row.n))
        if done:
            yield keys[0], "-".join(values)

    return add


@program
def word_count(lines):
    return lines.map_reduce(split, total, group="word")


@program
def word_count_with_combiner(lines):
    return lines.map_reduce(split, total, combiner=total, group="word")


@program
def word_count_with_a_small_combiner_buffer(lines):
    return lines.map_reduce(split, total, combiner=total, combiner_buffer_size=2, group="word")


@program
def word_count_of_classes(lines):
    names, types = COUNTED
    return lines.map_reduce(
        Split,
        Total,
        group="word",
        mapper_output_names=names,
        mapper_output_types=types,
        reducer_output_names=names,
        reducer_output_types=types,
    )


@program
def mapper_alone(lines):
    return lines.map_reduce(split)


@program
def mapper_that_returns(lines):
    @output(*COUNTED)
    def first_letter(row):
        return row.line[:1], row.n

    return lines.map_reduce(first_letter)


@program(
    pandas="PyODPS's pandas backend calls a partial without a row, as if it were a class",
    expected=[["a", 15], ["b", 6], ["c", 9], ["", 15]],
)
def mapper_of_a_partial(lines):
    @output(*COUNTED)
    def weighted(row, factor):
        return row.line[:1], row.n * factor

    return lines.map_reduce(functools.partial(weighted, factor=3)).groupby("word").agg(n=lambda x: x.n.sum())


@program
def reducer_alone(marks):
    renamed = marks[marks.subject, marks.weight.rename("n")]
    return renamed.map_reduce(reducer=listing, group="subject", sort="n")


@program
def reducer_sorted_downwards(marks):
    renamed = marks[marks.subject, marks.weight.rename("n")]
    return renamed.map_reduce(reducer=listing, group="subject", sort="n", ascending=False)


@program
def reducer_sorted_by_several(marks):
    renamed = marks[marks.subject, marks.who, marks.weight.rename("n")]
    return renamed.map_reduce(reducer=listing, group="subject", sort=["who", "n"], ascending=[False, True])


@program
def reducer_that_returns(lines):
    @output(*COUNTED)
    def last(keys):
        return lambda row, done: (keys.word, row.n) if done else None

    return lines.map_reduce(split, last, group="word")


@program
def reducer_that_yields_early(lines):
    @output(*COUNTED)
    def running(keys):
        count = [0]

        def add(row, done):
            count[0] += row.n
            yield keys.word, count[0]

        return add

    return lines.map_reduce(split, running, group="word")


@program
def several_group_keys(orders):
    @output(["product", "big", "n"], ["string", "boolean", "int"])
    def mapper(row):
        return row.product, row.quantity > 2, row.quantity

    @output(["product", "big", "n"], ["string", "boolean", "int"])
    def reducer(keys):
        count = [0]

        def add(row, done):
            count[0] += row.n
            if done:
                yield keys.product, keys.big, count[0]

        return add

    return orders.map_reduce(mapper, reducer, group=["product", "big"])


@program
def keys_with_nulls(people):
    @output(["city", "n"], ["string", "int"])
    def mapper(row):
        return (None if row.city == "Oslo" else row.city), 1

    @output(["city", "n"], ["string", "int"])
    def reducer(keys):
        count = [0]

        def add(row, done):
            count[0] += 1
            if done:
                yield keys.city or "nowhere", count[0]

        return add

    return people["city",].map_reduce(mapper, reducer, group="city")


@program
def of_a_filter(lines):
    counted = lines[lines.n > 1].map_reduce(split, total, group="word")
    return counted[counted.n > 1]


@program
def twice(lines):
    @output(*COUNTED)
    def even(row):
        return "even" if row.n % 2 == 0 else "odd", row.n

    return lines.map_reduce(split, total, group="word").map_reduce(even, total, group="word")


@program
def joined_with_its_source(lines):
    counted = lines.map_reduce(split, total, group="word")
    first = lines[lines.line[:1].rename("word"), lines.n.rename("number")]
    return first.join(counted, on="word")


@program
def many_groups(people):
    """More rows than a batch of the executor holds."""

    @output(["key", "n"], ["int", "int"])
    def spread(row):
        for i in range(1000):
            yield i % 97, row.id

    @output(["key", "n", "rows"], ["int", "int", "int"])
    def gather(keys):
        sums = [0, 0]

        def add(row, done):
            sums[0] += row.n
            sums[1] += 1
            if done:
                yield keys.key, sums[0], sums[1]

        return add

    return people["id",].map_reduce(spread, gather, group="key")


@program
def reshuffle(marks):
    return marks.reshuffle("who", sort="score")


@program
def reshuffle_at_random(marks):
    return marks.reshuffle().count()


@program
def reshuffle_then_apply(marks):
    shuffled = marks.reshuffle(marks.who, sort="weight", ascending=False)
    return shuffled["who", "weight"].apply(
        lambda row: (row.who, row.weight * 2), axis=1, names=["who", "n"], types=["string", "int"]
    )


@program
def function_over_sorted_groups(marks):
    class Running:
        def __init__(self):
            self.subject = None
            self.total = 0.0

        def __call__(self, row):
            if row.subject != self.subject:
                self.subject, self.total = row.subject, 0.0
            self.total += row.score
            yield row.subject, self.total

    return marks.groupby("subject").sort("score").apply(Running, names=["subject", "total"], types=["string", "float"])
