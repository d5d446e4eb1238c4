"""What the panel asks of runs: stop one, the history, a link; and which notebook it says that the kernel serves."""

from __future__ import annotations

from typing import Any

from odps_jupyter.errors import UserError
from odps_jupyter.workflow.logview import logview
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.snapshot import entry_state

#: Runs of the history that are told where the panel does not say how many.
TOLD = 100


class Asked:
    """Methods of the request comm, called on any thread; each takes its ``params`` and gives its ``result``."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.methods = {
            "stop": self._stop,
            "history": self._history,
            "logview": self._logview,
            "notebook": self._notebook,
            "copied": self._copied,
        }

    def _stop(self, params: dict[str, Any]) -> dict[str, Any]:
        run, key = params.get("run"), params.get("key")
        if type(run) is int:
            keys = self._session.stop(lambda live: live.run == run)
            running = any(one.number == run and one.status == "running" for one in self._session.runs)
            if not keys and not running:
                raise UserError(f"Run {run} is not under way.", hint="It has ended already, or ran in another kernel.")
            return {"stopping": keys}
        if type(key) is not int:
            raise UserError("What to stop is not said.", hint="Name a run by its number, or an execution by its key.")
        keys = self._session.stop(lambda live: live.key == key)
        if not keys:
            raise UserError(f"Execution {key} is not under way.", hint="It has ended already.")
        return {"stopping": keys}

    def _history(self, params: dict[str, Any]) -> dict[str, Any]:
        limit = params.get("limit", TOLD)
        if type(limit) is not int or limit < 1:
            raise UserError(f"{limit!r} is no number of runs.", hint="Say how many at most, 1 or more.")
        history = self._session.history
        return {
            "notebook": history.notebook,
            "kept": history.kept,
            "runs": [entry_state(entry, here=history.is_own(entry)) for entry in history.recent(limit, wait=False)],
        }

    def _logview(self, params: dict[str, Any]) -> dict[str, Any]:
        instance, project = params.get("instance"), params.get("project")
        if not isinstance(instance, str) or not isinstance(project, str):
            raise UserError("Which job is not said.", hint="Name its instance and its project.")
        return {"url": logview(self._session.connection, instance, project)}

    def _notebook(self, params: dict[str, Any]) -> dict[str, Any]:
        self._session.history.tell(*_named(params))
        return {"notebook": self._session.history.notebook, "kept": self._session.history.kept}

    def _copied(self, params: dict[str, Any]) -> dict[str, Any]:
        self._session.history.copy(*_named(params))
        return {}


def _named(params: dict[str, Any]) -> tuple[str, str | None]:
    """A notebook's path on the server, and the server's folder where that is known."""
    path, root = params.get("path"), params.get("root")
    if not isinstance(path, str) or not path:
        raise UserError("Which notebook is not said.", hint="Name it by its path.")
    return path, root if isinstance(root, str) else None
