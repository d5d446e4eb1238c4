"""What a job needs in its project for a while, and whether it is gone again.

PyODPS drops the functions and resources of a job when it ends, and says nothing where it cannot. What the service made
without its answer arriving would stay, as would what an interrupt left between two steps, and what could not be dropped
just then. So whatever is made is noted before, and looked for whatever happens. PyODPS's own list of temporary objects
(``odps/tempobj.py``) has it from then on too: the next process removes what a killed kernel has left.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from .patience import is_lost

Kind = Literal["function", "resource", "table"]
#: A function holds its resources: it goes first.
_ORDER: tuple[Kind, ...] = ("function", "resource", "table")
HINTS = {"odps.sql.type.system.odps2": "true"}


@dataclass(frozen=True)
class Item:
    """One object of a project; ``schema`` is None for the default one."""

    kind: Kind
    name: str
    project: str
    schema: str | None = None

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


class Temporary:
    """What was made through ``entry`` and is not known to be gone. Safe to use from several threads."""

    def __init__(self, entry: Any) -> None:
        self._entry = entry
        self._lock = threading.Lock()
        #: Those by True that may come to be even now: nobody knows what became of the request to make them.
        self._items: dict[Item, bool] = {}

    def note(self, kind: Kind, name: str, schema: str | None = None, project: str | None = None) -> Item:
        """Look for it from now on, whether or not it comes to be."""
        item = Item(kind, name, str(project or self._entry.project), schema)
        _register(self._entry, item)
        with self._lock:
            self._items[item] = True
        return item

    def made(self, item: Item) -> None:
        """It is there."""
        with self._lock:
            self._items[item] = False

    def forget(self, item: Item) -> None:
        """It is gone, or never was."""
        with self._lock:
            self._items.pop(item, None)

    def failed(self, item: Item, error: BaseException) -> None:
        """Asking for it once, and no more, ended with ``error``: where the service has answered no, it never was."""
        from odps.errors import BaseODPSError

        if isinstance(error, BaseODPSError) and 400 <= (getattr(error, "status_code", None) or 0) < 500:
            self.forget(item)

    @property
    def items(self) -> tuple[Item, ...]:
        """What may be there, in the order of dropping it."""
        with self._lock:
            return tuple(sorted(self._items, key=lambda item: _ORDER.index(item.kind)))

    def clear(self) -> tuple[Item, ...]:
        """Drop all of it; what could not be dropped is returned.

        That is kept to be dropped the next time, as is what was not there yet and may still come: a request under way
        is obeyed after it was given up.
        """
        from odps.errors import BaseODPSError, NoSuchObject
        from requests import RequestException

        refused: list[Item] = []
        lost = False
        for item in self.items:
            if lost:
                refused.append(item)  # it would be waited for in vain, for seconds
                continue
            try:
                _drop(self._entry, item)
            except NoSuchObject:
                with self._lock:
                    awaited = self._items.get(item, False)  # forgotten meanwhile: nothing may still come
                    self._items[item] = False
                if awaited:
                    continue
            except (BaseODPSError, RequestException) as error:
                lost = is_lost(error)
                refused.append(item)
                continue
            self.forget(item)
        return tuple(refused)

    def order(self, item: Item) -> None:
        """Ask for a table to be dropped, without waiting for it: the service goes on when nobody is there any more.

        What is in the way stays so: it is still noted.
        """
        from odps.errors import BaseODPSError
        from requests import RequestException

        where = {"project": item.project, "schema": item.schema}
        with suppress(BaseODPSError, RequestException):
            self._entry.delete_table(item.name, if_exists=True, hints=HINTS, async_=True, **where)

    def watch(self, made: Any, item: Item) -> Made:
        """``made`` as PyODPS may drop it; what that cannot drop is dropped by :meth:`clear`."""
        return Made(made, lambda: self.forget(item))


class Made:
    """A resource or function of PyODPS whose ``drop`` tells when it is done."""

    def __init__(self, made: Any, gone: Callable[[], None]) -> None:
        self.made = made
        self._gone = gone

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    def drop(self) -> None:
        """As PyODPS's. It is called while a job's own error or result is on its way: what fails here is left for later
        and must not take its place.
        """
        from odps.errors import BaseODPSError
        from requests import RequestException

        try:
            self.made.drop()
        except (BaseODPSError, RequestException):
            return  # it is still noted
        self._gone()


def _drop(entry: Any, item: Item) -> None:
    where = {"project": item.project, "schema": item.schema}
    if item.kind == "function":
        entry.delete_function(item.name, **where)
    elif item.kind == "resource":
        entry.delete_resource(item.name, **where)
    else:
        entry.delete_table(item.name, hints=HINTS, **where)


def _register(entry: Any, item: Item) -> None:
    """Put it on PyODPS's list, which the end of this process and the start of the next one work off."""
    from odps import tempobj

    register = {
        "function": tempobj.register_temp_function,
        "resource": tempobj.register_temp_resource,
        "table": tempobj.register_temp_table,
    }[item.kind]
    register(entry, item.name, project=item.project, schema=item.schema)
