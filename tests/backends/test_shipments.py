"""What was really sent is known afterwards, whichever way it went."""

from __future__ import annotations

import sys
from typing import Any
from uuid import uuid4

import pytest

from odps_jupyter.backends.secrets import SecretShipped
from odps_jupyter.workflow.preflight import PreflightError
from odps_jupyter.workflow.session import SHIPMENTS_KEPT, Session

FACTOR = [2.0]


def scaled(x: float) -> float:
    return x * FACTOR[0]


scaled.__module__ = "__main__"  # as of a cell: it travels by value


def test_an_execution_and_its_shipment(session: Session, iris: Any) -> None:
    with session.run():
        total = iris.sepal_length.map(scaled).sum().execute()
    assert total == pytest.approx(1753.0)
    (execution,) = session.runs[-1].executions
    (shipment,) = execution.shipments
    assert shipment is session.shipments[-1]
    assert (shipment.standing, shipment.instance) == ("verified", execution.instances[-1])
    (function,) = shipment.functions
    assert function.udf in shipment.sql
    assert (function.name, function.signature, function.unread) == ("scaled", "double->double", None)
    assert [(c.name, c.type, c.by) for c in function.pieces[0].captures] == [("FACTOR", "list", "value")]
    assert ("odps.sql.python.version", "cp311") in shipment.hints
    assert function.pieces[0].source is not None


def test_persist_async_and_delay(session: Session, iris: Any) -> None:
    from odps.df import Delay

    table = f"made_{uuid4().hex}"
    iris[iris.name, iris.sepal_length.map(scaled).rename("twice")].persist(table)
    assert session.shipments[-1].sql.startswith("INSERT OVERWRITE TABLE")
    future = iris.sepal_length.map(scaled).max().execute(async_=True)
    assert future.result() == pytest.approx(15.8)
    assert session.shipments[-1].functions[0].name == "scaled"
    delay = Delay()
    futures = [
        iris.sepal_length.map(scaled).min().execute(delay=delay),
        iris.sepal_width.map(scaled).max().execute(delay=delay),
    ]
    delay.execute(n_parallel=2)
    assert [future.result() for future in futures] == pytest.approx([8.6, 8.8])
    jobs = list(session.shipments)[-2:]
    assert [len(job.functions) for job in jobs] == [1, 1]
    assert all(job.functions[0].udf in job.sql for job in jobs)


def test_libraries_and_resources_are_named(session: Session, o: Any, iris: Any) -> None:
    name = f"lib_{uuid4().hex}"
    library = o.create_resource(f"{name}.py", "py", file_obj="VALUE = 3")
    file = o.create_resource(f"{name}.txt", "file", file_obj="4")

    def use(resources):  # type: ignore[no-untyped-def]
        text = resources[0].read()

        def inner(x):  # type: ignore[no-untyped-def]
            return len(text)

        return inner

    iris.sepal_length.map(use, rtype="int", resources=[file]).max().execute(libraries=[library])
    shipment = session.shipments[-1]
    assert shipment.libraries == (f"{name}.py",)
    assert shipment.functions[0].resources == (f"{name}.txt",)


def test_a_local_folder_among_the_libraries(session: Session, iris: Any, tmp_path: Any) -> None:
    from odps import options

    package = tmp_path / "shop"
    package.mkdir()
    (package / "__init__.py").write_text("RATE = 2.0\n")

    def priced(x):  # type: ignore[no-untyped-def]
        from shop import RATE  # type: ignore[import-not-found]

        return x * RATE

    expr = iris.sepal_length.map(priced).sum()
    with pytest.raises(PreflightError, match="No module named 'shop'"):
        expr.execute()
    with session.run():
        assert expr.execute(libraries=[str(package)]) == pytest.approx(1753.0)
        options.df.libraries = [str(package)]
        try:
            assert (expr + 1).execute() == pytest.approx(1754.0)
        finally:
            options.df.libraries = None
    assert [(preflight.doubts, preflight.rows) for preflight in session.runs[-1].preflights] == [
        ((), (("priced", 20),)),
        ((), (("priced", 20),)),
    ]
    assert "shop" not in sys.modules


def test_what_was_found_good_is_not_tried_again(session: Session, iris: Any) -> None:
    expr = iris.sepal_length.map(scaled)
    with session.run():
        for bound in (1, 2):
            (expr.sum() + bound).execute()
    assert [preflight.again for preflight in session.runs[-1].preflights] == [False, True]


def test_the_history_is_bounded(session: Session) -> None:
    assert session.shipments.maxlen == SHIPMENTS_KEPT


def test_a_key_in_any_pickle_is_refused_on_its_way_out_too(session: Session, iris: Any, o: Any) -> None:
    from dataclasses import replace

    key = o.account.secret_access_key
    session.set_terms(replace(session.terms, preflight=False))
    for expr in (
        iris.sepal_length.map(lambda x, k: x, args=(key,)),
        iris.sepal_length.map(lambda x, k=key: x),
        iris.sepal_length.map(lambda x: [x, key][0]),
    ):
        with pytest.raises(SecretShipped, match="a text that holds the secret of your account"):
            expr.sum().execute()


class Provider:
    """A credential provider, as PyODPS's accounts have one; each answer may be a request."""

    def __init__(self) -> None:
        self.asked = 0

    def get_credential(self) -> Provider:
        self.asked += 1
        return self

    def get_access_key_secret(self) -> str:
        return "only-it-knows-this"

    def get_security_token(self) -> None:
        return None


def test_accounts_are_asked_once_for_their_keys_whatever_is_sent(session: Session, iris: Any, o: Any) -> None:
    o.account.provider = provider = Provider()
    key = provider.get_access_key_secret()
    kept = iris.sepal_length.map(lambda x: [x, key][0])
    plain = [iris.sepal_length.map(lambda x: x + 1).rename("more"), iris.sepal_length.map(lambda x: -x).rename("less")]
    asked = []
    for fields in ([kept], [*plain, kept]):
        before = provider.asked
        with pytest.raises(SecretShipped, match="a text that holds the secret of your account"):
            iris[fields].execute()
        asked.append(provider.asked - before)
    before = provider.asked
    sent = iris[plain].execute()
    assert len(sent) == 150
    asked.append(provider.asked - before)
    assert asked == [1, 1, 1]


def test_an_account_among_more_than_is_worth_reading(session: Session, iris: Any, o: Any) -> None:
    held = [float(number) for number in range(310_000)], o.account
    with pytest.raises(SecretShipped, match=r"odps\.accounts"):
        iris.sepal_length.map(lambda x: x + len(held)).sum().execute()


def test_naming_a_class_of_pyodps_is_no_secret(session: Session, iris: Any) -> None:
    from dataclasses import replace

    from odps.errors import ODPSError
    from odps.models import Table

    session.set_terms(replace(session.terms, preflight=False))
    with pytest.raises(ODPSError, match="odps"):  # the executor has no such module
        iris.sepal_length.map(lambda x: x if isinstance(x, Table) else 0.0).sum().execute()
