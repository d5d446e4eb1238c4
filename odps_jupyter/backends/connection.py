"""Which MaxCompute: an entry object, where it came from, and whether the other end answers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Literal
from urllib.parse import urlsplit

from odps_jupyter.errors import UserError

from . import embedded
from .embedded import Service
from .patience import is_lost

LOOPBACK = "127.0.0.1"
CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 10.0

#: As the vendor documents them: https://www.alibabacloud.com/help/en/maxcompute/user-guide/pyodps-quick-start
KEY_ID, KEY_SECRET = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
#: Of temporary keys: without it the service does not know them (the vendor's SDKs, "default credential chain").
KEY_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"
#: PyODPS's own (odps/accounts.py, odps/core.py).
ENDPOINT, PROJECT = "ODPS_ENDPOINT", "ODPS_PROJECT_NAME"

#: PyODPS's entry object; PyODPS is published without types.
Entry = Any


@dataclass(frozen=True)
class Connection:
    """One MaxCompute, as the kernel speaks to it.

    Attributes:
        kind: ``embedded`` or a ``project`` elsewhere.
        origin: who chose it, as a reader is told, such as ``%odps connect`` or ``the environment``.
        entry: PyODPS's ``ODPS`` object; holds the credentials and is never shown.
        service: the embedded service, where this kernel found or started it.
    """

    kind: Literal["embedded", "project"]
    project: str
    endpoint: str
    origin: str
    entry: Entry = field(repr=False, compare=False)
    service: Service | None = None
    data_dir: str | None = None

    @property
    def keeps_data(self) -> bool:
        """Whether tables outlive the service's process."""
        return self.data_dir != ":memory:"

    @property
    def label(self) -> str:
        return "embedded" if self.kind == "embedded" else self.project


def from_entry(entry: Entry, origin: str) -> Connection:
    """The connection a user's own ``ODPS`` object is."""
    kind: Literal["embedded", "project"] = "embedded" if embedded.answers(entry.endpoint) else "project"
    return Connection(kind, entry.project or "", entry.endpoint, origin, entry)


def to_embedded(
    origin: str, data_dir: str | None = None, previous: Service | None = None, *, beside: bool = False
) -> Connection:
    """The embedded MaxCompute of ``data_dir``, started if need be.

    Args:
        beside: whether its entry object is used beside that of another connection. PyODPS asks the tunnel of the last
            one made global (``odps/tunnel/base.py``) where an entry object names none. One that does passes it on to
            those that users make after it, so it is named only here.

    Raises:
        UserError: it does not start.
    """
    service = embedded.ensure(data_dir, previous=previous)
    from odps.accounts import CloudAccount

    _keep_proxies_away()
    tunnel = service.endpoint.removesuffix("/api") if beside else None
    entry = _entry(CloudAccount(service.access_id, service.secret()), service.project, service.endpoint, tunnel)
    return Connection("embedded", service.project, service.endpoint, origin, entry, service, data_dir)


def from_environment(
    environ: Mapping[str, str], origin: str, *, project: str | None = None, endpoint: str | None = None
) -> Connection | None:
    """The connection the environment describes, None where it names no credentials, endpoint or project.

    Raises:
        UserError: nothing answers at the endpoint.
    """
    project, endpoint = project or environ.get(PROJECT), endpoint or environ.get(ENDPOINT)
    if not project or not endpoint:
        return None
    account = _account(environ)
    if account is None:
        return None
    _check_answers(endpoint)
    entry = _entry(account, project, endpoint, environ.get("ODPS_TUNNEL_ENDPOINT"))
    return Connection("project", project, entry.endpoint, origin, entry)


def from_room(name: str, origin: str) -> Connection:
    """The connection kept as a PyODPS room (``%setup``, ``%enter``).

    Raises:
        UserError: there is no such room, or it holds no account.
    """
    from odps.errors import InteractiveError
    from odps.inter import Room, list_rooms

    try:
        return from_entry(Room(name).odps, origin)
    except InteractiveError as error:
        try:
            rooms = ", ".join(sorted(list_rooms()))
        except FileNotFoundError:
            rooms = ""
        known = f"The rooms are: {rooms}." if rooms else "There are no rooms yet: make one with PyODPS's %setup."
        raise UserError(f"There is no PyODPS room named {name!r}.", hint=known) from error


def to_project(environ: Mapping[str, str], project: str, endpoint: str | None) -> Connection:
    """A project the user named, with the credentials of the environment.

    Raises:
        UserError: the environment names no credentials or no endpoint.
    """
    if _account(environ) is None:
        meant = (
            "Did you mean `%odps connect embedded`? If not, set" if get_close_matches(project, ["embedded"]) else "Set"
        )
        raise UserError(
            f"There are no credentials for project {project}.",
            hint=f"{meant} {KEY_ID} and {KEY_SECRET} in the environment Jupyter starts in (never in a notebook), "
            "or use a PyODPS room: `%odps connect --room NAME`.",
        )
    connection = from_environment(environ, "%odps connect", project=project, endpoint=endpoint)
    if connection is None:
        raise UserError(
            f"There is no endpoint for project {project}.",
            hint=f"Say it, `%odps connect {project} --endpoint URL`, or set {ENDPOINT}.",
        )
    return connection


