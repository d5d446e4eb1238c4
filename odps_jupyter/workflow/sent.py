"""What the panel opens a shipped function up with: what was sent, what has changed since, how it failed.

Positions are those of the wire: the id of the cell as the front end knows it, lines from 0. ``index`` is the place the
cell had among those executed, from 0: it has another one since it ran again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType, ModuleType
from typing import Any

from odps_jupyter.backends.secrets import SecretShipped
from odps_jupyter.backends.shipment import Shipment, ShippedFunction
from odps_jupyter.notebook.cell import Cell

from .failure import Failure, describe_row, kind_of
from .outcome import blames, outcome_of
from .preflight import PreflightError, placed
from .session import SHIPMENTS_KEPT, Session
from .standing import function_stands, stands

#: Functions and findings that are told, the last ones.
FUNCTIONS_TOLD = 50
FINDINGS_KEPT = 20
#: Captured values that are watched for changes, over all jobs that are kept.
WATCHED = 200


@dataclass(frozen=True)
class Job:
    """A shipment, numbered from 1, with the cells its code came from and what its captured values were.

    Attributes:
        cells: ids by the cells' numbers, as they were when it was sent.
        digests: of the captured values that are names of the kernel, as they were sent.
    """

    number: int
    shipment: Shipment
    cells: Mapping[int, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """A line that was seen to fail on the executor: ``by`` a preflight or by a job.

    Attributes:
        cell: id of its cell, None where it is in none. ``line``: from 0, None where it is not known.
        text: the line itself, "" where it is not known: another one by now is not what failed.
        kind: the rule's that speaks of it, None where none does.
        ran: id of the cell whose execution found it.
    """

    by: str
    function: str | None
    cell: str | None
    line: int | None
    text: str
    kind: str | None
    message: str
    ran: str | None


class Sent:
    """Remembers the jobs of a session, and what was found out about their functions."""

    def __init__(self, session: Session, cells: Callable[[], Sequence[Cell]]) -> None:
        """Args: ``cells`` are those executed so far, each at the place of its number, the running one last."""
        self._session = session
        self._cells = cells
        self._jobs: deque[Job] = deque(maxlen=SHIPMENTS_KEPT)
        self._failures: deque[Failure] = deque(maxlen=FINDINGS_KEPT)
        self._findings: deque[Finding] = deque(maxlen=FINDINGS_KEPT)
        self._now: Mapping[str, str | None] = {}
        self._count = 0
        #: What a preflight stopped last, until a job is sent or stopped for a secret.
        self.stopped: PreflightError | None = None
        self._lock = threading.Lock()
        session.on_change(self.notice)

    def notice(self) -> None:
        """Take up the jobs that were sent since; called on the thread that sent them, right after."""
        with self._lock:
            known = {id(job.shipment) for job in self._jobs}
            for shipment in list(self._session.shipments):
                if id(shipment) not in known:
                    self._count += 1
                    self.stopped = None
                    cells = {at + 1: cell.id for at, cell in enumerate(self._cells()) if cell.source}
                    self._jobs.append(Job(self._count, shipment, cells, self._digests(shipment)))

    def failed(self, failure: Failure) -> None:
        """A job ended so."""
        place = failure.place
        with self._lock:
            self._failures.append(failure)
            if place is not None:
                message = self._said(failure)
                cell, text = self._cell(place.cell), place.text
                ran = self._running()
                self._find(Finding("job", failure.function, cell, place.line - 1, text, None, message, ran))

    def after_cell(self, error: BaseException | None) -> None:
        """The running cell has ended so: what it showed before holds no more, and values may have changed."""
        with self._lock:
            ran = self._running()
            if isinstance(error, PreflightError):
                self.stopped = error
            elif isinstance(error, SecretShipped):
                self.stopped = None
            if error is None:
                kept = [one for one in self._findings if ran not in (one.ran, one.cell)]
                self._findings = deque(kept, maxlen=FINDINGS_KEPT)
            elif isinstance(error, PreflightError) and error.__cause__ is not None:
                # Without a cause it was a rule that said so, and nothing was tried.
                self._find(self._finding(error, ran))
            if not self._jobs:
                return
            from .digest import digest_of

            watched = list(dict.fromkeys(name for job in reversed(self._jobs) for name in job.digests))
            namespace = self._session.namespace
            self._now = {name: digest_of(namespace[name]) for name in watched[:WATCHED] if name in namespace}

    def job(self, number: int) -> Job | None:
        """The job of that number; None where it is not kept any more."""
        return next((job for job in list(self._jobs) if job.number == number), None)

    def told(self) -> dict[str, Any]:
        """Each function as it was sent last, newest first, and what was seen to fail; no value of a row if masked."""
        with self._lock:
            told: dict[tuple[object, ...], dict[str, Any]] = {}
            for job in reversed(self._jobs):
                for at, function in enumerate(job.shipment.functions):
                    state = self._function(job, at, function)
                    told.setdefault((state["cell"], state["line"], state["name"]), state)
            functions = list(told.values())[:FUNCTIONS_TOLD]
            return {"functions": functions, "findings": [vars(one) for one in reversed(self._findings)]}

    # -- inside, under the lock ---------------------------------------------------------------------------------

    def _find(self, finding: Finding) -> None:
        same = (finding.cell, finding.line, finding.function)
        kept = [one for one in self._findings if (one.cell, one.line, one.function) != same]
        self._findings = deque([*kept, finding], maxlen=FINDINGS_KEPT)

    def _finding(self, error: PreflightError, ran: str | None) -> Finding:
        line = None if error.line is None else error.line - 1
        cell = None if error.cell is None else self._cell(error.cell)
        text = ""
        if error.cell is not None and line is not None and 0 < error.cell <= len(self._cells()):
            lines = self._cells()[error.cell - 1].source.split("\n")
            text = lines[line] if line < len(lines) else ""
        # The place is told beside it, in cells of the document: in the text it has the kernel's numbers.
        message = error.message.replace(placed(error.cell, error.line), "", 1)
        return Finding("preflight", error.function, cell, line, text.strip(), error.kind, message, ran)

    def _function(self, job: Job, at: int, function: ShippedFunction) -> dict[str, Any]:
        shipment = job.shipment
        first = function.pieces[0] if function.pieces else None
        captures = {capture.name: capture for piece in function.pieces for capture in piece.captures}
        failure = next((one for one in reversed(self._failures) if blames(one, shipment, function)), None)
        return {
            "job": job.number,
            "function": at,
            "name": function.name,
            "cell": None if first is None or first.cell is None else job.cells.get(first.cell),
            "line": None if first is None else first.line - 1,
            "index": None if first is None or first.cell is None else first.cell - 1,
            "standing": shipment.standing,
            "project": shipment.project,
            "instance": shipment.instance,
            "libraries": list(shipment.libraries),
            "udf": function.udf,
            "signature": function.signature,
            "size": function.pickle_size,
            "form": function.form,
            "modules": self._modules(function, shipment),
            "resources": list(function.resources),
            "unread": function.unread,
            "captures": [
                {
                    "name": capture.name,
                    "type": capture.type,
                    "size": capture.size,
                    "by": capture.by,
                    "changed": self._changed(job, capture.name),
                }
                for capture in captures.values()
            ],
            # Whether the kernel ran these lines last; whether they stand so in the notebook is for that to say.
            "stands": function_stands(function, job.cells, self._cells()),
            "pieces": [
                {
                    "name": piece.name,
                    "cell": None if piece.cell is None else job.cells.get(piece.cell),
                    "source": piece.source,
                    "stands": stands(piece, job.cells, self._cells()),
                }
                for piece in function.pieces
            ],
            "outcome": outcome_of(shipment, function, list(self._session.runs)),
            "failure": None if failure is None else self._failure(failure),
        }

    def _modules(self, function: ShippedFunction, shipment: Shipment) -> list[dict[str, str]]:
        """Where the executor finds what it imports, when it is loaded and when it runs."""
        from odps_jupyter.executor.profiles import UnknownProfile
        from odps_jupyter.rules.setting import Setting

        from .executor import profile_now
        from .origins import Library, origins

        names = dict.fromkeys([*function.modules, *(name for piece in function.pieces for name in piece.imports)])
        try:
            setting = Setting(profile_now(self._session))
        except UnknownProfile as error:
            return [{"name": name, "kind": "unknown", "detail": str(error)} for name in names]
        # They lie in the project, and are not fetched for a look.
        libraries = [Library(name, "", None, unpacked=True) for name in shipment.libraries]
        found = origins({name: [function.name] for name in names}, libraries, setting, supersede=False)
        return [{"name": one.module, "kind": one.kind, "detail": one.detail} for one in found]

    def _failure(self, failure: Failure) -> dict[str, Any]:
        masked, place, row = self._session.terms.masked, failure.place, failure.row
        return {
            "message": self._said(failure),
            "cell": None if place is None else self._cell(place.cell),
            "line": None if place is None else place.line - 1,
            "row": None if row is None else describe_row(row, masked=masked),
            "advice": failure.advice,
        }

    def _said(self, failure: Failure) -> str:
        return kind_of(failure.message) if self._session.terms.masked else failure.message

    def _changed(self, job: Job, name: str) -> bool | None:
        """Whether a name holds another value than was sent; None where that is not known."""
        before, now = job.digests.get(name), self._now.get(name)
        return None if before is None or now is None else before != now

    def _digests(self, shipment: Shipment) -> dict[str, str]:
        from .digest import digest_of

        namespace = self._session.namespace
        found: dict[str, str] = {}
        for function in shipment.functions:
            for capture in (capture for piece in function.pieces for capture in piece.captures):
                value = namespace.get(capture.name)
                if capture.by == "reference" or capture.name in found or capture.name not in namespace:
                    continue
                if type(value).__name__ != capture.type.rpartition(".")[2] or isinstance(value, _CODE):
                    continue  # a name of the kernel and one of a closure may be the same
                digest = digest_of(value)
                if digest is not None:
                    found[capture.name] = digest
        return found

    def _cell(self, number: int) -> str | None:
        cells = self._cells()
        return cells[number - 1].id if 0 < number <= len(cells) and cells[number - 1].source else None

    def _running(self) -> str | None:
        return self._cell(len(self._cells()))


_CODE = (FunctionType, ModuleType, type)
