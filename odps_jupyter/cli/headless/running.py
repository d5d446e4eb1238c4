"""Takes the code cells of a notebook through its kernel, one by one, until one fails."""

from __future__ import annotations

import asyncio
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from odps_jupyter.errors import UserError

from .document import RAISES, SKIPPED, CodeCell, Notebook
from .kernel import CannotAnswer, Kernel, KernelDied, Reply, kernel_of
from .masking import masked
from .outcome import CellError, CellOutcome, Compared, Outcome

INSIDE = "odps_jupyter.cli.headless.inside"
#: How long an interrupted cell may take to end, which may have an instance to stop; a second interrupt does not wait.
INTERRUPTED_SECONDS = 60.0
NOT_NOTED = "Its message is not told: the notebook has taken IPython's events away, so secrets in it are not known."


@dataclass(frozen=True)
class Wishes:
    """What the command line says of a run; ``secrets`` must not be told."""

    backend: Literal["pandas", "maxcompute"] | None = None
    compare: bool = False
    secrets: frozenset[str] = frozenset()


def run_notebook(notebook: Notebook, wishes: Wishes, tell: Callable[[CellOutcome], None]) -> Outcome:
    """Run the notebook in a kernel of its own.

    Args:
        tell: hears of each cell when it has ended, and once more where a comparison of it ended later.

    Raises:
        UserError: it cannot be started.
        KeyboardInterrupt: it was interrupted before the first cell.
    """
    try:
        return asyncio.run(_run(notebook, wishes, tell))
    except asyncio.CancelledError:  # what a signal makes of it
        raise KeyboardInterrupt from None


async def _run(notebook: Notebook, wishes: Wishes, tell: Callable[[CellOutcome], None]) -> Outcome:
    task = asyncio.current_task()
    assert task is not None
    hear_interrupts(asyncio.get_running_loop(), task.cancel)
    outcome: Outcome | None = None
    try:
        async with kernel_of(notebook, wishes.secrets) as kernel:
            backend = await _begin(kernel, notebook, wishes)
            outcome = await Run(kernel, wishes, tell).cells(notebook.cells, backend)
    except asyncio.CancelledError:
        if outcome is None:
            raise
        return replace(outcome, interrupted=True)  # while the kernel shut down, when all is known
    return outcome


def hear_interrupts(loop: asyncio.AbstractEventLoop, cancel: Callable[[], object]) -> None:
    """Let the terminal's interrupt and SIGTERM, by which servers end a run, ``cancel`` as often as they come.

    asyncio's own way with the terminal's gives up at the second, and with it what is known of the cells:
    https://docs.python.org/3/library/asyncio-runner.html#handling-keyboard-interruption
    """
    for which in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(which) is signal.SIG_IGN:  # as a shell starts what must outlive its terminal
            continue
        try:
            loop.add_signal_handler(which, cancel)
        except NotImplementedError:  # on Windows asyncio's own way remains
            return


async def _begin(kernel: Kernel, notebook: Notebook, wishes: Wishes) -> str:
    """Load the extension; returns the backend that holds."""
    where = f"{notebook.path} cannot be run: in the kernel {notebook.kernel!r}"
    try:
        answer = await kernel.ask(INSIDE, f"begin({wishes.backend!r}, {wishes.compare!r})")
    except CannotAnswer as error:
        raise UserError(
            f"{where} odps-jupyter does not load ({masked(str(error), wishes.secrets)}).",
            hint="Install it beside that kernel's ipykernel, of the same version as here.",
        ) from error
    except KernelDied as error:
        raise UserError(f"{where} odps-jupyter does not load: the kernel died.") from error
    if "refused" in answer:
        raise UserError(f"{where} {answer['refused']}")
    return str(answer["backend"])


