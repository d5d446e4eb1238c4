"""Element functions: NULLs, conditions, membership, intervals, bins."""

from odps.df import NullScalar, Scalar, switch

from tests.conformance.model import program


@program
def isnull_and_notnull(people):
    return people[
        people.id,
        people.score.isnull().rename("no_score"),
        people.points.notnull().rename("has_points"),
        people.nickname.isnull().rename("no_nickname"),
    ]


@program
def filter_nulls(people):
    return people[people.nickname.notnull()][["id", "nickname"]]


@program
def count_nulls(people):
    return people.score.isnull().sum()


@program
def fillna_with_constant(people):
    return people[people.score.fillna(0.5).rename("score"), people.nickname.fillna("?").rename("nickname")]


@program
def fillna_integers(people):
    return people[people.id, people.points.fillna(-1)]


@program
def fillna_with_column(people):
    return people[people.id, people.nickname.fillna(people.name).rename("called")]


@program
def ifelse_with_constants(people):
    return people[people.name, (people.age > 30).ifelse("older", "younger").rename("group")]


@program
def ifelse_with_columns(numbers):
    return numbers[numbers.id, numbers.b.ifelse(numbers.i, numbers.j).rename("picked")]


@program
def ifelse_nested(people):
    return people[
        people.name,
        (people.age < 25).ifelse("young", (people.age < 45).ifelse("middle", "old")).rename("stage"),
    ]


@program
def ifelse_of_mixed_numbers(numbers):
    return numbers[numbers.id, (numbers.i > 0).ifelse(numbers.i, numbers.x).rename("v")]


@program
def switch_on_value(people):
    return people[people.id, people.city.switch("London", "UK", "Oslo", "NO", default="other").rename("country")]


@program
def switch_without_default(people):
    return people[people.id, people.city.switch("London", "UK", "杭州", "CN").rename("country")]


@program(
    pandas="PyODPS's pandas backend lets the last condition that holds decide, SQL the first",
    expected=[
        [1, "adult"],
        [2, "adult"],
        [3, "senior"],
        [4, "adult"],
        [5, "teen"],
        [6, "senior"],
        [7, "adult"],
        [8, "senior"],
    ],
)
def switch_on_conditions(people):
    return people[
        people.id,
        switch(people.age < 20, "teen", people.age < 40, "adult", default="senior").rename("stage"),
    ]


@program
def switch_with_pairs(numbers):
    return numbers[numbers.id, numbers.j.switch((2, numbers.i), (5, -numbers.i), default=0).rename("v")]


@program
def switch_with_expressions(people):
    return people[people.id, people.age.switch(25, people.name + "!", 41, people.city, default=people.name).rename("v")]


@program(
    pandas="PyODPS's pandas backend hands pandas an inclusive=True that pandas 2 refuses",
    expected=[[1, 36], [2, 25], [3, 41], [4, 25], [7, 33]],
)
def between_inclusive(people):
    return people[people.age.between(25, 41)][["id", "age"]]


@program(
    pandas="PyODPS's pandas backend hands pandas an inclusive=True that pandas 2 refuses", expected=[[1, 36], [7, 33]]
)
def between_exclusive(people):
    return people[people.age.between(25, 41, inclusive=False)][["id", "age"]]


@program(
    pandas="PyODPS's pandas backend hands pandas an inclusive=True that pandas 2 refuses",
    expected=[[1, False], [2, False], [3, True], [4, True], [5, False], [6, False]],
)
def between_columns(numbers):
    return numbers[numbers.id, numbers.x.between(numbers.unit, numbers.y).rename("inside")]


@program
def isin_list(people):
    return people[people.city.isin(["London", "Oslo"])][["name"]]


@program
def isin_numbers(people):
    return people[people.id, people.age.isin([25, 52]).rename("listed")]


@program
def notin_list(people):
    return people[people.age.notin([25, 52])][["name"]]


@program
def isin_sequence_of_another_table(people, orders):
    return people[people.id.isin(orders.person_id)][["name"]]


@program
def isin_filtered_sequence(people, orders):
    return people[people.id.isin(orders[orders.price > 10].person_id)][["id"]]


@program
def notin_sequence(people, orders):
    return people[people.id.notin(orders.person_id)][["name"]]


@program
def isin_own_sequence(people):
    older = people[people.age > 40]
    return people[people.city.isin(older.city)][["id", "city"]]


@program
def cut_into_indices(people):
    return people[people.id, people.age.cut([0, 20, 30, 40, 60]).rename("bin")]


@program
def cut_with_labels(people):
    return people.age.cut([18, 25, 40, 60], labels=["18-25", "25-40", "40-60"]).rename("group")


@program
def cut_left_closed(people):
    return people[people.id, people.age.cut([19, 25, 41, 60], right=False).rename("bin")]


@program
def cut_include_lowest(people):
    return people[people.id, people.age.cut([19, 25, 41, 60], include_lowest=True).rename("bin")]


@program
def cut_under_and_over(people):
    labels = ["-25", "25-41", "41-"]
    return people[
        people.id,
        people.age.cut([25, 41], labels=labels, include_under=True, include_over=True).rename("group"),
    ]


@program
def values_outside_the_bins_are_null(people):
    return people[people.id, people.age.cut([20, 40], labels=["in"]).rename("group")]


@program
def constant_column(people):
    return people[people.id, Scalar(1).rename("one"), Scalar("a").rename("text"), Scalar(2.5).rename("f")]


@program
def null_column(people):
    return people[people.id, NullScalar("float").rename("f"), NullScalar("string").rename("s")]


@program
def hll_count(people):
    return people.city.hll_count(), people.name.hll_count()


@program
def hll_count_with_splitter(texts):
    return texts.pairs.hll_count(splitter=",")


@program
def hll_count_in_groups(people):
    return people.groupby("city").agg(names=people.name.hll_count())


@program
def hash_with_a_function(people):
    import zlib

    return people[people.id, people.name.hash(lambda s: zlib.crc32(s.encode("utf-8"))).rename("h")]
