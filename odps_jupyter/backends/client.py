"""The Python this kernel runs on, as the executor's side sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import Profile, UnknownProfile, profile_for

from .engines import Engine, Expr
from .watched import Extras

#: What PyODPS asks for from a client of 3.11 or newer (``odps.utils.get_supported_python_tag``).
REQUESTED_TAG = "cp311"


def executor_profile(tag: str | None = None, image: str | None = None, *, source: bool = False) -> Profile:
    """The executor that runs this kernel's functions; ``local``, no runtime, where none can load their bytecode.

    Args:
        tag: the Python asked for, PyODPS's own choice where None.
        source: whether functions travel as source, which any runtime loads.

    Raises:
        UnknownProfile: there is no such tag or image.
    """
    return profile_for(tag or REQUESTED_TAG, image, None if source else sys.version_info[:2])


def executor_name(tag: str | None = None, image: str | None = None, *, source: bool = False) -> str:
    """The executor asked for, in words; an image need not be one that is known here."""
    try:
        name = executor_profile(tag, None, source=source).name
    except UnknownProfile:
        name = str(tag)
    return name if image is None else f"{name}, image {image}"


def source_tag(extras: Extras, embedded: Callable[[], bool]) -> str | None:
    """The executor that functions are written for as source; None where they travel as bytecode.

    Args:
        embedded: whether they go to an embedded MaxCompute, which runs the bytecode of newer clients on their own
            Python where no other is asked for.

    PyODPS itself translates bytecode of Python 3.6 to 3.10 for older executors; this package needs 3.11.
    """
    tag = extras.python or REQUESTED_TAG
    if extras.ship != "auto":
        return tag if extras.ship == "source" else None
    if executor_profile(tag, source=True).python == sys.version_info[:2]:
        return None
    return None if extras.python is None and embedded() else tag


def decided(extras: Extras, embedded: Callable[[], bool]) -> Extras:
    """With ``auto`` made what it is for one execution: all that have to do with it then say the same.

    Args:
        embedded: as of :func:`source_tag`.
    """
    if extras.ship != "auto":
        return extras
    return replace(extras, ship="bytecode" if source_tag(extras, embedded) is None else "source")


def check_client(exprs: Iterable[Expr], choice: Engine, embedded: Callable[[str], bool], extras: Extras) -> None:
    """Refuse to ship bytecode that the executor cannot load.

    Args:
        choice: PyODPS's own engine for the expressions.
        embedded: whether an endpoint is that of an embedded MaxCompute.

    Raises:
        UserError: the expressions hand over a Python function, it would travel as bytecode, the executor's Python is
            another than this one, and nothing runs it under this one.
    """
    if choice._odps is None or source_tag(extras, lambda: embedded(choice._odps.endpoint)) is not None:
        return
    executor, client = executor_profile(extras.python, source=True).python, sys.version_info[:2]
    on_own = not executor_profile().is_runtime
    if executor == client or (on_own and embedded(choice._odps.endpoint)):
        return
    function = next(_shipped(exprs, choice), None)
    if function is not None:
        raise UserError(
            f"{function} cannot run in project {choice._odps.project}: its bytecode is of Python {_written(client)}, "
            f"and the executor is Python {_written(executor)}. Nothing was submitted.",
            hint="`%odps ship auto` sends functions as source where their bytecode would not load.",
        )


def _written(python: tuple[int, int]) -> str:
    return ".".join(map(str, python))


def _shipped(exprs: Iterable[Expr], choice: Engine) -> Iterator[str]:
    """Names of the functions that would travel: the user's, and those PyODPS itself makes while it compiles."""
    from .detach import shipped_callables
    from .facts import callable_name

    for expr in exprs:
        for function in shipped_callables([expr]):
            yield callable_name(function)
        for node in choice.compile(expr).nodes():
            for function in shipped_callables([node.expr_dag.root]):
                yield f"a function that PyODPS writes for {callable_name(function)}"
