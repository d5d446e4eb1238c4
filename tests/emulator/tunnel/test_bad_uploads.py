"""Tunnel requests no healthy client sends: a code each, at once, and nothing half in the table."""

from __future__ import annotations

import http.client
import io
import json
from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pytest
import requests
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from odps import ODPS, errors
from odps.tunnel import TableTunnel

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tunnel import framing


@pytest.fixture
def table(o: ODPS, name: str) -> Iterator[Any]:
    yield o.create_table(name, "id bigint, words array<string>")
    o.delete_table(name)


def put(o: ODPS, table: Any, body: bytes, method: str = "put", resource: str = "", **params: str) -> Any:
    """A request on the tunnel's address of a table."""
    client = TableTunnel(o).tunnel_rest
    return client.request(table.table_resource(client=client) + resource, method, data=body, params=params)


def count(table: Any) -> int:
    with table.open_reader(reopen=True) as reader:
        return int(reader.count)


@pytest.mark.parametrize(
    ("method", "resource", "params", "code"),
    [
        ("put", "", {"uploadid": "nothing", "blockid": "0"}, "NoSuchUpload"),
        ("post", "", {"uploadid": "nothing"}, "NoSuchUpload"),
        ("get", "", {"uploadid": "../../etc"}, "NoSuchUpload"),
        ("get", "", {"downloadid": "nothing", "data": ""}, "NoSuchDownload"),
        ("get", "/streams", {"uploadid": "nothing"}, "StreamSessionNotFound"),
        ("put", "/streams", {"uploadid": "nothing", "slotid": "0"}, "StreamSessionNotFound"),
        ("get", "/upserts", {"upsertid": "nothing"}, "UpsertSessionNotFound"),
        ("delete", "/upserts", {"upsertid": "nothing"}, "UpsertSessionNotFound"),
        ("put", "/upserts", {}, "UpsertSessionNotFound"),
        ("post", "", {"uploads": "", "partition": "pt=a"}, "InvalidPartitionSpec"),
        ("post", "", {"uploads": "", "partition": "pt"}, "ODPS-0420061"),
        ("get", "/preview", {"limit": "many"}, "ODPS-0420061"),
        ("get", "/preview", {"columns": "nothing"}, "NoSuchColumn"),
        ("delete", "", {"uploadid": "x"}, "ODPS-0420095"),
    ],
)
def test_unknown_sessions_and_wrong_words(
    o: ODPS, table: Any, method: str, resource: str, params: dict[str, str], code: str
) -> None:
    with pytest.raises(errors.ODPSError) as caught:
        put(o, table, b"", method, resource, **params)
    assert caught.value.code == code
    assert caught.value.status_code in (400, 404, 405)


@pytest.mark.parametrize("block", ["-1", "20000", "1e3", "", "x"])
def test_blocks_are_numbered_from_0_to_19999(o: ODPS, table: Any, block: str) -> None:
    session = TableTunnel(o).create_upload_session(table)
    with pytest.raises(errors.ODPSError, match=r"block id|blockid"):
        put(o, table, b"", uploadid=session.id, blockid=block)


def test_ranges_and_columns_outside_are_refused(o: ODPS) -> None:
    table = o.get_table("pyodps_iris")
    session = TableTunnel(o).create_download_session(table)
    for wrong in ("(151,1)", "(-1,5)", "(0,-5)", "(a,b)", "5", "(1,2,3)"):
        with pytest.raises(errors.ODPSError, match="row range"):
            put(o, table, b"", "get", downloadid=session.id, data="", rowrange=wrong)
    with pytest.raises(errors.ODPSError, match="no column nothing"):
        put(o, table, b"", "get", downloadid=session.id, data="", columns="name,nothing")


def test_a_damaged_block_leaves_nothing_and_the_session_goes_on(o: ODPS, table: Any) -> None:
    session = TableTunnel(o).create_upload_session(table)
    for arrow in ({}, {"arrow": ""}):
        for body in (b"", b"\x08", b"\xff" * 100, bytes(100)):
            with pytest.raises(errors.InvalidArgument, match="Checksum invalid"):
                put(o, table, body, uploadid=session.id, blockid="0", **arrow)
    assert session.get_block_list() in (None, [])
    with session.open_record_writer(0) as writer:
        writer.write(session.new_record([1, ["a"]]))
    session.commit([0])
    assert count(table) == 1


def test_a_body_cut_short_by_the_client_is_no_block(o: ODPS, table: Any) -> None:
    """The connection ends in the middle of the body: nobody is there to be answered, and nothing is kept."""
    session = TableTunnel(o).create_upload_session(table)

    def broken() -> Iterator[bytes]:
        yield b"\x08\x02"
        raise ConnectionAbortedError

    client = session._client
    with pytest.raises(requests.ConnectionError):
        client.put(table.table_resource(client=client), broken(), params={"uploadid": session.id, "blockid": "0"})
    assert session.get_block_list() in (None, [])
    assert count(table) == 0


def test_the_answer_on_the_tunnel_is_json(o: ODPS, table: Any) -> None:
    host = TableTunnel(o).tunnel_rest.endpoint.removeprefix("http://")
    connection = http.client.HTTPConnection(host, timeout=120)
    connection.request("GET", f"/projects/testing/tables/{table.name}?downloadid=x&data")
    answer = connection.getresponse()
    assert answer.status == 401
    assert set(json.loads(answer.read())) == {"Code", "Message"}
    connection.close()


SCHEMA = pa.schema([("id", pa.int64()), ("words", pa.list_(pa.string())), ("real", pa.float64())])
BATCH = pa.RecordBatch.from_pydict({"id": [1, 2], "words": [["a", None], []], "real": [0.5, None]}, schema=SCHEMA)


def test_a_frame_cut_anywhere_is_refused() -> None:
    framed = b"".join(framing.encode([BATCH, BATCH]))
    assert list(framing.decode(io.BytesIO(framed), SCHEMA)) == [BATCH, BATCH]
    for size in range(len(framed)):
        with pytest.raises(OdpsError, match="Checksum invalid"):
            list(framing.decode(io.BytesIO(framed[:size]), SCHEMA))


@settings(max_examples=300, deadline=None)
@given(data=st.data())
def test_arrow_data_with_right_checksums_and_wrong_content_is_refused(data: st.DataObject) -> None:
    """Offsets, lengths and flatbuffers changed before they are framed: checked, never followed."""
    message = bytearray(BATCH.serialize().to_pybytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(message) - 1))
        message[at : at + 2] = data.draw(st.binary(min_size=2, max_size=2))
    framed = b"".join(framing.frame([bytes(message)]))
    try:
        for batch in framing.decode(io.BytesIO(framed), SCHEMA):
            batch.to_pylist()
    except OdpsError as error:
        assert error.status == 400  # noqa: PT017 a change of values alone is no damage


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=st.binary(max_size=300), arrow=st.booleans())
def test_noise_never_reaches_the_table(o: ODPS, table: Any, body: bytes, arrow: bool) -> None:
    client = TableTunnel(o)
    session = client.create_upload_session(table)
    with pytest.raises(errors.ODPSError) as caught:
        put(o, table, body, uploadid=session.id, blockid="0", **({"arrow": ""} if arrow else {}))
    assert caught.value.code
    assert caught.value.status_code == 400
