"""What tunnel requests on tables and results share: ranges of rows, choice of columns, streams of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import pyarrow as pa

from odps_jupyter.emulator.errors import OdpsError
from odps_jupyter.emulator.web import Request, Response

from .compression import accepted, compress
from .wire import WireColumn


def row_range(request: Request, count: int) -> tuple[int, int]:
    """``rowrange=(start,count)``; everything if it is not given.

    Raises:
        OdpsError: it is malformed or lies outside.
    """
    text = request.query.get("rowrange", "")
    if not text:
        return 0, count
    try:
        start, size = (int(part) for part in text.strip("()").split(","))
    except ValueError as error:
        raise OdpsError("InvalidRowRange", f"The row range {text!r} is malformed", 400) from error
    if start < 0 or size < 0 or start > count:
        raise OdpsError("InvalidRowRange", f"The row range {text} lies outside the {count} rows", 400)
    return start, min(size, count - start)


def pick_columns(request: Request, columns: Sequence[WireColumn], *, arrow: bool) -> list[WireColumn]:
    """The columns asked for. Protobuf follows the requested order, Arrow the table's.

    Raises:
        OdpsError: one does not exist.
    """
    wanted = [name.strip().lower() for name in request.query.get("columns", "").split(",") if name.strip()]
    if not wanted:
        return list(columns)
    known = {column.name.lower(): column for column in columns}
    missing = [name for name in wanted if name not in known]
    if missing:
        raise OdpsError("NoSuchColumn", f"There is no column {', '.join(missing)}", 400)
    if arrow:
        return [column for column in columns if column.name.lower() in wanted]
    return [known[name] for name in wanted]


def data_response(request: Request, chunks: Iterable[bytes]) -> Response:
    """A stream of rows, compressed if the client asked for it."""
    encoding = accepted(request.header("Accept-Encoding"))
    headers = {"Content-Encoding": encoding} if encoding else {}
    body: Iterator[bytes] = compress(encoding, chunks) if encoding else iter(chunks)
    return Response(body, content_type="application/octet-stream", headers=headers)


def primed(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The same batches with the first one made already: what fails at once still gets an error answer."""
    first = next(batches, None)

    def run() -> Iterator[pa.RecordBatch]:
        if first is not None:
            yield first
            yield from batches

    return run()
