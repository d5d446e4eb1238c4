"""String functions. Source: MaxCompute's documentation, "String functions"."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from odps_jupyter.emulator.sql.typed import Typed

from .model import Function as F
from .patterns import java_pattern


def _regex(template: str) -> Callable[..., str]:
    def build(arguments: Sequence[Typed]) -> str:
        patterns = [java_pattern(a) if i == 1 else a.sql for i, a in enumerate(arguments)]
        return template.format(*patterns)

    return build


STRINGS = (
    F("ASCII", "string -> bigint", "CAST(ascii({0}) AS BIGINT)", "ascii('abc')", 97),
    F("CHR", "bigint -> string", "chr(CAST({0} AS INTEGER))", "chr(97)", "a"),
    F("CONCAT", "string... -> string", lambda a: "(" + " || ".join(x.sql for x in a) + ")", "concat('a', 1, 'b')",
      "a1b"),
    F("CONCAT_WS", "string, string... -> string", "concat_ws({all})", "concat_ws(',', 'a', null, 'b')", "a,b", "own"),
    F("CONCAT_WS", "string, array<string> -> string", "array_to_string({1}, {0})",
      "concat_ws('-', array('a', 'b'))", "a-b", "guard"),
    F("CHAR_LENGTH", "string -> bigint", "length({0})", "char_length('中文a')", 3),
    F("ENDSWITH", "string, string -> boolean", "ends_with({0}, {1})", "endswith('abc', 'bc')", True),
    F("FIND_IN_SET", "string, string -> bigint",
      "CAST(coalesce(list_position(string_split({1}, ','), {0}), 0) AS BIGINT)",
      "find_in_set('b', 'a,b,c')", 2, "own"),
    F("INITCAP", "string -> string",
      "array_to_string(list_transform(string_split({0}, ' '),"
      " lambda w: upper(substring(w, 1, 1)) || lower(substring(w, 2))), ' ')", "initcap('hello woRLD')", "Hello World"),
    F("INSTR", "string, string -> bigint", "strpos({0}, {1})", "instr('hello', 'l')", 3),
    F("INSTR", "string, string, bigint -> bigint", "mc_instr({0}, {1}, {2}, 1)", "instr('hello', 'l', 4)", 4),
    F("INSTR", "string, string, bigint, bigint -> bigint", "mc_instr({0}, {1}, {2}, {3})", "instr('hello', 'l', 1, 2)",
      4),
    F("LENGTH", "string -> bigint", "length({0})", "length('中文a')", 3),
    F("LENGTHB", "string -> bigint", "CAST(octet_length(encode({0})) AS BIGINT)", "lengthb('中文a')", 7),
    F("LOCATE", "string, string -> bigint", "strpos({1}, {0})", "locate('l', 'hello')", 3),
    F("LOCATE", "string, string, bigint -> bigint", "mc_instr({1}, {0}, {2}, 1)", "locate('l', 'hello', 4)", 4),
    F("LOWER", "string -> string", "lower({0})", "lower('AbC')", "abc"),
    F("LPAD", "string, bigint, string -> string", "lpad({0}, CAST({1} AS INTEGER), {2})", "lpad('7', 3, '0')", "007"),
    F("RPAD", "string, bigint, string -> string", "rpad({0}, CAST({1} AS INTEGER), {2})", "rpad('7', 3, '0')", "700"),
    F("LEFT", "string, bigint -> string", "left({0}, {1})", "left('abc', 2)", "ab"),
    F("RIGHT", "string, bigint -> string", "right({0}, {1})", "right('abc', 2)", "bc"),
    F("LTRIM", "string -> string", "ltrim({0})", "ltrim('  a ')", "a "),
    F("LTRIM", "string, string -> string", "ltrim({0}, {1})", "ltrim('xxay', 'x')", "ay"),
    F("RTRIM", "string -> string", "rtrim({0})", "rtrim(' a  ')", " a"),
    F("RTRIM", "string, string -> string", "rtrim({0}, {1})", "rtrim('ayxx', 'x')", "ay"),
    F("TRIM", "string -> string", "trim({0})", "trim('  a ')", "a"),
    F("TRIM", "string, string -> string", "trim({0}, {1})", "trim('xxaxx', 'x')", "a"),
    F("MD5", "string -> string", "md5({0})", "md5('a')", "0cc175b9c0f1b6a831c399e269772661"),
    F("SHA1", "string -> string", "sha1({0})", "sha1('a')", "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"),
    F("SHA2", "string, bigint -> string", "CASE WHEN {1} IN (0, 256) THEN sha256({0}) END", "length(sha2('a', 256))",
      64),
    F("REGEXP_COUNT", "string, string -> bigint", _regex("CAST(len(regexp_extract_all({0}, {1})) AS BIGINT)"),
      "regexp_count('a1b22', '[0-9]+')", 2),
    F("REGEXP_EXTRACT", "string, string -> string",
      _regex("CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}, 1) END"),
      r"regexp_extract('ab12', '([a-z]+)(\\d+)')", "ab"),
    F("REGEXP_EXTRACT", "string, string, bigint -> string",
      _regex("CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}, CAST({2} AS INTEGER)) END"),
      r"regexp_extract('ab12', '([a-z]+)(\\d+)', 2)", "12", "guard"),
    F("REGEXP_INSTR", "string, string -> bigint", _regex(
      "CASE WHEN regexp_matches({0}, {1}) THEN strpos({0}, regexp_extract({0}, {1}, 0)) WHEN {0} IS NOT NULL"
      " AND {1} IS NOT NULL THEN 0 END"), "regexp_instr('ab12', '[0-9]')", 3),
    F("REGEXP_LIKE", "string, string -> boolean", _regex("regexp_matches({0}, {1})"), "regexp_like('ab1', '[0-9]')",
      True),
    F("REGEXP_REPLACE", "string, string, string -> string", _regex("regexp_replace({0}, {1}, {2}, 'g')"),
      r"regexp_replace('a1b2', '([0-9])', '<\\1>')", "a<1>b<2>"),
    F("REGEXP_SUBSTR", "string, string -> string",
      _regex("CASE WHEN regexp_matches({0}, {1}) THEN regexp_extract({0}, {1}, 0) END"),
      "regexp_substr('ab12', '[0-9]+')", "12"),
    F("REPEAT", "string, bigint -> string", "repeat({0}, {1})", "repeat('ab', 2)", "abab"),
    F("REPLACE", "string, string, string -> string", "replace({0}, {1}, {2})", "replace('aba', 'a', 'c')", "cbc"),
    F("REVERSE", "string -> string", "reverse({0})", "reverse('abc')", "cba"),
    F("SPACE", "bigint -> string", "repeat(' ', {0})", "space(2)", "  "),
    F("SPLIT", "string, string -> array<string>", _regex("string_split_regex({0}, {1})"),
      "split('a,b', ',')", ["a", "b"]),
    F("SPLIT_PART", "string, string, bigint -> string", "split_part({0}, {1}, {2})", "split_part('a,b,c', ',', 2)",
      "b"),
    F("STARTSWITH", "string, string -> boolean", "starts_with({0}, {1})", "startswith('abc', 'ab')", True),
    F("SUBSTR", "string, bigint -> string", "mc_substr({0}, {1})", "substr('hello', 3)", "llo"),
    F("SUBSTR", "string, bigint, bigint -> string", "mc_substr_len({0}, {1}, {2})", "substr('hello', -3, 2)", "ll"),
    F("SUBSTRING", "string, bigint -> string", "mc_substr({0}, {1})", "substring('hello', 3)", "llo"),
    F("SUBSTRING", "string, bigint, bigint -> string", "mc_substr_len({0}, {1}, {2})", "substring('hello', 2, 2)",
      "el"),
    F("SUBSTRING_INDEX", "string, string, bigint -> string",
      "array_to_string(CASE WHEN {2} >= 0 THEN list_slice(string_split({0}, {1}), 1, {2})"
      " ELSE list_slice(string_split({0}, {1}), {2}, NULL) END, {1})", "substring_index('a.b.c', '.', 2)", "a.b",
      "guard"),
    F("TOLOWER", "string -> string", "lower({0})", "tolower('AbC')", "abc"),
    F("TOUPPER", "string -> string", "upper({0})", "toupper('AbC')", "ABC"),
    F("TRANSLATE", "string, string, string -> string", "translate({0}, {1}, {2})", "translate('abc', 'ab', 'xy')",
      "xyc"),
    F("UPPER", "string -> string", "upper({0})", "upper('AbC')", "ABC"),
    F("URL_ENCODE", "string -> string", "replace(url_encode({0}), '%20', '+')", "url_encode('a b&')", "a+b%26"),
    F("URL_DECODE", "string -> string", "url_decode(replace({0}, '+', ' '))", "url_decode('a+b%26')", "a b&"),
    F("BASE64", "binary -> string", "base64({0})", "base64(cast('abc' as binary))", "YWJj"),
    F("UNBASE64", "string -> binary", "from_base64({0})", "unbase64('YWJj')", b"abc"),
    F("KEYVALUE", "string, string -> string", "map_extract_value(mc_str_to_map({0}, ';', ':'), {1})",
      "keyvalue('a:1;b:2', 'b')", "2"),
    F("KEYVALUE", "string, string, string, string -> string",
      "map_extract_value(mc_str_to_map({0}, {1}, {2}), {3})", "keyvalue('a=1,b=2', ',', '=', 'a')", "1", "guard"),
    F("STR_TO_MAP", "string -> map<string,string>", "mc_str_to_map({0}, ',', '=')", "str_to_map('a=1,b=2')",
      [("a", "1"), ("b", "2")]),
    F("STR_TO_MAP", "string, string, string -> map<string,string>", "mc_str_to_map({0}, {1}, {2})",
      "str_to_map('a:1;b:2', ';', ':')", [("a", "1"), ("b", "2")], "guard"),
    F("GET_JSON_OBJECT", "string, string -> string", "json_extract_string({0}, {1})",
      """get_json_object('{"a": {"b": 1}}', '$.a.b')""", "1"),
)  # fmt: skip
