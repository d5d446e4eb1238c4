"""Strings searched and replaced, plainly and by regular expressions."""

import re

from tests.conformance.model import program


@program
def contains_plain(texts):
    return texts[texts.id, texts.s.contains("abc", regex=False).rename("plain")]


@program
def contains_is_a_regex(texts):
    return texts[texts.id, texts.s.contains(r"\d+").rename("digits"), texts.s.contains("^Max|日本").rename("start")]


@program
def contains_with_flags(texts):
    return texts[texts.s.contains("hello", flags=re.IGNORECASE)][["id"]]


@program
def contains_without_case(texts):
    return texts[texts.s.contains("MAXCOMPUTE", case=False)][["id"]]


@program
def contains_plain_special_characters(texts):
    return texts[texts.id, texts.s.contains(".", regex=False).rename("dot")]


@program(
    pandas="pandas has no str.contains of another column",
    expected=[[1, True], [2, True], [3, True], [4, True], [5, True], [6, True]],
)
def contains_a_column(texts):
    return texts[texts.id, texts.s.lower().contains(texts.t, regex=False).rename("has")]


@program
def count_matches(texts):
    return texts[texts.s.count("o").rename("o"), texts.s.count("[0-9]").rename("digits")]


@program
def startswith_and_endswith(texts):
    return texts[
        texts.id,
        texts.s.startswith("a").rename("a"),
        texts.s.endswith("t").rename("t"),
        texts.s.endswith("世").rename("x"),
    ]


@program
def extract_whole_pattern(texts):
    return texts[texts.id, texts.s.extract(r"[a-z]+\d+").rename("found")]


@program
def extract_group(texts):
    return texts[texts.id, texts.s.extract(r"([a-z]+)(\d+)", group=2).rename("digits")]


@program(
    pandas="PyODPS's pandas backend drops the flags",
    expected=[[1, "World"], [2, None], [3, "Compute"], [4, None], [5, None], [6, None]],
)
def extract_with_flags(texts):
    return texts[texts.id, texts.s.extract("(WORLD|compute)", flags=re.I, group=1).rename("found")]


@program
def extract_without_a_match_is_null(texts):
    return texts[texts.s.extract("(zzz)", group=1).isnull()][["id"]]


@program
def find(texts):
    return texts[
        texts.s.find("o").rename("o"), texts.s.find("e", 2).rename("later"), texts.s.find("e", 0, 5).rename("early")
    ]


@program
def rfind(texts):
    return texts[texts.s.rfind("o").rename("o"), texts.s.rfind("d", 1, 6).rename("d")]


@program
def find_in_unicode(texts):
    return texts.s.find("語")


@program(
    pandas="PyODPS's pandas backend escapes the pattern and drops regex=, and pandas 2 then replaces plainly",
    expected=[
        ["Hell0 W0rld", "Hello World"],
        ["  padded  ", "  padded  "],
        ["MaxC0mpute", "MaxCompute"],
        ["日本語 テキスト", "日本語 テキスト"],
        ["abc123def456", "abc123def456"],
        ["snake_case-kebab.d0t", "snake_case-kebab!dot"],
    ],
)
def replace_plain(texts):
    return texts[texts.s.replace("o", "0", regex=False).rename("a"), texts.s.replace(".", "!", regex=False).rename("b")]


@program(
    pandas="PyODPS's pandas backend drops regex=, and pandas 2 then replaces plainly",
    expected=[
        ["Hello World"],
        ["  padded  "],
        ["MaxCompute"],
        ["日本語 テキスト"],
        ["abc#def#"],
        ["snake_case-kebab.dot"],
    ],
)
def replace_by_regex(texts):
    return texts.s.replace(r"\d+", "#")


@program
def replace_a_few(texts):
    return texts.s.replace("o", "0", n=1)


@program
def replace_with_flags(texts):
    return texts.s.replace("HELLO", "bye", flags=re.IGNORECASE)


@program
def replace_without_case(texts):
    return texts.s.replace("MAX", "min", case=False)


@program
def alphabet_checks(words):
    return words[
        words.id,
        words.w.isalnum().rename("alnum"),
        words.w.isalpha().rename("alpha"),
        words.w.isdigit().rename("digit"),
        words.w.isspace().rename("space"),
    ]


@program
def case_checks(words):
    return words[
        words.id,
        words.w.islower().rename("lower"),
        words.w.isupper().rename("upper"),
        words.w.istitle().rename("title"),
    ]


@program
def number_checks(words):
    return words[words.id, words.w.isnumeric().rename("numeric"), words.w.isdecimal().rename("decimal")]
