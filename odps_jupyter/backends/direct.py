"""Jobs that the user's code sends itself: ``o.execute_sql``, ``%%sql``, ``o.create_table`` and the like.

``entry.rest.session`` is the ``requests.Session`` through which an entry object speaks, one for each thread and
endpoint, whichever object asks; an adapter is mounted there for the paths of projects (requests' manual, "Transport
Adapters"; PyODPS prepares its requests without the session's hooks). Threads that begin while a kernel listens do so
too (:mod:`.threads`). So nothing of PyODPS is patched, and what is sent elsewhere is not heard: on a thread that was
there before, or by an entry object of another endpoint that the running cell has just made.
Read in PyODPS 0.13.2: ``odps/rest.py`` (``session``), ``odps/models/instances.py`` (``create``),
``odps/models/instance.py`` (``reload``, ``get_task_statuses``).
"""

from __future__ import annotations

import os
import re
import threading
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from traceback import walk_stack
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

if TYPE_CHECKING:
    from .transport import HeardAdapter

#: ``/projects/P/instances`` and what follows it, whatever the endpoint's own path is.
_PATH = re.compile(r"/projects/([^/]+)/instances(?:/([^/]+))?$")
#: Settings, brackets and comments may come before the first word of a statement.
_WORD = re.compile(r"(?:[\s(]|--[^\n]*\n|/\*(?:(?!\*/).)*\*/|set\b[^;]*;)*([a-z]+)", re.DOTALL | re.IGNORECASE)
#: Modules of ours that are on the way of every answer.
_LISTENERS = frozenset({__name__, "odps_jupyter.backends.transport"})
#: A task that only estimates a job.
_ESTIMATE = "SQLCost"
#: Where PyODPS executes expressions, on threads of its own too, and removes what it left.
_OF_EXPRESSIONS = ("odps.df.", "odps.tempobj")


@dataclass(frozen=True)
class DirectJob:
    """One instance as it was sent: ``operation`` is the first word of its SQL, or the kind of its task."""

    instance: str
    project: str
    operation: str


class Hears(Protocol):
    """Who hears of jobs, on the thread that sent them."""

    def sent(self, entry: Any, job: DirectJob) -> None:
        """Called before the code that sent it goes on; ``entry`` is the object it was sent by."""

    def asked(self, instance: str) -> None:
        """Called when somebody is about to ask for the status of an instance, and waits for the answer."""

    def told(self, instance: str, *, ended: bool, tasks: tuple[str, ...]) -> None:
        """Called with what the service answers about an instance: the statuses of its ``tasks``, such as ``FAILED``,
        where it was asked for them.
        """


