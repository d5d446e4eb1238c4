"""Whether the functions of an expression run on the executor, found out here on a few rows before anything is sent."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odps_jupyter.executor.errors import ExecutorError, SignatureError, WorkerTimeout
from odps_jupyter.executor.job import Function
from odps_jupyter.executor.profiles import Profile
from odps_jupyter.executor.signature import read_signature

from .deadline import SECONDS, Deadline, TookLonger
from .detach import ReadSource, detach
from .engines import Expr, forget_cached
from .generation import CLASS_NAME, Generated
from .messages import message_of
from .progress import Silent, Watch, no_instances
from .sample import Sample, read_table
from .standins import Enough, OnTwin
from .twin import CannotProve, Twin

if TYPE_CHECKING:
    import pandas as pd

#: Rows read of each table.
ROWS = 20
#: Nodes of an expression that pandas is asked to compute. PyODPS's pandas compiler checks its whole graph at each node
#: (``odps/dag.py``): 500 columns took it half a minute, in which no function is called.
MOST_NODES = 200


@dataclass(frozen=True)
class Proof:
    """What was found out.

    Attributes:
        rows: for each function that was tried, by its name, the rows it was called with; 0 is loaded and no more.
        doubts: what could not be found out and why, one line each.
        failure: what a function ended with, None where none failed. ``failed`` is its name, ``node`` the user's node
            that holds it.
    """

    rows: tuple[tuple[str, int], ...] = ()
    doubts: tuple[str, ...] = ()
    failed: str | None = None
    failure: ExecutorError | None = None
    node: Expr | None = None


@dataclass(frozen=True)
class Setting:
    """Under what functions are tried: ``libraries`` are PyODPS's resource objects or files that are here.

    ``rows`` are read of each table.
    """

    profile: Profile
    libraries: Sequence[Any] = ()
    extra: Sequence[Any] = ()
    timezone: str = "UTC"
    rows: int = ROWS


def prove(
    expr: Expr, generated: Sequence[Generated], twin: Twin, setting: Setting, deadline: Deadline | None = None
) -> Proof:
    """Run the generated functions of one expression on a few rows, in processes of the twin. Sends nothing.

    It ends when the ``deadline`` is over, :data:`SECONDS` from now where None, with what was found out by then.
    """
    deadline = deadline or Deadline(SECONDS)
    if not twin.alone.acquire(timeout=deadline.left):
        return Proof(doubts=(f"not proved: {deadline}, in which others were tried",))
    try:
        with deadline.ending(twin.stop):
            return _prove(expr, generated, twin, setting, deadline)
    finally:
        twin.tried()
        twin.alone.release()


def _prove(expr: Expr, generated: Sequence[Generated], twin: Twin, setting: Setting, deadline: Deadline) -> Proof:
    tried: dict[int, OnTwin] = {}
    doubts: list[str] = []
    with ExitStack() as open_sessions:
        for one in generated:
            try:
                on_twin = _load(one, twin, setting, deadline)
            except (CannotProve, TookLonger, ExecutorError) as why:
                if deadline.passed or isinstance(why, TookLonger | WorkerTimeout):
                    # Where one is untried none gets rows.
                    doubts.append(f"{one.name} was not proved: {deadline}")
                    break
                if isinstance(why, ExecutorError):
                    return Proof(_rows(tried.values()), tuple(doubts), one.name, why, one.node)
                doubts.append(f"{one.name} was not tried: {why}")
            else:
                open_sessions.callback(on_twin.close)
                tried[id(one.node)] = on_twin
        if doubts:
            # What stands after a function that cannot be called has no rows to be called with.
            return Proof(_rows(tried.values()), tuple(doubts))
        doubts.extend(_run(expr, tried, setting.rows, deadline))
    for one in generated:
        ended = tried[id(one.node)].failure
        if ended is not None:
            return Proof(_rows(tried.values()), tuple(doubts), one.name, ended, one.node)
    if not doubts:
        doubts.extend(f"no row of the sample reached {one.name}" for one in tried.values() if not one.rows)
    return Proof(_rows(tried.values()), tuple(doubts))


def _load(one: Generated, twin: Twin, setting: Setting, deadline: Deadline) -> OnTwin:
    if one.collections:
        raise CannotProve("it reads a collection as a resource, whose rows exist only while the job runs")
    try:
        signature = read_signature(one.text, CLASS_NAME)
    except SignatureError as error:
        raise CannotProve(str(error)) from error
    function = Function(one.name, one.text, CLASS_NAME, signature)
    resources = [*one.resources, *setting.libraries, *setting.extra]
    session = twin.session(setting.profile, function, resources, deadline=deadline, timezone=setting.timezone)
    return OnTwin(one.name, function, session, deadline)


def _run(expr: Expr, tried: dict[int, OnTwin], rows: int, deadline: Deadline) -> list[str]:
    """Put a sample through PyODPS's pandas engine with the stand-ins in place; why it could not be, if it could not."""
    nodes = sum(1 for _ in expr.traverse(unique=True))
    if nodes > MOST_NODES:
        return [f"no rows to try the functions with: {nodes:,} columns and steps are too many to compute here first"]
    read = reader(rows)
    try:
        detached = detach(expr, lambda table, partitions: deadline.within(lambda: read(table, partitions)))
    except TookLonger:
        return [f"{next(iter(tried.values())).name} was not proved: {deadline}"]
    except CannotProve as why:
        return [f"no rows to try the functions with: {why}"]
    except Exception as error:  # noqa: BLE001 - reading a sample may fail in any way; the job may run all the same
        return [f"no rows to try the functions with: {_line(error)}"]
    try:
        for node, copied in detached.pairs:
            on_twin = tried.get(id(node))
            if on_twin is not None:
                _replace(copied, on_twin.callable())
        return _through_pandas(named(detached.root))
    finally:
        detached.release()


