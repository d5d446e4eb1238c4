"""Whether somebody sits in front of what is shown."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Where a program says what serves a kernel's pages; Voilà sets it for its kernels (``voila/handler.py``).
SERVER = "SERVER_SOFTWARE"
VOILA = "voila/"


def uses_widgets(parent: Mapping[str, Any], environ: Mapping[str, str]) -> bool:
    """Whether the front end may have a person at it, who could use widgets; ``parent`` is its request to run a cell.

    A program that executes notebooks answers no questions and says so: ``allow_stdin`` of the messaging protocol's
    ``execute_request``, which nbclient sets to false. Voilà executes by nbclient too, but for a person. A page made by
    ``nbconvert --execute`` would fetch the widgets in it from the network, and show nothing without one.
    """
    if environ.get(SERVER, "").startswith(VOILA):
        return True
    allowed: bool = parent.get("content", {}).get("allow_stdin", True)
    return allowed
