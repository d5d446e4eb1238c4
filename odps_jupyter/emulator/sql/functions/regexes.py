"""Regular expressions. MaxCompute's are Perl's, matched by character (its manual, "Regular expressions").

The engine is the ``regex`` library, for which ``patterns`` writes: it knows look-around and possessive quantifiers,
lets other threads run while it matches, and gives up after a time, so that no pattern can hold the service.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any, TypeVar

from odps_jupyter.emulator import types
from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.sql.typed import Typed

from .bodies import Body, each, invalid
from .model import Function as F
from .patterns import PatternError
from .patterns import compiled as compiled_pattern

SECONDS = 10
"""How long one text may be matched."""

# What means the same to RE2, which is faster; a $ means the end only, where Perl's also stands before a last line end.
_PLAIN = re.compile(
    r"(?:[^\\$\[\](){}*+?]|[(|](?!\?)|[)]|\\[dDwW.+*?()|\[\]{}\\/-]|\[\^?[^\[\]\\&]+\]|[*+?]\??(?![*+?]))*"
)
# Counting time costs five times what a match does: short texts and patterns with little to repeat go without.
_REPEATS = re.compile(r"(?<!\\)[*+]|\{\d+,\d*\}")
_AGAIN = re.compile(r"\)[*+?{]|\(\?|\\[1-9]")
_SHORT = 500
_PARTS = re.compile(r"\\([\\0-9])")
_JAVAS = re.compile(r"\$([0-9]+)|\\([\s\S])|[^$\\]+")


@lru_cache(maxsize=512)
def _compiled(function: str, pattern: str, *, java: bool = False) -> Any:
    if not pattern:
        raise invalid(function, "the pattern must not be empty")
    try:
        return compiled_pattern(pattern, java=java)
    except PatternError as error:
        raise invalid(function, str(error)) from error


T = TypeVar("T")


def timed(function: str, pattern: str, run: Callable[[Any], T], *, java: bool = False) -> T:
    """Use a compiled pattern; matching for too long is an error that names the pattern."""
    try:
        return run(_compiled(function, pattern, java=java))
    except TimeoutError as error:
        raise invalid(function, f"matching {pattern!r} took more than {SECONDS} seconds") from error


@lru_cache(maxsize=512)
def _is_brief(pattern: str) -> bool:
    return len(_REPEATS.findall(pattern)) <= 2 and _AGAIN.search(pattern) is None


def _limit(compiled: Any, text: str) -> float | None:
    """How many seconds a match may take; ``None`` where it cannot take long."""
    return None if len(text) <= _SHORT and _is_brief(compiled.pattern) else SECONDS


def found_in(compiled: Any, text: str, start: int = 1) -> Iterator[Any]:
    return iter(compiled.finditer(text, pos=start - 1, timeout=_limit(compiled, text)))


def _positive(function: str, **values: int) -> None:
    for word, value in values.items():
        if value <= 0:
            raise invalid(function, f"{word} must be greater than 0, not {value}")


def _group(function: str, pattern: str, compiled: Any, group: int) -> None:
    if group < 0 or group > compiled.groups:
        raise invalid(function, f"the pattern {pattern!r} has no group {group}")


def _matches(text: str, pattern: str) -> bool:
    return timed("regexp", pattern, lambda p: p.search(text, timeout=_limit(p, text)) is not None)


def _extract(text: str, pattern: str, group: int) -> str | None:
    def run(compiled: Any) -> str | None:
        _group("regexp_extract", pattern, compiled, group)
        match = compiled.search(text, timeout=_limit(compiled, text))
        return None if match is None else match.group(group)

    return timed("regexp_extract", pattern, run)


def _extract_all(text: str, pattern: str, group: int) -> list[str | None]:
    def run(compiled: Any) -> list[str | None]:
        _group("regexp_extract_all", pattern, compiled, group)
        return [m.group(group) for m in found_in(compiled, text)]

    return timed("regexp_extract_all", pattern, run)


def _instr(text: str, pattern: str, start: int, occurrence: int, option: int) -> int:
    _positive("regexp_instr", start_position=start, occurrence=occurrence)
    if option not in (0, 1):
        raise invalid("regexp_instr", f"return_option must be 0 or 1, not {option}")

    def run(compiled: Any) -> int:
        match = next(islice(found_in(compiled, text, start), occurrence - 1, None), None)
        if match is None:
            return 0
        return int(match.end() if option else match.start()) + 1

    return timed("regexp_instr", pattern, run)


def _substr(text: str, pattern: str, start: int, occurrence: int) -> str | None:
    _positive("regexp_substr", start_position=start, occurrence=occurrence)

    def run(compiled: Any) -> str | None:
        match = next(islice(found_in(compiled, text, start), occurrence - 1, None), None)
        return None if match is None else match.group()

    return timed("regexp_substr", pattern, run)


def _count(text: str, pattern: str, start: int) -> int:
    _positive("regexp_count", start_position=start)
    return timed("regexp_count", pattern, lambda p: sum(1 for _ in found_in(p, text, start)))


def _replace(text: str | None, pattern: str | None, replacement: str | None, occurrence: int | None) -> str | None:
    """A reference to a group that is not there leaves the text as it is."""
    return _replaced_by(_perls, text, pattern, replacement, occurrence, java=False)


def _replace_as_java(
    text: str | None, pattern: str | None, replacement: str | None, occurrence: int | None
) -> str | None:
    return _replaced_by(_javas, text, pattern, replacement, occurrence, java=True)


def _perls(replacement: str, groups: int) -> list[str | int] | None:
    r"""What a replacement consists of: texts, and the numbers of groups (``\\1``)."""
    parts = _PARTS.split(replacement)
    made: list[str | int] = []
    for text, sign in zip(parts[::2], [*parts[1::2], ""], strict=True):
        made += [text, "\\" if sign == "\\" else int(sign)] if sign else [text]
    return None if any(isinstance(p, int) and p > groups for p in made) else made


def _javas(replacement: str, groups: int) -> list[str | int]:
    """The same of Java's (``$1``): as many digits as make a group, and a backslash takes the next character."""
    made: list[str | int] = []
    at = 0
    while at < len(replacement):
        found = _JAVAS.match(replacement, at)
        if found is None:
            raise invalid("regexp_replace", f"{replacement!r} is not a replacement")
        number, escaped = found[1], found[2]
        at = found.end()
        if number is None:
            made.append(found[0] if escaped is None else escaped)
            continue
        group, *more = map(int, number)
        if group > groups:
            raise invalid("regexp_replace", f"the pattern has no group {group}")
        at -= len(more)
        for digit in more:
            if group * 10 + digit > groups:
                break
            group, at = group * 10 + digit, at + 1
        made.append(group)
    return made


