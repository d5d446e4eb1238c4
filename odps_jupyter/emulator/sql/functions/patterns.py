r"""Regular expressions of MaxCompute, and with Hive's meaning those of Java, as the ``regex`` library writes them.

MaxCompute's are Perl's as PCRE reads them, by character (its manual, "RLIKE"): ``\d``, ``\w``, ``\s``, ``\b`` and the
POSIX classes know ASCII, ``\p{...}`` and ``(?i)`` all characters. What means something else to the library, or is not
certain to mean the same, is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

import regex

from .characters import HORIZONTAL, LAST, POSIX, SETS, SPACE, VERTICAL, Ranges, escaped, inverse, items

_NOT_JAVAS = ("ascii", "word", "xdigit")
_CHARACTERS = {"n": 10, "r": 13, "t": 9, "f": 12, "a": 7, "e": 27}
_CATEGORY = re.compile(r"C[cfnos]?|L[lmotu&]?|M[cen]?|N[dlo]?|P[cdefios]?|S[ckmo]?|Z[lps]?")
_WORD_SIGN = "[0-9A-Z_a-z]"
_BOUND = {
    "b": f"(?:(?<={_WORD_SIGN})(?!{_WORD_SIGN})|(?<!{_WORD_SIGN})(?={_WORD_SIGN}))",
    "B": f"(?:(?<={_WORD_SIGN})(?={_WORD_SIGN})|(?<!{_WORD_SIGN})(?!{_WORD_SIGN}))",
}
_JAVAS_DOT = "[^\\n\\r\\x85\\u2028\\u2029]"
_JAVAS_END = "(?=(?:\\r\\n|(?<!\\r)\\n|[\\r\\x85\\u2028\\u2029])?\\Z)"
_LINE = "(?>\\r\\n|[\\n-\\r\\x85\\u2028\\u2029])"
_QUANTIFIER = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
# Three ways to write the code in base 16, two in base 8.
_NUMBER = re.compile(r"x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{0,2})|(?!)()|o\{([0-7]+)\}|(0[0-7]{0,2})")
_JAVAS_NUMBER = re.compile(r"x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(?!)()|0([0-3]?[0-7]{1,2})")
_REFERENCE = re.compile(r"k(?:<(\w+)>|'(\w+)'|\{(\w+)\})|g(?:\{(-?\w+)\}|([0-9]))|([1-9](?![0-9]))")
_PROPERTY = re.compile(r"[pP](?:\{(\^?)([^}]*)\}|([A-Z]))")
_OPENING = re.compile(r"\(\?(?:([:=!>|]|<[=!])|(?:P?<|')([A-Za-z_]\w*)[>']|(P=\w+\))|(\((?:[0-9]+|<\w+>)\)))")
_FLAGS = re.compile(r"\(\?([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)])")


class PatternError(ValueError):
    """What a pattern has in it that cannot be matched here; the text names it."""


def compiled(pattern: str, *, java: bool = False) -> regex.Pattern[str]:
    """The pattern, ready to match.

    Raises:
        PatternError: it is no regular expression, or has in it what is not supported.
    """
    reader = _Reader(pattern, java)
    text = reader.read()
    try:
        return regex.compile(text, (regex.UNICODE if reader.wide else regex.ASCII) | regex.VERSION0)
    except (regex.error, OverflowError) as error:
        raise PatternError(f"{pattern!r} is not a regular expression: {error}") from error


@dataclass
class _Level:
    """A group that is open.

    Attributes:
        is_empty: whether nothing stands in it yet.
        closing: how many groups that the pattern does not have are closed with it.
        ends_at_bar: whether no alternative may follow, because one of those would have to begin in each.
        spaced, dotall: whether white space is left out, and whether a dot is any character.
        behind: whether what is in it has been passed, and must have one length.
    """

    is_empty: bool = True
    closing: int = 0
    ends_at_bar: bool = False
    spaced: bool = False
    dotall: bool = False
    behind: bool = False


@dataclass
class _Reader:
    pattern: str
    java: bool
    at: int = 0
    groups: int = 0
    levels: list[_Level] = field(default_factory=lambda: [_Level()])

    @cached_property
    def caseless(self) -> bool:
        """Whether there may be an option that lets cases be equal."""
        return re.search(r"\(\?[a-z]*i", self.pattern) is not None

    @cached_property
    def wide(self) -> bool:
        """Whether characters beyond ASCII have cases and properties."""
        return re.search(r"\\[pP]", self.pattern) is not None or (self.caseless and not self.java)

    def read(self) -> str:
        if self.java and self.wide and self.caseless:
            raise self._refused("(?i) beside \\p")
        made = []
        while self.at < len(self.pattern):
            sign = self.pattern[self.at]
            made.append(self._one(sign))
            if sign != "(":
                self.levels[-1].is_empty = False
        if len(self.levels) > 1:
            raise PatternError(f"{self.pattern!r} is not a regular expression: a group is not closed")
        return "".join(made) + ")" * self.levels[0].closing

    def _refused(self, what: str) -> PatternError:
        return PatternError(f"{what} in {self.pattern!r} is not supported")

    def _match(self, form: re.Pattern[str]) -> re.Match[str] | None:
        found = form.match(self.pattern, self.at)
        self.at = found.end() if found else self.at
        return found

    def _one(self, sign: str) -> str:
        level = self.levels[-1]
        if sign == "\\":
            self.at += 1
            return self._escape()
        if sign == "[":
            return self._brackets()
        if sign == "(":
            return self._group()
        if sign == "{":
            found = self._match(_QUANTIFIER)
            if found:
                if level.behind and "," in found[0]:
                    raise self._refused("a look behind of no certain length")
                return found[0]
        self.at += 1
        if level.behind and sign in "*+?":
            raise self._refused("a look behind of no certain length")
        if level.spaced and (sign.isspace() or sign == "#"):
            if sign == "#":
                end = self.pattern.find("\n", self.at)
                self.at = len(self.pattern) if end < 0 else end + 1
            return ""
        if sign == ")":
            if len(self.levels) == 1:
                raise PatternError(f"{self.pattern!r} is not a regular expression: a group is not open")
            return ")" * (self.levels.pop().closing + 1)
        if sign == "|" and level.ends_at_bar:
            raise self._refused("an option behind which alternatives follow")
        if self.java and sign == "." and not level.dotall:
            return _JAVAS_DOT
        if self.java and sign == "$":
            return _JAVAS_END
        return sign if sign in "|.*+?^$" else re.escape(sign)

    def _escape(self) -> str:
        sign = self.pattern[self.at : self.at + 1]
        if not sign:
            raise PatternError(f"{self.pattern!r} is not a regular expression: it ends with a backslash")
        if sign == "Q":
            return self._quoted()
        found = self._match(_REFERENCE)
        if found:
            return self._reference(found)
        same = self._character()
        if same is not None:
            return escaped(same)
        if sign in "pP":
            return self._property()
        self.at += 1
        if sign.lower() in SETS:
            if not self.wide and sign in "dDwWsS":
                return f"\\{sign}"
            text = f"[{'^' if sign.isupper() else ''}{items(SETS[sign.lower()])}]"
            return f"(?-i:{text})" if self.caseless else text
        if sign in _BOUND:
            return f"(?-i:{_BOUND[sign]})" if self.wide else f"\\{sign}"
        end = _JAVAS_END if self.java else "(?=\\n?\\Z)"
        others = {"A": "\\A", "z": "\\Z", "Z": end, "R": _LINE, "E": "", "G": "\\G"}
        if not self.java:
            others |= {"N": "[^\\n]", "K": "\\K"}
        if sign in others and not (sign == "N" and self.pattern[self.at : self.at + 1] == "{"):
            return others[sign]
        if sign.isalnum():
            raise self._unknown(sign)
        return re.escape(sign)

    def _unknown(self, sign: str) -> PatternError:
        """What a backslash and a letter or digit, which has been read, do not mean."""
        if sign.isdecimal():
            sign = re.compile("[0-9]+").match(self.pattern, self.at - 1)[0]  # type: ignore[index]
        return self._refused(f"\\{sign}" + (" (\\x{4e00} is a character by its number)" if sign == "u" else ""))

    def _quoted(self) -> str:
        end = self.pattern.find("\\E", self.at)
        text = self.pattern[self.at + 1 : end if end >= 0 else None]
        self.at = len(self.pattern) if end < 0 else end + 2
        return re.escape(text)

    def _character(self) -> int | None:
        """The code of a character that is written as one, as ``\\n`` or ``\\x{4e00}``."""
        sign = self.pattern[self.at]
        if sign in _CHARACTERS:
            self.at += 1
            return _CHARACTERS[sign]
        if sign == "c" and self.at + 1 < len(self.pattern):
            self.at += 2
            return ord(self.pattern[self.at - 1].upper() if not self.java else self.pattern[self.at - 1]) ^ 64
        found = self._match(_JAVAS_NUMBER if self.java else _NUMBER)
        if found is None:
            return None
        octal = found[4] or found[5]
        code = int(octal, 8) if octal else int(found[1] or found[2] or found[3] or "0", 16)
        if code > LAST or 0xD800 <= code <= 0xDFFF:
            raise self._refused(f"\\{found[0]}")
        return code

    def _reference(self, found: re.Match[str]) -> str:
        name = next(part for part in found.groups() if part is not None)
        if self.java and not (found[1] or found[6]):
            raise self._refused(f"\\{found[0]}")
        if name.startswith("-"):
            name = str(self.groups + 1 + int(name))
        return f"\\g<{name}>" if name.isdecimal() else f"(?P={name})"

    def _property(self) -> str:
        capital = self.pattern[self.at] == "P"
        found = self._match(_PROPERTY)
        if found is None:
            raise self._refused(f"\\{self.pattern[self.at]}")
        name = found[2] if found[3] is None else found[3]
        negated = capital != bool(found[1])
        if self.java:
            known = {"XDigit": "xdigit", "ASCII": "ascii"} | {k.capitalize(): k for k in POSIX if k not in _NOT_JAVAS}
            if name in known:
                return f"[{'^' if negated else ''}{items(POSIX[known[name]])}]"
            name = name.removeprefix("Is")
        kind = "gc" if _CATEGORY.fullmatch(name) else "script"
        text = f"\\{'P' if negated else 'p'}{{{kind}={name}}}"
        try:
            regex.compile(text)
        except regex.error:
            raise self._refused(f"\\{found[0]}") from None
        return text

    def _group(self) -> str:
        start = self.at
        before = self.levels[-1]
        if self.pattern.startswith("(*", start):
            raise self._refused("(*")
        if self.pattern.startswith("(?#", start) and not self.java:
            end = self.pattern.find(")", start)
            self.at = len(self.pattern) if end < 0 else end + 1
            return ""
        flags = self._match(_FLAGS) if self.pattern[start + 1 : start + 2] == "?" else None
        if flags:
            return self._options(flags, before)
        before.is_empty = False
        if not self.pattern.startswith("(?", start):
            self.at += 1
            self.groups += 1
            self.levels.append(_Level(spaced=before.spaced, dotall=before.dotall, behind=before.behind))
            return "("
        found = self._match(_OPENING)
        if found is None or (self.java and (found[1] == "|" or found[3] or found[4] or found[0][2] in "P'")):
            raise self._refused(self.pattern[start : start + 3])
        if found[3]:
            return found[0]
        behind = before.behind or (found[1] or "").startswith("<")
        self.levels.append(_Level(spaced=before.spaced, dotall=before.dotall, behind=behind))
        if found[2]:
            self.groups += 1
            return f"(?P<{found[2]}>"
        return found[0].replace("<", "").replace(">", "") if found[4] else found[0]

    def _options(self, found: re.Match[str], level: _Level) -> str:
        on, off = found[1], found[2] or ""
        if set(on + off) - set("is" if self.java else "imsx"):
            raise self._refused(found[0])
        # White space is left out here, for what is in a comment is no pattern.
        spaced = (level.spaced or "x" in on) and "x" not in off
        dotall = (level.dotall or "s" in on) and "s" not in off
        rest = on.replace("x", "") + ("-" + off.replace("x", "") if off.replace("x", "") else "")
        text = f"(?{rest}:"
        if found[3] == ":":
            level.is_empty = False
            self.levels.append(_Level(spaced=spaced, dotall=dotall, behind=level.behind))
            return text
        # To the end of the group: with all alternatives, or else there may be none.
        level.ends_at_bar = level.ends_at_bar or not level.is_empty
        level.spaced, level.dotall = spaced, dotall
        level.closing += 1
        return text

    def _brackets(self) -> str:
        self.at += 1
        made = ["["]
        if self.pattern.startswith("^", self.at):
            self.at += 1
            made.append("^")
        first = True
        while True:
            sign = self.pattern[self.at : self.at + 1]
            if not sign:
                raise PatternError(f"{self.pattern!r} is not a regular expression: brackets are not closed")
            if sign == "]" and not (first and not self.java):
                self.at += 1
                return "".join(made) + "]"
            first = False
            made.append(self._inside(sign))

    def _inside(self, sign: str) -> str:
        if self.java and (sign == "[" or self.pattern.startswith("&&", self.at)):
            raise self._refused("a class of characters inside another")
        posix = re.compile(r"\[([:.=])(\^?)(\w*)\1\]").match(self.pattern, self.at)
        if posix:
            if posix[3] not in POSIX or posix[1] != ":":
                raise self._refused(posix[0])
            self.at = posix.end()
            return self._set(POSIX[posix[3]], posix[0], negated=bool(posix[2]))
        self.at += 1
        if sign != "\\":
            return sign if sign == "-" else re.escape(sign) if sign.isascii() else sign
        letter = self.pattern[self.at : self.at + 1]
        if letter == "Q":
            return self._quoted()
        if letter == "b":
            self.at += 1
            return "\\x08"
        code = self._character() if letter else None
        if code is not None:
            return escaped(code)
        if letter in ("p", "P"):
            text = self._property()
            if text.startswith("[^"):
                raise self._refused("a negated class of characters inside another")
            return text[1:-1] if text.startswith("[") else text
        self.at += 1
        if letter and letter.lower() in SETS:
            return self._set(SETS[letter.lower()], f"\\{letter}", negated=letter.isupper())
        if not letter or letter.isalnum():
            raise self._unknown(letter)
        return re.escape(letter)

    def _set(self, ranges: Ranges, written: str, *, negated: bool) -> str:
        if negated and self.caseless and ranges not in (SETS["d"], SPACE, HORIZONTAL, VERTICAL):
            # What is left beyond ASCII has letters that are s and k in the other case.
            raise self._refused(f"{written} in brackets beside (?i)")
        return items(inverse(ranges) if negated else ranges)
