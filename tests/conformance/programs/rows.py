"""Functions over rows: ``apply`` with axis 1, and lateral views."""

from datetime import datetime

from odps.df import output

from tests.conformance.model import program

LATERAL = "PyODPS's pandas backend needs pandas before 2 for lateral views"
FLOATS = "PyODPS's pandas backend has NaN where the service has None"


def repeat(row):
    for i in range(row.a):
        yield row.b, i


class Total:
    """Yields each row, and what it has counted at the end."""

    def __init__(self):
        self.total = 0

    def __call__(self, row):
        self.total += row.a
        yield row.a, "row"

    def close(self):
        yield -1, "end"


@program
def tuple_of_columns(people):
    return people["id", "name"].apply(
        lambda row: (row.id * 2, row.name.upper()), axis=1, names=["x", "y"], types=["int", "string"]
    )


@program
def values_by_position(people):
    return people["id", "name"].apply(lambda row: (row[1], row[0]), axis=1, names=["x", "y"], types=["string", "int"])


@program
def columns_are_strings_by_default(pairs):
    return pairs.apply(lambda row: (str(row.a), row.b), axis=1, names=["x", "y"])


@program
def one_column(pairs):
    return pairs.apply(lambda row: row.a * 2, axis=1, names="n", types="int")


@program
def reduce_(pairs):
    return pairs.apply(lambda row: row.b * row.a, axis=1, reduce=True, types="string").rename("v")


@program
def reduce_named(pairs):
    return pairs.apply(lambda row: row.a + 1, axis=1, reduce=True, names="n", types="int")


@program
def reduce_beside_columns(pairs):
    joined = pairs.apply(lambda row: f"{row.a}{row.b}", axis=1, reduce=True, types="string")
    return pairs[pairs, joined.rename("v")]


@program
def reduce_as_a_filter(people):
    return people[people.apply(lambda row: row.age > row.id * 10, axis=1, reduce=True, types="boolean")]["name",]


@program
def reduce_annotated(pairs):
    def ratio(row) -> float:
        return row.a / len(row.b)

    return pairs.apply(ratio, axis=1, reduce=True).rename("v")


@program
def reduce_of_selected_columns(people):
    return people["age", "id"].apply(lambda row: sum(row), axis=1, reduce=True, types="int").rename("v").sum()


@program
def generator(pairs):
    return pairs.apply(repeat, axis=1, names=["b", "i"], types=["string", "int"])


@program
def generator_with_conditions(lines):
    @output(["word", "position"], ["string", "int"])
    def words(row):
        for position, word in enumerate(row.line.split()):
            if word != "b":
                yield word, position

    return lines.apply(words, axis=1)


@program
def nothing_for_some_rows(pairs):
    return pairs.apply(
        lambda row: (row.a, row.b) if row.a > 1 else None, axis=1, names=["a", "b"], types=["int", "string"]
    )


@program
def output_decorator(pairs):
    @output(["half", "name"], ["float", "string"])
    def halve(row):
        return row.a / 2, row.b

    return pairs.apply(halve, axis=1)


@program
def arguments(pairs):
    def scaled(row, factor, offset=0):
        return (row.a * factor + offset,)

    return pairs.apply(scaled, axis=1, names=["n"], types=["int"], args=(3,), offset=2)


@program
def callable_class_with_close(pairs):
    return (
        pairs.apply(Total, axis=1, names=["n", "what"], types=["int", "string"])
        .groupby("what")
        .agg(least=lambda x: x.n.min())
    )


@program
def names_of_a_row(pairs):
    return pairs.apply(
        lambda row: (len(row), "/".join(row._fields), row._asdict()["b"]),
        axis=1,
        names=["n", "fields", "b"],
        types=["int", "string", "string"],
    )


@program
def row_with_a_value_replaced(pairs):
    return pairs.apply(lambda row: tuple(row._replace(a=row.a + 1)), axis=1, names=["a", "b"], types=["int", "string"])


