"""Watches over what one kernel sends: tries functions first, refuses secrets, keeps what was sent."""

from __future__ import annotations

import hashlib
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.client import executor_profile
from odps_jupyter.backends.detach import resolve_proxy, shipping_nodes, source_tables
from odps_jupyter.backends.engines import packed
from odps_jupyter.backends.generated import describe_function
from odps_jupyter.backends.generation import Generated, generate
from odps_jupyter.backends.held import HeldEntry
from odps_jupyter.backends.plan import Call, plan
from odps_jupyter.backends.proof import Proof, Setting, prove
from odps_jupyter.backends.secrets import check_text
from odps_jupyter.backends.watched import effective_hints
from odps_jupyter.executor.profiles import UnknownProfile

from .dry import NothingSent
from .preflight import Preflight, by_rule, failure_error, rule_error, unpicklable_error

if TYPE_CHECKING:
    from odps_jupyter.backends.engines import Engine
    from odps_jupyter.backends.payload import Place
    from odps_jupyter.backends.shipment import Shipment
    from odps_jupyter.backends.twin import Twin
    from odps_jupyter.backends.watched import Extras
    from odps_jupyter.rules.model import Diagnostic

    from .terms import Terms

#: Functions found good before, by what they are: a loop that executes them again does not try them again.
KEPT = 200
#: Rules that say which modules the executor lacks.
OF_MODULES = frozenset({"local-only-package", "local-module-code"})
TIMEZONE_HINT = "odps.sql.timezone"
#: What the rules say of the cells so far, and the index of the running cell.
Diagnose = Callable[[], tuple[Sequence["Diagnostic"], int]]


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
        secrets: Sequence[str],
        twin: Twin,
        proven: Proven,
        locate: Callable[[str], Place | None],
        diagnose: Diagnose | None,
        shipped: Callable[[Shipment], None],
        checked: Callable[[Preflight], None],
    ) -> None:
        """Args: ``secrets`` must be in no pickle; ``shipped`` and ``checked`` hear of what was sent, and of each
        preflight that let it go.
        """
        self._entry = entry
        self._terms = terms
        self._secrets = secrets
        self._twin = twin
        self._proven = proven
        self.locate = locate
        self._diagnose = diagnose
        self.shipped = shipped
        self._checked = checked

    @property
    def extras(self) -> Extras:
        """See the protocol."""
        return self._terms.extras

    def check(self, text: str) -> None:
        """See the protocol."""
        check_text(text, self._secrets, "A function")

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

    def _examine(self, calls: Sequence[Call], engine: Engine) -> None:
        __tracebackhide__ = True
        started = time.perf_counter()
        with tempfile.TemporaryDirectory(prefix="odps-jupyter-libraries-") as folder:
            held = HeldEntry(self._entry, Path(folder))
            tries = [self._generate(call, engine, held) for call in calls]
            generated = [one for each in tries for one in each.generated]
            for one in generated:
                check_text(one.text, self._secrets, one.name)
            if not self._terms.preflight:
                return
            key = self._digest(generated, calls)
            if self._proven.holds(key):
                self._checked(Preflight((), (), time.perf_counter() - started, again=True))
                return
            self._ask_rules(generated, libraries=any(one.libraries for one in tries))
            proofs = [self._prove(one) for one in tries]
        for proof in proofs:
            if proof.failure is not None:
                diagnostics = self._diagnose()[0] if self._diagnose is not None else ()
                raise failure_error(proof, self.locate, diagnostics) from proof.failure
        doubts = tuple(dict.fromkeys(doubt for proof in proofs for doubt in proof.doubts))
        if not doubts:
            self._proven.add(key)
        rows = tuple(row for proof in proofs for row in proof.rows)
        self._checked(Preflight(rows, doubts, time.perf_counter() - started))

    def _generate(self, call: Call, engine: Engine, held: HeldEntry) -> _Try:
        __tracebackhide__ = True
        libraries = packed(engine, held, (call.options or {}).get("libraries"))
        files = {file.name: file for file in held.files}
        laid = tuple(files.get(library.name, library) for library in libraries)
        try:
            return _Try(call, tuple(generate(call.expr, libraries)), laid)
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

    def _prove(self, tried: _Try) -> Proof:
        from odps import options

        asked = tried.call.options or {}
        try:
            profile = executor_profile(self._terms.extras.python, asked.get("image") or options.df.image)
        except UnknownProfile as error:
            return Proof(doubts=(f"the functions were not tried: {error}",))
        hints = dict(effective_hints(asked.get("hints")))
        setting = Setting(
            profile,
            tried.libraries,
            tuple(self._entry.get_resource(name) for name in self._terms.extras.resources),
            hints.get(TIMEZONE_HINT, "UTC"),
        )
        with self._twin.alone:
            return prove(tried.call.expr, tried.generated, self._twin, setting)

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


@dataclass(frozen=True)
class _Try:
    """One call, its generated functions, and the libraries they import from."""

    call: Call
    generated: tuple[Generated, ...]
    libraries: tuple[Any, ...]