class Listening:
    """Listens on the sessions of entry objects, until it is closed."""

    def __init__(self, hears: Hears, is_users: Callable[[str], bool]) -> None:
        """Args: ``is_users`` tells whether a file is a cell: who is nearest, it or a module of ours, sent the job."""
        self._hears = hears
        self._is_users = is_users
        #: By endpoint: those that a thread which begins listens on too.
        self._endpoints: dict[str, weakref.ref[Any]] = {}
        self._mounted: weakref.WeakKeyDictionary[Any, tuple[str, HeardAdapter]] = weakref.WeakKeyDictionary()
        self._lock = threading.Lock()
        # A process that the user forks has our records in its memory, and nobody to show them to.
        self._process = os.getpid()

    def watch(self, entry: Any) -> None:
        """Hear of what is sent to the endpoint of ``entry``, by whichever object, on this thread and on those that
        begin later; a second call changes nothing.
        """
        self._endpoints.setdefault(entry.endpoint, weakref.ref(entry.rest))
        self._mount(entry.rest)

    def here(self) -> None:
        """Hear of what is sent on this thread, which has just begun."""
        for reference in list(self._endpoints.values()):
            client = reference()
            if client is not None:
                self._mount(client)

    def close(self) -> None:
        """Take back what was put into the sessions."""
        with self._lock:
            for session, (prefix, adapter) in list(self._mounted.items()):
                if session.adapters.get(prefix) is adapter:
                    del session.adapters[prefix]
            self._mounted.clear()
            self._endpoints.clear()

    def _mount(self, client: Any) -> None:
        session = client.session
        with self._lock:
            if session in self._mounted:
                return
            from requests.exceptions import InvalidSchema  # requests is imported with PyODPS, not before

            from .transport import HeardAdapter

            prefix = f"{client.endpoint.rstrip('/')}/projects/"
            try:
                adapter = HeardAdapter(session.get_adapter(prefix), self._asking, self._heard)
            except InvalidSchema:
                return  # nothing can be sent there, as PyODPS says to whoever tries
            session.mount(prefix, adapter)
            self._mounted[session] = prefix, adapter

    def _asking(self, request: Any) -> None:
        parts = urlsplit(request.url)
        found = _PATH.search(unquote(parts.path)) if request.method == "GET" else None
        if found is not None and found[2] is not None and _asks_status(parts.query) and self._is_here():
            self._hears.asked(found[2])

    def _heard(self, response: Any) -> None:
        request = response.request
        parts = urlsplit(request.url)
        found = _PATH.search(unquote(parts.path))
        if found is None or not response.ok or not self._is_here():
            return
        project, instance = found.groups()
        if request.method == "POST" and instance is None:
            location = response.headers.get("Location", "").rpartition("/")[2]
            operation = operation_of(request.body)
            if location and operation is not None and self._sent_by_user():
                entry = sender_now()
                if entry is not None:
                    self._tell(entry, DirectJob(location, project, operation))
        elif request.method == "GET" and instance is not None and _asks_status(parts.query):
            ended, tasks = status_of(response.content)
            self._hears.told(instance, ended=ended, tasks=tasks)

    def _tell(self, entry: Any, job: DirectJob) -> None:
        try:
            self._hears.sent(entry, job)
        except Exception as error:  # noqa: BLE001 - it runs: who sent it must get its instance
            said = f"Job {job.instance} was sent, and is not shown here: {type(error).__name__}: {error}"
            warnings.warn(said, RuntimeWarning, stacklevel=2)

    def _is_here(self) -> bool:
        return os.getpid() == self._process

    def _sent_by_user(self) -> bool:
        for frame, _ in walk_stack(None):
            if self._is_users(frame.f_code.co_filename):
                return True
            home = str(frame.f_globals.get("__name__", ""))
            if home.startswith("odps_jupyter.") and home not in _LISTENERS:
                return False
            if home.startswith(_OF_EXPRESSIONS) and threading.current_thread() is not threading.main_thread():
                return False
        # A pool is handed PyODPS's own methods, and no line of a cell is on the stack.
        return threading.current_thread() is not threading.main_thread()


def sender_now() -> Any:
    """The entry object by which a request is being sent on this thread; None where nobody of PyODPS's sends one.

    Several accounts at one endpoint share a session: who asks is only on the stack.
    """
    from odps import ODPS
    from odps.rest import RestClient

    client = None
    for frame, _ in walk_stack(None):
        one = frame.f_locals.get("self")
        if client is None and isinstance(one, RestClient):
            client = one
        elif client is not None and isinstance(one, ODPS) and one.rest is client:
            return one
    if client is None:
        return None
    # Such as ``project.instances.create``, which knows the client alone.
    return ODPS(
        account=client.account,
        app_account=client.app_account,
        project=client.project,
        endpoint=client.endpoint,
        schema=client.schema,
        overwrite_global=False,
    )


def operation_of(body: Any) -> str | None:
    """What a new instance does, of the request that asks for it; None where it only estimates or is not understood."""
    try:
        tasks = ElementTree.fromstring(body).find("Job/Tasks")
    except (ElementTree.ParseError, TypeError):
        return None
    task = None if tasks is None else next(iter(tasks), None)
    if task is None or task.tag == _ESTIMATE:
        return None
    word = _WORD.match(task.findtext("Query", "")) if task.tag == "SQL" else None
    return task.tag if word is None else word[1].upper()


def status_of(content: bytes) -> tuple[bool, tuple[str, ...]]:
    """Whether an instance has ended, and the statuses of its tasks in capitals, where they are told."""
    try:
        told = ElementTree.fromstring(content)
    except ElementTree.ParseError:
        return False, ()
    tasks = tuple(task.findtext("Status", "").upper() for task in told.findall("Tasks/Task"))
    return told.findtext("Status", "").lower() == "terminated", tasks


def _asks_status(query: str) -> bool:
    """Not for results, which may be many, nor for summaries and stages, which come often."""
    asked = {part.partition("=")[0] for part in query.split("&")} - {""}
    return asked <= {"instancestatus", "taskstatus", "curr_project"}
