"""``astype``: every pair of types."""

from decimal import Decimal

from tests.conformance.model import program


@program
def integer_to_float_and_string(numbers):
    return numbers[numbers.i.astype("float").rename("f"), numbers.i.astype("string").rename("s")]


@program
def integer_widths(numbers):
    return numbers[
        numbers.i.astype("int8").rename("a"),
        numbers.i.astype("int16").rename("b"),
        numbers.i.astype("int32").rename("c"),
        numbers.i.astype("int64").rename("d"),
    ]


@program
def float_to_integer_truncates(numbers):
    return numbers[numbers.x, numbers.x.astype("int").rename("n")]


@program
def float_to_string(numbers):
    return numbers.x.astype("string").rename("s")


@program
def float_widths(numbers):
    return numbers[numbers.y.astype("float32").rename("single"), numbers.y.astype("float64").rename("double")]


@program
def string_to_integer(texts):
    return texts[texts.number.astype("int").rename("n"), (texts.number.astype("int64") + 1).rename("m")]


@program
def string_to_float(texts):
    return texts.number.astype("float").rename("f")


@program
def string_to_datetime(moments):
    return moments.text.astype("datetime").rename("at")


@program
def datetime_to_string(moments):
    return moments.at.astype("string").rename("s")


@program(
    pandas="PyODPS's pandas backend reads whole numbers as nanoseconds",
    expected=[[1], [2], [3], [4], [5]],
)
def integer_to_datetime_and_back(moments):
    return moments[moments.seconds.astype("datetime").unix_timestamp == moments.seconds][["id"]]


@program
def decimal_to_float(prices):
    return prices.amount.astype("float").rename("f")


@program(
    pandas="PyODPS's pandas backend keeps decimals as they are written; MaxCompute drops trailing zeros",
    expected=[["10.25"], ["-3.0001"], ["123456789012.3456"], ["0"]],
)
def decimal_to_string(prices):
    return prices.amount.astype("string").rename("s")


@program(expected=[[10], [-3], [123456789012], [0]])
def decimal_to_integer(prices):
    return prices.amount.astype("int").rename("n")


@program(
    pandas="PyODPS's pandas backend leaves the values as they are",
    expected=[[Decimal(12)], [Decimal(-7)], [Decimal(3)], [Decimal(0)], [Decimal(456)], [Decimal(1000)]],
)
def string_to_decimal(texts):
    return texts.number.astype("decimal").rename("d")


@program(
    pandas="PyODPS's pandas backend leaves the values as they are",
    expected=[[Decimal(7)], [Decimal(-7)], [Decimal(0)], [Decimal(12)], [Decimal(100)], [Decimal(-1)]],
)
def integer_to_decimal(numbers):
    return numbers.i.astype("decimal").rename("d")


@program
def null_stays_null(people):
    return people[people.points.astype("float").rename("f"), people.nickname.astype("string").rename("s")]


@program
def cast_inside_an_expression(people):
    return (people.name + ":" + people.age.astype("string")).rename("label")


@program
def cast_a_scalar(numbers):
    return numbers.i.sum().astype("float"), numbers.i.max().astype("string")
