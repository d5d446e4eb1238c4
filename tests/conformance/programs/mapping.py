"""Functions over the values of a column: what may be handed to ``map``, and what goes in and out of it."""

import functools
import math
from typing import Optional

from odps.errors import ScriptError

from tests.conformance.model import program

NO_ARGUMENTS = "PyODPS's pandas backend refuses arguments of map"
RATES = {"x": 1.5, "y": 2.5, "z": 4.0}
OFFSET = 100


def add_offset(value):
    return value + OFFSET


class Meter:
    """A callable class: made once on the executor, then called with each value."""

    def __init__(self):
        self.factor = OFFSET

    def __call__(self, value):
        return value * self.factor


class Polynomial:
    scale = 2

    def __init__(self, value):
        self.value = value

    def square(self):
        return self.scale * self.value**2

    @staticmethod
    def one():
        return 1

    @classmethod
    def scaled(cls, value):
        return cls.scale * value


@program
def lambda_(pairs):
    return pairs[pairs.a.map(lambda value: value * 2 + 1).rename("v"),]


@program
def function_of_the_notebook(pairs):
    return pairs[pairs.a.map(add_offset).rename("v"),]


@program
def closure(pairs):
    factor, names = 3, ["one", "two"]

    def helper(value):
        return value * factor

    def outer(value):
        return helper(value) + len(names)

    return pairs[pairs.a.map(outer).rename("v"),]


@program
def globals_of_the_notebook(pairs):
    return pairs[pairs.b.map(lambda key: RATES[key] + OFFSET, "float").rename("v"),]


@program
def callable_class(pairs):
    return pairs[pairs.a.map(Meter).rename("v"),]


@program
def class_used_inside(pairs):
    def compute(value):
        return Polynomial(value).square() + Polynomial.one() + Polynomial.scaled(value)

    return pairs[pairs.a.map(compute).rename("v"),]


@program
def default_argument(pairs):
    def add(value, other=5):
        return value + other

    return pairs[pairs.a.map(add).rename("v"),]


@program(pandas="PyODPS ships functions without the defaults of keyword-only arguments", expected="needs 'other'")
def keyword_only_default(pairs):
    def add(value, *, other=5):
        return value + other

    try:
        return pairs.a.map(add).sum().execute()
    except ScriptError as error:
        return "needs 'other'" if "missing 1 required keyword-only argument: 'other'" in str(error) else str(error)


@program(pandas=NO_ARGUMENTS, expected=[[8], [9], [9], [10], [10], [10]])
def positional_arguments(pairs):
    return pairs[pairs.a.map(lambda value, *more: value + sum(more), args=(3, 4)).rename("v"),]


@program(pandas=NO_ARGUMENTS, expected=[[5], [6], [6], [7], [7], [7]])
def keyword_arguments(pairs):
    def add(value, other=1):
        return value + other

    return pairs[pairs.a.map(add, other=4).rename("v"),]


@program
def recursion(pairs):
    def factorial(value):
        return 1 if value < 2 else value * factorial(value - 1)

    return pairs[pairs.a.map(factorial).rename("v"),]


@program
def partial(pairs):
    def power(base, exponent):
        return base**exponent

    return pairs[pairs.a.map(functools.partial(power, exponent=3)).rename("v"),]


@program
def decorated(pairs):
    def twice(function):
        @functools.wraps(function)
        def call(value):
            return function(function(value))

        return call

    @twice
    def add_ten(value):
        return value + 10

    return pairs[pairs.a.map(add_ten).rename("v"),]


@program
def annotated_result(pairs):
    def half(value) -> float:
        return value / 2

    return pairs[pairs.a.map(half).rename("v"),]


@program
def annotated_optional_result(pairs):
    def half(value) -> Optional[float]:  # noqa: UP045 - PyODPS knows typing's Union, not the operator
        return value / 2 if value > 1 else None

    return pairs[pairs.a.map(half).rename("v"),]


