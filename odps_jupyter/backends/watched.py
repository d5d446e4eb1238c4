"""An entry object that takes note of what PyODPS sends for a job, and checks it on its way.

PyODPS's engine is given its entry object by its constructor and sends everything through that object's public methods:
``create_resource`` for the text of each generated UDF, ``create_function``, ``run_sql``. Standing there needs no patch,
sees the very texts that are sent, and can refuse them before the first byte leaves. Nothing public says what was
pickled: the texts do. Read in PyODPS 0.13.2: ``odps/df/backends/odpssql/context.py`` (``create_udfs``) and
``engine.py`` (``_run``); ``engines.py`` refuses other versions.
"""

from __future__ import annotations

import re
import threading
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, get_args

from odps_jupyter.executor.profiles import profile_for

from .generated import describe_function, library_names
from .patience import SUBMITTING, Patience, PatientInstance
from .payload import Locate
from .room import Room
from .shipment import Shipment, ShippedFunction
from .temporary import Kind, Made, Temporary

#: How functions travel: ``auto`` is as source only where their bytecode would not load.
Ship = Literal["auto", "source", "bytecode"]
SHIPS: tuple[Ship, ...] = get_args(Ship)
PYTHON_HINT = "odps.sql.python.version"
#: The tables that PyODPS makes for a job's rows and between its jobs (``TEMP_TABLE_PREFIX`` of ``odps/utils.py``).
_MADE = re.compile(r"tmp_pyodps_(\d+_)?[0-9a-f]{8}(_[0-9a-f]{4}){3}_[0-9a-f]{12}")
_RESULT_TABLE = re.compile(rf"CREATE TABLE ({_MADE.pattern}) ")
#: Called with each generated text before it is sent; raises where it must not be.
Check = Callable[[str], None]


@dataclass(frozen=True)
class Extras:
    """What a cell adds to its jobs, and how their functions travel.

    Attributes:
        resources: names of the project's resources attached to every function.
        python: the tag asked of the executor, PyODPS's own choice where None.
    """

    resources: tuple[str, ...] = ()
    python: str | None = None
    ship: Ship = "auto"


@dataclass
class _Sent:
    """What one thread has sent of functions: PyODPS sends a job's functions on the thread that submits it."""

    texts: dict[str, str] = field(default_factory=dict)
    attached: dict[str, tuple[str, ...]] = field(default_factory=dict)


