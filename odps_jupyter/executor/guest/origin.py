# mypy: allow-untyped-defs, allow-untyped-calls, no-check-untyped-defs
"""Where the user's own function begins: a wrong result belongs to no line that runs, so its error names this one."""

from __future__ import absolute_import, division

import linecache

#: What gives the result of a class, by the kind of function; PyODPS's aggregates say getvalue for terminate.
METHODS = {"scalar": ("evaluate",), "table": ("process",), "aggregate": ("terminate", "getvalue")}
#: How deep a callable may be wrapped (a partial of a method of ...).
DEPTH = 8


def traceback_of(handler, kind, message):
    """A traceback of one entry: the first line of the function that returned a wrong value; empty if it has no text."""
    code = code_of(handler, kind)
    if code is None:
        return ""
    entry = '  File "%s", line %d, in %s\n' % (code.co_filename, code.co_firstlineno, code.co_name)
    line = linecache.getline(code.co_filename, code.co_firstlineno).strip()
    quoted = "    %s\n" % line if line else ""
    return "Traceback (most recent call last):\n%s%s%s\n" % (entry, quoted, message)


def code_of(handler, kind):
    """The code of the user's function in an object of a function's class; None where it is written in C."""
    target = handler
    if hasattr(handler, "f") and hasattr(handler, "from_types"):
        # PyODPS's template holds what the user wrote in ``f``.
        target = handler.f
    for _ in range(DEPTH):
        if hasattr(target, "_func") and hasattr(target, "_key_named_tuple"):
            # The class that PyODPS puts around a reducer.
            target = target._func
        elif hasattr(target, "func") and hasattr(target, "keywords"):
            target = target.func
        elif hasattr(target, "__func__"):
            target = target.__func__
        elif hasattr(target, "__code__"):
            return target.__code__
        else:
            names = METHODS[kind] + ("__call__",)
            target = next((getattr(type(target), name) for name in names if hasattr(type(target), name)), None)
    return None
