"""Runs the functions of an execution on rows of its tables, in processes of the executor twin; sends nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends import embedded
from odps_jupyter.backends.client import executor_profile, source_tag
from odps_jupyter.backends.engines import Engine, packed
from odps_jupyter.backends.generation import Generated, generate
from odps_jupyter.backends.proof import ROWS, Proof, Setting, prove
from odps_jupyter.backends.watched import Extras, effective_hints, written_for
from odps_jupyter.executor.profiles import UnknownProfile

if TYPE_CHECKING:
    from odps_jupyter.backends.deadline import Deadline
    from odps_jupyter.backends.held import HeldEntry
    from odps_jupyter.backends.payload import Locate
    from odps_jupyter.backends.plan import Call
    from odps_jupyter.backends.twin import Twin

TIMEZONE_HINT = "odps.sql.timezone"


@dataclass(frozen=True)
class Try:
    """One call, its generated functions, and the libraries they import from."""

    call: Call
    generated: tuple[Generated, ...]
    libraries: tuple[Any, ...]


class Trials:
    """What functions are tried with: the entry object their resources are read through, the twin, the extras."""

    def __init__(self, entry: Any, twin: Twin, extras: Extras, locate: Locate) -> None:
        """Args: ``locate`` knows the cells' file names."""
        self._entry = entry
        self._twin = twin
        self._extras = extras
        self._locate = locate
        self._source = source_tag(extras, lambda: embedded.answers(entry.endpoint))

    def generate(self, call: Call, engine: Engine, held: HeldEntry) -> Try:
        """The UDFs as PyODPS would send them; libraries that it would upload are kept by ``held``.

        Raises:
            CannotShip: a callable would travel as source and cannot.
            Exception: whatever pickling a callable raises.
        """
        __tracebackhide__ = True
        libraries = packed(engine, held, (call.options or {}).get("libraries"))
        files = {file.name: file for file in held.files}
        laid = tuple(files.get(library.name, library) for library in libraries)
        generated = generate(call.expr, libraries)
        if self._source is not None:
            generated = [replace(one, text=written_for(self._source, one.text, self._locate)) for one in generated]
        return Try(call, tuple(generated), laid)

    def prove(self, tried: Try, deadline: Deadline, rows: int = ROWS) -> Proof:
        """Call the functions with the first ``rows`` of each table, until the ``deadline`` at most."""
        from odps import options

        asked = tried.call.options or {}
        try:
            image = asked.get("image") or options.df.image
            profile = executor_profile(self._extras.python, image, source=self._source is not None)
        except UnknownProfile as error:
            return Proof(doubts=(f"the functions were not tried: {error}",))
        setting = Setting(
            profile,
            tried.libraries,
            tuple(self._entry.get_resource(name) for name in self._extras.resources),
            dict(effective_hints(asked.get("hints"))).get(TIMEZONE_HINT, "UTC"),
            rows,
        )
        return prove(tried.call.expr, tried.generated, self._twin, setting, deadline)
