"""The service: its parts put together, started, and taken apart again."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import duckdb
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets

from odps_jupyter.executor.pool import Pool

from . import control
from .clients import Clients
from .errors import OdpsError
from .folder import Folder, FolderError, unusable
from .functions import routes as functions
from .ground import Ground
from .heap import Heap
from .httpd import MAX_BODY, application
from .instances import algorithms
from .instances import routes as instances
from .instances.jobs import Jobs
from .instances.results import Results
from .projects import members
from .projects import routes as projects
from .projects.models import Places, create_project
from .resources import routes as resources
from .resources.models import Blobs
from .resources.models import recover as recover_resources
from .seed import seed_resources, seed_tables
from .signature import Verifier
from .store import LAYOUT, first_row, now
from .tables import routes as tables
from .tables.catalog import SessionCatalog
from .tables.lifecycle import reclaim
from .tunnel import instance_routes
from .tunnel import routes as tunnel
from .tunnel.models import Sessions
from .web import Router
from .zone import local_zone

log = logging.getLogger(__name__)

#: Other machines cannot reach it.
_LOOPBACK = "127.0.0.1"
#: Threads for requests. Jobs have their own.
_THREADS = 16
#: Seconds between looks at whether the service is idle.
_IDLE_CHECK = 1.0
#: Seconds between looks at what the C library keeps of freed memory.
_GIVE_BACK = 5.0
#: Seconds between looks for tables whose lifecycle is over (the vendor looks once a day).
_SWEEP = 3600.0

# The tunnel comes first: it shares paths with tables and instances and is told apart by its query.
ROUTES = [
    *control.ROUTES,
    *tunnel.ROUTES,
    *instance_routes.ROUTES,
    *projects.ROUTES,
    *members.ROUTES,
    *tables.ROUTES,
    *resources.ROUTES,
    *functions.ROUTES,
    *instances.ROUTES,
    *algorithms.ROUTES,
]


@dataclass(frozen=True)
class Options:
    """How the service is started. ``idle_timeout`` in seconds; ``None`` means that it never stops by itself."""

    port: int = 0
    project: str = "embedded"
    access_id: str = ""
    idle_timeout: float | None = None


class Service:
    """One running embedded MaxCompute. Routes get it as their first argument."""

    def __init__(self, folder: Folder, options: Options, ground: Ground | None = None) -> None:
        """Open the folder, whose lock the caller holds, unless it is open (``ground``).

        Raises:
            FolderError: it cannot be used.
        """
        self._ground = ground or Ground(folder)
        self.store = self._ground.store
        access_id, secret = folder.remember_secret(options.access_id)
        self.folder = folder
        self.options = options
        self.owner = access_id
        self.verifier = Verifier(access_id, secret)
        self.zone = local_zone()
        self.places = Places()
        self.clients = Clients()
        self.blobs = Blobs(folder.blobs)
        self.results = Results(folder.results)
        self.sessions = Sessions(folder.scratch)
        self.port = 0
        self._retired: list[str] = []
        self._retiring = threading.Lock()
        try:
            self._fill()
        except (duckdb.Error, OSError, OdpsError) as error:
            raise FolderError(unusable(folder.root, error)) from error
        self.jobs = Jobs(self)
        self.jobs.recover()
        reclaim(self, now())

    def _fill(self) -> None:
        """Make projects and seeds that are missing; a new folder appears with all of them or none."""
        project = self.options.project.lower()
        layout = self.store.layout()
        if layout not in (None, LAYOUT):
            raise FolderError(
                f"The data folder {self.folder.root} was made by another version of odps-jupyter; "
                "name another one with --data-dir."
            )
        with self.store.writing() as connection:
            recover_resources(connection, self.blobs)
            known = first_row(connection, "SELECT 1 FROM meta.projects WHERE name = ?", (project,))
            if known is None:
                create_project(connection, project, self.owner)
                seed_tables(connection, self.catalog(connection, project))
                seed_resources(connection, self.blobs, project, self.owner)
            if layout is None:
                connection.execute("INSERT INTO meta.info VALUES ('layout', ?)", (LAYOUT,))

    def catalog(self, connection: duckdb.DuckDBPyConnection, project: str) -> SessionCatalog:
        """The catalog of a project on a connection.

        Raises:
            OdpsError: no such project.
        """
        name = self.places.project(connection, project)
        return SessionCatalog(connection, self.store.claims, project=name, owner=self.owner)

    @property
    def pool(self) -> Pool:
        """The executor's processes.

        Raises:
            ExecutorError: the service stops.
        """
        return self._ground.pool

    def retire(self, blob: str) -> None:
        """Delete a content that no resource names any more, once no job runs that may still read it."""
        # Threads of requests and of jobs come here at once.
        with self._retiring:
            if blob:
                self._retired.append(blob)
            if self.jobs.running == 0:
                while self._retired:
                    self.blobs.remove(self._retired.pop())

    @property
    def description(self) -> dict[str, Any]:
        """What is printed when the service is ready; the secret itself never is."""
        return {
            "endpoint": f"http://{_LOOPBACK}:{self.port}/api",
            "project": self.options.project.lower(),
            "access_id": self.owner,
            "secret_file": str(self.folder.secret),
        }

    def _listen(self) -> list[socket.socket]:
        """On the port asked for, else the last one, else any: PyODPS files by endpoint what a killed kernel left."""
        last = self.folder.last_port()
        if not self.options.port and last:
            with suppress(OSError):  # somebody else has it by now
                return bind_sockets(last, _LOOPBACK)
        return bind_sockets(self.options.port, _LOOPBACK)

    async def run(self, ready: Callable[[dict[str, Any]], None]) -> None:
        """Serve until SIGTERM, SIGINT or idleness. ``ready`` is told how to reach the service.

        Raises:
            OSError: the port is taken.
        """
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="request")
        loop.set_default_executor(threads)
        server = HTTPServer(application(self, Router(ROUTES), threads), max_body_size=MAX_BODY)
        sockets = self._listen()
        self.port = sockets[0].getsockname()[1]
        self.folder.remember_port(self.port)
        server.add_sockets(sockets)
        idle = asyncio.create_task(self._stop_when_idle(stop))
        sweeping = asyncio.create_task(self._sweep())
        giving = asyncio.create_task(self._give_back())
        try:
            ready(self.description)
            await stop.wait()
        finally:
            idle.cancel()
            sweeping.cancel()
            giving.cancel()
            server.stop()
            await loop.run_in_executor(None, self.jobs.close)
            await server.close_all_connections()
            threads.shutdown(wait=True)

    async def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_SWEEP)
            await loop.run_in_executor(None, reclaim, self, now())

    async def _give_back(self) -> None:
        heap = Heap()
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_GIVE_BACK)
            await loop.run_in_executor(None, heap.give_back)

    async def _stop_when_idle(self, stop: asyncio.Event) -> None:
        limit = self.options.idle_timeout
        while limit is not None and not stop.is_set():
            await asyncio.sleep(min(_IDLE_CHECK, limit / 4))
            if self.jobs.running:
                self.clients.touch()
            elif self.clients.idle_seconds() > limit:
                log.info("nobody is connected and no request came for %s seconds: stopping", limit)
                stop.set()

    def close(self) -> None:
        """End every process and write everything back."""
        self._ground.close()
