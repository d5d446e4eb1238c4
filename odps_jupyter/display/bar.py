"""How far an execution is, in a notebook: a bar, its stages, and a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from odps_jupyter.backends.progress import Begun, Progress
from odps_jupyter.errors import UserError

from . import html
from .output import Output
from .progress import describe

if TYPE_CHECKING:
    from .reachable import Front

STOP = "Stop"
STOPPING = "Stopping…"
#: What is true of every front end that may show the bar.
TOOLTIP = {
    "waited": "Stops this execution. If nothing happens, this front end keeps clicks until the cell has ended: "
    "interrupt the kernel instead, which stops it too.",
    "background": "Stops this execution, as %odps stop does.",
}
#: Where a click cannot reach the kernel before the cell has ended.
INTERRUPT = "To stop it, interrupt the kernel."


class Bar:
    """An ipywidgets bar, made when there is something to show, gone when the execution has ended."""

    def __init__(self, begun: Begun, front: Front, stop: Callable[[], object]) -> None:
        """Args: ``stop`` asks that ``begun`` ends, on any thread; raises ``UserError`` where it cannot."""
        self._begun = begun
        self._front = front
        self._stop = stop
        self._row: Any = None
        self._bar: Any = None
        self._label: Any = None
        self._button: Any = None
        self._said: Any = None
        self._shown: Any = None

    def show(self, progress: Progress) -> None:
        """See :class:`Listener`."""
        if self._bar is None:
            self._make()
        self._bar.value = progress.fraction
        self._label.value = describe(progress)

    def close(self) -> None:
        """See :class:`Listener`."""
        if self._shown is None:
            return
        # A saved notebook would say "Error displaying widget" in the place of a bar that is gone.
        self._shown.update({"text/plain": ""}, raw=True)
        # The row before its children: a page that reloads could show no widget at all while one misses its own.
        for widget in (self._row, self._bar, self._label, self._button, self._said):
            for part in (widget, widget.layout, getattr(widget, "style", None)):
                if part is not None:
                    part.close()
        self._shown = None

    def _make(self) -> None:
        import ipywidgets
        from IPython.display import display

        from .reachable import Button

        manner = self._begun.manner
        reachable = manner == "background" or self._front.has_subshells
        self._bar = ipywidgets.FloatProgress(min=0.0, max=1.0, layout={"width": "14em"})
        # Labels show text as text: the names in it come from elsewhere.
        self._label = ipywidgets.Label()
        self._said = ipywidgets.Label("" if reachable else INTERRUPT, layout={"margin": "0 0 0 1em"})
        self._button = Button(
            self._front,
            description=STOP,
            tooltip=TOOLTIP.get(manner, ""),
            layout={"width": "auto", "display": "" if reachable else "none"},
        )
        self._button.on_click(self._clicked)
        self._row = ipywidgets.HBox([self._bar, self._button, self._label, self._said])
        bundle = {**self._row._repr_mimebundle_(), **stated(self._begun)._repr_mimebundle_()}
        self._shown = display(bundle, raw=True, display_id=True)

    def _clicked(self, button: Any) -> None:
        button.disabled, button.description = True, STOPPING
        try:
            self._stop()
        except UserError as error:
            button.disabled, button.description = False, STOP
            self._said.value = str(error)


def stated(begun: Begun) -> Output:
    """The bar for places without widgets: what is under way, and how it is stopped."""
    where = "pandas" if begun.backend == "pandas" else f"MaxCompute {begun.connection}"
    text = f"{', '.join(begun.operations)} is under way on {where}."
    how = INTERRUPT if begun.manner == "waited" else "%odps stop stops it, %odps history says how it ended."
    return Output(f"{text} {how}", html.block(html.quiet(f"{text} {how}")))
