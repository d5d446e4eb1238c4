"""Requests no healthy client sends: each gets MaxCompute's kind of error, and the service goes on."""

from __future__ import annotations

import io
import json
import re
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
import requests
from odps import ODPS, errors

from odps_jupyter.emulator.service import ROUTES
from odps_jupyter.emulator.web import Route

from .conftest import SECONDS, Running, launch, started


def job(inner: str) -> str:
    return f"<Instance><Job><Tasks>{inner}</Tasks></Job></Instance>"


def settings(text: str) -> str:
    value = f"<Config><Property><Name>settings</Name><Value>{text}</Value></Property></Config>"
    return job(f"<SQL><Name>x</Name>{value}<Query>select 1</Query></SQL>")


SQL = "<SQL><Name>x</Name><Query>select 1</Query></SQL>"

BODIES = {
    "no-xml": "no xml",
    "empty": "",
    "no-job": "<Instance/>",
    "no-tasks": job(""),
    "unknown-task": job("<Graph><Name>x</Name></Graph>"),
    "no-query": job("<SQL><Name>x</Name></SQL>"),
    "no-table": job("<Merge><Name>x</Name></Merge>"),
    "two-of-one-name": job(SQL * 2),
    "priority": f"<Instance><Job><Priority>-1</Priority><Tasks>{SQL}</Tasks></Job></Instance>",
    "entities": '<!DOCTYPE x [<!ENTITY a "b">]><Instance>&a;</Instance>',
    "entities-utf16": '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE x [<!ENTITY a "b">]><Instance/>'.encode(
        "utf-16"
    ),
    "not-utf8": b"<Instance>\xff\xfe</Instance>",
    "cut": job(SQL)[:-20],
    "nested": "<a>" * 50_000 + "</a>" * 50_000,
    "settings-no-json": settings("{"),
    "settings-no-object": settings("[1]"),
    "settings-nested": settings("[" * 100_000),
}


def refused(o: ODPS, method: str, path: str, body: str | bytes | None) -> errors.ODPSError:
    """The error of a request, after which the service still answers."""
    with pytest.raises(errors.ODPSError) as caught:
        o.rest.request(o.get_project().resource() + path, method, data=body)
    assert caught.value.code, caught.value
    assert caught.value.status_code < 500
    assert o.exist_table("pyodps_iris")
    return caught.value


@pytest.mark.parametrize("kind", BODIES)
def test_a_bad_job_is_an_error_with_a_code(o: ODPS, kind: str) -> None:
    refused(o, "post", "/instances", BODIES[kind])


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/registration%2Ffunctions", "<Function/>"),
        ("post", "/registration%2Ffunctions", "<Function><Alias>f</Alias>"),
        ("post", "/resources", "content without a name"),
        ("put", "/tables/pyodps_iris?uploadid=nothing&blockid=0", ""),
        ("put", "/tables/pyodps_iris", ""),
        ("get", "/tables/pyodps_iris?downloadid=nothing&data", None),
        ("get", "/tables/pyodps_iris?data&linenum=many", None),
        ("get", "/tables/pyodps_iris?data&cols=nothing", None),
        ("get", "/tables/pyodps_iris?partitions", None),
        ("get", "/tables/pyodps_iris?partition=pt", None),
        ("get", "/tables/a%2F..%2Fb", None),
        ("get", "/../../etc/passwd", None),
        ("get", "/instances/nothing?result", None),
        ("get", "/instances/..%2F..%2Fsecret", None),
        ("get", "/instances?daterange=yesterday:", None),
        ("get", "/instances?daterange=99999999999999999999:", None),
        ("get", "/instances?maxitems=lots", None),
        ("put", "/instances/nothing", "<Instance><Status>Terminated</Status></Instance>"),
        ("delete", "/instances", None),
        ("patch", "/instances", None),
        ("get", "/volumes", None),
        ("post", "/xflows", "<x/>"),
        ("put", "", "<Project/>"),
        ("post", "/authorization?sign_bearer_token", "{"),
        ("post", "/authorization?sign_bearer_token", "[]"),
        ("post", "/authorization?sign_bearer_token", '{"policy": "{"}'),
        ("post", "/authorization?sign_bearer_token", '{"policy": {"Statement": [{}]}}'),
        ("post", "/authorization?sign_bearer_token", '{"policy": {"Statement": []}, "expires_in_hours": "ever"}'),
        ("post", "/authorization?sign_bearer_token", '{"policy": {"Statement": []}, "expires_in_hours": NaN}'),
        ("post", "/authorization?sign_bearer_token", "[" * 100_000),
        ("post", "/authorization", "<Authorization><Query>drop everything</Query></Authorization>"),
    ],
)
def test_answer_is_an_error_with_a_code(o: ODPS, method: str, path: str, body: str | None) -> None:
    refused(o, method, path, body)


