"""Where Python, pandas and SQL part ways: zero divisors, domains, NULL, empty input."""

from tests.conformance.model import program

NONE = "pandas answers with infinity or NaN where MaxCompute answers NULL"


@program(pandas=NONE, expected=[[3, None], [1, 100 / 7]])
def division_by_zero(numbers):
    return numbers[numbers.id.isin([1, 3])][numbers.id, (100 / numbers.i).rename("q")]


@program(pandas=NONE, expected=[[2, None], [3, None], [1, 1.9459101490553132]])
def logarithm_outside_its_domain(numbers):
    return numbers[numbers.id < 4][numbers.id, numbers.i.log().rename("ln")]


@program(expected=[[1, 7**0.5], [2, None], [3, 0.0]])
def root_of_a_negative_number(numbers):
    return numbers[numbers.id < 4][numbers.id, numbers.i.sqrt().rename("root")]


@program(expected=[[1, None], [3, 0.0]])
def arcsine_outside_its_domain(numbers):
    return numbers[numbers.id.isin([1, 3])][numbers.id, numbers.i.arcsin().rename("a")]


@program
def deviation_of_one_row(people):
    one = people[people.id == 1]
    return one.groupby("city").agg(s=one.age.std(ddof=0))


@program
def isin_empty_collection(people, orders):
    return people[people.id.isin(orders[orders.price > 1000].person_id)][["id"]]


@program
def groups_of_nothing(people):
    nobody = people[people.age > 1000]
    return nobody.groupby("city").agg(n=nobody.id.count())


@program
def sort_nothing(people):
    return people[people.age > 1000].sort("age")[["id"]]


@program
def distinct_of_nothing(people):
    return people[people.age > 1000].distinct("city")


@program
def window_over_nothing(people):
    nobody = people[people.age > 1000]
    return nobody["id", nobody.groupby("city").sort("id").age.cumsum().rename("s")]


@program
def null_in_every_comparison(people):
    return people[people.id, (people.score > 4).rename("more"), (people.score <= 4).rename("less")].filter(
        lambda x: x.more | x.less
    )[["id"]]


@program
def null_and_false_is_false(people):
    return people[people.id, ((people.age > 100) & (people.points > 10)).rename("v")]


@program
def null_in_ifelse_takes_the_second(people):
    return people[people.id, (people.points > 30).ifelse("many", "few").rename("v")]


@program(
    pandas="pandas refuses a mask with NULL in it",
    expected=[[4], [6]],
)
def null_in_a_string_method(people):
    return people[people.nickname.contains("a")][["id"]]


@program
def null_in_an_aggregate_condition(people):
    return (people.points > 30).ifelse(1, 0).sum()


@program(
    pandas="PyODPS's pandas backend counts NULLs in groups and sums them to 0",
    expected=[["Malmö", 3.0, 2, 103], ["London", -2.5, 3, 200], ["杭州", 7.25, 1, 0], ["Oslo", 4.75, 0, None]],
)
def minimum_of_a_column_with_null_in_groups(people):
    return people.groupby("city").agg(lowest=people.score.min(), n=people.points.count(), total=people.points.sum())


@program(pandas="pandas gives 0 for the sum of NULLs, SQL NULL", expected=[["Oslo", 0, None]])
def sum_of_only_null_in_a_group(people):
    oslo = people[people.city == "Oslo"]
    return oslo.groupby("city").agg(total=oslo.points.sum(), n=oslo.points.count())


@program
def long_strings(people):
    return people[people.id, people.name.repeat(500).len().rename("n")]


@program
def many_columns(numbers):
    return numbers[[(numbers.i + n).rename(f"c{n}") for n in range(60)]]


@program
def deep_expression(numbers):
    total = numbers.i
    for n in range(40):
        total = total + n
    return total.rename("total")


@program
def many_conditions(people):
    found = people.age == 19
    for age in range(20, 60):
        found = found | (people.age == age)
    return people[found].count()


@program
def integers_beyond_doubles(numbers):
    return (numbers.i * 1000000007 + 9007199254740993).rename("big")


@program
def average_of_integers_is_a_float(numbers):
    return numbers.i.mean(), numbers[numbers.id < 3].i.mean()
