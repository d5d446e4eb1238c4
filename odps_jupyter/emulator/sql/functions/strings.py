"""String functions. Source: MaxCompute's documentation, "String functions"."""

from __future__ import annotations

from collections.abc import Sequence

from odps_jupyter.emulator import types
from odps_jupyter.emulator.sql.typed import Typed

from .bodies import Body, each, invalid
from .encodings import text_of
from .model import ArgumentError, constant_text
from .model import Function as F

_MOST = 2 * 1024 * 1024
#: Bytes of the longest STRING (its manual, "Data type editions").
_LONGEST = 8 * 1024 * 1024


def _chr(code: int) -> str:
    if not 0 <= code <= 128:
        raise invalid("chr", f"{code} is not between 0 and 128")
    return chr(code)


def _repeated(text: str, times: int) -> str:
    if len(text.encode()) * times > _MOST:
        raise invalid("repeat", "the result is longer than 2 MB")
    return text * times


def _split_part(text: str, separator: str, start: int, end: int) -> str:
    if start <= 0 or end < start:
        raise invalid("split_part", f"start {start} must be greater than 0 and not behind end {end}")
    return separator.join(text.split(separator)[start - 1 : end]) if separator else text


def _substring_index(text: str, separator: str, count: int) -> str:
    if not separator or not count:
        return ""
    parts = text.split(separator)
    return separator.join(parts[:count] if count > 0 else parts[count:])


def _initcap(text: str) -> str:
    return " ".join(w[:1].upper() + w[1:].lower() for w in text.split(" "))


def _translate(text: str, old: str, new: str) -> str:
    """A character of ``old`` without a partner in ``new`` is taken out; of equal ones the first counts."""
    table = {c: new[i] if i < len(new) else "" for i, c in reversed(list(enumerate(old)))}
    return "".join(table.get(c, c) for c in text)


_CODES = {c: str(d) for d, letters in enumerate(("BFPV", "CGJKQSXZ", "DT", "L", "MN", "R"), 1) for c in letters}


def _soundex(text: str) -> str | None:
    word = [c for c in text.upper() if c.isalpha()]
    if not text or not word or not all("A" <= c <= "Z" for c in word):
        # Of special characters that it does not know it is NULL (its manual, "SOUNDEX").
        return None if text else ""
    code, last = word[0], _CODES.get(word[0], "")
    for char in word[1:]:
        digit = _CODES.get(char, "")
        if digit and digit != last:
            code += digit
        if char not in "HW":
            last = digit
    return (code + "000")[:4]


def _pad(text: str, width: int, fill: str, left: bool) -> str | None:
    if width <= len(text):
        return text[: max(width, 0)]
    if not fill:
        return text
    if width > _LONGEST:
        raise invalid("lpad" if left else "rpad", "the result is longer than 8 MB")
    space = (fill * (width - len(text)))[: width - len(text)]
    return space + text if left else text + space


def _keyvalue(text: str, pairs: str, pair: str, key: str) -> str | None:
    for part in text.split(pairs) if pairs else [text]:
        name, found, value = part.partition(pair) if pair else (part, "", "")
        if found and name == key:
            return value
    return None


def _substring_of_bytes(data: bytes, start: int, length: int | None = None) -> str:
    if length is not None and length <= 0:
        raise invalid("substring", "length must be greater than 0")
    if start == 0 or start < -len(data):
        return ""
    first = start - 1 if start > 0 else len(data) + start
    return text_of(data[first : None if length is None else first + length])


PYTHON: dict[str, Body] = {
    "mc_chr": each(_chr, types.STRING),
    "mc_repeat": each(_repeated, types.STRING),
    "mc_split_part": each(_split_part, types.STRING),
    "mc_substring_of_bytes": each(_substring_of_bytes, types.STRING),
    "mc_substring_index": each(_substring_index, types.STRING),
    "mc_initcap": each(_initcap, types.STRING),
    "mc_translate": each(_translate, types.STRING),
    "mc_soundex": each(_soundex, types.STRING),
    "mc_lpad": each(lambda t, n, f: _pad(t, n, f, True), types.STRING),
    "mc_rpad": each(lambda t, n, f: _pad(t, n, f, False), types.STRING),
    "mc_keyvalue": each(_keyvalue, types.STRING),
    "mc_char_matchcount": each(lambda a, b: sum(c in b for c in a), types.BIGINT),
}


def _of_bytes(arguments: Sequence[Typed]) -> str:
    return f"mc_substring_of_bytes({', '.join(a.sql for a in arguments)})"


def _of_hives_bytes(arguments: Sequence[Typed]) -> str:
    raise ArgumentError("SUBSTRING of binary: what it is with Hive's meaning is not documented")


