"""Jobs that the user's code sends itself: ``o.execute_sql``, ``%%sql``, ``o.create_table`` and the like.

``entry.rest.session`` is the ``requests.Session`` through which an entry object speaks, one for each thread and
endpoint, whichever object asks; an adapter is mounted there for the paths of projects (requests' manual, "Transport
Adapters"; PyODPS prepares its requests without the session's hooks). So jobs are heard of that are sent on the thread
that listens, and nothing of PyODPS is patched.
Read in PyODPS 0.13.2: ``odps/rest.py`` (``session``), ``odps/models/instances.py`` (``create``),
``odps/models/instance.py`` (``reload``, ``get_task_statuses``).
"""

from __future__ import annotations

import re
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
_WORD = re.compile(r"(?:\s|--[^\n]*\n|/\*(?:(?!\*/).)*\*/)*([A-Za-z]+)", re.DOTALL)
#: Modules of ours that are on the way of every answer.
_LISTENERS = frozenset({__name__, "odps_jupyter.backends.transport"})
#: A task that only estimates a job.
_ESTIMATE = "SQLCost"


@dataclass(frozen=True)
class DirectJob:
    """One instance as it was sent: ``operation`` is the first word of its SQL, or the kind of its task."""

    instance: str
    project: str
    operation: str


class Hears(Protocol):
    """Who hears of jobs, on the thread that sent them."""

    def sent(self, entry: Any, job: DirectJob) -> None:
        """Called before the code that sent it goes on; ``entry`` speaks to the same endpoint."""

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
        self._mounted: dict[int, tuple[Any, str, HeardAdapter]] = {}

    def watch(self, entry: Any) -> None:
        """Hear of what is sent to the endpoint of ``entry`` on this thread; a second call changes nothing."""
        session = entry.rest.session
        if id(session) in self._mounted:
            return
        from .transport import HeardAdapter  # requests is imported with PyODPS, not before

        prefix = f"{entry.endpoint.rstrip('/')}/projects/"
        adapter = HeardAdapter(session.get_adapter(prefix), lambda response: self._heard(entry, response))
        session.mount(prefix, adapter)
        self._mounted[id(session)] = (session, prefix, adapter)

    def close(self) -> None:
        """Take back what was put into the sessions."""
        for session, prefix, adapter in self._mounted.values():
            if session.adapters.get(prefix) is adapter:
                del session.adapters[prefix]
        self._mounted.clear()

    def _heard(self, entry: Any, response: Any) -> None:
        request = response.request
        parts = urlsplit(request.url)
        found = _PATH.search(unquote(parts.path))
        if found is None or not response.ok:
            return
        project, instance = found.groups()
        if request.method == "POST" and instance is None:
            location = response.headers.get("Location", "").rpartition("/")[2]
            operation = operation_of(request.body)
            if location and operation is not None and self._sent_by_user():
                self._hears.sent(entry, DirectJob(location, project, operation))
        elif request.method == "GET" and instance is not None and _asks_status(parts.query):
            ended, tasks = status_of(response.content)
            self._hears.told(instance, ended=ended, tasks=tasks)

    def _sent_by_user(self) -> bool:
        for frame, _ in walk_stack(None):
            if self._is_users(frame.f_code.co_filename):
                return True
            home = str(frame.f_globals.get("__name__", ""))
            if home.startswith("odps_jupyter.") and home not in _LISTENERS:
                return False
        return False


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
