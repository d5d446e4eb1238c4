"""What values are inside a function, and what may come out of it: every type, NULL, NaN, wrong types."""

from datetime import datetime
from decimal import Decimal

import pandas as pd
from odps import options
from odps.df import DataFrame
from odps.errors import ODPSError

from tests.conformance.model import program

NAN = "PyODPS's pandas backend has NaN where the service has None"
UNCHECKED = "PyODPS's pandas backend does not check what a function returns"


def kind(value):
    return type(value).__name__


@program
def kinds_of_numbers(numbers):
    return numbers[numbers.id, numbers.id.map(kind, "string").rename("i"), numbers.x.map(kind, "string").rename("x")]


@program
def kinds_of_strings_and_booleans(people):
    return people[people.name.map(kind, "string").rename("s"), people.member.map(kind, "string").rename("b")]


@program(pandas="PyODPS's pandas backend has pandas' Timestamp, a datetime", expected=[["datetime"]])
def kind_of_a_datetime(people):
    return people[people.joined.map(kind, "string").rename("d"),].distinct()


@program
def kind_of_a_date(days):
    return days[days.id, days.d.map(kind, "string").rename("d")]


@program
def kind_of_a_decimal(prices):
    return prices[prices.id, prices.amount.astype("decimal").map(kind, "string").rename("d")]


@program
def kind_of_a_decimal_with_a_scale(prices):
    return prices[prices.id, prices.amount.map(kind, "string").rename("d")]


@program(pandas=NAN, expected=[["NoneType", "NoneType"]])
def kinds_of_null(people):
    some = people[people.id == 3][[people.points, people.points.astype("float").rename("score")]]
    return some[some.points.map(kind, "string").rename("points"), some.score.map(kind, "string").rename("score")]


@program
def integers(numbers):
    return numbers[numbers.i.map(lambda value: value * 10**12 - 1).rename("v"),]


@program
def largest_integers(pairs):
    return pairs[pairs.a.map(lambda value: (2**63 - value) * (1 if value % 2 else -1)).rename("v"),]


@program
def floats(numbers):
    return numbers[numbers.x.map(lambda value: value / 3 + 1e-12).rename("v"),]


@program
def infinity(numbers):
    return numbers[numbers.x.map(lambda value: float("inf") if value > 0 else float("-inf")).rename("v"),]


@program
def nan_comes_out(numbers):
    return numbers[numbers.id, numbers.x.map(lambda value: float("nan") if value < 0 else value).rename("v")]


@program
def unicode(people):
    return people[people.name.map(lambda text: "«" + text[::-1] + "» 🚀 \u0301 \t").rename("v"),]


@program
def strings_of_many_kinds(pairs):
    return pairs[pairs.b.map(lambda text: {"x": "", "y": "a\nb\r\n\\N", "z": "'\"`,;\x01"}[text]).rename("v"),]


@program
def long_strings(pairs):
    return pairs[pairs.b.map(lambda text: text * 100000).rename("v"),][lambda t: [t.v.len().rename("n")]]


@program
def booleans(people):
    return people[people.member.map(lambda value: not value).rename("v"), people.member.map(kind, "string").rename("k")]


@program
def datetimes(people):
    def later(value):
        from datetime import timedelta

        return value + timedelta(days=366, milliseconds=15)

    return people[
        people.joined.map(later).rename("v"), people.joined.map(lambda d: d.isoformat(), "string").rename("s")
    ]


@program(
    pandas="pandas counts nanoseconds, a DATETIME milliseconds",
    expected=[[datetime(2019, 1, 31, 8, 30, 0, 1000)], [datetime(2020, 2, 29, 23, 59, 59, 1000)]],
)
def microseconds_are_cut_off(people):
    def later(value):
        from datetime import timedelta

        return value + timedelta(microseconds=1999)

    return people[people.id < 3][lambda x: [x.joined.map(later).rename("v")]]


@program
def datetime_out_of_a_number(numbers):
    def build(value):
        from datetime import datetime

        return datetime(2000 + value, value, value, value)

    return numbers[numbers.id.map(build, "datetime").rename("v"),]


@program
def dates(days):
    def tomorrow(value):
        from datetime import timedelta

        return value + timedelta(days=1)

    return days[days.d.map(tomorrow).rename("v"),]


@program
def decimals(prices):
    return prices[prices.amount.astype("decimal").map(lambda value: value * 2).rename("v"),]


@program
def decimal_out_of_a_number(pairs):
    def exact(value):
        from decimal import Decimal

        return Decimal(value) / 8

    return pairs[pairs.a.map(exact, "decimal").rename("v"),]


@program
def binary_out(pairs):
    once = pairs["b",].distinct()
    options.sql.use_odps2_extension = True  # else PyODPS declares a string
    try:
        return once[once.b.map(lambda v: b"\x00" + v.encode() + b"\xff", "binary").rename("v"),].execute()
    finally:
        options.sql.use_odps2_extension = None


@program
def none_out(pairs):
    return pairs[pairs.a.map(lambda value: None if value == 2 else value).rename("v"), pairs.b]


@program
def none_for_everything(pairs):
    return pairs[pairs.a, pairs.b.map(lambda value: None).rename("v")]


@program
def null_strings_in(people):
    return people[people.nickname.map(lambda text: "none" if text is None else text or "-").rename("v"),]


@program
def null_integers_in(people):
    return people[people.points.map(lambda value: -1 if value is None or value != value else int(value)).rename("v"),]


@program(pandas=NAN, expected=3.5)
def null_floats_in(people):
    return people.score.map(lambda value: 1.75 if value is None else 0.0).sum()


@program(pandas=NAN, expected=[[None, True], [None, None]])
def null_rows_in(people):
    some = people[people.id.isin([2, 7])]
    return some.apply(
        lambda row: (row.score, None if row.id == 7 else row.nickname is None),
        axis=1,
        names=["score", "nothing"],
        types=["float", "boolean"],
    )


@program(pandas=UNCHECKED, expected="return value expected <class 'int'> but <class 'str'> found, value: 'x'")
def string_for_an_integer(pairs):
    return refusal(pairs[pairs.a < 2].a.map(lambda value: "x", "int").max())


@program(pandas=UNCHECKED, expected="return value expected <class 'int'> but <class 'float'> found, value: 1.5")
def float_for_an_integer(pairs):
    return refusal(pairs[pairs.a < 2].a.map(lambda value: value + 0.5).max())


@program(pandas=UNCHECKED, expected="return value expected <class 'str'> but <class 'int'> found, value: 1")
def integer_for_a_string(pairs):
    return refusal(pairs[pairs.a < 2].a.map(lambda value: value, "string").max())


def refusal(expression):
    """What the service says of the type that came out."""
    try:
        return expression.execute()
    except ODPSError as error:
        text = str(error)
        return text[text.index("return value") :].strip().splitlines()[0] if "return value" in text else text


@program
def pandas_frame_of_every_type():
    frame = pd.DataFrame(
        {
            "i": [1, 2],
            "f": [0.5, None],
            "s": ["a", None],
            "b": [True, False],
            "d": [datetime(2020, 2, 29, 1, 2, 3), datetime(1999, 12, 31)],
        }
    )
    return DataFrame(frame)


@program(expected=[[Decimal("1.25"), datetime(2020, 1, 1), "é"]])
def literals(o):
    with o.execute_sql("SELECT 1.25BD AS a, DATETIME '2020-01-01 00:00:00' AS b, 'é' AS c").open_reader() as reader:
        return reader.to_pandas()
