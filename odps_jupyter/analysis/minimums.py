"""What of a text needs a newer Python, as vermin says it."""

from __future__ import annotations

import re

Python = tuple[int, int]

#: A line of vermin: ``L7 C9: 'math.prod' member requires !2, 3.8``.
_LINE = re.compile(r"^L(\d+)(?: C\d+)?: (.+) requires? (\S+), (\S+)$")


class Contradiction(ValueError):
    """Lines of a text need Pythons that have nothing in common."""


def lacking(text: str, python: Python, *, features: tuple[str, ...] = ()) -> list[tuple[int, str]]:
    """The lines of ``text``, from 1, that need something ``python`` lacks, and what that is, in vermin's words.

    Args:
        features: those of vermin that are off unless asked for.

    Raises:
        Contradiction: no Python has all of it.
    """
    import vermin  # a tenth of a second, and most notebooks are judged without

    config = vermin.Config()
    config.set_verbose(3)
    for feature in features:
        config.enable_feature(feature)
    try:
        output = vermin.visit(text, config).output_text()
    except vermin.InvalidVersionException as error:
        raise Contradiction(str(error)) from error
    matches = filter(None, map(_LINE.match, output.splitlines()))
    return [
        (int(line), what)
        for line, what, two, three in (match.groups() for match in matches)
        if _lacks(python, two, three)
    ]


def _lacks(python: Python, two: str, three: str) -> bool:
    needed = two if python[0] == 2 else three
    if needed.startswith("!"):
        return True
    if not re.fullmatch(r"\d+\.\d+", needed):
        return False
    major, minor = needed.split(".")
    return (int(major), int(minor)) > python
