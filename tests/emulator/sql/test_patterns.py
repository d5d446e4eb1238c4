"""What Perl's and Java's patterns mean, as PCRE and Java have them, and which are refused by name."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql.functions.patterns import PatternError, compiled

from .conftest import Engine, PlainFunctions, _engine

PERLS = [
    # pattern, text, what is found first
    # classes know ASCII, properties all characters
    (r"[[:alpha:]]+", "éa", "a"),
    (r"[[:punct:]]+", "a$+<=>^`|~!-", "$+<=>^`|~!-"),
    (r"[[:^alpha:]]", "a1", "1"),
    (r"\w+", "éa", "a"),
    (r"\p{L}+\d", "éa٣1", None),
    (r"\p{Han}+\w?", "a中文b", "中文b"),
    (r"[\d\p{Han}]+", "a1中", "1中"),
    (r"\pL", "1é", "é"),
    (r"\P{^L}", "1a", "a"),
    (r"(?i)é\b", "É", None),
    (r"(?i)é", "É", "É"),
    (r"(?i)\bfoo\W", "éFOO FOO!", "FOO "),
    # characters by their numbers
    (r"\x{4e2d}\x4\e\cA\o{101}\0\012", "中\x04\x1bAA\0\n".replace("AA", "\x01A"), "中\x04\x1b\x01A\0\n"),
    (r"[\x{4e00}-\x{9fa5}\t]+", "a中\tb", "中\t"),
    (r"\h+", "a \t\xa0b", " \t\xa0"),
    (r"[\h]\v\R", "\t\x0b\r\n", "\t\x0b\r\n"),
    (r"\N+", "\nab\n", "ab"),
    # references
    (r"(?<n>a)\k<n>\k{n}\g{n}(?P=n)", "aaaaa", "aaaaa"),
    (r"(?'n'a)(b)\k'n'\g{-1}\g1\2", "ababab", "ababab"),
    (r"(?|(a)|(b))\1", "abb", "bb"),
    (r"(a)?(?(1)b|c)", "ab", "ab"),
    (r"(?<n>a)?(?(<n>)b|c)", "c", "c"),
    # options, comments, texts as they are
    (r"a(?i)b", "ABaB", "aB"),
    (r"(x(?i)b)c", "xBCxBc", "xBc"),
    (r"(?i)b|c", "C", "C"),
    (r"(?i:a)b", "ABAb", "Ab"),
    ("(?x) a b # (c\n c", "abc", "abc"),
    (r"a(?#b)c", "ac", "ac"),
    (r"\Qa.(\E+", "a.((", "a.(("),
    ("(?s).", "\n", "\n"),
    ("a$", "a\n", "a"),
    (r"a\z", "a\n", None),
    (r"a\Z", "a\n", "a"),
    (r"a\Kb", "ab", "b"),
    # what is no quantifier, and what needs no backslash
    ("a{,3}", "aa{,3}", "a{,3}"),
    ("(?:foo){e<=1}", "fop", None),
    ("[]a[]+", "]a[", "]a["),
    ("[a&&b]+", "a&b", "a&b"),
    ("(?>a+)b|a++c", "aac", "aac"),
    ("(?<=a|bc)d(?!e)", "ade bcd", "d"),
]

JAVAS = [
    (r"\p{Lower}+", "éa", "a"),
    (r"\p{IsHan}\p{L}\u4e2d", "中é中", "中é中"),
    (r"[\p{Punct}\x41]+", "A!", "A!"),
    (r"\0101", "A", "A"),
    ("a.", "a\ra\u2028", None),
    ("(?s)a.", "a\r", "a\r"),
    ("a$", "a\r\n", "a"),
    (r"(?<n>a)\k<n>", "aa", "aa"),
    ("(?i)é", "É", None),
]


@pytest.mark.parametrize(
    ("java", "pattern", "text", "found"), [(False, *c) for c in PERLS] + [(True, *c) for c in JAVAS]
)
def test_what_is_found(java: bool, pattern: str, text: str, found: str | None) -> None:
    match = compiled(pattern, java=java).search(text)
    assert (match and match.group()) == found


PERLS_NOT = {
    r"\p{Lower}": r"\p{Lower}",
    r"\p{IsHan}": r"\p{IsHan}",
    r"(a)\12": r"\12",
    r"[\u4e00-\u9fa5]": r"\u (\x{4e00} is a character by its number)",
    r"\y": r"\y",
    r"\L<n>": r"\L",
    "[[.a.]]": "[.a.]",
    "a(?i)b|c": "an option behind which alternatives follow",
    r"(?i)[\W]": r"\W in brackets beside (?i)",
    "(?<=a+)d": "a look behind of no certain length",
    "(?R)?a": "(?R)",
    "(?P>n)(?P<n>a)": "(?P",
    "(*FAIL)a": "(*",
    "(?b)a": "(?b)",
    "(?U)a+": "(?U)",
}
JAVAS_NOT = {
    "[a-z&&[^b]]": "a class of characters inside another",
    "[[:alpha:]]": "a class of characters inside another",
    r"\p{IsAlphabetic}": r"\p{IsAlphabetic}",
    r"\p{javaLowerCase}": r"\p{javaLowerCase}",
    r"(?i)\p{L}": r"(?i) beside \p",
    "(?m)^a": "(?m)",
    "(?|a)": "(?|",
    "(?P<n>a)": "(?P",
    r"\g1": r"\g1",
}


@pytest.mark.parametrize(
    ("java", "pattern", "what"),
    [(False, *c) for c in PERLS_NOT.items()] + [(True, *c) for c in JAVAS_NOT.items()],
)
def test_what_is_refused(java: bool, pattern: str, what: str) -> None:
    with pytest.raises(PatternError, match=f"^{re.escape(what)} in .* is not supported$"):
        compiled(pattern, java=java)


@pytest.mark.parametrize("pattern", ["(a", "a)", "a**", "[a", "[z-a]", "\\", r"\g{n}", "[a-\\d]"])
def test_what_is_no_pattern(pattern: str) -> None:
    with pytest.raises(PatternError, match="is not a regular expression"):
        compiled(pattern)


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One engine for all: nothing here changes anything."""
    yield from _engine(PlainFunctions())


def test_the_functions_of_patterns_read_them_alike(engine: Engine) -> None:
    chinese = r"'(\\p{Han})\\1'"
    text = "'a中中b文文'"
    calls = [
        f"regexp_extract({text}, {chinese})",
        f"regexp_extract_all({text}, {chinese}, 0)",
        f"regexp_instr({text}, {chinese}, 1, 2)",
        f"regexp_substr({text}, {chinese}, 3)",
        f"regexp_count({text}, {chinese})",
        f"{text} rlike {chinese}",
        f"regexp_replace({text}, {chinese}, '<\\\\1>')",
        f"split({text}, {chinese})",
        r"str_to_map('a=1,b = 2', ',', '\\h*=\\h*')",
    ]
    assert engine.rows(f"SELECT {', '.join(calls)}") == [
        ("中", ["中中", "文文"], 5, "文文", 2, True, "a<中>b<文>", ["a", "b"], [("a", "1"), ("b", "2")])
    ]
    for call in ("regexp_extract", "regexp_count", "regexp_substr", "split"):
        with pytest.raises(OdpsError, match=rf"in function {call}, \\p\{{Lower\}} in .* is not supported"):
            engine.value(rf"{call}('a', '\\p{{Lower}}')")
    with pytest.raises(OdpsError, match="matches between two characters"):
        engine.value(r"split('a1b2', '(?<=\\d)')")
