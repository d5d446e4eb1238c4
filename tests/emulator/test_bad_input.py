"""Requests no healthy client sends: each gets MaxCompute's kind of error, and the service goes on."""

from __future__ import annotations

import io

import pytest
from odps import ODPS, errors

from .conftest import Running


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("post", "/instances", "no xml"),
        ("post", "/instances", "<Instance/>"),
        ("post", "/instances", "<Instance><Job><Tasks/></Job></Instance>"),
        ("post", "/instances", "<Instance><Job><Tasks><Graph><Name>x</Name></Graph></Tasks></Job></Instance>"),
        ("post", "/instances", '<!DOCTYPE x [<!ENTITY a "b">]><Instance>&a;</Instance>'),
        (
            "post",
            "/instances",
            "<Instance><Job><Tasks><SQL><Name>x</Name><Config><Property><Name>settings</Name><Value>{</Value></Property>"
            "</Config><Query>select 1</Query></SQL></Tasks></Job></Instance>",
        ),
        ("post", "/registration%2Ffunctions", "<Function/>"),
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
        ("delete", "/instances", None),
        ("get", "/xflows", None),
        ("post", "/authorization?sign_bearer_token", "{"),
        ("post", "/authorization", "<Authorization><Query>drop everything</Query></Authorization>"),
    ],
)
def test_answer_is_an_error_with_a_code(o: ODPS, method: str, path: str, body: str | None) -> None:
    url = o.get_project().resource() + path
    with pytest.raises(errors.ODPSError) as caught:
        o.rest.request(url, method, data=body)
    assert caught.value.code
    assert caught.value.status_code < 500
    assert o.exist_table("pyodps_iris")


@pytest.mark.parametrize("evil", ["x' or '1'='1", 'x"; drop table meta.tables; --', "x%", "naïve", "中文"])
def test_names_are_data_and_never_sql(o: ODPS, evil: str) -> None:
    assert not o.exist_table(evil)
    assert not o.exist_resource(evil)
    assert not o.exist_function(evil)
    assert list(o.list_tables(prefix=evil)) == []
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
