"""A project behind a network that fails, and accounts that may not do everything: what goes on, and what is said."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from uuid import uuid4

import pytest

from odps_jupyter.backends import connection as connections
from odps_jupyter.backends.embedded import Lease
from odps_jupyter.backends.patience import Patience
from odps_jupyter.backends.sample import Sample
from odps_jupyter.backends.secrets import SecretShipped
from odps_jupyter.backends.stopping import Stopped
from odps_jupyter.errors import UserError
from odps_jupyter.workflow.advice import advise
from odps_jupyter.workflow.session import Session
from odps_jupyter.workflow.snapshot import session_state
from tests.conftest import AMPLE
from tests.far import Far, far_away
from tests.proxy import ENDPOINT, TUNNEL_ENDPOINT, Answer, Asked, Fault

#: Waits for no time at all, as often as it takes.
PATIENCE = Patience(seconds=60.0, clock=lambda: 0.0, sleep=lambda _: None)
SKEWED = "max_interval_date:900000,expire_date:2026-01-01T00:00:00.000Z,now_date:2026-01-02T00:00:00.000Z"


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Far]:
    with far_away(tmp_path_factory.mktemp("far")) as far:
        yield far


@pytest.fixture
def o(far: Far, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    from odps import ODPS, options

    for name in ("http_proxy", "no_proxy"):
        monkeypatch.setenv(name, far.environ[name])
    before = options.retry_times, options.retry_delay, options.tunnel.endpoint
    options.retry_times, options.retry_delay = 0, 0.0
    account = (far.service.access_id, far.service.secret())
    yield ODPS(*account, project=far.service.project, endpoint=ENDPOINT, tunnel_endpoint=TUNNEL_ENDPOINT)
    options.retry_times, options.retry_delay, options.tunnel.endpoint = before


@pytest.fixture
def session(far: Far, o: Any, told: list[str]) -> Iterator[Session]:
    session = Session({}, {}, told.append)
    session.hook()
    session.connect(connections.Connection("project", far.service.project, ENDPOINT, "test", o), said=True)
    session.set_terms(replace(session.terms, preflight=False, patience=PATIENCE))
    yield session
    session.close()


@pytest.fixture
def summed(session: Session, o: Any) -> Any:
    return o.get_table("pyodps_iris").to_df().sepal_length.map(lambda x: x + 1).sum()


def denied(privilege: str, thing: str = "") -> Answer:
    return Answer(
        403,
        "ODPS-0420095",
        f"Access Denied - Authorization Failed [4019], You have NO privilege 'odps:{privilege}' on "
        f"{{acs:odps:*:projects/far_away{thing}}}",
    )


def test_a_lease_is_given_back_though_a_renewal_comes_late(far: Far, o: Any) -> None:
    """The service would else wait for a kernel that has gone."""
    renewing, late, gone = threading.Event(), threading.Event(), threading.Event()
    arrived: list[str] = []

    def decide(asked: Asked) -> Fault:
        if "/clients/" in asked.path:
            if asked.method == "PUT" and arrived:
                renewing.set()
                assert late.wait(AMPLE)
            arrived.append(asked.method)
            if arrived.count("DELETE") == 2:
                gone.set()
        return None

    with far.proxy.doing(decide):
        lease = Lease(o, replace(far.service, endpoint=ENDPOINT), pause=0.0)
        lease.start()
        assert renewing.wait(AMPLE)
        lease.close()
        late.set()
        assert gone.wait(AMPLE)
    assert arrived == ["PUT", "DELETE", "PUT", "DELETE"]


def submits(asked: Asked) -> bool:
    return asked.method == "POST" and asked.path.endswith("/instances")


@pytest.mark.parametrize("fault", ["lost", "unanswered", "broken", Answer(502), Answer(504)])
def test_a_job_is_submitted_once_whatever_becomes_of_the_answer(far: Far, o: Any, summed: Any, fault: Fault) -> None:
    before = len(list(o.list_instances()))
    left = [fault]
    with far.proxy.doing(lambda asked: left.pop() if left and submits(asked) else None) as seen:
        assert summed.execute() == pytest.approx(1026.5)
    # An answer that breaks off has its head, which is all that PyODPS reads of it.
    assert sum(submits(asked) for asked in seen) in {1, 2}
    assert len(list(o.list_instances())) == before + 1


def test_a_job_is_found_again_after_the_network_was_lost(far: Far, summed: Any) -> None:
    lost: list[Fault] = [Answer(503), Answer(502), "lost", "broken", "unanswered", Answer(504)]
    faults = [*lost, *lost]

    def decide(asked: Asked) -> Fault:
        return faults.pop() if faults and "/instances/" in asked.path and asked.method == "GET" else None

    with far.proxy.doing(decide):
        assert summed.execute() == pytest.approx(1026.5)
    assert faults == []


def test_a_network_that_stays_away_is_said_and_the_job_named(far: Far, session: Session, summed: Any) -> None:
    session.set_terms(replace(session.terms, patience=Patience(seconds=0.0)))
    down = [False]

    def decide(asked: Asked) -> Fault:
        down[0] = down[0] or "/instances/" in asked.path
        return "lost" if down[0] else None

    with far.proxy.doing(decide), pytest.raises(Exception, match=r".") as caught:
        summed.execute()
    advice = advise(caught.value, session.connection, "maxcompute")
    assert advice == f"nothing answers at {ENDPOINT}; check it, or `%odps connect embedded`."
    assert any("was submitted and may still run: `o.get_instance(" in note for note in caught.value.__notes__)


def test_what_could_not_be_removed_is_said_and_removed_with_the_next_job(
    far: Far, session: Session, summed: Any, o: Any, told: list[str]
) -> None:
    with far.proxy.doing(lambda asked: denied("Delete") if asked.method == "DELETE" else None):
        assert summed.execute() == pytest.approx(1026.5)  # what a job leaves takes nothing from its result
    (said,) = told
    assert said.startswith("Project far_away still holds function pyodps_udf_")
    assert "It is tried again with the next job" in said
    held = [*o.list_functions(), *(one for one in o.list_resources() if "udf" in one.name)]
    assert len(held) == 2
    o.get_table("pyodps_iris").to_df().count().execute()
    assert [one for one in (*o.list_functions(), *o.list_resources()) if "udf" in one.name] == []


@pytest.mark.parametrize(
    ("privilege", "path", "more"),
    [
        ("CreateResource", "/resources", "Expressions without Python functions need none of it"),
        ("CreateFunction", "/registration%2Ffunctions", "Expressions without Python functions need none of it"),
        ("CreateInstance", "/instances", "its owner can grant it."),
    ],
)
def test_a_missing_privilege_is_named(
    far: Far, session: Session, summed: Any, privilege: str, path: str, more: str
) -> None:
    def decide(asked: Asked) -> Fault:
        return denied(privilege) if asked.method == "POST" and asked.path.endswith(path) else None

    with far.proxy.doing(decide), pytest.raises(Exception, match="NO privilege") as caught:
        summed.execute()
    advice = advise(caught.value, session.connection, "maxcompute") or ""
    assert advice.startswith(f"this account lacks {privilege} on project far_away")
    assert more in advice


def stopped_at(far: Far, session: Session, wanted: Callable[[Asked], bool], run: Callable[[], object]) -> list[Asked]:
    """What was asked of the project when ``run`` was stopped from outside while a wanted request was under way."""

    def decide(asked: Asked) -> Fault:
        if wanted(asked) and not stopping:
            stopping.append(session.stop(lambda _: True))
        return None

    stopping: list[list[int]] = []
    with far.proxy.doing(decide) as seen, pytest.raises(Stopped):
        run()
    assert len(stopping) == 1
    return list(seen)


def test_stop_reaches_an_execution_whatever_it_waits_for(
    far: Far, session: Session, o: Any, summed: Any, told: list[str]
) -> None:
    before = len(list(o.list_instances()))

    def held(x: float) -> float:
        """Never returns: its job goes on until it is stopped."""
        import signal

        signal.pause()
        return x

    forever = o.get_table("pyodps_iris").to_df().sepal_length.map(held).sum()
    stopped_at(
        far, session, lambda asked: asked.method == "POST" and asked.path.endswith("/resources"), forever.execute
    )
    assert len(list(o.list_instances())) == before
    seen = stopped_at(far, session, submits, forever.execute)
    (job,) = {asked.path for asked in seen if "/instances/" in asked.path and asked.method == "PUT"}
    assert o.get_instance(job.rpartition("/")[2]).is_terminated()
    assert [one for one in (*o.list_functions(), *o.list_resources()) if "udf" in one.name] == []
    session.set_backend("pandas", Sample(10))
    stopped_at(far, session, lambda asked: "data" in asked.query.split("&"), summed.execute)
    assert summed.execute() > 0
    assert told == []


def test_preflight_gives_up_on_a_sample_that_does_not_come_and_the_job_goes_on(
    far: Far, session: Session, summed: Any
) -> None:
    session.set_terms(replace(session.terms, preflight=True, seconds=0.5))
    sent = threading.Event()

    def decide(asked: Asked) -> Fault:
        if "downloads" in asked.query:
            assert sent.wait(AMPLE)
        elif submits(asked):
            sent.set()
        return None

    with far.proxy.doing(decide), session.run():
        assert summed.execute() == pytest.approx(1026.5)
    assert session.runs[-1].preflights[0].doubts == ("lambda was not proved: took longer than 0.5 s",)


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


def test_who_may_only_read_works_on_samples_and_is_told_what_else_needs(
    far: Far, session: Session, o: Any, summed: Any, told: list[str]
) -> None:
    session.set_terms(replace(session.terms, preflight=True, seconds=AMPLE))
    iris = o.get_table("pyodps_iris").to_df()

    def advised(run: Callable[[], Any]) -> str:
        with pytest.raises(Exception, match="NO privilege") as caught:
            run()
        return advise(caught.value, session.connection, session.backend) or ""

    lacks = "this account lacks {} on project far_away; its owner can grant it.".format
    with far.proxy.doing(read_only):
        assert len(iris.execute()) == 150
        assert iris.count().execute() == 150
        assert advised(summed.execute).startswith(lacks("CreateResource"))
        assert advised(iris.sepal_length.sum().execute).startswith(lacks("CreateInstance"))
        assert advised(iris[iris.name, iris.sepal_length + 1].execute).startswith(lacks("CreateInstance"))
        assert advised(lambda: iris[iris.sepal_length > 5].persist("kept")).startswith(lacks("CreateInstance"))
        session.set_backend("pandas")
        assert summed.execute() == pytest.approx(sum(iris.sepal_length.head(100).to_pandas().sepal_length) + 100)
        session.set_backend("pandas", Sample.parse("sepal_length > 5"))
        with pytest.raises(
            UserError, match=f"^No sample of pyodps_iris could be read: {lacks('CreateInstance')} Rows by"
        ):
            summed.execute()
        session.set_backend("pandas", Sample(10))
        session.set_terms(replace(session.terms, compare="remote"))
        with (
            pytest.raises(
                UserError, match=r"^The executor \(far_away\) could not be asked the same: this account lacks"
            ),
            session.run(),
        ):
            summed.execute()
    # What was refused is not there: nothing is said to be left.
    assert told == []


def test_who_may_not_download_is_told_so_and_what_goes_on(
    far: Far, session: Session, summed: Any, told: list[str]
) -> None:
    session.set_terms(replace(session.terms, preflight=True, seconds=AMPLE))
    no_download = denied("Download", "/tables/pyodps_iris")
    with far.proxy.doing(lambda asked: no_download if "downloads" in asked.query else None):
        with session.run():
            assert summed.execute() == pytest.approx(1026.5)
        assert session.runs[-1].preflights[0].doubts == (
            f"no rows to try the functions with: ODPSError: ODPS-0420095 {no_download.message}",
        )
        lacks = "this account lacks Download on tables/pyodps_iris of project far_away; its owner can grant it."
        session.set_backend("pandas")
        with pytest.raises(UserError, match=f"^No sample of pyodps_iris could be read: {lacks}$"):
            summed.execute()
    assert told == []


@pytest.mark.parametrize(
    ("fault", "why"), [(denied("CreateTable"), "this account lacks CreateTable"), (Answer(503), "the network was lost")]
)
def test_a_comparison_that_could_not_be_made_is_no_difference(
    far: Far, session: Session, summed: Any, fault: Fault, why: str
) -> None:
    session.set_backend("pandas")
    session.set_terms(replace(session.terms, compare="remote"))
    with (
        far.proxy.doing(lambda asked: fault if submits(asked) else None),
        pytest.raises(UserError, match=why),
        session.run(),
    ):
        summed.execute()
    assert session.runs[-1].comparisons == ()


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
