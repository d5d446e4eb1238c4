"""Watches over what one kernel sends: tries functions first, refuses secrets, keeps what was sent."""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.deadline import Deadline
from odps_jupyter.backends.detach import resolve_proxy, shipping_nodes, source_tables
from odps_jupyter.backends.generated import describe_function
from odps_jupyter.backends.generation import Generated
from odps_jupyter.backends.held import HeldEntry
from odps_jupyter.backends.messages import first_line
from odps_jupyter.backends.plan import Call, plan
from odps_jupyter.backends.proof import ROWS
from odps_jupyter.backends.scratch import scratch
from odps_jupyter.backends.secrets import check_text
from odps_jupyter.errors import UserError

from .advice import SCRIPT_FAILED
from .captures import check_size
from .dry import NothingSent
from .mistaken import check_mistaken
from .postmortem import Finding, Search, Suspect, examine, place_now, suspect, with_row
from .preflight import Preflight, by_rule, failure_error, rule_error, unpicklable_error
from .tables import check_captured
from .trial import Trials, Try

if TYPE_CHECKING:
    from odps_jupyter.backends.engines import Engine
    from odps_jupyter.backends.maxcompute_engine import Failing
    from odps_jupyter.backends.patience import Patience
    from odps_jupyter.backends.payload import Place
    from odps_jupyter.backends.room import Room
    from odps_jupyter.backends.shipment import Shipment
    from odps_jupyter.backends.temporary import Item, Temporary
    from odps_jupyter.backends.twin import Twin
    from odps_jupyter.backends.watched import Extras
    from odps_jupyter.rules.model import Diagnostic

    from .failure import Failure
    from .terms import Terms

#: Functions found good before, by what they are: a loop that executes them again does not try them again.
KEPT = 200
#: Rules that say which modules the executor lacks.
OF_MODULES = frozenset({"local-only-package", "local-module-code"})
#: What the rules say of the cells so far, and the index of the running cell.
Diagnose = Callable[[], tuple[Sequence["Diagnostic"], int]]
#: Hears of an error before the user gets it and what it means; and, of one that came in the background, how to find out
#: more of it on the kernel's own thread.
Told = Callable[[Exception, "Failure", Callable[[], "Failure"] | None], None]


class Proven:
    """The functions found good before, as digests."""

    def __init__(self) -> None:
        self._kept: OrderedDict[str, None] = OrderedDict()

    def holds(self, key: str) -> bool:
        return key in self._kept

    def add(self, key: str) -> None:
        self._kept[key] = None
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)