class WatchedEntry:
    """Stands where PyODPS's engine expects an entry object; everything else it is asked goes to ``entry``."""

    def __init__(
        self,
        entry: Any,
        *,
        check: Check,
        shipped: Callable[[Shipment], None],
        locate: Locate,
        extras: Extras,
        source: str | None = None,
        sending: Callable[[], None] = lambda: None,
        over: Callable[[str], None] = lambda _: None,
        patience: Patience = Patience(0.0),  # noqa: B008 - it is frozen
        waiting: Callable[[str], None] = lambda _: None,
        room: Room = Room(),  # noqa: B008 - it is frozen
        results: Temporary | None = None,
    ) -> None:
        """Args: ``shipped`` hears of each job as it is sent, ``locate`` knows the cells' file names; ``source`` is the
        tag of the executor that functions are written for as source, None where they travel as bytecode; ``sending``
        is called before each job, and raises where it must not be sent any more; ``waiting`` hears of each pause in
        which a lost network is waited for; ``over`` of each job's id when the service has said how it ended; ``room``
        is what the rows of a job may take of memory; ``results`` takes the tables that PyODPS reads again.
        """
        self._entry = entry
        self._check = check
        self._shipped = shipped
        self._locate = locate
        self._extras = extras
        self._source = source
        self._sending = sending
        self._over = over
        self._patience = patience
        self._waiting = waiting
        self._room = room
        self._local = threading.local()
        #: What its jobs need in the project for a while.
        self.temporary = Temporary(entry)
        self._results = results or Temporary(entry)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._entry, name)

    def get_table(self, name: str, **options: Any) -> Any:
        """As PyODPS's; the table of a job's rows is read only where there is room for them."""
        from odps.utils import TEMP_TABLE_PREFIX

        from .results import ResultTable  # a class of PyODPS's is its base

        table = self._entry.get_table(name, **options)
        return ResultTable.of(table, self._room) if name.startswith(TEMP_TABLE_PREFIX) else table

    def create_table(self, name: Any, *arguments: Any, **options: Any) -> Any:
        """As PyODPS's."""
        if isinstance(name, str) and _MADE.fullmatch(name):
            self._results.note("table", name, options.get("schema"), options.get("project"))
        return self._entry.create_table(name, *arguments, **options)

    def create_resource(self, name: str, type: str | None = None, **options: Any) -> Any:
        """As PyODPS's; ``type`` is its word."""
        text = options.get("file_obj")
        if type == "py" and isinstance(text, str):
            if self._source is not None:
                text = options["file_obj"] = written_for(self._source, text, self._locate)
            self._check(text)
            self._sent.texts[name.removesuffix(".py")] = text
        entry = self._entry
        if not options.get("temp"):
            return entry.create_resource(name, type, **options)
        schema = options.get("schema")
        return self._make(
            "resource",
            name,
            schema,
            make=lambda: entry.create_resource(name, type, **options),
            find=lambda: entry.get_resource(name, schema=schema),
            # PyODPS looks at the class of an archive.
            wrapped=type in {"py", "table"},
        )

    def create_function(self, name: str, **options: Any) -> Any:
        """As PyODPS's."""
        resources = [one.made if isinstance(one, Made) else one for one in options.get("resources", ())]
        resources += self._extras.resources
        self._sent.attached[name] = tuple(_name(resource) for resource in resources)
        entry, schema = self._entry, options.get("schema")
        return self._make(
            "function",
            name,
            schema,
            make=lambda: entry.create_function(name, **{**options, "resources": resources}),
            find=lambda: entry.get_function(name, schema=schema),
        )

    def run_sql(self, sql: str, **options: Any) -> Any:
        """As PyODPS's."""
        self._sending()
        sent, self._local.sent = self._sent, _Sent()
        functions, libraries = self._functions(sent, sql)
        python = self._source or self._extras.python
        if functions and python is not None:
            options["hints"] = {**(options.get("hints") or {}), PYTHON_HINT: python}
        shipment = Shipment(
            "verified", functions, libraries, sql, effective_hints(options.get("hints")), str(self._entry.project)
        )
        entry, temporary = self._entry, self.temporary
        found = _RESULT_TABLE.search(sql)
        table = None if found is None else temporary.note("table", found[1], options.get("default_schema"))
        # By this the service knows a job again whose submission it has obeyed before.
        options.setdefault("unique_identifier_id", str(uuid.uuid4()))
        asked = 0

        def submit() -> Any:
            nonlocal asked
            asked += 1
            return entry.run_sql(sql, **options)

        try:
            instance = self._patience.at_most(SUBMITTING).ask(submit, self._waiting)
        except BaseException as error:
            if table is not None and asked == 1:
                temporary.failed(table, error)
            self._shipped(shipment)
            raise
        self._shipped(replace(shipment, instance=instance.id))

        def ended() -> None:
            self._over(instance.id)
            # A job that failed has written none; that of one that did not is PyODPS's, which reads it again.
            if table is not None:
                temporary.forget(table)
                self._results.made(table)

        return PatientInstance(instance, self._patience, self._waiting, ended)

    def _make(
        self,
        kind: Kind,
        name: str,
        schema: str | None,
        *,
        make: Callable[[], Any],
        find: Callable[[], Any],
        wrapped: bool = True,
    ) -> Any:
        """Make what a job needs for a while, under a name that nobody else uses."""
        from odps import options
        from odps.errors import ObjectAlreadyExists

        if not options.df.delete_udfs:
            return make()  # the user keeps them
        item = self.temporary.note(kind, name, schema)
        asked = 0

        def attempt() -> Any:
            nonlocal asked
            asked += 1
            try:
                return make()
            except ObjectAlreadyExists:
                if asked == 1:
                    raise
                return find()  # made before, by a request whose answer was lost

        # Where it fails it may be there all the same: PyODPS asks for what it made, too.
        try:
            made = self._patience.at_most(SUBMITTING).ask(attempt, self._waiting)
        except BaseException as error:
            if asked == 1:
                self.temporary.failed(item, error)
            raise
        self.temporary.made(item)
        return self.temporary.watch(made, item) if wrapped else made

    def _functions(self, sent: _Sent, sql: str) -> tuple[tuple[ShippedFunction, ...], tuple[str, ...]]:
        """The job's functions and the libraries attached to them; what a job before left unused is none of them."""
        functions: list[ShippedFunction] = []
        libraries: dict[str, None] = {}
        for udf, text in sent.texts.items():
            if udf in sql:
                brought = library_names(text)
                own = {f"{udf}.py", *brought}
                attached = tuple(name for name in sent.attached.get(udf, ()) if name not in own)
                functions.append(replace(describe_function(udf, text, self._locate), resources=attached))
                libraries.update(dict.fromkeys(brought))
        return tuple(functions), tuple(libraries)

    @property
    def _sent(self) -> _Sent:
        if not hasattr(self._local, "sent"):
            self._local.sent = _Sent()
        found: _Sent = self._local.sent
        return found


def written_for(tag: str, text: str, locate: Locate) -> str:
    """A generated text with its functions as source for the executor ``tag``.

    Raises:
        CannotShip: a function in it cannot travel so.
    """
    from .source.shipping import as_source  # what PyODPS bundles is imported when somebody ships

    return as_source(text, profile_for(tag, None, None).python, locate)


def effective_hints(hints: Any) -> tuple[tuple[str, str], ...]:
    """What the service gets: PyODPS lays a job's hints over ``options.sql.settings``."""
    from odps import options

    merged = {**(options.sql.settings or {}), **(hints or {})}
    return tuple(sorted((str(name), _text(value)) for name, value in merged.items()))


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _name(resource: Any) -> str:
    return str(resource if isinstance(resource, str) else resource.name)
