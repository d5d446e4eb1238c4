"""The Python this kernel runs on, as the executor's side sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator

from odps_jupyter.errors import UserError
from odps_jupyter.executor.profiles import Profile, UnknownProfile, profile_for

from .engines import Engine, Expr

#: What PyODPS asks for from a client of 3.11 or newer (``odps.utils.get_supported_python_tag``).
REQUESTED_TAG = "cp311"


def executor_profile(tag: str | None = None, image: str | None = None) -> Profile:
    """The executor that runs this kernel's functions; ``local``, no runtime, where none can load their bytecode.

    Args:
        tag: the Python asked for, PyODPS's own choice where None.

    Raises:
        UnknownProfile: there is no such tag or image.
    """
    return profile_for(tag or REQUESTED_TAG, image, sys.version_info[:2])


def executor_name(tag: str | None = None, image: str | None = None) -> str:
    """The executor asked for, in words; an image need not be one that is known here."""
    try:
        name = executor_profile(tag, None).name
    except UnknownProfile:
        name = str(tag)
    return name if image is None else f"{name}, image {image}"


def check_client(exprs: Iterable[Expr], choice: Engine, embedded: Callable[[str], bool]) -> None:
    """Refuse to ship bytecode that no MaxCompute runtime loads.

    Args:
        choice: PyODPS's own engine for the expressions.
        embedded: whether an endpoint is that of an embedded MaxCompute.

    Raises:
        UserError: the expressions hand over a Python function, this Python is newer than every MaxCompute runtime,
            and the endpoint is a real project.
    """
    if executor_profile().is_runtime or choice._odps is None or embedded(choice._odps.endpoint):
        return
    function = next(_shipped(exprs, choice), None)
    if function is None:
        return
    client = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise UserError(
        f"{function} cannot run in project {choice._odps.project}: its bytecode is of Python {client}, and "
        "MaxCompute's newest executor is Python 3.11. Nothing was submitted.",
        hint="Use a kernel of Python 3.11 for this project, or `%odps backend pandas`, or `%odps connect embedded`.",
    )


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
