"""Stands where PyODPS expects an engine: answers as pandas does on samples, and asks the executor the same."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.detach import detach, resolve_proxy, shipped_callables
from odps_jupyter.backends.facts import describe, error_line
from odps_jupyter.backends.overlay import Overlay, Partitions
from odps_jupyter.backends.pandas_engine import EXECUTE_OPTIONS, Call, SampleEngine, in_turn
from odps_jupyter.backends.patience import is_lost
from odps_jupyter.backends.reading import Nans
from odps_jupyter.backends.sample import Sample, SampledTable
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.advice import denied, refused

from .causes import Evidence, probable
from .comparison import Comparison
from .functions import altered_by_pickling, chance, digests
from .mutations import Mutations, copies
from .rows import Found, as_frame, compare_frames
from .shape import (
    aggregates,
    alignment,
    by_row,
    chance_nodes,
    decimals,
    joined,
    nulls,
    operations,
    reductions,
    slices,
    sort_keys,
)
from .tables import TemporaryTables

if TYPE_CHECKING:
    import pandas as pd

    from odps_jupyter.backends.engines import Engine, Expr
    from odps_jupyter.backends.temporary import Item, Temporary

#: Differences that a record keeps.
KEPT = 5


@dataclass(frozen=True)
class Place:
    """Where the executor's side runs: ``entry`` makes the temporary tables, ``engine`` sends the jobs; ``temporary``
    takes both's tables, and ``left`` hears of those that may still be there, and which could not be dropped.
    """

    name: str
    entry: Any
    engine: Engine
    temporary: Temporary
    left: Callable[[Temporary, Sequence[Item]], None]


@dataclass(frozen=True)
class _Theirs:
    """What the executor's side said, and what captured values were before and after it; ``undone``: those that were as
    before pandas's earlier runs.
    """

    frame: pd.DataFrame | None
    error: str | None
    before: dict[str, str]
    after: dict[str, str]
    undone: tuple[str, ...]


class SharedRows(Overlay):
    """The rows that both sides read: read once, and what pandas would persist is heard of."""

    def __init__(self, engine: SampleEngine) -> None:
        """Args: ``engine`` would compute the expression without a comparison, and reads as it does."""
        super().__init__()
        self._engine = engine
        self._rows: dict[str, tuple[Any, pd.DataFrame, SampledTable]] = {}
        #: By the identity of their frames, which stay with the rows.
        self._nans: dict[int, Nans] = {}
        self.written: pd.DataFrame | None = None

    def rows(self, table: Any, partitions: Partitions | None) -> pd.DataFrame:
        return self.read(table, partitions)[0]

    @property
    def tables(self) -> list[tuple[Any, pd.DataFrame, Nans]]:
        return [(table, frame, self._nans[id(frame)]) for table, frame, _ in self._rows.values()]

    def read(self, table: Any, partitions: Partitions | None) -> tuple[pd.DataFrame, SampledTable]:
        key = f"{table.full_table_name} {partitions}"
        if key not in self._rows:
            frame, sampled = self._engine.rows(table, partitions, marked=True)
            self._rows[key] = table, frame, replace(sampled, nans={})
            self._nans[id(frame)] = sampled.nans
        return self._rows[key][1:]

    def nans(self, frame: pd.DataFrame) -> Nans:
        """What of a frame that was read is NaN and not NULL."""
        return self._nans[id(frame)]

    def write(
        self, expr: Expr, name: Any, frame: pd.DataFrame, options: Mapping[str, Any], *, odps: Any, sample: Sample
    ) -> Expr:
        self.written = frame
        return self._engine.overlay.write(expr, name, frame, options, odps=odps, sample=sample)


class ComparingEngine:
    """Nothing of the user's is written: pandas's side lays what is persisted over the tables, the executor's side
    computes what would be persisted and reads temporary tables.
    """

    def __init__(
        self,
        engine: SampleEngine,
        *,
        place: Callable[[], Place],
        compared: Callable[[Comparison], None],
        mutations: Mutations,
    ) -> None:
        """Args: ``engine`` is pandas's side, ``place`` makes the executor's side of one execution, ``compared`` hears
        of each comparison, ``mutations`` are those of the session.
        """
        self._engine = engine
        self._place = place
        self._compared = compared
        self._mutations = mutations

    def execute(self, expr: Expr, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.execute``."""
        __tracebackhide__ = True
        theirs = {name: value for name, value in kwargs.items() if name not in {"ui", "async_"}}
        return self._run(expr, "execute", theirs, lambda engine: engine.execute(expr, **kwargs))

    def persist(self, expr: Expr, name: Any, **kwargs: Any) -> Any:
        """As PyODPS's ``Engine.persist``, without the write."""
        __tracebackhide__ = True
        theirs = {key: kwargs[key] for key in EXECUTE_OPTIONS if key in kwargs and key not in {"ui", "async_"}}
        return self._run(expr, "persist", theirs, lambda engine: engine.persist(expr, name, **kwargs))

    def batch(self, *calls: Call, **kwargs: Any) -> list[Any]:
        """As PyODPS's ``Engine.batch``."""
        __tracebackhide__ = True
        return in_turn(self, calls, kwargs)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def _run(self, expr: Expr, action: str, options: dict[str, Any], act: Callable[[SampleEngine], Any]) -> Any:
        __tracebackhide__ = True
        shared, place = SharedRows(self._engine), self._place()
        # The executor's side first: pandas's runs the functions here, where they may change what is pickled.
        functions = shipped_callables([resolve_proxy(expr)])
        with self._mutations.undone(functions) as undone:
            theirs = _ask(expr, options, shared, place, undone)

        before = copies(functions)
        mutated: tuple[str, ...] = ()
        try:
            result = act(self._engine.over(shared))
        finally:
            mutated = self._mutations.note(before)
        if isinstance(result, Future) and result.exception() is not None:
            return result
        # An asynchronous one is waited for, as the executor's side was: else its cell would end without the comparison.
        value = result.result() if isinstance(result, Future) else result
        ours = shared.written if action == "persist" else _frame(value)
        if ours is not None:
            self._compared(_conclude(expr, action, ours, theirs, shared, place.name, mutated))
        return result