def test_what_an_instance_cannot_tell_is_an_error(o: ODPS) -> None:
    instance = o.execute_sql("select 1 as a")
    path = f"/instances/{instance.id}"
    assert refused(o, "put", path, "<Instance><Status>Running</Status></Instance>").code == "InvalidStateSetting"
    assert refused(o, "put", f"{path}?info&taskname=x", "<Instance/>").code == "ODPS-0420095"
    for query in (
        "instanceprogress=x&taskname=x",
        "instancesummary&taskname=x",
        "detail&taskname=x",
        "info&taskname=x",
    ):
        assert refused(o, "get", f"{path}?{query}", None).code == "NoSuchObject"
    assert refused(o, "get", f"{path}?info&taskname=AnonymousSQLTask&key=x", None).code == "ODPS-0420095"
    assert refused(o, "get", f"{path}?log&id=x&size=many", None).code == "ODPS-0420061"
    assert refused(o, "get", f"{path}?xresult", None).code == "ODPS-0420061"
    assert instance.get_worker_log("../../secret", "stdout") == ""
    assert instance.get_worker_log("AnonymousSQLTask#999", "stdout") == ""


@pytest.mark.parametrize("evil", ["x' or '1'='1", 'x"; drop table meta.tables; --', "x%", "naïve", "中文", "a`b"])
def test_names_are_data_and_never_sql(o: ODPS, evil: str) -> None:
    assert not o.exist_table(evil)
    assert not o.exist_resource(evil)
    assert not o.exist_function(evil)
    assert not o.exist_instance(evil)
    assert not o.exist_project(evil)
    assert list(o.list_tables(prefix=evil)) == []
    assert list(o.list_functions(prefix=evil)) == []
    assert list(o.get_project().instances.iterate(job_name=evil)) == []
    assert o.exist_table("pyodps_iris")


def test_evil_names_in_jobs_are_data(o: ODPS, name: str) -> None:
    evil = f"{name}'; drop table pyodps_iris; --"
    first = o.run_sql("select 1 as a", unique_identifier_id=evil, name=evil)
    first.wait_for_success()
    assert o.run_sql("select 1 as a", unique_identifier_id=evil).id == first.id
    assert first.get_unique_identifier_id() == evil
    with pytest.raises(errors.ODPSError, match="ODPS-0130"):
        o.execute_sql(f"select * from `{evil}`")
    assert o.exist_table("pyodps_iris")


def test_wrong_secret_with_a_large_body_still_gets_its_answer(service: Running, name: str) -> None:
    stranger = service.client(secret_access_key="wrong")
    with pytest.raises(errors.ODPSError, match="signature does not match"):
        stranger.create_resource(name, "file", file_obj=io.BytesIO(bytes(20 << 20)))
    assert not service.client().exist_resource(name)


def test_row_range_outside_is_refused(o: ODPS) -> None:
    table = o.get_table("pyodps_iris")
    with table.open_reader() as reader, pytest.raises(errors.ODPSError, match="row range"):
        reader._download_session._build_input_stream(151, 1)


def raw(service: Running, text: bytes, wait: float = SECONDS) -> bytes:
    """What the service answers to these very bytes."""
    address = urlsplit(service.description["endpoint"])
    assert address.hostname is not None
    with socket.create_connection((address.hostname, address.port), timeout=wait) as connection:
        connection.sendall(text)
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    return answer


def signed(service: Running, method: str, path: str, **headers: str) -> str:
    """The head of a request as the client would sign it."""
    client = service.client()
    request = requests.Request(method, service.description["endpoint"] + path).prepare()
    client.account.sign_request(request, client.endpoint)
    parts = urlsplit(str(request.url))
    lines = {"Host": parts.netloc, "Connection": "close", **request.headers, **headers}
    return f"{method} {parts.path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in lines.items())


@pytest.mark.parametrize(
    ("headers", "body", "status"),
    [
        ({"Content-Length": "999999999999"}, "", 413),
        ({"Content-Length": "-1"}, "", 400),
        ({"Content-Length": "many"}, "", 400),
        ({"Transfer-Encoding": "chunked"}, "nonsense\r\n", 400),
    ],
    ids=["oversized", "negative", "no-number", "bad-chunk"],
)
def test_impossible_bodies_end_with_an_answer(
    service: Running, headers: dict[str, str], body: str, status: int
) -> None:
    head = signed(service, "POST", "/projects/testing/instances", **headers)
    answer = raw(service, f"{head}\r\n{body}".encode())
    assert int(answer.split()[1]) == status
    if "Content-Length" in headers:
        assert b"<Code>ODPS-0420061</Code>" in answer
    assert service.client().exist_table("pyodps_iris")


