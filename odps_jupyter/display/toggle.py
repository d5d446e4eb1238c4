"""The toggle: where expressions run and on which sample, as widgets in the notebook."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import ipywidgets

from odps_jupyter.backends.sample import Sample
from odps_jupyter.errors import UserError

from .holding import connected, sentence, show_holding, spelled
from .reachable import Front, Text, ToggleButtons

if TYPE_CHECKING:
    from odps_jupyter.workflow.session import Session


class Toggle:
    """Widgets in step with ``%odps`` and with the panel; one set for each kernel, shown as often as it is asked for.

    Where there are no widgets, its representation states what held when it was shown.
    """

    def __init__(self, session: Session, front: Front) -> None:
        self._session = session
        self._shown = session.sample
        self._closed = False
        #: Held while it says something: runs may change on their own threads while it is closed.
        self._saying = threading.Lock()
        self.backend = ToggleButtons(
            front,
            options=[("pandas", "pandas"), ("MaxCompute", "maxcompute")],
            value=session.backend,
            tooltips=["here, on a sample", "remote"],
            style={"button_width": "auto"},
        )
        self.sample = Text(
            front,
            value=spelled(session.sample),
            description="sample",
            placeholder="N, all or a condition",
            tooltip="rows of each table when on pandas: a number, all, or a condition such as x > 1; then Enter",
            # A condition means something only when it is whole.
            continuous_update=False,
            layout={"width": "22em"},
            style={"description_width": "5em"},
        )
        # Labels show text as text: what a user typed stands in them.
        self._says = ipywidgets.Label(_told(session))
        self._refuses = ipywidgets.Label(style={"font_weight": "bold"}, layout={"display": "none"})
        row = ipywidgets.HBox([self.backend, self.sample])
        self.widget = ipywidgets.VBox([row, self._refuses, self._says])
        self.backend.observe(self._backend_chosen, names="value")
        self.sample.observe(self._sample_chosen, names="value")
        session.on_change(self._changed)

    def close(self) -> None:
        """Nothing answers any more."""
        for widget in (self.backend, self.sample):
            widget.unobserve_all()
            widget.disabled = True
        with self._saying:
            self._closed = True
            self._says.value = "odps-jupyter is not loaded any more."

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        return {**self.widget._repr_mimebundle_(), **show_holding(self._session)._repr_mimebundle_()}

    def _backend_chosen(self, change: dict[str, Any]) -> None:
        if change["new"] != self._session.backend:
            self._session.set_backend(change["new"])

    def _sample_chosen(self, change: dict[str, Any]) -> None:
        text = change["new"].strip()
        try:
            if text != spelled(self._session.sample):
                self._session.set_backend(self._session.backend, Sample.parse(text))
        except UserError as error:
            self._refuse(str(error))
        else:
            self._refuse("")

    def _refuse(self, text: str) -> None:
        self._refuses.value = text
        self._refuses.layout.display = "" if text else "none"

    def _changed(self) -> None:
        """Called on any thread, and often while something runs: what is the same already is sent to nobody."""
        if self._closed:
            return
        session = self._session
        self.backend.value = session.backend
        told = _told(session)
        with self._saying:
            if not self._closed:
                self._says.value = told
        # What is typed and refused stays to be mended until the sample is another.
        if session.sample != self._shown:
            self._shown = session.sample
            self.sample.value = spelled(session.sample)
            self._refuse("")


def _told(session: Session) -> str:
    return f"{sentence(session)} Connection: {connected(session)}."