@program
def state_in_a_closure(pairs):
    def memory():
        seen = {}

        def length(key):
            if key not in seen:
                seen[key] = len(key) * 10
            return seen[key]

        return length

    return pairs[pairs.b.map(memory(), "int").rename("v"),]


@program
def nonlocal_(pairs):
    def compute(value):
        total = value

        def add(more):
            nonlocal total
            total += more

        for more in range(3):
            add(more)
        return total

    return pairs[pairs.a.map(compute).rename("v"),]


@program
def comprehensions(pairs):
    def compute(value):
        squares = {i: i * i for i in range(value)}
        odd = [i for i in squares if i % 2]
        return sum(squares.values()) + len(odd) + len({i % 2 for i in squares}) + sum(i for i in odd)

    return pairs[pairs.a.map(compute).rename("v"),]


@program
def exceptions_handled_inside(pairs):
    def divide(value):
        try:
            return 10 // (value - 2)
        except ZeroDivisionError as error:
            return -len(str(error)[:1])

    return pairs[pairs.a.map(divide).rename("v"),]


@program
def builtin_function(pairs):
    return pairs[pairs.b.map(len, "int").rename("v"), pairs.a.map(abs).rename("w")]


@program
def function_of_a_module(pairs):
    return pairs[pairs.a.map(math.sqrt, "float").rename("v"),]


@program
def method_of_str(pairs):
    return pairs[pairs.b.map(str.upper).rename("v"),]


@program
def standard_library_inside(pairs):
    def compute(value):
        import datetime
        import decimal
        import hashlib
        import itertools
        import json
        import re
        import zlib

        return json.dumps(
            {
                "hash": hashlib.md5(str(value).encode()).hexdigest()[:8],
                "text": re.sub("[0-9]", "d", f"{value:03d}"),
                "sum": sum(itertools.accumulate(range(value))),
                "crc": zlib.crc32(b"x" * value),
                "day": (datetime.date(2024, 2, 28) + datetime.timedelta(days=value)).isoformat(),
                "exact": str(decimal.Decimal("0.1") * value),
            },
            sort_keys=True,
        )

    return pairs[pairs.a.map(compute, "string").rename("v"),]


@program
def module_imported_outside(pairs):
    return pairs[pairs.a.map(lambda value: math.floor(math.e * value), "int").rename("v"),]


@program
def map_of_map(pairs):
    return pairs[pairs.a.map(lambda value: value + 1).map(lambda value: value * 2).rename("v"),]


@program
def map_of_an_expression(pairs):
    return pairs[(pairs.a * 2 + 1).map(lambda value: value - 1).rename("v"),]


@program
def expression_of_a_map(pairs):
    return pairs[(pairs.a.map(lambda value: value * 10) + pairs.a).rename("v"),]


@program
def filter_by_a_map(pairs):
    return pairs[pairs.a.map(lambda value: value % 2 == 1, "boolean")]


@program
def group_by_a_map(pairs):
    return pairs.groupby(pairs.a.map(lambda value: value % 2).rename("odd")).agg(n=pairs.b.count())


@program(ordered=True)
def sort_by_a_map(pairs):
    return pairs[pairs.a, pairs.a.map(lambda value: -value).rename("v")].sort("v")


@program
def sum_of_a_map(pairs):
    return pairs.a.map(lambda value: value * 2).sum()


@program
def two_functions_in_one_select(pairs):
    return pairs[pairs.a.map(lambda value: value + 1).rename("v"), pairs.b.map(lambda value: value * 2).rename("w")]


@program
def applymap(gaps):
    return gaps["a", "b"].applymap(lambda value: value if value is None else value * 2)


@program
def applymap_of_some_columns(marks):
    return marks.applymap(lambda text: text.upper(), columns=["who", "subject"])


@program
def applymap_but_some_columns(marks):
    return marks.applymap(lambda value: f"<{value}>", rtype="string", excludes=["score", "weight"])