def _ask(expr: Expr, options: dict[str, Any], shared: SharedRows, place: Place, undone: tuple[str, ...]) -> _Theirs:
    """What the executor answers on the shared rows.

    Raises:
        UserError: it cannot be asked.
    """
    from odps.errors import ODPSError
    from requests import RequestException

    __tracebackhide__ = True
    functions = shipped_callables([resolve_proxy(expr)])
    before = digests(functions)
    frame, failed = None, None
    tables = TemporaryTables(place.entry, place.temporary)
    try:
        detached = detach(expr, shared.rows, lambda node, rows: tables.stand_in(node, rows, shared.nans(rows)))
        try:
            frame = _frame(place.engine.execute(detached.root, **options))
        finally:
            detached.release()
    except UserError:
        raise
    except (ODPSError, RequestException) as error:
        why = denied(error) or refused(error) or ("the network was lost." if is_lost(error) else None)
        if why is not None:
            # Nobody knows what it would have answered: that is no difference.
            raise UserError(f"The executor ({place.name}) could not be asked the same: {why}") from error
        failed = _last_line(error)
    except Exception as error:  # noqa: BLE001 - whatever ends the executor's side is what differs
        failed = _last_line(error)
    finally:
        kept: tuple[Item, ...] = ()
        try:
            kept = tables.drop()
        finally:
            if tables.temporary.items:
                place.left(tables.temporary, kept)
    return _Theirs(frame, failed, before, digests(functions), undone)


def _last_line(error: Exception) -> str:
    """A failed function's own error is the last line of the executor's text."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = [line for line in lines if line.partition(":")[0].endswith(("Error", "Exception"))]
    return told[-1] if told else error_line(error) or type(error).__name__


def _frame(result: Any) -> pd.DataFrame:
    from odps.df.backends.frame import ResultFrame

    return as_frame(result.to_pandas() if isinstance(result, ResultFrame) else result)


def _conclude(
    expr: Expr,
    action: str,
    ours: pd.DataFrame,
    theirs: _Theirs,
    shared: SharedRows,
    where: str,
    mutated: tuple[str, ...],
) -> Comparison:
    root = resolve_proxy(expr)
    functions = shipped_callables([root])
    operation = describe(expr, backend="pandas", action=action, seconds=0.0).operation
    found = Found(len(ours)) if theirs.frame is None else compare_frames(ours, theirs.frame, alignment(root))
    equal = theirs.error is None and not found.differences
    if equal:
        return Comparison(operation, action, where, True, found.rows)
    changed = _changed(theirs.before, theirs.after)
    missing = nulls(root, shared.tables)
    evidence = Evidence(
        undone=theirs.undone,
        mutated=mutated,
        changed=tuple(dict.fromkeys((*changed, *altered_by_pickling(functions)))),
        chance=(*chance(functions), *chance_nodes(root)),
        nulls=missing.floats,
        times=missing.times,
        floats=missing.integers,
        missing=missing.columns,
        nan=missing.nan,
        null_rows=missing.rows if by_row(root) else None,
        functions=bool(functions),
        operations=operations(root),
        sort_keys=sort_keys(root),
        decimals=decimals(root),
        empty=missing.empty,
        joined=joined(root),
        reductions=reductions(root),
        aggregates=aggregates(root),
        sliced=slices(root),
    )
    cause, because = probable(found, evidence, theirs.error)
    return Comparison(
        operation, action, where, False, found.rows, found.differences[:KEPT], cause, because, theirs.error
    )


def _changed(before: dict[str, str], after: dict[str, str]) -> tuple[str, ...]:
    return tuple(name for name, digest in after.items() if before.get(name, digest) != digest)
