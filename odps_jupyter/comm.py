"""The kernel's line to the panel: answers requests, announces the state.

Two comm targets, because ipykernel sends a front end's message to whichever shell last wrote on that comm: an event
written by the busy main shell on the request comm would drag the next request behind the running cell.

* ``odps_jupyter:request`` is opened by the front end, answered where it was read, and written to by nobody else.
* ``odps_jupyter:events`` is written by the kernel alone. It has a fixed comm id and is never "opened" on the wire, so
  a front end that just reloaded, knows no comm and cannot ask a busy kernel still recognises the messages on iopub,
  and a front end without our extension ignores them. Each is a full snapshot: whoever reads one needs no earlier one.

Requests:  ``{"version": 1, "id": "1", "method": "set_backend", "params": {...}}``
Replies:   ``{"version": 1, "id": "1", "result": {...}}`` or ``{..., "error": {"message": "...", "hint": null}}``
Events:    ``{"version": 2, "event": "state", "sequence": 7, "snapshot": {...}}`` and ``{..., "event": "closed"}``

Events are of version 2 since the state in them is called ``snapshot``: nbclient takes any comm message with a key
``state`` for a widget's, and a page that nbconvert makes then fetches a manager of widgets from the network. A panel
that reads version 1 alone says that the versions differ; this one's reads both.

While a cell runs, requests are answered on a subshell. Where there is none (ipykernel 6), or a page that just reloaded
cannot ask for one, the messages of the request comm are taken on the control channel too, which has a thread of its
own; the state and the events say so by ``"control": true``.
"""

from __future__ import annotations

import logging
import threading
import traceback
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import comm

from odps_jupyter.errors import UserError

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

VERSION = 1
#: Of the events.
EVENTS_VERSION = 2
REQUEST_TARGET = "odps_jupyter:request"
EVENTS_TARGET = "odps_jupyter:events"
#: What a front end sends on a comm.
COMM_MESSAGES = ("comm_open", "comm_msg", "comm_close")

Handler = Callable[[dict[str, Any]], dict[str, Any]]


