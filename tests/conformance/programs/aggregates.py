"""Aggregates written in Python: alone, in groups, several at once, over several columns."""

from odps.df import agg, output

from tests.conformance.model import program


class Mean:
    def buffer(self):
        return [0.0, 0]

    def __call__(self, buffer, value):
        buffer[0] += value
        buffer[1] += 1

    def merge(self, buffer, other):
        buffer[0] += other[0]
        buffer[1] += other[1]

    def getvalue(self, buffer):
        return buffer[0] / buffer[1] if buffer[1] else 0.0


class Weighted:
    def buffer(self):
        return [0.0, 0.0]

    def __call__(self, buffer, value, weight):
        buffer[0] += value * weight
        buffer[1] += weight

    def merge(self, buffer, other):
        buffer[0] += other[0]
        buffer[1] += other[1]

    def getvalue(self, buffer):
        return buffer[0] / buffer[1]


class Powers:
    def __init__(self, exponent=2, extra=0):
        self.exponent = exponent
        self.extra = extra

    def buffer(self):
        return [0.0]

    def __call__(self, buffer, value):
        buffer[0] += value**self.exponent

    def merge(self, buffer, other):
        buffer[0] += other[0]

    def getvalue(self, buffer):
        return buffer[0] + self.extra


class Names:
    """A list in the buffer, a string out of it."""

    def buffer(self):
        return [[]]

    def __call__(self, buffer, value):
        buffer[0].append(value)

    def merge(self, buffer, other):
        buffer[0].extend(other[0])

    def getvalue(self, buffer):
        return ",".join(sorted(buffer[0]))


class Counts:
    """A dict as the buffer."""

    def buffer(self):
        return {}

    def __call__(self, buffer, value):
        buffer[value] = buffer.get(value, 0) + 1

    def merge(self, buffer, other):
        for value, count in other.items():
            buffer[value] = buffer.get(value, 0) + count

    def getvalue(self, buffer):
        return "|".join(f"{value}{count}" for value, count in sorted(buffer.items()))


class Rows:
    def buffer(self):
        return [0]

    def __call__(self, buffer, value):
        buffer[0] += 1

    def merge(self, buffer, other):
        buffer[0] += other[0]

    def getvalue(self, buffer):
        return buffer[0]


@program
def alone(marks):
    return marks.score.agg(Mean)


@program
def declared_result(marks):
    return marks.weight.agg(Mean, rtype="float")


@program
def grouped(marks):
    return marks.groupby("subject").agg(mean=marks.score.agg(Mean))


@program
def several_in_a_group(marks):
    return marks.groupby("subject").agg(
        mean=marks.score.agg(Mean),
        powers=marks.score.agg(Powers),
        weight=marks.weight.agg(Mean, rtype="float"),
        names=marks.who.agg(Names),
        best=marks.score.max(),
    )


@program
def several_in_a_select(marks):
    return marks[marks.score.agg(Mean).rename("mean"), marks.weight.agg(Powers, rtype="float").rename("powers")]


@program
def every_column(marks):
    return marks["score", "weight"].apply(Mean, types=["float", "float"])


@program
def every_column_named(marks):
    return marks["score", "weight"].apply(Mean, names=["a", "b"], types=["float", "float"])


@program
def several_columns(marks):
    return agg([marks.score, marks.weight], Weighted, rtype="float")


@program
def several_columns_grouped(marks):
    return marks.groupby("subject").agg(value=agg([marks.score, marks.weight], Weighted, rtype="float"))


@program
def positional_arguments(marks):
    return marks.score.agg(Powers, args=(3,))


@program
def keyword_arguments(marks):
    return marks.score.agg(Powers, extra=10)


@program
def strings(marks):
    return marks.who.agg(Names)


@program
def strings_grouped_by_an_expression(people):
    return people.groupby((people.age > 30).rename("older")).agg(names=people.name.agg(Names))


@program
def dict_buffer(marks):
    return marks.subject.agg(Counts)


@program
def of_distinct_values(marks):
    return marks.subject.unique().agg(Rows, rtype="int")


@program
def of_a_filter(marks):
    return marks[marks.score > 1].score.agg(Mean)


@program
def of_an_expression(marks):
    return (marks.score * 2 + marks.weight).agg(Mean)


@program
def of_a_map(marks):
    return marks.who.map(lambda name: len(name) * 1.5, "float").agg(Mean)


@program
def within_arithmetic(marks):
    return marks.score.agg(Mean) * 2 + marks.weight.sum()


@program(pandas="PyODPS's pandas backend cannot aggregate no rows", expected=0.0)
def of_no_rows(marks):
    return marks[marks.score > 100].score.agg(Mean)


@program(expected=[8, 8])
def nulls_are_handed_over(people):
    class Nulls(Rows):
        def __call__(self, buffer, value):
            buffer[0] += value is None

    return [people.nickname.agg(Rows, rtype="int"), people.nickname.agg(Nulls, rtype="int") * 4]


@program
def result_of_a_group_is_filtered(marks):
    grouped = marks.groupby("who").agg(mean=marks.score.agg(Mean))
    return grouped[grouped.mean > 1]


@program
def grouped_twice(marks):
    grouped = marks.groupby("who").agg(mean=marks.score.agg(Mean))
    return grouped["mean"].agg(Mean)


@program
def closure_class(marks):
    limit = 2.0

    class Above:
        def buffer(self):
            return [0]

        def __call__(self, buffer, value):
            buffer[0] += value > limit

        def merge(self, buffer, other):
            buffer[0] += other[0]

        def getvalue(self, buffer):
            return buffer[0]

    return marks.groupby("subject").agg(n=marks.score.agg(Above, rtype="int"))


@program
def many_rows(people):
    @output(["key", "value"], ["int", "float"])
    def spread(row):
        for i in range(600):
            yield i % 7, row.id + i / 4

    many = people["id",].apply(spread, axis=1)
    return many.groupby("key").agg(mean=many.value.agg(Mean), n=many.value.agg(Rows, rtype="int"))
