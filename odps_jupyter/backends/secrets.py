"""Refuses pickles that would carry a key to the executor."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from odps_jupyter.errors import UserError

from .generated import pickles
from .payload import type_of
from .pickled import Unreadable, read

#: Objects of these modules are an account or hold one; whatever is bound to an account holds such an object.
_HOLDERS = ("odps.core.", "odps.accounts.", "odps.rest.")
#: Where PyODPS's accounts keep what proves who they are (``odps/accounts.py`` in 0.13.2).
_SECRET_ATTRIBUTES = ("secret_access_key", "sts_token", "token")
#: Their names as a pickle of protocol 2 says them, which is PyODPS's.
_HOLDER_NAMED = re.compile(rb"c(odps\.(?:core|accounts|rest)[\w.]*)\n")
#: As the vendor's tools and PyODPS read them.
_SECRET_VARIABLES = (
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET",
    "ALIBABA_CLOUD_SECURITY_TOKEN",
    "ODPS_STS_ACCESS_KEY_SECRET",
    "ODPS_STS_TOKEN",
    "ODPS_BEARER_TOKEN",
)
#: Shorter texts are found by chance.
_SHORTEST = 8


class SecretShipped(UserError):
    """A function that would take a key along; it is never sent."""


def check_text(text: str, secrets: Iterable[str], name: str) -> None:
    """Refuse a generated UDF whose pickles hold a secret.

    Args:
        text: of the generated UDF.
        secrets: texts that must not be in a pickle.
        name: the user's name for the function.

    Raises:
        SecretShipped: an entry object, an account, or an object bound to one is in a pickle, or its secret is.
    """
    hidden = [secret.encode() for secret in secrets if len(secret) >= _SHORTEST]
    for pickled in pickles(text):
        found = _bound(pickled)
        if found is None and any(secret in pickled for secret in hidden):
            found = "a text that holds the secret of your account"
        if found is not None:
            raise SecretShipped(
                f"{name} would take {found} to the executor, and with it your key. Nothing was sent.",
                hint="Read what the function needs before, and let it use the value; `--no-preflight` does not "
                "change this.",
            )


def secrets_of(entry: Any) -> Iterator[str]:
    """What proves who an entry object's accounts are; never to be shown."""
    for account in (getattr(entry, "account", None), getattr(entry, "app_account", None)):
        for attribute in _SECRET_ATTRIBUTES:
            secret = getattr(account, attribute, None)
            if isinstance(secret, str):
                yield secret


def secrets_in(environ: Mapping[str, str]) -> Iterator[str]:
    """The secrets that the environment holds for the vendor's tools."""
    for name in _SECRET_VARIABLES:
        if name in environ:
            yield environ[name]


def _bound(pickled: bytes) -> str | None:
    """What of PyODPS's own objects is in a pickle with an account, in words; naming a class is no object."""
    try:
        root = read(pickled)
    except Unreadable:
        named = _HOLDER_NAMED.search(pickled)  # who is too much to be read is not given the benefit of the doubt
        return f"something of PyODPS ({named[1].decode()})" if named else None
    kinds = [kind for node in root.walk() if node.kind == "call" for kind in [type_of(node)] if kind[:5] == "odps."]
    if not any(kind.startswith(_HOLDERS) for kind in kinds):
        return None
    outermost = next(kind for kind in kinds if not kind.startswith("odps.lib."))
    return f"an object of PyODPS ({outermost})"
