"""Work over batches in several threads at once."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pyarrow as pa

#: Batches under way for each worker, the one at work included.
_AHEAD = 2


def in_order(
    work: Callable[[pa.RecordBatch], pa.RecordBatch], batches: Iterable[pa.RecordBatch], lanes: int
) -> Iterator[pa.RecordBatch]:
    """``work`` over every batch, in several threads at once; results come in the order of the batches."""
    under_way: deque[Future[pa.RecordBatch]] = deque()
    with ThreadPoolExecutor(lanes, thread_name_prefix="lane") as threads:
        try:
            for batch in batches:
                under_way.append(threads.submit(work, batch))
                # Bounded: rows that nobody works on yet stay in the database.
                if len(under_way) >= lanes * _AHEAD:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            for one in under_way:
                one.cancel()
