"""Constants as PyODPS writes them into its SQL: quotes, backslashes, many scripts, extremes, dates."""

from datetime import datetime
from decimal import Decimal

from odps.df import NullScalar, Scalar

from tests.conformance.model import program


@program
def quotes(people):
    return people[
        people.id, Scalar("it's").rename("a"), Scalar('say "yes"').rename("b"), (people.name + "'").rename("c")
    ]


@program(
    pandas="PyODPS writes a backslash into its SQL as it is, and SQL reads it as the start of an escape",
    expected=[["C:\temp\new", "Ada\\!"]],
)
def backslashes(people):
    return people[people.id == 1][Scalar("C:\\temp\\new").rename("path"), (people.name + "\\\\!").rename("end")]


@program
def control_characters(people):
    return people[people.id, Scalar("a\nb\tc").rename("lines")]


@program(
    pandas="PyODPS sends SQL as text of XML, which makes a line feed of a carriage return",
    expected=[[1, "a\nb"], [2, "a\nb"]],
)
def carriage_return(people):
    return people[people.id < 3][people.id, Scalar("a\rb").rename("text")]


@program
def many_scripts(people):
    return people[people.id, Scalar("你好 Ünïcode ελ 🎈").rename("text"), (people.city + "→").rename("arrow")]


@program
def what_looks_like_a_comment(people):
    return people[people.id, Scalar("-- no comment; /* none */").rename("text"), Scalar("${x} {0}").rename("f")]


@program
def empty_string_is_not_null(people):
    return people[people.nickname == ""][["id"]]


@program
def filter_by_a_quoted_string(people):
    return people[(people.name + "'s") == "Ada's"][["id"]]


@program
def isin_strings_with_quotes(people):
    return people[(people.name + "'").isin(["Ada'", "Bo'", '"'])][["id"]]


@program
def replace_with_quotes(texts):
    return texts[texts.s.replace("o", "'", regex=False).rename("a"), texts.s.contains("'", regex=False).rename("b")]


@program
def regex_with_backslashes(texts):
    return texts[
        texts.id, texts.s.extract(r"(\w+)\s(\w+)", group=2).rename("g"), texts.s.contains(r"\.dot$").rename("d")
    ]


@program
def small_and_large_integers(numbers):
    return numbers[numbers.id, Scalar(2147483648).rename("a"), Scalar(-9223372036854775807).rename("b")]


@program
def small_and_large_floats(numbers):
    return numbers[numbers.id, Scalar(1e-10).rename("a"), Scalar(1.5e300).rename("b"), (numbers.x * 1e20).rename("c")]


@program
def negative_constants(numbers):
    return numbers[(numbers.i - -3).rename("a"), (numbers.x * -1.5).rename("b"), (-numbers.i + -1).rename("c")]


@program
def booleans(numbers):
    return numbers[numbers.id, Scalar(True).rename("yes"), (numbers.b == False).rename("not_b")]  # noqa: E712


@program
def decimal_constant(prices):
    return prices[prices.id, (prices.rate + Decimal("0.01")).rename("more")]


@program
def datetime_constant_in_isin(people):
    return people[people.joined.isin([datetime(2021, 1, 1), datetime(2020, 7, 1, 12)])][["id"]]


@program
def null_of_every_type(people):
    return people[
        people.id,
        NullScalar("int").rename("i"),
        NullScalar("boolean").rename("b"),
        NullScalar("datetime").rename("d"),
        NullScalar("string").rename("s"),
    ]


@program
def arithmetic_of_constants(people):
    return people[people.id, (Scalar(2) * 3 + people.age).rename("v"), (Scalar("a") + "b" + people.name).rename("s")]


@program
def fillna_with_a_quoted_string(people):
    return people.nickname.fillna("n'a\"")


@program
def switch_with_quoted_strings(people):
    return people[people.id, people.name.switch("Ada", "A'", "Bo", 'B"', default="'").rename("v")]


@program
def strftime_with_text(moments):
    return moments.at.strftime("%Y年%m月%d日 o'clock")


@program
def cut_with_quoted_labels(people):
    return people.age.cut([0, 30, 100], labels=["it's young", '"old"']).rename("age")