def _replaced_by(
    read: Callable[[str, int], list[str | int] | None],
    text: str | None,
    pattern: str | None,
    replacement: str | None,
    occurrence: int | None,
    *,
    java: bool,
) -> str | None:
    """Occurrence 0 means all of them."""
    if text is None or pattern is None or occurrence is None:
        return None
    if occurrence < 0:
        raise invalid("regexp_replace", f"occurrence must not be negative, it is {occurrence}")

    def run(compiled: Any) -> str | None:
        if replacement is None:
            return text if compiled.search(text, timeout=_limit(compiled, text)) is None else None
        parts = read(replacement, compiled.groups)
        if parts is None:
            return text
        seen = 0

        def one(match: Any) -> str:
            nonlocal seen
            seen += 1
            if occurrence and seen != occurrence:
                return str(match.group())
            return "".join(p if isinstance(p, str) else match.group(p) or "" for p in parts)

        return str(compiled.sub(one, text, timeout=_limit(compiled, text)))

    return timed("regexp_replace", pattern, run, java=java)


PYTHON: dict[str, Body] = {
    "mc_regexp_matches": each(_matches, types.BOOLEAN),
    "mc_regexp_extract": each(_extract, types.STRING),
    "mc_regexp_extract_all": each(_extract_all, types.array_of(types.STRING)),
    "mc_regexp_instr": each(_instr, types.BIGINT),
    "mc_regexp_substr": each(_substr, types.STRING),
    "mc_regexp_count": each(_count, types.BIGINT),
    "mc_regexp_replace": each(_replace, types.STRING, nulls=True),
    "mc_regexp_replace_as_java": each(_replace_as_java, types.STRING, nulls=True),
}


def _plain(value: Typed) -> Any:
    """A constant pattern that means the same to RE2, compiled; ``None`` for others, and for what is no pattern."""
    text = value.constant
    if not isinstance(text, str) or not text or _PLAIN.fullmatch(text) is None:
        return None
    try:
        return _compiled("regexp", text)
    except OdpsError:
        # Where the statement runs, the error names the function.
        return None


def _like(arguments: Sequence[Typed]) -> str:
    text, pattern = arguments
    return f"{'mc_' if _plain(pattern) is None else ''}regexp_matches({text.sql}, {pattern.sql})"


def _extracted(arguments: Sequence[Typed]) -> str:
    text, pattern = arguments[0].sql, arguments[1].sql
    group = arguments[2].constant if len(arguments) > 2 else 1
    compiled = _plain(arguments[1])
    # A group that took no part is NULL, to RE2 an empty text.
    always = compiled is not None and "|" not in compiled.pattern and re.search(r"\)[*?{]", compiled.pattern) is None
    if always and isinstance(group, int) and 0 <= group <= compiled.groups:
        return f"CASE WHEN regexp_matches({text}, {pattern}) THEN regexp_extract({text}, {pattern}, {group}) END"
    return f"mc_regexp_extract({text}, {pattern}, {arguments[2].sql if len(arguments) > 2 else 1})"


