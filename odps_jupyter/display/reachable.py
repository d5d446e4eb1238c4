"""Widgets that hear a click while a cell runs, wherever the front end and the kernel let them.

A cell keeps the kernel's shell, and a front end's message waits behind it. Front ends with subshells (JupyterLab 4.4,
Notebook 7.4) send the messages of widgets over one of those, which has a thread of its own. ipykernel 7.4 takes such a
message back to whichever shell wrote to the widget last, and that is the busy one: ``Kernel.shell_channel_thread_main``
asks ``_reply_subshell_for`` of ipykernel's own comm for it. A comm without that method, such as the one here, is
answered where the front end sends it. Kernels before ipykernel 7 have no subshells: there a click waits for the cell.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets
from comm.base_comm import BaseComm

SUBSHELLS = "kernel subshells"


@dataclass(frozen=True)
class Front:
    """What widgets need of the kernel they are shown by.

    Attributes:
        kernel: ipykernel's, or one that is made like it.
        restore: lets what is printed and shown from now on belong to the last cell again. A kernel takes each message
            of a widget for the parent of what comes after it.
    """

    kernel: Any
    restore: Callable[[], None]

    @property
    def has_subshells(self) -> bool:
        """Whether the kernel takes messages while a cell runs; whether the front end sends them so is not known."""
        return SUBSHELLS in getattr(self.kernel, "kernel_info", {}).get("supported_features", ())


class Line(BaseComm):  # type: ignore[misc]
    """The comm of one widget."""

    def __init__(self, front: Front, **opening: Any) -> None:
        """Args: ``opening`` as of ``comm.create_comm``."""
        self._front = front
        super().__init__(**opening)

    def publish_msg(
        self,
        msg_type: str,
        data: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
        buffers: list[bytes] | None = None,
        **keys: Any,
    ) -> None:
        """Send it to the front ends; called by :class:`BaseComm`, on any thread."""
        kernel = self._front.kernel
        kernel.session.send(
            kernel.iopub_socket,
            msg_type,
            {"data": data or {}, "comm_id": self.comm_id, **keys},
            metadata=metadata or {},
            parent=kernel.get_parent(),
            ident=self.topic,
            buffers=buffers,
        )

    def handle_msg(self, msg: dict[str, Any]) -> None:
        """Take a front end's message, on the thread of the shell it was sent to."""
        try:
            super().handle_msg(msg)
        finally:
            self._front.restore()


class _Reachable:
    """Mixed into a class of widgets; ``front`` is given when one is made."""

    def __init__(self, front: Front, **traits: Any) -> None:
        # Before anything else: the widget opens its comm while it is made.
        self._front = front
        super().__init__(**traits)

    def open(self: Any) -> None:
        """As ``Widget.open``; none of these widgets has binary state."""
        if self.comm is None:
            self.comm = Line(
                self._front,
                target_name="jupyter.widget",
                data={"state": self.get_state(), "buffer_paths": []},
                metadata={"version": ipywidgets.__protocol_version__},
            )


class Button(_Reachable, ipywidgets.Button):  # type: ignore[misc]
    """``ipywidgets.Button``."""


class ToggleButtons(_Reachable, ipywidgets.ToggleButtons):  # type: ignore[misc]
    """``ipywidgets.ToggleButtons``."""


class Text(_Reachable, ipywidgets.Text):  # type: ignore[misc]
    """``ipywidgets.Text``."""
