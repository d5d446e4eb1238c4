"""Compressed bodies in every encoding the client knows, both ways, and damaged ones."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from odps import ODPS
from odps.tunnel import TableTunnel
from odps.tunnel.tabletunnel import TableUploadSession

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.tunnel import compression, framing

ALGORITHMS = ("zlib", "zstd", "lz4", "arrow_lz4", "snappy")
ROWS = [[index, f"word {index % 7}"] for index in range(3000)]


@pytest.fixture(params=ALGORITHMS)
def algorithm(request: pytest.FixtureRequest) -> str:
    """One that the client knows; the packages of all of them are among the tests' own."""
    return str(request.param)


@pytest.fixture
def table(o: ODPS, name: str) -> Iterator[Any]:
    yield o.create_table(name, "id bigint, word string")
    o.delete_table(name)


def test_records_go_both_ways(table: Any, algorithm: str) -> None:
    with table.open_writer(compress_algo=algorithm) as writer:
        writer.write(ROWS)
    with table.open_reader(compress_algo=algorithm) as reader:
        assert [list(record.values) for record in reader] == ROWS
    with table.open_reader() as reader:
        assert [list(record.values) for record in reader] == ROWS


def test_arrow_is_compressed_within_its_own_format() -> None:
    batch = pa.record_batch({"number": [7, None] * 20_000, "word": ["word"] * 40_000})
    pieces = [batch.slice(1, 30_000), batch.slice(0, 0), batch]
    sent = b"".join(framing.encode(pieces))
    assert len(sent) < batch.nbytes / 2
    assert list(framing.decode(io.BytesIO(sent), batch.schema)) == pieces


def test_arrow_goes_both_ways(table: Any, algorithm: str) -> None:
    frame = pd.DataFrame(ROWS, columns=["id", "word"])
    with table.open_writer(arrow=True, compress_algo=algorithm) as writer:
        writer.write(frame)
    with table.open_reader(arrow=True, compress_algo=algorithm) as reader:
        pd.testing.assert_frame_equal(reader.to_pandas(), frame)


@pytest.mark.parametrize("chosen", ["zstd", "lz4"])
def test_previews_compress_the_arrow_inside(o: ODPS, chosen: str) -> None:
    table = o.get_table("pyodps_iris")
    reader = TableTunnel(o).open_preview_reader(table, limit=10, compress_algo=chosen)
    assert reader.read().num_rows == 10


def test_unknown_encodings_and_damage_are_refused(o: ODPS, table: Any) -> None:
    session: TableUploadSession = TableTunnel(o).create_upload_session(table)
    for encoding, body, message in [
        ("br", b"", "Content-Encoding br is not emulated"),
        ("deflate", b"no deflate", "damaged"),
        ("zstd", b"no zstd", "damaged"),
        ("x-lz4-frame", b"no lz4", "damaged"),
        ("x-snappy-framed", b"no snappy", "damaged"),
    ]:
        with pytest.raises(Exception, match=message):
            session._client.put(
                table.table_resource(client=session._client),
                body,
                params={"uploadid": session.id, "blockid": "0"},
                headers={"Content-Encoding": encoding},
            )


@pytest.mark.parametrize("encoding", compression.ENCODINGS)
def test_what_is_cut_short_is_refused(tmp_path: Path, encoding: str) -> None:
    packed = b"".join(compression.compress(encoding, [bytes(range(256)) * 40, b"", b"end"]))
    with compression.decompressed(io.BytesIO(packed), encoding, tmp_path) as plain:
        assert plain.read() == bytes(range(256)) * 40 + b"end"
    for size in (1, len(packed) // 2, len(packed) - 1):
        part = io.BytesIO(packed[:size])
        with pytest.raises(OdpsError, match="damaged"), compression.decompressed(part, encoding, tmp_path):
            pass


@pytest.mark.parametrize("encoding", compression.ENCODINGS)
def test_bombs_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, encoding: str) -> None:
    monkeypatch.setattr(compression, "MAX_PLAIN", 1 << 20)
    packed = b"".join(compression.compress(encoding, [bytes(1 << 20)] * 2))
    body = io.BytesIO(packed)
    with pytest.raises(OdpsError, match="than") as caught, compression.decompressed(body, encoding, tmp_path):
        pass
    assert caught.value.status == 413


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(sorted(compression.ENCODINGS)), st.binary(max_size=100))
def test_noise_is_refused_or_empty(encoding: str, noise: bytes) -> None:
    try:
        with compression.decompressed(io.BytesIO(noise), encoding, Path()) as plain:
            assert plain.read() == b""
    except OdpsError as error:
        assert "damaged" in str(error)  # noqa: PT017 noise that is a whole empty stream is fine, too
