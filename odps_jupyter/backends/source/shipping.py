"""A generated UDF with its functions as source."""

from __future__ import annotations

import re
import sys
from functools import lru_cache
from types import CodeType

from odps.lib import cloudpickle

from odps_jupyter.analysis.minimums import Python
from odps_jupyter.backends.generated import in_pickles
from odps_jupyter.backends.payload import Locate
from odps_jupyter.backends.pickled import Node, Unreadable
from odps_jupyter.errors import UserError

from .codes import HOLDS_CODE, code_in, code_of
from .defaults import keyword_defaults
from .older import in_older_words, stand_ins
from .stream import Stream
from .syntax import newer_syntax
from .writing import NoSource, OtherSource, Source, source_of

#: What a generated text says of the Python whose bytecode is in it.
_CLIENT = re.compile(r"impl=\(\d+, \d+, \"(\w+)\"\)")
#: The name of a cell's file holds a hash of the cell, so that its source does not change; IPython keeps it by
#: ``str.splitlines``, and line feeds stand there for all that ends a line (``CachingCompiler.cache``).
_NOT_AS_KEPT = (
    "is not what IPython kept of its cell, which has a line feed in the place of each form feed and of what else "
    "ends lines (\\v, \\x1c to \\x1e, \\x85, \\u2028, \\u2029), or something rewrote the cell's code"
)
_TAKE_OUT = "Take such characters out of the cell, in texts write them as escapes, and run it again."


class CannotShip(UserError):
    """A function that cannot travel as source; nothing was sent of it."""


def as_source(text: str, executor: Python, locate: Locate) -> str:
    """A text that PyODPS generated, for an executor of the Python ``executor``: no bytecode is left in it.

    Raises:
        CannotShip: a function in it has no source, or source that the executor cannot read.
    """
    written = in_pickles(text, lambda pickled: pickle_as_source(pickled, executor, locate))
    return _CLIENT.sub(lambda found: f'impl=({executor[0]}, {executor[1]}, "{found[1]}")', written)


def pickle_as_source(pickled: bytes, executor: Python, locate: Locate) -> bytes:
    """One pickle of PyODPS's with its functions as source.

    Raises:
        CannotShip: as in :func:`as_source`.
    """
    return _Shipping(executor, locate).one(pickled) if HOLDS_CODE in pickled else pickled


class _Shipping:
    def __init__(self, executor: Python, locate: Locate) -> None:
        self._executor = executor
        self._locate = locate

    def one(self, pickled: bytes) -> bytes:
        """One pickle with its functions as source."""
        try:
            return Stream(self._source, self._keywords, stand_ins(self._executor)).rewrite(pickled)
        except Unreadable as error:
            raise CannotShip(
                f"A function cannot travel as source: {error}. Nothing was submitted.",
                hint="Hand over less with it: read what is large on the executor, from a resource.",
            ) from error

    def _source(self, node: Node) -> Source:
        code = code_of(node)
        try:
            source = source_of(code)
            newer = _newer(source.before + source.text + source.after, self._executor)
        except OtherSource as why:
            told = (str(why), why.hint) if self._locate(code.co_filename) is None else (_NOT_AS_KEPT, _TAKE_OUT)
            raise self._refusal(code, *told) from why
        except NoSource as why:
            raise self._refusal(code, str(why), why.hint) from why
        except RecursionError as error:
            clause = "holds an expression nested too deeply to be looked through"
            raise self._refusal(code, clause, "Split the expression into several.") from error
        older = None if newer is None else in_older_words(code)
        if older is not None:
            return older
        if newer is not None:
            line, what = newer
            written = ".".join(map(str, self._executor))
            raise self._refusal(
                code,
                f"has what Python {written} cannot read: {what}",
                f"Write it in the words of Python {written}, or choose a newer executor with --python.",
                line - source.before.count("\n") + source.line - 1,
            )
        return source

    def _keywords(self, function: Node) -> bytes | None:
        code = code_of(code_in(function))
        try:
            defaults = keyword_defaults(code)
        except NoSource as why:
            raise self._refusal(code, str(why), why.hint) from why
        return None if defaults is None else bytes(cloudpickle.dumps(dict(defaults)))

    def _refusal(self, code: CodeType, clause: str, hint: str, line: int | None = None) -> CannotShip:
        name = "A lambda" if code.co_name == "<lambda>" else code.co_qualname.rpartition("<locals>.")[2]
        place = self._locate(code.co_filename)
        line = line or code.co_firstlineno
        where = f" (line {line})" if place is None else f" (cell {place.cell}, line {line + place.above})"
        return CannotShip(
            f"{name}{where} cannot travel as source: it {clause}. Nothing was submitted.",
            hint=f"{hint} Functions travel so because the executor's Python is another than this kernel's.",
        )


@lru_cache(maxsize=1024)
def _newer(text: str, executor: Python) -> tuple[int, str] | None:
    return newer_syntax(text, executor) if executor < sys.version_info[:2] else None