def _parts(arguments: Sequence[Typed]) -> str:
    """All but the text must be written in the statement (its manual, "SPLIT_PART")."""
    constant_text(arguments[1], "the separator of SPLIT_PART")
    for value, word in zip(arguments[2:], ("start", "end"), strict=False):
        if not value.is_constant:
            raise ArgumentError(f"the {word} of SPLIT_PART must be a constant")
    texts = [a.sql for a in arguments]
    return f"mc_split_part({', '.join([*texts, texts[2]][:4])})"


def _concat(arguments: Sequence[Typed]) -> str:
    return "(" + " || ".join(a.sql for a in arguments) + ")"


STRINGS = (
    F("ASCII", "string -> bigint", "CAST(ascii({0}) AS BIGINT)", "ascii('abc')", 97),
    F("CHAR_LENGTH", "string -> bigint", "length({0})", "char_length('中文a')", 3),
    F("CHAR_MATCHCOUNT", "string, string -> bigint", "mc_char_matchcount({0}, {1})", "char_matchcount('aabc', 'abcde')",
      4),
    F("CHR", "bigint -> string", "mc_chr({0})", "chr(97)", "a", lax=True),
    F("CONCAT", "array<T>... -> array<T>", lambda a: "list_concat(" + ", ".join(x.sql for x in a) + ")",
      "concat(array(10, 20), array(20, null))", [10, 20, 20, None], "guard"),
    F("CONCAT", "string... -> string", _concat, "concat('a', 1, 'b')", "a1b"),
    F("CONCAT_WS", "string, array<string> -> string", "array_to_string({1}, {0})",
      "concat_ws('-', array('a', 'b'))", "a-b", "guard"),
    # Any NULL makes it NULL (its manual, "CONCAT_WS").
    F("CONCAT_WS", "string, string... -> string", "concat_ws({all})", "concat_ws(',', 'a', 1, 'b')", "a,1,b", "guard",
      hive=False),
    F("CONCAT_WS", "string, string... -> string", "concat_ws({all})", "concat_ws(',', 'a', null, 'b')", "a,b", "own",
      hive=True),
    F("ENDSWITH", "string, string -> boolean", "ends_with({0}, {1})", "endswith('abc', 'bc')", True),
    F("ENDS_WITH", "string, string -> boolean", "ends_with({0}, {1})", "ends_with('abc', 'bc')", True),
    # An empty text is in no set, but for Hive (its manual, "Data type editions").
    F("FIND_IN_SET", "string, string -> bigint", "mc_find_in_set({0}, {1}, ',')", "find_in_set('b', 'a,b,c')", 2,
      "guard"),
    F("FIND_IN_SET", "string, string, string -> bigint", "mc_find_in_set({0}, {1}, {2})",
      "find_in_set('b', 'a;b;c', ';')", 2, "guard"),
    F("INITCAP", "string -> string", "mc_initcap({0})", "initcap('hello woRLD')", "Hello World"),
    F("INSTR", "string, string -> bigint", "strpos({0}, {1})", "instr('hello', 'l')", 3),
    F("INSTR", "string, string, bigint -> bigint", "mc_instr({0}, {1}, {2}, 1)", "instr('hello', 'l', 4)", 4),
    F("INSTR", "string, string, bigint, bigint -> bigint", "mc_instr({0}, {1}, {2}, {3})",
      "instr('Tech on the net', 'e', -1, 1)", 0),
    F("KEYVALUE", "string, string -> string", "mc_keyvalue({0}, ';', ':', {1})", "keyvalue('0:1;1:2', 1)", "2"),
    F("KEYVALUE", "string, string, string, string -> string", "mc_keyvalue({all})",
      "keyvalue('a=1,b=2', ',', '=', 'a')", "1"),
    F("LEFT", "string, bigint -> string", "left({0}, CASE WHEN {1} < 0 THEN 0 ELSE {1} END)", "left('abc', 2)", "ab"),
    F("LENGTH", "binary -> bigint", "CAST(octet_length({0}) AS BIGINT)", "length(cast('中' as binary))", 3),
    F("LENGTH", "string -> bigint", "length({0})", "length('中文a')", 3),
    F("LENGTHB", "string -> bigint", "CAST(octet_length(encode({0})) AS BIGINT)", "lengthb('中文a')", 7),
    F("LOCATE", "string, string -> bigint", "strpos({1}, {0})", "locate('l', 'hello')", 3),
    # A start that is NULL makes it 0 (its manual, "LOCATE").
    F("LOCATE", "string, string, bigint -> bigint",
      "CASE WHEN {0} IS NOT NULL AND {1} IS NOT NULL AND {2} IS NULL THEN 0 ELSE mc_instr({1}, {0}, {2}, 1) END",
      "locate('l', 'hello', 4)", 4, "own"),
    F("LOWER", "string -> string", "lower({0})", "lower('AbC')", "abc"),
    F("LPAD", "string, bigint, string -> string", "mc_lpad({0}, {1}, {2})", "lpad('abcdefgh', 10, '12')", "12abcdefgh"),
    F("LTRIM", "string -> string", "ltrim({0})", "ltrim('  a ')", "a "),
    F("LTRIM", "string, string -> string", "ltrim({0}, {1})", "ltrim('yxTxyomxx', 'xy')", "Txyomxx"),
    F("REPEAT", "string, bigint -> string", "mc_repeat({0}, {1})", "repeat('ab', 2)", "abab"),
    F("REPLACE", "string, string, string -> string", "replace({0}, {1}, {2})", "replace('ababab', 'abab', '12')",
      "12ab"),
    F("REVERSE", "array<T> -> array<T>", "list_reverse({0})", "reverse(array(1, 2))", [2, 1]),
    F("REVERSE", "string -> string", "reverse({0})", "reverse('abc')", "cba"),
    F("RIGHT", "string, bigint -> string", "right({0}, CASE WHEN {1} < 0 THEN 0 ELSE {1} END)", "right('abc', 2)",
      "bc"),
    F("RPAD", "string, bigint, string -> string", "mc_rpad({0}, {1}, {2})", "rpad('abcdefgh', 10, '12')", "abcdefgh12"),
    F("RTRIM", "string -> string", "rtrim({0})", "rtrim(' a  ')", " a"),
    F("RTRIM", "string, string -> string", "rtrim({0}, {1})", "rtrim('ayxx', 'xy')", "a"),
    F("SOUNDEX", "string -> string", "mc_soundex({0})", "soundex('hello')", "H400"),
    F("SPACE", "bigint -> string", "mc_repeat(' ', {0})", "space(2)", "  "),
    F("SPLIT_PART", "string, string, bigint -> string", _parts, "split_part('a,b,c', ',', 2)", "b", "own"),
    F("SPLIT_PART", "string, string, bigint, bigint -> string", _parts, "split_part('a,b,c,d', ',', 1, 2)", "a,b",
      "own"),
    F("STARTSWITH", "string, string -> boolean", "starts_with({0}, {1})", "startswith('abc', 'ab')", True),
    F("STARTS_WITH", "string, string -> boolean", "starts_with({0}, {1})", "starts_with('abc', 'ab')", True),
    # From place 0 on there is nothing, but for Hive (its manual, "SUBSTR").
    F("SUBSTR", "string, bigint -> string", "mc_substr({0}, mc_place({1}))", "substr('hello', 3)", "llo"),
    F("SUBSTR", "string, bigint, bigint -> string", "mc_substr_len({0}, mc_place({1}), {2})", "substr('hello', -3, 2)",
      "ll"),
    F("SUBSTRING", "string, bigint -> string", "mc_substr({0}, mc_place({1}))", "substring('hello', 3)", "llo"),
    F("SUBSTRING", "string, bigint, bigint -> string", "mc_substr_len({0}, mc_place({1}), mc_some({2}))",
      "substring('hello', 2, 2)", "el"),
    F("SUBSTRING", "binary, bigint -> string", _of_bytes, "substring(unhex('616263'), 2)", "bc", hive=False),
    F("SUBSTRING", "binary, bigint, bigint -> string", _of_bytes, "substring(unhex('616263'), -2, 1)", "b", hive=False),
    F("SUBSTRING", "binary, bigint -> string", _of_hives_bytes, "substring(cast(null as string), 1)", None, "own",
      hive=True),
    F("SUBSTRING", "binary, bigint, bigint -> string", _of_hives_bytes, "substring(cast(null as string), 1, 1)", None,
      "own", hive=True),
    F("SUBSTRING_INDEX", "string, string, bigint -> string", "mc_substring_index({all})",
      "substring_index('https://help.aliyun.com', '.', -2)", "aliyun.com"),
    F("TOLOWER", "string -> string", "lower({0})", "tolower('AbC')", "abc"),
    F("TOUPPER", "string -> string", "upper({0})", "toupper('AbC')", "ABC"),
    F("TRANSLATE", "string, string, string -> string", "mc_translate({0}, {1}, {2})",
      "translate('ababab', 'abab', 'cdefg')", "cdcdcd"),
    F("TRIM", "string -> string", "trim({0})", "trim('  a ')", "a"),
    F("TRIM", "string, string -> string", "trim({0}, {1})", "trim('yxTxyomxx', 'xy')", "Txyom"),
    F("UPPER", "string -> string", "upper({0})", "upper('AbC')", "ABC"),
)  # fmt: skip