class Watchman:
    """The :class:`~odps_jupyter.backends.maxcompute_engine.Oversight` of one execution."""

    def __init__(
        self,
        entry: Any,
        terms: Terms,
        *,
        secrets: Callable[[], Iterable[str]],
        twin: Twin,
        proven: Proven,
        locate: Callable[[str], Place | None],
        diagnose: Diagnose | None,
        shipped: Callable[[Shipment], None],
        checked: Callable[[Preflight], None],
        advise: Callable[[Exception], str | None],
        suspected: Callable[[Suspect | None], None],
        failed: Told,
        left: Callable[[Temporary, Sequence[Item]], None],
        results: Temporary,
    ) -> None:
        """Args: ``secrets`` are asked once for what must be in no pickle, when a first text is there; ``shipped`` and
        ``checked`` hear of what was sent, and of each preflight that let it go; ``advise`` says what to do about an
        error; ``suspected`` hears of the function that failed last, None where none is known, and ``failed`` of each
        failed execution before the user gets its error; ``left`` hears of what may still be in the project, and which
        of it could not be removed; ``results`` takes the tables of rows.
        """
        self._entry = entry
        self._terms = terms
        # Once for an execution, however many texts it sends: a credential provider asks its service.
        self._hidden = cache(lambda: frozenset(secrets()))
        self._trials = Trials(entry, twin, terms.extras, locate)
        self._proven = proven
        self.locate = locate
        self._diagnose = diagnose
        self.shipped = shipped
        self._checked = checked
        self._advise = advise
        self._suspected = suspected
        self._failed = failed
        self.left = left
        self.results = results

    @property
    def patience(self) -> Patience:
        """See the protocol."""
        return self._terms.patience

    @property
    def room(self) -> Room:
        """See the protocol."""
        return self._terms.room

    @property
    def extras(self) -> Extras:
        """See the protocol."""
        return self._terms.extras

    def check(self, text: str) -> None:
        """See the protocol."""
        check_text(text, self._hidden(), "A function")

    def before(self, calls: Sequence[Call], engine: Engine) -> None:
        """See the protocol.

        Raises:
            SecretShipped: a function would take a key along.
            PreflightError: a function fails, or a rule says that it will.
            NothingSent: the cell is a dry run.
        """
        __tracebackhide__ = True
        shipping = [call for call in calls if next(shipping_nodes(resolve_proxy(call.expr)), None) is not None]
        if shipping:
            self._examine(shipping, engine)
        if self._terms.dry:
            raise NothingSent(plan(calls, engine, self._entry, locate=self.locate, extras=self.extras))

    def failing(self, calls: Sequence[Call], engine: Engine, *, waited: bool) -> Failing:
        """See the protocol."""
        asked = place_now(self.locate)

        def failing(error: Exception, shipments: Sequence[Shipment]) -> None:
            from odps.errors import ODPSError

            if not isinstance(error, ODPSError):
                return
            failure = replace(examine(error, shipments, self._advise(error), self.locate), asked=asked)

            def searched() -> Failure:
                return self._searched(failure, calls, engine)

            if waited:
                self._failed(error, searched(), None)
            else:
                # PyODPS's pandas engine, which looks for the row, is that of the kernel's own thread.
                self._failed(error, failure, searched)

        return failing

    def _searched(self, failure: Failure, calls: Sequence[Call], engine: Engine) -> Failure:
        """The failure with its row, where one is found."""
        if failure.code != SCRIPT_FAILED:
            return failure
        try:
            found = Search(self._trials, calls, engine, self._entry)(failure.message)
        except Exception as why:  # noqa: BLE001 - the user gets the job's error, whatever became of the search
            found = Finding(doubt=f"{type(why).__name__}: {first_line(why)}")
        self._suspected(found.suspect)
        return with_row(failure, found)

    def _examine(self, calls: Sequence[Call], engine: Engine) -> None:
        __tracebackhide__ = True
        from odps import options

        started = time.perf_counter()
        if self._terms.preflight:
            check_captured([call.expr for call in calls], self._diagnose, self.locate)
            check_mistaken([call.expr for call in calls], self.locate)
        with scratch("odps-jupyter-libraries-") as folder:
            held = HeldEntry(self._entry, folder)
            tries = [self._generate(call, engine, held) for call in calls]
            generated = [one for each in tries for one in each.generated]
            for one in generated:
                check_size(one.text, one.name, one.node.func, options.resource_chunk_size)
                check_text(one.text, self._hidden(), one.name)
            if not self._terms.preflight:
                return
            key = self._digest(generated, calls)
            if self._proven.holds(key):
                self._checked(Preflight((), (), time.perf_counter() - started, again=True))
                return
            self._ask_rules(generated, libraries=any(one.libraries for one in tries))
            deadline = Deadline(self._terms.seconds)
            proofs = [self._trials.prove(one, deadline) for one in tries]
        for tried, proof in zip(tries, proofs, strict=True):
            if proof.failure is not None:
                self._suspected(suspect(tried, proof, self._entry, ROWS))
                diagnostics = self._diagnose()[0] if self._diagnose is not None else ()
                masked = self._terms.masked
                raise failure_error(proof, self.locate, diagnostics, masked=masked) from proof.failure
        doubts = tuple(dict.fromkeys(doubt for proof in proofs for doubt in proof.doubts))
        if not doubts:
            self._proven.add(key)
        rows = tuple(row for proof in proofs for row in proof.rows)
        self._checked(Preflight(rows, doubts, time.perf_counter() - started))

    def _generate(self, call: Call, engine: Engine, held: HeldEntry) -> Try:
        __tracebackhide__ = True
        try:
            return self._trials.generate(call, engine, held)
        except UserError:
            raise  # it says itself what is wrong
        except Exception as error:
            if not self._terms.preflight:
                raise
            raise unpicklable_error(call.expr, error, self.locate) from error

    def _ask_rules(self, generated: Sequence[Generated], *, libraries: bool) -> None:
        """With libraries, what of modules is on the executor is for the trial to find out: rules see no archives."""
        __tracebackhide__ = True
        if self._diagnose is None:
            return
        found, current = self._diagnose()
        diagnostics = [one for one in found if one.severity == "error" and not (libraries and one.kind in OF_MODULES)]
        if diagnostics:
            functions = [describe_function(one.name, one.text, self.locate) for one in generated]
            error = by_rule(diagnostics, functions, current)
            if error is not None:
                raise rule_error(error, functions)

    def _digest(self, generated: Sequence[Generated], calls: Sequence[Call]) -> str:
        """What a proof is about: the very texts, the tables they read, and the executor asked for."""
        from odps import options

        found = hashlib.sha256(repr((self._terms.extras, options.df.image)).encode())
        for call in calls:
            for table in source_tables([call.expr]):
                found.update(table.full_table_name.encode())
        for one in generated:
            found.update(one.text.encode())
        return found.hexdigest()
