"""Calls a function that failed on the executor here in the kernel, on the row it failed for, as pandas would."""

from __future__ import annotations

import inspect
import os
import warnings
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pandas as pd

from .detach import detach
from .engines import Expr, forget_cached
from .libraries import ImportedLibraries
from .progress import Silent, Watch, no_instances
from .proof import named, reader
from .standins import Enough, plain


def replay(
    expr: Expr, entry: Any, node: Expr, row: Mapping[str, Any] | None, rows: int, libraries: Sequence[Any] | None
) -> None:
    """Compute ``expr`` on pandas over the first ``rows`` of its tables; the function of ``node`` is the user's own.

    A function of values or rows is called with ``row`` alone where it is among them: a debugger then stops there, and
    nothing is printed for other rows. One that needs other rows as well, such as an aggregate, gets them all.

    Raises:
        CannotProve: a table's rows cannot be read.
        BaseException: what the function raises; its traceback begins with the function.
    """
    __tracebackhide__ = True
    for only in (row, None) if row is not None and _takes_rows_alone(node) else (None,):
        detached = detach(expr, reader(rows))
        copied = detached.copy_of(node)
        try:
            if only is not None and copied is not None:
                copied.func = _narrowed(copied.func, tuple(only.values()))
            _compute(named(detached.root), entry, libraries)
        except Enough:
            return
        finally:
            detached.release()


def _compute(root: Expr, entry: Any, libraries: Sequence[Any] | None) -> None:
    from odps.df.backends.pd.engine import PandasEngine

    __tracebackhide__ = True
    imported = ImportedLibraries()
    ui = Watch(Silent(), no_instances)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            PandasEngine(entry).execute(root, ui=ui, libraries=libraries)
    except Enough:
        raise
    except SystemExit as ended:
        begins = _of_the_function(ended.__traceback__)
        if begins is None or begins is ended.__traceback__:
            # PyODPS ends the program where it was interrupted.
            raise KeyboardInterrupt from ended
        ended.__traceback__ = begins
        raise
    except Exception as error:
        error.__traceback__ = _of_the_function(error.__traceback__)
        raise
    finally:
        ui.close()
        imported.forget()
        forget_cached([root])


def _takes_rows_alone(node: Expr) -> bool:
    """Whether each call has one row and is made of the user's function itself, not of what it returns."""
    held = getattr(node, "_resources", None) or getattr(node, "_collection_resources", None)
    return inspect.isfunction(node.func) and not held


def _narrowed(function: Callable[..., Any], row: tuple[Any, ...]) -> Callable[..., Any]:
    """Calls the function with the row alone, and ends the run then; for other rows it has nothing to say."""

    def call(value: Any, *args: Any, **kwargs: Any) -> None:
        __tracebackhide__ = True
        if _same(value, row):
            made = function(value, *args, **kwargs)
            for _ in made if inspect.isgenerator(made) else ():
                pass
            raise Enough

    return call


def _same(value: Any, row: tuple[Any, ...]) -> bool:
    values = tuple(value) if isinstance(value, tuple) and hasattr(value, "_fields") else (value,)
    return len(values) == len(row) and all(plain(one) == other for one, other in zip(values, row, strict=True))


#: Whose frames stand between the expression and the user's function.
_BETWEEN = tuple(f"{Path(module.__file__ or '').parent}{os.sep}" for module in (np, pd))


def _of_the_function(traceback: TracebackType | None) -> TracebackType | None:
    """The traceback from the user's function on; the whole of it where none of its code raised."""
    import odps

    between = (*_BETWEEN, f"{Path(odps.__file__).parent}{os.sep}", f"{Path(__file__).parent.parent}{os.sep}")
    at = traceback
    while at is not None:
        file = at.tb_frame.f_code.co_filename
        if not file.startswith(between) and not file.endswith(".pyx"):
            return at
        at = at.tb_next
    return traceback
