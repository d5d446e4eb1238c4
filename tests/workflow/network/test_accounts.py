"""Accounts with tokens, renewed or refused: which are taken, and that none of their secrets leaves memory."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from odps_jupyter.backends import connection as connections
from odps_jupyter.backends.secrets import SecretShipped
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.snapshot import session_state
from tests.conftest import AMPLE
from tests.far import Far
from tests.proxy import ENDPOINT, TUNNEL_ENDPOINT, Answer, Asked, Fault

from .asking import PATIENCE, submits

SKEWED = "max_interval_date:900000,expire_date:2026-01-01T00:00:00.000Z,now_date:2026-01-02T00:00:00.000Z"


class Provider:
    """A credential provider, as PyODPS asks it for keys."""

    def __init__(self, far: Far, token: str = "token") -> None:
        self._far = far
        self.token = token
        self.asked = 0

    def get_credential(self) -> Provider:
        self.asked += 1
        return self

    def get_access_key_id(self) -> str:
        return self._far.service.access_id

    def get_access_key_secret(self) -> str:
        return self._far.service.secret()

    def get_security_token(self) -> str:
        return self.token


def without_token(asked: Asked) -> Fault:
    known = {name.lower() for name in asked.headers}
    return None if "authorization-sts-token" in known else Answer(401, "ODPS-0410051", "Invalid credentials")


@pytest.mark.usefixtures("o")
def test_accounts_with_tokens(far: Far) -> None:
    from odps import ODPS
    from odps.accounts import CredentialProviderAccount

    environ = {**far.environ, "ALIBABA_CLOUD_SECURITY_TOKEN": "token"}
    provider = Provider(far)
    account = CredentialProviderAccount(provider)
    mine = ODPS(account=account, project="far_away", endpoint=ENDPOINT, overwrite_global=False)
    with far.proxy.doing(lambda asked: without_token(asked) if "/projects" in asked.path else None):
        connection = connections.from_environment(environ, "test")
        assert connection is not None
        connections.verify(connection)
        connections.verify(connections.from_entry(mine, "test"))
        assert provider.asked > 0
        with pytest.raises(UserError, match="refused the credentials"):
            connections.verify(connections.to_project(far.environ, "far_away", ENDPOINT))


def provided(far: Far, folder: Path) -> tuple[Any, str, Callable[[str], object]]:
    """An account, its token, and how it gets another."""
    from odps.accounts import CredentialProviderAccount

    provider = Provider(far, uuid4().hex)
    return CredentialProviderAccount(provider), provider.token, partial(setattr, provider, "token")


def in_a_file(far: Far, folder: Path) -> tuple[Any, str, Callable[[str], object]]:
    """As above, of keys that somebody keeps new in a file."""
    from odps.accounts import StsAccount

    def write(token: str) -> None:
        held = {"accessKeyId": far.service.access_id, "accessKeySecret": far.service.secret(), "securityToken": token}
        path.write_text(json.dumps(held), encoding="utf-8")

    path, token = folder / "keys.json", uuid4().hex
    write(token)
    os.environ["ODPS_STS_ACCOUNT_FILE"] = str(path)
    return StsAccount(None, None, None), token, write


def bearing(far: Far, folder: Path) -> tuple[Any, str, Callable[[str], object]]:
    """As above, of a bearer token. The service knows none of this kind: it gets a signature."""
    from odps.accounts import BearerTokenAccount, CloudAccount

    class Bearer(BearerTokenAccount):  # type: ignore[misc]
        def sign_request(self, *args: Any, **options: Any) -> None:
            super().sign_request(*args, **options)
            del args[0].headers["x-odps-bearer-token"]
            CloudAccount(far.service.access_id, far.service.secret()).sign_request(*args, **options)

    path, token = folder / "bearer", uuid4().hex
    path.write_text(token, encoding="utf-8")
    os.environ["ODPS_BEARER_TOKEN_FILE"] = str(path)
    return Bearer(), token, path.write_text


@pytest.mark.parametrize("kind", [provided, in_a_file, bearing])
def test_tokens_are_kept_here_renewed_or_not(
    far: Far, o: Any, kind: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from odps import ODPS

    for name in ("ODPS_STS_ACCOUNT_FILE", "ODPS_BEARER_TOKEN_FILE"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("JPY_SESSION_NAME", "/work/a.ipynb")
    account, first, renew = kind(far, tmp_path)
    mine: Any = ODPS(
        account=account, project="far_away", endpoint=ENDPOINT, tunnel_endpoint=TUNNEL_ENDPOINT, overwrite_global=False
    )
    told: list[str] = []
    session = Session({}, os.environ, told.append)
    session.hook()
    session.connect(connections.Connection("project", "far_away", ENDPOINT, "test", mine), said=True)
    session.set_terms(replace(session.terms, seconds=AMPLE, patience=PATIENCE))
    caplog.set_level("DEBUG", "odps.accounts")
    try:
        numbers = mine.get_table("pyodps_iris").to_df().sepal_length

        def refused(token: str) -> str:
            with session.run(), far.proxy.doing(lambda _: None) as seen, pytest.raises(SecretShipped) as caught:
                numbers.map(lambda x: x + len(token)).sum().execute()
            assert [asked for asked in seen if asked.path.endswith(("/resources", "/instances"))] == []
            return str(caught.value)

        said = refused(first)
        second = uuid4().hex
        renew(second)
        # PyODPS may go on with the one before: it asks for another when that one's time is over.
        said += refused(second) + refused(first)
        account.reload(force=True)
        said += refused(second) + refused(first)
        with session.run():
            assert numbers.map(lambda x: x + 1).sum().execute() == pytest.approx(1026.5)
        assert session.history.recent(1)  # which waits for what is still to be written
        kept = "".join(path.read_text() for path in (tmp_path / "data").rglob("*") if path.is_file())
        shown = [said, kept, caplog.text, *told, repr(vars(session)), repr(session.runs), str(session_state(session))]
        assert "far_away" in kept
        assert [text for text in shown if first in text or second in text] == []
    finally:
        session.close()


def under_its_own_id(far: Far, folder: Path) -> tuple[Any, str, Callable[[str], object]]:
    """As above, of a provider whose keys have an id for each token, as those of a role have; the service knows one."""
    from odps.accounts import CredentialProviderAccount

    class Renewed(Provider):
        def get_access_key_id(self) -> str:
            return f"STS.{self.token}"

    class OfARole(CredentialProviderAccount):  # type: ignore[misc]
        def sign_request(self, request: Any, *args: Any, **options: Any) -> None:
            super().sign_request(request, *args, **options)
            signed = request.headers["Authorization"]
            request.headers["Authorization"] = signed.replace(self.access_id, far.service.access_id)

    provider = Renewed(far, uuid4().hex)
    return OfARole(provider), provider.token, partial(setattr, provider, "token")


@pytest.mark.parametrize(
    ("kind", "moment"),
    [(in_a_file, "sending"), (in_a_file, "waiting"), (in_a_file, "reading"), (under_its_own_id, "waiting")],
)
def test_a_token_renewed_in_the_middle_of_an_execution_is_taken(
    far: Far, o: Any, kind: Any, moment: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from odps import ODPS

    monkeypatch.setenv("ODPS_STS_ACCOUNT_FILE", "")
    account, first, renew = kind(far, tmp_path)
    mine: Any = ODPS(
        account=account, project="far_away", endpoint=ENDPOINT, tunnel_endpoint=TUNNEL_ENDPOINT, overwrite_global=False
    )
    second, good = uuid4().hex, {first}
    refused: list[Asked] = []
    comes = {
        "sending": lambda asked: asked.path.endswith("/registration%2Ffunctions"),
        "waiting": lambda asked: asked.method == "GET" and "/instances/" in asked.path,
        "reading": lambda asked: "downloads" in asked.query,
    }[moment]

    def decide(asked: Asked) -> Fault:
        if comes(asked) and first in good:
            renew(second)
            good.symmetric_difference_update({first, second})
        token = next((value for name, value in asked.headers.items() if name.lower() == "authorization-sts-token"), "")
        if token in good:
            return None
        refused.append(asked)
        return Answer(401, "AuthenticationRequestExpired", "The token is no longer good")

    session = Session({}, os.environ, lambda _: None)
    session.hook()
    session.connect(connections.Connection("project", "far_away", ENDPOINT, "test", mine), said=True)
    session.set_terms(replace(session.terms, preflight=False, patience=PATIENCE))
    try:
        iris = mine.get_table("pyodps_iris").to_df()
        with session.run(), far.proxy.doing(decide) as seen:
            found = iris[[iris.sepal_length.map(lambda x: x + 1).rename("more")]].execute()
            assert len(found) == 150
        assert len([asked for asked in seen if submits(asked) and asked not in refused]) == 1
        assert refused
        assert [one.name for one in (*mine.list_functions(), *mine.list_resources()) if "udf" in one.name] == []
    finally:
        session.close()


def test_a_job_whose_token_ends_meanwhile_can_be_found_again(far: Far, summed: Any) -> None:
    from odps.errors import AuthenticationRequestExpired

    expired = Answer(401, "AuthenticationRequestExpired", "The token is no longer good")
    sent: list[Asked] = []

    def decide(asked: Asked) -> Fault:
        sent.extend([asked] if submits(asked) else [])
        return expired if sent and asked.method == "GET" else None

    with far.proxy.doing(decide), pytest.raises(AuthenticationRequestExpired) as caught:
        summed.execute()
    assert any("was submitted and may still run: `o.get_instance(" in note for note in caught.value.__notes__)


@pytest.mark.usefixtures("o")
@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (Answer(401, "AuthenticationRequestExpired", "old"), "The token for project far_away has expired"),
        (Answer(403, "RequestTimeTooSkewed", SKEWED), "This machine's clock is more than 15 minutes wrong"),
        (Answer(403, "ODPS-0420095", "Access Denied - You don't exist in project far_away."), "may not use project"),
        (Answer(502), "Nothing answers at http"),
    ],
)
def test_an_account_that_is_not_taken_is_told_why(far: Far, answer: Answer, said: str) -> None:
    connection = connections.to_project(far.environ, "far_away", ENDPOINT)
    with far.proxy.doing(lambda _: answer), pytest.raises(UserError, match=said):
        connections.verify(connection)