def test_unknown_methods_and_lines_end_with_an_answer(service: Running) -> None:
    answer = raw(service, (signed(service, "BREW", "/projects/testing") + "\r\n").encode())
    assert answer.split()[1] == b"405"
    assert b"ODPS-0420095" in answer
    assert b"BREW" in answer
    assert raw(service, b"nonsense\r\n\r\n").split()[1] == b"400"
    assert service.client().exist_table("pyodps_iris")


HEAD = "POST /api/projects/testing/instances HTTP/1.1\r\nHost: {host}\r\n"


def test_slow_and_broken_connections_hold_nobody_up(service: Running) -> None:
    address = urlsplit(service.description["endpoint"])
    assert address.hostname is not None
    open_ones = [socket.create_connection((address.hostname, address.port)) for _ in range(40)]
    try:
        for number, connection in enumerate(open_ones):
            # A request line alone, or a body that never comes whole.
            begun = f"{HEAD.format(host=address.netloc)}Content-Length: 100\r\n\r\n<Inst"
            connection.sendall(begun[: len(begun) if number % 2 else 30].encode())
        # Nobody ends them before this is answered.
        assert service.client().execute_sql("select 1 as a").is_successful()
    finally:
        for connection in open_ones:
            connection.close()
    assert service.client().exist_table("pyodps_iris")


def test_requests_of_this_product_check_their_bodies(service: Running) -> None:
    rest, endpoint = service.client().rest, service.description["endpoint"]
    for path, body in (
        ("clients/x", {"ttl": -1}),
        ("clients/x", {"ttl": "long"}),
        ("clients/x", [1]),
        ("clients/x", {"ttl": None}),
        ("interpreters", {"executable": "/nothing/python"}),
        ("interpreters", {"executable": 1}),
        ("interpreters", [1]),
    ):
        with pytest.raises(errors.ODPSError) as caught:
            rest.put(f"{endpoint}/odps-jupyter/{path}", json.dumps(body))
        assert caught.value.code == "ODPS-0420061"


@pytest.mark.parametrize(
    "query", ["", "p=testing", "p=testing&i=x&token=x", "p=testing&i=x&token=%F0%9F%98%80", "token=="]
)
def test_logview_without_its_token_says_so(service: Running, query: str) -> None:
    root = service.description["endpoint"].removesuffix("/api")
    answer = requests.get(f"{root}/logview/?{query}", timeout=SECONDS)
    assert answer.status_code == 401
    assert "ODPS-0410081" in answer.text


#: What is put in the place of the names in a route's path, and the query of requests that share a path.
NAMES = {"project": "testing", "table": "pyodps_iris", "schema": "default", "resource": "other.zip"}
GARBAGE = (b"", b"<x/>", b"<x", b"{", b"[]", b'{"a": 1}', b"\x00\xff\x1f", b"<Instance><Job/></Instance>")


@pytest.fixture(scope="module")
def pelted() -> Iterator[Running]:
    """A service of these tests' own: some garbage is a resource's content, and stays."""
    running = started(launch("--data-dir", ":memory:", "--project", "testing"))
    yield running
    assert running.stop() == 0


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.pattern}?{'|'.join(sorted(route.verbs))}")
def test_garbage_is_never_an_error_of_the_service(pelted: Running, route: Route) -> None:
    """Every request of the service, with bodies and parameters that mean nothing to it."""
    o = pelted.client()
    path = re.sub(r"\{(\w+)\}", lambda match: NAMES.get(match[1], "no'such%20one"), route.pattern)
    prefix = o.endpoint.removesuffix("/api") if path.startswith("/logview") else o.endpoint
    queries = [f"{verb}={value}" for verb in sorted(route.verbs) for value in ("", "x", "%27%22")] or [
        "",
        "x=%00&rOffset=-1",
    ]
    for method in set(route.handlers) - {"DELETE"}:
        for query in queries:
            for body in GARBAGE if method != "GET" else (b"",):
                url = f"{prefix}{path}?{query}&lifecycle=x&maxitems=-1"
                answer = o.rest.session.request(method, url, data=body, auth=lambda r: sign(o, r), timeout=SECONDS)
                shown = f"{method} {url} {body!r}: {answer.status_code} {answer.text[:300]}"
                assert answer.status_code < 500, shown
                if answer.status_code >= 400 and method != "HEAD":
                    assert "Code" in answer.text, shown
    assert o.exist_table("pyodps_iris")
    assert o.exist_resource("other.zip")


def sign(o: ODPS, request: requests.PreparedRequest) -> requests.PreparedRequest:
    o.account.sign_request(request, o.endpoint)
    return request


def test_chain_of_a_hundred_steps(o: ODPS) -> None:
    text = "SELECT " + "(" * 100 + "n" + " + 1)" * 100 + " AS n FROM VALUES (1) AS v(n)"
    with o.execute_sql(text).open_reader() as reader:
        assert [record[0] for record in reader] == [101]
