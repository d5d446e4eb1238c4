"""Who is let in, and what the others are told."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest
import requests
from odps import errors, options

from .conftest import SECONDS, Running


@pytest.fixture
def v4() -> object:
    """Version 4 signatures for one test."""
    options.enable_v4_sign = True
    yield
    options.enable_v4_sign = False


def test_right_secret_is_let_in(service: Running) -> None:
    assert service.client().exist_table("pyodps_iris")


@pytest.mark.usefixtures("v4")
def test_version_4_signature_is_let_in(service: Running) -> None:
    assert service.client(region_name="cn-hangzhou").exist_table("pyodps_iris")


@pytest.mark.usefixtures("v4")
def test_version_4_signature_with_a_wrong_secret_is_refused(service: Running) -> None:
    with pytest.raises(errors.ODPSError, match="signature does not match"):
        service.client(secret_access_key="wrong", region_name="cn-hangzhou").get_project().reload()


def test_wrong_secret_names_the_cause(service: Running) -> None:
    with pytest.raises(errors.ODPSError, match=r"ODPS-0410042.*signature does not match") as caught:
        service.client(secret_access_key="wrong").get_project().reload()
    assert service.secret not in str(caught.value)


def test_unknown_access_id_names_the_cause(service: Running) -> None:
    with pytest.raises(errors.ODPSError, match="access id not found"):
        service.client(access_id="nobody").get_project().reload()


@pytest.mark.parametrize("value", ["a b", "a/b", "50%", "中文", "a+b", "a&b", "x;y", "a#b"])
def test_partition_values_of_any_kind_are_signed_alike(service: Running, name: str, value: str) -> None:
    o = service.client()
    table = o.create_table(name, ("a bigint", "pt string"))
    try:
        table.create_partition(f"pt={value}")
        assert table.exist_partition(f"pt={value}")
        with table.open_writer(partition=f"pt={value}") as writer:
            writer.write([1])
        assert [record["a"] for record in table.head(1, partition=f"pt={value}")] == [1]
    finally:
        table.drop()


def test_unsigned_requests_are_refused(service: Running) -> None:
    answer = requests.get(f"{service.description['endpoint']}/projects/testing", timeout=SECONDS)
    assert answer.status_code == 401
    assert "carries no signature" in answer.text


def test_another_host_name_is_refused(service: Running) -> None:
    request = urllib.request.Request(f"{service.description['endpoint']}/projects/testing")
    request.add_header("Host", "evil.example")
    with pytest.raises(urllib.error.HTTPError, match="403") as caught:
        urllib.request.urlopen(request, timeout=SECONDS)
    caught.value.close()


def test_another_origin_is_refused(service: Running) -> None:
    root = service.description["endpoint"].removesuffix("/api")
    answer = requests.get(f"{root}/odps-jupyter/health", headers={"Origin": "http://evil.example"}, timeout=SECONDS)
    assert answer.status_code == 403


def test_old_date_is_refused(service: Running) -> None:
    with pytest.raises(errors.RequestTimeTooSkewed):
        service.client().rest.get(
            service.description["endpoint"] + "/projects/testing", headers={"Date": "Mon, 01 Jan 2024 00:00:00 GMT"}
        )


def test_health_is_open_and_says_little(service: Running) -> None:
    root = service.description["endpoint"].removesuffix("/api")
    answer = requests.get(f"{root}/odps-jupyter/health", timeout=SECONDS).json()
    assert set(answer) == {"name", "version"}


def test_secret_is_printed_nowhere(service: Running) -> None:
    assert service.secret not in str(service.description)


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": "ODPS"},
        {"Authorization": "ODPS :"},
        {"Authorization": "ODPS a"},
        {"Authorization": "Basic YTpi"},
        {"Authorization": "ODPS a:b", "Date": ""},
        {"Authorization": "ODPS a:b", "Date": "yesterday"},
        {"Authorization": "ODPS a/b/c/d/e:f", "Date": "Mon, 01 Jan 2024 00:00:00 GMT"},
        {"x-odps-bearer-token": "nothing"},
        {"x-odps-bearer-token": "e30="},
        {"x-odps-bearer-token": "%%%"},
    ],
)
def test_broken_credentials_are_refused_with_a_code(service: Running, headers: dict[str, str]) -> None:
    url = f"{service.description['endpoint']}/projects/testing/tables/pyodps_iris"
    answer = requests.get(url, headers=headers, timeout=SECONDS)
    assert answer.status_code in (400, 401)
    assert "<Code>" in answer.text
    assert "ODPS-0410" in answer.text or "RequestTimeTooSkewed" in answer.text
    on_tunnel = requests.get(url.replace("/api/", "/") + "?downloads", headers=headers, timeout=SECONDS)
    assert on_tunnel.status_code in (400, 401)
    assert on_tunnel.json()["Code"]


def test_a_changed_request_is_no_longer_signed(service: Running) -> None:
    client = service.client()
    request = requests.Request("GET", f"{service.description['endpoint']}/projects/testing/tables/pyodps_iris")
    prepared = request.prepare()
    client.account.sign_request(prepared, client.endpoint)
    with requests.Session() as session:
        assert session.send(prepared, timeout=SECONDS).status_code == 200
        prepared.url = str(prepared.url).replace("pyodps_iris", "pyodps_iris?data")
        refused = session.send(prepared, timeout=SECONDS)
        assert refused.status_code == 401
        assert refused.headers["Connection"] == "close"
        prepared.method = "DELETE"
        assert session.send(prepared, timeout=SECONDS).status_code == 401
