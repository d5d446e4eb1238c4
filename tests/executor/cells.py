"""What a notebook's cells define: executed as ``__main__``, so that PyODPS ships it by value as it does there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from odps.df import output


class Scale:
    """A callable object with state, as users write them."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def __call__(self, value: float | None) -> float | None:
        return None if value is None else value * self.factor


def np_scalar(value: float | None) -> Any:
    import numpy as np

    return None if value is None else np.float32(value)


def np_int(value: float | None) -> Any:
    import numpy as np

    return None if value is None else np.int64(value)


def sometimes_np(value: float | None) -> Any:
    import numpy as np

    return value if value is None or value > 0 else np.float64(value)


def some_fail(value: float | None) -> float:
    return 1.0 / value  # type: ignore[operator]


def stops(value: float | None) -> float | None:
    if value is None:
        raise StopIteration
    return value


def prints(value: float | None) -> float:
    import sys

    sys.stdout.write(f"row {value}\n")
    return 1 / value  # type: ignore[operator]


@output(["word", "size"], ["string", "int"])
def explode(row: Any) -> Iterator[Any]:
    for word in (row.s or "").split():
        yield word, len(word)


@output(["a"], ["string"])
def one_value(row: Any) -> Iterator[Any]:
    yield row.s


@output(["a", "b"], ["float", "string"])
def reuses_its_list(row: Any) -> Iterator[Any]:
    shared = [0.0, ""]
    for step in range(3):
        shared[0] = float(step)
        shared[1] = str(step)
        yield shared


@output(["a", "b"], ["float", "int"])
def returns_a_row(row: Any) -> Any:
    import numpy as np

    if row.x is None:
        return None
    return np.float64(row.x), np.int32(row.n or 0)


@output(["a", "b"], ["string", "string"])
def odd_texts(row: Any) -> Iterator[Any]:
    yield b"bytes", __import__("decimal").Decimal("1.50")


@output(["a", "b"], ["float", "int"])
def wrong_width(row: Any) -> Iterator[Any]:
    yield (1.0, 2) if row.x is not None else (1.0,)


@output(["a"], ["int"])
def wrong_type(row: Any) -> Iterator[Any]:
    yield 1 if row.x is not None else 0.5


@output(["a"], ["float"])
def fails(row: Any) -> Iterator[Any]:
    yield 1.0
    yield 1 / row.x


@output(["rows"], ["int"])
class CountsInClose:
    def __init__(self) -> None:
        self.rows = 0

    def __call__(self, row: Any) -> Iterator[Any]:
        self.rows += 1
        return
        yield

    def close(self) -> Iterator[Any]:
        yield self.rows


@output(["rows"], ["int"])
class WrongInClose:
    def __call__(self, row: Any) -> None:
        return None

    def close(self) -> Iterator[Any]:
        yield "text"


@output(["s"], ["int"])
def wrong_reducer(keys: Any) -> Any:
    def handle(row: Any, done: bool) -> Iterator[Any]:
        yield "text"

    return handle


class Mean:
    def buffer(self) -> list[float]:
        return [0.0, 0]

    def __call__(self, buffer: list[float], value: float | None) -> None:
        if value is not None:
            buffer[0] += value
            buffer[1] += 1

    def merge(self, buffer: list[float], other: list[float]) -> None:
        buffer[0] += other[0]
        buffer[1] += other[1]

    def getvalue(self, buffer: list[float]) -> Any:
        import numpy as np

        return np.float64(buffer[0]) / buffer[1] if buffer[1] else None


class Fragile(Mean):
    def __call__(self, buffer: list[float], value: float | None) -> None:
        buffer[0] += 1 / value  # type: ignore[operator]


class NumpyBuffer(Mean):
    def buffer(self) -> Any:
        import numpy as np

        return [np.float64(0), 0]


class WrongValue(Mean):
    def getvalue(self, buffer: list[float]) -> Any:
        return "text"
