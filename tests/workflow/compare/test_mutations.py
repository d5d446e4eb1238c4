"""What functions change of captured values: lost on the executor, told, and put back here."""

from __future__ import annotations

import gc
from collections.abc import Callable
from threading import Thread
from typing import Any
from weakref import ReferenceType, ref

import pytest

from odps_jupyter.workflow.compare.mutations import Mutations, copies
from odps_jupyter.workflow.session import Session

from .conftest import Compare, leaks


def test_a_list_that_the_function_changes_is_lost_there(compare: Compare, iris: Any) -> None:
    seen: list[float] = []

    def count(value: float) -> int:
        seen.append(value)
        return len(seen)

    assert compare(iris.sepal_length.map(count, "int").execute).equal  # the batch is one, and both begin empty
    outside = [0]

    def tally(value: str) -> str:
        outside[0] += 1
        return value

    compare(iris.name.map(tally).execute)
    assert outside == [100]


def test_a_counter_of_a_group_is_lost(compare: Compare, iris: Any) -> None:
    groups: list[int] = []

    class Number:
        def buffer(self) -> list[int]:
            groups.append(1)
            return [len(groups)]

        def __call__(self, buffer: list[int], value: float) -> None:
            return None

        def merge(self, buffer: list[int], other: list[int]) -> None:
            buffer[0] += other[0]

        def getvalue(self, buffer: list[int]) -> int:
            return buffer[0]

    comparison = compare(iris.groupby("name").agg(iris.sepal_length.agg(Number, rtype="int").rename("v")).execute)
    assert (comparison.cause, comparison.because) == (
        "lost-mutation",
        "The function changed groups here; the executor changes its copy.",
    )


LOST = "An earlier expression changed {} here; on the executor such a change is lost."
count = 0


def test_a_mutation_that_a_later_expression_reads(comparing: Session, iris: Any) -> None:
    global count
    count = 0
    seen: list[float] = []

    class Counter:
        total = 0

        def __init__(self) -> None:
            self.calls = 0

        def __call__(self, v: float) -> float:
            self.calls += 1
            Counter.total += 1
            return float(self.calls)

    counter = Counter()

    def first(v: float) -> float:
        global count
        count += 1
        seen.append(v)
        return v

    def by_default(v: float, kept: list[float] = []) -> float:  # noqa: B006 - that it is kept is what is tested
        kept.append(v)
        return float(len(kept))

    for function in (first, by_default):
        function.__module__ = "__main__"  # as of a cell: it travels by value
    Counter.__module__ = "__main__"

    def compared(function: Any) -> tuple[str | None, str | None, bool]:
        with comparing.run():
            iris.sepal_length.map(function, "float").sum().execute()
        (one,) = comparing.runs[-1].comparisons
        return one.cause, one.because, one.equal

    sound = (None, None, True)
    assert compared(first) == sound
    assert compared(first) == sound  # nothing of it depends on what it changed
    assert (len(seen), count) == (200, 200)
    assert compared(lambda v: float(len(seen))) == ("lost-mutation", LOST.format("seen"), False)
    alias = seen
    assert compared(lambda v: float(len(alias))) == ("lost-mutation", LOST.format("alias"), False)
    assert compared(lambda v: float(count)) == ("lost-mutation", LOST.format("count"), False)
    assert compared(lambda v: seen[3]) == ("lost-mutation", LOST.format("seen"), False)  # an error there
    assert compared(lambda v: v + 1) == sound
    assert (len(seen), count) == (200, 200)

    compared(counter)
    assert compared(lambda v: float(Counter.total)) == ("lost-mutation", LOST.format("Counter.total"), False)
    assert compared(lambda v: float(counter.calls)) == ("lost-mutation", LOST.format("counter"), False)
    assert (counter.calls, Counter.total) == (100, 100)
    compared(by_default)
    assert compared(by_default)[:2] == ("lost-mutation", LOST.format("default 1 of by_default"))

    # What the cells themselves have changed since travels as it is.
    seen.append(1.0)
    assert compared(lambda v: float(len(seen))) == sound


class Meanwhile:
    """Does something in another thread while the executor is asked: its tables are there when this is pickled."""

    def __init__(self, o: Any, act: Callable[[], None]) -> None:
        self.o, self.act, self.done = o, act, False

    def __reduce__(self) -> Any:
        if not self.done and leaks(self.o):
            self.done = True
            other = Thread(target=self.act)
            other.start()
            other.join()
        return (int, ())


