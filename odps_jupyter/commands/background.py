"""``%%odps --async``: what the cell's last line executes is begun, and the cell returns."""

from __future__ import annotations

import ast
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.futures import relayed
from odps_jupyter.errors import UserError

if TYPE_CHECKING:
    from odps_jupyter.workflow.session import Session

#: Methods of an expression that execute, and take ``async_``; a ``Delay`` has the first.
EXECUTING = frozenset({"execute", "persist", "head", "tail", "to_pandas"})
#: No program can bind it.
BEGIN = "<odps-jupyter: begin>"
_WANTED = (
    "The last line of a cell with --async is an expression, its .execute() or .persist(...), or a Delay's .execute()"
)


def beginning(last: ast.expr | None) -> ast.expr:
    """The last line, where a call of ``execute`` or ``persist`` becomes one of :meth:`Beginner.call`.

    Raises:
        UserError: there is no last line whose value could go on.
    """
    if last is None:
        raise UserError(f"{_WANTED}; here it is a statement.", hint="Keep the run by `--out NAME`, not by assigning.")
    if not (isinstance(last, ast.Call) and isinstance(last.func, ast.Attribute) and last.func.attr in EXECUTING):
        return last
    method = ast.Constant(last.func.attr)
    called = ast.Call(ast.Name(BEGIN, ast.Load()), [last.func.value, method, *last.args], last.keywords)
    return ast.fix_missing_locations(ast.copy_location(called, last))


class Beginner:
    """Begins what a cell's last line executes, and waits for nothing."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def call(self, owner: Any, method: str, *arguments: Any, **options: Any) -> Any:
        """``owner.method(...)``, in the background where it is one of PyODPS that executes."""
        __tracebackhide__ = True
        from odps.df import Delay
        from odps.df.expr.expressions import Expr

        if not isinstance(owner, Expr | Delay):
            return getattr(owner, method)(*arguments, **options)
        if options.get("delay") is not None:
            raise UserError(
                f"{method} with delay= executes nothing yet.", hint="End the cell with the Delay's .execute()."
            )
        options = {name: value for name, value in options.items() if name not in {"wait", "async"}}
        if isinstance(owner, Expr):
            return getattr(owner, method)(*arguments, **{**options, "async_": True})
        with self._session.refusing_waits(False):
            begun = owner.execute(*arguments, **{**options, "async_": True})
        if begun is None:
            raise UserError("The Delay has nothing to execute.", hint="Register with it by `.execute(delay=...)`.")
        # As of a Delay that is waited for: what each call gave is in the Future that registering it gave.
        return relayed(begun, lambda error, _: error, lambda _: None)

    def value(self, value: Any) -> Future[Any]:
        """The Future of the last line's value.

        Raises:
            UserError: nothing of it goes on.
        """
        __tracebackhide__ = True
        from odps.df.expr.expressions import Expr

        if isinstance(value, Expr):
            value = value.execute(async_=True)
        if not isinstance(value, Future):
            raise UserError(f"{_WANTED}; here it is of type {type(value).__name__}.", hint="Leave --async out.")
        return value
