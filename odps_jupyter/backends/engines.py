"""The one place where PyODPS is hooked: which engine runs an expression.

PyODPS asks ``get_default_engine(*exprs)`` each time ``execute``, ``persist``, ``compile`` or a ``Delay`` needs an
engine, and imports that name at the call from two modules. There is no public switch (``expr._engine`` overrides it
for one expression and would change the user's object), so both names are replaced while the extension is loaded.
Read in PyODPS 0.13.2: ``odps/df/engines.py``, ``odps/df/backends/engine.py``, ``odps/df/delay.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from types import ModuleType
from typing import Any

from odps_jupyter.errors import UserError

TESTED_FROM, TESTED_BELOW = "0.13.2", "0.14"
HOOKED_MODULES = ("odps.df.engines", "odps.df.backends.engine")
HOOKED_NAME = "get_default_engine"

#: A PyODPS expression and a PyODPS engine; PyODPS is published without types.
Expr = Any
Engine = Any
#: Given PyODPS's own choice for the expressions, the engine that shall run them.
Choose = Callable[[Engine, tuple[Expr, ...]], Engine]


def check_version(version: str) -> None:
    """Raise :class:`UserError` unless ``version`` of PyODPS is one this module was tested with."""
    from packaging.version import Version

    if not Version(TESTED_FROM) <= Version(version) < Version(TESTED_BELOW):
        raise UserError(
            f"PyODPS {version} is installed, and the backend toggle is tested with {TESTED_FROM} up to {TESTED_BELOW}.",
            hint=f"Install a tested one: pip install 'pyodps>={TESTED_FROM},<{TESTED_BELOW}'.",
        )


class EngineHook:
    """Puts ``choose`` between PyODPS and its engines while installed."""

    def __init__(self, choose: Choose) -> None:
        self._choose = choose
        self._originals: list[tuple[ModuleType, Callable[..., Engine]]] = []

    @property
    def installed(self) -> bool:
        return bool(self._originals)

    def install(self) -> None:
        """Replace PyODPS's choice of engine; a second call changes nothing.

        Raises:
            UserError: the installed PyODPS is not one this was tested with.
        """
        if self._originals:
            return
        check_version(import_module("odps").__version__)
        for name in HOOKED_MODULES:
            module = import_module(name)
            original = getattr(module, HOOKED_NAME)
            self._originals.append((module, original))
            setattr(module, HOOKED_NAME, self._wrap(original))

    def remove(self) -> None:
        """Give PyODPS its own choice back."""
        for module, original in self._originals:
            setattr(module, HOOKED_NAME, original)
        self._originals.clear()

    def _wrap(self, original: Callable[..., Engine]) -> Callable[..., Engine]:
        def get_default_engine(*exprs: Expr) -> Engine:
            return self._choose(original(*exprs), exprs)

        return get_default_engine


def over(engine: Engine, entry: Any) -> Engine:
    """PyODPS's engine of the same kind on another entry object, which its constructor takes.

    An engine that a user put into ``expr._engine`` is the user's: it stays as it is.
    """
    mixed = import_module("odps.df.backends.engine").MixedEngine
    return mixed(entry, engine._engines) if type(engine) is mixed else engine


def instance_ids(engine: Engine) -> tuple[str, ...]:
    """The MaxCompute instances a PyODPS ``MixedEngine`` has submitted, oldest first."""
    return tuple(engine._odpssql_engine._instances)


def sql_context(engine: Engine) -> Engine:
    """The engine inside a ``MixedEngine`` that sends SQL; ``_run`` of it sends one job and its functions."""
    return engine._odpssql_engine


def is_downloaded(engine: Engine, expr: Expr) -> bool:
    """Whether PyODPS reads the rows of a collection straight from its table, without a job."""
    collection = import_module("odps.df.expr.expressions").CollectionExpr
    tunnel = import_module("odps.df.backends.odpssql.tunnel").TunnelEngine
    allowed = import_module("odps").options.df.optimizes.tunnel
    return bool(allowed and isinstance(expr, collection) and tunnel(engine._odps).execute(expr, verify=True))


def sql_of(node: Any) -> str | None:
    """The SQL of one step of what ``Engine.compile`` returns, as its ``repr`` shows it; None where it is no SQL."""
    if not hasattr(node, "_sql"):
        return None
    sql = node._sql()
    return "\n".join(sql) if isinstance(sql, list) else sql


def packed(engine: Engine, entry: Any, libraries: Any) -> list[Any]:
    """The resource objects of ``libraries=`` and of ``options.df.libraries``, in PyODPS's own reading of them.

    Files and folders among them are packed and created through ``entry``.

    Raises:
        ValueError: PyODPS finds one of them nowhere.
    """
    context = import_module("odps.df.backends.odpssql.context").ODPSContext(entry)
    return context.prepare_resources(engine._get_libraries(libraries)) or []


def forget_result(expr: Expr) -> None:
    """Make ``expr`` run again when it is next displayed: PyODPS keeps the last result for ``repr``."""
    object.__setattr__(expr, "_Expr__execution", None)


def forget_scalars(exprs: Iterable[Expr]) -> None:
    """Let scalars be computed again: PyODPS 0.13.2 cannot compile one whose value it cached in an earlier execution
    (``'NoneType' object has no attribute 'replace'``, as the cached copy has lost its name)."""
    scalar = import_module("odps.df.expr.expressions").Scalar
    forget_cached([expr for expr in exprs if isinstance(expr, scalar)])


def forget_cached(exprs: list[Expr]) -> None:
    """Drop what PyODPS cached by the ids of these expressions."""
    context = import_module("odps.df.backends.context").context
    for expr in exprs:
        context.uncache(expr)