def test_what_other_code_sets_meanwhile_stays(compare: Compare, iris: Any, o: Any) -> None:
    hits = 0

    def count(v: float) -> float:
        nonlocal hits
        hits += 1
        return v

    def other() -> None:
        nonlocal hits
        hits = 7

    mark = Meanwhile(o, other)
    assert compare(iris.sepal_length.map(count, "float").execute).equal
    assert hits == 100
    compare(iris.sepal_length.map(lambda v: count(v) + (mark is None), "float").execute)
    assert (mark.done, hits) == (True, 107)
    told = compare(iris.sepal_length.map(lambda v: float(hits), "float").max().execute)
    assert [(one.pandas, one.executor) for one in told.differences] == [(107.0, 7.0)]


def test_an_attribute_that_other_code_sets_meanwhile_stays(compare: Compare, iris: Any, o: Any) -> None:
    class Counter:
        mark: Meanwhile
        calls = 0

        def __deepcopy__(self, memo: Any) -> Counter:
            copied = object.__new__(type(self))
            vars(copied).update(vars(self))
            return copied

        def reset(self) -> None:
            self.calls = 7

        def __call__(self, v: float) -> float:
            self.calls += 1
            return float(self.calls)

    counter = Counter()
    counter.calls, counter.mark = 0, Meanwhile(o, counter.reset)
    counter.mark.done = True  # not in the first
    assert compare(iris.sepal_length.map(counter, "float").max().execute).equal
    assert counter.calls == 100
    counter.mark.done = False
    compare(iris.sepal_length.map(counter, "float").max().execute)
    assert (counter.mark.done, counter.calls) == (True, 107)


def test_an_object_that_cannot_be_put_back_is_not_told() -> None:
    class Listed(list[float]):
        def __call__(self, v: float) -> None:
            self.append(v)

    class Slotted:
        __slots__ = ("last",)

        def __init__(self) -> None:
            self.last = 0.0

        def __call__(self, v: float) -> None:
            self.last = v

    functions: list[Listed | Slotted] = [Listed(), Slotted()]
    for function in functions:
        mutations, before = Mutations(), copies([function])
        function(1.0)
        assert mutations.note(before) == (type(function).__name__,)
        with mutations.undone([function]) as undone:
            assert undone == ()


def test_an_object_that_refuses_new_attributes_is_put_back(compare: Compare, iris: Any) -> None:
    class Frozen:
        seen: list[float]

        def __init__(self) -> None:
            object.__setattr__(self, "seen", [])

        def __setattr__(self, name: str, value: Any) -> None:
            raise AttributeError(name)

        def __call__(self, v: float) -> float:
            self.seen.append(v)
            return float(len(self.seen))

    frozen = Frozen()
    assert compare(iris.sepal_length.map(frozen, "float").max().execute).equal
    told = compare(iris.sepal_length.map(frozen, "float").max().execute)
    assert told.because == LOST.format("Frozen")
    assert len(frozen.seen) == 200


def test_large_values_are_neither_copied_nor_kept(compare: Compare, iris: Any) -> None:
    class Large:
        copied = False

        def __init__(self, size: int) -> None:
            self.data = bytearray(size)

        def __deepcopy__(self, memo: Any) -> Any:
            large = type(self)(0)
            large.data = bytearray(self.data)
            large.copied = True
            return large

    def changed(size: int, *, copied: bool) -> ReferenceType[Large]:
        large = Large(size)

        def change(v: float) -> float:
            large.data[0] += 1
            return v

        assert compare(iris[:1].sepal_length.map(change, "float").execute).equal
        told = compare(iris[:1].sepal_length.map(lambda v: float(large.data[0]), "float").execute)
        # What is not copied travels as it is.
        assert [(one.pandas, one.executor) for one in told.differences] == ([(1.0, 0.0)] if copied else [])
        return ref(large)

    too_large = changed(17 << 20, copied=False)
    gc.collect()
    assert too_large() is None
    first = changed(5 << 20, copied=True)
    changed(5 << 20, copied=True)
    gc.collect()
    assert first() is None


def test_a_mutation_of_a_function_that_fails(comparing: Session, iris: Any) -> None:
    seen: list[float] = []

    def failing(v: float) -> float:
        seen.append(v)
        raise ValueError(v)

    with pytest.raises(ValueError, match=r"^5\.1"), comparing.run():
        iris.sepal_length.map(failing).execute()
    with comparing.run():
        iris.sepal_length.map(lambda v: len(seen), "int").sum().execute()
    (comparison,) = comparing.runs[-1].comparisons
    assert (comparison.cause, comparison.because) == ("lost-mutation", LOST.format("seen"))
