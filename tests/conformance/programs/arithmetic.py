"""Numbers: arithmetic, comparison, logic."""

from decimal import Decimal

from tests.conformance.model import program


@program
def add_and_subtract(numbers):
    return numbers[
        numbers.id,
        (numbers.i + 1).rename("plus"),
        (1 + numbers.x).rename("reflected"),
        (numbers.i - numbers.j).rename("minus"),
        (10 - numbers.i).rename("from_ten"),
        (numbers.i + numbers.x).rename("mixed"),
    ]


@program
def multiply_and_negate(numbers):
    return numbers[(numbers.i * numbers.j).rename("ij"), (numbers.x * 2).rename("x2"), (-numbers.y).rename("minus_y")]


@program
def divide_integers_as_floats(numbers):
    return numbers[(numbers.i / numbers.j).rename("q"), (numbers.i / 4).rename("quarter"), (1 / numbers.j).rename("r")]


@program
def divide_floats(numbers):
    return numbers[(numbers.x / numbers.y).rename("q"), (numbers.x / 3).rename("third")]


@program(expected=[[7, 1], [-7, 2], [0, 0], [12, 0], [100, 1], [-1, 2]])
def remainder_of_negative_numbers(numbers):
    return numbers[numbers.i, (numbers.i % 3).rename("r")]


@program
def remainder_of_positive_numbers(orders):
    return orders[orders.order_id, (orders.quantity % 2).rename("odd")]


@program
def power(numbers):
    return numbers[(numbers.x**2).rename("square"), (2**numbers.y).rename("two_to"), (numbers.j**2).rename("j2")]


@program
def floor_division(orders):
    return (orders.order_id // 10).rename("tens")


@program
def null_goes_through_arithmetic(people):
    return people[people.id, (people.points + 1).rename("more"), (people.score * people.points).rename("product")]


@program
def compare_with_constant(numbers):
    return numbers[
        (numbers.i == 7).rename("eq"),
        (numbers.i != 7).rename("ne"),
        (numbers.i > 0).rename("gt"),
        (numbers.i >= 0).rename("ge"),
        (numbers.i < 0).rename("lt"),
        (numbers.i <= 0).rename("le"),
    ]


@program
def compare_columns(numbers):
    return numbers[(numbers.i > numbers.j).rename("more"), (numbers.x == numbers.i).rename("same")]


@program
def compare_strings(people):
    return people[people.name, (people.name > "Eve").rename("after"), (people.city == "杭州").rename("in_hangzhou")]


@program(
    pandas="PyODPS's pandas backend subtracts two datetimes where they are compared", expected=[[3], [4], [5], [7]]
)
def compare_datetimes(people):
    from datetime import datetime

    return people[people.joined >= datetime(2020, 7, 1, 12)][["id"]]


@program
def logic(numbers):
    return numbers[
        (numbers.b & numbers.c).rename("both"),
        (numbers.b | numbers.c).rename("either"),
        (~numbers.b).rename("not_b"),
        ((numbers.i > 0) & (numbers.x < 50) | numbers.c).rename("mixed"),
    ]


@program
def negated_condition(numbers):
    return numbers[~((numbers.i > 0) & numbers.b)][["id"]]


@program(expected=[[1], [3], [5]])
def filter_by_boolean_column(numbers):
    return numbers[numbers.b][["id"]]


@program(expected=[[1], [3], [5]])
def filter_by_boolean_literal(numbers):
    return numbers[numbers.b == True][["id"]]  # noqa: E712 - PyODPS overloads ==


@program
def decimal_arithmetic(prices):
    return prices[
        prices.id, (prices.amount + prices.rate).rename("total"), (prices.amount - prices.rate).rename("rest")
    ]


@program(
    expected=[[1, Decimal("11.275")], [2, Decimal("-0.150005")], [3, Decimal("246913578024.6912")], [4, Decimal(0)]]
)
def decimal_product(prices):
    return prices[prices.id, (prices.amount * prices.rate).rename("product")]


@program
def decimal_comparison(prices):
    return prices[prices.amount > Decimal("0.5")][["id"]]


@program
def string_concatenation_by_plus(people):
    return people[
        people.id, (people.name + " of " + people.city).rename("full"), (people.name + people.nickname).rename("n")
    ]


@program
def nested_expression(numbers):
    return (((numbers.i + 1) * 2 - numbers.j) / (numbers.unit.abs() + 1)).rename("value")


@program
def scalar_inside_an_expression(numbers):
    return numbers[numbers.id, (numbers.x - numbers.x.mean()).rename("centred")]


@program
def ratio_to_the_sum(orders):
    return orders[orders.order_id, (orders.price / orders.price.sum()).rename("share")]


@program
def filter_by_an_aggregate(people):
    return people[people.age > people.age.mean()][["name", "age"]]


@program
def integer_extremes(numbers):
    return (numbers.i + 9223372036854775707).rename("near_max")
