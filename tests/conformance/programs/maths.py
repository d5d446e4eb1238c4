"""Maths functions, each over a column in its domain."""

from decimal import Decimal

from tests.conformance.model import program


@program
def absolute(numbers):
    return numbers[numbers.i.abs().rename("i"), numbers.x.abs().rename("x")]


@program
def square_root(people):
    return people[people.id, people.age.sqrt().rename("root")]


@program
def trigonometry(numbers):
    return numbers[numbers.unit.sin().rename("sin"), numbers.unit.cos().rename("cos"), numbers.unit.tan().rename("tan")]


@program
def hyperbolics(numbers):
    return numbers[
        numbers.unit.sinh().rename("sinh"), numbers.unit.cosh().rename("cosh"), numbers.unit.tanh().rename("tanh")
    ]


@program
def inverse_trigonometry(numbers):
    return numbers[
        numbers.unit.arcsin().rename("arcsin"),
        numbers.unit.arccos().rename("arccos"),
        numbers.x.arctan().rename("arctan"),
    ]


@program
def inverse_hyperbolics(numbers):
    return numbers[
        numbers.x.arcsinh().rename("arcsinh"),
        (numbers.x.abs() + 1).arccosh().rename("arccosh"),
        (numbers.unit / 2).arctanh().rename("arctanh"),
    ]


@program
def exponentials(numbers):
    return numbers[numbers.y.exp().rename("exp"), numbers.unit.expm1().rename("expm1")]


@program
def logarithms(people):
    return people[
        people.age.log().rename("ln"),
        people.age.log(2).rename("base2"),
        people.age.log2().rename("log2"),
        people.age.log10().rename("log10"),
        people.height.log1p().rename("log1p"),
    ]


@program
def angles(numbers):
    return numbers[numbers.x.radians().rename("rad"), numbers.unit.degrees().rename("deg")]


@program
def ceil_and_floor(numbers):
    return numbers[numbers.x.ceil().rename("ceil"), numbers.x.floor().rename("floor")]


@program(
    pandas="PyODPS's pandas backend asks for decimals that are not given",
    expected=[[2.0], [-2.0], [0.0], [1.0], [99.0], [0.0]],
)
def truncate(numbers):
    return numbers.x.trunc().rename("t")


@program(expected=[[2.5], [-2.5], [0.0], [1.0], [99.9], [-0.1]])
def truncate_to_decimals(numbers):
    return numbers.x.trunc(1).rename("t")


@program(
    pandas="NumPy rounds halves to even, MaxCompute away from zero",
    expected=[[3.0], [-3.0], [0.0], [1.0], [100.0], [0.0]],
)
def round_halves_away_from_zero(numbers):
    return numbers.x.round().rename("r")


@program
def round_to_decimals(orders):
    return (orders.price / 7).round(3).rename("r")


@program
def maths_of_null(people):
    return people[people.id, people.score.abs().rename("a"), people.points.sqrt().rename("s")]


@program
def chained_maths(numbers):
    return (numbers.x.abs() + 1).log().exp().rename("v")


@program
def maths_of_an_aggregate(numbers):
    return numbers.i.sum().sqrt(), numbers.x.min().abs()


@program(expected=[[Decimal("10.25")], [Decimal("3.0001")], [Decimal("123456789012.3456")], [Decimal(0)]])
def absolute_decimal(prices):
    return prices.amount.abs().rename("a")
