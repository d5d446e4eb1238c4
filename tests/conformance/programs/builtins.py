"""``func.*``: MaxCompute's own functions, which pandas does not have."""

from datetime import datetime

from odps.df import func

from tests.conformance.model import program

NONE = "PyODPS's pandas backend has no MaxCompute functions"


@program(pandas=NONE, expected=[["Ada", 3], ["Bo", 2], ["陈晨", 2]])
def length(people):
    return people[people.id < 4][people.name, func.length(people.name, rtype="int").rename("n")]


@program(pandas=NONE, expected=[["ADA"], ["BO"]])
def default_type_is_string(people):
    return people[people.id < 3][[func.toupper(people.name).rename("upper")]]


@program(pandas=NONE, expected=[[-1.0, 1.0, 3.0]])
def numbers(numbers):
    return numbers[numbers.id == 2][
        func.sign(numbers.x, rtype="float").rename("sign"),
        func.abs(func.sign(numbers.x, rtype="float"), rtype="float").rename("abs"),
        func.pow(numbers.y + 0.5, 1, rtype="float").rename("pow") + 1.0,
    ]


@program(pandas=NONE, expected=[[1, "a|b"], [2, "c"], [3, "a"], [4, "b|c"], [5, "a|b|c"], [6, "x"]])
def regular_expressions(texts):
    return texts[
        texts.id,
        func.regexp_replace(func.regexp_replace(texts.pairs, "=[0-9]+", ""), ",", "|").rename("keys"),
    ]


@program(pandas=NONE, expected=[["1"], ["3"], ["10"], ["5"], ["7"], ["0"]])
def extract_by_group(texts):
    return texts[[func.regexp_extract(texts.pairs, "([a-z])=([0-9]+)", 2).rename("first")]]


@program(pandas=NONE, expected=[["2020-02-29"], ["2021-01-01"], ["2021-12-31"], ["1999-06-15"], ["2024-03-31"]])
def to_char(moments):
    return moments[[func.to_char(moments.at, "yyyy-mm-dd").rename("day")]]


@program(pandas=NONE, expected=[[1, -1], [2, 0], [3, -365], [4, 1], [5, -30]])
def datediff(moments):
    return moments[moments.id, func.datediff(moments.at, moments.until, "dd", rtype="int").rename("days")]


@program(pandas=NONE, expected=[[datetime(2020, 2, 29, 23, 59, 59)], [datetime(2020, 2, 29)]])
def last_day(people):
    last = func.lastday(people.joined, rtype="datetime").rename("last")
    joined = people.joined
    return people[people.id == 2][[joined.rename("last")]].union(people[people.id == 2][[last]])


@program(pandas=NONE, expected=[[1, "b=2"], [2, None], [3, None], [4, "c=6"], [5, "b=8"], [6, None]])
def split_part(texts):
    part = func.split_part(texts.pairs, ",", 2)
    return texts[texts.id, (part == "").ifelse(None_string(), part).rename("second")]


def None_string():
    from odps.df import NullScalar

    return NullScalar("string")


@program(
    pandas=NONE, expected=[[1, "120"], [2, "15"], [3, "none"], [4, "40"], [5, "0"], [6, "88"], [7, "40"], [8, "none"]]
)
def coalesce(people):
    return people[people.id, func.coalesce(people.points.astype("string"), "none").rename("points")]


@program(pandas=NONE, expected=[["900150983cd24fb0d6963f7d28e17f72"]])
def md5(words):
    return words[words.w == "abc"][[func.md5(words.w).rename("hash")]]


@program(pandas=NONE, expected=[[1, 36], [2, 25], [3, 41]])
def greatest_and_least(people):
    return people[people.id < 4][
        people.id, func.greatest(people.id, func.least(people.age, 100, rtype="int"), rtype="int").rename("g")
    ]


@program(pandas=NONE, expected=8)
def random_numbers(people):
    drawn = people[people.id, func.rand(rtype="float").rename("r")]
    return drawn[(drawn.r >= 0) & (drawn.r < 1)].count()


@program(pandas=NONE, expected=[["2"], [None], [None], [None], ["8"], [None]])
def get_from_a_key_value_string(texts):
    return texts[[func.keyvalue(texts.pairs, ",", "=", "b").rename("b")]][lambda x: x.b.isnull() | (x.b != "5")].union(
        texts[texts.id == 2][[func.keyvalue(texts.pairs, ",", "=", "zzz").rename("b")]]
    )


@program(pandas=NONE, expected=[["London", 3], ["Malmö", 2], ["杭州", 2], ["Oslo", 1]])
def aggregate_by_a_built_in_expression(people):
    return people.groupby(func.concat(people.city, "").rename("city")).agg(n=people.id.count())


@program(pandas=NONE, expected=[["Ada"], ["Gus"]])
def filter_by_a_built_in(people):
    return people[func.length(people.name, rtype="int") == func.length("abc", rtype="int")][["name"]].filter(
        lambda x: x.name != "Eve"
    )
