"""The Python this kernel runs on, as the executor's side sees it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from odps_jupyter.errors import UserError

from .engines import Expr

#: Bytecode of newer clients loads on no MaxCompute runtime: PyODPS's unpickler raises "Code conversion from Python
#: (3, 12) to (3, 11) is not supported yet" (tried with real interpreters).
LAST_CLIENT = (3, 11)


def executor_profile() -> dict[str, Any]:
    """The executor that runs this kernel's functions (PyODPS: ``odps.utils.get_supported_python_tag``).

    ``local`` is the kernel's own Python: the embedded MaxCompute runs there what loads on no MaxCompute runtime.
    """
    if sys.version_info[:2] > LAST_CLIENT:
        return {"name": "local", "image": None, "is_runtime": False}
    return {"name": "cp311", "image": None, "is_runtime": True}


def check_client(exprs: Iterable[Expr], entry: Any, embedded: Callable[[str], bool]) -> None:
    """Refuse to ship bytecode that no MaxCompute runtime loads.

    Raises:
        UserError: the expressions hand over a Python function, this Python is newer than every MaxCompute runtime,
            and the endpoint is a real project.
    """
    if sys.version_info[:2] <= LAST_CLIENT:
        return
    from .detach import shipped_callables
    from .facts import callable_name

    functions = shipped_callables(exprs)
    if not functions or entry is None or embedded(entry.endpoint):
        return
    client = f"{sys.version_info[0]}.{sys.version_info[1]}"
    raise UserError(
        f"{callable_name(functions[0])} cannot run in project {entry.project}: its bytecode is of Python {client}, and "
        f"MaxCompute's newest executor is Python {LAST_CLIENT[0]}.{LAST_CLIENT[1]}. Nothing was submitted.",
        hint="Use a kernel of Python 3.11 for this project, or `%odps backend pandas`, or `%odps connect embedded`.",
    )
