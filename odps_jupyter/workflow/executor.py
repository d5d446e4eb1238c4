"""The executor that this kernel's functions are for now."""

from __future__ import annotations

from typing import TYPE_CHECKING

from odps_jupyter.backends.client import executor_name, executor_profile, source_tag

if TYPE_CHECKING:
    from odps_jupyter.executor.profiles import Profile

    from .session import Session


def by_source(session: Session) -> bool:
    """Whether functions travel as source now; before there is a connection, as they would to the embedded service."""
    connection = session.connection
    embedded = connection is None or connection.kind == "embedded"
    return source_tag(session.terms.extras, lambda: embedded) is not None


def profile_now(session: Session, image: str | None = None) -> Profile:
    """What executes functions.

    Raises:
        UnknownProfile: the image, or the Python asked for, is not known here.
    """
    return executor_profile(session.terms.extras.python, image, source=by_source(session))


def name_now(session: Session, image: str | None = None) -> str:
    """What executes functions, in words; an image need not be one that is known here."""
    return executor_name(session.terms.extras.python, image, source=by_source(session))
