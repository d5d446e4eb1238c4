"""Refuses pickles that would carry a key to the executor."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from odps_jupyter.errors import UserError

from .generated import pickles
from .payload import type_of
from .pickled import Unreadable, read

#: Objects of these modules are bound to an account, or are one.
_BOUND_MODULES = ("odps.core", "odps.accounts", "odps.rest", "odps.models", "odps.tunnel", "odps.df")
#: Where PyODPS's accounts keep what proves who they are (``odps/accounts.py`` in 0.13.2).
_SECRET_ATTRIBUTES = ("secret_access_key", "sts_token", "token")
#: Shorter texts are found by chance.
_SHORTEST = 8


class SecretShipped(UserError):
    """A function that would take a key along; it is never sent."""


def check_text(text: str, entries: Iterable[Any], name: str) -> None:
    """Refuse a generated UDF whose pickles hold a secret.

    Args:
        text: of the generated UDF.
        entries: PyODPS entry objects whose secrets are looked for as texts.
        name: the user's name for the function.

    Raises:
        SecretShipped: an entry object, an account, or an object bound to one is in a pickle, or its secret is.
    """
    secrets = [secret for entry in entries for secret in _secrets(entry)]
    for pickled in pickles(text):
        found = _bound(pickled)
        if found is None and any(secret in pickled for secret in secrets):
            found = "a text that holds the secret of your account"
        if found is not None:
            raise SecretShipped(
                f"{name} would take {found} to the executor, and with it your key. Nothing was sent.",
                hint="Read what the function needs before, and let it use the value; `--no-preflight` does not "
                "change this.",
            )


def _secrets(entry: Any) -> Iterator[bytes]:
    for account in (getattr(entry, "account", None), getattr(entry, "app_account", None)):
        for attribute in _SECRET_ATTRIBUTES:
            secret = getattr(account, attribute, None)
            if isinstance(secret, str) and len(secret) >= _SHORTEST:
                yield secret.encode()


def _bound(pickled: bytes) -> str | None:
    """What of PyODPS's own objects is in a pickle, in words; naming a class is no object."""
    try:
        root = read(pickled)
    except Unreadable:
        return None  # its bytes were searched for the secrets themselves
    for node in root.walk():
        kind = type_of(node) if node.kind == "call" else ""
        if any(kind.startswith(f"{module}.") for module in _BOUND_MODULES):
            return f"an object of PyODPS ({kind})"
    return None