class Link:
    """Connects one kernel's shell to the front ends that look at it.

    ``handlers`` maps a method's name to a function from its ``params`` to its ``result``, both JSON-ready; a handler
    may be called on a kernel subshell, that is on another thread than the user's code. The method ``state`` is the
    link's own. ``snapshot`` returns the whole state to show, JSON-ready and free of secrets, and may be called on any
    thread. In a shell without a kernel (plain IPython) nothing listens and every method does nothing.

    Creating a link announces the kernel: a panel may have asked in vain before ``%load_ext`` ran.
    """

    def __init__(
        self, shell: InteractiveShell, handlers: Mapping[str, Handler], snapshot: Callable[[], dict[str, Any]]
    ) -> None:
        self._shell: Any = shell
        self._handlers = dict(handlers)
        self._snapshot = snapshot
        self._sequence = 0
        self._closed = False
        # Reentrant: a snapshot may end in something that publishes.
        self._lock = threading.RLock()
        self._log: logging.Logger = getattr(getattr(shell, "kernel", None), "log", None) or logging.getLogger(__name__)
        self._parent: dict[str, Any] | None = self._current_parent()
        self._requests: list[Any] = []
        self._manager = comm.get_comm_manager()
        self._events = comm.create_comm(target_name=EVENTS_TARGET, comm_id=EVENTS_TARGET, primary=False)
        # Registered so that a `comm_info_request` tells a front end that this kernel speaks, without it having to run
        # code or to open a comm that, in every other kernel, would be refused with a line in the user's log.
        self._manager.register_comm(self._events)
        self._manager.register_target(REQUEST_TARGET, self._open)
        self._control = self._listen_on_control()
        shell.events.register("pre_run_cell", self._remember_parent)
        self.publish()

    def publish(self) -> None:
        """Send the whole state to every front end; callable from any thread."""
        with self._lock:
            if not self._closed:
                self._send("state", {"snapshot": self._snapshot(), "control": bool(self._control)})

    def close(self) -> None:
        """Tell the front ends that nobody answers any more and leave no registration behind."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._send("closed", {})
        self._shell.events.unregister("pre_run_cell", self._remember_parent)
        self._manager.unregister_target(REQUEST_TARGET, self._open)
        for kind in self._control:
            self._shell.kernel.control_handlers.pop(kind, None)
        for opened in (*self._requests, self._events):
            opened.on_msg(None)
            opened.on_close(None)
            opened.close()
        self._requests.clear()

    def _listen_on_control(self) -> list[str]:
        """Take comm messages on the control channel as on the shell's; returns the kinds that nobody took there yet.

        Source: ipykernel's ``Kernel.control_handlers`` (6.29 to 7.4), called on the thread of that channel.
        """
        handlers = getattr(getattr(self._shell, "kernel", None), "control_handlers", None)
        if handlers is None:
            return []
        taken = [kind for kind in COMM_MESSAGES if kind not in handlers]
        handlers.update((kind, getattr(self._manager, kind)) for kind in taken)
        return taken

    def _send(self, event: str, body: dict[str, Any]) -> None:
        self._sequence += 1
        self._events.send({"version": EVENTS_VERSION, "event": event, "sequence": self._sequence, **body})

    def _open(self, opened: Any, message: dict[str, Any]) -> None:
        def forget(_: dict[str, Any]) -> None:
            if opened in self._requests:
                self._requests.remove(opened)

        def receive(incoming: dict[str, Any]) -> None:
            try:
                opened.send(self._answer(incoming["content"].get("data")))
            finally:
                self.restore_parent()

        self._requests.append(opened)
        opened.on_msg(receive)
        opened.on_close(forget)
        self.restore_parent()

    def _answer(self, request: Any) -> dict[str, Any]:
        """The reply to one request; never raises, for ipykernel would swallow it and the panel wait for ever."""
        if not isinstance(request, dict) or not isinstance(request.get("id"), str):
            return {"version": VERSION, "id": None, **_error("A request needs an id, a text.")}
        reply: dict[str, Any] = {"version": VERSION, "id": request["id"]}
        method, params = request.get("method"), request.get("params", {})
        if request.get("version") != VERSION:
            return reply | _error(
                f"The panel speaks version {request.get('version')!r}, this kernel's odps-jupyter version {VERSION}.",
                "Install the same version of odps-jupyter beside JupyterLab and in the kernel, then restart both.",
            )
        if not isinstance(method, str) or not isinstance(params, dict):
            return reply | _error("A request names its method, a text, and its params, an object.")
        if method == "state":
            with self._lock:
                state = {"sequence": self._sequence, "state": self._snapshot(), "control": bool(self._control)}
                return reply | {"result": state}
        handler = self._handlers.get(method)
        if handler is None:
            return reply | _error(
                f"This kernel's odps-jupyter has no method {method!r}.",
                "Install the same version of odps-jupyter beside JupyterLab and in the kernel, then restart both.",
            )
        try:
            return reply | {"result": handler(params)}
        except UserError as error:
            return reply | _error(error.message, error.hint)
        except Exception as error:  # noqa: BLE001 - the boundary to another process: answered and logged, not raised
            # Frames only: an exception's own text may quote what it was given, a secret included.
            frames = "".join(traceback.format_tb(error.__traceback__))
            self._log.error("odps-jupyter: %r failed with %s\n%s", method, type(error).__name__, frames)
            return reply | _error(
                f"{method} failed inside odps-jupyter ({type(error).__name__}).",
                "The log of the Jupyter server has the traceback.",
            )

    # ipykernel takes every message, ours too, for the parent of what is printed from then on: output of threads that
    # the user's cell started would land nowhere. So the cell's message is put back after each of ours.

    def _current_parent(self) -> dict[str, Any] | None:
        kernel = getattr(self._shell, "kernel", None)
        parent: dict[str, Any] | None = kernel.get_parent("shell") if kernel is not None else None
        return parent

    def _remember_parent(self, *_: object) -> None:
        self._parent = self._current_parent()

    def restore_parent(self) -> None:
        """Let what is printed from now on belong to the last cell again; callable from any thread."""
        if self._parent:
            self._shell.set_parent(self._parent)


def _error(message: str, hint: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "hint": hint}}