def _replaced(arguments: Sequence[Typed]) -> str:
    text, pattern, new = (a.sql for a in arguments)
    compiled, replacement = _plain(arguments[1]), arguments[2].constant
    # Where nothing can match between characters, both replace the same places.
    if compiled is not None and compiled.search("") is None and isinstance(replacement, str):
        groups = [int(g) for g in _PARTS.findall(replacement) if g != "\\"]
        if all(g <= compiled.groups for g in groups) and _PARTS.sub("", replacement).count("\\") == 0:
            return f"regexp_replace({text}, {pattern}, {new}, 'g')"
    return f"mc_regexp_replace({text}, {pattern}, {new}, 0)"


REGEXES = (
    F("REGEXP_COUNT", "string, string -> bigint", "mc_regexp_count({0}, {1}, 1)", "regexp_count('a1b22', '[0-9]+')", 2),
    F("REGEXP_COUNT", "string, string, bigint -> bigint", "mc_regexp_count({0}, {1}, {2})",
      "regexp_count('abababc', 'a.c', 3)", 1),
    F("REGEXP_EXTRACT", "string, string -> string", _extracted,
      "regexp_extract('foothebar', 'foo(.*?)(bar)')", "the"),
    F("REGEXP_EXTRACT", "string, string, bigint -> string", _extracted,
      r"regexp_extract('ab12', '([a-z]+)(\\d+)', 2)", "12"),
    F("REGEXP_EXTRACT_ALL", "string, string -> array<string>", "mc_regexp_extract_all({0}, {1}, 1)",
      r"regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)')", ["100", "300"]),
    F("REGEXP_EXTRACT_ALL", "string, string, bigint -> array<string>", "mc_regexp_extract_all({0}, {1}, {2})",
      r"regexp_extract_all('100-200, 300-400', '(\\d+)-(\\d+)', 2)", ["200", "400"]),
    F("REGEXP_INSTR", "string, string -> bigint", "mc_regexp_instr({0}, {1}, 1, 1, 0)", "regexp_instr('ab12', '[0-9]')",
      3),
    F("REGEXP_INSTR", "string, string, bigint -> bigint", "mc_regexp_instr({0}, {1}, {2}, 1, 0)",
      "regexp_instr('ab12', '[0-9]', 4)", 4),
    F("REGEXP_INSTR", "string, string, bigint, bigint -> bigint", "mc_regexp_instr({0}, {1}, {2}, {3}, 0)",
      "regexp_instr('i love www.taobao.com', 'o[[:alpha:]]{1}', 3, 2)", 14),
    F("REGEXP_INSTR", "string, string, bigint, bigint, bigint -> bigint", "mc_regexp_instr({all})",
      "regexp_instr('i love www.taobao.com', 'o[[:alpha:]]{1}', 3, 2, 1)", 16),
    F("REGEXP_LIKE", "string, string -> boolean", _like, "regexp_like('ab1', '(?<=b)[0-9]')", True),
    F("REGEXP_REPLACE", "string, string, string -> string", _replaced,
      r"regexp_replace('a1b2', '([0-9])', '<\\1>')", "a<1>b<2>", "own", hive=False),
    F("REGEXP_REPLACE", "string, string, string, bigint -> string", "mc_regexp_replace({all})",
      "regexp_replace('a.b.c', '\\\\.', '', 2)", "a.bc", "own", hive=False),
    # With Hive's meaning it is Java's (its manual, "REGEXP_REPLACE").
    F("REGEXP_REPLACE", "string, string, string -> string", "mc_regexp_replace_as_java({all}, 0)",
      "regexp_replace('a1b2', '([0-9])', '<$1>')", "a<1>b<2>", "own", hive=True),
    F("REGEXP_REPLACE", "string, string, string, bigint -> string", "mc_regexp_replace_as_java({all})",
      "regexp_replace('a.b.c', '\\\\.', '', 2)", "a.bc", "own", hive=True),
    F("REGEXP_SUBSTR", "string, string -> string", "mc_regexp_substr({0}, {1}, 1, 1)",
      "regexp_substr('I love aliyun very much', 'a[[:alpha:]]{5}')", "aliyun"),
    F("REGEXP_SUBSTR", "string, string, bigint -> string", "mc_regexp_substr({0}, {1}, {2}, 1)",
      "regexp_substr('ab12', '[0-9]+', 4)", "2"),
    F("REGEXP_SUBSTR", "string, string, bigint, bigint -> string", "mc_regexp_substr({all})",
      "regexp_substr('I have 2 apples and 100 bucks!', '[[:blank:]][[:alnum:]]*', 1, 2)", " 2"),
)  # fmt: skip
