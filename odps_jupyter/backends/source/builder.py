"""What the executor runs to make a code object of source; it travels in every pickle that holds functions as source.

It has the standard library and nothing else, and must read on Python 2.7 as on 3.11. The client runs the very same
text to prove that source and bytecode agree before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, cast

# On Python 2.7 a notebook's code means what it means on Python 3: texts are unicode, `/` divides, print is a function.
TEXT = '''
def code(file, line, before, text, after, path, arguments, free, features):
    """The code object that `path` leads to, compiled from `text`, which starts on `line` of `file`."""
    import __future__
    if bytes is str:
        file = file.encode("utf-8")
        features = features + ("division", "print_function", "unicode_literals", "absolute_import")
    flags = 0
    for feature in features:
        known = getattr(__future__, feature, None)
        flags |= known.compiler_flag if known else 0
    above = "\\n" * (line - 1 - before.count("\\n"))
    found = compile(above + before + text + after, file, "exec", flags, True)
    for name in path:
        inner = [held for held in found.co_consts if hasattr(held, "co_code") and held.co_name == name]
        if not inner:
            raise SystemError("no %s in the source of %s, line %d" % (name, path[-1], line))
        found = inner[-1]
    if bytes is str and found.co_freevars + ("__class__",) == free:
        # Python 3 passes the class to all that say `super`; here nothing reads it.
        found = type(found)(
            found.co_argcount, found.co_nlocals, found.co_stacksize, found.co_flags & ~64, found.co_code,
            found.co_consts, found.co_names, found.co_varnames, found.co_filename, found.co_name,
            found.co_firstlineno, found.co_lnotab, tuple(map(str, free)), found.co_cellvars)
    if found.co_varnames[:len(arguments)] != arguments or found.co_freevars != free:
        raise SystemError("this Python reads %s, line %d, as another function" % (path[-1], line))
    return found
'''
#: An expression for ``eval`` whose value is the builder.
EXPRESSION = (
    f"(lambda space: eval(compile({TEXT!r}, '<functions as source>', 'exec'), space) or space['code'])"
    "({'__name__': '<functions as source>'})"
)


def builder() -> Callable[..., CodeType]:
    """The builder as it runs here."""
    space: dict[str, Any] = {}
    exec(compile(TEXT, "<functions as source>", "exec"), space)
    return cast("Callable[..., CodeType]", space["code"])