def verify(connection: Connection) -> None:
    """Ask the other end for the project, within seconds.

    Raises:
        UserError: nothing answers, the credentials are refused, or there is no such project.
    """
    from odps.errors import (
        AuthenticationRequestExpired,
        NoPermission,
        NoSuchObject,
        ODPSError,
        RequestTimeTooSkewed,
        ServerDefinedException,
    )
    from requests import RequestException

    rest = connection.entry.rest.with_retry_enabled(retry_enabled=False)
    url = f"{connection.endpoint}/projects/{connection.project}"
    try:
        rest.get(url, timeout=(CONNECT_SECONDS, ANSWER_SECONDS))
    except NoSuchObject as error:
        raise UserError(
            f"There is no project {connection.project} at {connection.endpoint}.",
            hint="Check the project's name and the region of the endpoint.",
        ) from error
    except NoPermission as error:
        raise _no_member(connection) from error
    except AuthenticationRequestExpired as error:
        raise UserError(
            f"The token for project {connection.project} has expired.",
            hint="Renew it, in ODPS_STS_TOKEN or ALIBABA_CLOUD_SECURITY_TOKEN and the keys beside it, or let "
            "ODPS_STS_ACCOUNT_FILE name a file that is kept new.",
        ) from error
    except RequestTimeTooSkewed as error:
        raise UserError(
            "This machine's clock is more than 15 minutes wrong, so the service takes no request of it.",
            hint="Set the clock.",
        ) from error
    except (ServerDefinedException, ODPSError) as error:
        if is_lost(error):
            raise _silent(connection.endpoint) from error
        if _code(error).startswith("ODPS-0420095"):
            raise _no_member(connection) from error
        raise UserError(
            f"{connection.endpoint} refused the credentials for project {connection.project} ({_code(error)}).",
            hint="Check the access key id and its secret; they belong in the environment or a PyODPS room.",
        ) from error
    except RequestException as error:
        raise _silent(connection.endpoint) from error


def _check_answers(endpoint: str) -> None:
    """One bounded question: PyODPS asks a silent endpoint several times, with long waits, before it says anything.

    Raises:
        UserError: it is no URL, or no HTTP server answers there.
    """
    import requests

    parts = urlsplit(endpoint)
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False  # the port is no number below 65536
    if not usable:
        raise UserError(
            f"{endpoint!r} is no endpoint.", hint="Give a URL such as http://service.REGION.maxcompute.../api."
        )
    try:
        requests.get(endpoint, timeout=(CONNECT_SECONDS, ANSWER_SECONDS), stream=True).close()
    except requests.RequestException as error:
        raise _silent(endpoint) from error


def _silent(endpoint: str) -> UserError:
    return UserError(
        f"Nothing answers at {endpoint}.",
        hint="Check the endpoint and the network, or work offline: `%odps connect embedded`.",
    )


def _no_member(connection: Connection) -> UserError:
    return UserError(
        f"These credentials may not use project {connection.project}.",
        hint="Ask the project's owner to add this account.",
    )


def _code(error: Exception) -> str:
    return str(getattr(error, "code", None) or type(error).__name__)


def _keep_proxies_away() -> None:
    """A proxy of the environment cannot reach this machine's loopback; requests, under PyODPS, asks these names."""
    for name in ("NO_PROXY", "no_proxy"):
        hosts = os.environ.get(name, "")
        if LOOPBACK not in hosts.split(","):
            os.environ[name] = f"{hosts},{LOOPBACK}" if hosts else LOOPBACK


def _entry(account: Any, project: str, endpoint: str, tunnel_endpoint: str | None) -> Entry:
    """An entry object of its own: PyODPS takes what it is not told from options, where the entry made before it has
    left its logview host, its schema and the rest."""
    from odps import ODPS, options

    names = ("default_schema", "logview_host", "region_name", "default_namespace", "app_account")
    before = {name: getattr(options, name) for name in names}, options.tunnel.endpoint
    try:
        for name in names:
            setattr(options, name, None)
        options.tunnel.endpoint = None
        return ODPS(
            account=account,
            project=project,
            endpoint=endpoint,
            tunnel_endpoint=tunnel_endpoint,
            overwrite_global=False,
        )
    finally:
        for name, value in before[0].items():
            setattr(options, name, value)
        options.tunnel.endpoint = before[1]


def _account(environ: Mapping[str, str]) -> Any:
    from odps.accounts import CloudAccount, StsAccount, from_environments

    account = from_environments()
    if account is None and environ.get(KEY_ID) and environ.get(KEY_SECRET):
        keys, token = (environ[KEY_ID], environ[KEY_SECRET]), environ.get(KEY_TOKEN)
        account = StsAccount(*keys, token, expired_hours=None) if token else CloudAccount(*keys)
    return account
