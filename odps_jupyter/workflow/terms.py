"""What holds for one cell beside the kernel's own settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from odps_jupyter.backends.deadline import SECONDS
from odps_jupyter.backends.patience import Patience
from odps_jupyter.backends.room import Room
from odps_jupyter.backends.watched import Extras

from .compare.places import Asked


@dataclass(frozen=True)
class Terms:
    """Attributes:

    preflight: whether functions are tried here before they are sent; ``seconds``: how long that may take.
    dry: whether nothing is sent at all.
    extras: what is added to each job.
    masked: whether values of rows are kept out of what is shown of failures.
    compare: which executor is asked the same as pandas; None where none is.
    patience: for how long a lost network is waited for.
    room: what rows that are read may take of memory.
    """

    preflight: bool = True
    dry: bool = False
    extras: Extras = field(default_factory=Extras)
    masked: bool = False
    compare: Asked | None = None
    seconds: float = SECONDS
    patience: Patience = field(default_factory=Patience)
    room: Room = field(default_factory=Room)