class Run:
    """One notebook on its way through one kernel."""

    def __init__(self, kernel: Kernel, wishes: Wishes, tell: Callable[[CellOutcome], None]) -> None:
        self._kernel = kernel
        self._wishes = wishes
        self._tell = tell
        self._interrupted = False

    async def cells(self, cells: Sequence[CodeCell], backend: str) -> Outcome:
        """Run cells until one fails or somebody interrupts; the others are skipped."""
        done: list[CellOutcome] = []
        for cell in cells:
            stopped = self._interrupted or any(one.status == "error" for one in done)
            if stopped or SKIPPED in cell.tags:
                outcome = CellOutcome(cell.index, "skipped")
            elif cell.empty:
                outcome = CellOutcome(cell.index, "ok")
            else:
                outcome = await self._cell(cell)
            done.append(outcome)
            self._tell(outcome)
        return Outcome(backend, tuple(await self._late(done)), self._interrupted)

    async def _cell(self, cell: CodeCell) -> CellOutcome:
        begun, secrets = time.perf_counter(), self._wishes.secrets
        message = self._kernel.send(cell.source, _name(cell.index))
        try:
            reply = await self._ended(message)
            seconds = time.perf_counter() - begun
            (facts,) = [{}] if reply is None else await self._facts([cell.index])
        except KernelDied:
            died = CellError("DeadKernelError", "The kernel died while the cell ran.")
            return CellOutcome(cell.index, "error", None, time.perf_counter() - begun, died)
        except CannotAnswer as error:
            unknown = CellError("CannotAnswer", masked(f"What became of the cell is not known ({error}).", secrets))
            return CellOutcome(cell.index, "error", None, time.perf_counter() - begun, unknown)
        if reply is None:
            stuck = CellError("KeyboardInterrupt", "The cell did not end when it was interrupted.")
            return CellOutcome(cell.index, "error", None, seconds, stuck)
        failure = None if facts["error"] is None else CellError(**facts["error"])
        if failure is None and reply.error is not None:  # not noted: the notebook has taken IPython's events away
            # Which secrets its text may hold only the notebook's own objects know.
            failure = CellError(masked(reply.error[0], secrets), NOT_NOTED)
        if failure is not None and failure.number is None:
            failure = replace(failure, number=reply.number)
        failed = failure is not None and (RAISES not in cell.tags or self._interrupted)
        status: Literal["ok", "error"] = "error" if failed else "ok"
        return CellOutcome(cell.index, status, reply.number, seconds, failure, _compared(facts))

    async def _ended(self, message: str) -> Reply | None:
        """The reply to a cell; None where it was interrupted and does not end."""
        try:
            return await self._kernel.reply(message)
        except asyncio.CancelledError:
            self._interrupted = True
        try:
            await self._kernel.interrupt()
            return await asyncio.wait_for(self._kernel.reply(message), INTERRUPTED_SECONDS)
        except (TimeoutError, asyncio.CancelledError):  # asked again, there is no time left
            return None

    async def _late(self, done: list[CellOutcome]) -> list[CellOutcome]:
        """The cells with the comparisons that ended after them."""
        ran = [one for one in done if one.number is not None]
        if self._interrupted or not self._wishes.compare or not ran:
            return done
        try:
            facts = dict(zip((one.index for one in ran), await self._facts([one.index for one in ran]), strict=True))
        except (KernelDied, CannotAnswer):  # the cell that made it so says it
            return done
        told = [replace(one, compare=_compared(facts[one.index])) if one.index in facts else one for one in done]
        for before, after in zip(done, told, strict=True):
            if after.compare != before.compare:
                self._tell(after)
        return told

    async def _facts(self, indexes: Sequence[int]) -> list[dict[str, Any]]:
        names = ", ".join(repr(_name(index)) for index in indexes)
        asked = f"facts({names})"
        try:
            facts: list[dict[str, Any]] = await self._kernel.ask(INSIDE, asked)
        except asyncio.CancelledError:  # a moment too late for the cell
            self._interrupted = True
            try:
                facts = await self._kernel.ask(INSIDE, asked)
            except asyncio.CancelledError:  # asked again, there is no time left
                raise CannotAnswer("the run was interrupted twice") from None
        return facts


def _name(index: int) -> str:
    """The id under which the kernel is given a code cell."""
    return f"code-cell-{index}"


def _compared(facts: dict[str, Any]) -> tuple[Compared, ...]:
    return tuple(Compared(one["facts"], tuple(one["lines"])) for one in facts["compare"])
