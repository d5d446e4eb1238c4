"""String methods that make or measure strings."""

from tests.conformance.model import program


@program
def cases(texts):
    return texts[
        texts.s.lower().rename("lower"),
        texts.s.upper().rename("upper"),
        texts.s.capitalize().rename("capitalize"),
        texts.s.title().rename("title"),
        texts.s.swapcase().rename("swapcase"),
    ]


@program
def length(texts, people):
    return texts.s.len(), people.nickname.len(), people.city.len()


@program
def strip(texts):
    return texts[texts.s.strip().rename("both"), texts.s.lstrip().rename("left"), texts.s.rstrip().rename("right")]


@program
def strip_characters(texts):
    return texts[
        texts.s.strip("Hd ").rename("both"), texts.s.lstrip("Ma").rename("l"), texts.s.rstrip("t6").rename("r")
    ]


@program
def pad(texts):
    return texts[
        texts.number.pad(6).rename("left"),
        texts.number.pad(6, side="right", fillchar="*").rename("right"),
        texts.number.pad(7, side="both", fillchar="-").rename("both"),
    ]


@program
def justify(texts):
    return texts[
        texts.number.ljust(5).rename("l"),
        texts.number.rjust(5, fillchar=".").rename("r"),
        (texts.number.astype("int").abs()).astype("string").zfill(5).rename("z"),
    ]


@program
def repeat(texts):
    return texts.t.repeat(3)


@program
def slice_with_method(texts):
    return texts[
        texts.s.slice(0, 5).rename("first"),
        texts.s.slice(3).rename("rest"),
        texts.s.slice(1, 6).rename("middle"),
    ]


@program
def slice_with_brackets(texts):
    return texts[texts.s[:4].rename("head"), texts.s[2:].rename("tail"), texts.s[1:8:2].rename("every_second")]


@program(
    pandas="PyODPS's SQL is SUBSTR(s, start + 1), also where start counts from the end: one letter less",
    expected=[["ld"], ["  "], ["te"], ["スト"], ["56"], ["ot"]],
)
def slice_from_the_end(texts):
    return texts.s[-3:].rename("last")


@program
def slice_to_the_end(texts):
    return texts[texts.s[:-2].rename("but_last"), texts.s[-4:-1].rename("before_last")]


@program
def get_one_character(texts):
    return texts[texts.s.get(1).rename("second"), texts.s[0].rename("first")]


@program
def concatenate_columns(people):
    return people[people.id, people.name.cat(people.city, sep=", ").rename("where")]


@program
def concatenate_several_columns(people):
    return people[people.id, people.name.cat([people.city, people.member.ifelse("yes", "no")], sep="/").rename("all")]


@program
def concatenate_with_null(people):
    return people[people.id, people.name.cat(people.nickname, sep="-", na_rep="?").rename("called")]


@program(
    pandas="PyODPS's SQL leaves a NULL out where no na_rep is given; pandas gives NULL for the row",
    expected=[
        [1, "Ada-countess"],
        [2, "Bo"],
        [3, "陈晨-晨晨"],
        [4, "Dmitri-Mitya"],
        [5, "Eve-"],
        [6, "Fatima-fa fa"],
        [7, "Gus"],
        [8, "Hanna-H"],
    ],
)
def concatenate_with_null_left_out(people):
    return people[people.id, people.name.cat(people.nickname, sep="-").rename("called")]


@program
def split(texts):
    return texts.pairs.split(",")


@program
def split_on_a_regex_character(texts):
    return texts[texts.id, texts.s.split(".").rename("parts")]


@program
def todict(texts):
    return texts.pairs.todict(",", "=")


@program
def value_from_todict(texts):
    return texts[texts.id, texts.pairs.todict(item_delim=",", kv_delim="=")["b"].rename("b")]


@program
def methods_skip_null(people):
    return people[people.nickname.upper().rename("u"), people.nickname.slice(0, 2).rename("s")]


@program
def methods_in_a_chain(texts):
    return texts.s.strip().lower().replace("l", "_", regex=False).title()


@program
def filter_by_a_method(people):
    return people[(people.name.len() > 3) & people.city.startswith("L")][["name"]]


@program(pandas="PyODPS's pandas backend leaves NULLs out also where na_rep is given", expected=[37, 30])
def concatenate_rows(people):
    return people.name.cat(sep=",").len(), people.nickname.cat(sep=";", na_rep="-").len()


@program(
    pandas="PyODPS's SQL is LPAD-like: it puts zeros before the sign; Python's zfill puts them after it",
    expected=[["00012"], ["000-7"], ["00003"], ["00000"], ["00456"], ["01000"]],
)
def zfill_of_a_negative_number(texts):
    return texts.number.zfill(5)
