"""Refuses pickles that would carry a key to the executor, and keeps keys out of PyODPS's log."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
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
#: Files that are kept new, as PyODPS's accounts read them: a token alone, and a JSON object with these keys.
_BEARER_FILE, _STS_FILE = "ODPS_BEARER_TOKEN_FILE", "ODPS_STS_ACCOUNT_FILE"
_STS_KEYS = ("accessKeySecret", "securityToken")
#: A credential provider's answer, as PyODPS asks it.
_CREDENTIAL_SECRETS = ("get_access_key_secret", "get_security_token")
#: Says each token that it has renewed, and each signed request's headers.
_ACCOUNTS_LOG = "odps.accounts"
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
        yield from _provided(getattr(account, "provider", None))


def _provided(provider: Any) -> Iterator[str]:
    """What a credential provider has now: PyODPS asks it with each request, and keeps what it had before where only
    the token is another."""
    ask = getattr(provider, "get_credential", None) or getattr(provider, "get_credentials", None)
    if ask is None:
        return
    try:
        credential = ask()
        found = [getattr(credential, name)() for name in _CREDENTIAL_SECRETS]
    except Exception:  # noqa: BLE001 - a provider of the user's; the next request says what is wrong with it
        return
    yield from (secret for secret in found if isinstance(secret, str))


def secrets_in(environ: Mapping[str, str]) -> Iterator[str]:
    """The secrets that the environment holds for the vendor's tools."""
    for name in _SECRET_VARIABLES:
        if name in environ:
            yield environ[name]
    if _BEARER_FILE in environ:
        yield _text_of(environ[_BEARER_FILE]).strip()
    if _STS_FILE in environ:
        try:
            held = json.loads(_text_of(environ[_STS_FILE]) or "{}")
        except ValueError:
            return  # PyODPS cannot read it either
        if isinstance(held, dict):
            yield from (held[key] for key in _STS_KEYS if isinstance(held.get(key), str))


def _text_of(path: str) -> str:
    """Of a file, empty where there is no text; PyODPS passes over it or fails then."""
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""


class Secrets:
    """The texts that no pickle may hold: those that accounts have now, and those they had while this watched.

    A token that was renewed is good for a while longer.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._seen: set[str] = set()

    def of(self, entries: Iterable[Any]) -> frozenset[str]:
        """Those of the entry objects and of the environment, asked anew; one that is given twice is asked once."""
        for entry in {id(entry): entry for entry in entries}.values():
            self._seen.update(secrets_of(entry))
        self._seen.update(secrets_in(self._environ))
        return frozenset(self._seen)


class Unsaid(logging.Filter):
    """Takes the values out of what PyODPS logs of accounts, of which the tokens are, whatever level is asked for."""

    def install(self) -> None:
        """A second call changes nothing."""
        logging.getLogger(_ACCOUNTS_LOG).addFilter(self)

    def remove(self) -> None:
        """Leave the log to PyODPS."""
        logging.getLogger(_ACCOUNTS_LOG).removeFilter(self)

    def filter(self, record: logging.LogRecord) -> bool:
        """Let it pass, without its values."""
        if record.args:
            record.msg, record.args = re.sub(r"%\w", "(left out)", str(record.msg)), None
        return True


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
