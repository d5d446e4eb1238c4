"""What a command may use of the kernel it runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from odps_jupyter.notebook.cell import Cell
from odps_jupyter.workflow.session import Session

if TYPE_CHECKING:
    from odps_jupyter.display.output import Output
    from odps_jupyter.display.toggle import Toggle
    from odps_jupyter.rules.checker import Report
    from odps_jupyter.workflow.oversight import Diagnose
    from odps_jupyter.workflow.sent import Sent


@dataclass(frozen=True)
class Kernel:
    """Attributes: ``cells`` gives the cells executed so far, the running one last; ``analyze`` their model.

    ``diagnose`` is what the rules say of them, and the index of the running one; ``judge`` also what they predict.
    ``sent`` remembers what was sent; ``write`` puts a text into the next cell; ``toggle`` gives what shows it.
    """

    session: Session
    environ: Mapping[str, str]
    cells: Callable[[], Sequence[Cell]]
    analyze: Callable[[Sequence[Cell]], Mapping[str, Any]]
    diagnose: Diagnose
    judge: Callable[[], Report]
    sent: Callable[[], Sent]
    write: Callable[[str], None]
    toggle: Callable[[], Toggle | Output]