def named(root: Expr) -> Expr:
    """PyODPS's pandas engine cannot compute a column without a name, MaxCompute can."""
    from odps.df.expr.expressions import SequenceExpr

    return root.rename("value") if isinstance(root, SequenceExpr) and root.name is None else root


def _through_pandas(root: Expr) -> list[str]:
    from odps.df.backends.pd.engine import PandasEngine

    class LocalEngine(PandasEngine):  # type: ignore[misc]
        """Imports no libraries into this kernel: the functions have them where they run."""

        def _get_libraries(self, libraries: Any) -> None:
            return None

    ui = Watch(Silent(), no_instances)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            LocalEngine(None).execute(root, ui=ui)
    except (Enough, ExecutorError):
        return []
    except (CannotProve, TookLonger) as why:
        return [str(why)]
    except SystemExit as ended:
        # PyODPS ends the program where it was interrupted.
        raise KeyboardInterrupt from ended
    except Exception as error:  # noqa: BLE001 - what pandas cannot do MaxCompute may well do
        return [f"pandas could not compute what reaches the functions: {_line(error)}"]
    finally:
        ui.close()
        forget_cached([root])
    return []


def _replace(node: Expr, stand_in: Callable[..., Any]) -> None:
    """Put a stand-in into a copied node; arguments and resources are the generated function's own affair."""
    node.func = stand_in
    node._func_args, node._func_kwargs = (), {}
    node._resources = None


def reader(rows: int) -> ReadSource:
    """Reads the first rows of a table.

    It raises :class:`CannotProve` for a view.
    """

    def read(table: Any, partitions: Sequence[Any] | None) -> pd.DataFrame:
        if table.is_virtual_view:
            raise CannotProve(f"{table.name} is a view, whose rows only a job can read")
        return read_table(table, Sample(rows, defined=True), partitions)[0]

    return read


def _rows(tried: Iterable[OnTwin]) -> tuple[tuple[str, int], ...]:
    return tuple((one.name, one.rows) for one in tried)


def _line(error: Exception) -> str:
    said = message_of(str(error))
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
