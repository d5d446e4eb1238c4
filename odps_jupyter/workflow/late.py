"""What a thread executes after its cell has ended, while its run goes on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from odps_jupyter.backends.engines import Engine, Expr


class LateEngine:
    """Stands before an engine on such a thread: no cell is there to say that the run goes on, and when it ends."""

    def __init__(self, engine: Engine, going_on: Callable[[], AbstractContextManager[None]]) -> None:
        """Args: inside ``going_on`` the run goes on; what is raised there ends it."""
        self._engine = engine
        self._going_on = going_on

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``."""
        __tracebackhide__ = True
        with self._going_on():
            return self._engine.execute(expr, **kwargs)

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``."""
        __tracebackhide__ = True
        with self._going_on():
            return self._engine.persist(expr, name, **kwargs)

    def batch(self, *calls: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.batch``: what a ``Delay`` asks for."""
        __tracebackhide__ = True
        with self._going_on():
            return self._engine.batch(*calls, **kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)
