"""What holds for one cell beside the kernel's own settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from odps_jupyter.backends.watched import Extras


@dataclass(frozen=True)
class Terms:
    """Attributes:

    preflight: whether functions are tried here before they are sent.
    dry: whether nothing is sent at all.
    extras: what is added to each job.
    """

    preflight: bool = True
    dry: bool = False
    extras: Extras = field(default_factory=Extras)
