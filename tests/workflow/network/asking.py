"""What is asked over the network, and what may come back."""

from __future__ import annotations

from urllib.parse import unquote

from odps_jupyter.backends.patience import Patience
from tests.proxy import Answer, Asked, Fault

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


#: What may be done to a project by its place in a path, as MaxCompute names it.
CREATING = {"instances": "CreateInstance", "resources": "CreateResource", "functions": "CreateFunction"}


def read_only(asked: Asked) -> Fault:
    """Lets pass what somebody needs who may look at things and download tables."""
    if (
        asked.method in {"GET", "HEAD"}
        or "downloads" in asked.query
        or asked.path.endswith(("/logs", "/authorization"))
    ):
        return None
    *_, kind, name = ["", *unquote(asked.path).split("/")]
    return denied("Delete", f"/{kind}/{name}") if asked.method == "DELETE" else denied(CREATING.get(name, "Write"))
