"""Lateral views of Python functions."""

from __future__ import annotations

import pytest

from odps_jupyter.executor.errors import FunctionError

SPLITTING = '''
from odps.udf import BaseUDTF, annotate

@annotate("string,bigint->string,bigint")
class Splitting(BaseUDTF):
    """Every word of a text, with its place."""

    def __init__(self):
        self.rows = 0

    def process(self, text, shift):
        self.rows += 1
        for at, word in enumerate((text or "").split()):
            self.forward(word, at + shift)
'''


LATE = '''
from odps.udf import BaseUDTF, annotate

@annotate("bigint->bigint,string")
class Late(BaseUDTF):
    """A third of the rows have as many answers as their last digit says; what is left over comes at the end."""

    def __init__(self):
        self.seen = 0

    def process(self, number):
        self.seen += 1
        if number % 3 == 0:
            for _ in range(number % 10):
                self.forward(number, "row")

    def close(self):
        self.forward(self.seen, "end")
'''


def late(numbers, *, outer):
    """What LATE answers for one stream."""
    rows = []
    for number in numbers:
        answers = [(number, number, "row")] * (number % 10 if number % 3 == 0 else 0)
        last = [(number, len(numbers), "end")] if number == numbers[-1] else []
        rows += answers + last or ([(number, None, None)] if outer else [])
    return rows


def test_lateral_views_over_large_batches_are_as_over_single_rows(worker_engine) -> None:
    engine = worker_engine
    engine.functions.add_source("late", LATE, "Late")
    engine.run("CREATE TABLE big (n bigint)")
    count = 20_001
    engine.connection.execute(f"INSERT INTO {engine.table('big').physical} SELECT i FROM range(1, {count + 1}) AS t(i)")
    # Two streams, each of contiguous rows.
    halves = [list(range(1, count // 2 + 1)), list(range(count // 2 + 1, count + 1))]
    for word, outer in (("", False), ("OUTER", True)):
        expected = [row for half in halves for row in late(half, outer=outer)]
        assert engine.rows(f"SELECT n, x, w FROM big LATERAL VIEW {word} late(n) l AS x, w") == expected
    few = "FROM VALUES (1), (2) AS t(n)"
    assert engine.rows(f"SELECT n, x {few} LATERAL VIEW OUTER late(n) l AS x, w") == [(1, 1), (2, 1)]


FAILING = '''
from odps.udf import BaseUDTF, annotate

@annotate("bigint->bigint")
class Failing(BaseUDTF):
    """Gives a text for a number at one row and raises at another."""

    def process(self, number):
        if number == 7:
            self.forward("seven")
        if number == WORST:
            raise ValueError("worst")
        self.forward(number)
'''


@pytest.mark.parametrize(("worst", "text"), [(5, "ValueError: worst"), (9, "expected <class 'int'>")])
def test_the_first_row_of_a_lateral_view_that_fails_is_told(worker_engine, worst: int, text: str) -> None:
    worker_engine.functions.add_source("failing", FAILING.replace("WORST", str(worst)), "Failing")
    worker_engine.run("CREATE TABLE few (n bigint)")
    few = worker_engine.table("few").physical
    worker_engine.connection.execute(f"INSERT INTO {few} SELECT i FROM range(1, 13) AS t(i)")
    with pytest.raises(FunctionError, match=text) as caught:
        worker_engine.rows("SELECT n, x FROM few LATERAL VIEW failing(n) l AS x")
    assert caught.value.row == {"a0": min(worst, 7)}


TWO = '''
from odps.udf import BaseUDTF, annotate

@annotate("->bigint")
class Two(BaseUDTF):
    """One and two, whatever comes."""

    def process(self):
        self.forward(1)
        self.forward(2)
'''


def test_lateral_views_of_functions_in_workers_keep_rows_and_words_together(worker_engine) -> None:
    worker_engine.functions.add_source("splitting", SPLITTING, "Splitting")
    rows = "FROM VALUES (1, 'a b c'), (2, ''), (3, null), (4, 'd'), (5, 'e f') AS t(id, words)"
    expected = [(1, "a", 10), (1, "b", 11), (1, "c", 12), (4, "d", 10), (5, "e", 10), (5, "f", 11)]
    assert worker_engine.rows(f"SELECT id, w, n {rows} LATERAL VIEW splitting(words, 10) l AS w, n") == expected
    outer = worker_engine.rows(f"SELECT id, w {rows} LATERAL VIEW OUTER splitting(words, 10) l AS w, n")
    assert outer == [(1, "a"), (1, "b"), (1, "c"), (2, None), (3, None), (4, "d"), (5, "e"), (5, "f")]
    worker_engine.functions.add_source("two", TWO, "Two")
    beside = worker_engine.rows(f"SELECT id, n {rows} LATERAL VIEW two() l AS n WHERE id < 3")
    assert beside == [(1, 1), (1, 2), (2, 1), (2, 2)]
    assert worker_engine.rows(f"SELECT id, n FROM (SELECT * {rows} WHERE id > 9) t LATERAL VIEW two() l AS n") == []
    twice = f"SELECT w, x {rows} LATERAL VIEW splitting(words, 0) l AS w, n LATERAL VIEW splitting(w, 0) m AS x, o"
    assert worker_engine.rows(twice) == [(w, w) for _, w, _ in expected]