@program(pandas=FLOATS, expected=[[True, False], [True, True]])
def nulls_of_a_row(people):
    some = people[people.id.isin([2, 3])]["nickname", "points", "score"]
    return some.apply(
        lambda row: (row.nickname is None or row.points is None, row.score is None),
        axis=1,
        names=["one", "other"],
        types=["boolean", "boolean"],
    )


@program
def aggregate_of_the_result(lines):
    words = lines.apply(lambda row: (row.line[:1], row.n), axis=1, names=["first", "n"], types=["string", "int"])
    return words.groupby("first").agg(total=words.n.sum())


@program
def apply_of_an_apply(pairs):
    once = pairs.apply(lambda row: (row.a + 1, row.b), axis=1, names=["a", "b"], types=["int", "string"])
    return once.apply(lambda row: (row.b * row.a,), axis=1, names=["text"], types=["string"])


@program
def join_with_the_result(pairs, lines):
    words = lines.apply(lambda row: (row.n, row.line[-1:]), axis=1, names=["a", "last"], types=["int", "string"])
    return pairs.distinct().join(words, on="a")


@program
def datetimes_of_a_row(people):
    return people["id", "joined"].apply(
        lambda row: (row.joined.year, row.joined.strftime("%H:%M")),
        axis=1,
        names=["year", "time"],
        types=["int", "string"],
    )


@program(
    pandas="PyODPS's pandas backend refuses its own timestamps where datetimes are declared",
    expected=[[datetime(2019, 1, 1, 0, 30)], [datetime(2020, 2, 1, 0, 59, 59)]],
)
def datetimes_out_of_a_row(people):
    first = people[people.id < 3]["id", "joined"]
    return first.apply(lambda row: (row.joined.replace(day=1, hour=0),), axis=1, names=["month"], types=["datetime"])


@program(pandas=LATERAL, expected=[[1, "x", 0], [2, "y", 0], [2, "y", 0], [2, "y", 1], [2, "y", 1]])
def lateral_view(pairs):
    some = pairs[pairs.a < 3]
    return some[some.a, some.apply(repeat, axis=1, names=["name", "i"], types=["string", "int"])]


@program(pandas=LATERAL, expected=[["x", 1, "x"], ["y", 2, "y"], ["y", 2, "y"]])
def lateral_view_between_columns(pairs):
    some = pairs[pairs.a < 3]
    again = some["b",].apply(lambda row: (row.b,), axis=1, names=["again"], types=["string"])
    return some[some.b, some.a, again]


@program(pandas=LATERAL, expected=[[1, None], [2, "y"], [2, "y"]])
def lateral_view_keeping_rows(pairs):
    some = pairs[pairs.a < 3]
    names = some["a", "b"].apply(
        lambda row: (row.b,) if row.a > 1 else None, axis=1, names=["name"], types=["string"], keep_nulls=True
    )
    return some[some.a, names]


@program(pandas=LATERAL, expected=[[2, "y", "y"], [2, "y", "y"]])
def lateral_view_leaving_rows_out(pairs):
    some = pairs[pairs.a < 3]
    names = some["a", "b"].apply(lambda row: (row.b,) if row.a > 1 else None, axis=1, names=["name"], types=["string"])
    return some[some.a, some.b, names]


@program(pandas=LATERAL, expected=[[1, 0, "x"], [2, 0, "y"], [2, 0, "y!"], [2, 1, "y"], [2, 1, "y!"]])
def two_lateral_views(pairs):
    def numbers(row):
        yield from range(row.a)

    def marks(row):
        yield row.b
        if row.a > 1:
            yield row.b + "!"

    some = pairs[pairs.a < 3].distinct()
    first = some["a",].apply(numbers, axis=1, names=["i"], types=["int"])
    second = some["a", "b"].apply(marks, axis=1, names=["mark"], types=["string"])
    return some[some.a, first, second]
