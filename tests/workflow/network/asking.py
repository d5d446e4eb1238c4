"""What is asked over the network, and what may come back."""

from __future__ import annotations

from odps_jupyter.backends.patience import Patience
from tests.proxy import Answer, Asked

#: Waits for no time at all, as often as it takes.
PATIENCE = Patience(seconds=60.0, clock=lambda: 0.0, sleep=lambda _: None)


def denied(privilege: str, thing: str = "") -> Answer:
    return Answer(
        403,
        "ODPS-0420095",
        f"Access Denied - Authorization Failed [4019], You have NO privilege 'odps:{privilege}' on "
        f"{{acs:odps:*:projects/far_away{thing}}}",
    )


def submits(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path.endswith("/instances")
